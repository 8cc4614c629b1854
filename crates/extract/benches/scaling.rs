//! What longer documents cost: the whole pipeline on 1 to 64 times as much, and the slope of time over length when both
//! are logarithms. 1 is linear.
#![allow(
    clippy::float_arithmetic,
    clippy::print_stdout,
    reason = "a slope is computed and printed; no figure of a report is"
)]

use gongkai_document::{Hint, Limits};
use gongkai_model::FormId;
use gongkai_testkit::{Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Wording};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIMES: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Each length is measured so often; the least counts.
const RUNS: usize = 15;

fn report(rendering: Rendering) -> String {
    let record = Record::random(FormId::Form2021, 7, RecordOptions { empty_percent: 10, mistakes: 0 });
    let options = RenderOptions { seed: 7, extent: Extent::Whole, wording: Wording::Official };
    String::from_utf8(rendering.render(&record, options).bytes(Encoding::Utf8)).unwrap_or_default()
}

/// The report with `paragraph` so often at its end that it is `times` as long.
fn with_text(report: &str, paragraph: &str, times: usize) -> String {
    let (before, behind) = report.split_at(report.find("</body>").unwrap_or(report.len()));
    format!("{before}{}{behind}", paragraph.repeat((times - 1) * report.len() / paragraph.len()))
}

fn time(source: &str, name: &str) -> Duration {
    let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
    let once = || {
        let begin = Instant::now();
        let document = gongkai_document::read(black_box(source.as_bytes()), &hint, &Limits::STANDARD);
        let reports = document.ok().and_then(|document| gongkai_extract::extract(&document).ok());
        black_box(reports.iter().flatten().map(|report| gongkai_audit::audit(report).len()).sum::<usize>());
        begin.elapsed()
    };
    (0..RUNS).map(|_| once()).min().unwrap_or_default()
}

fn main() {
    let text = "2021年，本机关主动公开政府信息123条，其中网站公开100条；收到申请3件，均已按时办结。\n";
    let row =
        "<table><tr><td>甲</td><td>1</td><td>2</td></tr><tr><td>乙</td><td>3</td><td>4</td></tr></table>\n";
    for (what, name, rendering, more) in [
        ("text, more running text", "report.txt", Rendering::Tabs, text),
        ("text, more lines of cells", "report.txt", Rendering::BareLines, "行政许可\n1\n2\n3\n"),
        ("HTML, more paragraphs", "report.html", Rendering::Html, &format!("<p>{}</p>", text.trim())),
        ("HTML, more tables", "report.html", Rendering::Html, row),
    ] {
        let report = report(rendering);
        let measured: Vec<(f64, f64)> = TIMES
            .map(|times| {
                let source = with_text(&report, more, times);
                let took = time(&source, name);
                println!("{what}: {times:>2} times, {:>8} bytes, {took:>10.1?}", source.len());
                ((source.len() as f64).ln(), took.as_secs_f64().ln())
            })
            .into();
        println!("{what}: slope {:.2}", slope(&measured));
    }
}

/// The slope of the line with the least squared distances.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let squares: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    both / squares
}
