//! What speaks against a row that could be placed: headers that are not the form's, lines that are put together, sums
//! that fail throughout. A doubt never gives a value; it only takes certainty away.

use crate::align::Folded;
use crate::aligned;
use crate::cell::Content;
use crate::cell_lines;
use crate::fold::{fold, fold_without_notes, is_space};
use crate::foreign;
use crate::labels::{Labels, Pairs, RowPlace, says_the_opposite};
use crate::notes;
use crate::rows::{Row, Shape};
use crate::slots::{HeadersApart, Placement, ValueRun};
use crate::tables::{cells_of, form_row, is_table_word};
use crate::times::{Times, YearOf, is_written_for_others, says_another_time};
use crate::torn;
use crate::units::has_amounts;
use gongkai_forms::{Axis, Column, Form};
use gongkai_model::Unit;
use rust_decimal::Decimal;
use std::ops::Range;

/// Rows above a block's first row in which its header is looked for.
const HEADER_ROWS: usize = 8;

/// Whether anything speaks against `placement`. `headers` are those of the row's block.
pub(crate) fn is_doubtful(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[ValueRun],
    run: &ValueRun,
    placement: &Placement,
    headers: &BlockHeaders,
) -> bool {
    let fields = match placement {
        Placement::Fields(fields) | Placement::Joined(fields) => fields,
        // Whichever of these it is, the columns may not be the form's.
        Placement::OneOf(windows) => {
            return headers.may_not_be_the_forms()
                || windows.iter().any(|window| torn::may_lack_cells(folded, form, runs, run, window))
                || windows.iter().any(|window| headers.have_foreign_column(folded, runs, run, window));
        }
        Placement::Scattered(_) | Placement::Nothing => return false,
    };
    let is_proved =
        || torn::is_proved_by_sums(folded, form, run, fields) && !torn::adds_up_without_last(folded, fields);
    (run.is_patched && !is_proved())
        || holds_a_label(folded, fields)
        || torn::is_shifted(folded, form, run, fields)
        || torn::is_list_number_last(folded, fields)
        || torn::holds_a_list_number(folded, form, run)
        || torn::goes_on_in_next_row(folded, runs, run, fields)
        || goes_on_below(folded, form, runs, run, fields)
        || is_split_below(folded, form, runs, run)
        || is_split_above(folded, form, runs, run)
        || ends_open(folded, runs, run, fields)
        || torn::may_lack_cells(folded, form, runs, run, fields)
        || cell_lines::is_doubtful(folded, form, runs, run, fields)
        || run.is_repeated
        || headers.may_not_be_the_forms()
        || headers.have_foreign_column(folded, runs, run, fields)
        || headers.are_others(folded, form, run, fields)
}

/// Whether a word of the form's own stands where a value would: then the row has run into what follows it, and its values
/// are not all there.
fn holds_a_label(folded: &Folded<'_>, values: &[usize]) -> bool {
    let is_words = |field: usize| folded.rows.fields[field].content.is_words();
    values.iter().any(|&field| is_words(field) && is_table_word(folded.words(field)))
}

