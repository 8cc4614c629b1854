use crate::timestamp;
use crate::{typed, v1};
use gongkai_model as model;
use std::collections::HashMap;
use std::sync::Arc;

/// What the form says of a cell. The wire carries it, so that clients need no forms of their own.
#[derive(Clone, Copy, Debug)]
pub struct CellText<'a> {
    /// Row and column in Chinese.
    pub label_zh: &'a str,
    /// Row and column in English.
    pub label_en: &'a str,
    /// The unit of its value.
    pub unit: model::Unit,
}

/// Which parts of a record are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordParts {
    /// Figures, typed tables and findings.
    pub figures: bool,
    /// Spans, raw text, source units, candidates, proofs, sections, statements and page metadata.
    pub evidence: bool,
}

impl RecordParts {
    /// The parts of a view.
    pub fn of(view: v1::ReportView) -> Self {
        match view {
            v1::ReportView::Basic => Self { figures: false, evidence: false },
            v1::ReportView::Figures => Self { figures: true, evidence: false },
            v1::ReportView::Full | v1::ReportView::Unspecified => Self { figures: true, evidence: true },
        }
    }
}

/// A report without what the store knows of it: name, etag, purpose, form version, and the revision but for its
/// extractor version stay empty, for the caller to fill.
pub fn report<'a>(
    report: &model::Report,
    parts: RecordParts,
    cell_text: impl Fn(&str) -> Option<CellText<'a>>,
) -> v1::Report {
    let evidence = parts.evidence;
    let place = |span: &Option<model::Span>| span.as_ref().filter(|_| evidence).map(v1::Span::from);
    let body = |known: &model::Body| v1::Body { span: place(&known.span), ..body(known) };
    let figures: Vec<v1::Figure> = if parts.figures {
        report.figures.iter().map(|known| figure(known, cell_text(&known.key), evidence)).collect()
    } else {
        Vec::new()
    };
    v1::Report {
        key: report.year.map(|year| v1::ReportKey {
            subject: report.subject.name.clone(),
            scope: v1::ScopeKind::from(report.scope.kind).into(),
            year: year.into(),
        }),
        revision: Some(v1::Revision {
            extractor_version: report.extractor_version,
            ..v1::Revision::default()
        }),
        part: report.part,
        parts: report.parts,
        title: Some(v1::Quoted { text: report.title.text.clone(), span: place(&report.title.span) }),
        year: report.year.map(i32::from),
        subject: Some(body(&report.subject)),
        scope: Some(v1::Scope {
            kind: v1::ScopeKind::from(report.scope.kind).into(),
            quote: report.scope.quote.clone(),
            span: place(&report.scope.span),
        }),
        signatory: Some(body(&report.signatory)),
        issuer: Some(body(&report.issuer)),
        region: Some(v1::Region { span: place(&report.region.span), ..region(&report.region) }),
        dates: Some(v1::Dates { stated: report.dates.stated.map(date), page: report.dates.page.map(date) }),
        form: v1::Form::from(report.form).into(),
        form_evidence: report
            .form_evidence
            .iter()
            .map(|seen| v1::FormEvidence { form: v1::Form::from(seen.form).into(), score: seen.score })
            .collect(),
        sections: if evidence { report.sections.iter().map(section).collect() } else { Vec::new() },
        tables: if parts.figures { tables(report.form, &figures) } else { None },
        figures,
        statements: if evidence { report.statements.iter().map(statement).collect() } else { Vec::new() },
        problems: if evidence { report.problems.iter().map(quoted).collect() } else { Vec::new() },
        improvements: if evidence { report.improvements.iter().map(quoted).collect() } else { Vec::new() },
        preamble: evidence.then(|| quoted(&report.preamble)),
        findings: if parts.figures { report.findings.iter().map(finding).collect() } else { Vec::new() },
        page: evidence.then(|| v1::PageMetadata {
            title: report.page.title.as_ref().map(quoted),
            published: report.page.published.as_ref().map(quoted),
            publisher: report.page.publisher.as_ref().map(quoted),
            index_number: report.page.index_number.as_ref().map(quoted),
            source: report.page.source.as_ref().map(quoted),
        }),
        findings_failing: count(
            report.findings.iter().filter(|finding| finding.outcome == model::Outcome::Fails),
        ),
        figures_undetermined: count(
            report.figures.iter().filter(|figure| figure.state == model::State::Undetermined),
        ),
        ..v1::Report::default()
    }
}

/// A body.
pub fn body(body: &model::Body) -> v1::Body {
    v1::Body {
        name: body.name.clone(),
        rank: v1::Rank::from(body.rank).into(),
        kind: v1::BodyKind::from(body.kind).into(),
        span: body.span.as_ref().map(v1::Span::from),
        credit_code: body.credit_code.clone(),
    }
}

