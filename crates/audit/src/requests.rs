//! Rules about tables three and four beyond their identities: what can be said despite blanks, and what is hardly
//! possible.

use crate::checked::{Audited, Checked, Failure};
use crate::figures::exceeding;
use crate::identities;
use crate::landmarks::{Landmarks, Requests, Reviews};
use crate::wording::{subject_en, subject_zh};
use gongkai_forms::Identity;
use gongkai_model::{Outcome, Rank, State, Value};

/// From this number on a proportion says something.
const NOTICEABLE_MIN: i64 = 10;
/// The first reporting year in which suits brought directly deserve a look: those of 2024 may have begun in 2023.
const RECONSIDERATION_FIRST_YEAR: u16 = 2025;

/// Kinds of applicant within the total, where blanks leave the row's sum open.
pub(crate) fn applicants_within(audited: &Audited<'_>) -> Checked {
    within(audited, |landmarks| &landmarks.applicants)
}

/// Outcomes within the concluded requests, where blanks leave the column's sum open.
pub(crate) fn outcomes_within(audited: &Audited<'_>) -> Checked {
    within(audited, |landmarks| &landmarks.outcomes)
}

/// Results within the total, where blanks leave the block's sum open.
pub(crate) fn reviews_within(audited: &Audited<'_>) -> Checked {
    within(audited, |landmarks| &landmarks.review_sums)
}

/// For the identities that cannot be assessed: the numbers on the left do not exceed the total on the right. Whatever the
/// other cells turn out to say, none of them is negative.
fn within(audited: &Audited<'_>, identities: impl Fn(&Landmarks) -> &[usize]) -> Checked {
    let mut checked = Checked::silent();
    let (Some(form), Some(landmarks)) = (audited.form, audited.landmarks) else { return checked };
    for &index in identities(landmarks) {
        let (identity, evaluation) = (&form.identities[index], &audited.evaluations[index]);
        match evaluation.outcome {
            Outcome::Holds => checked.hold(),
            // A finding of its own.
            Outcome::Fails | Outcome::Used => {}
            Outcome::NotAssessable => {
                let Some((parts, total)) = lower_bound(audited, identity) else {
                    checked.unknown();
                    continue;
                };
                checked.add(Some(parts <= total), || Failure {
                    subject: identity.subject.clone(),
                    left: i64::try_from(parts).ok().map(Value::Count),
                    right: i64::try_from(total).ok().map(Value::Count),
                    figures: audited.keys(identity.terms()),
                    zh: format!("{}：已填各项之和为 {parts}，超过总计 {total}", subject_zh(identity)),
                    en: format!(
                        "{}: the parts that are filled in are {parts} together, more than the total of {total}",
                        subject_en(identity)
                    ),
                ..Failure::default() });
            }
        }
    }
    checked
}

/// The numbers on the left together, and the total on the right; none where that is no number.
fn lower_bound(audited: &Audited<'_>, identity: &Identity) -> Option<(i128, i128)> {
    let [total] = identity.right.as_slice() else { return None };
    let total = audited.count(*total)?;
    let counts = identity.left.iter().filter_map(|&cell| audited.count(cell));
    Some((counts.map(|count| i128::from(count.max(0))).sum(), i128::from(total)))
}

