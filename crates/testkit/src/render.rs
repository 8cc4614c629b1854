//! Records written down in the shapes in which reports are found, each with what should be read out of it.

mod aligned;
mod delimited;
mod html;
mod lines;

use crate::check::{Certainty, Expectation};
use crate::noise::{self, Noise, Paper};
use crate::possible::{self, Run};
use crate::record::{About, Part, Record};
use crate::sheet::{Content, Sheet, SheetRow, ShortRow, Wording, sheets};
use crate::{Encoding, Rng};
use gongkai_model::{FormId, Period, Portion, State};
use std::collections::{HashMap, HashSet};

/// The shape of a document's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rendering {
    /// A web page with the spans of the official form.
    Html,
    /// A web page as word processors export it: a span for every run, no-break spaces in empty cells, cells over two
    /// grid columns, split banners, layout tables.
    HtmlWord,
    /// A row a line, cells between pipes, covered cells left out, trailing pads in ragged number.
    Pipes,
    /// A row a line between a leading and a closing pipe, covered cells empty.
    PipesGrid,
    /// A row a line, cells between tabs; merged label cells leave some of their fields empty, at either end.
    Tabs,
    /// The same over a page break: the header may repeat, and the rows behind have one label column fewer.
    TabsPageBreak,
    /// A row a line, cells between tabs, covered cells empty: as pasted from a spreadsheet.
    TabsGrid,
    /// One cell a line behind a tab; an empty line ends the row.
    TabLines,
    /// One cell a line closed by a pipe, with or without a line of one pipe before a row and pads behind it.
    PipeLines,
    /// Every cell and every row separated by an empty line; empty cells leave nothing that is sure.
    BlankLines,
    /// Columns aligned by spaces, labels wrapped above and below their numbers.
    Aligned,
    /// No separators at all: what is left of a table when its markup is dropped.
    Joined,
    /// The same, with spaces between some of the cells.
    JoinedSpaced,
    /// A row a line, cells between one or more spaces; empty cells leave nothing.
    SpacedRows,
    /// One cell a line and nothing else; empty cells leave an empty line, or nothing.
    BareLines,
    /// A web page with rows and cells of `div`.
    DivGrid,
}

impl Rendering {
    /// Every rendering.
    pub const ALL: [Self; 16] = [
        Self::Html,
        Self::HtmlWord,
        Self::Pipes,
        Self::PipesGrid,
        Self::Tabs,
        Self::TabsPageBreak,
        Self::TabsGrid,
        Self::TabLines,
        Self::PipeLines,
        Self::BlankLines,
        Self::Aligned,
        Self::Joined,
        Self::JoinedSpaced,
        Self::SpacedRows,
        Self::BareLines,
        Self::DivGrid,
    ];

    /// Whether it is a web page.
    pub fn is_html(self) -> bool {
        matches!(self, Self::Html | Self::HtmlWord | Self::DivGrid)
    }

    /// Whether the cells of a row stand together with nothing between them.
    pub fn is_joined(self) -> bool {
        matches!(self, Self::Joined | Self::JoinedSpaced)
    }

    /// Whether a document without empty cells in this shape fixes every cell.
    pub fn separates_cells(self) -> bool {
        !self.is_joined()
    }

    /// Whether one sees where a row ends even if one does not know its label.
    pub(crate) fn keeps_rows(self) -> bool {
        match self {
            Self::Html
            | Self::HtmlWord
            | Self::DivGrid
            | Self::Pipes
            | Self::PipesGrid
            | Self::Tabs
            | Self::TabsPageBreak
            | Self::TabsGrid
            | Self::TabLines
            | Self::SpacedRows => true,
            Self::PipeLines
            | Self::BlankLines
            | Self::BareLines
            | Self::Aligned
            | Self::Joined
            | Self::JoinedSpaced => false,
        }
    }

    /// Whether every cell is a line of its own.
    pub(crate) fn is_a_cell_a_line(self) -> bool {
        matches!(self, Self::TabLines | Self::PipeLines | Self::BlankLines | Self::BareLines)
    }

    /// Writes `record` down.
    pub fn render(self, record: &Record, options: RenderOptions) -> Rendered {
        self.render_with(record, options, &[])
    }

