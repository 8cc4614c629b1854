//! The title of a report: where it stands, and the body and the year in it.

use super::choice;
use crate::bodies::{is_body_name, is_short_body_name, region_bytes};
use crate::dates::{first_year, first_year_alone, names_several_years};
use crate::fold::is_space;
use crate::lines::{Line, without_spaces};
use crate::needles::Needles;
use crate::sections::is_prescribed_heading;
use gongkai_document::Document;
use gongkai_model::Quoted;
use std::ops::Range;
use std::sync::LazyLock;

/// A title is shorter; what is longer is a sentence. In characters.
pub(super) const TITLE_CHARS_MAX: usize = 64;
/// More bytes than a title of that length has, with spaces between its characters.
const TITLE_BYTES_MAX: usize = TITLE_CHARS_MAX * 6;

/// What a title says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Title {
    /// The title, without white space.
    pub(super) text: String,
    /// Whose report it is, as written; empty where it does not say.
    pub(super) body: String,
    /// What stands in brackets behind the body: 本级机关.
    pub(super) note: String,
    /// The year in it.
    pub(super) year: Option<u16>,
    /// Where it stands.
    pub(super) range: Range<usize>,
}

/// The title: a short line that names the report; the body and the year may stand on the lines before it, and the line
/// itself may be broken. Of several, the one that says most; `year` is the year of the statistics, if it is known.
pub(super) fn find_title(document: &Document, head: &[Line], year: Option<u16>) -> Option<Title> {
    let head: Vec<Line> = head.iter().map(|line| Line { text: unlabelled(document, line) }).collect();
    let mut titles: Vec<(u8, Title)> = Vec::new();
    let (mut is_found, mut is_broken) = (false, false);
    for at in 0..head.len() {
        let Some((title, lines)) = title_at(document, &head, at) else { continue };
        let own_year = title.year.filter(|own| year.is_none_or(|year| *own == year));
        let says = 2 * u8::from(!title.body.is_empty()) + u8::from(title.year.is_some());
        let rank = 4 * u8::from(own_year.is_some()) + says;
        // Behind a title with everything only one that says as much may be the report's own.
        if is_found && rank < 7 || is_broken {
            continue;
        }
        is_found |= rank == 7;
        // What follows a title over several lines are links and quotations.
        is_broken |= 2 < lines;
        titles.push((rank, title));
    }
    choice::choose(document, &head, titles, year.is_some())
}

/// The title of a report of the prescribed form that is called a summary: 甲局2021年政务公开工作总结. `lines` are all of it.
pub(super) fn summary_title(document: &Document, head: &[Line], lines: &[Line]) -> Option<Title> {
    const PARTS_MIN: usize = 4;
    let title = head.iter().find_map(|line| {
        let range = unlabelled(document, line);
        let written = document.text.slice(&range);
        if TITLE_BYTES_MAX < written.len() {
            return None;
        }
        let words = without_spaces(written);
        if !["总结", "总结报告", "汇报"].iter().any(|end| words.ends_with(end)) {
            return None;
        }
        let title =
            parse_title(&words).filter(|title| could_be_title(written, &words) && title.year.is_some());
        title.map(|title| Title { range, ..title })
    })?;
    let parts = lines.iter().filter(|line| is_prescribed_heading(document.text.slice(&line.text)));
    (PARTS_MIN <= parts.count()).then_some(title)
}

/// The line without a label before it: 标题：某县…, as lists of metadata write it.
fn unlabelled(document: &Document, line: &Line) -> Range<usize> {
    /// Marks of the table in whose cell a title may stand alone: 某县…年度报告 | |||||.
    const PIPES: [char; 3] = ['|', ' ', '\t'];
    const LABELS: [&str; 6] = ["标题", "名称", "信息名称", "文件标题", "信息标题", "文件名称"];
    let written = document.text.slice(&line.text);
    let cells = written.trim_end_matches(PIPES);
    let end = line.text.start + cells.len();
    let written = if cells.len() < written.len() { cells.trim_start_matches(PIPES) } else { cells };
    let label = LABELS.iter().find_map(|label| without_label(written, label));
    // 标题甲县…, where the two cells of a table stand together.
    let joined = || without_label(written, "标题").filter(|rest| names_report(&without_spaces(rest)));
    let title =
        label.and_then(|rest| rest.trim_start_matches(is_space).strip_prefix([':', '：'])).or_else(joined);
    let title = title.map_or(written, |rest| rest.trim_start_matches(is_space).trim_start_matches(PIPES));
    end - title.len()..end
}