/// Neither concluded nor carried forward exceeds what there was, where a blank leaves the balance open.
pub(crate) fn concluded_within(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let (Some(form), Some(landmarks)) = (audited.form, audited.landmarks) else { return checked };
    for &index in &landmarks.balance {
        let identity = &form.identities[index];
        match audited.evaluations[index].outcome {
            Outcome::Holds => checked.hold(),
            Outcome::Fails | Outcome::Used => {}
            Outcome::NotAssessable => {
                let side = |cells: &[usize]| -> Vec<Option<i64>> {
                    cells.iter().map(|&cell| audited.count(cell)).collect()
                };
                let given: Option<i128> =
                    side(&identity.left).into_iter().map(|count| count.map(i128::from)).sum();
                let parts = side(&identity.right);
                let known: i128 = parts.iter().flatten().map(|count| i128::from((*count).max(0))).sum();
                let Some(given) = given.filter(|_| parts.iter().any(Option::is_some)) else {
                    checked.unknown();
                    continue;
                };
                checked.add(Some(known <= given), || Failure {
                    subject: identity.subject.clone(),
                    left: i64::try_from(given).ok().map(Value::Count),
                    right: i64::try_from(known).ok().map(Value::Count),
                    figures: audited.keys(identity.terms()),
                    zh: format!("{}：新收与结转共 {given} 件，办结或结转下年度的却已有 {known} 件", subject_zh(identity)),
                    en: format!(
                        "{}: {given} received and carried over, but already {known} concluded or carried forward",
                        subject_en(identity)
                    ),
                ..Failure::default() });
            }
        }
    }
    checked
}

/// Rows with numbers and a blank total.
pub(crate) fn parts_without_total(audited: &Audited<'_>) -> Checked {
    let mut checked = one_sided(
        audited,
        |parts, total| 0 < parts.positive && is_empty(total),
        |subject, parts, _| {
            (
                format!("{}：各类申请人共填 {} 件，总计却为空", subject.0, parts.sum),
                format!("{}: {} for kinds of applicant, but no total", subject.1, parts.sum),
            )
        },
    );
    // A column that was left blank is one thing to say.
    const ROWS_MAX: usize = 3;
    let count = checked.failures.len();
    if ROWS_MAX < count {
        let figures = checked.failures.drain(..).flat_map(|failure| failure.figures).collect();
        checked.failures.push(Failure {
            subject: "requests".to_owned(),
            figures,
            zh: format!("有 {count} 行各类申请人填了数字，总计却为空，请补填“总计”一列"),
            en: format!(
                "{count} rows have numbers for kinds of applicant, but no total; please fill in the column"
            ),
            ..Failure::default()
        });
    }
    checked
}

/// Rows with a total and nothing else.
pub(crate) fn total_without_parts(audited: &Audited<'_>) -> Checked {
    let total_alone =
        |parts: &Parts, total: Total| parts.empty == parts.cells && matches!(total, Total::Count(1..));
    one_sided(audited, total_alone, |subject, _, total| {
        (
            format!("{}：总计填 {total} 件，各类申请人均为空，应分列填写", subject.0),
            format!("{}: a total of {total}, but nothing for any kind of applicant", subject.1),
        )
    })
}

/// What the kinds of applicant of a row say together.
struct Parts {
    cells: usize,
    empty: usize,
    positive: usize,
    sum: i128,
}

/// What a total says.
#[derive(Clone, Copy)]
enum Total {
    Count(i64),
    Empty,
    Unknown,
}

fn is_empty(total: Total) -> bool {
    matches!(total, Total::Empty)
}

fn one_sided(
    audited: &Audited<'_>,
    is_wrong: impl Fn(&Parts, Total) -> bool,
    words: impl Fn((String, String), &Parts, i64) -> (String, String),
) -> Checked {
    let (Some(form), Some(landmarks)) = (audited.form, audited.landmarks) else { return Checked::silent() };
    let mut checked = Checked::silent();
    for &index in &landmarks.applicants {
        let identity = &form.identities[index];
        let [total] = identity.right.as_slice() else { continue };
        if audited.evaluations[index].outcome != Outcome::NotAssessable {
            checked.hold();
            continue;
        }
        let is_blank = |cell: usize| matches!(audited.state(cell), State::Blank | State::NotApplicable);
        let counts = identity.left.iter().filter_map(|&cell| audited.count(cell));
        let parts = Parts {
            cells: identity.left.len(),
            empty: identity.left.iter().filter(|&&cell| is_blank(cell)).count(),
            positive: counts.clone().filter(|count| 0 < *count).count(),
            sum: counts.map(i128::from).sum(),
        };
        let said = match audited.count(*total) {
            Some(count) => Total::Count(count),
            None if is_blank(*total) => Total::Empty,
            None => Total::Unknown,
        };
        checked.add(Some(!is_wrong(&parts, said)), || {
            let subject = (subject_zh(identity), subject_en(identity));
            let (zh, en) = words(subject, &parts, audited.count(*total).unwrap_or_default());
            Failure {
                subject: identity.subject.clone(),
                figures: audited.keys(identity.terms()),
                zh,
                en,
                proposals: identities::proposals_for_blank(audited, form, *total),
                ..Failure::default()
            }
        });
    }
    checked
}

