//! What stands of reviews on a revision, and the record that follows from it. Plain functions.

use gongkai_model::{
    Derivation, EndCause, Figure, FigureName, Finding, Opinion, Outcome, Report, Review, Said, State, Value,
};
use gongkai_pipeline::audit;

/// What becomes of reviews on a revision.
#[derive(Debug)]
pub(crate) struct Standing<'r> {
    /// Those that stand, the oldest first.
    pub(crate) reviews: Vec<&'r Review>,
    /// Those that do not, and why.
    pub(crate) ended: Vec<(&'r Review, EndCause)>,
    /// The record with the corrections that stand; none where nothing is corrected.
    pub(crate) corrected: Option<Report>,
}

/// Decides which of `reviews`, the oldest first, stand on `base`.
pub(crate) fn standing<'r>(base: &Report, reviews: &[&'r Review]) -> Standing<'r> {
    let mut ended = Vec::new();
    let mut left: Vec<&Review> = Vec::new();
    for (index, review) in reviews.iter().copied().enumerate() {
        let later = reviews.get(index + 1..).unwrap_or_default();
        match later.iter().any(|later| replaces(later, review)) {
            true => ended.push((review, EndCause::Replaced)),
            false => left.push(review),
        }
    }
    let mut corrected: Option<Report> = None;
    left.retain(|review| {
        let Opinion::Amendment { figure, beneath, says } = &review.opinion else { return true };
        let stands = self::says(base, figure).as_ref() == Some(beneath);
        match stands {
            true => amend(corrected.get_or_insert_with(|| base.clone()), figure, says),
            false => ended.push((review, EndCause::Lapsed)),
        }
        stands
    });
    if let Some(corrected) = &mut corrected {
        corrected.findings = audit(corrected);
    }
    let shown = corrected.as_ref().unwrap_or(base);
    left.retain(|review| {
        let stands = match &review.opinion {
            Opinion::Amendment { .. } => true,
            // Of what is shown: who doubts a correction does not doubt what was read.
            Opinion::Dispute { figure, beneath } => says(shown, figure).as_ref() == Some(beneath),
            Opinion::Verdict { finding, beneath, finding_says, .. } => {
                let judged =
                    shown.findings.iter().find(|it| it.outcome != Outcome::Holds && it.name() == *finding);
                judged.is_some_and(|judged| finding_text(judged) == *finding_says)
                    && beneath.iter().all(|(figure, said)| says(shown, figure).as_ref() == Some(said))
            }
        };
        if !stands {
            ended.push((review, EndCause::Lapsed));
        }
        stands
    });
    Standing { reviews: left, ended, corrected }
}

/// Whether a later review of the same figure or finding takes the place of an earlier one. A doubt ends with the correction of
/// what it doubts.
fn replaces(later: &Review, earlier: &Review) -> bool {
    match (&later.opinion, &earlier.opinion) {
        (
            Opinion::Amendment { figure: later, .. },
            Opinion::Amendment { figure, .. } | Opinion::Dispute { figure, .. },
        ) => later == figure,
        (Opinion::Dispute { .. }, _) | (_, Opinion::Dispute { .. }) => {
            // Several may doubt the same, each for a reason of their own; who says the same again has changed their mind.
            matches!((&later.opinion, &earlier.opinion),
                (Opinion::Dispute { figure: a, .. }, Opinion::Dispute { figure: b, .. }) if a == b)
                && later.author == earlier.author
        }
        (Opinion::Verdict { finding: later, .. }, Opinion::Verdict { finding, .. }) => later == finding,
        (Opinion::Amendment { .. }, Opinion::Verdict { .. })
        | (Opinion::Verdict { .. }, Opinion::Amendment { .. }) => false,
    }
}

/// What a finding says, to be compared.
pub(crate) fn finding_text(finding: &Finding) -> String {
    let value = |value: Option<Value>| value.map(|value| value.to_string()).unwrap_or_default();
    let (left, right) = (value(finding.left), value(finding.right));
    format!("{}\n{left}\n{right}\n{}", finding.outcome.name(), finding.message_zh)
}

/// The figure of this name.
pub(crate) fn figure<'r>(report: &'r Report, name: &FigureName) -> Option<&'r Figure> {
    report.figures.iter().find(|figure| FigureName::of(figure) == *name)
}

fn says(report: &Report, name: &FigureName) -> Option<Said> {
    figure(report, name).map(Said::of)
}

/// Puts a correction over a figure. What stands in the source stays with it.
fn amend(report: &mut Report, name: &FigureName, says: &Said) {
    let Some(figure) = report.figures.iter_mut().find(|figure| FigureName::of(figure) == *name) else {
        return;
    };
    (figure.state, figure.value, figure.derivation) = (says.state, says.value, Derivation::Amended);
    figure.candidates.clear();
    (figure.reason, figure.proof) = (None, None);
}

/// What a reviewer may say of a cell: what nobody knows is no correction.
pub(crate) fn may_be_said(state: State) -> bool {
    matches!(state, State::Number | State::Blank | State::NotApplicable)
}
