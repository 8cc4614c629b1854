//! Web pages: the official form with its spans, and what word processors make of it.

use super::{Body, Rendering, TableText, signature};
use crate::Rng;
use crate::sheet::{Content, Sheet, SheetCell, SheetRow};

/// The cell of an empty column at the right end of a table.
pub(super) const EMPTY_COLUMN: &str = "<td style=\"BORDER: none\"></td>";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn spans(columns: usize, rows: usize) -> String {
    let mut attributes = String::new();
    if 1 < columns {
        attributes.push_str(&format!(" colspan=\"{columns}\""));
    }
    if 1 < rows {
        attributes.push_str(&format!(" rowspan=\"{rows}\""));
    }
    attributes
}

/// The sheet cut at its banners, or whole: the form is found as one table a part and as one for all.
fn tables<'a>(sheet: &'a Sheet, rng: &mut Rng) -> Vec<&'a [SheetRow]> {
    if rng.chance(60) {
        return vec![&sheet.rows];
    }
    let is_banner = |row: &SheetRow| matches!(&row.cells[..], [cell] if cell.column_span == sheet.columns);
    let mut starts: Vec<usize> = (0..sheet.rows.len()).filter(|&row| is_banner(&sheet.rows[row])).collect();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([sheet.rows.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &sheet.rows[start..end]).collect()
}

pub(super) fn clean(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let mut text = String::new();
    let has_header_cells = rng.chance(40);
    let has_body = rng.chance(50);
    for rows in tables(sheet, rng) {
        text.push_str(if has_body { "<table border=\"1\">\n<tbody>\n" } else { "<table>\n" });
        for row in rows {
            text.push_str("<tr>");
            for cell in &row.cells {
                let tag = if has_header_cells && !row.has_values() { "th" } else { "td" };
                let spans = spans(cell.column_span, cell.row_span);
                text.push_str(&format!("<{tag}{spans}>{}</{tag}>", escape(cell.text())));
            }
            text.push_str("</tr>\n");
        }
        text.push_str(if has_body { "</tbody>\n</table>\n" } else { "</table>\n" });
    }
    TableText { text, ..TableText::default() }
}

/// Grid columns for each column of the sheet, and how far single rows keep to them.
struct Columns {
    widths: Vec<usize>,
    /// An empty column at the right end.
    has_empty_column: bool,
    /// Some rows draw the line between two values elsewhere.
    is_uneven: bool,
}

impl Columns {
    fn of(sheet: &Sheet, rng: &mut Rng) -> Self {
        let mut widths = vec![1; sheet.columns];
        let values = sheet.columns - sheet.label_columns;
        for _ in 0..rng.below(4) {
            widths[sheet.label_columns + rng.below(values as u64) as usize] = 2;
        }
        Self { widths, has_empty_column: rng.chance(25), is_uneven: rng.chance(40) }
    }

    /// The widths that one row keeps to: a value's double width may have moved to its neighbour.
    fn of_row(&self, sheet: &Sheet, row: &SheetRow, rng: &mut Rng) -> Vec<usize> {
        let mut widths = self.widths.clone();
        let is_plain =
            row.has_values() && row.cells.iter().all(|cell| cell.value().is_none() || cell.column_span == 1);
        if self.is_uneven && is_plain && rng.chance(40) {
            let first = sheet.label_columns;
            for column in first..sheet.columns - 1 {
                let both_values =
                    row.cells.iter().filter(|cell| cell.column == column || cell.column == column + 1);
                if widths[column] == 2
                    && widths[column + 1] == 1
                    && both_values.filter(|cell| cell.value().is_some()).count() == 2
                {
                    widths.swap(column, column + 1);
                    break;
                }
            }
        }
        widths
    }
}

pub(super) fn word(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let mut text = String::new();
    let columns = Columns::of(sheet, rng);
    let manner = CellManner::of(rng);
    for rows in tables(sheet, rng) {
        let mut rows = rows.to_vec();
        split_banners(&mut rows, rng);
        text.push_str(
            "<table style=\"BORDER-COLLAPSE: collapse\" class=\"MsoNormalTable\" border=\"0\" cellspacing=\"0\"><tbody>",
        );
        for (index, row) in rows.iter().enumerate() {
            let class = if index == 0 { " class=\"firstRow\"" } else { "" };
            text.push_str(&format!("<tr style=\"HEIGHT: 32.3pt\"{class}>"));
            let widths = columns.of_row(sheet, row, rng);
            for cell in &row.cells {
                let width: usize = widths[cell.column..cell.column + cell.column_span].iter().sum();
                let narrow = sheet.label_columns == 0;
                text.push_str(&format!(
                    "<td style=\"BORDER-BOTTOM: windowtext 1pt solid; PADDING-LEFT: 5.4pt\" valign=\"center\" width=\"{}\"{}>",
                    60 * width,
                    spans(width, cell.row_span),
                ));
                text.push_str(&word_content(cell, narrow, manner, rng));
                text.push_str("</td>");
            }
            if columns.has_empty_column {
                text.push_str(EMPTY_COLUMN);
            }
            text.push_str("</tr>\n");
        }
        text.push_str("</tbody></table>");
        text.push_str(rng.pick::<&str>(&[
            "",
            "<p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>",
            "<p>&nbsp;</p>\n",
        ]));
    }
    TableText { text, ..TableText::default() }
}

