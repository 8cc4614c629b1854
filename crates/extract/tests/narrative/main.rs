//! What the running text says, and what it does not say: one class of wordings a test, each a sentence and the indicators
//! that it states of the year and of the subject. A sentence without any states none, whatever numbers it holds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod claims;
mod nothing;
mod numbers;
mod owners;
mod said;
mod times;

use gongkai_document::{Hint, Limits};

/// The indicators, with their values, that a report of `body` on 2021 states by this sentence.
fn stated(body: &str, sentence: &str) -> String {
    let source = format!(
        "{body}2021年政府信息公开工作年度报告\n一、总体情况\n{sentence}\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n"
    );
    let hint = Hint { name: Some("report.txt"), ..Hint::default() };
    let document = gongkai_document::read(source.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    let report = gongkai_extract::extract(&document).unwrap().pop().unwrap();
    let named = report.statements.iter().filter(|statement| !statement.indicator.is_empty());
    let shown = named.map(|statement| {
        let about = if statement.approximate { "~" } else { "" };
        let value = statement.value.map_or_else(|| "?".to_owned(), |value| value.to_string());
        format!("{}={about}{value}", statement.indicator)
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Checks each line of a table: a sentence, `=>`, and what it states.
fn check(body: &str, table: &str) {
    let mut wrong = String::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (sentence, wanted) = line.split_once("=>").unwrap();
        let got = stated(body, sentence.trim());
        if got != wanted.trim() {
            wrong += &format!("{}: got `{got}`, wanted `{}`\n", sentence.trim(), wanted.trim());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const GOVERNMENT: &str = "甲县人民政府";
const DEPARTMENT: &str = "甲县财政局";
