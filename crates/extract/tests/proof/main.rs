//! Ten thousand documents that nobody wrote by hand, each with what every cell of it should be read as: the cells
//! that a document fixes come out exactly, and nothing that it leaves open is ever given for certain.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::float_arithmetic,
    reason = "shares of cells are printed; no figure of a report is computed here"
)]

mod documents;

use documents::{Document, misread_heads};
use gongkai_document::{Hint, Limits};
use gongkai_model::{FormId, Report};
use gongkai_testkit::statistics::StatisticsPlan;
use gongkai_testkit::{Difference, Outcome, Plan, Rendering, Share, compare};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FORMS: [FormId; 2] = [FormId::Form2019, FormId::Form2021];

/// Documents of each form and shape. More of them, or others, are tried with `GONGKAI_PROOF_DOCUMENTS` and
/// `GONGKAI_PROOF_SEED`; `GONGKAI_PROOF_KEEP=FOLDER` keeps one for each kind of failure.
const DOCUMENTS: u64 = 320;

/// Of them, one in so many is made once more with a statistics table, and one as two reports in one file.
const STATISTICS_ONE_IN: u64 = 16;
const TWO_ONE_IN: u64 = 32;

/// Of a million determined cells, so many must come out exactly.
const EXACT_PER_MILLION: usize = 999_500;

/// Of a million documents, of so many all of who, where and when must be read as it is written.
const HEADS_PER_MILLION: usize = 999_000;

/// So many determined cells are compared in a usual run, at least.
const DETERMINED_MIN: usize = 1_000_000;

/// Of a million recoverable cells, so many must be recovered.
const RECOVERED_PER_MILLION: usize = 950_000;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

/// The reports that the file is read as, as many as there are in it.
fn read(source: &[u8], file_name: &'static str, count: usize) -> Result<Vec<Report>, String> {
    let hint = Hint { media_type: None, name: Some(file_name), ..Default::default() };
    let document = gongkai_document::read(source, &hint, &Limits::STANDARD).map_err(|e| e.to_string())?;
    let reports = gongkai_extract::extract(&document).map_err(|error| error.to_string())?;
    match reports.len() == count {
        true => Ok(reports),
        false => Err(format!("{} reports", reports.len())),
    }
}

/// How a file was read: its cells, and what was misread of who, where and when.
#[derive(Clone, Default)]
struct Reading {
    cells: Outcome,
    heads: Vec<String>,
}

fn reading(document: &Document) -> Reading {
    let built = document.build();
    let reports = read(&built.source, built.file_name, built.reports.len());
    let mut reading = Reading::default();
    for (index, rendered) in built.reports.iter().enumerate() {
        let report = reports.as_ref().map(|reports| &reports[index]);
        reading.cells.add(compare(&rendered.expectations, report.map_or(&[], |report| &report.figures)));
        match report {
            // Cells without any label are of no form and of no report.
            Err(_) if rendered.about.is_none() => {}
            Err(error) => reading.heads.push(format!("refused: {error}")),
            Ok(report) => reading.heads.extend(misread_heads(rendered, report)),
        }
    }
    reading
}

/// What went wrong, by what it has in common: how often, and the first plan that shows it.
type Failures = BTreeMap<String, (usize, Document, String)>;

type Select = fn(&Reading) -> Option<(String, String)>;

fn said(what: &str, difference: &Difference) -> (String, String) {
    let table = difference.expected.key.split('.').next().unwrap_or_default();
    (format!("{what}: {table}"), difference.to_string())
}

/// The first thing that is claimed and must not be.
fn false_certain(reading: &Reading) -> Option<(String, String)> {
    let wrong = reading.cells.wrong.iter().map(|it| said("1 false certain", it));
    wrong.chain(reading.cells.filled.iter().map(|it| said("1 filled", it))).next()
}

