//! `gongkai stats` as its users meet it: a question to many reports is answered by the command line alone.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::Server;
use gongkai_model::{FormId, Value};
use gongkai_regions::{Code, children};
use gongkai_testkit::{
    Encoding, Entry, Extent, Record, RecordOptions, RenderOptions, Rendering, Rng, Wording,
};
use std::fs;
use std::path::Path;
use std::process::Command;

const YEAR: u16 = 2020;
const LEAST: i64 = 20;

/// What requests may come to besides being granted.
const OUTCOMES: [&str; 6] = [
    "partly_granted",
    "denied.state_secret",
    "denied.third_party",
    "denied.internal_affairs",
    "denied.process_information",
    "unavailable.not_held",
];

/// Writes reports with made-up figures on that year, of the counties of a prefecture, and tells what they say.
fn write_reports(folder: &Path) -> Vec<(String, Record)> {
    let prefecture = Code::parse("530900").unwrap();
    let counties: Vec<&str> = children(prefecture, YEAR).map(|division| division.name()).collect();
    assert_eq!(counties.len(), 8);
    let random = |seed| Record::random(FormId::Form2019, seed, RecordOptions::CONSISTENT);
    let is_fit = |record: &Record| {
        let subject = &record.about.subject;
        record.about.year == YEAR && (subject.is_empty() || subject.ends_with("人民政府"))
    };
    let records = (0..).map(random).filter(is_fit);
    let mut rng = Rng::new(20);
    let reports = counties.into_iter().zip(records);
    reports
        .map(|(county, mut record)| {
            fill(&mut record, &mut rng);
            let options = RenderOptions { seed: 7, extent: Extent::Whole, wording: Wording::Official };
            let mut rendered = Rendering::Html.render(&record, options);
            rendered.text = rendered.text.replace(&record.about.region, county);
            fs::write(folder.join(format!("{county}.html")), rendered.bytes(Encoding::Utf8)).unwrap();
            (county.to_owned(), record)
        })
        .collect()
}

/// Some dozens of requests, all from natural persons.
fn fill(record: &mut Record, rng: &mut Rng) {
    let form = record.form;
    for (cell, entry) in form.cells.iter().zip(&mut record.entries) {
        if cell.key.starts_with("requests.") {
            *entry = Entry::count(0);
        }
    }
    let mut set = |row: &str, count: u64| {
        for column in ["natural_person", "total"] {
            let cell = form.cell_index(&format!("requests.{row}.{column}")).unwrap();
            record.entries[cell] = Entry::count(i64::try_from(count).unwrap());
        }
    };
    let granted = rng.below(30);
    let others = OUTCOMES.map(|_| rng.below(3) * rng.below(6));
    OUTCOMES.iter().zip(others).for_each(|(row, count)| set(row, count));
    set("granted", granted);
    let concluded = granted + others.iter().sum::<u64>();
    set("concluded", concluded);
    set("received", concluded);
}

fn total(record: &Record, row: &str) -> i64 {
    match record.entry(&format!("requests.{row}.total")).unwrap().value {
        Some(Value::Count(count)) => count,
        other => panic!("{row}: {other:?}"),
    }
}

fn gongkai(server: &Server, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gongkai"))
        .args(arguments)
        .env("GONGKAI_SERVER", &server.address)
        .env_remove("GONGKAI_LANG")
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code().unwrap();
    assert!(code < 2, "{arguments:?}: {err}");
    (code, String::from_utf8(output.stdout).unwrap())
}

