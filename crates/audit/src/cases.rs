//! Every rule on both sides of its line: a report in which it holds, one in which it fails, and, where it compares
//! numbers of cells, one in which a cell that it needs is blank.

use crate::testing::{amount, county_report, failures, holds, is_unknown, number, of_state, report_on, set};
use gongkai_model::{
    Body, BodyKind, Date, Figure, FormId, PageMetadata, Period, Quoted, Rank, Reason, Report, Section, Span,
    State, Statement, Whose,
};
use std::collections::BTreeSet;

type Change = fn(&mut Report);

/// What is changed in a report that is in order.
struct Case {
    rule: &'static str,
    form: FormId,
    holds: Change,
    fails: Change,
    unknown: Option<Change>,
}

const fn case(rule: &'static str, holds: Change, fails: Change) -> Case {
    Case { rule, form: FormId::Form2021, holds, fails, unknown: None }
}

impl Case {
    const fn of_2019(self) -> Self {
        Self { form: FormId::Form2019, ..self }
    }

    const fn of_2014(self) -> Self {
        Self { form: FormId::Form2014, ..self }
    }

    const fn unknown(self, unknown: Change) -> Self {
        Self { unknown: Some(unknown), ..self }
    }

    fn report(&self, change: Change) -> Report {
        let year = match self.form {
            FormId::Form2014 => 2016,
            FormId::Form2019 => 2020,
            FormId::Form2021 | FormId::None => 2022,
        };
        let mut report = Report { year: Some(year), ..report_on(self.form) };
        change(&mut report);
        report
    }
}

fn nothing(_: &mut Report) {}

fn put(report: &mut Report, key: &str, count: i64) {
    set(report, number(key, count));
}

fn blank(report: &mut Report, key: &str) {
    set(report, of_state(key, State::Blank, ""));
}

fn each(report: &mut Report, prefix: &str, figure: impl Fn(&str) -> Figure) {
    for old in report.figures.iter_mut().filter(|old| old.key.starts_with(prefix)) {
        *old = figure(&old.key);
    }
}

/// What stands in a cell.
fn written(report: &mut Report, raw: &str, unit: &str, yuan: &str) {
    let figure = amount("disclosure.fees.amount", yuan);
    set(report, Figure { raw: raw.to_owned(), source_unit: unit.to_owned(), ..figure });
}

fn overview(report: &mut Report, text: &str) {
    report.sections[0].text = text.to_owned();
}

/// States a quantity of the year.
fn state(report: &mut Report, indicator: &str, value: i64) {
    report.statements.push(Statement {
        indicator: indicator.to_owned(),
        value: Some(value.into()),
        value_max: None,
        unit: "件".to_owned(),
        approximate: false,
        period: Period::ThisYear,
        scope: gongkai_model::ScopeKind::Unknown,
        whose: Whose::Subject,
        quote: format!("全年共{value}件"),
        section: String::new(),
        span: None,
    });
}

fn at(start: usize) -> Option<Span> {
    Some(Span::bytes(start, start + 1))
}

