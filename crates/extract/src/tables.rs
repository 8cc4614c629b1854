//! The tables of a form, found and read: alignment in two levels, then one figure for every cell.

use crate::align::{Folded, RowMatch, match_rows, unlabelled_values};
use crate::cell::{self, CellReading, Content};
use crate::doubts::{BlockHeaders, is_doubtful, lacks_headers};
use crate::fold::fold_without_notes;
use crate::labels::{Labels, RowPlace};
use crate::rows::Shape;
use crate::slots::{HeaderPlace, Placement, ValueRun, place};
use gongkai_forms::{Axis, Form, Row as FormRow};
use gongkai_model::{
    Candidate, Derivation, Figure, FormEvidence, FormId, Period, Portion, Reading, Reason, State, Unit, Value,
};
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

/// A form as it was found in a document.
pub(crate) struct Found {
    pub(crate) form: &'static Form,
    /// One figure for each cell, in the form's order.
    pub(crate) figures: Vec<Figure>,
    /// The rows found, for `--explain` and to tell tables from running text.
    pub(crate) rows: Vec<FoundRow>,
}

impl Found {
    /// Number of the form's tables that were found.
    pub(crate) fn tables(&self) -> usize {
        self.rows.iter().map(|row| row.place.table).collect::<HashSet<_>>().len()
    }
}

/// A row of the form where it was found.
pub(crate) struct FoundRow {
    pub(crate) place: RowPlace,
    pub(crate) quality: u32,
    pub(crate) label: Range<usize>,
    pub(crate) fields: Vec<usize>,
    pub(crate) how: &'static str,
}

/// More candidates for one cell say no more than "unknown".
const CANDIDATES_MAX: usize = 12;

struct IndexedForm {
    form: &'static Form,
    labels: Labels,
}

static FORMS: LazyLock<Vec<IndexedForm>> = LazyLock::new(|| {
    gongkai_forms::all().iter().map(|form| IndexedForm { form, labels: Labels::of(form) }).collect()
});

/// Words that belong to a table of some form: its headers, banners and the labels of its rows.
pub(crate) fn is_table_furniture(folded: &str) -> bool {
    FORMS.iter().any(|form| form.labels.furniture.contains(folded) || !form.labels.exact(folded).is_empty())
}

/// Chooses the form by what is found, and reads its tables. The year only decides where nothing else does.
pub(crate) fn read(
    folded: &Folded<'_>,
    year: impl Fn() -> Option<u16>,
) -> (Option<Found>, Vec<FormEvidence>) {
    let headers = header_evidence(folded);
    let decided = decided_by_headers(&headers);
    let mut evidence = Vec::new();
    let mut best: Option<((u32, u32, bool), Found)> = None;
    for (index, indexed) in FORMS.iter().enumerate() {
        if decided.is_some_and(|decided| decided != index) {
            evidence.push(FormEvidence { form: indexed.form.id, score: headers[index] });
            continue;
        }
        let found = read_form(folded, indexed);
        let read = found.figures.iter().filter(|figure| figure.state != State::Missing).count() as u32;
        evidence
            .push(FormEvidence { form: indexed.form.id, score: headers[index] + found.rows.len() as u32 });
        let rank =
            (headers[index], read, decided.is_none() && 0 < read && is_of_its_year(indexed.form.id, year()));
        if 0 < read && best.as_ref().is_none_or(|(known, _)| *known < rank) {
            best = Some((rank, found));
        }
    }
    (best.map(|(_, found)| found), evidence)
}

/// Whether a form was in force for reports of `year`: 2021 and later ones when the year is not known.
fn is_of_its_year(form: FormId, year: Option<u16>) -> bool {
    match form {
        FormId::Form2014 => year.is_some_and(|year| (2014..2019).contains(&year)),
        FormId::Form2019 => year.is_some_and(|year| (2019..2021).contains(&year)),
        FormId::Form2021 => year.is_none_or(|year| 2021 <= year),
        FormId::None => false,
    }
}

