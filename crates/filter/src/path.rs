//! Names of fields, with their keys, from tokens.

use crate::lex::{Token, TokenKind, shortened};
use crate::schema::{Entry, Schema, Shape};
use crate::suggest::nearest;
use crate::{FilterError, Target};

/// Tokens that are read one after the other.
pub(crate) struct Tokens<'t> {
    /// Ends with [`TokenKind::End`].
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Tokens<'t> {
    pub(crate) fn new(tokens: &'t [Token]) -> Self {
        Self { tokens, at: 0 }
    }

    /// The next token. After the end comes the end again.
    pub(crate) fn peek(&self) -> &'t Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(crate) fn next(&mut self) -> &'t Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    pub(crate) fn take(&mut self, kind: &TokenKind) -> bool {
        let is_next = self.peek().kind == *kind;
        self.at += usize::from(is_next);
        is_next
    }

    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let is_next = matches!(&self.peek().kind, TokenKind::Word(next) if next == word);
        self.at += usize::from(is_next);
        is_next
    }

    /// Something else was expected in the place of `token`.
    pub(crate) fn unexpected(token: &Token, expected: &str) -> FilterError {
        FilterError::new(token.column, format!("expected {expected}, found {}", token.kind.described()))
    }

    /// A text of quotes that stands right behind the token before.
    fn take_adjacent_text(&mut self) -> Option<&'t str> {
        match self.peek() {
            Token { is_adjacent: true, kind: TokenKind::Quoted(text), .. } => {
                self.at += 1;
                Some(text)
            }
            _ => None,
        }
    }
}

/// A name as it is written, with the key that it may have.
#[derive(Debug)]
pub(crate) struct Path {
    /// Its words without the key.
    pub(crate) name: String,
    pub(crate) column: usize,
    key: Option<(String, usize)>,
}

impl Path {
    /// Reads on from a word of a name that was just taken.
    pub(crate) fn read(first: &str, column: usize, tokens: &mut Tokens<'_>) -> Result<Self, FilterError> {
        let mut path = Self { name: first.to_owned(), column, key: None };
        let key_column = tokens.peek().column;
        if tokens.peek().is_adjacent && tokens.take(&TokenKind::OpenKey) {
            let token = tokens.next();
            let (TokenKind::Quoted(key) | TokenKind::Word(key)) = &token.kind else {
                return Err(Tokens::unexpected(token, "a key in quotes"));
            };
            path.key = Some((key.clone(), token.column));
            let close = tokens.next();
            if close.kind != TokenKind::CloseKey {
                return Err(Tokens::unexpected(close, "`]` behind the key"));
            }
        } else if first.ends_with('.')
            && let Some(key) = tokens.take_adjacent_text()
        {
            path.name.pop();
            path.key = Some((key.to_owned(), key_column));
        }
        // What belongs to a key: `figures["…"].state`.
        if path.key.is_some()
            && let Token { is_adjacent: true, kind: TokenKind::Word(rest), .. } = tokens.peek()
            && rest.starts_with('.')
        {
            path.name.push_str(rest);
            tokens.next();
        }
        Ok(path)
    }

    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// What the schema has under this name.
    pub(crate) fn entry<'s, F>(&self, schema: &'s Schema<F>) -> Result<&'s Entry<F>, FilterError> {
        let name = &*self.name;
        if let Some(entry) = schema.find(name, self.has_key()) {
            return Ok(entry);
        }
        if schema.find(name, !self.has_key()).is_some() {
            let problem = match &self.key {
                Some((_, column)) => return Err(FilterError::new(*column, format!("`{name}` has no keys"))),
                None => format!("`{name}` needs a key: {}", keyed_name(name, "…")),
            };
            return Err(FilterError::new(self.column, problem));
        }
        let names = schema.names();
        let suggestion = nearest(name, names.iter().copied());
        let problem = format!("there is no field `{}`; there are {}", shortened(name), names.join(", "));
        Err(FilterError::new(self.column, problem).suggesting(suggestion))
    }

    /// The target of a field of one value, with its key.
    pub(crate) fn target<F: Copy>(&self, field: F, shape: &Shape<F>) -> Result<Target<F>, FilterError> {
        let key = match (shape, &self.key) {
            (Shape::Keyed(.., keys), Some((key, column))) => Some(known_key(key, *column, keys())?),
            _ => None,
        };
        Ok(Target { field, key })
    }
}

/// A key that the schema has.
pub(crate) fn known_key(key: &str, column: usize, keys: &[&str]) -> Result<String, FilterError> {
    if keys.contains(&key) {
        return Ok(key.to_owned());
    }
    let problem = format!("there is no key \"{}\"", shortened(key));
    Err(FilterError::new(column, problem).suggesting(nearest(key, keys.iter().copied())))
}

/// A name of the schema with a key, as it is written: `figures["…"].state`.
pub(crate) fn keyed_name(name: &str, key: &str) -> String {
    match name.split_once('.') {
        Some((first, rest)) => format!("{first}[\"{key}\"].{rest}"),
        None => format!("{name}[\"{key}\"]"),
    }
}
