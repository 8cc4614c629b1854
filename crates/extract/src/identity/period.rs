//! The year that is reported on, and the body that the text before the first heading names.

use super::title::{TITLE_CHARS_MAX, names_report, parse_title};
use crate::bodies::{is_body_name, is_township, region_bytes};
use crate::dates::{first_year, years_of_days};
use crate::fold::is_space;
use crate::lines::{Line, without_spaces};
use crate::needles::Needles;
use gongkai_document::Document;
use memchr::memmem;
use std::ops::Range;
use std::sync::LazyLock;

/// The year of the statistics period: 统计期限自2019年1月1日起至2019年12月31日止. Where its two ends are of different
/// years, none: one of them is a slip of the pen.
pub(super) fn statistics_year<'a>(
    document: &Document,
    lines: impl IntoIterator<Item = &'a Line>,
) -> Option<u16> {
    static PERIOD: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&[
            "统计期限",
            "统计时限",
            "统计期间",
            "统计时段",
            "数据统计",
            "统计起止",
            "统计时间",
            "数据期限",
            "统计数据的期限",
            "统计数据期限",
            "统计范围",
        ])
    });
    lines.into_iter().find_map(|line| {
        let text = document.text.slice(&line.text);
        if !text.contains("统计") && !text.contains("期限") && !text.contains("31") {
            return None;
        }
        let text = without_spaces(text);
        let may_say = PERIOD.is_in(&text)
            || (memmem::find(text.as_bytes(), "12月31日".as_bytes()).is_some() && text.contains("1月1日"));
        if !may_say {
            return None;
        }
        text.split(['。', '；', ';']).find_map(|sentence| {
            // A law comes into force on 1 January, too; a period also has an end.
            let named = PERIOD.matches_by_word(sentence).next().map(|(at, _)| at);
            let whole_year = || (sentence.contains("1月1日") && sentence.contains("12月31日")).then_some(0);
            let from = named.or_else(whole_year)?;
            let said = sentence.get(from..).filter(|said| !said.contains("施行"))?;
            let years = years_of_days(said);
            let first = *years.first()?;
            years.iter().all(|year| *year == first).then_some(first)
        })
    })
}

/// The year that the paragraphs open with (2019年，…), where they all open with the same.
pub(super) fn opening_year(document: &Document, lines: &[Line]) -> Option<u16> {
    let mut years = lines.iter().filter_map(|line| {
        let text = document.text.slice(&line.text);
        let begins = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        let text: String = if begins { text.chars().take(12).collect() } else { return None };
        let text = without_spaces(&text);
        if text.get("2012年".len()..).is_some_and(|behind| behind.starts_with("以来")) {
            return None;
        }
        let text: String = text.chars().take(6).collect();
        // 2012年3月 tells of another day, 2012年以来 of more than one year.
        let day = text.chars().nth(5).is_some_and(|c| c.is_ascii_digit());
        first_year(&text).filter(|_| text.find('年') == Some(4) && !day)
    });
    let first = years.next()?;
    years.all(|year| year == first).then_some(first)
}

/// The year that the sentences speak of (2022年，我镇…; 我局2020年…), where nothing else gives it: the only one, or one
/// that is named at least twice as often as all others. What is planned for another year does not count.
pub(super) fn spoken_year(document: &Document, lines: &[Line]) -> Option<u16> {
    const PLANS: [&str; 6] = ["将", "计划", "拟", "下一步", "局要", "要进一步"];
    const BEFORE: [&str; 14] =
        ["。", "；", "：", ":", "，", ",", "）", ")", "关于", "我镇", "我乡", "我局", "我委", "我街道"];
    const BYTES_MIN: usize = 24;
    let mut counts: Vec<(u16, usize)> = Vec::new();
    for line in lines {
        let text = document.text.slice(&line.text);
        if text.len() < BYTES_MIN || !text.contains("20") {
            continue;
        }
        for (at, word) in text.match_indices('年') {
            let written = text[..at].trim_end_matches(is_space);
            let digits = written.bytes().rev().take_while(u8::is_ascii_digit).count();
            let before = written[..written.len() - digits].trim_end_matches(is_space);
            let opens = before.is_empty() || BEFORE.iter().any(|words| before.ends_with(words));
            let behind = text[at + word.len()..].trim_start_matches(['度', '，', ',', ' ']);
            let clause: String = behind.chars().take_while(|c| !"，。；,".contains(*c)).take(16).collect();
            let is_day = behind.starts_with(|c: char| c.is_ascii_digit());
            if digits != 4 || !opens || is_day || PLANS.iter().any(|plan| clause.contains(plan)) {
                continue;
            }
            let Some(year) = first_year(&text[written.len() - digits..at + word.len()]) else { continue };
            match counts.iter_mut().find(|(known, _)| *known == year) {
                Some((_, count)) => *count += 1,
                None => counts.push((year, 1)),
            }
        }
    }
    let (year, most) = counts.iter().copied().max_by_key(|(_, count)| *count)?;
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    (2 * (all - most) <= most).then_some(year)
}

