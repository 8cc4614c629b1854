//! Who reports, for whom, when: title, year, subject, scope, signatory, region and dates.

use crate::bodies::{is_body_name, kind, rank, region_bytes};
use crate::dates::{first_date, first_year, split_final_date, whole_date};
use crate::fold::is_space;
use crate::lines::{Line, without_spaces};
use gongkai_document::Document;
use gongkai_model::{Body, BodyKind, Date, Dates, Quoted, Rank, RegionText, Scope, ScopeKind};
use std::ops::Range;

/// What the running text says of the report as a whole.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) title: Quoted,
    pub(crate) year: Option<u16>,
    pub(crate) subject: Body,
    pub(crate) scope: Scope,
    pub(crate) signatory: Body,
    pub(crate) issuer: Body,
    pub(crate) region: RegionText,
    pub(crate) dates: Dates,
}

/// Lines before the first heading that may hold the title.
const TITLE_LINES_MAX: usize = 40;
/// A title is shorter; what is longer is a sentence. In characters.
const TITLE_CHARS_MAX: usize = 64;
/// Lines at the end that may hold the signature.
const SIGNATURE_LINES: usize = 14;

/// Reads the identity. `first_section` and `last_section` are lines of the first and the last heading.
pub(crate) fn identity(
    document: &Document,
    lines: &[Line],
    first_section: Option<usize>,
    last_section: Option<usize>,
) -> Identity {
    let text = |line: &Line| document.text.slice(&line.text);
    let head = &lines[..first_section.unwrap_or(lines.len()).min(TITLE_LINES_MAX)];
    let title = find_title(document, head);
    let preamble: Vec<&Line> =
        head.iter().filter(|line| TITLE_CHARS_MAX / 2 < text(line).chars().count()).collect();
    let title_body = title.as_ref().map(|title| title.body.clone()).unwrap_or_default();
    let named = named_in_preamble(document, &preamble);

    let mut identity = Identity::default();
    if let Some(title) = &title {
        identity.title = Quoted { text: title.text.clone(), span: Some(document.text.span(&title.range)) };
    } else if let Some(page_title) = document.page.title.as_ref().and_then(page_title) {
        identity.title = page_title;
    }
    let page_body =
        parse_title(&without_spaces(&identity.title.text)).map(|(body, _)| body).unwrap_or_default();
    let title_body = if title_body.is_empty() { page_body } else { title_body };
    identity.year = statistics_year(document, &preamble)
        .or_else(|| first_year(&identity.title.text))
        .or_else(|| named.as_ref().map(|named| named.year))
        .or_else(|| opening_year(document, lines));

    let (signatory, stated) = signature(document, lines, last_section, &title_body);
    // A date before the end of the year that is reported on is that of something else.
    let stated = stated.filter(|date| identity.year.is_none_or(|year| year < date.year()));
    identity.dates = Dates {
        stated,
        page: document.page.published.as_ref().and_then(|published| first_date(&published.text)),
    };
    if let Some((name, range)) = signatory {
        identity.signatory = body(name, Some(document.text.span(&range)));
    }
    identity.issuer = if !identity.signatory.name.is_empty() {
        identity.signatory.clone()
    } else if is_body_name(&title_body) {
        body(title_body.clone(), identity.title.span.clone())
    } else {
        Body::default()
    };
    identity.region = region(document, lines, &title_body, &identity.signatory.name, named.as_ref());
    let (subject, area_quote) = subject(&identity, &title_body, named.as_ref(), document);
    identity.subject = subject;
    refine_rank(document, lines, &mut identity);
    identity.scope = scope(document, &preamble, &identity.subject, area_quote);
    identity
}

fn body(name: String, span: Option<gongkai_model::Span>) -> Body {
    let region = &name[..region_bytes(&name)];
    Body { rank: rank(region), kind: kind(&name), span, name, credit_code: String::new() }
}

struct Title {
    text: String,
    body: String,
    range: Range<usize>,
}

