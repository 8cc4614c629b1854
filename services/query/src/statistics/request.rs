//! Fields that requests for statistics have in common.

use crate::figures::{ReportSelection, Source};
use gongkai_model::{BodyKind, Rank};
use gongkai_serve::fields;
use gongkai_store::ReadAt;
use gongkai_wire::{ErrorReason, FromNumber, v1};
use tonic::Status;

/// Ranks or kinds that a request may name.
const VARIANTS_MAX: usize = 16;

/// The place where a figure stands; none where it is not given.
pub(super) fn source(field: &str, number: i32) -> Result<Option<Source>, Status> {
    match v1::FigureSource::try_from(number) {
        Ok(v1::FigureSource::Unspecified) => Ok(None),
        Ok(v1::FigureSource::Table) => Ok(Some(Source::Table)),
        Ok(v1::FigureSource::Statement) => Ok(Some(Source::Statement)),
        Err(_) => Err(fields::invalid(field, format!("the number {number} is not known here"))),
    }
}

/// Which reports a request is of.
pub(super) struct Whose<'a> {
    pub(super) filter: &'a str,
    pub(super) ranks: &'a [i32],
    pub(super) kinds: &'a [i32],
}

impl Whose<'_> {
    /// As of when and for whom they are read.
    pub(super) fn read(&self, at: ReadAt) -> Result<ReportSelection, Status> {
        let selection = ReportSelection::parse(self.filter)
            .map_err(|error| ErrorReason::InvalidFilter.field("filter", error.to_string()))?;
        Ok(ReportSelection {
            at,
            ranks: variants::<Rank>("ranks", self.ranks)?,
            kinds: variants::<BodyKind>("kinds", self.kinds)?,
            ..selection
        })
    }
}

fn variants<T: FromNumber>(field: &str, numbers: &[i32]) -> Result<Vec<T>, Status> {
    if VARIANTS_MAX < numbers.len() {
        let problem = format!("it has {} values, at most {VARIANTS_MAX} are allowed", numbers.len());
        return Err(fields::invalid(field, problem));
    }
    let read = |(index, number): (usize, &i32)| {
        let field = format!("{field}[{index}]");
        fields::variant(&field, *number)?.ok_or_else(|| fields::invalid(&field, "it is not given"))
    };
    numbers.iter().enumerate().map(read).collect()
}
