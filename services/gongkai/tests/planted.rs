//! Two thousand made-up reports with mistakes that were put into them, beside the real ones: through a whole server every
//! mistake is found and nothing besides, and what is added up equals a plain calculation over what was written.
//!
//! GONGKAI_PLANTED_REPORTS asks for another number of reports.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::Server;
use gongkai_model::{Date, FormId, State, Unit, Value};
use gongkai_testkit::{
    About, Encoding, Entry, Extent, Part, Record, RecordOptions, RenderOptions, Rendering, Rng, Wording,
};
use gongkai_wire::v1;
use gongkai_wire::v1::batch_item::Outcome;
use gongkai_wire::v1::batch_service_client::BatchServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const YEAR: u16 = 2021;
const DEPARTMENTS: [&str; 4] = ["水利局", "财政局", "教育体育局", "自然资源局"];
const RENDERINGS: [Rendering; 3] = [Rendering::Html, Rendering::Pipes, Rendering::Tabs];
const APPLICANTS: [&str; 6] =
    ["natural_person", "business", "research", "public_interest", "legal_service", "other_org"];
/// Rules that are identities of the form.
const IDENTITIES: [&str; 4] = ["requests.balance", "requests.outcomes", "requests.applicants", "reviews.sum"];

/// A report that was made up, and what has to be found in it.
struct Planted {
    county: String,
    /// None for the report of the government on the whole county.
    department: Option<&'static str>,
    record: Record,
    rendering: Rendering,
    /// Names of findings that fail: rule and subject.
    failing: BTreeSet<String>,
}

/// A name that no county has.
fn county(number: usize) -> String {
    const FIRST: [&str; 4] = ["东", "西", "南", "北"];
    const STEMS: [&str; 10] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];
    const BRANCHES: [&str; 12] = ["子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥"];
    let (stem, branch) = (STEMS[number % 10], BRANCHES[number / 10 % 12]);
    format!("{}{stem}{branch}县", FIRST[number / 120 % 4])
}

/// Numbers of which every identity holds and each means something.
fn set_numbers(record: &mut Record, rng: &mut Rng) {
    let form = record.form;
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    let of_requests = |key: &str| Some(key.strip_prefix("requests.")?.strip_suffix(".total")?.to_owned());
    let rows: Vec<String> = form.cells.iter().filter_map(|cell| of_requests(&cell.key)).collect();
    let whole = ["received", "carried_over", "concluded", "carried_forward"];
    for column in APPLICANTS {
        let mut done = 0;
        for row in rows.iter().filter(|row| !whole.contains(&row.as_str())) {
            let count = if rng.chance(20) { rng.between(1, 6) as i64 } else { 0 };
            counts.insert(format!("requests.{row}.{column}"), count);
            done += count;
        }
        let over = rng.below(3) as i64;
        let forward = if done < over { over } else { rng.below(3) as i64 };
        counts.insert(format!("requests.concluded.{column}"), done);
        counts.insert(format!("requests.carried_forward.{column}"), forward);
        let over = over.min(done + forward);
        counts.insert(format!("requests.carried_over.{column}"), over);
        counts.insert(format!("requests.received.{column}"), done + forward - over);
    }
    for row in &rows {
        let total = APPLICANTS.iter().map(|column| counts[&format!("requests.{row}.{column}")]).sum();
        counts.insert(format!("requests.{row}.total"), total);
    }
    for (cell, entry) in form.cells.iter().zip(&mut record.entries) {
        let count = match counts.get(&*cell.key) {
            Some(count) => *count,
            // Neither a county nor its departments may make regulations.
            None if cell.key.starts_with("disclosure.regulations") || cell.key.starts_with("reviews.") => 0,
            None if cell.key.ends_with(".in_force") => 9,
            None if cell.key.starts_with("disclosure.normative_documents") => 2,
            None => rng.between(1, 40) as i64,
        };
        *entry = Entry::count(count);
        if cell.unit == Unit::Yuan {
            // The header says that the column is in ten thousands.
            entry.value = Some(Value::Amount(Decimal::from(10_000 * count)));
        }
    }
}

