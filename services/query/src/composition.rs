//! Composing the report of an upper-level body out of those of its units.

use crate::convert;
use crate::figures::{ReportSelection, Scan, Selection};
use crate::service::{Answers, Handler as Reading};
use gongkai_compose::{
    Adjustment, ComposeError, ComposedCell, Composition, Exclusion, Obstacle, ObstacleKind, Task, Unit,
    compose, docx, html, xlsx,
};
use gongkai_filter::{Comparison, Filter, Operand, Target};
use gongkai_forms::Form;
use gongkai_model::{NullPolicy, Report, ReportId, Value};
use gongkai_serve::{Deadline, fields, to_status};
use gongkai_store::{BATCH_MAX, Position, ReportField};
use gongkai_wire::v1::compose_report_response::Part;
use gongkai_wire::v1::composition_service_server::CompositionService;
use gongkai_wire::{CHUNK_BYTES_MAX, ErrorReason, MESSAGE_BYTES_MAX, v1};
use prost::Message as _;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use tonic_types::ErrorDetails;
use tracing::error;

/// How long a composition may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Compositions in the making at the same time: each has the records of its units in memory.
const SEATS: usize = 2;
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Reports that are summed.
const UNITS_MAX: usize = BATCH_MAX;
/// Records that are read at once.
const LOAD_SIZE: usize = 16;
/// Names, exclusions, adjustments.
const LINES_MAX: usize = 1000;
const TEXT_BYTES_MAX: usize = 1024;
/// Bytes of a request: a thousand names, exclusions and adjustments of a usual length.
pub(crate) const REQUEST_BYTES_MAX: usize = 1 << 20;

pub(crate) struct Handler {
    pub(crate) reading: Arc<Reading>,
    seats: Arc<Semaphore>,
}

impl Handler {
    pub(crate) fn new(reading: Arc<Reading>) -> Self {
        Self { reading, seats: Arc::new(Semaphore::new(SEATS)) }
    }
}

#[tonic::async_trait]
impl CompositionService for Handler {
    type ComposeReportStream = Answers<v1::ComposeReportResponse>;

    async fn compose_report(
        &self,
        request: Request<v1::ComposeReportRequest>,
    ) -> Result<Response<Self::ComposeReportStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(PATIENCE);
        let request = request.into_inner();
        let overloaded =
            |_| ErrorReason::Overloaded.retry("too many reports are being composed", RETRY_AFTER);
        let seat = self.seats.clone().try_acquire_owned().map_err(overloaded)?;
        let asked = Asked::read(request)?;
        let messages = deadline.bound(async {
            let found = asked.find(&self.reading).await?;
            let working = tokio::task::spawn_blocking(move || found.composed());
            working.await.map_err(|_| ErrorReason::Internal.status("the report could not be composed"))?
        });
        // The seat is taken until the last piece was read: files that nobody reads are in memory.
        let answers = messages.await?.into_iter().map(move |message| {
            let _held = &seat;
            Ok(message)
        });
        Ok(Response::new(Box::pin(deadline.bound_stream(futures::stream::iter(answers)))))
    }
}

/// A request, understood.
struct Asked {
    task: Task,
    filter: Option<ReportSelection>,
    names: Vec<ReportId>,
    last_year: Option<ReportId>,
    formats: Vec<v1::CompositionFormat>,
    purpose: i32,
    as_of: Option<prost_types::Timestamp>,
    published_until: String,
}

