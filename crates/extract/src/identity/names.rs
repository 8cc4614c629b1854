//! Names around a report and in its first words, for reports whose title and preamble name nobody.

use super::issuer::PRESS;
use super::title::is_navigation;
use super::{Opening, body, government};
use crate::bodies::{is_body_name, is_short_body_name, is_township, kind, region_bytes, region_range};
use crate::fold::is_space;
use crate::lines::without_spaces;
use crate::needles::Needles;
use gongkai_document::Document;
use gongkai_model::{Body, BodyKind};
use gongkai_regions::{may_begin, names_at, townships_named};
use memchr::memmem;
use std::sync::LazyLock;

/// Names that stand around the report or in its first words, the best first.
pub(super) fn further_names(opening: &Opening<'_>) -> Vec<String> {
    let document = opening.document;
    let source = document.page.source.as_ref();
    let source = source.filter(|source| !PRESS.iter().any(|word| source.text.contains(word)));
    let page = [document.page.publisher.as_ref(), document.page.title.as_ref(), source];
    let mut names: Vec<String> = Vec::new();
    for quoted in page.into_iter().flatten() {
        names.extend(parts_of(&quoted.text).filter(|name| !opening.speakers.exclude(name)));
    }
    let paragraphs: Vec<String> = opening
        .preamble
        .iter()
        .chain(&opening.first_text)
        .map(|line| without_spaces(document.text.slice(&line.text)))
        .collect();
    names.extend(paragraphs.first().and_then(|text| introduced(text)).map(str::to_owned));
    names.extend(paragraphs.iter().filter_map(|text| own_work(text)).map(str::to_owned));
    names.extend(paragraphs.iter().filter_map(|text| joined_with(text)).map(str::to_owned));
    names.extend(paragraphs.iter().filter_map(|text| opening_name(text)).map(str::to_owned));
    let lines = || opening.head.iter().map(|line| document.text.slice(&line.text));
    names.extend(lines().filter_map(labelled));
    names.extend(paragraphs.iter().filter_map(|text| contact(text)).map(str::to_owned));
    names.extend(paragraphs.iter().filter_map(|text| guide(text)).map(str::to_owned));
    for line in opening.head {
        let text = document.text.slice(&line.text);
        if is_navigation(text) {
            names.extend(text.split(['>', '»', '›', '|', '＞', '→', '/']).map(without_spaces));
        }
    }
    if !names.iter().any(|name| is_township(&name[region_range(name)])) {
        names.extend(own_township(document.text.as_str()).map(str::to_owned));
    }
    names.extend(paragraphs.iter().filter_map(|text| site(text)).map(str::to_owned));
    names.retain(|name| !name.is_empty());
    names
}

/// The parts of a title, a source or a publisher of the page: no more of them than a page has names.
fn parts_of(text: &str) -> impl Iterator<Item = String> {
    const CHARS_MAX: usize = 1000;
    const PARTS_MAX: usize = 16;
    let end = text.char_indices().nth(CHARS_MAX).map_or(text.len(), |(at, _)| at);
    text[..end].split(['_', '|', '-', '—', '>', '/']).take(PARTS_MAX).map(without_spaces)
}

/// Whether a title names somebody whom no rule knows: 甲市某某工坊. It is no government, though its name begins with an
/// area.
pub(super) fn is_unknown(title_body: &str) -> bool {
    /// What titles say of an area besides its name: 甲县政府系统, 甲县政务公开网.
    const OF_AREA: [&str; 24] = [
        "人民政府",
        "政府",
        "政务",
        "公开",
        "系统",
        "本级",
        "全市",
        "全县",
        "全区",
        "全省",
        "全镇",
        "全乡",
        "各级",
        "各部门",
        "行政机关",
        "机关",
        "部门",
        "门户",
        "网站",
        "网",
        "信息",
        "工作",
        "年度",
        "及",
    ];
    const CHARS_MAX: usize = 30;
    let own = &title_body[region_range(title_body).end..];
    let mut rest = own;
    while let Some(behind) = OF_AREA.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = behind;
    }
    2 <= own.chars().count()
        && !rest.is_empty()
        && !own.ends_with("系统")
        && title_body.chars().count() <= CHARS_MAX
        && title_body.chars().all(|c| c == '、' || ('\u{3400}'..='\u{9fff}').contains(&c))
        && !is_body_name(title_body)
        && !is_short_body_name(title_body)
}

