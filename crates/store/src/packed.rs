//! The codec of packed records: one small row a revision for what the cells say, and a compressed blob for everything
//! that says where it comes from. Both carry a version, and what was written once stays readable.

mod cells;
mod digest;
mod message;
mod parts;
#[cfg(test)]
mod tests;

pub use cells::{Cell, CellPlaces, Cells, cells_of, packed_cells, packed_subject};

use crate::codes::Code;
use crate::compression::{self, Codec};
use crate::{BoxError, RecordDigest, ReportKeys, StoreError};
use gongkai_model::{
    Date, Dates, Derivation, Figure, Finding, FormId, Outcome, Period, Portion, Reason, Report, Severity,
    Span, State, Value,
};
use message as m;
use parts::read_code;
use prost::Message;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes that the evidence of a record may have before compression. A document is bounded, and so is what is said of it.
pub const EVIDENCE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Figures that a record may have.
pub const FIGURES_MAX: usize = 16 * 1024;

const FIGURES_VERSION: u8 = 1;
/// Evidence that was compressed by itself, before there was a dictionary.
const EVIDENCE_ALONE: u8 = 1;
const EVIDENCE_VERSION: u8 = 2;

/// What most records say in the same words: the findings of records of which nearly everything holds. They are half of the evidence of
/// a usual one. The file must stay as it is for as long as there is evidence of version 2; when the words of the rules have changed
/// so much that it no longer serves, a further version gets a file of its own.
static EVIDENCE: Codec = Codec::new(include_bytes!("packed/evidence-2.dictionary"));

/// Why something stored cannot be read.
pub(crate) type Damage = BoxError;

pub(crate) fn damaged(what: &'static str) -> Damage {
    what.into()
}

/// A report on its way into the store: packed, and with what it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRevision {
    packed: PackedReport,
    part: u32,
    extractor_version: gongkai_model::ExtractorVersion,
    keys: ReportKeys,
    digest: RecordDigest,
    findings: Vec<FindingKey>,
    figures_undetermined: u32,
}

/// The parts of a packed record, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedReport {
    /// What its cells are.
    pub layout: Layout,
    /// What they say.
    pub figures: Vec<u8>,
    /// Everything else.
    pub evidence: Vec<u8>,
}

/// The keys of the cells of a packed record, in order. Records of one form share one layout, which is stored once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    id: LayoutId,
    form: FormId,
    keys: Arc<[Arc<str>]>,
}

/// A layout's identity: a digest of what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayoutId(pub [u8; 16]);

/// What a finding is found by, without what it says: that is read from its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingKey {
    /// Its place among all findings of its report, counted from 0.
    pub ordinal: u32,
    /// The rule's id.
    pub rule: Arc<str>,
    /// What came of it; never [`Outcome::Holds`].
    pub outcome: Outcome,
    /// How much it matters.
    pub severity: Severity,
}

impl NewRevision {
    /// Packs a report. Compresses, so it is work for a thread of its own and not for an async one.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] where the record is larger than a record may be, [`StoreError::Corrupt`] where a cell
    /// has a value without being a number, or the other way round.
    pub fn pack(report: &Report) -> Result<Self, StoreError> {
        Ok(Self::around(PackedReport::pack(report)?, report))
    }

    /// A record that was packed elsewhere, as it is, with all that it is found by made anew. Decompresses: work for a thread
    /// of its own.
    ///
    /// # Errors
    /// As [`PackedReport::unpack`].
    pub fn of_packed(packed: PackedReport) -> Result<Self, StoreError> {
        let report = packed.unpack()?;
        Ok(Self::around(packed, &report))
    }

    fn around(packed: PackedReport, report: &Report) -> Self {
        let findings = (0..).zip(&report.findings).filter(|(_, finding)| finding.outcome != Outcome::Holds);
        let finding_key = |(ordinal, finding): (u32, &Finding)| FindingKey {
            ordinal,
            rule: finding.rule.clone(),
            outcome: finding.outcome,
            severity: finding.severity,
        };
        let undetermined = report.figures.iter().filter(|figure| figure.state == State::Undetermined).count();
        Self {
            packed,
            part: report.part,
            extractor_version: report.extractor_version,
            keys: ReportKeys::of(report),
            digest: RecordDigest::of(report),
            findings: findings.map(finding_key).collect(),
            figures_undetermined: u32::try_from(undetermined).unwrap_or(u32::MAX),
        }
    }

