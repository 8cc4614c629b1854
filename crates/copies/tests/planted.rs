//! Copies planted among some hundred made-up reports: each is found, with its words, and nothing else is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use gongkai_copies::{
    Comparison, DifferenceKind, Fingerprint, Names, Narrative, Phrases, Template, compare, fingerprints,
    sharers, telling, witnesses,
};
use gongkai_model::{Quoted, Report, Section};
use std::collections::BTreeSet;

/// A simple generator of numbers: the same ones each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

const WORDS: [&str; 48] = [
    "公开", "群众", "平台", "培训", "审查", "机制", "窗口", "政策", "解读", "规范", "整改", "督查", "栏目",
    "更新", "热线", "答复", "渠道", "保密", "责任", "考核", "乡村", "财政", "教育", "医疗", "环保", "就业",
    "住房", "应急", "项目", "资金", "名单", "流程", "事项", "目录", "档案", "会议", "网站", "微信", "报纸",
    "广播", "社区", "企业", "招标", "价格", "质量", "安全", "救助", "统计",
];
/// What each of them says.
const TEMPLATE: &str = "本报告根据国家有关规定和上级机关的统一要求编制，全文由总体情况、主动公开、依申请公开、存在问题等部分组成，所列数据的统计期限从年初到年末，如有疑问请与本机关联系并说明。";

struct Made {
    name: String,
    report: Report,
}

fn sentence(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for _ in 0..12 + numbers.below(8) {
        text.push_str(WORDS[numbers.below(WORDS.len())]);
        if numbers.below(6) == 0 {
            text.push_str(&format!("{}件，", numbers.below(900)));
        }
    }
    text + "。"
}

fn made(number: usize, numbers: &mut Numbers) -> Made {
    let name = format!("第{}县", char::from_u32(0x6000 + number as u32).unwrap());
    let text = |numbers: &mut Numbers| (0..6).map(|_| sentence(numbers)).collect::<String>();
    let section = |title: &str, text: String| Section { level: 1, title: title.to_owned(), span: None, text };
    let report = Report {
        preamble: Quoted { text: TEMPLATE.replace("本机关", &name), span: None },
        sections: vec![section("一、总体情况", text(numbers)), section("五、问题", text(numbers))],
        ..Report::default()
    };
    Made { name, report }
}

impl Made {
    fn narrative(&self) -> Narrative<'_> {
        Narrative::of(&self.report, Names { region: &self.name, ..Names::default() })
    }
}

/// What is found for one of them, as it is done with an index: who shares fingerprints, what is template text, and what is shared.
fn found(all: &[Made], index: &[Vec<Fingerprint>], number: usize) -> Vec<(usize, usize, Vec<String>)> {
    let mine = &index[number];
    let held = index.iter().enumerate().flat_map(|(holder, fingerprints)| {
        fingerprints.iter().filter(|it| mine.contains(it)).map(move |it| (*it, holder as i64))
    });
    let sharers: Vec<_> = sharers(held).into_iter().filter(|it| it.number != number as i64).collect();
    let own = all[number].narrative();
    let mut template = Template::of(&own, &Phrases::default());
    let divisions: Vec<(&str, &[Fingerprint])> = sharers
        .iter()
        .map(|it| (all[it.number as usize].name.as_str(), it.fingerprints.as_slice()))
        .collect();
    for place in witnesses(&divisions) {
        template.add(&own, &all[sharers[place].number as usize].narrative());
    }
    let telling = telling(&own, &template);
    let mut found = Vec::new();
    for sharer in sharers.iter().filter(|it| it.fingerprints.iter().any(|it| telling.contains(it))) {
        let other = all[sharer.number as usize].narrative();
        let Comparison { passages, copied_letters } = compare(&own, &other, &template);
        if !passages.is_empty() {
            let texts = passages.iter().map(|it| it.own.text.to_owned()).collect();
            found.push((sharer.number as usize, copied_letters, texts));
        }
    }
    found.sort_unstable();
    found
}

#[test]
fn every_planted_copy_is_found_and_nothing_besides() {
    let mut numbers = Numbers(7);
    let mut all: Vec<Made> = (0..300).map(|number| made(number, &mut numbers)).collect();
    // Each tenth has some sentences of the one five before it, with other numbers.
    let mut planted = BTreeSet::new();
    for number in (10..300).step_by(10) {
        let from = number - 5;
        let source: String =
            all[from].report.sections[1].text.chars().take(90 + numbers.below(120)).collect();
        let changed: String = source
            .chars()
            .map(|it| if it.is_ascii_digit() { char::from(b'0' + numbers.below(10) as u8) } else { it })
            .collect();
        let own = &mut all[number].report.sections[0].text;
        *own = format!("{own}\n{changed}\n{}", sentence(&mut numbers));
        planted.extend([(number, from), (from, number)]);
    }
    let index: Vec<_> = all.iter().map(|it| fingerprints(&it.narrative())).collect();
    let mut told = BTreeSet::new();
    for number in 0..all.len() {
        for (other, letters, texts) in found(&all, &index, number) {
            told.insert((number, other));
            assert!(texts.iter().all(|text| !text.contains("统计期限")), "template text is told: {texts:?}");
            let length: usize = texts.iter().map(|text| text.chars().count()).sum();
            assert!(30 <= letters && letters <= length && length < 250, "{letters} {texts:?}");
        }
    }
    assert_eq!(told, planted);
}