/// What stands behind `label`, which may be spaced: 标　　题.
fn without_label<'a>(written: &'a str, label: &str) -> Option<&'a str> {
    label.chars().try_fold(written, |rest, c| rest.trim_start_matches(is_space).strip_prefix(c))
}

/// The title that ends on line `at`, and how many lines it takes.
fn title_at(document: &Document, head: &[Line], at: usize) -> Option<(Title, usize)> {
    let written = |index: usize| document.text.slice(&head[index].text);
    if TITLE_BYTES_MAX < written(at).len() {
        return None;
    }
    let mut text = without_spaces(written(at));
    let mut first = at;
    if !could_be_title(written(at), &text) {
        return None;
    }
    if !names_report(&text) {
        // 某县2019年政府信息公开 / 工作年度报告
        first = at.checked_sub(1)?;
        let before = without_spaces(written(first));
        let is_rest = text.chars().count() <= 12 && text.ends_with("报告") && !names_report(&before);
        if TITLE_CHARS_MAX < before.chars().count() || !is_rest || !could_be_title(written(first), &before) {
            return None;
        }
        text = before + &text;
        if !names_report(&text) {
            return None;
        }
    }
    let mut title = parse_title(&text)?;
    // 某县人民政府办公室 / 2020年政府信息公开工作年度报告, or split anywhere else.
    while (title.body.is_empty() || title.year.is_none()) && 0 < first && at - first < 3 {
        let before = without_spaces(written(first - 1));
        let is_plain = before.chars().count() <= 30
            && !before.contains(['。', '，', '；', '：', ':', '|', '>', '/', '【'])
            && !is_navigation(written(first - 1))
            && !names_report(&before);
        let helps = (title.body.is_empty()
            && (is_body_name(&before)
                || region_bytes(&before) == before.len()
                || before.contains("人民政府")))
            || (title.year.is_none() && first_year_alone(&before).is_some());
        if !is_plain || !helps {
            break;
        }
        first -= 1;
        text = before + &text;
        title = parse_title(&text)?;
    }
    let range = head[first].text.start..head[at].text.end;
    Some((Title { range, ..title }, at - first + 1))
}

fn could_be_title(written: &str, words: &str) -> bool {
    words.chars().count() <= TITLE_CHARS_MAX
        && !is_navigation(written)
        && !words.ends_with(['。', '，', '：', '；', '、'])
        && !["附件", "根据", "条例"].iter().any(|word| words.contains(word))
}

/// The title of a notice, a plan or a rule about such reports: 关于做好…政府信息公开工作年度报告编制工作的通知.
pub(crate) fn is_notice(line: &str) -> bool {
    const KINDS: [&str; 17] = [
        "通知", "公告", "方案", "办法", "意见", "指南", "规定", "细则", "函", "通报", "要点", "格式", "制度",
        "范文", "模板", "范本", "提纲",
    ];
    // Most lines are paragraphs: their length tells that they are no title.
    if TITLE_BYTES_MAX < line.len() {
        return false;
    }
    let words = without_spaces(line);
    words.chars().count() <= TITLE_CHARS_MAX
        && names_report(&words)
        && !words.contains(['《', '。', '，'])
        && KINDS.iter().any(|kind| words.trim_end_matches(['）', ')']).ends_with(kind))
        && !words.contains('：')
}

/// A path through the site, or a line of links: 首页 > 政务公开 > 政府信息公开年报.
pub(crate) fn is_navigation(line: &str) -> bool {
    line.contains(['>', '»', '›', '|', '＞', '→'])
        || ["首页", "当前", "您的位置", "您现在的位置", "您所在的位置"]
            .iter()
            .any(|word| line.starts_with(word))
}

/// Whether these words name an annual report on government information disclosure.
pub(crate) fn names_report(words: &str) -> bool {
    static SUBJECTS: LazyLock<Needles> =
        LazyLock::new(|| Needles::new(&["信息公开", "政务公开", "信息公開", "資訊公開"]));
    static REPORTS: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&["年度报告", "年报", "工作报告", "年度報告", "情况报告", "情况的报告"])
    });
    (REPORTS.is_in(words) && SUBJECTS.is_in(words)) || names_plainly(words) || is_mistyped(words)
}