/// The title: a short line that names the report; the body and the year may stand on the lines before it.
fn find_title(document: &Document, head: &[Line]) -> Option<Title> {
    let text = |line: &Line| without_spaces(document.text.slice(&line.text));
    let unlabelled = |line: &Line| {
        // 标题：某县… as lists of metadata write it.
        let written = document.text.slice(&line.text);
        let label =
            ["标题", "名称", "信息名称", "文件标题"].iter().find_map(|label| written.strip_prefix(label));
        let title = label.and_then(|rest| rest.trim_start_matches(is_space).strip_prefix([':', '：']));
        let title = title.map_or(written, |rest| rest.trim_start_matches(is_space));
        line.text.end - title.len()..line.text.end
    };
    let head: Vec<Line> = head.iter().map(|line| Line { text: unlabelled(line) }).collect();
    let at = head.iter().position(|line| {
        let written = document.text.slice(&line.text);
        written.chars().count() <= TITLE_CHARS_MAX
            && names_report(&text(line))
            && !is_navigation(written)
            && !written.ends_with(['。', '，', '：', '；'])
    })?;
    let mut first = at;
    let mut title = text(&head[at]);
    let mut parsed = parse_title(&title);
    // 某县人民政府办公室 / 2020年政府信息公开工作年度报告, or split anywhere else.
    while parsed.as_ref().is_none_or(|(body, year)| body.is_empty() || year.is_none()) && 0 < first {
        let before = text(&head[first - 1]);
        let plain = before.chars().count() <= 30
            && !before.contains(['。', '，', '：', '；', ':', '|', '>', '/', '【']);
        let helps =
            is_body_name(&before) || region_bytes(&before) == before.len() || first_year(&before).is_some();
        if !plain || !helps || at - first == 2 {
            break;
        }
        first -= 1;
        title = format!("{before}{title}");
        parsed = parse_title(&title);
    }
    let (body, _) = parsed?;
    Some(Title { text: title, body, range: head[first].text.start..head[at].text.end })
}

