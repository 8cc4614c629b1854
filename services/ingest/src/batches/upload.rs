//! One upload: items come in one after the other, some of them are in work at the same time, and each is answered when it
//! is done.

use super::answers::Answers;
use super::archived::{self, Archives, Counts, Spool};
use super::collecting::{Collected, Collecting};
use super::items::{Items, invalid_metadata, told_name};
use crate::accept::{Accepting, Metadata};
use crate::archive::{self, Event, Format, Limits, Refused};
use crate::limits;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use gongkai_model::{BatchId, RefuseReason};
use gongkai_serve::fields::{self, invalid};
use gongkai_serve::{Deadline, Principal};
use gongkai_store::ItemName;
use gongkai_wire::v1::upload_batch_request::Part;
use gongkai_wire::{ErrorReason, v1};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Status;
use tracing::{Instrument as _, error};

/// Items of one upload in work at the same time.
const IN_WORK_MAX: usize = 16;
/// How long a sender may rest between two messages.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(60);
/// How long a sender whose answers are not read is heard to its end.
const REST_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Bytes of a key: an entry of an archive has a number behind it.
const KEY_BYTES_MAX: usize = 480;

/// What is in work of an upload.
pub(super) struct Taking {
    items: Items,
    answers: Answers,
    places: Arc<Semaphore>,
    work: JoinSet<()>,
}

pub(super) struct Upload<M> {
    taking: Taking,
    archives: Archives,
    batch: BatchId,
    caller: Principal,
    messages: M,
}

impl<M: Stream<Item = Result<v1::UploadBatchRequest, Status>> + Unpin + Send> Upload<M> {
    pub(super) fn new(
        items: Items,
        archives: Archives,
        batch: BatchId,
        caller: Principal,
        messages: M,
        answers: Answers,
    ) -> Self {
        let places = Arc::new(Semaphore::new(IN_WORK_MAX));
        let taking = Taking { items, answers, places, work: JoinSet::new() };
        Self { taking, archives, batch, caller, messages }
    }

    /// Takes everything, until the end or `deadline`. What is in work then is finished and answered.
    pub(super) async fn run(mut self, deadline: Deadline) {
        let ended = deadline.bound(self.take_all()).await;
        self.taking.finish().await;
        let answers = self.taking.answers.clone();
        let Some(failure) = answers.failure().or(ended.err()) else { return };
        // A sender that sends everything before it reads would never come to read that it should: what else it has to say
        // is heard and not taken.
        let listens = answers.has_listener() && failure.code() == ErrorReason::AnswersUnread.code();
        if listens {
            let rest = async {
                while let Some(Ok(_)) = self.messages.next().await {}
                Ok(())
            };
            let _ = deadline.at_most(REST_PATIENCE).bound(rest).await;
        }
        answers.fail(failure).await;
    }

    async fn take_all(&mut self) -> Result<(), Status> {
        while let Some(part) = self.next_part().await? {
            match part {
                Part::Item(start) => self.take_item(start).await?,
                Part::Piece(_) => return Err(invalid("piece", "no item has more bytes to come")),
                Part::Batch(_) => return Err(invalid("batch", "only the first message has it")),
            }
        }
        Ok(())
    }

    /// The next part; none after the last.
    async fn next_part(&mut self) -> Result<Option<Part>, Status> {
        let next = timeout(MESSAGE_PATIENCE, self.messages.next());
        let Some(next) = self.taking.unless_over(next).await? else { return Ok(None) };
        match next {
            Ok(None) => Ok(None),
            Ok(Some(message)) => message?.part.map(Some).ok_or_else(|| invalid("part", "it is needed")),
            Err(_) => Err(Status::deadline_exceeded("the next message did not come in time")),
        }
    }

    /// The next bytes of the item that was begun; none after the last.
    async fn next_piece(&mut self, more: &mut bool) -> Result<Option<Bytes>, Status> {
        if !*more {
            return Ok(None);
        }
        match self.next_part().await? {
            Some(Part::Piece(piece)) => {
                limits::check_piece("piece.content", piece.content.len())?;
                *more = piece.more;
                Ok(Some(piece.content))
            }
            Some(Part::Item(_) | Part::Batch(_)) | None => {
                Err(invalid("piece", "the item before has more bytes to come"))
            }
        }
    }

    async fn take_item(&mut self, start: v1::BatchItemStart) -> Result<(), Status> {
        let key = fields::text("item.key", &start.key, KEY_BYTES_MAX)?;
        if key.is_empty() {
            return Err(invalid("item.key", "it is needed"));
        }
        limits::check_piece("item.content", start.content.len())?;
        let item = ItemName { batch: self.batch, key };
        let (first, mut more) = (start.content, start.more);
        // A document by itself is not judged by a request id: it has its key.
        let said = start.metadata.map(|said| v1::DocumentMetadata { request_id: String::new(), ..said });
        let file_name = said.as_ref().map(|said| said.file_name.clone()).unwrap_or_default();
        let metadata = match Metadata::check(self.caller.clone(), said) {
            Ok(metadata) => metadata,
            Err(status) => {
                let metadata = Metadata::check(self.caller.clone(), None)?.named(told_name(file_name));
                return self.refuse(item, metadata, invalid_metadata(&status), &mut more).await;
            }
        };
        match v1::ArchiveFormat::try_from(start.archive) {
            Ok(v1::ArchiveFormat::Unspecified) => self.take_document(item, metadata, first, &mut more).await,
            Ok(v1::ArchiveFormat::Zip) => {
                self.take_archive(item, metadata, Format::Zip, first, &mut more).await
            }
            Ok(v1::ArchiveFormat::TarGz) => {
                self.take_archive(item, metadata, Format::TarGz, first, &mut more).await
            }
            Err(_) => {
                let message = format!("the archive format {} is not known here", start.archive);
                let refused = Refused::new(RefuseReason::InvalidMetadata, message);
                self.refuse(item, metadata, refused, &mut more).await
            }
        }
    }

