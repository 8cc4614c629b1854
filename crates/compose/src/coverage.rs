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
    let mut sources: HashMap<&str, &Unit> = HashMap::new();
    let mut named: HashMap<&str, Vec<&Unit>> = HashMap::new();
    // Few cover more than themselves.
    let wide: Vec<&Unit> = counted.iter().copied().filter(|unit| covers_others(&unit.report)).collect();
    for unit in counted.iter().copied() {
        if let Some(other) = sources.insert(&unit.source, unit) {
            obstacles.push(Obstacle::same(unit, other));
            continue;
        }
        let report = &unit.report;
        let before = named.entry(report.subject.name.as_str()).or_default();
        let same = before.iter().find(|other| may_be_one(report, &other.report));
        if let Some(other) = same.filter(|_| !report.subject.name.is_empty()) {
            obstacles.push(Obstacle::same(unit, other));
        }
        before.push(unit);
        let whole = |sought: Covering| {
            let others = wide.iter().filter(|it| it.source != unit.source);
            // Two reports of one body are told as such.
            let mut others = others
                .filter(|it| it.report.subject.name != report.subject.name || report.subject.name.is_empty());
            others.find(|it| covering(&it.report, report) == sought)
        };
        if let Some(whole) = whole(Covering::Certain) {
            obstacles.push(Obstacle::part_of(unit, whole));
        } else if let Some(whole) = whole(Covering::Unknown) {
            obstacles.push(Obstacle::perhaps_part_of(unit, whole));
        }
    }
    obstacles
}

/// Whether two reports of bodies of one name may be of one body: nothing that both say tells them apart.
fn may_be_one(one: &Report, other: &Report) -> bool {
    let differ = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
    let (here, there) = (&one.region, &other.region);
    !differ(&here.township_code, &there.township_code)
        && !differ(&here.code, &there.code)
        && (!here.code.is_empty() || !there.code.is_empty() || !differ(&here.name, &there.name))
        && (one.scope.kind == other.scope.kind
            || [one.scope.kind, other.scope.kind].contains(&ScopeKind::Unknown))
}

fn covers_others(report: &Report) -> bool {
    matches!(report.scope.kind, ScopeKind::OwnLevel | ScopeKind::WholeArea)
}

/// Whether the work of one report is within what another one covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covering {
    Certain,
    No,
    /// It is not known where one of them lies.
    Unknown,
}

fn covering(whole: &Report, part: &Report) -> Covering {
    let code = |report: &Report| Code::parse(&report.region.code);
    let (Some(area), Some(place)) = (code(whole), code(part)) else { return Covering::Unknown };
    let is_township = |report: &Report| {
        !report.region.township_code.is_empty() || report.subject.kind == BodyKind::Township
    };
    let covers = if is_township(whole) {
        // The code of its region is that of its county.
        whole.region.township_code == part.region.township_code && !whole.region.township_code.is_empty()
    } else {
        match whole.scope.kind {
            // Also another report on the same area, as where an office reports beside its government.
            ScopeKind::WholeArea => area == place || area.contains(place),
            ScopeKind::OwnLevel => {
                area == place && !is_township(part) && part.scope.kind != ScopeKind::WholeArea
            }
            ScopeKind::Organ | ScopeKind::Unknown => false,
        }
    };
    if covers { Covering::Certain } else { Covering::No }
}
