//! A record as tables for people: who, when and where, then each table of the form as the form shows it, then what its
//! checks found.

use super::width::{Align, Cell, Columns, shorten, wrap};
use super::{Style, Tone, findings, json, printable};
use crate::place::Lines;
use gongkai_forms::{Column, Form, Row, Table, TableBlock};
use gongkai_model::{Derivation, Figure, FormId, Outcome, Period, Portion, Report, ScopeKind, State, Unit};
use std::fmt::Write;

/// Columns of text in a header before it is wrapped, and in a row's label.
const HEADER_WIDTH_MAX: usize = 14;
const LABEL_WIDTH_MAX: usize = 42;
const TEXT_WIDTH_MAX: usize = 12;

/// The whole record. `name` is its file or its name on a server; `lines` are those of the file, where it is there.
pub(crate) fn report(name: &str, report: &Report, lines: Option<&Lines<'_>>, style: Style) -> String {
    let mut text = head(name, report, style);
    if let Some(form) = gongkai_forms::form(report.form) {
        for table in &form.tables {
            text.push('\n');
            text.push_str(&form_table(form, table, report, style));
        }
        text.push_str(&legend(report, style));
    }
    let _ = writeln!(
        text,
        "\n{}  {}",
        style.paint(Tone::Strong, style.words("核对", "Checks")),
        findings::summary(report, style)
    );
    text.push_str(&findings::list(report, lines, style, |finding| finding.outcome == Outcome::Fails));
    text
}

/// Who, when and where.
pub(crate) fn head(name: &str, report: &Report, style: Style) -> String {
    let or_dash = |text: &str| if text.is_empty() { "–".to_owned() } else { printable(text).into_owned() };
    let part = if 1 < report.parts { format!(" ({}/{})", report.part, report.parts) } else { String::new() };
    let mut text = String::new();
    if !report.title.text.is_empty() {
        let _ = writeln!(text, "{}", style.paint(Tone::Strong, printable(&report.title.text)));
    }
    let _ = writeln!(text, "{}{part}\n", printable(name));

    let (scope_zh, scope_en) = scope(report.scope.kind);
    let mut subject = format!("{} · {}", or_dash(&report.subject.name), style.words(scope_zh, scope_en));
    if !report.scope.quote.is_empty() {
        let _ = write!(subject, "（{}）", printable(&report.scope.quote));
    }
    let mut region = or_dash(&report.region.name);
    if !report.region.code.is_empty() {
        let code = Some(&report.region.township_code).filter(|code| !code.is_empty());
        let _ = write!(region, " {}", code.unwrap_or(&report.region.code));
    }
    let form = match (report.form, gongkai_forms::form(report.form)) {
        (_, Some(form)) => {
            let title = if style.is_chinese() { &form.title_zh } else { &form.title_en };
            format!("{} · {title}", report.form.name())
        }
        (FormId::None, None) => {
            style.words("没有统一格式的表格", "no tables of an official form").into_owned()
        }
        (id, None) => id.name().to_owned(),
    };
    let published = json::published(report).map(|date| date.to_string()).unwrap_or_default();
    let top = report.sections.iter().filter(|section| section.level == 1);
    let sections: Vec<_> = top.map(|section| or_dash(&section.title)).collect();
    let rows = [
        ("年度", "Year", report.year.map_or_else(|| "–".to_owned(), |year| year.to_string())),
        ("主体与范围", "Subject, scope", subject),
        ("发布机关", "Issuer", or_dash(&report.issuer.name)),
        ("地区", "Region", region),
        ("层级", "Level", report.level().to_owned()),
        ("日期", "Published", or_dash(&published)),
        ("格式", "Form", form),
    ];
    let mut columns = Columns::new(vec![Align::Left, Align::Left]);
    for (zh, en, value) in rows {
        columns.push(vec![Cell::new(style.words(zh, en), Tone::Faint), Cell::new(value, Tone::Plain)]);
    }
    if !sections.is_empty() {
        let label = Cell::new(style.words("部分", "Parts"), Tone::Faint);
        columns.push(vec![label, Cell::lines(sections, Tone::Plain)]);
    }
    text.push_str(&columns.render(style, 2));
    text
}