/// How many distinctive column headers of each form stand in the document.
fn header_evidence(folded: &Folded<'_>) -> Vec<u32> {
    let mut seen: Vec<Vec<(usize, usize, usize)>> = vec![Vec::new(); FORMS.len()];
    for last in 0..folded.rows.fields.len() {
        if folded.words(last).is_empty() {
            continue;
        }
        // 处理决定数量 is a header, and the end of another form's: the longest words that are one count.
        let mut longest: Vec<(usize, (usize, usize, usize))> = Vec::new();
        for (_, words) in folded.runs_ending_with(last).take(4) {
            let mut found: Vec<(usize, (usize, usize, usize))> = Vec::new();
            for (index, indexed) in FORMS.iter().enumerate() {
                let headers = indexed.labels.headers(words).iter().filter(|header| header.distinctive);
                found.extend(headers.map(|header| (index, (header.table, header.block, header.column))));
            }
            if !found.is_empty() {
                longest = found;
            }
        }
        for (index, header) in longest {
            if !seen[index].contains(&header) {
                seen[index].push(header);
            }
        }
    }
    seen.into_iter().map(|seen| seen.len() as u32).collect()
}

/// The form whose headers stand in the document, where no other form's do.
fn decided_by_headers(headers: &[u32]) -> Option<usize> {
    let mut found = headers.iter().enumerate().filter(|(_, count)| 0 < **count);
    let (index, count) = found.next()?;
    (found.next().is_none() && 2 <= *count).then_some(index)
}

fn form_row(form: &Form, place: RowPlace) -> &FormRow {
    &form.tables[place.table].blocks[place.block].rows[place.row]
}

/// The cells of a row that the form has: indices into its cells, left to right.
fn cells_of(row: &FormRow) -> impl Iterator<Item = usize> + '_ {
    row.cells.iter().flatten().copied()
}

fn read_form(folded: &Folded<'_>, indexed: &IndexedForm) -> Found {
    let (form, labels) = (indexed.form, &indexed.labels);
    let wanted = |place: RowPlace| cells_of(form_row(form, place)).count();
    let chains = match_rows(folded, labels, wanted);
    let mut figures: Vec<Figure> =
        form.cells.iter().map(|cell| Figure::missing(cell.key.clone(), Reason::TableAbsent)).collect();
    let mut rows = Vec::new();
    for table in 0..form.tables.len() {
        // A table without row labels is found by its header alone.
        let unlabelled = labels
            .places
            .iter()
            .find(|place| place.table == table && form_row(form, **place).labels.is_empty())
            .map(|place| (*place, unlabelled_values(folded, labels, table)));
        let chains = chains.get(table).map_or(&[][..], Vec::as_slice);
        let copies = chains.len().max(unlabelled.as_ref().map_or(0, |(_, found)| found.len()));
        for copy in 0..copies {
            let matches = chains.get(copy).map_or(&[][..], Vec::as_slice);
            let values =
                unlabelled.as_ref().and_then(|(place, found)| Some((*place, found.get(copy)?.clone())));
            if copy == 0 {
                rows.extend(read_table(folded, indexed, table, matches, values, &mut figures));
            } else {
                let mut second = figures.clone();
                read_table(folded, indexed, table, matches, values, &mut second);
                contradict(&mut figures, &second);
            }
        }
    }
    Found { form, figures, rows }
}