/// The subject that those names give: the first body; the township or the government whose office is asked.
pub(super) fn subject_around(opening: &Opening<'_>, names: &[String], region: &str) -> Body {
    let text = opening.document.text.as_str();
    let bodies = || {
        let outer = names.iter().map(|name| without_inner_office(name, text));
        outer.filter(|name| is_name(name) && !opening.speakers.exclude(name))
    };
    let Some(first) = bodies().next() else {
        // 某市某系统 is no government, though its name begins with an area.
        let title = &opening.title.body;
        if title.ends_with("系统") && !title.ends_with("政府系统") {
            let kind = BodyKind::Department;
            return Body { kind, ..body(title.clone(), opening.quoted_title.span.clone()) };
        }
        let area = names.iter().find(|name| is_township(name) && region_bytes(name) == name.len());
        // A report that speaks of no bureau and no township of its own is that of the area on whose site it stands.
        let is_organ = paragraphs(opening).any(|text| ORGANS.iter().any(|organ| text.contains(organ)))
            || names_an_organ(&opening.title.body);
        let area = area.map(String::as_str).or(Some(region).filter(|region| !region.is_empty() && !is_organ));
        return area.map_or_else(Body::default, government);
    };
    // 区统计局 in one place, 甲区统计局 in another.
    let longer =
        |name: &&str| first.len() < name.len() && (name.ends_with(first) || is_short_for(first, name));
    let name = if region_range(first).is_empty() {
        bodies().find(longer).or_else(|| in_text(first, text)).unwrap_or(first)
    } else {
        first
    };
    let area = &name[region_range(name)];
    if is_township(area) && name.len() <= area.len() + "人民政府".len() {
        return body(name.to_owned(), None);
    }
    let of_area: Vec<String> = region.chars().last().map_or_else(Vec::new, |kind| {
        ["我", "全"]
            .iter()
            .map(|whose| format!("{whose}{kind}"))
            .chain(["各县", "各乡", "各镇"].map(str::to_owned))
            .collect()
    });
    let speaks_of_area =
        paragraphs(opening).any(|text| of_area.iter().any(|words| text.contains(words.as_str())));
    let is_office = matches!(kind(name), BodyKind::Department | BodyKind::GeneralOffice)
        && (name.contains("公开") || name.contains("政府办公"));
    if !area.is_empty() && region.ends_with(area) && !is_township(area) && is_in_charge(name, text) {
        return government(region);
    }
    // 我厅 is no government's word, though it also tells of the province.
    let speaks_as_organ = ["我局", "我厅", "本局", "本厅", "我院", "我队"]
        .iter()
        .any(|organ| paragraphs(opening).any(|text| text.contains(organ)));
    if is_township(area) || (is_office && speaks_of_area && !speaks_as_organ && !region.is_empty()) {
        return government(if is_township(area) { area } else { region });
    }
    body(name.to_owned(), None)
}

/// Whether behind the area in a title's name there is a word for an organ in it: that is not its government.
fn names_an_organ(title_body: &str) -> bool {
    let region = region_range(title_body);
    let behind = &title_body[region.end..];
    !region.is_empty()
        && !behind.starts_with("政府")
        && behind.contains(['局', '委', '厅', '院', '校', '办', '队', '所'])
}

fn is_name(name: &str) -> bool {
    is_body_name(name) || is_short_body_name(name)
}

/// Whether the body is in charge of disclosure, and `text` is not its own. It is asked about its government's report; of
/// its own it would speak again.
pub(super) fn is_in_charge(name: &str, text: &str) -> bool {
    let own = &name[region_range(name).end..];
    IN_CHARGE.iter().any(|word| own.contains(word))
        && text.matches(own).count() <= 1
        && !ORGANS.iter().any(|organ| has(text, organ))
}

/// Words of bodies in charge of disclosure, which are no general offices.
const IN_CHARGE: [&str; 7] =
    ["数据局", "数据管理局", "数据发展", "政务服务", "审批服务", "行政审批", "电子政务"];