/// Whether the words behind 信息公开 are those of a title but for one slip of the pen: 年度报吿, 工作告年度报. What is another
/// word (年度报表, 年度公告) is none.
fn is_mistyped(words: &str) -> bool {
    const TAILS: [&str; 5] = ["工作年度报告", "年度报告", "工作报告", "情况报告", "工作情况报告"];
    const OTHER_WORDS: [&str; 18] = [
        "报表", "报道", "报送", "报批", "报备", "报名", "报刊", "报纸", "报社", "公告", "通告", "预告",
        "广告", "布告", "文告", "警告", "被告", "转告",
    ];
    let behind = ["信息公开", "政务公开"]
        .iter()
        .find_map(|about| Some(&words[words.rfind(about)? + about.len()..]))
        .map_or("", crate::bodies::without_notes);
    // 2021年度报吿, 2021年工作年度报吿
    let undated = behind.trim_start_matches(|c: char| c.is_ascii_digit());
    let tails =
        [undated, undated.strip_prefix('年').filter(|_| undated.len() < behind.len()).unwrap_or(undated)];
    let chars = |words: &str| {
        let mut chars: Vec<char> = words.chars().collect();
        chars.sort_unstable();
        chars
    };
    let is_slip = |tail: &str, meant: &str| {
        let wrong = || tail.chars().zip(meant.chars()).filter(|(one, other)| one != other).map(|(_, c)| c);
        let is_one_wrong = || wrong().count() == 1 && wrong().all(|c| matches!(c, '报' | '告'));
        tail.len() == meant.len() && (chars(tail) == chars(meant) || is_one_wrong())
    };
    tails.iter().any(|tail| TAILS.iter().any(|meant| is_slip(tail, meant)))
        && !OTHER_WORDS.iter().any(|word| undated.ends_with(word))
        && first_year_alone(words).or_else(|| bare_year(words)).is_some()
}

/// 甲局政府信息公开报告（2016年）, which leaves out what kind of report it is. It says so at its end, or before a year.
fn names_plainly(words: &str) -> bool {
    if !words.contains("公开报告") {
        return false;
    }
    let at = words.find("信息公开报告").or_else(|| words.find("政务公开报告"));
    let behind = at.and_then(|at| words.get(at + "信息公开报告".len()..));
    behind.is_some_and(|behind| {
        let in_brackets = behind.strip_prefix(['（', '(', '[']).is_some_and(|note| note.starts_with("20"));
        (behind.is_empty() || in_brackets) && first_year(words).is_some()
    })
}

