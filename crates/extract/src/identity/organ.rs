//! What kind of body a report calls itself where it names none: 我镇, 我局.

use super::Identity;
use crate::bodies::{is_body_name, kind};
use gongkai_document::Document;
use gongkai_model::{BodyKind, Rank};
use std::cell::OnceCell;

/// How townships speak of themselves.
const TOWNSHIPS: [&str; 9] = ["我镇", "我乡", "我街道", "我街", "我办事处", "本镇", "本乡", "本街道", "全镇"];
/// How departments and other organs do.
const ORGANS: [&str; 10] = ["我局", "我委", "我厅", "我办", "我院", "我队", "我中心", "本局", "本委", "我部"];
/// How those do that are no offices of a government.
const BUREAUS: [&str; 4] = ["我局", "我厅", "本局", "本厅"];
/// How schools and enterprises do, and words that tell a hospital from a court.
const NO_ORGANS: [&str; 6] = ["我校", "本校", "我园", "我公司", "本公司", "我集团"];
const HOSPITALS: [&str; 5] = ["医院", "患者", "病人", "就医", "诊疗"];
/// How committees do, and words by which the committee of a zone is known.
const COMMITTEES: [&str; 2] = ["我委", "本委"];
const ZONES: [&str; 6] = ["管委会", "管理委员会", "开发区", "园区", "科技城", "新区"];
/// How any of them may: the notes of the form say it, too.
const UNITS: [&str; 2] = ["我单位", "本单位"];
/// How governments do whose rank the word tells, and words that only one of them says beside it.
const GOVERNMENTS: [(&str, [&str; 2], Rank); 4] = [
    ("我县", ["全县", "县政府"], Rank::County),
    ("我旗", ["全旗", "旗政府"], Rank::County),
    ("我州", ["全州", "州政府"], Rank::Prefecture),
    ("我省", ["全省", "省政府"], Rank::Province),
];

/// Gives a subject without a name, or with one that does not tell its kind, the kind by which the text calls it.
pub(super) fn give_kind(identity: &mut Identity, document: &Document) {
    let subject = &mut identity.subject;
    if is_body_name(&subject.name) || subject.kind != BodyKind::Other {
        return;
    }
    let text = document.text.as_str();
    let township = mentions(text, &TOWNSHIPS);
    let mut organ = mentions(text, &ORGANS);
    // The committee that runs a zone says 我委, too.
    if 0 < organ && organ == mentions(text, &COMMITTEES) && 0 < mentions(text, &ZONES) {
        organ = 0;
    }
    let no_organ = no_organs(text);
    if organ.max(township) <= no_organ && 0 < no_organ {
        subject.kind = BodyKind::Other;
    } else if organ < township {
        (subject.kind, subject.rank) = (BodyKind::Township, Rank::Township);
    } else if 0 < organ || 0 < mentions(text, &UNITS) {
        subject.kind = BodyKind::Department;
    } else if subject.name.is_empty() {
        let speaks = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let government = GOVERNMENTS.iter().find(|(own, beside, _)| speaks(&[own]) && speaks(beside));
        if let Some((_, _, rank)) = government {
            (subject.kind, subject.rank) = (BodyKind::Government, *rank);
        }
    }
}

/// Who speaks in a text, looked for once, when it is first asked.
pub(super) struct Speakers<'t> {
    text: &'t str,
    counts: OnceCell<Counts>,
}

/// How often each says its word for itself.
#[derive(Clone, Copy)]
struct Counts {
    township: usize,
    bureau: usize,
    no_organ: usize,
}

impl<'t> Speakers<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, counts: OnceCell::new() }
    }

    /// Whether a body of this name cannot be who speaks: an office of a government where the text says 我镇, a bureau
    /// where it says 我校, a government where it says 我局.
    pub(super) fn exclude(&self, name: &str) -> bool {
        let Counts { township, bureau, no_organ } = *self.counts.get_or_init(|| Counts {
            township: mentions(self.text, &TOWNSHIPS[..8]),
            bureau: mentions(self.text, &BUREAUS),
            no_organ: no_organs(self.text),
        });
        match kind(name) {
            BodyKind::Government | BodyKind::GeneralOffice => 0 < township.max(bureau),
            BodyKind::Department | BodyKind::VerticallyLed => bureau < township.max(no_organ),
            BodyKind::Township | BodyKind::DevelopmentZone | BodyKind::Other => false,
        }
    }
}

/// How often a school, an enterprise or a hospital speaks of itself in `text`.
fn no_organs(text: &str) -> usize {
    let is_hospital = HOSPITALS.iter().any(|word| text.contains(word));
    mentions(text, &NO_ORGANS) + if is_hospital { mentions(text, &["我院", "本院"]) } else { 0 }
}

/// Whether a township speaks in `text`: 我镇.
pub(super) fn is_township_speaking(text: &str) -> bool {
    0 < mentions(text, &TOWNSHIPS[..8])
}

/// How often the text has one of `words`, not counting those that are part of a longer word (我乡镇).
fn mentions(text: &str, words: &[&str]) -> usize {
    const LONGER: [&str; 7] = ["乡镇", "乡村", "办公", "办理", "办事", "街区", "委托"];
    let tail = |word: &str| word.chars().last().map_or(0, char::len_utf8);
    let count = |word: &str| {
        text.match_indices(word)
            .filter(|(at, found)| {
                let rest = &text[at + found.len() - tail(found)..];
                !LONGER.iter().any(|longer| rest.starts_with(longer))
            })
            .count()
    };
    words.iter().map(|word| count(word)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cannot_speak(name: &str, text: &str) -> bool {
        Speakers::of(text).exclude(name)
    }

    #[test]
    fn who_speaks_is_known_by_its_word_for_itself() {
        assert!(cannot_speak("甲县人民政府办公室", "2021年，我镇公开5条。"));
        assert!(cannot_speak("甲县人民政府", "2021年，我局公开5条。"));
        assert!(cannot_speak("甲县教育局", "2021年，我镇公开5条。"));
        assert!(cannot_speak("甲县教育局", "2021年，我校公开5条。"));
        assert!(!cannot_speak("甲县教育局", "2021年，我局公开5条。"));
        assert!(!cannot_speak("甲县人民政府办公室", "2021年，我县各乡镇公开5条。"));
        assert!(!cannot_speak("甲县乙镇人民政府", "2021年，我镇公开5条。"));
    }

    #[test]
    fn words_that_begin_longer_ones_do_not_count() {
        assert_eq!(mentions("我镇公开，我镇政府", &TOWNSHIPS), 2);
        assert_eq!(mentions("我乡镇各单位", &TOWNSHIPS), 0);
        assert_eq!(mentions("我办事处公开", &ORGANS), 0);
        assert_eq!(mentions("我委托第三方，我委公开", &ORGANS), 1);
    }
}
