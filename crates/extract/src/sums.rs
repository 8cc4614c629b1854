//! Tables whose sums fail row after row.

use gongkai_forms::{Axis, Form};
use gongkai_model::{Candidate, Figure, Reason, State, Value};

/// Where row after row the kinds of applicants do not add up to the total, and the headers do not tell, the columns may
/// not be the form's. Such rows are uncertain; nothing else follows. Under the form's own headers what is printed stands.
pub(crate) fn doubt_failing_sums(form: &Form, table: usize, figures: &mut [Figure]) {
    const FAILING_ROWS_MIN: usize = 3;
    let count = |figures: &[Figure], cell: usize| match figures[cell].value {
        Some(Value::Count(count)) => Some(i128::from(count)),
        _ => None,
    };
    let sum = |figures: &[Figure], cells: &[usize]| {
        cells.iter().map(|&cell| count(figures, cell)).sum::<Option<i128>>()
    };
    let (mut failing, mut holding) = (Vec::new(), Vec::new());
    for identity in
        form.identities.iter().filter(|identity| identity.table == table && identity.axis == Axis::Row)
    {
        if let (Some(left), Some(right)) = (sum(figures, &identity.left), sum(figures, &identity.right)) {
            match (left == right, left == 0) {
                (true, true) => {}
                (true, false) => holding.push(identity),
                (false, _) => failing.push(identity),
            }
        }
    }
    if failing.len() < FAILING_ROWS_MIN || failing.len() <= 2 * holding.len() {
        return;
    }
    // A sum that holds by chance holds in any order: 5 0 0 0 0 0 5.
    for cell in failing.iter().chain(&holding).flat_map(|identity| identity.terms()).collect::<Vec<_>>() {
        let figure = &mut figures[cell];
        figure.candidates =
            vec![Candidate { state: figure.state, value: figure.value, raw: figure.raw.clone() }];
        figure.state = State::Undetermined;
        figure.value = None;
        figure.reason = Some(Reason::PlacementAmbiguous);
    }
}
