use crate::figure_of;
use crate::sum::add_up;
use gongkai_forms::{Form, Identity};
use gongkai_model::{Derivation, Figure, NullPolicy, Outcome, Value};

/// What came of one identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Index into [`Form::identities`].
    pub identity: usize,
    /// Whether it holds. Never [`Outcome::Used`] for an identity that fails: that would hide the failure.
    pub outcome: Outcome,
    /// The left side's value, where all its terms are numbers.
    pub left: Option<Value>,
    /// The right side's value, where all its terms are numbers.
    pub right: Option<Value>,
    /// The weakest derivation among the terms that are numbers.
    pub derivation: Derivation,
}

/// Evaluates every identity of the form, in the form's order. A term that is not a number makes its identity not
/// assessable; so do sums out of range.
pub fn evaluate(form: &Form, figures: &[Figure]) -> Vec<Evaluation> {
    evaluate_with(form, figures, NullPolicy::Strict)
}

/// [`evaluate`] under another null policy, to tell what a report would say if its blanks were zeros.
pub fn evaluate_with(form: &Form, figures: &[Figure], policy: NullPolicy) -> Vec<Evaluation> {
    form.identities
        .iter()
        .enumerate()
        .map(|(index, identity)| evaluate_one(form, figures, policy, index, identity))
        .collect()
}

fn evaluate_one(
    form: &Form,
    figures: &[Figure],
    policy: NullPolicy,
    index: usize,
    identity: &Identity,
) -> Evaluation {
    let (left, left_derivation) = side(form, figures, policy, &identity.left);
    let (right, right_derivation) = side(form, figures, policy, &identity.right);
    let outcome = match (left, right) {
        (Some(left), Some(right)) if left != right => Outcome::Fails,
        (Some(_), Some(_)) if served_as_proof(form, figures, identity) => Outcome::Used,
        (Some(_), Some(_)) => Outcome::Holds,
        (None, _) | (_, None) => Outcome::NotAssessable,
    };
    Evaluation { identity: index, outcome, left, right, derivation: left_derivation.max(right_derivation) }
}

fn side(form: &Form, figures: &[Figure], policy: NullPolicy, terms: &[usize]) -> (Option<Value>, Derivation) {
    // A side without terms does not load, and all terms of an identity are of one unit.
    let unit = terms.first().map_or(gongkai_model::Unit::Count, |&term| form.cells[term].unit);
    let mut complete = true;
    let found = terms.iter().filter_map(|&term| {
        let figure = figure_of(form, figures, term);
        complete &= figure.is_some();
        figure
    });
    let (value, derivation) = add_up(found, unit, policy, |_, _| {});
    // A cell without a figure is as unknown as a missing one.
    (value.filter(|_| complete), derivation)
}