    /// Writes `record` down, with noise.
    pub fn render_with(self, record: &Record, options: RenderOptions, noises: &[Noise]) -> Rendered {
        let mut rng = Rng::new(options.seed);
        let short_row = match self {
            // Only pads leave a trace of a place that the form does not use.
            Self::Pipes | Self::PipesGrid | Self::Tabs | Self::TabsPageBreak | Self::TabsGrid => {
                ShortRow::Padded
            }
            Self::Html | Self::HtmlWord if rng.chance(50) => ShortRow::Padded,
            _ => ShortRow::Stretched,
        };
        let mut sheets = sheets(record, options.wording, short_row, &mut rng);
        let effects = noise::disturb(noises, &mut sheets, record, self, options.seed);
        let paper = Paper::of(record, noises, options.seed);
        let mut open = HashSet::new();
        let mut traceless = HashSet::new();
        let mut joined = HashMap::new();
        let is_consistent = record.entries.iter().all(|entry| entry.state == State::Number)
            && record.broken_identities().is_empty();
        let mut write = |sheets: &[Sheet], rng: &mut Rng| -> Vec<String> {
            let mut texts = Vec::new();
            for sheet in sheets {
                let table = self.table(sheet, rng);
                open.extend(table.open);
                traceless.extend(table.traceless);
                // What a publisher got wrong, and what is empty, no search for consistent rows can judge.
                if is_consistent && !table.runs.is_empty() {
                    joined.extend(possible::judge(record.form, &table.runs));
                }
                texts.push(table.text);
            }
            texts
        };
        let mut tables = write(&sheets, &mut rng);
        let differing = noises.contains(&Noise::DifferingCopy).then(|| differing_cell(&mut sheets, &mut rng));
        let copies = match noises.contains(&Noise::SecondCopy) || differing.is_some() {
            true => write(&sheets, &mut rng),
            false => Vec::new(),
        };
        let is_whole = options.extent == Extent::Whole;
        let is_truncated = noises.contains(&Noise::Truncated);
        if is_truncated && let Some(last) = tables.last_mut() {
            last.truncate(end_of_content(last, self));
        }
        let body = Body { paper: &paper, tables: &tables, copies: &copies, is_whole, is_truncated };
        let text =
            if self.is_html() { html::page(self, &body, &mut rng) } else { self.plain_text(&body, &mut rng) };
        let text = noise::finish(text, self, noises, &paper.about, options.seed);
        let expectation = |index: usize| {
            let (cell, entry) = (&record.form.cells[index], &record.entries[index]);
            let is_lost = effects.lost.contains(&index);
            let certainty = match joined.get(&index) {
                Some(&certainty) => certainty,
                None if open.contains(&index) || ends_open(self, record, index) => Certainty::Open,
                None => Certainty::Determined,
            };
            let doubt = effects.doubtful.get(&index).copied().unwrap_or(Certainty::Determined);
            // Whether what is not there is missing or open is a matter of taste; only a value would be wrong.
            let lost = if is_lost { Certainty::Open } else { Certainty::Determined };
            let conflict =
                if differing.flatten() == Some(index) { Certainty::Undetermined } else { certainty };
            Expectation {
                key: cell.key.clone(),
                period: Period::ThisYear,
                portion: Portion::All,
                state: if is_lost { State::Missing } else { entry.state },
                value: entry.value.filter(|_| !is_lost),
                certainty: certainty.max(doubt).max(conflict).max(lost),
                // A row of which every doubt is allowed need not be found at all.
                may_be_missing: traceless.contains(&index) || Certainty::Determined < doubt,
            }
        };
        Rendered {
            rendering: self,
            text,
            form: record.form.id,
            // A broken-off document has no signature any more.
            about: (is_whole && !is_truncated).then(|| paper.about.clone()),
            has_whole_headings: paper.has_whole_headings,
            expectations: (0..record.form.cells.len()).map(expectation).collect(),
        }
    }

    fn table(self, sheet: &Sheet, rng: &mut Rng) -> TableText {
        match self {
            Self::Html => html::clean(sheet, rng),
            Self::HtmlWord => html::word(sheet, rng),
            Self::Pipes => delimited::pipes(sheet, rng),
            Self::PipesGrid => delimited::pipes_grid(sheet),
            Self::Tabs => delimited::tabs(sheet, false, rng),
            Self::TabsPageBreak => delimited::tabs(sheet, true, rng),
            Self::TabsGrid => delimited::tabs_grid(sheet),
            Self::TabLines => lines::behind_tabs(sheet, rng),
            Self::PipeLines => lines::closed_by_pipes(sheet, rng),
            Self::BlankLines => lines::between_blank_lines(sheet, rng),
            Self::Aligned => aligned::table(sheet, rng),
            Self::Joined => lines::joined(sheet, 0, rng),
            Self::JoinedSpaced => lines::joined(sheet, 25, rng),
            Self::SpacedRows => lines::spaced_rows(sheet, rng),
            Self::BareLines => lines::bare(sheet, rng),
            Self::DivGrid => html::divs(sheet, rng),
        }
    }

