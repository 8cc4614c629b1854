//! Rows that a converter has torn: empty cells left out, a row over several lines, a list number among the values. What it
//! takes for certain, and what not.

use crate::align::Folded;
use crate::cell::Content;
use crate::doubts::is_taken;
use crate::fold::is_numeral;
use crate::labels::Labels;
use crate::rows::{Row, Shape};
use crate::slots::ValueRun;
use crate::tables::{cells_of, form_row};
use gongkai_forms::{Axis, Form, Identity};
use memchr::memmem;
use rust_decimal::Decimal;

/// Whether empty cells may be missing among the values of a row between pipes: some text converters leave them out and
/// fill the row up with pipes at its end, or close it with one, so that its values stand too far to the left. Not where the
/// rows of the table show empty cells before written ones, or where white space stands for each.
pub(crate) fn may_lack_cells(
    folded: &Folded<'_>,
    form: &Form,
    runs: &[ValueRun],
    run: &ValueRun,
    values: &[usize],
) -> bool {
    // Columns that only headings tell of are read with them.
    if form.tables[run.place.table].blocks[run.place.block].values.is_some() {
        return false;
    }
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let is_blank = |field: &usize| fields[*field].content == Content::Blank;
    let Some(written) = values.iter().rposition(|field| !is_blank(field)) else { return false };
    if written + 1 == values.len() {
        return false;
    }
    let last = &fields[values[written]];
    let row = &rows[last.row];
    let end = row.fields.end.checked_sub(1).map_or(last.text.end, |last| fields[last].text.end);
    if row.shape != Shape::Delimited || end < last.text.end {
        return false;
    }
    let behind = folded.document.text.slice(&(last.text.end..end));
    let Some((_, pads)) = behind.split_once('|') else { return false };
    let pads = pads.strip_prefix([' ', '\n']).unwrap_or(pads);
    let reaches_pads = || {
        let first = first_pad(folded, row);
        values.last().is_some_and(|last| first.is_some_and(|first| first <= *last))
    };
    (pads.chars().all(|c| c == '|') || reaches_pads()) && !shows_empty_cells(folded, runs, run.place.table)
}

/// Whether the rows of a table show empty cells where they stand, before others: as nothing between two pipes, as the pads at
/// the end of rows are, or, where there are no such pads, as white space.
fn shows_empty_cells(folded: &Folded<'_>, runs: &[ValueRun], table: usize) -> bool {
    const HEADER_ROWS: usize = 8;
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let is_blank = |field: usize| fields[field].content == Content::Blank;
    let is_bare = |field: usize| is_bare(folded, field);
    let of_table = || runs.iter().filter(|run| run.place.table == table);
    let before_written = |run: &ValueRun, such: &dyn Fn(usize) -> bool| {
        let last = run.fields.iter().rposition(|&field| !is_blank(field));
        last.is_some_and(|last| run.fields[..last].iter().any(|&field| such(field)))
    };
    let rows_of = || of_table().filter_map(|run| fields.get(run.label.start)).map(|field| field.row);
    let (Some(first), Some(last)) = (rows_of().min(), rows_of().max()) else { return false };
    let has_pads = || {
        let rows = rows.get(first.saturating_sub(HEADER_ROWS)..=last).unwrap_or_default();
        rows.iter().any(|row| row.shape == Shape::Delimited && first_pad(folded, row).is_some())
    };
    of_table().any(|run| before_written(run, &is_bare))
        || (of_table().any(|run| before_written(run, &is_blank)) && !has_pads())
}

/// Whether an empty field is nothing between two pipes, or behind the last one.
fn is_bare(folded: &Folded<'_>, field: usize) -> bool {
    let field = &folded.rows.fields[field];
    let next = folded.document.text.as_str().as_bytes().get(field.text.start);
    field.content == Content::Blank && matches!(next, None | Some(b'|' | b'\n' | b'\r'))
}

/// The first of the pads with which a row is filled up, if there are any: the space before them is what parts the last cell
/// from its pipe.
fn first_pad(folded: &Folded<'_>, row: &Row) -> Option<usize> {
    let fields = &folded.rows.fields;
    let pads = row.fields.clone().rev().take_while(|&field| is_bare(folded, field)).count();
    let first = row.fields.end.checked_sub(pads)?;
    let is_blank = |field: &usize| row.fields.contains(field) && fields[*field].content == Content::Blank;
    // The field behind the last pipe of a line is none.
    (1 < pads).then(|| first.checked_sub(1).filter(is_blank).unwrap_or(first))
}