/// Whether the last value of a row may go on in the line below, where a value stands that is no row's: `29262` and
/// `58.34`, `1` and `472`. It may be the page's number as well, so a row that adds up as it stands is not doubted.
fn goes_on_below(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[ValueRun],
    run: &ValueRun,
    values: &[usize],
) -> bool {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(&last) = values.last() else { return false };
    if !matches!(fields[last].content, Content::Number(_) | Content::Numbers) {
        return false;
    }
    let Some(below) = rows.get(fields[last].row + 1).filter(|row| row.shape != Shape::Grid) else {
        return false;
    };
    // A pipe closes the cell.
    let line = folded.document.blocks.get(rows[fields[last].row].block).map(|block| &block.text);
    if line.is_some_and(|line| folded.document.text.slice(line).trim_end_matches(is_space).ends_with('|')) {
        return false;
    }
    let mut written = below.fields.clone().filter(|&field| fields[field].content != Content::Blank);
    let Some(first) = written.next() else { return false };
    // A list number in a line of its own is a part of the label that follows.
    if is_taken(runs, first) {
        return false;
    }
    let cells: Vec<usize> = cells_of(form_row(form, run.place)).collect();
    // Where rows have list numbers, a whole number before words is the next one.
    let label = fields.get(run.label.clone()).unwrap_or_default();
    // A line of a drawn table that is not taken apart: │.2元│.
    if folded.document.text.slice(&fields[first].text).starts_with(['│', '┃', '║']) {
        return !adds_up(folded, form, &cells, values);
    }
    let has_code = label.first().is_some_and(|first| !first.content.is_words());
    let is_code = has_code && fields.get(first + 1).is_some_and(|next| next.content.is_words());
    let is_money = cells.last().is_some_and(|&cell| form.cells[cell].unit == Unit::Yuan);
    let is_alone = written.all(|field| is_money && fields[field].content.is_written_value());
    match &fields[first].content {
        Content::Number(rest) => {
            let is_fraction = !rest.unit.is_empty() || !rest.amount.fract().is_zero();
            let is_open = is_fraction || !is_code && (is_money || !adds_up(folded, form, &cells, values));
            is_alone && !rest.signed && is_open
        }
        // 169 and 009000元, 1 and 013: no number begins with a zero, unless it is the rest of one.
        Content::Numbers => is_alone && (is_money || !adds_up(folded, form, &cells, values)),
        Content::Words => {
            begins_with_rest(folded.document.text.slice(&fields[first].text))
                && !adds_up(folded, form, &cells, values)
        }
        Content::Blank | Content::Mark => false,
    }
}

/// Whether a row between separators lacks its last value alone, where empty fields follow it as they follow the last
/// value of every other row, or a row of a grid that is shorter than others, and the value before it is the sum of
/// the others, as the last of a row is: that one may be blank, or another cell of the row may be lost.
fn ends_open(folded: &Folded<'_>, runs: &[ValueRun], run: &ValueRun, values: &[usize]) -> bool {
    const OTHERS_MIN: usize = 3;
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let [.., before, last] = *values else { return false };
    let row = &rows[fields[last].row];
    let is_blank = |field: usize| fields[field].content == Content::Blank;
    let is_shorter = || {
        let mut of_grid = rows.iter().filter(|other| other.block == row.block);
        let end = |row: &Row| row.fields.end.checked_sub(1).map_or(0, |last| fields[last].column_end);
        row.shape == Shape::Grid && of_grid.any(|other| end(row) < end(other))
    };
    let has_room = || (row.shape == Shape::Delimited && last + 1 < row.fields.end) || is_shorter();
    let lacks_last = is_blank(last) && has_room();
    if !lacks_last || values.iter().any(|&field| field <= before && is_blank(field)) {
        return false;
    }
    let amount = |field: usize| match &fields[field].content {
        Content::Number(number) => Some(number.amount),
        Content::Mark => Some(Decimal::ZERO),
        Content::Blank | Content::Words | Content::Numbers => None,
    };
    let sum = torn::total(values.iter().filter(|&&field| field < before).map(|&field| amount(field)));
    if sum != amount(before) || sum.is_none_or(|sum| sum.is_zero()) {
        return false;
    }
    let mut others = 0;
    runs.iter().filter(|other| other.place.block == run.place.block && other.label != run.label).all(
        |other| {
            others += 1;
            other.written(folded).len() == values.len()
        },
    ) && OTHERS_MIN <= others
}

/// Whether words begin with digits that are neither a list number nor a part of a date.
fn begins_with_rest(words: &str) -> bool {
    let behind = words.trim_start_matches(|c: char| c.is_ascii_digit());
    let ends_number = |c: char| c.is_ascii() || "．、）年月日号．。，；：－—".contains(c) || is_space(c);
    behind.len() < words.len() && behind.chars().next().is_some_and(|c| !ends_number(c))
}

/// Whether the values of a row meet an identity of the row, so that none of them has lost its end.
pub(crate) fn adds_up(folded: &Folded<'_>, form: &Form, cells: &[usize], values: &[usize]) -> bool {
    let amount = |cell: usize| {
        let at = cells.iter().position(|known| *known == cell)?;
        match &folded.rows.fields[*values.get(at)?].content {
            Content::Number(number) => Some(number.amount),
            // Not applicable adds nothing.
            Content::Mark => Some(Decimal::ZERO),
            _ => None,
        }
    };
    let side = |terms: &[usize]| torn::total(terms.iter().map(|&cell| amount(cell)));
    let last = cells.last().copied();
    form.identities
        .iter()
        .filter(|identity| identity.axis != Axis::Column && identity.terms().any(|cell| Some(cell) == last))
        .any(|identity| side(&identity.left).is_some_and(|left| Some(left) == side(&identity.right)))
}

