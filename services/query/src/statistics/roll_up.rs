//! A body's table against the sum of its units' tables.

use super::coverage::{Expected, Met};
use super::numbers::{Term, add, exact};
use super::out_of_range;
use super::plan::Said;
use super::request::Whose;
use super::tally::{States, count};
use crate::figures::{About, Scan, Selection, SelectionError, static_key};
use gongkai_model::{BodyKind, NullPolicy, Outcome, Rank, ReportId, ScopeKind};
use gongkai_serve::{fields, to_status};
use gongkai_store::packed::cells_of;
use gongkai_store::{
    BATCH_MAX, Cell, Missing, ReadAt, ReportKeys, Reports, StoreError, StoredReport, Timestamp,
    division_prefix,
};
use gongkai_wire::v1;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use tonic::Status;

/// Units that one call adds up.
const UNITS_MAX: usize = 5_000;
const UNITS_NAMED_MAX: usize = 1000;
const LEFT_OUT_NAMED_MAX: usize = 100;
const GAPS_NAMED_MAX: usize = 10;
const KEYS_MAX: usize = 400;
const ADJUSTMENTS_MAX: usize = 100;
const REASON_BYTES_MAX: usize = 1000;
/// Records that are read at once.
const LOAD_SIZE: usize = 16;
/// The time after everything that has happened.
const LATEST: Timestamp = Timestamp::from_micros(i64::MAX);

/// A report with the cells that are compared.
struct Table {
    about: About,
    cells: Vec<Option<Cell>>,
}

/// What is known to differ, in one cell.
struct Adjustments(HashMap<String, Decimal>);

pub(super) async fn reconcile(
    reports: Arc<dyn Reports>,
    request: &v1::ReconcileRollUpRequest,
    at: ReadAt,
) -> Result<v1::ReconcileRollUpResponse, Status> {
    let id = fields::report("report", &request.report)?;
    let policy = fields::variant("null_policy", request.null_policy)?.unwrap_or(NullPolicy::Strict);
    let unit_scope = fields::variant("unit_scope", request.unit_scope)?;
    let expected = Expected::read(&request.expected)?;
    let position = match at.as_of {
        Some(position) => position,
        None => reports.position_at(LATEST).await.map_err(|error| to_status(&error))?,
    };
    let at = at.after(position);

    let stored = reports.report(id, at).await.map_err(|error| to_status(&error))?;
    if stored.report.year.is_none() {
        return Err(fields::invalid(
            "report",
            "its year is not known, so that no unit's is known to be the same",
        ));
    }
    let keys = keys(request, &stored)?;
    let adjustments = Adjustments::read(&request.adjustments, &keys)?;
    let own = Table::of(&stored, &keys);
    let found = match request.units.is_empty() {
        true => by_filter(reports, request, &keys, at).await?,
        false if request.filter.is_empty() => by_name(&*reports, &request.units, &keys, at).await?,
        false => return Err(fields::invalid("units", "units are named or filtered, not both")),
    };
    let (units, left_out) = divided(found, &own.about, unit_scope);
    let unit_scope = the_scope(&units)?;
    check_that_nothing_is_counted_twice(&units, unit_scope)?;

    let mut met = Met::new();
    units.iter().for_each(|unit| met.extend(expected.meets(&unit.about)));
    let lines = keys.iter().enumerate().map(|(place, key)| {
        let adjustment = adjustments.0.get(key).copied().unwrap_or_default();
        line(key, place, &own, &units, policy, adjustment)
    });
    let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    Ok(v1::ReconcileRollUpResponse {
        position: position.0,
        own: Some(own.about.to_wire()),
        unit_scope: unit_scope.map_or(0, |scope| v1::ScopeKind::from(scope).into()),
        unit_count: number(units.len()),
        units: units.iter().take(UNITS_NAMED_MAX).map(|unit| unit.about.to_wire()).collect(),
        left_out_count: number(left_out.len()),
        left_out: left_out
            .into_iter()
            .take(LEFT_OUT_NAMED_MAX)
            .map(|(about, reason)| v1::LeftOutReport { report: Some(about.to_wire()), reason: reason.into() })
            .collect(),
        coverage: Some(expected.coverage(&met, None, None)),
        lines: lines.collect::<Result<_, _>>()?,
        adjustments: request.adjustments.clone(),
    })
}

