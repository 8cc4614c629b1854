//! A workbook for people: figures with their names in two languages, the reports that they are of, and what the words mean.

use crate::ExportError;
use crate::columns::{Cell, Column, Columns, Row};
use crate::csv::is_formula;
use crate::pieces::pieces;
use crate::room::written;
use bytes::Bytes;
use rust_decimal::Decimal;
use rust_xlsxwriter::{
    ColNum, DocProperties, ExcelDateTime, Format, FormatAlign, RowNum, Workbook, Worksheet, XlsxError,
};

/// Rows that a sheet has, those of the header included.
const SHEET_ROWS: RowNum = 1_048_576;
/// Rows of the header: the names in Chinese, in English, and as every other format has them.
const HEADER_ROWS: RowNum = 3;
/// Figures that a workbook has.
pub const WORKBOOK_ROWS_MAX: u32 = SHEET_ROWS - HEADER_ROWS;
/// Characters that a cell has; Excel counts units of UTF-16.
const CELL_UNITS_MAX: usize = 32_767;
/// Digits that a spreadsheet keeps of a number.
const DIGITS_MAX: usize = 15;

/// The names of the columns, in Chinese and in English.
const NAMES: &[(&str, &str, &str)] = &[
    ("name_zh", "指标名称", "Name in Chinese"),
    ("name_en", "指标英文名称", "Name in English"),
    ("report", "报告", "Report"),
    ("revision", "版本", "Revision"),
    ("subject", "主体", "Subject"),
    ("region_name", "地区", "Region"),
    ("region_code", "地区代码", "Region code"),
    ("rank", "层级", "Rank"),
    ("kind", "类别", "Kind"),
    ("scope", "范围", "Scope"),
    ("year", "年度", "Year"),
    ("form", "格式", "Form"),
    ("source", "出处", "Source"),
    ("key", "指标", "Key"),
    ("indicator", "统计口径", "Indicator"),
    ("state", "状态", "State"),
    ("value", "数值", "Value"),
    ("value_max", "数值上限", "Upper end"),
    ("unit", "单位", "Unit"),
    ("derivation", "取得方式", "Derivation"),
    ("period", "期间", "Period"),
    ("portion", "部分", "Portion"),
    ("whose", "谁的工作", "Whose work"),
    ("stated_scope", "文中范围", "Stated scope"),
    ("approximate", "约数", "Approximate"),
    ("quote", "原文", "Quote"),
    ("comparability", "可比性", "Comparability"),
];

/// Columns of the sheet of reports.
const OF_REPORTS: &[&str] =
    &["report", "revision", "subject", "region_name", "region_code", "rank", "kind", "scope", "year", "form"];

/// States: the word, what stands in the cell of the value, and what it means in both languages.
const STATES: &[(&str, &str, &str, &str)] = &[
    ("NUMBER", "", "数字", "a number"),
    ("BLANK", "", "空白：不等于零", "an empty cell: no zero"),
    ("NOT_APPLICABLE", "/", "不适用，如“/”“—”", "not applicable, such as “/”"),
    ("TEXT", "…", "文字，不是数字", "words, no number"),
    ("UNDETERMINED", "?", "不能确定是哪个数", "it cannot be told which number it is"),
    ("MISSING", "×", "报告中没有这一格", "the report has no such cell"),
];

/// A workbook. Rows wait in files without names while it is written, and the whole comes out at its end.
pub struct Xlsx {
    workbook: Workbook,
    rows: RowNum,
    reports: RowNum,
    last_report: String,
    plain: Format,
    literal: Format,
}

/// The places of its sheets.
const FIGURES: usize = 0;
const REPORTS: usize = 1;

impl Xlsx {
    /// An empty one, with its headers and its legend.
    ///
    /// # Errors
    /// [`ExportError::NoRoom`] where the disk is full.
    pub fn new(metadata: &[(&str, String)]) -> Result<Self, ExportError> {
        written(|| Self::begin(metadata))
    }

