//! What a form's labels look like when folded: built once a form, looked up for every field of every document.

use crate::charset::CharSet;
use crate::fold::{fold, fold_without_notes, is_numeral};
use crate::times::{Times, says_another_time};
use crate::word_map::{WordMap, WordSet};
use gongkai_forms::{Form, Row as FormRow, Table, TableBlock};
use std::collections::{BTreeMap, HashMap};

/// A row of a form: table, block, row within the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RowPlace {
    pub(crate) table: usize,
    pub(crate) block: usize,
    pub(crate) row: usize,
}

/// How well words match a label, in hundredths: 100 is the official wording or an alias, number included.
pub(crate) type Quality = u32;

/// The official wording or an alias, with its list number.
const EXACT: Quality = 100;
/// The least of labels that have their list number, where the form gives one.
pub(crate) const NUMBERED: Quality = EXACT - 5;
/// The same without its list number, or without a note in brackets.
const PLAIN: Quality = 90;
/// The beginning of a label that is clipped.
const CLIPPED: Quality = 70;
/// Similar words. Scaled by the similarity.
const SIMILAR: Quality = 80;

/// Fewer folded characters say too little to be taken for the beginning of a label.
const CLIPPED_CHARS_MIN: usize = 4;
/// Less similar words (in hundredths) are other words.
const SIMILARITY_MIN: u32 = 70;

/// Labels shorter than this must be more similar.
const SHORT_LABEL_CHARS: usize = 8;
const SHORT_SIMILARITY_MIN: u32 = 85;

/// Of fewer characters one wrong one leaves too little.
const MISSPELT_CHARS_MIN: usize = 5;
/// Of fewer characters one wrong one and one that is not there leave too little.
const MISSPELT_CLIPPED_MIN: usize = 7;
/// What may be missing at the end of a label with a wrong character: two Chinese characters, in bytes.
const MISSPELT_LACKS_MAX: usize = 6;

/// Units that stand behind a label in its own cell, folded: 收到申请数（件）.
const UNITS_BEHIND_LABELS: [&str; 10] = ["人次", "万元", "元", "条", "件", "次", "篇", "个", "人", "期"];

/// Longer words are no label. In bytes of folded text.
pub(crate) const LABEL_BYTES_MAX: usize = 360;

/// The labels of one form.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Whole labels, with and without number and banners.
    rows: WordMap<Vec<(RowPlace, Quality)>>,
    /// All labels in order, for those that are clipped.
    prefixes: BTreeMap<String, RowPlace>,
    /// Per row, what its official label says besides its thing.
    official: HashMap<RowPlace, Official>,
    /// The labels that are long enough to be told with one wrong character, with and without their number; the shortest first.
    spellings: Vec<(RowPlace, String)>,
    /// Per row, its labels as sets of adjacent characters, for those that are reworded.
    similar: HashMap<RowPlace, Vec<Pairs>>,
    /// The characters of the longest of those labels.
    similar_chars_max: usize,
    /// Which lengths and last bytes the labels and headers have: most words are none of them, and need no hashing.
    endings: Endings,
    /// Column headers.
    columns: WordMap<Vec<Header>>,
    /// Every word that only a header, a banner or a heading has.
    pub(crate) furniture: WordSet,
    /// Per table and block, the headers of its columns, each with its column.
    column_labels: HashMap<(usize, usize), Vec<(usize, String)>>,
    /// Headers over several columns → table, block and first column.
    groups: WordMap<(usize, usize, usize)>,
    /// Per table, the characters its headers are made of: narrow headers come out one character at a time.
    pub(crate) header_characters: Vec<CharSet>,
    /// Per table, the official words of its headers.
    header_words: Vec<Vec<String>>,
    /// The place of every row, in the form's order.
    pub(crate) places: Vec<RowPlace>,
    /// Whether documents number the rows as they like, and write units behind the labels: local versions of a form.
    has_free_numbers: bool,
}

