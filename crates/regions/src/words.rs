//! Where in running text the name of a division may begin.

use crate::names_at;

/// A division with what contains it has no longer name. In characters.
const NAME_CHARS_MAX: usize = 15;

/// With what the words end that introduce a name: 根据, 在, 2021年.
const INTRODUCING: [&str; 56] = [
    "在", "于", "由", "经", "向", "对", "与", "和", "及", "或", "是", "为", "将", "把", "的", "了", "就",
    "从", "自", "以", "请", "致", "报", "到", "至", "年", "度", "中国", "全国", "公布", "发布", "公开",
    "公示", "登载", "刊登", "编制", "印发", "转发", "根据", "依据", "按照", "对照", "遵照", "依照", "结合",
    "落实", "执行", "通过", "访问", "登录", "登陆", "查阅", "浏览", "联系", "来源", "原",
];

/// Whether a name may begin behind `before`: at the beginning, behind a mark, behind a division that the list knows or
/// behind a word that introduces names. Elsewhere it may be the end of a longer name that no list has: 甲和县 is not 和县.
pub fn may_begin(before: &str) -> bool {
    let Some(last) = before.chars().next_back() else { return true };
    if !('\u{3400}'..='\u{9fff}').contains(&last) || INTRODUCING.iter().any(|word| before.ends_with(word)) {
        return true;
    }
    let starts = before.char_indices().rev().take(NAME_CHARS_MAX).map(|(byte, _)| byte);
    starts.skip(1).any(|start| {
        let known = names_at(&before[start..]).any(|(name, division)| {
            start + name.len() == before.len() && name.len() == division.name().len()
        });
        known && may_begin(&before[..start])
    })
}

/// Whether `text` names the division of this full name, and not only a longer name that ends in it.
pub fn is_said_in(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| may_begin(&text[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_not_cut_out_of_a_longer_one() {
        for text in [
            "和县",
            "2021年和县",
            "《和县",
            "根据和县",
            "马鞍山市和县",
            "安徽省马鞍山市和县",
            "在安徽省和县",
            "中国·和县",
        ] {
            assert!(is_said_in(text, "和县"), "{text}");
        }
        for text in ["甲和县", "在甲和县", "甲市和县", "甲马鞍山市和县", "马鞍山和县", "太和县"]
        {
            assert!(!is_said_in(text, "和县"), "{text}");
        }
    }
}