fn scope(kind: ScopeKind) -> (&'static str, &'static str) {
    match kind {
        ScopeKind::Organ => ("本机关", "the organ itself"),
        ScopeKind::OwnLevel => ("本级", "own level"),
        ScopeKind::WholeArea => ("本行政区域", "whole area"),
        ScopeKind::Unknown => ("范围不明", "scope unknown"),
    }
}

fn form_table(form: &Form, table: &Table, report: &Report, style: Style) -> String {
    let heading = table.headings.first().map_or(table.id.as_str(), String::as_str);
    let mut text = format!("{}\n", style.paint(Tone::Strong, style.words(heading, &table.label_en)));
    for block in &table.blocks {
        if let Some(banner) = block.banners.first() {
            let _ = writeln!(text, "  {}", style.paint(Tone::Faint, banner.as_str()));
        }
        let matrix = by_value_column(form, block, report)
            .or_else(|| by_group(form, block, report))
            .unwrap_or_else(|| by_row(form, block, report));
        text.push_str(&matrix.render(style));
    }
    text
}

/// Rows and columns with their labels, as they are printed.
struct Matrix<'a> {
    headers: Vec<Header<'a>>,
    rows: Vec<MatrixRow<'a>>,
}

/// What stands above a column.
struct Header<'a> {
    zh: &'a str,
    en: &'a str,
    /// The unit, where it is not a plain count.
    unit: Option<(&'static str, &'static str)>,
}

/// A row of values, or a label over several rows.
struct MatrixRow<'a> {
    depth: usize,
    zh: &'a str,
    en: &'a str,
    figures: Vec<Option<&'a Figure>>,
}

impl Matrix<'_> {
    /// The row labels in Chinese at the left, in English at the right; one alone is at the left.
    fn render(&self, style: Style) -> String {
        let beside = style.is_chinese() && style.is_english();
        let mut aligns = vec![Align::Left];
        aligns.extend(self.headers.iter().map(|_| Align::Right));
        aligns.extend(beside.then_some(Align::Left));
        let mut columns = Columns::new(aligns);

        let mut header = vec![Cell::new("", Tone::Plain)];
        for Header { zh, en, unit } in &self.headers {
            let mut lines = Vec::new();
            if style.is_chinese() {
                lines.extend(wrap(zh, HEADER_WIDTH_MAX));
            }
            if style.is_english() {
                lines.extend(wrap(en, HEADER_WIDTH_MAX));
            }
            lines.extend(unit.map(|(zh, en)| (if style.is_chinese() { zh } else { en }).to_owned()));
            header.push(Cell::lines(lines, Tone::Faint));
        }
        columns.push(header);
        for row in &self.rows {
            let indent = "  ".repeat(row.depth);
            let label = if style.is_chinese() { row.zh } else { row.en };
            let lines = wrap(label, LABEL_WIDTH_MAX - indent.len());
            let lines = lines.into_iter().map(|line| format!("{indent}{line}")).collect();
            let mut cells = vec![Cell::lines(lines, Tone::Plain)];
            cells.extend(row.figures.iter().map(|figure| figure.map_or_else(no_cell, cell)));
            if beside {
                cells.resize_with(1 + self.headers.len(), no_cell);
                cells.push(Cell::new(format!("{indent}{}", row.en), Tone::Faint));
            }
            columns.push(cells);
        }
        columns.render(style, 2)
    }
}

/// A place for which the form has no cell.
fn no_cell() -> Cell {
    Cell::new("", Tone::Plain)
}

