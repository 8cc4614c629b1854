//! Whose work a word of a sentence names: the subject's own, that of its units, of a level above or below, or of a power
//! beside the government.

use super::Frame;
use super::context::mask;
use super::lexicon::LEXICON;
use super::text::Letters;
use super::tokens::{Kind, Token};
use gongkai_model::{BodyKind, Rank};

/// Whether 全省, 我市 or 全市 means more than the report's own area, or than the one body that reports.
pub(super) fn is_above(words: Option<&[char]>, frame: &Frame) -> bool {
    let Some(['全' | '我' | '本', level]) = words else { return false };
    let Some(named) = rank_of(*level) else { return false };
    // 全街, 全乡 and the like are said by those who report on themselves.
    let is_area = named <= Rank::County;
    frame.is_one_organ() && is_area || is_higher(named, frame)
}

/// The rank that the letter says: 省, 市, 县.
pub(super) fn rank_of(level: char) -> Option<Rank> {
    Some(match level {
        '省' => Rank::Province,
        '市' | '州' | '盟' => Rank::Prefecture,
        '县' | '旗' | '区' => Rank::County,
        '镇' | '乡' => Rank::Township,
        _ => return None,
    })
}

/// Whether an area of this rank is above the report's own. 全市 and 市政府 may be a county's that is a city.
fn is_higher(named: Rank, frame: &Frame) -> bool {
    let is_city = named == Rank::Prefecture
        && frame.names.iter().any(|name| {
            name.whole.contains(&'市') && !name.whole.contains(&'区') && !name.whole.contains(&'县')
        });
    // 全区 is a zone's own.
    let is_zone = named == Rank::County && frame.kind == BodyKind::DevelopmentZone;
    !matches!(frame.rank, Rank::Unknown) && named < frame.rank && !is_city && !is_zone
}

/// Whether the token at `place` names a power beside the government as the one that does what the next verb says, alone or
/// together with the government: 县委公开30条. 县委、县政府网站发布300条 and 县委领导下 name none.
pub(super) fn is_done_by_another_power(
    place: usize,
    letters: &Letters<'_>,
    tokens: &[Token],
    frame: &Frame,
) -> bool {
    let named = &LEXICON.named;
    let Some(token) = tokens.get(place) else { return false };
    let words = letters.chars.get(token.at.clone()).unwrap_or_default();
    let is_power = token.classes & named.other_powers != 0 || matches!(words, ['人', '大'] | ['政', '协']);
    if !is_power || frame.is_own(words) {
        return false;
    }
    // 县委领导下
    let is_led = |token: &Token| {
        let words = letters.chars.get(token.at.clone()).unwrap_or_default();
        matches!(words, ['领', '导', ..] | [.., '下'])
    };
    let is_between = |token: &&Token| match token.kind {
        Kind::Neutral | Kind::Year(_) => true,
        Kind::Word => {
            token.classes & named.verbs == 0 && token.classes & named.neutral != 0 && !is_led(token)
        }
        Kind::Unknown | Kind::Quantity(_) | Kind::Mark(_) => false,
    };
    let behind = tokens.get(place + 1..).unwrap_or_default();
    let next = behind.iter().take_while(is_between).count();
    behind.get(next).is_some_and(|next| next.classes & named.verbs != 0)
}

/// Whether the quantity at `place` counts bodies that do what the next words say: 25个部门公开300条, and not 向25个部门公开.
pub(super) fn counts_doers(letters: &Letters<'_>, place: usize, tokens: &[Token]) -> bool {
    const UNITS: [&str; 8] = ["部门", "单位", "乡镇", "镇街", "街道", "市直部门", "县直部门", "区直部门"];
    let named = &LEXICON.named;
    let Some(Kind::Quantity(quantity)) = tokens.get(place).map(|token| &token.kind) else { return false };
    let words = |index: usize| {
        tokens.get(index).and_then(|token| letters.chars.get(token.at.clone())).unwrap_or_default()
    };
    let is_body = matches!(words(place + 1), ['部', '门'] | ['单', '位'] | ['乡', '镇'] | ['街', '道']);
    let behind = match quantity.unit.as_str() {
        "个" | "家" if is_body => place + 2,
        unit if UNITS.contains(&unit) => place + 1,
        _ => return false,
    };
    let is_addressed =
        place.checked_sub(1).is_some_and(|before| matches!(words(before), ['向' | '对' | '为' | '给']));
    let sums = tokens.get(behind).is_some_and(|token| token.classes & named.sum != 0);
    let doing = behind + usize::from(sums);
    !is_addressed && tokens.get(doing).is_some_and(|token| token.classes & named.verbs != 0)
}