/// The body whose office is named: 甲市统计局 of 甲市统计局办公室. The office of a government is a body of its own; that
/// of a committee is one, unless `text` speaks of the committee itself or the office only serves its rooms.
pub(super) fn without_inner_office<'a>(name: &'a str, text: &str) -> &'a str {
    const OFFICES: [&str; 22] = [
        "政府信息公开工作领导小组办公室",
        "政府信息公开领导小组办公室",
        "政务公开工作领导小组办公室",
        "政务公开领导小组办公室",
        "政府信息公开工作办公室",
        "政府信息公开办公室",
        "政务公开工作办公室",
        "政务公开办公室",
        "信息公开工作办公室",
        "信息公开办公室",
        "政府信息公开办",
        "党政综合办公室",
        "党政办公室",
        "党政办",
        "综合办公室",
        "综合科",
        "综合处",
        "秘书科",
        "秘书处",
        "政务公开办",
        "办公室",
        "办",
    ];
    let found = OFFICES.iter().find_map(|office| Some((name.strip_suffix(office)?, *office)));
    let outer = found.filter(|(outer, office)| {
        let is_government = kind(outer) == BodyKind::Government && !is_township(&outer[region_range(outer)]);
        let is_committee = outer.ends_with(['会', '委']) && matches!(*office, "办公室" | "办");
        is_name(outer) && !is_government && (!is_committee || speaks_of(text, outer))
    });
    // 甲区教育局局办公室: a slip of the pen.
    outer.map_or(name, |(outer, _)| match outer.strip_suffix('局') {
        Some(once) if once.ends_with('局') => once,
        _ => outer,
    })
}

/// Whether `text` names this body and not only an office of it.
fn speaks_of(text: &str, name: &str) -> bool {
    memmem::find_iter(text.as_bytes(), name.as_bytes()).any(|at| !text[at + name.len()..].starts_with('办'))
}

/// The body of this name with its division, as `text` has it somewhere: 甲市统计局 for 市统计局.
pub(super) fn in_text<'a>(name: &str, text: &'a str) -> Option<&'a str> {
    let kind = name.chars().next().filter(|kind| "省市县区州旗盟".contains(*kind))?;
    memmem::find_iter(text.as_bytes(), name.as_bytes()).find_map(|at| {
        // 根据甲市教育局《关于…的通知》: the body above writes notices.
        let behind = text.get(at + name.len()..)?.trim_start_matches(is_space);
        if ["《", "“关于", "关于", "印发", "转发", "下发", "文件"].iter().any(|word| behind.starts_with(word))
        {
            return None;
        }
        let before = text.get(..at + kind.len_utf8())?;
        let starts = before.char_indices().rev().take(DIVISION_CHARS_MAX).map(|(byte, _)| byte);
        let is_listed = |start: usize| {
            names_at(&before[start..]).any(|(found, division)| {
                start + found.len() == before.len() && found.len() == division.name().len()
            })
        };
        let start =
            starts.filter(|&start| is_listed(start)).last().filter(|&start| may_begin(&before[..start]))?;
        text.get(start..at + name.len())
    })
}

/// The body under its name with its division, where the text has that somewhere: 甲县林业局 for 县林业局.
pub(super) fn completed(subject: Body, document: &Document) -> Body {
    let text = document.text.as_str();
    let is_short = is_body_name(&subject.name) && region_range(&subject.name).is_empty();
    let Some(whole) = in_text(&subject.name, text).filter(|whole| is_short && is_body_name(whole)) else {
        return subject;
    };
    let begin = whole.as_ptr() as usize - text.as_ptr() as usize;
    body(whole.to_owned(), Some(document.text.span(&(begin..begin + whole.len()))))
}

/// Whose work a body that calls itself 我局 says it does: 为做好甲市教育局政府信息公开工作，我局….
fn own_work(text: &str) -> Option<&str> {
    const DEEDS: [&str; 5] = ["做好", "推进", "加强", "规范", "开展"];
    let sentence = text.split('。').next()?;
    let end = sentence.find("政府信息公开").or_else(|| sentence.find("政务公开"))?;
    let begin = DEEDS.iter().filter_map(|deed| Some(sentence[..end].rfind(deed)? + deed.len())).max()?;
    let name = &sentence[begin..end];
    let speaks = || {
        let kind = name.chars().last().unwrap_or_default();
        ["我", "本"].iter().any(|own| has(&sentence[end..], &format!("{own}{kind}")))
    };
    (is_body_name(name) && !region_range(name).is_empty() && speaks()).then_some(name)
}

