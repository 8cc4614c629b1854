//! The identities of the form as findings, whatever their outcome.

use crate::checked::{Audited, Failure};
use crate::checks::failed;
use crate::wording::{
    Term, push_list_en, push_list_zh, state_en, state_zh, subject_en, subject_zh, sum_en, sum_zh, term_en,
    term_zh,
};
use gongkai_forms::{Form, Identity};
use gongkai_model::{Finding, FormId, NullPolicy, Outcome, Proposal, State, Value};
use gongkai_reconcile::{Evaluation, evaluate_with, fill, repair};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// More explanations than this are not told one by one.
const PROPOSALS_MAX: usize = 8;

/// What is the same of an identity in every report.
struct Ready {
    keys: Vec<Arc<str>>,
    /// What it is about, in Chinese and English.
    subject: (String, String),
    held: (String, String),
}

/// For each form the identities in its order.
static READY: LazyLock<Vec<(FormId, Vec<Ready>)>> = LazyLock::new(|| {
    let ready = |form: &'static Form| {
        let of_identity = |identity: &'static Identity| Ready {
            keys: identity.terms().map(|cell| form.cells[cell].key.clone()).collect(),
            subject: (subject_zh(identity), subject_en(identity)),
            held: (
                format!("{}：两边相等", subject_zh(identity)),
                format!("{}: both sides are equal", subject_en(identity)),
            ),
        };
        (form.id, form.identities.iter().map(of_identity).collect())
    };
    gongkai_forms::all().iter().map(ready).collect()
});

/// One finding for each identity of the form, in its order. Without a form, one for each rule: not assessable.
pub(crate) fn add_findings(audited: &Audited<'_>, findings: &mut Vec<Finding>) {
    let Some(form) = audited.form else {
        findings.extend(without_tables(audited));
        return;
    };
    let Some((_, ready)) = READY.iter().find(|(id, _)| *id == form.id) else { return };
    let explained = Explained::of(audited, form);
    let is_there = |cell: &usize| audited.figure(*cell).is_some_and(|figure| figure.state != State::Missing);
    // Of sums whose rows a local version does not have there is nothing to say.
    let is_asked = |identity: &Identity| form.is_prescribed || identity.right.iter().any(is_there);
    let evaluated = form.identities.iter().zip(ready).zip(&audited.evaluations);
    let evaluated = evaluated.filter(|((identity, _), _)| is_asked(identity));
    findings.extend(evaluated.map(|((identity, ready), evaluation)| {
        let sentences = Sentences { audited, form, identity, evaluation };
        let (message_zh, message_en) = match evaluation.outcome {
            Outcome::Holds => (Cow::Borrowed(ready.held.0.as_str()), Cow::Borrowed(ready.held.1.as_str())),
            Outcome::Fails => owned(sentences.fails(explained.count(evaluation))),
            Outcome::Used => owned(sentences.used()),
            Outcome::NotAssessable => {
                owned(sentences.not_assessable(&ready.subject, explained.lenient.get(evaluation.identity)))
            }
        };
        Finding {
            rule: identity.rule.clone(),
            rule_version: identity.rule_version,
            subject: identity.subject.clone(),
            outcome: evaluation.outcome,
            severity: identity.severity,
            basis: identity.basis,
            left: evaluation.left,
            right: evaluation.right,
            figures: ready.keys.clone(),
            derivation: evaluation.derivation,
            message_zh,
            message_en,
            proposals: explained.proposals(form, evaluation),
        }
    }));
}

fn owned((zh, en): (String, String)) -> (Cow<'static, str>, Cow<'static, str>) {
    (zh.into(), en.into())
}

/// What would mend the identities that are broken, and what those would say that cannot be assessed. Nothing where all
/// hold.
struct Explained {
    changes: Vec<gongkai_reconcile::Proposal>,
    /// The identities with blanks as zeros.
    lenient: Vec<Evaluation>,
}