/// Whose government a word names.
pub(super) enum Government {
    None,
    Own,
    /// The office or the departments of the own one.
    Unit,
    Other,
}

/// Whose government the token at `index` names as the one that did what is counted. 县政府网站 and 县政府信息 name none.
pub(super) fn government(letters: &Letters<'_>, index: usize, tokens: &[Token], frame: &Frame) -> Government {
    let named = &LEXICON.named;
    let Some(token) = tokens.get(index).filter(|token| token.classes & named.government != 0) else {
        return Government::None;
    };
    let words = letters.chars.get(token.at.clone()).unwrap_or_default();
    let next = tokens.get(index + 1);
    let next_words = next.and_then(|next| letters.chars.get(next.at.clone())).unwrap_or_default();
    let is_attribute = next.is_none_or(|next| next.classes & named.media != 0)
        || matches!(next_words.first(), Some('信' | '公' | '系'));
    let Some(rank) = words.first().and_then(|&level| rank_of(level)).filter(|_| !is_attribute) else {
        return Government::None;
    };
    let is_office = matches!(words.last(), Some('办' | '室' | '厅'));
    // 县政府及县政府办文件: the office is named beside the government.
    let is_beside = mask(tokens, index.saturating_sub(1)..index) & named.conjunction != 0;
    let is_departments = matches!(next_words, ['部', '门'] | ['各', '部', '门'] | ['各', '单', '位']);
    if frame.is_one_organ() || is_higher(rank, frame) {
        Government::Other
    } else if (is_office && !is_beside && !frame.is_own(words)) || is_departments {
        Government::Unit
    } else {
        Government::Own
    }
}

/// Whether the token at `index` is a congress or a conference of another level than the report's: 镇人大 in a county's.
pub(super) fn is_of_other_level(
    letters: &Letters<'_>,
    index: usize,
    tokens: &[Token],
    frame: &Frame,
) -> bool {
    tokens.get(index).is_some_and(|token| token.classes & LEXICON.named.proposals != 0)
        && is_behind_other_level(letters, tokens, index, frame)
}

/// Whether the letter of a level that is not the report's stands directly before the token at `index`: 市财政局 in the
/// report of a county's.
pub(super) fn is_behind_other_level(
    letters: &Letters<'_>,
    tokens: &[Token],
    index: usize,
    frame: &Frame,
) -> bool {
    let Some(token) = tokens.get(index) else { return false };
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    let words = before
        .filter(|before| before.at.end == token.at.start)
        .and_then(|before| letters.chars.get(before.at.clone()));
    let Some([level]) = words else { return false };
    let is_lower = |named| !matches!(frame.rank, Rank::Unknown) && frame.rank < named;
    rank_of(*level).is_some_and(|named| is_higher(named, frame) || is_lower(named))
}

/// Whether the token at `index` is a government above the own one, with its website behind it.
pub(super) fn is_site_above(letters: &Letters<'_>, index: usize, tokens: &[Token], frame: &Frame) -> bool {
    let named = &LEXICON.named;
    let Some(token) = tokens.get(index).filter(|token| token.classes & named.government != 0) else {
        return false;
    };
    let level = letters.chars.get(token.at.start).and_then(|&level| rank_of(level));
    mask(tokens, index + 1..index + 2) & named.website != 0
        && level.is_some_and(|level| is_higher(level, frame))
}

/// Whether the organ whose name ends at the token is another's: 县民政局 in the report of a county.
pub(super) fn names_another(letters: &Letters<'_>, tokens: &[Token], index: usize, frame: &Frame) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|before| tokens.get(before)) else { return false };
    let Some(token) = tokens.get(index) else { return false };
    if before.kind != Kind::Unknown || before.at.end != token.at.start || frame.names.is_empty() {
        return false;
    }
    // 教育局 and 乙镇, but not 格局 and 开办.
    let least = if is_area_suffix(letters.chars.get(token.at.end - 1)) { 1 } else { 2 };
    if before.at.len() < least {
        return false;
    }
    // In the report of a 街道 the word alone means itself: 做好街道各项工作.
    let suffix = letters.chars.get(token.at.clone()).unwrap_or_default();
    if suffix == ['街', '道']
        && frame.names.iter().any(|name| name.whole.windows(2).any(|pair| pair == suffix))
    {
        return false;
    }
    !frame.is_own(letters.chars.get(before.at.start..token.at.end).unwrap_or_default())
}

fn is_area_suffix(letter: Option<&char>) -> bool {
    matches!(letter, Some('镇' | '乡' | '县' | '村' | '道'))
}