/// The keys asked for, or all of the form of the body's own report.
fn keys(request: &v1::ReconcileRollUpRequest, own: &StoredReport) -> Result<Vec<String>, Status> {
    let keys = fields::names("keys", &request.keys, KEYS_MAX, |field, key| {
        let known = static_key(key).map(str::to_owned);
        let unknown = || SelectionError::UnknownKey(key.to_owned()).to_string();
        known.ok_or_else(|| fields::invalid(field, unknown()))
    })?;
    let mut seen = BTreeSet::new();
    if !keys.is_empty() {
        return Ok(keys.into_iter().filter(|key| seen.insert(key.clone())).collect());
    }
    let Some(form) = gongkai_forms::form(own.report.form) else {
        return Err(fields::invalid("report", "it has no table"));
    };
    Ok(form.cells.iter().map(|cell| cell.key.to_string()).collect())
}

impl Adjustments {
    fn read(adjustments: &[v1::Adjustment], keys: &[String]) -> Result<Self, Status> {
        if ADJUSTMENTS_MAX < adjustments.len() {
            let problem = format!("there are {}, at most {ADJUSTMENTS_MAX} are allowed", adjustments.len());
            return Err(fields::invalid("adjustments", problem));
        }
        let mut read: HashMap<String, Decimal> = HashMap::new();
        for (index, adjustment) in adjustments.iter().enumerate() {
            let field = |name: &str| format!("adjustments[{index}].{name}");
            if !keys.contains(&adjustment.key) {
                return Err(fields::invalid(&field("key"), "it is no key that is compared"));
            }
            let amount: Decimal = adjustment
                .amount
                .parse()
                .map_err(|_| fields::invalid(&field("amount"), "it is no decimal number"))?;
            if fields::text(&field("reason"), &adjustment.reason, REASON_BYTES_MAX)?.trim().is_empty() {
                return Err(fields::invalid(&field("reason"), "it is needed"));
            }
            let sum = read.entry(adjustment.key.clone()).or_default();
            *sum = add(*sum, amount).map_err(out_of_range)?;
        }
        Ok(Self(read))
    }
}

async fn by_name(
    reports: &dyn Reports,
    names: &[String],
    keys: &[String],
    at: ReadAt,
) -> Result<Vec<Table>, Status> {
    let ids = fields::names("units", names, BATCH_MAX, fields::report)?;
    let mut seen = HashSet::new();
    let ids: Vec<ReportId> = ids.into_iter().filter(|id| seen.insert(*id)).collect();
    let mut tables = Vec::with_capacity(ids.len());
    for some in ids.chunks(LOAD_SIZE) {
        let loaded = reports.reports_by_id(some, at).await.map_err(|error| to_status(&error))?;
        for (id, stored) in some.iter().zip(loaded) {
            let stored = stored.ok_or_else(|| to_status(&StoreError::NotFound(Missing::Report(*id))))?;
            tables.push(Table::of(&stored, keys));
        }
    }
    Ok(tables)
}