/// A division with what contains it has no longer name.
const DIVISION_CHARS_MAX: usize = 13;

/// Whether `short` is the name of a body without its division and some of its characters: 市市场监管局 for
/// 甲市市场监督管理局.
fn is_short_for(short: &str, full: &str) -> bool {
    let own = region_range(full);
    let Some(division_kind) = full[own.clone()].chars().last() else { return false };
    let Some(short) = short.strip_prefix(division_kind) else { return false };
    let mut rest = full[own.end..].chars();
    short.chars().next() == full[own.end..].chars().next()
        && short.chars().all(|c| rest.any(|other| other == c))
}

/// Whose figures the preamble says were put together: 结合甲区税务局（以下简称“区税务局”）政府信息公开工作….
fn joined_with(text: &str) -> Option<&str> {
    if !has(text, "结合") {
        return None;
    }
    const ENDS: [&str; 8] =
        ["（以下简称", "(以下简称", "政府信息公开", "信息公开", "政务公开", "工作实际", "实际", "各"];
    text.match_indices("结合").find_map(|(at, word)| {
        let rest =
            text[at + word.len()..].trim_start_matches(|c: char| c.is_ascii_digit() || "年度".contains(c));
        let end = ENDS.iter().filter_map(|end| rest.find(end)).min()?;
        let name = &rest[..end];
        (is_name(name) || (!name.is_empty() && region_bytes(name) == name.len())).then_some(name)
    })
}

/// How organs that are no governments speak of themselves.
const ORGANS: [&str; 18] = [
    "我局",
    "我镇",
    "我乡",
    "我街道",
    "我委",
    "我办",
    "我院",
    "我队",
    "我中心",
    "我厅",
    "本单位",
    "本局",
    "我校",
    "本校",
    "我园",
    "我公司",
    "本公司",
    "我集团",
];

fn paragraphs<'a>(opening: &'a Opening<'_>) -> impl Iterator<Item = &'a str> {
    let lines = opening.preamble.iter().chain(&opening.first_text);
    lines.map(|line| opening.document.text.slice(&line.text))
}

/// Whether `words` stand in a longer text.
fn has(text: &str, words: &str) -> bool {
    memmem::find(text.as_bytes(), words.as_bytes()).is_some()
}

/// The body behind a label for who wrote the report: 编制单位：甲县水利局, 单位名称：甲县水利局　填报日期：….
fn labelled(line: &str) -> Option<String> {
    const LABELS: [&str; 6] = ["编制单位", "填报单位", "报告单位", "单位名称", "编制机关", "报告机关"];
    let behind = LABELS.iter().find_map(|label| line.split_once(label))?.1;
    let name = behind.strip_prefix(['：', ':'])?.trim_matches(is_space);
    let name = name.split(is_space).next().unwrap_or_default();
    is_name(name).then(|| name.to_owned())
}

/// Whom to ask: 请与某县大街乡信息公开领导小组办公室联系.
fn contact(text: &str) -> Option<&str> {
    if !has(text, "请") && !has(text, "直接与") && !has(text, "可与") {
        return None;
    }
    ["请与", "请联系", "请向", "请咨询", "直接与", "可与"].iter().find_map(|ask| {
        let rest = text.split_once(ask)?.1.trim_start_matches(['：', ':']);
        let end = rest.find(['，', ',', '（', '(', '。', '；', '：', ':']).unwrap_or(rest.len());
        let said = &rest[..end];
        Some(said.split_once("联系").map_or(said, |(name, _)| name)).filter(|name| is_body_name(name))
    })
}

/// Whose guide, list or rule for itself it is that was made: 完善《某乡人民政府信息公开指南》.
fn guide(text: &str) -> Option<&str> {
    const OWN_RULES: [&str; 6] =
        ["保密审查制度", "保密制度", "审查制度", "发布制度", "责任追究制度", "工作规程"];
    const RULES_OF_NO_ORGANS: [&str; 4] = ["实施细则", "工作实施细则", "工作实施办法", "管理制度"];
    text.match_indices('《').find_map(|(at, mark)| {
        let title = text[at + mark.len()..].split('》').next()?;
        let (name, rest) = title.split_once("信息公开")?;
        // 某局政府信息公开指南, but 某乡人民政府信息公开指南
        let name = name.strip_suffix("政府").filter(|name| !name.ends_with("人民")).unwrap_or(name);
        // 《高等学校信息公开…》 is of no school.
        let is_of_one = || !name.starts_with("高等") && kind(name) == BodyKind::Other;
        let is_own = matches!(rest, "指南" | "目录" | "工作制度" | "指南和目录")
            || (!region_range(name).is_empty() && OWN_RULES.contains(&rest))
            || (RULES_OF_NO_ORGANS.contains(&rest) && is_of_one());
        (is_own && is_name(name)).then_some(name)
    })
}

