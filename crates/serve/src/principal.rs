use std::fmt;
use tonic::Status;
use tonic::metadata::MetadataMap;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal(String);

impl Principal {
    /// The caller of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The caller's name: request ids are kept apart by it.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells who calls.
pub trait Principals: Send + Sync {
    /// The caller, from what stands in the call's metadata.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the caller is not known.
    fn principal(&self, metadata: &MetadataMap) -> Result<Principal, Status>;
}

/// Everyone is the same caller. For listeners that only this machine reaches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Anonymous;

impl Principals for Anonymous {
    fn principal(&self, _: &MetadataMap) -> Result<Principal, Status> {
        Ok(Principal::new("anonymous"))
    }
}
