//! What joined digits can mean: an exact search of its own, written without a look at how the product does it, so
//! that the two can disagree.

use crate::Certainty;
use gongkai_forms::Form;
use std::collections::{BTreeSet, HashMap};

/// The digits of one row, as they stand in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The row's cells, left to right: indices into the form's cells.
    pub(crate) cells: Vec<usize>,
    /// Everything between the row's label and the next, spaces included.
    pub(crate) text: String,
    /// Digits with which the next label begins: its list number, or the run's end.
    pub(crate) next: String,
}

/// Cuts of one row that are kept; a row with more is not searched.
const CUTS_MAX: usize = 4_000;

/// Choices that are tried for one table; where that does not suffice, what is not yet refuted stays open.
const STEPS_MAX: usize = 200_000;

/// One way to cut a run.
type Cut = Vec<i64>;

/// What is known of the cells of these runs of one table.
pub(crate) fn judge(form: &Form, runs: &[Run]) -> HashMap<usize, Certainty> {
    let mut certainty: HashMap<usize, Certainty> =
        runs.iter().flat_map(|run| &run.cells).map(|&cell| (cell, Certainty::Open)).collect();
    let (runs, odd): (Vec<Run>, Vec<Run>) = runs.iter().cloned().partition(|run| digits(&run.text).is_some());
    let mut odd = odd.iter().flat_map(|run| &run.cells);
    if odd.any(|&cell| form.identities.iter().any(|identity| identity.terms().any(|term| term == cell))) {
        return certainty;
    }
    let narrow = solutions(form, &runs, false);
    let wide = solutions(form, &runs, true);
    for cell in runs.iter().flat_map(|run| &run.cells) {
        let values =
            |found: &Option<Found>| found.as_ref().map(|found| (found.values[cell].len(), found.is_whole));
        let is_several = values(&narrow).is_some_and(|(values, _)| 1 < values);
        let is_one = values(&wide) == Some((1, true));
        let known = match (is_several, is_one) {
            (true, _) => Certainty::Undetermined,
            (false, true) => Certainty::Recoverable,
            (false, false) => Certainty::Open,
        };
        certainty.insert(*cell, known);
    }
    certainty
}

/// The values that each cell has in some solution.
struct Found {
    values: HashMap<usize, BTreeSet<i64>>,
    /// Whether these are all.
    is_whole: bool,
}

fn solutions(form: &Form, runs: &[Run], is_wide: bool) -> Option<Found> {
    let mut rows: Vec<(&Run, Vec<Cut>)> = Vec::new();
    for run in runs {
        let mut cuts = cuts(run, &run.text)?;
        if is_wide {
            // Where cells stand together, nothing says that a space stands between two of them.
            let text = run.text.replace(' ', "");
            cuts = self::cuts(run, &text)?;
            for end in 1..=run.next.len() {
                cuts.extend(self::cuts(run, &format!("{text}{}", &run.next[..end]))?);
            }
        }
        cuts.retain(|cut| fulfils(form, run, cut));
        if CUTS_MAX < cuts.len() {
            return None;
        }
        rows.push((run, cuts));
    }
    // Runs are cut only where one of them cannot be cut otherwise: then the table has no empty cells.
    let is_forced = |run: &&Run| run.text.chars().filter(char::is_ascii_digit).count() == run.cells.len();
    if !runs.iter().any(|run| is_forced(&run)) {
        return None;
    }
    rows.sort_by_key(|(_, cuts)| cuts.len());
    let mut search = Search::new(form, &rows);
    search.descend(0);
    let is_whole = search.steps < STEPS_MAX;
    Some(Found { values: search.values, is_whole })
}

/// Every way to cut `text` into the run's cells: each at least one digit, no needless zero in front.
fn cuts(run: &Run, text: &str) -> Option<Vec<Cut>> {
    let digits: Vec<(i64, bool)> = digits(text)?;
    let mut found = Vec::new();
    extend(&digits, run.cells.len(), &mut Vec::new(), &mut found).then_some(found)
}

