//! The revisions of reports, and what differs between them.

use crate::page_token::Place;
use crate::service::Handler;
use crate::{convert, differences};
use gongkai_model::{Purpose, ReportId};
use gongkai_serve::{fields, to_status};
use gongkai_store::ReadAt;
use gongkai_wire::{ErrorReason, MESSAGE_BYTES_MAX, v1};
use prost::Message as _;
use tonic::Status;

pub(crate) async fn list(
    handler: &Handler,
    request: v1::ListReportRevisionsRequest,
) -> Result<v1::ListReportRevisionsResponse, Status> {
    let id = fields::report("report", &request.report)?;
    let size = fields::page_size(request.page_size)? as usize;
    let purpose = fields::purpose("purpose", request.purpose)?;
    let published_until = fields::day("published_until", &request.published_until)?;
    let of = format!("revisions {id} {purpose:?} {:?} {published_until:?}", request.as_of);
    let place = handler.place(&of, &request.page_token, request.as_of).await?;
    let at = ReadAt { purpose, as_of: Some(place.snapshot), published_until };
    let known = handler.reports.revisions(id, at).await.map_err(|error| to_status(&error))?;
    let mut known = known.iter().skip(place.skip);
    let revisions: Vec<_> = known.by_ref().take(size).map(convert::revision).collect();
    let next = known.next().map(|_| Place { skip: place.skip + revisions.len(), ..place });
    Ok(v1::ListReportRevisionsResponse {
        revisions,
        next_page_token: next.map(|place| handler.token_key.seal(&of, &place)).unwrap_or_default(),
    })
}

pub(crate) async fn get(
    handler: &Handler,
    request: v1::GetReportRevisionRequest,
) -> Result<v1::GetReportRevisionResponse, Status> {
    let (id, number) = name("name", &request.name)?;
    let view = fields::view("view", request.view)?;
    let purpose = fields::purpose("purpose", request.purpose)?;
    let stored = handler.reports.report_revision(id, number, purpose).await;
    let stored = stored.map_err(|error| to_status(&error))?;
    Ok(v1::GetReportRevisionResponse { report: Some(convert::whole_report(&stored, view)?) })
}

pub(crate) async fn diff(
    handler: &Handler,
    request: v1::DiffReportRevisionsRequest,
) -> Result<v1::DiffReportRevisionsResponse, Status> {
    let purpose = fields::purpose("purpose", request.purpose)?;
    let (id, number) = name("target", &request.target)?;
    let (base_id, base_number) = match request.base.as_str() {
        "" if number == 1 => {
            return Err(fields::invalid("base", "it is needed: the target is the first revision"));
        }
        "" => (id, number - 1),
        base => name("base", base)?,
    };
    let revision = async |id: ReportId, number: u32, purpose: Purpose| {
        handler.reports.report_revision(id, number, purpose).await.map_err(|error| to_status(&error))
    };
    let target = revision(id, number, purpose).await?;
    let base = revision(base_id, base_number, purpose).await?;
    let difference = differences::between(&base, &target);
    if MESSAGE_BYTES_MAX < difference.encoded_len() {
        let message = "the difference has more text than one message carries";
        return Err(ErrorReason::ReportTooLarge.resource("report", &id.to_string(), message));
    }
    Ok(difference)
}

/// Reads the name of a revision: `reports/{uuid}/revisions/{number}`.
pub(crate) fn name(field: &str, name: &str) -> Result<(ReportId, u32), Status> {
    let problem = || fields::invalid(field, "it is not of the form reports/{uuid}/revisions/{number}");
    let (report, number) = name.split_once("/revisions/").ok_or_else(problem)?;
    let number = number.parse().ok().filter(|known: &u32| 0 < *known && known.to_string() == number);
    Ok((fields::report(field, report)?, number.ok_or_else(problem)?))
}