/// What the official label of a row says of time, and what it denies.
#[derive(Debug)]
struct Official {
    times: Times,
    denials: Denials,
}

/// A column's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) table: usize,
    pub(crate) block: usize,
    pub(crate) column: usize,
    pub(crate) distinctive: bool,
}

impl Labels {
    /// Folds the labels of `form`.
    pub(crate) fn of(form: &Form) -> Self {
        let mut labels = Self {
            rows: WordMap::default(),
            prefixes: BTreeMap::new(),
            official: HashMap::new(),
            spellings: Vec::new(),
            similar: HashMap::new(),
            similar_chars_max: 0,
            endings: Endings::default(),
            columns: WordMap::default(),
            furniture: WordSet::default(),
            column_labels: HashMap::new(),
            groups: WordMap::default(),
            header_characters: Vec::new(),
            header_words: Vec::new(),
            places: Vec::new(),
            has_free_numbers: !form.is_prescribed,
        };
        for (table_index, table) in form.tables.iter().enumerate() {
            labels.add_headers(table_index, table);
            for (block_index, block) in table.blocks.iter().enumerate() {
                for (row_index, row) in block.rows.iter().enumerate() {
                    let place = RowPlace { table: table_index, block: block_index, row: row_index };
                    labels.places.push(place);
                    labels.add_row(place, row, block);
                }
            }
        }
        labels.spellings.sort_by_key(|(_, spelling)| spelling.len());
        labels
    }

    fn add_headers(&mut self, table_index: usize, table: &Table) {
        let mut characters = Vec::new();
        let mut words_of_table: Vec<String> = Vec::new();
        for (block_index, block) in table.blocks.iter().enumerate() {
            for words in block.banners.iter().chain(&block.header_labels) {
                let folded = fold(words);
                characters.extend(folded.chars());
                self.furniture.insert(folded);
            }
            for (column_index, column) in block.columns.iter().enumerate() {
                let header = Header {
                    table: table_index,
                    block: block_index,
                    column: column_index,
                    distinctive: column.distinctive,
                };
                for group in &column.groups {
                    self.groups.entry(fold(group)).or_insert((table_index, block_index, column_index));
                }
                for words in column.groups.iter().chain(column.labels.first()) {
                    let folded = fold(words);
                    if !words_of_table.contains(&folded) {
                        words_of_table.push(folded.clone());
                    }
                    characters.extend(folded.chars());
                    self.furniture.insert(folded);
                }
                let own_labels = self.column_labels.entry((table_index, block_index)).or_default();
                own_labels.extend(column.labels.iter().map(|words| (column_index, fold(words))));
                for words in &column.labels {
                    for folded in [fold(words), fold_without_notes(words)] {
                        characters.extend(folded.chars());
                        self.furniture.insert(folded.clone());
                        self.endings.note(&folded);
                        let headers = self.columns.entry(folded).or_default();
                        if !headers.contains(&header) {
                            headers.push(header);
                        }
                    }
                }
            }
        }
        self.furniture.extend(table.headings.iter().map(|heading| fold(heading)));
        self.header_characters.push(characters.into_iter().collect());
        self.header_words.push(words_of_table);
    }

