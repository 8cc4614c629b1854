//! Rows with several cuts, and equations over their columns: which cuts take part in a solution of all equations.

use crate::cuts::{Segment, Steps};
use std::collections::HashMap;

/// An identity of a column: the terms that are still open, and the sum of those that are known.
#[derive(Clone, Debug)]
pub(crate) struct Equation {
    /// Row, cell of the row, and 1 or -1 for its side.
    pub(crate) terms: Vec<(usize, usize, i64)>,
    /// What the known terms add up to.
    pub(crate) constant: i64,
}

/// The cuts of each row that take part in some solution: indices into `rows`. Nothing where the steps do not suffice;
/// empty rows where there is no solution.
pub(crate) fn solutions(
    rows: &[Vec<Segment>],
    equations: &[Equation],
    steps: &mut Steps,
) -> Option<Vec<Vec<usize>>> {
    let mut left: Vec<Vec<usize>> = rows.iter().map(|cuts| (0..cuts.len()).collect()).collect();
    let none = vec![Vec::new(); rows.len()];
    if !narrow(rows, equations, &mut left, steps)? {
        return Some(none);
    }
    if left.iter().all(|cuts| cuts.len() == 1) {
        // Each equation was looked at with all its terms fixed.
        return Some(left);
    }
    let survivors = Layers::search(rows, equations, &left, steps)?;
    Some(if survivors.iter().any(Vec::is_empty) { none } else { survivors })
}

/// Least and greatest value of a term among the cuts that are left.
fn range(rows: &[Vec<Segment>], left: &[Vec<usize>], term: (usize, usize, i64)) -> (i64, i64) {
    let (row, cell, sign) = term;
    let values = left[row].iter().map(|&cut| sign * rows[row][cut].values[cell]);
    values.fold((i64::MAX, i64::MIN), |(least, most), value| (least.min(value), most.max(value)))
}

/// Drops cuts whose numbers no equation can make up for, until none is left to drop. False where a row loses its last.
fn narrow(
    rows: &[Vec<Segment>],
    equations: &[Equation],
    left: &mut [Vec<usize>],
    steps: &mut Steps,
) -> Option<bool> {
    if left.iter().any(Vec::is_empty) {
        return Some(false);
    }
    let mut changed = true;
    while changed {
        changed = false;
        for equation in equations {
            let looked_at: usize = equation.terms.iter().map(|term| left[term.0].len()).sum();
            if !steps.take(looked_at as u64 + 1) {
                return None;
            }
            let ranges: Vec<(i64, i64)> =
                equation.terms.iter().map(|&term| range(rows, left, term)).collect();
            let least: i64 = equation.constant + ranges.iter().map(|range| range.0).sum::<i64>();
            let most: i64 = equation.constant + ranges.iter().map(|range| range.1).sum::<i64>();
            if 0 < least || most < 0 {
                return Some(false);
            }
            for (&(row, cell, sign), own) in equation.terms.iter().zip(&ranges) {
                // The others make up between `least - own.0` and `most - own.1`.
                let allowed = (own.1 - most)..=(own.0 - least);
                let before = left[row].len();
                left[row].retain(|&cut| allowed.contains(&(sign * rows[row][cut].values[cell])));
                changed |= left[row].len() < before;
                if left[row].is_empty() {
                    return Some(false);
                }
            }
        }
    }
    Some(true)
}

/// Partial sums of all equations, row by row.
struct Layers<'a> {
    rows: &'a [Vec<Segment>],
    left: &'a [Vec<usize>],
    /// Rows in the order in which they are taken.
    order: Vec<usize>,
    /// For each row, what its cells add to which equation.
    effects: Vec<Vec<(usize, usize, i64)>>,
    /// Per layer and equation, what the rows that follow can still add.
    rest: Vec<Vec<(i64, i64)>>,
}

/// One way from a state of partial sums to the next.
struct Edge {
    from: u32,
    cut: u32,
    to: u32,
}

