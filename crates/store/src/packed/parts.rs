//! The small parts of records, to and from their messages.

use super::message as m;
use super::{Damage, damaged};
use crate::codes::Code;
use gongkai_model::{
    Basis, Body, BodyKind, Candidate, Date, Derivation, Division, Finding, FormEvidence, FormId, Outcome,
    PageMetadata, Period, Proof, Proposal, Quoted, Rank, RegionText, Scope, ScopeKind, Section, Severity,
    Span, State, Statement, Value, Whose,
};
use rust_decimal::Decimal;
use std::sync::Arc;

pub(super) fn read_code<T: Code>(code: u32) -> Result<T, Damage> {
    Ok(T::from_code(i64::from(code))?)
}

impl From<Decimal> for m::Scaled {
    fn from(decimal: Decimal) -> Self {
        let mut mantissa = decimal.mantissa().to_le_bytes().to_vec();
        // The upper bit of the last byte tells the sign, so a byte that only repeats it can go.
        while let [.., below, last] = *mantissa
            && (last == 0 && below < 0x80 || last == 0xff && 0x80 <= below)
        {
            mantissa.pop();
        }
        Self { mantissa, scale: decimal.scale() }
    }
}

impl TryFrom<m::Scaled> for Decimal {
    type Error = Damage;

    fn try_from(scaled: m::Scaled) -> Result<Self, Damage> {
        let negative = scaled.mantissa.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut mantissa = [if negative { 0xff } else { 0 }; 16];
        let written =
            mantissa.get_mut(..scaled.mantissa.len()).ok_or_else(|| damaged("a number is too long"))?;
        written.copy_from_slice(&scaled.mantissa);
        Decimal::try_from_i128_with_scale(i128::from_le_bytes(mantissa), scaled.scale)
            .map_err(|_| damaged("a number is out of range"))
    }
}