/// The body and the year of a title: 某县2019年政府信息公开工作年度报告, 2019年某县…, 关于某县2019年度….
pub(super) fn parse_title(title: &str) -> Option<Title> {
    const ABOUT: [&str; 4] = ["政府信息公开", "政务信息公开", "政务公开", "信息公开"];
    let subject = ABOUT.iter().find_map(|about| title.find(about))?;
    let whole = title;
    let before = behind_bracket(&title[..subject]);
    let (title, before, subject) = match without_day_of_printing(before) {
        Some(rest) => {
            let cut = subject - rest.len();
            (&title[cut..], rest, rest.len())
        }
        None => (title, before, subject),
    };
    let year = first_year_alone(title).or_else(|| bare_year(title));
    let year = year.filter(|_| !names_several_years(title));
    // 青年路街道2019年: the word for the year stands behind four numerals.
    let of_year = before.match_indices('年').find_map(|(at, word)| {
        let plain = before[..at].strip_suffix('学').unwrap_or(&before[..at]);
        let at = plain.len();
        let word_bytes = before[at..].find(word).unwrap_or(0) + word.len();
        let numerals =
            plain.chars().rev().take_while(|c| c.is_numeric() || "〇○零0一二三四五六七八九".contains(*c));
        let (count, bytes) = numerals.fold((0, 0), |(count, bytes), c| (count + 1, bytes + c.len_utf8()));
        // 2023—2024学年
        let begin = before[..at - bytes].trim_end_matches(|c: char| c.is_ascii_digit() || "-—–".contains(c));
        (count == 4).then_some((begin.len(), at + word_bytes))
    });
    let (ahead, behind) = match of_year {
        Some((begin, end)) => (&before[..begin], before[end..].trim_start_matches('度')),
        None => (before, ""),
    };
    // 2025某乡2025年度…: digits before a name are no part of it.
    // Nor are characters of an address: example.org某乡2017年….
    let ahead = trimmed(ahead).trim_start_matches(|c: char| c.is_ascii_alphanumeric() || ".-".contains(c));
    // 甲区教育局2022政府信息公开…, 甲大学2015-2016信息公开….
    let ahead = trimmed(ahead.trim_end_matches(|c: char| c.is_ascii_digit() || "-—–".contains(c)));
    let (ahead, behind) = (last_part(ahead), trimmed(behind));
    // 甲局21年
    let ahead = ["年", "年度"]
        .iter()
        .find_map(|word| ahead.strip_suffix(word)?.strip_suffix(|c: char| c.is_ascii_digit()))
        .map_or(ahead, |rest| rest.trim_end_matches(|c: char| c.is_ascii_digit()));
    // What stands before the year names the body, if anything does; 海关总署2010年海关信息公开.
    let is_name =
        |words: &str| is_body_name(words) || (!words.is_empty() && region_bytes(words) == words.len());
    let joined = format!("{ahead}{behind}");
    let body = if behind.is_empty() || is_name(ahead) {
        ahead
    } else if ahead.is_empty() || is_name(behind) {
        behind
    } else {
        &joined
    };
    // The area of a customs house is called by its name: 某海关关区.
    let body = body.strip_suffix("关区").filter(|body| body.ends_with("海关")).unwrap_or(body);
    // （甲县水利局）2021年…
    let inner = body.strip_prefix(['（', '(', '【']).and_then(|body| body.strip_suffix(['）', ')', '】']));
    let body = inner.filter(|inner| is_name(inner)).unwrap_or(body);
    let plain = crate::bodies::without_notes(body);
    let note = body[plain.len()..].trim_matches(['（', '）', '(', ')']);
    let (plain, level) = without_level(plain);
    let note = if note.is_empty() { level_behind(title).unwrap_or_default() } else { note };
    let note = format!("{level}{note}");
    let body = match acting(without_topic(plain)) {
        "" => name_behind(&title[subject..]),
        body if is_pronoun(body) => "",
        body => body,
    };
    Some(Title { text: whole.to_owned(), body: body.to_owned(), note, year, range: 0..0 })
}

/// The words behind a bracket that they begin with, and that names nobody: 【年报】甲局….
fn behind_bracket(words: &str) -> &str {
    let closed = [('【', '】'), ('[', ']'), ('（', '）'), ('(', ')'), ('〔', '〕')]
        .iter()
        .find_map(|(open, close)| words.strip_prefix(*open)?.split_once(*close));
    closed.filter(|(inner, rest)| !rest.is_empty() && !is_body_name(inner)).map_or(words, |(_, rest)| rest)
}

/// The body that stands behind the words for the report: …年度报告（甲县水利局）, …年度报告——甲县水利局.
fn name_behind(words: &str) -> &str {
    let Some(at) =
        ["报告", "年报"].iter().filter_map(|report| Some(words.rfind(report)? + report.len())).max()
    else {
        return "";
    };
    let rest = &words[at..];
    let name = trimmed(rest).trim_matches(['（', '）', '(', ')', '-', '—', '–', '_']);
    if name.len() < rest.len() && is_body_name(name) { name } else { "" }
}

/// What stands behind the year in which a report was made public: 2022年公布甲局2021年….
fn without_day_of_printing(before: &str) -> Option<&str> {
    let behind = before.trim_start_matches(|c: char| c.is_ascii_digit());
    let behind = behind.strip_prefix('年').filter(|_| before.len() - behind.len() == 4)?;
    let rest = ["公布", "发布", "编制", "印发", "报送"].iter().find_map(|verb| behind.strip_prefix(verb))?;
    first_year_alone(rest).map(|_| rest)
}

/// Who acts in a title that says to whom or on what: 甲局向甲县人民政府报送….
fn acting(body: &str) -> &str {
    let actor = ["向", "对", "就", "关于"].iter().filter_map(|word| Some(body.split_once(word)?.0));
    let mut actor = actor.filter(|actor| is_body_name(actor));
    if is_body_name(body) { body } else { actor.next().unwrap_or(body) }
}

/// What stands in brackets at the end of a title, if it tells what is counted: …年度报告（县政府本级）.
fn level_behind(title: &str) -> Option<&str> {
    let (_, inner) = title.strip_suffix(['）', ')'])?.rsplit_once(['（', '('])?;
    inner.ends_with("本级").then_some(inner)
}