    fn begin(metadata: &[(&str, String)]) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        // Without a time of its own: the same figures give the same bytes.
        let mut properties =
            DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
        for (name, value) in metadata {
            properties = properties.set_custom_property(*name, value.as_str());
        }
        workbook.set_properties(&properties);
        let all: Vec<&str> = NAMES.iter().map(|(name, ..)| *name).collect();
        for (name, columns) in [("数据 Figures", &*all), ("报告 Reports", OF_REPORTS)] {
            let sheet = workbook.add_worksheet_with_constant_memory()?;
            header(sheet, name, columns)?;
        }
        legend(workbook.add_worksheet())?;
        Ok(Self {
            workbook,
            rows: 0,
            reports: 0,
            last_report: String::new(),
            plain: Format::new(),
            literal: Format::new().set_quote_prefix(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`ExportError::TooManyRows`] where it has no room in the sheet, [`ExportError::NoRoom`] where the disk is full. Nothing can
    /// be added after that.
    pub fn push(&mut self, row: &Row<'_>) -> Result<(), ExportError> {
        if WORKBOOK_ROWS_MAX <= self.rows {
            return Err(ExportError::TooManyRows { max: WORKBOOK_ROWS_MAX });
        }
        written(|| self.write(row))
    }

    fn write(&mut self, row: &Row<'_>) -> Result<(), XlsxError> {
        let line = HEADER_ROWS + self.rows;
        self.rows += 1;
        let sheet = self.workbook.worksheet_from_index(FIGURES)?;
        let formats = (&self.plain, &self.literal);
        for (at, (name, ..)) in (0..).zip(NAMES) {
            match *name {
                "name_zh" => text(sheet, line, at, row.name_zh, formats)?,
                "name_en" => text(sheet, line, at, row.name_en, formats)?,
                "value" if row.value.is_none() => {
                    let state = STATES.iter().find(|(state, ..)| *state == row.state);
                    text(sheet, line, at, state.map_or("", |state| state.1), formats)?;
                }
                name => cell(sheet, line, at, name, row, formats)?,
            }
        }
        if self.reports == 0 || self.last_report != row.report {
            row.report.clone_into(&mut self.last_report);
            let line = HEADER_ROWS + self.reports;
            self.reports += 1;
            let sheet = self.workbook.worksheet_from_index(REPORTS)?;
            for (at, name) in (0..).zip(OF_REPORTS) {
                cell(sheet, line, at, name, row, formats)?;
            }
        }
        Ok(())
    }

    /// The file in pieces; it is done with it.
    ///
    /// # Errors
    /// [`ExportError::NoRoom`] where the disk is full.
    pub fn finish(self) -> Result<Vec<Bytes>, ExportError> {
        written(|| self.save()).map(pieces)
    }

    fn save(mut self) -> Result<Vec<u8>, XlsxError> {
        for (index, columns, rows) in
            [(FIGURES, NAMES.len(), self.rows), (REPORTS, OF_REPORTS.len(), self.reports)]
        {
            let last = ColNum::try_from(columns.saturating_sub(1)).unwrap_or(ColNum::MAX);
            let sheet = self.workbook.worksheet_from_index(index)?;
            let until = HEADER_ROWS - 1 + rows;
            sheet.autofilter(HEADER_ROWS - 1, 0, until, last)?;
        }
        self.workbook.save_to_buffer()
    }
}

fn header(sheet: &mut Worksheet, name: &str, columns: &[&str]) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    let head = Format::new().set_bold().set_align(FormatAlign::Center);
    let mut names = Vec::with_capacity(columns.len());
    // In a file that is written row by row, widths come first.
    for (at, column) in (0..).zip(columns) {
        let width = match *column {
            "name_zh" | "name_en" | "report" | "quote" | "key" => 40,
            "subject" | "indicator" => 28,
            _ => 14,
        };
        sheet.set_column_width(at, width)?;
    }
    sheet.set_freeze_panes(HEADER_ROWS, 0)?;
    for (at, column) in (0..).zip(columns) {
        if let Some((name, zh, en)) = NAMES.iter().find(|(name, ..)| name == column) {
            names.push((at, [zh, en, name]));
        }
    }
    // Row by row, as it is written.
    for line in 0..HEADER_ROWS {
        for (at, texts) in &names {
            if let Some(text) = texts.get(line as usize) {
                sheet.write_string_with_format(line, *at, **text, &head)?;
            }
        }
    }
    Ok(())
}

fn legend(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("说明 Legend")?;
    let head = Format::new().set_bold();
    let mut line = 0;
    let mut write = |sheet: &mut Worksheet, texts: &[&str], format: &Format| -> Result<(), XlsxError> {
        for (at, text) in (0..).zip(texts) {
            sheet.write_string_with_format(line, at, *text, format)?;
        }
        line += 1;
        Ok(())
    };
    let plain = Format::new();
    write(sheet, &["状态 State", "数值一格中 In the cell", "含义", "Meaning"], &head)?;
    for (state, shown, zh, en) in STATES {
        write(sheet, &[state, shown, zh, en], &plain)?;
    }
    write(sheet, &[], &plain)?;
    for (zh, en) in [
        (
            "只相加状态为 NUMBER、范围和可比性相同的行。",
            "Add up only rows whose state is NUMBER, of one scope and one comparability.",
        ),
        (
            "超过15位的数字以文本存放，以免电子表格舍入。",
            "Numbers of more than 15 digits are text, which a spreadsheet does not round.",
        ),
    ] {
        write(sheet, &[zh, "", "", en], &plain)?;
    }
    write(sheet, &[], &plain)?;
    write(sheet, &["列 Column", "", "含义", "Meaning"], &head)?;
    for (name, zh, en) in NAMES {
        let meaning = column(name).map_or(*en, |column| column.meaning);
        write(sheet, &[name, "", zh, meaning], &plain)?;
    }
    for (at, width) in [(0, 24), (1, 22), (2, 48), (3, 80)] {
        sheet.set_column_width(at, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn column(name: &str) -> Option<&'static Column> {
    Columns::of_text().find(|column| column.name == name)
}

fn cell(
    sheet: &mut Worksheet,
    line: RowNum,
    at: ColNum,
    name: &str,
    row: &Row<'_>,
    formats: (&Format, &Format),
) -> Result<(), XlsxError> {
    let Some(column) = column(name) else { return Ok(()) };
    match column.of(row) {
        Cell::Text(said) => text(sheet, line, at, said, formats),
        Cell::Whole(None) | Cell::Decimal(None) => Ok(()),
        Cell::Whole(Some(value)) => number(sheet, line, at, value.into(), formats),
        Cell::Decimal(Some(value)) => number(sheet, line, at, value, formats),
        Cell::Truth(false) => Ok(()),
        Cell::Truth(true) => sheet.write_boolean(line, at, true).map(drop),
    }
}

/// Writes text; never a formula, nor what becomes one when somebody edits the cell.
fn text(
    sheet: &mut Worksheet,
    line: RowNum,
    at: ColNum,
    said: &str,
    (plain, literal): (&Format, &Format),
) -> Result<(), XlsxError> {
    if said.is_empty() {
        return Ok(());
    }
    let format = if is_formula(said) { literal } else { plain };
    let mut units = 0;
    let end = said.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        CELL_UNITS_MAX < units
    });
    let said = end.and_then(|(end, _)| said.get(..end)).unwrap_or(said);
    sheet.write_string_with_format(line, at, said, format).map(drop)
}

/// Writes a number; as text where a spreadsheet would round it.
fn number(
    sheet: &mut Worksheet,
    line: RowNum,
    at: ColNum,
    value: Decimal,
    formats: (&Format, &Format),
) -> Result<(), XlsxError> {
    let written = value.normalize().to_string();
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    match written.parse::<f64>() {
        Ok(number) if digits <= DIGITS_MAX => sheet.write_number(line, at, number).map(drop),
        Ok(_) | Err(_) => text(sheet, line, at, &written, formats),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Read as _};

    /// The XML of a sheet, as it stands in the file.
    fn sheet(bytes: &[Bytes], number: u32) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.concat())).unwrap();
        let mut text = String::new();
        let name = format!("xl/worksheets/sheet{number}.xml");
        archive.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// A cell of a sheet, with its attributes; none where nothing stands there.
    fn at<'s>(sheet: &'s str, column: &str, line: u32) -> Option<&'s str> {
        let index = NAMES.iter().position(|(name, ..)| *name == column).unwrap();
        let letters = rust_xlsxwriter::utility::column_number_to_name(ColNum::try_from(index).unwrap());
        let begin = sheet.find(&format!("<c r=\"{letters}{line}\""))?;
        let rest = &sheet[begin..];
        Some(&rest[..rest.find("</c>").or(rest.find("/>")).unwrap()])
    }

    #[test]
    fn every_column_has_its_names() {
        let names: Vec<&str> = NAMES.iter().skip(2).map(|(name, ..)| *name).collect();
        let columns: Vec<&str> = Columns::of_text().map(|column| column.name).collect();
        assert_eq!(names, columns);
        assert!(OF_REPORTS.iter().all(|name| names.contains(name)));
    }

    #[test]
    fn each_state_stands_beside_what_its_cell_shows() {
        let mut book = Xlsx::new(&[("gongkai.position", "42".to_owned())]).unwrap();
        let row = Row { name_zh: "本年新收", report: "reports/1", year: Some(2020), ..Row::default() };
        let number = |value: &str| Some(value.parse::<Decimal>().unwrap());
        for (state, value) in [
            ("NUMBER", number("0")),
            ("NUMBER", number("12.50")),
            ("NUMBER", number("999999999999999")),
            ("NUMBER", number("9007199254740993")),
            ("NUMBER", number("-5")),
            ("BLANK", None),
            ("NOT_APPLICABLE", None),
            ("UNDETERMINED", None),
            ("MISSING", None),
            ("TEXT", None),
        ] {
            book.push(&Row { state, value, ..row }).unwrap();
        }
        let bytes = book.finish().unwrap();
        let figures = sheet(&bytes, 1);
        let value = |line| at(&figures, "value", line);
        for (line, shown) in [(4, "0"), (5, "12.5"), (6, "999999999999999"), (8, "-5")] {
            let cell = value(line).unwrap();
            assert!(cell.ends_with(&format!("<v>{shown}</v>")) && !cell.contains("t=\""), "{cell}");
        }
        // What a spreadsheet would round is text.
        let large = value(7).unwrap();
        assert!(large.contains("t=\"inlineStr\"") && large.contains("9007199254740993"), "{large}");
        assert_eq!(value(9), None, "a blank is no zero");
        for (line, shown) in [(10, "/"), (11, "?"), (12, "×"), (13, "…")] {
            assert!(value(line).unwrap().contains(&format!(">{shown}</t>")), "{line}");
        }
        assert!(at(&figures, "state", 9).unwrap().contains("BLANK"));
        assert!(at(&figures, "name_zh", 13).unwrap().contains("本年新收"));
        assert!(figures.contains("ySplit=\"3\"") && figures.contains("state=\"frozen\""));
        assert!(figures.contains("数值") && figures.contains("Upper end") && figures.contains("autoFilter"));
        let reports = sheet(&bytes, 2);
        assert_eq!(reports.matches("reports/1").count(), 1, "each report once");
    }

    #[test]
    fn no_text_is_a_formula_and_the_longest_fits() {
        let mut book = Xlsx::new(&[]).unwrap();
        let long = "😀".repeat(20_000);
        for quote in ["=1+1", "@x", "－5", &long] {
            book.push(&Row { quote, subject: quote, ..Row::default() }).unwrap();
        }
        let bytes = book.finish().unwrap();
        let figures = sheet(&bytes, 1);
        assert!(!figures.contains("<f>"));
        let styled = at(&figures, "quote", 4).unwrap();
        assert!(
            styled.contains("=1+1") && styled.contains("t=\"inlineStr\"") && styled.contains(" s=\""),
            "{styled}"
        );
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.concat())).unwrap();
        let mut styles = String::new();
        archive.by_name("xl/styles.xml").unwrap().read_to_string(&mut styles).unwrap();
        assert!(styles.contains("quotePrefix=\"1\""));
    }

    #[test]
    fn a_sheet_has_room_for_so_many_rows_and_no_more() {
        let mut book = Xlsx::new(&[]).unwrap();
        book.rows = WORKBOOK_ROWS_MAX - 1;
        book.push(&Row::default()).unwrap();
        assert!(matches!(book.push(&Row::default()), Err(ExportError::TooManyRows { max: 1_048_573 })));
        assert!(book.finish().is_ok());
    }
}
