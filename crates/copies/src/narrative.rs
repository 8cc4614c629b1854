//! The narrative of a report as a row of signs.

use gongkai_model::{Report, Span};
use gongkai_search::{Folded, Part, fold};
use std::ops::Range;

/// Signs of a narrative that are compared; a usual one has some thousand. What is longer is compared in its beginning.
pub const LETTERS_MAX: usize = 100_000;
/// Letters of a name; a longer one is none.
const NAME_LETTERS_MAX: usize = 64;

/// Stands for any number. No character has this code.
pub(crate) const NUMBER: u32 = 0x11_0000;
/// Stands for a name of the report's own.
pub(crate) const NAME: u32 = 0x11_0001;

/// The names by which a report calls its body and its division: they differ where all else was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Names<'r> {
    /// Whose work is counted.
    pub subject: &'r str,
    /// Who issued it.
    pub issuer: &'r str,
    /// The administrative division.
    pub region: &'r str,
}

impl Names<'_> {
    /// The folded names with what is left of them without the words for what they name, the longest first.
    fn folded(self) -> Vec<String> {
        /// A government is called by the name of its area, too.
        const GOVERNMENT: [&str; 2] = ["人民政府办公室", "人民政府"];
        /// And an area by its own name alone.
        const KINDS: [&str; 10] = ["自治区", "自治州", "自治县", "省", "市", "县", "区", "旗", "镇", "乡"];
        let mut names = Vec::new();
        for name in [self.subject, self.issuer, self.region] {
            let name = fold(name);
            let area =
                GOVERNMENT.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name).to_owned();
            let bare = KINDS.iter().find_map(|kind| area.strip_suffix(kind)).map(str::to_owned);
            names.extend([Some(name), Some(area), bare].into_iter().flatten());
        }
        // One character is part of many words.
        names.retain(|name| (2..=NAME_LETTERS_MAX).contains(&name.chars().count()));
        names.sort_unstable_by_key(|name| (std::cmp::Reverse(name.len()), name.clone()));
        names.dedup();
        names
    }
}

/// A letter, a number or a name, with the bytes of its text that it stands at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sign {
    pub(crate) code: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Sign {
    /// Whether it stands for whatever was there.
    pub(crate) fn is_mask(self) -> bool {
        NUMBER <= self.code
    }
}

/// One text of a narrative.
#[derive(Clone, Debug)]
pub(crate) struct Text<'r> {
    pub(crate) part: Part,
    pub(crate) section: &'r str,
    pub(crate) words: &'r str,
    pub(crate) near: Option<&'r Span>,
    /// Which signs are its.
    pub(crate) signs: Range<usize>,
}

/// The running text of a report as signs.
#[derive(Clone, Debug)]
pub struct Narrative<'r> {
    pub(crate) texts: Vec<Text<'r>>,
    pub(crate) signs: Vec<Sign>,
    is_cut: bool,
}

impl<'r> Narrative<'r> {
    /// That of a report: the text between title and first heading, and the texts under headings. Looks at every character, so it is
    /// work for a thread of its own.
    pub fn of(report: &'r Report, names: Names<'_>) -> Self {
        let names = names.folded();
        let mut narrative = Self { texts: Vec::new(), signs: Vec::new(), is_cut: false };
        let preamble = &report.preamble;
        narrative.add(Part::Preamble, "", &preamble.text, preamble.span.as_ref(), &names);
        for section in &report.sections {
            narrative.add(Part::Section, &section.title, &section.text, section.span.as_ref(), &names);
        }
        narrative
    }

    /// A text alone, without names.
    pub(crate) fn of_words(words: &'r str) -> Self {
        let mut narrative = Self { texts: Vec::new(), signs: Vec::new(), is_cut: false };
        narrative.add(Part::Section, "", words, None, &[]);
        narrative
    }

    /// Signs that it has.
    pub fn len(&self) -> usize {
        self.signs.len()
    }

    /// Whether it has no sign.
    pub fn is_empty(&self) -> bool {
        self.signs.is_empty()
    }

