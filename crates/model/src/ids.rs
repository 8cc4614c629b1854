use uuid::Uuid;

/// A name that is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not of the form {expected}")]
pub struct IdError {
    /// The name as given.
    pub name: String,
    /// What was expected.
    pub expected: &'static str,
}

/// A document's identity: the SHA-256 of its bytes. The same bytes are the same document.
///
/// Its resource name is `documents/{64 lower-case hexadecimal digits}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentId([u8; 32]);

impl DocumentId {
    const EXPECTED: &'static str = "documents/{sha256}";

    /// The document of this digest.
    pub const fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a resource name.
    pub fn parse(name: &str) -> Result<Self, IdError> {
        let error = || IdError { name: name.to_owned(), expected: Self::EXPECTED };
        let hex = name.strip_prefix("documents/").ok_or_else(error)?.as_bytes();
        let mut digest = [0; 32];
        if hex.len() != 64 {
            return Err(error());
        }
        for (byte, pair) in digest.iter_mut().zip(hex.as_chunks::<2>().0) {
            let digit = |c: u8| match c {
                b'0'..=b'9' => Ok(c - b'0'),
                b'a'..=b'f' => Ok(c - b'a' + 10),
                _ => Err(error()),
            };
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(digest))
    }
}

impl std::fmt::Display for DocumentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("documents/")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

macro_rules! uuid_name {
    ($(#[$doc:meta])* $name:ident, $collection:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A new name, ordered by its time of making.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The name with this id.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The id alone.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads a resource name.
            pub fn parse(name: &str) -> Result<Self, IdError> {
                name.strip_prefix(concat!($collection, "/"))
                    .filter(|id| id.len() == 36 && !id.bytes().any(|byte| byte.is_ascii_uppercase()))
                    .and_then(|id| Uuid::try_parse(id).ok())
                    .map(Self)
                    .ok_or_else(|| IdError { name: name.to_owned(), expected: $expected })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($collection, "/{}"), self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    };
}

uuid_name!(
    /// A document on its way: `submissions/{uuidv7}`.
    SubmissionId,
    "submissions",
    "submissions/{uuid}"
);
uuid_name!(
    /// The report of one subject and scope for one year: `reports/{uuidv7}`.
    ReportId,
    "reports",
    "reports/{uuid}"
);
uuid_name!(
    /// What a reviewer says of a report: `reviews/{uuid}`.
    ReviewId,
    "reviews",
    "reviews/{uuid}"
);
uuid_name!(
    /// Documents that were sent together: `batches/{uuid}`.
    BatchId,
    "batches",
    "batches/{uuid}"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let document = DocumentId::from_digest([0xa7; 32]);
        assert_eq!(DocumentId::parse(&document.to_string()), Ok(document));
        let report = ReportId::generate();
        assert_eq!(ReportId::parse(&report.to_string()), Ok(report));
    }

    #[test]
    fn other_names_are_refused() {
        assert!(DocumentId::parse("documents/xyz").is_err());
        assert!(DocumentId::parse(&format!("documents/{}", "A".repeat(64))).is_err());
        assert!(ReportId::parse("reports/").is_err());
        assert!(ReportId::parse(&SubmissionId::generate().to_string()).is_err());
    }
}
