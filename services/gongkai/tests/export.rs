//! `gongkai export`, and what stands in the file's place meanwhile.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::{Server, made_up, metadata};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn export(address: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gongkai"))
        .args(["export", "--server", address])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_file_is_put_in_its_place_when_it_is_whole() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let clients = server.clients().await;
    let submitted =
        futures::future::join_all((0..3).map(|seed| clients.submit(metadata("x.html"), made_up(seed)))).await;
    let names: Vec<String> = submitted.into_iter().map(|submission| submission.unwrap().name).collect();
    clients.ended(&names).await;

    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("received.csv");
    let keys = ["--keys", "requests.received.total,requests.granted.total"];
    let done = export(&server.address, folder.path(), &[&keys[..], &["-o", "received.csv"]].concat());
    assert!(done.status.success(), "{}", said(&done));
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(told.starts_with("received.csv: 6 rows of 3 reports, "), "{told}");
    let text = fs::read_to_string(&place).unwrap();
    assert_eq!(text.lines().count(), 7);
    assert!(text.starts_with("report,") && text.contains("requests.granted.total"));
    let names =
        || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names(), ["received.csv"]);

    // Refused: what was there stays, and nothing else is left behind.
    let refused = export(&server.address, folder.path(), &["--filter", "year =", "-o", "received.csv"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(said(&refused).contains("filter"), "{}", said(&refused));
    assert_eq!((fs::read_to_string(&place).unwrap(), names().len()), (text, 1));
    for (arguments, why) in [
        (&["-o", "figures"] as &[_], "--format"),
        (&["-o", "."], "folder"),
        (&["-o", "no/such/folder.csv"], "no/such"),
        (&["-o", "x.parquet", "--bom"], "--bom"),
    ] {
        let refused = export(&server.address, folder.path(), arguments);
        assert_eq!(refused.status.code(), Some(3), "{arguments:?}");
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }

    // In its place already is a file: it is replaced.
    let done = export(&server.address, folder.path(), &["--format", "parquet", "-o", "received.csv"]);
    assert!(done.status.success(), "{}", said(&done));
    let bytes = fs::read(&place).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    assert_eq!(names(), ["received.csv"]);

    let done = export(&server.address, folder.path(), &[&keys[..], &["-o", "for-people.xlsx"]].concat());
    assert!(done.status.success(), "{}", said(&done));
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(told.starts_with("for-people.xlsx: 6 rows of 3 reports, "), "{told}");
    assert!(fs::read(folder.path().join("for-people.xlsx")).unwrap().starts_with(b"PK"));
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = export("http://127.0.0.1:1", folder.path(), &["-o", "pipe.csv"]);
    assert!(said(&refused).contains("pipe.csv is no file"), "{}", said(&refused));
    assert_eq!(refused.status.code(), Some(3));
}

#[test]
fn an_export_that_is_interrupted_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    // A server that takes calls and never answers them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_gongkai"))
        .args(["export", "-o", "x.csv", "--server", &format!("http://{}", silent.local_addr().unwrap())])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _connection = silent.accept().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(3), "{}", said(&ended));
    assert!(said(&ended).contains("x.csv is as it was"), "{}", said(&ended));
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn without_a_server_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let failed = export("http://127.0.0.1:1", folder.path(), &["-o", "x.csv"]);
    assert_eq!(failed.status.code(), Some(3));
    assert!(said(&failed).contains("gongkai up"), "{}", said(&failed));
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}
