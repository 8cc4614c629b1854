//! What has happened so far, for whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a queue has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that came about.
    pub connections: u64,
    /// Messages that the broker has confirmed.
    pub confirmed: u64,
    /// Messages that the broker would not take, because a queue is full.
    pub refused: u64,
    /// Messages that came back because no queue is bound for them.
    pub returned: u64,
    /// Messages of which nobody knows whether the broker has them.
    pub unknown: u64,
    /// Messages that came.
    pub received: u64,
    /// Of them, messages that may have come before.
    pub redelivered: u64,
    /// Messages that came and could not be read; they are put aside at the broker.
    pub unreadable: u64,
}

impl Counts {
    /// Each number with its name.
    pub fn by_name(self) -> [(&'static str, u64); 8] {
        let Self { connections, confirmed, refused, returned, unknown, received, redelivered, unreadable } =
            self;
        [
            ("connections", connections),
            ("confirmed", confirmed),
            ("refused", refused),
            ("returned", returned),
            ("unknown", unknown),
            ("received", received),
            ("redelivered", redelivered),
            ("unreadable", unreadable),
        ]
    }
}

/// One number of [`Counts`].
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where all parts of a queue count.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: Count,
    pub(crate) confirmed: Count,
    pub(crate) refused: Count,
    pub(crate) returned: Count,
    pub(crate) unknown: Count,
    pub(crate) received: Count,
    pub(crate) redelivered: Count,
    pub(crate) unreadable: Count,
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        Counts {
            connections: self.connections.get(),
            confirmed: self.confirmed.get(),
            refused: self.refused.get(),
            returned: self.returned.get(),
            unknown: self.unknown.get(),
            received: self.received.get(),
            redelivered: self.redelivered.get(),
            unreadable: self.unreadable.get(),
        }
    }
}
