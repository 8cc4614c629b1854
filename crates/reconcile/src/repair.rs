use crate::{Evaluation, figure_of};
use gongkai_forms::{Form, Identity};
use gongkai_model::{Figure, Outcome, State, Unit, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A change of one figure after which every broken identity around it would hold.
///
/// A proposal, never a correction: the record keeps what was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Index into [`Form::cells`].
    pub cell: usize,
    /// Its value as published.
    pub old: Value,
    /// The value with which the identities would hold.
    pub new: Value,
    /// The identities that it would mend: indices into [`Form::identities`], all that are broken in their system.
    pub mends: Vec<usize>,
}

/// Every single-cell change that would mend all broken identities of one system and break none.
///
/// A system is a set of identities connected by shared cells: the requests table is one, each block of the reviews
/// table is one. Several proposals for one system mean that the identities do not tell which figure is wrong; none
/// means that no single figure explains what is broken. `evaluations` are those of [`crate::evaluate`] for the same
/// form and figures.
pub fn repair(form: &Form, figures: &[Figure], evaluations: &[Evaluation]) -> Vec<Proposal> {
    if evaluations.iter().all(|evaluation| evaluation.outcome != Outcome::Fails) {
        return Vec::new();
    }
    let systems = systems(form);
    let mut proposals = Vec::new();
    for system in 0..form.identities.len() {
        let members = || evaluations.iter().filter(|evaluation| systems[evaluation.identity] == system);
        let broken: Vec<_> = members().filter(|evaluation| evaluation.outcome == Outcome::Fails).collect();
        let Some(first) = broken.first() else { continue };
        let mut cells: Vec<_> = form.identities[first.identity].terms().collect();
        cells.sort_unstable();
        for cell in cells {
            // A change to a term of an identity that holds would break it.
            let holds_without_change = members().any(|evaluation| {
                matches!(evaluation.outcome, Outcome::Holds | Outcome::Used)
                    && coefficient(&form.identities[evaluation.identity], cell) != Some(0)
            });
            if !holds_without_change {
                proposals.extend(proposal(form, figures, cell, &broken));
            }
        }
    }
    proposals
}

/// The change of `cell` that mends every one of `broken`.
fn proposal(form: &Form, figures: &[Figure], cell: usize, broken: &[&Evaluation]) -> Option<Proposal> {
    let figure = figure_of(form, figures, cell).filter(|figure| figure.state == State::Number)?;
    let old = figure.value?;
    let mut agreed: Option<Decimal> = None;
    for evaluation in broken {
        let excess = evaluation.left?.decimal().checked_sub(evaluation.right?.decimal())?;
        let new = match coefficient(&form.identities[evaluation.identity], cell)? {
            1 => old.decimal().checked_sub(excess)?,
            -1 => old.decimal().checked_add(excess)?,
            _ => return None,
        };
        if *agreed.get_or_insert(new) != new {
            return None;
        }
    }
    let definition = &form.cells[cell];
    let new = agreed.filter(|new| definition.signed || !new.is_sign_negative() || new.is_zero())?;
    let new = match definition.unit {
        Unit::Count => Value::Count(new.to_i64().filter(|count| Decimal::from(*count) == new)?),
        Unit::Yuan => Value::Amount(new),
    };
    Some(Proposal { cell, old, new, mends: broken.iter().map(|evaluation| evaluation.identity).collect() })
}

/// By how much left side minus right side grows with the cell; `None` where the cell stands more than once on it.
fn coefficient(identity: &Identity, cell: usize) -> Option<i32> {
    let times = |terms: &[usize]| terms.iter().filter(|&&term| term == cell).count();
    match (times(&identity.left), times(&identity.right)) {
        (0, 0) => Some(0),
        (1, 0) => Some(1),
        (0, 1) => Some(-1),
        _ => None,
    }
}

