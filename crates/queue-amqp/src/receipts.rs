//! What was delivered on a channel and what has become of it.
//!
//! The broker numbers the deliveries of a channel 1, 2, 3 … and takes an acknowledgement of one of them, or of all up to
//! one. It closes the channel on an acknowledgement of what is not open, and a late one of another channel would end a
//! delivery that has nothing to do with it. So nothing is passed on that is not known to be open here.

use gongkai_queue::DeliveryTag;
use std::collections::{BTreeSet, HashSet};

/// An acknowledgement to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) delivery: u64,
    /// Whether all deliveries before it are meant, too.
    pub(crate) with_all_before: bool,
}

/// The deliveries of one channel.
#[derive(Debug)]
pub(crate) struct Receipts {
    /// Which channel of the queue; no other one has the same.
    generation: u64,
    /// With a receiver.
    held: HashSet<u64>,
    /// Ended, and something before them is not.
    ended: BTreeSet<u64>,
    /// All up to this one are ended.
    ended_up_to: u64,
}

impl Receipts {
    pub(crate) fn new(generation: u64) -> Self {
        Self { generation, held: HashSet::new(), ended: BTreeSet::new(), ended_up_to: 0 }
    }

    /// A delivery goes to a receiver, under this tag.
    pub(crate) fn hold(&mut self, delivery: u64) -> DeliveryTag {
        self.held.insert(delivery);
        DeliveryTag { message: delivery, receipt: self.generation }
    }

    /// A delivery has ended otherwise than by an acknowledgement that goes through here.
    pub(crate) fn end(&mut self, delivery: u64) {
        self.held.remove(&delivery);
        self.ended.insert(delivery);
        self.advance();
    }

    /// Those of `tags` that are open; they are no longer.
    pub(crate) fn release(&mut self, tags: &[DeliveryTag]) -> Vec<u64> {
        let ours = tags.iter().filter(|tag| tag.receipt == self.generation);
        ours.map(|tag| tag.message).filter(|delivery| self.held.remove(delivery)).collect()
    }

    /// What to send so that exactly those of `tags` that are open are acknowledged, in as few words as possible.
    pub(crate) fn acknowledge(&mut self, tags: &[DeliveryTag]) -> Vec<Acknowledgement> {
        let mut fresh = self.release(tags);
        fresh.sort_unstable();
        self.ended.extend(&fresh);
        self.advance();
        // One word for all that now end without a gap; the last of them must be one that the broker still has open.
        let together = fresh.partition_point(|delivery| *delivery <= self.ended_up_to);
        let (run, alone) = fresh.split_at(together);
        let run = run.last().map(|last| Acknowledgement { delivery: *last, with_all_before: 1 < run.len() });
        let alone = alone.iter().map(|one| Acknowledgement { delivery: *one, with_all_before: false });
        run.into_iter().chain(alone).collect()
    }

    /// Whether no delivery is with a receiver.
    pub(crate) fn is_done(&self) -> bool {
        self.held.is_empty()
    }