/// A report in which nothing is wrong.
fn in_order(county: &str, department: Option<&str>, rng: &mut Rng) -> Record {
    let mut record = Record::random(FormId::Form2021, rng.below(1 << 40), RecordOptions::CONSISTENT);
    set_numbers(&mut record, rng);
    let subject = match department {
        Some(department) => format!("{county}{department}"),
        None => format!("{county}人民政府"),
    };
    let covers = match department {
        Some(_) => "本报告所列数据为本机关数据。",
        None => "本报告综合全县各乡镇、各部门政府信息公开工作年度报告编制，所列数据为全县汇总数据。",
    };
    let preamble = format!(
        "根据《中华人民共和国政府信息公开条例》（国务院令第711号）和《国务院办公厅政府信息与政务公开办公室关于印发〈中华人民共和国\
         政府信息公开工作年度报告格式〉的通知》（国办公开办函〔2021〕30号）要求，编制本报告。{covers}"
    );
    let text = |section: &str| match section {
        "overview" => vec!["坚持以公开为常态、不公开为例外，做好政府信息公开工作。".to_owned()],
        "problems" => vec![
            "存在的主要问题：一是部分栏目更新不够及时；二是政策解读形式单一。".to_owned(),
            "改进措施：一是加强培训，提高业务水平；二是丰富解读形式。".to_owned(),
        ],
        "other" => vec!["本年度未收取信息处理费，没有其他需要报告的事项。".to_owned()],
        _ => Vec::new(),
    };
    let parts = ["一", "二", "三", "四", "五", "六"].iter().zip(&record.form.sections);
    let parts = parts.map(|(numeral, section)| Part {
        heading: format!("{numeral}、{}", section.headings[0]),
        paragraphs: text(&section.id),
        table: record.form.tables.iter().position(|table| table.id == section.id),
    });
    record.about = About {
        year: YEAR,
        title: format!("{subject}{YEAR}年政府信息公开工作年度报告"),
        region: county.to_owned(),
        subject: subject.clone(),
        issuer: subject,
        published: Date::new(YEAR + 1, 1, 20).ok(),
        preamble: vec![preamble],
        parts: parts.collect(),
        facts: Vec::new(),
    };
    record
}

/// Names what is wrong with rows that count something and have a blank for their total.
fn rows_without_total(record: &Record) -> Vec<String> {
    let row = |key: &str| Some(key.strip_prefix("requests.")?.strip_suffix(".total")?.to_owned());
    let counts = |key: &str| record.entry(key).unwrap().value.is_some_and(|it| !it.decimal().is_zero());
    let rows = record.form.cells.iter().filter_map(|cell| row(&cell.key));
    rows.filter(|row| record.entry(&format!("requests.{row}.total")).unwrap().state == State::Blank)
        .filter(|row| APPLICANTS.iter().any(|column| counts(&format!("requests.{row}.{column}"))))
        .map(|row| format!("requests.parts_without_total.{row}"))
        .collect()
}