/// Whether a row is empty and rows that are no row of the form stand below it with values: 上年 and 本年 of the same
/// label. Then its cells are theirs.
fn is_split_below(folded: &Folded<'_>, form: &Form, runs: &[ValueRun], run: &ValueRun) -> bool {
    let fields = &folded.rows.fields;
    let (Some(last), false) = (run.fields.last(), run.label.is_empty()) else { return false };
    if run.fields.iter().any(|&field| fields[field].content.is_written_value()) {
        return false;
    }
    let next = runs.iter().map(|other| other.label.start).filter(|start| last < start).min();
    // The chapters of the statistics table are rows without values: a list number, a name, a mark.
    let is_of_chapter = |at: usize| {
        !form.is_prescribed
            && (fields[at].content == Content::Mark
                || (fields[at].column == 0 && fields.get(at + 1).is_some_and(|next| next.content.is_words())))
    };
    (last + 1..next.unwrap_or(last + 1)).any(|at| fields[at].content.is_written_value() && !is_of_chapter(at))
}

/// Whether a row without a value goes on with one that has values and is no row of the form: a label over several lines of one
/// row of a table drawn with characters.
fn is_split_above(folded: &Folded<'_>, form: &Form, runs: &[ValueRun], run: &ValueRun) -> bool {
    const ROWS_ABOVE: usize = 4;
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(label) = fields.get(run.label.start).filter(|_| !run.label.is_empty()) else { return false };
    // The chapters of the statistics table are such rows as well.
    if !form.is_prescribed || run.fields.iter().any(|&field| fields[field].content.is_written_value()) {
        return false;
    }
    // A line of empty cells between is the space between two lines of one cell.
    let is_written = |above: &&Row| above.fields.clone().any(|field| !fields[field].content.is_blank());
    let is_free = |above: &&Row| {
        above.shape == Shape::Delimited && !above.fields.clone().any(|field| is_taken(runs, field))
    };
    let has_value = |above: &Row| above.fields.clone().any(|field| fields[field].content.is_written_value());
    // More lines of the label alone may stand between.
    let is_of_label = |above: &Row| {
        let mut written = above.fields.clone().filter(|&field| !fields[field].content.is_blank());
        written.all(|field| fields[field].column == label.column)
    };
    let mut above = rows[..label.row].iter().rev().take(ROWS_ABOVE).filter(is_written).take_while(is_free);
    above.find(|above| has_value(above) || !is_of_label(above)).is_some_and(has_value)
}

/// The header rows above a block.
#[derive(Debug, Default)]
pub(crate) struct BlockHeaders {
    /// Whether they are in another order than the form's.
    are_rearranged: bool,
    /// Words among them that are none of the form's.
    strange: Vec<usize>,
    /// Whether some of those may head a column: they stand behind a known header, or several in a row.
    may_be_columns: bool,
    /// Columns that are named, where each name is one column's only, with the field that names it.
    named: Vec<(usize, usize)>,
    /// Number of columns that the block has.
    columns: usize,
    /// Whether some stand in lines of tokens, or one a line: then others may be farther above, or in pieces.
    are_loose: bool,
    /// Whether a line of tokens has one of the form's headers for another year. Nothing tells over which values it stands.
    are_of_two_years: bool,
    /// Headers of columns of numbers that the form does not have.
    foreign: Vec<usize>,
    /// Whether one names another year than the report's, or a note on it another time or others.
    are_written_for_others: bool,
}

