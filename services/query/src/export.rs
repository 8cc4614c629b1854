//! Figures of many reports as a file: the rows of [`crate::figures`], written while they are read.

mod rows;

pub(crate) use rows::rows_of;

use crate::figures::{ReportFigures, Scan};
use crate::statistics;
use bytes::Bytes;
use futures::Stream;
use gongkai_export::{ExportError, File, Format};
use gongkai_serve::{Deadline, fields, to_status};
use gongkai_wire::v1::export_figures_response::Part;
use gongkai_wire::v1::export_service_server::ExportService;
use gongkai_wire::{ErrorReason, v1};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Request, Response, Status};
use tracing::{error, warn};

/// Rows that are written at a time; those of one report stay together.
const ROWS_AT_A_TIME: usize = 4096;

/// Files that are written at the same time: each may have a group of rows in memory.
const FILES_MAX: usize = 8;

/// When to come back where there is no room on the disk.
const DISK_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Workbooks among them: each has its rows in files, and at its end the whole in memory.
const WORKBOOKS_MAX: usize = 2;

pub(crate) struct Handler {
    figures: Arc<statistics::Handler>,
    files: Arc<Semaphore>,
    workbooks: Arc<Semaphore>,
}

impl Handler {
    pub(crate) fn new(figures: Arc<statistics::Handler>) -> Self {
        let seats = |count| Arc::new(Semaphore::new(count));
        Self { figures, files: seats(FILES_MAX), workbooks: seats(WORKBOOKS_MAX) }
    }

    /// Places for a file, unless too many are written.
    fn places(&self, format: Format) -> Result<Vec<OwnedSemaphorePermit>, Status> {
        let place = |seats: &Arc<Semaphore>, what: &str| {
            let problem = format!("too many {what} are written at the same time");
            let overloaded = |_| ErrorReason::Overloaded.retry(problem, statistics::RETRY_AFTER);
            seats.clone().try_acquire_owned().map_err(overloaded)
        };
        let mut places = vec![place(&self.files, "files")?];
        match format {
            Format::Xlsx => places.push(place(&self.workbooks, "workbooks")?),
            Format::Csv { .. } | Format::Parquet => {}
        }
        Ok(places)
    }
}

#[tonic::async_trait]
impl ExportService for Handler {
    type ExportFiguresStream = Pin<Box<dyn Stream<Item = Result<v1::ExportFiguresResponse, Status>> + Send>>;

    async fn export_figures(
        &self,
        request: Request<v1::ExportFiguresRequest>,
    ) -> Result<Response<Self::ExportFiguresStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(statistics::PATIENCE);
        let request = request.into_inner();
        let format = format(&request)?;
        let figures = request.figures.unwrap_or_default();
        let mut places = self.places(format)?;
        let (scan, place) = deadline.bound(self.figures.begin(&figures)).await?;
        places.push(place);
        let export = Export::begin(scan, places, format)?;
        let answers = futures::stream::try_unfold(export, |mut export| async move {
            let Some(part) = export.next().await? else { return Ok(None) };
            Ok(Some((v1::ExportFiguresResponse { part: Some(part) }, export)))
        });
        Ok(Response::new(Box::pin(deadline.bound_stream(answers))))
    }
}

fn format(request: &v1::ExportFiguresRequest) -> Result<Format, Status> {
    let with_byte_order_mark = request.byte_order_mark;
    let format = match v1::ExportFormat::try_from(request.format) {
        Ok(v1::ExportFormat::Unspecified | v1::ExportFormat::Csv) => {
            return Ok(Format::Csv { with_byte_order_mark });
        }
        Ok(v1::ExportFormat::Parquet) => Format::Parquet,
        Ok(v1::ExportFormat::Xlsx) => Format::Xlsx,
        Err(_) => {
            let problem = format!("the number {} is not known here", request.format);
            return Err(fields::invalid("format", problem));
        }
    };
    match with_byte_order_mark {
        true => Err(fields::invalid("byte_order_mark", "only a CSV file may have one")),
        false => Ok(format),
    }
}

/// A file on its way to one caller.
struct Export {
    scan: Scan,
    /// None when everything has been written.
    file: Option<File>,
    ready: VecDeque<Part>,
    told: v1::ExportEnd,
    digest: Sha256,
    _places: Vec<OwnedSemaphorePermit>,
}

