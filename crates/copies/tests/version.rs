//! Whatever changes the fingerprints that an index holds raises its version.

#![allow(clippy::unwrap_used, reason = "a test")]

use gongkai_copies::{Fingerprint, Names, Narrative, fingerprints};
use gongkai_model::{Quoted, Report, Section};
use gongkai_search::INDEX_VERSION;

fn sample() -> Report {
    let section = |title: &str, text: &str| Section {
        level: 1,
        title: title.to_owned(),
        span: None,
        text: text.to_owned(),
    };
    let long: String =
        (0..60_000_u32).filter_map(|code| char::from_u32(0x4e00 + code * code % 20_011)).collect();
    Report {
        title: Quoted { text: "某县2020年报告".to_owned(), span: None },
        preamble: Quoted {
            text: "根據《條例》，盘龙县人民政府办公室編制本報告，所列数据统计期限为2020年1月1日至12月31日。"
                .to_owned(),
            span: None,
        },
        sections: vec![
            section(
                "一、总体情况",
                "盘龙的事：全年收到 1,234.5 件，占两成；进一步做好 Ｅ Gov 2.0 公开工作，及时回应社会关切。",
            ),
            section("二、", &long),
        ],
        ..Report::default()
    }
}

#[test]
fn other_fingerprints_need_another_version() {
    let report = sample();
    let names = Names {
        subject: "盘龙县人民政府", issuer: "盘龙县人民政府办公室", region: "盘龙县"
    };
    let found = fingerprints(&Narrative::of(&report, names));
    let short = Report { sections: report.sections[..1].to_vec(), ..report.clone() };
    let few = fingerprints(&Narrative::of(&short, names));
    let digest = found.iter().chain(&few).fold(0xcbf2_9ce4_8422_2325_u64, |digest, Fingerprint(it)| {
        (digest ^ it).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
    });
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fingerprints.digest");
    let now = format!("index version {INDEX_VERSION}: {} and {}, {digest:016x}\n", found.len(), few.len());
    if std::env::var_os("GONGKAI_REGENERATE").is_some() {
        std::fs::write(kept, &now).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(kept).unwrap_or_default(),
        now,
        "an index would hold something else: raise gongkai_search::INDEX_VERSION, then run this test with GONGKAI_REGENERATE=1"
    );
}