    fn add_row(&mut self, place: RowPlace, row: &FormRow, block: &TableBlock) {
        let official = row.labels.first();
        // The list number of the official wording, such as `一` or `3`: aliases are written without.
        let number: String = official.map(|label| list_number(label)).unwrap_or_default();
        // Labels it may be written behind in one breath: each tail of its banners.
        let mut before: Vec<Vec<String>> = vec![vec![String::new()]];
        for banner in row.banners.iter().rev() {
            // A row names its banners by their first wording.
            let labels = block.row_banners.iter().find(|known| known.labels.first() == Some(banner));
            let words: Vec<String> = labels.map_or_else(
                || vec![fold(banner)],
                |known| known.labels.iter().map(|words| fold(words)).collect(),
            );
            self.furniture.extend(words.iter().cloned());
            let tails = before.last().cloned().unwrap_or_default();
            before.push(
                words
                    .iter()
                    .flat_map(|words| tails.iter().map(move |tail| format!("{words}{tail}")))
                    .collect(),
            );
        }
        for (index, label) in row.labels.iter().enumerate() {
            let whole = fold(label);
            let bare = fold(&label[list_number_bytes(label)..]);
            let plain = fold_without_notes(&label[list_number_bytes(label)..]);
            let numbered = if index == 0 { whole.clone() } else { format!("{number}{bare}") };
            for tail in before.iter().flatten() {
                self.add_words(format!("{tail}{numbered}"), place, EXACT);
                self.add_words(format!("{tail}{number}{plain}"), place, NUMBERED);
                self.add_words(format!("{tail}{bare}"), place, PLAIN);
                self.add_words(format!("{tail}{plain}"), place, PLAIN - 5);
            }
            if index == 0 {
                let official = Official { times: Times::of(&bare), denials: Denials::of(&bare) };
                self.official.insert(place, official);
            }
            // Beside a wrong character, what converters to traditional script put for 文件 is not known for that.
            let converted = [&numbered, &bare, &plain].map(|spelling| spelling.replace("文件", "档案"));
            for spelling in [&numbered, &bare, &plain].into_iter().chain(&converted) {
                let is_known = self.spellings.iter().any(|(of, known)| *of == place && known == spelling);
                if MISSPELT_CHARS_MIN <= spelling.chars().count() && !is_known {
                    self.spellings.push((place, spelling.clone()));
                }
            }
            self.prefixes.entry(numbered).or_insert(place);
            self.prefixes.entry(bare.clone()).or_insert(place);
            let pairs = Pairs::of(&bare);
            self.similar_chars_max = self.similar_chars_max.max(pairs.chars());
            self.similar.entry(place).or_default().push(pairs);
        }
    }

    fn add_words(&mut self, words: String, place: RowPlace, quality: Quality) {
        if words.is_empty() {
            return;
        }
        self.endings.note(&words);
        let matches = self.rows.entry(words).or_default();
        match matches.iter_mut().find(|(known, _)| *known == place) {
            Some((_, known)) => *known = (*known).max(quality),
            None => matches.push((place, quality)),
        }
    }

    /// Rows whose label is exactly these folded words.
    pub(crate) fn exact(&self, folded: &str) -> &[(RowPlace, Quality)] {
        if !self.endings.may_be(folded) {
            return &[];
        }
        self.rows.get(folded).map_or(&[], Vec::as_slice)
    }

    /// Rows whose label is these folded words; for a form of local versions, whatever number or 其中 stands before it, and
    /// whatever unit behind.
    pub(crate) fn rows_of(&self, folded: &str) -> &[(RowPlace, Quality)] {
        let exact = self.exact(folded);
        if !exact.is_empty() || !self.has_free_numbers {
            return exact;
        }
        let bare = folded.trim_start_matches(is_numeral);
        let bare = bare.strip_prefix("其中").unwrap_or(bare).trim_start_matches(is_numeral);
        let known = if bare.len() < folded.len() { self.exact(bare) } else { &[] };
        if !known.is_empty() {
            return known;
        }
        UNITS_BEHIND_LABELS
            .iter()
            .filter_map(|unit| bare.strip_suffix(unit))
            .map(|bare| self.exact(bare.strip_suffix("单位").unwrap_or(bare)))
            .find(|known| !known.is_empty())
            .unwrap_or(&[])
    }

    /// The row of which these folded words are the beginning of the label, if only one row's label begins so.
    pub(crate) fn clipped(&self, folded: &str) -> Option<(RowPlace, Quality)> {
        if folded.chars().count() < CLIPPED_CHARS_MIN {
            return None;
        }
        let mut places = self
            .prefixes
            .range::<str, _>((std::ops::Bound::Included(folded), std::ops::Bound::Unbounded))
            .take_while(|(label, _)| label.starts_with(folded))
            .map(|(_, place)| *place);
        let first = places.next()?;
        places.all(|place| place == first).then_some((first, CLIPPED))
    }

