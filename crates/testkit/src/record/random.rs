//! Made-up figures and text with the proportions of real ones.

use super::{About, Entry, Fact, Part, is_money};
use crate::Rng;
use gongkai_forms::{Form, Table, TableBlock};
use gongkai_model::{Date, Value};
use rust_decimal::Decimal;

/// A number for each cell; every identity of the form is fulfilled.
pub(super) fn entries(form: &Form, rng: &mut Rng) -> Vec<Entry> {
    let mut values: Vec<Option<Value>> = form.cells.iter().map(|_| None).collect();
    for table in &form.tables {
        for block in &table.blocks {
            if block.rows.iter().any(|row| row.id == "concluded") {
                fill_requests(block, &mut values, rng);
            } else if block.rows.iter().all(|row| row.labels.is_empty()) {
                fill_reviews(block, &mut values, rng);
            } else {
                fill_freely(form, table, &mut values, rng);
            }
        }
    }
    let numbers = form.cells.iter().zip(values);
    numbers
        .map(|(cell, value)| {
            let value = value.expect("every table is filled");
            Entry::number(value, cell, form.column(cell).source_unit.as_deref(), rng)
        })
        .collect()
}

/// A count other than zero: mostly small.
fn some(rng: &mut Rng) -> i64 {
    let (first, last) = match rng.below(100) {
        0..70 => (1, 30),
        70..92 => (31, 400),
        92..99 => (401, 5_000),
        _ => (5_001, 120_000),
    };
    rng.between(first, last) as i64
}

fn some_or_zero(rng: &mut Rng, percent: u64) -> i64 {
    if rng.chance(percent) { some(rng) } else { 0 }
}

/// Rows are outcomes that add up to `concluded`; `received + carried_over = concluded + carried_forward`; the last
/// column is the sum of the others.
fn fill_requests(block: &TableBlock, values: &mut [Option<Value>], rng: &mut Rng) {
    let row = |id: &str| block.rows.iter().position(|row| row.id == id).expect("the table has this row");
    let [received, carried_over, concluded, carried_forward] =
        ["received", "carried_over", "concluded", "carried_forward"].map(row);
    let columns = block.columns.len() - 1;
    let mut counts = vec![vec![0i64; columns + 1]; block.rows.len()];
    for column in 0..columns {
        let percent = if column == 0 { 35 } else { 6 };
        for (index, outcome) in counts.iter_mut().enumerate() {
            if ![received, carried_over, concluded, carried_forward].contains(&index) {
                outcome[column] = some_or_zero(rng, percent);
            }
        }
        let done: i64 = counts.iter().map(|row| row[column]).sum();
        let forward = some_or_zero(rng, percent / 2).min(40);
        let over =
            if rng.chance(percent) { rng.below((done + forward).unsigned_abs() + 1) as i64 } else { 0 };
        counts[concluded][column] = done;
        counts[carried_forward][column] = forward;
        counts[carried_over][column] = over;
        counts[received][column] = done + forward - over;
    }
    for (row, mut counts) in block.rows.iter().zip(counts) {
        counts[columns] = counts[..columns].iter().sum();
        for (cell, count) in row.cells.iter().zip(counts) {
            if let Some(cell) = cell {
                values[*cell] = Some(Value::Count(count));
            }
        }
    }
}

/// Each kind of case is a run of columns of which the last is the sum of the others.
fn fill_reviews(block: &TableBlock, values: &mut [Option<Value>], rng: &mut Rng) {
    for row in &block.rows {
        let mut sum = 0;
        for (column, cell) in block.columns.iter().zip(&row.cells) {
            let is_total = column.id.ends_with(".total");
            let count = if is_total { std::mem::take(&mut sum) } else { some_or_zero(rng, 25).min(900) };
            if !is_total {
                sum += count;
            }
            if let Some(cell) = cell {
                values[*cell] = Some(Value::Count(count));
            }
        }
    }
}

/// Cells that no identity speaks of.
fn fill_freely(form: &Form, table: &Table, values: &mut [Option<Value>], rng: &mut Rng) {
    for index in table.cells.clone() {
        let cell = &form.cells[index];
        values[index] = Some(if is_money(cell) {
            let scale = rng.below(7) as u32;
            let ten_thousands = Decimal::new(rng.between(0, 9_999_999) as i64, scale);
            Value::Amount((ten_thousands * Decimal::from(10_000)).normalize())
        } else if cell.signed {
            let size = some_or_zero(rng, 60);
            Value::Count(if rng.chance(50) { size } else { -size })
        } else {
            Value::Count(some_or_zero(rng, 45))
        });
    }
}

/// Places that do not exist, with the words that name their government.
pub(crate) const REGIONS: [&str; 6] = ["青溪县", "云岭市", "望潮区", "白石县", "长汀口市", "松原坪县"];
const DEPARTMENTS: [&str; 5] = ["水利局", "教育体育局", "财政局", "自然资源局", "市场监督管理局"];
const NUMERALS: [&str; 6] = ["一", "二", "三", "四", "五", "六"];

