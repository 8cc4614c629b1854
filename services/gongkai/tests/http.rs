//! What `docs/http.md` says of JSON over HTTP, done in its order against a server; and what only a whole server shows.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::{Server, command};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands between what one example prints and what the next one does.
const MARK: &str = "=== next ===";
/// Stands for any text.
const ANYTHING: &str = "…";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The examples of a page, each with what it is said to print.
fn examples(page: &str) -> Vec<(String, Value)> {
    let mut examples = Vec::new();
    let mut blocks = page.split("```").skip(1).step_by(2);
    while let Some(block) = blocks.next() {
        if let Some(commands) = block.strip_prefix("sh\n") {
            let printed = blocks.next().and_then(|block| block.strip_prefix("json\n"));
            let printed = printed.unwrap_or_else(|| panic!("nothing is said to be printed by {commands}"));
            let printed = serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
            examples.push((commands.to_owned(), printed));
        }
    }
    examples
}

/// Whether `got` is as it was said, where more may be said than that.
fn is_as_said(said: &Value, got: &Value) -> bool {
    match (said, got) {
        (Value::String(said), Value::String(_)) if said == ANYTHING => true,
        (Value::Object(said), Value::Object(got)) => {
            said.iter().all(|(name, said)| got.get(name).is_some_and(|got| is_as_said(said, got)))
        }
        (Value::Array(said), Value::Array(got)) => {
            said.len() == got.len() && said.iter().zip(got).all(|(said, got)| is_as_said(said, got))
        }
        _ => said == got,
    }
}

#[test]
fn every_example_of_the_page_does_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let page = fs::read_to_string(root().join("docs/http.md")).unwrap();
    let examples = examples(&page);
    assert!(5 < examples.len());
    let commands: Vec<&str> = examples.iter().map(|(commands, _)| commands.as_str()).collect();
    let script = commands.join(&format!("\necho; echo '{MARK}'\n"));
    assert!(script.contains("http://127.0.0.1:7411"));
    let script = script.replace("http://127.0.0.1:7411", &server.address);
    let output =
        Command::new("bash").args(["-euo", "pipefail", "-c", &script]).current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let printed: Vec<&str> = printed.split(MARK).collect();
    assert_eq!(printed.len(), examples.len(), "{printed:?}");
    for ((commands, said), printed) in examples.iter().zip(printed) {
        let got =
            serde_json::from_str(printed).unwrap_or_else(|error| panic!("{commands}: {error}: {printed}"));
        assert!(is_as_said(said, &got), "{commands}\nsaid: {said}\ngot:  {got}");
    }
}

#[test]
fn what_takes_a_stream_is_refused_in_json_and_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    for method in ["IngestService/UploadDocument", "BatchService/UploadBatch"] {
        let output = Command::new("curl")
            .args(["-sS", "-H", "content-type: application/json", "-d", "{}", "-w", "\n%{http_code}"])
            .arg(format!("{}/gongkai.v1.{method}", server.address))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let (error, status) = printed.rsplit_once('\n').unwrap();
        let error: Value = serde_json::from_str(error).unwrap();
        assert_eq!((status, error["code"].as_str()), ("501", Some("unimplemented")), "{method}");
        assert_eq!(error["details"][0]["debug"]["reason"], "METHOD_NEEDS_GRPC", "{method}");
    }
}

#[test]
fn pages_of_origins_that_were_allowed_may_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = command(folder.path());
    up.args(["--allow-origin", "https://example.org,http://localhost:8080"]);
    let server = Server::run(up);
    for (origin, status) in
        [("https://example.org", "200"), ("http://localhost:8080", "200"), ("https://example.com", "403")]
    {
        let output = Command::new("curl")
            .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-d", "{}"])
            .args(["-H", "content-type: application/json", "-H", &format!("origin: {origin}")])
            .arg(format!("{}/gongkai.v1.QueryService/ListReports", server.address))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), status, "{origin}");
    }
}
