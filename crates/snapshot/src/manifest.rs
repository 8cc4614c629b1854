//! What the files of a snapshot are.

use crate::hexadecimal;
use gongkai_model::ReportId;
use gongkai_store::{ContentDigest, HistoryRevision, Position, ReportHistory};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// Bytes after which the next part begins.
pub const PART_BYTES_MIN: u64 = 1024 * 1024;
/// See [`PART_BYTES_MIN`].
pub const PART_BYTES_DEFAULT: u64 = 256 * 1024 * 1024;
/// See [`PART_BYTES_MIN`].
pub const PART_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

const FORMAT: &str = "gongkai-snapshot";
/// The first version. Its reader knows evidence of version 1 alone.
const VERSION: u32 = 1;
/// The same files, with evidence of version 2 among them, which is compressed with a dictionary.
const VERSION_WITH_DICTIONARY: u32 = 2;
const EVIDENCE_WITH_DICTIONARY: u8 = 2;
/// Versions that are read here.
const VERSIONS: RangeInclusive<u32> = VERSION..=VERSION_WITH_DICTIONARY;
/// Parts that a snapshot has at most.
const PARTS_MAX: usize = 99_999;
/// Reports that are left out at most.
pub const LEFT_OUT_MAX: usize = 1000;
/// Bytes that a manifest has at most.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// What the files of a snapshot are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Always `gongkai-snapshot`.
    pub format: String,
    /// Of the format of all files: 1, or 2 where a record among them is packed as versions of the program before cannot read it. So
    /// these refuse it at once, and do not take the files for damaged.
    pub version: u32,
    /// When it was made, in UTC.
    pub made_at: String,
    /// What has to be there already; nothing where everything is given.
    pub base: Option<Place>,
    /// What is there afterwards.
    pub content: Place,
    /// Whether the bytes of documents are among the files.
    pub with_documents: bool,
    /// Reports that are there afterwards.
    pub reports_in_all: u64,
    /// Reports among the files, and their revisions and reviews.
    pub reports: u64,
    /// Revisions among the files.
    pub revisions: u64,
    /// Reviews among the files.
    pub reviews: u64,
    /// Documents among the files.
    pub documents: u64,
    /// The digest of the reports among the files, in the order of their names; that of the content where everything is given.
    pub carried_sha256: String,
    /// The digest of all parts, one behind the other.
    pub parts_sha256: String,
    /// Reports that were left out, `reports/{uuid}`, because more happened to them than is carried: they count neither here nor in
    /// any digest. A version that does not know of them refuses such a manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The parts.
    pub parts: Vec<Part>,
}

/// What a store holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The position of the store that the snapshot comes from.
    pub position: i64,
    /// The digest of everything that is published there.
    pub sha256: String,
}

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The name of its file.
    pub name: String,
    /// The bytes of the file.
    pub bytes: u64,
    /// Their digest.
    pub sha256: String,
    /// Reports in it.
    pub reports: u64,
    /// Documents in it.
    pub documents: u64,
}

/// Why a manifest is none.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is no JSON of the expected form.
    #[error("it is no manifest of a snapshot")]
    Json(#[from] serde_json::Error),
    /// It is of another format.
    #[error("it is of the format {format} {version}, and {FORMAT} {} to {} is known here", VERSIONS.start(), VERSIONS.end())]
    Version {
        /// The format.
        format: String,
        /// Its version.
        version: u32,
    },
    /// It says something that makes no sense.
    #[error("{0}")]
    Senseless(String),
}

/// The name of a part by its number, counted from 1.
pub fn part_name(number: usize) -> String {
    format!("part-{number:05}.tar.zst")
}

impl Place {
    /// A store with this content at this position.
    pub fn new(position: Position, content: ContentDigest) -> Self {
        Self { position: position.0, sha256: content.to_string() }
    }

    /// The digest.
    pub fn content(&self) -> Option<ContentDigest> {
        digest(&self.sha256).map(ContentDigest)
    }
}

/// A digest in hexadecimal digits.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !rest.is_empty() || !text.as_bytes().iter().all(is_digit) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    bytes?.try_into().ok()
}

impl Manifest {
    /// A manifest without parts.
    pub fn new(made_at: String, base: Option<Place>, with_documents: bool) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_at,
            base,
            content: Place { position: 0, sha256: String::new() },
            with_documents,
            reports_in_all: 0,
            reports: 0,
            revisions: 0,
            reviews: 0,
            documents: 0,
            carried_sha256: String::new(),
            parts_sha256: hexadecimal(&Sha256::digest([])),
            left_out: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Raises the version to what it takes to read a report that is among the files.
    pub fn needs(&mut self, history: &ReportHistory) {
        let is_needed =
            |revision: &HistoryRevision| EVIDENCE_WITH_DICTIONARY <= revision.packed.evidence_version();
        if history.revisions.iter().any(is_needed) {
            self.version = self.version.max(VERSION_WITH_DICTIONARY);
        }
    }

    /// Reports that were left out; none where one of them has no name of a report.
    pub fn left_out_reports(&self) -> Option<HashSet<ReportId>> {
        self.left_out.iter().map(|name| ReportId::parse(name).ok()).collect()
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Numbers and texts in structures are always JSON.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Where it is none, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let senseless = |what: &str| ManifestError::Senseless(what.to_owned());
        if BYTES_MAX < bytes.len() {
            return Err(senseless("it has more bytes than a manifest has"));
        }
        let Head { format, version } = serde_json::from_slice(bytes)?;
        if format != FORMAT || !VERSIONS.contains(&version) {
            return Err(ManifestError::Version { format, version });
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        let places = manifest.base.iter().chain([&manifest.content]);
        let digests: Vec<_> = places.map(|place| &place.sha256).chain([&manifest.carried_sha256]).collect();
        if digests.iter().any(|text| digest(text).is_none()) {
            return Err(senseless("one of its digests is no SHA-256"));
        }
        if PARTS_MAX < manifest.parts.len() {
            return Err(senseless("it has more parts than a snapshot has"));
        }
        if LEFT_OUT_MAX < manifest.left_out.len() || manifest.left_out_reports().is_none() {
            return Err(senseless("what it has left out are no reports, or too many"));
        }
        let mut names = HashSet::new();
        for (number, part) in (1..).zip(&manifest.parts) {
            if part.name != part_name(number) || !names.insert(&part.name) {
                return Err(senseless("its parts are not named in their order"));
            }
            if digest(&part.sha256).is_none() {
                return Err(senseless("the digest of a part is no SHA-256"));
            }
        }
        if manifest.base.as_ref().is_some_and(|base| manifest.content.position < base.position) {
            return Err(senseless("its base is behind it"));
        }
        Ok(manifest)
    }
}
