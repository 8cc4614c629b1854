//! The cuts of one run under the identities that speak of its cells alone: a row's sum, the sums of blocks that stand
//! beside each other.

use crate::digits::{Digits, Kind};
use std::collections::HashSet;
use std::ops::Range;

/// Adjacent cells of a run of which the last is the sum of the others, or of which nothing is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Indices into the run's cells.
    pub(crate) cells: Range<usize>,
    /// Whether the last cell is the sum of the others.
    pub(crate) last_is_sum: bool,
}

/// More segments than this are no answer any more.
const SEGMENTS_MAX: usize = 20_000;

/// What is left of a search, in numbers looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub(crate) left: u64,
    pub(crate) exhausted: bool,
}

impl Steps {
    pub(crate) fn new(max: u64) -> Self {
        Self { left: max, exhausted: false }
    }

    /// Takes `count` steps; false where none are left.
    pub(crate) fn take(&mut self, count: u64) -> bool {
        match self.left.checked_sub(count) {
            Some(left) if !self.exhausted => self.left = left,
            _ => self.exhausted = true,
        }
        !self.exhausted
    }
}

/// A way to cut one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where it begins.
    pub(crate) start: usize,
    /// The ends of its pieces.
    pub(crate) ends: Vec<usize>,
    /// The values of its pieces.
    pub(crate) values: Vec<i64>,
}

impl Segment {
    pub(crate) fn end(&self) -> usize {
        self.ends.last().copied().unwrap_or(self.start)
    }

    /// The piece of its cell number `index`.
    pub(crate) fn piece(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).map_or(self.start, |before| self.ends[before]);
        start..self.ends[index]
    }
}

/// The cuts of a run.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    /// For each part, the ways to cut it that some cut of the whole run contains.
    pub(crate) parts: Vec<Vec<Segment>>,
    /// How many cuts there are.
    pub(crate) count: u64,
}

/// Every cut of `digits` into cells of `kinds` that ends at one of `ends` and keeps the sums of `parts`, which cover
/// the cells in order. `bounds` are what else is known of each cell. Nothing where the steps do not suffice.
pub(crate) fn cuts(
    digits: &Digits,
    kinds: &[Kind],
    parts: &[Part],
    bounds: &[(i64, i64)],
    ends: &[usize],
    steps: &mut Steps,
) -> Option<Cuts> {
    let mut all: Vec<Vec<Segment>> = Vec::with_capacity(parts.len());
    let mut starts = vec![0];
    for (index, part) in parts.iter().enumerate() {
        let cells_after = kinds.len() - part.cells.end;
        let last = index + 1 == parts.len();
        let mut search = Search { digits, kinds, bounds, part, steps, found: Vec::new(), pieces: Vec::new() };
        for &start in &starts {
            let end_max = digits.len().saturating_sub(cells_after);
            let all_ends: Vec<usize> =
                if last { ends.to_vec() } else { (start + part.cells.len()..=end_max).collect() };
            for end in all_ends {
                search.segments(start, end);
            }
        }
        let found = search.found;
        if steps.exhausted {
            return None;
        }
        let mut next: Vec<usize> = found.iter().map(Segment::end).collect();
        next.sort_unstable();
        next.dedup();
        starts = next;
        all.push(found);
    }
    let mut found = Cuts { parts: all, count: 0 };
    found.keep_whole(digits.len(), ends);
    Some(found)
}

struct Search<'a> {
    digits: &'a Digits,
    kinds: &'a [Kind],
    bounds: &'a [(i64, i64)],
    part: &'a Part,
    steps: &'a mut Steps,
    found: Vec<Segment>,
    /// The pieces chosen so far: end and value.
    pieces: Vec<(usize, i64)>,
}

