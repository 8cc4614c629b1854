//! How each row of the form was found, for people who doubt a figure.

use crate::align::Folded;
use crate::infer::ExplainedRun;
use crate::tables::Found;
use gongkai_model::Span;

/// What the alignment did with a document.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// The rows of the form that were found, in the order of the form.
    pub rows: Vec<ExplainedRow>,
    /// The rows whose cells are put together, with what decided them.
    pub runs: Vec<ExplainedRun>,
}

/// One row of the form as it was found.
#[derive(Clone, Debug)]
pub struct ExplainedRow {
    /// The row's id with its table's: `requests.denied.state_secret`.
    pub row: String,
    /// The words that were taken for its label; empty for a row without label.
    pub label: String,
    /// Where they stand.
    pub span: Option<Span>,
    /// How well they match the form's wording, in hundredths; 0 for a row without label.
    pub quality: u32,
    /// The characters of the fields behind the label, in order; empty fields are empty.
    pub fields: Vec<String>,
    /// How the fields were placed: `placed`, `several placements`, `too few or too many values`,
    /// `nothing behind the label`.
    pub how: &'static str,
}

impl Explanation {
    pub(crate) fn of(folded: &Folded<'_>, found: Option<&Found>) -> Self {
        let Some(found) = found else { return Self::default() };
        let document = folded.document;
        let fields = &folded.rows.fields;
        let rows = found
            .rows
            .iter()
            .map(|row| {
                let table = &found.form.tables[row.place.table];
                let form_row = &table.blocks[row.place.block].rows[row.place.row];
                let label = fields
                    .get(row.label.start)
                    .zip(row.label.end.checked_sub(1).and_then(|last| fields.get(last)));
                let label = label
                    .filter(|_| !row.label.is_empty())
                    .map(|(first, last)| first.text.start..last.text.end);
                ExplainedRow {
                    row: if form_row.id.is_empty() {
                        table.id.clone()
                    } else {
                        format!("{}.{}", table.id, form_row.id)
                    },
                    label: folded.written(&row.label),
                    span: label.map(|range| document.text.span(&range)),
                    quality: row.quality,
                    fields: row
                        .fields
                        .iter()
                        .map(|&field| document.text.slice(&fields[field].text).to_owned())
                        .collect(),
                    how: row.how,
                }
            })
            .collect();
        Self { rows, runs: found.explained.clone() }
    }
}
