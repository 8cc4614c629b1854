//! Made-up reports as web pages with labels, and what is read in the texts that converters made of them: the two ends of
//! `./dev converters`.
//!
//! `pages FOLDER COUNT` writes `NUMBER.html` and `NUMBER.json`; `judge FOLDER [CONVERTER]` reads `CONVERTER/NUMBER.txt` in it
//! and says of each converter how many cells came out as labelled, were left open, or were given and are wrong. With the
//! beginning of a converter's name, only of those, and of each cell that is wrong.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a tool for tests ends by panicking")]
#![allow(clippy::print_stdout, reason = "the table is what one runs this for")]
#![allow(clippy::float_arithmetic, reason = "shares of cells are printed")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{FormId, Report};
use gongkai_testkit::statistics::StatisticsPlan;
use gongkai_testkit::{Encoding, Extent, Noise, Plan, Rendered, Rendering, compare_with_labels, labels};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["pages", folder, count] => pages(Path::new(folder), count.parse().unwrap()),
        ["judge", folder] => judge(Path::new(folder), ""),
        ["judge", folder, converter] => judge(Path::new(folder), converter),
        _ => panic!("usage: converters pages FOLDER COUNT | converters judge FOLDER [CONVERTER]"),
    }
}

/// Noises that hide neither the report nor what a cell says.
const NOISES: [Noise; 9] = [
    Noise::BracketedLabels,
    Noise::UnnumberedLabels,
    Noise::NoBanners,
    Noise::LongBanners,
    Noise::SentenceRow,
    Noise::RewordedHeadings,
    Noise::SiteAround,
    Noise::WideDigits,
    Noise::ContraryText,
];

/// One page: of each form and both makes of table in turn, every third with some noise.
fn page(number: u64) -> Rendered {
    const STATISTICS_ONE_IN: u64 = 7;
    let rendering = if number.is_multiple_of(2) { Rendering::Html } else { Rendering::HtmlWord };
    if number % STATISTICS_ONE_IN == STATISTICS_ONE_IN - 1 {
        let mut plan = StatisticsPlan::random(rendering, number);
        plan.encoding = Encoding::Utf8;
        plan.noises.retain(|noise| NOISES.contains(noise));
        return plan.build();
    }
    let form = if (number / 2).is_multiple_of(2) { FormId::Form2021 } else { FormId::Form2019 };
    let mut plan = Plan::random(form, rendering, number);
    plan.encoding = Encoding::Utf8;
    plan.extent = Extent::Whole;
    plan.noises.retain(|noise| NOISES.contains(noise) && number.is_multiple_of(3));
    plan.build()
}

fn pages(folder: &Path, count: u64) {
    std::fs::create_dir_all(folder).unwrap();
    for number in 0..count {
        let page = page(number);
        std::fs::write(folder.join(format!("{number:04}.html")), &page.text).unwrap();
        std::fs::write(folder.join(format!("{number:04}.json")), labels(&page).to_string()).unwrap();
    }
}

/// The files and folders in `folder`, in the order of their names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// The report in `path`, if it is read as one.
fn read(path: &Path) -> Option<Report> {
    let source = std::fs::read(path).unwrap();
    let hint = Hint { media_type: None, name: Some(name(path)), ..Default::default() };
    let document = gongkai_document::read(&source, &hint, &Limits::STANDARD).ok()?;
    let mut reports = gongkai_extract::extract(&document).ok()?;
    reports.pop().filter(|_| reports.is_empty())
}

fn judge(folder: &Path, wanted: &str) {
    println!(
        "{:<26} {:>5} {:>7} {:>8} {:>7} {:>7} {:>7} {:>10} {:>6}",
        "converter", "texts", "refused", "exact", "%", "open", "missing", "lost marks", "wrong"
    );
    for converter in entries(folder).iter().filter(|path| path.is_dir() && name(path).starts_with(wanted)) {
        let (mut texts, mut refused, mut all) = (0, 0, gongkai_testkit::Read::default());
        for text in entries(converter) {
            let labels = folder.join(name(&text)).with_extension("json");
            let labels: Json = serde_json::from_slice(&std::fs::read(labels).unwrap()).unwrap();
            let report = read(&text);
            let read = compare_with_labels(&labels, report.as_ref().map_or(&[], |report| &report.figures));
            texts += 1;
            refused += usize::from(report.is_none());
            all.exact += read.exact;
            all.open += read.open;
            all.missing += read.missing;
            all.lost_marks += read.lost_marks;
            all.wrong.extend(read.wrong.iter().map(|wrong| format!("{}: {wrong}", name(&text))));
        }
        let percent = 100.0 * all.exact as f64 / all.all().max(1) as f64;
        println!(
            "{:<26} {texts:>5} {refused:>7} {:>8} {percent:>7.2} {:>7} {:>7} {:>10} {:>6}",
            name(converter),
            all.exact,
            all.open,
            all.missing,
            all.lost_marks,
            all.wrong.len()
        );
        if !wanted.is_empty() {
            all.wrong.iter().for_each(|wrong| println!("  {wrong}"));
        }
    }
}