/// Puts something wrong into a report, or nothing.
fn plant(county: String, department: Option<&'static str>, rng: &mut Rng) -> Planted {
    let mut record = in_order(&county, department, rng);
    let mut failing = BTreeSet::new();
    match rng.below(11) {
        0..4 => {}
        kind @ 4..7 => {
            for _ in 0..=(kind / 6) {
                record.plant_mistake(rng);
            }
            failing.extend(record.broken_identities());
        }
        7 => {
            // A blank is nothing wrong, but what it stands in cannot be assessed; and a row that counts something wants
            // its total.
            for _ in 0..2 {
                let identity = rng.pick(&record.form.identities);
                let cells: Vec<usize> = identity.terms().collect();
                let cell = *rng.pick(&cells);
                record.entries[cell] = Entry::blank();
            }
            failing.extend(rows_without_total(&record));
        }
        8 => {
            let received = record.entry("requests.received.total").unwrap().value.unwrap().decimal();
            let sentence = format!("{YEAR}年，共收到政府信息公开申请{}件。", received + Decimal::ONE);
            record.about.parts[0].paragraphs.push(sentence);
            failing.insert("narrative.requests.requests.received".to_owned());
        }
        9 => {
            let key = "disclosure.licensing.decisions";
            let cell = record.form.cell_index(key).unwrap();
            record.entries[cell] = Entry::count(-3);
            failing.insert(format!("figures.negative.{key}"));
        }
        _ => {
            let cell = record.form.cell_index("disclosure.regulations.in_force").unwrap();
            record.entries[cell] = Entry::count(2);
            failing.insert("regulations.competence.regulations".to_owned());
        }
    }
    let mut rendering = *rng.pick(&RENDERINGS);
    if record.entries.iter().any(|entry| entry.state == State::Blank) {
        // In text alone, an empty cell at the edge of a row may as well be none.
        rendering = Rendering::Html;
    }
    Planted { county, department, record, rendering, failing }
}

impl Planted {
    fn bytes(&self) -> (Vec<u8>, &'static str) {
        let options = RenderOptions { seed: 1, extent: Extent::Whole, wording: Wording::Official };
        let rendered = self.rendering.render(&self.record, options);
        (rendered.bytes(Encoding::Utf8), if self.rendering.is_html() { "html" } else { "txt" })
    }

    /// What a cell counts; none where it is no number.
    fn number(&self, key: &str) -> Option<Decimal> {
        self.record.entry(key).unwrap().value.map(Value::decimal)
    }

    /// Names of the identities of which a term is no number.
    fn open(&self) -> BTreeSet<String> {
        let is_open = |identity: &&gongkai_forms::Identity| {
            identity.terms().any(|cell| self.record.entries[cell].state != State::Number)
        };
        self.record.form.identities.iter().filter(is_open).map(gongkai_forms::Identity::name).collect()
    }
}

/// Sends files and folders, waits until they are read, and gives the report of each file by the file's name.
async fn submit(server: &Server, paths: &[PathBuf]) -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_gongkai"))
        .args(["submit", "--server", &server.address])
        .args(paths)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let batch = said.split_whitespace().find(|word| word.starts_with("batches/")).unwrap();
    let mut batches = BatchServiceClient::new(server.clients().await.channel);
    let mut request =
        v1::ListBatchItemsRequest { name: batch.to_owned(), page_size: 1000, ..Default::default() };
    let mut reports = BTreeMap::new();
    loop {
        let page = batches.list_batch_items(request.clone()).await.unwrap().into_inner();
        for item in page.items {
            let Some(Outcome::Submission(submission)) = item.outcome else { panic!("{item:?}") };
            let [result] = submission.reports.as_slice() else { panic!("{submission:?}") };
            let name = Path::new(&item.key).file_name().unwrap().to_str().unwrap().to_owned();
            assert!(reports.insert(name, result.report.clone()).is_none());
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return reports;
        }
    }
}

/// The names of all findings that a request lists, by report.
async fn findings(
    server: &Server,
    mut request: v1::ListFindingsRequest,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut query = server.clients().await.query;
    request.page_size = 1000;
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    loop {
        let page = query.list_findings(request.clone()).await.unwrap().into_inner();
        for row in page.findings {
            let finding = row.finding.unwrap();
            let name = match &*finding.subject {
                "" => finding.rule,
                subject => format!("{}.{subject}", finding.rule),
            };
            assert!(found.entry(row.report).or_default().insert(name), "a finding is listed twice");
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return found;
        }
    }
}

