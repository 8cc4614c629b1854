//! Conversions between the model and the wire.

mod from_wire;
mod to_wire;

pub use from_wire::period_of;
pub use to_wire::{
    CellText, RecordParts, body, figure, figure_period, finding, region, report, review, statement, tables,
};

use crate::v1;
use gongkai_model as model;

/// A message that says nothing the model knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// An enum has a number that this build does not know, or none where one is needed.
    #[error("field `{field}` has the number {number}, which is not known here")]
    UnknownNumber {
        /// The field.
        field: &'static str,
        /// Its number.
        number: i32,
    },
    /// A field that must be there is not.
    #[error("field `{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field's content is not of its kind.
    #[error("field `{field}` is not valid: {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Ties an enum of the model to its enum on the wire, variant by variant, in both directions. The wire's zero and
/// numbers that are not known are errors on the way in.
macro_rules! enums {
    ($($model:ident, $field:literal: $($variant:ident),+;)+) => {$(
        impl From<model::$model> for v1::$model {
            fn from(value: model::$model) -> Self {
                match value {
                    $(model::$model::$variant => Self::$variant,)+
                }
            }
        }

        impl TryFrom<v1::$model> for model::$model {
            type Error = ConvertError;

            fn try_from(value: v1::$model) -> Result<Self, ConvertError> {
                match value {
                    $(v1::$model::$variant => Ok(Self::$variant),)+
                    v1::$model::Unspecified => Err(ConvertError::Missing { field: $field }),
                }
            }
        }

        impl FromNumber for model::$model {
            fn from_number(number: i32) -> Result<Self, ConvertError> {
                v1::$model::try_from(number)
                    .map_err(|_| ConvertError::UnknownNumber { field: $field, number })?
                    .try_into()
            }
        }
    )+};
}

/// Reads an enum's number as it stands in a message.
pub trait FromNumber: Sized {
    /// The variant with this number.
    ///
    /// # Errors
    /// When the number is zero or not known here.
    fn from_number(number: i32) -> Result<Self, ConvertError>;
}

enums! {
    State, "state": Number, Blank, NotApplicable, Text, Undetermined, Missing;
    Derivation, "derivation": Read, Inferred, Ocr, Amended;
    Unit, "unit": Count, Yuan;
    ScopeKind, "scope": Organ, OwnLevel, WholeArea, Unknown;
    Rank, "rank": National, Province, Prefecture, County, Township, Unknown;
    BodyKind, "kind": Government, GeneralOffice, Department, Township, DevelopmentZone, VerticallyLed, Other;
    Purpose, "purpose": Published, Draft;
    Priority, "priority": High, Normal, Low;
    Outcome, "outcome": Holds, Fails, NotAssessable, Used;
    Severity, "severity": Info, Warning, Error;
    NullPolicy, "null_policy": Strict, BlankAsZero;
    Basis, "basis": Printed, Structural, OfficialReply, LocalStandard, Ours;
    Period, "period": ThisYear, Earlier, Cumulative, Future, Unknown;
    Portion, "portion": All, Government, Departments, Townships;
    Verdict, "verdict": Accepted, Disputed, Answered;
    Whose, "whose": Subject, Part, Other, Unknown;
    SubmissionState, "state": Received, Queued, Parsing, Done, Rejected, Dead, Cancelled;
    RejectReason, "reason": Empty, TooLarge, UndecodableText, UnsupportedFormat, LimitExceeded, NotAReport;
    RefuseReason, "reason": Empty, TooLarge, Encrypted, NestedArchive, NotAFile, UnsupportedMethod, Damaged, RatioExceeded,
        TooManyEntries, TotalExceeded, NotAnArchive, InvalidMetadata, KeyConflict;
}

impl From<model::FormId> for v1::Form {
    fn from(form: model::FormId) -> Self {
        match form {
            model::FormId::None => Self::None,
            model::FormId::Form2014 => Self::Form2014,
            model::FormId::Form2019 => Self::Form2019,
            model::FormId::Form2021 => Self::Form2021,
        }
    }
}

impl FromNumber for model::FormId {
    fn from_number(number: i32) -> Result<Self, ConvertError> {
        match v1::Form::try_from(number) {
            Ok(v1::Form::None) => Ok(Self::None),
            Ok(v1::Form::Form2014) => Ok(Self::Form2014),
            Ok(v1::Form::Form2019) => Ok(Self::Form2019),
            Ok(v1::Form::Form2021) => Ok(Self::Form2021),
            Ok(v1::Form::Unspecified) => Err(ConvertError::Missing { field: "form" }),
            Err(_) => Err(ConvertError::UnknownNumber { field: "form", number }),
        }
    }
}

impl From<model::Reason> for v1::FigureReason {
    fn from(reason: model::Reason) -> Self {
        match reason {
            model::Reason::PlacementAmbiguous => Self::PlacementAmbiguous,
            model::Reason::JoinedDigits => Self::JoinedDigits,
            model::Reason::Contradicted => Self::Contradicted,
            model::Reason::SearchLimit => Self::SearchLimit,
            model::Reason::RowAbsent => Self::RowAbsent,
            model::Reason::TableAbsent => Self::TableAbsent,
            model::Reason::CellAbsent => Self::CellAbsent,
            model::Reason::UnitUncertain => Self::UnitUncertain,
        }
    }
}

/// The name of a submission's state without prefix, or its number where it is not known here.
pub fn state_name(state: i32) -> String {
    v1::SubmissionState::try_from(state).map_or_else(
        |_| state.to_string(),
        |state| state.as_str_name().trim_start_matches("SUBMISSION_STATE_").to_owned(),
    )
}

/// The reason with this number; `None` for the wire's zero.
fn figure_reason(number: i32) -> Result<Option<model::Reason>, ConvertError> {
    Ok(Some(match v1::FigureReason::try_from(number) {
        Ok(v1::FigureReason::Unspecified) => return Ok(None),
        Ok(v1::FigureReason::PlacementAmbiguous) => model::Reason::PlacementAmbiguous,
        Ok(v1::FigureReason::JoinedDigits) => model::Reason::JoinedDigits,
        Ok(v1::FigureReason::Contradicted) => model::Reason::Contradicted,
        Ok(v1::FigureReason::SearchLimit) => model::Reason::SearchLimit,
        Ok(v1::FigureReason::RowAbsent) => model::Reason::RowAbsent,
        Ok(v1::FigureReason::TableAbsent) => model::Reason::TableAbsent,
        Ok(v1::FigureReason::CellAbsent) => model::Reason::CellAbsent,
        Ok(v1::FigureReason::UnitUncertain) => model::Reason::UnitUncertain,
        Err(_) => return Err(ConvertError::UnknownNumber { field: "reason", number }),
    }))
}
