//! The command line as its users meet it, with a server of its own on a free port.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails in a test fails the test")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far more than anything here takes; only a server that hangs reaches it.
const DEADLINE: Duration = Duration::from_secs(120);

/// `gongkai up` over an empty folder.
struct Server {
    process: Process,
    address: String,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (process, address) = up(folder.path());
        Self { process, address, folder }
    }

    /// Ends the process at once, as a crash would, and starts it again over the same folder.
    fn crash_and_restart(&mut self) {
        self.process.end();
        (self.process, self.address) = up(self.folder.path());
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_gongkai"))
            .args(arguments)
            .env("GONGKAI_SERVER", &self.address)
            .env_remove("GONGKAI_LANG")
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Names of all reports.
    fn reports(&self) -> Vec<String> {
        let ran = self.run(&["report", "list", "--format", "names"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.lines().map(str::to_owned).collect()
    }
}

/// A process that does not outlive its test.
struct Process(Child);

impl Process {
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the server, and waits until it says where it listens.
fn up(folder: &Path) -> (Process, String) {
    let log = folder.join("log");
    let append = || File::options().create(true).append(true).open(&log).unwrap();
    // What an earlier process said is not what this one says.
    let said_before = fs::read_to_string(&log).unwrap_or_default().len();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
    command
        .args(["up", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .stdout(append())
        .stderr(append());
    let process = Process(command.spawn().unwrap());
    let begin = Instant::now();
    loop {
        let said = fs::read_to_string(&log).unwrap();
        if let Some((_, rest)) = said[said_before..].split_once("listening on ")
            && let Some((address, _)) = rest.split_once(char::is_whitespace)
        {
            return (process, address.to_owned());
        }
        assert!(begin.elapsed() < DEADLINE, "the server did not start: {said}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut samples: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    samples.sort();
    samples
}

fn texts(paths: &[PathBuf]) -> Vec<&str> {
    paths.iter().map(|path| path.to_str().unwrap()).collect()
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Records by their year and subject, without what names their origin.
fn records(out: &str) -> BTreeMap<String, Value> {
    let mut records = BTreeMap::new();
    for line in out.lines() {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record.as_object_mut().unwrap().remove("path");
        records.insert(format!("{} {}", record["year"], record["subject"]), record);
    }
    records
}

#[test]
fn what_was_submitted_comes_out_as_what_is_parsed() {
    let server = Server::start();
    let samples = samples();
    let ran = server.run(&[&["submit"], texts(&samples).as_slice()].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.ends_with(&format!("{0} accepted, {0} done\n", samples.len())), "{}", ran.out);

    let names = server.reports();
    assert_eq!(names.len(), samples.len());
    let stored: String = names
        .iter()
        .map(|name| {
            let ran = server.run(&["report", "show", "--format", "json", name]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        })
        .collect();
    let parsed = server.run(&[&["parse"], texts(&samples).as_slice()].concat());
    assert_eq!(records(&stored), records(&parsed.out));

    let table = server.run(&["report", "show", &names[0]]);
    assert!(table.out.contains(&names[0]) && table.out.contains("年度 / Year"), "{}", table.out);
    let bare = names[0].strip_prefix("reports/").unwrap();
    assert_eq!(server.run(&["report", "show", bare]).out, table.out);
    let findings = server.run(&["report", "findings", &names[0]]);
    assert!(findings.out.starts_with(&names[0]), "{}", findings.out);
}

#[test]
fn a_list_is_filtered_and_a_filter_that_makes_no_sense_is_explained() {
    let server = Server::start();
    let samples = samples();
    server.run(&[&["submit"], texts(&samples).as_slice()].concat());
    let parsed = records(&server.run(&[&["parse"], texts(&samples).as_slice()].concat()).out);
    let year = &parsed.values().next().unwrap()["year"];
    let expected = parsed.values().filter(|record| record["year"] == *year).count();
    let ran = server.run(&["report", "list", "--format", "json", "--filter", &format!("year = {year}")]);
    assert_eq!(ran.out.lines().count(), expected, "{}{}", ran.out, ran.err);
    assert_eq!(server.run(&["report", "list", "--format", "names", "--limit", "1"]).out.lines().count(), 1);

    let ran = server.run(&["report", "list", "--limit", "1"]);
    assert!(ran.out.ends_with("1 份报告，还有更多：见 --limit 和 --filter\n"), "{}", ran.out);

    let ran = server.run(&["report", "list", "--filter", "yeer = 2020"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("the server refused"), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_is_told_with_its_reason_and_counts() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "1.txt", fs::read(&samples()[0]).unwrap());
    let other = write(folder.path(), "2.txt", "今天天气很好。\n");
    let gone = folder.path().join("3.txt");
    let ran = server.run(&["submit", &good, &other, gone.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    let line = |file: &str| ran.out.lines().find(|line| line.starts_with(file)).unwrap_or_default();
    assert!(line(&good).contains("DONE") && line(&good).contains("reports/"), "{}", ran.out);
    assert!(line(&other).contains("REJECTED") && line(&other).contains("NOT_A_REPORT"), "{}", ran.out);
    assert!(line(gone.to_str().unwrap()).contains("REFUSED"), "{}", ran.out);
    assert!(ran.out.ends_with("2 accepted, 1 done, 1 rejected, 1 refused\n"), "{}", ran.out);

    assert_eq!(server.run(&["dead", "list"]).out, "none\n");
    let ran = server.run(&["dead", "show", "submissions/00000000-0000-7000-8000-000000000000"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert_eq!(server.run(&["dead", "replay", "--all", "--dry-run"]).code, 0);
}

#[test]
fn the_same_file_again_is_no_other_report_and_a_draft_never_shows() {
    let server = Server::start();
    let samples = samples();
    let first = samples[0].to_str().unwrap();
    for _ in 0..2 {
        assert_eq!(server.run(&["submit", first]).code, 0);
    }
    let names = server.reports();
    assert_eq!(names.len(), 1);
    let draft = server.run(&["submit", "--draft", samples[1].to_str().unwrap()]);
    assert_eq!(draft.code, 0, "{}{}", draft.out, draft.err);
    assert_eq!(server.reports(), names);
}

#[test]
fn a_file_of_several_messages_arrives_whole_and_folders_are_walked() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let mut large = fs::read_to_string(&samples()[0]).unwrap();
    large.push_str(&"附件说明。\n".repeat(200_000));
    assert!(2_000_000 < large.len());
    write(folder.path(), "large.txt", &large);
    write(folder.path(), "small.txt", fs::read(&samples()[1]).unwrap());
    let ran = server.run(&["submit", folder.path().to_str().unwrap()]);
    assert!(ran.code == 0 && ran.out.ends_with("2 accepted, 2 done\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_was_accepted_is_read_although_the_server_crashed() {
    let mut server = Server::start();
    let samples = samples();
    let ran = server.run(&[&["submit", "--no-wait"], texts(&samples).as_slice()].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    server.crash_and_restart();
    let begin = Instant::now();
    while server.reports().len() < samples.len() {
        assert!(begin.elapsed() < DEADLINE, "{} of {} are there", server.reports().len(), samples.len());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn whether_a_server_is_ready_is_told_by_the_exit_code() {
    let server = Server::start();
    for arguments in [&["ready"][..], &["ready", "gongkai.v1.QueryService", "gongkai.parser"]] {
        let ran = server.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (0, "ready\n"), "{}", ran.err);
    }
    let ran = server.run(&["ready", "gongkai.nothing"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, "gongkai.nothing is not ready\n"));
    // Port 1 of the own machine: nothing listens there.
    let ran = server.run(&["ready", "--wait", "1", "--server", "http://127.0.0.1:1"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
}

/// The name of the batch in what `gongkai submit` says.
fn batch(ran: &Ran) -> String {
    ran.out.lines().find(|line| line.starts_with("batches/")).unwrap_or_default().to_owned()
}

#[test]
fn what_was_sent_together_is_told_of_together() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().join("reports");
    fs::create_dir(&reports).unwrap();
    for (number, sample) in samples().iter().enumerate() {
        fs::copy(sample, reports.join(format!("{number}.txt"))).unwrap();
    }
    write(&reports, "weather.txt", "今天天气很好。\n");
    write(&reports, "empty.txt", "");
    let sent = samples().len();
    let folder = reports.to_str().unwrap();
    let ran = server.run(&["submit", folder]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let counts = format!("{} accepted, {sent} done, 1 rejected, 1 refused\n", sent + 1);
    assert!(ran.out.ends_with(&counts), "{}", ran.out);
    let batch = batch(&ran);
    assert!(!batch.is_empty(), "{}", ran.out);
    assert_eq!(server.run(&["batch", "list", "--format", "names"]).out, format!("{batch}\n"));
    assert!(server.run(&["batch", "list"]).out.contains(folder));

    let shown = server.run(&["batch", "show", "--wait", &batch]);
    for part in
        ["ended", &format!("done      {sent}"), "rejected  1", "refused   1", "open      0", "a second"]
    {
        assert!(shown.out.contains(part), "{part}: {}{}", shown.out, shown.err);
    }
    let json: Value = serde_json::from_str(&server.run(&["batch", "show", "--json", &batch]).out).unwrap();
    assert_eq!((&json["progress"]["done"], &json["progress"]["open"]), (&Value::from(sent), &Value::from(0)));
    let failed = server.run(&["batch", "items", "--failed", &batch]).out;
    assert_eq!(failed.lines().count(), 3, "{failed}");
    assert!(failed.contains("empty.txt") && failed.contains("REFUSED   EMPTY"), "{failed}");
    assert!(failed.contains("weather.txt") && failed.contains("NOT_A_REPORT"), "{failed}");
    let all = server.run(&["batch", "items", "--format", "json", &batch]).out;
    assert_eq!(all.lines().count(), sent + 2);
    assert_eq!(server.run(&["batch", "retry", &batch]).out, "0 are tried again\n");

    // Gone on with: nothing is sent twice, and what was mended is taken.
    write(&reports, "empty.txt", fs::read(&samples()[0]).unwrap());
    let ran = server.run(&["submit", "--batch", &batch, folder]);
    let counts = format!("{} accepted, {} done, 1 rejected\n", sent + 2, sent + 1);
    assert!(ran.out.ends_with(&counts), "{}{}", ran.out, ran.err);
    assert_eq!(server.run(&["batch", "list", "--format", "names"]).out, format!("{batch}\n"));
    // A file that is another one now does not take the place of what was sent.
    write(&reports, "0.txt", "今天天气很好。\n");
    let ran = server.run(&["submit", "--batch", &batch, folder]);
    assert!(ran.code == 1 && ran.out.contains("was used before for another item"), "{}", ran.out);
    let gone = server.run(&["batch", "show", "batches/00000000-0000-7000-8000-000000000000"]);
    assert_eq!(gone.code, 3, "{}", gone.err);
}

#[cfg(unix)]
#[test]
fn files_whose_names_no_server_takes_are_sent_each_by_itself() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    for name in ["b#1.txt", "b%231.txt", "c\u{1}.txt", "c\u{2}.txt"] {
        write(folder.path(), name, format!("今天天气很好：{name}\n"));
    }
    let folder = folder.path().to_str().unwrap();
    let ran = server.run(&["submit", folder]);
    assert!(ran.out.ends_with("4 accepted, 4 rejected\n"), "{}{}", ran.out, ran.err);
    let ran = server.run(&["submit", "--batch", &batch(&ran), folder]);
    assert!(ran.out.ends_with("4 accepted, 4 rejected\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn an_archive_is_as_good_as_the_files_in_it() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("reports.zip");
    let mut archive = zip::ZipWriter::new(File::create(&zip).unwrap());
    for sample in samples() {
        let name = format!("2020/{}", sample.file_name().unwrap().to_str().unwrap());
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, &fs::read(&sample).unwrap()).unwrap();
    }
    archive.start_file("inner.zip", zip::write::SimpleFileOptions::default()).unwrap();
    archive.finish().unwrap();
    let ran = server.run(&["submit", zip.to_str().unwrap()]);
    let count = samples().len();
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.ends_with(&format!("{count} accepted, {count} done, 1 refused\n")), "{}", ran.out);
    assert!(
        ran.out.contains(&format!("#{}", count + 1)) && ran.out.contains("NESTED_ARCHIVE"),
        "{}",
        ran.out
    );
    assert_eq!(server.reports().len(), count);
    let no_archive = write(folder.path(), "no.tar.gz", "x");
    let ran = server.run(&["submit", &no_archive]);
    assert!(ran.code == 1 && ran.out.contains("NOT_AN_ARCHIVE"), "{}{}", ran.out, ran.err);
}

#[test]
fn how_a_report_changes_is_listed_compared_and_followed() {
    let server = Server::start();
    let texts = samples().into_iter().map(|path| fs::read_to_string(path).unwrap());
    let text = { texts }.find(|text| text.contains("\t0\t0\t")).unwrap();
    let digit = text.rfind("0\t").unwrap();
    let changed = format!("{}7{}", &text[..digit], &text[digit + 1..]);
    for (name, content) in [("one.txt", &text), ("two.txt", &changed)] {
        let path = server.folder.path().join(name);
        fs::write(&path, content).unwrap();
        assert_eq!(server.run(&["submit", path.to_str().unwrap()]).code, 0);
    }
    let [name] = server.reports().try_into().unwrap();
    let json =
        |ran: Ran| ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    let history = json(server.run(&["report", "history", "--format", "json", &name]));
    let causes: Vec<_> = history.iter().map(|revision| revision["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["RECEIVED", "REPUBLISHED"]);

    let diff = server.run(&["report", "diff", "--format", "json", &name]);
    assert_eq!(diff.code, 1, "like diff, where something differs");
    let diff = json(diff).remove(0);
    let figures = diff["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 1, "{figures:?}");
    assert_eq!((&figures[0]["before"]["value"], &figures[0]["after"]["value"]), (&"0".into(), &"7".into()));
    assert!(server.run(&["report", "diff", &name]).out.contains('→'));
    let same = server.run(&["report", "diff", "--base", "2", "--target", "2", &name]);
    assert_eq!(same.code, 0, "{}", same.err);

    let changes = json(server.run(&["report", "watch", "--after", "0", "--limit", "2", "--format", "json"]));
    let kinds: Vec<_> = changes.iter().map(|change| change["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["NEW", "REVISED"]);
    let ahead = server.run(&["report", "watch", "--after", "4711000", "--limit", "1"]);
    assert_eq!(ahead.code, 3, "{}", ahead.out);
    assert!(ahead.err.contains("has never been at 4711000"), "{}", ahead.err);
}