    /// The packed record.
    pub fn packed(&self) -> &PackedReport {
        &self.packed
    }

    /// Which report of its document it is, counted from 1.
    pub fn part(&self) -> u32 {
        self.part
    }

    /// The extractor that read it.
    pub fn extractor_version(&self) -> gongkai_model::ExtractorVersion {
        self.extractor_version
    }

    /// What the report is found by.
    pub fn keys(&self) -> &ReportKeys {
        &self.keys
    }

    /// What the record says, in short.
    pub fn digest(&self) -> RecordDigest {
        self.digest
    }

    /// What its findings are found by, those that hold excepted, in order.
    pub fn findings(&self) -> &[FindingKey] {
        &self.findings
    }

    /// How many rules fail.
    pub fn findings_failing(&self) -> u32 {
        let failing = self.findings.iter().filter(|finding| finding.outcome == Outcome::Fails).count();
        u32::try_from(failing).unwrap_or(u32::MAX)
    }

    /// How many cells are not determined.
    pub fn figures_undetermined(&self) -> u32 {
        self.figures_undetermined
    }
}

impl Layout {
    fn of(report: &Report) -> Self {
        Self::new(report.form, report.figures.iter().map(|figure| figure.key.clone()).collect())
    }

    fn new(form: FormId, keys: Arc<[Arc<str>]>) -> Self {
        let mut layout = Self { id: LayoutId([0; 16]), form, keys };
        let digest = Sha256::digest(layout.to_bytes());
        layout.id.0.copy_from_slice(&digest[..16]);
        layout
    }

    /// Its identity.
    pub fn id(&self) -> LayoutId {
        self.id
    }

    /// The keys in order.
    pub fn keys(&self) -> &[Arc<str>] {
        &self.keys
    }

    /// Its stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        m::Layout {
            form: self.form.code().into(),
            keys: self.keys.iter().map(|key| key.to_string()).collect(),
        }
        .encode_to_vec()
    }

    /// Reads its stored form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoreError> {
        let read = || -> Result<Self, Damage> {
            let layout = m::Layout::decode(bytes)?;
            Ok(Self::new(read_code(layout.form)?, layout.keys.into_iter().map(Arc::from).collect()))
        };
        read().map_err(|damage| StoreError::corrupt("layout of a record", damage))
    }
}

impl PackedReport {
    /// The format of the evidence, counted from 1; 0 where there is none. What one version writes, versions before may not read.
    pub fn evidence_version(&self) -> u8 {
        self.evidence.first().copied().unwrap_or_default()
    }

    fn pack(report: &Report) -> Result<Self, StoreError> {
        if FIGURES_MAX < report.figures.len() {
            return Err(StoreError::TooLarge {
                what: "the record in figures",
                actual: report.figures.len() as u64,
                max: FIGURES_MAX as u64,
            });
        }
        if let Some(figure) =
            report.figures.iter().find(|figure| figure.value.is_some() != (figure.state == State::Number))
        {
            let complaint = format!("{} has a value and is no number, or the other way round", figure.key);
            return Err(StoreError::corrupt("record", complaint));
        }
        let layout = Layout::of(report);
        let evidence = pack_evidence(report, &layout).encode_to_vec();
        if EVIDENCE_BYTES_MAX < evidence.len() {
            return Err(StoreError::TooLarge {
                what: "the record in bytes",
                actual: evidence.len() as u64,
                max: EVIDENCE_BYTES_MAX as u64,
            });
        }
        let mut figures = vec![FIGURES_VERSION];
        figures.extend(pack_figures(report).encode_to_vec());
        let mut blob = vec![EVIDENCE_VERSION];
        // The length is bounded above, and lets a reader allocate what is needed and no more.
        blob.extend(u32::try_from(evidence.len()).unwrap_or(u32::MAX).to_le_bytes());
        let compressed = EVIDENCE.compress(&evidence);
        // Compression into memory fails for want of memory only; that passes.
        blob.extend(compressed.map_err(|error| StoreError::Unavailable(error.into()))?);
        Ok(Self { layout, figures, evidence: blob })
    }

