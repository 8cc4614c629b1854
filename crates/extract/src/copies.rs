//! A table that stands in a document twice: the report's own is the one that says so in its caption. Where none does, what
//! only one of the copies says is not certain.

use crate::align::Folded;
use crate::captions::Claim;
use crate::tables::FoundRow;
use gongkai_model::{Candidate, Figure, Reason, State};

/// Leaves out the copies whose captions name another year or another body, where another's caption names the report's own.
pub(crate) fn keep_own<T>(copies: &mut Vec<T>, claim: impl Fn(&T) -> Claim) {
    if copies.len() < 2 {
        return;
    }
    let claims: Vec<Claim> = copies.iter().map(claim).collect();
    if claims.contains(&Claim::Own) {
        let mut claims = claims.into_iter();
        copies.retain(|_| matches!(claims.next(), Some(Claim::Own | Claim::Silent)));
    }
}

/// The table at hand is not the report's own, as far as its caption tells: nothing that it says is certain. `cells` are its
/// cells, of which there is one for each value column, as many figures apart as the form has cells.
pub(crate) fn doubt(figures: &mut [Figure], cells: &[usize], form_cells: usize) {
    for &cell in cells {
        for figure in figures.iter_mut().skip(cell).step_by(form_cells.max(1)) {
            if matches!(figure.state, State::Missing | State::Undetermined) {
                continue;
            }
            figure.candidates =
                vec![Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() }];
            (figure.state, figure.value) = (State::Undetermined, None);
            figure.reason = Some(Reason::Contradicted);
        }
    }
}

/// The table stands in the document twice: where the second says something else, neither is certain.
pub(crate) fn contradict(figures: &mut [Figure], second: &[Figure]) {
    for (figure, other) in figures.iter_mut().zip(second) {
        let is_read = |figure: &Figure| !matches!(figure.state, State::Missing | State::Undetermined);
        let says = |figure: &Figure| (figure.state, figure.value);
        // What the second may say, where it is not certain itself, speaks against the first as well.
        let agrees = match other.state {
            State::Missing => true,
            State::Undetermined => {
                other.candidates.is_empty()
                    || other.candidates.iter().any(|it| (it.state, it.value) == says(figure))
            }
            _ => says(other) == says(figure),
        };
        if !is_read(figure) || agrees {
            continue;
        }
        let candidate =
            |figure: &Figure| Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() };
        figure.candidates = if is_read(other) {
            vec![candidate(figure), candidate(other)]
        } else {
            std::iter::once(candidate(figure)).chain(other.candidates.iter().cloned()).collect()
        };
        figure.state = State::Undetermined;
        figure.value = None;
        figure.reason = Some(Reason::Contradicted);
    }
}

/// The same for a row whose places in the second copy nobody knows: what is written in it, in its order, has to be what the
/// first says. `own` and `other` are the row in the first and in the second copy, `cells` its cells.
pub(crate) fn contradict_row(
    folded: &Folded<'_>,
    (own, other): (&FoundRow, &FoundRow),
    cells: &[usize],
    figures: &mut [Figure],
    second: &[Figure],
) {
    if !cells.iter().all(|&cell| second[cell].state == State::Undetermined) {
        return;
    }
    let fields = &folded.rows.fields;
    let written = |row: &FoundRow| {
        let is_written = |field: &&usize| fields[**field].content.is_written_value();
        row.fields.iter().filter(is_written).map(|&field| &fields[field].content).collect::<Vec<_>>()
    };
    let (own, other) = (written(own), written(other));
    let is_written =
        |cell: &&usize| !matches!(figures[**cell].state, State::Blank | State::Missing | State::Undetermined);
    let certain: Vec<usize> = cells.iter().filter(is_written).copied().collect();
    let are_alike = own.len() == other.len() && own.len() == certain.len();
    for (index, cell) in certain.into_iter().enumerate() {
        if are_alike && own[index] == other[index] {
            continue;
        }
        let figure = &mut figures[cell];
        let mut candidates =
            vec![Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() }];
        let says_more = |it: &&Candidate| (it.state, it.value) != (figure.state, figure.value);
        candidates.extend(second[cell].candidates.iter().filter(says_more).cloned());
        (figure.candidates, figure.state, figure.value) = (candidates, State::Undetermined, None);
        figure.reason = Some(Reason::Contradicted);
    }
}
