//! Statistics by groups of reports, in one go through the store.

pub(super) mod explain;

use super::coverage::{Expected, Met};
use super::groups::{GroupKey, Grouping};
use super::plan::{Plan, Wanted};
use super::tally::{FigureTally, MeasureTally, count};
use super::{COMPUTED_BYTES_MAX, out_of_range};
use crate::figures::{ReportSelection, Scan, Scanned, Source};
use gongkai_model::{NullPolicy, ReportId, ScopeKind};
use gongkai_serve::{fields, to_status};
use gongkai_store::Reports;
use gongkai_wire::{ErrorReason, v1};
use prost::Message as _;
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tonic::Status;

/// Figures and measures that one call keeps, over all groups; and different numbers and areas in them.
const TALLIES_MAX: usize = 200_000;
const NUMBERS_MAX: usize = 2_000_000;
/// Reports of a group that are named.
const REPORTS_NAMED_MAX: usize = 10;
const DIGITS_DEFAULT: u32 = 4;
const DIGITS_MAX: u32 = 12;

/// A request that has been read.
pub(super) struct Computation {
    whose: ReportSelection,
    grouping: Grouping,
    plan: Plan,
    digits: u32,
    ranking: Option<Ranking>,
    expected: Expected,
}

/// In which order groups come.
struct Ranking {
    by: Ranked,
    statistic: v1::Statistic,
    is_descending: bool,
    minimum: Decimal,
    limit: usize,
}

/// A place in the plan.
#[derive(Clone, Copy)]
enum Ranked {
    Figure(usize),
    Measure(usize),
}

/// One group in the making.
struct Group {
    reports: u64,
    named: Vec<ReportId>,
    met: Met,
    areas: HashSet<(String, String, Option<u16>)>,
    same_area: u64,
    figures: Vec<FigureTally>,
    measures: Vec<MeasureTally>,
}

impl Computation {
    /// Reads a request; `whose` are the reports that it is of.
    pub(super) fn read(request: &v1::AggregateRequest, whose: ReportSelection) -> Result<Self, Status> {
        let source = match super::request::source("source", request.source)? {
            None | Some(Source::Table) => Source::Table,
            Some(Source::Statement) => Source::Statement,
        };
        let policy = fields::variant("null_policy", request.null_policy)?.unwrap_or(NullPolicy::Strict);
        let plan = Plan::read(&request.keys, &request.indicators, &request.measures, source, policy)?;
        let digits = match u32::try_from(request.digits) {
            Ok(0) => DIGITS_DEFAULT,
            Ok(digits @ 1..=DIGITS_MAX) => digits,
            _ => return Err(fields::invalid("digits", "they are not between 1 and 12")),
        };
        let scope = fields::variant("scope", request.scope)?;
        Ok(Self {
            ranking: request.ranking.as_ref().map(|ranking| Ranking::read(ranking, &plan)).transpose()?,
            whose: ReportSelection { scope, ..whose },
            grouping: Grouping::read(&request.group_by)?,
            plan,
            digits,
            expected: Expected::read(&request.expected)?,
        })
    }

    /// Computes, and gives the messages of the answer.
    pub(super) async fn answer(
        self,
        reports: Arc<dyn Reports>,
    ) -> Result<Vec<v1::AggregateResponse>, Status> {
        let begun = Scan::begin(reports, self.whose.clone(), self.plan.selection.clone()).await;
        let mut scan = begun.map_err(|error| to_status(&error))?;
        let mut groups: HashMap<GroupKey, Group> = HashMap::new();
        let (mut tallies, mut numbers, mut counted) = (0, 0, 0);
        let mut met = Met::new();
        while let Some(scanned) = scan.next_scanned().await.map_err(|error| to_status(&error))? {
            let key = self.grouping.key(&scanned.about);
            let group = groups.entry(key).or_insert_with(|| {
                tallies += self.plan.wanted.len() + self.plan.measures.len();
                Group::new(&self.plan)
            });
            counted += 1;
            let expected: Vec<usize> = self.expected.meets(&scanned.about).collect();
            met.extend(&expected);
            group.met.extend(expected);
            numbers += group.add(&self.plan, &scanned, &mut scan)?;
            check_size(tallies, numbers)?;
        }
        let mut summary = v1::AggregateSummary {
            position: scan.position().0,
            reports: count(counted),
            groups: count(groups.len() as u64),
            coverage: Some(self.expected.coverage(&met, None, None)),
            null_policy: v1::NullPolicy::from(self.plan.policy).into(),
            digits: i32::try_from(self.digits).unwrap_or_default(),
            ..v1::AggregateSummary::default()
        };
        let ordered = self.order(groups.into_iter().collect(), &mut summary);
        Ok(self.messages(summary, ordered))
    }

