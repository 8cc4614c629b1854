use std::fmt;

/// A filter or an order cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    /// The character at which it goes wrong, counted from 1.
    pub column: usize,
    /// What is wrong there, in words for whoever wrote it: what was expected, and what was found.
    pub problem: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl FilterError {
    pub(crate) fn new(column: usize, problem: impl Into<String>) -> Self {
        Self { column, problem: problem.into(), suggestion: None }
    }

    pub(crate) fn suggesting(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.problem)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}