    /// Deliveries that are with a receiver.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    fn advance(&mut self) {
        while let Some(first) = self.ended.first()
            && *first <= self.ended_up_to.saturating_add(1)
        {
            self.ended_up_to = self.ended_up_to.max(*first);
            self.ended.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(delivery: u64) -> Acknowledgement {
        Acknowledgement { delivery, with_all_before: false }
    }

    fn up_to(delivery: u64) -> Acknowledgement {
        Acknowledgement { delivery, with_all_before: true }
    }

    fn held(count: u64) -> (Receipts, Vec<DeliveryTag>) {
        let mut receipts = Receipts::new(7);
        let tags = (1..=count).map(|delivery| receipts.hold(delivery)).collect();
        (receipts, tags)
    }

    #[test]
    fn what_ends_without_a_gap_is_acknowledged_in_one_word() {
        let (mut receipts, tags) = held(5);
        assert_eq!(receipts.acknowledge(&tags[..1]), [one(1)]);
        assert_eq!(receipts.acknowledge(&[tags[2], tags[1]]), [up_to(3)]);
        assert_eq!(receipts.acknowledge(&tags[3..]), [up_to(5)]);
    }

    #[test]
    fn nothing_that_is_open_is_acknowledged_beside() {
        let (mut receipts, tags) = held(6);
        // 1 is still with a receiver, so 2 to 4 stand alone.
        assert_eq!(receipts.acknowledge(&tags[1..4]), [one(2), one(3), one(4)]);
        assert_eq!(receipts.acknowledge(&[tags[0], tags[5]]), [one(1), one(6)]);
        assert_eq!(receipts.acknowledge(&tags[4..5]), [one(5)]);
        assert_eq!(receipts.ended_up_to, 6);
        assert!(receipts.ended.is_empty() && receipts.held.is_empty());
    }

    #[test]
    fn a_delivery_that_no_receiver_has_seen_yet_is_a_gap() {
        let mut receipts = Receipts::new(1);
        // 1 waits in the client's buffer of another queue.
        let tags = [receipts.hold(2), receipts.hold(3)];
        assert_eq!(receipts.acknowledge(&tags), [one(2), one(3)]);
        let tag = receipts.hold(1);
        assert_eq!(receipts.acknowledge(&[tag]), [one(1)]);
        assert_eq!(receipts.ended_up_to, 3);
    }

    #[test]
    fn what_ended_otherwise_closes_a_gap_but_is_not_named() {
        let (mut receipts, tags) = held(4);
        assert_eq!(receipts.release(&tags[1..2]), [2]);
        receipts.end(2);
        // The broker has closed 2; naming 3 with all before it ends 1 and 3.
        assert_eq!(receipts.acknowledge(&[tags[0], tags[2]]), [up_to(3)]);
        receipts.end(4);
        assert_eq!(receipts.ended_up_to, 4);
        assert_eq!(receipts.acknowledge(&tags[3..]), []);
    }

    #[test]
    fn repeated_late_and_unknown_tags_change_nothing() {
        let (mut receipts, tags) = held(2);
        let strangers = [DeliveryTag { message: 1, receipt: 6 }, DeliveryTag { message: 9, receipt: 7 }];
        assert_eq!(receipts.acknowledge(&strangers), []);
        assert_eq!(receipts.release(&strangers), [0; 0]);
        assert_eq!(receipts.acknowledge(&[tags[0], tags[0]]), [one(1)]);
        assert_eq!(receipts.acknowledge(&tags[..1]), []);
        assert_eq!(receipts.release(&tags[..1]), [0; 0]);
        assert_eq!(receipts.acknowledge(&tags[1..]), [one(2)]);
    }

    /// A channel as the broker sees it: it closes on a word about what is not open.
    #[derive(Default)]
    struct Channel {
        delivered: u64,
        open: BTreeSet<u64>,
    }

    impl Channel {
        fn hear(&mut self, word: Acknowledgement) -> Vec<u64> {
            assert!(self.open.remove(&word.delivery), "{word:?} closes the channel");
            let mut ended = vec![word.delivery];
            if word.with_all_before {
                let later = self.open.split_off(&word.delivery);
                ended.extend(std::mem::replace(&mut self.open, later));
            }
            ended
        }
    }

    #[test]
    fn whatever_the_order_the_broker_ends_exactly_what_was_acknowledged() {
        let mut seed = 1u64;
        let mut chance = |bound: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % bound
        };
        for _ in 0..200 {
            let (mut receipts, mut channel) = (Receipts::new(1), Channel::default());
            let (mut unseen, mut tags) = (Vec::new(), Vec::<DeliveryTag>::new());
            for _ in 0..300 {
                match chance(6) {
                    0 | 1 => {
                        channel.delivered += 1;
                        channel.open.insert(channel.delivered);
                        unseen.push(channel.delivered);
                    }
                    2 | 3 if !unseen.is_empty() => {
                        let one = unseen.swap_remove(chance(unseen.len() as u64) as usize);
                        tags.push(receipts.hold(one));
                    }
                    // Any of all tags so far: open, late, and repeated ones.
                    4 if !tags.is_empty() => {
                        let some: Vec<_> =
                            (0..=chance(6)).map(|_| tags[chance(tags.len() as u64) as usize]).collect();
                        let mut wanted: Vec<_> = some
                            .iter()
                            .map(|tag| tag.message)
                            .filter(|one| channel.open.contains(one))
                            .collect();
                        wanted.sort_unstable();
                        wanted.dedup();
                        let words = receipts.acknowledge(&some);
                        let mut ended: Vec<_> =
                            words.into_iter().flat_map(|word| channel.hear(word)).collect();
                        ended.sort_unstable();
                        assert_eq!(ended, wanted);
                    }
                    5 if !tags.is_empty() => {
                        let tag = tags[chance(tags.len() as u64) as usize];
                        for delivery in receipts.release(&[tag]) {
                            receipts.end(delivery);
                            assert!(channel.open.remove(&delivery));
                        }
                    }
                    _ => {}
                }
            }
            assert_eq!(receipts.is_done(), channel.open.len() == unseen.len());
        }
    }
}
