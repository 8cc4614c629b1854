//! Reads a filter against a schema, by descent:
//!
//! ```text
//! all        = any { [ "AND" ] any }
//! any        = term { "OR" term }
//! term       = { "NOT" | "-" } ( "(" all ")" | comparison | function | word )
//! comparison = name operator value
//! function   = name "(" [ value { "," value } ] ")"
//! name       = WORD [ "[" TEXT "]" [ "." WORD ] ]
//! ```

use crate::lex::{Operator, Token, TokenKind, is_keyword, shortened, tokens};
use crate::path::{Path, Tokens, known_key};
use crate::schema::{Kind, Schema, Shape};
use crate::suggest::nearest;
use crate::{Comparison, Filter, FilterError, Limits, Operand, Target};

/// Reads a filter; none where it is empty, which lists everything.
///
/// # Errors
/// With the column at which it goes wrong. What is wrong comes first from the left.
pub fn parse<F: Copy>(
    text: &str,
    schema: &Schema<F>,
    limits: Limits,
) -> Result<Option<Filter<F>>, FilterError> {
    if limits.bytes_max < text.len() {
        let problem = format!("the filter has {} bytes, at most {} are read", text.len(), limits.bytes_max);
        return Err(FilterError::new(1, problem));
    }
    let tokens = tokens(text)?;
    if tokens.len() == 1 {
        return Ok(None);
    }
    let mut parser = Parser { tokens: Tokens::new(&tokens), schema, limits, depth: 0, terms: 0 };
    let filter = parser.all()?;
    match parser.tokens.next() {
        Token { kind: TokenKind::End, .. } => Ok(Some(filter)),
        other => Err(Tokens::unexpected(other, "AND, OR or the end")),
    }
}

struct Parser<'t, 's, F> {
    tokens: Tokens<'t>,
    schema: &'s Schema<F>,
    limits: Limits,
    /// Parentheses and negations around the next term.
    depth: usize,
    /// Terms that were read.
    terms: usize,
}

