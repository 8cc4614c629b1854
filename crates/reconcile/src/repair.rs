use crate::{Evaluation, figure_of};
use gongkai_forms::{Form, Identity};
use gongkai_model::{Derivation, Figure, Outcome, State, Unit, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A change of one figure after which every broken identity around it would hold.
///
/// A proposal, never a correction: the record keeps what was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Index into [`Form::cells`].
    pub cell: usize,
    /// Its value as published; none for a blank, which is what [`fill`] speaks of.
    pub old: Option<Value>,
    /// The value with which the identities would hold.
    pub new: Value,
    /// The identities that it would mend: indices into [`Form::identities`]. All that are broken in their system, or for
    /// a blank all that it alone keeps from being assessed.
    pub mends: Vec<usize>,
    /// What would explain it.
    pub slip: Slip,
}

/// How a figure may have become what it is, likeliest first.
///
/// The order rests on how such tables are made: numbers are typed over from another sheet, so that a slip of the hand
/// leaves digits that are nearly right; totals are typed too, and stay behind when a part is corrected late; that a part
/// is wrong by an unrelated number is the rarest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slip {
    /// Two neighbouring digits changed places: 54 for 45.
    Transposed,
    /// A digit was left out, doubled or added: 12 for 112.
    DigitCount,
    /// A total does not follow its parts.
    TotalLeft,
    /// One digit of several is another: 47 for 17.
    OneDigit,
    /// Nothing of these.
    Other,
}

/// Every single-cell change that would mend all broken identities of one system and break none, likeliest first
/// within each system.
///
/// A system is a set of identities connected by shared cells: the requests table is one, each block of the reviews
/// table is one. Several proposals for one system mean that the identities do not tell which figure is wrong; none
/// means that no single figure explains what is broken. An inferred figure is never proposed to be changed: it is what
/// the identities made it. `evaluations` are those of [`crate::evaluate`] for the same form and figures.
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
        let mut of_system = Vec::new();
        for cell in cells {
            // A change to a term of an identity that holds would break it.
            let holds_without_change = members().any(|evaluation| {
                matches!(evaluation.outcome, Outcome::Holds | Outcome::Used)
                    && coefficient(&form.identities[evaluation.identity], cell) != Some(0)
            });
            if !holds_without_change {
                of_system.extend(proposal(form, figures, cell, &broken));
            }
        }
        // Equally likely ones stay in the order of the form.
        of_system.sort_by_key(|proposal| proposal.slip);
        proposals.extend(of_system);
    }
    proposals
}

/// For each blank that alone keeps identities from being assessed, and that they all determine alike: the number that it
/// would have to be, if it is meant as one. Zeros are left out: what a blank that stands for nothing would say needs no
/// proposal.
pub fn fill(form: &Form, figures: &[Figure], evaluations: &[Evaluation]) -> Vec<Proposal> {
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut contradicted: Vec<usize> = Vec::new();
    for evaluation in evaluations.iter().filter(|evaluation| evaluation.outcome == Outcome::NotAssessable) {
        let identity = &form.identities[evaluation.identity];
        let Some((cell, new)) = only_blank(form, figures, identity) else { continue };
        match (new, proposals.iter_mut().find(|proposal| proposal.cell == cell)) {
            (Some(new), Some(proposal)) if proposal.new == new => proposal.mends.push(evaluation.identity),
            (Some(new), None) => {
                let mends = vec![evaluation.identity];
                proposals.push(Proposal { cell, old: None, new, mends, slip: Slip::Other });
            }
            (Some(_), Some(_)) | (None, _) => contradicted.push(cell),
        }
    }
    proposals.retain(|proposal| !proposal.new.decimal().is_zero() && !contradicted.contains(&proposal.cell));
    proposals
}

/// The one term of an identity that is no number, where it is a blank, and the number that it would have to be; no number
/// where that would be negative or no count.
fn only_blank(form: &Form, figures: &[Figure], identity: &Identity) -> Option<(usize, Option<Value>)> {
    let mut unknown = None;
    let mut excess = Decimal::ZERO;
    for (terms, sign) in [(&identity.left, Decimal::ONE), (&identity.right, Decimal::NEGATIVE_ONE)] {
        for &term in terms {
            let figure = figure_of(form, figures, term)?;
            match (figure.state, figure.value) {
                (State::Number, Some(value)) => {
                    excess = excess.checked_add(value.decimal().checked_mul(sign)?)?;
                }
                (State::Blank, _) if unknown.is_none() => unknown = Some((term, sign)),
                _ => return None,
            }
        }
    }
    let (cell, sign) = unknown?;
    let new = excess.checked_mul(sign).and_then(|excess| value_for(form, cell, -excess));
    Some((cell, new))
}

/// The change of `cell` that mends every one of `broken`.
fn proposal(form: &Form, figures: &[Figure], cell: usize, broken: &[&Evaluation]) -> Option<Proposal> {
    let is_open = |figure: &&Figure| {
        figure.state == State::Number && figure.derivation != Derivation::Inferred && figure.proof.is_none()
    };
    let figure = figure_of(form, figures, cell).filter(is_open)?;
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
    let new = value_for(form, cell, agreed?)?;
    let is_total = broken.iter().any(|evaluation| form.identities[evaluation.identity].right == [cell]);
    let mends = broken.iter().map(|evaluation| evaluation.identity).collect();
    Some(Proposal { cell, old: Some(old), new, mends, slip: Slip::between(old, new, is_total) })
}