    /// Whether these folded words are the beginning of a label of `place`, or all of it, banners included.
    pub(crate) fn begins(&self, folded: &str, place: RowPlace) -> bool {
        let from = (std::ops::Bound::Included(folded), std::ops::Bound::Unbounded);
        let mut known =
            self.prefixes.range::<str, _>(from).take_while(|(label, _)| label.starts_with(folded));
        known.any(|(_, known)| *known == place) || self.exact(folded).iter().any(|(known, _)| *known == place)
    }

    /// Those of `places` whose label these folded words reword, with how well they match.
    pub(crate) fn similar<'a>(
        &'a self,
        folded: &str,
        places: &'a [RowPlace],
    ) -> impl Iterator<Item = (RowPlace, Quality)> + 'a {
        let bare = folded.trim_start_matches(|c: char| c.is_ascii_digit());
        let chars = bare.chars().count();
        // 行政复议 over the rows of a chapter is not 行政复议数.
        let is_chapter = self.has_free_numbers && self.furniture.contains(bare);
        // Twice as long as any label, and nothing of it could be.
        let may_be_similar = (CLIPPED_CHARS_MIN..=2 * self.similar_chars_max + 2).contains(&chars);
        let words = (may_be_similar && !is_chapter).then(|| Pairs::of(bare));
        let (times, denials) = (Times::of(bare), Denials::of(bare));
        // Its number, too, tells a row: 1属于国家秘密.
        let without_number = || self.misspelt(bare).filter(|_| bare.len() < folded.len());
        let misspelt = self.misspelt(folded).or_else(without_number);
        places.iter().filter_map(move |&place| {
            let words = words.as_ref();
            // 上年新收 is similar to 本年新收, and is something else.
            if self.official.get(&place).is_some_and(|own| {
                times.are_others_than(own.times) || (self.has_free_numbers && denials != own.denials)
            }) {
                return None;
            }
            if misspelt == Some(place) {
                return Some((place, SIMILAR));
            }
            let words = words?;
            let alike = |label: &Pairs| {
                let similarity = words.similarity(label);
                // In a short label one other word makes another thing: 其他规范性文件.
                let enough =
                    if label.chars() < SHORT_LABEL_CHARS { SHORT_SIMILARITY_MIN } else { SIMILARITY_MIN };
                (enough <= similarity).then_some(similarity)
            };
            let best = self.similar.get(&place)?.iter().filter_map(alike).max()?;
            Some((place, SIMILAR * best / 100))
        })
    }

    /// What the official label of a row says of time.
    pub(crate) fn times_of(&self, place: RowPlace) -> Times {
        self.official.get(&place).map_or_else(Times::default, |official| official.times)
    }

    /// The wordings of a row's label that are long enough to be told with one wrong character.
    pub(crate) fn spellings_of(&self, place: RowPlace) -> impl Iterator<Item = &str> {
        self.spellings.iter().filter(move |(of, _)| *of == place).map(|(_, spelling)| spelling.as_str())
    }

    /// The row whose label these folded words are but for one wrong character, which is no number and no word that says
    /// the opposite; a long label may lack its last characters as well. None where it may be several rows'.
    fn misspelt(&self, words: &str) -> Option<RowPlace> {
        let chars = words.chars().count();
        if chars < MISSPELT_CHARS_MIN {
            return None;
        }
        // In bytes, by which the spellings are sorted.
        let lacks_max = if chars < MISSPELT_CLIPPED_MIN { 0 } else { MISSPELT_LACKS_MAX };
        let begin = self.spellings.partition_point(|(_, own)| own.len() < words.len());
        let long_enough = self.spellings.get(begin..).unwrap_or_default().iter();
        let as_long = long_enough.take_while(|(_, own)| own.len() <= words.len() + lacks_max);
        let is_alike = |own: &str| {
            is_alike_but_for_one(own, words)
                && Denials::of(words) == Denials::of(own)
                && !says_another_time(words, own)
        };
        let mut alike = as_long.filter(|(_, own)| is_alike(own)).map(|(place, _)| *place);
        let first = alike.next();
        first.filter(|first| alike.all(|other| other == *first))
    }

    /// The columns of a block that this folded header may stand over: those it heads, or the first of its group's.
    pub(crate) fn columns_under(&self, folded: &str, table: usize, block: usize) -> Vec<usize> {
        let own = self.headers(folded).iter().filter(|header| (header.table, header.block) == (table, block));
        let mut columns: Vec<usize> = own.map(|header| header.column).collect();
        columns.extend(
            self.groups.get(folded).filter(|group| (group.0, group.1) == (table, block)).map(|group| group.2),
        );
        columns
    }

    /// Whether a group of a block's columns has a header that begins with these folded words.
    pub(crate) fn begins_group(&self, folded: &str, table: usize, block: usize) -> bool {
        let is_own = |group: &(usize, usize, usize)| (group.0, group.1) == (table, block);
        !folded.is_empty()
            && self.groups.iter().any(|(words, group)| is_own(group) && words.starts_with(folded))
    }

    /// The columns with this folded header.
    pub(crate) fn headers(&self, folded: &str) -> &[Header] {
        if !self.endings.may_be(folded) {
            return &[];
        }
        self.columns.get(folded).map_or(&[], Vec::as_slice)
    }

    /// The one column of a block whose header begins with these folded words and goes on.
    pub(crate) fn column_begun(&self, folded: &str, block: (usize, usize)) -> Option<usize> {
        let goes_on = |label: &str| folded.len() < label.len() && label.starts_with(folded);
        let labels = self.column_labels.get(&block).map_or(&[][..], Vec::as_slice).iter();
        let mut begun = labels.filter(|(_, label)| goes_on(label)).map(|(column, _)| *column);
        let first = begun.next()?;
        begun.all(|column| column == first).then_some(first)
    }

    /// Whether these folded words, put together, are a header of columns.
    pub(crate) fn is_header_in_two(&self, first: &str, second: &str) -> bool {
        let may_be = self.endings.may_end(first.len() + second.len(), second);
        may_be && self.columns.contains_key([first, second].concat().as_str())
    }

    /// All folded headers with their columns.
    pub(crate) fn all_headers(&self) -> impl Iterator<Item = (&str, &[Header])> {
        self.columns.iter().map(|(words, headers)| (words.as_str(), headers.as_slice()))
    }

    /// The official words of a table's column headers and their groups, folded.
    pub(crate) fn header_words(&self, table: usize) -> impl Iterator<Item = &str> {
        self.header_words.get(table).into_iter().flatten().map(String::as_str)
    }
}