impl Explained {
    fn of(audited: &Audited<'_>, form: &'static Form) -> Self {
        let (figures, evaluations) = (&audited.report.figures, &audited.evaluations);
        let mut changes = repair(form, figures, evaluations);
        let mut lenient = Vec::new();
        if evaluations.iter().any(|evaluation| evaluation.outcome == Outcome::NotAssessable) {
            changes.extend(fill(form, figures, evaluations));
            lenient = evaluate_with(form, figures, NullPolicy::BlankAsZero);
        }
        Self { changes, lenient }
    }

    fn changes(&self, evaluation: &Evaluation) -> impl Iterator<Item = &gongkai_reconcile::Proposal> {
        let identity = evaluation.identity;
        self.changes.iter().filter(move |change| change.mends.contains(&identity))
    }

    /// How many changes would mend the identity.
    fn count(&self, evaluation: &Evaluation) -> usize {
        self.changes(evaluation).count()
    }

    /// The likeliest of them.
    fn proposals(&self, form: &'static Form, evaluation: &Evaluation) -> Vec<Proposal> {
        self.changes(evaluation).take(PROPOSALS_MAX).map(|change| proposal(form, change)).collect()
    }
}

fn proposal(form: &'static Form, change: &gongkai_reconcile::Proposal) -> Proposal {
    Proposal {
        figure: form.cells[change.cell].key.clone(),
        current: change.old,
        proposed: change.new,
        mends: change.mends.iter().map(|&identity| form.identities[identity].name()).collect(),
    }
}

/// What a blank would have to say, if it is meant as a number.
pub(crate) fn proposals_for_blank(audited: &Audited<'_>, form: &'static Form, cell: usize) -> Vec<Proposal> {
    let changes = fill(form, &audited.report.figures, &audited.evaluations);
    changes.iter().filter(|change| change.cell == cell).map(|change| proposal(form, change)).collect()
}

/// Every identity rule of the prescribed forms once, without subject: there are no figures to speak of.
fn without_tables(audited: &Audited<'_>) -> impl Iterator<Item = Finding> {
    let is_identity = |id: &str| {
        gongkai_forms::all()
            .iter()
            .filter(|form| form.is_prescribed)
            .flat_map(|form| &form.identities)
            .any(|identity| &*identity.rule == id)
    };
    gongkai_forms::rules().iter().filter(move |rule| is_identity(&rule.id)).map(|rule| {
        let failure = Failure {
            zh: format!("未识别出统一格式的表格，无法核对：{}", rule.text_zh),
            en: format!(
                "no table of an official form was recognised, so this cannot be checked: {}",
                rule.text_en
            ),
            ..Failure::default()
        };
        Finding { outcome: Outcome::NotAssessable, ..failed(audited, rule, failure) }
    })
}

/// What is said of one identity.
struct Sentences<'a> {
    audited: &'a Audited<'a>,
    form: &'static Form,
    identity: &'static Identity,
    evaluation: &'a Evaluation,
}

