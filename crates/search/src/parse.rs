//! Reads a query.

use crate::gram::{Lookup, pairs};
use crate::lex::{Token, TokenKind, tokens};
use crate::{Limits, fold};
use std::fmt;

/// A query cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// The character at which it goes wrong, counted from 1.
    pub column: usize,
    /// What is wrong there, in words for whoever wrote it.
    pub problem: String,
}

impl QueryError {
    pub(crate) fn new(column: usize, problem: impl Into<String>) -> Self {
        Self { column, problem: problem.into() }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.problem)
    }
}

/// What is searched for.
///
/// ```text
/// 依申请公开 "征地补偿" OR "土地征收" -诉讼
/// ```
///
/// - A **word** is found where its characters stand beside each other, also as a part of a longer word. A **phrase** in quotation
///   marks is the same with spaces and parentheses in it.
/// - Terms beside each other, or joined by `AND`, all have to be found in the report; of terms joined by `OR` one has to. **`OR` binds
///   tighter than `AND`**, as in filters: `a b OR c` is `a AND (b OR c)`. `NOT` or `-` before a term leaves out reports that have
///   it. Parentheses group.
/// - At least one term that is looked for has two letters, digits or characters beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(crate) root: Node,
    pub(crate) terms: Vec<Term>,
    lookup: Lookup,
}

/// A word or phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) column: usize,
    pub(crate) folded: String,
    /// Whether it is looked for, not excluded.
    pub(crate) is_wanted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// The term of this index.
    Term(usize),
}

impl Query {
    /// Reads a query within limits.
    ///
    /// # Errors
    /// [`QueryError`], which names the column.
    pub fn parse(text: &str, limits: Limits) -> Result<Self, QueryError> {
        if limits.bytes_max < text.len() {
            let column = text.char_indices().filter(|(at, _)| *at < limits.bytes_max).count() + 1;
            let problem = format!("a query has at most {} bytes", limits.bytes_max);
            return Err(QueryError::new(column, problem));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, terms: Vec::new(), limits };
        let root = parser.all(0, true)?;
        match parser.peek() {
            (_, TokenKind::End) => {}
            (column, TokenKind::Close) => {
                return Err(QueryError::new(column, "nothing was opened that `)` could close"));
            }
            (column, found) => {
                return Err(QueryError::new(
                    column,
                    format!("expected the end, found {}", found.described()),
                ));
            }
        }
        let terms = parser.terms;
        let lookup = lookup(&root, &terms).ok_or_else(|| without_lookup(&terms))?;
        Ok(Self { root, terms, lookup })
    }

    /// What whatever answers the query has in an index.
    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }
}

/// Why nothing can be looked up: a term that is too short, else nothing but exclusions.
fn without_lookup(terms: &[Term]) -> QueryError {
    let short = terms.iter().find(|term| term.is_wanted && pairs(&term.folded).next().is_none());
    match (short, terms.first()) {
        (Some(term), _) => QueryError::new(
            term.column,
            "a single character cannot be looked up by itself; write two beside each other, or a longer word that has to be there, too",
        ),
        (None, first) => QueryError::new(
            first.map_or(1, |term| term.column),
            "what is left out needs something that is looked for beside it",
        ),
    }
}

