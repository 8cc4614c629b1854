//! Copied narrative: which words of a report another report has, too, when numbers and names are left out of account. Never does
//! I/O, and never says who copied from whom.
//!
//! # What is compared
//!
//! The running text of a report without its headings, letter by letter ([`Narrative`]): in its folded form, without punctuation, with
//! one sign for any number and one for the report's own names. So a text of last year's is the same when only numbers, dates and
//! names were changed. Two texts share a [`WINDOW`] of letters where these are the same; what is shared is every letter in such a
//! window, and passages are put together of it ([`compare`]).
//!
//! # What does not count
//!
//! Template text: what reports of [`TEMPLATE_DIVISIONS`] other divisions say as well, and what the official forms say ([`Template`]).
//! No list of phrases is kept for it; the reports that there are tell it.
//!
//! # How others are found
//!
//! By [`fingerprints`], at most [`FINGERPRINTS_MAX`] of a report. Of any run of letters that two narratives of usual length share, and
//! that is as long as [`CERTAIN`], they share a fingerprint. What shares one need not share a passage; therefore candidates are
//! compared letter by letter.

mod compare;
mod fingerprint;
mod narrative;
mod sharers;
mod template;
mod windows;

pub use compare::{Comparison, CopiedPassage, Difference, DifferenceKind, Side, compare};
pub use fingerprint::{CERTAIN, FINGERPRINTS_MAX, Fingerprint, fingerprints, telling};
pub use narrative::{LETTERS_MAX, Names, Narrative};
pub use sharers::{HOLDERS_MAX, SHARERS_MAX, Shared, sharers, witnesses};
pub use template::{Phrases, TEMPLATE_DIVISIONS, Template, WITNESSES_MAX};

/// Letters, numbers and names in a row that have to be the same for any of them to count as shared.
pub const WINDOW: usize = 16;
/// Letters of a passage that are copied and no template text, below which it is not told: about one sentence.
pub const PASSAGE_MIN: usize = 32;
