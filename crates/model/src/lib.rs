//! The vocabulary of Gongkai as plain types and rules: what a record is, and what its figures may say.
//!
//! Never does I/O and depends on no other crate of ours. The wire and the stores have types of their own and
//! convert to and from these at their borders.

mod body;
mod figure;
mod finding;
mod ids;
mod numeral;
mod reading;
mod report;
mod review;
mod span;
mod statement;
mod submission;
mod trace;
mod value;

pub use body::{Body, BodyKind, Division, Rank, RegionText, Scope, ScopeKind};
pub use figure::{Candidate, Derivation, Figure, Portion, Proof, Reason, State};
pub use finding::{Basis, Finding, NullPolicy, Outcome, Proposal, Severity};
pub use ids::{BatchId, DocumentId, IdError, ReportId, ReviewId, SubmissionId};
pub use numeral::{chinese_digit, ordinal};
pub use reading::Reading;
pub use report::{Dates, FormEvidence, FormId, PageMetadata, Quoted, Report, Section};
pub use review::{EndCause, FigureName, Opinion, Review, Said, Verdict};
pub use span::Span;
pub use statement::{Period, Statement, Whose};
pub use submission::{Priority, Purpose, RefuseReason, RejectReason, SubmissionState};
pub use trace::TraceContext;
pub use value::{Date, DateError, Unit, Value, ValueError};

/// The version of the extractor whose records these types describe.
///
/// Raised by hand whenever the same bytes may give another record; a test in `extract` fails if the digest of
/// the corpus changes without it. It stands here and not in `extract` so that stores and services can name it
/// without depending on the extractor.
pub type ExtractorVersion = u32;
