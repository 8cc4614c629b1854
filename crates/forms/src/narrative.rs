//! How reports word their quantities: words by class, units, and what no quantity is. The patterns by which a quantity
//! states an indicator stand with the indicators.

use crate::FormError;
use crate::load::parse;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A set of word classes, one bit each.
pub type Classes = u128;
/// A set of unit groups, one bit each.
pub type UnitGroups = u32;

/// The vocabulary of the running text.
#[derive(Debug)]
pub struct Narrative {
    /// Names of the classes; the position is the bit in [`Classes`].
    pub classes: Vec<String>,
    /// Every word with the classes it belongs to, in the order of the alphabet. A word that is only known belongs to none.
    pub words: Vec<(String, Classes)>,
    /// Classes whose words may stand anywhere beside a counted noun.
    pub neutral: Classes,
    /// Classes that name a medium of publication.
    pub media: Classes,
    /// Expressions that hold a numeral and count nothing.
    pub set_phrases: Vec<String>,
    /// Every unit.
    pub units: Vec<UnitWord>,
    /// Names of the unit groups; the position is the bit in [`UnitGroups`].
    pub unit_groups: Vec<String>,
}

/// A word that may follow a number as its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitWord {
    /// The word.
    pub text: String,
    /// Whether it may also follow a number in Chinese numerals.
    pub after_numerals: bool,
    /// Characters before which it is no unit: 项 in 项目.
    pub not_before: String,
    /// The groups it belongs to.
    pub groups: UnitGroups,
}

impl Narrative {
    /// The bit of the class of this name; none if there is no such class.
    pub fn class(&self, name: &str) -> Classes {
        self.classes.iter().position(|class| class == name).map_or(0, |bit| 1 << bit)
    }

    /// The bit of the unit group of this name; none if there is no such group.
    pub fn unit_group(&self, name: &str) -> UnitGroups {
        self.unit_groups.iter().position(|group| group == name).map_or(0, |bit| 1 << bit)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NarrativeFile {
    neutral: Vec<String>,
    media: Vec<String>,
    set_phrases: Vec<String>,
    known_words: Vec<String>,
    words: BTreeMap<String, Vec<String>>,
    units: UnitsEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsEntry {
    numerals: Vec<String>,
    digits: Vec<String>,
    not_before: Vec<(String, String)>,
    groups: BTreeMap<String, Vec<String>>,
}

/// Reads the vocabulary.
///
/// # Errors
/// When the text is not TOML of the expected shape, there are more classes or groups than bits, or a name is unknown.
pub fn load_narrative(text: &str) -> Result<Narrative, FormError> {
    let file: NarrativeFile = parse("narrative", text)?;
    let invalid = |problem: String| FormError::invalid("narrative", problem);
    let classes: Vec<String> = file.words.keys().cloned().collect();
    let unit_groups: Vec<String> = file.units.groups.keys().cloned().collect();
    if Classes::BITS as usize <= classes.len() || UnitGroups::BITS as usize <= unit_groups.len() {
        return Err(invalid("more classes or unit groups than bits".to_owned()));
    }
    let mut words: BTreeMap<String, Classes> = BTreeMap::new();
    for (bit, list) in file.words.values().enumerate() {
        for word in list {
            *words.entry(word.clone()).or_default() |= 1 << bit;
        }
    }
    for word in file.known_words {
        words.entry(word).or_default();
    }
    if let Some(unknown) = file.neutral.iter().chain(&file.media).find(|name| !classes.contains(name)) {
        return Err(invalid(format!("there is no class `{unknown}`")));
    }
    let UnitsEntry { numerals, digits, not_before, groups } = file.units;
    let mut units: Vec<UnitWord> = Vec::new();
    let after_both = numerals.into_iter().map(|text| (text, true));
    for (text, after_numerals) in after_both.chain(digits.into_iter().map(|text| (text, false))) {
        if units.iter().any(|unit| unit.text == text) {
            return Err(invalid(format!("the unit `{text}` occurs twice")));
        }
        let mask = groups
            .values()
            .enumerate()
            .filter(|(_, list)| list.contains(&text))
            .fold(0, |mask, (bit, _)| mask | 1 << bit);
        let before = not_before.iter().find(|(unit, _)| *unit == text);
        let not_before = before.map(|(_, characters)| characters.clone()).unwrap_or_default();
        units.push(UnitWord { text, after_numerals, not_before, groups: mask });
    }
    if let Some((unknown, _)) =
        not_before.iter().find(|(name, _)| !units.iter().any(|unit| unit.text == *name))
    {
        return Err(invalid(format!("there is no unit `{unknown}`")));
    }
    let mut narrative = Narrative {
        classes,
        words: words.into_iter().collect(),
        neutral: 0,
        media: 0,
        set_phrases: file.set_phrases,
        units,
        unit_groups,
    };
    narrative.neutral = file.neutral.iter().fold(0, |mask, name| mask | narrative.class(name));
    narrative.media = file.media.iter().fold(0, |mask, name| mask | narrative.class(name));
    Ok(narrative)
}
