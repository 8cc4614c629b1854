//! Faults on demand, compiled in for tests of what happens then (feature `failpoints`); the product has none of this.
//!
//! Every stage that a document passes has a point before and one after it. They lie around the seams, so that neither
//! services nor engines know of them: *before* means that nothing has been done yet, *after* that it is done and nobody
//! has heard. `GONGKAI_FAILPOINTS` says what happens where, as rules with semicolons between them:
//!
//! ```text
//! apply.after=abort@3        the process dies when the third outcomes are stored
//! publish.before=error@1-5   the first five messages do not leave
//! deliver.after=delay:800    each delivery comes 800 ms late
//! ```

mod poison;
mod seams;

use anyhow::{Context, anyhow, bail};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tracing::warn;

/// The environment variable with the rules.
const RULES: &str = "GONGKAI_FAILPOINTS";
/// How many seconds the reading of one document may take, so that a test need not wait for a minute.
const PATIENCE: &str = "GONGKAI_FAILPOINTS_PATIENCE_S";

/// What a document passes, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Document, submission and outbox are committed.
    Commit,
    /// What is due is read from the outbox.
    Claim,
    /// A message goes to the queue; *after* is when the queue has confirmed it.
    Publish,
    /// That it was confirmed is written into the outbox.
    Confirm,
    /// The queue delivers.
    Deliver,
    /// An attempt begins, and is counted.
    Begin,
    /// A document is read from the store.
    Read,
    /// What came of attempts is stored.
    Apply,
    /// A delivery is acknowledged.
    Acknowledge,
}

const STAGES: [(&str, Stage); 9] = [
    ("commit", Stage::Commit),
    ("claim", Stage::Claim),
    ("publish", Stage::Publish),
    ("confirm", Stage::Confirm),
    ("deliver", Stage::Deliver),
    ("begin", Stage::Begin),
    ("read", Stage::Read),
    ("apply", Stage::Apply),
    ("acknowledge", Stage::Acknowledge),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// The stage fails, in a way that may pass.
    Error,
    /// The task that is there panics.
    Panic,
    /// The process ends as by a crash.
    Abort,
    /// Everything takes longer.
    Delay(Duration),
}

/// What happens at a point, and which times that it is passed.
#[derive(Debug)]
struct Rule {
    stage: Stage,
    side: Side,
    action: Action,
    when: RangeInclusive<u64>,
    passed: AtomicU64,
}

/// A failure that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("failpoint {stage:?} {side:?}")]
struct Fault {
    stage: Stage,
    side: Side,
}

/// All rules of this process.
#[derive(Debug, Default)]
pub(crate) struct Failpoints(Vec<Rule>);

impl Failpoints {
    /// The rules in the environment.
    ///
    /// # Errors
    ///
    /// A rule that means nothing: a test that asks for no fault proves nothing.
    pub(crate) fn from_environment() -> anyhow::Result<Arc<Self>> {
        let rules = std::env::var(RULES).unwrap_or_default();
        let points = rules.parse().with_context(|| format!("{RULES}={rules}"))?;
        Ok(Arc::new(points))
    }

    /// Ingest with its points around it.
    pub(crate) fn around_ingest(
        self: &Arc<Self>,
        ingest: gongkai_ingest::Dependencies,
    ) -> gongkai_ingest::Dependencies {
        gongkai_ingest::Dependencies {
            intake: Arc::new(self.around(ingest.intake)),
            outbox: Arc::new(self.around(ingest.outbox)),
            queue: Arc::new(self.around(ingest.queue)),
            ..ingest
        }
    }

    /// The parser with its points around it, and with a reader that documents can put out of order.
    ///
    /// # Errors
    ///
    /// A patience in the environment that is no number.
    pub(crate) fn around_parser(
        self: &Arc<Self>,
        parser: gongkai_parser::Dependencies,
        mut settings: gongkai_parser::Settings,
    ) -> anyhow::Result<(gongkai_parser::Dependencies, gongkai_parser::Settings)> {
        if let Ok(seconds) = std::env::var(PATIENCE) {
            let seconds = seconds.parse().with_context(|| format!("{PATIENCE}={seconds}"))?;
            settings.document_patience = Duration::from_secs(seconds);
        }
        let parser = gongkai_parser::Dependencies {
            queue: Arc::new(self.around(parser.queue)),
            ledger: Arc::new(self.around(parser.ledger)),
            documents: Arc::new(self.around(parser.documents)),
            pipeline: poison::around(parser.pipeline, settings.document_patience),
            ..parser
        };
        Ok((parser, settings))
    }

