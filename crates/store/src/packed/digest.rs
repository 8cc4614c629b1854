use crate::{RecordDigest, ReportKeys};
use gongkai_model::{Derivation, Period, Portion, Report, State};
use sha2::{Digest, Sha256};

impl ReportKeys {
    /// What `report` is found by.
    pub fn of(report: &Report) -> Self {
        Self {
            year: report.year,
            form: report.form,
            region_name: report.region.name.clone(),
            region_code: report.region.code.clone(),
            issuer: report.issuer.name.clone(),
            subject: report.subject.name.clone(),
            subject_rank: report.subject.rank,
            subject_kind: report.subject.kind,
            scope: report.scope.kind,
            title: report.title.text.clone(),
            published: report.dates.stated.or(report.dates.page),
        }
    }
}

impl RecordDigest {
    /// The digest of what `report` says. White space is left out of texts, because renditions of one publication
    /// differ in it; spans, page metadata and findings are left out because they are about the document
    /// or follow from the rest. How a figure was obtained is left out, too, but for one thing: a record that a reviewer has put
    /// right is never equal to one that was read.
    pub fn of(report: &Report) -> Self {
        let mut fields = Fields(Sha256::new());
        fields.text("gongkai record 1");
        fields.text(&report.title.text);
        fields.number(report.year.map_or(-1, i64::from));
        for body in [&report.subject, &report.signatory, &report.issuer] {
            fields.text(&body.name);
        }
        fields.text(report.scope.kind.name());
        fields.text(&report.region.name);
        fields.text(&report.region.code);
        fields.text(&report.dates.stated.map(|date| date.to_string()).unwrap_or_default());
        fields.text(report.form.name());
        fields.number(report.figures.len() as i64);
        for figure in &report.figures {
            fields.text(&figure.key);
            if (figure.period, figure.portion) != (Period::ThisYear, Portion::All) {
                fields.text(figure.period.name());
                fields.text(figure.portion.name());
            }
            fields.text(figure.state.name());
            fields.text(&figure.value.map(|value| value.to_string()).unwrap_or_default());
            if figure.derivation == Derivation::Amended {
                fields.text(figure.derivation.name());
            }
            fields.text(match figure.state {
                State::Text | State::Undetermined => &figure.raw,
                State::Number | State::Blank | State::NotApplicable | State::Missing => "",
            });
        }
        fields.number(report.sections.len() as i64);
        for section in &report.sections {
            fields.number(i64::from(section.level));
            fields.text(&section.title);
            fields.text(&section.text);
        }
        Self(fields.0.finalize().into())
    }
}

/// Feeds fields to a digest so that no two sequences of fields run together.
struct Fields(Sha256);

impl Fields {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        let written: String = text.split_whitespace().collect();
        self.number(written.len() as i64);
        self.0.update(written.as_bytes());
    }
}
