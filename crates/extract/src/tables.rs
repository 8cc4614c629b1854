//! The tables of a form, found and read: alignment in two levels, then one figure for every cell.

use crate::align::{Folded, RowMatch, Unlabelled, match_rows, unlabelled_values};
use crate::banners;
use crate::captions::{self, Claim, Own};
use crate::cell;
use crate::columns::{
    BASE, Dimension, Headings, ValueLayout, has_odd_codes, is_joined, leave_sides, take_sides,
};
use crate::copies;
use crate::doubts::{BlockHeaders, is_doubtful, lacks_headers};
use crate::figures::{Reader, fill};
use crate::infer::{self, ExplainedRun};
use crate::joined::run::{self, JoinedRun};
use crate::labels::{Endings, Labels, RowPlace};
use crate::notes;
use crate::rows::Shape;
use crate::slots::{self, HeaderPlace, Placement, ValueRun};
use crate::strays::{goes_on, has_run_into_values, has_strays, has_words_below, may_stand_below_values};
use crate::sums::doubt_failing_sums;
use crate::times::YearOf;
use crate::torn;
use crate::units::{has_amounts, header_unit, unit_behind, unit_below};
use crate::word_map::WordMap;
use gongkai_forms::{Form, Row as FormRow};
use gongkai_model::{Figure, FormEvidence, FormId, Reason, ScopeKind, State, Statement};
use std::ops::Range;
use std::sync::LazyLock;

/// A form as it was found in a document.
pub(crate) struct Found {
    pub(crate) form: &'static Form,
    /// One figure for each cell, in the form's order; then as many for each other value column that the document shows.
    pub(crate) figures: Vec<Figure>,
    /// What the headings over value columns say for the form.
    headings: u32,
    /// The physical row of the first of those headings.
    pub(crate) heading_row: Option<usize>,
    /// The rows found, for `--explain` and to tell tables from running text.
    pub(crate) rows: Vec<FoundRow>,
    /// Rows whose cells are put together.
    joined: Vec<JoinedRun>,
    /// What was done with them.
    pub(crate) explained: Vec<ExplainedRun>,
    /// Tables whose headers do not tell that their columns are the form's.
    doubtful_tables: Vec<usize>,
}

/// A table where it stands.
#[derive(Default)]
struct FoundTable {
    rows: Vec<FoundRow>,
    joined: Vec<JoinedRun>,
    are_headers_complete: bool,
}

impl FoundTable {
    /// The field behind its last one.
    fn end(&self) -> usize {
        let end = |row: &FoundRow| row.fields.last().map_or(row.label.end, |last| last + 1);
        self.rows.iter().map(end).max().unwrap_or(0)
    }

    /// The rows that are not the report's own: all of them, or those behind a caption that says so where the table goes on in
    /// another one of the document.
    fn rows_of_others(
        &self,
        folded: &Folded<'_>,
        is_all: bool,
        claim: impl Fn(usize) -> Claim,
    ) -> Vec<RowPlace> {
        let block = |row: &FoundRow| {
            let row =
                folded.rows.fields.get(row.label.start).and_then(|field| folded.rows.rows.get(field.row));
            row.filter(|row| row.shape == Shape::Grid).map(|row| row.block)
        };
        let (mut before, mut is_of_others) = (self.rows.first().and_then(block), is_all);
        let mut places = Vec::new();
        for row in &self.rows {
            let own = block(row);
            if own != before && own.is_some() && !is_all {
                is_of_others = claim(row.label.start) == Claim::Others;
            }
            before = own.or(before);
            if is_of_others {
                places.push(row.place);
            }
        }
        places
    }
}

/// Rows with values, without headings over them, that make a table of a form of local versions.
const LOCAL_ROWS_MIN: usize = 5;
/// The same under headings.
const HEADED_ROWS_MIN: usize = 2;

impl Found {
    /// Whether what was found is a table. Prescribed forms have headers of their own that no other text has; the rows of
    /// the statistics table are worded like what any report speaks of.
    fn is_table(&self) -> bool {
        let with_values = self.rows.iter().filter(|row| !row.fields.is_empty()).count();
        let needed = if 0 < self.headings { HEADED_ROWS_MIN } else { LOCAL_ROWS_MIN };
        self.form.is_prescribed || needed <= with_values
    }

