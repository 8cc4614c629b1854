//! The pure pipeline: the bytes of one file in, the audited records of its reports out; and where in the file a figure
//! stands, in words that people read.
//!
//! Never decides anything itself: reading, extraction and rules are crates of their own, and this one puts them one behind
//! the other, for whoever reads a document: the parser, the command line, and whoever wants a draft to be checked.

mod surroundings;

pub use gongkai_audit::audit;
pub use gongkai_document::{Hint, Limits, SourceText};
pub use gongkai_extract::EXTRACTOR_VERSION;
pub use surroundings::{Surroundings, surroundings};

use gongkai_document::ReadError;
use gongkai_extract::NotAReport;
use gongkai_model::{RejectReason, Report};

/// Why a file gives no record. The same file always gives the same rejection, so trying again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// The stable reason that clients act on.
    pub reason: RejectReason,
    /// What is wrong, in words.
    pub message: String,
}

impl From<ReadError> for Rejection {
    fn from(error: ReadError) -> Self {
        Self { reason: error.reason(), message: error.to_string() }
    }
}

impl From<NotAReport> for Rejection {
    fn from(error: NotAReport) -> Self {
        Self { reason: RejectReason::NotAReport, message: error.to_string() }
    }
}

/// Reads a file and extracts and audits its reports, at least one. The same bytes, hint and limits always give the
/// same records.
///
/// # Errors
///
/// [`Rejection`]: the file cannot be read within `limits`, or holds no such report.
pub fn read_reports(source: &[u8], hint: &Hint<'_>, limits: &Limits) -> Result<Vec<Report>, Rejection> {
    let document = gongkai_document::read(source, hint, limits)?;
    let mut reports = gongkai_extract::extract(&document)?;
    for report in &mut reports {
        report.findings = audit(report);
    }
    Ok(reports)
}

/// The text of a file as people read it, with the place of each of its characters.
///
/// # Errors
///
/// [`Rejection`]: the file cannot be read within `limits`.
pub fn text_of(source: &[u8], hint: &Hint<'_>, limits: &Limits) -> Result<SourceText, Rejection> {
    Ok(gongkai_document::read(source, hint, limits)?.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Hint<'_> = Hint { media_type: Some("text/plain"), name: None, address: None };

    fn rejected(source: &[u8]) -> Rejection {
        read_reports(source, &TEXT, &Limits::STANDARD).unwrap_err()
    }

    #[test]
    fn every_sample_gives_one_record_with_what_its_checks_found() {
        let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
        let mut records = 0;
        for entry in std::fs::read_dir(samples).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "txt") {
                continue;
            }
            let reports = read_reports(&std::fs::read(&path).unwrap(), &TEXT, &Limits::STANDARD).unwrap();
            let [report] = reports.as_slice() else { panic!("{} reports", reports.len()) };
            let identities = gongkai_forms::form(report.form).map_or(0, |form| form.identities.len());
            assert!(identities < report.findings.len(), "{}", path.display());
            records += 1;
        }
        assert!(5 <= records);
    }

    #[test]
    fn what_cannot_be_read_is_rejected_with_a_stable_reason() {
        assert_eq!(rejected(b" \n ").reason, RejectReason::Empty);
        assert_eq!(rejected(b"%PDF-1.7\n\0\0\0\0").reason, RejectReason::UnsupportedFormat);
        let limits = Limits { source_bytes_max: 3, ..Limits::STANDARD };
        let rejection = read_reports(b"four", &TEXT, &limits).unwrap_err();
        assert_eq!(rejection.reason, RejectReason::TooLarge);
        assert_eq!(rejection.to_string(), "the document has 4 bytes, at most 3 are read");
    }

    #[test]
    fn a_text_that_is_no_such_report_is_rejected_and_not_given_an_empty_record() {
        let rejection = rejected("今天天气很好。\n".as_bytes());
        assert_eq!(rejection.reason, RejectReason::NotAReport);
        assert!(rejection.message.starts_with("no annual report"));
    }
}
