//! `gongkai search` as its users meet it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::Server;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_found_by_its_words_and_shown_with_its_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let file = std::fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path());
    let file =
        file.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).min().unwrap();
    let source = std::fs::read(&file).unwrap();
    // Nothing is said of what is there where nothing could be looked at.
    let early = server.gongkai(&["search", "公开", "--lang", "en"]);
    let told = String::from_utf8(early.stderr.clone()).unwrap();
    assert!(early.status.code() == Some(3) && text(&early).is_empty(), "{early:?}");
    assert!(told.contains("there is no index to search yet"), "{told}");
    assert!(server.gongkai(&["submit", file.to_str().unwrap()]).status.success());
    let begin = Instant::now();
    let found = loop {
        let found = server.gongkai(&["search", "--format", "json", "主動公開 政府信息"]);
        if found.status.success() {
            break found;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{found:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let found: serde_json::Value = serde_json::from_str(&text(&found)).unwrap();
    let passages = found["passages"].as_array().unwrap();
    assert!((1..=3).contains(&passages.len()), "{found}");
    let pieces = passages.iter().flat_map(|passage| passage["pieces"].as_array().unwrap());
    let mut hits = 0;
    for piece in pieces.filter(|piece| piece["hit"] == true) {
        let place = |index: usize| usize::try_from(piece["bytes"][index].as_u64().unwrap()).unwrap();
        assert_eq!(&source[place(0)..place(1)], piece["text"].as_str().unwrap().as_bytes());
        hits += 1;
    }
    assert!(0 < hits);
    let name = found["name"].as_str().unwrap();
    assert_eq!(
        text(&server.gongkai(&["search", "主动公开", "政府信息", "--format", "names"])),
        format!("{name}\n")
    );
    let shown = text(&server.gongkai(&["search", "主动公开", "--passages", "1"]));
    assert!(
        shown.contains(name) && shown.contains("【主动公开】") && shown.ends_with("1 份报告\n"),
        "{shown}"
    );
    let nothing = server.gongkai(&["search", "主动公开 -政府信息", "--lang", "en"]);
    assert_eq!((nothing.status.code(), text(&nothing).as_str()), (Some(1), "0 reports\n"));
    let wrong = server.gongkai(&["search", "公开 (政府"]);
    assert_eq!(wrong.status.code(), Some(3));
    let complaint = String::from_utf8(wrong.stderr).unwrap();
    assert!(
        complaint.contains("query: column 4: the parenthesis that opens here is not closed"),
        "{complaint}"
    );
    assert!(server.stop().await.success());
}