impl<'t, F: Copy> Parser<'t, '_, F> {
    fn all(&mut self) -> Result<Filter<F>, FilterError> {
        let first = self.any()?;
        let mut more = Vec::new();
        loop {
            if !self.tokens.take_word("AND") {
                match &self.tokens.peek().kind {
                    TokenKind::Word(word) if word == "OR" => break,
                    // Two terms beside each other.
                    TokenKind::Word(_) | TokenKind::Quoted(_) | TokenKind::Open | TokenKind::Minus => {}
                    TokenKind::Close
                    | TokenKind::OpenKey
                    | TokenKind::CloseKey
                    | TokenKind::Comma
                    | TokenKind::Operator(_)
                    | TokenKind::End => break,
                }
            }
            more.push(self.any()?);
        }
        Ok(joined(first, more, Filter::All))
    }

    fn any(&mut self) -> Result<Filter<F>, FilterError> {
        let first = self.term()?;
        let mut more = Vec::new();
        while self.tokens.take_word("OR") {
            more.push(self.term()?);
        }
        Ok(joined(first, more, Filter::Any))
    }

    fn term(&mut self) -> Result<Filter<F>, FilterError> {
        let mut negations = 0;
        loop {
            let token = self.tokens.peek();
            if !self.tokens.take_word("NOT") && !self.tokens.take(&TokenKind::Minus) {
                break;
            }
            negations += 1;
            self.deeper(token)?;
        }
        let token = self.tokens.next();
        let mut term = match &token.kind {
            TokenKind::Open => {
                self.deeper(token)?;
                let inside = self.all()?;
                let close = self.tokens.next();
                if close.kind != TokenKind::Close {
                    return Err(Tokens::unexpected(close, "`)`, AND or OR"));
                }
                self.depth -= 1;
                inside
            }
            TokenKind::Word(word) if !is_keyword(word) => self.named(word, token)?,
            TokenKind::Quoted(text) => self.quoted(text, token)?,
            _ => return Err(Tokens::unexpected(token, "a field")),
        };
        self.depth -= negations;
        for _ in 0..negations {
            term = Filter::Not(Box::new(term));
        }
        Ok(term)
    }

    /// One more parenthesis or negation, which `token` is.
    fn deeper(&mut self, token: &Token) -> Result<(), FilterError> {
        self.depth += 1;
        match self.limits.depth_max < self.depth {
            true => {
                let problem = format!("terms are nested deeper than {}", self.limits.depth_max);
                Err(FilterError::new(token.column, problem))
            }
            false => Ok(()),
        }
    }

    /// One more term, which begins with `token`.
    fn count(&mut self, token: &Token) -> Result<(), FilterError> {
        self.terms += 1;
        match self.limits.terms_max < self.terms {
            true => {
                let problem = format!("there are more than {} terms", self.limits.terms_max);
                Err(FilterError::new(token.column, problem))
            }
            false => Ok(()),
        }
    }

    /// A text in quotes that stands alone.
    fn quoted(&mut self, text: &str, token: &Token) -> Result<Filter<F>, FilterError> {
        if let TokenKind::Operator(_) = self.tokens.peek().kind {
            return Err(Tokens::unexpected(token, "a field without quotes"));
        }
        self.words(text, token)
    }

    fn words(&mut self, text: &str, token: &Token) -> Result<Filter<F>, FilterError> {
        self.count(token)?;
        if !self.schema.has_words {
            return Err(Tokens::unexpected(token, "a field with a comparison"));
        }
        if text.trim().is_empty() {
            return Err(Tokens::unexpected(token, "words to search for"));
        }
        Ok(Filter::Says(text.to_owned()))
    }

    /// What begins with a word: a comparison, a function, or a word that stands alone.
    fn named(&mut self, word: &str, token: &Token) -> Result<Filter<F>, FilterError> {
        let path = Path::read(word, token.column, &mut self.tokens)?;
        let next = self.tokens.peek();
        match &next.kind {
            TokenKind::Open if next.is_adjacent => self.function(&path, token),
            TokenKind::Operator(operator) => {
                self.tokens.next();
                self.comparison(&path, *operator, next, token)
            }
            _ if path.has_key() || self.names(word) => {
                let entry = path.entry(self.schema)?;
                let expected = match &entry.shape {
                    Shape::Function(..) => format!("`(` behind `{}`", path.name),
                    _ => format!("{} behind `{}`", entry.shape.operators(), path.name),
                };
                Err(Tokens::unexpected(next, &expected))
            }
            _ => self.words(word, token),
        }
    }

    /// Whether a word is a name of the schema, so that it alone is a mistake.
    fn names(&self, word: &str) -> bool {
        self.schema.entries.iter().any(|entry| entry.name == word)
    }

    fn function(&mut self, path: &Path, token: &Token) -> Result<Filter<F>, FilterError> {
        self.count(token)?;
        let functions = || {
            let is_function = |entry: &&crate::Entry<F>| matches!(entry.shape, Shape::Function(..));
            self.schema.entries.iter().filter(is_function).map(|entry| entry.name)
        };
        let found = self.schema.entries.iter().find_map(|entry| match &entry.shape {
            Shape::Function(function, kinds) if entry.name == path.name && !path.has_key() => {
                Some((*function, *kinds))
            }
            _ => None,
        });
        let Some((function, kinds)) = found else {
            let names: Vec<_> = functions().collect();
            let there_are = match names.is_empty() {
                true => "there are none".to_owned(),
                false => format!("there are {}", names.join(", ")),
            };
            let problem = format!("there is no function `{}`; {there_are}", shortened(&path.name));
            return Err(FilterError::new(path.column, problem).suggesting(nearest(&path.name, names)));
        };
        self.tokens.next();
        let mut arguments = Vec::new();
        for kind in kinds {
            if !arguments.is_empty() && !self.tokens.take(&TokenKind::Comma) {
                return Err(Tokens::unexpected(self.tokens.peek(), "`,` and another argument"));
            }
            arguments.push(self.value(*kind)?.1);
        }
        let close = self.tokens.next();
        match close.kind {
            TokenKind::Close => Ok(Filter::Holds(function, arguments)),
            _ => Err(Tokens::unexpected(close, "`)` behind the arguments")),
        }
    }

    fn comparison(
        &mut self,
        path: &Path,
        operator: Operator,
        operator_token: &Token,
        token: &Token,
    ) -> Result<Filter<F>, FilterError> {
        // `figures:"key"`: whether there is something under the key.
        if operator == Operator::Has
            && !path.has_key()
            && let Some(entry) = self.schema.find(&path.name, true)
            && let Shape::Keyed(field, _, keys) = &entry.shape
        {
            let field = *field;
            self.count(token)?;
            let (key_token, key) = self.text()?;
            let key = Some(known_key(key, key_token.column, keys())?);
            return Ok(Filter::Present(Target { field, key }));
        }
        let entry = path.entry(self.schema)?;
        let shape = &entry.shape;
        let (field, kind) = match shape {
            Shape::Value(field, kind) | Shape::Keyed(field, kind, _) => (*field, *kind),
            Shape::Function(..) => {
                let expected = format!("`(` behind the function `{}`", path.name);
                return Err(Tokens::unexpected(operator_token, &expected));
            }
        };
        self.count(token)?;
        let is_order = |operator| {
            use Operator::{Greater, GreaterOrEqual, Less, LessOrEqual};
            matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual)
        };
        if is_order(operator) && !kind.is_ordered() {
            let expected = format!("{} behind `{}`", shape.operators(), path.name);
            return Err(Tokens::unexpected(operator_token, &expected));
        }
        let target = path.target(field, shape)?;
        let compared = |comparison, value| Filter::Compare(target.clone(), comparison, value);
        if operator == Operator::Has
            && let TokenKind::Word(word) = &self.tokens.peek().kind
            && word == "*"
        {
            self.tokens.next();
            return Ok(Filter::Present(target));
        }
        let (token, value) = self.value(kind)?;
        Ok(match (operator, value) {
            (Operator::Has, Operand::Text(text)) if text.is_empty() => {
                return Err(Tokens::unexpected(token, "* or a text that is not empty"));
            }
            (Operator::Has, Operand::Text(text)) => Filter::Contains(target, text),
            (Operator::Equal | Operator::Has, value) => compared(Comparison::Equal, value),
            (Operator::NotEqual, value) => Filter::Not(Box::new(compared(Comparison::Equal, value))),
            (Operator::Less, value) => compared(Comparison::Less, value),
            (Operator::LessOrEqual, value) => compared(Comparison::LessOrEqual, value),
            (Operator::Greater, value) => compared(Comparison::Greater, value),
            (Operator::GreaterOrEqual, value) => compared(Comparison::GreaterOrEqual, value),
        })
    }

    /// A word or a text in quotes.
    fn text(&mut self) -> Result<(&'t Token, &'t str), FilterError> {
        let token = self.tokens.next();
        match &token.kind {
            TokenKind::Word(word) if !is_keyword(word) => Ok((token, word)),
            TokenKind::Quoted(text) => Ok((token, text)),
            _ => Err(Tokens::unexpected(token, "a value")),
        }
    }

    fn value(&mut self, kind: Kind) -> Result<(&'t Token, Operand), FilterError> {
        let (token, text) = self.text()?;
        match Operand::read(kind, text) {
            Some(value) => Ok((token, value)),
            None => {
                let names = if let Kind::Name(names) = kind { names } else { &[] };
                let error = Tokens::unexpected(token, &kind.expected());
                Err(error.suggesting(nearest(text, names.iter().copied())))
            }
        }
    }
}

fn joined<F>(first: Filter<F>, mut more: Vec<Filter<F>>, join: fn(Vec<Filter<F>>) -> Filter<F>) -> Filter<F> {
    if more.is_empty() {
        return first;
    }
    more.insert(0, first);
    join(more)
}