impl BlockHeaders {
    /// Finds the headers above the first row of a block.
    pub(crate) fn of(
        folded: &Folded<'_>,
        labels: &Labels,
        form: &Form,
        runs: &[ValueRun],
        (table, block): (usize, usize),
        year: &YearOf<'_>,
    ) -> Self {
        let columns = form.tables[table].blocks[block].columns.len();
        let fields = &folded.rows.fields;
        let rows = &folded.rows.rows;
        let of_block = runs.iter().filter(|run| (run.place.table, run.place.block) == (table, block));
        let first = of_block.filter_map(|run| {
            if run.label.is_empty() { run.fields.first().copied() } else { Some(run.label.start) }
        });
        let Some(row) = first.min().map(|field| fields[field].row) else { return Self::default() };
        let mut headers = Self { columns, ..Self::default() };
        for above in (row.saturating_sub(HEADER_ROWS)..row).rev() {
            let other_grid = rows[row].shape == Shape::Grid && rows[above].block != rows[row].block;
            if other_grid || is_row_of_another(folded, labels, &rows[above], (table, block)) {
                break;
            }
            // A row of values belongs to the block above, and so does what stands above that row; or its label is
            // not known, and it may be this block's first row.
            if rows[above].fields.clone().any(|field| fields[field].content.is_written_value()) {
                if rows[above].fields.clone().any(|field| is_taken(runs, field)) {
                    break;
                }
                continue;
            }
            let words = || rows[above].fields.clone().filter(|&field| !folded.words(field).is_empty());
            let known: Vec<Vec<usize>> = words()
                .map(|field| labels.columns_under(folded.words(field), table, block))
                .filter(|under| !under.is_empty())
                .collect();
            headers.are_rearranged |= are_rearranged(&known, rows[above].shape);
            headers.are_loose |= !known.is_empty() && rows[above].shape == Shape::Loose;
            headers.named.extend(words().filter_map(|field| {
                let mut own = labels
                    .headers(folded.words(field))
                    .iter()
                    .filter(|header| (header.table, header.block) == (table, block));
                own.next().filter(|_| own.next().is_none()).map(|header| (header.column, field))
            }));
            // 自 for 自然人, 法人或其他组 for 法人或其他组织.
            headers.named.extend(words().filter_map(|field| {
                let words = folded.words(field);
                let is_known = labels.furniture.contains(words);
                let column = if is_known { None } else { clipped(folded, labels, (table, block), field) };
                column.map(|column| (column, field))
            }));
            let is_strange = |field: &usize| {
                let words = folded.words(*field);
                !labels.furniture.contains(words)
                    && !is_article(words)
                    && clipped(folded, labels, (table, block), *field).is_none()
                    && !labels.begins_group(words, table, block)
            };
            let strange: Vec<usize> = words().filter(is_strange).collect();
            let first_known = words().find(|field| !strange.contains(field));
            let is_beside = |field: &&usize| first_known.is_none_or(|first| first < **field);
            let beside = strange.iter().filter(is_beside).count();
            headers.may_be_columns |= if first_known.is_some() { 0 < beside } else { 1 < beside };
            headers.strange.extend(strange.into_iter().filter(|&field| !is_half(folded, labels, field)));
        }
        headers.are_rearranged |= are_lines_rearranged(folded, labels, form, (table, block), row);
        headers.are_rearranged |= aligned::stand_otherwise(folded, labels, form, (table, block), row);
        headers.foreign = foreign::columns_above(folded, labels, form, runs, (table, block), row);
        headers.are_written_for_others = foreign::headers_above(folded, labels, runs, row)
            .into_iter()
            .any(|field| is_for_others(folded, labels, form, (table, block), field, year));
        headers.are_of_two_years = headers.strange.iter().any(|&field| {
            let is_note = folded.document.text.slice(&fields[field].text).starts_with(['（', '(']);
            rows[fields[field].row].shape == Shape::Loose
                && !is_note
                && is_of_another_year(folded.words(field), &form.tables[table].blocks[block].columns)
        });
        headers
    }

    /// Whether the columns are in another order than the form's, or are others, wherever the values stand.
    fn may_not_be_the_forms(&self) -> bool {
        self.are_rearranged || self.are_of_two_years || self.are_written_for_others || self.lack_a_column()
    }

    /// Whether there is a column that the form does not have, and its number may be among `values`.
    fn have_foreign_column(
        &self,
        folded: &Folded<'_>,
        runs: &[ValueRun],
        run: &ValueRun,
        values: &[usize],
    ) -> bool {
        !self.foreign.is_empty()
            && !foreign::stand_under(folded, runs, run, values, &self.named, &self.foreign)
    }