/// Reads one table where it stands. Returns its rows; `figures` are those of the whole form.
fn read_table(
    folded: &Folded<'_>,
    indexed: &IndexedForm,
    table: usize,
    matches: &[RowMatch],
    unlabelled: Option<(RowPlace, Range<usize>)>,
    figures: &mut [Figure],
) -> Vec<FoundRow> {
    let (form, labels) = (indexed.form, &indexed.labels);
    let wanted = |place: RowPlace| cells_of(form_row(form, place)).count();
    let mut runs: Vec<ValueRun> = matches
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let next = matches.get(index + 1).map_or(folded.rows.fields.len(), |next| next.label.start);
            ValueRun::behind(folded, row, wanted(row.place), next)
        })
        .collect();
    let mut header = header_place(folded, labels, table, runs.first());
    if let Some((place, found)) = unlabelled {
        let run = ValueRun::without_label(folded, place, found, wanted(place));
        header = header_place(folded, labels, table, Some(&run));
        runs.push(run);
    }
    if runs.is_empty() {
        return Vec::new();
    }
    mark_absent_rows(form, table, &runs, figures);
    let mut placements = place(folded, &runs, header, wanted);
    let lacks_headers = lacks_headers(folded, labels, form, table, &runs);
    let headers: Vec<BlockHeaders> = (0..form.tables[table].blocks.len())
        .map(|block| BlockHeaders::of(folded, labels, form, &runs, table, block))
        .collect();
    let doubtful: Vec<bool> = runs
        .iter()
        .zip(&placements)
        .map(|(run, placement)| {
            lacks_headers || is_doubtful(folded, form, &runs, run, placement, &headers[run.place.block])
        })
        .collect();
    for (placement, doubtful) in placements.iter_mut().zip(doubtful) {
        if let Placement::Fields(fields) = placement
            && doubtful
        {
            *placement = Placement::Scattered(std::mem::take(fields));
        }
    }
    // A label with nothing behind it has empty cells only where the table shows that values stand behind their
    // labels, all of them: in a text whose order is lost, the values of one row stand behind another's label. The
    // last row that is there may be cut off before its values.
    let is_placed = |placement: &Placement| matches!(placement, Placement::Fields(_) | Placement::Nothing);
    let all_placed = placements.iter().all(is_placed)
        && placements.iter().any(|placement| matches!(placement, Placement::Fields(_)))
        && !has_strays(folded, &runs);
    let last_of_form = labels.places.iter().rfind(|place| place.table == table).copied();
    let mut found = Vec::new();
    for (index, (run, placement)) in runs.iter().zip(&placements).enumerate() {
        let after = if index == 0 { run.label.start.saturating_sub(16) } else { runs[index - 1].label.end };
        let above = after..run.label.start.max(after);
        let header_unit = header_unit(folded, form, run.place, above).unwrap_or_else(|| {
            let end = run.fields.last().map_or(run.label.end, |last| last + 1);
            unit_below(folded, form, run.place, end)
        });
        let may_be_cut = index + 1 == runs.len() && Some(run.place) != last_of_form
            || folded.rows.fields.len() <= run.label.end;
        fill(folded, form, run, placement, header_unit, all_placed && !may_be_cut, figures);
        found.push(FoundRow {
            place: run.place,
            quality: matches.get(index).map_or(0, |row| row.quality),
            label: run.label.clone(),
            fields: run.fields.clone(),
            how: how(placement),
        });
    }
    if !headers.iter().all(BlockHeaders::are_complete) {
        doubt_failing_sums(form, table, figures);
    }
    found
}

/// The table stands in the document twice: where the second says something else, neither is certain.
fn contradict(figures: &mut [Figure], second: &[Figure]) {
    for (figure, other) in figures.iter_mut().zip(second) {
        let is_read = |figure: &Figure| !matches!(figure.state, State::Missing | State::Undetermined);
        let differs = (figure.state, figure.value) != (other.state, other.value);
        if !is_read(figure) || !is_read(other) || !differs {
            continue;
        }
        let candidate =
            |figure: &Figure| Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() };
        figure.candidates = vec![candidate(figure), candidate(other)];
        figure.state = State::Undetermined;
        figure.value = None;
        figure.reason = Some(Reason::Contradicted);
    }
}