/// Who introduces itself in the first clause: 甲市乙小学，位于…. A name with its division, and nothing else.
fn introduced(text: &str) -> Option<&str> {
    let clause = text.split(['，', ',']).next()?;
    let is_introduction =
        clause.len() < text.len() && is_body_name(clause) && !region_range(clause).is_empty();
    (is_introduction && kind(clause) == BodyKind::Other).then_some(clause)
}

/// The organ of the only township that a text names which speaks of itself as one: 我乡…, 甲乡人民政府通过….
fn own_township(text: &str) -> Option<&str> {
    const SELVES: [&str; 5] = ["我镇", "我乡", "我街道", "本街道", "我办事处"];
    const ORGANS: [&str; 3] = ["乡人民政府", "镇人民政府", "街道办事处"];
    if !SELVES.iter().any(|own| has(text, own)) {
        return None;
    }
    let mut found: Option<&str> = None;
    for (organ, end) in
        ORGANS.iter().flat_map(|organ| text.match_indices(organ).map(move |(at, _)| (*organ, at)))
    {
        let kind_end = end + organ.len()
            - if organ.starts_with("街道") { "办事处".len() } else { "人民政府".len() };
        let starts = text[..end].char_indices().rev().take(DIVISION_CHARS_MAX).map(|(byte, _)| byte);
        let is_listed = |start: usize| townships_named(&text[start..kind_end]).next().is_some();
        let start = starts.filter(|&start| is_listed(start)).last();
        let Some(start) = start.filter(|&start| may_begin(&text[..start])) else { continue };
        let name = &text[start..end + organ.len()];
        if found.is_some_and(|known| known != name) {
            return None;
        }
        found = Some(name);
    }
    found
}

/// The government on whose site the report stands: 在某市人民政府门户网站公布.
fn site(text: &str) -> Option<&str> {
    static SITES: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&[
            "人民政府门户网站",
            "政府门户网站",
            "人民政府网站",
            "政府网站",
            "门户网站",
            "人民政府信息公开网",
            "政府信息公开平台",
            "政务公开办",
            "政务服务网",
        ])
    });
    // What one of these stands in.
    if !["网", "平台", "公开办"].iter().any(|part| has(text, part)) {
        return None;
    }
    let mut sites = SITES.matches_by_word(text);
    sites.find_map(|(at, _)| {
        let before = &text[..at];
        let starts = before.char_indices().rev().take(12).map(|(byte, _)| byte);
        let full = |start: usize| {
            names_at(&before[start..]).any(|(name, division)| {
                start + name.len() == before.len() && name.len() == division.name().len()
            })
        };
        let start = starts.filter(|&start| full(start)).last();
        start.filter(|&start| may_begin(&before[..start])).map(|start| &before[start..])
    })
}

