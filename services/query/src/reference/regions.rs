//! Lists of administrative divisions.

use super::NAME_BYTES_MAX;
use gongkai_model::Rank;
use gongkai_regions::{Code, Division, LAST_YEAR, Township, all, by_code, townships_named, townships_of};
use gongkai_serve::fields;
use gongkai_wire::v1;
use tonic::Status;

/// The year that stands for itself and all before, as far as the lists go.
const FIRST_YEAR: u16 = 1980;

/// Which divisions are listed.
#[derive(Debug)]
pub(super) struct Query {
    within: Option<Code>,
    name: Option<String>,
    rank: Option<Rank>,
    year: u16,
}

impl Query {
    pub(super) fn read(request: &v1::ListRegionsRequest) -> Result<Self, Status> {
        let within =
            match request.within.as_str() {
                "" => None,
                text => Some(Code::parse(text).ok_or_else(|| {
                    fields::invalid("within", "it is no code of six digits, such as 530000")
                })?),
            };
        let name = fields::text("display_name", &request.display_name, NAME_BYTES_MAX)?;
        let year = request.year.map(|year| fields::year("year", year)).transpose()?;
        let query = Self {
            within,
            name: Some(name).filter(|name| !name.is_empty()),
            rank: fields::variant("rank", request.rank)?,
            year: year.unwrap_or(LAST_YEAR).min(LAST_YEAR),
        };
        if query.rank == Some(Rank::Township) && query.within.is_none() && query.name.is_none() {
            return Err(fields::invalid("rank", "townships are listed within a division or by their name"));
        }
        Ok(query)
    }

    /// The divisions, in the order of their codes.
    pub(super) fn regions(&self) -> Box<dyn Iterator<Item = v1::RegionDefinition> + '_> {
        if self.rank != Some(Rank::Township) {
            return Box::new(
                all().iter().filter(|division| self.admits(division)).map(|it| self.division(it)),
            );
        }
        let lies_within =
            |county: Code| self.within.is_none_or(|within| within == county || within.contains(county));
        match &self.name {
            Some(name) => Box::new(
                townships_named(name)
                    .filter(move |township| lies_within(township.county()))
                    .map(|township| self.township(&township)),
            ),
            None => Box::new(
                all()
                    .iter()
                    .filter(move |division| division.is_valid(LAST_YEAR) && lies_within(division.code()))
                    .flat_map(|division| townships_of(division.code()))
                    .map(|township| self.township(&township)),
            ),
        }
    }

    fn admits(&self, division: &Division) -> bool {
        division.is_valid(self.year)
            && self.rank.is_none_or(|rank| rank == division.rank())
            && self.within.is_none_or(|within| within.contains(division.code()))
            && self.name.as_ref().is_none_or(|name| name == division.name() || name == division.short())
    }

    fn division(&self, known: &Division) -> v1::RegionDefinition {
        v1::RegionDefinition {
            code: known.code().to_string(),
            display_name: known.name().to_owned(),
            rank: v1::Rank::from(known.rank()).into(),
            first_year: Some(known.first_year()).filter(|first| FIRST_YEAR < *first).map(i32::from),
            last_year: known.last_year().map(i32::from),
            parents: known.parents(self.year).map(division).collect(),
            successors: known.successors().map(division).collect(),
        }
    }

    fn township(&self, township: &Township) -> v1::RegionDefinition {
        let county = by_code(township.county(), LAST_YEAR);
        let above = county.into_iter().flat_map(|county| county.parents(LAST_YEAR).chain([county]));
        v1::RegionDefinition {
            code: township.code().unwrap_or_default(),
            display_name: township.name(),
            rank: v1::Rank::Township.into(),
            parents: above.map(division).collect(),
            ..v1::RegionDefinition::default()
        }
    }
}

fn division(division: &Division) -> v1::Division {
    v1::Division { code: division.code().to_string(), name: division.name().to_owned() }
}