/// The sum of amounts that all are numbers, unless it is beyond all counts.
pub(crate) fn total(amounts: impl IntoIterator<Item = Option<Decimal>>) -> Option<Decimal> {
    amounts.into_iter().try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(amount?))
}

/// Whether every value of a row is a term of a sum of that row which holds, so that no page's number is among them.
pub(crate) fn is_proved_by_sums(folded: &Folded<'_>, form: &Form, run: &ValueRun, values: &[usize]) -> bool {
    let cells: Vec<usize> = cells_of(form_row(form, run.place)).collect();
    let amount = |cell: usize| {
        let at = cells.iter().position(|known| *known == cell)?;
        match &folded.rows.fields[*values.get(at)?].content {
            Content::Number(number) => Some(number.amount),
            Content::Blank | Content::Mark | Content::Words | Content::Numbers => None,
        }
    };
    let side = |terms: &[usize]| total(terms.iter().map(|&cell| amount(cell)));
    let holds =
        |identity: &&Identity| side(&identity.left).is_some_and(|left| Some(left) == side(&identity.right));
    let of_row = || form.identities.iter().filter(|identity| identity.axis != Axis::Column);
    let holding: Vec<&Identity> = of_row()
        .filter(|identity| identity.terms().all(|cell| cells.contains(&cell)))
        .filter(holds)
        .collect();
    cells.len() == values.len()
        && cells.iter().all(|cell| holding.iter().any(|identity| identity.terms().any(|term| term == *cell)))
}

/// Whether the values before the last, which stands in a line of its own, are a row whose sum holds as well: then one of its
/// cells may be empty, and the last value the page's number.
pub(crate) fn adds_up_without_last(folded: &Folded<'_>, values: &[usize]) -> bool {
    let fields = &folded.rows.fields;
    let [terms @ .., sum, last] = values else { return false };
    let amount = |field: usize| match &fields[field].content {
        Content::Number(number) => Some(number.amount),
        _ => None,
    };
    // No page has the number zero.
    fields[*last].row != fields[*sum].row
        && amount(*last).is_some_and(|last| !last.is_zero())
        && amount(*sum).is_some_and(|sum| Some(sum) == total(terms.iter().map(|&field| amount(field))))
}

/// Whether a row without a label between two pipes shows its first and its last cell empty, which may be its borders, and its
/// sums fail with them: then its values may all stand for other cells.
pub(crate) fn is_shifted(folded: &Folded<'_>, form: &Form, run: &ValueRun, values: &[usize]) -> bool {
    let fields = &folded.rows.fields;
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else { return false };
    let is_blank = |field: usize| fields[field].content == Content::Blank;
    let begins_with_pipe = folded.document.text.as_str().get(fields[first].text.start..);
    let begins_with_pipe = begins_with_pipe.is_some_and(|text| text.starts_with('|'));
    if !run.label.is_empty() || !is_blank(first) || !is_blank(last) || !begins_with_pipe {
        return false;
    }
    let cells: Vec<usize> = cells_of(form_row(form, run.place)).collect();
    let amount = |cell: &usize| {
        let at = cells.iter().position(|known| known == cell)?;
        match &fields[*values.get(at)?].content {
            Content::Number(number) => Some(number.amount),
            Content::Blank | Content::Mark => Some(Decimal::ZERO),
            Content::Words | Content::Numbers => None,
        }
    };
    let side = |terms: &[usize]| total(terms.iter().map(amount));
    let fails = |identity: &Identity| {
        side(&identity.left).zip(side(&identity.right)).is_some_and(|(left, right)| left != right)
    };
    form.identities.iter().filter(|identity| identity.axis != Axis::Column).any(fails)
}

/// Whether the last value is the list number of what follows in its line: `24`, `5`, `.三类内部事务信息`.
pub(crate) fn is_list_number_last(folded: &Folded<'_>, values: &[usize]) -> bool {
    let fields = &folded.rows.fields;
    let Some(&last) = values.last() else { return false };
    let Some(next) = fields.get(last + 1).filter(|next| next.row == fields[last].row) else { return false };
    matches!(fields[last].content, Content::Number(_))
        && next.content.is_words()
        && folded.document.text.slice(&next.text).starts_with(['.', '．', '、', ')', '）'])
}