    /// The groups in their order, each with its place; those that have none are counted.
    fn order(
        &self,
        mut groups: Vec<(GroupKey, Group)>,
        summary: &mut v1::AggregateSummary,
    ) -> Vec<(i64, GroupKey, Group)> {
        groups.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let Some(ranking) = &self.ranking else {
            return groups.into_iter().map(|(key, group)| (0, key, group)).collect();
        };
        let mut ranked = Vec::with_capacity(groups.len());
        for (key, group) in groups {
            let (weight, number) = match ranking.by {
                Ranked::Figure(index) => {
                    let tally = group.figures.get(index);
                    (tally.map(FigureTally::weight), tally.and_then(|it| it.statistic(ranking.statistic)))
                }
                Ranked::Measure(index) => {
                    let tally = group.measures.get(index);
                    (tally.map(MeasureTally::weight), tally.and_then(|it| it.statistic(ranking.statistic)))
                }
            };
            if weight.is_none_or(|weight| weight < ranking.minimum) {
                summary.groups_below_minimum += 1;
            } else if let Some(number) = number {
                ranked.push((number, key, group));
            } else {
                summary.groups_without_number += 1;
            }
        }
        // Stable: equal ones stay in the order of what they are grouped by.
        ranked.sort_by(|(a, ..), (b, ..)| match ranking.is_descending {
            true => b.cmp(a),
            false => a.cmp(b),
        });
        let mut placed = Vec::with_capacity(ranked.len().min(ranking.limit));
        let mut before: Option<(Decimal, i64)> = None;
        for (next, (number, key, group)) in (1..).zip(ranked).take(ranking.limit) {
            let place = match before {
                Some((equal, place)) if equal.cmp(&number) == Ordering::Equal => place,
                _ => next,
            };
            before = Some((number, place));
            placed.push((place, key, group));
        }
        placed
    }

    fn messages(
        &self,
        summary: v1::AggregateSummary,
        groups: Vec<(i64, GroupKey, Group)>,
    ) -> Vec<v1::AggregateResponse> {
        let first = v1::AggregateResponse { summary: Some(summary), groups: Vec::new() };
        let mut messages = vec![first];
        let mut bytes = 0;
        for (place, key, group) in groups {
            let group = self.group(place, &key, &group);
            let size = group.encoded_len();
            if COMPUTED_BYTES_MAX < bytes + size {
                messages.push(v1::AggregateResponse::default());
                bytes = 0;
            }
            bytes += size;
            if let Some(last) = messages.last_mut() {
                last.groups.push(group);
            }
        }
        messages
    }

    fn group(&self, place: i64, key: &GroupKey, group: &Group) -> v1::AggregateGroup {
        let figures = self.plan.wanted.iter().zip(&group.figures).map(|(wanted, tally)| {
            let (key, indicator) = match wanted {
                Wanted::Key(key, _) => (*key, ""),
                Wanted::Cells(indicator, _) | Wanted::Statements(indicator) => ("", indicator.id.as_str()),
            };
            let (key, indicator) = (key.to_owned(), indicator.to_owned());
            v1::FigureAggregate { key, indicator, ..tally.to_wire(self.digits) }
        });
        let measures = self.plan.measures.iter().zip(&group.measures).map(|(planned, tally)| {
            let measure = planned.measure.id.clone();
            v1::MeasureAggregate { measure, ..tally.to_wire(self.digits) }
        });
        // Of a single body there is nothing to cover, and a name does not tell where a body lies.
        let within = key.division.map(|code| code.to_string());
        let is_covered = !self.grouping.has_subjects() && within.is_some() == self.grouping.has_divisions();
        let coverage = is_covered.then(|| self.expected.coverage(&group.met, within.as_deref(), key.rank));
        v1::AggregateGroup {
            place,
            report_count: count(group.reports),
            reports: group.named.iter().map(ToString::to_string).collect(),
            coverage,
            same_area_count: count(group.same_area),
            figures: figures.collect(),
            measures: measures.collect(),
            ..key.to_wire()
        }
    }
}