/// Headings and tables in their order in the document.
fn placed(report: &mut Report, reviews_at: usize) {
    for (index, section) in report.sections.iter_mut().enumerate() {
        section.span = at(1_000 * index);
    }
    for figure in &mut report.figures {
        let place = match &figure.key {
            key if key.starts_with("disclosure.") => 1_500,
            key if key.starts_with("requests.") => 2_500,
            _ => reviews_at,
        };
        figure.span = at(place);
    }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("requests.balance", nothing, |r| put(r, "requests.received.total", 1))
        .unknown(|r| blank(r, "requests.received.total")),
    case("requests.outcomes", nothing, |r| put(r, "requests.granted.total", 1))
        .unknown(|r| blank(r, "requests.granted.total")),
    case("requests.applicants", nothing, |r| put(r, "requests.granted.total", 1))
        .unknown(|r| blank(r, "requests.granted.total")),
    case("reviews.sum", nothing, |r| put(r, "reviews.litigation_after.total", 1))
        .unknown(|r| blank(r, "reviews.litigation_after.total")),
    case("legacy.channels", nothing, |r| put(r, "legacy.requests.received", 1)).of_2014()
        .unknown(|r| blank(r, "legacy.requests.received")),
    case("legacy.completed", nothing, |r| put(r, "legacy.requests.completed", 1)).of_2014()
        .unknown(|r| blank(r, "legacy.requests.completed")),
    case("legacy.answers", nothing, |r| put(r, "legacy.requests.answered", 1)).of_2014()
        .unknown(|r| blank(r, "legacy.requests.answered")),
    case("legacy.denied", nothing, |r| put(r, "legacy.requests.denied", 1)).of_2014()
        .unknown(|r| blank(r, "legacy.requests.denied")),
    case("legacy.reviews", nothing, |r| put(r, "legacy.litigation", 1)).of_2014()
        .unknown(|r| blank(r, "legacy.litigation")),
    case("legacy.staff", nothing, |r| put(r, "legacy.staff.total", 1)).of_2014()
        .unknown(|r| blank(r, "legacy.staff.total")),

    case("requests.applicants_within",
        |r| { blank(r, "requests.granted.research"); put(r, "requests.granted.business", 2); put(r, "requests.granted.total", 2) },
        |r| { blank(r, "requests.granted.research"); put(r, "requests.granted.business", 3); put(r, "requests.granted.total", 2) })
        .unknown(|r| blank(r, "requests.granted.total")),
    case("requests.outcomes_within",
        |r| { blank(r, "requests.other.other.total"); put(r, "requests.granted.total", 2); put(r, "requests.concluded.total", 2) },
        |r| { blank(r, "requests.other.other.total"); put(r, "requests.granted.total", 3); put(r, "requests.concluded.total", 2) })
        .unknown(|r| blank(r, "requests.concluded.total")),
    case("requests.concluded_within",
        |r| { blank(r, "requests.carried_forward.total"); put(r, "requests.received.total", 2); put(r, "requests.concluded.total", 2) },
        |r| { blank(r, "requests.carried_forward.total"); put(r, "requests.received.total", 2); put(r, "requests.concluded.total", 3) })
        .unknown(|r| blank(r, "requests.received.total")),
    case("reviews.within",
        |r| { blank(r, "reviews.reconsideration.other"); put(r, "reviews.reconsideration.upheld", 2); put(r, "reviews.reconsideration.total", 2) },
        |r| { blank(r, "reviews.reconsideration.other"); put(r, "reviews.reconsideration.upheld", 3); put(r, "reviews.reconsideration.total", 2) })
        .unknown(|r| blank(r, "reviews.reconsideration.total")),
    case("requests.parts_without_total",
        |r| blank(r, "requests.granted.total"),
        |r| { blank(r, "requests.granted.total"); put(r, "requests.granted.business", 1) }),
    case("requests.total_without_parts",
        |r| { each(r, "requests.granted.", |key| of_state(key, State::Blank, "")); put(r, "requests.granted.total", 1); put(r, "requests.granted.business", 1) },
        |r| { each(r, "requests.granted.", |key| of_state(key, State::Blank, "")); put(r, "requests.granted.total", 1) }),
    case("requests.none_concluded",
        |r| { put(r, "requests.received.total", 2); put(r, "requests.concluded.total", 1) },
        |r| put(r, "requests.received.total", 2))
        .unknown(|r| blank(r, "requests.concluded.total")),
    case("requests.pending",
        |r| { put(r, "requests.received.total", 10); put(r, "requests.concluded.total", 5); put(r, "requests.carried_forward.total", 5) },
        |r| { put(r, "requests.received.total", 10); put(r, "requests.concluded.total", 4); put(r, "requests.carried_forward.total", 6) })
        .unknown(|r| blank(r, "requests.carried_forward.total")),
    case("requests.magnitude",
        |r| put(r, "requests.received.total", 20_000),
        |r| put(r, "requests.received.total", 20_001)),
    case("reviews.more_than_requests",
        |r| { put(r, "reviews.reconsideration.total", 10); put(r, "requests.received.total", 10) },
        |r| { put(r, "reviews.reconsideration.total", 10); put(r, "requests.received.total", 9) })
        .unknown(|r| blank(r, "reviews.reconsideration.total")),
    case("reviews.after_reconsideration",
        |r| { put(r, "reviews.litigation_after.total", 1); put(r, "reviews.reconsideration.total", 1) },
        |r| put(r, "reviews.litigation_after.total", 1))
        .unknown(|r| blank(r, "reviews.reconsideration.total")),
    case("reviews.direct_litigation",
        |r| r.year = Some(2025),
        |r| { r.year = Some(2025); put(r, "reviews.litigation_direct.total", 1) })
        .unknown(|r| { r.year = Some(2025); blank(r, "reviews.litigation_direct.total") }),

    case("figures.negative",
        |r| put(r, "disclosure.licensing.change", -57),
        |r| put(r, "disclosure.licensing.items_last_year", -1)).of_2019(),
    case("figures.text", nothing, |r| set(r, of_state("disclosure.licensing.decisions", State::Text, "详见附件"))),
    case("figures.unit_in_cell",
        |r| put(r, "disclosure.licensing.decisions", 12),
        |r| set(r, Figure { raw: "12件".to_owned(), ..number("disclosure.licensing.decisions", 12) })),
    case("figures.decisions_as_items",
        |r| { put(r, "disclosure.licensing.items_last_year", 1215); put(r, "disclosure.licensing.change", -35); put(r, "disclosure.licensing.decisions", 1181) },
        |r| { put(r, "disclosure.licensing.items_last_year", 1215); put(r, "disclosure.licensing.change", -35); put(r, "disclosure.licensing.decisions", 1180) })
        .of_2019().unknown(|r| blank(r, "disclosure.licensing.change")),
    case("figures.amount_unit", |r| written(r, "29.3", "万元", "293000"), |r| written(r, "29.3", "", "29.3")),
    case("figures.amount_magnitude",
        |r| written(r, "999999.99", "万元", "9999999900"),
        |r| written(r, "1000000", "万元", "10000000000")),
    case("figures.amount_fraction",
        |r| written(r, "12.345678", "万元", "123456.78"),
        |r| written(r, "12.3456789", "万元", "123456.789")),
    case("figures.amount_like_yuan",
        |r| written(r, "9999.99", "万元", "99999900"),
        |r| written(r, "10000.25", "万元", "100002500")),

    case("regulations.competence", nothing, |r| put(r, "disclosure.regulations.in_force", 6)),
    case("disclosure.in_force",
        |r| { put(r, "disclosure.normative_documents.issued", 3); put(r, "disclosure.normative_documents.in_force", 2); put(r, "disclosure.normative_documents.repealed", 1) },
        |r| { put(r, "disclosure.normative_documents.issued", 3); put(r, "disclosure.normative_documents.in_force", 2) })
        .unknown(|r| blank(r, "disclosure.normative_documents.in_force")),
    case("disclosure.published_total",
        |r| { put(r, "disclosure.normative_documents.published", 3); put(r, "disclosure.normative_documents.total", 3) },
        |r| { put(r, "disclosure.normative_documents.published", 4); put(r, "disclosure.normative_documents.total", 3) })
        .of_2019().unknown(|r| blank(r, "disclosure.normative_documents.total")),
    case("disclosure.made_unpublished",
        |r| { put(r, "disclosure.normative_documents.made", 3); put(r, "disclosure.normative_documents.published", 3) },
        |r| { put(r, "disclosure.normative_documents.made", 4); put(r, "disclosure.normative_documents.published", 3) })
        .of_2019().unknown(|r| blank(r, "disclosure.normative_documents.made")),
    case("disclosure.items",
        |r| { put(r, "disclosure.penalties.items_last_year", 5); put(r, "disclosure.penalties.change", -5) },
        |r| { put(r, "disclosure.penalties.items_last_year", 5); put(r, "disclosure.penalties.change", -6) })
        .of_2019().unknown(|r| blank(r, "disclosure.penalties.change")),
    case("disclosure.decisions_without_items",
        |r| { put(r, "disclosure.penalties.items_last_year", 1); put(r, "disclosure.penalties.decisions", 6) },
        |r| put(r, "disclosure.penalties.decisions", 6))
        .of_2019().unknown(|r| blank(r, "disclosure.penalties.decisions")),
    case("disclosure.rows_equal",
        |r| { put(r, "disclosure.regulations.in_force", 2); put(r, "disclosure.normative_documents.in_force", 2) },
        |r| { put(r, "disclosure.regulations.in_force", 3); put(r, "disclosure.normative_documents.in_force", 3) })
        .unknown(|r| blank(r, "disclosure.regulations.in_force")),
    case("disclosure.procurement",
        |r| { put(r, "disclosure.procurement.projects", 1); set(r, amount("disclosure.procurement.amount", "5")) },
        |r| put(r, "disclosure.procurement.projects", 1))
        .of_2019().unknown(|r| blank(r, "disclosure.procurement.amount")),
    case("disclosure.documents_magnitude",
        |r| put(r, "disclosure.normative_documents.issued", 500),
        |r| put(r, "disclosure.normative_documents.issued", 501)),
    case("disclosure.magnitude",
        |r| put(r, "disclosure.licensing.decisions", 100_000_000),
        |r| put(r, "disclosure.licensing.decisions", 100_000_001)),

    case("form.year", |r| r.year = Some(2035), |r| r.year = Some(2020)),
    case("form.tables", nothing, |r| { r.form = FormId::None; r.figures.clear() }),
    case("form.table_missing",
        |r| set(r, Figure::missing("reviews.reconsideration.total".into(), Reason::CellAbsent)),
        |r| each(r, "reviews.", |key| Figure::missing(key.into(), Reason::TableAbsent))),
    case("form.row_missing",
        |r| set(r, Figure::missing("requests.granted.total".into(), Reason::CellAbsent)),
        |r| each(r, "requests.granted.", |key| Figure::missing(key.into(), Reason::RowAbsent))),
    case("form.complete",
        |r| each(r, "requests.granted.", |key| Figure::missing(key.into(), Reason::RowAbsent)),
        |r| set(r, Figure::missing("requests.granted.total".into(), Reason::CellAbsent))),
    case("form.undetermined", nothing, |r| set(r, of_state("requests.granted.total", State::Undetermined, "00"))),
    case("form.table_blank",
        |r| { each(r, "reviews.", |key| of_state(key, State::Blank, "")); put(r, "reviews.reconsideration.total", 0) },
        |r| each(r, "reviews.", |key| of_state(key, State::Blank, ""))),
    case("form.notice",
        |r| r.preamble.text = "按照国办公开办函〔2021〕30号编制".to_owned(),
        |r| r.preamble.text = "按照国办公开办函〔2019〕60号编制".to_owned()),
    case("form.notice_superseded",
        |r| { r.year = Some(2020); r.preamble.text = "按照国办公开办函〔2019〕60号编制".to_owned() },
        |r| { r.year = Some(2021); r.preamble.text = "按照国办公开办函〔2019〕60号编制".to_owned() }),

    case("marks.mixed",
        |r| set(r, of_state("disclosure.regulations.issued", State::NotApplicable, "/")),
        |r| blank(r, "disclosure.regulations.issued")),
    case("marks.mixed_signs",
        |r| { for key in ["issued", "repealed"] { set(r, of_state(&format!("disclosure.regulations.{key}"), State::NotApplicable, "/")) } },
        |r| { for (key, sign) in [("issued", "/"), ("repealed", "—")] { set(r, of_state(&format!("disclosure.regulations.{key}"), State::NotApplicable, sign)) } }),
    case("marks.not_applicable",
        |r| set(r, of_state("disclosure.regulations.issued", State::NotApplicable, "/")),
        |r| set(r, of_state("requests.granted.total", State::NotApplicable, "/"))),

    case("report.cut",
        |r| { r.sections.truncate(5); each(r, "reviews.", |key| Figure::missing(key.into(), Reason::TableAbsent)) },
        |r| {
            r.sections.truncate(3);
            each(r, "reviews.", |key| Figure::missing(key.into(), Reason::TableAbsent));
            r.signatory = Body::default();
            r.dates.stated = None;
        }),
    case("report.sections", nothing, |r| { r.sections.remove(3); }),
    case("report.sections_order", nothing, |r| r.sections.swap(1, 2)),
    case("report.sections_numbering", nothing, |r| r.sections[2].title = "二、收到和处理政府信息公开申请情况".to_owned()),
    case("report.sections_announced",
        |r| r.preamble.text = "本报告由六部分组成。".to_owned(),
        |r| r.preamble.text = "本报告由五部分组成。".to_owned()),
    case("report.sections_empty",
        |r| { r.sections[0].text.clear(); r.sections.insert(1, Section { level: 2, title: "（一）主动公开".to_owned(), span: None, text: "好。".to_owned() }) },
        |r| r.sections[0].text.clear()),
    case("report.table_place", |r| placed(r, 3_500), |r| placed(r, 2_700)),
    case("report.template_text",
        |r| overview(r, "全县公开信息12条。"),
        |r| overview(r, "全县公开信息XX条。")),
    case("report.fee_statement", nothing, |r| r.sections[5].text = "无。".to_owned()),
    case("report.problems_none", nothing, |r| r.sections[4].text = "无。".to_owned()),
    case("report.improvements",
        |r| { r.problems = vec![Quoted::default()]; r.improvements = vec![Quoted::default()] },
        |r| r.problems = vec![Quoted::default()]),
    case("report.old_regulations",
        |r| r.preamble.text = "根据《条例》（国务院令第711号）".to_owned(),
        |r| r.preamble.text = "根据《条例》（国务院令第492号）".to_owned()),

    case("narrative.requests",
        |r| { state(r, "requests.received", 3); put(r, "requests.received.total", 3) },
        |r| { state(r, "requests.received", 2); put(r, "requests.received.total", 3) })
        .unknown(|r| { state(r, "requests.received", 2); blank(r, "requests.received.total") }),
    case("narrative.outcomes",
        |r| { state(r, "requests.denied", 3); put(r, "requests.denied.state_secret.total", 1); put(r, "requests.denied.third_party.total", 2) },
        |r| { state(r, "requests.denied", 3); put(r, "requests.denied.state_secret.total", 1) })
        .unknown(|r| { state(r, "requests.denied", 3); blank(r, "requests.denied.state_secret.total") }),
    case("narrative.carried",
        |r| { state(r, "requests.carried_over", 1); put(r, "requests.carried_over.total", 1) },
        |r| { state(r, "requests.carried_over", 1); put(r, "requests.carried_over.total", 2) })
        .unknown(|r| { state(r, "requests.carried_over", 1); blank(r, "requests.carried_over.total") }),
    case("narrative.reviews",
        |r| { state(r, "reviews.litigation", 3); put(r, "reviews.litigation_direct.total", 1); put(r, "reviews.litigation_after.total", 2) },
        |r| { state(r, "reviews.litigation", 3); put(r, "reviews.litigation_direct.total", 1) })
        .unknown(|r| { state(r, "reviews.litigation", 3); blank(r, "reviews.litigation_after.total") }),
    case("narrative.documents",
        |r| { state(r, "normative_documents.issued", 5); put(r, "disclosure.normative_documents.issued", 5) },
        |r| { state(r, "normative_documents.issued", 5); put(r, "disclosure.normative_documents.issued", 4) })
        .unknown(|r| { state(r, "normative_documents.issued", 5); blank(r, "disclosure.normative_documents.issued") }),
    case("narrative.decisions",
        |r| { state(r, "licensing.decisions", 5); put(r, "disclosure.licensing.decisions", 5) },
        |r| { state(r, "licensing.decisions", 5); put(r, "disclosure.licensing.decisions", 4) })
        .unknown(|r| { state(r, "licensing.decisions", 5); blank(r, "disclosure.licensing.decisions") }),
    case("narrative.money",
        |r| { state(r, "fees.amount", 50_000); written(r, "5", "万元", "50000") },
        |r| { state(r, "fees.amount", 50_000); written(r, "50", "万元", "500000") })
        .unknown(|r| { state(r, "fees.amount", 50_000); blank(r, "disclosure.fees.amount") }),
    case("narrative.statistics",
        |r| { state(r, "published.total", 5); put(r, "legacy.published.total", 5) },
        |r| { state(r, "published.total", 5); put(r, "legacy.published.total", 4) })
        .of_2014().unknown(|r| { state(r, "published.total", 5); blank(r, "legacy.published.total") }),
    case("narrative.none_claimed",
        |r| state(r, "requests.received", 0),
        |r| { state(r, "requests.received", 0); put(r, "requests.received.total", 1) })
        .unknown(|r| { state(r, "requests.received", 0); blank(r, "requests.received.total") }),
    case("narrative.conflict",
        |r| { state(r, "published.wechat", 20); state(r, "published.wechat", 20) },
        |r| { state(r, "published.wechat", 20); state(r, "published.wechat", 16) }),
    case("narrative.channel",
        |r| { state(r, "published.total", 20); state(r, "published.wechat", 20) },
        |r| { state(r, "published.total", 20); state(r, "published.wechat", 21) }),
    case("narrative.answered",
        |r| { state(r, "messages.received", 20); state(r, "messages.answered", 20) },
        |r| { state(r, "messages.received", 20); state(r, "messages.answered", 21) }),
    case("narrative.proposals",
        |r| { state(r, "npc_proposals", 4); state(r, "cppcc_proposals", 5); state(r, "proposals", 9) },
        |r| { state(r, "npc_proposals", 4); state(r, "cppcc_proposals", 5); state(r, "proposals", 10) }),
    case("narrative.number_missing",
        |r| state(r, "", 5),
        |r| { state(r, "", 5); r.statements[0].value = None }),

    case("prose.part_exceeds_whole",
        |r| overview(r, "公开信息20条，其中网站公开20条。"),
        |r| overview(r, "公开信息20条，其中网站公开21条。")),
    case("prose.parts_sum",
        |r| overview(r, "收到公开申请10件，其中网络申请6件、信函申请4件。"),
        |r| overview(r, "收到公开申请10件，其中网络申请7件、信函申请4件。")),
    case("prose.share",
        |r| overview(r, "收到公开申请12件，其中网络申请8件，占66.7%。"),
        |r| overview(r, "收到公开申请12件，其中网络申请8件，占76.7%。")),
    case("prose.shares_sum",
        |r| overview(r, "网站公开占30%，微信公开占70%。"),
        |r| overview(r, "网站公开占30%，微信公开占75%。")),
    case("prose.growth",
        |r| overview(r, "收到申请12件，较上年的8件增长50%。"),
        |r| overview(r, "收到申请12件，较上年的8件增长40%。")),
    case("prose.rate_over_hundred",
        |r| overview(r, "申请答复率达到100%。"),
        |r| overview(r, "申请答复率达到101%。")),
    case("prose.full_rate",
        |r| overview(r, "公开申请答复率为100%。"),
        |r| { overview(r, "公开申请答复率为100%。"); put(r, "requests.carried_forward.total", 1) })
        .unknown(|r| { overview(r, "公开申请答复率为100%。"); blank(r, "requests.carried_forward.total") }),

    case("report.year", nothing, |r| r.year = None),
    case("report.title", nothing, |r| r.title = Quoted::default()),
    case("report.title_year",
        |r| r.title.text = "甲县2022年政府信息公开工作年度报告".to_owned(),
        |r| r.title.text = "甲县2021年政府信息公开工作年度报告".to_owned()),
    case("report.period",
        |r| r.preamble.text = "统计期限自2022年1月1日起至2022年12月31日止。".to_owned(),
        |r| r.preamble.text = "统计期限自2022年1月1日起至2022年12月30日止。".to_owned()),
    case("report.year_in_text",
        |r| overview(r, "2022年，工作有序。2021年也是。2021年的问题已解决。"),
        |r| overview(r, "2021年，工作有序。2021年的问题已解决。")),
    case("report.caption_year",
        |r| overview(r, "2022年度收到和处理政府信息公开申请情况统计表"),
        |r| overview(r, "2021年度收到和处理政府信息公开申请情况统计表")),
    case("report.compared_with_itself",
        |r| overview(r, "申请量较2021年增长。"),
        |r| overview(r, "申请量较2022年增长。")),
    case("report.published_early",
        |r| r.dates.stated = Date::new(2022, 12, 31).ok(),
        |r| r.dates.stated = Date::new(2022, 12, 30).ok()),
    case("report.deadline",
        |r| r.dates.stated = Date::new(2023, 3, 31).ok(),
        |r| r.dates.stated = Date::new(2023, 4, 1).ok()),
    case("report.date", nothing, |r| r.dates.stated = None),
    case("report.date_plausible",
        |r| r.dates.stated = Date::new(2024, 12, 31).ok(),
        |r| r.dates.stated = Date::new(2025, 1, 1).ok()),
    case("report.page_date",
        |r| r.dates.page = Date::new(2023, 1, 20).ok(),
        |r| r.dates.page = Date::new(2023, 1, 19).ok()),
    case("report.issuer", nothing, |r| r.issuer.name.clear()),
    case("report.signatory",
        |r| { r.subject.name = "甲乙县人民政府".to_owned(); r.signatory.name = "甲乙县人民政府办公室".to_owned() },
        |r| { r.subject.name = "甲乙县人民政府".to_owned(); r.signatory.name = "丙丁县人民政府办公室".to_owned() }),
];

