use std::collections::HashSet;

/// The longest number that a cut may hold, in digits: every one of this length is a count.
const NUMBER_DIGITS_MAX: usize = 18;

/// Cells of a row that stand next to each other and may add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowPart {
    /// How many cells.
    pub columns: usize,
    /// Whether the last cell is the sum of the others.
    pub last_is_sum: bool,
}

/// The ways to cut one row's joined digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Each way, as the numbers of the row from left to right; in ascending order, all different.
    pub rows: Vec<Vec<i64>>,
    /// Whether these are all. Otherwise the search was given up at its bound, and nothing follows from what is absent.
    pub complete: bool,
}

/// A run that cannot be searched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// Signs, separators and other characters say where cells end, and must be used before it comes to this.
    #[error("`{run}` is not made of ASCII digits alone")]
    NotDigits {
        /// The run as given.
        run: String,
    },
    /// A part has no cells, or there is no part.
    #[error("a row needs parts, and a part needs cells")]
    NoCells,
}

/// Every way to cut `run` into the cells of a complete row: each cell has at least one digit, none a leading zero,
/// and the sums of `parts` hold. Gives up after `steps_max` numbers tried.
///
/// A unique cut of one row is no proof: rows whose sum happens to hold in a wrong place are common, so that what
/// this gives are candidates for a search over the whole table.
///
/// # Errors
/// When `run` has other characters than ASCII digits, or `parts` describe no row.
pub fn row_cuts(run: &str, parts: &[RowPart], steps_max: u64) -> Result<Cuts, CutError> {
    if !run.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CutError::NotDigits { run: run.to_owned() });
    }
    if parts.is_empty() || parts.iter().any(|part| part.columns == 0) {
        return Err(CutError::NoCells);
    }
    let mut search = Search {
        digits: run.as_bytes(),
        parts,
        steps_left: steps_max,
        exhausted: false,
        row: Vec::new(),
        rows: Vec::new(),
        dead: HashSet::new(),
    };
    search.part(0, 0);
    let Search { mut rows, exhausted, .. } = search;
    rows.sort_unstable();
    Ok(Cuts { rows, complete: !exhausted })
}

struct Search<'a> {
    digits: &'a [u8],
    parts: &'a [RowPart],
    steps_left: u64,
    exhausted: bool,
    /// The numbers chosen so far.
    row: Vec<i64>,
    rows: Vec<Vec<i64>>,
    /// Parts and starts from which no cut leads to the end.
    dead: HashSet<(usize, usize)>,
}

/// Cells of one part that are still to be cut.
#[derive(Clone, Copy)]
struct Cells {
    part: usize,
    left: usize,
    start: usize,
    end: usize,
    /// The part's sum with the end of its digits, and what of it the remaining cells must make up.
    sum: Option<(i64, usize)>,
    missing: i64,
}

