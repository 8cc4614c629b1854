//! A record as JSON: the shape that `gongkai parse` promises.

use super::Style;
use crate::input::Unread;
use gongkai_forms::Form;
use gongkai_model::{
    Candidate, Date, Division, Figure, Finding, Period, Portion, Proof, Proposal, Quoted, RegionText, Report,
    Section, Span, Statement,
};
use serde_json::{Map, Value, json};

/// One report. `path` is the file it was read from, or the name it has on a server.
pub(crate) fn report(path: &str, report: &Report, style: Style) -> Value {
    let form = gongkai_forms::form(report.form);
    let mut object = head(path, report);
    let fields = [
        ("preamble", json!(report.preamble.text)),
        ("sections", Value::Array(sections(&report.sections))),
        ("figures", report.figures.iter().map(|it| figure(it, form, style)).collect()),
        ("statements", report.statements.iter().map(statement).collect()),
        ("problems", quotes(&report.problems)),
        ("improvements", quotes(&report.improvements)),
        ("findings", report.findings.iter().map(|it| finding(it, style)).collect()),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object)
}

/// Who, when and where: the fields before the content.
pub(crate) fn head(path: &str, report: &Report) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("path".to_owned(), json!(path));
    if 1 < report.parts {
        object.insert("part".to_owned(), json!(report.part));
        object.insert("parts".to_owned(), json!(report.parts));
    }
    let fields = [
        ("year", json!(report.year)),
        ("issuer", json!(report.issuer.name)),
        ("subject", json!(report.subject.name)),
        ("credit_code", json!(credit_code(report))),
        ("scope", json!(report.scope.kind.name())),
        ("region", region(&report.region)),
        ("level", json!(report.level())),
        ("form", json!(report.form.name())),
        ("published", json!(published(report).map(|date| date.to_string()).unwrap_or_default())),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    object
}

/// The unified social credit code of the body that issued the report, else of the body whose work is counted.
fn credit_code(report: &Report) -> Option<&str> {
    let bodies = [&report.issuer, &report.subject];
    bodies.into_iter().map(|body| body.credit_code.as_str()).find(|code| !code.is_empty())
}

/// A region: which it is, where that is certain, else which it may be.
fn region(region: &RegionText) -> Value {
    let divisions = |divisions: &[Division]| -> Value {
        divisions.iter().map(|it| json!({ "name": it.name, "code": it.code })).collect()
    };
    let mut object = json!({ "name": region.name, "code": region.code });
    if !region.township_code.is_empty() {
        object["township_code"] = json!(region.township_code);
    }
    if !region.parents.is_empty() {
        object["parents"] = divisions(&region.parents);
    }
    if !region.candidates.is_empty() {
        object["candidates"] = divisions(&region.candidates);
    }
    object
}

/// A file that gives no record.
pub(crate) fn unread(path: &str, unread: &Unread) -> Value {
    json!({ "path": path, "error": { "reason": unread.reason(), "message": unread.message() } })
}

/// The date that the text states, else the date that the page around it states.
pub(crate) fn published(report: &Report) -> Option<Date> {
    report.dates.stated.or(report.dates.page)
}

/// The headings as a tree: those of the first level, each with what stands below it, where something does.
fn sections(sections: &[Section]) -> Vec<Value> {
    let mut tree = Vec::new();
    let mut rest = sections;
    while let Some((first, behind)) = rest.split_first() {
        let below = behind.iter().take_while(|section| first.level < section.level).count();
        let mut object = Map::new();
        object.insert("title".to_owned(), json!(first.title));
        if 0 < below {
            object.insert("sections".to_owned(), Value::Array(self::sections(&behind[..below])));
        }
        tree.push(Value::Object(object));
        rest = &behind[below..];
    }
    tree
}