/// A region.
pub fn region(region: &model::RegionText) -> v1::Region {
    v1::Region {
        name: region.name.clone(),
        code: region.code.clone(),
        township_code: region.township_code.clone(),
        span: region.span.as_ref().map(v1::Span::from),
        parents: region.parents.iter().map(division).collect(),
        candidates: region.candidates.iter().map(division).collect(),
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}

/// The typed tables of a form from its figures; none for forms that have no typed tables.
pub fn tables(form: model::FormId, figures: &[v1::Figure]) -> Option<v1::report::Tables> {
    // Figures of other periods and portions come after those for this year and all.
    let mut by_key: HashMap<&str, &v1::Figure> = HashMap::with_capacity(figures.len());
    for figure in figures {
        by_key.entry(figure.key.as_str()).or_insert(figure);
    }
    let take = |key: &str| by_key.get(key).map(|figure| Box::new((*figure).clone()));
    match form {
        model::FormId::Form2019 => Some(v1::report::Tables::Form2019(typed::form_2019(take))),
        model::FormId::Form2021 => Some(v1::report::Tables::Form2021(typed::form_2021(take))),
        model::FormId::None | model::FormId::Form2014 => None,
    }
}

/// A figure, with or without its evidence.
pub fn figure(figure: &model::Figure, text: Option<CellText<'_>>, evidence: bool) -> v1::Figure {
    // Without the form's word, the values themselves tell: a reader needs the unit to understand them.
    let values = figure.value.into_iter().chain(figure.candidates.iter().filter_map(|it| it.value));
    let unit = text.map(|text| text.unit).or_else(|| values.map(model::Value::unit).next());
    v1::Figure {
        key: figure.key.to_string(),
        label_zh: text.map(|text| text.label_zh.to_owned()).unwrap_or_default(),
        label_en: text.map(|text| text.label_en.to_owned()).unwrap_or_default(),
        state: v1::State::from(figure.state).into(),
        value: figure.value.map(|value| value.to_string()),
        unit: unit.map_or(v1::Unit::Unspecified, v1::Unit::from).into(),
        source_unit: if evidence { figure.source_unit.clone() } else { String::new() },
        raw: if evidence { figure.raw.clone() } else { String::new() },
        span: figure.span.as_ref().filter(|_| evidence).map(v1::Span::from),
        derivation: v1::Derivation::from(figure.derivation).into(),
        candidates: if evidence { figure.candidates.iter().map(candidate).collect() } else { Vec::new() },
        proof: figure.proof.as_ref().filter(|_| evidence).map(|proof| v1::Proof {
            hypothesis: proof.hypothesis.clone(),
            identities: proof.identities.clone(),
            statements: proof.statements.clone(),
        }),
        reason: figure.reason.map_or(v1::FigureReason::Unspecified, v1::FigureReason::from).into(),
        period: figure_period(figure.period).into(),
        portion: v1::Portion::from(figure.portion).into(),
    }
}

/// A finding.
pub fn finding(finding: &model::Finding) -> v1::Finding {
    let unit = finding.left.or(finding.right).map(model::Value::unit);
    v1::Finding {
        rule: finding.rule.to_string(),
        rule_version: finding.rule_version,
        subject: finding.subject.clone(),
        outcome: v1::Outcome::from(finding.outcome).into(),
        severity: v1::Severity::from(finding.severity).into(),
        basis: v1::Basis::from(finding.basis).into(),
        left: finding.left.map(|value| value.to_string()),
        right: finding.right.map(|value| value.to_string()),
        unit: unit.map_or(v1::Unit::Unspecified, v1::Unit::from).into(),
        figures: finding.figures.iter().map(|key: &Arc<str>| key.to_string()).collect(),
        derivation: v1::Derivation::from(finding.derivation).into(),
        message_zh: finding.message_zh.clone().into_owned(),
        message_en: finding.message_en.clone().into_owned(),
        proposals: finding.proposals.iter().map(proposal).collect(),
    }
}

/// The time that a column of values counts.
pub fn figure_period(period: model::Period) -> v1::FigurePeriod {
    match period {
        model::Period::ThisYear => v1::FigurePeriod::ThisYear,
        model::Period::Earlier => v1::FigurePeriod::Earlier,
        model::Period::Cumulative => v1::FigurePeriod::Cumulative,
        model::Period::Future => v1::FigurePeriod::Future,
        model::Period::Unknown => v1::FigurePeriod::Unknown,
    }
}

fn proposal(proposal: &model::Proposal) -> v1::Proposal {
    v1::Proposal {
        figure: proposal.figure.to_string(),
        current: proposal.current.map(|value| value.to_string()),
        proposed: proposal.proposed.to_string(),
        mends: proposal.mends.clone(),
        unit: v1::Unit::from(proposal.proposed.unit()).into(),
    }
}

fn division(division: &model::Division) -> v1::Division {
    v1::Division { code: division.code.clone(), name: division.name.clone() }
}

fn candidate(candidate: &model::Candidate) -> v1::Candidate {
    v1::Candidate {
        state: v1::State::from(candidate.state).into(),
        value: candidate.value.map(|value| value.to_string()),
        raw: candidate.raw.clone(),
    }
}

fn quoted(quoted: &model::Quoted) -> v1::Quoted {
    v1::Quoted { text: quoted.text.clone(), span: quoted.span.as_ref().map(v1::Span::from) }
}

fn section(section: &model::Section) -> v1::Section {
    v1::Section {
        level: section.level.into(),
        title: section.title.clone(),
        span: section.span.as_ref().map(v1::Span::from),
        text: section.text.clone(),
    }
}

/// A statement.
pub fn statement(statement: &model::Statement) -> v1::Statement {
    v1::Statement {
        indicator: statement.indicator.clone(),
        value: statement.value.map(|value| value.to_string()),
        value_max: statement.value_max.map(|value| value.to_string()),
        unit: statement.unit.clone(),
        approximate: statement.approximate,
        period: v1::Period::from(statement.period).into(),
        scope: v1::ScopeKind::from(statement.scope).into(),
        quote: statement.quote.clone(),
        section: statement.section.clone(),
        span: statement.span.as_ref().map(v1::Span::from),
        whose: v1::Whose::from(statement.whose).into(),
    }
}

fn date(date: model::Date) -> v1::Date {
    v1::Date { year: date.year().into(), month: date.month().into(), day: date.day().into() }
}

impl From<&model::Span> for v1::Span {
    fn from(span: &model::Span) -> Self {
        let place = match span {
            model::Span::Bytes(range) => {
                v1::span::Place::Bytes(v1::ByteRange { start: range.start, end: range.end })
            }
            model::Span::Page { page, area: [left, top, right, bottom] } => {
                v1::span::Place::Page(v1::PageArea {
                    page: *page,
                    left: *left,
                    top: *top,
                    right: *right,
                    bottom: *bottom,
                })
            }
            model::Span::Part { part, path } => {
                v1::span::Place::Part(v1::PartPath { part: part.clone(), path: path.clone() })
            }
        };
        Self { place: Some(place) }
    }
}

/// What a reviewer has said of a report, when, and why and when it ended; times in microseconds since 1970.
pub fn review(
    said: &model::Review,
    report: model::ReportId,
    at: i64,
    end: Option<(model::EndCause, i64)>,
) -> v1::Review {
    let opinion = match &said.opinion {
        model::Opinion::Amendment { figure, beneath, says } => {
            v1::review::Opinion::Amendment(v1::Amendment {
                figure: Some(figure_name(figure)),
                read: Some(content(beneath)),
                says: Some(content(says)),
            })
        }
        model::Opinion::Dispute { figure, beneath } => v1::review::Opinion::Dispute(v1::Dispute {
            figure: Some(figure_name(figure)),
            read: Some(content(beneath)),
        }),
        model::Opinion::Verdict { finding, verdict, .. } => {
            v1::review::Opinion::Verdict(v1::FindingVerdict {
                finding: finding.clone(),
                verdict: v1::Verdict::from(*verdict).into(),
            })
        }
    };
    let state = match end {
        None => v1::ReviewState::Standing,
        Some((model::EndCause::Withdrawn, _)) => v1::ReviewState::Withdrawn,
        Some((model::EndCause::Replaced, _)) => v1::ReviewState::Replaced,
        Some((model::EndCause::Lapsed, _)) => v1::ReviewState::Lapsed,
    };
    v1::Review {
        name: said.id.to_string(),
        report: report.to_string(),
        author: said.author.clone(),
        note: said.note.clone(),
        opinion: Some(opinion),
        state: state.into(),
        create_time: Some(timestamp(at)),
        end_time: end.map(|(_, at)| timestamp(at)),
    }
}

fn content(said: &model::Said) -> v1::CellContent {
    v1::CellContent {
        state: v1::State::from(said.state).into(),
        value: said.value.map(|value| value.to_string()),
    }
}

fn figure_name(figure: &model::FigureName) -> v1::FigureName {
    v1::FigureName {
        key: figure.key.to_string(),
        period: figure_period(figure.period).into(),
        portion: v1::Portion::from(figure.portion).into(),
    }
}