/// The year up to whose end the sentences count: 截止2023年12月31日，我局…. The only one.
pub(super) fn closing_year(document: &Document, lines: &[Line]) -> Option<u16> {
    const UNTIL: [&str; 5] = ["截至", "截止", "截止到", "截至到", "截止至"];
    const ENDS: [&str; 4] = ["12月31日", "12月底", "底", "年底"];
    let mut years = lines.iter().flat_map(|line| {
        let text = document.text.slice(&line.text);
        text.match_indices('年').filter_map(move |(at, word)| {
            let written = text[..at].trim_end_matches(is_space);
            let digits = written.bytes().rev().take_while(u8::is_ascii_digit).count();
            let before = written[..written.len() - digits].trim_end_matches(is_space);
            let behind: String = text[at + word.len()..].chars().filter(|c| !is_space(*c)).take(8).collect();
            let closes = UNTIL.iter().any(|until| before.ends_with(until))
                && ENDS.iter().any(|end| behind.starts_with(end));
            if digits == 4 && closes {
                first_year(&text[written.len() - digits..at + word.len()])
            } else {
                None
            }
        })
    });
    let first = years.next()?;
    years.all(|year| year == first).then_some(first)
}

/// The year of the report where the preamble names it without a body: 编制的2017年度政府信息公开工作年度报告.
pub(super) fn year_of_report(document: &Document, preamble: &[&Line]) -> Option<u16> {
    preamble.iter().find_map(|line| {
        let text = document.text.slice(&line.text);
        text.match_indices("信息公开").find_map(|(at, _)| {
            let before = text[..at].trim_end_matches("政府").trim_end_matches("政务");
            let before = before.strip_suffix("年度").or_else(|| before.strip_suffix('年'))?;
            let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
            let behind: String = text[at..].chars().take(16).collect();
            if digits == 4 && names_report(&behind) {
                first_year(&format!("{}年", &before[before.len() - 4..]))
            } else {
                None
            }
        })
    })
}

/// A body and year that the preamble says the report is of: 现公布某县2020年度政府信息公开工作年度报告.
pub(super) struct Named {
    pub(super) body: String,
    pub(super) year: Option<u16>,
    pub(super) quote: Range<usize>,
}

/// What a report says of itself in one breath is no longer.
const SAID_CHARS_MAX: usize = 60;

/// Finds what [`Named`] says.
pub(super) fn named_in_preamble(document: &Document, preamble: &[&Line]) -> Option<Named> {
    static VERBS: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&[
            "现公布",
            "现发布",
            "特编制",
            "编制了",
            "现将",
            "编制",
            "编写",
            "公布",
            "发布",
            "公开",
            "形成",
            "撰写",
            "现就",
            "梳理",
        ])
    });
    static NAMES: LazyLock<Needles> =
        LazyLock::new(|| Needles::new(&["报告", "信息公开情况", "信息公开工作情况"]));
    preamble.iter().find_map(|line| {
        let text = document.text.slice(&line.text);
        // What a verb has to be followed by, in the same breath.
        let names: Vec<usize> = NAMES.matches(text).map(|(at, _)| at).collect();
        if names.is_empty() {
            return None;
        }
        let is_followed = |begin: usize| {
            let next = names.get(names.partition_point(|name| *name < begin));
            next.is_some_and(|name| name - begin < SAID_CHARS_MAX * char::MAX.len_utf8())
        };
        if let Some(named) = named_behind(text, 0, line.text.start).filter(|named| opens(text, named, line)) {
            return Some(named);
        }
        let begins = VERBS.matches_by_word(text).map(|(at, verb)| at + verb.len());
        let mut begins = begins.filter(|begin| is_followed(*begin));
        begins.find_map(|begin| named_behind(text, begin, line.text.start))
    })
}

/// Whether the line begins with the report's name and goes on to speak of it: 甲局2022年…年度报告（以下简称年报）是根据….
fn opens(text: &str, named: &Named, line: &Line) -> bool {
    let behind = text.get(named.quote.end - line.text.start..).unwrap_or_default();
    ["（以下", "(以下", "是根据", "根据", "依据", "是按照", "由"].iter().any(|word| behind.starts_with(word))
}