impl Asked {
    fn read(request: v1::ComposeReportRequest) -> Result<Self, Status> {
        let text = |field: &str, text: &str| fields::text(field, text, TEXT_BYTES_MAX);
        let subject = text("subject", request.subject.trim())?;
        if subject.is_empty() {
            return Err(fields::invalid("subject", "it is needed"));
        }
        let year = fields::year("year", request.year)?;
        let form = form(request.form, year)?;
        let filter = match request.filter.trim() {
            "" => None,
            filter => Some(
                ReportSelection::parse(filter)
                    .map_err(|error| ErrorReason::InvalidFilter.field("filter", error.to_string()))?,
            ),
        };
        let mut names = fields::names("reports", &request.reports, UNITS_MAX, fields::report)?;
        let mut once = HashSet::new();
        names.retain(|name| once.insert(*name));
        if filter.is_none() && names.is_empty() {
            return Err(fields::invalid("filter", "it is needed where no reports are named"));
        }
        let expected = fields::names("expected_subjects", &request.expected_subjects, LINES_MAX, text)?;
        for (field, count) in
            [("exclusions", request.exclusions.len()), ("adjustments", request.adjustments.len())]
        {
            if LINES_MAX < count {
                return Err(fields::invalid(
                    field,
                    format!("it has {count} entries, at most {LINES_MAX} are allowed"),
                ));
            }
        }
        let mut exclusions = Vec::new();
        for (index, given) in request.exclusions.iter().enumerate() {
            let field = |name| format!("exclusions[{index}].{name}");
            let exclusion = Exclusion {
                subject: text(&field("subject"), given.subject.trim())?,
                reason: text(&field("reason"), given.reason.trim())?,
            };
            if exclusion.subject.is_empty() || exclusion.reason.is_empty() {
                let missing = if exclusion.subject.is_empty() { "subject" } else { "reason" };
                return Err(fields::invalid(&field(missing), "it is needed"));
            }
            exclusions.push(exclusion);
        }
        let mut formats = Vec::new();
        for (index, number) in request.formats.iter().enumerate() {
            match v1::CompositionFormat::try_from(*number) {
                Ok(v1::CompositionFormat::Unspecified) | Err(_) => {
                    let problem = format!("the number {number} is not known here");
                    return Err(fields::invalid(&format!("formats[{index}]"), problem));
                }
                Ok(format) if !formats.contains(&format) => formats.push(format),
                Ok(_) => {}
            }
        }
        let last_year = match request.last_year_report.as_str() {
            "" => None,
            name => Some(fields::report("last_year_report", name)?),
        };
        let policy: NullPolicy = fields::variant("null_policy", request.null_policy)?.unwrap_or_default();
        let adjustments = adjustments(form, &request.adjustments)?;
        let task = Task { subject, year, form, policy, expected, exclusions, adjustments, last_year: None };
        Ok(Self {
            task,
            filter,
            names,
            last_year,
            formats,
            purpose: request.purpose,
            as_of: request.as_of,
            published_until: request.published_until,
        })
    }

    /// Reads the units, all of them as of one state of the store.
    async fn find(self, reading: &Reading) -> Result<Found, Status> {
        let at = reading.read_at(self.purpose, self.as_of, &self.published_until).await?;
        let mut whose = ReportSelection { at, ..self.filter.clone().unwrap_or_default() };
        // Reports of other years are no units, and need not be gone through.
        let year = Target { field: ReportField::Year, key: None };
        let of_year = Filter::Compare(year, Comparison::Equal, Operand::Integer(self.task.year.into()));
        whose.filters.of_summaries =
            Some(Filter::All([of_year].into_iter().chain(whose.filters.of_summaries).collect()));
        let mut scan = Scan::begin(reading.reports.clone(), whose, Selection::default())
            .await
            .map_err(|error| to_status(&error))?;
        let at = at.after(scan.position());
        let mut ids = self.names.clone();
        let mut known: HashSet<ReportId> = ids.iter().copied().collect();
        let named = ids.len();
        while self.filter.is_some() {
            let Some(found) = scan.next().await.map_err(|error| to_status(&error))? else { break };
            let about = &found.about;
            let is_unit = about.keys.year == Some(self.task.year) && about.keys.subject != self.task.subject;
            if is_unit && known.insert(about.report) {
                ids.push(about.report);
            }
            if UNITS_MAX < ids.len() {
                let max = UNITS_MAX.to_string();
                let message = format!("more than {max} reports are to be summed");
                return Err(ErrorReason::TooManyUnits.with(
                    message,
                    &[("units_max", &max)],
                    ErrorDetails::new(),
                ));
            }
        }
        let mut found = Found {
            task: self.task,
            units: Vec::new(),
            revisions: HashMap::new(),
            formats: self.formats,
            position: scan.position(),
        };
        for (some, chunk) in ids.chunks(LOAD_SIZE).enumerate() {
            let stored = reading.reports.reports_by_id(chunk, at).await.map_err(|error| to_status(&error))?;
            for (index, (id, stored)) in chunk.iter().zip(stored).enumerate() {
                let Some(stored) = stored else {
                    let is_named = some * LOAD_SIZE + index < named;
                    // What the filter found is there at this position.
                    let status = if is_named {
                        not_there(*id)
                    } else {
                        ErrorReason::Internal.status("a report is gone")
                    };
                    return Err(status);
                };
                found.revisions.insert(id.to_string(), stored.info.revision);
                // What is not summed would only take room.
                let report = Report {
                    sections: Vec::new(),
                    statements: Vec::new(),
                    findings: Vec::new(),
                    ..stored.report
                };
                found.units.push(Unit { source: id.to_string(), report });
            }
        }
        if let Some(id) = self.last_year {
            let stored = reading.reports.reports_by_id(&[id], at).await.map_err(|error| to_status(&error))?;
            let stored = stored.into_iter().flatten().next().ok_or_else(|| not_there(id))?;
            let year = stored.report.year;
            if year.is_none() || year != found.task.year.checked_sub(1) {
                let year = year.map_or_else(|| "an unknown year".to_owned(), |year| year.to_string());
                return Err(fields::invalid("last_year_report", format!("it is of {year}")));
            }
            found.task.last_year = Some(stored.report);
        }
        Ok(found)
    }
}