/// Whether one of two wordings begins like the other but for one wrong character, which is no number in either.
fn is_alike_but_for_one(own: &str, words: &str) -> bool {
    let mut same = own.bytes().zip(words.bytes()).take_while(|(own, found)| own == found).count();
    // The characters may have begun alike.
    while !own.is_char_boundary(same) {
        same -= 1;
    }
    let mut behind = own.get(same..).unwrap_or_default().chars();
    let mut found = words.get(same..).unwrap_or_default().chars();
    let (Some(right), Some(wrong)) = (behind.next(), found.next()) else { return false };
    let (behind, found) = (behind.as_str().as_bytes(), found.as_str().as_bytes());
    let common = behind.len().min(found.len());
    behind[..common] == found[..common] && !is_numeral(right) && !is_numeral(wrong)
}

/// Which words that deny, or turn what they stand with into something else, stand among others: 未按时办结数 is the opposite of
/// 按时办结数, and 失效件数 of 有效件数.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Denials([bool; 10]);

impl Denials {
    fn of(words: &str) -> Self {
        Self(
            ["不", "未", "非", "无", "否", "失效", "废止", "逾期", "率", "直接"]
                .map(|word| words.contains(word)),
        )
    }
}

/// Whether words deny what others say, or turn it into something else.
pub(crate) fn says_the_opposite(words: &str, own: &str) -> bool {
    Denials::of(words) != Denials::of(own)
}

