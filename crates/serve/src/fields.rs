//! Fields of requests, read once and for all. Each complaint names the field.

use gongkai_model::{BatchId, Date, DocumentId, IdError, Purpose, ReportId, SubmissionId};
use gongkai_store::{PAGE_SIZE_MAX, Timestamp};
use gongkai_wire::{ConvertError, ErrorReason, FromNumber, PAGE_SIZE_DEFAULT, v1};
use tonic::Status;
use uuid::Uuid;

/// A complaint about a field.
pub fn invalid(field: &str, problem: impl Into<String>) -> Status {
    ErrorReason::InvalidField.field(field, problem)
}

/// Reads a resource name.
fn name<T>(field: &str, text: &str, parse: impl FnOnce(&str) -> Result<T, IdError>) -> Result<T, Status> {
    if text.is_empty() {
        return Err(invalid(field, "it is needed"));
    }
    parse(text).map_err(|error| invalid(field, format!("it is not of the form {}", error.expected)))
}

/// The name of a submission.
///
/// # Errors
/// When it is none.
pub fn submission(field: &str, text: &str) -> Result<SubmissionId, Status> {
    name(field, text, SubmissionId::parse)
}

/// The name of a report.
///
/// # Errors
/// When it is none.
pub fn report(field: &str, text: &str) -> Result<ReportId, Status> {
    name(field, text, ReportId::parse)
}

/// The name of a batch.
///
/// # Errors
/// When it is none.
pub fn batch(field: &str, text: &str) -> Result<BatchId, Status> {
    name(field, text, BatchId::parse)
}

/// The name of a document.
///
/// # Errors
/// When it is none.
pub fn document(field: &str, text: &str) -> Result<DocumentId, Status> {
    name(field, text, DocumentId::parse)
}

/// Names of a list that has a bound.
///
/// # Errors
/// When there are more than `max`, or one is none.
pub fn names<T>(
    field: &str,
    texts: &[String],
    max: usize,
    read: impl Fn(&str, &str) -> Result<T, Status>,
) -> Result<Vec<T>, Status> {
    if max < texts.len() {
        return Err(invalid(field, format!("it has {} names, at most {max} are allowed", texts.len())));
    }
    let read = |(index, text): (usize, &String)| read(&format!("{field}[{index}]"), text);
    texts.iter().enumerate().map(read).collect()
}

/// The variant with a number; none for the wire's zero.
///
/// # Errors
/// When the number is not known here.
pub fn variant<T: FromNumber>(field: &str, number: i32) -> Result<Option<T>, Status> {
    if number == 0 {
        return Ok(None);
    }
    let unknown = |_: ConvertError| invalid(field, format!("the number {number} is not known here"));
    T::from_number(number).map(Some).map_err(unknown)
}

/// The purpose, which is `PUBLISHED` where none is given.
///
/// # Errors
/// When the number is not known here.
pub fn purpose(field: &str, number: i32) -> Result<Purpose, Status> {
    Ok(variant(field, number)?.unwrap_or_default())
}

/// How much of a report is wanted.
///
/// # Errors
/// When the number is not known here.
pub fn view(field: &str, number: i32) -> Result<v1::ReportView, Status> {
    v1::ReportView::try_from(number)
        .map_err(|_| invalid(field, format!("the number {number} is not known here")))
}

/// The size of a page: [`PAGE_SIZE_DEFAULT`] where none is given, [`PAGE_SIZE_MAX`] where it is larger.
///
/// # Errors
/// When it is negative.
pub fn page_size(size: i32) -> Result<u32, Status> {
    match u32::try_from(size) {
        Ok(0) => Ok(PAGE_SIZE_DEFAULT),
        Ok(size) => Ok(size.min(PAGE_SIZE_MAX)),
        Err(_) => Err(invalid("page_size", "it is negative")),
    }
}