    /// Decides the rows whose cells are put together, as far as identities and what the narrative states decide them.
    pub(crate) fn resolve(&mut self, folded: &Folded<'_>, statements: &[Statement], scope: ScopeKind) {
        if self.joined.is_empty() {
            return;
        }
        let facts = infer::facts(self.form, statements, scope);
        self.explained = infer::resolve(folded, self.form, &self.joined, &facts, &mut self.figures);
        for &table in &self.doubtful_tables {
            if self.joined.iter().any(|run| run.place.table == table) {
                doubt_failing_sums(self.form, table, &mut self.figures);
            }
        }
    }

    /// Number of the form's tables that were found.
    pub(crate) fn tables(&self) -> usize {
        let is_found = |table: &usize| self.rows.iter().any(|row| row.place.table == *table);
        (0..self.form.tables.len()).filter(is_found).count()
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

struct IndexedForm {
    form: &'static Form,
    labels: Labels,
    /// Per table, the headings of its value columns, where those are not the form's own.
    headings: Vec<Option<Headings>>,
}

static FORMS: LazyLock<Vec<IndexedForm>> = LazyLock::new(|| {
    let headings =
        |form: &Form| form.tables.iter().map(|table| table.blocks.first().and_then(Headings::of)).collect();
    gongkai_forms::all()
        .iter()
        .map(|form| IndexedForm { form, labels: Labels::of(form), headings: headings(form) })
        .collect()
});

/// Whether folded words are a label or a header of some form.
pub(crate) fn is_table_word(folded: &str) -> bool {
    FORMS.iter().any(|form| {
        !form.labels.rows_of(folded).is_empty()
            || !form.labels.headers(folded).is_empty()
            || form.labels.furniture.contains(folded)
    })
}

/// Words that belong to a table of some prescribed form: its headers, banners and the labels of its rows. The chapters of
/// the statistics table are worded like parts of a report.
pub(crate) fn is_table_furniture(folded: &str) -> bool {
    FORMS
        .iter()
        .filter(|form| form.form.is_prescribed)
        .any(|form| form.labels.furniture.contains(folded) || !form.labels.exact(folded).is_empty())
}

/// Chooses the form by what is found, and reads its tables. The year only decides where nothing else does.
pub(crate) fn read<'o>(folded: &Folded<'_>, own: impl Fn() -> &'o Own) -> (Option<Found>, Vec<FormEvidence>) {
    let year = || own().year;
    let headers = header_evidence(folded);
    let decided = decided_by_headers(&headers);
    let mut evidence = Vec::new();
    let mut best: Option<((u32, u32, bool), Found)> = None;
    for (index, indexed) in FORMS.iter().enumerate() {
        if decided.is_some_and(|decided| decided != index) {
            evidence.push(FormEvidence { form: indexed.form.id, score: headers[index] });
            continue;
        }
        let found = read_form(folded, indexed, &own);
        let read = found.figures.iter().filter(|figure| figure.state != State::Missing).count() as u32;
        let headers = headers[index] + found.headings;
        evidence.push(FormEvidence { form: indexed.form.id, score: headers + found.rows.len() as u32 });
        if !found.is_table() {
            continue;
        }
        let rank = (headers, read, decided.is_none() && 0 < read && is_of_its_year(indexed.form.id, year()));
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

/// A column of a form by its place among the forms, its table, block and column.
type Column = (usize, usize, usize, usize);

/// The distinctive headers of the prescribed forms, each with the columns of all forms that it heads.
struct Distinctive {
    columns: WordMap<Vec<Column>>,
    endings: Endings,
}

impl Distinctive {
    fn columns(&self, words: &str) -> Option<&[Column]> {
        // Most words are none, and need no hashing.
        if self.endings.may_be(words) { self.columns.get(words).map(Vec::as_slice) } else { None }
    }
}

static DISTINCTIVE: LazyLock<Distinctive> = LazyLock::new(|| {
    let mut known: WordMap<Vec<Column>> = WordMap::default();
    for (index, indexed) in FORMS.iter().enumerate().filter(|(_, form)| form.form.is_prescribed) {
        for (words, headers) in indexed.labels.all_headers() {
            let columns = headers.iter().filter(|header| header.distinctive);
            let columns = columns.map(|header| (index, header.table, header.block, header.column));
            known.entry(words.to_owned()).or_default().extend(columns);
        }
    }
    known.retain(|_, columns| !columns.is_empty());
    let mut endings = Endings::default();
    known.keys().for_each(|words| endings.note(words));
    Distinctive { columns: known, endings }
});

/// How many distinctive column headers of each form stand in the document.
fn header_evidence(folded: &Folded<'_>) -> Vec<u32> {
    let distinctive = &*DISTINCTIVE;
    let mut seen: Vec<Column> = Vec::new();
    for last in 0..folded.rows.fields.len() {
        if folded.words(last).is_empty() {
            continue;
        }
        // 处理决定数量 is a header, and the end of another form's: the longest words that are one count.
        let mut longest: &[Column] = &[];
        for (_, words) in folded.runs_ending_with(last).take(4) {
            longest = distinctive.columns(words).unwrap_or(longest);
        }
        for column in longest {
            if !seen.contains(column) {
                seen.push(*column);
            }
        }
    }
    let count = |form: usize| seen.iter().filter(|column| column.0 == form).count() as u32;
    (0..FORMS.len()).map(count).collect()
}

/// The form whose headers stand in the document, where no other form's do.
fn decided_by_headers(headers: &[u32]) -> Option<usize> {
    let mut found = headers.iter().enumerate().filter(|(_, count)| 0 < **count);
    let (index, count) = found.next()?;
    (found.next().is_none() && 2 <= *count).then_some(index)
}

pub(crate) fn form_row(form: &Form, place: RowPlace) -> &FormRow {
    &form.tables[place.table].blocks[place.block].rows[place.row]
}

/// The cells of a row that the form has: indices into its cells, left to right.
pub(crate) fn cells_of(row: &FormRow) -> impl Iterator<Item = usize> + '_ {
    row.cells.iter().flatten().copied()
}

/// The value columns of one table as it stands in the document.
#[derive(Default)]
struct Columns {
    /// None where the columns are the form's own.
    layout: Option<ValueLayout>,
    /// For each row found, the unit of money that stands beside its label.
    units: Vec<&'static str>,
}

impl Columns {
    /// Where the values of a row go: indices into the figures; none for a column of which no figure is made.
    fn slots(&self, form: &Form, dimensions: &[Dimension], place: RowPlace) -> Vec<Option<usize>> {
        let mut cells = cells_of(form_row(form, place));
        let Some(layout) = &self.layout else { return cells.map(Some).collect() };
        let Some(cell) = cells.next() else { return Vec::new() };
        let figure = |of: &Dimension| {
            let dimension = dimensions.iter().position(|known| known == of)?;
            Some(dimension * form.cells.len() + cell)
        };
        layout.columns.iter().map(|column| column.as_ref().and_then(figure)).collect()
    }
}

/// Finds the value columns of each copy of a table, and takes what stands beside the labels for a part of them.
fn columns_of(
    folded: &Folded<'_>,
    headings: Option<&Headings>,
    chains: &mut [Vec<RowMatch>],
    year: &impl Fn() -> Option<u16>,
) -> Vec<Columns> {
    let Some(headings) = headings else { return Vec::new() };
    let of_chain = |chain: &mut Vec<RowMatch>| {
        let mut layout = headings.layout(folded, chain.first().map_or(0, |row| row.label.start), year);
        let starts: Vec<usize> = chain.iter().skip(1).map(|row| row.label.start).collect();
        let mut before = 0;
        let mut units = Vec::with_capacity(chain.len());
        for (index, row) in chain.iter_mut().enumerate() {
            let next = starts.get(index).copied().unwrap_or(folded.rows.fields.len());
            units.push(take_sides(folded, &layout, row, before..next));
            before = row.label.end;
        }
        layout.is_doubtful |= has_odd_codes(folded, &layout, chain);
        Columns { layout: Some(layout), units }
    };
    chains.iter_mut().map(of_chain).collect()
}

fn read_form<'o>(folded: &Folded<'_>, indexed: &IndexedForm, own: &impl Fn() -> &'o Own) -> Found {
    let (form, labels) = (indexed.form, &indexed.labels);
    let wanted = |place: RowPlace| cells_of(form_row(form, place)).count();
    let mut all_chains = match_rows(folded, labels, wanted);
    let claim = |first: usize| captions::claim(folded, labels, first, own);
    for chains in &mut all_chains {
        copies::keep_own(chains, |chain| claim(chain.first().map_or(0, |row| row.label.start)));
    }
    let year = &|| own().year;
    let mut all_columns = Vec::new();
    let mut dimensions = vec![BASE];
    for (headings, chains) in indexed.headings.iter().zip(&mut all_chains) {
        let columns = columns_of(folded, headings.as_ref(), chains, year);
        if let Some(headings) = headings {
            let layouts: Vec<ValueLayout> = columns.iter().filter_map(|it| it.layout.clone()).collect();
            dimensions.extend(headings.others(&layouts));
        }
        all_columns.push(columns);
    }
    let layouts = || all_columns.iter().flatten().filter_map(|columns| columns.layout.as_ref());
    let headings = layouts().map(ValueLayout::score).max().unwrap_or_default();
    let heading_row = layouts().map(|layout| layout.row).min();
    let missing = |dimension: &Dimension| {
        let dimension = *dimension;
        form.cells.iter().map(move |cell| Figure {
            period: dimension.0,
            portion: dimension.1,
            ..Figure::missing(cell.key.clone(), Reason::TableAbsent)
        })
    };
    let mut figures: Vec<Figure> = dimensions.iter().flat_map(missing).collect();
    let own_columns = Columns::default();
    let mut found = Found {
        form,
        figures: Vec::new(),
        headings,
        heading_row,
        rows: Vec::new(),
        joined: Vec::new(),
        explained: Vec::new(),
        doubtful_tables: Vec::new(),
    };
    for table in 0..form.tables.len() {
        // A table without row labels is found by its header alone.
        let unlabelled = labels
            .places
            .iter()
            .find(|place| place.table == table && form_row(form, **place).labels.is_empty())
            .map(|place| {
                let mut found = unlabelled_values(folded, labels, table, wanted(*place));
                copies::keep_own(&mut found, |found| claim(found.values.start));
                (*place, found)
            });
        let chains = all_chains.get(table).map_or(&[][..], Vec::as_slice);
        let columns = all_columns.get(table).map_or(&[][..], Vec::as_slice);
        let copies = chains.len().max(unlabelled.as_ref().map_or(0, |(_, found)| found.len()));
        for copy in 0..copies {
            let matches = chains.get(copy).map_or(&[][..], Vec::as_slice);
            let values =
                unlabelled.as_ref().and_then(|(place, found)| Some((*place, found.get(copy)?.clone())));
            let columns = columns.get(copy).unwrap_or(&own_columns);
            let dimensions = &dimensions[..];
            let place = TablePlace { table, matches, unlabelled: values, columns, dimensions, year };
            if copy == 0 {
                let begin = matches.first().map(|row| row.label.start);
                let begin = begin.or_else(|| place.unlabelled.as_ref().map(|(_, found)| found.values.start));
                let mut first = read_table(folded, indexed, place, &mut figures);
                let is_against = || captions::is_spoken_against(folded, first.end(), own);
                let is_all = begin.is_some_and(|begin| claim(begin) == Claim::Others || is_against());
                let of_others = first.rows_of_others(folded, is_all, claim);
                let cells: Vec<usize> =
                    of_others.iter().flat_map(|place| cells_of(form_row(form, *place))).collect();
                copies::doubt(&mut figures, &cells, form.cells.len());
                first.joined.retain(|run| !of_others.contains(&run.place));
                found.rows.extend(first.rows);
                found.joined.extend(first.joined);
                if !first.are_headers_complete {
                    found.doubtful_tables.push(table);
                }
            } else {
                let mut second = figures.clone();
                let other = read_table(folded, indexed, place, &mut second);
                for row in &other.rows {
                    let own = found.rows.iter().find(|own| own.place == row.place);
                    if let Some(own) = own {
                        let cells: Vec<usize> = cells_of(form_row(form, row.place)).collect();
                        copies::contradict_row(folded, (own, row), &cells, &mut figures, &second);
                    }
                }
                copies::contradict(&mut figures, &second);
                // Rows that are put together are certain only where no other copy says anything else.
                let says_same = |run: &JoinedRun| {
                    other.joined.iter().any(|other| other.is_same(run))
                        || !other.rows.iter().any(|row| row.place == run.place)
                };
                found.joined.retain(|run| run.place.table != table || says_same(run));
            }
        }
    }
    found.figures = figures;
    found
}

/// One copy of a table where it stands in the document.
struct TablePlace<'a> {
    /// Index into the form's tables.
    table: usize,
    matches: &'a [RowMatch],
    /// The values of a row without label.
    unlabelled: Option<(RowPlace, Unlabelled)>,
    columns: &'a Columns,
    /// What the figures of the whole form count, the form's own cells first.
    dimensions: &'a [Dimension],
    year: &'a YearOf<'a>,
}