impl Search<'_> {
    /// Cuts the digits from `start` on into the parts from `part` on.
    fn part(&mut self, part: usize, start: usize) {
        let Some(RowPart { columns, last_is_sum }) = self.parts.get(part).copied() else {
            if start == self.digits.len() {
                self.rows.push(self.row.clone());
            }
            return;
        };
        if self.exhausted || self.dead.contains(&(part, start)) {
            return;
        }
        let found_before = self.rows.len();
        let is_last = part + 1 == self.parts.len();
        let columns_after: usize = self.parts[part + 1..].iter().map(|part| part.columns).sum();
        let end_max = self.digits.len().saturating_sub(columns_after);
        let end_min = if is_last { end_max } else { start + columns };
        for end in end_min..=end_max {
            if last_is_sum {
                // The sum first: it is the largest number, and bounds all others.
                for sum_start in (start + columns - 1)..end {
                    if let Some(sum) = self.number(sum_start, end) {
                        let sum_and_end = Some((sum, end));
                        self.cells(Cells {
                            part,
                            left: columns - 1,
                            start,
                            end: sum_start,
                            sum: sum_and_end,
                            missing: sum,
                        });
                    }
                }
            } else {
                self.cells(Cells { part, left: columns, start, end, sum: None, missing: i64::MAX });
            }
        }
        if self.rows.len() == found_before && !self.exhausted {
            self.dead.insert((part, start));
        }
    }

    fn cells(&mut self, cells: Cells) {
        let Cells { part, left, start, end, sum, missing } = cells;
        if left == 0 {
            match sum {
                _ if start != end => {}
                None => self.part(part + 1, end),
                Some((sum, sum_end)) if missing == 0 => {
                    self.row.push(sum);
                    self.part(part + 1, sum_end);
                    self.row.pop();
                }
                Some(_) => {}
            }
            return;
        }
        // The last cell takes all that is left; others leave a digit for each that follows.
        let number_end_max = (end + 1).saturating_sub(left);
        let number_end_min = if left == 1 { number_end_max } else { start + 1 };
        for number_end in number_end_min..=number_end_max {
            // Longer numbers only grow, and a leading zero stays one.
            let Some(number) = self.number(start, number_end).filter(|number| *number <= missing) else {
                break;
            };
            let missing = if sum.is_some() { missing - number } else { missing };
            self.row.push(number);
            self.cells(Cells { left: left - 1, start: number_end, missing, ..cells });
            self.row.pop();
        }
    }

    /// The digits `start..end` as a number; `None` where they are none, or at the bound of the search.
    fn number(&mut self, start: usize, end: usize) -> Option<i64> {
        let digits = self.digits.get(start..end)?;
        match self.steps_left.checked_sub(1) {
            Some(left) => self.steps_left = left,
            None => {
                self.exhausted = true;
                return None;
            }
        }
        if digits.is_empty() || NUMBER_DIGITS_MAX < digits.len() || (1 < digits.len() && digits[0] == b'0') {
            return None;
        }
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROW: [RowPart; 1] = [RowPart { columns: 7, last_is_sum: true }];
    const REVIEWS: [RowPart; 3] = [RowPart { columns: 5, last_is_sum: true }; 3];
    const ENOUGH: u64 = 1_000_000;

    fn rows(run: &str, parts: &[RowPart]) -> Vec<Vec<i64>> {
        let cuts = row_cuts(run, parts, ENOUGH).unwrap();
        assert!(cuts.complete);
        cuts.rows
    }

    #[test]
    fn as_many_digits_as_cells_have_one_cut() {
        assert_eq!(rows("7000007", &ROW), [[7, 0, 0, 0, 0, 0, 7]]);
        assert_eq!(rows("0000000", &ROW), [[0; 7]]);
        assert!(rows("7000008", &ROW).is_empty());
    }

    #[test]
    fn too_few_digits_have_none() {
        assert!(rows("000000", &ROW).is_empty());
        assert!(rows("", &ROW).is_empty());
    }

    #[test]
    fn the_sum_decides_between_cuts_and_sometimes_does_not() {
        assert_eq!(rows("100000010", &ROW), [[10, 0, 0, 0, 0, 0, 10]]);
        assert_eq!(rows("110000011", &ROW), [[1, 10, 0, 0, 0, 0, 11], [11, 0, 0, 0, 0, 0, 11]]);
        assert_eq!(rows("121200015", &ROW), [[1, 2, 12, 0, 0, 0, 15], [12, 1, 2, 0, 0, 0, 15]]);
    }

    #[test]
    fn parts_are_cut_together() {
        assert_eq!(rows("100010000010001", &REVIEWS), [[1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]]);
        assert_eq!(rows("12000120000000000", &REVIEWS), [[12, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
    }

    #[test]
    fn a_part_without_sum_admits_every_cut() {
        let pair = [RowPart { columns: 2, last_is_sum: false }];
        assert_eq!(rows("1234", &pair), [[1, 234], [12, 34], [123, 4]]);
        assert_eq!(rows("1034", &pair), [[10, 34], [103, 4]]);
    }

    #[test]
    fn the_search_ends_at_its_bound_and_says_so() {
        let cuts = row_cuts("7000007", &ROW, 3).unwrap();
        assert_eq!((cuts.rows.len(), cuts.complete), (0, false));
        let needed = (0..ENOUGH).find(|steps| row_cuts("7000007", &ROW, *steps).unwrap().complete).unwrap();
        assert!(!row_cuts("7000007", &ROW, needed - 1).unwrap().complete);
        let hostile = "1".repeat(400);
        assert!(!row_cuts(&hostile, &REVIEWS, 10_000).unwrap().complete);
    }

    #[test]
    fn what_is_no_run_of_digits_or_no_row_is_refused() {
        assert_eq!(row_cuts("7 0", &ROW, ENOUGH), Err(CutError::NotDigits { run: "7 0".to_owned() }));
        assert_eq!(row_cuts("70", &[], ENOUGH), Err(CutError::NoCells));
        let none = [RowPart { columns: 0, last_is_sum: false }];
        assert_eq!(row_cuts("70", &none, ENOUGH), Err(CutError::NoCells));
    }

    #[test]
    fn numbers_beyond_a_count_are_not_made() {
        let single = [RowPart { columns: 1, last_is_sum: false }];
        assert_eq!(rows(&"9".repeat(18), &single), [[999_999_999_999_999_999]]);
        assert!(rows(&"9".repeat(19), &single).is_empty());
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
            let parts = [RowPart { columns, last_is_sum: true }];
            let mut expected = every_cut(&run, columns);
            expected.retain(|row| row[..columns - 1].iter().sum::<i64>() == row[columns - 1]);
            expected.sort_unstable();
            prop_assert_eq!(rows(&run, &parts), expected);
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
            let cuts = row_cuts(&run, &REVIEWS, ENOUGH).unwrap();
            prop_assert!(!cuts.complete || cuts.rows.contains(&row));
        }

        #[test]
        fn whatever_is_found_reads_as_the_run(run in "[0-9]{0,24}", steps in 0..5_000_u64) {
            for row in row_cuts(&run, &REVIEWS, steps).unwrap().rows {
                prop_assert_eq!(row.iter().map(i64::to_string).collect::<String>(), run.clone());
            }
        }
    }
}
