//! `gongkai report copies` as its users meet it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::{Server, made_up};
use serde_json::Value;
use std::process::Output;
use std::time::{Duration, Instant};

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The words at the bytes of a document that a passage names, without markup and white space.
fn standing_at(source: &[u8], bytes: &Value) -> String {
    let place = |index: usize| usize::try_from(bytes[index].as_u64().unwrap()).unwrap();
    let mut is_markup = false;
    let words = std::str::from_utf8(&source[place(0)..place(1)]).unwrap().chars().filter(|it| {
        is_markup = *it == '<' || is_markup && *it != '>';
        !is_markup && *it != '>' && !it.is_whitespace()
    });
    words.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_with_the_same_words_are_told_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let sources = [made_up(1), made_up(2)];
    for (number, source) in sources.iter().enumerate() {
        let file = folder.path().join(format!("{number}.html"));
        std::fs::write(&file, source).unwrap();
        text(&server.gongkai(&["submit", file.to_str().unwrap()]));
    }
    let names = text(&server.gongkai(&["report", "list", "--format", "names"]));
    let [one, two] = names.lines().collect::<Vec<_>>()[..] else { panic!("{names}") };
    let begin = Instant::now();
    let told: Value = loop {
        let told = text(&server.gongkai(&["report", "copies", "--format", "json", one]));
        let told: Value = serde_json::from_str(&told).unwrap();
        if told["copies"].as_array().is_some_and(|copies| !copies.is_empty()) {
            break told;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((&told["name"], &told["complete"]), (&Value::from(one), &Value::from(true)));
    assert_eq!(
        (&told["copies"][0]["name"], told["copies"].as_array().unwrap().len()),
        (&Value::from(two), 1)
    );
    assert_eq!(told["copies"][0]["kind"], "OTHER_BODY");
    let passages = told["copies"][0]["passages"].as_array().unwrap();
    assert!(!passages.is_empty());
    for passage in passages {
        for (side, source) in ["own", "other"].into_iter().zip(&sources) {
            let words: String =
                passage[side]["text"].as_str().unwrap().chars().filter(|it| !it.is_whitespace()).collect();
            assert_eq!(standing_at(source, &passage[side]["bytes"]), words);
        }
    }
    let shown = text(&server.gongkai(&["report", "copies", "--with", two, one, "--lang", "en"]));
    assert!(shown.contains("another body") && shown.contains("1 reports with the same words"), "{shown}");
    assert!(shown.contains("differs:"), "{shown}");
    let itself = server.gongkai(&["report", "copies", "--with", one, one, "--lang", "en"]);
    assert!(!itself.status.success(), "{itself:?}");
}