    fn plain_text(self, body: &Body<'_>, rng: &mut Rng) -> String {
        let between = if self == Self::BlankLines || rng.chance(40) { "\n\n" } else { "\n" };
        let mut text = String::new();
        let mut push = |paragraph: &str| {
            if !paragraph.is_empty() {
                text.push_str(paragraph);
                text.push_str(between);
            }
        };
        if !body.is_whole {
            return [body.tables, body.copies].concat().join("\n\n");
        }
        let about = &body.paper.about;
        body.paper.before.iter().for_each(|line| push(line));
        push(&about.title);
        about.preamble.iter().for_each(|paragraph| push(paragraph));
        for part in &about.parts {
            push(&part.heading);
            part.paragraphs.iter().for_each(|paragraph| push(paragraph));
            let Some(table) = part.table else { continue };
            if let Some(table) = body.tables.get(table) {
                push(table);
            }
            if body.is_truncated && body.tables.len() <= table + 1 {
                return text.trim_end().to_owned();
            }
        }
        signature(about).iter().for_each(|line| push(line));
        if !body.copies.is_empty() {
            push("附表：");
        }
        body.copies.iter().for_each(|table| push(table));
        body.paper.after.iter().for_each(|line| push(line));
        text
    }
}

/// What goes into one document.
struct Body<'a> {
    paper: &'a Paper,
    tables: &'a [String],
    /// The tables once more.
    copies: &'a [String],
    is_whole: bool,
    is_truncated: bool,
}

/// Changes one number of the sheets; which cell's.
fn differing_cell(sheets: &mut [Sheet], rng: &mut Rng) -> Option<usize> {
    let cells = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).flat_map(|row| &mut row.cells);
    let mut numbers: Vec<(usize, &mut String)> = cells
        .filter_map(|cell| match &mut cell.content {
            Content::Value { cell, written } if written.parse::<i64>().is_ok() => Some((*cell, written)),
            _ => None,
        })
        .collect();
    let at = rng.below(numbers.len() as u64) as usize;
    let (cell, written) = numbers.get_mut(at)?;
    **written = (written.parse::<i64>().ok()? + 1).to_string();
    Some(*cell)
}

/// Where a table's last cell ends, so that nothing tells any more how its last row ended.
fn end_of_content(table: &str, rendering: Rendering) -> usize {
    if rendering.is_html() {
        // The empty column that some pages have at their right would show an empty cell where there is none any more.
        let table = table
            .rfind(html::EMPTY_COLUMN)
            .map_or(table, |at| if table[at..].matches("</td>").count() == 1 { &table[..at] } else { table });
        return ["</td>", "</th>", "</div>"]
            .iter()
            .filter_map(|end| table.rfind(end))
            .max()
            .unwrap_or(table.len());
    }
    table.trim_end_matches(['|', ' ', '\t', '\n', '\u{c}']).len()
}

/// How much of a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Title, preamble, six parts with text, tables in their parts, signature and date.
    Whole,
    /// The tables and nothing else.
    TablesOnly,
}

/// What a rendering leaves to choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RenderOptions {
    /// Decides everything that the rendering leaves open: pads, breaks, the form of empty cells.
    pub seed: u64,
    /// How much is written.
    pub extent: Extent,
    /// How labels are worded.
    pub wording: Wording,
}

/// A document, and what should be read out of it.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The shape of its tables.
    pub rendering: Rendering,
    /// Its characters.
    pub text: String,
    /// The form that it follows.
    pub form: FormId,
    /// Who, when and where, as far as the document says it.
    pub about: Option<About>,
    /// Whether the headings can be read as they are written.
    pub has_whole_headings: bool,
    /// One for each cell of the form, in the form's order.
    pub expectations: Vec<Expectation>,
}