/// Reads one table where it stands. Returns its rows; `figures` are those of the whole form.
fn read_table(
    folded: &Folded<'_>,
    indexed: &IndexedForm,
    place: TablePlace<'_>,
    figures: &mut [Figure],
) -> FoundTable {
    let (form, labels) = (indexed.form, &indexed.labels);
    let TablePlace { table, matches, unlabelled, columns, dimensions, year } = place;
    let layout = columns.layout.as_ref();
    let wanted = |place: RowPlace| {
        layout.map_or_else(|| cells_of(form_row(form, place)).count(), |layout| layout.columns.len())
    };
    let mut runs: Vec<ValueRun> = matches
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let next = matches.get(index + 1).map_or(folded.rows.fields.len(), |next| next.label.start);
            let mut run = ValueRun::behind(folded, row, wanted(row.place), next);
            if let Some(layout) = layout {
                leave_sides(folded, layout, &mut run, matches.get(index + 1));
            }
            // In a line of joined cells what stands behind a label is its own, whatever else is there.
            run.fields = run::behind(folded, &row.label).unwrap_or(run.fields);
            run
        })
        .collect();
    let mut header = match layout {
        Some(layout) => layout.header_place(),
        None => header_place(folded, labels, table, runs.first()),
    };
    // A label that the form does not have may say that the row is another one.
    let odd_label = unlabelled.as_ref().filter(|(_, found)| found.is_doubtful).map(|(place, _)| *place);
    if let Some((place, found)) = unlabelled {
        let run = ValueRun::without_label(folded, place, found.values, wanted(place));
        header = header_place(folded, labels, table, Some(&run));
        runs.push(run);
    }
    if runs.is_empty() {
        return FoundTable::default();
    }
    mark_absent_rows(form, table, &runs, figures);
    let headers: Vec<BlockHeaders> = (0..form.tables[table].blocks.len())
        .map(|block| match layout {
            Some(_) => BlockHeaders::default(),
            None => BlockHeaders::of(folded, labels, form, &runs, (table, block), year),
        })
        .collect();
    let apart: Vec<_> = headers.iter().map(|headers| headers.apart(folded)).collect();
    let mut placements = slots::place(folded, &runs, header, wanted, &apart);
    let mut joined =
        run::join(folded, form, &runs, &mut placements, |place| columns.slots(form, dimensions, place));
    let lacks_headers = match layout {
        Some(layout) => is_layout_doubtful(folded, layout, &runs),
        None => lacks_headers(folded, labels, form, table, &runs),
    };
    // The rows of local versions are told by chapters, and their columns by years.
    let of_others = match layout {
        Some(_) => vec![false; runs.len()],
        None => banners::rows_of_others(folded, labels, form, &runs, year),
    };
    let are_scaled = notes::are_counts_scaled(folded, &runs);
    let may_be_above =
        runs.first().is_some_and(|run| may_stand_below_values(folded, &runs, wanted(run.place)));
    let doubtful: Vec<bool> = runs
        .iter()
        .zip(&placements)
        .zip(of_others)
        .map(|((run, placement), is_of_others)| {
            is_of_others
                || counts_otherwise(folded, form, run)
                || are_scaled && !has_amounts(form, run.place)
                || may_be_above && !run.is_beside_label
                || odd_label == Some(run.place)
                || (lacks_headers && (layout.is_some() || !matches!(placement, Placement::OneOf(_))))
                || is_doubtful(folded, form, &runs, run, placement, &headers[run.place.block])
                || (layout.is_some() && is_chapter_open(folded, indexed, &runs, run))
                || torn::is_header_of_another(folded, labels, run)
        })
        .collect();
    for ((placement, doubtful), run) in placements.iter_mut().zip(doubtful).zip(&runs) {
        if let Placement::Fields(fields) | Placement::Joined(fields) = placement
            && doubtful
        {
            *placement = Placement::Scattered(std::mem::take(fields));
        }
        if matches!(placement, Placement::OneOf(_)) && doubtful {
            *placement = Placement::Scattered(run.written(folded));
        }
    }
    // A label with nothing behind it has empty cells only where the table shows that values stand behind their
    // labels, all of them: in a text whose order is lost, the values of one row stand behind another's label. The
    // last row that is there may be cut off before its values.
    let has_values = |placement: &Placement| matches!(placement, Placement::Fields(_) | Placement::Joined(_));
    let all_placed =
        placements.iter().all(|placement| has_values(placement) || *placement == Placement::Nothing)
            && placements.iter().any(has_values)
            && !has_strays(folded, &runs)
            && !(placements.contains(&Placement::Nothing) && torn::drops_repeated(folded));
    let last_of_form = labels.places.iter().rfind(|place| place.table == table).copied();
    let mut found = FoundTable {
        are_headers_complete: headers.iter().all(BlockHeaders::are_complete),
        ..FoundTable::default()
    };
    for (index, (run, placement)) in runs.iter().zip(&placements).enumerate() {
        let after = if index == 0 { run.label.start.saturating_sub(16) } else { runs[index - 1].label.end };
        let above = after..run.label.start.max(after);
        let beside = columns.units.get(index).copied().filter(|unit| !unit.is_empty());
        let end = run.fields.last().map_or(run.label.end, |last| last + 1);
        let above = beside.or_else(|| header_unit(folded, form, run.place, above));
        let above = match (unit_on_label(folded, form, run), above) {
            (Some(own), Some(above)) if !above.is_empty() && above != own => Some(cell::UNKNOWN_UNIT),
            (Some(own), _) => Some(own),
            (None, above) => above,
        };
        let header_unit = match (above, unit_behind(folded, form, run.place, end)) {
            (Some(above), Some(behind)) if !above.is_empty() && above != behind => cell::UNKNOWN_UNIT,
            (_, Some(behind)) => behind,
            (Some(above), None) => above,
            (None, None) => unit_below(folded, form, run.place, end),
        };
        let may_be_cut = has_run_into_values(folded, &run.label)
            || goes_on(folded, &runs, &run.label)
            || has_words_below(folded, &runs, &run.label)
            || index + 1 == runs.len() && Some(run.place) != last_of_form
            || folded.rows.fields.len() <= run.label.end;
        let slots = columns.slots(form, dimensions, run.place);
        let reader = Reader { folded, form, dimensions, header_unit };
        fill(&reader, run, &slots, placement, all_placed && !may_be_cut, figures);
        if let (Placement::Joined(_), Some(joined)) =
            (placement, joined.get_mut(index).and_then(Option::take))
        {
            found.joined.push(joined.in_unit(header_unit));
        }
        found.rows.push(FoundRow {
            place: run.place,
            quality: matches.get(index).map_or(0, |row| row.quality),
            label: run.label.clone(),
            fields: run.fields.clone(),
            how: how(placement),
        });
    }
    if !found.are_headers_complete {
        doubt_failing_sums(form, table, figures);
    }
    found
}

