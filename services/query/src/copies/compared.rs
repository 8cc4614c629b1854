//! Comparing one report with others, over records in memory.

use crate::convert;
use gongkai_copies::{
    Comparison, CopiedPassage, DifferenceKind, Fingerprint, Narrative, Phrases, SHARERS_MAX, Side, Template,
    compare, fingerprints, telling, witnesses,
};
use gongkai_model::{DocumentId, Report, ReportId};
use gongkai_search::Passage;
use gongkai_store::{ReportKeys, Sharing, StoredReport};
use gongkai_wire::v1::{self, CopyKind};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::LazyLock;

/// What the official forms say.
static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut words: Vec<&str> = Vec::new();
    for form in gongkai_forms::all() {
        words.push(&form.title_zh);
        words.extend(form.sections.iter().flat_map(|section| &section.headings).map(String::as_str));
        for table in &form.tables {
            words.extend(table.headings.iter().map(String::as_str));
            for block in &table.blocks {
                let rows = block.rows.iter().flat_map(|row| row.labels.iter().chain(&row.banners));
                let columns = block.columns.iter().flat_map(|it| it.labels.iter().chain(&it.groups));
                words.extend(rows.chain(columns).map(String::as_str));
                words.extend(block.banners.iter().chain(&block.header_labels).map(String::as_str));
            }
        }
    }
    Phrases::of(words)
});

/// The report that is looked at.
pub(super) struct Own {
    pub(super) stored: StoredReport,
    pub(super) keys: ReportKeys,
    template: Template,
    letters: usize,
    /// Whether only the beginning of its narrative is compared.
    pub(super) is_cut: bool,
}

/// What another one shares with it.
pub(super) struct Compared {
    /// What is told of it; its record is not kept.
    pub(super) report: v1::Report,
    pub(super) document: DocumentId,
    pub(super) kind: CopyKind,
    /// Letters in all passages.
    pub(super) letters: usize,
    /// How many passages there are.
    pub(super) passages_total: usize,
    /// The longest ones, in reading order.
    pub(super) passages: Vec<Shown>,
}

/// A passage that is shown.
pub(super) struct Shown {
    /// As places are looked for: what differs is what was searched for.
    pub(super) own: Passage,
    pub(super) other: Passage,
    pub(super) letters: usize,
    pub(super) differences: Vec<Differing>,
}

/// What differs, as words.
pub(super) struct Differing {
    pub(super) kind: DifferenceKind,
    pub(super) own: String,
    pub(super) other: String,
    /// Which hit of the passages it is; none where nothing stands there.
    pub(super) own_hit: Option<usize>,
    pub(super) other_hit: Option<usize>,
}

impl Compared {
    /// Bytes of the words in its passages.
    pub(super) fn words_bytes(&self) -> usize {
        self.passages.iter().map(|shown| shown.own.text.len() + shown.other.text.len()).sum()
    }
}

impl Own {
    /// A report with what its fingerprints are.
    pub(super) fn of(stored: StoredReport, keys: ReportKeys) -> (Self, Vec<Fingerprint>) {
        let narrative = Narrative::of(&stored.report, keys.names());
        let template = Template::of(&narrative, &PHRASES);
        let (fingerprints, is_cut) = (fingerprints(&narrative), narrative.is_cut());
        let letters = template.own_letters(&narrative);
        (Self { template, letters, is_cut, stored, keys }, fingerprints)
    }