impl Rendered {
    /// A file name with the extension of the format.
    pub fn file_name(&self) -> &'static str {
        if self.rendering.is_html() { "report.html" } else { "report.txt" }
    }

    /// The file's bytes. A page declares its charset.
    pub fn bytes(&self, encoding: Encoding) -> Vec<u8> {
        self.file(&self.text, encoding)
    }

    /// The bytes of one file with this report and, behind it, `other`; of a page, its body.
    pub fn bytes_with(&self, other: &Self, encoding: Encoding) -> Vec<u8> {
        let (Some(end), true) = (self.text.rfind("</body>"), self.rendering.is_html()) else {
            return self.file(&format!("{}\n\n{}", self.text, other.text), encoding);
        };
        let body = other.text.split_once("<body>").map_or(&*other.text, |(_, body)| body);
        let body = body.rsplit_once("</body>").map_or(body, |(body, _)| body);
        self.file(&format!("{}{body}{}", &self.text[..end], &self.text[end..]), encoding)
    }

    fn file(&self, text: &str, encoding: Encoding) -> Vec<u8> {
        if self.rendering.is_html() {
            let meta = format!("<head><meta charset=\"{}\">", encoding.charset());
            encoding.encode(&text.replacen("<head>", &meta, 1))
        } else {
            encoding.encode(text)
        }
    }

    /// The lines around the first place where `label` stands, for a message about a failure.
    pub fn around(&self, label: &str) -> &str {
        const BEFORE: usize = 200;
        const AFTER: usize = 600;
        let at = self.text.find(label).unwrap_or_default();
        let start = self.text.floor_char_boundary(at.saturating_sub(BEFORE));
        let end = self.text.ceil_char_boundary((at + AFTER).min(self.text.len()));
        &self.text[start..end]
    }
}

/// A table written down.
#[derive(Clone, Debug, Default)]
struct TableText {
    text: String,
    /// Cells whose place or content the text leaves open: indices into the form's cells.
    open: Vec<usize>,
    /// Cells of which the text shows nothing at all.
    traceless: Vec<usize>,
    /// Joined digits, a row each.
    runs: Vec<Run>,
}

pub(crate) fn is_blank(row: &SheetRow, cell: usize) -> bool {
    row.cells.iter().any(|other| other.value() == Some(cell) && other.text().is_empty())
}

/// Rows with an empty cell that the text shows no place of: all their cells stay open. Where every cell is empty,
/// there is no trace of any.
fn rows_with_blanks(sheet: &Sheet, table: &mut TableText) {
    for row in &sheet.rows {
        let blanks = row.values().filter(|&cell| is_blank(row, cell)).count();
        if 0 < blanks {
            table.open.extend(row.values());
        }
        // A row without label is found by its values alone.
        if 0 < blanks && (blanks == row.values().count() || sheet.label_columns == 0) {
            table.traceless.extend(row.values());
        }
    }
}

/// A row of fields with its empty fields visible, and where its values begin.
struct Placed<'a> {
    row: &'a SheetRow,
    /// Rows with the same key look alike: their labels end, and their first values stand, at the same places.
    key: (usize, usize),
    /// Whether it has as many fields behind its labels as values.
    is_exact: bool,
}

/// The cells of rows of which nothing tells where the first value stands: an end of the row is empty, no row of the
/// same key is written in full, and the number of fields says nothing either, since some row of the table has more
/// fields than values.
fn unplaced(rows: &[Placed<'_>]) -> Vec<usize> {
    let is_written = |row: &SheetRow, cell: Option<usize>| cell.is_some_and(|cell| !is_blank(row, cell));
    let ends_are_written =
        |row: &SheetRow| is_written(row, row.values().next()) && is_written(row, row.values().last());
    let is_empty = |row: &SheetRow| row.values().all(|cell| is_blank(row, cell));
    let is_full = |row: &SheetRow| row.values().all(|cell| !is_blank(row, cell));
    let looks = |placed: &Placed<'_>| (placed.key, placed.row.values().count());
    let fixed: HashSet<_> = rows.iter().filter(|placed| is_full(placed.row)).map(looks).collect();
    if rows.iter().all(|placed| placed.is_exact) {
        return Vec::new();
    }
    rows.iter()
        .filter(|placed| !ends_are_written(placed.row) && !is_empty(placed.row))
        .filter(|placed| !fixed.contains(&looks(placed)))
        .flat_map(|placed| placed.row.values())
        .collect()
}

pub(crate) fn signature(about: &About) -> Vec<String> {
    let date = about.published.map(|date| format!("{}年{}月{}日", date.year(), date.month(), date.day()));
    [about.issuer.clone()].into_iter().filter(|issuer| !issuer.is_empty()).chain(date).collect()
}

impl About {
    /// The headings of its parts, as written.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part: &Part| &*part.heading).filter(|heading| !heading.is_empty())
    }
}