    /// The columns that headers stand over between whose fields others stand, always empty: those for which a header reaches
    /// over several columns. `None` where there are no such.
    pub(crate) fn apart(&self, folded: &Folded<'_>) -> Option<HeadersApart> {
        let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
        let next_in_row = |column: usize, field: usize| {
            let row = fields[field].row;
            self.named.iter().find(|&&(next, other)| {
                next == column + 1
                    && fields[other].row == row
                    && fields[field].column + 1 < fields[other].column
            })
        };
        let is_empty = |between: Range<usize>| {
            between.clone().all(|field| fields[field].content.is_blank()) && !between.is_empty()
        };
        let &(_, field) = self.named.iter().find(|&&(column, field)| {
            rows[fields[field].row].shape == Shape::Delimited
                && next_in_row(column, field).is_some_and(|&(_, next)| is_empty(field + 1..next))
        })?;
        let row = fields[field].row;
        let column = |at: usize| {
            let found = self.named.iter().find(|(named, field)| *named == at && fields[*field].row == row);
            found.map(|&(_, field)| fields[field].column)
        };
        let columns = (0..self.columns).map(column).collect::<Option<Vec<u32>>>();
        Some(HeadersApart { row_fields: rows[row].columns(fields), columns })
    }

    fn names(&self, column: usize) -> bool {
        self.named.iter().any(|(named, _)| *named == column)
    }

    /// Whether each column of the form is named: then the values are the form's, whatever their sums say.
    pub(crate) fn are_complete(&self) -> bool {
        0 < self.columns && !self.are_rearranged && (0..self.columns).all(|column| self.names(column))
    }

    /// Whether every header is known, and one of the form's is not among them.
    fn lack_a_column(&self) -> bool {
        !self.are_loose
            && !self.may_be_columns
            && !self.named.is_empty()
            && !(0..self.columns).all(|column| self.names(column))
    }

    /// Whether above the very column of a value other words stand than the form's header, or the same of another year.
    fn are_others(&self, folded: &Folded<'_>, form: &Form, run: &ValueRun, values: &[usize]) -> bool {
        const SIMILARITY_MIN: u32 = 50;
        let fields = &folded.rows.fields;
        let rows = &folded.rows.rows;
        let label_begins_row = |row: usize| {
            fields[rows[row].fields.start].content.is_words()
                && !folded.words(rows[row].fields.start).is_empty()
        };
        let stands_over = |field: usize, value: usize| {
            let (above, row) = (fields[field].row, fields[value].row);
            match (rows[above].shape, rows[row].shape) {
                (Shape::Grid, Shape::Grid) => {
                    (fields[field].column..fields[field].column_end).contains(&fields[value].column)
                }
                // Lines of fields stand under each other where they are as long, or both begin with a label.
                (Shape::Delimited, Shape::Delimited) => {
                    fields[field].column == fields[value].column
                        && (rows[above].fields.len() == rows[row].fields.len()
                            || (label_begins_row(above) && label_begins_row(row)))
                }
                _ => false,
            }
        };
        let columns = &form.tables[run.place.table].blocks[run.place.block].columns;
        self.strange.iter().any(|&field| {
            let under: Vec<usize> =
                (0..columns.len().min(values.len())).filter(|&at| stands_over(field, values[at])).collect();
            // Most stand over the labels.
            if under.is_empty() {
                return false;
            }
            // The form's own header stands elsewhere: the words are another column's, however alike they are.
            let is_named_elsewhere = |at: usize| {
                let mut naming = self.named.iter().filter(|(column, _)| *column == at).peekable();
                naming.peek().is_some() && !naming.any(|&(_, header)| stands_over(header, values[at]))
            };
            if under.len() == 1 && is_named_elsewhere(under[0]) {
                return true;
            }
            let words = fold_without_notes(folded.document.text.slice(&fields[field].text));
            under.iter().any(|&at| {
                let own = columns[at].labels.iter().map(|label| fold(label));
                let official = columns[at].labels.first().map(|label| fold(label)).unwrap_or_default();
                let pairs = Pairs::of(&words);
                let is_similar = own.into_iter().any(|own| {
                    SIMILARITY_MIN <= pairs.similarity(&Pairs::of(&own)) && !says_the_opposite(&words, &own)
                });
                // Words over several columns are a banner or a group's.
                says_another_time(&words, &official) || (under.len() == 1 && !words.is_empty() && !is_similar)
            })
        })
    }
}