/// A request id in its canonical spelling; none where none is given.
///
/// # Errors
/// When it is no UUID.
pub fn request_id(field: &str, text: &str) -> Result<Option<String>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    match Uuid::try_parse(text) {
        Ok(id) => Ok(Some(id.hyphenated().to_string())),
        Err(_) => Err(invalid(field, "it is no UUID")),
    }
}

/// A text with a bound on its bytes.
///
/// # Errors
/// When it is longer, or has control characters.
pub fn text(field: &str, text: &str, bytes_max: usize) -> Result<String, Status> {
    if bytes_max < text.len() {
        return Err(invalid(field, format!("it has {} bytes, at most {bytes_max} are allowed", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid(field, "it has control characters"));
    }
    Ok(text.to_owned())
}

/// A moment.
///
/// # Errors
/// When it does not fit into the store's time.
pub fn timestamp(field: &str, time: &prost_types::Timestamp) -> Result<Timestamp, Status> {
    match gongkai_wire::micros(time) {
        Some(micros) if (0..1_000_000_000).contains(&time.nanos) => Ok(Timestamp::from_micros(micros)),
        _ => Err(invalid(field, "it is no valid time")),
    }
}

/// A day, ISO 8601; none where it is not given.
///
/// # Errors
/// When it is written otherwise, or there is no such day.
pub fn day(field: &str, text: &str) -> Result<Option<Date>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    // In one way only, so that a text that a program would write otherwise is told and not guessed at.
    let day = Date::parse_iso(text).filter(|day| day.to_string() == text);
    day.map(Some).ok_or_else(|| invalid(field, "it is no day of the form 2021-03-31"))
}

/// A reporting year.
///
/// # Errors
/// When it is not between 1 and 9999.
pub fn year(field: &str, year: i32) -> Result<u16, Status> {
    match u16::try_from(year) {
        Ok(year @ 1..=9999) => Ok(year),
        _ => Err(invalid(field, "it is not between 1 and 9999")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[test]
    fn a_complaint_names_its_field_and_what_was_expected() {
        let status = submission("name", "reports/x").unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "name: it is not of the form submissions/{uuid}");
        let status = names("names", &["x".to_owned()], 10, report).unwrap_err();
        assert!(status.message().starts_with("names[0]: "), "{}", status.message());
    }

    #[test]
    fn page_sizes_are_brought_into_their_range() {
        assert_eq!(page_size(0).unwrap(), PAGE_SIZE_DEFAULT);
        assert_eq!(page_size(7).unwrap(), 7);
        assert_eq!(page_size(i32::MAX).unwrap(), PAGE_SIZE_MAX);
        assert!(page_size(-1).is_err());
    }

    #[test]
    fn request_ids_are_the_same_in_every_spelling() {
        let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(request_id("request_id", id).unwrap().as_deref(), Some(id));
        assert_eq!(request_id("request_id", &id.to_uppercase()).unwrap().as_deref(), Some(id));
        assert_eq!(request_id("request_id", "").unwrap(), None);
        assert!(request_id("request_id", "7").is_err());
    }

    #[test]
    fn times_and_years_out_of_range_are_refused() {
        assert!(timestamp("as_of", &prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }).is_err());
        assert_eq!(day("published_until", "2024-02-29").unwrap(), Date::new(2024, 2, 29).ok());
        assert_eq!(day("published_until", "").unwrap(), None);
        for text in [
            "2023-02-29",
            "2024-2-29",
            "20240229",
            "2024-02-29T00:00:00Z",
            " 2024-02-29",
            "2024-02",
            "+024-02-29",
        ] {
            assert!(day("published_until", text).is_err(), "{text}");
        }
        assert!(timestamp("as_of", &prost_types::Timestamp { seconds: 0, nanos: -1 }).is_err());
        assert_eq!(year("year", 2020).unwrap(), 2020);
        assert!(year("year", 0).is_err());
        assert!(year("year", 70_000).is_err());
    }
}
