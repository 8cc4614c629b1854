use gongkai_forms::{Column, Form, Row, Table, TableBlock};

/// A table of a form as the official form draws it: labels and cells on a grid with spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The heading it stands under, in the official wording.
    pub heading: String,
    /// Columns of the grid.
    pub columns: usize,
    /// The rows, top to bottom.
    pub rows: Vec<DrawnRow>,
}

/// One row of a [`Drawing`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrawnRow {
    /// The cells whose upper left corner is in this row, left to right.
    pub cells: Vec<DrawnCell>,
}

/// One cell of a [`Drawing`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnCell {
    /// Column of its upper left corner, counted from 0.
    pub column: usize,
    /// Columns it covers.
    pub column_span: usize,
    /// Rows it covers.
    pub row_span: usize,
    /// Its label; empty for a cell that holds a value, and for one that holds nothing.
    pub label: String,
    /// Index of its value in the form's cells.
    pub value: Option<usize>,
}

/// Every table of the form, in its order.
pub fn drawings(form: &Form) -> Vec<Drawing> {
    form.tables.iter().map(drawing).collect()
}

fn label(column: usize, column_span: usize, row_span: usize, label: &str) -> DrawnCell {
    DrawnCell { column, column_span, row_span, label: label.to_owned(), value: None }
}

/// The official wording, which stands before the aliases.
fn official(labels: &[String]) -> &str {
    labels.first().map_or("", String::as_str)
}

fn drawing(table: &Table) -> Drawing {
    let rows = || table.blocks.iter().flat_map(|block| &block.rows);
    let has_labels = rows().any(|row| !row.labels.is_empty());
    let depth = rows().map(|row| row.banners.len() + 1).max().unwrap_or_default();
    let label_columns = if has_labels { depth } else { 0 };
    let value_columns = table.blocks.iter().map(|block| block.columns.len()).max().unwrap_or_default();
    let columns = label_columns + value_columns;
    let mut drawn = Vec::new();
    for block in &table.blocks {
        if !block.banners.is_empty() {
            drawn.push(DrawnRow { cells: vec![label(0, columns, 1, official(&block.banners))] });
        }
        let mut rows = headers(block, label_columns, value_columns);
        for at in 0..block.rows.len() {
            rows.push(row(&block.rows, at, label_columns));
        }
        // Where a block has fewer columns than others, its last one is wide.
        for row in &mut rows {
            if let Some(last) = row.cells.last_mut().filter(|_| block.columns.len() < value_columns) {
                last.column_span = columns - last.column;
            }
        }
        drawn.extend(rows);
    }
    Drawing { heading: official(&table.headings).to_owned(), columns, rows: drawn }
}

/// The header rows of a block, the outermost groups first, with what stands over its labels.
fn headers(block: &TableBlock, label_columns: usize, value_columns: usize) -> Vec<DrawnRow> {
    let depth = block.columns.iter().map(|column| column.groups.len() + 1).max().unwrap_or_default();
    let mut rows = vec![DrawnRow::default(); depth];
    for (index, column) in block.columns.iter().enumerate() {
        for (level, group) in column.groups.iter().enumerate() {
            let same = |other: &&Column| other.groups.get(..=level) == column.groups.get(..=level);
            let is_first =
                index.checked_sub(1).and_then(|before| block.columns.get(before)).is_none_or(|it| !same(&it));
            if let (true, Some(row)) = (is_first, rows.get_mut(level)) {
                let span = block.columns.iter().skip(index).take_while(same).count();
                row.cells.push(label(label_columns + index, span, 1, group));
            }
        }
        let level = column.groups.len();
        let text = match &column.source_unit {
            Some(unit) => format!("{}（单位：{unit}）", official(&column.labels)),
            None => official(&column.labels).to_owned(),
        };
        if let Some(row) = rows.get_mut(level) {
            row.cells.push(label(label_columns + index, 1, depth - level, &text));
        }
    }
    // A table with a remark in its corner has a title over its columns.
    let remark = block.header_labels.iter().find(|label| label.contains("勾稽"));
    if remark.is_some() {
        let title = official(&block.header_labels);
        rows.insert(0, DrawnRow { cells: vec![label(label_columns, value_columns, 1, title)] });
    }
    let height = rows.len();
    if let (Some(first), true) = (rows.first_mut(), 0 < label_columns) {
        let corner = remark.map_or_else(|| official(&block.header_labels), String::as_str);
        first.cells.insert(0, label(0, label_columns, height, corner));
    }
    rows
}

/// A row of values, with the labels that begin in it.
fn row(rows: &[Row], at: usize, label_columns: usize) -> DrawnRow {
    let mut cells = Vec::new();
    let Some(row) = rows.get(at) else { return DrawnRow::default() };
    if !row.labels.is_empty() {
        for (level, banner) in row.banners.iter().enumerate() {
            let same = |other: &&Row| other.banners.get(..=level) == row.banners.get(..=level);
            let is_first = at.checked_sub(1).and_then(|before| rows.get(before)).is_none_or(|it| !same(&it));
            if is_first {
                let span = rows.iter().skip(at).take_while(same).count();
                cells.push(label(level, 1, span, banner));
            }
        }
        let level = row.banners.len();
        cells.push(label(level, label_columns - level, 1, official(&row.labels)));
    }
    cells.extend(row.cells.iter().enumerate().map(|(offset, cell)| DrawnCell {
        column: label_columns + offset,
        column_span: 1,
        row_span: 1,
        label: String::new(),
        value: *cell,
    }));
    DrawnRow { cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_covered_once_and_every_cell_of_the_form_stands_in_one() {
        for form in gongkai_forms::all() {
            let mut values = Vec::new();
            for drawing in drawings(form) {
                let mut covered = vec![0; drawing.rows.len() * drawing.columns];
                for (index, row) in drawing.rows.iter().enumerate() {
                    values.extend(row.cells.iter().filter_map(|cell| cell.value));
                    for cell in &row.cells {
                        for line in index..index + cell.row_span {
                            for column in cell.column..cell.column + cell.column_span {
                                covered[line * drawing.columns + column] += 1;
                            }
                        }
                    }
                }
                assert!(covered.iter().all(|&times| times == 1), "{}: {covered:?}", drawing.heading);
            }
            assert_eq!(values, (0..form.cells.len()).collect::<Vec<_>>(), "{}", form.id.name());
        }
    }
}
