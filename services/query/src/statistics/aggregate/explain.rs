//! What one statistic of one group is made of: the same computation as that of all groups, report by report.

use super::{Computation, Group, check_size};
use crate::figures::{Scan, ScanPlace, Scanned};
use crate::page_token::Place;
use crate::statistics::numbers::{Term, exact, quotient, rounded};
use crate::statistics::out_of_range;
use crate::statistics::plan::{Assessed, PlannedMeasure, PlannedTerm, Said, Wanted, cell, is_own};
use crate::statistics::{dictionary, request::Whose};
use gongkai_model::{NullPolicy, Value};
use gongkai_serve::{fields, to_status};
use gongkai_store::{Cell, Position, ReadAt, Reports};
use gongkai_wire::{CHUNK_BYTES_MAX, v1};
use prost::Message as _;
use std::sync::Arc;
use tonic::Status;

/// The same request for all groups.
fn of_all(request: &v1::ExplainStatisticRequest) -> Result<v1::AggregateRequest, Status> {
    let one = |text: &String| if text.is_empty() { Vec::new() } else { vec![text.clone()] };
    let (keys, indicators, measures) = (one(&request.key), one(&request.indicator), one(&request.measure));
    if keys.len() + indicators.len() + measures.len() != 1 {
        return Err(fields::invalid("measure", "exactly one key, indicator or measure is needed"));
    }
    Ok(v1::AggregateRequest {
        scope: request.scope,
        group_by: request.group_by.clone(),
        keys,
        indicators,
        measures,
        source: request.source,
        null_policy: request.null_policy,
        digits: request.digits,
        ..v1::AggregateRequest::default()
    })
}

/// What a page token belongs to: everything that is asked but for which page.
pub(crate) fn words(request: &v1::ExplainStatisticRequest) -> String {
    let of = v1::ExplainStatisticRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    format!("statistic {of:?}")
}

/// What tells a group from others, as it is in messages.
fn head(group: &v1::AggregateGroup) -> v1::AggregateGroup {
    let code = |division: &v1::Division| v1::Division { code: division.code.clone(), name: String::new() };
    v1::AggregateGroup {
        scope: group.scope,
        rank: group.rank,
        kind: group.kind,
        year: group.year,
        form: group.form,
        division: group.division.as_ref().map(code),
        subject: group.subject.clone(),
        region_name: group.region_name.clone(),
        region_code: group.region_code.clone(),
        ..v1::AggregateGroup::default()
    }
}

/// A page of an explanation, and where the next one begins.
pub(crate) async fn explain(
    reports: Arc<dyn Reports>,
    request: &v1::ExplainStatisticRequest,
    at: ReadAt,
    place: Place,
    size: usize,
) -> Result<(v1::ExplainStatisticResponse, Option<Place>), Status> {
    let whose = Whose { filter: &request.filter, ranks: &request.ranks, kinds: &request.kinds };
    let computation = Computation::read(&of_all(request)?, whose.read(at)?)?;
    let begun = Scan::begin(reports, computation.whose.clone(), computation.plan.selection.clone()).await;
    let scan = begun.map_err(|error| to_status(&error))?;
    let wanted = request.group.as_ref().map(head);
    Explaining { computation, scan, wanted, size }.page(place).await
}

struct Explaining {
    computation: Computation,
    scan: Scan,
    /// The head of the group; none where there has to be only one.
    wanted: Option<v1::AggregateGroup>,
    size: usize,
}

