//! Columns that line up, where a Chinese character is as wide as two letters.

use super::{Style, Tone};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `max` columns; what was cut ends in an ellipsis.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut shortened = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if max < used + wide + 1 {
            break;
        }
        used += wide;
        shortened.push(character);
    }
    shortened.push('…');
    shortened
}

/// `text` in as few lines of at most `max` columns as it takes, about equally long: broken at spaces and behind hyphens
/// where there are any, else between characters.
pub(crate) fn wrap(text: &str, max: usize) -> Vec<String> {
    let fewest = filled(text, max).len();
    // The narrowest lines that are no more than those, as long as they break no word: a last line with a single
    // character looks like a mistake.
    let words = text.split([' ', '-']).filter(|word| word.is_ascii());
    let narrowest = words.map(|word| width(word) + 1).max().unwrap_or(1).clamp(1, max);
    (narrowest..=max)
        .map(|narrow| filled(text, narrow))
        .find(|lines| lines.len() <= fewest)
        .unwrap_or_default()
}

/// `text` in lines of at most `max` columns, each as long as can be.
fn filled(text: &str, max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive([' ', '-']) {
        if width(&line) + width(word.trim_end()) <= max {
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            if max < width(&line) + character.width().unwrap_or(0) && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if !(line.is_empty() && character == ' ') {
                line.push(character);
            }
        }
    }
    lines.push(line);
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// One cell: its lines, and how they look.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    lines: Vec<String>,
    tone: Tone,
}

impl Cell {
    /// A cell of one line.
    pub(crate) fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { lines: vec![text.into()], tone }
    }

    /// A cell of several lines.
    pub(crate) fn lines(lines: Vec<String>, tone: Tone) -> Self {
        Self { lines, tone }
    }
}

/// Rows of cells whose columns line up.
#[derive(Debug)]
pub(crate) struct Columns {
    aligns: Vec<Align>,
    rows: Vec<Vec<Cell>>,
}

impl Columns {
    /// Columns on these sides.
    pub(crate) fn new(aligns: Vec<Align>) -> Self {
        Self { aligns, rows: Vec::new() }
    }

    /// Adds a row. Cells beyond the columns are not shown, absent ones are empty.
    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// The rows as text, every line ended, `indent` columns from the left. Nothing stands behind the last character of
    /// a line.
    pub(crate) fn render(&self, style: Style, indent: usize) -> String {
        let mut widths = vec![0; self.aligns.len()];
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate().take(widths.len()) {
                let wide = cell.lines.iter().map(|line| width(line)).max().unwrap_or(0);
                widths[column] = widths[column].max(wide);
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            let height = row.iter().map(|cell| cell.lines.len()).max().unwrap_or(0).max(1);
            for number in 0..height {
                self.render_line(&mut text, row, number, &widths, style, indent);
            }
        }
        text
    }

    fn render_line(
        &self,
        text: &mut String,
        row: &[Cell],
        number: usize,
        widths: &[usize],
        style: Style,
        indent: usize,
    ) {
        // Blanks are kept back until something follows them.
        let mut blanks = indent;
        for (column, (cell, align)) in row.iter().zip(&self.aligns).enumerate() {
            const GAP: usize = 2;
            if 0 < column {
                blanks += GAP;
            }
            let line = cell.lines.get(number).map_or("", String::as_str);
            let rest = widths[column] - width(line);
            if *align == Align::Right {
                blanks += rest;
            }
            if !line.is_empty() {
                text.extend(std::iter::repeat_n(' ', blanks));
                text.push_str(&style.paint(cell.tone, line));
                blanks = 0;
            }
            if *align == Align::Left {
                blanks += rest;
            }
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Lang;

    const STYLE: Style = Style { lang: Lang::Zh, color: false };

    fn plain<const N: usize>(row: [&str; N]) -> Vec<Cell> {
        row.map(|text| Cell::new(text, Tone::Plain)).to_vec()
    }

    #[test]
    fn chinese_characters_take_two_columns() {
        let mut columns = Columns::new(vec![Align::Left, Align::Right, Align::Left]);
        columns.push(plain(["总计", "7", "Total"]));
        columns.push(plain(["a", "1234", ""]));
        assert_eq!(columns.render(STYLE, 1), " 总计     7  Total\n a     1234\n");
    }

    #[test]
    fn a_cell_of_several_lines_makes_its_row_higher() {
        let mut columns = Columns::new(vec![Align::Left, Align::Right]);
        let lines = vec!["自然人".to_owned(), "Natural".to_owned()];
        columns.push(vec![Cell::new("", Tone::Plain), Cell::lines(lines, Tone::Plain)]);
        columns.push(plain(["x", "1"]));
        assert_eq!(columns.render(STYLE, 0), "    自然人\n   Natural\nx        1\n");
    }

    #[test]
    fn text_is_wrapped_at_spaces_else_between_characters_and_shortened_with_an_ellipsis() {
        assert_eq!(wrap("legal service organisations", 13), ["legal service", "organisations"]);
        assert_eq!(wrap("Public-interest bodies", 13), ["Public-", "interest", "bodies"]);
        assert_eq!(wrap("Published in total", 14), ["Published", "in total"]);
        assert_eq!(wrap("abcdefgh ij", 9), ["abcdefgh", "ij"]);
        assert_eq!(wrap("社会公益组织", 8), ["社会公", "益组织"]);
        assert_eq!(wrap("社会公益组织", 12), ["社会公益组织"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(shorten("社会公益组织", 7), "社会公…");
        assert_eq!(shorten("社会", 4), "社会");
    }
}