fn write_lines(folder: &Path, lines: &[&str]) -> String {
    let path = folder.join("lines.txt");
    fs::write(&path, lines.join("\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn who_granted_least_and_on_what_grounds_the_rest_was_denied_is_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let (data, documents) = (folder.path().join("data"), folder.path().join("reports"));
    fs::create_dir(&documents).unwrap();
    let reports = write_reports(&documents);
    let server = Server::start(&data);
    gongkai(&server, &["submit", documents.to_str().unwrap()]);

    let filter = r#"year = 2020 region.within("530000")"#;
    let question = [
        "stats",
        "aggregate",
        "--filter",
        filter,
        "--rank",
        "county",
        "--kind",
        "government",
        "--by",
        "subject",
        "--measure",
        "grant_rate.concluded",
        "--measure",
        "denial_rate.concluded",
        "--measure",
        "denial_share.*",
        "--order-by",
        "grant_rate.concluded",
        "--minimum",
        "20",
    ];
    let (_, json) = gongkai(&server, &[&question[..], &["--format", "json"]].concat());
    let lines: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    let mut expected: Vec<(&str, i64, i64)> = reports
        .iter()
        .map(|(county, record)| (county.as_str(), total(record, "granted"), total(record, "concluded")))
        .filter(|(_, _, concluded)| LEAST <= *concluded)
        .collect();
    // As fractions: a/b < c/d where ad < cb.
    expected.sort_by(|(_, a, b), (_, c, d)| (a * d).cmp(&(c * b)));
    assert!(2 < expected.len() && expected.len() < reports.len(), "{expected:?}");
    assert_eq!(lines[0]["summary"]["groups_below_minimum"], reports.len() - expected.len());
    assert_eq!(lines.len() - 1, expected.len());
    for (line, (county, granted, concluded)) in lines[1..].iter().zip(&expected) {
        assert_eq!(line["region"]["name"], *county);
        let (measures, record) =
            (&line["measures"], &reports.iter().find(|(name, _)| name == county).unwrap().1);
        assert_eq!(measures[0]["numerator"], granted.to_string());
        assert_eq!(measures[0]["denominator"], concluded.to_string());
        let mut denied = 0;
        for share in measures.as_array().unwrap().iter().skip(2) {
            let ground = share["measure"].as_str().unwrap().strip_prefix("denial_share.").unwrap();
            let count = total(record, &format!("denied.{ground}"));
            assert_eq!(share["numerator"], count.to_string());
            denied += count;
        }
        assert_eq!(measures[1]["numerator"], denied.to_string());
    }

    // What the rate of one of them is made of, from its formula to the cell in the document.
    let (least, granted, concluded) = expected[0];
    let one = format!("year = 2020 region = {least} subject.rank = COUNTY subject.kind = GOVERNMENT");
    let explain = ["stats", "explain", "--measure", "grant_rate.concluded", "--filter", &one];
    let (_, told) = gongkai(&server, &[&explain[..], &["--lang", "en"]].concat());
    assert!(told.contains("2019: (requests.granted.total) ÷ (requests.concluded.total)"), "{told}");
    assert!(told.contains(&format!("{granted} ÷ {concluded} = ")) && told.contains("COUNTED"), "{told}");
    let (_, told) = gongkai(&server, &[&explain[..], &["--format", "json"]].concat());
    let told: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told[1]["group"]["measures"][0]["numerator"], granted.to_string());
    assert_eq!((told.len(), &told[2]["numerator"]), (3, &serde_json::json!(granted.to_string())));
    let (revision, key) = (told[2]["report"].as_str().unwrap(), told[2]["terms"][0]["key"].as_str().unwrap());
    let (_, figure) = gongkai(&server, &["report", "explain", revision, key, "--format", "json"]);
    assert!(figure.contains(&format!("\"{granted}\"")), "{figure}");
    let (_, told) = gongkai(&server, &[&explain[..], &["--format", "csv"]].concat());
    assert_eq!(told.lines().count(), 1 + 2, "{told}");
    let (_, ordered) = gongkai(
        &server,
        &["report", "list", "--order-by", "region.code desc, year", "--filter", filter, "--format", "names"],
    );
    assert_eq!(ordered.lines().count(), reports.len());

    let (_, table) = gongkai(&server, &[&question[..], &["--limit", "2", "--lang", "en"]].concat());
    assert!(table.contains(expected[0].0) && table.contains(expected[1].0), "{table}");
    assert!(!table.contains(expected[2].0), "{table}");
    if std::env::var_os("GONGKAI_SHOW").is_some() {
        eprintln!("{}", gongkai(&server, &question).1);
        eprintln!("{}", gongkai(&server, &[&question[..], &["--lang", "en"]].concat()).1);
    }
}

#[test]
fn rows_come_as_csv_with_a_state_for_each_and_measures_explain_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let samples: Vec<String> = e2e::samples().iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    let submit: Vec<&str> = ["submit"].into_iter().chain(samples.iter().map(String::as_str)).collect();
    gongkai(&server, &submit);
    let rows = |arguments: &[&str]| -> Vec<Vec<String>> {
        let (_, out) = gongkai(&server, &[&["stats", "figures", "--format", "csv"], arguments].concat());
        out.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    // Four of the samples have tables.
    let key = "requests.granted.total";
    let found = rows(&["--key", key]);
    assert_eq!(found.len(), 1 + 4);
    let place = |name: &str| found[0].iter().position(|column| column == name).unwrap();
    for row in &found[1..] {
        assert_eq!(row.len(), found[0].len());
        assert_eq!(row[place("key")], key);
        assert_eq!(row[place("value")].is_empty(), row[place("state")] != "NUMBER", "{row:?}");
    }
    assert!(found[1..].iter().any(|row| row[place("state")] == "BLANK"));
    assert_eq!(rows(&["--key", key, "--limit", "2"]).len(), 1 + 2);
    assert_eq!(rows(&["--key", "requests.denied.*.total", "--filter", "year = 2019"]).len(), 1 + 2 * 8);

    // What is printed is what an export writes, to the byte: also the words of sentences.
    let all = ["--source", "table", "--source", "statement"];
    let (_, printed) = gongkai(&server, &[&["stats", "figures", "--format", "csv"], &all[..]].concat());
    let file = folder.path().join("all.csv");
    gongkai(&server, &[&["export", "-o", file.to_str().unwrap()], &all[..]].concat());
    assert_eq!(printed, fs::read_to_string(&file).unwrap());
    assert!(printed.contains(",STATEMENT,") && printed.contains(",TABLE,"));
    let (_, objects) = gongkai(&server, &["stats", "figures", "--format", "json", "--key", key]);
    let object: serde_json::Value = serde_json::from_str(objects.lines().next().unwrap()).unwrap();
    assert_eq!(object["key"], key);
    assert_eq!(object["value"].is_null(), object["state"] != "NUMBER");
    assert!(object["year"].is_number() && object["approximate"].is_boolean(), "{object}");

    let (_, measures) = gongkai(&server, &["stats", "measures", "--lang", "en"]);
    assert!(
        measures.contains("2019, 2021: (requests.granted.total) / (requests.concluded.total)"),
        "{measures}"
    );
    let (_, breaks) = gongkai(&server, &["stats", "breaks", "--format", "json"]);
    assert_eq!(breaks.lines().count(), gongkai_forms::breaks().len());

    // A blank is not known, unless it is to be taken for a zero; and what is missing is named.
    let expected = write_lines(folder.path(), &["620723", "620724"]);
    let asked = [
        "stats",
        "aggregate",
        "--by",
        "county",
        "--filter",
        "region.within(\"620000\")",
        "--key",
        "requests.carried_over.total",
        "--expected",
        &expected,
        "--lang",
        "en",
    ];
    let (_, strict) = gongkai(&server, &asked);
    assert!(
        strict.contains("?\n") && strict.contains("1 of 2 expected bodies are there; missing: 620724"),
        "{strict}"
    );
    let (_, lenient) = gongkai(&server, &[&asked[..], &["--blank-as-zero"]].concat());
    assert!(lenient.contains("blanks that were taken for zeros: 1") && !lenient.contains('?'), "{lenient}");

    // A county is no unit of another: the tables do not agree, and the exit code says so.
    let (_, names) = gongkai(&server, &["report", "list", "--format", "names", "--filter", "year = 2020"]);
    let names: Vec<&str> = names.lines().collect();
    let (code, out) = gongkai(&server, &["stats", "roll-up", names[0], "--unit", names[1], "--lang", "en"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("1 units (WHOLE_AREA), 0 reports left out"), "{out}");
}