/// Whether a body is only called 我局 or 本单位.
fn is_pronoun(body: &str) -> bool {
    let own = body.strip_prefix(['我', '本']);
    own.is_some_and(|own| {
        own.chars().count() == 1
            && own.ends_with([
                '局', '委', '厅', '院', '校', '办', '镇', '乡', '县', '市', '区', '省', '州', '旗', '队',
                '所',
            ])
            || matches!(own, "单位" | "机关" | "街道" | "部门" | "中心")
    })
}

/// The name without the words behind it that say what is counted: 甲区本级政府, 甲县人民政府本级, 甲局机关. Of 甲局及所属单位 the
/// words say nothing that a scope does.
fn without_level(body: &str) -> (&str, &str) {
    const UNITS: [&str; 5] = ["及所属单位", "及下属单位", "及直属单位", "及其所属单位", "及其下属单位"];
    const BUREAUS: [char; 6] = ['局', '厅', '委', '署', '会', '部'];
    let is_whole = |plain: &str| is_body_name(plain) || region_bytes(plain) == plain.len();
    if let Some(plain) = UNITS.iter().find_map(|units| body.strip_suffix(units)).filter(|it| is_whole(it)) {
        return (plain, "");
    }
    if let Some(plain) = body.strip_suffix("机关").filter(|it| it.ends_with(BUREAUS) && is_whole(it)) {
        return (plain, "机关");
    }
    if let Some(plain) = body.strip_suffix("本级").filter(|it| it.ends_with("政府") && is_whole(it)) {
        return (plain, "本级");
    }
    let level = ["本级政府", "政府本级", "本级"].iter().find_map(|level| body.strip_suffix(level));
    level.filter(|it| is_whole(it)).map_or((body, ""), |plain| (plain, &body[plain.len()..]))
}

/// The name without what its information is about: 甲市统计局 of 甲市统计局统计信息公开.
fn without_topic(body: &str) -> &str {
    const TOPICS: [&str; 12] =
        ["政务", "统计", "环境", "气象", "税务", "海关", "校务", "院务", "警务", "财政", "企业", "办事"];
    let plain = TOPICS.iter().find_map(|topic| body.strip_suffix(topic));
    plain.filter(|plain| is_body_name(plain) && !is_body_name(body)).unwrap_or(body)
}

/// The year of a title that leaves out the word for it: 2015甲市公安局…年度报告, …年报2015. One of several numbers, or one
/// that is joined to another (2015-2016), is none.
fn bare_year(title: &str) -> Option<u16> {
    let is_digit = |c: char| c.is_ascii_digit();
    let first = title.find(is_digit)?;
    let (before, rest) = title.split_at(first);
    let behind = rest.trim_start_matches(is_digit);
    let digits = &rest[..rest.len() - behind.len()];
    let stands_alone = !before.ends_with(['-', '—', '–', '〔', '[', '【', '第', '/', '.'])
        && !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        && !behind.starts_with(['-', '—', '–', '〕', ']', '】', '号', '/', '.', '至'])
        && !behind.starts_with(|c: char| c.is_ascii_alphabetic())
        && !behind.contains(is_digit);
    let year = digits.parse().ok().filter(|_| digits.len() == 4 && stands_alone)?;
    (2000..2100).contains(&year).then_some(year)
}

/// The year that stands alone on the line below a title: （2021年度）.
pub(super) fn year_below(document: &Document, head: &[Line], title: &Range<usize>) -> Option<u16> {
    let below = head.iter().find(|line| title.end <= line.text.start).filter(|_| !title.is_empty())?;
    let words = without_spaces(document.text.slice(&below.text));
    let plain = words.trim_matches(['（', '）', '(', ')', '【', '】', '—', '-']);
    let is_alone = ["年", "年度"]
        .iter()
        .any(|word| plain.strip_suffix(word).is_some_and(|year| year.chars().count() == 4));
    is_alone.then(|| first_year_alone(plain)).flatten()
}

/// The body and the year of a title; the body may be empty.
pub(crate) fn body_and_year(title: &str) -> Option<(String, Option<u16>)> {
    parse_title(title).map(|title| (title.body, title.year))
}

/// The last of several names with marks between them, if it is one: Page 8-甲市信访局.
fn last_part(words: &str) -> &str {
    let last = words.rsplit(['：', ':', '-', '—', '–', '_']).next().map_or(words, trimmed);
    let is_name = is_body_name(last) || is_short_body_name(last) || region_bytes(last) == last.len();
    if !last.is_empty() && is_name { last } else { words }
}

