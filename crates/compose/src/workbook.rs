use crate::{Composition, ObstacleKind};
use gongkai_forms::Form;
use gongkai_model::Value;
use rust_xlsxwriter::{
    ColNum, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, RowNum, Workbook, Worksheet,
    XlsxError, utility::row_col_to_cell,
};

/// Digits that a spreadsheet keeps of a number.
const DIGITS_MAX: usize = 15;
/// Columns in front of those of the units: key, label, unit of the values.
const HEAD_COLUMNS: ColNum = 3;
/// What stands where a sum is not known.
const UNKNOWN: &str = "？";

/// The composition as a workbook: every cell of the form with a column a unit, sum, adjustments, result and the year before;
/// what stands against the sums; and the adjustments with reason and basis. Blanks stay blank; a sum that is not known is a
/// question mark.
///
/// # Errors
///
/// When the workbook cannot be written, such as for more units than it has columns.
pub fn xlsx(composition: &Composition) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // Without a time of its own: the same composition gives the same bytes.
    let properties = DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(
        composition.task.year.clamp(1900, 9999),
        12,
        31,
    )?);
    workbook.set_properties(&properties);
    tables(composition, workbook.add_worksheet())?;
    obstacles(composition, workbook.add_worksheet())?;
    adjustments(composition, workbook.add_worksheet())?;
    workbook.save_to_buffer()
}

fn head() -> Format {
    Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Center)
}

fn column(number: usize) -> Result<ColNum, XlsxError> {
    ColNum::try_from(number).map_err(|_| XlsxError::RowColumnLimitError)
}

fn row(number: usize) -> Result<RowNum, XlsxError> {
    RowNum::try_from(number).map_err(|_| XlsxError::RowColumnLimitError)
}

fn tables(composition: &Composition, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("汇总")?;
    let form: &Form = composition.task.form;
    let first = HEAD_COLUMNS;
    let sum = first + column(composition.units.len())?;
    for (at, text) in ["指标", "名称", "单位"].into_iter().enumerate() {
        sheet.write_string_with_format(0, column(at)?, text, &head())?;
    }
    for (at, unit) in composition.units.iter().enumerate() {
        let name = if unit.subject.is_empty() { &unit.source } else { &unit.subject };
        sheet.write_string_with_format(0, first + column(at)?, name, &head())?;
    }
    for (at, text) in ["合计", "调整", "调整后", "上年"].into_iter().enumerate() {
        sheet.write_string_with_format(0, sum + column(at)?, text, &head())?;
    }
    for (index, (composed, cell)) in composition.cells.iter().zip(&form.cells).enumerate() {
        let line = row(index + 1)?;
        sheet.write_string(line, 0, &*composed.key)?;
        sheet.write_string(line, 1, &cell.label_zh)?;
        sheet.write_string(line, 2, if cell.unit.name() == "yuan" { "元" } else { "件" })?;
        let mut is_exact = true;
        for (at, unit) in composition.units.iter().enumerate() {
            if let Some(Some(value)) = unit.values.get(index) {
                is_exact &= number(sheet, line, first + column(at)?, *value)?;
            }
        }
        match composed.sum {
            Some(value) if is_exact && first < sum => {
                let formula =
                    format!("=SUM({}:{})", row_col_to_cell(line, first), row_col_to_cell(line, sum - 1));
                sheet.write_formula(line, sum, Formula::new(formula).set_result(value.to_string()))?;
            }
            Some(value) => {
                number(sheet, line, sum, value)?;
            }
            None => {
                sheet.write_string(line, sum, UNKNOWN)?;
            }
        }
        if let Some(value) = composed.adjustment {
            is_exact &= number(sheet, line, sum + 1, value)?;
        }
        match composed.value {
            Some(value) if is_exact => {
                let terms = [row_col_to_cell(line, sum), row_col_to_cell(line, sum + 1)];
                let formula = format!("=SUM({},{})", terms[0], terms[1]);
                sheet.write_formula(line, sum + 2, Formula::new(formula).set_result(value.to_string()))?;
            }
            Some(value) => {
                number(sheet, line, sum + 2, value)?;
            }
            None => {
                sheet.write_string(line, sum + 2, UNKNOWN)?;
            }
        }
        if let Some(value) = composed.last_year {
            number(sheet, line, sum + 3, value)?;
        }
    }
    sheet.set_column_width(0, 36)?;
    sheet.set_column_width(1, 48)?;
    sheet.set_freeze_panes(1, 2)?;
    Ok(())
}

/// Writes a value; as text where a spreadsheet would round it. Tells whether it is a number there.
fn number(sheet: &mut Worksheet, line: RowNum, at: ColNum, value: Value) -> Result<bool, XlsxError> {
    let text = value.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match text.parse::<f64>() {
        Ok(number) if digits <= DIGITS_MAX => sheet.write_number(line, at, number)?,
        Ok(_) | Err(_) => {
            sheet.write_string(line, at, text)?;
            return Ok(false);
        }
    };
    Ok(true)
}

fn obstacles(composition: &Composition, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("待核实")?;
    for (at, text) in ["类别", "单位", "问题", "指标"].into_iter().enumerate() {
        sheet.write_string_with_format(0, column(at)?, text, &head())?;
    }
    let mut line = 1;
    for obstacle in &composition.obstacles {
        let kind = match obstacle.kind {
            ObstacleKind::OtherYear => "年度不符",
            ObstacleKind::OtherForm => "格式不符",
            ObstacleKind::OpenCells => "数字不全",
            ObstacleKind::BrokenIdentities => "勾稽不符",
            ObstacleKind::ScopeUnknown => "范围不明",
            ObstacleKind::CountedTwice => "重复统计",
            ObstacleKind::Absent => "未报",
        };
        let about: Vec<&str> = obstacle
            .keys
            .iter()
            .map(|key| &**key)
            .chain(obstacle.identities.iter().map(String::as_str))
            .collect();
        for (at, text) in
            [kind, &obstacle.subject, &obstacle.message_zh, &about.join("\n")].into_iter().enumerate()
        {
            sheet.write_string(line, column(at)?, text)?;
        }
        line += 1;
    }
    for excluded in &composition.task.exclusions {
        for (at, text) in ["不计入", &excluded.subject, &excluded.reason].into_iter().enumerate() {
            sheet.write_string(line, column(at)?, text)?;
        }
        line += 1;
    }
    for name in &composition.broken {
        for (at, text) in
            ["勾稽不符", &composition.task.subject, "汇总后勾稽关系不成立", name].into_iter().enumerate()
        {
            sheet.write_string(line, column(at)?, text)?;
        }
        line += 1;
    }
    sheet.set_column_width(1, 30)?;
    sheet.set_column_width(2, 70)?;
    sheet.set_column_width(3, 48)?;
    Ok(())
}

fn adjustments(composition: &Composition, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("调整")?;
    for (at, text) in ["指标", "调整数", "原因", "依据"].into_iter().enumerate() {
        sheet.write_string_with_format(0, column(at)?, text, &head())?;
    }
    for (index, adjustment) in composition.task.adjustments.iter().enumerate() {
        let line = row(index + 1)?;
        sheet.write_string(line, 0, &*adjustment.key)?;
        number(sheet, line, 1, adjustment.amount)?;
        sheet.write_string(line, 2, &adjustment.reason)?;
        sheet.write_string(line, 3, &adjustment.basis)?;
    }
    sheet.set_column_width(0, 36)?;
    sheet.set_column_width(2, 48)?;
    sheet.set_column_width(3, 48)?;
    Ok(())
}
