//! From placed fields to figures: what each cell says, or may say.

use crate::align::Folded;
use crate::cell::{self, CellReading, Content};
use crate::columns::{BASE, Dimension};
use crate::slots::{Placement, ValueRun};
use gongkai_forms::{CellDefinition, Form};
use gongkai_model::{Candidate, Figure, Reading, Reason, State, Unit};

/// More candidates for one cell say no more than "unknown".
const CANDIDATES_MAX: usize = 12;

/// Writes the figures of one row: `slots` says which figure each of its columns is, where any.
pub(crate) fn fill(
    reader: &Reader<'_>,
    run: &ValueRun,
    slots: &[Option<usize>],
    placement: &Placement,
    all_placed: bool,
    figures: &mut [Figure],
) {
    let folded = reader.folded;
    let used = || slots.iter().enumerate().filter_map(|(slot, at)| Some((slot, (*at)?)));
    match placement {
        Placement::Fields(fields) => {
            for (slot, at) in used() {
                if let Some(&field) = fields.get(slot) {
                    figures[at] = reader.figure(at, field);
                }
            }
        }
        Placement::OneOf(windows) => {
            for (slot, at) in used() {
                let fields = windows.iter().filter_map(|window| window.get(slot).copied());
                figures[at] = reader.decide(at, fields.map(Some), run, Reason::PlacementAmbiguous);
            }
        }
        // Decided when all tables are known.
        Placement::Joined(values) => {
            for (_, at) in used() {
                let values = values.iter().copied().map(Some).collect();
                figures[at] = reader.undetermined(at, values, run, Reason::JoinedDigits);
            }
        }
        Placement::Scattered(values) if values.is_empty() => {
            used().for_each(|(_, at)| figures[at] = reader.missing(at, Reason::CellAbsent));
        }
        Placement::Scattered(values) => {
            let reason = match values[..] {
                [only] if looks_joined(folded, only, slots.len()) => Reason::JoinedDigits,
                _ => Reason::PlacementAmbiguous,
            };
            for (slot, at) in used() {
                let candidates = scattered(slot, slots.len(), values);
                figures[at] = reader.undetermined(at, candidates, run, reason);
            }
        }
        Placement::Nothing if all_placed => {
            let place =
                folded.rows.fields.get(run.label.end.saturating_sub(1)).map_or(0, |field| field.text.end);
            used().for_each(|(_, at)| figures[at] = reader.blank_at(at, place));
        }
        Placement::Nothing => {
            used().for_each(|(_, at)| figures[at] = reader.missing(at, Reason::CellAbsent));
        }
    }
}

/// Whether one written value may be the digits of several cells.
fn looks_joined(folded: &Folded<'_>, field: usize, cells: usize) -> bool {
    let digits = folded
        .document
        .text
        .slice(&folded.rows.fields[field].text)
        .bytes()
        .filter(u8::is_ascii_digit)
        .count();
    1 < cells && cells <= digits
}

/// The values that may stand in `slot`, if the values fill some of `slots` slots in order, or all of them are some
/// of the values in order. `None` stands for an empty cell.
fn scattered(slot: usize, slots: usize, values: &[usize]) -> Vec<Option<usize>> {
    let mut candidates = Vec::new();
    if values.len() < slots {
        candidates.push(None);
    }
    for (index, &value) in values.iter().enumerate() {
        let fits = if values.len() < slots {
            index <= slot && values.len() - index <= slots - slot
        } else {
            slot <= index && slots - slot <= values.len() - index
        };
        if fits {
            candidates.push(Some(value));
        }
    }
    candidates
}

/// Turns fields into figures of one form.
pub(crate) struct Reader<'a> {
    pub(crate) folded: &'a Folded<'a>,
    pub(crate) form: &'a Form,
    /// What the figures count: as many figures as the form has cells for each.
    pub(crate) dimensions: &'a [Dimension],
    /// The unit of money that stands over the row's amounts, or beside its label.
    pub(crate) header_unit: &'static str,
}