impl From<Value> for m::Value {
    fn from(value: Value) -> Self {
        let kind = match value {
            Value::Count(count) => m::ValueKind::Count(count),
            Value::Amount(amount) => m::ValueKind::Amount(amount.into()),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<m::Value> for Value {
    type Error = Damage;

    fn try_from(value: m::Value) -> Result<Self, Damage> {
        match value.kind.ok_or_else(|| damaged("a value is empty"))? {
            m::ValueKind::Count(count) => Ok(Self::Count(count)),
            m::ValueKind::Amount(amount) => Ok(Self::Amount(amount.try_into()?)),
        }
    }
}

impl From<&Span> for m::Span {
    fn from(span: &Span) -> Self {
        let kind = match span {
            Span::Bytes(range) => m::SpanKind::Bytes(m::ByteSpan { start: range.start, end: range.end }),
            &Span::Page { page, area: [left, top, right, bottom] } => {
                m::SpanKind::Page(m::PageSpan { page, left, top, right, bottom })
            }
            Span::Part { part, path } => {
                m::SpanKind::Part(m::PartSpan { part: part.clone(), path: path.clone() })
            }
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<m::Span> for Span {
    type Error = Damage;

    fn try_from(span: m::Span) -> Result<Self, Damage> {
        Ok(match span.kind.ok_or_else(|| damaged("a place is empty"))? {
            m::SpanKind::Bytes(span) => Self::Bytes(span.start..span.end),
            m::SpanKind::Page(m::PageSpan { page, left, top, right, bottom }) => {
                Self::Page { page, area: [left, top, right, bottom] }
            }
            m::SpanKind::Part(span) => Self::Part { part: span.part, path: span.path },
        })
    }
}

pub(super) fn span(span: Option<&Span>) -> Option<m::Span> {
    span.map(Into::into)
}

pub(super) fn read_span(span: Option<m::Span>) -> Result<Option<Span>, Damage> {
    span.map(TryInto::try_into).transpose()
}

impl From<&Quoted> for m::Quoted {
    fn from(quoted: &Quoted) -> Self {
        Self { text: quoted.text.clone(), span: span(quoted.span.as_ref()) }
    }
}

impl TryFrom<m::Quoted> for Quoted {
    type Error = Damage;

    fn try_from(quoted: m::Quoted) -> Result<Self, Damage> {
        Ok(Self { text: quoted.text, span: read_span(quoted.span)? })
    }
}

impl From<&Body> for m::Body {
    fn from(body: &Body) -> Self {
        Self {
            name: body.name.clone(),
            rank: body.rank.code().into(),
            kind: body.kind.code().into(),
            span: span(body.span.as_ref()),
            credit_code: body.credit_code.clone(),
        }
    }
}

impl TryFrom<m::Body> for Body {
    type Error = Damage;

    fn try_from(body: m::Body) -> Result<Self, Damage> {
        Ok(Self {
            name: body.name,
            rank: read_code::<Rank>(body.rank)?,
            kind: read_code::<BodyKind>(body.kind)?,
            span: read_span(body.span)?,
            credit_code: body.credit_code,
        })
    }
}

impl From<&Scope> for m::Scope {
    fn from(scope: &Scope) -> Self {
        Self { kind: scope.kind.code().into(), quote: scope.quote.clone(), span: span(scope.span.as_ref()) }
    }
}

impl TryFrom<m::Scope> for Scope {
    type Error = Damage;

    fn try_from(scope: m::Scope) -> Result<Self, Damage> {
        Ok(Self { kind: read_code(scope.kind)?, quote: scope.quote, span: read_span(scope.span)? })
    }
}

impl From<&RegionText> for m::Region {
    fn from(region: &RegionText) -> Self {
        let divisions = |divisions: &[Division]| divisions.iter().map(Into::into).collect();
        Self {
            name: region.name.clone(),
            code: region.code.clone(),
            township_code: region.township_code.clone(),
            span: span(region.span.as_ref()),
            parents: divisions(&region.parents),
            candidates: divisions(&region.candidates),
        }
    }
}

impl TryFrom<m::Region> for RegionText {
    type Error = Damage;

    fn try_from(region: m::Region) -> Result<Self, Damage> {
        let divisions = |divisions: Vec<m::Division>| divisions.into_iter().map(Into::into).collect();
        Ok(Self {
            name: region.name,
            code: region.code,
            township_code: region.township_code,
            span: read_span(region.span)?,
            parents: divisions(region.parents),
            candidates: divisions(region.candidates),
        })
    }
}

impl From<&Division> for m::Division {
    fn from(division: &Division) -> Self {
        Self { code: division.code.clone(), name: division.name.clone() }
    }
}

impl From<m::Division> for Division {
    fn from(division: m::Division) -> Self {
        Self { code: division.code, name: division.name }
    }
}

/// A day as a number that sorts: 20210228.
pub(super) fn day(date: Date) -> u32 {
    u32::from(date.year()) * 10_000 + u32::from(date.month()) * 100 + u32::from(date.day())
}

pub(super) fn read_day(day: u32) -> Result<Date, Damage> {
    let year = u16::try_from(day / 10_000).map_err(|_| damaged("a year is out of range"))?;
    Ok(Date::new(year, (day / 100 % 100) as u8, (day % 100) as u8)?)
}

impl From<&FormEvidence> for m::FormEvidence {
    fn from(evidence: &FormEvidence) -> Self {
        Self { form: evidence.form.code().into(), score: evidence.score }
    }
}

impl TryFrom<m::FormEvidence> for FormEvidence {
    type Error = Damage;

    fn try_from(evidence: m::FormEvidence) -> Result<Self, Damage> {
        Ok(Self { form: read_code::<FormId>(evidence.form)?, score: evidence.score })
    }
}

impl From<&Section> for m::Section {
    fn from(section: &Section) -> Self {
        Self {
            level: section.level.into(),
            title: section.title.clone(),
            span: span(section.span.as_ref()),
            text: section.text.clone(),
        }
    }
}

impl TryFrom<m::Section> for Section {
    type Error = Damage;

    fn try_from(section: m::Section) -> Result<Self, Damage> {
        Ok(Self {
            level: u8::try_from(section.level).map_err(|_| damaged("a level is out of range"))?,
            title: section.title,
            span: read_span(section.span)?,
            text: section.text,
        })
    }
}

impl From<&Statement> for m::Statement {
    fn from(statement: &Statement) -> Self {
        Self {
            indicator: statement.indicator.clone(),
            value: statement.value.map(Into::into),
            value_max: statement.value_max.map(Into::into),
            unit: statement.unit.clone(),
            approximate: statement.approximate,
            period: statement.period.code().into(),
            scope: statement.scope.code().into(),
            quote: statement.quote.clone(),
            section: statement.section.clone(),
            span: span(statement.span.as_ref()),
            whose: statement.whose.code().into(),
        }
    }
}

impl TryFrom<m::Statement> for Statement {
    type Error = Damage;

    fn try_from(statement: m::Statement) -> Result<Self, Damage> {
        Ok(Self {
            indicator: statement.indicator,
            value: statement.value.map(TryInto::try_into).transpose()?,
            value_max: statement.value_max.map(TryInto::try_into).transpose()?,
            unit: statement.unit,
            approximate: statement.approximate,
            period: read_code::<Period>(statement.period)?,
            scope: read_code::<ScopeKind>(statement.scope)?,
            quote: statement.quote,
            section: statement.section,
            span: read_span(statement.span)?,
            whose: read_code::<Whose>(statement.whose)?,
        })
    }
}

impl From<&Candidate> for m::Candidate {
    fn from(candidate: &Candidate) -> Self {
        Self {
            state: candidate.state.code().into(),
            value: candidate.value.map(Into::into),
            raw: candidate.raw.clone(),
        }
    }
}

impl TryFrom<m::Candidate> for Candidate {
    type Error = Damage;

    fn try_from(candidate: m::Candidate) -> Result<Self, Damage> {
        Ok(Self {
            state: read_code::<State>(candidate.state)?,
            value: candidate.value.map(TryInto::try_into).transpose()?,
            raw: candidate.raw,
        })
    }
}

impl From<&Proof> for m::Proof {
    fn from(proof: &Proof) -> Self {
        Self {
            hypothesis: proof.hypothesis.clone(),
            identities: proof.identities.clone(),
            statements: proof.statements.clone(),
        }
    }
}

impl From<m::Proof> for Proof {
    fn from(proof: m::Proof) -> Self {
        Self { hypothesis: proof.hypothesis, identities: proof.identities, statements: proof.statements }
    }
}

impl From<&PageMetadata> for m::Page {
    fn from(page: &PageMetadata) -> Self {
        let quoted = |quoted: &Option<Quoted>| quoted.as_ref().map(Into::into);
        Self {
            title: quoted(&page.title),
            published: quoted(&page.published),
            publisher: quoted(&page.publisher),
            index_number: quoted(&page.index_number),
            source: quoted(&page.source),
        }
    }
}

impl TryFrom<m::Page> for PageMetadata {
    type Error = Damage;

    fn try_from(page: m::Page) -> Result<Self, Damage> {
        let quoted = |quoted: Option<m::Quoted>| quoted.map(TryInto::try_into).transpose();
        Ok(Self {
            title: quoted(page.title)?,
            published: quoted(page.published)?,
            publisher: quoted(page.publisher)?,
            index_number: quoted(page.index_number)?,
            source: quoted(page.source)?,
        })
    }
}

/// A finding without the keys of its figures, which its reader knows better how to write.
pub(super) fn finding(finding: &Finding) -> m::Finding {
    m::Finding {
        rule: finding.rule.to_string(),
        rule_version: finding.rule_version,
        subject: finding.subject.clone(),
        outcome: finding.outcome.code().into(),
        severity: finding.severity.code().into(),
        basis: finding.basis.code().into(),
        left: finding.left.map(Into::into),
        right: finding.right.map(Into::into),
        cells: Vec::new(),
        derivation: finding.derivation.code().into(),
        message_zh: finding.message_zh.clone().into_owned(),
        message_en: finding.message_en.clone().into_owned(),
        proposals: finding.proposals.iter().map(Into::into).collect(),
    }
}

impl From<&Proposal> for m::Proposal {
    fn from(proposal: &Proposal) -> Self {
        Self {
            figure: proposal.figure.to_string(),
            current: proposal.current.map(Into::into),
            proposed: proposal.proposed.into(),
            mends: proposal.mends.clone(),
        }
    }
}

impl TryFrom<m::Proposal> for Proposal {
    type Error = Damage;

    fn try_from(proposal: m::Proposal) -> Result<Self, Damage> {
        Ok(Self {
            figure: proposal.figure.into(),
            current: proposal.current.map(TryInto::try_into).transpose()?,
            proposed: proposal.proposed.try_into()?,
            mends: proposal.mends,
        })
    }
}

pub(super) fn read_finding(finding: m::Finding, figures: Vec<Arc<str>>) -> Result<Finding, Damage> {
    Ok(Finding {
        rule: finding.rule.into(),
        rule_version: finding.rule_version,
        subject: finding.subject,
        outcome: read_code::<Outcome>(finding.outcome)?,
        severity: read_code::<Severity>(finding.severity)?,
        basis: read_code::<Basis>(finding.basis)?,
        left: finding.left.map(TryInto::try_into).transpose()?,
        right: finding.right.map(TryInto::try_into).transpose()?,
        figures,
        derivation: read_code::<Derivation>(finding.derivation)?,
        message_zh: finding.message_zh.into(),
        message_en: finding.message_en.into(),
        proposals: finding.proposals.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
    })
}