/// The first thing that is not claimed and should be.
fn lost(reading: &Reading) -> Option<(String, String)> {
    let open = reading.cells.undetermined_unexpected.iter().map(|it| said("2 open", it));
    open.chain(reading.cells.missing.iter().map(|it| said("2 missing", it))).next()
}

/// The first thing of who, where and when that was misread.
fn misread(reading: &Reading) -> Option<(String, String)> {
    let head = reading.heads.first()?;
    let what = head.split(':').next().unwrap_or_default();
    Some((format!("3 {what}"), head.clone()))
}

/// Where this goes wrong with `document`: what kind of failure it is, and the simplest document that shows it.
fn simplest(document: &Document, select: Select) -> Option<(String, Document, String)> {
    let (what, _) = select(&reading(document))?;
    let fails = |document: &Document| select(&reading(document)).is_some_and(|(other, _)| other == what);
    let simplest = document.clone().simplest(fails);
    let (what, example) = select(&reading(&simplest))?;
    let kind = format!("{what}, {} {:?}, {}", simplest.kind(), simplest.rendering(), simplest.features());
    Some((kind, simplest, example))
}

/// The documents of one line of the table of results.
#[derive(Default)]
struct Group {
    documents: usize,
    cells: Outcome,
    /// Documents of which who, where and when was all read as written.
    heads: usize,
}

impl Group {
    fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.cells.add(other.cells);
        self.heads += other.heads;
    }
}

#[derive(Default)]
struct Tally {
    /// By whether it is pending, kind and shape.
    groups: BTreeMap<(bool, &'static str, Rendering), Group>,
    worst: Failures,
}

impl Tally {
    fn note(&mut self, document: &Document) {
        let Reading { cells: mut outcome, heads } = reading(document);
        let is_of_interest = !document.is_pending() || setting("GONGKAI_PROOF_PENDING", 0) == 1;
        let is_right = outcome.is_right() && heads.is_empty();
        let selects: [Select; 3] = [false_certain, lost, misread];
        for select in selects.into_iter().filter(|_| is_of_interest && !is_right) {
            if let Some((kind, simplest, example)) = simplest(document, select) {
                let kind = if simplest.is_pending() { format!("pending: {kind}") } else { kind };
                self.worst.entry(kind).or_insert((0, simplest, example)).0 += 1;
            }
        }
        // The examples are enough, a million differences would be too many.
        outcome.undetermined_unexpected.clear();
        outcome.missing.clear();
        let key = (document.is_pending(), document.kind(), document.rendering());
        let heads = usize::from(heads.is_empty());
        self.groups.entry(key).or_default().add(Group { documents: 1, cells: outcome, heads });
    }

