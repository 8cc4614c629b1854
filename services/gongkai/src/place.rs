//! From bytes of a file to the line and column that an editor shows.

use gongkai_model::Span;
use std::fmt;

/// A line and a column, both counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// How the bytes of a file make characters, as far as needed to count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Utf8,
    Utf16 {
        big_endian: bool,
    },
    /// GB18030 and what it contains; Big5 is counted alike.
    Gb18030,
}

/// The lines of a file.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    source: &'a [u8],
    coding: Coding,
    /// The first byte of each line.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(source: &'a [u8]) -> Self {
        let coding = match source {
            [0xff, 0xfe, ..] => Coding::Utf16 { big_endian: false },
            [0xfe, 0xff, ..] => Coding::Utf16 { big_endian: true },
            // Without a mark, digits and line ends show it: half of each is a zero byte, which no other text has.
            _ if source.contains(&0) => {
                let zeros =
                    |first: usize| source.iter().skip(first).step_by(2).filter(|it| **it == 0).count();
                Coding::Utf16 { big_endian: zeros(1) < zeros(0) }
            }
            _ if std::str::from_utf8(source).is_ok() => Coding::Utf8,
            _ => Coding::Gb18030,
        };
        let mut starts = vec![0];
        match coding {
            // No character of several bytes contains a line feed.
            Coding::Utf8 | Coding::Gb18030 => {
                starts.extend((0..source.len()).filter(|&at| source[at] == b'\n').map(|at| at + 1));
            }
            Coding::Utf16 { big_endian } => {
                let line_feed = if big_endian { [0, b'\n'] } else { [b'\n', 0] };
                let units = source.chunks_exact(2).enumerate();
                starts.extend(units.filter(|(_, unit)| *unit == line_feed).map(|(index, _)| 2 * index + 2));
            }
        }
        Self { source, coding, starts }
    }

    /// Where the byte `at` of the file is seen.
    pub(crate) fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at).max(1);
        let start = self.starts[line - 1];
        let before = self.source.get(start..at.min(self.source.len())).unwrap_or_default();
        Place { line, column: self.characters(before) + 1 }
    }

    /// Where the span begins; none for a span that is no range of bytes.
    pub(crate) fn of_span(&self, span: &Span) -> Option<Place> {
        Some(self.place(usize::try_from(span.as_bytes()?.start).ok()?))
    }

    /// The span in words: line and column where it has them.
    pub(crate) fn describe(&self, span: &Span) -> String {
        match self.of_span(span) {
            Some(place) => place.to_string(),
            None => span.to_string(),
        }
    }

    fn characters(&self, bytes: &[u8]) -> usize {
        match self.coding {
            Coding::Utf8 => bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count(),
            Coding::Utf16 { big_endian } => {
                // A low surrogate goes on with the character before it.
                let high_byte = |unit: &[u8]| if big_endian { unit[0] } else { unit[1] };
                bytes.chunks_exact(2).filter(|unit| !(0xdc..0xe0).contains(&high_byte(unit))).count()
            }
            Coding::Gb18030 => {
                let mut at = 0;
                let mut count = 0;
                while let Some(first) = bytes.get(at) {
                    at += match (first, bytes.get(at + 1)) {
                        (0x81..=0xfe, Some(0x30..=0x39)) => 4,
                        (0x81..=0xfe, Some(_)) => 2,
                        _ => 1,
                    };
                    count += 1;
                }
                count
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(source: &[u8], at: usize) -> String {
        Lines::of(source).place(at).to_string()
    }

    #[test]
    fn lines_and_characters_are_counted_from_one() {
        let source = "总计\n本年 3\n".as_bytes();
        assert_eq!(place(source, 0), "1:1");
        assert_eq!(place(source, 3), "1:2");
        assert_eq!(place(source, source.len() - 2), "2:4");
        assert_eq!(place(source, source.len()), "3:1");
        assert_eq!(place(source, 1000), "3:1");
        assert_eq!(place(b"", 0), "1:1");
    }

    #[test]
    fn a_line_feed_inside_a_character_of_utf_16_ends_no_line() {
        // U+4E0A 上 has the byte of a line feed.
        let units: Vec<u16> = "\u{feff}上上\n上1".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(place(&little, 10), "2:2");
        assert_eq!(place(&big, 10), "2:2");
        assert_eq!(place(&little[2..], 8), "2:2");
        assert_eq!(place(&big[2..], 8), "2:2");
    }

    #[test]
    fn characters_of_gb18030_have_one_two_or_four_bytes() {
        // 中 (d6d0), a character of four bytes, then 1.
        assert_eq!(place(b"a\n\xd6\xd0\x81\x30\x81\x301", 8), "2:3");
    }

    #[test]
    fn a_span_that_is_no_range_of_bytes_is_described_in_its_own_words() {
        let lines = Lines::of(b"a\nb");
        assert_eq!(lines.describe(&Span::bytes(2, 3)), "2:1");
        assert_eq!(lines.describe(&Span::Page { page: 1, area: [0, 0, 1, 1] }), "page 1, box 0,0,1,1");
    }
}
