//! Search over the words of reports: what a query means, what an index holds of a report, and which passages answer. Never does
//! I/O, and knows no index.
//!
//! # What is found
//!
//! A term is found in a text where its folded form ([`fold`]) stands in the folded text, character by character. Folding takes
//! away in which script, width and case something is written, white space between Chinese characters, what cannot be seen, and
//! quotation marks. So a phrase is found whatever line breaks a converter has put into it, and a word is found inside of a longer
//! one: Chinese has no spaces, and where words end is a matter of opinion.
//!
//! # What an index holds
//!
//! The pairs of letters, digits and characters that stand beside each other in the folded texts of a report ([`grams`]). Whatever
//! text holds a term holds all pairs of the term, so looking up pairs misses nothing, whichever the words are: no dictionary
//! decides what can be found, and none has to be loaded, kept and held the same in all processes. What has all pairs need not
//! have the term; therefore each candidate's texts are looked at ([`Matcher`]).

mod fold;
mod gram;
mod lex;
mod matcher;
mod parse;
mod passage;
mod text;

pub use fold::{Folded, fold};
pub use gram::{Gram, Lookup, Mark, grams, index_grams};
pub use matcher::Matcher;
pub use parse::{Query, QueryError};
pub use passage::{Found, HITS_MAX, Passage};
pub use text::{Part, Text, texts};

/// The version of what is folded, and of what an index holds, the fingerprints of narratives included (`gongkai-copies`). An index of
/// another one is of no use and is made anew. Tests compare digests of these, and fail where one changed under the same version.
pub const INDEX_VERSION: i64 = 2;

/// How much of a query is read: what is larger was not written by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes_max: usize,
    /// Words and phrases.
    pub terms_max: usize,
    /// Parentheses and negations around a term.
    pub depth_max: usize,
}

impl Limits {
    /// What the services read.
    pub const STANDARD: Self = Self { bytes_max: 4096, terms_max: 128, depth_max: 12 };
}
