//! The vocabulary of the running text as tries over characters, built once.

use crate::trie::Trie;
use gongkai_forms::{Classes, UnitGroups};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a word of the vocabulary is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Word {
    /// The classes it belongs to.
    pub(crate) classes: Classes,
    /// Whether it holds a numeral and counts nothing.
    pub(crate) is_set_phrase: bool,
}

/// A unit that may follow a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    pub(crate) groups: UnitGroups,
    pub(crate) after_numerals: bool,
    pub(crate) not_before: &'static str,
}

/// Classes that the code itself asks for, by name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) this_year: Classes,
    pub(crate) last_year: Classes,
    pub(crate) since: Classes,
    pub(crate) until: Classes,
    pub(crate) accumulated: Classes,
    pub(crate) part_of_year: Classes,
    pub(crate) compared: Classes,
    pub(crate) change: Classes,
    pub(crate) proposals: Classes,
    pub(crate) complaint: Classes,
    /// What a request may be reviewed by.
    pub(crate) reviewed: Classes,
    pub(crate) publish: Classes,
    pub(crate) application: Classes,
    pub(crate) plain_application: Classes,
    pub(crate) info: Classes,
    pub(crate) gov_info: Classes,
    pub(crate) disclosure: Classes,
    pub(crate) request: Classes,
    pub(crate) receive: Classes,
    pub(crate) collect: Classes,
    pub(crate) caused: Classes,
    pub(crate) government: Classes,
    pub(crate) whole_year: Classes,
    pub(crate) means: Classes,
    pub(crate) units_below: Classes,
    pub(crate) rise_to: Classes,
    pub(crate) required: Classes,
    pub(crate) hypothetical: Classes,
    pub(crate) examined: Classes,
    pub(crate) other_powers: Classes,
    pub(crate) future: Classes,
    pub(crate) composed: Classes,
    pub(crate) budget: Classes,
    pub(crate) backdrop: Classes,
    pub(crate) share: Classes,
    pub(crate) elsewhere: Classes,
    pub(crate) whole: Classes,
    pub(crate) own_area: Classes,
    pub(crate) own_level: Classes,
    pub(crate) own_organ: Classes,
    pub(crate) organ_suffix: Classes,
    pub(crate) lower_levels: Classes,
    pub(crate) conjunction: Classes,
    pub(crate) listing: Classes,
    pub(crate) respectively: Classes,
    pub(crate) anew: Classes,
    pub(crate) sum: Classes,
    pub(crate) running: Classes,
    pub(crate) etc: Classes,
    pub(crate) carrying: Classes,
    pub(crate) last_year_backlog: Classes,
    pub(crate) next_year_backlog: Classes,
    pub(crate) website: Classes,
    pub(crate) denial: Classes,
    pub(crate) denial_verb: Classes,
    pub(crate) media: Classes,
    pub(crate) neutral: Classes,
    /// Media that are meant only outside of quotation marks.
    pub(crate) unquoted: Classes,
    /// Every class that some pattern has as its verb.
    pub(crate) verbs: Classes,
    /// Every class that says something of time, owner, coverage or parts.
    pub(crate) telling: Classes,
}

/// The vocabulary, ready for reading a text once.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) words: Trie<Word>,
    pub(crate) units: Trie<Unit>,
    pub(crate) named: Named,
}

/// The one vocabulary.
pub(crate) static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let narrative = gongkai_forms::narrative();
    let mut words: BTreeMap<&str, Word> = BTreeMap::new();
    for (text, classes) in &narrative.words {
        words.entry(text).or_default().classes |= classes;
    }
    for phrase in &narrative.set_phrases {
        words.entry(phrase).or_default().is_set_phrase = true;
    }
    let units = narrative.units.iter().map(|unit| {
        let entry = Unit {
            groups: unit.groups,
            after_numerals: unit.after_numerals,
            not_before: unit.not_before.as_str(),
        };
        (unit.text.as_str(), entry)
    });
    let class = |name| narrative.class(name);
    let patterns = gongkai_forms::indicators().iter().flat_map(|indicator| &indicator.patterns);
    let telling = [
        "this_year",
        "since",
        "until",
        "share",
        "whole",
        "own_area",
        "own_level",
        "own_organ",
        "elsewhere",
        "lower_levels",
        "organ_suffix",
        "conjunction",
    ];
    let named = Named {
        telling: telling.iter().fold(0, |mask, name| mask | class(name)),
        this_year: class("this_year"),
        last_year: class("last_year"),
        since: class("since"),
        until: class("until"),
        accumulated: class("accumulated"),
        part_of_year: class("part_of_year"),
        compared: class("compared"),
        change: class("change"),
        complaint: class("complaint"),
        proposals: class("npc") | class("npc_body") | class("cppcc") | class("cppcc_body"),
        reviewed: class("reconsideration") | class("litigation"),
        publish: class("publish"),
        application: class("application"),
        plain_application: class("plain_application"),
        info: class("info"),
        gov_info: class("gov_info"),
        disclosure: class("disclosure"),
        request: class("request"),
        receive: class("receive"),
        collect: class("collect"),
        caused: class("caused"),
        government: class("government"),
        whole_year: class("whole_year"),
        means: class("means"),
        units_below: class("units_below"),
        rise_to: class("rise_to"),
        required: class("required"),
        hypothetical: class("hypothetical"),
        examined: class("examined"),
        other_powers: class("other_powers"),
        future: class("future"),
        composed: class("composed"),
        budget: class("budget"),
        backdrop: class("backdrop"),
        share: class("share"),
        elsewhere: class("elsewhere"),
        whole: class("whole"),
        own_area: class("own_area"),
        own_level: class("own_level"),
        own_organ: class("own_organ"),
        organ_suffix: class("organ_suffix"),
        lower_levels: class("lower_levels"),
        conjunction: class("conjunction"),
        listing: class("listing"),
        respectively: class("respectively"),
        anew: class("anew"),
        sum: class("sum"),
        running: class("running"),
        etc: class("etc"),
        carrying: class("carrying"),
        last_year_backlog: class("last_year_backlog"),
        next_year_backlog: class("next_year_backlog"),
        website: class("website"),
        denial: class("denial"),
        denial_verb: class("denial_verb"),
        media: narrative.media,
        neutral: narrative.neutral,
        unquoted: class("other_media") | class("new_media"),
        verbs: patterns.fold(0, |mask, pattern| mask | pattern.verb),
    };
    Lexicon { words: Trie::new(words.into_iter()), units: Trie::new(units), named }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_that_the_code_names_exists() {
        let named = format!("{:?}", LEXICON.named);
        assert!(!named.contains(": 0,") && !named.contains(": 0 }"), "{named}");
    }
}
