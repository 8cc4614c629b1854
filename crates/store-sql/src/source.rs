//! What the reads that both engines share need of an engine.

use crate::search::Walk;
use crate::statement::Statement;
use gongkai_search::Lookup;
use gongkai_store::packed::{Layout, LayoutId};
use gongkai_store::{Position, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Layouts that are kept in memory: far more than there are forms.
const LAYOUTS_MAX: usize = 1000;

/// A store in a database: what is read in the same words from every engine is written once, for this type.
pub struct SqlStore<S>(pub(crate) Arc<S>);

/// Where rows come from.
pub trait Source: Send + Sync + 'static {
    /// A row.
    type Row: Fields + 'static;

    /// Makes SQLite, whose planner knows nothing of how rows are spread, look reports up by their subject.
    const BY_SUBJECT: &'static str;

    /// That a column has a text, in such words that it is looked up and not searched for.
    fn equals(column: &str, value: &str) -> String {
        format!("{column} = {value}")
    }

    /// Where in a column a text begins that is not empty, counted from 1; 0 where it does not stand there.
    fn place_of(column: &str, value: &str) -> String {
        format!("instr({column}, {value})")
    }

    /// That a column is at least one text and less than another one, byte for byte, and by an index.
    fn between(column: &str, least: &str, beyond: &str) -> String {
        format!("{column} >= {least} AND {column} < {beyond}")
    }

    /// A column of texts as it is put in order: byte by byte.
    fn bytewise(column: &str) -> String {
        column.to_owned()
    }

    /// What an index has of a column of texts: in the same order, as far as it tells them apart.
    fn indexed(column: &str) -> String {
        column.to_owned()
    }

    /// What an index has of a text.
    fn indexed_value(value: &str) -> String {
        value.to_owned()
    }

    /// All rows of a statement.
    fn rows(
        &self,
        view: View,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Self::Row>, StoreError>> + Send;

    /// Walk of the first documents of the index of searches that hold what is looked up, in order: at most so many, as
    /// committed last.
    fn find(
        &self,
        lookup: &Lookup,
        walk: Walk,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<i64>, StoreError>> + Send;

    /// The latest position.
    fn position(&self, view: View) -> impl Future<Output = Result<Position, StoreError>> + Send;

    /// Whether there is a copy to read from, which may lag behind.
    fn has_copy(&self) -> bool;

    /// Layouts of records that have been read.
    fn layouts(&self) -> &Layouts;
}

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What was committed before the read began is seen.
    Latest,
    /// It may come from a copy that lags behind, but has reached this position.
    Reached(Position),
}

/// The columns of a row by their names. Numbers are 64 bits wide in every table.
pub trait Fields: Send + Sync {
    /// A number.
    fn number(&self, column: &str) -> Result<i64, StoreError>;
    /// A number, or none.
    fn number_if_any(&self, column: &str) -> Result<Option<i64>, StoreError>;
    /// A text.
    fn text(&self, column: &str) -> Result<String, StoreError>;
    /// A text, or none.
    fn text_if_any(&self, column: &str) -> Result<Option<String>, StoreError>;
    /// Bytes.
    fn bytes(&self, column: &str) -> Result<&[u8], StoreError>;
    /// Bytes, or none.
    fn bytes_if_any(&self, column: &str) -> Result<Option<&[u8]>, StoreError>;
    /// Yes or no.
    fn truth(&self, column: &str) -> Result<bool, StoreError>;
}

/// Layouts that have been read: there are few, and they never change.
#[derive(Default)]
pub struct Layouts(RwLock<HashMap<LayoutId, Layout>>);

impl Layouts {
    pub(crate) fn get(&self, id: LayoutId) -> Option<Layout> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn keep(&self, layout: &Layout) {
        let mut layouts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if LAYOUTS_MAX <= layouts.len() {
            layouts.clear();
        }
        layouts.insert(layout.id(), layout.clone());
    }
}

impl<S: Source> SqlStore<S> {
    /// The first row of a statement, if any.
    pub(crate) async fn row(&self, view: View, statement: Statement) -> Result<Option<S::Row>, StoreError> {
        Ok(self.0.rows(view, statement).await?.into_iter().next())
    }
}
