//! Cuts a query into tokens.

use crate::QueryError;
use std::iter::Peekable;
use std::str::Chars;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its first character, counted from 1.
    pub(crate) column: usize,
    pub(crate) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Open,
    Close,
    And,
    Or,
    /// The word, or a minus right before a term.
    Not,
    /// A word, or a phrase without its quotation marks.
    Term(String),
    End,
}

impl TokenKind {
    /// As an error names it.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::And => "`AND`".to_owned(),
            Self::Or => "`OR`".to_owned(),
            Self::Not => "`NOT`".to_owned(),
            Self::Term(words) => format!("`{words}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

struct Lexer<'t> {
    rest: Peekable<Chars<'t>>,
    column: usize,
}

/// The tokens of a query, the end included. Keyboards for Chinese give quotation marks and parentheses of their own: they will do.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut lexer = Lexer { rest: text.chars().peekable(), column: 1 };
    let mut tokens = Vec::new();
    loop {
        while lexer.rest.next_if(|next| next.is_whitespace()).is_some() {
            lexer.column += 1;
        }
        let column = lexer.column;
        let Some(first) = lexer.next() else {
            tokens.push(Token { column, kind: TokenKind::End });
            return Ok(tokens);
        };
        let kind = match first {
            '(' | '（' => TokenKind::Open,
            ')' | '）' => TokenKind::Close,
            '"' => TokenKind::Term(lexer.phrase(column, &['"'])?),
            '“' | '”' => TokenKind::Term(lexer.phrase(column, &['“', '”'])?),
            '-' | '－' if lexer.rest.peek().is_some_and(|next| !next.is_whitespace()) => TokenKind::Not,
            first => match lexer.word(first) {
                word if word == "AND" => TokenKind::And,
                word if word == "OR" => TokenKind::Or,
                word if word == "NOT" => TokenKind::Not,
                word => TokenKind::Term(word),
            },
        };
        tokens.push(Token { column, kind });
    }
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.column += usize::from(next.is_some());
        next
    }

    fn phrase(&mut self, column: usize, closing: &[char]) -> Result<String, QueryError> {
        let mut phrase = String::new();
        loop {
            match self.next() {
                Some(end) if closing.contains(&end) => return Ok(phrase),
                Some(character) => phrase.push(character),
                None => {
                    return Err(QueryError::new(column, "the quotation mark that begins here has no end"));
                }
            }
        }
    }

    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        let ends =
            |next: &char| next.is_whitespace() || matches!(next, '(' | ')' | '（' | '）' | '"' | '“' | '”');
        while let Some(next) = self.rest.next_if(|next| !ends(next)) {
            self.column += 1;
            word.push(next);
        }
        word
    }
}