impl Reader<'_> {
    fn raw(&self, field: usize) -> &str {
        self.folded.document.text.slice(&self.folded.rows.fields[field].text)
    }

    /// The cell of the form that a figure is about.
    fn cell(&self, at: usize) -> &CellDefinition {
        &self.form.cells[at % self.form.cells.len().max(1)]
    }

    /// A figure without content.
    fn missing(&self, at: usize, reason: Reason) -> Figure {
        let (period, portion) =
            self.dimensions.get(at / self.form.cells.len().max(1)).copied().unwrap_or(BASE);
        Figure { period, portion, ..Figure::missing(self.cell(at).key.clone(), reason) }
    }

    fn reading(&self, at: usize, field: usize) -> CellReading {
        let definition = self.cell(at);
        let header_unit = if definition.unit == Unit::Yuan { self.header_unit } else { "" };
        cell::in_unit(&self.folded.rows.fields[field].content, definition.unit, header_unit)
    }

    /// The figure that a field is.
    pub(crate) fn figure(&self, at: usize, field: usize) -> Figure {
        let reading = self.reading(at, field);
        let place = &self.folded.rows.fields[field];
        let joined = place.content == Content::Numbers;
        Figure {
            state: reading.state,
            value: reading.value,
            raw: self.raw(field).to_owned(),
            source_unit: reading.source_unit.to_owned(),
            span: Some(self.folded.document.text.span(&place.text)),
            reason: (reading.state == State::Undetermined).then_some(if joined {
                Reason::JoinedDigits
            } else {
                Reason::UnitUncertain
            }),
            ..self.missing(at, Reason::CellAbsent)
        }
    }

    fn blank_at(&self, at: usize, place: usize) -> Figure {
        Figure {
            state: State::Blank,
            value: None,
            raw: String::new(),
            source_unit: String::new(),
            span: Some(self.folded.document.text.span(&(place..place))),
            reason: None,
            ..self.missing(at, Reason::CellAbsent)
        }
    }

    /// The figure if all of `fields` say the same, else an undetermined one.
    fn decide(
        &self,
        at: usize,
        fields: impl Iterator<Item = Option<usize>>,
        run: &ValueRun,
        reason: Reason,
    ) -> Figure {
        let fields: Vec<Option<usize>> = fields.collect();
        let readings =
            Reading::from_candidates(fields.iter().flatten().map(|&field| self.reading(at, field)));
        match (readings.one(), fields.first()) {
            // The place of a cell that has one content wherever it stands is the place of its first window.
            (Some(_), Some(Some(field))) => self.figure(at, *field),
            _ => self.undetermined(at, fields, run, reason),
        }
    }

    fn undetermined(&self, at: usize, fields: Vec<Option<usize>>, run: &ValueRun, reason: Reason) -> Figure {
        let mut candidates: Vec<Candidate> = Vec::new();
        for field in fields {
            let candidate = match field {
                None => Candidate { state: State::Blank, value: None, raw: String::new() },
                Some(field) => {
                    let reading = self.reading(at, field);
                    Candidate { state: reading.state, value: reading.value, raw: self.raw(field).to_owned() }
                }
            };
            if candidates.len() < CANDIDATES_MAX && !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
        let all = &self.folded.rows.fields;
        let begin = run.fields.first().map_or(0, |&field| all[field].text.start);
        let end = run.fields.last().map_or(begin, |&field| all[field].text.end).max(begin);
        Figure {
            state: State::Undetermined,
            value: None,
            raw: self.folded.document.text.slice(&(begin..end)).to_owned(),
            source_unit: String::new(),
            span: Some(self.folded.document.text.span(&(begin..end))),
            candidates,
            reason: Some(reason),
            ..self.missing(at, Reason::CellAbsent)
        }
    }
}
