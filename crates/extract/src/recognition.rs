//! Whether a document is an annual report on government information disclosure, or the visible part of one.

use crate::identity::{self, Identity};
use crate::lines::{Line, without_spaces};
use crate::{NotAReport, sections};
use gongkai_document::Document;

/// Lines in which a report names itself, and a notice tells that it is one.
const HEAD_LINES: usize = 40;

/// A report names itself in its title or preamble and shows something of what a report says: a table, a part, or the
/// preamble's own words. One that does not name itself shows several parts, or tables. Only the beginning may be there.
pub(crate) fn is_report(
    document: &Document,
    lines: &[Line],
    identity: &Identity,
    tables: usize,
    headings: &[&str],
) -> Result<(), NotAReport> {
    let text = document.text.as_str();
    let head = || lines.iter().take(HEAD_LINES).map(|line| document.text.slice(&line.text));
    let has_tables = 0 < tables;
    let parts = headings.len();
    let prescribed = headings.iter().filter(|heading| sections::is_prescribed_heading(heading)).count();
    if is_of_part_of_year(&identity.title.text)
        || (identity.title.text.is_empty() && head().any(tells_part_of_year))
    {
        return Err(NotAReport { missing: "it is of a part of a year, and no annual one" });
    }
    // A notice about such reports names them, too, and has numbered parts; so does a comment on one. A report may be
    // announced in its own title: 关于公布….
    let is_notice =
        |line: &str| identity::is_notice(line) && !(prescribed != 0 && line.trim_end().ends_with("公告"));
    if !has_tables && head().any(is_notice) {
        return Err(NotAReport { missing: "it is a notice or a rule about such reports, not one" });
    }
    if !has_tables && (is_comment(&identity.title.text) || head().any(explains)) {
        return Err(NotAReport { missing: "it speaks about such a report, and is not one" });
    }
    let titled = !identity.title.text.is_empty();
    if !has_tables && !titled && !has_preamble(lines, document) && head().any(is_other_title) {
        return Err(NotAReport { missing: "its title is that of another kind of document" });
    }
    let named = titled || head().any(|line| identity::names_report(&without_spaces(line)));
    // Numbered parts are those of a report only where its title, its own words or its year say so.
    let has_own_words = titled || 1 <= prescribed || has_year(identity);
    let has_content = has_tables
        || (2 <= parts && has_own_words)
        || (titled && 1 <= parts)
        || 1 <= prescribed
        || has_preamble(lines, document)
        || 3 <= sections::parts_named(text)
        || 4 <= sections::parts_numbered(text);
    // What names nothing may be the page's body alone, under a title that was left out.
    let shows_itself = || {
        speaks_of_disclosure(text)
            && (2 <= prescribed || (1 <= prescribed && has_year(identity)) || has_preamble(lines, document))
    };
    match (named, has_content) {
        (true, true) => Ok(()),
        // Tables alone are a report's if there are several, or if anything else of one is there.
        (false, true) if 2 <= tables || (has_tables && (has_year(identity) || 0 < parts)) => Ok(()),
        (false, true) if shows_itself() => Ok(()),
        (true, false) => {
            Err(NotAReport { missing: "it is named, but has neither the parts nor the tables of one" })
        }
        (false, _) => Err(NotAReport {
            missing: "neither its title nor its text names one, and it has none of its tables",
        }),
    }
}

fn has_year(identity: &Identity) -> bool {
    identity.year.is_some()
}

/// Half-years, quarters and months.
const PARTS_OF_YEAR: [&str; 11] = [
    "上半年",
    "下半年",
    "半年度",
    "半年工作",
    "一季度",
    "二季度",
    "三季度",
    "四季度",
    "季度政",
    "季度信",
    "月份",
];

/// Whether a title says that its report is of a part of a year: 甲局2023年上半年政府信息公开工作报告.
fn is_of_part_of_year(title: &str) -> bool {
    PARTS_OF_YEAR.iter().any(|words| title.contains(words))
}