/// One cell of a report in this form.
pub(crate) fn figure(figure: &Figure, form: Option<&Form>, style: Style) -> Value {
    let cell = form.and_then(|form| form.cells.get(form.cell_index(&figure.key)?));
    let mut object = json!({
        "key": &*figure.key,
        "label": cell.map(|cell| style.words(&cell.label_zh, &cell.label_en)),
        "state": figure.state.name(),
        "value": figure.value.map(|value| value.to_string()),
        "unit": cell.map(|cell| cell.unit.name()).or(figure.value.map(|value| value.unit().name())),
        "raw": figure.raw,
        "derivation": figure.derivation.name(),
        "span": figure.span.as_ref().map(span),
        "candidates": figure.candidates.iter().map(candidate).collect::<Vec<_>>(),
        "proof": figure.proof.as_ref().map(proof),
        "reason": figure.reason.map(|reason| reason.name()),
    });
    // Most tables have one column of values for this year and the whole; what is not said is that.
    if figure.period != Period::ThisYear {
        object["period"] = json!(figure.period.name());
    }
    if figure.portion != Portion::All {
        object["portion"] = json!(figure.portion.name());
    }
    object
}

fn candidate(candidate: &Candidate) -> Value {
    json!({
        "state": candidate.state.name(),
        "value": candidate.value.map(|value| value.to_string()),
        "raw": candidate.raw,
    })
}

fn proof(proof: &Proof) -> Value {
    let mut object = json!({ "hypothesis": proof.hypothesis, "identities": proof.identities });
    if !proof.statements.is_empty() {
        object["statements"] = json!(proof.statements);
    }
    object
}

/// One quantity of the running text.
pub(crate) fn statement(statement: &Statement) -> Value {
    json!({
        "indicator": Some(&statement.indicator).filter(|it| !it.is_empty()),
        "value": statement.value.map(|value| value.to_string()),
        "value_max": statement.value_max.map(|value| value.to_string()),
        "unit": statement.unit,
        "approximate": statement.approximate,
        "period": statement.period.name(),
        "whose": statement.whose.name(),
        "scope": statement.scope.name(),
        "quote": statement.quote,
        "section": statement.section,
        "span": statement.span.as_ref().map(span),
    })
}

fn quotes(quotes: &[Quoted]) -> Value {
    quotes.iter().map(|it| json!({ "text": it.text, "span": it.span.as_ref().map(span) })).collect()
}

/// One finding.
pub(crate) fn finding(finding: &Finding, style: Style) -> Value {
    let mut object = json!({
        "rule": &*finding.rule,
        "subject": finding.subject,
        "status": finding.outcome.name(),
        "severity": finding.severity.name(),
        "basis": finding.basis.name(),
        "message": style.words(&finding.message_zh, &finding.message_en),
        "left": finding.left.map(|value| value.to_string()),
        "right": finding.right.map(|value| value.to_string()),
        "figures": finding.figures.iter().map(|key| &**key).collect::<Vec<_>>(),
    });
    if !finding.proposals.is_empty() {
        object["proposals"] = finding.proposals.iter().map(proposal).collect();
    }
    object
}

fn proposal(proposal: &Proposal) -> Value {
    json!({
        "figure": &*proposal.figure,
        "current": proposal.current.map(|value| value.to_string()),
        "proposed": proposal.proposed.to_string(),
        "mends": proposal.mends,
    })
}

