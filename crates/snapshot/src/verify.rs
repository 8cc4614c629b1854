//! A snapshot, looked at without a store.

use crate::manifest::{Manifest, Part};
use crate::read::{Entry, PartReader};
use crate::{SnapshotError, hexadecimal};
use gongkai_model::DocumentId;
use gongkai_store::{ContentDigester, NewHistory};
use sha2::{Digest as _, Sha256};
use std::io::{Read, Seek};

/// Looks at the parts of a snapshot, one after the other.
pub struct Verifier<'m> {
    manifest: &'m Manifest,
    carried: ContentDigester,
    parts: Sha256,
    seen: Verified,
}

/// What a snapshot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Reports.
    pub reports: u64,
    /// Their revisions.
    pub revisions: u64,
    /// Their reviews.
    pub reviews: u64,
    /// Documents.
    pub documents: u64,
}

impl<'m> Verifier<'m> {
    /// Of the snapshot with this manifest.
    pub fn new(manifest: &'m Manifest) -> Self {
        Self {
            manifest,
            carried: ContentDigester::default(),
            parts: Sha256::new(),
            seen: Verified::default(),
        }
    }

    /// Looks at the next part: its bytes, every record and every document in it.
    ///
    /// # Errors
    /// Where it is not what the manifest says, or cannot be read.
    pub fn part(&mut self, part: &Part, file: &mut (impl Read + Seek)) -> Result<(), SnapshotError> {
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut bytes = 0_u64;
        loop {
            let count = file.read(&mut buffer)?;
            let read = buffer.get(..count).unwrap_or_default();
            if read.is_empty() {
                break;
            }
            digest.update(read);
            self.parts.update(read);
            bytes += count as u64;
        }
        let actual = hexadecimal(&digest.finalize());
        if bytes != part.bytes || actual != part.sha256 {
            return Err(SnapshotError::damaged(format!(
                "it has {bytes} bytes with the SHA-256 {actual}, and {} with {} were to come",
                part.bytes, part.sha256
            )));
        }
        file.rewind()?;
        let before = self.seen;
        let mut reader = PartReader::new(file)?;
        while let Some(entry) = reader.next_entry()? {
            match entry {
                Entry::Document { id, .. } => self.document(id, &mut reader, &mut buffer)?,
                Entry::Report(history, _) => {
                    self.seen.reports += 1;
                    self.seen.revisions += history.revisions.len() as u64;
                    self.seen.reviews += history.events.iter().map(|it| it.said.len() as u64).sum::<u64>();
                    let report = history.report;
                    let new = NewHistory::new(*history)?;
                    if !self.carried.add(report, new.history().digest()) {
                        return Err(SnapshotError::damaged(format!("{report} is not in its order")));
                    }
                }
            }
        }
        let counts = (self.seen.reports - before.reports, self.seen.documents - before.documents);
        if counts != (part.reports, part.documents) {
            return Err(SnapshotError::damaged(format!(
                "it has {} reports and {} documents, and {} and {} were to come",
                counts.0, counts.1, part.reports, part.documents
            )));
        }
        Ok(())
    }

    fn document<R: Read>(
        &mut self,
        id: DocumentId,
        reader: &mut PartReader<R>,
        buffer: &mut [u8],
    ) -> Result<(), SnapshotError> {
        self.seen.documents += 1;
        let mut digest = Sha256::new();
        loop {
            let count = reader.data(buffer)?;
            match buffer.get(..count) {
                Some(read) if 0 < count => digest.update(read),
                _ => break,
            }
        }
        if DocumentId::from_digest(digest.finalize().into()) != id {
            return Err(SnapshotError::damaged(format!("{id} has other bytes than its name says")));
        }
        Ok(())
    }

    /// Ends it, when all parts have been looked at.
    ///
    /// # Errors
    /// Where the whole is not what the manifest says.
    pub fn finish(self) -> Result<Verified, SnapshotError> {
        let carried = self.carried.finish().to_string();
        if carried != self.manifest.carried_sha256 {
            return Err(SnapshotError::damaged(format!(
                "its reports have the digest {carried}, and {} was to come",
                self.manifest.carried_sha256
            )));
        }
        if self.manifest.base.is_none() && carried != self.manifest.content.sha256 {
            return Err(SnapshotError::damaged("the digest of its content is not that of its reports"));
        }
        if hexadecimal(&self.parts.finalize()) != self.manifest.parts_sha256 {
            return Err(SnapshotError::damaged("its parts together are not what the manifest says"));
        }
        let Manifest { reports, revisions, reviews, documents, .. } = *self.manifest;
        if self.seen != (Verified { reports, revisions, reviews, documents }) {
            return Err(SnapshotError::damaged("it holds other numbers of things than the manifest says"));
        }
        Ok(self.seen)
    }
}
