use super::{ConvertError, FromNumber, figure_reason};
use crate::v1;
use gongkai_model as model;
use rust_decimal::Decimal;

impl TryFrom<v1::Report> for model::Report {
    type Error = ConvertError;

    /// The record of a report that was sent in full.
    fn try_from(report: v1::Report) -> Result<Self, ConvertError> {
        let year =
            report.year.map(|year| u16::try_from(year).map_err(|_| invalid("year", year))).transpose()?;
        let scope = report.scope.ok_or(ConvertError::Missing { field: "scope" })?;
        let region = report.region.unwrap_or_default();
        let dates = report.dates.unwrap_or_default();
        Ok(Self {
            extractor_version: report.revision.map_or(0, |revision| revision.extractor_version),
            part: report.part,
            parts: report.parts,
            title: report.title.map(quoted).transpose()?.unwrap_or_default(),
            year,
            subject: body(report.subject)?,
            scope: model::Scope {
                kind: model::ScopeKind::from_number(scope.kind)?,
                quote: scope.quote,
                span: span(scope.span)?,
            },
            signatory: body(report.signatory)?,
            issuer: body(report.issuer)?,
            region: model::RegionText {
                name: region.name,
                code: region.code,
                township_code: region.township_code,
                parents: region.parents.into_iter().map(division).collect(),
                candidates: region.candidates.into_iter().map(division).collect(),
                span: span(region.span)?,
            },
            dates: model::Dates {
                stated: dates.stated.map(date).transpose()?,
                page: dates.page.map(date).transpose()?,
            },
            form: model::FormId::from_number(report.form)?,
            form_evidence: report
                .form_evidence
                .into_iter()
                .map(|seen| {
                    Ok(model::FormEvidence {
                        form: model::FormId::from_number(seen.form)?,
                        score: seen.score,
                    })
                })
                .collect::<Result<_, ConvertError>>()?,
            sections: report.sections.into_iter().map(section).collect::<Result<_, _>>()?,
            figures: report.figures.into_iter().map(model::Figure::try_from).collect::<Result<_, _>>()?,
            statements: report.statements.into_iter().map(statement).collect::<Result<_, _>>()?,
            problems: report.problems.into_iter().map(quoted).collect::<Result<_, _>>()?,
            improvements: report.improvements.into_iter().map(quoted).collect::<Result<_, _>>()?,
            preamble: quoted(report.preamble.unwrap_or_default())?,
            findings: report.findings.into_iter().map(model::Finding::try_from).collect::<Result<_, _>>()?,
            page: page(report.page.unwrap_or_default())?,
        })
    }
}

impl TryFrom<v1::Figure> for model::Figure {
    type Error = ConvertError;

    fn try_from(figure: v1::Figure) -> Result<Self, ConvertError> {
        let state = model::State::from_number(figure.state)?;
        let value = figure.value.map(|text| value(&text, figure.unit, "value")).transpose()?;
        if (state == model::State::Number) != value.is_some() {
            return Err(ConvertError::Invalid {
                field: "value",
                problem: format!(
                    "a figure in state {} has {}",
                    state.name(),
                    if value.is_some() { "one" } else { "none" }
                ),
            });
        }
        let unit = figure.unit;
        Ok(Self {
            key: figure.key.into(),
            period: period_of(figure.period)?,
            portion: match figure.portion {
                0 => model::Portion::All,
                number => model::Portion::from_number(number)?,
            },
            state,
            value,
            raw: figure.raw,
            source_unit: figure.source_unit,
            span: span(figure.span)?,
            derivation: model::Derivation::from_number(figure.derivation)?,
            candidates: figure
                .candidates
                .into_iter()
                .map(|candidate| {
                    Ok(model::Candidate {
                        state: model::State::from_number(candidate.state)?,
                        value: candidate
                            .value
                            .map(|text| self::value(&text, unit, "candidates.value"))
                            .transpose()?,
                        raw: candidate.raw,
                    })
                })
                .collect::<Result<_, ConvertError>>()?,
            reason: figure_reason(figure.reason)?,
            proof: figure.proof.map(|proof| model::Proof {
                hypothesis: proof.hypothesis,
                identities: proof.identities,
                statements: proof.statements,
            }),
        })
    }
}

impl TryFrom<v1::Statement> for model::Statement {
    type Error = ConvertError;

    fn try_from(message: v1::Statement) -> Result<Self, ConvertError> {
        statement(message)
    }
}

impl TryFrom<v1::Finding> for model::Finding {
    type Error = ConvertError;

    fn try_from(finding: v1::Finding) -> Result<Self, ConvertError> {
        let unit = finding.unit;
        Ok(Self {
            rule: finding.rule.into(),
            rule_version: finding.rule_version,
            subject: finding.subject,
            outcome: model::Outcome::from_number(finding.outcome)?,
            severity: model::Severity::from_number(finding.severity)?,
            basis: model::Basis::from_number(finding.basis)?,
            left: finding.left.map(|text| value(&text, unit, "left")).transpose()?,
            right: finding.right.map(|text| value(&text, unit, "right")).transpose()?,
            figures: finding.figures.into_iter().map(Into::into).collect(),
            derivation: model::Derivation::from_number(finding.derivation)?,
            message_zh: finding.message_zh.into(),
            message_en: finding.message_en.into(),
            proposals: finding.proposals.into_iter().map(proposal).collect::<Result<_, _>>()?,
        })
    }
}

