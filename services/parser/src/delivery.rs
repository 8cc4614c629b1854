//! A delivery is worked off in portions, by several at once, and acknowledged when the last portion is done.

use gongkai_model::{SubmissionId, TraceContext};
use gongkai_queue::{Delivery, DeliveryTag, Queue};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tracing::warn;

/// Part of a delivery.
pub(crate) struct Portion {
    pub(crate) submissions: Vec<SubmissionId>,
    /// The trace that the work on its one submission continues, where its message told of one.
    pub(crate) trace: Option<TraceContext>,
    delivery: Arc<Open>,
}

/// A delivery that is not acknowledged yet.
struct Open {
    tag: DeliveryTag,
    portions_left: AtomicUsize,
    /// Whether something was not even begun, so that it has to come again.
    comes_again: AtomicBool,
}

impl Portion {
    /// Cuts a delivery into portions of at most `size`.
    pub(crate) fn cut(delivery: &Delivery, size: usize) -> Vec<Self> {
        let portions = delivery.message.submissions().chunks(size);
        let open = Arc::new(Open {
            tag: delivery.tag,
            portions_left: AtomicUsize::new(portions.len()),
            comes_again: AtomicBool::new(false),
        });
        let trace = match delivery.message.submissions() {
            [_] => delivery.message.trace.clone(),
            _ => None,
        };
        portions
            .map(|ids| Self { submissions: ids.to_vec(), trace: trace.clone(), delivery: open.clone() })
            .collect()
    }

    /// The portion was worked off: whatever came of it stands in the ledger.
    pub(crate) async fn done(&self, queue: &dyn Queue) {
        self.delivery.end_portion(queue).await;
    }

    /// The portion was not begun, and has to come again.
    pub(crate) async fn give_back(&self, queue: &dyn Queue) {
        self.delivery.comes_again.store(true, Ordering::Relaxed);
        self.delivery.end_portion(queue).await;
    }
}

impl Open {
    async fn end_portion(&self, queue: &dyn Queue) {
        // The last one sees what all others have said.
        if 1 < self.portions_left.fetch_sub(1, Ordering::AcqRel) {
            return;
        }
        let tags = [self.tag];
        let ended = match self.comes_again.load(Ordering::Relaxed) {
            true => queue.hand_back(&tags).await,
            false => queue.acknowledge(&tags).await,
        };
        if let Err(error) = ended {
            // It comes again by itself, and changes nothing then.
            warn!(error = &error as &dyn std::error::Error, "a delivery cannot be acknowledged");
        }
    }
}
