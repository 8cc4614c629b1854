/// How far a submission has come. Moves forwards only, within an epoch; a replay begins a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubmissionState {
    /// Accepted and stored; waits for the relay.
    Received,
    /// Announced on the queue.
    Queued,
    /// A worker has it, or it waits for its next attempt.
    Parsing,
    /// Its reports are stored.
    Done,
    /// Read, and found to be no such report, or not readable by any attempt.
    Rejected,
    /// Given up after its last attempt; see its dead letter.
    Dead,
    /// Withdrawn by its sender before it was done.
    Cancelled,
}

impl SubmissionState {
    /// Every state, in order.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Queued,
        Self::Parsing,
        Self::Done,
        Self::Rejected,
        Self::Dead,
        Self::Cancelled,
    ];

    /// Whether nothing more happens in this epoch.
    pub fn is_final(self) -> bool {
        match self {
            Self::Received | Self::Queued | Self::Parsing => false,
            Self::Done | Self::Rejected | Self::Dead | Self::Cancelled => true,
        }
    }

    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Queued => "QUEUED",
            Self::Parsing => "PARSING",
            Self::Done => "DONE",
            Self::Rejected => "REJECTED",
            Self::Dead => "DEAD",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// What a document was sent for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// A published report.
    #[default]
    Published,
    /// A draft to be checked; never shows in published reads.
    Draft,
}

impl Purpose {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "PUBLISHED",
            Self::Draft => "DRAFT",
        }
    }
}

/// How urgent it is that a document is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Can wait: items of a batch, replays.
    Low,
    /// What is sent alone.
    #[default]
    Normal,
    /// Someone looks at an empty screen.
    High,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];
}

/// Why a document was refused after reading. Stable names: clients act on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// It has no bytes, or nothing but white space.
    Empty,
    /// It is larger than its format may be.
    TooLarge,
    /// Its bytes are no text in any encoding we read.
    UndecodableText,
    /// It is of a format that we do not read.
    UnsupportedFormat,
    /// It has more blocks, cells or nesting than a report can have.
    LimitExceeded,
    /// It can be read, but is no annual report on government information disclosure.
    NotAReport,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Empty,
        Self::TooLarge,
        Self::UndecodableText,
        Self::UnsupportedFormat,
        Self::LimitExceeded,
        Self::NotAReport,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::TooLarge => "TOO_LARGE",
            Self::UndecodableText => "UNDECODABLE_TEXT",
            Self::UnsupportedFormat => "UNSUPPORTED_FORMAT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::NotAReport => "NOT_A_REPORT",
        }
    }

    /// The reason of this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// Why an item of a batch was refused before it became a submission. Stable names: clients act on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefuseReason {
    /// It has no bytes.
    Empty,
    /// It is larger than its format may be.
    TooLarge,
    /// It is encrypted.
    Encrypted,
    /// It is an archive inside of an archive.
    NestedArchive,
    /// It is no file: a link, a device, or anything else that has no bytes of its own.
    NotAFile,
    /// It is packed by a method that is not read.
    UnsupportedMethod,
    /// It cannot be unpacked: cut off, or its bytes contradict each other.
    Damaged,
    /// It unpacks to too many times its packed size.
    RatioExceeded,
    /// The archive has more entries than are taken.
    TooManyEntries,
    /// The entries of the archive are too large together.
    TotalExceeded,
    /// It is no archive of the format that was said.
    NotAnArchive,
    /// What is said of it beside its bytes makes no sense.
    InvalidMetadata,
    /// Its key was used in its batch for another item.
    KeyConflict,
}

impl RefuseReason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::Empty,
        Self::TooLarge,
        Self::Encrypted,
        Self::NestedArchive,
        Self::NotAFile,
        Self::UnsupportedMethod,
        Self::Damaged,
        Self::RatioExceeded,
        Self::TooManyEntries,
        Self::TotalExceeded,
        Self::NotAnArchive,
        Self::InvalidMetadata,
        Self::KeyConflict,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::TooLarge => "TOO_LARGE",
            Self::Encrypted => "ENCRYPTED",
            Self::NestedArchive => "NESTED_ARCHIVE",
            Self::NotAFile => "NOT_A_FILE",
            Self::UnsupportedMethod => "UNSUPPORTED_METHOD",
            Self::Damaged => "DAMAGED",
            Self::RatioExceeded => "RATIO_EXCEEDED",
            Self::TooManyEntries => "TOO_MANY_ENTRIES",
            Self::TotalExceeded => "TOTAL_EXCEEDED",
            Self::NotAnArchive => "NOT_AN_ARCHIVE",
            Self::InvalidMetadata => "INVALID_METADATA",
            Self::KeyConflict => "KEY_CONFLICT",
        }
    }
}