/// Where row after row the kinds of applicants do not add up to the total, and the headers do not tell, the columns may
/// not be the form's. Such rows are uncertain; nothing else follows. Under the form's own headers what is printed stands.
fn doubt_failing_sums(form: &Form, table: usize, figures: &mut [Figure]) {
    const FAILING_ROWS_MIN: usize = 3;
    let count = |figures: &[Figure], cell: usize| match figures[cell].value {
        Some(Value::Count(count)) => Some(i128::from(count)),
        _ => None,
    };
    let sum = |figures: &[Figure], cells: &[usize]| {
        cells.iter().map(|&cell| count(figures, cell)).sum::<Option<i128>>()
    };
    let mut failing = Vec::new();
    let mut holding = 0;
    for identity in
        form.identities.iter().filter(|identity| identity.table == table && identity.axis == Axis::Row)
    {
        if let (Some(left), Some(right)) = (sum(figures, &identity.left), sum(figures, &identity.right)) {
            match (left == right, left == 0) {
                (true, true) => {}
                (true, false) => holding += 1,
                (false, _) => failing.push(identity),
            }
        }
    }
    if failing.len() < FAILING_ROWS_MIN || failing.len() <= 2 * holding {
        return;
    }
    for cell in failing.iter().flat_map(|identity| identity.terms()).collect::<Vec<_>>() {
        let figure = &mut figures[cell];
        figure.candidates =
            vec![Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() }];
        figure.state = State::Undetermined;
        figure.value = None;
        figure.reason = Some(Reason::PlacementAmbiguous);
    }
}

fn how(placement: &Placement) -> &'static str {
    match placement {
        Placement::Fields(_) => "placed",
        Placement::OneOf(_) => "several placements",
        Placement::Scattered(_) => "too few or too many values",
        Placement::Nothing => "nothing behind the label",
    }
}

fn mark_absent_rows(form: &Form, table: usize, runs: &[ValueRun], figures: &mut [Figure]) {
    for (block_index, block) in form.tables[table].blocks.iter().enumerate() {
        for (row_index, row) in block.rows.iter().enumerate() {
            let place = RowPlace { table, block: block_index, row: row_index };
            if !runs.iter().any(|run| run.place == place) {
                for cell in cells_of(row) {
                    figures[cell].reason = Some(Reason::RowAbsent);
                }
            }
        }
    }
}

/// The place of the first column's header, looked for in the rows before the table's first row.
fn header_place(
    folded: &Folded<'_>,
    labels: &Labels,
    table: usize,
    first: Option<&ValueRun>,
) -> Option<HeaderPlace> {
    const HEADER_ROWS: usize = 8;
    let first = first?;
    let fields = &folded.rows.fields;
    let rows = &folded.rows.rows;
    let anchor = if first.label.is_empty() { *first.fields.first()? } else { first.label.start };
    let row = fields.get(anchor)?.row;
    let from = rows.get(row.saturating_sub(HEADER_ROWS))?.fields.start;
    let is_first_column = |field: &usize| {
        labels.headers(folded.words(*field)).iter().any(|header| header.table == table && header.column == 0)
    };
    let field = &fields[(from..anchor).find(is_first_column)?];
    let row = &rows[field.row];
    Some(HeaderPlace {
        column: field.column,
        row_fields: row.fields.len(),
        in_grid: row.shape == Shape::Grid,
    })
}

