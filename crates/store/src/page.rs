use crate::{Position, StoreError};
use sha2::{Digest, Sha256};

/// Items that a page may have at most.
pub const PAGE_SIZE_MAX: u32 = 1000;

/// Which page of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items at most, 1 to [`PAGE_SIZE_MAX`]; others are brought into this range.
    pub size: u32,
    /// Where the page before ended; the first page without.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first page, of `size` items at most.
    pub fn first(size: u32) -> Self {
        Self { size, cursor: None }
    }

    /// The size within its bounds.
    pub fn size_clamped(&self) -> u32 {
        self.size.clamp(1, PAGE_SIZE_MAX)
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The page that `items` begin with: all that are left, or one more than it holds. `after` is the place behind an item. For
    /// engines.
    pub fn cut(mut items: Vec<T>, page: &PageRequest, after: impl Fn(&T) -> Cursor) -> Self {
        let size = page.size_clamped() as usize;
        let more = size < items.len();
        items.truncate(size);
        let next = items.last().filter(|_| more).map(after);
        Self { items, next }
    }
}

/// A place in a list. It belongs to its query: used with another one it is [`StoreError::CursorInvalid`]. Opaque to
/// callers, who keep it as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    const VERSION: &'static str = "1";

    /// The place after the item with the sort key (`rank`, `tie`) in the list that `query` gives at `snapshot`. For engines.
    pub fn after(query: &str, snapshot: Position, rank: i64, tie: &str) -> Self {
        Self(format!("{}.{}.{:x}.{rank}.{tie}", Self::VERSION, fingerprint(query), snapshot.0))
    }

    /// Reads the place back as (snapshot, rank, tie), if it is one of `query`'s. For engines.
    pub fn read(&self, query: &str) -> Result<(Position, i64, &str), StoreError> {
        self.parts(query).ok_or(StoreError::CursorInvalid)
    }

    fn parts(&self, query: &str) -> Option<(Position, i64, &str)> {
        let mut parts = self.0.splitn(5, '.');
        if parts.next()? != Self::VERSION || parts.next()? != fingerprint(query) {
            return None;
        }
        let snapshot = i64::from_str_radix(parts.next()?, 16).ok()?;
        Some((Position(snapshot), parts.next()?.parse().ok()?, parts.next()?))
    }

    /// The cursor that was printed as `text`; whether it is one shows when it is used.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Ties a cursor to its query. Not a secret: a forged cursor shows nothing that its query would not show.
fn fingerprint(query: &str) -> String {
    Sha256::digest(query.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_for_its_own_query_alone() {
        let cursor = Cursor::after("year = 2020", Position(77), -3, "reports/a.b");
        let cursor = Cursor::from_text(cursor.as_str());
        assert_eq!(cursor.read("year = 2020").unwrap(), (Position(77), -3, "reports/a.b"));
        assert!(matches!(cursor.read("year = 2021"), Err(StoreError::CursorInvalid)));
        assert!(matches!(Cursor::from_text("").read("year = 2020"), Err(StoreError::CursorInvalid)));
    }
}