fn not_there(id: ReportId) -> Status {
    ErrorReason::ReportNotFound.resource("report", &id.to_string(), format!("{id} is not there"))
}

/// The form of the composed tables.
fn form(number: i32, year: u16) -> Result<&'static Form, Status> {
    match fields::variant("form", number)? {
        Some(id) => gongkai_forms::form(id).ok_or_else(|| fields::invalid("form", "it has no tables")),
        None => gongkai_forms::prescribed(year)
            .ok_or_else(|| fields::invalid("form", format!("it is needed: none is prescribed for {year}"))),
    }
}

fn adjustments(form: &Form, given: &[v1::CompositionAdjustment]) -> Result<Vec<Adjustment>, Status> {
    let mut adjustments = Vec::new();
    for (index, adjustment) in given.iter().enumerate() {
        let field = |name| format!("adjustments[{index}].{name}");
        let cell = form.cell_index(&adjustment.key).and_then(|index| form.cells.get(index));
        let Some(cell) = cell else {
            let error = ComposeError::NoSuchCell { form: form.id.name(), key: adjustment.key.clone() };
            return Err(fields::invalid(&field("key"), error.to_string()));
        };
        let amount = Value::parse(&adjustment.amount, cell.unit);
        for (name, text) in [("reason", &adjustment.reason), ("basis", &adjustment.basis)] {
            if text.trim().is_empty() {
                return Err(fields::invalid(&field(name), "it is needed"));
            }
        }
        adjustments.push(Adjustment {
            key: cell.key.clone(),
            amount: amount.map_err(|error| fields::invalid(&field("amount"), error.to_string()))?,
            reason: fields::text(&field("reason"), &adjustment.reason, TEXT_BYTES_MAX)?,
            basis: fields::text(&field("basis"), &adjustment.basis, TEXT_BYTES_MAX)?,
        });
    }
    Ok(adjustments)
}

/// Everything that is summed.
struct Found {
    task: Task,
    units: Vec<Unit>,
    revisions: HashMap<String, u32>,
    formats: Vec<v1::CompositionFormat>,
    position: Position,
}

impl Found {
    /// The answer, message by message.
    fn composed(self) -> Result<Vec<v1::ComposeReportResponse>, Status> {
        let composition = compose(self.task, &self.units)
            .map_err(|error| fields::invalid("adjustments", error.to_string()))?;
        drop(self.units);
        let told = told(&composition, &self.revisions, self.position);
        if MESSAGE_BYTES_MAX < told.encoded_len() {
            let message = "the composition does not fit into one message; sum fewer units, or have blanks checked first";
            return Err(ErrorReason::TooManyUnits.status(message));
        }
        let mut messages = vec![v1::ComposeReportResponse { part: Some(Part::Composition(told)) }];
        let failed = |error: &(dyn std::error::Error + 'static)| {
            error!(error, "a composed report could not be written");
            ErrorReason::Internal.status("the file could not be written")
        };
        for format in self.formats {
            let bytes = match format {
                v1::CompositionFormat::Xlsx => xlsx(&composition).map_err(|error| failed(&error))?,
                v1::CompositionFormat::Docx => docx(&composition).map_err(|error| failed(&error))?,
                v1::CompositionFormat::Html => html(&composition).into_bytes(),
                v1::CompositionFormat::Unspecified => continue,
            };
            let bytes = bytes::Bytes::from(bytes);
            for start in (0..bytes.len()).step_by(CHUNK_BYTES_MAX) {
                let end = bytes.len().min(start + CHUNK_BYTES_MAX);
                let piece = v1::CompositionPiece {
                    format: format.into(),
                    chunk: bytes.slice(start..end),
                    last: end == bytes.len(),
                };
                messages.push(v1::ComposeReportResponse { part: Some(Part::Piece(piece)) });
            }
        }
        Ok(messages)
    }
}

