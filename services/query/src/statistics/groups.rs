//! Groups of reports: what is counted together, and what never is.

use crate::figures::About;
use gongkai_model::{BodyKind, FormId, Rank, ScopeKind};
use gongkai_regions::{Code, LAST_YEAR, by_code};
use gongkai_serve::fields;
use gongkai_wire::v1;
use tonic::Status;

/// What reports are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grouping {
    by_subject: bool,
    /// Levels of divisions, the smallest first.
    levels: [bool; 3],
    by_rank: bool,
    by_kind: bool,
    by_year: bool,
    by_form: bool,
}

/// A body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Subject {
    pub(super) region_code: String,
    pub(super) region_name: String,
    pub(super) name: String,
}

/// What the reports of a group have in common, in the order in which groups stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GroupKey {
    pub(super) division: Option<Code>,
    pub(super) subject: Option<Subject>,
    pub(super) year: Option<u16>,
    pub(super) form: Option<FormId>,
    pub(super) scope: ScopeKind,
    pub(super) rank: Option<Rank>,
    pub(super) kind: Option<BodyKind>,
}

const COUNTY: usize = 0;
const PREFECTURE: usize = 1;
const PROVINCE: usize = 2;

impl Grouping {
    pub(super) fn read(numbers: &[i32]) -> Result<Self, Status> {
        let mut grouping = Self::default();
        for (index, number) in numbers.iter().enumerate() {
            match v1::GroupBy::try_from(*number) {
                Ok(v1::GroupBy::Subject) => grouping.by_subject = true,
                Ok(v1::GroupBy::Province) => grouping.levels[PROVINCE] = true,
                Ok(v1::GroupBy::Prefecture) => grouping.levels[PREFECTURE] = true,
                Ok(v1::GroupBy::County) => grouping.levels[COUNTY] = true,
                Ok(v1::GroupBy::Rank) => grouping.by_rank = true,
                Ok(v1::GroupBy::Kind) => grouping.by_kind = true,
                Ok(v1::GroupBy::Year) => grouping.by_year = true,
                Ok(v1::GroupBy::Form) => grouping.by_form = true,
                Ok(v1::GroupBy::Unspecified) | Err(_) => {
                    let problem = format!("the number {number} is not known here");
                    return Err(fields::invalid(&format!("group_by[{index}]"), problem));
                }
            }
        }
        Ok(grouping)
    }

    /// Whether groups are divisions.
    pub(super) fn has_divisions(&self) -> bool {
        self.levels.contains(&true)
    }

    /// Whether groups are bodies.
    pub(super) fn has_subjects(&self) -> bool {
        self.by_subject
    }

    /// The group of a report. Its scope is always part of it. Areas of several ranks contain each other, and reports of
    /// unknown scope may be those of a government and of its departments: these are kept apart, too.
    pub(super) fn key(&self, about: &About) -> GroupKey {
        let keys = &about.keys;
        let (nested, unknown) = match keys.scope {
            ScopeKind::Organ => (false, false),
            ScopeKind::OwnLevel | ScopeKind::WholeArea => (true, false),
            ScopeKind::Unknown => (true, true),
        };
        GroupKey {
            division: Code::parse(&keys.region_code).and_then(|code| self.division(code)),
            subject: self.by_subject.then(|| Subject {
                region_code: keys.region_code.clone(),
                region_name: keys.region_name.clone(),
                name: keys.subject.clone(),
            }),
            year: keys.year.filter(|_| self.by_year),
            form: self.by_form.then_some(keys.form),
            scope: keys.scope,
            rank: (self.by_rank || nested).then_some(about.rank),
            kind: (self.by_kind || unknown).then_some(about.kind),
        }
    }

    /// The smallest division asked for in which a region lies, or which it is.
    fn division(&self, code: Code) -> Option<Code> {
        let [county, prefecture, province] = self.levels;
        match code.rank() {
            Rank::County if county => Some(code),
            Rank::County | Rank::Prefecture if prefecture => Some(code.prefecture()),
            _ if province => Some(code.province()),
            _ => None,
        }
    }
}

impl GroupKey {
    /// The head of a group's message.
    pub(super) fn to_wire(&self) -> v1::AggregateGroup {
        let division = self.division.map(|code| {
            let known = by_code(code, self.year.unwrap_or(LAST_YEAR)).or_else(|| by_code(code, LAST_YEAR));
            v1::Division {
                code: code.to_string(),
                name: known.map(|division| division.name().to_owned()).unwrap_or_default(),
            }
        });
        let subject = self.subject.as_ref();
        let text = |field: fn(&Subject) -> &String| subject.map(field).cloned().unwrap_or_default();
        v1::AggregateGroup {
            scope: v1::ScopeKind::from(self.scope).into(),
            rank: self.rank.map_or(0, |rank| v1::Rank::from(rank).into()),
            kind: self.kind.map_or(0, |kind| v1::BodyKind::from(kind).into()),
            year: self.year.map(i32::from),
            form: self.form.map_or(0, |form| v1::Form::from(form).into()),
            division,
            subject: text(|subject| &subject.name),
            region_name: text(|subject| &subject.region_name),
            region_code: text(|subject| &subject.region_code),
            ..v1::AggregateGroup::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::ReportId;
    use gongkai_store::ReportKeys;

    fn about(code: &str, scope: ScopeKind, rank: Rank, kind: BodyKind) -> About {
        let keys = ReportKeys { region_code: code.to_owned(), scope, ..ReportKeys::default() };
        About { report: ReportId::generate(), revision: 1, keys, rank, kind }
    }

    #[test]
    fn what_contains_each_other_is_never_in_one_group() {
        let all = Grouping::default();
        let whole = |rank| all.key(&about("530181", ScopeKind::WholeArea, rank, BodyKind::Government));
        assert_ne!(whole(Rank::County), whole(Rank::Prefecture));
        let organ = |rank| all.key(&about("530181", ScopeKind::Organ, rank, BodyKind::Department));
        assert_eq!(organ(Rank::County), organ(Rank::Prefecture));
        assert_ne!(organ(Rank::County), whole(Rank::County));
        let unknown = |kind| all.key(&about("530181", ScopeKind::Unknown, Rank::County, kind));
        assert_ne!(unknown(BodyKind::Government), unknown(BodyKind::Department));
    }

    #[test]
    fn a_region_is_in_the_smallest_division_that_is_asked_for() {
        use v1::GroupBy::{County, Prefecture, Province};
        let division = |by: &[v1::GroupBy], code: &str| {
            let numbers: Vec<i32> = by.iter().map(|by| (*by).into()).collect();
            let key = Grouping::read(&numbers).unwrap();
            let key = key.key(&about(code, ScopeKind::Organ, Rank::County, BodyKind::Department));
            key.division.map(|code| code.to_string()).unwrap_or_default()
        };
        assert_eq!(division(&[Province], "530181"), "530000");
        assert_eq!(division(&[Prefecture], "530181"), "530100");
        assert_eq!(division(&[County], "530181"), "530181");
        assert_eq!(division(&[County, Province], "530100"), "530000");
        assert_eq!(division(&[County], "530100"), "");
        assert_eq!(division(&[Province], ""), "");
        assert!(Grouping::read(&[99]).is_err());
    }
}
