use std::ops::Range;

/// A place in the source, so that every figure leads back to where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// A range of bytes of the file as received: text and HTML.
    Bytes(Range<u64>),
    /// A box on a page, in hundredths of a point from the upper left corner: PDF and OFD.
    Page {
        /// The page, counted from 1.
        page: u32,
        /// Left, top, right, bottom.
        area: [i32; 4],
    },
    /// An element inside a packed file: DOCX and XLSX.
    Part {
        /// The part's name inside the package, such as `word/document.xml`.
        part: String,
        /// The path of the element inside the part, such as `tbl[2]/tr[5]/tc[3]` or `Sheet1!C7`.
        path: String,
    },
}

impl Span {
    /// The bytes `start..end` of the file.
    pub fn bytes(start: usize, end: usize) -> Self {
        Self::Bytes(start as u64..end as u64)
    }

    /// The byte range, where the place is one.
    pub fn as_bytes(&self) -> Option<Range<u64>> {
        match self {
            Self::Bytes(range) => Some(range.clone()),
            Self::Page { .. } | Self::Part { .. } => None,
        }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(range) => write!(f, "bytes {}..{}", range.start, range.end),
            Self::Page { page, area: [left, top, right, bottom] } => {
                write!(f, "page {page}, box {left},{top},{right},{bottom}")
            }
            Self::Part { part, path } => write!(f, "{part} {path}"),
        }
    }
}