    /// Reads the record back. Decompresses: work for a thread of its own where there is much of it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where the parts are damaged, or of a version that is not known here.
    pub fn unpack(&self) -> Result<Report, StoreError> {
        let read = || -> Result<Report, Damage> {
            let [FIGURES_VERSION, figures @ ..] = &*self.figures else {
                return Err(damaged("the figures are of an unknown version"));
            };
            unpack_report(&self.layout, m::Figures::decode(figures)?, read_evidence(&self.evidence)?)
        };
        read().map_err(|damage| StoreError::corrupt("record", damage))
    }
}

/// The texts of a record, from the evidence of its packed form: its title, preamble, sections, statements, problems and improvements,
/// and nothing else of it. Decompresses, as [`PackedReport::unpack`] does.
///
/// # Errors
/// [`StoreError::Corrupt`] where the evidence is damaged, or of a version that is not known here.
pub fn narrative(evidence: &[u8]) -> Result<Report, StoreError> {
    let read = || -> Result<Report, Damage> {
        let evidence = read_evidence(evidence)?;
        Ok(Report {
            title: evidence.title.try_into()?,
            preamble: evidence.preamble.map_or_else(|| Ok(Default::default()), TryInto::try_into)?,
            sections: all(evidence.sections)?,
            statements: all(evidence.statements)?,
            problems: all(evidence.problems)?,
            improvements: all(evidence.improvements)?,
            ..Report::default()
        })
    };
    read().map_err(|damage| StoreError::corrupt("record", damage))
}

/// The findings of a report as they stand in its evidence before that is compressed: what dictionaries are made of.
pub fn dictionary_of(report: &Report) -> Vec<u8> {
    let mut evidence = m::Evidence::default();
    pack_findings(&report.findings, &Layout::of(report), &mut evidence);
    let findings = std::mem::take(&mut evidence.findings);
    m::Evidence { findings, ..m::Evidence::default() }.encode_to_vec()
}

fn read_evidence(bytes: &[u8]) -> Result<m::Evidence, Damage> {
    let unknown = || damaged("the evidence is of an unknown version");
    let [version, a, b, c, d, evidence @ ..] = bytes else { return Err(unknown()) };
    let room = (u32::from_le_bytes([*a, *b, *c, *d]) as usize).min(EVIDENCE_BYTES_MAX);
    let evidence = match *version {
        EVIDENCE_ALONE => compression::decompress(evidence, room)?,
        EVIDENCE_VERSION => EVIDENCE.decompress(evidence, room)?,
        _ => return Err(unknown()),
    };
    Ok(m::Evidence::decode(&*evidence)?)
}

fn pack_figures(report: &Report) -> m::Figures {
    let figures = &report.figures;
    let mut packed = m::Figures {
        states: Vec::with_capacity(figures.len()),
        are_plain: figures.iter().all(cells::is_plain),
        subject: cells::subject_code(report.subject.rank, report.subject.kind),
        ..Default::default()
    };
    for (cell, figure) in (0_u32..).zip(figures) {
        packed.states.push(figure.state.code() | figure.derivation.code() << 4);
        match figure.value {
            Some(Value::Count(count)) => packed.counts.push(count),
            Some(Value::Amount(amount)) => {
                packed.amount_cells.push(cell);
                packed.amounts.push(amount.into());
            }
            None => {}
        }
    }
    packed
}

/// The states, derivations and values of the cells.
fn unpack_figures(packed: m::Figures) -> Result<Vec<(State, Derivation, Option<Value>)>, Damage> {
    let mut counts = packed.counts.into_iter();
    let mut amounts = packed.amount_cells.into_iter().zip(packed.amounts).peekable();
    let mut figures = Vec::with_capacity(packed.states.len());
    for (cell, byte) in (0_u32..).zip(packed.states) {
        let state = State::from_code(i64::from(byte & 0x0f))?;
        let derivation = Derivation::from_code(i64::from(byte >> 4))?;
        let value = match state {
            State::Number => Some(match amounts.next_if(|(amount_cell, _)| *amount_cell == cell) {
                Some((_, amount)) => Value::Amount(amount.try_into()?),
                None => Value::Count(counts.next().ok_or_else(|| damaged("a count is absent"))?),
            }),
            State::Blank | State::NotApplicable | State::Text | State::Undetermined | State::Missing => None,
        };
        figures.push((state, derivation, value));
    }
    if counts.next().is_some() || amounts.next().is_some() {
        return Err(damaged("there are more numbers than cells"));
    }
    Ok(figures)
}