/// The digits, each with whether a space stands before it; none where there is anything else.
fn digits(text: &str) -> Option<Vec<(i64, bool)>> {
    let mut digits = Vec::new();
    let mut is_behind_space = false;
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) => digits.push((i64::from(digit), std::mem::take(&mut is_behind_space))),
            None if c == ' ' => is_behind_space = true,
            None => return None,
        }
    }
    Some(digits)
}

/// Whether all ways were tried.
fn extend(digits: &[(i64, bool)], cells: usize, cut: &mut Cut, found: &mut Vec<Cut>) -> bool {
    if cells == 0 {
        if digits.is_empty() {
            found.push(cut.clone());
        }
        return found.len() <= 50 * CUTS_MAX;
    }
    let mut value = 0i64;
    for (index, &(digit, is_behind_space)) in digits.iter().enumerate() {
        // Enough digits must be left; a space ends a number, and so does a zero that begins it.
        let ends_here = 0 < index && (is_behind_space || digits[0].0 == 0);
        if ends_here || digits.len() - index < cells || 8 <= index {
            break;
        }
        value = value * 10 + digit;
        cut.push(value);
        let is_whole = extend(&digits[index + 1..], cells - 1, cut, found);
        cut.pop();
        if !is_whole {
            return false;
        }
    }
    true
}

/// Whether a cut fulfils the identities that speak of no other row.
fn fulfils(form: &Form, run: &Run, cut: &Cut) -> bool {
    let value = |cell: &usize| run.cells.iter().position(|own| own == cell).map(|at| cut[at]);
    form.identities.iter().all(|identity| {
        let sum = |cells: &[usize]| cells.iter().map(value).sum::<Option<i64>>();
        match (sum(&identity.left), sum(&identity.right)) {
            (Some(left), Some(right)) => left == right,
            _ => true,
        }
    })
}

/// A search over all rows at once.
struct Search<'a> {
    rows: &'a [(&'a Run, Vec<Cut>)],
    /// For each identity over several rows the factor of each cell in it: 1 on the left, -1 on the right.
    identities: Vec<HashMap<usize, i64>>,
    /// For each identity and each row on, the least and the greatest that this row and those behind it can add.
    bounds: Vec<Vec<(i64, i64)>>,
    sums: Vec<i64>,
    chosen: Vec<usize>,
    values: HashMap<usize, BTreeSet<i64>>,
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(form: &Form, rows: &'a [(&'a Run, Vec<Cut>)]) -> Self {
        let cells: BTreeSet<usize> = rows.iter().flat_map(|(run, _)| run.cells.iter().copied()).collect();
        let identities: Vec<HashMap<usize, i64>> = form
            .identities
            .iter()
            .filter(|identity| identity.terms().all(|cell| cells.contains(&cell)))
            .map(|identity| {
                let left = identity.left.iter().map(|&cell| (cell, 1));
                left.chain(identity.right.iter().map(|&cell| (cell, -1))).collect()
            })
            .collect();
        let bounds = identities
            .iter()
            .map(|identity| {
                let mut bounds = vec![(0, 0); rows.len() + 1];
                for (index, (run, cuts)) in rows.iter().enumerate().rev() {
                    let added = cuts.iter().map(|cut| added(identity, run, cut));
                    let least = added.clone().min().unwrap_or_default();
                    let most = added.max().unwrap_or_default();
                    bounds[index] = (bounds[index + 1].0 + least, bounds[index + 1].1 + most);
                }
                bounds
            })
            .collect();
        let sums = vec![0; identities.len()];
        let values = cells.into_iter().map(|cell| (cell, BTreeSet::new())).collect();
        Self { rows, identities, bounds, sums, chosen: Vec::new(), values, steps: 0 }
    }

    fn descend(&mut self, row: usize) {
        let Some((run, cuts)) = self.rows.get(row) else { return self.note() };
        for (index, cut) in cuts.iter().enumerate() {
            self.steps += 1;
            if STEPS_MAX <= self.steps {
                return;
            }
            let added: Vec<i64> = self.identities.iter().map(|identity| added(identity, run, cut)).collect();
            self.sums.iter_mut().zip(&added).for_each(|(sum, added)| *sum += added);
            let is_possible = self.sums.iter().zip(&self.bounds).all(|(sum, bounds)| {
                let (least, most) = bounds[row + 1];
                sum + least <= 0 && 0 <= sum + most
            });
            if is_possible {
                self.chosen.push(index);
                self.descend(row + 1);
                self.chosen.pop();
            }
            self.sums.iter_mut().zip(&added).for_each(|(sum, added)| *sum -= added);
        }
    }

    fn note(&mut self) {
        for ((run, cuts), &index) in self.rows.iter().zip(&self.chosen) {
            for (cell, value) in run.cells.iter().zip(&cuts[index]) {
                self.values.entry(*cell).or_default().insert(*value);
            }
        }
    }
}

