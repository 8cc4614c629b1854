//! Lists of findings.

use crate::convert;
use crate::page_token::Place;
use crate::service::Handler;
use gongkai_serve::{fields, page_within, to_status};
use gongkai_store::{FindingQuery, PageRequest, ReadAt};
use gongkai_wire::v1;
use tonic::Status;

/// Bytes of a rule's id.
const RULE_BYTES_MAX: usize = 128;

pub(crate) async fn list(
    handler: &Handler,
    request: v1::ListFindingsRequest,
) -> Result<v1::ListFindingsResponse, Status> {
    let size = fields::page_size(request.page_size)?;
    let year = |field: &str, year: Option<i32>| year.map(|year| fields::year(field, year)).transpose();
    let mut query = FindingQuery {
        at: ReadAt {
            purpose: fields::purpose("purpose", request.purpose)?,
            as_of: None,
            published_until: fields::day("published_until", &request.published_until)?,
        },
        rule: Some(fields::text("rule", &request.rule, RULE_BYTES_MAX)?).filter(|rule| !rule.is_empty()),
        outcome: fields::variant("outcome", request.outcome)?,
        severity_min: fields::variant("severity_min", request.severity_min)?,
        report: match request.report.as_str() {
            "" => None,
            name => Some(fields::report("report", name)?),
        },
        year_min: year("year_min", request.year_min)?,
        year_max: year("year_max", request.year_max)?,
    };
    let of = format!("findings {query:?} {:?}", request.as_of);
    let Place { snapshot, cursor, skip } = handler.place(&of, &request.page_token, request.as_of).await?;
    query.at.as_of = Some(snapshot);

    let (query, cursor, of) = (&query, &cursor, of.as_str());
    page_within(size, |size| async move {
        let page = PageRequest { size, cursor: cursor.clone() };
        let page = handler.reports.findings(query, &page).await.map_err(|error| to_status(&error))?;
        let next = page.next.map(|cursor| Place { snapshot, cursor: Some(cursor), skip });
        Ok(v1::ListFindingsResponse {
            findings: page.items.iter().map(convert::finding).collect(),
            next_page_token: next.map(|place| handler.token_key.seal(of, &place)).unwrap_or_default(),
        })
    })
    .await
}
