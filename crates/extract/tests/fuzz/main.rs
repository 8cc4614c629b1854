//! Fuzzing of every reader: real and made-up reports, mutilated in a thousand ways, go through the whole pure
//! pipeline, and what must hold of any record must hold of theirs.
//!
//! Counted, not timed: a run of so many documents is the same on every machine. `GONGKAI_FUZZ_SECONDS` lets the loop
//! go on for longer (and then says how far it came), `GONGKAI_FUZZ_SEED` begins elsewhere.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

mod invariants;

use gongkai_document::{Hint, Limits};
use gongkai_model::{FormId, Report};
use gongkai_testkit::{
    Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Rng, Wording, mutated,
};
use invariants::complaints;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Documents of a run without any setting.
const DOCUMENTS: u64 = 300;

/// No document may take longer, whatever it is and however slow the build. A net under the bounds on steps, which
/// other tests measure.
const SECONDS_MAX: u64 = 20;

/// A document to begin with.
struct Seed {
    name: String,
    bytes: Vec<u8>,
}

/// All files below `folder`, in a fixed order.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "txt" || extension == "html") {
            found.push(path);
        }
    }
}

fn seeds() -> Vec<Seed> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let mut paths = Vec::new();
    files(&tests.join("corpus"), &mut paths);
    files(&tests.join("rendered"), &mut paths);
    assert!(6 <= paths.len(), "the corpus is not where it should be");
    let mut seeds: Vec<Seed> = paths
        .iter()
        .map(|path| Seed {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            bytes: std::fs::read(path).unwrap(),
        })
        .collect();
    for (index, rendering) in Rendering::ALL.into_iter().enumerate() {
        for form in [FormId::Form2019, FormId::Form2021] {
            let seed = index as u64;
            let record = Record::random(form, seed, RecordOptions { empty_percent: 5, mistakes: index % 2 });
            let wording = Wording::ALL[index % Wording::ALL.len()];
            let rendered = rendering.render(&record, RenderOptions { seed, extent: Extent::Whole, wording });
            seeds.push(Seed {
                name: format!("{rendering:?} of {form:?}"),
                bytes: rendered.bytes(Encoding::Utf8),
            });
        }
    }
    seeds
}

/// The records of `source`, with their findings; none where it is refused.
fn read(source: &[u8]) -> Vec<Report> {
    let Ok(document) = gongkai_document::read(source, &Hint::default(), &Limits::STANDARD) else {
        return Vec::new();
    };
    for block in &document.blocks {
        assert!(document.text.as_str().get(block.text.clone()).is_some(), "a block is no piece of the text");
    }
    let mut reports = gongkai_extract::extract(&document).unwrap_or_default();
    for report in &mut reports {
        report.findings = gongkai_audit::audit(report);
    }
    reports
}

/// Reads the document that `seed` makes, and gives what is wrong with its records.
fn run(seeds: &[Seed], seed: u64) -> (usize, Vec<String>) {
    let mut rng = Rng::new(seed);
    let (base, other) = (rng.pick(seeds), rng.pick(seeds));
    let source = mutated(&base.bytes, &other.bytes, rng.bits());
    let begun = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| read(&source)));
    let taken = begun.elapsed();
    let mut wrong = Vec::new();
    let mut found = 0;
    match outcome {
        Err(_) => wrong.push("panicked".to_owned()),
        Ok(reports) => {
            found = reports.len();
            wrong.extend(reports.iter().flat_map(|report| complaints(report, &source)));
            if seed.is_multiple_of(8) && read(&source) != reports {
                wrong.push("not the same twice".to_owned());
            }
        }
    }
    if SECONDS_MAX < taken.as_secs() {
        wrong.push(format!("took {} s for {} bytes", taken.as_secs(), source.len()));
    }
    if !wrong.is_empty()
        && let Some(folder) = std::env::var_os("GONGKAI_FUZZ_KEEP")
    {
        std::fs::write(Path::new(&folder).join(format!("{seed}.bin")), &source).unwrap();
    }
    wrong.truncate(5);
    let named =
        wrong.into_iter().map(|what| format!("seed {seed}, {} and {}: {what}", base.name, other.name));
    (found, named.collect())
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn mutilated_documents_are_refused_or_give_records_that_keep_every_promise() {
    let seeds = seeds();
    let time = setting("GONGKAI_FUZZ_SECONDS").map(Duration::from_secs);
    let first = setting("GONGKAI_FUZZ_SEED").unwrap_or(0);
    let begun = Instant::now();
    let (mut documents, mut records, mut wrong) = (0, 0, Vec::new());
    while time.map_or(documents < DOCUMENTS, |time| begun.elapsed() < time) && wrong.len() < 20 {
        let (found, complaints) = run(&seeds, first + documents);
        records += found;
        wrong.extend(complaints);
        documents += 1;
    }
    println!("{documents} mutilated documents gave {records} records, {} complaints", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(documents < 100 || documents / 10 < records as u64, "the mutations leave nothing to read");
}
