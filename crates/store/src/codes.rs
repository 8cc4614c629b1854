//! The numbers under which enumerations are stored, in packed records and in the rows of engines. A number that was
//! given once is never given to anything else.

use crate::Cause;
use gongkai_model::{
    Basis, BodyKind, Derivation, EndCause, FormId, Outcome, Period, Portion, Priority, Purpose, Rank, Reason,
    RefuseReason, RejectReason, ScopeKind, Severity, State, SubmissionState, Verdict, Whose,
};

/// A number that stands for nothing here: written by a later version, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} is no {what}")]
pub struct UnknownCode {
    /// The number.
    pub code: i64,
    /// What it was read as.
    pub what: &'static str,
}

/// Has a number under which it is stored.
pub trait Code: Sized {
    /// The number.
    fn code(self) -> u8;

    /// What the number stands for.
    fn from_code(code: i64) -> Result<Self, UnknownCode>;
}

macro_rules! codes {
    ($($type:ident { $($variant:ident = $code:literal),+ $(,)? })+) => {$(
        impl Code for $type {
            fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            fn from_code(code: i64) -> Result<Self, UnknownCode> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownCode { code, what: stringify!($type) }),
                }
            }
        }
    )+};
}

codes! {
    State { Number = 1, Blank = 2, NotApplicable = 3, Text = 4, Undetermined = 5, Missing = 6 }
    Derivation { Read = 0, Inferred = 1, Ocr = 2, Amended = 3 }
    Reason {
        PlacementAmbiguous = 1,
        JoinedDigits = 2,
        Contradicted = 3,
        SearchLimit = 4,
        RowAbsent = 5,
        TableAbsent = 6,
        CellAbsent = 7,
        UnitUncertain = 8,
    }
    Rank { Unknown = 0, National = 1, Province = 2, Prefecture = 3, County = 4, Township = 5 }
    BodyKind {
        Other = 0,
        Government = 1,
        GeneralOffice = 2,
        Department = 3,
        Township = 4,
        DevelopmentZone = 5,
        VerticallyLed = 6,
    }
    ScopeKind { Unknown = 0, Organ = 1, OwnLevel = 2, WholeArea = 3 }
    FormId { None = 0, Form2014 = 1, Form2019 = 2, Form2021 = 3 }
    Period { Unknown = 0, ThisYear = 1, Earlier = 2, Cumulative = 3, Future = 4 }
    Portion { All = 0, Government = 1, Departments = 2, Townships = 3 }
    Whose { Unknown = 0, Subject = 1, Part = 2, Other = 3 }
    Outcome { Holds = 1, Fails = 2, NotAssessable = 3, Used = 4 }
    Severity { Info = 1, Warning = 2, Error = 3 }
    Basis { Printed = 1, Structural = 2, OfficialReply = 3, LocalStandard = 4, Ours = 5 }
    Purpose { Published = 1, Draft = 2 }
    Priority { Low = 1, Normal = 2, High = 3 }
    SubmissionState {
        Received = 1,
        Queued = 2,
        Parsing = 3,
        Done = 4,
        Rejected = 5,
        Dead = 6,
        Cancelled = 7,
    }
    RejectReason {
        Empty = 1,
        TooLarge = 2,
        UndecodableText = 3,
        UnsupportedFormat = 4,
        LimitExceeded = 5,
        NotAReport = 6,
    }
    RefuseReason {
        Empty = 1,
        TooLarge = 2,
        Encrypted = 3,
        NestedArchive = 4,
        NotAFile = 5,
        UnsupportedMethod = 6,
        Damaged = 7,
        RatioExceeded = 8,
        TooManyEntries = 9,
        TotalExceeded = 10,
        NotAnArchive = 11,
        InvalidMetadata = 12,
        KeyConflict = 13,
    }
    EndCause { Withdrawn = 1, Replaced = 2, Lapsed = 3 }
    Verdict { Accepted = 1, Disputed = 2, Answered = 3 }
    Cause { Received = 1, Republished = 2, Reparsed = 3, Amended = 4 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_and_zero_is_never_a_state() {
        for state in SubmissionState::ALL {
            assert_eq!(SubmissionState::from_code(i64::from(state.code())), Ok(state));
        }
        assert!(State::from_code(0).is_err());
        assert!(State::from_code(-1).is_err());
    }
}