/// What `reports` have in one cell: the sum of the numbers, and whether all are numbers.
fn sum(reports: &[&Planted], key: &str) -> (Decimal, bool) {
    let numbers: Vec<Decimal> = reports.iter().filter_map(|it| it.number(key)).collect();
    (numbers.iter().sum(), numbers.len() == reports.len())
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_mistake_is_found_and_no_work_is_counted_twice() {
    let count: usize = std::env::var("GONGKAI_PLANTED_REPORTS").map_or(2000, |count| count.parse().unwrap());
    let counties = count / (1 + DEPARTMENTS.len());
    assert!((1..=480).contains(&counties), "there are no names for so many counties");
    let mut rng = Rng::new(20);
    let mut planted = Vec::new();
    for number in 0..counties {
        for department in std::iter::once(None).chain(DEPARTMENTS.map(Some)) {
            planted.push(plant(county(number), department, &mut rng));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let documents = folder.path().join("documents");
    fs::create_dir(&documents).unwrap();
    let mut names = Vec::new();
    for (number, it) in planted.iter().enumerate() {
        let (bytes, extension) = it.bytes();
        names.push(format!("{number:05}.{extension}"));
        fs::write(documents.join(&names[number]), bytes).unwrap();
    }

    let server = Server::start(&folder.path().join("data"));
    let reports = submit(&server, &[documents]).await;
    assert_eq!(reports.len(), planted.len(), "each is a report of its own");
    let by_report: BTreeMap<&str, &Planted> =
        names.iter().zip(&planted).map(|(name, it)| (reports[name].as_str(), it)).collect();
    assert_eq!(by_report.len(), planted.len());

    // What is wrong is found, and nothing besides.
    let failing = v1::ListFindingsRequest {
        outcome: v1::Outcome::Fails.into(),
        severity_min: v1::Severity::Warning.into(),
        ..Default::default()
    };
    let found = findings(&server, failing.clone()).await;
    let expected = by_report.iter().filter(|(_, it)| !it.failing.is_empty());
    let expected: BTreeMap<String, BTreeSet<String>> =
        expected.map(|(report, it)| ((*report).to_owned(), it.failing.clone())).collect();
    assert_same(&found, &expected);
    for rule in IDENTITIES {
        let request = v1::ListFindingsRequest {
            rule: rule.to_owned(),
            outcome: v1::Outcome::NotAssessable.into(),
            ..Default::default()
        };
        let mut expected = BTreeMap::new();
        for (report, it) in &by_report {
            let mut open = it.open();
            open.retain(|name| name.starts_with(rule));
            if !open.is_empty() {
                expected.insert((*report).to_owned(), open);
            }
        }
        assert_same(&findings(&server, request).await, &expected);
    }

    roll_ups_equal_a_plain_calculation(&server, &by_report).await;
    scopes_are_never_added_together(&server, &planted).await;

    // The labels of the real reports say which of their sums are wrong.
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let files = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|it| it == "txt")).collect();
    let read = submit(&server, &files).await;
    assert_eq!(read.len(), 5);
    let found = findings(&server, failing).await;
    for (file, report) in read {
        let labels = fs::read(corpus.join(file).with_extension("json")).unwrap();
        let labels: serde_json::Value = serde_json::from_slice(&labels).unwrap();
        let wrong = labels["identities"].as_object().unwrap().iter().filter(|(_, it)| *it == "fails");
        let wrong: BTreeSet<String> = wrong.map(|(name, _)| name.clone()).collect();
        let mut said = found.get(&report).cloned().unwrap_or_default();
        said.retain(|name| IDENTITIES.iter().any(|rule| name.starts_with(rule)) && !name.contains("_within"));
        assert_eq!(said, wrong, "{report}");
    }
}

/// Compares report by report, so that a difference can be read.
fn assert_same(found: &BTreeMap<String, BTreeSet<String>>, expected: &BTreeMap<String, BTreeSet<String>>) {
    assert!(!expected.is_empty(), "so few reports that nothing is planted prove nothing");
    let reports: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let differs = |report: &&&String| found.get(**report) != expected.get(**report);
    let told = |report: &&String| {
        format!("{report}: found {:?}, expected {:?}", found.get(*report), expected.get(*report))
    };
    let differences: Vec<String> = reports.iter().filter(differs).map(told).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

async fn statistics(server: &Server) -> StatisticsServiceClient<tonic::transport::Channel> {
    StatisticsServiceClient::new(server.clients().await.channel).max_decoding_message_size(4 << 20)
}

/// The table of each county against the sum of the tables of its departments.
async fn roll_ups_equal_a_plain_calculation(server: &Server, by_report: &BTreeMap<&str, &Planted>) {
    let mut client = statistics(server).await;
    let (mut agree, mut differ) = (0, 0);
    for (report, own) in by_report.iter().filter(|(_, it)| it.department.is_none()).take(60) {
        let of_county = |it: &&Planted| it.county == own.county && it.department.is_some();
        let units: Vec<&Planted> = by_report.values().copied().filter(of_county).collect();
        let request = v1::ReconcileRollUpRequest {
            report: (*report).to_owned(),
            filter: format!("year = {YEAR} subject : {} scope = ORGAN", own.county),
            ..Default::default()
        };
        let answer = client.reconcile_roll_up(request).await.unwrap().into_inner();
        assert_eq!((answer.unit_count as usize, answer.unit_scope()), (units.len(), v1::ScopeKind::Organ));
        assert_eq!(answer.lines.len(), own.record.form.cells.len());
        for line in answer.lines {
            let (sum, is_whole) = sum(&units, &line.key);
            assert_eq!(decimal(&line.numbers_sum), sum, "{}", line.key);
            assert_eq!(line.sum.as_deref().map(decimal), is_whole.then_some(sum), "{}", line.key);
            assert_eq!(line.own.as_deref().map(decimal), own.number(&line.key));
            let difference = own.number(&line.key).filter(|_| is_whole).map(|own| own - sum);
            assert_eq!(line.difference.as_deref().map(decimal), difference, "{}", line.key);
            match difference {
                Some(difference) if difference.is_zero() => agree += 1,
                Some(_) => differ += 1,
                None => {}
            }
        }
    }
    assert!(0 < agree && 0 < differ, "{agree} agree, {differ} differ");
}

/// What counties report on all of their area, and what their departments report on themselves, stays apart.
async fn scopes_are_never_added_together(server: &Server, planted: &[Planted]) {
    const KEYS: [&str; 3] = ["requests.received.total", "requests.concluded.total", "disclosure.fees.amount"];
    let mut client = statistics(server).await;
    for filter in [format!("year = {YEAR}"), format!("subject : {}", county(0))] {
        let is_one = filter.starts_with("subject");
        let of_filter: Vec<&Planted> =
            planted.iter().filter(|it| !is_one || it.county == county(0)).collect();
        let request =
            v1::AggregateRequest { filter, keys: KEYS.map(str::to_owned).to_vec(), ..Default::default() };
        let mut answer = client.aggregate(request).await.unwrap().into_inner();
        let mut groups = Vec::new();
        while let Some(message) = answer.message().await.unwrap() {
            groups.extend(message.groups);
        }
        assert_eq!(groups.len(), 2);
        for group in groups {
            let is_area = group.scope() == v1::ScopeKind::WholeArea;
            assert!(is_area || group.scope() == v1::ScopeKind::Organ, "{:?}", group.scope());
            let reports: Vec<&Planted> =
                of_filter.iter().copied().filter(|it| it.department.is_none() == is_area).collect();
            assert_eq!(group.report_count as usize, reports.len());
            for (figure, key) in group.figures.iter().zip(KEYS) {
                let (sum, is_whole) = sum(&reports, key);
                assert_eq!(decimal(&figure.numbers_sum), sum, "{key}");
                assert_eq!(figure.sum.as_deref().map(decimal), is_whole.then_some(sum), "{key}");
            }
        }
    }
}
