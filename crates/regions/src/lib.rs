//! The administrative divisions of China, in time: codes of GB/T 2260 since 1980, and townships with their codes of
//! nine digits. Names in, codes out, and back.
//!
//! Pure: the lists are part of the program (`data/`, made by `tools/regions/generate.py`) and are indexed when they are
//! first asked for. Divisions are valid for whole years: what counts is the state at the end of a year. A name that
//! means several divisions gives all of them. Never chooses one of several by preference.

mod code;
mod divisions;
mod evidence;
mod resolve;
mod townships;
mod words;

pub use code::Code;
pub use divisions::{Division, all, by_code, children, named, names_at};

pub use resolve::{Context, Place, Resolution, resolve};
pub use townships::{Township, townships_named, townships_of};
pub use words::{is_said_in, may_begin};

/// The last year that the lists know: that of their publication. Later years are taken for this one.
pub const LAST_YEAR: u16 = 2026;
