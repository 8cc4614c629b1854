//! Orders of lists: `year desc, region.name`.

use crate::lex::{TokenKind, tokens};
use crate::path::{Path, Tokens};
use crate::{FilterError, Limits, Schema, Shape, Target};

/// Which way a list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest and earliest first.
    #[default]
    Ascending,
    /// The greatest and latest first.
    Descending,
}

/// One of the values that a list is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey<F> {
    /// The value.
    pub target: Target<F>,
    /// Which way.
    pub direction: Direction,
    /// The character at which it stands, counted from 1.
    pub column: usize,
}

/// Reads an order: fields separated by commas, each perhaps with `asc` or `desc`; empty for none. The first field decides,
/// the next one among equals.
///
/// # Errors
/// With the column at which it goes wrong; also for a field that stands twice.
pub fn parse_order<F: Copy + PartialEq>(
    text: &str,
    schema: &Schema<F>,
    limits: Limits,
) -> Result<Vec<OrderKey<F>>, FilterError> {
    if limits.bytes_max < text.len() {
        let problem = format!("the order has {} bytes, at most {} are read", text.len(), limits.bytes_max);
        return Err(FilterError::new(1, problem));
    }
    let tokens = tokens(text)?;
    let mut keys: Vec<OrderKey<F>> = Vec::new();
    if tokens.len() == 1 {
        return Ok(keys);
    }
    let mut tokens = Tokens::new(&tokens);
    loop {
        let token = tokens.next();
        let TokenKind::Word(word) = &token.kind else { return Err(Tokens::unexpected(token, "a field")) };
        let path = Path::read(word, token.column, &mut tokens)?;
        let entry = path.entry(schema)?;
        let target = match &entry.shape {
            Shape::Value(field, _) | Shape::Keyed(field, ..) => path.target(*field, &entry.shape)?,
            Shape::Function(..) => {
                let problem = format!("nothing can be ordered by `{}`", entry.name);
                return Err(FilterError::new(token.column, problem));
            }
        };
        if keys.iter().any(|key| key.target == target) {
            return Err(FilterError::new(token.column, format!("`{}` stands twice", path.name)));
        }
        if limits.terms_max <= keys.len() {
            let many = if limits.terms_max == 1 { "field" } else { "fields" };
            let problem = format!("a list is ordered by at most {} {many}", limits.terms_max);
            return Err(FilterError::new(token.column, problem));
        }
        let direction = match tokens.take_word("desc") {
            true => Direction::Descending,
            false => {
                tokens.take_word("asc");
                Direction::Ascending
            }
        };
        keys.push(OrderKey { target, direction, column: token.column });
        let next = tokens.next();
        match next.kind {
            TokenKind::End => return Ok(keys),
            TokenKind::Comma => {}
            _ => return Err(Tokens::unexpected(next, "asc, desc, `,` or the end")),
        }
    }
}