fn served_as_proof(form: &Form, figures: &[Figure], identity: &Identity) -> bool {
    let mut proofs = identity
        .terms()
        .filter_map(|term| figure_of(form, figures, term))
        .filter_map(|figure| figure.proof.as_ref())
        .peekable();
    if proofs.peek().is_none() {
        return false;
    }
    let name = identity.name();
    proofs.any(|proof| proof.identities.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_report, blank, consistent_report, form_2021, number, zeros_but};
    use gongkai_model::{Proof, State};
    use proptest::prelude::*;

    fn outcome(figures: &[Figure], name: &str) -> Evaluation {
        let form = form_2021();
        let index = form.identities.iter().position(|identity| identity.name() == name).unwrap();
        evaluate(form, figures).swap_remove(index)
    }

    #[test]
    fn an_identity_holds_fails_or_cannot_be_assessed() {
        let form = form_2021();
        let mut figures = zeros_but(form, &[("requests.received.total", 3), ("requests.concluded.total", 3)]);
        let name = "requests.balance.total";
        assert_eq!(outcome(&figures, name).outcome, Outcome::Holds);

        figures[form.cell_index("requests.concluded.total").unwrap()] = number("requests.concluded.total", 2);
        let failed = outcome(&figures, name);
        assert_eq!(
            (failed.outcome, failed.left, failed.right),
            (Outcome::Fails, Some(Value::Count(3)), Some(Value::Count(2)))
        );

        figures[form.cell_index("requests.carried_over.total").unwrap()] =
            blank("requests.carried_over.total");
        let unknown = outcome(&figures, name);
        assert_eq!(
            (unknown.outcome, unknown.left, unknown.right),
            (Outcome::NotAssessable, None, Some(Value::Count(2)))
        );
    }

    #[test]
    fn a_blank_is_a_zero_only_for_those_who_ask() {
        let form = form_2021();
        let figures: Vec<_> = form.cells.iter().map(|cell| blank(&cell.key)).collect();
        let outcomes = |policy| -> Vec<_> {
            evaluate_with(form, &figures, policy).into_iter().map(|evaluation| evaluation.outcome).collect()
        };
        assert!(outcomes(NullPolicy::Strict).iter().all(|outcome| *outcome == Outcome::NotAssessable));
        assert!(outcomes(NullPolicy::BlankAsZero).iter().all(|outcome| *outcome == Outcome::Holds));
    }

    #[test]
    fn an_identity_that_served_to_infer_a_term_confirms_nothing() {
        let form = form_2021();
        let mut figures = zeros_but(form, &[]);
        let figure = &mut figures[form.cell_index("requests.received.total").unwrap()];
        figure.derivation = Derivation::Inferred;
        figure.proof = Some(Proof {
            hypothesis: "complete rows".to_owned(),
            identities: vec!["requests.applicants.received".to_owned()],
            statements: Vec::new(),
        });
        let used = outcome(&figures, "requests.applicants.received");
        assert_eq!((used.outcome, used.derivation), (Outcome::Used, Derivation::Inferred));
        let other = outcome(&figures, "requests.balance.total");
        assert_eq!((other.outcome, other.derivation), (Outcome::Holds, Derivation::Inferred));

        figures[form.cell_index("requests.received.business").unwrap()] =
            number("requests.received.business", 1);
        assert_eq!(outcome(&figures, "requests.applicants.received").outcome, Outcome::Fails);
    }

    #[test]
    fn counts_at_the_end_of_their_range_do_not_wrap() {
        let edge = [("requests.received.total", i64::MAX), ("requests.concluded.total", i64::MAX)];
        assert_eq!(outcome(&zeros_but(form_2021(), &edge), "requests.balance.total").outcome, Outcome::Holds);
        let beyond =
            [edge[0], edge[1], ("requests.carried_over.total", 1), ("requests.carried_forward.total", 1)];
        let evaluation = outcome(&zeros_but(form_2021(), &beyond), "requests.balance.total");
        assert_eq!(evaluation.outcome, Outcome::NotAssessable);
    }

    #[test]
    fn figures_in_another_order_or_left_out_are_found_or_unknown() {
        let form = form_2021();
        let mut figures = zeros_but(form, &[("requests.received.total", 1)]);
        figures.reverse();
        assert_eq!(outcome(&figures, "requests.balance.total").outcome, Outcome::Fails);
        figures.retain(|figure| &*figure.key != "requests.concluded.total");
        assert_eq!(outcome(&figures, "requests.balance.total").outcome, Outcome::NotAssessable);
        assert_eq!(outcome(&[], "reviews.sum.reconsideration").outcome, Outcome::NotAssessable);
    }

    proptest! {
        #[test]
        fn consistent_reports_hold(figures in consistent_report(form_2021())) {
            for evaluation in evaluate(form_2021(), &figures) {
                prop_assert_eq!(evaluation.outcome, Outcome::Holds, "{}", form_2021().identities[evaluation.identity].name());
            }
        }

        #[test]
        fn nothing_is_claimed_of_an_unknown_term_and_blanks_as_zeros_only_add_knowledge(figures in any_report(form_2021())) {
            let form = form_2021();
            let strict = evaluate(form, &figures);
            let lenient = evaluate_with(form, &figures, NullPolicy::BlankAsZero);
            prop_assert_eq!(strict.len(), form.identities.len());
            for (strict, lenient) in strict.iter().zip(&lenient) {
                let terms = form.identities[strict.identity].terms();
                if terms.map(|term| &figures[term]).any(|figure| figure.state != State::Number) {
                    prop_assert_eq!(strict.outcome, Outcome::NotAssessable);
                }
                if strict.outcome != Outcome::NotAssessable {
                    prop_assert_eq!(strict, lenient);
                }
            }
        }
    }
}
