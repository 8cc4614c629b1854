//! What a query is true of.

use crate::parse::{Node, Query};
use memchr::memmem::Finder;

/// A query, ready to be held against many reports.
#[derive(Debug)]
pub struct Matcher {
    pub(crate) root: Node,
    pub(crate) terms: Vec<Wanted>,
}

/// A term with what finds it.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) finder: Finder<'static>,
    /// Whether it is looked for, not excluded.
    pub(crate) is_wanted: bool,
}

impl Matcher {
    /// For a query.
    pub fn of(query: &Query) -> Self {
        let wanted = |term: &crate::parse::Term| Wanted {
            finder: Finder::new(term.folded.as_bytes()).into_owned(),
            is_wanted: term.is_wanted,
        };
        Self { root: query.root.clone(), terms: query.terms.iter().map(wanted).collect() }
    }

    /// Whether the query is true of a report with these folded texts.
    pub fn admits<T: AsRef<str>>(&self, folded: &[T]) -> bool {
        self.holds(&self.root, folded)
    }

    fn holds<T: AsRef<str>>(&self, node: &Node, folded: &[T]) -> bool {
        match node {
            Node::All(nodes) => nodes.iter().all(|node| self.holds(node, folded)),
            Node::Any(nodes) => nodes.iter().any(|node| self.holds(node, folded)),
            Node::Not(node) => !self.holds(node, folded),
            Node::Term(index) => self.terms.get(*index).is_some_and(|term| {
                folded.iter().any(|text| term.finder.find(text.as_ref().as_bytes()).is_some())
            }),
        }
    }
}