    fn add(&mut self, other: Self) {
        for (key, group) in other.groups {
            self.groups.entry(key).or_default().add(group);
        }
        for (kind, (times, document, example)) in other.worst {
            self.worst.entry(kind).or_insert((0, document, example)).0 += times;
        }
    }
}

fn percent(share: Share) -> String {
    if share.all == 0 {
        return "–".to_owned();
    }
    format!("{:.3} %", 100.0 * share.right as f64 / share.all as f64)
}

fn line(table: &mut String, name: &str, group: &Group) {
    let outcome = &group.cells;
    let _ = writeln!(
        table,
        "{name:<22} {:>9} {:>9} {:>9} {:>11} {:>6} {:>12} {:>11} {:>12} {:>6}",
        group.documents,
        percent(Share { right: group.heads, all: group.documents }),
        outcome.determined.all,
        percent(outcome.determined),
        outcome.wrong.len(),
        outcome.recoverable.all,
        percent(outcome.recoverable),
        outcome.left_open.all,
        outcome.filled.len(),
    );
}

/// All documents of a run.
fn documents() -> Vec<Document> {
    let documents = setting("GONGKAI_PROOF_DOCUMENTS", DOCUMENTS);
    let first = setting("GONGKAI_PROOF_SEED", 1_000);
    let mut all = Vec::new();
    for (group, (form, rendering)) in
        FORMS.iter().flat_map(|form| Rendering::ALL.map(|rendering| (*form, rendering))).enumerate()
    {
        let seeds = |count: u64| (0..count).map(move |index| first + index * 64 + group as u64);
        all.extend(seeds(documents).map(|seed| Document::Tables(Plan::random(form, rendering, seed))));
        let statistics = |seed| Document::Statistics(StatisticsPlan::random(rendering, seed));
        all.extend(seeds(documents / STATISTICS_ONE_IN).map(statistics));
        // Where a report is one line, nothing tells where the next one begins.
        if !rendering.is_joined() {
            all.extend(seeds(documents / TWO_ONE_IN).map(|seed| Document::two(rendering, seed)));
        }
    }
    all
}

#[test]
#[allow(clippy::print_stdout, reason = "the table is what one runs this test for")]
fn what_documents_fix_is_read_exactly_and_nothing_else_is_claimed() {
    let documents = documents();
    let threads = std::thread::available_parallelism().map_or(2, |threads| threads.get());
    let tally = std::thread::scope(|scope| {
        let documents = &documents;
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                scope.spawn(move || {
                    let mut tally = Tally::default();
                    documents.iter().skip(worker).step_by(threads).for_each(|it| tally.note(it));
                    tally
                })
            })
            .collect();
        let mut tally = Tally::default();
        workers.into_iter().for_each(|worker| tally.add(worker.join().unwrap()));
        tally
    });

    let mut table = format!(
        "{:<22} {:>9} {:>9} {:>9} {:>11} {:>6} {:>12} {:>11} {:>12} {:>6}\n",
        "form and shape",
        "documents",
        "heads",
        "determined",
        "exact",
        "false",
        "recoverable",
        "recovered",
        "undetermined",
        "filled"
    );
    let mut sums = [Group::default(), Group::default()];
    for ((pending, kind, rendering), group) in tally.groups {
        if !pending {
            line(&mut table, &format!("{kind} {rendering:?}"), &group);
        }
        sums[usize::from(pending)].add(group);
    }
    line(&mut table, "all", &sums[0]);
    line(&mut table, "not required yet", &sums[1]);
    println!("{table}");
    // Whoever runs all tests sees it there.
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/proof.txt"), &table).unwrap();

    let mut failures = String::new();
    let kept = std::env::var_os("GONGKAI_PROOF_KEEP").map(std::path::PathBuf::from);
    for (index, (kind, (times, document, example))) in
        tally.worst.iter().take(setting("GONGKAI_PROOF_FAILURES", 40) as usize).enumerate()
    {
        if let Some(folder) = &kept {
            let built = document.build();
            std::fs::write(folder.join(format!("{index:03}-{}", built.file_name)), built.source).unwrap();
        }
        let _ = writeln!(failures, "{times:>6} × {kind}\n         {example}\n         {document:?}");
    }
    println!("{failures}");
    // What may be lost yet must not be wrong either.
    let wrong = [&sums[0], &sums[1]].map(|sum| sum.cells.wrong.len() + sum.cells.filled.len());
    assert_eq!(wrong, [0, 0], "something is certain and wrong\n{failures}");
    let all = &sums[0];
    assert!(
        all.documents * HEADS_PER_MILLION <= all.heads * 1_000_000,
        "who, where or when is misread too often\n{failures}"
    );
    let all = &all.cells;
    // Fewer documents are read only by whoever asks for it.
    let is_usual = std::env::var_os("GONGKAI_PROOF_DOCUMENTS").is_none();
    assert!(!is_usual || DETERMINED_MIN <= all.determined.all, "too few cells were compared\n{table}");
    assert!(
        all.determined.all * EXACT_PER_MILLION <= all.determined.right * 1_000_000,
        "too few determined cells are exact\n{failures}"
    );
    assert!(
        all.recoverable.all * RECOVERED_PER_MILLION <= all.recoverable.right * 1_000_000,
        "too few recoverable cells are recovered\n{failures}"
    );
}
