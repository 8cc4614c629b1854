//! CSV as RFC 4180 has it, in UTF-8, for programs and for spreadsheets.

use crate::columns::{Cell, Columns, Row};
use crate::pieces::pieces;
use bytes::Bytes;
use std::fmt::Write as _;

/// What makes a spreadsheet take UTF-8 for what it is.
const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Bytes after which a piece is done.
const PIECE_BYTES: usize = 256 * 1024;

/// A CSV file that comes out in pieces.
#[derive(Debug)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// A file with the names of the columns in its first line, after a byte order mark where a spreadsheet needs it.
    pub fn new(with_byte_order_mark: bool) -> Self {
        let mut text = String::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
        if with_byte_order_mark {
            text.push_str(BYTE_ORDER_MARK);
        }
        let names: Vec<&str> = Columns::of_text().map(|column| column.name).collect();
        text.push_str(&names.join(","));
        text.push_str("\r\n");
        Self { text }
    }

    /// Adds a row.
    pub fn push(&mut self, row: &Row<'_>) {
        for (index, column) in Columns::of_text().enumerate() {
            if 0 < index {
                self.text.push(',');
            }
            match column.of(row) {
                Cell::Text(text) => push_text(&mut self.text, text),
                Cell::Whole(number) => self.push_number(number),
                Cell::Decimal(number) => self.push_number(number.map(|number| number.normalize())),
                Cell::Truth(truth) => self.text.push_str(if truth { "true" } else { "false" }),
            }
        }
        self.text.push_str("\r\n");
    }

    fn push_number(&mut self, number: Option<impl std::fmt::Display>) {
        if let Some(number) = number {
            // Writing to a text does not fail.
            let _ = write!(self.text, "{number}");
        }
    }

    /// Pieces that are done.
    pub fn take(&mut self) -> Vec<Bytes> {
        if self.text.len() < PIECE_BYTES {
            return Vec::new();
        }
        let room = String::with_capacity(PIECE_BYTES + PIECE_BYTES / 8);
        pieces(std::mem::replace(&mut self.text, room))
    }

    /// What is left; the file is done with it.
    pub fn finish(self) -> Vec<Bytes> {
        pieces(self.text)
    }
}

/// Whether a spreadsheet would take a text for a formula.
pub(crate) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Adds text to a line, in quotes where it needs them. What a spreadsheet would take for a formula gets a `'` before it: what
/// stands in a report is data, whoever wrote it.
pub fn push_text(line: &mut String, text: &str) {
    let is_formula = is_formula(text);
    if !is_formula && !text.contains(['"', ',', '\r', '\n', ';', '\t', '\'']) {
        line.push_str(text);
        return;
    }
    line.push('"');
    if is_formula {
        line.push('\'');
    }
    for (index, part) in text.split('"').enumerate() {
        if 0 < index {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn written(rows: &[Row<'_>], with_byte_order_mark: bool) -> String {
        let mut csv = Csv::new(with_byte_order_mark);
        rows.iter().for_each(|row| csv.push(row));
        String::from_utf8(csv.finish().concat()).unwrap()
    }

    /// Reads a file as RFC 4180 says.
    fn read(text: &str) -> Vec<Vec<String>> {
        let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
        let mut characters = text.chars().peekable();
        let mut quoted = false;
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    field.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => record.push(std::mem::take(&mut field)),
                '\r' if !quoted => {
                    assert_eq!(characters.next(), Some('\n'));
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
                other => field.push(other),
            }
        }
        assert!(!quoted && record.is_empty() && field.is_empty());
        records
    }

    fn place(name: &str) -> usize {
        Columns::of_text().position(|column| column.name == name).unwrap()
    }

    #[test]
    fn a_blank_has_no_number_a_zero_has_one_and_both_have_a_state() {
        let blank = Row { key: "a.b", state: "BLANK", ..Row::default() };
        let zero = Row { state: "NUMBER", value: Some(Decimal::ZERO), year: Some(2020), ..blank };
        let below = Row { value: Some(Decimal::new(-385, 1)), ..zero };
        let records = read(&written(&[blank, zero, below], false));
        let names: Vec<&str> = Columns::of_text().map(|column| column.name).collect();
        assert_eq!(records[0], names);
        let said =
            |record: &[String]| [place("state"), place("value"), place("year")].map(|at| record[at].clone());
        assert_eq!(said(&records[1]), ["BLANK", "", ""]);
        assert_eq!(said(&records[2]), ["NUMBER", "0", "2020"]);
        // A number is no formula, whatever it begins with.
        assert_eq!(said(&records[3]), ["NUMBER", "-38.5", "2020"]);
    }

    #[test]
    fn a_byte_order_mark_is_there_for_those_who_want_it() {
        assert!(written(&[], true).starts_with("\u{feff}report,"));
        assert!(written(&[], false).starts_with("report,"));
    }

    #[test]
    fn pieces_are_given_as_they_are_done_and_make_one_file() {
        let quote = "年".repeat(1000);
        let row = Row { quote: &quote, ..Row::default() };
        let (mut csv, mut pieces) = (Csv::new(false), Vec::new());
        for _ in 0..1000 {
            csv.push(&row);
            pieces.extend(csv.take());
        }
        assert!(pieces.iter().all(|piece| piece.len() < PIECE_BYTES + 8192));
        assert!(10 < pieces.len());
        pieces.extend(csv.finish());
        assert_eq!(pieces.concat(), written(&[row; 1000], false).as_bytes());
    }

    proptest! {
        #[test]
        fn any_text_comes_back_and_none_is_a_formula(text in "[-=+@＝'\",;\r\n\t a年]{0,6}|.{0,6}") {
            let records = read(&written(&[Row { quote: &text, subject: &text, ..Row::default() }], false));
            let got = &records[1][place("quote")];
            let begins = text.chars().next();
            let is_formula = begins.is_some_and(|first| "=+-@\t\r\n＝＋－＠".contains(first));
            prop_assert_eq!(got.strip_prefix('\'').filter(|_| is_formula).unwrap_or(got), text.as_str());
            prop_assert!(!got.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']));
            prop_assert_eq!(&records[1][place("subject")], got);
        }
    }
}
