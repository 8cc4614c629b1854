//! Which of the bodies that should be there are.

use crate::figures::About;
use gongkai_model::{BodyKind, Rank};
use gongkai_regions::Code;
use gongkai_serve::fields;
use gongkai_store::{division_prefix, is_division_code};
use gongkai_wire::v1;
use std::collections::{BTreeSet, HashMap};
use tonic::Status;

/// Bodies that a request may expect, and bytes of the name of one.
const EXPECTED_MAX: usize = 10_000;
const NAME_BYTES_MAX: usize = 512;
/// Those that are missing and are named.
const MISSING_MAX: usize = 100;

/// The bodies that should be there. A code stands for the government of its division.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// As asked for, each once.
    entries: Vec<String>,
    by_entry: HashMap<String, usize>,
}

/// Which of them were met: indices.
pub(super) type Met = BTreeSet<usize>;

impl Expected {
    pub(super) fn read(texts: &[String]) -> Result<Self, Status> {
        let read = fields::names("expected", texts, EXPECTED_MAX, |field, text| {
            fields::text(field, text.trim(), NAME_BYTES_MAX)
        })?;
        let mut expected = Self::default();
        for entry in read.into_iter().filter(|entry| !entry.is_empty()) {
            let next = expected.entries.len();
            if *expected.by_entry.entry(entry.clone()).or_insert(next) == next {
                expected.entries.push(entry);
            }
        }
        Ok(expected)
    }

    pub(super) fn is_known(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The expected body, or bodies, whose report this is.
    pub(super) fn meets(&self, about: &About) -> impl Iterator<Item = usize> {
        let by_name = self.by_entry.get(&about.keys.subject);
        let speaks = matches!(about.kind, BodyKind::Government | BodyKind::GeneralOffice);
        let by_code = self.by_entry.get(&about.keys.region_code).filter(|_| speaks);
        [by_name, by_code].into_iter().flatten().copied()
    }

    /// What was met of those that could be: of all, or of those in a division and of divisions of a rank.
    pub(super) fn coverage(&self, met: &Met, within: Option<&str>, rank: Option<Rank>) -> v1::Coverage {
        let is_here = |entry: &String| {
            let lies_within = match within {
                None => true,
                Some(code) => is_division_code(entry) && entry.starts_with(division_prefix(code)),
            };
            // A prefecture's own report is not expected among those of its counties.
            let is_of_rank = match (rank, Code::parse(entry)) {
                (Some(rank @ (Rank::Province | Rank::Prefecture | Rank::County)), Some(code)) => {
                    rank == code.rank()
                }
                _ => true,
            };
            lies_within && is_of_rank
        };
        let here = self.entries.iter().enumerate().filter(|(_, entry)| is_here(entry));
        let (found, missing): (Vec<_>, Vec<_>) = here.partition(|(index, _)| met.contains(index));
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        v1::Coverage {
            known: self.is_known() && !(found.is_empty() && missing.is_empty()),
            expected: count(found.len() + missing.len()),
            found: count(found.len()),
            missing: missing.into_iter().take(MISSING_MAX).map(|(_, entry)| entry.clone()).collect(),
        }
    }
}
