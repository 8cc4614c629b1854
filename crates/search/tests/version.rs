//! Whatever changes what an index holds raises its version.

#![allow(clippy::unwrap_used, reason = "a test")]

use gongkai_model::{Period, Quoted, Report, ScopeKind, Section, Statement, Whose};
use gongkai_search::{INDEX_VERSION, fold, index_grams};

/// FNV-1a: no secret, only a change of any byte must show.
struct Digest(u64);

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Has a text of each part, some of them with words of others.
fn sample() -> Report {
    let quoted = |text: &str| Quoted { text: text.to_owned(), span: None };
    let statement = |section: &str, quote: &str| Statement {
        section: section.to_owned(),
        quote: quote.to_owned(),
        indicator: String::new(),
        value: None,
        value_max: None,
        unit: String::new(),
        approximate: false,
        period: Period::ThisYear,
        scope: ScopeKind::Unknown,
        whose: Whose::Subject,
        span: None,
    };
    Report {
        title: quoted("某縣２０２０年政府信息公開工作年度報告"),
        preamble: quoted("根據《條例》，E Gov 2.0 編制本報告。\u{200b}"),
        sections: vec![Section {
            level: 1,
            title: "一、总体情况".to_owned(),
            span: None,
            text: "主动公开 12 条；“互联网+”\n政务。".to_owned(),
        }],
        problems: vec![quoted("公开不够及时"), quoted("互联网+政务")],
        improvements: vec![quoted("加强队伍建设")],
        statements: vec![statement("一、总体情况", "主动公开 12 条"), statement("二、", "答复 3 件。")],
        ..Report::default()
    }
}

#[test]
fn another_index_needs_another_version() {
    let mut digest = Digest(0xcbf2_9ce4_8422_2325);
    for character in '\0'..=char::MAX {
        digest.add(fold(&character.to_string()).as_bytes());
        // Whether white space beside it counts.
        digest.add(fold(&format!("a {character} a")).as_bytes());
        digest.add(&[character.is_alphanumeric().into()]);
    }
    for (year, region_code, purpose) in [(2020, "530921", 1), (-1, "", 2), (2021, "5309", 1)] {
        for gram in index_grams(&sample(), year, region_code, purpose) {
            digest.add(&gram.0.to_be_bytes());
        }
    }
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/index.digest");
    let now = format!("index version {INDEX_VERSION}: {:016x}\n", digest.0);
    if std::env::var_os("GONGKAI_REGENERATE").is_some() {
        std::fs::write(kept, &now).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(kept).unwrap_or_default(),
        now,
        "an index would hold something else: raise INDEX_VERSION, then run this test with GONGKAI_REGENERATE=1"
    );
}