/// Who acts in the first sentence that begins with a year: 2021年，某街道办事处认真贯彻…. What the sentence puts before
/// it (在区委的领导下，) is passed over.
fn opening_name(text: &str) -> Option<&str> {
    text.match_indices('年').find_map(|(at, year)| {
        let digits = text[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
        let begins =
            text[..at - digits].is_empty() || text[..at - digits].ends_with(['。', '）', ')', '：', '；']);
        if digits != 4 || !begins {
            return None;
        }
        const CLAUSES_MAX: usize = 3;
        let sentence = text[at + year.len()..].split('。').next().unwrap_or_default();
        let rest = sentence.trim_start_matches(['度', '以', '来', '，', ',']);
        rest.split(['，', ',']).take(CLAUSES_MAX).find_map(acting)
    })
}

/// The name before the first word that tells what somebody does, if a name stands before it.
fn acting(clause: &str) -> Option<&str> {
    static ACTS: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&[
            "认真",
            "坚持",
            "深入",
            "严格",
            "按照",
            "紧紧",
            "全面",
            "高度",
            "积极",
            "主动",
            "根据",
            "切实",
            "共",
            "继续",
            "以",
            "在",
            "政府信息",
            "信息公开",
            "贯彻",
            "政务",
            "不断",
            "扎实",
            "着力",
            "持续",
            "落实",
            "立足",
            "围绕",
            "加强",
            "通过",
            "未",
            "没有",
            "收到",
            "将",
            "把",
            "依",
            "强化",
            "进一步",
            "大力",
            "充分",
            "组织",
            "及时",
            "始终",
            "紧扣",
            "聚焦",
            "牢固",
            "结合",
            "严",
        ])
    });
    const NAME_CHARS_MAX: usize = 30;
    let end = clause.char_indices().nth(NAME_CHARS_MAX).map_or(clause.len(), |(byte, _)| byte);
    let head = &clause[..end];
    let mut ends = ACTS.matches(head).map(|(at, _)| at).peekable();
    // What begins with an act names nobody.
    if ends.peek() == Some(&0) {
        return None;
    }
    ends.map(|end| &head[..end]).find(|name| is_actor(name))
}

