//! Words as a tree of their characters, built once and walked without hashing.

use std::collections::BTreeMap;

/// Words by their characters. A node's children stand side by side.
#[derive(Debug)]
pub(crate) struct Trie<T> {
    /// The node of each first character in the plane of everyday characters; 0 for none.
    roots: Vec<u16>,
    nodes: Vec<Node>,
    edges: Vec<(char, u16)>,
    payloads: Vec<T>,
}

/// A place in the tree: what is left of the words that begin with the characters so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Node {
    /// One bit for each of 64 kinds of characters that stand on an edge.
    kinds: u64,
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

fn kind(character: char) -> u64 {
    1 << (character as u32 % u64::BITS)
}

impl<T> Trie<T> {
    /// The tree of `words`, each with what it stands for. Of two equal words the later one counts.
    pub(crate) fn new<'a>(words: impl Iterator<Item = (&'a str, T)>) -> Self {
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
        debug_assert!(payloads.len() < usize::from(u16::MAX), "words are counted in 16 bits");
        let mut trie =
            Self { roots: vec![0; 0x1_0000], nodes: vec![Node::default()], edges: Vec::new(), payloads };
        for (character, child) in &root.children {
            let index = trie.add(child);
            if let Some(place) = trie.roots.get_mut(*character as usize) {
                *place = index;
            }
        }
        debug_assert!(trie.nodes.len() < usize::from(u16::MAX), "nodes are counted in 16 bits");
        trie
    }

    /// Adds a node with all below it. As deep as the longest word.
    fn add(&mut self, growing: &Growing) -> u16 {
        let children: Vec<(char, u16)> =
            growing.children.iter().map(|(character, child)| (*character, self.add(child))).collect();
        let node = Node {
            kinds: children.iter().fold(0, |kinds, (character, _)| kinds | kind(*character)),
            first_edge: self.edges.len() as u32,
            edges: children.len() as u16,
            word: growing.word,
        };
        self.edges.extend(children);
        self.nodes.push(node);
        (self.nodes.len() - 1) as u16
    }

    /// Where the words stand that begin with `character`.
    #[inline]
    pub(crate) fn first(&self, character: char) -> Option<Node> {
        let root = *self.roots.get(character as usize).filter(|&&node| node != 0)?;
        self.nodes.get(usize::from(root)).copied()
    }

    /// Where those stand that go on with `character`.
    #[inline]
    pub(crate) fn next(&self, node: Node, character: char) -> Option<Node> {
        if node.kinds & kind(character) == 0 {
            return None;
        }
        let from = node.first_edge as usize;
        let edges = self.edges.get(from..from + usize::from(node.edges))?;
        let place = match edges {
            [] => return None,
            [(only, _)] => (*only == character).then_some(0)?,
            _ => edges.binary_search_by_key(&character, |(edge, _)| *edge).ok()?,
        };
        self.nodes.get(usize::from(edges.get(place)?.1)).copied()
    }

    /// What the word that ends at `node` stands for.
    #[inline]
    pub(crate) fn word(&self, node: Node) -> Option<&T> {
        self.payloads.get(usize::from(node.word).checked_sub(1)?)
    }

    /// The longest word at the beginning of `text`: its length in characters, and what it stands for.
    pub(crate) fn longest(&self, text: &[char]) -> Option<(usize, &T)> {
        let (first, rest) = text.split_first()?;
        let mut node = self.first(*first)?;
        let mut found = (node.word != 0).then_some((1, node));
        for (index, character) in rest.iter().enumerate() {
            let Some(next) = self.next(node, *character) else { break };
            node = next;
            if node.word != 0 {
                found = Some((index + 2, node));
            }
        }
        let (len, node) = found?;
        Some((len, self.word(node)?))
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
}