fn lookup(node: &Node, terms: &[Term]) -> Option<Lookup> {
    match node {
        Node::All(nodes) => Lookup::all(nodes.iter().filter_map(|node| lookup(node, terms))),
        Node::Any(nodes) => {
            nodes.iter().map(|node| lookup(node, terms)).collect::<Option<Vec<_>>>().and_then(Lookup::any)
        }
        Node::Not(_) => None,
        Node::Term(index) => {
            let mut grams: Vec<_> = terms.get(*index).into_iter().flat_map(|it| pairs(&it.folded)).collect();
            grams.sort_unstable();
            grams.dedup();
            Lookup::all(grams.into_iter().map(Lookup::Gram))
        }
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    terms: Vec<Term>,
    limits: Limits,
}

impl Parser<'_> {
    fn peek(&self) -> (usize, &TokenKind) {
        // The last token is the end, and never passed.
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get(self.at.min(last)).map_or((1, &TokenKind::End), |token| (token.column, &token.kind))
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let is_it = self.peek().1 == kind;
        self.at += usize::from(is_it);
        is_it
    }

    fn all(&mut self, depth: usize, wanted: bool) -> Result<Node, QueryError> {
        let mut nodes = vec![self.any(depth, wanted)?];
        loop {
            let joined = self.take(&TokenKind::And);
            if !joined && matches!(self.peek().1, TokenKind::End | TokenKind::Close) {
                break;
            }
            nodes.push(self.any(depth, wanted)?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn any(&mut self, depth: usize, wanted: bool) -> Result<Node, QueryError> {
        let mut nodes = vec![self.one(depth, wanted)?];
        while self.take(&TokenKind::Or) {
            nodes.push(self.one(depth, wanted)?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn one(&mut self, depth: usize, wanted: bool) -> Result<Node, QueryError> {
        let (column, kind) = self.peek();
        let kind = kind.clone();
        if self.limits.depth_max <= depth && matches!(kind, TokenKind::Open | TokenKind::Not) {
            let problem = format!("at most {} parentheses and negations are nested", self.limits.depth_max);
            return Err(QueryError::new(column, problem));
        }
        match kind {
            TokenKind::Not => {
                self.at += 1;
                Ok(Node::Not(Box::new(self.one(depth + 1, !wanted)?)))
            }
            TokenKind::Open => {
                self.at += 1;
                let inside = self.all(depth + 1, wanted)?;
                if self.take(&TokenKind::Close) {
                    return Ok(inside);
                }
                Err(QueryError::new(column, "the parenthesis that opens here is not closed"))
            }
            TokenKind::Term(words) => {
                self.at += 1;
                self.term(column, &words, wanted)
            }
            found @ (TokenKind::Close | TokenKind::And | TokenKind::Or | TokenKind::End) => {
                let found = found.described();
                let problem = format!("expected a word, a phrase in quotation marks or `(`, found {found}");
                Err(QueryError::new(column, problem))
            }
        }
    }

    fn term(&mut self, column: usize, words: &str, is_wanted: bool) -> Result<Node, QueryError> {
        if self.terms.len() == self.limits.terms_max {
            let problem = format!("a query has at most {} words and phrases", self.limits.terms_max);
            return Err(QueryError::new(column, problem));
        }
        let folded = fold(words);
        if !folded.chars().any(char::is_alphanumeric) {
            return Err(QueryError::new(column, "there is no letter, digit or character in it to look for"));
        }
        self.terms.push(Term { column, folded, is_wanted });
        Ok(Node::Term(self.terms.len() - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &Query) -> String {
        fn of(node: &Node, terms: &[Term]) -> String {
            let list = |nodes: &[Node], join: &str| {
                let parts: Vec<_> = nodes.iter().map(|node| of(node, terms)).collect();
                format!("({})", parts.join(join))
            };
            match node {
                Node::All(nodes) => list(nodes, " & "),
                Node::Any(nodes) => list(nodes, " | "),
                Node::Not(node) => format!("!{}", of(node, terms)),
                Node::Term(index) => format!("[{}]", terms[*index].folded),
            }
        }
        of(&query.root, &query.terms)
    }

    fn read(text: &str) -> String {
        match Query::parse(text, Limits::STANDARD) {
            Ok(query) => shown(&query),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn terms_are_joined_as_filters_join_them() {
        for (text, meaning) in [
            ("公开", "[公开]"),
            ("公开 申请", "([公开] & [申请])"),
            ("公开 AND 申请 OR 答复", "([公开] & ([申请] | [答复]))"),
            ("(公开 申请) OR 答复", "(([公开] & [申请]) | [答复])"),
            ("（公开 申请） OR “征 地”", "(([公开] & [申请]) | [征地])"),
            ("\"征地 补偿 (一)\"", "[征地补偿(一)]"),
            ("公开 -诉讼 NOT \"复议\"", "([公开] & ![诉讼] & ![复议])"),
            ("公开 -(诉讼 OR 复议)", "([公开] & !([诉讼] | [复议]))"),
            ("依申请-公开", "[依申请-公开]"),
            ("公开\"申请\"", "([公开] & [申请])"),
            ("資訊公開 or", "([资讯公开] & [or])"),
            ("水 污染", "([水] & [污染])"),
        ] {
            assert_eq!(read(text), meaning, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_names_the_column() {
        let term = "expected a word, a phrase in quotation marks or `(`, found";
        for (text, complaint) in [
            ("", format!("column 1: {term} the end")),
            ("公开 OR", format!("column 6: {term} the end")),
            ("OR 公开", format!("column 1: {term} `OR`")),
            ("公开 AND AND 申请", format!("column 8: {term} `AND`")),
            ("公开 ()", format!("column 5: {term} `)`")),
            ("公开)", "column 3: nothing was opened that `)` could close".to_owned()),
            ("公开 (申请", "column 4: the parenthesis that opens here is not closed".to_owned()),
            ("公开 \"申请", "column 4: the quotation mark that begins here has no end".to_owned()),
            ("公开 。", "column 4: there is no letter, digit or character in it to look for".to_owned()),
            ("公开 \"\"", "column 4: there is no letter, digit or character in it to look for".to_owned()),
        ] {
            assert_eq!(read(text), complaint, "{text}");
        }
        assert!(read("-诉讼").starts_with("column 2: what is left out needs"), "{}", read("-诉讼"));
        assert!(read("公开 OR 水").starts_with("column 7: a single character"), "{}", read("公开 OR 水"));
        assert!(read("公开 OR -申请").starts_with("column 1: what is left out"), "{}", read("公开 OR -申请"));
    }

    #[test]
    fn every_limit_holds_on_both_sides() {
        let limits = Limits { bytes_max: 24, terms_max: 2, depth_max: 2 };
        let read = |text: &str| Query::parse(text, limits).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(read("公开公开公开公开"), Ok(()));
        assert_eq!(read("公开公开公开公开a"), Err("column 9: a query has at most 24 bytes".to_owned()));
        assert_eq!(read("ab cd"), Ok(()));
        assert_eq!(read("ab cd ef"), Err("column 7: a query has at most 2 words and phrases".to_owned()));
        assert_eq!(read("((ab))"), Ok(()));
        let deep = "at most 2 parentheses and negations are nested";
        assert_eq!(read("(((ab)))"), Err(format!("column 3: {deep}")));
        assert_eq!(read("ab --(cd)"), Err(format!("column 6: {deep}")));
    }
}