/// The title of a notice, a plan or a rule about such reports: 关于做好…政府信息公开工作年度报告编制工作的通知.
pub(crate) fn is_notice(line: &str) -> bool {
    const KINDS: [&str; 12] =
        ["通知", "公告", "方案", "办法", "意见", "指南", "规定", "细则", "函", "通报", "要点", "格式"];
    // Most lines are paragraphs: their length tells that they are no title.
    if TITLE_CHARS_MAX * 6 < line.len() {
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
        || ["首页", "当前位置", "您的位置", "您现在的位置"].iter().any(|word| line.starts_with(word))
}

/// Whether these words name an annual report on government information disclosure.
pub(crate) fn names_report(words: &str) -> bool {
    let subject =
        ["信息公开", "政务公开", "信息公開", "資訊公開"].iter().any(|subject| words.contains(subject));
    let report = ["年度报告", "年报", "工作报告", "年度報告", "情况报告", "情况的报告"]
        .iter()
        .any(|kind| words.contains(kind));
    subject && report
}

/// The body and the year of a title: 某县2019年政府信息公开工作年度报告.
pub(crate) fn parse_title(title: &str) -> Option<(String, Option<u16>)> {
    let subject =
        title.find("政府信息公开").or_else(|| title.find("政务公开")).or_else(|| title.find("信息公开"))?;
    let year = first_year(title);
    let mut before: String = title[..subject].to_owned();
    // Take out the year with its word, wherever it stands.
    if let Some(at) = before.find('年') {
        let digits: usize = before[..at]
            .chars()
            .rev()
            .take_while(|c| c.is_ascii_digit() || "〇○零一二三四五六七八九".contains(*c))
            .map(char::len_utf8)
            .sum();
        let after = before[at + '年'.len_utf8()..].trim_start_matches("度").to_owned();
        before = format!("{}{}", &before[..at - digits], after);
    }
    let body = before
        .trim_matches(|c: char| is_space(c) || "《》（）()【】“”\"关于的".contains(c))
        .trim_end_matches("关于")
        .to_owned();
    Some((body, year))
}

/// The report's title inside a page's title: 标题_栏目_网站.
fn page_title(title: &Quoted) -> Option<Quoted> {
    let first = title.text.split(['_', '|', '-', '—']).map(str::trim).find(|part| names_report(part))?;
    Some(Quoted { text: first.to_owned(), span: title.span.clone() })
}

/// The year of the statistics period: 统计期限自2019年1月1日起至2019年12月31日止.
fn statistics_year(document: &Document, preamble: &[&Line]) -> Option<u16> {
    const PERIOD: [&str; 8] =
        ["统计期限", "统计时限", "统计期间", "统计时段", "数据统计", "统计起止", "统计时间", "数据期限"];
    preamble.iter().find_map(|line| {
        let text = without_spaces(document.text.slice(&line.text));
        text.split(['。', '；', ';']).find_map(|sentence| {
            // A law comes into force on 1 January, too; a period also has an end.
            let named = PERIOD.iter().find_map(|words| sentence.find(words));
            let whole_year = || (sentence.contains("1月1日") && sentence.contains("12月31日")).then_some(0);
            let from = named.or_else(whole_year)?;
            if sentence[from..].contains("施行") { None } else { first_year(&sentence[from..]) }
        })
    })
}

/// The year that the paragraphs open with (2019年，…), where they all open with the same.
fn opening_year(document: &Document, lines: &[Line]) -> Option<u16> {
    let mut years = lines.iter().filter_map(|line| {
        let text = without_spaces(document.text.slice(&line.text)).chars().take(6).collect::<String>();
        first_year(&text)
            .filter(|_| text.starts_with(|c: char| c.is_ascii_digit()) && text.find('年') == Some(4))
    });
    let first = years.next()?;
    years.all(|year| year == first).then_some(first)
}

/// A body and year that the preamble says the report is of: 现公布某县2020年度政府信息公开工作年度报告.
struct Named {
    body: String,
    year: u16,
    quote: Range<usize>,
}

fn named_in_preamble(document: &Document, preamble: &[&Line]) -> Option<Named> {
    const VERBS: [&str; 9] = ["现公布", "现发布", "特编制", "编制了", "编制", "公布", "发布", "形成", "撰写"];
    preamble.iter().find_map(|line| {
        let text = document.text.slice(&line.text);
        VERBS.iter().find_map(|verb| {
            text.match_indices(verb).find_map(|(at, _)| {
                let begin = at + verb.len();
                let rest = &text[begin..];
                // Up to the word 报告 in the same breath.
                let end = rest.find("报告").map(|at| at + "报告".len())?;
                let said = &rest[..end];
                if 60 < said.chars().count()
                    || said.contains(['。', '；'])
                    || !names_report(&without_spaces(said))
                {
                    return None;
                }
                let (body, year) = parse_title(&without_spaces(said))?;
                let body = body.trim_start_matches(['《', '了', '的']).to_owned();
                let is_name = is_body_name(&body) || (!body.is_empty() && region_bytes(&body) == body.len());
                let start =
                    line.text.start + begin + rest.len() - rest.trim_start_matches(['《', '〈', ' ']).len();
                Some(Named { body, year: year?, quote: start..line.text.start + begin + end })
                    .filter(|_| is_name)
            })
        })
    })
}

/// The signature and its date: the last lines of the report.
fn signature(
    document: &Document,
    lines: &[Line],
    last_section: Option<usize>,
    title_body: &str,
) -> (Option<(String, Range<usize>)>, Option<Date>) {
    let from = last_section
        .map_or(lines.len().saturating_sub(SIGNATURE_LINES), |section| section + 1)
        .min(lines.len());
    let tail = &lines[from..];
    let text = |line: &Line| without_spaces(document.text.slice(&line.text));
    let short = |line: &&Line| document.text.slice(&line.text).chars().count() <= 60;
    let mut found: Option<(usize, String, Range<usize>)> = None;
    let mut date: Option<(usize, Date)> = None;
    for (index, line) in tail.iter().enumerate().filter(|(_, line)| short(line)) {
        let words = text(line);
        if let Some(day) = whole_date(&words) {
            // The date belongs to the name before it; the first such pair is the signature, what follows is the page.
            let near = found.as_ref().is_some_and(|(at, ..)| index <= at + 2);
            if date.is_none()
                || (near && found.as_ref().is_some_and(|(at, ..)| date.is_some_and(|(d, _)| d < *at)))
            {
                date = Some((index, day));
            }
        } else if is_body_name(&words) {
            let signed = matches!((&found, &date), (Some((at, ..)), Some((dated, _))) if at < dated);
            if !signed {
                found = Some((index, words, line.text.clone()));
            }
        } else if let Some((name, day)) = split_final_date(&words)
            && is_body_name(&name)
        {
            return (Some((name, line.text.clone())), Some(day));
        }
    }
    // A name without a date may be a link below the report: it signs only if it is of the title's own region.
    let region = &title_body[..region_bytes(title_body)];
    let is_dated =
        matches!((&found, &date), (Some((name, ..)), Some((dated, _))) if dated.abs_diff(*name) <= 2);
    let found = found.filter(|(_, name, _)| {
        is_dated || title_body == name || (!region.is_empty() && name.starts_with(region))
    });
    // A date far from any signature is the page's or an attachment's.
    let date = date
        .filter(|(at, _)| found.as_ref().map_or(tail.len() <= at + 3, |(name, ..)| at.abs_diff(*name) <= 2));
    (found.map(|(_, name, range)| (name, range)), date.map(|(_, day)| day))
}

/// The division: the longest form that the title, the signature or the text gives.
fn region(
    document: &Document,
    lines: &[Line],
    title_body: &str,
    signatory: &str,
    named: Option<&Named>,
) -> RegionText {
    let cut = |name: &str| name[..region_bytes(name)].to_owned();
    let mut names =
        [cut(title_body), cut(signatory), named.map(|named| cut(&named.body)).unwrap_or_default()]
            .into_iter()
            .filter(|name| !name.is_empty());
    let Some(mut name) = names.next() else { return RegionText::default() };
    for other in names {
        if name.len() < other.len() && other.ends_with(&name) {
            name = other;
        }
    }
    // The title may name 高陵区 and the text 西安市高陵区, at the beginning of a line or behind punctuation.
    let mut place = None;
    for line in lines {
        let text = document.text.slice(&line.text);
        for (at, _) in text.match_indices(&name) {
            place.get_or_insert(line.text.start + at..line.text.start + at + name.len());
            let before = text[..at]
                .rfind(|c: char| !('\u{4e00}'..='\u{9fff}').contains(&c))
                .map_or(0, |byte| byte + text[byte..].chars().next().map_or(1, char::len_utf8));
            let longer = &text[before..at + name.len()];
            let above = &text[before..at];
            let is_chain =
                !above.is_empty() && above.chars().count() <= 14 && region_bytes(above) == above.len();
            if is_chain {
                place = Some(line.text.start + before..line.text.start + at + name.len());
                name = longer.to_owned();
                break;
            }
        }
    }
    RegionText { span: place.map(|range| document.text.span(&range)), name, ..RegionText::default() }
}

/// Whose work is counted, and the words that name an area instead of an organ.
fn subject(
    identity: &Identity,
    title_body: &str,
    named: Option<&Named>,
    document: &Document,
) -> (Body, Option<Range<usize>>) {
    let is_area = |name: &str| !name.is_empty() && region_bytes(name) == name.len();
    let government = |area: &str| {
        let name = match rank(area) {
            Rank::Township if area.ends_with("街道") => format!("{area}办事处"),
            _ if kind(&format!("{area}管委会")) == BodyKind::DevelopmentZone
                && rank(area) == Rank::Unknown
                && !area.ends_with('市') =>
            {
                area.to_owned()
            }
            _ => format!("{area}人民政府"),
        };
        body(name, None)
    };
    // The region in its longest form names the government best.
    let area_of = |name: &str| {
        if identity.region.name.ends_with(name) { identity.region.name.clone() } else { name.to_owned() }
    };
    let named_area = named.filter(|named| is_area(&named.body));
    if is_area(title_body) {
        let mut subject = government(&area_of(title_body));
        subject.span = identity.title.span.clone();
        return (subject, named_area.map(|named| named.quote.clone()));
    }
    if let Some(named) = named_area
        && matches!(kind(title_body), BodyKind::GeneralOffice | BodyKind::Government | BodyKind::Other)
    {
        let mut subject = government(&area_of(&named.body));
        subject.span = Some(document.text.span(&named.quote));
        return (subject, Some(named.quote.clone()));
    }
    if is_body_name(title_body) {
        return (body(title_body.to_owned(), identity.title.span.clone()), None);
    }
    if let Some(named) = named.filter(|named| is_body_name(&named.body)) {
        return (body(named.body.clone(), Some(document.text.span(&named.quote))), None);
    }
    (identity.signatory.clone(), None)
}

/// The rank of a 市 from what the text says lies below it.
fn refine_rank(document: &Document, lines: &[Line], identity: &mut Identity) {
    if identity.subject.rank != Rank::Unknown || !identity.region.name.ends_with('市') {
        return;
    }
    let says = |words: &[&str]| {
        lines.iter().any(|line| words.iter().any(|word| document.text.slice(&line.text).contains(word)))
    };
    let counties = [
        "县（区）",
        "县(区)",
        "各县区",
        "各县（市",
        "县区人民政府",
        "市直各",
        "县（市、区）",
        "市、县两级",
        "市县两级",
        "各区县",
        "县（市）",
    ];
    if says(&counties) {
        identity.subject.rank = Rank::Prefecture;
    } else if says(&["各乡镇", "乡镇（街道）", "镇（街道）", "各镇", "各街道"]) && !says(&["各县", "县区"])
    {
        identity.subject.rank = Rank::County;
    }
}

/// What the figures cover, from the words that say so.
fn scope(document: &Document, preamble: &[&Line], subject: &Body, area_quote: Option<Range<usize>>) -> Scope {
    const WHOLE_AREA: [&str; 17] = [
        "所辖",
        "各乡（镇）",
        "各乡(镇)",
        "各乡镇",
        "各镇",
        "各街道",
        "乡镇（街道）",
        "镇（街道）",
        "各县（区）",
        "各县(区)",
        "各县区",
        "县（市、区）",
        "各区县",
        "全市各级",
        "全县各级",
        "全区各级",
        "本行政区域",
    ];
    const OWN_LEVEL: [&str; 5] = ["政府各部门", "各部门", "市直", "县直", "各职能部门"];
    const ORGAN: [&str; 6] = ["本机关", "本单位", "本局", "我局", "本办", "本委"];
    let find = |words: &[&str]| {
        preamble.iter().find_map(|line| {
            let text = document.text.slice(&line.text);
            let at = words.iter().filter_map(|word| text.find(word)).min()?;
            // Only where the sentence speaks of the figures or of how the report was put together.
            let quote = sentence_around(text, at);
            let says = |words: &[&str]| words.iter().any(|word| text[quote.clone()].contains(word));
            let speaks = says(&["涵盖", "综合", "汇总", "包括", "编制", "结合", "数据", "统计", "包含"])
                && !says(&["不包括", "不包含", "不含", "未包括", "未包含", "另行", "除外", "请"]);
            speaks.then(|| line.text.start + quote.start..line.text.start + quote.end)
        })
    };
    let scope = |kind: ScopeKind, range: Range<usize>| Scope {
        kind,
        quote: document.text.slice(&range).to_owned(),
        span: Some(document.text.span(&range)),
    };
    let is_organ = matches!(
        subject.kind,
        BodyKind::Department | BodyKind::VerticallyLed | BodyKind::GeneralOffice | BodyKind::Township
    );
    if !is_organ && let Some(range) = find(&WHOLE_AREA) {
        return scope(ScopeKind::WholeArea, range);
    }
    if !is_organ && let Some(range) = find(&OWN_LEVEL) {
        return scope(ScopeKind::OwnLevel, range);
    }
    if let Some(range) = find(&ORGAN) {
        return scope(ScopeKind::Organ, range);
    }
    match area_quote {
        Some(range) if !is_organ => scope(ScopeKind::WholeArea, range),
        _ => Scope::default(),
    }
}

/// The clause around byte `at`: from the punctuation before it to the one after.
fn sentence_around(text: &str, at: usize) -> Range<usize> {
    let stops = ['。', '；', '，', ',', ';'];
    let start = text[..at]
        .rfind(stops)
        .map_or(0, |stop| stop + text[stop..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(stops).map_or(text.len(), |stop| at + stop);
    start..end
}
