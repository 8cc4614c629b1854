//! Looking after reviews: when another revision of a report becomes current, those that still fit are put over it, and the
//! others end.

use crate::Dependencies;
use crate::overlay::{Standing, standing};
use gongkai_model::{EndCause, Purpose, Report, ReportId, Review, ReviewId};
use gongkai_store::{
    Answered, Correction, NewRevision, ReadAt, ReviewChange, ReviewRequest, StoreError, StoredReport,
    StoredReview, last_review,
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often it is looked for reports that have changed beneath their reviews.
const INTERVAL: Duration = Duration::from_secs(1);
/// Reports that are looked after in one go.
const REPORTS_MAX: u32 = 256;
/// Attempts at one change: each finds that something else has become current, or was said, meanwhile.
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
        match change(dependencies, report, purpose, None, None, |_| Ok::<_, StoreError>(Vec::new())).await {
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
    pub(crate) reviews: Vec<StoredReview>,
    /// Whether the current revision is the one that follows from the reviews that stand.
    is_settled: bool,
}

/// What a change has come to.
pub(crate) struct Changed {
    /// The revision that is current now.
    pub(crate) revision: u32,
    /// The reviews that say what was wanted, those that said it before included, as they are kept.
    pub(crate) said: Vec<StoredReview>,
    /// The record afterwards.
    pub(crate) report: Report,
}

/// What is asked for.
pub(crate) enum Wanted {
    /// That a review stands. Where one of the same author says just that already, for the same reason, it does.
    Say(Review),
    /// That this review does not stand.
    Withdraw(ReviewId),
}

impl Changed {
    /// What a request had come to: the reviews as they were then, and the record of the revision that was current.
    async fn as_answered(
        dependencies: &Dependencies,
        report: ReportId,
        purpose: Purpose,
        answered: Answered,
    ) -> Result<Self, StoreError> {
        let Answered { revision, said: ids, position } = answered;
        let mut said = dependencies.reviews.reviews(report, purpose).await?;
        said.retain(|review| ids.contains(&review.said.id));
        for review in &mut said {
            review.end = review.end.filter(|end| end.position <= position);
        }
        let stored = dependencies.reports.report_revision(report, revision, purpose).await?;
        Ok(Self { revision, said, report: stored.report })
    }
}

/// Changes the reviews of a report. `wanted` decides on a situation; it is asked again when the situation has changed meanwhile,
/// unless that is a revision which is not `expected`. A request that is made again has the answer that it had.
pub(crate) async fn change<E>(
    dependencies: &Dependencies,
    report: ReportId,
    purpose: Purpose,
    expected: Option<u32>,
    request: Option<ReviewRequest>,
    wanted: impl Fn(&Situation) -> Result<Vec<Wanted>, E>,
) -> Result<Changed, Refusal<E>> {
    let known = match &request {
        Some(request) => dependencies.reviews.recall(request).await?,
        None => None,
    };
    if let Some(answered) = known {
        return Ok(Changed::as_answered(dependencies, report, purpose, answered).await?);
    }
    let mut attempt = 1;
    loop {
        let situation = situation(dependencies, report, purpose).await?;
        let current = situation.current.info.revision;
        if expected.is_some_and(|expected| expected != current) {
            return Err(StoreError::Superseded { report, current }.into());
        }
        let wanted = wanted(&situation).map_err(Refusal::Asked)?;
        let planned = tokio::task::spawn_blocking(move || plan(situation, wanted, purpose));
        let planned = planned.await.map_err(|error| StoreError::Unavailable(error.into()))??;
        let revision = match planned.change {
            None => current,
            Some(change) => {
                let request = request.clone().map(|request| (request, planned.said.clone()));
                match dependencies.reviews.review(ReviewChange { request, ..change }).await {
                    Err(StoreError::Superseded { .. }) if attempt < ATTEMPTS_MAX => {
                        attempt += 1;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                    Ok(reviewed) => reviewed.revision,
                }
            }
        };
        // What was noted counts: the same request may have been made at the same time.
        if let Some(request) = &request {
            let answered = dependencies.reviews.note(request, revision, planned.said).await?;
            return Ok(Changed::as_answered(dependencies, report, purpose, answered).await?);
        }
        let mut said = dependencies.reviews.reviews(report, purpose).await?;
        said.retain(|review| planned.said.contains(&review.said.id));
        return Ok(Changed { revision, said, report: planned.report });
    }
}

async fn situation(
    dependencies: &Dependencies,
    report: ReportId,
    purpose: Purpose,
) -> Result<Situation, StoreError> {
    let at = ReadAt { purpose, ..ReadAt::default() };
    let current = dependencies.reports.report(report, at).await?;
    let overlay = dependencies.reviews.overlay(report).await?;
    let revision = current.info.revision;
    let beneath = overlay.filter(|overlay| overlay.revision == revision && overlay.base != revision);
    let base = match beneath {
        Some(overlay) => dependencies.reports.report_revision(report, overlay.base, purpose).await?,
        None => current.clone(),
    };
    let reviews = dependencies.reviews.reviews(report, purpose).await?;
    let is_settled = match overlay {
        Some(overlay) => overlay.revision == revision,
        None => reviews.iter().all(|review| review.end.is_some()),
    };
    Ok(Situation { current, base, reviews, is_settled })
}

/// What has to be done for what is wanted.
struct Planned {
    /// None where everything is as it should be.
    change: Option<ReviewChange>,
    /// The reviews that say what was wanted.
    said: Vec<ReviewId>,
    report: Report,
}

/// Works out what stands afterwards. Audits and packs, so it is work for a thread of its own.
fn plan(situation: Situation, wanted: Vec<Wanted>, purpose: Purpose) -> Result<Planned, StoreError> {
    let Situation { current, base, reviews, is_settled } = situation;
    let standing_now = || reviews.iter().filter(|review| review.end.is_none()).map(|review| &review.said);
    let (mut added, mut ended, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for wanted in wanted {
        match wanted {
            Wanted::Say(review) => match standing_now().find(|known| says_the_same(known, &review)) {
                Some(known) => said.push(known.id),
                None => {
                    said.push(review.id);
                    added.push(review);
                }
            },
            Wanted::Withdraw(id) if standing_now().any(|known| known.id == id) => {
                ended.push((id, EndCause::Withdrawn));
            }
            Wanted::Withdraw(_) => {}
        }
    }
    if added.is_empty() && ended.is_empty() && is_settled {
        return Ok(Planned { change: None, said, report: current.report });
    }
    let kept = standing_now().filter(|known| !ended.iter().any(|(id, _)| *id == known.id));
    let all: Vec<&Review> = kept.chain(&added).collect();
    let Standing { reviews: standing, ended: gone, corrected } = standing(&base.report, &all);
    let correction = match &corrected {
        None => Correction::None,
        // Said of, and not changed by, what is added.
        Some(corrected) if is_settled && corrected.figures == current.report.figures => Correction::Same,
        Some(corrected) => Correction::New(Box::new(NewRevision::pack(corrected)?)),
    };
    let base_afterwards = (!standing.is_empty()).then_some(base.info.revision);
    ended.extend(gone.iter().map(|(review, cause)| (review.id, *cause)));
    let change = ReviewChange {
        report: current.info.report,
        purpose,
        expected: current.info.revision,
        seen: last_review(&reviews),
        added,
        ended,
        base: base_afterwards,
        correction,
        request: None,
    };
    Ok(Planned { change: Some(change), said, report: corrected.unwrap_or(base.report) })
}

/// Whether somebody says again what they have said, for the same reason.
fn says_the_same(one: &Review, other: &Review) -> bool {
    (&one.author, &one.note, &one.opinion) == (&other.author, &other.note, &other.opinion)
}