/// The totals of the requests table, where all are numbers.
struct Totals {
    given: i64,
    concluded: i64,
    carried_forward: i64,
}

/// A rule about the totals of the requests table: not assessable where one of them is no number.
fn of_totals(
    audited: &Audited<'_>,
    is_wrong: impl Fn(&Totals) -> bool,
    words: impl Fn(&Totals) -> (String, String),
) -> Checked {
    let mut checked = Checked::silent();
    let Some(requests) = requests(audited) else { return checked };
    let cells = [requests.received, requests.carried_over, requests.concluded, requests.carried_forward];
    let [Some(received), Some(carried_over), Some(concluded), Some(carried_forward)] =
        cells.map(|cell| audited.count(cell))
    else {
        checked.unknown();
        return checked;
    };
    let totals = Totals { given: received.saturating_add(carried_over), concluded, carried_forward };
    checked.add(Some(!is_wrong(&totals)), || {
        let (zh, en) = words(&totals);
        Failure {
            subject: "total".to_owned(),
            left: Some(Value::Count(totals.given)),
            figures: audited.keys(cells),
            zh,
            en,
            ..Failure::default()
        }
    });
    checked
}

/// Of the requests that there were some were concluded.
pub(crate) fn none_concluded(audited: &Audited<'_>) -> Checked {
    of_totals(
        audited,
        |totals| 0 < totals.given && totals.concluded == 0,
        |totals| {
            (
                format!("新收和上年结转的申请共 {} 件，本年度没有一件办结，请核对", totals.given),
                format!(
                    "{} requests received or carried over, but none concluded, please check",
                    totals.given
                ),
            )
        },
    )
}

/// Not most of the requests are carried forward: they are answered within twenty working days.
pub(crate) fn pending(audited: &Audited<'_>) -> Checked {
    let most = |totals: &Totals| {
        NOTICEABLE_MIN <= totals.given
            && 0 < totals.concluded
            && totals.given < totals.carried_forward.saturating_mul(2)
    };
    of_totals(audited, most, |totals| {
        (
            format!(
                "应办申请 {} 件，其中 {} 件结转下年度，超过一半，请核对",
                totals.given, totals.carried_forward
            ),
            format!(
                "{} of {} requests are carried forward, more than half, please check",
                totals.carried_forward, totals.given
            ),
        )
    })
}

/// Numbers of requests and reviews of a possible size.
pub(crate) fn magnitude(audited: &Audited<'_>) -> Checked {
    let limit = match audited.report.subject.rank {
        Rank::Township => 1_000,
        Rank::County => 20_000,
        Rank::Prefecture => 100_000,
        Rank::National | Rank::Province | Rank::Unknown => 1_000_000,
    };
    exceeding(audited, |table| table == "requests" || table == "reviews", limit)
}

