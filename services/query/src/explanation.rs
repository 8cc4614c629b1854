//! Where a figure comes from: its place in the document, what its form and the rules say of it, and what the text says.

use crate::reference::definitions;
use crate::service::Handler;
use crate::{convert, revisions};
use gongkai_forms::{Form, Indicator};
use gongkai_model::{DocumentId, Figure, FigureName, Opinion, Period, Portion, Span};
use gongkai_pipeline::{Hint, Limits, Rejection, surroundings};
use gongkai_serve::{fields, to_status};
use gongkai_store::{StoredReport, StoredReview};
use gongkai_wire::{ErrorReason, MESSAGE_BYTES_MAX, period_of, v1};
use prost::Message as _;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tonic::Status;
use tracing::{error, warn};

/// Documents that are read again at the same time, to show what stands around a figure. Some more wait, within their deadline.
pub(crate) const READERS_MAX: usize = 2;
/// Those that are read or waited for. Each may hold a record, or a page of them.
pub(crate) const READINGS_MAX: usize = 64;
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// Bytes of a key.
const KEY_BYTES_MAX: usize = 256;

pub(crate) async fn explain(
    handler: &Handler,
    request: v1::ExplainFigureRequest,
) -> Result<v1::ExplainFigureResponse, Status> {
    let key = fields::text("key", &request.key, KEY_BYTES_MAX)?;
    let period = period_of(request.period).map_err(|error| fields::invalid("period", error.to_string()))?;
    let portion: Portion = fields::variant("portion", request.portion)?.unwrap_or_default();
    let stored = stored(handler, &request).await?;
    let report = &stored.report;
    let of_key = report.figures.iter().filter(|figure| *figure.key == *key);
    let Some(figure) = of_key.clone().find(|it| it.period == period && it.portion == portion) else {
        let message = match of_key.count() {
            0 => format!("form {} has no cell {key:?}", report.form.name()),
            _ => format!("{key:?} is not given for this period and portion"),
        };
        return Err(ErrorReason::FigureNotFound.resource("figure", &key, message));
    };
    let mut answer = judged(&stored, figure);
    let reviews = handler.reviews.reviews(stored.info.report, stored.info.purpose).await;
    let reviews = reviews.map_err(|error| to_status(&error))?;
    answer.reviews = reviews.iter().filter(|review| is_about(review, figure)).map(convert::review).collect();
    if let Some(span) = &figure.span {
        answer.surroundings = around(handler, stored.info.document, span).await?;
    }
    match answer.encoded_len() <= MESSAGE_BYTES_MAX {
        true => Ok(answer),
        false => Err(convert::too_large(stored.info.report)),
    }
}

/// Whether a reviewer speaks of a figure, or of a finding that looked at it.
fn is_about(review: &StoredReview, figure: &Figure) -> bool {
    let name = FigureName::of(figure);
    match &review.said.opinion {
        Opinion::Amendment { figure, .. } | Opinion::Dispute { figure, .. } => *figure == name,
        Opinion::Verdict { beneath, .. } => beneath.iter().any(|(figure, _)| *figure == name),
    }
}

/// The report or revision that is asked for.
async fn stored(handler: &Handler, request: &v1::ExplainFigureRequest) -> Result<StoredReport, Status> {
    let found = if request.name.contains("/revisions/") {
        if request.as_of.is_some() {
            return Err(fields::invalid("as_of", "a revision is the same at any time"));
        }
        if !request.published_until.is_empty() {
            return Err(fields::invalid("published_until", "a revision is the same at any time"));
        }
        let (id, number) = revisions::name("name", &request.name)?;
        let purpose = fields::purpose("purpose", request.purpose)?;
        handler.reports.report_revision(id, number, purpose).await
    } else {
        let id = fields::report("name", &request.name)?;
        let at = handler.read_at(request.purpose, request.as_of, &request.published_until).await?;
        handler.reports.report(id, at).await
    };
    found.map_err(|error| to_status(&error))
}

/// All but the place in the document.
fn judged(stored: &StoredReport, figure: &Figure) -> v1::ExplainFigureResponse {
    let report = &stored.report;
    let form = gongkai_forms::form(report.form);
    let looked_at = report.findings.iter().filter(|finding| {
        // Rules look at the year's figures of everybody.
        let is_usual = figure.period == Period::ThisYear && figure.portion == Portion::All;
        is_usual && finding.figures.contains(&figure.key)
    });
    let rules: BTreeSet<&str> = looked_at.clone().map(|finding| &*finding.rule).collect();
    let indicator =
        gongkai_forms::indicators().iter().find(|it| it.cells.iter().any(|key| **key == *figure.key));
    let states_it = |indicator: &&Indicator, stated: &str| indicator.id == stated;
    let statements = report.statements.iter().filter(|statement| {
        indicator.as_ref().is_some_and(|indicator| states_it(indicator, &statement.indicator))
    });
    v1::ExplainFigureResponse {
        report: stored.info.report.to_string(),
        revision: Some(v1::Revision {
            renditions: stored.renditions.iter().map(ToString::to_string).collect(),
            ..convert::revision(&stored.info)
        }),
        form: v1::Form::from(report.form).into(),
        figure: Some(convert::figure(report.form, figure)),
        identities: form.map(|form| identities(form, &figure.key)).unwrap_or_default(),
        findings: looked_at.map(gongkai_wire::finding).collect(),
        rules: rules.into_iter().filter_map(gongkai_forms::rule).map(definitions::rule).collect(),
        indicator: indicator.map(definitions::indicator),
        statements: statements.map(gongkai_wire::statement).collect(),
        surroundings: None,
        reviews: Vec::new(),
    }
}

