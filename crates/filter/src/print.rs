//! Prints a filter so that reading it gives the same one. The services print none: it serves tests, which show by it how a text
//! was read, and give random filters to the reader.

use crate::lex::is_keyword;
use crate::path::keyed_name;
use crate::{Comparison, Filter, Operand, Schema, Shape, Target};
use std::fmt::Write as _;

impl<F: Copy + PartialEq> Filter<F> {
    /// The filter in the words of a schema; none where the schema does not have one of its names.
    pub fn text(&self, schema: &Schema<F>) -> Option<String> {
        let mut text = String::new();
        self.write(schema, Place::Alone, &mut text)?;
        Some(text)
    }

    fn write(&self, schema: &Schema<F>, place: Place, text: &mut String) -> Option<()> {
        let is_bracketed = match self {
            Self::All(_) => place != Place::Alone,
            // It binds tighter than AND.
            Self::Any(_) => place == Place::Any || place == Place::Not,
            _ => false,
        };
        if is_bracketed {
            text.push('(');
        }
        match self {
            Self::All(filters) => write_all(filters, schema, (Place::All, " AND "), text)?,
            Self::Any(filters) => write_all(filters, schema, (Place::Any, " OR "), text)?,
            Self::Not(filter) => {
                text.push_str("NOT ");
                filter.write(schema, Place::Not, text)?;
            }
            Self::Compare(target, comparison, value) => {
                write_target(target, schema, text)?;
                text.push_str(match comparison {
                    Comparison::Equal => " = ",
                    Comparison::Less => " < ",
                    Comparison::LessOrEqual => " <= ",
                    Comparison::Greater => " > ",
                    Comparison::GreaterOrEqual => " >= ",
                });
                write_value(value, text);
            }
            Self::Contains(target, part) => {
                write_target(target, schema, text)?;
                text.push_str(" : ");
                write_quoted(part, text);
            }
            Self::Present(target) => {
                write_target(target, schema, text)?;
                text.push_str(":*");
            }
            Self::Holds(function, arguments) => {
                let named = schema.entries.iter().find(|entry| match &entry.shape {
                    Shape::Function(other, _) => other == function,
                    _ => false,
                })?;
                text.push_str(named.name);
                text.push('(');
                for (index, argument) in arguments.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { ", " });
                    write_value(argument, text);
                }
                text.push(')');
            }
            Self::Says(words) => write_quoted(words, text),
        }
        if is_bracketed {
            text.push(')');
        }
        Some(())
    }
}

/// Where a filter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    All,
    Any,
    Not,
}

fn write_all<F: Copy + PartialEq>(
    filters: &[Filter<F>],
    schema: &Schema<F>,
    (place, join): (Place, &str),
    text: &mut String,
) -> Option<()> {
    for (index, filter) in filters.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { join });
        filter.write(schema, place, text)?;
    }
    Some(())
}

fn write_target<F: PartialEq>(target: &Target<F>, schema: &Schema<F>, text: &mut String) -> Option<()> {
    let named = schema.entries.iter().find(|entry| match &entry.shape {
        Shape::Value(field, _) => *field == target.field && target.key.is_none(),
        Shape::Keyed(field, ..) => *field == target.field && target.key.is_some(),
        Shape::Function(..) => false,
    })?;
    match &target.key {
        Some(key) => text.push_str(&keyed_name(named.name, &escaped(key))),
        None => text.push_str(named.name),
    }
    Some(())
}

fn write_value(value: &Operand, text: &mut String) {
    let _ = match value {
        Operand::Text(value) => return write_quoted(value, text),
        Operand::Name(name) if is_plain(name) => write!(text, "{name}"),
        Operand::Name(name) => return write_quoted(name, text),
        Operand::Integer(number) => write!(text, "{number}"),
        Operand::Decimal(number) => write!(text, "{number}"),
        Operand::Date(date) => write!(text, "{date}"),
        Operand::Time(time) => write!(text, "\"{time}\""),
    };
}

/// Whether a word means itself without quotes.
fn is_plain(word: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !word.is_empty() && !is_keyword(word) && word.bytes().all(is_word)
}

fn write_quoted(value: &str, text: &mut String) {
    let _ = write!(text, "\"{}\"", escaped(value));
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            other if other.is_control() => {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(other));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
