//! Cuts a text into tokens.

use crate::FilterError;

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Its first character, counted from 1.
    pub(crate) column: usize,
    /// Whether nothing stands between it and the token before.
    pub(crate) is_adjacent: bool,
    pub(crate) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Open,
    Close,
    OpenKey,
    CloseKey,
    Comma,
    /// A minus before a term; before a number it belongs to its word.
    Minus,
    Operator(Operator),
    /// Without its quotes; never a keyword.
    Quoted(String),
    Word(String),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

impl Operator {
    /// The longer ones first, so that `<=` is not `<`.
    const ALL: [(&'static str, Self); 7] = [
        ("!=", Self::NotEqual),
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("=", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        (":", Self::Has),
    ];

    fn at(rest: &str) -> Option<(&'static str, Self)> {
        Self::ALL.into_iter().find(|(name, _)| rest.starts_with(name))
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, other)| *other == self).map_or("", |(name, _)| name)
    }
}

impl TokenKind {
    /// What it is, for errors.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::OpenKey => "`[`".to_owned(),
            Self::CloseKey => "`]`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Minus => "`-`".to_owned(),
            Self::Operator(operator) => format!("`{}`", operator.name()),
            Self::Quoted(text) => format!("\"{}\"", shortened(text)),
            Self::Word(word) => format!("`{}`", shortened(word)),
            Self::End => "the end".to_owned(),
        }
    }
}

/// An error quotes what it is about, but not pages of it, and nothing that would break its line.
pub(crate) fn shortened(text: &str) -> String {
    const CHARACTERS_MAX: usize = 40;
    let mut shortened: String =
        text.chars().take(CHARACTERS_MAX).map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect();
    if CHARACTERS_MAX < text.chars().count() {
        shortened.push('…');
    }
    shortened
}

/// Whether a character ends a word.
fn ends_word(character: char, rest: &str) -> bool {
    character.is_whitespace()
        || matches!(character, '(' | ')' | '[' | ']' | ',' | '"' | '\'')
        || Operator::at(rest).is_some()
}

/// Cuts a text into tokens; the last one is the end.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut lexer = Lexer { text, at: 0, column: 1 };
    let mut tokens: Vec<Token> = Vec::new();
    let mut is_adjacent = false;
    while let Some(character) = lexer.peek() {
        if character.is_whitespace() {
            lexer.next();
            is_adjacent = false;
            continue;
        }
        let column = lexer.column;
        let before = tokens.last().map(|token| &token.kind);
        // Where a value is expected a minus is its sign. An opening parenthesis of a function stands right behind a word.
        let is_value = match before {
            Some(TokenKind::Operator(_) | TokenKind::Comma) => true,
            Some(TokenKind::Open) => is_adjacent && is_call(&tokens),
            _ => false,
        };
        let kind = lexer.token(character, is_value)?;
        tokens.push(Token { column, is_adjacent, kind });
        is_adjacent = true;
    }
    tokens.push(Token { column: lexer.column, is_adjacent, kind: TokenKind::End });
    Ok(tokens)
}

/// Whether the last token, which opens a parenthesis, begins the arguments of a function.
fn is_call(tokens: &[Token]) -> bool {
    match tokens {
        [.., name, open] => {
            open.is_adjacent && matches!(&name.kind, TokenKind::Word(word) if !is_keyword(word))
        }
        _ => false,
    }
}

/// Words that join terms.
pub(crate) fn is_keyword(word: &str) -> bool {
    matches!(word, "AND" | "OR" | "NOT")
}

