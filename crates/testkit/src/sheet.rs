//! A form's tables as the official form draws them: labels, spans and values on a grid.

use crate::Rng;
use crate::record::Record;
use gongkai_forms::{Column, Row, Table};

/// One table with its labels and values.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Index into the form's tables.
    pub table: usize,
    /// Columns of the grid.
    pub columns: usize,
    /// Columns at the left that hold the labels of rows.
    pub label_columns: usize,
    /// The rows, top to bottom.
    pub rows: Vec<SheetRow>,
}

/// One row of a [`Sheet`].
#[derive(Clone, Debug, Default)]
pub struct SheetRow {
    /// The cells whose upper left corner is in this row, left to right.
    pub cells: Vec<SheetCell>,
}

/// One cell of a [`Sheet`].
#[derive(Clone, Debug)]
pub struct SheetCell {
    /// Column of its upper left corner.
    pub column: usize,
    /// Columns it covers.
    pub column_span: usize,
    /// Rows it covers.
    pub row_span: usize,
    /// What it holds.
    pub content: Content,
}

/// What a cell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A label or a header.
    Label(String),
    /// A value of the form.
    Value {
        /// Index into the form's cells.
        cell: usize,
        /// Its characters.
        written: String,
    },
    /// Nothing: the form has no cell there.
    Pad,
}

impl SheetCell {
    /// Its characters.
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Label(text) => text,
            Content::Value { written, .. } => written,
            Content::Pad => "",
        }
    }

    /// Index of its value in the form's cells.
    pub fn value(&self) -> Option<usize> {
        match self.content {
            Content::Value { cell, .. } => Some(cell),
            Content::Label(_) | Content::Pad => None,
        }
    }

    fn is_label(&self) -> bool {
        matches!(self.content, Content::Label(_))
    }
}

impl SheetRow {
    /// The values in this row: indices into the form's cells.
    pub fn values(&self) -> impl Iterator<Item = usize> + '_ {
        self.cells.iter().filter_map(SheetCell::value)
    }

    /// Whether the form has values in this row.
    pub fn has_values(&self) -> bool {
        self.values().next().is_some()
    }

    /// Its labels, left to right.
    pub fn labels(&self) -> impl Iterator<Item = &SheetCell> {
        self.cells.iter().filter(|cell| cell.is_label())
    }
}

/// How labels are worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wording {
    /// As on the official form.
    Official,
    /// The official words with half-width brackets, commas and quotes.
    HalfWidth,
    /// The official words with spaces inside (结果 维持) and half-width brackets here and there.
    Spaced,
    /// Other wordings that the form's data lists for a label, here and there.
    Varied,
}

impl Wording {
    /// Every wording.
    pub const ALL: [Self; 4] = [Self::Official, Self::HalfWidth, Self::Spaced, Self::Varied];

    fn of(self, labels: &[String], rng: &mut Rng) -> String {
        let official = labels.first().map_or("", |label| &**label);
        match self {
            Self::Official => official.to_owned(),
            Self::HalfWidth => half_width(official),
            Self::Spaced => {
                let label = if rng.chance(50) { half_width(official) } else { official.to_owned() };
                if rng.chance(70) { label } else { spaced(&label, rng) }
            }
            Self::Varied => {
                let number = list_number(official);
                match rng.below(3) {
                    0 => official.to_owned(),
                    // An alias that is another row's wording without its number needs the number.
                    _ => format!("{number}{}", rng.pick(labels).trim_start_matches(number)),
                }
            }
        }
    }
}

/// 一、, （三）, 4. in front of a label.
pub(crate) fn list_number(label: &str) -> &str {
    let is_numeral = |c: char| c.is_ascii_digit() || c == '（' || "一二三四五六七八九十".contains(c);
    let rest = label.trim_start_matches(is_numeral);
    let sign = rest.chars().next().filter(|c| matches!(c, '、' | '）' | '.'));
    let end = sign.map_or(0, |sign| label.len() - rest.len() + sign.len_utf8());
    &label[..end]
}

fn half_width(label: &str) -> String {
    let narrow = |c: char| match c {
        '（' => '(',
        '）' => ')',
        '，' => ',',
        '：' => ':',
        '“' | '”' => '"',
        other => other,
    };
    label.chars().map(narrow).collect()
}