/// Refuses what would take too much memory.
fn check_size(tallies: usize, numbers: usize) -> Result<(), Status> {
    if tallies <= TALLIES_MAX && numbers <= NUMBERS_MAX {
        return Ok(());
    }
    let message = "there are more groups, or more different numbers in them, than one call computes with";
    Err(ErrorReason::TooManyGroups.status(message))
}

impl Ranking {
    fn read(ranking: &v1::Ranking, plan: &Plan) -> Result<Self, Status> {
        let by = &ranking.by;
        let figure = plan.wanted.iter().position(|wanted| match wanted {
            Wanted::Key(key, _) => key == by,
            Wanted::Cells(indicator, _) | Wanted::Statements(indicator) => indicator.id == *by,
        });
        let measure = plan.measures.iter().position(|planned| planned.measure.id == *by);
        let statistic = v1::Statistic::try_from(ranking.statistic)
            .map_err(|_| fields::invalid("ranking.statistic", "its number is not known here"))?;
        let by = match (measure, figure) {
            (Some(measure), _) => Ranked::Measure(measure),
            (None, Some(figure)) => Ranked::Figure(figure),
            (None, None) => {
                let problem = format!("`{by}` is no key, indicator or measure of the request");
                return Err(fields::invalid("ranking.by", problem));
            }
        };
        let fits = match by {
            Ranked::Figure(_) => statistic != v1::Statistic::Ratio,
            Ranked::Measure(_) => !matches!(statistic, v1::Statistic::Sum | v1::Statistic::NumbersSum),
        };
        if !fits {
            let problem = "a ratio is that of a measure, a sum that of a key or an indicator";
            return Err(fields::invalid("ranking.statistic", problem));
        }
        if ranking.minimum < 0 {
            return Err(fields::invalid("ranking.minimum", "it is negative"));
        }
        let limit = match usize::try_from(ranking.limit) {
            Ok(0) => usize::MAX,
            Ok(limit) => limit,
            Err(_) => return Err(fields::invalid("ranking.limit", "it is negative")),
        };
        let (is_descending, minimum) = (ranking.descending, ranking.minimum.into());
        Ok(Self { by, statistic, is_descending, minimum, limit })
    }
}

impl Group {
    fn new(plan: &Plan) -> Self {
        Self {
            reports: 0,
            named: Vec::new(),
            met: Met::new(),
            areas: HashSet::new(),
            same_area: 0,
            figures: vec![FigureTally::default(); plan.wanted.len()],
            measures: vec![MeasureTally::default(); plan.measures.len()],
        }
    }

    /// Counts a report; tells how many numbers and areas are new.
    fn add(&mut self, plan: &Plan, scanned: &Scanned, scan: &mut Scan) -> Result<usize, Status> {
        let about = &scanned.about;
        let report = about.report;
        self.reports += 1;
        if self.named.len() < REPORTS_NAMED_MAX {
            self.named.push(report);
        }
        let mut numbers = 0;
        if about.keys.scope != ScopeKind::Organ
            && let Some((code, name)) = about.area()
        {
            match self.areas.insert((code.to_owned(), name.to_owned(), about.keys.year)) {
                true => numbers += 1,
                false => self.same_area += 1,
            }
        }
        for (wanted, tally) in plan.wanted.iter().zip(&mut self.figures) {
            let blank_key = wanted.blank_key(scanned, plan.policy);
            let added = tally.add(report, blank_key, wanted.said(scanned), plan.policy);
            numbers += added.map_err(out_of_range)?;
            if let Some((source, of)) = wanted.series(scanned) {
                tally.lies_behind(scan.comparability(about, source, of));
            }
        }
        for (planned, tally) in plan.measures.iter().zip(&mut self.measures) {
            let assessed = planned.assess(scanned, plan.policy).map_err(out_of_range)?;
            numbers += tally.add(report, assessed).map_err(out_of_range)?;
            for key in planned.series(about) {
                tally.lies_behind(scan.comparability(about, Source::Table, key));
            }
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[test]
    fn what_takes_too_much_memory_is_refused_and_what_just_fits_is_not() {
        assert!(check_size(TALLIES_MAX, NUMBERS_MAX).is_ok());
        for (tallies, numbers) in [(TALLIES_MAX + 1, 0), (0, NUMBERS_MAX + 1)] {
            assert_eq!(check_size(tallies, numbers).unwrap_err().code(), Code::ResourceExhausted);
        }
    }
}
