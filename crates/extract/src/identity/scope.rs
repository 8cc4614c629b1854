//! What the figures cover, from the words that say so.

use crate::fold::is_space;
use crate::lines::Line;
use crate::needles::Needles;
use gongkai_document::Document;
use gongkai_model::{Body, BodyKind, Scope, ScopeKind};
use std::ops::Range;
use std::sync::LazyLock;

static WHOLE_AREA: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&[
        "所辖",
        "各乡（镇）",
        "各乡(镇)",
        "各乡镇",
        "各乡、",
        "各镇",
        "各街道",
        "乡镇（街道）",
        "乡镇(街道)",
        "镇（街道）",
        "镇(街道)",
        "各县（",
        "各县(",
        "各县、",
        "各县区",
        "各县市",
        "各县人民政府",
        "各县政府",
        "各市人民政府",
        "各市政府",
        "各州人民政府",
        "各地级以上市",
        "各地、各部门",
        "各地各部门",
        "各地区、各部门",
        "各地区各部门",
        "各区（",
        "各区(",
        "各区、",
        "各区县",
        "各区市县",
        "各区人民政府",
        "各区政府",
        "各市（",
        "各市(",
        "各市、",
        "各市县",
        "各旗县",
        "各盟市",
        "县（市、区）",
        "县(市、区)",
        "全省各级",
        "全市各级",
        "全州各级",
        "全县各级",
        "全区各级",
        "本行政区域",
    ])
});
/// The area as a whole, where it is put together or covered: 汇总全市政府信息公开情况.
static PUT_TOGETHER: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&[
        "汇总全市",
        "汇总全县",
        "汇总全区",
        "汇总全省",
        "汇总全州",
        "汇总全旗",
        "汇总全盟",
        "涵盖全市",
        "涵盖全县",
        "涵盖全区",
        "涵盖全省",
        "涵盖全州",
        "涵盖全旗",
        "为全市汇总",
        "为全县汇总",
        "为全区汇总",
        "为全省汇总",
    ])
});
/// Areas below that are counted: 涵盖县本级和12个乡镇.
static COUNTED: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&["个乡镇", "个乡（镇）", "个县区", "个区县", "个县（市、区）", "个街道", "个镇"])
});
static OWN_LEVEL: LazyLock<Needles> =
    LazyLock::new(|| Needles::new(&["政府各部门", "各部门", "市直", "县直", "各职能部门"]));
/// A government with its departments, and none of the areas below it.
static LEVEL_ALONE: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&[
        "本级政府（机关）",
        "本级政府(机关)",
        "政府本级",
        "省本级",
        "市本级",
        "县本级",
        "区本级",
        "州本级",
        "旗本级",
    ])
});
static ORGAN: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&["本机关", "本单位", "本局", "我局", "本办", "本委", "我委", "我单位", "我厅", "我办"])
});
/// The rooms of an organ, without the units that belong to it.
static ROOMS: LazyLock<Needles> =
    LazyLock::new(|| Needles::new(&["局机关", "厅机关", "委机关", "办机关", "总署机关"]));

/// Words that show that a sentence speaks of the figures, or of how the report was put together.
const SPEAKS: [&str; 10] =
    ["涵盖", "综合", "汇总", "包括", "编制", "结合", "数据", "统计", "包含", "各级行政机关开展"];
/// Those of them that show it of the figures. 我局编制了本报告 and 结合我局工作 tell who wrote, and not what is counted.
const SPEAKS_OF_FIGURES: [&str; 7] = ["涵盖", "汇总", "包括", "数据", "统计", "包含", "仅"];
/// The same, where the words name the report itself: 公布2018年度本级政府（机关）信息公开年度报告.
const SPEAKS_OF_REPORT: [&str; 9] =
    ["涵盖", "汇总", "包括", "数据", "统计", "包含", "仅", "年度报告", "年报"];
/// Those that show it of a clause that begins with those whose figures they are.
const PUTS_TOGETHER: [&str; 8] = ["涵盖", "综合", "汇总", "包括", "数据", "统计", "包含", "各级行政机关开展"];
const SPEAKS_NOT: [&str; 8] = ["不包括", "不包含", "不含", "未包括", "未包含", "另行", "除外", "请"];
/// What a clause says of more than one level or organ.
const SPEAKS_OF_MORE: [&str; 14] = [
    "县区", "区县", "县市", "乡镇", "街道", "所辖", "各县", "各区", "各乡", "各镇", "下属", "直属", "所属",
    "参公",
];

