//! Made-up reports of bodies all over the country, year after year: what each says is decided by its number alone.

use gongkai_forms::{CellDefinition, Form};
use gongkai_model::{
    Body, BodyKind, Derivation, Figure, FormId, Period, Portion, Quoted, Rank, RegionText, Report, Scope,
    ScopeKind, Section, Span, State, Statement, Value, Whose,
};
use gongkai_regions::Division;
use gongkai_testkit::{Record, RecordOptions, Rng};
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The years of the reports; each body has one a year.
pub const YEARS: std::ops::RangeInclusive<u16> = 2016..=2023;
const YEAR_COUNT: u64 = 8;
/// Extractors do not matter here.
pub const EXTRACTOR_VERSION: u32 = 1;

/// What a county has besides its government and the office of that; then come townships.
const DEPARTMENTS: [&str; 20] = [
    "发展和改革局",
    "教育体育局",
    "科学技术局",
    "公安局",
    "民政局",
    "司法局",
    "财政局",
    "人力资源和社会保障局",
    "自然资源局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农业农村局",
    "商务局",
    "文化和旅游局",
    "卫生健康局",
    "应急管理局",
    "审计局",
    "市场监督管理局",
    "统计局",
];

type Drawn = HashMap<(FormId, u64), Arc<Report>>;

/// A set of reports of some size.
#[derive(Clone, Debug)]
pub struct Corpus {
    counties: Vec<&'static Division>,
    /// How many contents differ: the report of a number says what another one says in which the same is left over.
    contents: u64,
    /// Contents that were drawn, by form and number, where there are fewer than reports.
    drawn: Arc<Mutex<Drawn>>,
    /// How many reports there are.
    pub reports: u64,
}

/// Whose report one is.
struct Whom {
    county: &'static Division,
    name: String,
    region: String,
    rank: Rank,
    kind: BodyKind,
    scope: ScopeKind,
}

impl Corpus {
    /// So many reports, rounded up to whole years.
    pub fn of(reports: u64) -> Self {
        let counties = gongkai_regions::all();
        let counties = counties.iter().filter(|it| it.rank() == Rank::County && it.is_valid(2020)).collect();
        let reports = reports.div_ceil(YEAR_COUNT) * YEAR_COUNT;
        Self { counties, contents: reports, drawn: Arc::default(), reports }
    }

    /// The same bodies and years with so many different contents: what is made up once costs nothing the next time.
    #[must_use]
    pub fn with_contents(self, contents: u64) -> Self {
        Self { contents, ..self }
    }

    /// How many bodies there are.
    pub fn bodies(&self) -> u64 {
        self.reports / YEAR_COUNT
    }

    /// The numbers of the reports of a year.
    pub fn of_year(&self, year: u16) -> std::ops::Range<u64> {
        let first = u64::from(year - YEARS.start()) * self.bodies();
        first..first + self.bodies()
    }

    /// The name of the body that a report is of.
    pub fn subject(&self, number: u64) -> String {
        self.whom(number).name
    }

    /// The code of the county that a report is on.
    pub fn county_code(&self, number: u64) -> String {
        self.whom(number).county.code().to_string()
    }

    /// The year of a report: they come year after year.
    fn year(&self, number: u64) -> u16 {
        YEARS.start() + u16::try_from(number / self.bodies()).unwrap()
    }

    fn whom(&self, number: u64) -> Whom {
        // Within a year the counties take turns.
        let body = number % self.bodies();
        let counties = self.counties.len() as u64;
        let county = self.counties[usize::try_from(body % counties).unwrap()];
        let (place, kinds) = (county.name(), usize::try_from(body / counties).unwrap());
        let (name, region, rank, kind, scope) = match kinds {
            0 => {
                let government = format!("{place}人民政府");
                (government, place.to_owned(), Rank::County, BodyKind::Government, ScopeKind::WholeArea)
            }
            1 => {
                let office = format!("{place}人民政府办公室");
                (office, place.to_owned(), Rank::County, BodyKind::GeneralOffice, ScopeKind::Organ)
            }
            _ => match DEPARTMENTS.get(kinds - 2) {
                Some(department) => {
                    let department = format!("{place}{department}");
                    (department, place.to_owned(), Rank::County, BodyKind::Department, ScopeKind::Organ)
                }
                None => {
                    let town = format!("第{}镇", kinds - 1 - DEPARTMENTS.len());
                    let name = format!("{place}{town}人民政府");
                    (name, town, Rank::Township, BodyKind::Township, ScopeKind::Organ)
                }
            },
        };
        Whom { county, name, region, rank, kind, scope }
    }

    /// The form of a year's reports.
    pub fn form(year: u16) -> FormId {
        match year {
            ..2019 => FormId::Form2014,
            2019..2021 => FormId::Form2019,
            2021.. => FormId::Form2021,
        }
    }

