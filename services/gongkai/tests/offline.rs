//! The command line as its users meet it, where it needs no server.

#![allow(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A report with one table, in which a sum does not add up.
const REPORT: &str = "\
甲县2020年政府信息公开工作年度报告
一、总体情况
本年度工作如下。
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
行政复议\t行政诉讼
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t未经复议直接起诉\t复议后起诉
结果维持\t结果纠正\t其他结果\t尚未审结\t总计\t结果维持\t结果纠正\t其他结果\t尚未审结\t总计
1\t0\t0\t0\t2\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0
五、存在的主要问题及改进情况
六、其他需要报告的事项
甲县人民政府
2021年1月20日
";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn gongkai(arguments: &[&str]) -> Ran {
    ran(command(arguments).output().unwrap())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
    command.args(arguments).env_remove("GONGKAI_SERVER").env_remove("GONGKAI_LANG");
    command
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

fn records(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn parse_prints_a_line_for_each_file_in_order_and_goes_on_after_one_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), "1.txt", REPORT);
    let second = write(folder.path(), "2.txt", "");
    let third = write(folder.path(), "3.txt", "今天天气很好。");
    let gone = folder.path().join("4.txt");
    let last = write(folder.path(), "5.txt", REPORT);
    let ran = gongkai(&["parse", &first, &second, &third, gone.to_str().unwrap(), &last]);
    assert_eq!(ran.code, 1);
    let records = records(&ran.out);
    let paths: Vec<_> = records.iter().map(|record| record["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [&first, &second, &third, gone.to_str().unwrap(), &last]);
    let reasons: Vec<_> = records.iter().map(|record| record["error"]["reason"].clone()).collect();
    assert_eq!(
        reasons,
        [Value::Null, json!("EMPTY"), json!("NOT_A_REPORT"), json!("UNAVAILABLE"), Value::Null]
    );
    assert_eq!((&records[0]["year"], &records[0]["published"]), (&json!(2020), &json!("2021-01-20")));
}

#[test]
fn standard_input_is_not_added_to_a_batch_because_it_cannot_be_sent_again() {
    // Said before a server is asked: nothing listens on port 1 of the own machine.
    let server = ["--server", "http://127.0.0.1:1"];
    let ran = gongkai(&[&["submit", "--batch", "batches/1", "a.txt", "-"], &server[..]].concat());
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    assert!(ran.err.contains("standard input comes only once"), "{}", ran.err);
}

#[test]
fn parse_reads_standard_input_and_folders() {
    let mut child = command(&["parse", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(REPORT.as_bytes()).unwrap();
    let ran = ran(child.wait_with_output().unwrap());
    assert_eq!((ran.code, &records(&ran.out)[0]["path"]), (0, &json!("-")));

    let folder = tempfile::tempdir().unwrap();
    for name in ["b/2.txt", "b/1.txt", "a.txt"] {
        write(folder.path(), name, REPORT);
    }
    write(folder.path(), "a.json", "{}");
    let ran = gongkai(&["parse", folder.path().to_str().unwrap()]);
    let records = records(&ran.out);
    let names: Vec<_> = records
        .iter()
        .map(|record| {
            Path::new(record["path"].as_str().unwrap()).strip_prefix(folder.path()).unwrap().to_owned()
        })
        .collect();
    assert_eq!(names, ["a.txt", "b/1.txt", "b/2.txt"].map(PathBuf::from));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..100 {
        write(folder.path(), &format!("{number}.txt"), REPORT);
    }
    let path = folder.path().to_str().unwrap();
    let mut child = command(&["parse", path]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = ran(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn the_table_and_the_explanation_show_the_same_report_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "1.txt", REPORT);
    let table = gongkai(&["parse", "--format", "table", &path]);
    assert_eq!(table.code, 0);
    assert!(table.out.starts_with("甲县2020年政府信息公开工作年度报告\n"), "{}", table.out);
    assert!(!table.out.contains('\u{1b}'), "colours are for terminals");
    let explanation = gongkai(&["parse", "--explain", &path]);
    assert_eq!(explanation.code, 0);
    assert!(explanation.out.contains("text/plain, UTF-8"), "{}", explanation.out);
    let colored = gongkai(&["parse", "--format", "table", "--color", "always", &path]);
    assert!(colored.out.contains("\u{1b}["));
}

#[test]
fn check_prints_only_what_is_wrong_and_counts_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "1.txt", REPORT);
    let ran = gongkai(&["check", &path]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with(&format!("{path}  甲县")), "{}", ran.out);
    assert!(ran.out.lines().skip(1).all(|line| line.starts_with("  ")), "{}", ran.out);
    assert!(ran.err.contains("已检查 1 个文件、1 份报告"), "{}", ran.err);

    let empty = write(folder.path(), "2.txt", " \n");
    let ran = gongkai(&["check", "--lang", "en", &empty]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out, format!("{empty}\n  cannot be read  the document is empty\n"));
}

#[test]
fn every_label_of_the_samples_is_right() {
    for sample in fs::read_dir(samples()).unwrap() {
        let labels = sample.unwrap().path();
        if labels.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        for path in [labels.with_extension("txt"), labels] {
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        let ran = gongkai(&["eval", folder.path().to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.out);
        assert!(ran.out.contains("false certain 0, undetermined 0, missing 0"), "{}", ran.out);
        assert!(ran.out.contains("Everything compared is as labelled."), "{}", ran.out);
    }
}

#[test]
fn eval_tells_each_difference_with_its_place_and_keeps_rendered_documents_apart() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "1.txt", REPORT);
    write(folder.path(), "1.json", r#"{"year": 2019, "region": "甲县"}"#);
    write(folder.path(), "rendered/2.txt", REPORT);
    write(folder.path(), "rendered/2.json", r#"{"year": 2020}"#);
    write(folder.path(), "without-labels.txt", REPORT);
    let path = folder.path().to_str().unwrap();
    let ran = gongkai(&["eval", path]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("Real documents: 1\n") && ran.out.contains("Rendered documents: 1\n"));
    assert!(ran.out.contains("differs  year: expected 2019, got 2020"), "{}", ran.out);

    let ran = gongkai(&["eval", "--format", "json", path]);
    let evaluation: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &evaluation["real"]["metadata"]["year"]["right"]), (1, &json!(0)));
    assert_eq!(evaluation["rendered"]["metadata"]["year"]["right"], json!(1));
    assert_eq!(evaluation["documents"][0]["differences"][0]["what"], json!("year"));
}

#[test]
fn eval_of_a_folder_without_labels_could_not_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let ran = gongkai(&["eval", path]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("has no document NAME.* beside a NAME.json"), "{}", ran.err);
    write(folder.path(), "1.txt", REPORT);
    write(folder.path(), "1.json", "not labels");
    let ran = gongkai(&["eval", path]);
    assert!(ran.code == 3 && ran.err.contains("1.json are no labels"), "{}", ran.err);
}

#[test]
fn help_teaches_by_example_and_mistakes_are_told_apart_from_findings() {
    for command in ["parse", "check", "rules", "eval", "up", "submit", "report", "dead", "completions"] {
        let ran = gongkai(&[command, "--help"]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains(&format!("Examples:\n  gongkai {command}")), "{}", ran.out);
    }
    let ran = gongkai(&["--help"]);
    assert!(ran.out.contains("Exit codes:"), "{}", ran.out);
    assert_eq!(gongkai(&["parse"]).code, 2);
    assert_eq!(gongkai(&["prase", "x"]).code, 2);
}

#[test]
fn each_shell_gets_a_script_of_its_own() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = gongkai(&["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("gongkai") && ran.out.contains("findings"), "{shell}");
    }
}

#[test]
fn without_a_server_the_way_to_one_is_told() {
    let commands: [&[&str]; 4] =
        [&["report", "list"], &["dead", "list"], &["submit", "no-such-file.txt"], &["report", "show", "x"]];
    for arguments in commands {
        let ran = ran(command(arguments).args(["--server", "http://127.0.0.1:1"]).output().unwrap());
        assert_eq!(ran.code, 3, "{arguments:?}");
        assert!(ran.err.contains("start one with `gongkai up`"), "{}", ran.err);
    }
}
