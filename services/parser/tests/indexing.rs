//! The index of searches, kept behind what is read.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

use async_trait::async_trait;
use gongkai_copies::Fingerprint;
use gongkai_parser::{Activity, keep_index};
use gongkai_store::{Indexed, PageRequest, ReadAt, Search, SearchPage, SearchQuery, Sharing, StoreError};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Answers as it was told to, and notes when it was asked.
struct Answering {
    answers: Mutex<VecDeque<Result<Indexed, StoreError>>>,
    asked: Mutex<Vec<Instant>>,
    stop: CancellationToken,
}

#[async_trait]
impl Search for Answering {
    async fn search(&self, _query: &SearchQuery, _page: &PageRequest) -> Result<SearchPage, StoreError> {
        panic!("nobody searches")
    }

    async fn sharing(&self, _fingerprints: &[Fingerprint], _at: ReadAt) -> Result<Sharing, StoreError> {
        panic!("nobody asks for copies")
    }

    async fn index(&self, limit: u32) -> Result<Indexed, StoreError> {
        assert!(0 < limit);
        self.asked.lock().unwrap().push(Instant::now());
        // It takes its time.
        tokio::time::sleep(Duration::from_millis(30)).await;
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| {
            self.stop.cancel();
            Ok(Indexed { changes: 0, is_overtaken: false, behind: 0, damaged: 0 })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn it_rests_as_long_as_it_works_and_leaves_the_work_to_whoever_is_ahead() {
    let indexed = |changes, is_overtaken| Ok(Indexed { changes, is_overtaken, behind: 7, damaged: 1 });
    let unavailable = Err(StoreError::Unavailable("the server is away".into()));
    let answers = [indexed(64, false), indexed(3, false), indexed(0, false), indexed(0, true), unavailable];
    let stop = CancellationToken::new();
    let search =
        Answering { answers: Mutex::new(answers.into()), asked: Mutex::default(), stop: stop.clone() };
    keep_index(&search, &Activity::default(), &stop).await;
    let asked = search.asked.lock().unwrap();
    let between: Vec<u128> = asked.windows(2).map(|two| (two[1] - two[0]).as_millis()).collect();
    let [much, little, nothing, overtaken, failed] = between[..] else { panic!("{between:?}") };
    assert_eq!((much / 10, little / 10), (6, 6), "it rests as long as it works");
    assert!((500..1000).contains(&nothing), "{nothing}");
    assert!(10_000 <= overtaken && 10_000 <= failed, "{overtaken} {failed}");
}
