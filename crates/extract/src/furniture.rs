//! What a site prints around a report: it is no part of the report, and its counters are no quantities of the report.

use crate::fold::is_space;
use crate::identity::names_report;
use crate::lines::{Line, without_spaces};
use crate::sections::part_number;
use gongkai_document::Document;

/// Longer lines are the report's. In bytes.
const LINE_BYTES_MAX: usize = 300;
/// Lines at the beginning among which those of the page are looked for.
const HEAD_LINES: usize = 60;

/// How a line begins that stands behind the report. All that follows is the page's, too.
const BEHIND: [&str; 45] = [
    "版权所有",
    "主办单位",
    "主办：",
    "主办:",
    "承办单位",
    "承办：",
    "承办:",
    "网站标识码",
    "网站地图",
    "网站声明",
    "网站支持",
    "友情链接",
    "相关链接",
    "相关阅读",
    "相关新闻",
    "相关文章",
    "相关文档",
    "相关稿件",
    "上一篇",
    "下一篇",
    "上一条",
    "下一条",
    "扫一扫",
    "扫描二维码",
    "分享到",
    "分享：",
    "打印本页",
    "打印",
    "关闭窗口",
    "关闭本页",
    "关闭",
    "您是第",
    "访问量：",
    "访问量:",
    "备案号",
    "备案序号",
    "联系我们",
    "责任编辑",
    "编辑：",
    "技术支持",
    "返回顶部",
    "返回首页",
    "Copyright",
    "copyright",
    "©",
];

/// Of those, such as begin sentences too: they count if the line is no longer.
const ONLY_ALONE: [&str; 2] = ["打印", "关闭"];

/// What a line has that stands between the title and the report.
const BEFORE: [&str; 15] = [
    "浏览次数",
    "浏览量",
    "浏览：",
    "浏览:",
    "阅读次数",
    "阅读量",
    "点击率",
    "点击数",
    "点击量",
    "访问次数",
    "字号",
    "字体",
    "打印本页",
    "当前位置",
    "您的位置",
];

/// `lines` without those of the page around the report.
pub(crate) fn without_page(document: &Document, mut lines: Vec<Line>) -> Vec<Line> {
    let text = |line: &Line| document.text.slice(&line.text);
    if lines.iter().any(|line| is_behind(text(line))) {
        let last_part = lines.iter().rposition(|line| part_number(text(line)).is_some());
        let end = last_part.and_then(|part| {
            let behind = lines.get(part + 1..)?.iter().position(|line| is_behind(text(line)))?;
            Some(part + 1 + behind)
        });
        lines.truncate(end.unwrap_or(lines.len()));
    }
    let head = lines.len().min(HEAD_LINES);
    if lines.iter().take(head).any(|line| is_before(text(line))) {
        let first_part =
            lines.iter().take(head).position(|line| part_number(text(line)).is_some()).unwrap_or(head);
        let mut index = 0;
        lines.retain(|line| {
            index += 1;
            first_part < index || !is_before(text(line))
        });
    }
    without_links(document, lines)
}

/// How a line begins that leads to another page, before, among or behind the lines of a report, and whether it leads to one
/// page alone. A mark, or the other page's title, follows.
const LINKS: [(&str, bool); 28] = [
    ("上一篇", true),
    ("下一篇", true),
    ("上一条", true),
    ("下一条", true),
    ("上一页", false),
    ("下一页", false),
    ("上篇", true),
    ("下篇", true),
    ("前一篇", true),
    ("后一篇", true),
    ("前一条", true),
    ("后一条", true),
    ("相关链接", false),
    ("相关阅读", false),
    ("相关新闻", false),
    ("相关文章", false),
    ("相关文档", false),
    ("相关文件", false),
    ("相关信息", false),
    ("相关稿件", false),
    ("相关推荐", false),
    ("关联文章", false),
    ("关联阅读", false),
    ("推荐阅读", false),
    ("延伸阅读", false),
    ("热点推荐", false),
    ("猜你喜欢", false),
    ("链接", false),
];

/// `lines` without those of the beginning that lead to other reports: their titles are not this one's.
pub(crate) fn without_links(document: &Document, mut lines: Vec<Line>) -> Vec<Line> {
    let text = |line: &Line| document.text.slice(&line.text);
    let head = lines.len().min(HEAD_LINES);
    if !lines.iter().take(head).any(|line| link(text(line)).is_some()) {
        return lines;
    }
    let places: Vec<Place> = places(lines.iter().take(head).map(text));
    // Empty links before the report's own title link nothing: one title must be left.
    let is_title_left = places.contains(&Place::Title);
    let mut places = places.into_iter();
    lines.retain(|_| match places.next() {
        Some(Place::Link) => false,
        Some(Place::Linked) => !is_title_left,
        Some(Place::Title | Place::Other) | None => true,
    });
    lines
}

/// What a line of the beginning is among links.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Leads to another page.
    Link,
    /// The title that the link above it may mean.
    Linked,
    /// The title of a report, and no sentence or path that has one in it.
    Title,
    Other,
}