/// What an edge costs, in steps: it copies and hashes the sums of all columns.
const EDGE_STEPS: u64 = 16;

impl<'a> Layers<'a> {
    fn search(
        rows: &'a [Vec<Segment>],
        equations: &[Equation],
        left: &'a [Vec<usize>],
        steps: &mut Steps,
    ) -> Option<Vec<Vec<usize>>> {
        // Rows that are fixed only add to the constants.
        let mut sums: Vec<i64> = equations.iter().map(|equation| equation.constant).collect();
        let mut effects = vec![Vec::new(); rows.len()];
        for (index, equation) in equations.iter().enumerate() {
            for &(row, cell, sign) in &equation.terms {
                match left[row][..] {
                    [only] => sums[index] += sign * rows[row][only].values[cell],
                    _ => effects[row].push((index, cell, sign)),
                }
            }
        }
        let mut order: Vec<usize> = (0..rows.len()).filter(|&row| 1 < left[row].len()).collect();
        order.sort_by_key(|&row| left[row].len());
        let mut rest = vec![vec![(0, 0); equations.len()]; order.len() + 1];
        for (layer, &row) in order.iter().enumerate().rev() {
            rest[layer] = rest[layer + 1].clone();
            for &(equation, cell, sign) in &effects[row] {
                let (least, most) = range(rows, left, (row, cell, sign));
                rest[layer][equation].0 += least;
                rest[layer][equation].1 += most;
            }
        }
        let layers = Self { rows, left, order, effects, rest };
        let edges = layers.forwards(sums, steps)?;
        Some(layers.backwards(edges))
    }

    fn forwards(&self, sums: Vec<i64>, steps: &mut Steps) -> Option<Vec<Vec<Edge>>> {
        let mut states = vec![sums];
        let mut all = Vec::with_capacity(self.order.len());
        for (layer, &row) in self.order.iter().enumerate() {
            let rest = &self.rest[layer + 1];
            let mut known: HashMap<Vec<i64>, u32> = HashMap::new();
            let mut next: Vec<Vec<i64>> = Vec::new();
            let mut edges = Vec::new();
            for (from, sums) in states.iter().enumerate() {
                for (cut, &index) in self.left[row].iter().enumerate() {
                    if !steps.take(EDGE_STEPS) {
                        return None;
                    }
                    let mut sums = sums.clone();
                    for &(equation, cell, sign) in &self.effects[row] {
                        sums[equation] += sign * self.rows[row][index].values[cell];
                    }
                    let is_open =
                        sums.iter().zip(rest).all(|(sum, rest)| sum + rest.0 <= 0 && 0 <= sum + rest.1);
                    if is_open {
                        let to = *known.entry(sums).or_insert_with_key(|sums| {
                            next.push(sums.clone());
                            next.len() as u32 - 1
                        });
                        edges.push(Edge { from: from as u32, cut: cut as u32, to });
                    }
                }
            }
            all.push(edges);
            states = next;
        }
        Some(all)
    }

    fn backwards(&self, all: Vec<Vec<Edge>>) -> Vec<Vec<usize>> {
        let mut survivors: Vec<Vec<usize>> = self.left.to_vec();
        // Behind the last row every sum is zero, so that there is at most one state.
        let mut reached = vec![true];
        for (edges, &row) in all.iter().zip(&self.order).rev() {
            let mut lives = vec![false; self.left[row].len()];
            let from = edges.iter().map(|edge| edge.from as usize + 1).max().unwrap_or(0);
            let mut before = vec![false; from];
            for edge in edges {
                if reached.get(edge.to as usize).copied().unwrap_or(false) {
                    lives[edge.cut as usize] = true;
                    before[edge.from as usize] = true;
                }
            }
            let mut at = 0..lives.len();
            survivors[row].retain(|_| at.next().is_some_and(|cut| lives[cut]));
            reached = before;
        }
        survivors
    }
}