impl Sentences<'_> {
    fn used(&self) -> (String, String) {
        let (left, right) = self.sides();
        (
            format!(
                "{}：{}，{}，两边相等；但这一等式已用来推定其中的数字，不能再作印证",
                subject_zh(self.identity),
                left.zh,
                right.zh
            ),
            format!(
                "{}: {}, {}; both sides agree, but the identity served to infer one of these figures and confirms nothing",
                subject_en(self.identity),
                left.en,
                right.en
            ),
        )
    }

    /// `changes`: how many changes of a single cell would mend it. They stand beside the sentence, in the finding.
    fn fails(&self, changes: usize) -> (String, String) {
        let (left, right) = self.sides();
        let mut zh = format!("{}：{}，而{}", subject_zh(self.identity), left.zh, right.zh);
        let mut en = format!("{}: {}, but {}", subject_en(self.identity), left.en, right.en);
        if let Some(difference) = self.difference() {
            zh.push_str(&format!("，差 {difference}"));
            en.push_str(&format!("; the difference is {difference}"));
        }
        if 1 < changes {
            zh.push_str(&format!(
                "。改动 {changes} 个单元格中的任何一个都能使等式成立，仅凭表内数字不能判断哪一个有误"
            ));
            en.push_str(&format!(
                "; changing any one of {changes} cells would mend it, so the figures alone do not tell which is wrong"
            ));
        }
        if PROPOSALS_MAX < changes {
            zh.push_str(&format!("（只列最可能的 {PROPOSALS_MAX} 个）"));
            en.push_str(&format!(" (only the {PROPOSALS_MAX} likeliest are given)"));
        }
        (zh, en)
    }

    /// `subject` is what the identity is about; `lenient` the same identity with blanks and marks as zeros.
    ///
    /// Most reports leave most cells empty: this is said tens of times of each.
    fn not_assessable(&self, subject: &(String, String), lenient: Option<&Evaluation>) -> (String, String) {
        let terms: Vec<(usize, State)> = self.identity.terms().map(|cell| (cell, self.state(cell))).collect();
        let (mut zh, mut en) = (String::with_capacity(256), String::with_capacity(256));
        zh.extend([subject.0.as_str(), "："]);
        en.extend([subject.1.as_str(), ": cannot be checked; "]);
        let mut is_first = true;
        for state in [State::Blank, State::NotApplicable, State::Text, State::Undetermined, State::Missing] {
            let cells = || terms.iter().filter(|(_, known)| *known == state).map(|(cell, _)| *cell);
            let count = cells().count();
            if count == 0 {
                continue;
            }
            if !is_first {
                zh.push('，');
                en.push_str("; ");
            }
            is_first = false;
            push_list_zh(&mut zh, cells().map(|cell| self.term_zh(cell)), count);
            push_list_en(&mut en, cells().map(|cell| self.term_en(cell)), count);
            zh.push_str(state_zh(state));
            en.extend([": ", state_en(state)]);
        }
        if is_first {
            zh.push_str("数值超出可计算的范围");
            en.push_str("the values are too large to be added up");
        }
        zh.push_str("，无法核对");
        match lenient.map(|lenient| (lenient.outcome, lenient.left, lenient.right)) {
            Some((Outcome::Holds | Outcome::Used, ..)) => {
                zh.push_str("；没有数字的单元格若按 0 计，两边相等");
                en.push_str("; with those cells as 0 both sides would agree");
            }
            Some((Outcome::Fails, Some(left), Some(right))) => {
                zh.push_str(&format!("；没有数字的单元格即使按 0 计，两边也不相等（{left} 与 {right}）"));
                en.push_str(&format!(
                    "; even with those cells as 0 the sides would differ ({left} and {right})"
                ));
            }
            Some((Outcome::Fails | Outcome::NotAssessable, ..)) | None => {}
        }
        (zh, en)
    }

    fn sides(&self) -> (Side, Side) {
        let side = |cells: &[usize], value: Option<Value>| {
            let terms: Vec<_> = cells.iter().map(|&cell| self.term(cell)).collect();
            let total = value.map(|value| value.to_string()).unwrap_or_default();
            Side { zh: sum_zh(&terms, &total), en: sum_en(&terms, &total) }
        };
        (side(&self.identity.left, self.evaluation.left), side(&self.identity.right, self.evaluation.right))
    }

    fn term(&self, cell: usize) -> Term<'_> {
        let value = self.audited.figure(cell).and_then(|figure| figure.value);
        Term {
            zh: self.term_zh(cell),
            en: self.term_en(cell),
            value: value.map(|value| value.to_string()).unwrap_or_default(),
            is_zero: value.is_some_and(|value| value.decimal().is_zero()),
        }
    }

    fn term_zh(&self, cell: usize) -> &'static str {
        term_zh(self.form, self.identity.axis, &self.form.cells[cell])
    }

    fn term_en(&self, cell: usize) -> &'static str {
        term_en(self.form, self.identity.axis, &self.form.cells[cell])
    }

    /// A cell without a figure is a missing one.
    fn state(&self, cell: usize) -> State {
        self.audited.state(cell)
    }

    fn difference(&self) -> Option<String> {
        let (left, right) = (self.evaluation.left?.decimal(), self.evaluation.right?.decimal());
        Some(left.checked_sub(right)?.abs().normalize().to_string())
    }
}

/// One side of an identity, spelled out.
struct Side {
    zh: String,
    en: String,
}

#[cfg(test)]
mod tests {
    use crate::audit;
    use crate::testing::{county_report, number, of_state, report_on, set};
    use gongkai_model::{
        Derivation, Figure, Finding, FormId, Outcome, Proof, Proposal, Report, State, Value,
    };