/// The unit of money that stands over the amounts of a row: in their own column's header, or for the whole table
/// (单位：万元). What another column's header says is no concern of theirs. A unit that is not known makes them uncertain.
fn header_unit(
    folded: &Folded<'_>,
    form: &Form,
    place: RowPlace,
    fields: Range<usize>,
) -> Option<&'static str> {
    if !has_amounts(form, place) {
        return Some("");
    }
    let block = &form.tables[place.table].blocks[place.block];
    let amounts: Vec<String> = block
        .columns
        .iter()
        .zip(&block.rows[place.row].cells)
        .filter(|(_, cell)| cell.is_some_and(|cell| form.cells[cell].unit == Unit::Yuan))
        .flat_map(|(column, _)| column.labels.iter().map(|label| fold_without_notes(label)))
        .collect();
    for field in fields.rev() {
        // Folded, and with the words before it: a narrow header is broken anywhere, even inside 万元.
        for (_, words) in folded.runs_ending_with(field).take(3) {
            let own = amounts
                .iter()
                .filter_map(|label| words.strip_prefix(label.as_str()))
                .min_by_key(|rest| rest.len());
            let of_table = words.strip_prefix("单位").or_else(|| words.strip_prefix("金额单位"));
            if let Some(unit) = own.or(of_table).and_then(cell::header_unit) {
                return Some(unit);
            }
        }
    }
    None
}

fn has_amounts(form: &Form, place: RowPlace) -> bool {
    cells_of(form_row(form, place)).any(|cell| form.cells[cell].unit == Unit::Yuan)
}

