//! A record against the labels of its document.

use super::labels::{Content, Fact, Label, Labels};
use super::narrative::{self, Paired};
use super::shape::Shape;
use super::tally::{Shaped, Tally};
use crate::place::{Lines, Place};
use gongkai_model::{Candidate, Figure, FormId, Outcome, Period, Portion, Report, Span, State};
use std::collections::HashMap;

/// How a difference is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A value is given for certain and is wrong: what must never occur.
    FalseCertain,
    /// A cell is left open that is not.
    Undetermined,
    /// A cell is not found.
    Missing,
    /// Anything else is not as labelled.
    Differs,
    /// A quantity of the narrative is not found.
    NotFound,
    /// A quantity of the narrative is given that the labels do not have.
    Surplus,
    /// The document gave no record.
    Unreadable,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FalseCertain => "false certain",
            Self::Undetermined => "undetermined",
            Self::Missing => "missing",
            Self::Differs => "differs",
            Self::NotFound => "not found",
            Self::Surplus => "surplus",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One thing that is not as labelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    /// The cell's key, the field's or the identity's name.
    pub(crate) what: String,
    pub(crate) expected: String,
    pub(crate) got: String,
    pub(crate) place: Option<Place>,
}

/// What came of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) tally: Tally,
    pub(crate) differences: Vec<Difference>,
}

/// The score of a document that gave no record: every label is missed.
pub(crate) fn unreadable(labels: &Labels, message: &str) -> Score {
    let mut score = Score::default();
    score.tally.documents = 1;
    score.tally.unreadable = 1;
    for label in labels.cells.iter().flat_map(HashMap::values) {
        match label {
            Label::Visible(content) => {
                score.tally.cells.add(false);
                score.tally.missing += 1;
                if content.is_informative() {
                    score.tally.informative.add(false);
                }
            }
            Label::Recoverable(_) => score.tally.recoverable.add(false),
            Label::Undetermined => score.tally.open.add(true),
            Label::Unscored => {}
        }
    }
    labels.facts.iter().flatten().for_each(|_| score.tally.facts.add(false));
    labels.statements.iter().flatten().for_each(|_| score.tally.statements.add(false));
    score.differences.push(Difference {
        kind: Kind::Unreadable,
        what: "document".to_owned(),
        expected: "a report".to_owned(),
        got: message.to_owned(),
        place: None,
    });
    score
}

/// Compares a record with its labels. `is_page`: a page's own date counts as stated, since it is part of the document.
pub(crate) fn score(
    labels: &Labels,
    report: &Report,
    is_page: bool,
    source: &[u8],
    lines: &Lines<'_>,
) -> Score {
    let mut scoring = Scoring { labels, report, lines, score: Score::default() };
    scoring.score.tally.documents = 1;
    scoring.score.tally.cells_without_form = labels.cells_without_form;
    scoring.cells();
    scoring.cumulative();
    scoring.shape(Shape::of(report, source, is_page));
    scoring.fields(is_page);
    scoring.identities();
    scoring.narrative();
    scoring.score
}

struct Scoring<'a> {
    labels: &'a Labels,
    report: &'a Report,
    lines: &'a Lines<'a>,
    score: Score,
}