/// A space between two characters that are both words.
fn spaced(label: &str, rng: &mut Rng) -> String {
    let characters: Vec<char> = label.chars().collect();
    let at = rng.between(1, characters.len().max(2) as u64 - 1) as usize;
    let is_word = |index: usize| characters.get(index).is_some_and(|c| c.is_alphabetic());
    let mut spaced = String::new();
    for (index, c) in characters.iter().enumerate() {
        if index == at && is_word(index) && is_word(index - 1) {
            spaced.push(' ');
        }
        spaced.push(*c);
    }
    spaced
}

/// What fills the places at the right where a row of a table has fewer columns than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ShortRow {
    /// Its last cell covers them.
    Stretched,
    /// They are empty cells.
    Padded,
}

/// The tables of a record, drawn as on the official form.
pub(crate) fn sheets(record: &Record, wording: Wording, short_row: ShortRow, rng: &mut Rng) -> Vec<Sheet> {
    let mut drawing = Drawing { record, wording, short_row, rng };
    let tables = record.form.tables.iter().enumerate();
    tables.map(|(index, table)| drawing.sheet(index, table)).collect()
}

struct Drawing<'a> {
    record: &'a Record,
    wording: Wording,
    short_row: ShortRow,
    rng: &'a mut Rng,
}

impl Drawing<'_> {
    fn sheet(&mut self, index: usize, table: &Table) -> Sheet {
        let has_labels = table.blocks.iter().flat_map(|block| &block.rows).any(|row| !row.labels.is_empty());
        let depth = |row: &Row| row.banners.len() + 1;
        let label_columns = if has_labels {
            table.blocks.iter().flat_map(|block| &block.rows).map(depth).max().unwrap_or_default()
        } else {
            0
        };
        let value_columns = table.blocks.iter().map(|block| block.columns.len()).max().unwrap_or_default();
        let mut sheet =
            Sheet { table: index, columns: label_columns + value_columns, label_columns, rows: Vec::new() };
        for block in &table.blocks {
            if !block.banners.is_empty() {
                let banner = self.wording.of(&block.banners, self.rng);
                sheet.rows.push(SheetRow { cells: vec![label(0, sheet.columns, 1, banner)] });
            }
            let is_short = block.columns.len() < value_columns;
            let mut headers = self.headers(&block.columns, label_columns);
            // A table of one block without banner puts a title over its columns and a remark into its corner.
            let remark = block.header_labels.iter().find(|label| label.contains("勾稽"));
            if let Some(remark) = remark {
                let title = self.wording.of(&block.header_labels[..1], self.rng);
                headers.insert(0, SheetRow { cells: vec![label(label_columns, value_columns, 1, title)] });
                let remark = self.wording.of(std::slice::from_ref(remark), self.rng);
                let corner = label(0, label_columns, headers.len(), remark);
                headers[0].cells.insert(0, corner);
            } else if has_labels {
                let corner = self.wording.of(&block.header_labels[..1], self.rng);
                let corner = label(0, label_columns, headers.len(), corner);
                headers[0].cells.insert(0, corner);
            }
            for mut header in headers {
                if is_short {
                    self.fill_short(&mut header, sheet.columns);
                }
                sheet.rows.push(header);
            }
            for (at, row) in block.rows.iter().enumerate() {
                let mut cells = self.labels(&block.rows, at, label_columns, &block.row_banners);
                let values =
                    row.cells.iter().enumerate().filter_map(|(offset, cell)| Some((offset, (*cell)?)));
                cells.extend(values.map(|(offset, cell)| SheetCell {
                    column: label_columns + offset,
                    column_span: 1,
                    row_span: 1,
                    content: Content::Value { cell, written: self.record.entries[cell].written.clone() },
                }));
                let mut row = SheetRow { cells };
                if is_short {
                    self.fill_short(&mut row, sheet.columns);
                }
                sheet.rows.push(row);
            }
        }
        sheet
    }

    fn fill_short(&mut self, row: &mut SheetRow, columns: usize) {
        let Some(last) = row.cells.last_mut() else { return };
        let end = last.column + last.column_span;
        match self.short_row {
            ShortRow::Stretched => last.column_span += columns - end,
            ShortRow::Padded => row.cells.extend((end..columns).map(|column| SheetCell {
                column,
                column_span: 1,
                row_span: 1,
                content: Content::Pad,
            })),
        }
    }

    /// The header rows over these columns, the outermost groups first.
    fn headers(&mut self, columns: &[Column], first_column: usize) -> Vec<SheetRow> {
        let depth = columns.iter().map(|column| column.groups.len() + 1).max().unwrap_or_default();
        let mut rows = vec![SheetRow::default(); depth];
        for (index, column) in columns.iter().enumerate() {
            for (level, group) in column.groups.iter().enumerate() {
                let same = |other: &&Column| other.groups.get(..=level) == Some(&column.groups[..=level]);
                if index.checked_sub(1).is_some_and(|before| same(&&columns[before])) {
                    continue;
                }
                let span = columns[index..].iter().take_while(same).count();
                rows[level].cells.push(label(first_column + index, span, 1, group.clone()));
            }
            let level = column.groups.len();
            let text = self.header(column);
            rows[level].cells.push(label(first_column + index, 1, depth - level, text));
        }
        rows
    }

    fn header(&mut self, column: &Column) -> String {
        match &column.source_unit {
            // A bare number takes its unit from here, so it must stand here in every wording.
            Some(unit) => format!("{}（单位：{unit}）", column.labels[0]),
            None if column.id == "amount" => column.labels[0].clone(),
            None => self.wording.of(&column.labels, self.rng),
        }
    }

    /// The label cells that begin in row `at`: banners where they begin, then the row's own label.
    fn labels(
        &mut self,
        rows: &[Row],
        at: usize,
        label_columns: usize,
        row_banners: &[gongkai_forms::RowBanner],
    ) -> Vec<SheetCell> {
        let row = &rows[at];
        if row.labels.is_empty() {
            return Vec::new();
        }
        let mut cells = Vec::new();
        for (level, banner) in row.banners.iter().enumerate() {
            let same = |other: &&Row| other.banners.get(..=level) == Some(&row.banners[..=level]);
            if at.checked_sub(1).is_some_and(|before| same(&&rows[before])) {
                continue;
            }
            let span = rows[at..].iter().take_while(same).count();
            let known = row_banners.iter().find(|known| known.labels.first() == Some(banner));
            let text = match known {
                Some(known) => self.wording.of(&known.labels, self.rng),
                None => banner.clone(),
            };
            cells.push(label(level, 1, span, text));
        }
        let level = row.banners.len();
        cells.push(label(level, label_columns - level, 1, self.wording.of(&row.labels, self.rng)));
        cells
    }
}