fn by_row<'a>(form: &'a Form, block: &'a TableBlock, report: &'a Report) -> Matrix<'a> {
    let headers = block.columns.iter().enumerate().map(|(index, column)| {
        let mut cells = block.rows.iter().filter_map(|row| row.cells[index]);
        let unit = cells.next().map(|cell| form.cells[cell].unit);
        let unit = unit.filter(|unit| *unit == Unit::Yuan).map(|_| ("（元）", "(yuan)"));
        Header { zh: label(column), en: &column.label_en, unit }
    });
    let mut rows = Vec::new();
    let mut above: &[String] = &[];
    let mut banner_en = "";
    for row in &block.rows {
        let shared = row.banners.iter().zip(above).take_while(|(one, other)| one == other).count();
        for (depth, banner) in row.banners.iter().enumerate().skip(shared) {
            let known = block.row_banners.iter().find(|it| it.labels.first() == Some(banner));
            banner_en = known.map_or("", |it| it.label_en.as_str());
            rows.push(MatrixRow { depth, zh: banner, en: banner_en, figures: Vec::new() });
        }
        above = &row.banners;
        rows.push(MatrixRow {
            depth: row.banners.len(),
            zh: row.labels.first().map_or("", String::as_str),
            // The label above says the rest: `Denied: state secret`.
            en: row
                .label_en
                .strip_prefix(banner_en)
                .and_then(|rest| rest.strip_prefix(": "))
                .unwrap_or(&row.label_en),
            figures: figures(form, row, report),
        });
    }
    Matrix { headers: headers.collect(), rows }
}

/// Rows of one label with a column for each time and part of the work that the document shows. Local versions lack many
/// rows: only those that are there.
fn by_value_column<'a>(form: &'a Form, block: &'a TableBlock, report: &'a Report) -> Option<Matrix<'a>> {
    let values = block.values.as_ref()?;
    let figure = |key: &str, column: (Period, Portion)| {
        let is_it = |figure: &&Figure| &*figure.key == key && (figure.period, figure.portion) == column;
        report.figures.iter().find(is_it)
    };
    let is_there = |figure: &&Figure| figure.state != State::Missing;
    let columns: Vec<(Period, Portion)> = values
        .all()
        .filter(|column| {
            let of_column = |figure: &&Figure| (figure.period, figure.portion) == *column;
            report.figures.iter().filter(of_column).any(|figure| is_there(&figure))
        })
        .collect();
    let headers = columns.iter().map(|(period, portion)| {
        let (zh, en) = match (portion, period) {
            (Portion::Government, _) => ("政府", "Government"),
            (Portion::Departments, _) => ("部门", "Departments"),
            (Portion::Townships, _) => ("乡镇", "Townships"),
            (Portion::All, Period::Cumulative) => ("历年累计", "All years"),
            (Portion::All, Period::Earlier) => ("上年", "Earlier year"),
            (Portion::All, Period::ThisYear | Period::Future | Period::Unknown) => ("本年", "This year"),
        };
        let unit = match (portion, period) {
            (Portion::All, _) | (_, Period::ThisYear | Period::Future | Period::Unknown) => None,
            (_, Period::Cumulative) => Some(("（历年累计）", "(all years)")),
            (_, Period::Earlier) => Some(("（上年）", "(earlier year)")),
        };
        Header { zh, en, unit }
    });
    let cells = block.rows.iter().filter_map(|row| row.cells.first().copied().flatten());
    let rows = cells.filter_map(|cell| {
        let cell = &form.cells[cell];
        let figures: Vec<_> = columns.iter().map(|column| figure(&cell.key, *column)).collect();
        figures.iter().flatten().any(is_there).then_some(MatrixRow {
            depth: 0,
            zh: &cell.label_zh,
            en: &cell.label_en,
            figures,
        })
    });
    Some(Matrix { headers: headers.collect(), rows: rows.collect() })
}

