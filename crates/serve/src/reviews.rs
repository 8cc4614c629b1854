//! Reviews as messages, for every service that tells them.

use gongkai_model::{Period, Portion};
use gongkai_store::codes::Code as _;
use gongkai_store::{EndCause, FigureName, Opinion, Review, Said, Verdict};
use gongkai_wire::{figure_period, timestamp, v1};

/// A review, as it is told.
pub fn review(review: &Review) -> v1::Review {
    let opinion = match &review.said.opinion {
        Opinion::Amendment { figure, beneath, says } => v1::review::Opinion::Amendment(v1::Amendment {
            figure: Some(name(figure)),
            read: Some(content(beneath)),
            says: Some(content(says)),
        }),
        Opinion::Dispute { figure, beneath } => v1::review::Opinion::Dispute(v1::Dispute {
            figure: Some(name(figure)),
            read: Some(content(beneath)),
        }),
        Opinion::Verdict { finding, verdict, .. } => v1::review::Opinion::Verdict(v1::FindingVerdict {
            finding: finding.clone(),
            verdict: match verdict {
                Verdict::Accepted => v1::Verdict::Accepted,
                Verdict::Disputed => v1::Verdict::Disputed,
                Verdict::Answered => v1::Verdict::Answered,
            }
            .into(),
        }),
    };
    let state = match review.end.map(|end| end.cause) {
        None => v1::ReviewState::Standing,
        Some(EndCause::Withdrawn) => v1::ReviewState::Withdrawn,
        Some(EndCause::Replaced) => v1::ReviewState::Replaced,
        Some(EndCause::Lapsed) => v1::ReviewState::Lapsed,
    };
    v1::Review {
        name: review.said.id.to_string(),
        report: review.report.to_string(),
        author: review.said.author.clone(),
        note: review.said.note.clone(),
        opinion: Some(opinion),
        state: state.into(),
        create_time: Some(timestamp(review.at.micros())),
        end_time: review.end.map(|end| timestamp(end.at.micros())),
    }
}

fn content(said: &Said) -> v1::CellContent {
    v1::CellContent {
        state: v1::State::from(said.state).into(),
        value: said.value.map(|value| value.to_string()),
    }
}

fn name(figure: &FigureName) -> v1::FigureName {
    // What is stored was a number of ours once.
    let period = Period::from_code(figure.period.into()).unwrap_or_default();
    let portion = Portion::from_code(figure.portion.into()).unwrap_or_default();
    v1::FigureName {
        key: figure.key.to_string(),
        period: figure_period(period).into(),
        portion: v1::Portion::from(portion).into(),
    }
}