    fn finding(report: &Report, name: &str) -> Finding {
        audit(report).into_iter().find(|finding| finding.name() == name).unwrap()
    }

    fn with(figures: &[(&str, i64)]) -> Report {
        let mut report = county_report();
        figures.iter().for_each(|(key, value)| set(&mut report, number(key, *value)));
        report
    }

    /// Three requests of natural persons, granted. Every identity holds.
    const GRANTED: [(&str, i64); 6] = [
        ("requests.received.natural_person", 3),
        ("requests.received.total", 3),
        ("requests.granted.natural_person", 3),
        ("requests.granted.total", 3),
        ("requests.concluded.natural_person", 3),
        ("requests.concluded.total", 3),
    ];

    #[test]
    fn an_identity_that_holds_is_a_finding_with_both_sides() {
        let finding = finding(&with(&GRANTED), "requests.balance.total");
        assert_eq!(
            (&*finding.rule, finding.subject.as_str(), finding.outcome),
            ("requests.balance", "total", Outcome::Holds)
        );
        assert_eq!(finding.message_zh, "「总计」列：两边相等");
        assert_eq!((finding.left, finding.right), (Some(Value::Count(3)), Some(Value::Count(3))));
        assert_eq!(
            finding.figures.iter().map(|key| &**key).collect::<Vec<_>>(),
            [
                "requests.received.total",
                "requests.carried_over.total",
                "requests.concluded.total",
                "requests.carried_forward.total"
            ]
        );
    }

    #[test]
    fn a_single_wrong_figure_is_named_with_what_would_repair_it() {
        let mut figures = GRANTED;
        figures[5].1 = 2;
        let finding = finding(&with(&figures), "requests.balance.total");
        assert_eq!(finding.outcome, Outcome::Fails);
        assert_eq!(
            finding.message_zh,
            "「总计」列：本年新收 3 + 上年结转 0 = 3，而（七）总计 2 + 结转下年度 0 = 2，差 1"
        );
        assert_eq!(
            finding.message_en,
            "column “Total”: Newly received 3 + Carried over from last year 0 = 3, but Concluded 2 + Carried forward to \
             next year 0 = 2; the difference is 1"
        );
        assert_eq!(
            finding.proposals,
            [Proposal {
                figure: "requests.concluded.total".into(),
                current: Some(Value::Count(2)),
                proposed: Value::Count(3),
                mends: ["requests.balance.total", "requests.applicants.concluded", "requests.outcomes.total"]
                    .map(str::to_owned)
                    .to_vec(),
            }]
        );
    }

    #[test]
    fn where_the_figures_do_not_tell_which_is_wrong_all_explanations_are_given() {
        let finding = finding(
            &with(&[("reviews.reconsideration.upheld", 2), ("reviews.reconsideration.total", 1)]),
            "reviews.sum.reconsideration",
        );
        assert_eq!(
            finding.message_zh,
            "「行政复议」：结果维持 2 + 结果纠正 0 + 其他结果 0 + 尚未审结 0 = 2，而总计 1，差 1。\
             改动 2 个单元格中的任何一个都能使等式成立，仅凭表内数字不能判断哪一个有误"
        );
        assert_eq!(
            finding.message_en,
            "“Reconsideration”: upheld 2 + corrected 0 + other result 0 + pending 0 = 2, but total 1; the difference is 1; \
             changing any one of 2 cells would mend it, so the figures alone do not tell which is wrong"
        );
        let cells: Vec<_> = finding.proposals.iter().map(|proposal| &*proposal.figure).collect();
        assert_eq!(cells, ["reviews.reconsideration.total", "reviews.reconsideration.upheld"]);
    }

    #[test]
    fn two_wrong_figures_are_reported_without_a_proposal() {
        let mut figures = GRANTED;
        figures[5].1 = 2;
        figures[0].1 = 4;
        let finding = finding(&with(&figures), "requests.applicants.received");
        assert_eq!(
            finding.message_zh,
            "「一、本年新收政府信息公开申请数量」行：自然人 4（其余 5 项为 0） = 4，而总计 3，差 1"
        );
    }