/// The equations that a cell takes part in.
fn identities(form: &Form, key: &str) -> Vec<v1::FormIdentity> {
    let Some(cell) = form.cell_index(key) else { return Vec::new() };
    let takes_part = form.identities.iter().filter(|it| it.left.contains(&cell) || it.right.contains(&cell));
    takes_part.map(|identity| definitions::identity(form, identity)).collect()
}

/// What is read of a document that was read before. None where it cannot be read any more: another version of the program may read
/// less.
pub(crate) async fn read_again<T: Send + 'static>(
    handler: &Handler,
    document: DocumentId,
    read: impl FnOnce(&[u8], &Hint<'_>, &Limits) -> Result<T, Rejection> + Send + 'static,
) -> Result<Option<T>, Status> {
    let limits = Limits::STANDARD;
    // Taken first: documents that wait to be read are not in memory.
    let closed = |_| ErrorReason::Internal.status("there is nobody to read the document");
    let _place = handler
        .readings
        .try_acquire()
        .map_err(|_| ErrorReason::Overloaded.retry("too many documents are to be read again", RETRY_AFTER))?;
    let seat = handler.readers.clone().acquire_owned().await.map_err(closed)?;
    let info = handler.documents.document(document, None).await.map_err(|error| to_status(&error))?;
    let bytes = handler.documents.document_bytes(document, limits.source_bytes_max as u64).await;
    let bytes = bytes.map_err(|error| to_status(&error))?;
    let reading = tokio::task::spawn_blocking(move || {
        let _held = seat;
        let hint = Hint {
            media_type: Some(info.media_type.as_str()).filter(|text| !text.is_empty()),
            name: info.names.first().map(String::as_str),
            address: info.sources.first().map(String::as_str),
        };
        catch_unwind(AssertUnwindSafe(|| read(&bytes, &hint, &limits)))
    });
    let failed = "a document could not be read again";
    match reading.await {
        Ok(Ok(Ok(found))) => Ok(Some(found)),
        Ok(Ok(Err(rejection))) => {
            warn!(%document, reason = rejection.reason.name(), "{failed}");
            Ok(None)
        }
        // What a panic says may quote the document.
        Ok(Err(_)) | Err(_) => {
            error!(%document, "{failed}");
            Err(ErrorReason::Internal.status(failed))
        }
    }
}

/// What stands around a place of a document; none where the place is not one of its text.
async fn around(
    handler: &Handler,
    document: DocumentId,
    span: &Span,
) -> Result<Option<v1::Surroundings>, Status> {
    let span = span.clone();
    let found =
        read_again(handler, document, move |bytes, hint, limits| surroundings(bytes, hint, limits, &span));
    Ok(found.await?.flatten().map(|found| v1::Surroundings {
        document: document.to_string(),
        text: found.text,
        before: found.before,
        after: found.after,
        row: found.row,
        cell: found.cell.and_then(|cell| u32::try_from(cell).ok()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slow::stored;
    use gongkai_model::{Derivation, FormId, Report, State, Value};
    use gongkai_wire::v1::query_service_server::QueryService as _;
    use tonic::Code;
    use tonic_types::StatusExt as _;

    #[tokio::test]
    async fn no_more_documents_are_waited_for_than_there_is_room_for() {
        let it = stored();
        let figure = Figure {
            key: "requests.received.total".into(),
            period: Period::ThisYear,
            portion: Portion::All,
            state: State::Number,
            value: Some(Value::Count(3)),
            raw: "3".to_owned(),
            source_unit: String::new(),
            span: Some(Span::bytes(0, 1)),
            derivation: Derivation::Read,
            candidates: Vec::new(),
            reason: None,
            proof: None,
        };
        let key = figure.key.to_string();
        let report = Report { form: FormId::Form2019, figures: vec![figure], ..Report::default() };
        let request = v1::ExplainFigureRequest { name: it.publish(&report).await, key, ..Default::default() };
        let ask = || it.handler.explain_figure(tonic::Request::new(request.clone()));
        let held = it.handler.readings.acquire_many(READINGS_MAX as u32).await.unwrap();
        let refused = ask().await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        assert_eq!(refused.get_details_error_info().unwrap().reason, "OVERLOADED");
        assert_eq!(refused.get_details_retry_info().unwrap().retry_delay, Some(RETRY_AFTER));
        drop(held);
        ask().await.unwrap();
    }
}