/// For each identity the number of its system: the first identity with which it is connected by shared cells.
fn systems(form: &Form) -> Vec<usize> {
    let mut systems: Vec<_> = (0..form.identities.len()).collect();
    let mut owners: Vec<Option<usize>> = vec![None; form.cells.len()];
    for (index, identity) in form.identities.iter().enumerate() {
        for term in identity.terms() {
            match owners[term] {
                None => owners[term] = Some(index),
                Some(owner) => {
                    let (one, other) = (systems[owner], systems[index]);
                    let (merged, replaced) = (one.min(other), one.max(other));
                    systems
                        .iter_mut()
                        .filter(|system| **system == replaced)
                        .for_each(|system| *system = merged);
                }
            }
        }
    }
    systems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate;
    use crate::testing::{any_report, blank, consistent_report, form_2021, number, zeros_but};
    use proptest::prelude::*;

    /// One line a proposal.
    fn proposals(figures: &[Figure]) -> Vec<String> {
        let form = form_2021();
        repair(form, figures, &evaluate(form, figures))
            .into_iter()
            .map(|proposal| {
                let mends: Vec<_> =
                    proposal.mends.iter().map(|&index| form.identities[index].name()).collect();
                format!(
                    "{} {}→{}: {}",
                    form.cells[proposal.cell].key,
                    proposal.old,
                    proposal.new,
                    mends.join(", ")
                )
            })
            .collect()
    }

    const ONE_REQUEST: [(&str, i64); 6] = [
        ("requests.received.natural_person", 3),
        ("requests.received.total", 3),
        ("requests.granted.natural_person", 3),
        ("requests.granted.total", 3),
        ("requests.concluded.natural_person", 3),
        ("requests.concluded.total", 3),
    ];

    #[test]
    fn nothing_is_proposed_where_nothing_is_broken() {
        assert!(proposals(&zeros_but(form_2021(), &ONE_REQUEST)).is_empty());
    }

    #[test]
    fn one_wrong_figure_is_found_where_its_identities_cross() {
        let mut changes = ONE_REQUEST;
        changes[5].1 = 2;
        assert_eq!(
            proposals(&zeros_but(form_2021(), &changes)),
            ["requests.concluded.total 2→3: requests.balance.total, requests.applicants.concluded, \
              requests.outcomes.total"]
        );
    }

    #[test]
    fn two_wrong_figures_are_explained_by_no_single_one() {
        let mut changes = ONE_REQUEST;
        changes[5].1 = 2;
        changes[0].1 = 4;
        assert!(proposals(&zeros_but(form_2021(), &changes)).is_empty());
    }

    #[test]
    fn where_several_figures_may_be_wrong_all_are_listed() {
        let changes = [("reviews.reconsideration.upheld", 2), ("reviews.reconsideration.total", 1)];
        assert_eq!(
            proposals(&zeros_but(form_2021(), &changes)),
            [
                "reviews.reconsideration.upheld 2→1: reviews.sum.reconsideration",
                // The others would have to be negative.
                "reviews.reconsideration.total 1→2: reviews.sum.reconsideration",
            ]
        );
    }

    #[test]
    fn systems_that_share_no_cell_are_repaired_apart() {
        let mut changes = ONE_REQUEST.to_vec();
        changes[5].1 = 2;
        changes.push(("reviews.litigation_after.total", 1));
        let proposals = proposals(&zeros_but(form_2021(), &changes));
        assert_eq!(proposals.iter().filter(|line| line.starts_with("requests.")).count(), 1);
        assert_eq!(proposals.iter().filter(|line| line.starts_with("reviews.litigation_after.")).count(), 5);
        assert_eq!(proposals.len(), 6);
    }

    #[test]
    fn a_blank_is_never_proposed_to_be_filled() {
        let form = form_2021();
        let mut figures = zeros_but(form, &ONE_REQUEST);
        for key in ["requests.granted.natural_person", "requests.concluded.natural_person"] {
            figures[form.cell_index(key).unwrap()] = blank(key);
        }
        assert!(proposals(&figures).is_empty());
    }

    proptest! {
        #[test]
        fn a_proposal_mends_what_it_names_and_breaks_nothing(
            figures in prop_oneof![any_report(form_2021()), consistent_report(form_2021())],
            cell in 0..200_usize,
            value in 0..40_i64,
        ) {
            let form = form_2021();
            let mut figures = figures;
            figures[cell] = number(&form.cells[cell].key, value);
            let before = evaluate(form, &figures);
            for proposal in repair(form, &figures, &before) {
                let mut mended = figures.clone();
                mended[proposal.cell].value = Some(proposal.new);
                for (before, after) in before.iter().zip(evaluate(form, &mended)) {
                    if proposal.mends.contains(&before.identity) {
                        prop_assert!(before.outcome == Outcome::Fails && after.outcome == Outcome::Holds);
                    } else if before.outcome != Outcome::NotAssessable {
                        prop_assert_eq!(before.outcome, after.outcome);
                    }
                }
            }
        }

        #[test]
        fn the_original_of_one_wrong_figure_is_among_the_proposals(
            original in consistent_report(form_2021()),
            cell in 10..200_usize,
            error in 1..40_i64,
        ) {
            let form = form_2021();
            let mut figures = original.clone();
            let Some(Value::Count(count)) = original[cell].value else { unreachable!() };
            figures[cell] = number(&form.cells[cell].key, count + error);
            let proposals = repair(form, &figures, &evaluate(form, &figures));
            let restored = |proposal: &Proposal| proposal.cell == cell && Some(proposal.new) == original[cell].value;
            // What was received follows from the rest in these reports, and may be negative there.
            prop_assert!(count < 0 || proposals.iter().any(restored));
        }
    }
}
