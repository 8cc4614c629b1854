//! The words of all forms as one tree of characters, built when the first document with joined cells comes along.

use crate::charset::CharSet;
use crate::fold::{fold, fold_char, fold_without_notes, is_numeral};
use crate::trie::Trie;
use gongkai_forms::{Form, Table};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a word of the forms may be; several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    roles: u8,
    /// The rows of a header in which it may stand, as bits.
    levels: u8,
    /// Which groups of columns it heads, and which ones it stands right under, as bits.
    groups: u32,
    under: u32,
}

const ROW: u8 = 1;
const HEADER: u8 = 2;
const BANNER: u8 = 4;
const HEADING: u8 = 8;

impl Kind {
    /// The label of a row.
    pub(super) fn is_row(self) -> bool {
        self.roles & ROW != 0
    }

    /// The header of columns.
    pub(super) fn is_header(self) -> bool {
        self.roles & HEADER != 0
    }

    /// A label over several rows.
    pub(super) fn is_banner(self) -> bool {
        self.roles & BANNER != 0
    }

    /// The heading of a section.
    pub(super) fn is_heading(self) -> bool {
        self.roles & HEADING != 0
    }

    /// The rows of a header in which it may stand, as bits.
    pub(super) fn levels(self) -> u8 {
        self.levels
    }

    /// Whether it heads a column of the group that `group` heads.
    pub(super) fn is_under(self, group: Self) -> bool {
        self.under & group.groups != 0
    }
}

/// A word found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Bytes of text that it takes.
    pub(super) bytes: usize,
    pub(super) kind: Kind,
}

/// The words by their folded characters.
#[derive(Debug)]
pub(super) struct Words(Trie<Kind>);

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut vocabulary = Vocabulary::default();
    gongkai_forms::all().iter().for_each(|form| vocabulary.add_form(form));
    Words(Trie::new(vocabulary.kinds.iter().map(|(word, kind)| (word.as_str(), *kind))))
});

/// What the words of all forms are, by their folded form.
#[derive(Debug, Default)]
struct Vocabulary {
    kinds: BTreeMap<String, Kind>,
    /// The groups of columns seen, in order.
    groups: Vec<String>,
}

/// Behind a number in running text these are units, or parts of dates.
const UNITS: &str = "件条项个次部篇宗起份人家期年月日号时分名";

/// Characters that end a label or a header, and characters that may stand behind the digits of a row.
static EDGES: LazyLock<(CharSet, CharSet)> = LazyLock::new(|| {
    let mut ends: Vec<char> = "）)”\"：:".chars().collect();
    let mut begins: Vec<char> = "（(《“\"".chars().collect();
    let mut note = |word: &str| {
        let significant = || word.chars().filter(|&c| fold_char(c).is_some());
        ends.extend(significant().next_back());
        begins.extend(significant().next());
        begins.extend(word.chars().find(|&c| fold_char(c).is_some() && !is_numeral(c)));
    };
    for form in gongkai_forms::all() {
        form.sections.iter().flat_map(|section| &section.headings).for_each(|heading| note(heading));
        for block in form.tables.iter().flat_map(|table| &table.blocks) {
            block.banners.iter().chain(&block.header_labels).for_each(|word| note(word));
            block.row_banners.iter().flat_map(|banner| &banner.labels).for_each(|word| note(word));
            block.rows.iter().flat_map(|row| &row.labels).for_each(|word| note(word));
            block.columns.iter().flat_map(|column| &column.labels).for_each(|word| note(word));
        }
    }
    ends.extend(UNITS.chars().chain(['元']));
    begins.extend("一二三四五六七八九十".chars());
    begins.retain(|c| !UNITS.contains(*c));
    (ends.into_iter().collect(), begins.into_iter().collect())
});

/// The words of all forms.
pub(super) fn words() -> &'static Words {
    &WORDS
}

/// Whether a label or its unit may end with `character`.
pub(super) fn is_label_end(character: char) -> bool {
    EDGES.0.contains(character)
}

/// The last headers of tables whose rows have no labels.
static LAST_HEADERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let blocks = gongkai_forms::all().iter().flat_map(|form| &form.tables).flat_map(|table| &table.blocks);
    let unlabelled = blocks.filter(|block| block.rows.iter().any(|row| row.labels.is_empty()));
    let last = unlabelled.filter_map(|block| block.columns.last());
    last.flat_map(|column| &column.labels).map(String::as_str).collect()
});