#[test]
fn what_was_changed_is_told_and_comparing_goes_both_ways() {
    let mut numbers = Numbers(3);
    let one = made(0, &mut numbers);
    let name = "西山区".to_owned();
    let mut report = one.report.clone();
    let text = &mut report.sections[0].text;
    *text = text.replace("件，", "件 、").replacen("公开", "公示并公布", 1);
    *text = text.chars().map(|it| if it.is_ascii_digit() { '7' } else { it }).collect();
    report.preamble.text = report.preamble.text.replace(&one.name, &name);
    let two = Made { name, report };
    let (a, b) = (one.narrative(), two.narrative());
    let (of_a, of_b) = (Template::of(&a, &Phrases::default()), Template::of(&b, &Phrases::default()));
    let (there, back) = (compare(&a, &b, &of_a), compare(&b, &a, &of_b));
    assert_eq!(there.copied_letters, back.copied_letters);
    assert_eq!(there.passages.len(), back.passages.len());
    let mut kinds = BTreeSet::new();
    for (passage, mirrored) in there.passages.iter().zip(&back.passages) {
        assert_eq!((passage.own, passage.other), (mirrored.other, mirrored.own));
        // Without what differs, punctuation and spaces, both sides are the same.
        let rest = |text: &str, ranges: Vec<std::ops::Range<usize>>| {
            let mut text = text.to_owned();
            ranges.into_iter().rev().for_each(|range| text.replace_range(range, ""));
            text.chars().filter(|it| it.is_alphanumeric()).collect::<String>()
        };
        let own = passage.differences.iter().map(|it| it.own.clone()).collect();
        let other = passage.differences.iter().map(|it| it.other.clone()).collect();
        assert_eq!(rest(passage.own.text, own), rest(passage.other.text, other));
        for difference in &passage.differences {
            kinds.insert(difference.kind);
            assert_ne!(
                &passage.own.text[difference.own.clone()],
                &passage.other.text[difference.other.clone()]
            );
        }
    }
    assert_eq!(kinds, [DifferenceKind::Number, DifferenceKind::Name, DifferenceKind::Words].into());
    // Nearly all of it is the same.
    assert!(of_a.own_letters(&a) * 9 / 10 < there.copied_letters);
}

#[test]
fn template_text_is_what_the_forms_and_five_other_divisions_say() {
    let mut numbers = Numbers(11);
    let all: Vec<Made> = (0..7).map(|number| made(number, &mut numbers)).collect();
    let own = all[0].narrative();
    let mut template = Template::of(&own, &Phrases::default());
    let whole = template.own_letters(&own);
    for (count, witness) in (1..).zip(&all[1..6]) {
        let before = compare(&own, &all[6].narrative(), &template);
        assert_eq!(before.passages.len(), 1, "{count}");
        template.add(&own, &witness.narrative());
    }
    assert_eq!(template.witnesses(), 5);
    // 一 of 统一 is a number, and 本机关 is a name.
    let letters = TEMPLATE.chars().filter(|it| it.is_alphanumeric()).count() - 4;
    assert_eq!(template.own_letters(&own), whole - letters);
    assert_eq!(compare(&own, &all[6].narrative(), &template).passages, []);
    let (before, behind) = TEMPLATE.split_once("本机关").unwrap();
    let of_forms = Template::of(&own, &Phrases::of([before, "短"]));
    assert_eq!(compare(&own, &all[6].narrative(), &of_forms).passages, []);
    let left = behind.chars().filter(|it| it.is_alphanumeric()).count();
    assert_eq!(of_forms.own_letters(&own), whole - letters + left);
}

#[test]
fn the_bodies_of_one_division_are_one_witness_and_what_very_many_have_is_no_sign() {
    let fingerprint = |number: u64| Fingerprint(number);
    let held: Vec<_> = (1..=400).map(|holder| (fingerprint(1), holder)).collect();
    let rare = [(fingerprint(2), 5), (fingerprint(2), 900), (fingerprint(3), 900)];
    let shared = sharers(held.into_iter().chain(rare));
    assert_eq!(shared.iter().map(|it| it.number).take(2).collect::<Vec<_>>(), [900, 5]);
    assert!(shared[2..].iter().all(|it| it.rarity == 0 && it.number <= 128));
    assert_eq!(shared[1].fingerprints, [fingerprint(1), fingerprint(2)]);
    let common = [fingerprint(1)];
    let names: Vec<String> = (0..40).map(|it| format!("{it}")).collect();
    let asked = |divisions: usize| {
        let sharers: Vec<_> = (0..40).map(|it| (names[it % divisions].as_str(), common.as_slice())).collect();
        witnesses(&sharers).len()
    };
    assert_eq!((asked(1), asked(4), asked(40)), (1, 4, 32));
    // Those that share what many say go first.
    let own = [fingerprint(2), fingerprint(3)];
    let mut sharers = vec![("other", own.as_slice())];
    sharers.extend(names.iter().take(5).map(|name| (name.as_str(), common.as_slice())));
    assert_eq!(witnesses(&sharers), [1, 2, 3, 4, 5, 0]);
}

#[test]
fn headers_of_a_form_one_behind_the_other_are_template_text() {
    let headers = "行政复议 行政诉讼 结果维持 结果纠正 其他结果 尚未审结 总计 未经复议直接起诉 复议后起诉";
    let text = format!("{headers}\n结果维持 {headers} 我们公开了很多信息");
    let report = Report {
        sections: vec![Section { level: 1, title: String::new(), span: None, text }],
        ..Report::default()
    };
    let own = Narrative::of(&report, Names::default());
    let letters = |phrases: Phrases| Template::of(&own, &phrases).own_letters(&own);
    assert_eq!(letters(Phrases::of(headers.split(' '))), "我们公开了很多信息".chars().count());
    // Alone, short words are words.
    let all = letters(Phrases::default());
    assert_eq!(letters(Phrases::of(["结果维持", "总计", "公开了很多信息"])), all - 7);
    assert_eq!(letters(Phrases::of(["信息", "公开了很多信息"])), all - 7);
}