pub(super) fn about(form: &Form, entries: &[Entry], rng: &mut Rng) -> About {
    let first = *form.years.start();
    let year = first + rng.below(2) as u16;
    let region = (*rng.pick(&REGIONS)).to_owned();
    let (subject, issuer) = match rng.below(3) {
        0 => (format!("{region}人民政府"), format!("{region}人民政府办公室")),
        1 => (String::new(), format!("{region}人民政府办公室")),
        _ => {
            let department = format!("{region}{}", rng.pick(&DEPARTMENTS));
            (department.clone(), department)
        }
    };
    let named = if subject.is_empty() { &region } else { &subject };
    let title = match rng.below(3) {
        0 => format!("{named}{year}年政府信息公开工作年度报告"),
        1 => format!("{named}{year}年度政府信息公开工作年度报告"),
        _ => format!("{year}年{named}政府信息公开工作年度报告"),
    };
    let published =
        Date::new(year + 1, rng.between(1, 3) as u8, rng.between(1, 28) as u8).expect("every month has it");
    let (parts, facts) = parts(form, entries, year, rng);
    About {
        year,
        title,
        preamble: preamble(named, year),
        parts,
        facts,
        region,
        subject,
        issuer,
        published: Some(published),
    }
}

pub(super) fn preamble(named: &str, year: u16) -> Vec<String> {
    vec![
        format!(
            "根据《中华人民共和国政府信息公开条例》（国务院令第711号，以下简称《条例》）和国务院办公厅有关通知要求，编制{named}\
             {year}年政府信息公开工作年度报告。"
        ),
        "本报告包括：一、总体情况；二、主动公开政府信息情况；三、收到和处理政府信息公开申请情况；四、政府信息公开行政复议、\
         行政诉讼情况；五、存在的主要问题及改进情况；六、其他需要报告的事项。"
            .to_owned(),
        format!("本报告中所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。联系电话：0571-5122103。"),
    ]
}

fn parts(form: &Form, entries: &[Entry], year: u16, rng: &mut Rng) -> (Vec<Part>, Vec<Fact>) {
    let mut facts = Vec::new();
    let numbered = NUMERALS.iter().zip(&form.sections);
    let parts = numbered
        .map(|(numeral, section)| {
            let table = form.tables.iter().position(|table| table.id == section.id);
            let last = section.id == form.sections[form.sections.len() - 1].id;
            Part {
                heading: format!("{numeral}、{}", section.headings[0]),
                paragraphs: if table.is_some() && rng.chance(60) {
                    Vec::new()
                } else if last {
                    vec!["无其他需要报告的事项。".to_owned()]
                } else {
                    sentences(form, entries, year, &mut facts, rng)
                },
                table,
            }
        })
        .collect();
    (parts, facts)
}

/// Running text with the numbers and list signs that running text has. Where it tells a number of the tables, it
/// tells what stands there.
fn sentences(form: &Form, entries: &[Entry], year: u16, facts: &mut Vec<Fact>, rng: &mut Rng) -> Vec<String> {
    let of_table = |key: &str| match form.cell_index(key).and_then(|cell| entries[cell].value) {
        Some(Value::Count(count)) => count,
        _ => 0,
    };
    let mut own = Vec::new();
    let mut state = |indicator: &'static str, value: i64, unit: &'static str, words: &str| {
        let quote = format!("{words}{value}{unit}");
        own.push(Fact { indicator, value, unit, quote: quote.clone() });
        quote
    };
    let some = |rng: &mut Rng, first: u64, last: u64| rng.between(first, last) as i64;
    let mut sentences = vec![
        format!(
            "{year}年，坚持以公开为常态、不公开为例外，{}，{}，占{}.{}%。",
            state("published.total", some(rng, 100, 9_000), "条", "全年主动公开政府信息"),
            state("published.website", some(rng, 10, 900), "条", "通过政府网站公开政府信息"),
            rng.between(10, 99),
            rng.below(100),
        ),
        format!(
            "（一）依申请公开。{}，上年结转{}件，办结{}件，结转下年度继续办理{}件。",
            state("requests.received", of_table("requests.received.total"), "件", "本年新收政府信息公开申请"),
            of_table("requests.carried_over.total"),
            of_table("requests.concluded.total"),
            of_table("requests.carried_forward.total"),
        ),
        format!(
            "（二）监督保障。{}，{}；{}。",
            state("training.sessions", some(rng, 1, 9), "期", "举办政务公开培训"),
            state("training.people", some(rng, 10, 400), "人次", "培训"),
            state("reviews.reconsideration", of_table("reviews.reconsideration.total"), "件", "发生行政复议"),
        ),
        "一是部分栏目更新不够及时；二是政策解读形式单一；三是工作人员多为兼职，仅有1至2名。".to_owned(),
    ];
    sentences.truncate(rng.between(1, 4) as usize);
    facts.extend(own.into_iter().filter(|fact| sentences.iter().any(|text| text.contains(&fact.quote))));
    sentences
}