impl Search<'_> {
    /// Finds the ways to cut the bytes `start..end` into the cells of the part.
    fn segments(&mut self, start: usize, end: usize) {
        let cells = self.part.cells.clone();
        if end < start + cells.len() || self.digits.len() < end {
            return;
        }
        if !self.part.last_is_sum {
            self.cells(cells.clone(), start, start, end, None, None);
            return;
        }
        // The sum first: it bounds all others.
        let Some(last) = cells.end.checked_sub(1) else { return };
        for sum_start in (start + cells.len() - 1..end).rev() {
            if let Some(sum) = self.number(last, sum_start..end) {
                self.cells(cells.start..last, start, start, sum_start, Some(sum), Some((end, sum)));
            }
        }
    }

    /// Cuts `at..end` into `cells`, which make up `missing`; `sum` is the piece behind them.
    fn cells(
        &mut self,
        cells: Range<usize>,
        start: usize,
        at: usize,
        end: usize,
        missing: Option<i64>,
        sum: Option<(usize, i64)>,
    ) {
        let left = cells.len();
        if left == 0 {
            if at == end && missing.is_none_or(|missing| missing == 0) {
                self.keep(start, sum);
            }
            return;
        }
        if end < at + left
            || missing.is_some_and(|missing| is_beyond(missing, self.digits.count(at..end), left))
        {
            return;
        }
        let first = if left == 1 { end } else { at + 1 };
        for piece_end in first..=end + 1 - left {
            if self.steps.exhausted {
                return;
            }
            let Some(number) = self.number(cells.start, at..piece_end) else {
                // A sign alone, or a value that is stated otherwise: a longer piece may do.
                continue;
            };
            let rest = missing.map(|missing| missing - number);
            // Signs stand in no row with a sum: a longer piece is only larger.
            if rest.is_some_and(|rest| rest < 0) {
                break;
            }
            self.pieces.push((piece_end, number));
            self.cells(cells.start + 1..cells.end, start, piece_end, end, rest, sum);
            self.pieces.pop();
        }
    }

    fn number(&mut self, cell: usize, piece: Range<usize>) -> Option<i64> {
        if !self.steps.take(1) {
            return None;
        }
        let kind = self.kinds.get(cell).copied()?;
        let bounds = self.bounds.get(cell).copied()?;
        self.digits.number(piece, kind).filter(|number| (bounds.0..=bounds.1).contains(number))
    }

    fn keep(&mut self, start: usize, sum: Option<(usize, i64)>) {
        if self.found.len() == SEGMENTS_MAX {
            self.steps.exhausted = true;
            return;
        }
        let pieces = || self.pieces.iter().copied().chain(sum);
        self.found.push(Segment {
            start,
            ends: pieces().map(|(end, _)| end).collect(),
            values: pieces().map(|(_, value)| value).collect(),
        });
    }
}

impl Cuts {
    /// Keeps the segments that some cut of the whole run contains, and counts the cuts.
    fn keep_whole(&mut self, len: usize, ends: &[usize]) {
        let mut is_start = vec![false; len + 1];
        is_start[0] = true;
        for found in &mut self.parts {
            found.retain(|segment| is_start[segment.start]);
            is_start.fill(false);
            for segment in found.iter() {
                is_start[segment.end()] = true;
            }
        }
        let mut ways: Vec<u64> = vec![0; len + 1];
        for &end in ends.iter().filter(|end| **end <= len) {
            ways[end] = 1;
        }
        for found in self.parts.iter_mut().rev() {
            found.retain(|segment| ways[segment.end()] != 0);
            let mut before = vec![0u64; ways.len()];
            for segment in found.iter() {
                before[segment.start] = before[segment.start].saturating_add(ways[segment.end()]);
            }
            ways = before;
        }
        self.count = ways[0];
    }

    /// Keeps those in which part number `index` is a sum with a slip of the pen.
    pub(crate) fn keep_slips(&mut self, index: usize, len: usize, ends: &[usize]) {
        if let Some(segments) = self.parts.get_mut(index) {
            segments.retain(|segment| {
                segment.values.split_last().is_some_and(|(last, others)| is_slip(others.iter().sum(), *last))
            });
        }
        self.keep_whole(len, ends);
    }

    /// The cuts as whole rows, at most `max`; nothing where there are more.
    pub(crate) fn rows(&self, max: usize) -> Option<Vec<Segment>> {
        if (max as u64) < self.count {
            return None;
        }
        let mut rows = vec![Segment { start: 0, ends: Vec::new(), values: Vec::new() }];
        for part in &self.parts {
            let mut longer = Vec::new();
            for row in &rows {
                for segment in part.iter().filter(|segment| segment.start == row.end()) {
                    let mut next = row.clone();
                    next.ends.extend(&segment.ends);
                    next.values.extend(&segment.values);
                    longer.push(next);
                }
            }
            rows = longer;
        }
        Some(rows)
    }

    /// For each cell, the pieces it is in some cut.
    pub(crate) fn pieces(&self, parts: &[Part]) -> Vec<Vec<Range<usize>>> {
        let mut all = Vec::new();
        for (part, segments) in parts.iter().zip(&self.parts) {
            for index in 0..part.cells.len() {
                let mut seen = HashSet::new();
                let mut pieces = Vec::new();
                for segment in segments {
                    let piece = segment.piece(index);
                    if seen.insert((piece.start, piece.end)) {
                        pieces.push(piece);
                    }
                }
                all.push(pieces);
            }
        }
        all
    }
}

/// Whether `missing` is more than `digits` digits in `cells` numbers can make, or less than they must.
fn is_beyond(missing: i64, digits: usize, cells: usize) -> bool {
    let longest = (digits + 1).saturating_sub(cells);
    let most = 10_i64.checked_pow(longest.min(16) as u32).unwrap_or(i64::MAX);
    let missing_digits = missing.checked_ilog10().map_or(1, |log| log as usize + 1);
    most.saturating_add(9 * (cells as i64 - 1)) <= missing || cells * missing_digits < digits
}

