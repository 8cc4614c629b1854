//! The vocabulary of the running text as tries over characters, built once.

use gongkai_forms::{Classes, UnitGroups};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a word of the vocabulary is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Word {
    /// The classes it belongs to.
    pub(crate) classes: Classes,
    /// Whether it holds a numeral and counts nothing.
    pub(crate) is_set_phrase: bool,
}

/// A unit that may follow a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    pub(crate) groups: UnitGroups,
    pub(crate) after_numerals: bool,
    pub(crate) not_before: &'static str,
}

/// Classes that the code itself asks for, by name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) this_year: Classes,
    pub(crate) last_year: Classes,
    pub(crate) since: Classes,
    pub(crate) until: Classes,
    pub(crate) compared: Classes,
    pub(crate) change: Classes,
    pub(crate) future: Classes,
    pub(crate) share: Classes,
    pub(crate) elsewhere: Classes,
    pub(crate) whole: Classes,
    pub(crate) own_area: Classes,
    pub(crate) own_level: Classes,
    pub(crate) own_organ: Classes,
    pub(crate) organ_suffix: Classes,
    pub(crate) lower_levels: Classes,
    pub(crate) conjunction: Classes,
    pub(crate) listing: Classes,
    pub(crate) respectively: Classes,
    pub(crate) anew: Classes,
    pub(crate) etc: Classes,
    pub(crate) website: Classes,
    pub(crate) denial: Classes,
    pub(crate) denial_verb: Classes,
    pub(crate) media: Classes,
    pub(crate) neutral: Classes,
    /// Media that are meant only outside of quotation marks.
    pub(crate) unquoted: Classes,
    /// Every class that some pattern has as its verb.
    pub(crate) verbs: Classes,
    /// Every class that says something of time, owner, coverage or parts.
    pub(crate) telling: Classes,
}

/// The vocabulary, ready for reading a text once.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) words: Trie<Word>,
    pub(crate) units: Trie<Unit>,
    pub(crate) named: Named,
}

/// The one vocabulary.
pub(crate) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let narrative = gongkai_forms::narrative();
    let mut words: BTreeMap<&str, Word> = BTreeMap::new();
    for (text, classes) in &narrative.words {
        words.entry(text).or_default().classes |= classes;
    }
    for phrase in &narrative.set_phrases {
        words.entry(phrase).or_default().is_set_phrase = true;
    }
    let units = narrative.units.iter().map(|unit| {
        let entry = Unit {
            groups: unit.groups,
            after_numerals: unit.after_numerals,
            not_before: unit.not_before.as_str(),
        };
        (unit.text.as_str(), entry)
    });
    let class = |name| narrative.class(name);
    let patterns = gongkai_forms::indicators().iter().flat_map(|indicator| &indicator.patterns);
    let telling = [
        "this_year",
        "since",
        "share",
        "whole",
        "own_area",
        "own_level",
        "own_organ",
        "elsewhere",
        "lower_levels",
        "organ_suffix",
        "conjunction",
    ];
    let named = Named {
        telling: telling.iter().fold(0, |mask, name| mask | class(name)),
        this_year: class("this_year"),
        last_year: class("last_year"),
        since: class("since"),
        until: class("until"),
        compared: class("compared"),
        change: class("change"),
        future: class("future"),
        share: class("share"),
        elsewhere: class("elsewhere"),
        whole: class("whole"),
        own_area: class("own_area"),
        own_level: class("own_level"),
        own_organ: class("own_organ"),
        organ_suffix: class("organ_suffix"),
        lower_levels: class("lower_levels"),
        conjunction: class("conjunction"),
        listing: class("listing"),
        respectively: class("respectively"),
        anew: class("anew"),
        etc: class("etc"),
        website: class("website"),
        denial: class("denial"),
        denial_verb: class("denial_verb"),
        media: narrative.media,
        neutral: narrative.neutral,
        unquoted: class("other_media") | class("new_media"),
        verbs: patterns.fold(0, |mask, pattern| mask | pattern.verb),
    };
    Lexicon { words: Trie::new(words.into_iter()), units: Trie::new(units), named }
});

/// Words by their characters. A node's children stand side by side.
#[derive(Debug)]
pub(crate) struct Trie<T> {
    /// The node of each first character in the plane of everyday characters; 0 for none.
    roots: Vec<u16>,
    nodes: Vec<Node>,
    edges: Vec<(char, u16)>,
    payloads: Vec<T>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    first_edge: u32,
    edges: u16,
    /// Place of the word that ends here, counted from 1; 0 for none.
    word: u16,
}

#[derive(Debug, Default)]
struct Growing {
    children: BTreeMap<char, Growing>,
    word: u16,
}

impl<T> Trie<T> {
    fn new<'a>(words: impl Iterator<Item = (&'a str, T)>) -> Self {
        let mut root = Growing::default();
        let mut payloads = Vec::new();
        for (text, payload) in words {
            payloads.push(payload);
            let mut node = &mut root;
            for character in text.chars() {
                node = node.children.entry(character).or_default();
            }
            node.word = payloads.len() as u16;
        }
        let mut trie =
            Self { roots: vec![0; 0x1_0000], nodes: vec![Node::default()], edges: Vec::new(), payloads };
        for (character, child) in &root.children {
            let index = trie.add(child);
            if let Some(place) = trie.roots.get_mut(*character as usize) {
                *place = index;
            }
        }
        trie
    }

    /// Adds a node with all below it. As deep as the longest word.
    fn add(&mut self, growing: &Growing) -> u16 {
        let children: Vec<(char, u16)> =
            growing.children.iter().map(|(character, child)| (*character, self.add(child))).collect();
        let node =
            Node { first_edge: self.edges.len() as u32, edges: children.len() as u16, word: growing.word };
        self.edges.extend(children);
        self.nodes.push(node);
        (self.nodes.len() - 1) as u16
    }

    /// The longest word at the beginning of `text`: its length in characters, and what it is.
    pub(crate) fn longest(&self, text: &[char]) -> Option<(usize, &T)> {
        let (first, rest) = text.split_first()?;
        let mut node =
            self.nodes.get(*self.roots.get(*first as usize).filter(|&&node| node != 0)? as usize)?;
        let mut found = (node.word != 0).then_some((1, node.word));
        for (index, character) in rest.iter().enumerate() {
            let from = node.first_edge as usize;
            let edges = self.edges.get(from..from + node.edges as usize)?;
            let Ok(place) = edges.binary_search_by_key(character, |(edge, _)| *edge) else { break };
            node = self.nodes.get(edges.get(place)?.1 as usize)?;
            if node.word != 0 {
                found = Some((index + 2, node.word));
            }
        }
        let (len, word) = found?;
        Some((len, self.payloads.get(word as usize - 1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_found() {
        let trie = Trie::new([("网站", 1), ("网站集群", 2), ("站", 3)].into_iter());
        let longest = |text: &str| {
            let text: Vec<char> = text.chars().collect();
            trie.longest(&text).map(|(len, payload)| (len, *payload))
        };
        assert_eq!(longest("网站集"), Some((2, 1)));
        assert_eq!(longest("网站集群发布"), Some((4, 2)));
        assert_eq!(longest("站点"), Some((1, 3)));
        assert_eq!(longest("集群"), None);
        assert_eq!(longest(""), None);
    }

    #[test]
    fn every_class_that_the_code_names_exists() {
        let named = format!("{:?}", LEXICON.named);
        assert!(!named.contains(": 0,") && !named.contains(": 0 }"), "{named}");
    }
}
