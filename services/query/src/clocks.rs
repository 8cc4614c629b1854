//! As of when a read is: by the clock of this store, and by that of publishers.

use gongkai_serve::{fields, to_status};
use gongkai_store::{Position, ReadAt, Reports};
use tonic::Status;

/// The read that a request asks for.
pub(crate) async fn read_at(
    reports: &dyn Reports,
    purpose: i32,
    as_of: Option<prost_types::Timestamp>,
    published_until: &str,
) -> Result<ReadAt, Status> {
    Ok(ReadAt {
        purpose: fields::purpose("purpose", purpose)?,
        published_until: fields::day("published_until", published_until)?,
        as_of: position(reports, as_of).await?,
    })
}

/// The position of the last change made until `as_of`; none where it is not given.
pub(crate) async fn position(
    reports: &dyn Reports,
    as_of: Option<prost_types::Timestamp>,
) -> Result<Option<Position>, Status> {
    let Some(as_of) = as_of else { return Ok(None) };
    let time = fields::timestamp("as_of", &as_of)?;
    reports.position_at(time).await.map(Some).map_err(|error| to_status(&error))
}