    #[test]
    fn a_blank_is_named_and_not_taken_for_a_zero() {
        let mut report = with(&GRANTED);
        set(&mut report, of_state("requests.carried_over.total", State::Blank, ""));
        let balance = finding(&report, "requests.balance.total");
        assert_eq!((balance.outcome, balance.left), (Outcome::NotAssessable, None));
        assert_eq!(
            balance.message_zh,
            "「总计」列：上年结转为空白，无法核对；没有数字的单元格若按 0 计，两边相等"
        );
        assert!(balance.proposals.is_empty());
        set(&mut report, number("requests.concluded.total", 2));
        assert_eq!(
            finding(&report, "requests.balance.total").message_zh,
            "「总计」列：上年结转为空白，无法核对；没有数字的单元格即使按 0 计，两边也不相等（3 与 2）"
        );
    }

    #[test]
    fn a_blank_is_told_what_it_would_have_to_be() {
        let mut report = with(&GRANTED);
        set(&mut report, of_state("requests.concluded.total", State::Blank, ""));
        let balance = finding(&report, "requests.balance.total");
        assert_eq!((balance.outcome, balance.proposals.len()), (Outcome::NotAssessable, 1));
        let proposal = &balance.proposals[0];
        assert_eq!((proposal.current, proposal.proposed), (None, Value::Count(3)));
    }

    #[test]
    fn cells_that_are_not_certain_are_named_by_their_state() {
        let mut report = with(&GRANTED);
        for kind in ["business", "research", "public_interest", "legal_service"] {
            set(&mut report, of_state(&format!("requests.other.other.{kind}"), State::Missing, ""));
        }
        set(&mut report, of_state("requests.other.other.total", State::Undetermined, "00"));
        assert_eq!(
            finding(&report, "requests.applicants.other.other").message_zh,
            "「（六）其他处理 3.其他」行：总计的内容无法确定，商业企业、科研机构、社会公益组织等 4 项在文件中未找到，无法核对"
        );
    }

    #[test]
    fn an_identity_that_served_as_proof_is_no_confirmation() {
        let mut report = with(&GRANTED);
        let inferred = Figure {
            derivation: Derivation::Inferred,
            proof: Some(Proof {
                hypothesis: "complete rows".to_owned(),
                identities: vec!["requests.applicants.granted".to_owned()],
                statements: Vec::new(),
            }),
            ..number("requests.granted.total", 3)
        };
        set(&mut report, inferred);
        let used = finding(&report, "requests.applicants.granted");
        assert_eq!((used.outcome, used.derivation), (Outcome::Used, Derivation::Inferred));
        assert!(
            used.message_zh.ends_with("但这一等式已用来推定其中的数字，不能再作印证"),
            "{}",
            used.message_zh
        );
        let other = finding(&report, "requests.outcomes.total");
        assert_eq!((other.outcome, other.derivation), (Outcome::Holds, Derivation::Inferred));
    }

    #[test]
    fn every_identity_of_the_form_is_a_finding() {
        for (form, count) in [(FormId::Form2019, 40), (FormId::Form2021, 42)] {
            let findings = audit(&report_on(form));
            let names = findings
                .iter()
                .filter(|finding| finding.name().starts_with("re") && !finding.subject.is_empty());
            assert_eq!(names.count(), count);
        }
    }

    #[test]
    fn without_tables_each_identity_stands_once_without_subject() {
        let report = Report { form: FormId::None, figures: Vec::new(), ..county_report() };
        let findings = audit(&report);
        let names: Vec<_> = findings
            .iter()
            .filter(|finding| finding.outcome == Outcome::NotAssessable)
            .map(Finding::name)
            .collect();
        assert_eq!(names, ["requests.balance", "requests.outcomes", "requests.applicants", "reviews.sum"]);
    }

    #[test]
    fn numbers_too_large_to_add_up_are_said_to_be_so() {
        let report = with(&[("requests.received.total", i64::MAX), ("requests.carried_over.total", 1)]);
        let finding = finding(&report, "requests.balance.total");
        assert_eq!(finding.message_zh, "「总计」列：数值超出可计算的范围，无法核对");
    }
}