/// The same for the words from byte `begin` of the line up to 报告 in the same breath.
fn named_behind(text: &str, begin: usize, line_start: usize) -> Option<Named> {
    let rest = &text[begin..];
    let end = rest.char_indices().nth(SAID_CHARS_MAX).map_or(rest.len(), |(byte, _)| byte);
    let report = rest[..end].find("报告").map(|at| at + "报告".len());
    // 向社会公布某局2024年政府信息公开情况。
    let state = || {
        let about = ["信息公开情况", "信息公开工作情况"].iter().find_map(|words| {
            let end = rest[..end].find(words)? + words.len();
            Some(end).filter(|_| rest[end..].starts_with(['。', '，', ',', '；', '如']))
        });
        about.filter(|&end| first_year(&rest[..end]).is_some())
    };
    let is_report = report.is_some_and(|end| names_report(&without_spaces(&rest[..end])));
    let end = report.filter(|_| is_report).or_else(state)?;
    let said = &rest[..end];
    // 编制《某县2020年…报告》, but not 办公室《关于…报告有关事项的通知》.
    let quotes = said.trim_start_matches(['《', '〈', ' ', '了', '出']).contains(['《', '〈']);
    if quotes || said.contains(['。', '；']) {
        return None;
    }
    let title = parse_title(&without_spaces(said))?;
    let body = behind_verbs(title.body.trim_start_matches(['《', '了', '的', '将'])).to_owned();
    let is_name = is_body_name(&body) || (!body.is_empty() && region_bytes(&body) == body.len());
    let start = line_start + begin + rest.len() - rest.trim_start_matches(['《', '〈', ' ']).len();
    Some(Named { body, year: title.year, quote: start..line_start + begin + end }).filter(|_| is_name)
}

/// The words behind further verbs: 特编制并向社会公布某局….
fn behind_verbs(mut words: &str) -> &str {
    const BEFORE: [&str; 5] = ["并", "特", "现", "将", "面"];
    const VERBS: [&str; 7] = ["向社会公布", "向社会公开", "向社会发布", "公布", "公开", "发布", "编制"];
    loop {
        let plain = BEFORE.iter().find_map(|word| words.strip_prefix(word)).unwrap_or(words);
        let Some(rest) = VERBS.iter().find_map(|verb| plain.strip_prefix(verb)) else { return words };
        words = rest.trim_start_matches(['了', '的']);
    }
}

/// The name without the one that it is called by from there on: 甲市统计局（以下简称市局）.
fn in_short(name: &str) -> &str {
    let shorts = ["（以下简称", "(以下简称", "（简称", "(简称"].iter().filter_map(|short| name.find(short));
    &name[..shorts.min().filter(|_| name.ends_with(['）', ')'])).unwrap_or(name.len())]
}

/// The body by which the report says that it was put together: 本报告由某县人民政府办公室编制, 区管委会办公室编制完成了
/// 本报告.
pub(super) fn compiler(document: &Document, preamble: &[&Line]) -> Option<(String, Range<usize>)> {
    const BY: [&str; 5] = ["编制", "负责编制", "编写", "撰写", "组织编制"];
    const WAYS: [&str; 10] = ["按照", "根据", "依据", "依照", "结合", "汇总", "综合", "围绕", "针对", "就"];
    const DID: [&str; 8] =
        ["编制了", "编制完成了本", "编制完成本", "编制了本", "编制发布本", "编制本", "编制而成本", "编制20"];
    // 甲市人民政府根据…情况，编制本报告: who did it stands in the clause before.
    let actor_before = |text: &str, begin: usize| {
        let before = text.get(..begin)?.trim_end_matches(['，', ',']);
        let stop = before.rfind(['，', '。', ',', '；', '》', '）', ')']);
        let from = stop.map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        let clause = before.get(from..)?;
        let way = WAYS.iter().filter_map(|way| clause.find(way)).min().filter(|way| 0 < *way)?;
        Some(from..from + way)
    };
    preamble.iter().find_map(|line| {
        let text = document.text.slice(&line.text);
        if !text.contains("编") && !text.contains("撰写") {
            return None;
        }
        let is_name = |name: &Range<usize>| {
            let words = without_spaces(&text[name.clone()]);
            let words = in_short(&words).to_owned();
            let is_township = || is_township(&words) && region_bytes(&words) == words.len();
            name.len() <= TITLE_CHARS_MAX * 2 && (is_body_name(&words) || is_township())
        };
        let by = text.match_indices('由').find_map(|(at, by)| {
            let begin = at + by.len();
            let said = text[begin..].split('。').next()?;
            let verb = BY.iter().filter_map(|verb| said.find(verb)).min()?;
            // 由甲乡人民政府按照《…》要求编制
            let way = WAYS.iter().filter_map(|way| said.find(way)).min().filter(|way| *way < verb);
            let end = way.unwrap_or(verb);
            Some(begin..begin + end).filter(is_name)
        });
        let did = || {
            let end = DID.iter().filter_map(|verb| text.find(verb)).min()?;
            let begin = text[..end]
                .rfind(['，', '。', ',', '；'])
                .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
            let name = text[begin..end].trim_start_matches(['我', ' ']);
            if name.is_empty() {
                return actor_before(text, begin).filter(is_name);
            }
            // 甲市人民政府信息公开办公室汇总全市情况编制而成
            let begin = end - name.len();
            let way = WAYS.iter().filter_map(|way| name.find(way)).min().filter(|way| 0 < *way);
            Some(begin..begin + way.unwrap_or(name.len())).filter(is_name)
        };
        let name = by.or_else(did)?;
        let place = line.text.start + name.start..line.text.start + name.end;
        Some((in_short(&without_spaces(&text[name])).to_owned(), place))
    })
}