fn added(identity: &HashMap<usize, i64>, run: &Run, cut: &Cut) -> i64 {
    run.cells.iter().zip(cut).map(|(cell, value)| identity.get(cell).unwrap_or(&0) * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_model::FormId;

    fn run(keys: &[&str], text: &str, next: &str) -> Run {
        let form = gongkai_forms::form(FormId::Form2021).unwrap();
        let cells = keys.iter().map(|key| form.cell_index(key).unwrap()).collect();
        Run { cells, text: text.to_owned(), next: next.to_owned() }
    }

    fn judged(runs: &[Run]) -> Vec<Certainty> {
        let form = gongkai_forms::form(FormId::Form2021).unwrap();
        let certainty = judge(form, runs);
        runs.iter().flat_map(|run| &run.cells).map(|cell| certainty[cell]).collect()
    }

    const REGULATIONS: [&str; 3] = [
        "disclosure.regulations.issued",
        "disclosure.regulations.repealed",
        "disclosure.regulations.in_force",
    ];
    const DOCUMENTS: [&str; 3] = [
        "disclosure.normative_documents.issued",
        "disclosure.normative_documents.repealed",
        "disclosure.normative_documents.in_force",
    ];

    #[test]
    fn a_run_of_as_many_digits_as_cells_has_one_cut_and_a_longer_one_several() {
        let certainty = judged(&[run(&REGULATIONS, "000", ""), run(&DOCUMENTS, "5416", "")]);
        assert_eq!(certainty, [[Certainty::Recoverable; 3], [Certainty::Undetermined; 3]].concat());
        let certainty = judged(&[run(&REGULATIONS, "0 00", ""), run(&DOCUMENTS, "5 4 16", "")]);
        assert_eq!(certainty, [[Certainty::Recoverable; 3], [Certainty::Open; 3]].concat());
    }

    #[test]
    fn where_no_run_is_forced_or_one_has_other_characters_everything_is_open() {
        assert_eq!(judged(&[run(&DOCUMENTS, "5416", "")]), [Certainty::Open; 3]);
        let certainty = judged(&[run(&REGULATIONS, "000", ""), run(&DOCUMENTS, "5件416", "")]);
        assert_eq!(certainty, [[Certainty::Recoverable; 3], [Certainty::Open; 3]].concat());
    }

    #[test]
    fn a_digit_that_may_be_the_next_list_number_recovers_nothing_that_it_could_change() {
        let certainty = judged(&[run(&REGULATIONS, "000", ""), run(&DOCUMENTS, "541", "6")]);
        assert_eq!(certainty[3..], [Certainty::Open, Certainty::Open, Certainty::Open]);
    }

    #[test]
    fn sums_refute_cuts() {
        let form = gongkai_forms::form(FormId::Form2021).unwrap();
        let row = |row: &str, text: &str| {
            let columns = [
                "natural_person",
                "business",
                "research",
                "public_interest",
                "legal_service",
                "other_org",
                "total",
            ];
            let keys: Vec<String> = columns.iter().map(|column| format!("requests.{row}.{column}")).collect();
            let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
            run(&keys, text, "")
        };
        // 12 + 0 … = 12, while 1 + 2 + 0 … is not 012.
        let runs = [row("granted", "0000000"), row("received", "120000012")];
        let certainty = judge(form, &runs);
        assert!(runs[1].cells.iter().all(|cell| certainty[cell] == Certainty::Recoverable));
    }
}