/// Finds the scope. `area_quote` are words that call the report that of an area instead of an organ; `note` is what the
/// title says in brackets, with its place: （本级机关）.
pub(super) fn scope(
    document: &Document,
    preamble: &[&Line],
    subject: &Body,
    area_quote: Option<Range<usize>>,
    note: Option<(&str, Range<usize>)>,
) -> Scope {
    let scope = |kind: ScopeKind, range: Range<usize>| Scope {
        kind,
        quote: document.text.slice(&range).to_owned(),
        span: Some(document.text.span(&range)),
    };
    // Only a government, its office or a zone has departments of its own.
    let has_departments =
        matches!(subject.kind, BodyKind::Government | BodyKind::GeneralOffice | BodyKind::DevelopmentZone)
            || subject.name.is_empty();
    let find = |words: &Needles, says: &Says| {
        preamble.iter().find_map(|line| sentence_with(document, line, words, says))
    };
    // The general office reports for its government, or for itself: the text says so.
    let is_organ =
        matches!(subject.kind, BodyKind::Department | BodyKind::VerticallyLed | BodyKind::Township);
    if let Some((note, range)) = note {
        let is_government = matches!(subject.kind, BodyKind::Government | BodyKind::DevelopmentZone);
        if note.contains("本级") && is_government {
            return scope(ScopeKind::OwnLevel, range);
        }
        if note.contains("本级") || note.contains("机关") {
            return scope(ScopeKind::Organ, range);
        }
    }
    let of_all = Says { speaks: &SPEAKS, not: &SPEAKS_NOT };
    let of_figures = Says { speaks: &SPEAKS_OF_FIGURES, not: &SPEAKS_NOT };
    let whole_area = || {
        find(&WHOLE_AREA, &of_all)
            .or_else(|| find(&PUT_TOGETHER, &of_all))
            .or_else(|| find(&COUNTED, &of_figures))
    };
    let alone = [&SPEAKS_NOT[..], &SPEAKS_OF_MORE].concat();
    if !is_organ && let Some(range) = whole_area() {
        return scope(ScopeKind::WholeArea, range);
    }
    let level_alone = || find(&LEVEL_ALONE, &Says { speaks: &SPEAKS_OF_REPORT, not: &alone });
    if has_departments && let Some(range) = find(&OWN_LEVEL, &of_all).or_else(level_alone) {
        return scope(ScopeKind::OwnLevel, range);
    }
    let rooms = || find(&ROOMS, &Says { speaks: &SPEAKS_OF_FIGURES, not: &alone });
    if let Some(range) = find(&ORGAN, &Says { speaks: &SPEAKS_OF_FIGURES, not: &alone }).or_else(rooms) {
        return scope(ScopeKind::Organ, range);
    }
    match area_quote {
        Some(range) if !is_organ => scope(ScopeKind::WholeArea, range),
        _ => Scope::default(),
    }
}

/// Words of which a clause has to have one, and words of which it may have none.
struct Says<'a> {
    speaks: &'a [&'static str],
    not: &'a [&'static str],
}

/// The clause of the line that has one of these words and speaks of the figures. What a quoted title says is no word of
/// the report.
fn sentence_with(
    document: &Document,
    line: &Line,
    words: &Needles,
    clause: &Says<'_>,
) -> Option<Range<usize>> {
    let text = document.text.slice(&line.text);
    // A preamble may be one long line: nothing of it is looked at twice.
    let (mut seen, mut is_quoted, mut judged) = (0, false, 0);
    words.matches(text).find_map(|(at, _)| {
        if let Some(mark) = text[seen..at].rfind(['《', '》']) {
            is_quoted = text[seen + mark..].starts_with('《');
        }
        seen = at;
        if is_quoted || at < judged {
            return None;
        }
        let quote = sentence_around(text, at);
        judged = quote.end;
        let says = |words: &[&str]| words.iter().any(|word| text[quote.clone()].contains(word));
        // 各县区编制年度报告: who begins the clause writes, and is not what is put together.
        let begins = text[quote.start..at].trim_matches(is_space).is_empty();
        let only_writes = || begins && !says(&PUTS_TOGETHER);
        (says(clause.speaks) && !says(clause.not) && !only_writes())
            .then(|| line.text.start + quote.start..line.text.start + quote.end)
    })
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