    /// Refuses an item before its bytes are looked at.
    async fn refuse(
        &mut self,
        item: ItemName,
        metadata: Metadata,
        refused: Refused,
        more: &mut bool,
    ) -> Result<(), Status> {
        while self.next_piece(more).await?.is_some() {}
        self.taking.take(item, metadata, Err(refused), None).await
    }

    async fn take_document(
        &mut self,
        item: ItemName,
        metadata: Metadata,
        first: Bytes,
        more: &mut bool,
    ) -> Result<(), Status> {
        let mut collecting = Collecting::begin(self.taking.accepting()).await?;
        collecting.add(&first).await?;
        while let Some(piece) = self.next_piece(more).await? {
            collecting.add(&piece).await?;
        }
        let collected = collecting.end().await?;
        self.taking.take(item, metadata, collected, None).await
    }

    async fn take_archive(
        &mut self,
        item: ItemName,
        metadata: Metadata,
        format: Format,
        first: Bytes,
        more: &mut bool,
    ) -> Result<(), Status> {
        let Some(place) = self.taking.unless_over(self.archives.keep()).await? else { return Ok(()) };
        let _place = place?;
        let mut spool = Spool::begin().await?;
        spool.add(&first).await?;
        while let Some(piece) = self.next_piece(more).await? {
            spool.add(&piece).await?;
        }
        let contents = match spool.end().await? {
            Ok(file) => {
                let Some(turn) = self.taking.unless_over(self.archives.turn()).await? else { return Ok(()) };
                let _turn = turn?;
                let read = move |emit: &mut dyn FnMut(Event) -> bool| {
                    archive::read(file, format, &Limits::STANDARD, emit)
                };
                archived::take(&mut self.taking, &item, &metadata, read).await?
            }
            Err(refused) => Err(refused),
        };
        match contents {
            Ok(contents) => {
                self.taking.items.archive_is_taken(&item).await?;
                let outcome = Some(v1::batch_item::Outcome::Archive(contents));
                self.taking.answers.tell(v1::BatchItem { key: item.key, outcome }).await;
                Ok(())
            }
            Err(refused) => self.taking.take(item, metadata, Err(refused), None).await,
        }
    }
}

impl Taking {
    pub(super) fn accepting(&self) -> &Accepting {
        &self.items.accepting
    }

    /// What `work` gives, unless the upload is over before; then nothing, or why it is.
    pub(super) async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Result<Option<T>, Status> {
        tokio::select! {
            biased;
            () = self.answers.over() => self.answers.why_over().map_or(Ok(None), Err),
            done = work => Ok(Some(done)),
        }
    }

    /// Puts an item into work as soon as there is a place. It is answered when it is done.
    pub(super) async fn take(
        &mut self,
        item: ItemName,
        metadata: Metadata,
        collected: Result<Collected, Refused>,
        counts: Option<Arc<Counts>>,
    ) -> Result<(), Status> {
        let place = self.places.clone().acquire_owned();
        let Some(Ok(place)) = self.unless_over(place).await? else { return Ok(()) };
        while let Some(ended) = self.work.try_join_next() {
            self.heed(ended);
        }
        let work = work(self.items.clone(), self.answers.clone(), item, metadata, collected, counts, place);
        self.work.spawn(work.in_current_span());
        Ok(())
    }

    /// Returns when nothing is in work any more.
    pub(super) async fn finish(&mut self) {
        while let Some(ended) = self.work.join_next().await {
            self.heed(ended);
        }
    }

    fn heed(&self, ended: Result<(), tokio::task::JoinError>) {
        if let Err(error) = ended {
            error!(error = &error as &dyn std::error::Error, "taking an item failed");
            self.answers.end(ErrorReason::Internal.status("internal error"));
        }
    }
}

async fn work(
    items: Items,
    answers: Answers,
    item: ItemName,
    metadata: Metadata,
    collected: Result<Collected, Refused>,
    counts: Option<Arc<Counts>>,
    place: OwnedSemaphorePermit,
) {
    match items.take(item, metadata, collected).await {
        Ok(item) => {
            if let Some(counts) = counts {
                counts.count(&item);
            }
            // In its place until it is told: answers that nobody reads keep the next item waiting.
            answers.tell(item).await;
        }
        Err(status) => answers.end(status),
    }
    drop(place);
}

#[cfg(test)]
mod tests;
