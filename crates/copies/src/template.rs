//! Template text: what many say, and what the official forms say.

use crate::narrative::Narrative;
use crate::windows::runs;
use std::collections::HashMap;

/// Divisions besides the report's own whose reports say something before it is template text. The bodies of one division are no
/// independent witnesses: they have each other's reports before them.
pub const TEMPLATE_DIVISIONS: usize = 5;
/// Reports that are asked for it.
pub const WITNESSES_MAX: usize = 32;
/// Signs of a phrase of a form; in shorter ones there is nothing but words of every day.
const PHRASE_MIN: usize = 6;

/// The words of the official forms, to be recognized in narratives.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    /// By their first signs.
    by_beginning: HashMap<[u32; PHRASE_MIN], Vec<Vec<u32>>>,
}

impl Phrases {
    /// These, as far as they are long enough.
    pub fn of<'p>(phrases: impl IntoIterator<Item = &'p str>) -> Self {
        let mut found = Self::default();
        for phrase in phrases {
            let signs: Vec<u32> = Narrative::of_words(phrase).signs.iter().map(|sign| sign.code).collect();
            if let Some(beginning) = signs.first_chunk() {
                let known = found.by_beginning.entry(*beginning).or_default();
                if !known.contains(&signs) {
                    known.push(signs);
                }
            }
        }
        found
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
            for start in text.signs.clone() {
                let rest = codes.get(start..text.signs.end).unwrap_or_default();
                let known = rest.first_chunk().and_then(|beginning| phrases.by_beginning.get(beginning));
                let standing = known.into_iter().flatten().filter(|phrase| rest.starts_with(phrase));
                if let Some(length) = standing.map(Vec::len).max() {
                    of_forms.iter_mut().skip(start).take(length).for_each(|it| *it = true);
                }
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
