//! Looking after reviews: when another revision of a report becomes current, those that still fit are put over it, and the
//! others end.

use crate::Dependencies;
use crate::overlay::{Standing, standing};
use gongkai_model::{Purpose, ReportId};
use gongkai_store::{
    Correction, NewReview, NewRevision, ReadAt, Review, ReviewChange, Reviewed, StoreError, StoredReport,
    last_review,
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often it is looked for reports that have changed beneath their reviews.
const INTERVAL: Duration = Duration::from_secs(1);
/// Reports that are looked after in one go.
const REPORTS_MAX: u32 = 256;
/// Attempts at one change: each finds that another revision has become current meanwhile.
const ATTEMPTS_MAX: u32 = 5;

/// Puts reviews over new revisions of their reports, or ends them, until `stop`.
pub async fn look_after(dependencies: &Dependencies, stop: &CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        match round(dependencies).await {
            Ok(0) => {}
            Ok(reports) => info!(reports, "reviews were put over new revisions"),
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "reviews could not be looked after; trying again"
                );
            }
        }
    }
}

/// One round; tells how many reports were looked after.
async fn round(dependencies: &Dependencies) -> Result<u32, StoreError> {
    let mut done = 0;
    for (report, purpose) in dependencies.reviews.overtaken(REPORTS_MAX).await? {
        match change(dependencies, report, purpose, None, |_| Ok::<_, StoreError>(Vec::new())).await {
            // Changed again at once: the next round sees to it.
            Err(Refusal::Store(StoreError::Superseded { .. })) => {}
            // The others are looked after all the same.
            Err(Refusal::Store(error) | Refusal::Asked(error)) => {
                warn!(%report, error = &error as &dyn std::error::Error, "the reviews of a report could not be looked after");
            }
            Ok(_) => done += 1,
        }
    }
    Ok(done)
}

/// Why a change of reviews was not made.
#[derive(Debug)]
pub(crate) enum Refusal<E> {
    /// The store does not make it.
    Store(StoreError),
    /// Whoever asked for it does not want it on this revision.
    Asked(E),
}

impl<E> From<StoreError> for Refusal<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A report with its reviews.
pub(crate) struct Situation {
    /// The revision that is current, with the corrections that stand.
    pub(crate) current: StoredReport,
    /// The revision beneath them.
    pub(crate) base: StoredReport,
    /// The reviews, the oldest first, ended ones included.
    pub(crate) reviews: Vec<Review>,
    /// Whether the current revision is the one that follows from the reviews that stand.
    is_settled: bool,
}

/// What a change has come to.
pub(crate) struct Changed {
    pub(crate) reviewed: Reviewed,
    /// The reviews that were added.
    pub(crate) added: Vec<NewReview>,
    /// The record afterwards.
    pub(crate) report: gongkai_model::Report,
}

/// What is asked for: reviews to be added, or to be taken back.
pub(crate) enum Wanted {
    Add(NewReview),
    Withdraw(gongkai_model::ReviewId),
}

/// Changes the reviews of a report. `wanted` decides on a situation; it is asked again when another revision has become current
/// meanwhile, unless one is `expected`.
pub(crate) async fn change<E>(
    dependencies: &Dependencies,
    report: ReportId,
    purpose: Purpose,
    expected: Option<u32>,
    wanted: impl Fn(&Situation) -> Result<Vec<Wanted>, E>,
) -> Result<Changed, Refusal<E>> {
    let mut attempt = 1;
    loop {
        let situation = situation(dependencies, report, purpose).await?;
        let current = situation.current.info.revision;
        if expected.is_some_and(|expected| expected != current) {
            return Err(StoreError::Superseded { report, current }.into());
        }
        let wanted = wanted(&situation).map_err(Refusal::Asked)?;
        if wanted.is_empty() && situation.is_settled {
            let reviewed = Reviewed { revision: current, position: situation.current.info.position };
            return Ok(Changed { reviewed, added: Vec::new(), report: situation.current.report });
        }
        let planned = tokio::task::spawn_blocking(move || plan(situation, wanted, purpose));
        let planned = planned.await.map_err(|error| StoreError::Unavailable(error.into()))??;
        match dependencies.reviews.review(planned.change).await {
            Err(StoreError::Superseded { .. }) if expected.is_none() && attempt < ATTEMPTS_MAX => {
                attempt += 1
            }
            Err(error) => return Err(error.into()),
            Ok(reviewed) => return Ok(Changed { reviewed, added: planned.added, report: planned.report }),
        }
    }
}

pub(crate) async fn situation(
    dependencies: &Dependencies,
    report: ReportId,
    purpose: Purpose,
) -> Result<Situation, StoreError> {
    let at = ReadAt { purpose, as_of: None };
    let current = dependencies.reports.report(report, at).await?;
    let overlay = dependencies.reviews.overlay(report).await?;
    let revision = current.info.revision;
    let beneath = overlay.filter(|overlay| overlay.revision == revision && overlay.base != revision);
    let base = match beneath {
        Some(overlay) => dependencies.reports.report_revision(report, overlay.base, purpose).await?,
        None => current.clone(),
    };
    let reviews = dependencies.reviews.reviews(report, purpose).await?;
    let is_settled = overlay.is_some_and(|overlay| overlay.revision == revision);
    Ok(Situation { current, base, reviews, is_settled })
}

struct Planned {
    change: ReviewChange,
    added: Vec<NewReview>,
    report: gongkai_model::Report,
}

/// Works out what stands afterwards. Audits and packs, so it is work for a thread of its own.
fn plan(situation: Situation, wanted: Vec<Wanted>, purpose: Purpose) -> Result<Planned, StoreError> {
    let Situation { current, base, reviews, is_settled } = situation;
    let mut ended = Vec::new();
    let mut added = Vec::new();
    for wanted in wanted {
        match wanted {
            Wanted::Add(review) => added.push(review),
            Wanted::Withdraw(id) => ended.push((id, gongkai_store::EndCause::Withdrawn)),
        }
    }
    let kept = reviews.iter().filter(|review| review.end.is_none());
    let kept = kept.map(|review| &review.said).filter(|said| !ended.iter().any(|(id, _)| *id == said.id));
    let all: Vec<&NewReview> = kept.chain(&added).collect();
    let Standing { reviews: standing, ended: gone, corrected } = standing(&base.report, &all);
    let correction = match &corrected {
        None => Correction::None,
        // Said of, and not changed by, what is added.
        Some(corrected) if is_settled && corrected.figures == current.report.figures => Correction::Same,
        Some(corrected) => Correction::New(Box::new(NewRevision::pack(corrected)?)),
    };
    ended.extend(gone.iter().map(|(review, cause)| (review.id, *cause)));
    let change = ReviewChange {
        report: current.info.report,
        purpose,
        expected: current.info.revision,
        seen: last_review(&reviews),
        base: (!standing.is_empty()).then_some(base.info.revision),
        correction,
        added: added.clone(),
        ended,
    };
    Ok(Planned { change, added, report: corrected.unwrap_or(base.report) })
}