/// What is written on the label of a row.
fn label_of<'a>(folded: &Folded<'a>, run: &ValueRun) -> &'a str {
    let fields = folded.rows.fields.get(run.label.clone()).unwrap_or_default();
    let (Some(first), Some(last)) = (fields.first(), fields.last()) else { return "" };
    folded.document.text.slice(&(first.text.start..last.text.end))
}

/// Whether a note on the label of a row says that something else is counted.
fn counts_otherwise(folded: &Folded<'_>, form: &Form, run: &ValueRun) -> bool {
    let label = label_of(folded, run);
    let is_noted = label.contains(['（', '(', '【', '[']);
    is_noted && notes::changes_count(label, &form_row(form, run.place).labels, has_amounts(form, run.place))
}

/// The unit of money that stands in a note on the label of a row of amounts.
fn unit_on_label(folded: &Folded<'_>, form: &Form, run: &ValueRun) -> Option<&'static str> {
    if has_amounts(form, run.place) { notes::money_unit(label_of(folded, run)) } else { None }
}

/// Whether nothing says what the columns of a table count: headings that leave it open, or none over several columns.
fn is_layout_doubtful(folded: &Folded<'_>, layout: &ValueLayout, runs: &[ValueRun]) -> bool {
    let may_be_several = |run: &ValueRun| 1 < run.written(folded).len() || is_joined(folded, run);
    layout.is_doubtful || (!layout.is_headed && runs.iter().any(may_be_several))
}

/// Whether a row's label stands in several chapters (被依法纠错数), and what stands before it does not tell in which.
fn is_chapter_open(folded: &Folded<'_>, indexed: &IndexedForm, runs: &[ValueRun], run: &ValueRun) -> bool {
    let (form, labels) = (indexed.form, &indexed.labels);
    let words = folded.run(run.label.clone());
    let is_in = |words: &str| {
        labels.rows_of(words).iter().filter(|(place, _)| place.table == run.place.table).count()
    };
    // A unit or a list number may have been taken into the label.
    let several =
        (run.label.start..run.label.end).any(|field| 1 < is_in(folded.words(field))) || 1 < is_in(words);
    if !several || is_in(words) == 1 {
        return false;
    }
    let rows = &form.tables[run.place.table].blocks[run.place.block].rows;
    let Some(chapter) = rows[run.place.row].banners.first() else { return false };
    let is_of_chapter =
        |row: &&FormRow| row.banners.first() == Some(chapter) || row.labels.first() == Some(chapter);
    let begin = run.place.row - rows[..run.place.row].iter().rev().take_while(is_of_chapter).count();
    let before =
        runs.iter().filter(|other| other.label.end <= run.label.start).max_by_key(|other| other.label.end);
    let Some(before) = before.filter(|before| (begin..run.place.row).contains(&before.place.row)) else {
        return true;
    };
    // Values between that no row of the form took are those of another chapter.
    let end = before.fields.last().map_or(before.label.end, |last| last + 1);
    folded.rows.fields[end.min(run.label.start)..run.label.start]
        .iter()
        .any(|field| field.content.is_written_value())
}

fn how(placement: &Placement) -> &'static str {
    match placement {
        Placement::Fields(_) => "placed",
        Placement::OneOf(_) => "several placements",
        Placement::Scattered(_) => "too few or too many values",
        Placement::Joined(_) => "cells put together",
        Placement::Nothing => "nothing behind the label",
    }
}

fn mark_absent_rows(form: &Form, table: usize, runs: &[ValueRun], figures: &mut [Figure]) {
    for (block_index, block) in form.tables[table].blocks.iter().enumerate() {
        for (row_index, row) in block.rows.iter().enumerate() {
            let place = RowPlace { table, block: block_index, row: row_index };
            if !runs.iter().any(|run| run.place == place) {
                // A cell's figures stand as far apart as the form has cells, one for each value column.
                for cell in cells_of(row) {
                    let of_cell = figures.iter_mut().skip(cell).step_by(form.cells.len().max(1));
                    of_cell.for_each(|figure| figure.reason = Some(Reason::RowAbsent));
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
        row_fields: row.columns(fields),
        in_grid: row.shape == Shape::Grid,
    })
}