fn label(column: usize, column_span: usize, row_span: usize, text: String) -> SheetCell {
    SheetCell { column, column_span, row_span, content: Content::Label(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RecordOptions;
    use gongkai_model::FormId;

    #[test]
    fn every_place_of_a_sheet_is_covered_once_and_every_cell_of_the_form_stands_in_one() {
        for form in [FormId::Form2019, FormId::Form2021] {
            for short_row in [ShortRow::Stretched, ShortRow::Padded] {
                let record = Record::random(form, 1, RecordOptions::CONSISTENT);
                let sheets = sheets(&record, Wording::Official, short_row, &mut Rng::new(1));
                let mut values = Vec::new();
                for sheet in &sheets {
                    let mut covered = vec![0; sheet.rows.len() * sheet.columns];
                    for (index, row) in sheet.rows.iter().enumerate() {
                        values.extend(row.values());
                        for cell in &row.cells {
                            for line in index..index + cell.row_span {
                                for column in cell.column..cell.column + cell.column_span {
                                    covered[line * sheet.columns + column] += 1;
                                }
                            }
                        }
                    }
                    assert!(covered.iter().all(|&times| times == 1), "table {}: {covered:?}", sheet.table);
                }
                assert_eq!(values, (0..record.form.cells.len()).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn list_numbers_are_told_from_words() {
        for (label, number) in [
            ("一、本年新收", "一、"),
            ("（三）不予公开", "（三）"),
            ("2.其他", "2."),
            ("信访、举报、投诉类申请", ""),
            ("规章", ""),
        ] {
            assert_eq!(list_number(label), number, "{label}");
        }
    }
}