/// Whether `text` ends with the last header of a table whose rows have no labels, right behind other words.
pub(super) fn ends_header(text: &str) -> bool {
    let before = LAST_HEADERS.iter().find_map(|header| text.strip_suffix(header));
    before.is_some_and(|before| before.ends_with(|c: char| !c.is_ascii()))
}

/// Whether words of a form may begin with `character`, list numbers and brackets included.
pub(super) fn may_begin_words(character: char) -> bool {
    EDGES.1.contains(character)
}

/// Whether `character` behind a number makes it a quantity or the end of a sentence's part.
pub(super) fn may_end_quantity(character: char) -> bool {
    UNITS.contains(character) || "，。；、,;:：%％元万亿余多".contains(character)
}

impl Vocabulary {
    fn add_form(&mut self, form: &Form) {
        let heading = Kind { roles: HEADING, ..Kind::default() };
        form.sections.iter().flat_map(|section| &section.headings).for_each(|words| self.add(words, heading));
        form.tables.iter().for_each(|table| self.add_table(table));
    }

    fn add_table(&mut self, table: &Table) {
        let role = |roles| Kind { roles, ..Kind::default() };
        for block in &table.blocks {
            block.banners.iter().chain(&block.header_labels).for_each(|word| self.add(word, Kind::default()));
            for banner in block.row_banners.iter().flat_map(|banner| &banner.labels) {
                self.add_numbered(banner, role(BANNER));
            }
            for label in block.rows.iter().flat_map(|row| &row.labels) {
                self.add_numbered(label, role(ROW));
            }
            for column in &block.columns {
                let bits: Vec<u32> = column.groups.iter().map(|group| self.group(group)).collect();
                let levels = 1 << column.groups.len().min(7);
                let leaf =
                    Kind { roles: HEADER, levels, under: bits.last().copied().unwrap_or(0), groups: 0 };
                column.labels.iter().for_each(|label| self.add(label, leaf));
                for (level, (group, &groups)) in column.groups.iter().zip(&bits).enumerate() {
                    self.add(group, Kind { roles: HEADER, levels: 1 << level.min(7), groups, under: 0 });
                }
            }
        }
    }

    /// The bit of a group of columns.
    fn group(&mut self, group: &str) -> u32 {
        let known = self.groups.iter().position(|known| known == group);
        let at = known.unwrap_or_else(|| {
            self.groups.push(group.to_owned());
            self.groups.len() - 1
        });
        1 << at.min(31)
    }

    /// Adds a label with and without its list number.
    fn add_numbered(&mut self, label: &str, kind: Kind) {
        self.add(label, kind);
        // A note may be left out, its list number with it.
        let plain = fold_without_notes(label);
        self.add(plain.trim_start_matches(is_numeral), kind);
        self.add(&plain, kind);
        let rest = label.trim_start_matches(['（', '(']).trim_start_matches(is_numeral);
        if let Some(bare) = rest.strip_prefix(['）', ')', '、', '.']).filter(|_| rest.len() < label.len()) {
            self.add(bare, kind);
        }
    }

    fn add(&mut self, word: &str, kind: Kind) {
        let folded = fold(word);
        if folded.is_empty() {
            return;
        }
        let known = self.kinds.entry(folded).or_default();
        known.roles |= kind.roles;
        known.levels |= kind.levels;
        known.groups |= kind.groups;
        known.under |= kind.under;
    }
}

/// Whether `character` may stand before a word and belong to it.
fn opens(character: char) -> bool {
    matches!(character, '（' | '(' | '《' | '“')
}

impl Words {
    /// Whether a word may begin with `character`.
    pub(super) fn may_begin(&self, character: char) -> bool {
        match fold_char(character) {
            Some(folded) => self.0.first(folded).is_some(),
            None => opens(character),
        }
    }

    /// The longest word that `text` begins with. White space and punctuation inside it count for nothing.
    pub(super) fn longest(&self, text: &str) -> Option<Word> {
        let mut node = None;
        let mut found = None;
        for (offset, character) in text.char_indices() {
            let Some(folded) = fold_char(character) else {
                // A word begins with a character of its own, or with the bracket of its list number.
                if node.is_none() && !opens(character) {
                    return None;
                }
                if matches!(character, '。' | '；') {
                    break;
                }
                continue;
            };
            let next = node.map_or_else(|| self.0.first(folded), |node| self.0.next(node, folded));
            let Some(next) = next else { break };
            node = Some(next);
            if let Some(&kind) = self.0.word(next) {
                found = Some(Word { bytes: offset + character.len_utf8(), kind });
            }
        }
        found
    }
}