/// Whether the last cell of the row of cell `index` is empty and others are not: between pipes such a row may as well
/// have lost any of its empty cells, since text converters leave them out and fill rows up at the end.
fn ends_open(rendering: Rendering, record: &Record, index: usize) -> bool {
    if !matches!(rendering, Rendering::Pipes | Rendering::PipesGrid) {
        return false;
    }
    let rows = record.form.tables.iter().flat_map(|table| &table.blocks).flat_map(|block| &block.rows);
    let mut rows = rows.map(|row| row.cells.iter().flatten().copied().collect::<Vec<usize>>());
    let is_blank = |cell: &usize| record.entries[*cell].state == State::Blank;
    rows.find(|row| row.contains(&index))
        .is_some_and(|row| row.last().is_some_and(is_blank) && !row.iter().all(is_blank))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecordOptions;

    fn options(seed: u64, extent: Extent) -> RenderOptions {
        RenderOptions { seed, extent, wording: Wording::Official }
    }

    #[test]
    fn where_no_cell_is_empty_only_joined_text_leaves_cells_open() {
        let record = Record::random(FormId::Form2021, 1, RecordOptions::CONSISTENT);
        for rendering in Rendering::ALL {
            for seed in 0..8 {
                let rendered = rendering.render(&record, options(seed, Extent::TablesOnly));
                let open =
                    rendered.expectations.iter().any(|expected| expected.certainty.may_be_undetermined());
                assert_eq!(open, !rendering.separates_cells(), "{rendering:?}");
            }
        }
    }

    #[test]
    fn an_empty_cell_leaves_at_most_its_own_row_open() {
        let record = Record::random(FormId::Form2019, 2, RecordOptions::CONSISTENT);
        let row = |key: &str| key.rsplit_once('.').map(|(row, _)| row.to_owned());
        for cell in (22..183).step_by(13) {
            let record = record.with_blank(cell);
            for rendering in Rendering::ALL.into_iter().filter(|rendering| rendering.separates_cells()) {
                let rendered = rendering.render(&record, options(cell as u64, Extent::TablesOnly));
                for expected in
                    rendered.expectations.iter().filter(|expected| expected.certainty.may_be_undetermined())
                {
                    assert_eq!(row(&expected.key), row(&record.form.cells[cell].key), "{rendering:?}");
                }
            }
        }
    }

    #[test]
    fn pages_and_lines_of_one_cell_show_every_empty_cell() {
        let record = Record::random(FormId::Form2019, 3, RecordOptions { empty_percent: 90, mistakes: 0 });
        for rendering in [Rendering::Html, Rendering::HtmlWord, Rendering::TabLines] {
            let rendered = rendering.render(&record, options(1, Extent::Whole));
            assert!(rendered.expectations.iter().all(|expected| !expected.certainty.may_be_undetermined()));
        }
    }

    #[test]
    fn a_whole_document_holds_its_parts_and_a_bare_one_only_its_tables() {
        let record = Record::random(FormId::Form2021, 4, RecordOptions::CONSISTENT);
        for rendering in Rendering::ALL {
            let whole = rendering.render(&record, options(5, Extent::Whole));
            let about = whole.about.as_ref().unwrap();
            assert!(whole.text.contains(&about.title), "{rendering:?}");
            assert!(about.headings().all(|heading| whole.text.contains(heading)), "{rendering:?}");
            let bare = rendering.render(&record, options(5, Extent::TablesOnly));
            assert!(!bare.text.contains(&record.about.title), "{rendering:?}");
            assert!(bare.about.is_none());
        }
    }

    #[test]
    fn the_same_options_give_the_same_document() {
        let record = Record::random(FormId::Form2019, 6, RecordOptions { empty_percent: 10, mistakes: 1 });
        for rendering in Rendering::ALL {
            let [first, again] = [7, 7].map(|seed| rendering.render(&record, options(seed, Extent::Whole)));
            assert_eq!(first.text, again.text);
        }
    }

    #[test]
    fn a_page_declares_the_encoding_it_is_written_in() {
        let record = Record::random(FormId::Form2021, 8, RecordOptions::CONSISTENT);
        let page = Rendering::Html.render(&record, options(1, Extent::Whole));
        let bytes = page.bytes(Encoding::Gb18030);
        assert!(bytes.windows(7).any(|window| window == b"gb18030"));
    }
}
