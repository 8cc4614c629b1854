//! Statements with their values, for what both engines are asked in the same words.

use crate::rows::Key;
use std::borrow::Cow;

/// A statement and its values. Values are written `$1`, `$2`, …, which both engines understand.
pub struct Statement {
    pub(crate) text: Cow<'static, str>,
    pub(crate) values: Vec<Value>,
}

/// A value of a statement.
pub(crate) enum Value {
    Number(Option<i64>),
    Text(String),
    Bytes(Vec<u8>),
}

impl Statement {
    /// A statement that is to be completed by values, or by more text and values.
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Adds a value for the next number of the text.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds a value and tells how it is written.
    pub(crate) fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Adds a value, and its number to the text.
    pub(crate) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        let number = self.value(value);
        self.push(&number)
    }

    /// Adds values and their numbers, separated by commas.
    pub(crate) fn push_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        for (count, value) in values.into_iter().enumerate() {
            if 0 < count {
                self.push(", ");
            }
            self.push_bind(value);
        }
        self
    }
}

macro_rules! numbers {
    ($($type:ty)+) => {$(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Number(Some(number.into()))
            }
        }
    )+};
}

numbers! { i64 u32 u16 }

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<K: Key> From<&K> for Value {
    fn from(key: &K) -> Self {
        Self::Bytes(key.key())
    }
}