/// This number as a value that the cell may have.
fn value_for(form: &Form, cell: usize, number: Decimal) -> Option<Value> {
    let definition = form.cells.get(cell)?;
    if !definition.signed && number.is_sign_negative() && !number.is_zero() {
        return None;
    }
    match definition.unit {
        Unit::Count => number.to_i64().filter(|count| Decimal::from(*count) == number).map(Value::Count),
        Unit::Yuan => Some(Value::Amount(number)),
    }
}

impl Slip {
    /// What would have turned `right` into `written`.
    fn between(written: Value, right: Value, is_total: bool) -> Self {
        let (written, right) = (written.to_string(), right.to_string());
        let (written, right) = (written.as_bytes(), right.as_bytes());
        let differing: Vec<usize> =
            (0..written.len().min(right.len())).filter(|&at| written[at] != right[at]).collect();
        let same_length = written.len() == right.len();
        match differing.as_slice() {
            [first, second]
                if same_length
                    && first + 1 == *second
                    && written[*first] == right[*second]
                    && written[*second] == right[*first] =>
            {
                Self::Transposed
            }
            _ if is_one_longer(written, right) || is_one_longer(right, written) => Self::DigitCount,
            _ if is_total => Self::TotalLeft,
            // Of a single digit any other would be a slip.
            [_] if same_length && 1 < written.len() => Self::OneDigit,
            _ => Self::Other,
        }
    }
}

/// Whether `longer` is `shorter` with one more digit somewhere.
fn is_one_longer(longer: &[u8], shorter: &[u8]) -> bool {
    // Zero is no digit that was left out: 0 and 10 differ by ten.
    longer.len() == shorter.len() + 1
        && shorter != b"0"
        && (0..longer.len()).any(|skipped| {
            let rest = longer.iter().enumerate().filter(|(at, _)| *at != skipped).map(|(_, digit)| digit);
            rest.eq(shorter)
        })
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
                    proposal.old.map(|old| old.to_string()).unwrap_or_default(),
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
                // That a total was left behind is likelier than that a part is wrong.
                "reviews.reconsideration.total 1→2: reviews.sum.reconsideration",
                "reviews.reconsideration.upheld 2→1: reviews.sum.reconsideration",
                // The others would have to be negative.
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
    fn an_inferred_figure_is_never_proposed_to_be_changed() {
        let form = form_2021();
        let mut figures =
            zeros_but(form, &[("reviews.reconsideration.upheld", 2), ("reviews.reconsideration.total", 1)]);
        figures[form.cell_index("reviews.reconsideration.total").unwrap()].derivation = Derivation::Inferred;
        assert_eq!(proposals(&figures), ["reviews.reconsideration.upheld 2→1: reviews.sum.reconsideration"]);
    }

    #[test]
    fn slips_are_told_from_one_another() {
        let slip = |written: i64, right: i64, is_total: bool| {
            Slip::between(Value::Count(written), Value::Count(right), is_total)
        };
        assert_eq!(slip(54, 45, true), Slip::Transposed);
        assert_eq!(slip(112, 12, false), Slip::DigitCount);
        assert_eq!(slip(12, 112, false), Slip::DigitCount);
        assert_eq!(slip(3, 2, true), Slip::TotalLeft);
        assert_eq!(slip(47, 17, false), Slip::OneDigit);
        assert_eq!(slip(3, 2, false), Slip::Other);
        assert_eq!(slip(0, 10, false), Slip::Other);
        assert_eq!(slip(35, 121, false), Slip::Other);
    }

    fn fills(figures: &[Figure]) -> Vec<(String, String, usize)> {
        let form = form_2021();
        fill(form, figures, &evaluate(form, figures))
            .into_iter()
            .map(|it| (form.cells[it.cell].key.to_string(), it.new.to_string(), it.mends.len()))
            .collect()
    }

    #[test]
    fn a_blank_is_told_what_it_would_be_only_where_all_its_identities_agree_on_more_than_nothing() {
        let form = form_2021();
        let mut figures = zeros_but(form, &ONE_REQUEST);
        let mut blank_out = |key: &str| figures[form.cell_index(key).unwrap()] = blank(key);
        blank_out("requests.concluded.total");
        // Nothing stands there, and nothing is meant.
        blank_out("requests.carried_forward.business");
        assert_eq!(fills(&figures), [("requests.concluded.total".to_owned(), "3".to_owned(), 3)]);
        let change = |figures: &mut Vec<Figure>, key: &str, count: i64| {
            figures[form.cell_index(key).unwrap()] = number(key, count);
        };
        change(&mut figures, "requests.received.total", 4);
        assert!(fills(&figures).is_empty());
        change(&mut figures, "requests.received.total", 3);
        let other = form.cell_index("requests.concluded.business").unwrap();
        figures[other] = blank("requests.concluded.business");
        // Two blanks in the row: the columns still tell.
        assert_eq!(fills(&figures), [("requests.concluded.total".to_owned(), "3".to_owned(), 2)]);
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
                prop_assert!(proposal.old.is_some());
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