/// Whether a label of several pieces goes on in another line with the list number of another row, or ends in one.
pub(crate) fn holds_a_list_number(folded: &Folded<'_>, form: &Form, run: &ValueRun) -> bool {
    let fields = &folded.rows.fields;
    let (Some(first), Some(last)) = (fields.get(run.label.start), run.label.end.checked_sub(1)) else {
        return false;
    };
    if run.label.len() < 2 {
        return false;
    }
    let words = folded.words(last);
    let is_number = !words.is_empty() && words.chars().all(is_numeral);
    let number = |text: &str| {
        let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = text.strip_suffix(behind).unwrap_or_default();
        (!digits.is_empty() && behind.starts_with(['.', '．', '、'])).then(|| digits.to_owned())
    };
    let own = form_row(form, run.place).labels.iter().find_map(|label| number(label));
    let is_others = |field: usize| {
        let text = folded.document.text.slice(&fields[field].text);
        fields[field].row != first.row && number(text).is_some_and(|number| Some(number) != own)
    };
    // Where rows are numbered as their publisher likes, the number tells nothing.
    is_number || (form.is_prescribed && (run.label.start + 1..run.label.end).any(is_others))
}

/// Whether the row goes on in the next one between separators, which has values and no words, and which no row took; or
/// began in one that its label began in, too.
pub(crate) fn goes_on_in_next_row(
    folded: &Folded<'_>,
    runs: &[ValueRun],
    run: &ValueRun,
    values: &[usize],
) -> bool {
    let (fields, rows) = (&folded.rows.fields, &folded.rows.rows);
    let Some(&last) = values.last() else { return false };
    let own = fields[last].row;
    let has_values = |row: usize| {
        rows.get(row).filter(|row| row.shape == Shape::Delimited).is_some_and(|row| {
            let mut written = row.fields.clone().filter(|&field| fields[field].content.is_written_value());
            written.clone().next().is_some() && written.all(|field| !is_taken(runs, field))
        })
    };
    let has_words = |row: usize| {
        let mut fields_of = rows[row].fields.clone();
        fields_of.any(|field| fields[field].content.is_words() && !folded.words(field).is_empty())
    };
    let begins = fields.get(run.label.start).filter(|_| !run.label.is_empty()).map_or(own, |label| label.row);
    // A cell that is broken before its end: a value in a line of its own, then a pipe.
    let is_broken = || {
        let Some(below) = rows.get(own + 1).filter(|below| below.shape == Shape::Loose) else { return false };
        let mut written = below.fields.clone();
        let is_value =
            written.all(|field| fields[field].content.is_written_value() && !is_taken(runs, field));
        is_value && fields[last].content == Content::Blank
    };
    // Numbers that a narrow column has broken, several of them side by side.
    let is_wrapped = || {
        let Some(below) = rows.get(own + 1).filter(|below| below.block == rows[own].block + 1) else {
            return false;
        };
        let is_value = |field: usize| fields[field].content.is_written_value() && !is_taken(runs, field);
        1 < below.fields.len() && below.shape == Shape::Loose && below.fields.clone().all(is_value)
    };
    match rows[own].shape {
        Shape::Delimited => {
            (has_values(own + 1) && !has_words(own + 1)) || (begins..own).any(has_values) || is_broken()
        }
        Shape::Loose => is_wrapped(),
        Shape::Grid => false,
    }
}

/// Whether the words before a label in its own row are a column header of another table: then the label may be the next
/// one (总计 behind 尚未审结), and the values that table's.
pub(crate) fn is_header_of_another(folded: &Folded<'_>, labels: &Labels, run: &ValueRun) -> bool {
    let fields = &folded.rows.fields;
    let Some(before) = run.label.start.checked_sub(1).filter(|_| !run.label.is_empty()) else { return false };
    let headers = labels.headers(folded.words(before));
    fields[before].row == fields[run.label.start].row
        && !headers.is_empty()
        && headers.iter().all(|header| header.table != run.place.table)
}

/// Whether a converter has left out everything that it had written before: then what is not there says nothing. The headers
/// that stand over every block of a table tell, where only one of them is there.
pub(crate) fn drops_repeated(folded: &Folded<'_>) -> bool {
    let text = folded.document.text.as_str();
    let count = |words: &str| memmem::find_iter(text.as_bytes(), words.as_bytes()).take(3).count();
    (count("信息内容") == 1 && 3 <= count("第二十条第"))
        || (count("结果维持") == 1 && 0 < count("未经复议直接起诉") && 0 < count("复议后起诉"))
}