/// What is done to a report by whom the title names before it.
const VERBS: [&str; 12] =
    ["报送", "公布", "发布", "印发", "上报", "呈报", "公开", "编制", "转发", "下发", "更正", "修订"];

/// The body whose report another one sends on: 甲市教育局 of 甲市政府办公室转发甲市教育局, and of 关于更正甲市教育局.
fn passed_on(words: &str) -> Option<&str> {
    // 县委编制委员会 is a name.
    if is_body_name(words) && !words.contains("关于") && !words.contains("转发") {
        return None;
    }
    let behind = |verb: &&str| {
        words.rsplit_once(*verb).map(|(before, behind)| (before, behind.trim_start_matches('的')))
    };
    let is_sent = |verb: &&&str| !matches!(**verb, "编制" | "公开");
    let (before, name) =
        VERBS.iter().filter(is_sent).filter_map(behind).min_by_key(|(_, behind)| behind.len())?;
    let sender = before.strip_suffix("关于").unwrap_or(before);
    let is_sent = sender.is_empty() || is_body_name(sender);
    (is_sent && (is_body_name(name) || is_short_body_name(name))).then_some(name)
}

/// Without the marks and the words around a body's name: 关于报送甲局…, 甲局关于公布….
fn trimmed(words: &str) -> &str {
    let is_mark = |c: char| is_space(c) || "《》【】“”\"：:，·•●◆■▪*".contains(c);
    // （2021年度）甲局…
    let mut rest = words.trim_matches(is_mark).trim_start_matches(['）', ')', '］', ']']);
    loop {
        let shorter = rest
            .strip_prefix("关于")
            .map_or(rest, |behind| VERBS.iter().find_map(|verb| behind.strip_prefix(verb)).unwrap_or(behind));
        let shorter = ["关于", "的", "公布", "发布"]
            .iter()
            .fold(shorter, |rest, end| rest.strip_suffix(end).unwrap_or(rest));
        let without_verb = VERBS.iter().find_map(|verb| shorter.strip_suffix(verb)?.strip_suffix("关于"));
        let shorter = without_verb.unwrap_or(shorter).trim_matches(is_mark);
        let shorter = passed_on(shorter).unwrap_or(shorter);
        if shorter.len() == rest.len() {
            break rest;
        }
        rest = shorter;
    }
}