/// No more reviews than requests.
pub(crate) fn more_reviews_than_requests(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let (Some(requests), Some(reviews)) = (requests(audited), reviews(audited)) else { return checked };
    let cells = [requests.received, requests.carried_over, reviews.reconsideration, reviews.direct];
    let [Some(received), Some(carried_over), Some(reconsiderations), Some(direct)] =
        cells.map(|cell| audited.count(cell))
    else {
        checked.unknown();
        return checked;
    };
    let (given, reviewed) = (received.saturating_add(carried_over), reconsiderations.saturating_add(direct));
    checked.add(Some(reviewed < NOTICEABLE_MIN || reviewed <= given), || Failure {
        subject: "total".to_owned(),
        left: Some(Value::Count(reviewed)),
        right: Some(Value::Count(given)),
        figures: audited.keys(cells),
        zh: format!("行政复议和直接起诉共 {reviewed} 件，多于应办申请 {given} 件，请核对是否计入了其他案件"),
        en: format!(
            "{reviewed} reconsiderations and suits brought directly, more than the {given} requests; other cases may have \
             been counted, please check"
        ),
    ..Failure::default() });
    checked
}

/// Suits after reconsideration come after reconsiderations.
pub(crate) fn after_reconsideration(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(reviews) = reviews(audited) else { return checked };
    let cells = [reviews.after, reviews.reconsideration];
    let [Some(after), Some(reconsiderations)] = cells.map(|cell| audited.count(cell)) else {
        checked.unknown();
        return checked;
    };
    checked.add(Some(after <= 0 || 0 < reconsiderations), || Failure {
        subject: "litigation_after".to_owned(),
        left: Some(Value::Count(after)),
        right: Some(Value::Count(reconsiderations)),
        figures: audited.keys(cells),
        zh: format!("复议后起诉 {after} 件，而行政复议为 0 件；若不是上年度复议的，请核对"),
        en: format!("{after} suits after reconsideration, but no reconsideration; unless of the year before, please check"),
    ..Failure::default() });
    checked
}

/// Since 2024 a denial goes to reconsideration first.
pub(crate) fn direct_litigation(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(reviews) = reviews(audited) else { return checked };
    if audited.report.year.is_none_or(|year| year < RECONSIDERATION_FIRST_YEAR) {
        return checked;
    }
    let direct = audited.count(reviews.direct);
    checked.add(direct.map(|direct| direct <= 0), || {
        let direct = direct.unwrap_or_default();
        Failure {
            subject: "litigation_direct".to_owned(),
            left: Some(Value::Count(direct)),
            figures: audited.keys([reviews.direct]),
            zh: format!("未经复议直接起诉 {direct} 件；对不予公开不服的，2024年起应先申请行政复议，请核对填写的位置"),
            en: format!(
                "{direct} suits brought directly; since 2024 a denial goes to reconsideration first, please check the column"
            ),
            ..Failure::default()
        }
    });
    checked
}

fn requests(audited: &Audited<'_>) -> Option<&'static Requests> {
    audited.landmarks?.requests.as_ref()
}

fn reviews(audited: &Audited<'_>) -> Option<&'static Reviews> {
    audited.landmarks?.reviews.as_ref()
}

#[cfg(test)]
mod tests {
    use crate::audit;
    use crate::testing::{county_report, number, of_state, set};
    use gongkai_model::{Outcome, State, Value};

    #[test]
    fn a_blank_total_is_told_what_its_parts_make() {
        let mut report = county_report();
        for key in ["received", "granted", "concluded"] {
            set(&mut report, number(&format!("requests.{key}.business"), 2));
            set(&mut report, number(&format!("requests.{key}.total"), 2));
        }
        set(&mut report, of_state("requests.granted.total", State::Blank, ""));
        let findings = audit(&report);
        let failed: Vec<_> = findings.iter().filter(|finding| finding.outcome == Outcome::Fails).collect();
        let total = failed.iter().find(|finding| &*finding.rule == "requests.parts_without_total").unwrap();
        assert_eq!(total.proposals.len(), 1);
        assert_eq!((total.proposals[0].current, total.proposals[0].proposed), (None, Value::Count(2)));
        assert_eq!(total.proposals[0].mends, ["requests.applicants.granted", "requests.outcomes.total"]);
    }
}