impl Scoring<'_> {
    fn cells(&mut self) {
        let Some(cells) = &self.labels.cells else { return };
        // Labels speak of the form's own cells; what other columns say (历年累计) is labelled apart.
        for figure in self.report.figures.iter().filter(|figure| is_of_the_year(figure)) {
            match cells.get(&*figure.key) {
                Some(Label::Visible(content)) => self.visible(&figure.key, content, Some(figure)),
                Some(Label::Recoverable(content)) => {
                    let is_certain = is_certain(figure);
                    let is_right = says(figure, content);
                    self.score.tally.recoverable.add(is_right);
                    self.state(figure, is_right);
                    if is_certain {
                        self.certain(figure, is_right);
                    }
                    if is_right {
                        self.score.tally.inferred.add(figure.proof.is_some());
                    }
                    if is_certain && !is_right {
                        self.false_certain(figure, &content.to_string());
                    }
                }
                Some(Label::Undetermined) => {
                    self.score.tally.open.add(!is_certain(figure));
                    self.state(figure, !is_certain(figure));
                    if let Some(truth) = self.labels.truth.get(&*figure.key) {
                        self.score.tally.truth_listed.add(lists(figure, truth));
                    }
                    self.beyond_labels(figure, "nothing for certain: the text does not fix it");
                }
                Some(Label::Unscored) => {}
                None => self.beyond_labels(figure, "nothing: the labels have no such cell"),
            }
        }
        let mut absent: Vec<_> = cells.iter().filter(|(key, _)| self.report.figure(key).is_none()).collect();
        absent.sort_by_key(|(key, _)| *key);
        for (key, label) in absent {
            match label {
                Label::Visible(content) => self.visible(key, content, None),
                Label::Recoverable(_) => self.score.tally.recoverable.add(false),
                Label::Undetermined => self.score.tally.open.add(true),
                Label::Unscored => {}
            }
        }
    }

    fn visible(&mut self, key: &str, content: &Content, figure: Option<&Figure>) {
        let is_right = figure.is_some_and(|figure| says(figure, content));
        self.score.tally.cells.add(is_right);
        if content.is_informative() {
            self.score.tally.informative.add(is_right);
        }
        if let Some(figure) = figure {
            self.state(figure, is_right);
            if is_certain(figure) {
                self.certain(figure, is_right);
            }
        }
        let kind = match figure.map(|figure| figure.state) {
            Some(State::Number | State::Blank | State::NotApplicable | State::Text) => Kind::FalseCertain,
            Some(State::Undetermined) => {
                self.score.tally.undetermined += 1;
                Kind::Undetermined
            }
            Some(State::Missing) | None => {
                self.score.tally.missing += 1;
                Kind::Missing
            }
        };
        if !is_right {
            let got = figure.map_or_else(|| "no such cell".to_owned(), described);
            let span = figure.and_then(|figure| figure.span.as_ref());
            self.differs(kind, key, &content.to_string(), &got, span);
        }
    }

    /// A value for a cell that has none is as bad as a wrong one.
    fn beyond_labels(&mut self, figure: &Figure, expected: &str) {
        if is_certain(figure) {
            self.certain(figure, false);
            self.false_certain(figure, expected);
        }
    }

    fn certain(&mut self, figure: &Figure, is_right: bool) {
        self.score.tally.certain.add(is_right);
        self.score.tally.by_derivation.entry(figure.derivation.name()).or_default().add(is_right);
    }

    fn state(&mut self, figure: &Figure, is_right: bool) {
        self.score.tally.by_state.entry(figure.state.name()).or_default().add(is_right);
    }

    /// The column 历年累计: a figure of its own beside the year's.
    fn cumulative(&mut self) {
        let labels = self.labels;
        let mut keys: Vec<_> = labels.cumulative.iter().collect();
        keys.sort_by_key(|(key, _)| *key);
        for (key, content) in keys {
            let figure = self.report.figures.iter().find(|figure| {
                *figure.key == **key && figure.period == Period::Cumulative && figure.portion == Portion::All
            });
            let is_right = figure.is_some_and(|figure| says(figure, content));
            self.score.tally.cumulative.add(is_right);
            if !is_right {
                let kind = match figure {
                    Some(figure) if is_certain(figure) => Kind::FalseCertain,
                    Some(figure) if figure.state == State::Undetermined => Kind::Undetermined,
                    _ => Kind::Missing,
                };
                if let Some(figure) = figure.filter(|figure| is_certain(figure)) {
                    self.certain(figure, false);
                }
                let got = figure.map_or_else(|| "no such cell".to_owned(), described);
                let span = figure.and_then(|figure| figure.span.as_ref());
                self.differs(kind, &format!("{key}, cumulative"), &content.to_string(), &got, span);
            }
        }
    }

    fn shape(&mut self, shape: Shape) {
        let tally = &mut self.score.tally;
        let shaped = Shaped {
            documents: 1,
            cells: tally.cells,
            certain: tally.certain,
            recoverable: tally.recoverable,
            open: tally.open,
        };
        tally.by_shape.insert(shape.name(), shaped);
    }

    fn false_certain(&mut self, figure: &Figure, expected: &str) {
        self.differs(Kind::FalseCertain, &figure.key, expected, &described(figure), figure.span.as_ref());
    }

    fn fields(&mut self, is_page: bool) {
        let (labels, report) = (self.labels, self.report);
        // The header of a page may stand in its text, too. Labels without a date say that the report itself has none.
        let has_date = labels.published.as_ref().is_some_and(|date| !date.is_empty());
        let date = report.dates.stated.or(report.dates.page.filter(|_| is_page || has_date));
        let top = report.sections.iter().filter(|section| section.level == 1);
        // An empty code says that none is certain.
        let adcode = labels.adcode.clone().filter(|code| !code.is_empty());
        let fields = [
            ("year", labels.year.map(|year| year.to_string()), text(report.year), None),
            ("issuer", labels.issuer.clone(), report.issuer.name.clone(), report.issuer.span.as_ref()),
            ("region", labels.region.clone(), report.region.name.clone(), report.region.span.as_ref()),
            ("adcode", adcode, report.region.code.clone(), report.region.span.as_ref()),
            ("level", labels.level.clone(), report.level().to_owned(), report.subject.span.as_ref()),
            ("published", labels.published.clone(), text(date), None),
            ("template", labels.template.clone(), report.form.name().to_owned(), None),
            (
                "sections",
                labels.sections.as_ref().map(|sections| sections.join(" | ")),
                top.map(|section| section.title.as_str()).collect::<Vec<_>>().join(" | "),
                report.sections.first().and_then(|section| section.span.as_ref()),
            ),
        ];
        for (index, (field, expected, got, span)) in fields.into_iter().enumerate() {
            let Some(expected) = expected.filter(|_| labels.is_scored(field)) else { continue };
            let is_right = expected == got;
            self.score.tally.fields[index].add(is_right);
            if !is_right {
                self.differs(Kind::Differs, field, &expected, &got, span);
            }
        }
    }

    fn identities(&mut self) {
        let (labels, report) = (self.labels, self.report);
        let outcomes: HashMap<String, Outcome> =
            report.findings.iter().map(|finding| (finding.name(), finding.outcome)).collect();
        for (name, expected) in &labels.identities {
            let outcome = outcomes.get(name);
            let got = match outcome {
                Some(Outcome::Holds) => "holds",
                Some(Outcome::Used) => "used",
                Some(Outcome::Fails) => "fails",
                Some(Outcome::NotAssessable) => "not assessable",
                None if report.form == FormId::None => "not assessable",
                None => "not checked",
            };
            // What served to infer a figure confirms nothing: it is no right answer, and a wrong one only where the label
            // says that it fails.
            if outcome == Some(&Outcome::Used) && expected != "fails" {
                self.score.tally.identities_used += 1;
                continue;
            }
            let is_right = got == expected;
            self.score.tally.identities.add(is_right);
            if !is_right {
                self.differs(Kind::Differs, name, expected, got, None);
            }
        }
    }

    fn narrative(&mut self) {
        let (labels, report) = (self.labels, self.report);
        self.score.tally.statements_given = report.statements.len();
        if let Some(labels) = &labels.facts {
            let paired = narrative::facts(labels, &report.statements);
            self.score.tally.facts += paired.found;
            self.score.tally.facts_given += paired.given;
            self.unpaired("fact", &paired);
        }
        if let Some(labels) = &labels.statements {
            let paired = narrative::statements(labels, &report.statements);
            self.score.tally.statements += paired.found;
            self.score.tally.quantities_given += paired.given;
            self.unpaired("statement", &paired);
        }
    }

    fn unpaired(&mut self, what: &str, paired: &Paired<'_>) {
        let quantity = |value: Option<String>, unit: &str, quote: &str| {
            format!("{} {unit} “{quote}”", value.unwrap_or_else(|| "no value".to_owned()))
        };
        for Fact { indicator, value, unit, quote, .. } in &paired.lost {
            let value = value.map(|value| value.normalize().to_string());
            let expected = quantity(value, unit, quote.as_deref().unwrap_or_default());
            self.differs(Kind::NotFound, indicator.as_deref().unwrap_or(what), &expected, "nothing", None);
        }
        for statement in &paired.surplus {
            let value = statement.value.map(|value| value.normalize().to_string());
            let got = quantity(value, &statement.unit, &statement.quote);
            let name = if statement.indicator.is_empty() { what } else { &statement.indicator };
            self.differs(Kind::Surplus, name, "nothing", &got, statement.span.as_ref());
        }
    }

    fn differs(&mut self, kind: Kind, what: &str, expected: &str, got: &str, span: Option<&Span>) {
        self.score.differences.push(Difference {
            kind,
            what: what.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
            place: span.and_then(|span| self.lines.of_span(span)),
        });
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Whether the figure claims to know what stands in the cell.
fn is_certain(figure: &Figure) -> bool {
    match figure.state {
        State::Number | State::Blank | State::NotApplicable | State::Text => true,
        State::Undetermined | State::Missing => false,
    }
}

/// The year's figure for all that the report covers: what `cells` is about.
fn is_of_the_year(figure: &Figure) -> bool {
    figure.period == Period::ThisYear && figure.portion == Portion::All
}

/// Whether an open cell has this among what it may say.
fn lists(figure: &Figure, truth: &Content) -> bool {
    figure.candidates.iter().any(|candidate| match truth {
        Content::Number(number) => candidate.value.is_some_and(|value| value.decimal() == *number),
        Content::Blank => candidate.state == State::Blank,
        Content::Mark(text) | Content::Text(text) => candidate.raw.trim() == text,
    })
}

fn says(figure: &Figure, content: &Content) -> bool {
    match (figure.state, content) {
        (State::Number, Content::Number(number)) => {
            figure.value.is_some_and(|value| value.decimal() == *number)
        }
        (State::Blank, Content::Blank) => true,
        (State::NotApplicable, Content::Mark(mark)) => figure.raw.trim() == mark,
        (State::Text, Content::Text(text)) => figure.raw.split_whitespace().eq(text.split_whitespace()),
        (
            State::Number
            | State::Blank
            | State::NotApplicable
            | State::Text
            | State::Undetermined
            | State::Missing,
            _,
        ) => false,
    }
}

fn described(figure: &Figure) -> String {
    let reason = figure.reason.map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
    match figure.state {
        State::Number => text(figure.value),
        State::Blank => "blank".to_owned(),
        State::NotApplicable => format!("the mark “{}”", figure.raw),
        State::Text => format!("the text “{}”", figure.raw),
        State::Undetermined => {
            let candidate = |it: &Candidate| match it.state {
                State::Number | State::NotApplicable | State::Text => it.raw.clone(),
                State::Blank | State::Undetermined | State::Missing => it.state.name().to_lowercase(),
            };
            let candidates: Vec<_> = figure.candidates.iter().map(candidate).collect();
            format!("undetermined{reason}, may be {}", candidates.join(" or "))
        }
        State::Missing => format!("missing{reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tally::Count;
    use super::*;
    use crate::samples;
    use gongkai_model::{Date, Dates, Derivation, Reason, ScopeKind, Statement, Whose};
    use serde_json::{Value, json};

    /// Labels that say what the sample says.
    fn labels_of(report: &Report) -> Value {
        let mut cells = serde_json::Map::new();
        for figure in &report.figures {
            let value = match figure.state {
                State::Number => {
                    serde_json::from_str(&figure.value.unwrap().to_string()).expect("a number is JSON")
                }
                State::Blank => json!(""),
                State::NotApplicable | State::Text => json!(figure.raw),
                State::Undetermined | State::Missing => continue,
            };
            cells.insert(figure.key.to_string(), value);
        }
        json!({
            "year": 2022, "issuer": "甲县人民政府办公室", "region": "甲县", "adcode": "", "level": "county",
            "published": "2023-01-20", "template": "2021", "sections": ["一、总体情况", "二、主动公开政府信息情况"],
            "cells": cells,
            "identities": { "requests.balance.total": "fails" },
        })
    }

    fn scored(labels: &Value, report: &Report) -> Score {
        let source = [b"\n".repeat(6), b"x".repeat(40)].concat();
        score(&Labels::parse(&labels.to_string()).unwrap(), report, false, &source, &Lines::of(&source))
    }

    fn report() -> Report {
        let mut report = samples::report();
        report.findings.truncate(1);
        report
    }

    #[test]
    fn a_record_that_says_what_the_labels_say_has_no_difference() {
        let report = report();
        let score = scored(&labels_of(&report), &report);
        assert_eq!(score.differences, []);
        let tally = &score.tally;
        // One cell of the sample is undetermined, one is missing; neither has a label.
        let visible = report.figures.len() - 2;
        assert_eq!(tally.cells, Count { right: visible, all: visible });
        assert_eq!(tally.certain, tally.cells);
        // 3, 15677600.5, 2, a mark and a text; the rest are zeros and a blank.
        assert_eq!(tally.informative, Count { right: 5, all: 5 });
        assert_eq!(tally.identities, Count { right: 1, all: 1 });
        let scored: Vec<_> = tally.fields.iter().map(|field| (field.right, field.all)).collect();
        assert_eq!(scored, [(1, 1), (1, 1), (1, 1), (0, 0), (1, 1), (1, 1), (1, 1), (1, 1)]);
    }

    #[test]
    fn a_wrong_number_a_wrong_blank_and_a_wrong_mark_are_false_certain_with_their_place() {
        let expected = labels_of(&report());
        for (key, figure) in [
            ("requests.received.total", samples::number("requests.received.total", 4)),
            ("requests.received.total", samples::of_state("requests.received.total", State::Blank, "")),
            (
                "requests.received.total",
                samples::of_state("requests.received.total", State::NotApplicable, "/"),
            ),
            ("requests.carried_over.total", samples::number("requests.carried_over.total", 0)),
            (
                "requests.carried_over.business",
                samples::of_state("requests.carried_over.business", State::NotApplicable, "/"),
            ),
        ] {
            let mut report = report();
            samples::set(&mut report, Figure { span: Some(Span::bytes(40, 41)), ..figure });
            let score = scored(&expected, &report);
            let [difference] = score.differences.as_slice() else { panic!("{:?}", score.differences) };
            assert_eq!((difference.kind, difference.what.as_str()), (Kind::FalseCertain, key));
            assert_eq!(difference.place, Some(Place { line: 7, column: 35 }));
            assert_eq!((score.tally.certain.wrong(), score.tally.cells.wrong()), (1, 1));
        }
    }

    #[test]
    fn a_cell_left_open_or_not_found_is_wrong_but_never_false_certain() {
        let expected = labels_of(&report());
        let mut report = report();
        let key = "requests.received.total";
        samples::set(&mut report, samples::of_state(key, State::Undetermined, "3"));
        let score = scored(&expected, &report);
        assert_eq!(score.differences[0].kind, Kind::Undetermined);
        assert_eq!(
            (score.tally.undetermined, score.tally.certain.wrong(), score.tally.cells.wrong()),
            (1, 0, 1)
        );

        samples::set(&mut report, Figure::missing(key.into(), Reason::RowAbsent));
        let score = scored(&expected, &report);
        assert_eq!(score.differences[0].got, "missing (ROW_ABSENT)");
        report.figures.retain(|figure| &*figure.key != key);
        let score = scored(&expected, &report);
        assert_eq!((score.differences[0].kind, score.tally.missing), (Kind::Missing, 1));
    }

    #[test]
    fn a_value_for_a_cell_that_the_labels_lack_is_false_certain() {
        let mut expected = labels_of(&report());
        expected["cells"].as_object_mut().unwrap().remove("requests.received.total");
        let score = scored(&expected, &report());
        assert_eq!(score.differences[0].kind, Kind::FalseCertain);
        assert_eq!((score.tally.certain.wrong(), score.tally.cells.wrong()), (1, 0));

        expected["unscored"] = json!(["requests.received.total"]);
        assert_eq!(scored(&expected, &report()).differences, []);

        expected["unscored"] = json!([]);
        expected["undetermined"] = json!(["requests.received.total"]);
        let score = scored(&expected, &report());
        assert_eq!(score.differences[0].kind, Kind::FalseCertain);
        assert_eq!(score.tally.open, Count { right: 0, all: 1 });
    }

    #[test]
    fn what_can_be_recovered_may_be_left_open_but_not_be_wrong() {
        let key = "requests.granted.total";
        let mut expected = labels_of(&report());
        expected["recoverable"] = json!({ key: 12 });
        let score = scored(&expected, &report());
        assert_eq!((score.differences.len(), score.tally.recoverable), (0, Count { right: 0, all: 1 }));

        let mut report = report();
        samples::set(&mut report, Figure { derivation: Derivation::Inferred, ..samples::number(key, 12) });
        let score = scored(&expected, &report);
        assert_eq!((score.differences.len(), score.tally.recoverable), (0, Count { right: 1, all: 1 }));

        samples::set(&mut report, samples::number(key, 1));
        assert_eq!(scored(&expected, &report).differences[0].kind, Kind::FalseCertain);
    }

    #[test]
    fn metadata_is_compared_where_it_is_labelled() {
        let report = report();
        let mut expected = labels_of(&report);
        expected["issuer"] = json!("乙县人民政府");
        expected["sections"] = json!(["一、总体情况"]);
        let score = scored(&expected, &report);
        let what: Vec<_> = score.differences.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(what, ["issuer", "sections"]);

        expected["unscored"] = json!(["issuer"]);
        expected.as_object_mut().unwrap().remove("sections");
        assert_eq!(scored(&expected, &report).differences, []);
    }

    #[test]
    fn a_region_code_is_compared_by_its_county_where_it_is_labelled() {
        let mut report = report();
        let mut expected = labels_of(&report);
        report.region.code = "330001".to_owned();
        report.region.township_code = "330001002".to_owned();
        expected["adcode"] = json!("");
        assert_eq!(scored(&expected, &report).differences, []);
        expected["adcode"] = json!("330001");
        assert_eq!(scored(&expected, &report).differences, []);
        report.region.code = String::new();
        assert_eq!(scored(&expected, &report).differences[0].what, "adcode");
    }

    #[test]
    fn the_date_of_a_page_counts_against_a_dated_label_and_on_a_page() {
        let mut report = report();
        report.dates = Dates { stated: None, page: Date::new(2023, 1, 20).ok() };
        let mut expected = labels_of(&report);
        let mut differences = |published: &str, is_page| {
            expected["published"] = json!(published);
            let labels = Labels::parse(&expected.to_string()).unwrap();
            score(&labels, &report, is_page, b"", &Lines::of(b"")).differences.len()
        };
        assert_eq!((differences("2023-01-20", true), differences("2023-01-20", false)), (0, 0));
        assert_eq!((differences("", true), differences("", false)), (1, 0));
        assert_eq!(differences("2023-01-21", false), 1);
    }

    #[test]
    fn identities_are_compared_by_name_and_without_tables_none_can_be_assessed() {
        let mut report = report();
        let mut expected = labels_of(&report);
        expected["identities"] = json!({ "requests.balance.total": "holds" });
        assert_eq!(scored(&expected, &report).differences[0].got, "fails");
        report.findings[0].outcome = Outcome::Used;
        for label in ["holds", "not assessable"] {
            expected["identities"] = json!({ "requests.balance.total": label });
            let score = scored(&expected, &report);
            assert_eq!((score.differences.len(), score.tally.identities), (0, Count::default()), "{label}");
            assert_eq!(score.tally.identities_used, 1);
        }
        expected["identities"] = json!({ "requests.balance.total": "fails" });
        assert_eq!(scored(&expected, &report).differences[0].got, "used");

        let bare = Report { form: FormId::None, figures: Vec::new(), findings: Vec::new(), ..report };
        let names = ["requests.balance", "requests.outcomes", "requests.applicants", "reviews.sum"];
        let expected = json!({
            "template": "none", "cells": {},
            "identities": names.map(|name| (name, "not assessable")).into_iter().collect::<HashMap<_, _>>(),
        });
        let score = scored(&expected, &bare);
        assert_eq!((score.differences.len(), score.tally.identities), (0, Count { right: 4, all: 4 }));
    }

    #[test]
    fn quantities_of_the_narrative_are_found_by_indicator_value_unit_and_words() {
        let mut report = report();
        report.statements = vec![Statement {
            indicator: "published.total".to_owned(),
            value: Some(217.into()),
            value_max: None,
            unit: "条".to_owned(),
            approximate: false,
            period: Period::ThisYear,
            scope: ScopeKind::Unknown,
            quote: "公开政府信息 217条".to_owned(),
            section: String::new(),
            span: None,
            whose: Whose::Subject,
        }];
        let fact = |value: i64| json!({"facts": [{ "indicator": "published.total", "value": value, "unit": "条", "quote": "累计公开政府信息217条" }]});
        assert_eq!(scored(&fact(217), &report).tally.facts, Count { right: 1, all: 1 });
        assert_eq!(scored(&fact(218), &report).differences[0].kind, Kind::NotFound);
        assert_eq!(scored(&fact(218), &report).differences[1].kind, Kind::Surplus);
        assert_eq!(scored(&fact(218), &report).tally.facts_given, Count { right: 0, all: 1 });
    }

    #[test]
    fn the_column_of_all_years_is_compared_apart() {
        let mut report = report();
        let key = "requests.received.total";
        let mut expected = labels_of(&report);
        expected["cumulative"] = json!({ key: 99 });
        assert_eq!(scored(&expected, &report).differences[0].kind, Kind::Missing);
        report.figures.push(Figure { period: Period::Cumulative, ..samples::number(key, 99) });
        let score = scored(&expected, &report);
        assert_eq!((score.differences.len(), score.tally.cumulative), (0, Count { right: 1, all: 1 }));
        report.figures.last_mut().unwrap().value = Some(gongkai_model::Value::Count(9));
        assert_eq!(scored(&expected, &report).differences[0].kind, Kind::FalseCertain);
    }

    #[test]
    fn an_open_cell_lists_what_stood_there_or_not() {
        let mut report = report();
        let key = "requests.received.total";
        let mut expected = labels_of(&report);
        expected["undetermined"] = json!([key]);
        expected["truth"] = json!({ key: 3 });
        let mut open = samples::of_state(key, State::Undetermined, "31");
        samples::set(&mut report, open.clone());
        assert_eq!(scored(&expected, &report).tally.truth_listed, Count { right: 0, all: 1 });
        let value = Some(gongkai_model::Value::Count(3));
        open.candidates = vec![Candidate { state: State::Number, value, raw: "3".to_owned() }];
        samples::set(&mut report, open);
        assert_eq!(scored(&expected, &report).tally.truth_listed, Count { right: 1, all: 1 });
    }

    #[test]
    fn a_document_that_gives_no_record_misses_all_its_labels() {
        let report = report();
        let labels = Labels::parse(&labels_of(&report).to_string()).unwrap();
        let score = unreadable(&labels, "the document is a PDF file, which is not read");
        assert_eq!(score.tally.missing, report.figures.len() - 2);
        assert_eq!((score.tally.cells.right, score.differences.len()), (0, 1));
    }
}