/// Whether these words before an act are a name: that of an area, or of a body that nothing else is said of.
fn is_actor(words: &str) -> bool {
    const NO_NAME: [&str; 11] =
        ["推进", "健全", "完善", "有关", "部门", "发生", "针对", "领导", "无因", "所属", "在"];
    // 推动学校信息公开…, 促进县教育局…: what is done, and to whom.
    const DEEDS: [&str; 12] =
        ["推动", "促进", "指导", "督促", "协助", "配合", "规范", "提升", "提高", "做好", "优化", "深化"];
    if DEEDS.iter().any(|deed| words.starts_with(deed)) {
        return false;
    }
    let region = region_range(words);
    if !words.is_empty() && region.len() == words.len() {
        return true;
    }
    // 政府 alone ends many words; 海关 is the only body of its ending.
    let is_whole = !region.is_empty()
        || ((!words.ends_with("政府") || words.ends_with("人民政府"))
            && (!words.ends_with('关') || words.ends_with("海关")));
    is_name(words) && is_whole && !NO_NAME.iter().any(|word| words.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_first_words() {
        assert_eq!(opening_name("2021年，乙路街道办事处认真贯彻条例。"), Some("乙路街道办事处"));
        assert_eq!(opening_name("（一）主动公开。2022年甲市教育局全面贯彻条例。"), Some("甲市教育局"));
        assert_eq!(opening_name("2021年，我局认真贯彻条例。"), None);
        assert_eq!(opening_name("2021年，在区委的领导下，甲区水务局深入贯彻条例。"), Some("甲区水务局"));
        assert_eq!(opening_name("2021年，甲市公共资源交易中心共公开5条。"), Some("甲市公共资源交易中心"));
        assert_eq!(opening_name("2021年，严格按照政府信息公开的要求公开。"), None);
        assert_eq!(opening_name("2021年，无因政府信息公开引起的复议。"), None);
        assert_eq!(opening_name("2024年，水务局深入贯彻条例。"), Some("水务局"));
        assert_eq!(joined_with("结合甲区水务局（以下简称“区水务局”）工作编制"), Some("甲区水务局"));
        assert_eq!(joined_with("结合2023年甲市乙区丙街道各科室工作"), Some("甲市乙区丙街道"));
        assert_eq!(joined_with("结合我局工作实际"), None);
        assert_eq!(contact("如有疑问，可与甲市教育局办公室联系"), Some("甲市教育局办公室"));
        assert_eq!(opening_name("2021年，在县委的领导下，甲县认真贯彻条例。"), Some("甲县"));
        assert_eq!(
            contact("如有疑问，请与甲县乙乡人民政府办公室联系（电话：1）"),
            Some("甲县乙乡人民政府办公室")
        );
        assert_eq!(contact("请与我镇联系。"), None);
        assert_eq!(guide("完善《甲乡人民政府信息公开指南》等"), Some("甲乡人民政府"));
        assert_eq!(guide("编制了《甲县水务局政府信息公开目录》"), Some("甲县水务局"));
        assert_eq!(guide("根据《中华人民共和国政府信息公开条例》"), None);
        assert_eq!(guide("建立了《甲市乙局信息公开保密制度》"), Some("甲市乙局"));
        assert_eq!(guide("根据《乙局信息公开保密制度》"), None, "whose it is, is not known");
        assert_eq!(guide("执行《甲乙大学信息公开工作实施细则》"), Some("甲乙大学"));
        assert_eq!(guide("执行《高等学校信息公开实施细则》"), None);
        assert_eq!(own_work("为做好甲市教育局政府信息公开工作，我局按要求公开。"), Some("甲市教育局"));
        assert_eq!(labelled("编制单位：甲县水利局"), Some("甲县水利局".to_owned()));
        assert_eq!(labelled("单位名称：甲县水利局　填报日期：2022年1月"), Some("甲县水利局".to_owned()));
        assert_eq!(labelled("编制单位公开了5条"), None);
        assert_eq!(own_work("为做好甲市教育局政府信息公开工作，我镇按要求公开。"), None, "another's");
        assert_eq!(introduced("甲市乙实验小学，以美育为特色。"), Some("甲市乙实验小学"));
        assert_eq!(introduced("甲市教育局，认真贯彻条例。"), None);
        assert_eq!(introduced("本校，位于甲市。"), None);
        assert_eq!(opening_name("2021年医院在甲市人民政府信息公开网上公开。"), None);
        assert_eq!(opening_name("2021年，推动学校信息公开工作的制度化。"), None);
        assert_eq!(own_township("我乡公开，通远街道办事处公开5条"), Some("通远街道办事处"));
        assert_eq!(own_township("通远街道办事处公开5条"), None, "it need not be the own one");
        assert_eq!(own_township("我街道和通远街道办事处、鹿苑街道办事处"), None);
        assert_eq!(site("全文在西安市人民政府门户网站公布"), Some("西安市"));
        assert_eq!(site("全文在本县人民政府网站公布"), None);
    }

    #[test]
    fn the_office_in_a_body_is_no_body() {
        let outer = |name| without_inner_office(name, "在甲省卫生健康委员会门户网站公布");
        assert_eq!(outer("甲市统计局办公室"), "甲市统计局");
        assert_eq!(outer("甲市人防办秘书处"), "甲市人防办");
        assert_eq!(outer("甲省审计厅政府信息公开工作办公室"), "甲省审计厅");
        assert_eq!(outer("审计局办公室"), "审计局");
        assert_eq!(outer("甲省人民政府信息公开办公室"), "甲省人民政府信息公开办公室");
        assert_eq!(outer("甲市统计局局党政办公室"), "甲市统计局");
        assert_eq!(outer("甲县人民政府办公室"), "甲县人民政府办公室");
        assert_eq!(outer("甲县乙镇人民政府党政办公室"), "甲县乙镇人民政府");
        assert_eq!(outer("甲县水利局政府信息公开工作领导小组办公室"), "甲县水利局");
        assert_eq!(outer("甲市人民政府信息公开工作领导小组办公室"), "甲市人民政府信息公开工作领导小组办公室");
        assert_eq!(outer("甲开发区管委会党政办公室"), "甲开发区管委会");
        assert_eq!(outer("甲省卫生健康委员会办公室"), "甲省卫生健康委员会");
        assert_eq!(outer("甲市安全生产委员会办公室"), "甲市安全生产委员会办公室", "a body of its own");
    }

    #[test]
    fn a_body_without_its_division_is_known_by_its_full_name() {
        assert!(is_short_for("市市场监管局", "甲市市场监督管理局"));
        assert!(is_short_for("市卫健委", "甲市卫生健康委员会"));
        assert!(!is_short_for("县市场监管局", "甲市市场监督管理局"));
        assert!(!is_short_for("市市场监管局", "甲市教育局"));
        assert!(!is_short_for("市场监管局", "甲市市场监督管理局"));
    }

    #[test]
    fn a_title_of_many_parts_gives_a_bounded_number_of_names() {
        let parts = (0..2000).map(|at| format!("甲水县教育局{at}_")).collect::<String>();
        assert_eq!(parts_of(&parts).count(), 16);
        let long = "甲".repeat(5000);
        assert_eq!(parts_of(&long).map(|part| part.chars().count()).sum::<usize>(), 1000);
        assert_eq!(parts_of("甲水县教育局 - 公开_首页").next().as_deref(), Some("甲水县教育局"));
    }
}