fn places<'t>(head: impl Iterator<Item = &'t str>) -> Vec<Place> {
    let mut is_next_linked = false;
    head.map(|written| {
        if let Some((title, is_one)) = link(written) {
            // Nothing behind the words: the next line has the title. How long a list is, nothing tells.
            is_next_linked = title.is_empty() && is_one;
            return Place::Link;
        }
        let is_linked = std::mem::take(&mut is_next_linked);
        if LINE_BYTES_MAX < written.len() || !names_report(&without_spaces(written)) {
            Place::Other
        } else if is_linked {
            Place::Linked
        } else if written.ends_with('。') || written.contains(['>', '＞', '»', '›']) {
            Place::Other
        } else {
            Place::Title
        }
    })
    .collect()
}

/// What stands behind the words with which a line leads to another page, and whether they lead to one alone.
fn link(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_start_matches(is_lead);
    let may_be = line.starts_with(['上', '下', '前', '后', '相', '关', '推', '延', '热', '猜', '链']);
    if !may_be || LINE_BYTES_MAX < line.len() || line.ends_with('。') {
        return None;
    }
    let is_mark = |c: char| is_space(c) || "：:】]］〗>》、".contains(c);
    LINKS.iter().find_map(|(known, is_one)| {
        let behind = line.strip_prefix(known)?;
        let title = behind.trim_start_matches(is_mark);
        let is_apart = title.len() < behind.len() || title.is_empty() || names_report(&without_spaces(title));
        is_apart.then_some((title, *is_one))
    })
}

/// What may stand before the first word of a line of the page.
fn is_lead(character: char) -> bool {
    matches!(character, '【' | '[' | '［' | '〖' | '|' | '｜' | '·' | '>' | '<' | '«' | '»')
        || is_space(character)
}

fn is_behind(line: &str) -> bool {
    let line = line.trim_start_matches(is_lead);
    // One look at the first character dismisses nearly all lines.
    let may_be = line.starts_with([
        '版', '主', '承', '网', '友', '相', '上', '下', '扫', '分', '打', '关', '您', '访', '备', '联', '责',
        '编', '技', '返', 'C', 'c', '©',
    ]);
    may_be
        && line.len() <= LINE_BYTES_MAX
        && !line.ends_with('。')
        && BEHIND.iter().any(|known| {
            let Some(rest) = line.strip_prefix(known) else { return false };
            !ONLY_ALONE.contains(known)
                || rest.trim_matches(|c| is_space(c) || "】]］〗".contains(c)).is_empty()
        })
}

fn is_before(line: &str) -> bool {
    line.len() <= LINE_BYTES_MAX
        && line.contains(['浏', '阅', '击', '访', '字', '打', '位'])
        && !line.ends_with('。')
        && BEFORE.iter().any(|known| line.contains(known))
        && !names_report(&without_spaces(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_lead_to_other_pages_are_told() {
        for (line, title, is_one) in [
            ("上一篇：乙县2021年政府信息公开工作年度报告", "乙县2021年政府信息公开工作年度报告", true),
            ("下一篇 乙县2021年政府信息公开工作年度报告", "乙县2021年政府信息公开工作年度报告", true),
            ("上一篇乙县2021年政府信息公开工作年度报告", "乙县2021年政府信息公开工作年度报告", true),
            ("【相关阅读】", "", false),
            ("<< 前一条：无", "无", true),
        ] {
            assert_eq!(link(line), Some((title, is_one)), "{line}");
        }
        for line in [
            "上级机关",
            "前一条例",
            "后一篇幅",
            "相关信息公开12条",
            "链接数量",
            "下一步打算。",
            "相关链接如下。",
        ] {
            assert_eq!(link(line), None, "{line}");
        }
    }

    #[test]
    fn links_without_a_title_do_not_link_the_reports_own() {
        const OWN: &str = "甲水县教育局2021年政府信息公开工作年度报告";
        const OTHER: &str = "乙山县教育局2021年政府信息公开工作年度报告";
        let is_kept = |head: &[&str]| {
            let places = places(head.iter().copied());
            let is_left = places.contains(&Place::Title);
            places.last().is_some_and(|place| *place == Place::Title || *place == Place::Linked && !is_left)
        };
        assert!(is_kept(&["首页", "上一页", "下一页", OWN]));
        assert!(is_kept(&["丙川县2021年政府信息公开工作年度报告", "下一页", OWN]));
        assert!(is_kept(&["上一篇：", "下一篇：", OWN]));
        assert!(!is_kept(&[OWN, "上一篇：", OTHER]));
    }

    #[test]
    fn lines_of_the_page_are_told_from_lines_of_the_report() {
        for line in [
            "版权所有 甲县人民政府",
            "【打印】",
            "打印",
            "主办：甲县人民政府",
            "您是第12345位访客",
            "上一篇：无",
        ] {
            assert!(is_behind(line), "{line}");
        }
        for line in [
            "主办单位变更12家。",
            "打印机采购3台",
            "关闭不合格网站3家",
            "上级机关",
            "访问量达12万次",
            "联系我们。",
        ] {
            assert!(!is_behind(line), "{line}");
        }
        for line in [
            "发布日期：2022-01-25 来源：甲县 浏览次数：1234次",
            "字号：[大 中 小]",
            "您的位置：首页 > 年报列表",
        ] {
            assert!(is_before(line), "{line}");
        }
        for line in
            ["文字解读12条", "标题：甲县政府信息公开工作年度报告 字号：大", "浏览量12万次。", "某市字街"]
        {
            assert!(!is_before(line), "{line}");
        }
    }
}
