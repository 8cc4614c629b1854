//! The pure pipeline on the samples: bytes in, audited record out, on one core.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gongkai_document::{Hint, Limits};
use std::hint::black_box;
use std::path::Path;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn pipeline(criterion: &mut Criterion) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut group = criterion.benchmark_group("pipeline");
    let names =
        ["anning-2020.txt", "lincang-2019.txt", "linze-2019.txt", "menghai-2020.txt", "simao-2018.txt"];
    for name in names.into_iter().chain(["found/pingtan-2016.txt", "found/pingtan-2019-page.html"]) {
        let Ok(source) = std::fs::read(corpus.join(name)) else {
            continue;
        };
        let hint = Hint { media_type: None, name: Some(name), ..Default::default() };
        group.throughput(Throughput::Bytes(source.len() as u64));
        group.bench_function(format!("whole/{name}"), |bencher| {
            bencher.iter(|| {
                let document = gongkai_document::read(black_box(&source), &hint, &Limits::STANDARD);
                let reports = document.ok().and_then(|document| gongkai_extract::extract(&document).ok());
                reports
                    .unwrap_or_default()
                    .iter()
                    .map(|report| gongkai_audit::audit(report).len())
                    .sum::<usize>()
            });
        });
        group.bench_function(format!("read/{name}"), |bencher| {
            bencher.iter(|| gongkai_document::read(black_box(&source), &hint, &Limits::STANDARD).is_ok());
        });
        let Ok(document) = gongkai_document::read(&source, &hint, &Limits::STANDARD) else { continue };
        group.bench_function(format!("extract/{name}"), |bencher| {
            bencher.iter(|| gongkai_extract::extract(black_box(&document)).is_ok());
        });
        let reports = gongkai_extract::extract(&document).unwrap_or_default();
        group.bench_function(format!("audit/{name}"), |bencher| {
            bencher.iter(|| black_box(&reports).iter().map(|r| gongkai_audit::audit(r).len()).sum::<usize>());
        });
    }
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