/// A set of (length, last byte).
#[derive(Debug)]
pub(crate) struct Endings(Vec<bool>);

impl Default for Endings {
    fn default() -> Self {
        Self(vec![false; (LABEL_BYTES_MAX + 1) << 8])
    }
}

impl Endings {
    fn at(len: usize, end: &str) -> Option<usize> {
        Some(len << 8 | usize::from(*end.as_bytes().last()?))
    }

    pub(crate) fn note(&mut self, words: &str) {
        if let Some(known) = Self::at(words.len(), words).and_then(|at| self.0.get_mut(at)) {
            *known = true;
        }
    }

    /// Whether words of this length that end so are in the set.
    #[inline]
    pub(crate) fn may_be(&self, words: &str) -> bool {
        self.may_end(words.len(), words)
    }

    /// Whether words of `len` bytes that end with `end` are in the set.
    #[inline]
    fn may_end(&self, len: usize, end: &str) -> bool {
        Self::at(len, end).and_then(|at| self.0.get(at)).copied().unwrap_or(false)
    }
}

/// The bytes of the list number that `label` begins with, its punctuation included; 0 where it has none.
pub(crate) fn list_number_bytes(label: &str) -> usize {
    let open = |c: char| matches!(c, '（' | '(');
    let close = |c: char| matches!(c, '）' | ')' | '、' | '.' | '．' | ' ' | '，' | ',');
    let rest = label.trim_start_matches(open);
    let digits = rest.trim_start_matches(is_numeral);
    if digits.len() == rest.len() {
        return 0;
    }
    let after = digits.trim_start_matches(close);
    if after.len() == digits.len() { 0 } else { label.len() - after.len() }
}

fn list_number(label: &str) -> String {
    fold(&label[..list_number_bytes(label)])
}

/// A folded text as its pairs of adjacent characters, for a comparison that forgives a wrong, missing or added one.
#[derive(Debug)]
pub(crate) struct Pairs(Vec<(char, char)>);

impl Pairs {
    pub(crate) fn of(folded: &str) -> Self {
        let mut pairs: Vec<_> = folded.chars().zip(folded.chars().skip(1)).collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The pairs, sorted.
    pub(crate) fn all(&self) -> &[(char, char)] {
        &self.0
    }

    /// Number of characters of the text.
    pub(crate) fn chars(&self) -> usize {
        self.0.len() + 1
    }

    /// The Dice coefficient in hundredths; 0 for texts whose lengths alone make them unlike.
    pub(crate) fn similarity(&self, other: &Self) -> u32 {
        let (left, right) = (&self.0, &other.0);
        if left.len() * 3 / 2 + 1 < right.len() || right.len() * 3 / 2 + 1 < left.len() {
            return 0;
        }
        let (mut i, mut j, mut common) = (0, 0, 0u32);
        while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
            }
        }
        let total = (left.len() + right.len()) as u32;
        (200 * common).checked_div(total).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_numbers_are_told_from_words() {
        assert_eq!(list_number("（三）不予公开"), "三");
        assert_eq!(list_number("1.属于国家秘密"), "1");
        assert_eq!(list_number("2、其他"), "2");
        assert_eq!(list_number("一、本年新收"), "一");
        assert_eq!(list_number("三类内部事务"), "");
        assert_eq!(list_number("规章"), "");
    }

    #[test]
    fn a_wrong_character_leaves_words_similar() {
        let similarity = |left, right| Pairs::of(left).similarity(&Pairs::of(right));
        assert!(SIMILARITY_MIN <= similarity("保护第三方合法权益", "保护第三方合法利益"));
        assert!(similarity("重复申请", "不予公开") < SIMILARITY_MIN);
    }
}