async fn by_filter(
    reports: Arc<dyn Reports>,
    request: &v1::ReconcileRollUpRequest,
    keys: &[String],
    at: ReadAt,
) -> Result<Vec<Table>, Status> {
    if request.filter.trim().is_empty() {
        return Err(fields::invalid("units", "the units are needed, by name or by filter"));
    }
    let whose = Whose { filter: &request.filter, ranks: &request.ranks, kinds: &request.kinds };
    let selection = Selection { keys: keys.to_vec(), ..Selection::default() };
    let scan = Scan::begin(reports, whose.read(at)?, selection).await;
    let mut scan = scan.map_err(|error| to_status(&error))?;
    let mut tables = Vec::new();
    while let Some(scanned) = scan.next_scanned().await.map_err(|error| to_status(&error))? {
        if tables.len() == UNITS_MAX {
            let problem = format!("it admits more than {UNITS_MAX} reports");
            return Err(fields::invalid("filter", problem));
        }
        tables.push(Table { about: About::clone(&scanned.about), cells: scanned.cells });
    }
    Ok(tables)
}

impl Table {
    fn of(stored: &StoredReport, keys: &[String]) -> Self {
        let about = About {
            report: stored.info.report,
            revision: stored.info.revision,
            keys: ReportKeys::of(&stored.report),
            rank: stored.report.subject.rank,
            kind: stored.report.subject.kind,
        };
        Self { about, cells: cells_of(&stored.report, keys).of_keys }
    }

    fn said(&self, place: usize) -> Said {
        Said::of_cell(self.cells.get(place).copied().flatten())
    }
}

/// The units that can be added up, and those that cannot, with the reason.
fn divided(
    found: Vec<Table>,
    own: &About,
    unit_scope: Option<ScopeKind>,
) -> (Vec<Table>, Vec<(About, v1::LeftOutReason)>) {
    let (mut units, mut left_out) = (Vec::new(), Vec::new());
    for table in found {
        let reason = if table.about.report == own.report {
            Some(v1::LeftOutReason::OwnReport)
        } else if table.about.keys.year != own.keys.year {
            Some(v1::LeftOutReason::OtherYear)
        } else if unit_scope.is_some_and(|scope| scope != table.about.keys.scope) {
            Some(v1::LeftOutReason::OtherScope)
        } else {
            None
        };
        match reason {
            Some(reason) => left_out.push((table.about, reason)),
            None => units.push(table),
        }
    }
    (units, left_out)
}

/// The one scope of the units: scopes are never added together.
fn the_scope(units: &[Table]) -> Result<Option<ScopeKind>, Status> {
    let mut counts: BTreeMap<ScopeKind, usize> = BTreeMap::new();
    units.iter().for_each(|unit| *counts.entry(unit.about.keys.scope).or_default() += 1);
    if 1 < counts.len() {
        let counts = counts.iter().map(|(scope, count)| format!("{count} of {}", scope.name()));
        let counts: Vec<String> = counts.collect();
        let problem = format!("the units have several scopes, {}: say which is added up", counts.join(", "));
        return Err(fields::invalid("unit_scope", problem));
    }
    Ok(counts.into_keys().next())
}

/// Units that count the same work are refused: areas that contain each other or have two reports, and, where the scope is not
/// known, bodies of several kinds.
fn check_that_nothing_is_counted_twice(units: &[Table], scope: Option<ScopeKind>) -> Result<(), Status> {
    let refused = |problem: String| Err(fields::invalid("units", problem));
    let (is_scope_known, is_with_levels_below) = match scope {
        None | Some(ScopeKind::Organ) => return Ok(()),
        Some(ScopeKind::OwnLevel) => (true, false),
        Some(ScopeKind::WholeArea) => (true, true),
        Some(ScopeKind::Unknown) => (false, true),
    };
    let kinds: BTreeSet<&str> = units.iter().map(|unit| unit.about.kind.name()).collect();
    if !is_scope_known && 1 < kinds.len() {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        return refused(format!(
            "they do not say what they cover, and are of several kinds, {}: say which is added up",
            kinds.join(", ")
        ));
    }
    // Of a department it is only known that its area is one where it says so.
    let areas = units.iter().map(|unit| &unit.about).filter(|about| is_scope_known || is_of_all_work(about));
    let mut reports: HashMap<(&str, &str), &About> = HashMap::new();
    for about in areas.clone() {
        let Some(area) = about.area() else { continue };
        if let Some(other) = reports.insert(area, about)
            && (is_of_all_work(about) || is_of_all_work(other))
        {
            return refused(format!("{} and {} are on the same area", other.report, about.report));
        }
    }
    for about in areas.filter(|_| is_with_levels_below) {
        let code = about.keys.region_code.as_str();
        // The codes of what contains it: with its last digits, pair by pair, made zeros. Townships have that of their county.
        let prefix = division_prefix(code);
        let above = [2, 4].into_iter().filter_map(|digits| prefix.get(..digits)).filter(|it| *it != prefix);
        let above = above.map(|digits| format!("{digits:0<6}"));
        let county = (about.rank == Rank::Township && !code.is_empty()).then(|| code.to_owned());
        for above in above.chain(county) {
            if reports.contains_key(&(above.as_str(), "")) {
                let name = &about.keys.region_name;
                return refused(format!("the areas of {above} and of {name} {code} contain each other"));
            }
        }
    }
    Ok(())
}