/// The same for the words of a preamble: 现将我局2023年上半年政府信息公开工作情况报告如下.
fn tells_part_of_year(line: &str) -> bool {
    // Most lines announce nothing, which one character tells.
    if !line.contains("如") {
        return false;
    }
    let words = without_spaces(line);
    let announces = words.contains("报告如下") || words.contains("汇报如下") || words.contains("总结如下");
    announces
        && PARTS_OF_YEAR.iter().any(|part| {
            let behind = words.find(part).and_then(|at| words.get(at + part.len()..)).unwrap_or_default();
            ["政府信息公开", "政务公开", "信息公开", "的政府信息", "的政务"]
                .iter()
                .any(|about| behind.starts_with(about))
        })
}

/// Whether a line is the title of another document on disclosure: a guide, a list, a plan, a budget.
fn is_other_title(line: &str) -> bool {
    const CHARS_MAX: usize = 48;
    const KINDS: [&str; 14] = [
        "指南",
        "目录",
        "要点",
        "制度",
        "预算",
        "决算",
        "工作总结",
        "工作方案",
        "实施方案",
        "工作计划",
        "办法",
        "规定",
        "范文",
        "任务分解表",
    ];
    if CHARS_MAX * char::MAX.len_utf8() < line.len() {
        return false;
    }
    let words = without_spaces(line);
    let plain = words.trim_end_matches(['）', ')']);
    let plain = plain.rsplit_once(['（', '(']).map_or(plain, |(before, _)| before);
    words.chars().count() <= CHARS_MAX
        && KINDS.iter().any(|kind| plain.ends_with(kind))
        // 政府信息公开指南 alone is a link of the page around the text.
        && !["政府信息公开", "信息公开", "政务公开", "公开"].iter().any(|alone| {
            plain.strip_prefix(alone).is_some_and(|kind| KINDS.contains(&kind))
        })
        && !words.contains(['。', '，', '；', '：', ':', '、', '>', '|', '》'])
}

/// Whether a title is of a text about a report: 文字解读：某县2022年政府信息公开工作年度报告.
fn is_comment(title: &str) -> bool {
    const WORDS: [&str; 7] = ["解读", "解读稿", "图解", "读懂", "新闻", "答记者问", "简讯"];
    let before = title.find("信息公开").or_else(|| title.find("政务公开")).map_or("", |at| &title[..at]);
    WORDS.iter().any(|word| before.contains(word) || title.trim_end().ends_with(word))
}

/// Whether a line says that a report is explained: 现就年报内容进行如下解读.
fn explains(line: &str) -> bool {
    let words = ["进行如下解读", "解读如下", "进行以下解读", "作如下解读", "做如下解读"];
    line.contains("解读") && words.iter().any(|words| line.contains(words))
}

/// Whether the words of a report's preamble stand among the first lines: the period of its figures, or that it is
/// herewith made public.
fn has_preamble(lines: &[Line], document: &Document) -> bool {
    const PERIOD: [&str; 6] =
        ["统计期限", "统计时限", "统计时间", "统计数据期限", "数据期限", "数据统计范围"];
    const HEREWITH: [&str; 13] = [
        "全文包括",
        "报告主要包括",
        "编制而成",
        "信息公开工作编制",
        "编制本报告",
        "编制完成本报告",
        "编制本年度报告",
        "编制本年报",
        "报告如下",
        "现公布",
        "现向社会公布",
        "本报告由",
        "本年度报告由",
    ];
    lines.iter().take(HEAD_LINES).any(|line| {
        let words = without_spaces(document.text.slice(&line.text));
        let mentions = |all: &[&str]| all.iter().any(|word| words.contains(word));
        mentions(&PERIOD) || (mentions(&HEREWITH) && (words.contains("公开") || words.contains("条例")))
    })
}

/// Whether disclosure is what the text is about, and not only one of its matters.
fn speaks_of_disclosure(text: &str) -> bool {
    const MENTIONS_MIN: usize = 3;
    ["信息公开", "政务公开"].iter().map(|word| text.matches(word).take(MENTIONS_MIN).count()).sum::<usize>()
        >= MENTIONS_MIN
}