    /// Whether there is more than is compared.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn add(
        &mut self,
        part: Part,
        section: &'r str,
        words: &'r str,
        near: Option<&'r Span>,
        names: &[String],
    ) {
        let first = self.signs.len();
        // Each sign has one character at least. Spaces between have none; where they are more than all else, the text is cut early.
        let left = LETTERS_MAX - first;
        let cut = words.char_indices().nth(2 * left).map_or(words.len(), |(at, _)| at);
        self.is_cut |= cut < words.len();
        let words = words.get(..cut).unwrap_or_default();
        let folded = Folded::of(words);
        let text = folded.text();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (code, length) = sign(rest, names);
            if let Some(code) = code {
                if self.signs.len() == LETTERS_MAX {
                    self.is_cut = true;
                    break;
                }
                let place = folded.original(&(at..at + length));
                if let (Ok(start), Ok(end)) = (u32::try_from(place.start), u32::try_from(place.end)) {
                    self.signs.push(Sign { code, start, end });
                }
            }
            at += length;
        }
        if first < self.signs.len() {
            self.texts.push(Text { part, section, words, near, signs: first..self.signs.len() });
        }
    }

    /// The text that a sign stands in.
    pub(crate) fn text_of(&self, sign: usize) -> Option<&Text<'r>> {
        self.texts.get(self.texts.partition_point(|text| text.signs.end <= sign))
    }

    /// The bytes of its text between two signs of one text, both included.
    pub(crate) fn bytes(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.signs.get(first).map_or(0, |sign| sign.start as usize);
        let end = self.signs.get(last).map_or(start, |sign| sign.end as usize);
        start..end.max(start)
    }
}

/// The sign at the beginning of a folded text, none for punctuation and spaces, and the bytes that it has.
fn sign(text: &str, names: &[String]) -> (Option<u32>, usize) {
    if let Some(name) = names.iter().find(|name| text.starts_with(name.as_str())) {
        return (Some(NAME), name.len());
    }
    let Some(first) = text.chars().next() else { return (None, text.len()) };
    if is_numeral(first) {
        return (Some(NUMBER), number_length(text));
    }
    (first.is_alphanumeric().then_some(u32::from(first)), first.len_utf8())
}

/// A digit or a numeral. Words have some of them, too (进一步): then these are numbers in every text.
fn is_numeral(character: char) -> bool {
    character.is_numeric() || "〇零一二三四五六七八九十百千万亿两".contains(character)
}

/// Bytes of the number at the beginning, with points and commas inside.
fn number_length(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let goes_on = is_numeral(character)
            || matches!(character, '.' | ',')
                && characters.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !goes_on {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signs of a text as letters: # for a number, @ for a name.
    fn shown(words: &str, names: Names<'_>) -> String {
        let report = Report {
            preamble: gongkai_model::Quoted { text: words.to_owned(), span: None },
            ..Report::default()
        };
        let narrative = Narrative::of(&report, names);
        let letter = |sign: &Sign| match sign.code {
            NUMBER => '#',
            NAME => '@',
            code => char::from_u32(code).unwrap(),
        };
        narrative.signs.iter().map(letter).collect()
    }

    #[test]
    fn numbers_dates_and_names_are_signs_and_punctuation_is_none() {
        let names = Names {
            subject: "盘龙县人民政府", issuer: "盘龙县人民政府办公室", region: "盘龙县"
        };
        for (words, signs) in [
            ("2020年3月1日，收到 12 件。", "#年#月#日收到#件"),
            ("占98.5%；共1,234.00元，十二期", "占#共#元#期"),
            ("盘龙县人民政府办公室和盘龙县，盘龙的事", "@和@@的事"),
            ("盘龙縣人民政府\n公開", "@公开"),
            ("“互联网＋”Ａ", "互联网a"),
        ] {
            assert_eq!(shown(words, names), signs, "{words}");
        }
        assert_eq!(shown("甲的事", Names { subject: "甲", issuer: "", region: "" }), "甲的事");
    }

    #[test]
    fn a_narrative_is_bounded_and_says_so() {
        let report = |letters: usize| Report {
            preamble: gongkai_model::Quoted { text: "公".repeat(letters), span: None },
            ..Report::default()
        };
        let (whole, more) = (report(LETTERS_MAX), report(LETTERS_MAX + 1));
        let whole = Narrative::of(&whole, Names::default());
        assert_eq!((whole.len(), whole.is_cut()), (LETTERS_MAX, false));
        let more = Narrative::of(&more, Names::default());
        assert_eq!((more.len(), more.is_cut()), (LETTERS_MAX, true));
        let spaces = report(3 * LETTERS_MAX);
        assert!(Narrative::of(&spaces, Names::default()).is_cut());
    }
}
