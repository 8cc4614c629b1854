//! How fast what is stored is given: `./dev bench query` fills a database of its own with made-up reports, serves it, and
//! asks as callers do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::float_arithmetic,
    dead_code,
    unreachable_pub,
    reason = "a benchmark, of which a test uses some"
)]

mod database;
mod fill;
mod generate;
mod measure;

use clap::Parser;
use database::Database;
use generate::Corpus;
use measure::{Extent, Line};
use std::time::{Duration, Instant};

/// The product's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Fills a database with made-up reports, serves it, and tells how fast callers are answered.
#[derive(Parser)]
#[command(name = "./dev bench query")]
struct Args {
    /// How many reports there are
    #[arg(long, default_value_t = 20_000)]
    reports: u64,
    /// How many of them say something else than all others; all where none is given
    #[arg(long)]
    contents: Option<u64>,
    /// SQLite instead of PostgreSQL
    #[arg(long)]
    sqlite: bool,
    /// Keep the database of PostgreSQL for the next run with as many reports, and tell its name
    #[arg(long, conflicts_with = "sqlite")]
    keep: bool,
    /// Fill only: nothing is measured
    #[arg(long, requires = "keep")]
    fill: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(args));
}

async fn run(args: Args) {
    let corpus = Corpus::of(args.reports);
    let corpus = match args.contents {
        Some(contents) => corpus.with_contents(contents.max(1)),
        None => corpus,
    };
    let database = match args.sqlite {
        true => Database::sqlite().await,
        false => Database::postgres(&format!("gongkai_bench_{}", corpus.reports), args.keep).await,
    };
    if !database.is_filled() {
        let began = Instant::now();
        let mut said = began;
        let filled = fill::fill(database.store(), &corpus, |there| {
            if Duration::from_secs(10) < said.elapsed() {
                said = Instant::now();
                eprintln!("{there} of {} reports are stored", corpus.reports);
            }
        });
        filled.await.unwrap();
        let took = began.elapsed().as_secs_f64();
        eprintln!("{} reports stored in {took:.0} s", corpus.reports);
    }
    let database = database.filled().await;
    if !args.fill {
        let said = |line: &Line| match args.json {
            true => println!("{}", json(line, &database, &corpus)),
            false => println!("{}", text(line)),
        };
        if !args.json {
            println!("{} reports in {}", corpus.reports, database.name());
            println!(
                "{:<42} {:>6} {:>10} {:>10} {:>11} {:>10}  budget",
                "", "calls", "p50", "p99", "rows/s", "rows"
            );
        }
        measure::measure(database.served(), &corpus, Extent::WHOLE, said).await;
    }
    database.end(args.keep).await;
}

fn text(line: &Line) -> String {
    let milliseconds = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1e3);
    format!(
        "{:<42} {:>6} {:>10} {:>10} {:>11.0} {:>10}  {}",
        line.what,
        line.calls,
        milliseconds(line.median),
        milliseconds(line.slow),
        line.rows as f64 / line.took.as_secs_f64(),
        line.rows,
        line.budget
    )
}

fn json(line: &Line, database: &Database, corpus: &Corpus) -> serde_json::Value {
    let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap();
    serde_json::json!({
        "engine": database.name(),
        "reports": corpus.reports,
        "what": line.what,
        "calls": line.calls,
        "p50_us": micros(line.median),
        "p99_us": micros(line.slow),
        "took_us": micros(line.took),
        "rows": line.rows,
        "bytes": line.bytes,
        "budget": line.budget,
    })
}