impl Export {
    fn begin(scan: Scan, places: Vec<OwnedSemaphorePermit>, format: Format) -> Result<Self, Status> {
        let position = scan.position().0;
        let head = v1::ExportHead {
            position,
            media_type: format.media_type().to_owned(),
            file_name: format!("figures-{position}.{}", format.extension()),
        };
        let metadata = [("gongkai.position", position.to_string())];
        let file = File::new(format, &metadata).map_err(|error| failed(&error))?;
        Ok(Self {
            scan,
            file: Some(file),
            ready: [Part::Head(head)].into(),
            told: v1::ExportEnd::default(),
            digest: Sha256::new(),
            _places: places,
        })
    }

    /// The next part; none behind the last.
    async fn next(&mut self) -> Result<Option<Part>, Status> {
        loop {
            if let Some(part) = self.ready.pop_front() {
                return Ok(Some(part));
            }
            let Some(file) = self.file.take() else { return Ok(None) };
            self.write(file).await?;
        }
    }

    /// Writes some rows, or the end.
    async fn write(&mut self, file: File) -> Result<(), Status> {
        let mut reports = Vec::new();
        let mut rows = 0;
        let mut is_last = false;
        while rows < ROWS_AT_A_TIME {
            let Some(report) = self.scan.next().await.map_err(|error| to_status(&error))? else {
                is_last = true;
                break;
            };
            self.told.reports += 1;
            rows += report.rows.len();
            reports.push(report);
        }
        self.told.rows += i64::try_from(rows).unwrap_or(i64::MAX);
        // Compressing some thousand rows takes milliseconds, for which no other call should wait.
        let written = tokio::task::spawn_blocking(move || written(file, &reports, is_last)).await;
        let (file, pieces) = written
            .map_err(|_| ErrorReason::Internal.status("internal error"))?
            .map_err(|error| failed(&error))?;
        for piece in pieces {
            self.digest.update(&piece);
            self.told.bytes += i64::try_from(piece.len()).unwrap_or(i64::MAX);
            self.ready.push_back(Part::Chunk(piece));
        }
        if is_last {
            self.told.sha256 = hexadecimal(&std::mem::take(&mut self.digest).finalize());
            self.ready.push_back(Part::End(std::mem::take(&mut self.told)));
        }
        self.file = file;
        Ok(())
    }
}

/// The file with the rows of these reports, as long as it goes on, and the pieces that are done.
fn written(
    mut file: File,
    reports: &[ReportFigures],
    is_last: bool,
) -> Result<(Option<File>, Vec<Bytes>), ExportError> {
    let mut pieces = Vec::new();
    for report in reports {
        rows_of(report, |row| file.push(row))?;
        pieces.extend(file.take());
    }
    if is_last {
        pieces.extend(file.finish()?);
        return Ok((None, pieces));
    }
    Ok((Some(file), pieces))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a caller is told whose rows cannot be written; the cause goes to our log.
pub(crate) fn failed(error: &ExportError) -> Status {
    if let ExportError::TooManyRows { max } = error {
        let max = max.to_string();
        let details = tonic_types::ErrorDetails::new();
        return ErrorReason::TooManyRows.with(error.to_string(), &[("rows_max", &max)], details);
    }
    if let ExportError::NoRoom(_) = error {
        warn!(error = error as &dyn std::error::Error, "a workbook finds no room on the disk");
        return ErrorReason::Overloaded.retry("there is no room for a workbook", DISK_RETRY_AFTER);
    }
    error!(error = error as &dyn std::error::Error, "figures cannot be exported");
    ErrorReason::Internal.status("internal error")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt as _;

    #[test]
    fn a_full_disk_says_when_to_come_back() {
        let status = failed(&ExportError::NoRoom("no space left".into()));
        assert_eq!(status.code(), tonic::Code::Unavailable);
        let reason = status.get_details_error_info().map(|info| info.reason);
        assert_eq!(reason.as_deref(), Some("OVERLOADED"));
        assert!(status.get_details_retry_info().is_some_and(|retry| retry.retry_delay.is_some()));
        assert!(!status.message().contains("space left"), "nothing of our insides is told");
    }

    #[test]
    fn too_many_rows_are_told_with_how_many_there_is_room_for() {
        let status = failed(&ExportError::TooManyRows { max: 1_048_573 });
        assert_eq!(status.code(), tonic::Code::ResourceExhausted);
        let told = status.get_details_error_info().map(|info| (info.reason, info.metadata));
        let room = [("rows_max".to_owned(), "1048573".to_owned())].into();
        assert_eq!(told, Some(("TOO_MANY_ROWS".to_owned(), room)));
    }
}