/// A single row whose columns repeat under several headers, such as reviews, as one row for each of those headers.
fn by_group<'a>(form: &'a Form, block: &'a TableBlock, report: &'a Report) -> Option<Matrix<'a>> {
    let [row] = block.rows.as_slice() else { return None };
    let groups: Vec<&[Column]> = block.columns.chunk_by(|one, next| one.groups == next.groups).collect();
    let labels = |group: &'a [Column]| group.iter().map(|column| column.labels.first());
    let (first, others) = groups.split_first()?;
    if others.is_empty() || first.first()?.groups.is_empty() {
        return None;
    }
    if others.iter().any(|group| !labels(group).eq(labels(first))) {
        return None;
    }
    let english = |column: &'a Column| column.label_en.split_once(": ").unwrap_or(("", &column.label_en));
    let figures = figures(form, row, report);
    let rows = groups.iter().zip(figures.chunks(first.len())).map(|(group, figures)| MatrixRow {
        depth: 0,
        zh: group[0].groups.last().map_or("", String::as_str),
        en: english(&group[0]).0,
        figures: figures.to_vec(),
    });
    Some(Matrix {
        headers: first
            .iter()
            .map(|column| Header { zh: label(column), en: english(column).1, unit: None })
            .collect(),
        rows: rows.collect(),
    })
}

fn label(column: &Column) -> &str {
    column.labels.first().map_or(column.id.as_str(), String::as_str)
}

fn figures<'a>(form: &Form, row: &Row, report: &'a Report) -> Vec<Option<&'a Figure>> {
    row.cells.iter().map(|cell| report.figure(&form.cells[(*cell)?].key)).collect()
}

/// What a cell says, in a few characters that cannot be taken for one another.
fn cell(figure: &Figure) -> Cell {
    match figure.state {
        State::Number => {
            let value = figure.value.map(|value| value.to_string()).unwrap_or_default();
            let tone = match figure.value.is_some_and(|value| value.decimal().is_zero()) {
                true => Tone::Faint,
                false => Tone::Plain,
            };
            match figure.derivation {
                Derivation::Read => Cell::new(value, tone),
                Derivation::Inferred | Derivation::Ocr | Derivation::Amended => {
                    Cell::new(format!("{value}*"), Tone::Good)
                }
            }
        }
        State::Blank => Cell::new("␣", Tone::Faint),
        State::NotApplicable => Cell::new("/", Tone::Plain),
        State::Text => {
            Cell::new(format!("“{}”", shorten(&printable(&figure.raw), TEXT_WIDTH_MAX)), Tone::Plain)
        }
        State::Undetermined => Cell::new("?", Tone::Doubtful),
        State::Missing => Cell::new("–", Tone::Bad),
    }
}

