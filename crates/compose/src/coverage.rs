//! Who is counted, who is not, and who is counted twice.

use crate::{Obstacle, Task, Unit};
use gongkai_model::{BodyKind, Report, ScopeKind};
use gongkai_regions::Code;
use std::collections::{HashMap, HashSet};

/// Those that should report and are neither counted nor excluded.
pub(crate) fn absent(task: &Task, counted: &[&Unit]) -> Vec<String> {
    let there: HashSet<&str> = counted
        .iter()
        .map(|unit| unit.report.subject.name.as_str())
        .chain(task.exclusions.iter().map(|excluded| excluded.subject.as_str()))
        .collect();
    let mut told = HashSet::new();
    let expected = task.expected.iter().filter(|subject| !there.contains(subject.as_str()));
    expected.filter(|subject| told.insert(subject.as_str())).cloned().collect()
}

/// Units whose work others count, too.
pub(crate) fn counted_twice(counted: &[&Unit]) -> Vec<Obstacle> {
    let mut obstacles = Vec::new();
    let mut seen: HashMap<(&str, ScopeKind, &str), &Unit> = HashMap::new();
    for unit in counted.iter().copied() {
        let report = &unit.report;
        let key = (report.subject.name.as_str(), report.scope.kind, place(report));
        if key.0.is_empty() {
            continue;
        }
        match seen.get(&key) {
            Some(other) => obstacles.push(Obstacle::same(unit, other)),
            None => {
                seen.insert(key, unit);
            }
        }
    }
    // Few cover more than themselves.
    let wide: Vec<&Unit> = counted.iter().copied().filter(|unit| covers_others(&unit.report)).collect();
    for unit in counted.iter().copied() {
        let whole =
            wide.iter().find(|whole| !std::ptr::eq(**whole, unit) && covers(&whole.report, &unit.report));
        if let Some(whole) = whole {
            obstacles.push(Obstacle::part_of(unit, whole));
        }
    }
    obstacles
}

/// The most certain name of where a body is.
fn place(report: &Report) -> &str {
    let region = &report.region;
    let names = [&region.township_code, &region.code, &region.name];
    names.into_iter().map(String::as_str).find(|name| !name.is_empty()).unwrap_or_default()
}

fn covers_others(report: &Report) -> bool {
    matches!(report.scope.kind, ScopeKind::OwnLevel | ScopeKind::WholeArea)
}

/// Whether the work of `part` is within what `whole` says that it covers.
fn covers(whole: &Report, part: &Report) -> bool {
    let code = |report: &Report| Code::parse(&report.region.code);
    let (Some(area), Some(place)) = (code(whole), code(part)) else { return false };
    let is_township = |report: &Report| {
        !report.region.township_code.is_empty() || report.subject.kind == BodyKind::Township
    };
    if is_township(whole) {
        // The code of its region is that of its county.
        return whole.region.township_code == part.region.township_code
            && !whole.region.township_code.is_empty()
            && part.scope.kind != whole.scope.kind;
    }
    match whole.scope.kind {
        // Two reports on the same whole area are told as two reports of one body, or are one body's and its office's.
        ScopeKind::WholeArea if area == place => part.scope.kind != ScopeKind::WholeArea,
        ScopeKind::WholeArea => area.contains(place),
        ScopeKind::OwnLevel => area == place && part.scope.kind == ScopeKind::Organ && !is_township(part),
        ScopeKind::Organ | ScopeKind::Unknown => false,
    }
}
