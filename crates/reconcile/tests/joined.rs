//! Tables whose digits stand together: what is found is exactly what brute force finds, and nothing wrong is found
#![allow(clippy::unwrap_used, clippy::single_range_in_vec_init, reason = "a test fails by panicking")]
//! where a publisher's mistake meets lost separators.

use gongkai_forms::{Form, form};
use gongkai_model::FormId;
use gongkai_reconcile::{Puzzle, Run, Solved, solve};
use proptest::prelude::*;
use std::collections::BTreeSet;

const STEPS: u64 = 3_000_000;

fn form_2021() -> &'static Form {
    form(FormId::Form2021).unwrap()
}

fn cell(key: &str) -> usize {
    form_2021().cell_index(key).unwrap()
}

/// The cells of a row of the requests, left to right.
fn row_cells(table: usize, row: usize) -> Vec<usize> {
    form_2021().tables[table].blocks[0].rows[row].cells.iter().flatten().copied().collect()
}

fn joined(values: &[i64], cells: Vec<usize>) -> Run {
    Run { text: cells.iter().map(|&cell| values[cell].to_string()).collect(), cells, list_number: false }
}

fn ask(table: usize, known: &[Option<i64>], runs: &[Run], stated: &[(usize, i64)]) -> Solved {
    solve(&Puzzle { form: form_2021(), table, known, runs, stated, steps_max: STEPS })
}

/// Counts for the whole form that keep all identities, out of `seeds`: one for each cell that no identity derives.
fn consistent(seeds: &[i64]) -> Vec<i64> {
    let form = form_2021();
    let mut values = seeds.to_vec();
    let at = |row: &str, column: &str| cell(&format!("requests.{row}.{column}"));
    for identity in form.identities.iter().filter(|identity| &*identity.rule == "requests.outcomes") {
        let column = &identity.subject;
        values[identity.right[0]] = identity.left.iter().map(|&term| values[term]).sum();
        let all = values[identity.right[0]] + values[at("carried_forward", column)];
        values[at("carried_over", column)] %= all + 1;
        values[at("received", column)] = all - values[at("carried_over", column)];
    }
    for identity in &form.identities {
        if matches!(&*identity.rule, "requests.applicants" | "reviews.sum") {
            values[identity.right[0]] = identity.left.iter().map(|&term| values[term]).sum();
        }
    }
    values
}

fn holds(values: &[i64], table: usize) -> bool {
    let sum = |cells: &[usize]| cells.iter().map(|&cell| values[cell]).sum::<i64>();
    form_2021()
        .identities
        .iter()
        .filter(|identity| identity.table == table)
        .all(|identity| sum(&identity.left) == sum(&identity.right))
}

/// Every cut of `text` into as many numbers as asked.
fn every_cut(text: &str, cells: usize) -> Vec<Vec<i64>> {
    if cells == 0 {
        return if text.is_empty() { vec![Vec::new()] } else { Vec::new() };
    }
    let mut cuts = Vec::new();
    for length in 1..=text.len() {
        let (number, rest) = text.split_at(length);
        if number.len() == 1 || !number.starts_with('0') {
            for cut in every_cut(rest, cells - 1) {
                cuts.push([vec![number.parse().unwrap()], cut].concat());
            }
        }
    }
    cuts
}

fn seeds() -> impl Strategy<Value = Vec<i64>> {
    let count = prop_oneof![12 => Just(0_i64), 3 => 1..10_i64, 1 => 10..40_i64];
    proptest::collection::vec(count, form_2021().cells.len())
}

/// What is left for each cell of each run, as numbers.
fn left(runs: &[Run], solved: &Solved) -> Vec<Vec<BTreeSet<i64>>> {
    let numbers = |run: &Run, pieces: &[std::ops::Range<usize>]| {
        pieces.iter().map(|piece| run.text[piece.clone()].parse().unwrap()).collect::<BTreeSet<i64>>()
    };
    runs.iter()
        .zip(&solved.runs)
        .map(|(run, solved)| solved.cells.iter().map(|cell| numbers(run, &cell.left)).collect())
        .collect()
}