struct Lexer<'t> {
    text: &'t str,
    /// Bytes that were read.
    at: usize,
    /// The next character, counted from 1.
    column: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        self.column += 1;
        Some(next)
    }

    fn token(&mut self, character: char, is_value: bool) -> Result<TokenKind, FilterError> {
        if let Some((name, operator)) = Operator::at(&self.text[self.at..]) {
            for _ in name.chars() {
                self.next();
            }
            return Ok(TokenKind::Operator(operator));
        }
        let single = match character {
            '(' => Some(TokenKind::Open),
            ')' => Some(TokenKind::Close),
            '[' => Some(TokenKind::OpenKey),
            ']' => Some(TokenKind::CloseKey),
            ',' => Some(TokenKind::Comma),
            '-' if !is_value => Some(TokenKind::Minus),
            _ => None,
        };
        if let Some(kind) = single {
            self.next();
            return Ok(kind);
        }
        match character {
            '"' | '\'' => self.quoted(character).map(TokenKind::Quoted),
            _ => Ok(TokenKind::Word(self.word())),
        }
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while let Some(next) = self.peek()
            && !ends_word(next, &self.text[self.at..])
        {
            self.next();
        }
        self.text[start..self.at].to_owned()
    }

    fn quoted(&mut self, quote: char) -> Result<String, FilterError> {
        let unclosed = FilterError::new(self.column, "the quotation mark is not closed");
        self.next();
        let mut text = String::new();
        loop {
            let column = self.column;
            match self.next() {
                Some(next) if next == quote => return Ok(text),
                Some('\\') => text.push(self.escaped(column)?.ok_or_else(|| unclosed.clone())?),
                Some(next) => text.push(next),
                None => return Err(unclosed),
            }
        }
    }

    /// The character of an escape that begins at `column`; none where the text ends in it.
    fn escaped(&mut self, column: usize) -> Result<Option<char>, FilterError> {
        let unknown = || FilterError::new(column, r#"expected one of the escapes \" \' \\ \n \r \t \u{…}"#);
        Ok(Some(match self.next() {
            Some(same @ ('"' | '\'' | '\\')) => same,
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let number = self.text[self.at..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
                let (number, _) = number.ok_or_else(unknown)?;
                let is_number =
                    (1..=6).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_hexdigit());
                let code = u32::from_str_radix(number, 16).ok().filter(|_| is_number);
                let character = code.and_then(char::from_u32).ok_or_else(unknown)?;
                // The digits with their braces.
                for _ in 0..number.len() + 2 {
                    self.next();
                }
                character
            }
            Some(_) => return Err(unknown()),
            None => return Ok(None),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    fn word(text: &str) -> TokenKind {
        TokenKind::Word(text.to_owned())
    }

    #[test]
    fn a_minus_is_a_sign_where_a_value_is_expected_and_else_says_not() {
        let equal = TokenKind::Operator(Operator::Equal);
        let (minus, end) = (TokenKind::Minus, TokenKind::End);
        assert_eq!(kinds("-a=-1"), [minus.clone(), word("a"), equal.clone(), word("-1"), end.clone()]);
        assert_eq!(kinds("a=1-2"), [word("a"), equal, word("1-2"), end.clone()]);
        let (open, close) = (TokenKind::Open, TokenKind::Close);
        assert_eq!(kinds("f(-1)"), [word("f"), open.clone(), word("-1"), close.clone(), end.clone()]);
        assert_eq!(kinds("NOT(-a)"), [word("NOT"), open, minus, word("a"), close, end]);
    }

    #[test]
    fn columns_are_characters() {
        let columns: Vec<_> =
            tokens("区 = \"甲\\u{4e59}\"  b").unwrap().iter().map(|token| token.column).collect();
        assert_eq!(columns, [1, 3, 5, 18, 19]);
    }

    #[test]
    fn escapes_mean_what_they_say() {
        let text = |text: &str| kinds(text).swap_remove(0);
        let is = |text: &str| TokenKind::Quoted(text.to_owned());
        assert_eq!(text(r#""say \"hi\" \\ \'""#), is(r#"say "hi" \ '"#));
        assert_eq!(text(r#"'\n\r\t\u{516c}\u{10FFFF}'"#), is("\n\r\t公\u{10ffff}"));
        for (wrong, column) in [
            (r#""\x""#, 2),
            (r#""a\u{110000}""#, 3),
            (r#""\u{}""#, 2),
            (r#""\u{d800}""#, 2),
            (r#""\u12""#, 2),
        ] {
            assert_eq!(tokens(wrong).unwrap_err().column, column, "{wrong}");
        }
        for unclosed in ["\"", "\"a", "'a\"", "\"a\\", "'\\'"] {
            assert_eq!(
                tokens(unclosed).unwrap_err().to_string(),
                "column 1: the quotation mark is not closed"
            );
        }
    }
}
