//! Traditional and simplified script: which characters and words stand for which.
//!
//! Reading, checking and searching compare texts in simplified script, and all of them by this table. Never reads a document or
//! changes what is stored of one.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

const DATA: &str = include_str!("../data/plain_characters.txt");

/// Characters that only count as traditional where others show that the script is: simplified text has them, too.
pub const IN_TRADITIONAL_ONLY: [(char, char); 3] = [('於', '于'), ('麼', '么'), ('夥', '伙')];

/// Words that differ when all characters are simplified: those of Taiwan and Hong Kong, and of converters that put them
/// in. As long as what they stand for. Longer ones stand before those that they contain.
pub const WORDS: [(&str, &str); 19] = [
    ("规范性档案", "规范性文件"),
    ("主动公开档案", "主动公开文件"),
    ("资料统计", "数据统计"),
    ("所列资料", "所列数据"),
    ("各项资料", "各项数据"),
    ("资讯", "信息"),
    ("讯息", "信息"),
    ("答覆", "答复"),
    ("回覆", "回复"),
    ("反覆", "反复"),
    ("覆议", "复议"),
    ("释出", "发布"),
    ("透过", "通过"),
    ("专案", "项目"),
    ("网路", "网络"),
    ("型别", "类型"),
    ("帐号", "账号"),
    ("帐户", "账户"),
    ("程式", "程序"),
];

static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut pairs = Vec::new();
    for line in DATA.lines().filter(|line| !line.starts_with('#')) {
        let mut characters = line.chars();
        while let (Some(written), Some(plain)) = (characters.next(), characters.next()) {
            pairs.push((written, plain));
        }
    }
    pairs
});

/// Which characters of the plane of everyday characters are a pair's first, a bit each: nearly all that are asked about are none.
static WRITTEN: LazyLock<Box<[u64]>> = LazyLock::new(|| {
    let mut bits = vec![0; 0x1_0000 / 64].into_boxed_slice();
    for &(written, _) in pairs() {
        if let Some(word) = bits.get_mut(written as usize / 64) {
            *word |= 1 << (written as usize % 64);
        }
    }
    bits
});

/// Characters as a document may have them, and those as which they are compared. Sorted by the former.
pub fn pairs() -> &'static [(char, char)] {
    &PAIRS
}

/// What a character is compared as, where that is another.
pub fn plain(written: char) -> Option<char> {
    if WRITTEN.get(written as usize / 64).is_some_and(|word| word >> (written as usize % 64) & 1 == 0) {
        return None;
    }
    let index = PAIRS.binary_search_by_key(&written, |&(written, _)| written).ok()?;
    PAIRS.get(index).map(|&(_, plain)| plain)
}

/// Whether `character` is a Chinese character that is written otherwise in simplified script.
pub fn is_traditional(character: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&character) && plain(character).is_some()
}

/// `text` in simplified script, with the words of the mainland. It is as long as `text`, in bytes, so that places hold.
pub fn simplified(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_traditional) {
        return Cow::Borrowed(text);
    }
    let others =
        |c: char| IN_TRADITIONAL_ONLY.iter().find(|&&(written, _)| written == c).map(|&(_, plain)| plain);
    let mut out: String = text.chars().map(|c| plain(c).or_else(|| others(c)).unwrap_or(c)).collect();
    for (written, plain) in WORDS {
        let found: Vec<Range<usize>> = out.match_indices(written).map(|(at, it)| at..at + it.len()).collect();
        found.into_iter().for_each(|range| out.replace_range(range, plain));
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_are_sorted_and_never_lead_to_another_pair() {
        assert!(3_000 < pairs().len() && pairs().is_sorted_by(|one, next| one.0 < next.0));
        assert!(pairs().iter().all(|&(written, to)| plain(written) == Some(to) && plain(to).is_none()));
        assert!(pairs().iter().all(|&(written, plain)| written.len_utf8() == 3 && plain.len_utf8() == 3));
        assert!(WORDS.iter().all(|(written, plain)| written.len() == plain.len()));
    }

    #[test]
    fn simplified_text_is_as_long_and_the_same_where_it_is_simplified() {
        for (written, expected) in [
            ("收到和處理政府資訊公開申請情況", "收到和处理政府信息公开申请情况"),
            ("政府信息公開行政覆議、行政訴訟情況", "政府信息公开行政复议、行政诉讼情况"),
            ("至於資料統計", "至于数据统计"),
        ] {
            assert_eq!(simplified(written), expected);
            assert_eq!(simplified(written).len(), written.len());
        }
        for same in ["政府信息公开，至於其他", "", "abc 12"] {
            assert!(matches!(simplified(same), Cow::Borrowed(text) if text == same), "{same}");
        }
    }
}