fn pack_evidence(report: &Report, layout: &Layout) -> m::Evidence {
    let mut evidence = m::Evidence {
        extractor_version: report.extractor_version,
        part: report.part,
        parts: report.parts,
        title: (&report.title).into(),
        year: report.year.map(u32::from),
        subject: (&report.subject).into(),
        scope: (&report.scope).into(),
        signatory: (&report.signatory).into(),
        issuer: (&report.issuer).into(),
        region: (&report.region).into(),
        date_stated: report.dates.stated.map(parts::day),
        date_page: report.dates.page.map(parts::day),
        form_evidence: report.form_evidence.iter().map(Into::into).collect(),
        sections: report.sections.iter().map(Into::into).collect(),
        statements: report.statements.iter().map(Into::into).collect(),
        page: (&report.page).into(),
        problems: report.problems.iter().map(Into::into).collect(),
        improvements: report.improvements.iter().map(Into::into).collect(),
        preamble: Some((&report.preamble).into()),
        ..Default::default()
    };
    pack_cells(&report.figures, &mut evidence);
    pack_findings(&report.findings, layout, &mut evidence);
    evidence
}

/// What a cell's raw text is unless its details say otherwise.
fn raw_expected(value: Option<Value>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn pack_cells(figures: &[Figure], evidence: &mut m::Evidence) {
    let mut end = 0_u64;
    for (cell, figure) in (0_u32..).zip(figures) {
        let range = figure.span.as_ref().and_then(Span::as_bytes).filter(|range| range.start <= range.end);
        let mut details = m::CellDetails {
            cell,
            raw: (figure.raw != raw_expected(figure.value)).then(|| figure.raw.clone()),
            source_unit: figure.source_unit.clone(),
            span_replaced: range.is_none(),
            span: None,
            reason: figure.reason.map_or(0, |reason| reason.code().into()),
            candidates: figure.candidates.iter().map(Into::into).collect(),
            proof: figure.proof.as_ref().map(Into::into),
            period: (figure.period != Period::ThisYear).then(|| figure.period.code().into()),
            portion: (figure.portion != Portion::All).then(|| figure.portion.code().into()),
        };
        match range {
            Some(range) => {
                // Wraps round for absurd offsets, and back when read.
                evidence.span_starts.push(range.start.wrapping_sub(end).cast_signed());
                evidence.span_lengths.push(range.end - range.start);
                end = range.end;
            }
            None => {
                evidence.span_starts.push(0);
                evidence.span_lengths.push(0);
                details.span = parts::span(figure.span.as_ref());
            }
        }
        if details != (m::CellDetails { cell, ..Default::default() }) {
            evidence.cells.push(details);
        }
    }
}

fn pack_findings(findings: &[Finding], layout: &Layout, evidence: &mut m::Evidence) {
    let mut cells: HashMap<Arc<str>, u32> = HashMap::with_capacity(layout.keys.len());
    for (cell, key) in (0_u32..).zip(layout.keys.iter()) {
        cells.entry(key.clone()).or_insert(cell);
    }
    let mut next = u32::try_from(layout.keys.len()).unwrap_or(u32::MAX);
    for finding in findings {
        let mut packed = parts::finding(finding);
        for key in &finding.figures {
            let cell = *cells.entry(key.clone()).or_insert_with(|| {
                evidence.other_keys.push(key.to_string());
                next += 1;
                next - 1
            });
            packed.cells.push(cell);
        }
        evidence.findings.push(packed);
    }
}

fn unpack_report(layout: &Layout, figures: m::Figures, mut evidence: m::Evidence) -> Result<Report, Damage> {
    let figures = unpack_cells(layout, unpack_figures(figures)?, &mut evidence)?;
    let findings = unpack_findings(layout, &mut evidence)?;
    let date = |day: Option<u32>| day.map(parts::read_day).transpose();
    Ok(Report {
        extractor_version: evidence.extractor_version,
        part: evidence.part,
        parts: evidence.parts,
        title: evidence.title.try_into()?,
        year: evidence.year.map(u16::try_from).transpose()?,
        subject: evidence.subject.try_into()?,
        scope: evidence.scope.try_into()?,
        signatory: evidence.signatory.try_into()?,
        issuer: evidence.issuer.try_into()?,
        region: evidence.region.try_into()?,
        dates: Dates { stated: date(evidence.date_stated)?, page: date(evidence.date_page)? },
        form: layout.form,
        form_evidence: all(evidence.form_evidence)?,
        sections: all(evidence.sections)?,
        figures,
        statements: all(evidence.statements)?,
        problems: all(evidence.problems)?,
        improvements: all(evidence.improvements)?,
        preamble: evidence.preamble.map_or_else(|| Ok(Default::default()), TryInto::try_into)?,
        findings,
        page: evidence.page.try_into()?,
    })
}

fn all<M, T: TryFrom<M, Error = Damage>>(messages: Vec<M>) -> Result<Vec<T>, Damage> {
    messages.into_iter().map(T::try_from).collect()
}

fn unpack_cells(
    layout: &Layout,
    figures: Vec<(State, Derivation, Option<Value>)>,
    evidence: &mut m::Evidence,
) -> Result<Vec<Figure>, Damage> {
    let cells = layout.keys.len();
    if figures.len() != cells || evidence.span_starts.len() != cells || evidence.span_lengths.len() != cells {
        return Err(damaged("the record does not fit its layout"));
    }
    let mut details = std::mem::take(&mut evidence.cells).into_iter().peekable();
    let places = evidence.span_starts.iter().zip(&evidence.span_lengths);
    let mut end = 0_u64;
    let mut unpacked = Vec::with_capacity(cells);
    for ((cell, key), ((state, derivation, value), (start, length))) in
        (0_u32..).zip(layout.keys.iter()).zip(figures.into_iter().zip(places))
    {
        let details = details.next_if(|details| details.cell == cell).unwrap_or_default();
        let span = if details.span_replaced {
            parts::read_span(details.span)?
        } else {
            let start = end.wrapping_add(start.cast_unsigned());
            end = start.checked_add(*length).ok_or_else(|| damaged("a place is beyond all files"))?;
            Some(Span::Bytes(start..end))
        };
        unpacked.push(Figure {
            key: key.clone(),
            period: details.period.map_or(Ok(Period::ThisYear), read_code)?,
            portion: details.portion.map_or(Ok(Portion::All), read_code)?,
            state,
            value,
            raw: details.raw.unwrap_or_else(|| raw_expected(value)),
            source_unit: details.source_unit,
            span,
            derivation,
            candidates: all(details.candidates)?,
            reason: match details.reason {
                0 => None,
                code => Some(read_code::<Reason>(code)?),
            },
            proof: details.proof.map(Into::into),
        });
    }
    if details.next().is_some() {
        return Err(damaged("details belong to no cell"));
    }
    Ok(unpacked)
}

fn unpack_findings(layout: &Layout, evidence: &mut m::Evidence) -> Result<Vec<Finding>, Damage> {
    let other_keys: Vec<Arc<str>> =
        std::mem::take(&mut evidence.other_keys).into_iter().map(Arc::from).collect();
    let key = |cell: u32| {
        let cell = cell as usize;
        layout.keys.get(cell).or_else(|| other_keys.get(cell - layout.keys.len())).cloned()
    };
    let mut findings = Vec::with_capacity(evidence.findings.len());
    for mut finding in std::mem::take(&mut evidence.findings) {
        let cells = std::mem::take(&mut finding.cells);
        let keys: Option<Vec<_>> = cells.into_iter().map(key).collect();
        findings.push(parts::read_finding(finding, keys.ok_or_else(|| damaged("a finding names no cell"))?)?);
    }
    Ok(findings)
}

/// The sortable number of a day, for engines: 20210228.
pub fn day_number(date: Date) -> u32 {
    parts::day(date)
}

/// The day of a sortable number.
pub fn day_from_number(day: i64) -> Result<Date, StoreError> {
    let day = u32::try_from(day).map_err(|error| StoreError::corrupt("day", error))?;
    parts::read_day(day).map_err(|damage| StoreError::corrupt("day", damage))
}