#[test]
fn a_row_among_read_rows_is_decided_by_its_columns() {
    let mut values = vec![0; form_2021().cells.len()];
    for key in ["received.natural_person", "received.total", "granted.natural_person", "granted.total"] {
        values[cell(&format!("requests.{key}"))] = 23;
    }
    for column in ["natural_person", "total"] {
        values[cell(&format!("requests.concluded.{column}"))] = 23;
    }
    let mut known: Vec<Option<i64>> = values.iter().copied().map(Some).collect();
    let run = Run { text: "230 000023".to_owned(), cells: row_cells(1, 0), list_number: false };
    for &cell in &run.cells {
        known[cell] = None;
    }
    let solved = ask(1, &known, &[run], &[]);
    let row = &solved.runs[0];
    assert_eq!((row.cuts_by_digits, row.cuts_by_row, row.cuts_by_table), (3, 1, 1));
    assert!(row.cells.iter().all(|cell| cell.is_covered && cell.left.len() == 1));
    assert_eq!(row.cells[6].left, [8..10]);
    let names: Vec<String> =
        solved.identities.iter().map(|&index| form_2021().identities[index].name()).collect();
    // Columns in which every cut has the same number were not asked.
    assert_eq!(
        names,
        [
            "requests.balance.natural_person",
            "requests.balance.business",
            "requests.balance.other_org",
            "requests.balance.total",
            "requests.applicants.received",
        ]
    );
}

#[test]
fn a_column_with_a_cell_that_is_no_number_covers_nothing() {
    let mut known = vec![Some(0); form_2021().cells.len()];
    let run = Run { text: "11000 00 011".to_owned(), cells: row_cells(1, 0), list_number: false };
    for &cell in &run.cells {
        known[cell] = None;
    }
    known[cell("requests.concluded.research")] = None;
    let solved = ask(1, &known, &[run], &[]);
    let covered: Vec<bool> = solved.runs[0].cells.iter().map(|cell| cell.is_covered).collect();
    assert_eq!(covered, [true, true, false, true, true, true, true]);
}

#[test]
fn a_failing_identity_over_read_cells_is_told() {
    let mut known = vec![Some(0); form_2021().cells.len()];
    known[cell("requests.granted.total")] = Some(1);
    let solved = ask(1, &known, &[], &[]);
    let names: Vec<&str> =
        solved.contradicted.iter().map(|&index| &*form_2021().identities[index].rule).collect();
    assert_eq!(names, ["requests.applicants", "requests.outcomes"]);
}

#[test]
fn the_last_digit_may_be_a_list_number() {
    let known = vec![None; form_2021().cells.len()];
    let ask = |text: &str| {
        let run = Run { text: text.to_owned(), cells: row_cells(1, 4), list_number: true };
        ask(1, &known, &[run], &[]).runs.remove(0)
    };
    assert_eq!(ask("00000002").cuts_by_digits, 1);
    let open = ask("30000033");
    assert_eq!((open.cuts_by_digits, open.cuts_by_row), (3, 1));
    assert!(open.cells.iter().all(|cell| !cell.is_covered));
}

#[test]
fn what_the_narrative_states_decides_a_cut_without_identities() {
    let known = vec![None; form_2021().cells.len()];
    let cells: Vec<usize> = ["issued", "repealed", "in_force"]
        .map(|column| cell(&format!("disclosure.normative_documents.{column}")))
        .to_vec();
    let run = [Run { text: "5416".to_owned(), cells: cells.clone(), list_number: false }];
    let pieces = |stated: &[(usize, i64)]| {
        let solved = ask(0, &known, &run, stated).runs.remove(0);
        solved.cells.into_iter().map(|cell| cell.left.len()).collect::<Vec<_>>()
    };
    assert_eq!(pieces(&[]), [2, 3, 2]);
    assert_eq!(pieces(&[(cells[2], 16), (cells[0], 5)]), [1, 1, 1]);
    assert_eq!(pieces(&[(cells[0], 5)]), [1, 2, 2]);
    assert_eq!(pieces(&[(cells[2], 17)]), [0, 0, 0]);
}

#[test]
fn blocks_beside_each_other_are_decided_unless_a_slip_would_explain_them_as_well() {
    let known = vec![None; form_2021().cells.len()];
    let left = |text: &str| {
        let run = [Run { text: text.to_owned(), cells: row_cells(2, 0), list_number: false }];
        left(&run, &ask(2, &known, &run, &[])).remove(0)
    };
    let decided = left("10000100000000000");
    assert!(decided.iter().all(|cell| cell.len() == 1));
    assert_eq!(decided[4], BTreeSet::from([10]));
    // 12, 0, 0, 0, 12, or 1, 20, 0, 0 with a total that is too small by nine.
    let open = left("12000120000000000");
    assert_eq!(open[0].len(), 2);
}