/// A tall banner is found cut in two with its words repeated, as at a page break.
fn split_banners(rows: &mut [SheetRow], rng: &mut Rng) {
    for index in 0..rows.len() {
        let tall = rows[index].cells.iter().position(|cell| {
            3 < cell.row_span && matches!(cell.content, Content::Label(_)) && rows[index].has_values()
        });
        let Some(tall) = tall else { continue };
        if rng.chance(60) {
            continue;
        }
        let banner = &mut rows[index].cells[tall];
        let kept = rng.between(1, banner.row_span as u64 - 1) as usize;
        let rest = SheetCell { row_span: banner.row_span - kept, ..banner.clone() };
        banner.row_span = kept;
        let below = &mut rows[index + kept].cells;
        let at = below.iter().position(|cell| rest.column < cell.column).unwrap_or(below.len());
        below.insert(at, rest);
    }
}

/// How the cells of a table are written: most are all written alike, some are pasted from several tables.
#[derive(Clone, Copy, Default)]
struct CellManner {
    empty: Option<u64>,
    label: Option<u64>,
    value: Option<u64>,
}

/// Ways to write an empty cell, a label and a value.
const EMPTY_WAYS: u64 = 7;
const LABEL_WAYS: u64 = 5;
const VALUE_WAYS: u64 = 4;

impl CellManner {
    fn of(rng: &mut Rng) -> Self {
        if rng.chance(40) {
            return Self::default();
        }
        Self {
            empty: Some(rng.below(EMPTY_WAYS)),
            label: rng.chance(50).then(|| rng.below(LABEL_WAYS)),
            value: Some(rng.below(VALUE_WAYS)),
        }
    }
}

fn word_content(cell: &SheetCell, is_narrow: bool, manner: CellManner, rng: &mut Rng) -> String {
    let text = cell.text();
    let run = |text: &str| {
        format!("<span style=\"FONT-FAMILY: 仿宋_GB2312; FONT-SIZE: 12pt\">{}</span>", escape(text))
    };
    let paragraph = |inside: &str| {
        format!("<p class=\"MsoNormal\" style=\"TEXT-ALIGN: center; MARGIN: 0pt\">{inside}</p>")
    };
    if text.is_empty() {
        let empty = [
            "",
            "&nbsp;",
            "<p class=\"MsoNormal\"><span lang=\"EN-US\">&nbsp;<o:p></o:p></span></p>",
            "<p></p>",
            "<br/>",
            "<p><br/></p>",
            "\u{3000}",
        ];
        let way = manner.empty.unwrap_or_else(|| rng.below(EMPTY_WAYS));
        return empty[way as usize].to_owned();
    }
    match &cell.content {
        Content::Label(label) => {
            let characters: Vec<String> = label.chars().map(String::from).collect();
            if is_narrow && label.chars().count() <= 4 && rng.chance(60) {
                return characters.iter().map(|c| paragraph(&run(c))).collect();
            }
            let cut = rng.below(characters.len() as u64) as usize;
            let (first, second) = (characters[..cut].concat(), characters[cut..].concat());
            match manner.label.unwrap_or_else(|| rng.below(LABEL_WAYS)) {
                0 if 0 < cut => paragraph(&format!("{}<span><br/></span>{}", run(&first), run(&second))),
                1 if 0 < cut => paragraph(&format!("{}{}", run(&first), run(&second))),
                2 if 0 < cut => paragraph(&run(&first)) + &paragraph(&run(&second)),
                3 => paragraph(&format!("&nbsp;{}\n ", run(label))),
                _ => paragraph(&run(label)),
            }
        }
        Content::Value { written, .. } => match manner.value.unwrap_or_else(|| rng.below(VALUE_WAYS)) {
            0 => escape(written),
            1 => paragraph(&format!("<span lang=\"EN-US\">{}<o:p></o:p></span>", escape(written))),
            2 => format!("\n  {}&nbsp;\n", escape(written)),
            _ => paragraph(&run(written)),
        },
        Content::Pad => String::new(),
    }
}

