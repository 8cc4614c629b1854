//! The search for cuts on the tables that it has to be good at.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot find its form ends")]

use criterion::{Criterion, criterion_group, criterion_main};
use gongkai_forms::{Form, form};
use gongkai_model::FormId;
use gongkai_reconcile::{Puzzle, Run, solve};
use std::hint::black_box;

/// A generator of numbers that never changes.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % bound
    }
}

/// A requests table in which `zeros` of 100 counts are zero and others have up to `digits` digits; it keeps its sums.
fn table(form: &Form, zeros: u64, digits: u64, seed: u64) -> Vec<Run> {
    let mut numbers = Numbers(seed);
    let mut values: Vec<i64> = form
        .cells
        .iter()
        .map(|_| {
            let length = 1 + numbers.below(digits) as u32;
            if numbers.below(100) < zeros { 0 } else { numbers.below(10_u64.pow(length)) as i64 }
        })
        .collect();
    let at = |row: &str, column: &str| form.cell_index(&format!("requests.{row}.{column}")).unwrap();
    for identity in form.identities.iter().filter(|identity| &*identity.rule == "requests.outcomes") {
        let column = &identity.subject;
        values[identity.right[0]] = identity.left.iter().map(|&term| values[term]).sum();
        let all = values[identity.right[0]] + values[at("carried_forward", column)];
        values[at("carried_over", column)] %= all + 1;
        values[at("received", column)] = all - values[at("carried_over", column)];
    }
    for identity in form.identities.iter().filter(|identity| &*identity.rule == "requests.applicants") {
        values[identity.right[0]] = identity.left.iter().map(|&term| values[term]).sum();
    }
    let rows = &form.tables[1].blocks[0].rows;
    rows.iter()
        .map(|row| {
            let cells: Vec<usize> = row.cells.iter().flatten().copied().collect();
            let text = cells.iter().map(|&cell| values[cell].to_string()).collect();
            Run { cells, text, list_number: false }
        })
        .collect()
}

fn joined(criterion: &mut Criterion) {
    let form = form(FormId::Form2021).unwrap();
    let known = vec![None; form.cells.len()];
    let mut group = criterion.benchmark_group("joined digits");
    for (name, zeros, digits) in
        [("usual table", 90, 2), ("busy table", 50, 3), ("dense table of 25 rows by 7 columns", 0, 5)]
    {
        // The slowest of several tables.
        let tables: Vec<Vec<Run>> = (1..24).map(|seed| table(form, zeros, digits, seed)).collect();
        let puzzle = |runs| Puzzle { form, table: 1, known: &known, runs, stated: &[], steps_max: 1_000_000 };
        let slowest = tables.iter().max_by_key(|runs| solve(&puzzle(runs)).steps).unwrap();
        group.bench_function(name, |bencher| bencher.iter(|| solve(black_box(&puzzle(slowest)))));
    }
    group.finish();
}

criterion_group!(benches, joined);
criterion_main!(benches);