#[test]
fn the_bound_is_kept_and_told() {
    let known = vec![None; form_2021().cells.len()];
    let run = [Run { text: "1".repeat(60), cells: row_cells(2, 0), list_number: false }];
    let puzzle =
        Puzzle { form: form_2021(), table: 2, known: &known, runs: &run, stated: &[], steps_max: 10_000 };
    let solved = solve(&puzzle);
    assert!(solved.is_exhausted && solved.steps <= 10_000);
    assert!(solved.runs[0].cells.iter().all(|cell| cell.left.is_empty() && !cell.by_digits.is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_among_read_ones_are_left_what_brute_force_leaves_them(
        seeds in seeds(),
        rows in proptest::sample::subsequence((0..25_usize).collect::<Vec<_>>(), 2),
    ) {
        let values = consistent(&seeds);
        let mut known: Vec<Option<i64>> = values.iter().copied().map(Some).collect();
        let runs: Vec<Run> = rows.iter().map(|&row| joined(&values, row_cells(1, row))).collect();
        for &cell in runs.iter().flat_map(|run| &run.cells) {
            known[cell] = None;
        }
        let cuts: Vec<Vec<Vec<i64>>> = runs.iter().map(|run| every_cut(&run.text, 7)).collect();
        prop_assume!(cuts[0].len() * cuts[1].len() < 4_000);
        let mut expected = vec![vec![BTreeSet::new(); 7]; 2];
        let mut trial = values.clone();
        for first in &cuts[0] {
            for second in &cuts[1] {
                for (run, cut) in runs.iter().zip([first, second]) {
                    for (&cell, &value) in run.cells.iter().zip(cut) {
                        trial[cell] = value;
                    }
                }
                if holds(&trial, 1) {
                    for (expected, cut) in expected.iter_mut().zip([first, second]) {
                        for (expected, &value) in expected.iter_mut().zip(cut) {
                            expected.insert(value);
                        }
                    }
                }
            }
        }
        let solved = ask(1, &known, &runs, &[]);
        prop_assert!(!solved.is_exhausted && !solved.is_broken);
        prop_assert_eq!(left(&runs, &solved), expected);
    }

    #[test]
    fn a_whole_table_comes_out_right_whatever_single_mistake_is_in_it(
        seeds in seeds(),
        table in 1..3_usize,
        mistake in proptest::option::of((any::<proptest::sample::Index>(), -9..10_i64)),
    ) {
        let form = form_2021();
        let mut values = consistent(&seeds);
        if let Some((index, difference)) = mistake {
            let cells = form.tables[table].cells.clone();
            let cell = cells.start + index.index(cells.len());
            values[cell] = (values[cell] + difference).max(0);
        }
        let rows = form.tables[table].blocks[0].rows.len();
        let runs: Vec<Run> = (0..rows).map(|row| joined(&values, row_cells(table, row))).collect();
        let known = vec![None; form.cells.len()];
        let solved = ask(table, &known, &runs, &[]);
        for (run, solved) in runs.iter().zip(&solved.runs) {
            for (cell, found) in run.cells.iter().zip(&solved.cells) {
                if let [only] = &found.left[..] {
                    let value: i64 = run.text[only.clone()].parse().unwrap();
                    prop_assert_eq!(value, values[*cell], "{} in {}", form.cells[*cell].key, run.text);
                }
            }
        }
    }

    #[test]
    fn any_run_is_searched_within_its_bound(text in "[0-9 ]{0,60}", list_number: bool, steps in 0..40_000_u64) {
        let known = vec![None; form_2021().cells.len()];
        let runs: Vec<Run> =
            (0..3).map(|row| Run { text: text.clone(), cells: row_cells(1, row), list_number }).collect();
        let puzzle =
            Puzzle { form: form_2021(), table: 1, known: &known, runs: &runs, stated: &[], steps_max: steps };
        let solved = solve(&puzzle);
        prop_assert!(solved.steps <= steps);
        prop_assert_eq!(solve(&puzzle), solved);
    }
}