/// Whether a header names another year than the report's, or a note on it speaks of another time or of others. A line of
/// its own is the table's caption, unless its words are a header's.
fn is_for_others(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    (table, block): (usize, usize),
    field: usize,
    year: &YearOf<'_>,
) -> bool {
    const SIMILARITY_MIN: u32 = 50;
    let written = folded.document.text.slice(&folded.rows.fields[field].text);
    let is_noted = written.contains(['（', '(', '%', '％']);
    if !is_noted && !written.contains('年') && !written.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let columns = &form.tables[table].blocks[block].columns;
    let words = fold_without_notes(written);
    let pairs = Pairs::of(&words);
    let is_of = |column: &&Column| {
        column.labels.iter().any(|label| SIMILARITY_MIN <= pairs.similarity(&Pairs::of(&fold(label))))
    };
    let column = columns.iter().find(is_of);
    let without_year =
        words.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(['年', '度']);
    let is_known = labels.furniture.contains(without_year);
    let is_loose = folded.rows.rows[folded.rows.fields[field].row].shape == Shape::Loose;
    if is_loose && column.is_none() && !is_known {
        return false;
    }
    // What words themselves say of time is held against each column that they stand over; here it is the year and the note.
    let own =
        column.and_then(|column| column.labels.first()).map_or_else(Times::default, |own| Times::of(own));
    let rows = &form.tables[table].blocks[block].rows;
    let is_money = (0..rows.len()).any(|row| has_amounts(form, RowPlace { table, block, row }));
    let changes_count = column.is_some_and(|column| notes::changes_count(written, &column.labels, is_money));
    changes_count || is_written_for_others(written, own.with(Times::of(&words)), year)
}

/// Whether a row begins with the label of a row of another block: it belongs to the table above, whatever it holds, and
/// so does what stands above it.
fn is_row_of_another(folded: &Folded<'_>, labels: &Labels, row: &Row, own: (usize, usize)) -> bool {
    let first = row.fields.clone().map(|field| folded.words(field)).find(|words| !words.is_empty());
    first.is_some_and(|words| {
        let known = labels.exact(words);
        !known.is_empty()
            && known.iter().all(|(place, _)| (place.table, place.block) != own)
            && labels.headers(words).is_empty()
    })
}

/// Whether words are a header of the form with those of a cell in the row above or below, as where one header takes two
/// rows: 商业 over 企业. Such rows may begin further left than the values, so that nothing stands under their words.
fn is_half(folded: &Folded<'_>, labels: &Labels, field: usize) -> bool {
    let rows = &folded.rows.rows;
    let row = folded.rows.fields[field].row;
    let words = folded.words(field);
    let beside = [row.checked_sub(1), Some(row + 1)].into_iter().flatten().filter_map(|row| rows.get(row));
    beside.flat_map(|row| row.fields.clone()).map(|other| folded.words(other)).any(|other| {
        !other.is_empty() && (labels.is_header_in_two(words, other) || labels.is_header_in_two(other, words))
    })
}

/// The one column of a block whose header begins with the words of a field, which has lost the rest of it.
fn clipped(folded: &Folded<'_>, labels: &Labels, block: (usize, usize), field: usize) -> Option<usize> {
    let words = folded.words(field);
    if words.is_empty() || folded.rows.rows[folded.rows.fields[field].row].shape == Shape::Loose {
        return None;
    }
    labels.column_begun(words, block)
}

/// Whether headers that stand one a line above the row `below` are in another order than the form's: those that share
/// a group among themselves, and those that have none. A table without a label in its rows is read by other means.
fn are_lines_rearranged(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    (table, block): (usize, usize),
    below: usize,
) -> bool {
    const LINES_MAX: usize = 16;
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let columns = &form.tables[table].blocks[block].columns;
    let is_line = |row: &usize| {
        let of_row = || fields[rows[*row].fields.clone()].iter();
        let are_words = || of_row().all(|field| field.content.is_words());
        // Several pipes close a row of headers.
        of_row().all(|field| field.content.is_blank()) || rows[*row].shape == Shape::Loose && are_words()
    };
    let lines = || (below.saturating_sub(LINES_MAX)..below).rev().take_while(is_line);
    let ungrouped = || columns.iter().enumerate().filter(|(_, column)| column.groups.is_empty());
    let mut known: Vec<usize> = Vec::new();
    for row in lines() {
        // A spaced header is several fields, and all of them are one line.
        let words = folded.run(rows[row].fields.clone());
        let mut own =
            labels.headers(words).iter().filter(|header| (header.table, header.block) == (table, block));
        if let (Some(header), None) = (own.next(), own.next()) {
            known.push(header.column);
        } else if 1 < rows[row].fields.len() {
            let place = |column: &Column| column.labels.iter().find_map(|label| words.find(&*fold(label)));
            let places: Vec<usize> = ungrouped().filter_map(|(_, column)| place(column)).collect();
            if 1 < places.len() && !places.is_sorted() {
                return true;
            }
        }
    }
    known.reverse();
    let is_sorted = |grouped: bool| {
        let of_kind = known.iter().filter(|&&column| columns[column].groups.is_empty() != grouped);
        of_kind.is_sorted()
    };
    !is_sorted(true) || !is_sorted(false)
}