impl Explaining {
    async fn page(mut self, place: Place) -> Result<(v1::ExplainStatisticResponse, Option<Place>), Status> {
        let is_first = place.cursor.is_none() && place.skip == 0;
        let from = ScanPlace { cursor: place.cursor, taken: place.skip };
        self.scan.go_on(from).await.map_err(|error| to_status(&error))?;
        let mut answer = v1::ExplainStatisticResponse {
            position: self.scan.position().0,
            formula: Some(self.formula()),
            ..v1::ExplainStatisticResponse::default()
        };
        let mut group = Group::new(&self.computation.plan);
        let (mut key, mut next, mut bytes) = (None, None, 0);
        let (mut end, mut numbers) = (ScanPlace::default(), 0);
        while let Some(scanned) = self.scan.next_scanned().await.map_err(|error| to_status(&error))? {
            let of = self.computation.grouping.key(&scanned.about);
            match (&self.wanted, &key) {
                (Some(wanted), _) if head(&of.to_wire()) != *wanted => continue,
                (None, Some(before)) if *before != of => {
                    let problem =
                        "the reports are in several groups: give one of them, as Aggregate gives it";
                    return Err(fields::invalid("group", problem));
                }
                (Some(_) | None, _) => key = Some(of),
            }
            if next.is_none() {
                let input = self.input(&scanned)?;
                bytes += input.encoded_len();
                let is_full = self.size == answer.inputs.len() || CHUNK_BYTES_MAX < bytes;
                if is_full && !answer.inputs.is_empty() {
                    next = Some(std::mem::take(&mut end));
                } else {
                    answer.inputs.push(input);
                    end = self.scan.place();
                }
            }
            // The whole group is gone through once, for what it comes to.
            if is_first {
                numbers += group.add(&self.computation.plan, &scanned, &mut self.scan)?;
                check_size(1, numbers)?;
            } else if next.is_some() {
                break;
            }
        }
        if let (true, Some(key)) = (is_first, &key) {
            answer.group = Some(self.computation.group(0, key, &group));
        }
        if is_first && key.is_none() && self.wanted.is_some() {
            return Err(fields::invalid("group", "no report is in this group"));
        }
        let snapshot = Position(answer.position);
        let next = next.map(|next| Place { snapshot, cursor: next.cursor, skip: next.taken });
        Ok((answer, next))
    }

    fn formula(&self) -> v1::StatisticFormula {
        let plan = &self.computation.plan;
        let digits = self.computation.digits;
        let measure = plan.measures.first().map(|planned| planned.measure);
        let (mut zh, mut en) = match measure {
            Some(_) => (
                "比率＝计入的各报告分子之和÷分母之和。有一项不是数字、或减数大于被减数的报告不计入。\
                分母之和为零的（0/0），比率无定义，不是零；单份报告的比率亦同。"
                    .to_owned(),
                "ratio = the sum of numerators divided by the sum of denominators, over the reports that count. A report \
                does not count where a term is no number, or more is subtracted than there is. Where the denominators add \
                up to zero (0/0) the ratio is undefined, and not zero; so is that of a single report."
                    .to_owned(),
            ),
            None => (
                "总和＝各报告数字之和；有一份报告没有数字，总和即为未知，只给出有数字者之和（numbers_sum）。".to_owned(),
                "sum = the numbers of all reports together. Where one of them has none the sum is not known, and what those \
                add up to that have one is numbers_sum."
                    .to_owned(),
            ),
        };
        let (policy_zh, policy_en) = match plan.policy {
            NullPolicy::Strict => ("空白不是零。", " A blank is not a zero."),
            NullPolicy::BlankAsZero => {
                ("空白和“不适用”按零计。", " Blanks and marks for \"not applicable\" count as zero.")
            }
        };
        zh.push_str(policy_zh);
        en.push_str(policy_en);
        zh.push_str(&format!("商和平均数四舍五入到小数点后{digits}位，其余精确。"));
        en.push_str(&format!(
            " Quotients and means are rounded half away from zero to {digits} digits; all else is exact."
        ));
        v1::StatisticFormula {
            measure: measure.map(dictionary::measure),
            null_policy: v1::NullPolicy::from(plan.policy).into(),
            digits: i32::try_from(digits).unwrap_or_default(),
            text_zh: zh,
            text_en: en,
        }
    }

    /// What a report contributes.
    fn input(&self, scanned: &Scanned) -> Result<v1::StatisticInput, Status> {
        let about = &scanned.about;
        let keys = &about.keys;
        let input = v1::StatisticInput {
            report: about.report.to_string(),
            revision: format!("{}/revisions/{}", about.report, about.revision),
            subject: keys.subject.clone(),
            region_name: keys.region_name.clone(),
            region_code: keys.region_code.clone(),
            year: keys.year.map(i32::from),
            form: v1::Form::from(keys.form).into(),
            ..v1::StatisticInput::default()
        };
        let plan = &self.computation.plan;
        match (plan.measures.first(), plan.wanted.first()) {
            (Some(planned), _) => self.of_measure(planned, scanned, input),
            (None, Some(wanted)) => Ok(of_figure(wanted, scanned, plan.policy, input)),
            (None, None) => Ok(input),
        }
    }

