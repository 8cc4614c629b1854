//! Statistics over a real server of either engine: what it computes is what the records give that it serves.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::house::House;
use e2e::{Clients, Server, all, metadata};
use futures::StreamExt as _;
use gongkai_model::FormId;
use gongkai_testkit::{Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Wording};
use gongkai_wire::v1;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use std::collections::BTreeMap;

const REPORTS: u64 = 24;
const KEYS: [&str; 3] =
    ["requests.received.total", "requests.concluded.total", "requests.granted.natural_person"];

/// A report of a county that no other seed has, many of whose cells are empty.
fn document(seed: u64) -> Vec<u8> {
    let form = [FormId::Form2019, FormId::Form2021][usize::try_from(seed % 2).unwrap()];
    let record = Record::random(form, seed, RecordOptions { empty_percent: 25, mistakes: 0 });
    let options = RenderOptions { seed, extent: Extent::Whole, wording: Wording::Official };
    let mut rendered = Rendering::Html.render(&record, options);
    let stem =
        |digit: u64| ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"][(digit % 10) as usize];
    let region = format!("{}{}县", stem(seed / 10), stem(seed));
    rendered.text = rendered.text.replace(&record.about.region, &region);
    rendered.bytes(Encoding::Utf8)
}

/// The state and number of a cell of a record.
fn cell(report: &v1::Report, key: &str) -> Option<(i32, Option<i64>)> {
    let figure = report.figures.iter().find(|figure| figure.key == key)?;
    Some((figure.state, figure.value.as_ref().map(|value| value.parse().unwrap())))
}

async fn statistics_agree_with_the_records(clients: &Clients) {
    let names: Vec<String> = futures::stream::iter(0..REPORTS)
        .map(|seed| async move { clients.submit(metadata("a.html"), document(seed)).await.unwrap().name })
        .buffer_unordered(8)
        .collect()
        .await;
    let ended = clients.ended(&names).await;
    let mut records = BTreeMap::new();
    for submission in ended.values() {
        let name = &submission.reports[0].report;
        records.insert(name.clone(), clients.report(name, v1::Purpose::Published).await.unwrap());
    }
    assert_eq!(records.len() as u64, REPORTS);
    let mut statistics = StatisticsServiceClient::new(clients.channel.clone());

    // Every row is the cell of its record, and every cell has its row.
    let keys = KEYS.map(str::to_owned).to_vec();
    let request = v1::QueryFiguresRequest { keys: keys.clone(), ..Default::default() };
    let messages = all(statistics.query_figures(request).await.unwrap().into_inner()).await;
    let rows: Vec<v1::FigureRow> = messages.into_iter().flat_map(|message| message.rows).collect();
    let mut blanks = 0;
    for row in &rows {
        let value = row.value.as_ref().map(|value| value.parse().unwrap());
        assert_eq!(Some((row.state, value)), cell(&records[&row.report], &row.key), "{row:?}");
        let subject = records[&row.report].subject.as_ref().unwrap();
        assert_eq!((row.rank, row.kind), (subject.rank, subject.kind));
        blanks += usize::from(row.state() == v1::State::Blank);
    }
    assert_eq!(rows.len(), records.len() * KEYS.len());
    assert!(0 < blanks);

    // Groups by form and year: the sums of what the records say.
    let request = v1::AggregateRequest {
        group_by: vec![v1::GroupBy::Form.into(), v1::GroupBy::Year.into(), v1::GroupBy::Kind.into()],
        keys,
        null_policy: v1::NullPolicy::BlankAsZero.into(),
        ..Default::default()
    };
    let messages = all(statistics.aggregate(request).await.unwrap().into_inner()).await;
    assert_eq!(messages[0].summary.as_ref().unwrap().reports, records.len() as i64);
    let groups = messages.into_iter().flat_map(|message| message.groups);
    let told: BTreeMap<_, _> = groups
        .map(|group| {
            let key = (group.form, group.year, group.scope, group.rank, group.kind);
            let sums = group.figures.iter().map(|it| (it.numbers_sum.clone(), it.blanks_as_zero, it.numbers));
            (key, (group.report_count, sums.collect::<Vec<_>>()))
        })
        .collect();
    let mut plain: BTreeMap<_, Vec<&v1::Report>> = BTreeMap::new();
    for record in records.values() {
        let (subject, scope) = (record.subject.as_ref().unwrap(), record.scope.as_ref().unwrap().kind);
        let rank = if scope == i32::from(v1::ScopeKind::Organ) { 0 } else { subject.rank };
        plain.entry((record.form, record.year, scope, rank, subject.kind)).or_default().push(record);
    }
    let plain: BTreeMap<_, _> = plain
        .into_iter()
        .map(|(key, members)| {
            let sums = KEYS.map(|key| {
                let cells: Vec<_> = members.iter().filter_map(|record| cell(record, key)).collect();
                let sum: i64 = cells.iter().filter_map(|(_, value)| *value).sum();
                let blanks =
                    cells.iter().filter(|(state, _)| *state == i32::from(v1::State::Blank)).count() as i64;
                let numbers = cells.iter().filter(|(_, value)| value.is_some()).count() as i64;
                (sum.to_string(), blanks, numbers + blanks)
            });
            (key, (members.len() as i64, sums.to_vec()))
        })
        .collect();
    assert_eq!(told, plain);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    statistics_agree_with_the_records(&server.clients().await).await;
    assert!(server.stop().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_postgresql() {
    let house = House::new();
    let server = house.serve(&["ingest", "parser", "query"]);
    statistics_agree_with_the_records(&server.clients().await).await;
    assert!(server.stop().await.success());
}