/// Rows and cells are `div`s. A grid has no spans: cells that go on from above or from the left are empty.
pub(super) fn divs(sheet: &Sheet, rng: &mut Rng) -> TableText {
    let (row_class, cell_class) = *rng.pick(&[("row", "cell"), ("tr", "td"), ("table-row", "table-cell")]);
    let mut text = String::from("<div class=\"table\">\n");
    for row in &sheet.rows {
        text.push_str(&format!("<div class=\"{row_class}\">"));
        // Only a row that is broken off ends before the others.
        let end = row.cells.last().map_or(sheet.columns, |cell| cell.column + cell.column_span);
        for column in 0..end {
            let cell = row.cells.iter().find(|cell| cell.column == column);
            let inside = cell.map(|cell| escape(cell.text())).unwrap_or_default();
            text.push_str(&format!("<div class=\"{cell_class}\">{inside}</div>"));
        }
        text.push_str("</div>\n");
    }
    text.push_str("</div>\n");
    let mut table = TableText { text, ..TableText::default() };
    super::rows_with_blanks(sheet, &mut table);
    table
}

pub(super) fn page(rendering: Rendering, content: &Body<'_>, rng: &mut Rng) -> String {
    if !content.is_whole {
        let tables = [content.tables, content.copies].concat().concat();
        return match content.is_truncated {
            true => format!("<html><head></head><body>\n{tables}"),
            false => format!("<html><head></head><body>\n{tables}</body></html>\n"),
        };
    }
    let about = &content.paper.about;
    let title = escape(&about.title);
    let paragraph = |text: &str| match rendering {
        Rendering::HtmlWord => format!(
            "<p class=\"MsoNormal\" style=\"TEXT-INDENT: 32pt\"><span style=\"FONT-FAMILY: 仿宋_GB2312\">{}</span></p>\n",
            escape(text)
        ),
        _ => format!("<p>{}</p>\n", escape(text)),
    };
    let has_heading_tags = rendering == Rendering::Html && rng.chance(50);
    let heading = |text: &str| match has_heading_tags {
        _ if text.is_empty() => String::new(),
        true => format!("<h2>{}</h2>\n", escape(text)),
        false => paragraph(text),
    };
    let (head, before, after) = surroundings(&about.title, rng);
    let has_layout = rendering == Rendering::HtmlWord && rng.chance(25);
    let mut page = format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title>{head}</head>\n<body>\n{before}{}",
        if has_layout { "<table width=\"100%\"><tr><td>\n" } else { "" }
    );
    let line = |text: &String| format!("<div class=\"info\"><span>{}</span></div>\n", escape(text));
    page.extend(content.paper.before.iter().map(line));
    page.push_str(&if has_heading_tags { format!("<h1>{title}</h1>\n") } else { paragraph(&about.title) });
    page.extend(about.preamble.iter().map(|text| paragraph(text)));
    for part in &about.parts {
        page.push_str(&heading(&part.heading));
        page.extend(part.paragraphs.iter().map(|text| paragraph(text)));
        let Some(table) = part.table else { continue };
        page.push_str(content.tables.get(table).map_or("", |table| table));
        if content.is_truncated && content.tables.len() <= table + 1 {
            return page;
        }
    }
    page.extend(signature(about).iter().map(|line| paragraph(line)));
    page.extend(content.copies.iter().map(|table| &**table));
    page.push_str(if has_layout { "</td></tr></table>\n" } else { "" });
    page.extend(content.paper.after.iter().map(line));
    page + after + "</body></html>\n"
}

/// What a site puts around a report: metadata, scripts, navigation, counters, related links.
fn surroundings(title: &str, rng: &mut Rng) -> (String, &'static str, &'static str) {
    if rng.chance(50) {
        return (String::new(), "", "");
    }
    let title = escape(title);
    (
        format!(
            "<meta name=\"ArticleTitle\" content=\"{title}\"><meta name=\"ContentSource\" content=\"本站\">\
             <style>td {{ color: #000 }}</style><script>var cells = '<table><tr><td>规章</td><td>7</td></tr></table>';</script>"
        ),
        "<div class=\"nav\"><a href=\"/\">首页</a> &gt; <a href=\"/zwgk/\">政务公开</a> &gt; <a>政府信息公开年报</a></div>\n\
         <div>字体：【<a>大</a> <a>中</a> <a>小</a>】 <a>打印本页</a> 浏览次数：<span id=\"hits\">128</span>次</div>\n\
         <!-- 一、本年新收政府信息公开申请数量 9 9 9 9 9 9 9 -->\n",
        "<div class=\"links\">相关链接：<a href=\"a.html\">上一篇</a> <a href=\"b.html\">下一篇</a></div>\n\
         <div class=\"foot\">网站标识码：3301000012 主办单位联系方式</div>\n",
    )
}