/// Whether folded words are a header of these columns for another year: 上年处理决定数量 where the form asks for 本年.
fn is_of_another_year(words: &str, columns: &[Column]) -> bool {
    const SIMILARITY_MIN: u32 = 70;
    const HEADER_CHARS_MAX: usize = 8;
    let own = || columns.iter().flat_map(|column| &column.labels).map(|label| fold(label));
    // Few words that fit none of the form's columns: 上年数量, 历年累计, 备注.
    let is_short = words.chars().count() <= HEADER_CHARS_MAX;
    let is_others = || own().all(|own| says_another_time(words, &own));
    let speaks_of_a_year = ["上年", "上一年", "去年"].iter().any(|year| words.contains(year));
    let is_same = |own: String| {
        says_another_time(words, &own) && SIMILARITY_MIN <= Pairs::of(words).similarity(&Pairs::of(&own))
    };
    (is_short && is_others()) || (speaks_of_a_year && own().any(is_same))
}

/// Whether some row of the form took a field, as its label or its value.
pub(crate) fn is_taken(runs: &[ValueRun], field: usize) -> bool {
    runs.iter().any(|run| run.label.contains(&field) || run.fields.contains(&field))
}

/// Whether folded words cite the article that a block of the table rests on, however they name the law.
pub(crate) fn is_article(words: &str) -> bool {
    words.ends_with('项') && words.contains('第') && words.contains('条')
}

/// Whether headers, each with the columns that it may stand over, are not in the form's order. A header that recurs
/// (结果维持 stands three times) goes on to the right; a full round of such headers begins with the first.
fn are_rearranged(known: &[Vec<usize>], shape: Shape) -> bool {
    const ROUND_MIN: usize = 4;
    let recurring: Vec<&Vec<usize>> = known.iter().filter(|under| 1 < under.len()).collect();
    let begins_late = recurring.first().and_then(|under| under.first()).is_some_and(|&first| first != 0);
    // Lines of tokens hold pieces of wrapped headers: their first whole one may be any.
    if shape != Shape::Loose && ROUND_MIN <= recurring.len() && begins_late {
        return true;
    }
    let mut last = None;
    for under in known {
        let next = under.iter().copied().find(|column| last.is_none_or(|last| last <= *column));
        if next.is_none() {
            return true;
        }
        last = next;
    }
    false
}

/// Whether a table of several blocks stands in the document without any header of its own: then other lists with the
/// same row labels may have been taken for it.
pub(crate) fn lacks_headers(
    folded: &Folded<'_>,
    labels: &Labels,
    form: &Form,
    table: usize,
    runs: &[ValueRun],
) -> bool {
    if form.tables[table].blocks.len() < 2 {
        return false;
    }
    let fields = &folded.rows.fields;
    let rows = &folded.rows.rows;
    let of_runs = || runs.iter().flat_map(|run| run.label.clone()).map(|field| fields[field].row);
    let (Some(first), Some(last)) = (of_runs().min(), of_runs().max()) else { return false };
    let region = rows[first.saturating_sub(HEADER_ROWS)].fields.start..rows[last].fields.end;
    // A line whose cells are joined holds its headers in one.
    let holds_header =
        |field: usize| labels.header_words(table).any(|header| folded.words(field).contains(header));
    !region.filter(|&field| !folded.words(field).is_empty()).any(|field| {
        holds_header(field)
            || folded
                .runs_ending_with(field)
                .take(4)
                .any(|(_, words)| labels.headers(words).iter().any(|header| header.table == table))
    })
}