/// Whether a total differs from its sum as mistakes do: by a few.
fn is_slip(sum: i64, total: i64) -> bool {
    const FEW: i64 = 9;
    let difference = (sum - total).abs();
    difference != 0 && difference <= FEW
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COUNT: Kind = Kind { signed: false, amount: false, stated: None };
    const ENOUGH: u64 = 2_000_000;

    fn parts(sizes: &[usize]) -> Vec<Part> {
        let mut at = 0;
        let part = |size: &usize| {
            at += size;
            Part { cells: at - size..at, last_is_sum: true }
        };
        sizes.iter().map(part).collect()
    }

    fn rows_of(run: &str, parts: &[Part], steps: u64) -> Option<Vec<Vec<i64>>> {
        let digits = Digits::of(run).unwrap();
        let cells = parts.last().map_or(0, |part| part.cells.end);
        let (kinds, bounds) = (vec![COUNT; cells], vec![(i64::MIN, i64::MAX); cells]);
        let cuts = cuts(&digits, &kinds, parts, &bounds, &[digits.len()], &mut Steps::new(steps))?;
        let mut rows: Vec<_> = cuts.rows(100_000)?.into_iter().map(|row| row.values).collect();
        assert_eq!(rows.len() as u64, cuts.count);
        rows.sort_unstable();
        Some(rows)
    }

    fn rows(run: &str, sizes: &[usize]) -> Vec<Vec<i64>> {
        rows_of(run, &parts(sizes), ENOUGH).unwrap()
    }

    #[test]
    fn the_sum_decides_between_cuts_and_sometimes_does_not() {
        assert_eq!(rows("7000007", &[7]), [[7, 0, 0, 0, 0, 0, 7]]);
        assert!(rows("7000008", &[7]).is_empty());
        assert_eq!(rows("100000010", &[7]), [[10, 0, 0, 0, 0, 0, 10]]);
        assert_eq!(rows("110000011", &[7]), [[1, 10, 0, 0, 0, 0, 11], [11, 0, 0, 0, 0, 0, 11]]);
        assert_eq!(rows("230 000023", &[7]), [[23, 0, 0, 0, 0, 0, 23]]);
    }

    #[test]
    fn blocks_are_cut_together() {
        assert_eq!(rows("100010000010001", &[5; 3]), [[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]]);
        assert_eq!(rows("12000120000000000", &[5; 3]), [[12, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
    }

    #[test]
    fn the_search_ends_at_its_bound_and_says_so() {
        assert!(rows_of("7000007", &parts(&[7]), 3).is_none());
        let needed = (0..ENOUGH).find(|steps| rows_of("7000007", &parts(&[7]), *steps).is_some()).unwrap();
        assert!(rows_of("7000007", &parts(&[7]), needed - 1).is_none());
        assert!(rows_of(&"1".repeat(150), &parts(&[5; 3]), 10_000).is_none());
    }

    /// All cuts of a row with one sum, without any cleverness.
    fn every_cut(digits: &str, columns: usize) -> Vec<Vec<i64>> {
        if columns == 0 {
            return if digits.is_empty() { vec![Vec::new()] } else { Vec::new() };
        }
        let mut cuts = Vec::new();
        for length in 1..=digits.len() {
            let (number, rest) = digits.split_at(length);
            if number.len() == 1 || !number.starts_with('0') {
                for cut in every_cut(rest, columns - 1) {
                    cuts.push([vec![number.parse().unwrap()], cut].concat());
                }
            }
        }
        cuts
    }

    proptest! {
        #[test]
        fn the_cuts_are_exactly_those_whose_sums_hold(run in "[0-3]{4,11}", columns in 2..6_usize) {
            let mut expected = every_cut(&run, columns);
            expected.retain(|row| row[..columns - 1].iter().sum::<i64>() == row[columns - 1]);
            expected.sort_unstable();
            prop_assert_eq!(rows(&run, &[columns]), expected);
        }

        #[test]
        fn cuts_without_sums_are_as_many_as_the_digits_allow(run in "[0-3]{1,10}", columns in 1..5_usize) {
            let part = [Part { cells: 0..columns, last_is_sum: false }];
            let expected = every_cut(&run, columns);
            let digits = Digits::of(&run).unwrap();
            prop_assert_eq!(digits.free(&vec![COUNT; columns], &[digits.len()]).cuts, expected.len() as u64);
            prop_assert_eq!(rows_of(&run, &part, ENOUGH).unwrap().len(), expected.len());
        }

        #[test]
        fn the_row_that_was_joined_is_among_its_cuts(
            values in proptest::collection::vec(prop_oneof![4 => Just(0_i64), 2 => 0..10_i64, 1 => 0..400_i64], 12),
        ) {
            let row: Vec<i64> = values
                .as_chunks::<4>().0
                .iter()
                .flat_map(|part| part.iter().copied().chain([part.iter().sum()]))
                .collect();
            let run: String = row.iter().map(i64::to_string).collect();
            prop_assert!(rows_of(&run, &parts(&[5; 3]), ENOUGH).is_none_or(|rows| rows.contains(&row)));
        }
    }
}