    fn of_measure(
        &self,
        planned: &PlannedMeasure,
        scanned: &Scanned,
        mut input: v1::StatisticInput,
    ) -> Result<v1::StatisticInput, Status> {
        let policy = self.computation.plan.policy;
        let assessed = planned.assess(scanned, policy).map_err(out_of_range)?;
        input.set_use(match &assessed {
            Assessed::WithoutFormula => v1::StatisticUse::NotThere,
            Assessed::NotAssessable => v1::StatisticUse::NotKnown,
            Assessed::Sums { .. } => v1::StatisticUse::Counted,
        });
        if let Assessed::Sums { numerator, denominator, .. } = assessed {
            input.numerator = Some(exact(numerator));
            input.denominator = Some(exact(denominator));
            input.ratio = quotient(numerator, denominator).map(|it| rounded(it, self.computation.digits));
        }
        if let Some((numerator, denominator)) = planned.terms(&scanned.about) {
            let sides =
                [(v1::StatisticSide::Numerator, numerator), (v1::StatisticSide::Denominator, denominator)];
            for (side, terms) in sides {
                input.terms.extend(terms.iter().map(|(key, place, is_subtracted): &PlannedTerm| {
                    let term = of_cell(side, key, cell(scanned, *place), policy);
                    v1::StatisticTerm { subtracted: *is_subtracted, ..term }
                }));
            }
        }
        Ok(input)
    }
}

fn of_figure(
    wanted: &Wanted,
    scanned: &Scanned,
    policy: NullPolicy,
    mut input: v1::StatisticInput,
) -> v1::StatisticInput {
    let Said { state, value } = wanted.said(scanned);
    input.value = Term::of(state, value, policy).number().map(exact);
    input.set_use(match (state, &input.value) {
        (None, _) => v1::StatisticUse::NotThere,
        (Some(_), None) => v1::StatisticUse::NotKnown,
        (Some(_), Some(_)) => v1::StatisticUse::Counted,
    });
    let side = v1::StatisticSide::Value;
    input.terms = match wanted {
        Wanted::Key(key, place) => vec![of_cell(side, key, cell(scanned, *place), policy)],
        Wanted::Cells(_, cells) => {
            let there = cells.iter().filter_map(|(key, place)| Some((key, cell(scanned, *place)?)));
            there.map(|(key, cell)| of_cell(side, key, Some(cell), policy)).collect()
        }
        Wanted::Statements(indicator) => {
            let own = scanned.statements.iter();
            let own = own.filter(|it| it.indicator == indicator.id && is_own(it, &scanned.about));
            own.map(|statement| {
                let state = if statement.value.is_some() { v1::State::Number } else { v1::State::Blank };
                v1::StatisticTerm {
                    side: side.into(),
                    state: state.into(),
                    value: statement.value.map(exact),
                    derivation: v1::Derivation::Read.into(),
                    blank_as_zero: statement.value.is_none() && policy == NullPolicy::BlankAsZero,
                    quote: statement.quote.clone(),
                    approximate: statement.approximate || statement.value_max.is_some(),
                    ..v1::StatisticTerm::default()
                }
            })
            .collect()
        }
    };
    input
}

fn of_cell(side: v1::StatisticSide, key: &str, cell: Option<Cell>, policy: NullPolicy) -> v1::StatisticTerm {
    v1::StatisticTerm {
        side: side.into(),
        key: key.to_owned(),
        state: cell.map_or(0, |cell| v1::State::from(cell.state).into()),
        value: cell.and_then(|cell| cell.value).map(|value| exact(Value::decimal(value))),
        derivation: cell.map_or(0, |cell| v1::Derivation::from(cell.derivation).into()),
        blank_as_zero: cell.is_some_and(|cell| policy.zeroes(cell.state)),
        ..v1::StatisticTerm::default()
    }
}