/// The time that a column counts, by its number; this year where none is given.
///
/// # Errors
/// When the number is not known here.
// Servers before this field sent none, and knew no other columns than this year's.
pub fn period_of(number: i32) -> Result<model::Period, ConvertError> {
    let period = v1::FigurePeriod::try_from(number)
        .map_err(|_| ConvertError::UnknownNumber { field: "period", number })?;
    Ok(match period {
        v1::FigurePeriod::Unspecified | v1::FigurePeriod::ThisYear => model::Period::ThisYear,
        v1::FigurePeriod::Earlier => model::Period::Earlier,
        v1::FigurePeriod::Cumulative => model::Period::Cumulative,
        v1::FigurePeriod::Future => model::Period::Future,
        v1::FigurePeriod::Unknown => model::Period::Unknown,
    })
}

fn proposal(proposal: v1::Proposal) -> Result<model::Proposal, ConvertError> {
    let unit = proposal.unit;
    Ok(model::Proposal {
        figure: proposal.figure.into(),
        current: proposal.current.map(|text| value(&text, unit, "proposals.current")).transpose()?,
        proposed: value(&proposal.proposed, unit, "proposals.proposed")?,
        mends: proposal.mends,
    })
}

fn division(division: v1::Division) -> model::Division {
    model::Division { code: division.code, name: division.name }
}

fn invalid(field: &'static str, found: impl std::fmt::Display) -> ConvertError {
    ConvertError::Invalid { field, problem: format!("`{found}` is out of range") }
}

fn value(text: &str, unit: i32, field: &'static str) -> Result<model::Value, ConvertError> {
    let unit = model::Unit::from_number(unit)?;
    model::Value::parse(text, unit)
        .map_err(|error| ConvertError::Invalid { field, problem: error.to_string() })
}

fn span(span: Option<v1::Span>) -> Result<Option<model::Span>, ConvertError> {
    let Some(span) = span else { return Ok(None) };
    let place = span.place.ok_or(ConvertError::Missing { field: "span.place" })?;
    Ok(Some(match place {
        v1::span::Place::Bytes(bytes) => model::Span::Bytes(bytes.start..bytes.end),
        v1::span::Place::Page(area) => {
            model::Span::Page { page: area.page, area: [area.left, area.top, area.right, area.bottom] }
        }
        v1::span::Place::Part(part) => model::Span::Part { part: part.part, path: part.path },
    }))
}

fn body(body: Option<v1::Body>) -> Result<model::Body, ConvertError> {
    let Some(body) = body else { return Ok(model::Body::default()) };
    Ok(model::Body {
        name: body.name,
        rank: model::Rank::from_number(body.rank)?,
        kind: model::BodyKind::from_number(body.kind)?,
        span: span(body.span)?,
        credit_code: body.credit_code,
    })
}

fn quoted(quoted: v1::Quoted) -> Result<model::Quoted, ConvertError> {
    Ok(model::Quoted { text: quoted.text, span: span(quoted.span)? })
}

fn section(section: v1::Section) -> Result<model::Section, ConvertError> {
    Ok(model::Section {
        level: u8::try_from(section.level).map_err(|_| invalid("sections.level", section.level))?,
        title: section.title,
        span: span(section.span)?,
        text: section.text,
    })
}

fn statement(statement: v1::Statement) -> Result<model::Statement, ConvertError> {
    let decimal = |text: Option<String>, field| {
        text.map(|text| text.parse::<Decimal>().map_err(|_| invalid(field, text))).transpose()
    };
    Ok(model::Statement {
        indicator: statement.indicator,
        value: decimal(statement.value, "statements.value")?,
        value_max: decimal(statement.value_max, "statements.value_max")?,
        unit: statement.unit,
        approximate: statement.approximate,
        period: model::Period::from_number(statement.period)?,
        scope: model::ScopeKind::from_number(statement.scope)?,
        quote: statement.quote,
        section: statement.section,
        span: span(statement.span)?,
        // Servers before this field did not say.
        whose: match statement.whose {
            0 => model::Whose::Unknown,
            number => model::Whose::from_number(number)?,
        },
    })
}

fn date(date: v1::Date) -> Result<model::Date, ConvertError> {
    let part = |value: i32| u8::try_from(value).map_err(|_| invalid("dates", value));
    let year = u16::try_from(date.year).map_err(|_| invalid("dates", date.year))?;
    model::Date::new(year, part(date.month)?, part(date.day)?)
        .map_err(|error| ConvertError::Invalid { field: "dates", problem: error.to_string() })
}

fn page(page: v1::PageMetadata) -> Result<model::PageMetadata, ConvertError> {
    Ok(model::PageMetadata {
        title: page.title.map(quoted).transpose()?,
        published: page.published.map(quoted).transpose()?,
        publisher: page.publisher.map(quoted).transpose()?,
        index_number: page.index_number.map(quoted).transpose()?,
        source: page.source.map(quoted).transpose()?,
    })
}