    fn around<T: ?Sized>(self: &Arc<Self>, inner: Arc<T>) -> seams::Around<T> {
        seams::Around { inner, points: self.clone() }
    }

    async fn pass(&self, stage: Stage, side: Side) -> Result<(), Fault> {
        for rule in self.0.iter().filter(|rule| rule.stage == stage && rule.side == side) {
            let time = rule.passed.fetch_add(1, Ordering::Relaxed) + 1;
            if !rule.when.contains(&time) {
                continue;
            }
            warn!("failpoint {stage:?} {side:?}, pass {time}: {:?}", rule.action);
            match rule.action {
                Action::Error => return Err(Fault { stage, side }),
                #[allow(clippy::panic, reason = "it is what was asked for")]
                Action::Panic => panic!("failpoint {stage:?} {side:?}"),
                Action::Abort => std::process::abort(),
                Action::Delay(time) => tokio::time::sleep(time).await,
            }
        }
        Ok(())
    }
}

impl FromStr for Failpoints {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty());
        Ok(Self(rules.map(str::parse).collect::<anyhow::Result<_>>()?))
    }
}

impl FromStr for Rule {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let no_rule = || anyhow!("{text} is not of the form STAGE.SIDE=ACTION@TIMES");
        let (point, what) = text.split_once('=').ok_or_else(no_rule)?;
        let (stage, side) = point.split_once('.').ok_or_else(no_rule)?;
        let stage = STAGES.iter().find(|(name, _)| *name == stage);
        let (_, stage) = stage.with_context(|| format!("{text} names no stage"))?;
        let side = match side {
            "before" => Side::Before,
            "after" => Side::After,
            _ => bail!("{text} is neither before nor after its stage"),
        };
        let (action, when) = what.split_once('@').map_or((what, None), |(action, when)| (action, Some(when)));
        let action = match (action, action.strip_prefix("delay:")) {
            ("error", _) => Action::Error,
            ("panic", _) => Action::Panic,
            ("abort", _) => Action::Abort,
            (_, Some(millis)) => Action::Delay(Duration::from_millis(millis.parse().with_context(no_rule)?)),
            _ => bail!("{text} names no action"),
        };
        let when = match when {
            None => 1..=u64::MAX,
            Some(times) => {
                let (first, last) = times.split_once('-').unwrap_or((times, times));
                first.parse().with_context(no_rule)?..=last.parse().with_context(no_rule)?
            }
        };
        if *when.start() == 0 || when.is_empty() {
            bail!("{text} never happens; times are counted from 1");
        }
        Ok(Self { stage: *stage, side, action, when, passed: AtomicU64::new(0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_point_fails_at_the_times_that_its_rule_names_and_at_no_other() {
        let points: Failpoints = "apply.after=error@2-3; read.before=error".parse().unwrap();
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(points.pass(Stage::Apply, Side::After).await.is_err());
        }
        assert_eq!(told, [false, true, true, false]);
        assert!(points.pass(Stage::Apply, Side::Before).await.is_ok());
        assert!(points.pass(Stage::Read, Side::Before).await.is_err());
    }

    #[test]
    fn a_rule_that_means_nothing_is_refused() {
        for rule in ["apply", "apply.after", "eat.after=error", "apply.within=error", "apply.after=burn"] {
            assert!(rule.parse::<Failpoints>().is_err(), "{rule}");
        }
        for rule in ["apply.after=error@0", "apply.after=error@3-2", "apply.after=delay:x"] {
            assert!(rule.parse::<Failpoints>().is_err(), "{rule}");
        }
        assert!("".parse::<Failpoints>().unwrap().0.is_empty());
    }
}