/// The unit of amounts over which none stands: yuan, unless a note below the table speaks of one. Then it may be this
/// table's or another's, and the amounts are uncertain.
fn unit_below(folded: &Folded<'_>, form: &Form, place: RowPlace, begin: usize) -> &'static str {
    const NOTE_ROWS: usize = 6;
    const NOTE_BYTES_MAX: usize = 120;
    if !has_amounts(form, place) {
        return "";
    }
    let fields = folded.rows.fields.get(begin..).unwrap_or_default();
    let first_row = fields.first().map_or(0, |field| field.row);
    let is_note = |text: &str| {
        text.len() <= NOTE_BYTES_MAX
            && (text.contains("万元") || text.contains("萬元"))
            && ["单位", "單位", "以万元", "计量", "金额"].iter().any(|word| text.contains(word))
    };
    let speaks_of_one = fields
        .iter()
        .take_while(|field| field.row < first_row + NOTE_ROWS)
        .any(|field| field.content.is_words() && is_note(folded.document.text.slice(&field.text)));
    if speaks_of_one { cell::UNKNOWN_UNIT } else { "" }
}

/// Whether values stand among the table's rows that no row took. Then a label without values may have lost them.
fn has_strays(folded: &Folded<'_>, runs: &[ValueRun]) -> bool {
    let begin = runs.iter().map(|run| run.label.start).min().unwrap_or(0);
    let end = runs.iter().filter_map(|run| run.fields.last()).max().map_or(begin, |last| last + 1);
    let mut taken = vec![false; end.saturating_sub(begin)];
    for run in runs {
        for &field in &run.fields {
            if let Some(taken) = field.checked_sub(begin).and_then(|at| taken.get_mut(at)) {
                *taken = true;
            }
        }
    }
    taken
        .iter()
        .enumerate()
        .any(|(at, taken)| !taken && folded.rows.fields[begin + at].content.is_written_value())
}

fn fill(
    folded: &Folded<'_>,
    form: &Form,
    run: &ValueRun,
    placement: &Placement,
    header_unit: &'static str,
    all_placed: bool,
    figures: &mut [Figure],
) {
    let cells: Vec<usize> = cells_of(form_row(form, run.place)).collect();
    let reader = Reader { folded, form, header_unit };
    match placement {
        Placement::Fields(fields) => {
            for (&cell, &field) in cells.iter().zip(fields) {
                figures[cell] = reader.figure(cell, field);
            }
        }
        Placement::OneOf(windows) => {
            for (slot, &cell) in cells.iter().enumerate() {
                let fields = windows.iter().filter_map(|window| window.get(slot).copied());
                figures[cell] = reader.decide(cell, fields.map(Some), run, Reason::PlacementAmbiguous);
            }
        }
        Placement::Scattered(values) if values.is_empty() => {
            for &cell in &cells {
                figures[cell] = Figure::missing(form.cells[cell].key.clone(), Reason::CellAbsent);
            }
        }
        Placement::Scattered(values) => {
            let reason = match values[..] {
                [only] if looks_joined(folded, only, cells.len()) => Reason::JoinedDigits,
                _ => Reason::PlacementAmbiguous,
            };
            for (slot, &cell) in cells.iter().enumerate() {
                let candidates = scattered(slot, cells.len(), values);
                figures[cell] = reader.undetermined(cell, candidates, run, reason);
            }
        }
        Placement::Nothing if all_placed => {
            let at =
                folded.rows.fields.get(run.label.end.saturating_sub(1)).map_or(0, |field| field.text.end);
            for &cell in &cells {
                figures[cell] = reader.blank_at(cell, at);
            }
        }
        Placement::Nothing => {
            for &cell in &cells {
                figures[cell] = Figure::missing(form.cells[cell].key.clone(), Reason::CellAbsent);
            }
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
struct Reader<'a> {
    folded: &'a Folded<'a>,
    form: &'a Form,
    header_unit: &'static str,
}

impl Reader<'_> {
    fn raw(&self, field: usize) -> &str {
        self.folded.document.text.slice(&self.folded.rows.fields[field].text)
    }

    fn reading(&self, cell: usize, field: usize) -> CellReading {
        let definition = &self.form.cells[cell];
        let header_unit = if definition.unit == Unit::Yuan { self.header_unit } else { "" };
        cell::in_unit(&self.folded.rows.fields[field].content, definition.unit, header_unit)
    }

    fn figure(&self, cell: usize, field: usize) -> Figure {
        let reading = self.reading(cell, field);
        let place = &self.folded.rows.fields[field];
        let joined = place.content == Content::Numbers;
        Figure {
            key: self.form.cells[cell].key.clone(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: reading.state,
            value: reading.value,
            raw: self.raw(field).to_owned(),
            source_unit: reading.source_unit.to_owned(),
            span: Some(self.folded.document.text.span(&place.text)),
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: (reading.state == State::Undetermined).then_some(if joined {
                Reason::JoinedDigits
            } else {
                Reason::UnitUncertain
            }),
            proof: None,
        }
    }

    fn blank_at(&self, cell: usize, at: usize) -> Figure {
        Figure {
            key: self.form.cells[cell].key.clone(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Blank,
            value: None,
            raw: String::new(),
            source_unit: String::new(),
            span: Some(self.folded.document.text.span(&(at..at))),
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: None,
            proof: None,
        }
    }

    /// The figure if all of `fields` say the same, else an undetermined one.
    fn decide(
        &self,
        cell: usize,
        fields: impl Iterator<Item = Option<usize>>,
        run: &ValueRun,
        reason: Reason,
    ) -> Figure {
        let fields: Vec<Option<usize>> = fields.collect();
        let readings =
            Reading::from_candidates(fields.iter().flatten().map(|&field| self.reading(cell, field)));
        match (readings.one(), fields.first()) {
            // The place of a cell that has one content wherever it stands is the place of its first window.
            (Some(_), Some(Some(field))) => self.figure(cell, *field),
            _ => self.undetermined(cell, fields, run, reason),
        }
    }

    fn undetermined(
        &self,
        cell: usize,
        fields: Vec<Option<usize>>,
        run: &ValueRun,
        reason: Reason,
    ) -> Figure {
        let mut candidates: Vec<Candidate> = Vec::new();
        for field in fields {
            let candidate = match field {
                None => Candidate { state: State::Blank, value: None, raw: String::new() },
                Some(field) => {
                    let reading = self.reading(cell, field);
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
            key: self.form.cells[cell].key.clone(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Undetermined,
            value: None,
            raw: self.folded.document.text.slice(&(begin..end)).to_owned(),
            source_unit: String::new(),
            span: Some(self.folded.document.text.span(&(begin..end))),
            derivation: Derivation::Read,
            candidates,
            reason: Some(reason),
            proof: None,
        }
    }
}