/// The report's title inside a page's title: 标题_栏目_网站.
pub(super) fn page_title(title: &Quoted) -> Option<Quoted> {
    let first = title.text.split(['_', '|', '-', '—']).map(str::trim).find(|part| names_report(part))?;
    Some(Quoted { text: first.to_owned(), span: title.span.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_may_leave_out_what_kind_of_report_it_is() {
        assert!(names_report("甲市统计局政府信息公开报告（2016年）"));
        assert!(names_report("甲市统计局2016年政府信息公开报告"));
        assert!(!names_report("甲市统计局政府信息公开报告制度"));
        assert!(!names_report("政府信息公开报告"));
        assert!(!names_report("甲局2016年政府信息公开报告制度"));
    }

    fn parsed(title: &str) -> (String, Option<u16>, String) {
        let title = parse_title(title).unwrap();
        (title.body, title.year, title.note)
    }

    #[test]
    fn body_and_year_are_found_wherever_they_stand() {
        for (title, body, year) in [
            ("甲县2019年政府信息公开工作年度报告", "甲县", Some(2019)),
            ("2021年乙路街道政府信息公开工作年度报告", "乙路街道", Some(2021)),
            ("2018年国家统计局甲市调查队政府信息公开工作报告", "国家统计局甲市调查队", Some(2018)),
            ("甲县人民政府关于2019年度政府信息公开工作年度报告", "甲县人民政府", Some(2019)),
            ("关于甲县教育局2019年度政府信息公开情况的报告", "甲县教育局", Some(2019)),
            ("镇宁自治县政府2019年信息公开工作年度报告", "镇宁自治县政府", Some(2019)),
            ("甲市政府信息公开工作年度报告（2019年）", "甲市", Some(2019)),
            ("某某总署2010年某某信息公开工作年度报告", "某某总署", Some(2010)),
            ("甲县人民政府办公室二〇一九年政府信息公开年度报告", "甲县人民政府办公室", Some(2019)),
            ("政府信息公开年报", "", None),
            ("2025甲县乙乡2025年度政府信息公开工作年度报告", "甲县乙乡", Some(2025)),
            ("example.org甲县乙乡2017年政府信息公开工作年度报告", "甲县乙乡", Some(2017)),
            ("Page 8 - 甲市信访局2022年政府信息公开工作年度报告", "甲市信访局", Some(2022)),
            ("甲大学2023—2024学年信息公开年度报告", "甲大学", None),
            ("教育局2023年政府信息公开工作年度报告", "教育局", Some(2023)),
            ("广州海关关区2021年政府信息公开工作年度报告", "广州海关", Some(2021)),
            ("青年路街道2019年政府信息公开年度报告", "青年路街道", Some(2019)),
            ("2015甲市公安局乙分局政府信息公开工作年度报告", "甲市公安局乙分局", Some(2015)),
            ("甲县教育局政府信息公开报告（2016年）", "甲县教育局", Some(2016)),
            ("甲区人民政府办公室2022政府信息公开工作年度报告", "甲区人民政府办公室", Some(2022)),
            ("甲大学2015-2016信息公开年度报告", "甲大学", None),
            ("甲县水利局关于报送2021年政府信息公开工作年度报告的报告", "甲县水利局", Some(2021)),
            ("关于公布甲县水利局2021年政府信息公开工作年度报告的公告", "甲县水利局", Some(2021)),
            ("（2021年度）甲县水利局政府信息公开年度报告", "甲县水利局", Some(2021)),
            ("转发甲县水利局2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("甲县人民政府办公室转发甲县水利局2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            (
                "甲县人民政府办公室关于印发甲县水利局2021年政府信息公开工作年度报告的通知",
                "甲县水利局",
                Some(2021),
            ),
            (
                "甲县教育局关于报送甲县实验中学2021年政府信息公开工作年度报告的报告",
                "甲县实验中学",
                Some(2021),
            ),
            (
                "中共甲县委编制委员会办公室2021年政府信息公开工作年度报告",
                "中共甲县委编制委员会办公室",
                Some(2021),
            ),
            ("关于更正甲县水利局2021年政府信息公开工作年度报告的公告", "甲县水利局", Some(2021)),
            ("甲县水利局及所属单位2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("甲县水利局机关2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("甲县水利局21年政府信息公开工作年度报告", "甲县水利局", None),
            ("甲县水利局政府信息公开工作年度报告（2008—2012年）", "甲县水利局", None),
            ("甲县水利局2020-2021年政府信息公开工作年度报告", "甲县水利局", None),
            ("甲县水利局2021年和2022年政府信息公开工作年度报告", "甲县水利局", None),
            ("甲县水利局2021年度至2022年政府信息公开工作年度报告", "甲县水利局", None),
            ("2022年公布甲县水利局2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("甲县水利局向甲县人民政府报送的2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("甲县水利局2021年政府信息公开工作年度报告（2022年第1号）", "甲县水利局", Some(2021)),
            ("2021年政府信息公开工作年度报告（甲县水利局）", "甲县水利局", Some(2021)),
            ("2021年政府信息公开工作年度报告——甲县水利局", "甲县水利局", Some(2021)),
            ("【年报】甲县水利局2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("（甲县水利局）2021年政府信息公开工作年度报告", "甲县水利局", Some(2021)),
            ("我局2021年政府信息公开工作年度报告", "", Some(2021)),
            ("本单位2021年政府信息公开工作年度报告", "", Some(2021)),
            ("本溪市2021年政府信息公开工作年度报告", "本溪市", Some(2021)),
            ("甲县人民政府本级2021年政府信息公开工作年度报告", "甲县人民政府", Some(2021)),
            ("甲县水利局政府信息公开工作年度报告（2023年1月）", "甲县水利局", None),
            ("甲县水利局2022年度政府信息公开工作年度报告（2023年1月12日公布）", "甲县水利局", Some(2022)),
            ("甲县水利局2022年1月至12月政府信息公开工作年度报告", "甲县水利局", Some(2022)),
        ] {
            let found = parsed(title);
            assert_eq!((found.0.as_str(), found.1), (body, year), "{title}");
        }
        assert_eq!(parsed("某某总署（本级机关）2020年政府信息公开工作年度报告").2, "本级机关");
    }
}