fn told(composition: &Composition, revisions: &HashMap<String, u32>, position: Position) -> v1::Composition {
    let task = &composition.task;
    let expected = Some(task.expected.len()).filter(|count| 0 < *count);
    v1::Composition {
        subject: task.subject.clone(),
        year: task.year.into(),
        form: v1::Form::from(task.form.id).into(),
        null_policy: v1::NullPolicy::from(task.policy).into(),
        complete: composition.is_complete(),
        position: position.0,
        units: composition
            .units
            .iter()
            .map(|unit| v1::CompositionUnit {
                report: unit.source.clone(),
                revision: revisions.get(&unit.source).copied().unwrap_or_default(),
                subject: unit.subject.clone(),
                scope: v1::ScopeKind::from(unit.scope).into(),
            })
            .collect(),
        expected_count: expected.and_then(|count| u32::try_from(count).ok()),
        absent_subjects: composition.absent.clone(),
        cells: composition.cells.iter().map(|cell| composed_cell(task.form, cell)).collect(),
        broken_identities: composition.broken.clone(),
        obstacles: composition.obstacles.iter().map(obstacle).collect(),
    }
}

fn composed_cell(form: &Form, cell: &ComposedCell) -> v1::ComposedCell {
    let places = |units: &[usize]| units.iter().filter_map(|unit| u32::try_from(*unit).ok()).collect();
    let text = convert::cell_text(Some(form), &cell.key);
    v1::ComposedCell {
        key: cell.key.to_string(),
        label_zh: text.as_ref().map(|text| text.label_zh.to_owned()).unwrap_or_default(),
        label_en: text.as_ref().map(|text| text.label_en.to_owned()).unwrap_or_default(),
        unit: text.map_or(v1::Unit::Unspecified, |text| text.unit.into()).into(),
        sum: cell.sum.map(|value| value.to_string()),
        adjustment: cell.adjustment.map(|value| value.to_string()),
        value: cell.value.map(|value| value.to_string()),
        zeroed_units: places(&cell.zeroed),
        unknown_units: places(&cell.unknown),
        derivation: v1::Derivation::from(cell.derivation).into(),
        last_year: cell.last_year.map(|value| value.to_string()),
    }
}

fn obstacle(obstacle: &Obstacle) -> v1::Obstacle {
    let kind = match obstacle.kind {
        ObstacleKind::OtherYear => v1::ObstacleKind::OtherYear,
        ObstacleKind::OtherForm => v1::ObstacleKind::OtherForm,
        ObstacleKind::OpenCells => v1::ObstacleKind::OpenCells,
        ObstacleKind::BrokenIdentities => v1::ObstacleKind::BrokenIdentities,
        ObstacleKind::ScopeUnknown => v1::ObstacleKind::ScopeUnknown,
        ObstacleKind::CountedTwice => v1::ObstacleKind::CountedTwice,
        ObstacleKind::Absent => v1::ObstacleKind::Absent,
    };
    v1::Obstacle {
        kind: kind.into(),
        blocks: obstacle.kind.blocks(),
        report: obstacle.source.clone(),
        subject: obstacle.subject.clone(),
        keys: obstacle.keys.iter().map(ToString::to_string).collect(),
        identities: obstacle.identities.clone(),
        message_zh: obstacle.message_zh.clone(),
        message_en: obstacle.message_en.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slow::stored;
    use gongkai_model::{Body, FormId, RegionText};
    use tonic_types::StatusExt as _;

    #[tokio::test(start_paused = true)]
    async fn answers_that_nobody_reads_give_their_seats_back() {
        let it = stored();
        let report = Report {
            year: Some(2020),
            form: FormId::Form2019,
            subject: Body { name: "甲县教育局".to_owned(), ..Body::default() },
            region: RegionText { name: "甲县".to_owned(), ..RegionText::default() },
            ..Report::default()
        };
        let request = v1::ComposeReportRequest {
            subject: "甲县人民政府".to_owned(),
            year: 2020,
            reports: vec![it.publish(&report).await],
            // More pieces than are on their way unread.
            formats: [v1::CompositionFormat::Xlsx, v1::CompositionFormat::Html, v1::CompositionFormat::Docx]
                .map(i32::from)
                .to_vec(),
            ..v1::ComposeReportRequest::default()
        };
        let handler = Handler::new(Arc::new(it.handler));
        let ask = || handler.compose_report(Request::new(request.clone()));
        let mut unread = Vec::new();
        for _ in 0..SEATS {
            unread.push(ask().await.unwrap());
        }
        let refused = ask().await.err().unwrap();
        assert_eq!(refused.get_details_error_info().unwrap().reason, "OVERLOADED");
        tokio::time::sleep(PATIENCE + Duration::from_secs(1)).await;
        ask().await.unwrap();
        drop(unread);
    }
}