    fn narrative(&self) -> Narrative<'_> {
        Narrative::of(&self.stored.report, self.keys.names())
    }

    /// Which reports are asked for template text: of other divisions, and of each one.
    pub(super) fn witnesses(&self, sharing: &Sharing) -> Vec<ReportId> {
        let division = self.keys.division();
        let others = sharing.sharers.iter().filter(|sharer| {
            let other = sharer.report.keys.division();
            !other.is_empty() && other != division
        });
        let others: Vec<_> = others.collect();
        let held: Vec<(&str, &[Fingerprint])> =
            others.iter().map(|it| (it.report.keys.division(), it.fingerprints.as_slice())).collect();
        let chosen = witnesses(&held).into_iter().filter_map(|place| others.get(place));
        chosen.map(|sharer| sharer.report.info.report).collect()
    }

    /// Adds what a witness says.
    pub(super) fn ask(&mut self, witness: &Report) {
        let narrative = Narrative::of(&self.stored.report, self.keys.names());
        let keys = ReportKeys::of(witness);
        self.template.add(&narrative, &Narrative::of(witness, keys.names()));
        self.letters = self.template.own_letters(&narrative);
    }

    /// Letters that are no template text.
    pub(super) fn letters(&self) -> usize {
        self.letters
    }

    /// How many divisions were asked.
    pub(super) fn template_divisions(&self) -> usize {
        self.template.witnesses()
    }

    /// Those that share fingerprints of what is no template text, with most of these first.
    pub(super) fn likely(&self, sharers: Vec<(ReportId, u64, Vec<Fingerprint>)>) -> Vec<ReportId> {
        let telling = telling(&self.narrative(), &self.template);
        let counted = sharers.into_iter().map(|(id, rarity, shared)| {
            let count = shared.iter().filter(|it| telling.contains(it)).count();
            (Reverse((count, rarity)), id)
        });
        let mut likely: Vec<_> = counted.filter(|(Reverse((count, _)), _)| 0 < *count).collect();
        likely.sort_unstable();
        // Witnesses of template text are among the sharers, too, and need not be likely.
        likely.truncate(SHARERS_MAX);
        likely.into_iter().map(|(_, id)| id).collect()
    }

    /// What another report shares.
    pub(super) fn compare(&self, stored: StoredReport, passages_max: usize) -> Compared {
        let keys = ReportKeys::of(&stored.report);
        let own = self.narrative();
        let other = Narrative::of(&stored.report, keys.names());
        let Comparison { passages, copied_letters } = compare(&own, &other, &self.template);
        let mut longest: Vec<usize> = (0..passages.len()).collect();
        longest.sort_by_key(|place| Reverse(passages.get(*place).map(|passage| passage.letters)));
        longest.truncate(passages_max);
        longest.sort_unstable();
        let shown = longest.into_iter().filter_map(|place| passages.get(place)).map(shown).collect();
        let passages_total = passages.len();
        let kind = self.kind(&keys);
        let mut report = convert::report(&stored, v1::ReportView::Basic);
        if let Some(revision) = &mut report.revision {
            revision.renditions.clear();
        }
        let document = stored.info.document;
        Compared { report, document, kind, letters: copied_letters, passages_total, passages: shown }
    }

    fn kind(&self, other: &ReportKeys) -> CopyKind {
        let is_year_before = matches!((self.keys.year, other.year), (Some(own), Some(other)) if other.checked_add(1) == Some(own));
        match (self.keys.same_subject(other), is_year_before) {
            (true, true) => CopyKind::PreviousYear,
            (true, false) => CopyKind::SameSubject,
            (false, _) => CopyKind::OtherBody,
        }
    }
}

fn shown(passage: &CopiedPassage<'_>) -> Shown {
    let (mut own, mut other) = (bare(&passage.own), bare(&passage.other));
    let mut differences = Vec::with_capacity(passage.differences.len());
    for difference in &passage.differences {
        let words = |side: &Side<'_>, range: &Range<usize>| {
            side.text.get(range.clone()).unwrap_or_default().to_owned()
        };
        differences.push(Differing {
            kind: difference.kind,
            own: words(&passage.own, &difference.own),
            other: words(&passage.other, &difference.other),
            own_hit: hit(&mut own, &difference.own),
            other_hit: hit(&mut other, &difference.other),
        });
    }
    Shown { own, other, letters: passage.letters, differences }
}

fn bare(side: &Side<'_>) -> Passage {
    Passage {
        part: side.part,
        section: side.section.to_owned(),
        text: side.text.to_owned(),
        hits: Vec::new(),
        near: side.near.cloned(),
    }
}

fn hit(passage: &mut Passage, range: &Range<usize>) -> Option<usize> {
    if range.is_empty() {
        return None;
    }
    passage.hits.push(range.clone());
    Some(passage.hits.len() - 1)
}
