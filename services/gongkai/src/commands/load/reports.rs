/// A whole report of 14 KB with `{area}`, `{published}` and `{website}` left open.
const REPORT: &str = include_str!("report.txt");

/// Made-up reports, no two alike.
#[derive(Debug)]
pub(super) struct Reports {
    seed: u64,
}

impl Reports {
    /// Reports that another seed does not give.
    pub(super) fn new(seed: Option<u64>) -> Self {
        // Two runs against one store are two sets of documents, unless told otherwise.
        let now = || {
            let since =
                std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or_default()
        };
        Self { seed: seed.unwrap_or_else(now) }
    }

    /// Report number `number`: of an area that no other number has.
    pub(super) fn report(&self, number: u64) -> Vec<u8> {
        let published = 100 + number % 9_000;
        REPORT
            .replace("{area}", &area(self.seed, number))
            .replace("{published}", &published.to_string())
            .replace("{website}", &(published / 2).to_string())
            .into_bytes()
    }
}

/// The name of a district that does not exist, from two numbers.
fn area(seed: u64, number: u64) -> String {
    const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    const BRANCHES: [char; 10] = ['子', '丑', '寅', '卯', '辰', '巳', '午', '未', '申', '酉'];
    let digits = |mut value: u64, letters: &[char; 10], length: usize| {
        let mut text: Vec<char> = Vec::with_capacity(length);
        for _ in 0..length {
            text.push(letters[(value % 10) as usize]);
            value /= 10;
        }
        text
    };
    let mut name: String = digits(seed, &BRANCHES, 6).into_iter().collect();
    name.extend(digits(number, &STEMS, 7));
    name.push('区');
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_document::{Hint, Limits};
    use gongkai_model::{FormId, Outcome, State};
    use gongkai_pipeline::read_reports;
    use std::collections::HashSet;

    #[test]
    fn every_report_is_read_whole_and_of_another_body() {
        let reports = Reports::new(Some(42));
        let mut subjects = HashSet::new();
        for number in [0, 1, 9, 10, 99_999, 1_000_000] {
            let source = reports.report(number);
            assert!((13_000..15_500).contains(&source.len()), "{}", source.len());
            let hint = Hint { media_type: Some("text/plain"), name: None, address: None };
            let records = read_reports(&source, &hint, &Limits::STANDARD).unwrap();
            let [report] = records.as_slice() else { panic!("{} reports", records.len()) };
            assert_eq!((report.form, report.year), (FormId::Form2021, Some(2021)));
            assert!(report.figures.iter().all(|figure| figure.state == State::Number));
            let broken = |outcome| matches!(outcome, Outcome::Fails | Outcome::NotAssessable);
            let of_form = gongkai_forms::form(report.form).unwrap().identities.len();
            assert!(report.findings.iter().take(of_form).all(|finding| !broken(finding.outcome)));
            assert!(subjects.insert(report.subject.name.clone()), "{}", report.subject.name);
        }
    }
}