/// A place in the source, told apart by its fields.
pub(crate) fn span(span: &Span) -> Value {
    match span {
        Span::Bytes(range) => json!({ "start": range.start, "end": range.end }),
        Span::Page { page, area } => json!({ "page": page, "area": area }),
        Span::Part { part, path } => json!({ "part": part, "path": path }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Lang;
    use crate::samples;

    const STYLE: Style = Style { lang: Lang::Zh, color: false };

    #[test]
    fn a_record_has_the_promised_fields_in_their_order() {
        let json = report("a.txt", &samples::report(), STYLE);
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = "path year issuer subject credit_code scope region level form published preamble sections figures statements \
             problems improvements findings";
        assert_eq!(names, expected.split(' ').collect::<Vec<_>>());
        assert_eq!(json["year"], 2022);
        assert_eq!(json["level"], "county");
        assert_eq!(json["scope"], "WHOLE_AREA");
        assert_eq!(json["published"], "2023-01-20");
        assert_eq!(json["region"], json!({ "name": "甲县", "code": "" }));
        let figures = json["figures"].as_array().unwrap();
        assert_eq!(figures.len(), gongkai_forms::form(samples::report().form).unwrap().cells.len());
    }

    #[test]
    fn each_state_shows_in_the_figure() {
        let shown = report("a.txt", &samples::report(), STYLE);
        let figure = |key: &str| {
            let figures = shown["figures"].as_array().unwrap();
            figures.iter().find(|figure| figure["key"] == key).unwrap().clone()
        };
        assert_eq!(
            figure("requests.received.total").to_string(),
            r#"{"key":"requests.received.total","label":"一、本年新收政府信息公开申请数量 · 总计","state":"NUMBER","value":"3","unit":"count","raw":"3","derivation":"READ","span":{"start":40,"end":41},"candidates":[],"proof":null,"reason":null}"#
        );
        assert_eq!(figure("disclosure.fees.amount")["value"], "15677600.5");
        assert_eq!(figure("disclosure.fees.amount")["unit"], "yuan");
        let blank = figure("requests.carried_over.total");
        assert_eq!((&blank["state"], &blank["value"]), (&json!("BLANK"), &Value::Null));
        let undetermined = figure("requests.granted.total");
        assert_eq!(undetermined["reason"], "JOINED_DIGITS");
        assert_eq!(
            undetermined["candidates"],
            json!([{ "state": "NUMBER", "value": "1", "raw": "1" }, { "state": "NUMBER", "value": "12", "raw": "12" }])
        );
        let inferred = figure("requests.concluded.total");
        assert_eq!(inferred["derivation"], "INFERRED");
        assert_eq!(inferred["proof"]["hypothesis"], "complete rows");
        let missing = figure("reviews.reconsideration.total");
        assert_eq!((&missing["state"], &missing["span"]), (&json!("MISSING"), &Value::Null));
    }

    #[test]
    fn headings_below_a_heading_stand_inside_it() {
        let json = report("a.txt", &samples::report(), STYLE);
        assert_eq!(
            json["sections"],
            json!([
                { "title": "一、总体情况", "sections": [{ "title": "（一）主动公开" }, { "title": "（二）依申请公开" }] },
                { "title": "二、主动公开政府信息情况" },
            ])
        );
    }

    #[test]
    fn findings_say_what_came_of_each_check_in_the_language_asked_for() {
        let message = |lang| {
            let json = report("a.txt", &samples::report(), Style { lang, color: false });
            json["findings"][0]["message"].as_str().unwrap().to_owned()
        };
        assert_eq!(message(Lang::Zh), "左右不等");
        assert_eq!(message(Lang::En), "the sides differ");
        let json = report("a.txt", &samples::report(), STYLE);
        assert_eq!(
            json["findings"][0].to_string(),
            r#"{"rule":"requests.balance","subject":"total","status":"FAILS","severity":"ERROR","basis":"PRINTED","message":"左右不等","left":"3","right":"2","figures":["requests.received.total"]}"#
        );
    }

    #[test]
    fn one_of_several_reports_in_a_file_says_which_it_is() {
        let second = Report { part: 2, parts: 3, ..samples::report() };
        let json = report("a.txt", &second, STYLE);
        assert_eq!((&json["part"], &json["parts"]), (&json!(2), &json!(3)));
    }

    #[test]
    fn places_are_told_apart_by_their_fields() {
        assert_eq!(span(&Span::bytes(3, 5)), json!({ "start": 3, "end": 5 }));
        assert_eq!(
            span(&Span::Page { page: 2, area: [1, 2, 3, 4] }),
            json!({ "page": 2, "area": [1, 2, 3, 4] })
        );
    }
}
