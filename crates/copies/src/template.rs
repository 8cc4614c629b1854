//! Template text: what many say, and what the official forms say.

use crate::narrative::Narrative;
use crate::windows::runs;
use std::collections::HashMap;

/// Divisions besides the report's own whose reports say something before it is template text. The bodies of one division are no
/// independent witnesses: they have each other's reports before them.
pub const TEMPLATE_DIVISIONS: usize = 5;
/// Reports that are asked for it.
pub const WITNESSES_MAX: usize = 32;
/// Signs of a phrase of a form that is template text by itself; in shorter ones there is nothing but words of every day.
const PHRASE_MIN: usize = 6;
/// Signs of phrases one behind the other, also of shorter ones, as where a table's headers have come into the text.
const CHAIN_MIN: usize = 12;
/// Signs of a phrase that counts in such a row.
const LINK_MIN: usize = 2;

/// The words of the official forms, to be recognized in narratives.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    /// By their first sign, the longest first.
    by_first: HashMap<u32, Vec<Vec<u32>>>,
}

impl Phrases {
    /// These, as far as they are long enough.
    pub fn of<'p>(phrases: impl IntoIterator<Item = &'p str>) -> Self {
        let mut found = Self::default();
        for phrase in phrases {
            let signs: Vec<u32> = Narrative::of_words(phrase).signs.iter().map(|sign| sign.code).collect();
            if let Some(first) = signs.first().filter(|_| LINK_MIN <= signs.len()) {
                found.by_first.entry(*first).or_default().push(signs);
            }
        }
        for phrases in found.by_first.values_mut() {
            phrases.sort_unstable_by(|a, b| (b.len(), a).cmp(&(a.len(), b)));
            phrases.dedup();
        }
        found
    }

    /// Signs at the beginning that are a phrase, or phrases one behind the other; 0 where these are too few.
    fn standing_at(&self, signs: &[u32]) -> usize {
        let mut length = 0;
        let mut count = 0;
        while let Some(rest) = signs.get(length..).filter(|rest| !rest.is_empty()) {
            let known = rest.first().and_then(|first| self.by_first.get(first));
            let Some(phrase) = known.into_iter().flatten().find(|phrase| rest.starts_with(phrase)) else {
                break;
            };
            length += phrase.len();
            count += 1;
        }
        let enough = if count == 1 { PHRASE_MIN } else { CHAIN_MIN };
        if enough <= length { length } else { self.first_alone(signs) }
    }

    /// The same of the first phrase without those behind it.
    fn first_alone(&self, signs: &[u32]) -> usize {
        let known = signs.first().and_then(|first| self.by_first.get(first));
        let first = known.into_iter().flatten().find(|phrase| signs.starts_with(phrase));
        first.map(Vec::len).filter(|length| PHRASE_MIN <= *length).unwrap_or(0)
    }
}

/// Which signs of a narrative are template text.
#[derive(Clone, Debug)]
pub struct Template {
    of_forms: Vec<bool>,
    /// How many divisions say so, too.
    divisions: Vec<u8>,
    witnesses: usize,
}

impl Template {
    /// What the forms say of a narrative.
    pub fn of(own: &Narrative<'_>, phrases: &Phrases) -> Self {
        let codes: Vec<u32> = own.signs.iter().map(|sign| sign.code).collect();
        let mut of_forms = vec![false; codes.len()];
        for text in &own.texts {
            let mut start = text.signs.start;
            while let Some(rest) = codes.get(start..text.signs.end).filter(|rest| !rest.is_empty()) {
                let length = phrases.standing_at(rest);
                of_forms.iter_mut().skip(start).take(length).for_each(|it| *it = true);
                start += length.max(1);
            }
        }
        Self { divisions: vec![0; of_forms.len()], of_forms, witnesses: 0 }
    }

    /// Adds what a report of another division says, of each division one.
    pub fn add(&mut self, own: &Narrative<'_>, witness: &Narrative<'_>) {
        self.witnesses += 1;
        for run in runs(own, witness) {
            for count in self.divisions.iter_mut().skip(run.own).take(run.length) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// How many divisions were asked.
    pub fn witnesses(&self) -> usize {
        self.witnesses
    }

    /// Letters of the narrative that are no template text, without numbers and names.
    pub fn own_letters(&self, own: &Narrative<'_>) -> usize {
        (0..own.len()).filter(|sign| self.is_own_letter(own, *sign)).count()
    }

    pub(crate) fn is_own_letter(&self, own: &Narrative<'_>, sign: usize) -> bool {
        let is_letter = own.signs.get(sign).is_some_and(|sign| !sign.is_mask());
        let is_of_forms = self.of_forms.get(sign).copied().unwrap_or_default();
        let divisions = self.divisions.get(sign).copied().unwrap_or_default();
        is_letter && !is_of_forms && usize::from(divisions) < TEMPLATE_DIVISIONS
    }
}