    /// The report of a number, as part of a document with several.
    pub fn report(&self, number: u64, part: u32, parts: u32) -> Report {
        let (year, whom) = (self.year(number), self.whom(number));
        let form = Self::form(year);
        let about = |mut report: Report| {
            let drawn = std::mem::take(&mut report.region.name);
            if !drawn.is_empty() {
                report.preamble = quoted(report.preamble.text.replace(&drawn, &whom.region));
                for section in &mut report.sections {
                    section.text = section.text.replace(&drawn, &whom.region);
                }
            }
            Report {
                part,
                parts,
                title: quoted(format!("{}{year}年政府信息公开工作年度报告", whom.name)),
                year: Some(year),
                subject: body(whom.name.clone(), whom.rank, whom.kind),
                scope: Scope { kind: whom.scope, ..Scope::default() },
                issuer: body(whom.name.clone(), whom.rank, whom.kind),
                region: RegionText {
                    name: whom.region.clone(),
                    code: whom.county.code().to_string(),
                    ..RegionText::default()
                },
                ..report
            }
        };
        if self.contents == self.reports {
            let mut report = about(content(form, number));
            report.findings = gongkai_audit::audit(&report);
            return report;
        }
        let key = (form, number % self.contents);
        let known = self.drawn.lock().unwrap().get(&key).cloned();
        let drawn = known.unwrap_or_else(|| {
            let mut drawn = content(form, key.1);
            // What rules say of it is much the same for every body.
            drawn.findings = gongkai_audit::audit(&about(drawn.clone()));
            let drawn = Arc::new(drawn);
            self.drawn.lock().unwrap().insert(key, drawn.clone());
            drawn
        });
        about(Report::clone(&drawn))
    }
}

/// What a report says, whoever it is of.
fn content(form: FormId, number: u64) -> Report {
    let form = gongkai_forms::form(form).unwrap();
    let mut report = Report { extractor_version: EXTRACTOR_VERSION, form: form.id, ..Report::default() };
    if form.id == FormId::Form2014 {
        report.figures = earlier_figures(form, number);
        return report;
    }
    let options = RecordOptions { empty_percent: 5, mistakes: usize::from(number.is_multiple_of(10)) };
    let record = Record::random(form.id, number, options);
    report.preamble = quoted(record.about.preamble.join("\n"));
    let sections = record.about.parts.iter().map(|part| Section {
        level: 1,
        title: part.heading.clone(),
        span: Some(Span::bytes(0, 30)),
        text: part.paragraphs.join("\n"),
    });
    report.sections = sections.collect();
    report.statements = record.about.facts.iter().map(statement).collect();
    report.dates.stated = record.about.published;
    let cells = form.cells.iter().zip(record.entries);
    report.figures = cells
        .zip(0..)
        .map(|((cell, entry), place)| figure(cell, entry.state, entry.value, entry.written, place))
        .collect();
    // It is replaced by that of the body.
    report.region.name = record.about.region.clone();
    report
}

fn quoted(text: String) -> Quoted {
    Quoted { span: Some(Span::bytes(0, text.len())), text }
}

fn body(name: String, rank: Rank, kind: BodyKind) -> Body {
    Body { name, rank, kind, span: Some(Span::bytes(0, 30)), credit_code: String::new() }
}

fn statement(fact: &gongkai_testkit::Fact) -> Statement {
    Statement {
        indicator: fact.indicator.to_owned(),
        value: Some(Decimal::from(fact.value)),
        value_max: None,
        unit: fact.unit.to_owned(),
        approximate: false,
        period: Period::ThisYear,
        scope: ScopeKind::Unknown,
        whose: Whose::Subject,
        quote: fact.quote.clone(),
        section: "一、总体情况".to_owned(),
        span: Some(Span::bytes(400, 460)),
    }
}

/// The statistics of 2014: one column, in which a tenth of the cells is empty.
fn earlier_figures(form: &'static Form, number: u64) -> Vec<Figure> {
    let mut rng = Rng::new(number);
    let mut drawn = |cell: &CellDefinition, place: usize| match rng.chance(10) {
        true => figure(cell, State::Blank, None, String::new(), place),
        false => {
            let count = i64::try_from(rng.below(200)).unwrap();
            let value = match cell.unit {
                gongkai_model::Unit::Count => Value::Count(count),
                gongkai_model::Unit::Yuan => Value::Amount(Decimal::from(count)),
            };
            figure(cell, State::Number, Some(value), count.to_string(), place)
        }
    };
    form.cells.iter().zip(0..).map(|(cell, place)| drawn(cell, place)).collect()
}

fn figure(
    cell: &CellDefinition,
    state: State,
    value: Option<Value>,
    written: String,
    place: usize,
) -> Figure {
    let start = 2_000 + 40 * place;
    Figure {
        key: cell.key.clone(),
        period: Period::ThisYear,
        portion: Portion::All,
        state,
        value,
        span: Some(Span::bytes(start, start + written.len())),
        raw: written,
        source_unit: String::new(),
        derivation: Derivation::Read,
        candidates: Vec::new(),
        reason: None,
        proof: None,
    }
}