/// Whether a body's work is all that is done in its area, and not one department's.
fn is_of_all_work(about: &About) -> bool {
    matches!(about.kind, BodyKind::Government | BodyKind::GeneralOffice | BodyKind::Township)
}

fn line(
    key: &str,
    place: usize,
    own: &Table,
    units: &[Table],
    policy: NullPolicy,
    adjustment: Decimal,
) -> Result<v1::RollUpLine, Status> {
    let mut states = States::default();
    let (mut sum, mut without, mut blanks) = (Decimal::ZERO, 0_u64, 0_u64);
    let (mut gaps, mut zeroed) = (Vec::new(), Vec::new());
    for unit in units {
        let said = unit.said(place);
        states.add(said.state);
        let term = Term::of(said.state, said.value, policy);
        let named = match term {
            Term::Number(_) => None,
            Term::Zeroed => {
                blanks += 1;
                Some(&mut zeroed)
            }
            Term::Nothing => {
                without += 1;
                Some(&mut gaps)
            }
        };
        if let Some(named) = named.filter(|named| named.len() < GAPS_NAMED_MAX) {
            named.push(v1::RollUpGap {
                report: unit.about.report.to_string(),
                subject: unit.about.keys.subject.clone(),
                state: said.state.map_or(0, |state| v1::State::from(state).into()),
            });
        }
        sum = add(sum, term.number().unwrap_or_default()).map_err(out_of_range)?;
    }
    let said = own.said(place);
    let own_number = Term::of(said.state, said.value, policy).number();
    let complete = (without == 0 && !units.is_empty()).then_some(sum);
    let difference = match (own_number, complete) {
        (Some(own), Some(sum)) => {
            Some(add(add(own, -sum).map_err(out_of_range)?, -adjustment).map_err(out_of_range)?)
        }
        _ => None,
    };
    let outcome = match difference {
        None => Outcome::NotAssessable,
        Some(difference) if difference.is_zero() => Outcome::Holds,
        Some(_) => Outcome::Fails,
    };
    Ok(v1::RollUpLine {
        key: key.to_owned(),
        own_state: said.state.map_or(0, |state| v1::State::from(state).into()),
        own: said.value.map(exact),
        sum: complete.map(exact),
        numbers_sum: exact(sum),
        adjustment: exact(adjustment),
        difference: difference.map(exact),
        outcome: v1::Outcome::from(outcome).into(),
        unit_states: Some(states.to_wire()),
        gaps,
        blanks_as_zero: count(blanks),
        zeroed,
    })
}

impl About {
    fn to_wire(&self) -> v1::RollUpReport {
        v1::RollUpReport {
            report: self.report.to_string(),
            revision: self.revision,
            subject: self.keys.subject.clone(),
            scope: v1::ScopeKind::from(self.keys.scope).into(),
            year: self.keys.year.map(i32::from),
            form: v1::Form::from(self.keys.form).into(),
        }
    }
}