/// What the marks mean that occur in the record.
fn legend(report: &Report, style: Style) -> String {
    let has = |state| report.figures.iter().any(|figure| figure.state == state);
    // Of a table that no report has to carry, rows that are not there are not shown.
    let shows_missing =
        has(State::Missing) && gongkai_forms::form(report.form).is_some_and(|form| form.is_prescribed);
    let inferred = report.figures.iter().any(|figure| figure.derivation != Derivation::Read);
    let marks = [
        (has(State::Blank), "␣ 空白（不是 0）", "␣ blank (not a zero)"),
        (has(State::NotApplicable), "/ 不适用", "/ not applicable"),
        (has(State::Text), "“ ” 文字", "“ ” text"),
        (has(State::Undetermined), "? 无法确定", "? undetermined"),
        (shows_missing, "– 文件中没有", "– missing in the document"),
        (inferred, "* 推算得出", "* not read as it stands, see --explain"),
    ];
    let shown: Vec<_> =
        marks.iter().filter(|(occurs, ..)| *occurs).map(|(_, zh, en)| style.words(zh, en)).collect();
    if shown.is_empty() {
        return String::new();
    }
    format!("\n  {}\n", style.paint(Tone::Faint, shown.join("   ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Lang;
    use crate::samples;
    use gongkai_model::{Reason, Value};

    fn lines_with(text: &str, piece: &str) -> Vec<String> {
        text.lines().filter(|line| line.contains(piece)).map(str::to_owned).collect()
    }

    #[test]
    fn every_state_has_a_mark_of_its_own_and_a_word_in_the_legend() {
        let text = report("a.txt", &samples::report(), None, Style { lang: Lang::Zh, color: false });
        let values = |label: &str| {
            let line = lines_with(&text, label).swap_remove(0);
            line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(values("一、本年新收"), ["0", "0", "0", "0", "0", "0", "3"]);
        assert_eq!(values("二、上年结转"), ["0", "/", "“见附件”", "0", "0", "0", "␣"]);
        assert_eq!(values("（一）予以公开"), ["0", "0", "0", "0", "0", "0", "?"]);
        assert_eq!(values("（七）总计"), ["0", "0", "0", "0", "0", "0", "2*"]);
        assert_eq!(values("  行政复议"), ["0", "0", "0", "0", "–"]);
        assert_eq!(values("行政事业性收费"), ["15677600.5"]);
        let legend = lines_with(&text, "␣ 空白");
        assert_eq!(
            legend,
            ["  ␣ 空白（不是 0）   / 不适用   “ ” 文字   ? 无法确定   – 文件中没有   * 推算得出"]
        );
    }

    #[test]
    fn the_head_says_who_when_and_where() {
        let text = head("a.txt", &samples::report(), Style { lang: Lang::Both, color: false });
        let expected = "\
甲县2022年政府信息公开工作年度报告
a.txt

  年度 / Year                  2022
  主体与范围 / Subject, scope  甲县人民政府 · 本行政区域 / whole area（全县）
  发布机关 / Issuer            甲县人民政府办公室
  地区 / Region                甲县
  层级 / Level                 county
  日期 / Published             2023-01-20
";
        assert!(text.starts_with(expected), "{text}");
        let parts = "  部分 / Parts                 一、总体情况\n                               二、主动公开政府信息情况\n";
        assert!(text.ends_with(parts), "{text}");
    }

    #[test]
    fn rows_stand_under_the_labels_they_share_and_columns_line_up() {
        let text = report("a.txt", &samples::report(), None, Style { lang: Lang::Both, color: false });
        let banner = lines_with(&text, "（三）不予公开");
        assert_eq!(banner.len(), 1);
        let ends = |label: &str| {
            let line = lines_with(&text, label).swap_remove(0);
            let last_value = line.split("  ").take_while(|piece| !piece.contains("eferred")).count();
            (super::super::width::width(&line[..line.find("  0").unwrap()]), last_value)
        };
        assert_eq!(ends("（一）予以公开").0, ends("二、上年结转").0);
        assert_eq!(lines_with(&text, "Carried over").len(), 1);
    }

    #[test]
    fn a_local_table_shows_the_rows_and_the_columns_that_are_there() {
        let figure = |key: &str, period: Period, value: i64| Figure {
            state: State::Number,
            value: Some(Value::Count(value)),
            period,
            ..Figure::missing(key.into(), Reason::RowAbsent)
        };
        let form = gongkai_forms::form(FormId::Form2014).unwrap();
        let mut figures: Vec<Figure> =
            form.cells.iter().map(|cell| Figure::missing(cell.key.clone(), Reason::RowAbsent)).collect();
        let key = "legacy.local.published_documents";
        figures[form.cell_index(key).unwrap()] = figure(key, Period::ThisYear, 346);
        figures.push(figure(key, Period::Cumulative, 8537));
        let local = Report { form: FormId::Form2014, figures, ..samples::report() };
        let text = report("a.txt", &local, None, Style { lang: Lang::Zh, color: false });
        let row = lines_with(&text, "主动公开文件数").swap_remove(0);
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["主动公开文件数", "346", "8537"]);
        assert_eq!(lines_with(&text, "历年累计").len(), 1);
        assert!(lines_with(&text, "当面申请数").is_empty());
    }

    #[test]
    fn a_report_without_tables_has_a_head_and_its_checks() {
        let bare = Report { form: FormId::None, figures: Vec::new(), ..samples::report() };
        let text = report("a.txt", &bare, None, Style { lang: Lang::Zh, color: false });
        assert!(text.contains("没有统一格式的表格"));
        assert!(text.contains("核对  不符 1 项"));
        assert!(text.ends_with("  错误  左右不等\n"));
    }
}