#[test]
fn every_rule_holds_fails_and_cannot_be_assessed_where_it_should() {
    let mut wrong = Vec::new();
    for case in CASES {
        let rule = gongkai_forms::rule(case.rule).unwrap();
        let (held, failed) = (case.report(case.holds), case.report(case.fails));
        if !holds(&held, case.rule) {
            wrong.push(format!("{} does not hold: {:?}", case.rule, failures(&held, case.rule)));
        }
        if failures(&failed, case.rule).is_empty() {
            wrong.push(format!("{} does not fail", case.rule));
        }
        if rule.null_policy.is_some() != case.unknown.is_some() {
            wrong.push(format!("{} has no case for its null policy, or one without a policy", case.rule));
        }
        if case.unknown.is_some_and(|unknown| !is_unknown(&case.report(unknown), case.rule)) {
            wrong.push(format!("{} can be assessed where it should not", case.rule));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_of_the_data_file_has_its_cases_and_says_what_it_rests_on() {
    let cases: BTreeSet<&str> = CASES.iter().map(|case| case.rule).collect();
    assert_eq!(cases.len(), CASES.len());
    let rules: BTreeSet<&str> = gongkai_forms::rules().iter().map(|rule| &*rule.id).collect();
    assert_eq!(cases, rules);
    for rule in gongkai_forms::rules() {
        let texts = [&rule.text_zh, &rule.text_en, &rule.source_zh, &rule.source_en];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", rule.id);
    }
}

#[test]
fn a_township_and_a_page_without_metadata_are_no_mistakes() {
    let mut report = county_report();
    (report.subject.rank, report.subject.kind) = (Rank::Township, BodyKind::Township);
    report.page = PageMetadata::default();
    let wrong = crate::audit(&report).into_iter().filter(|it| it.outcome == gongkai_model::Outcome::Fails);
    assert_eq!(wrong.count(), 0);
}
