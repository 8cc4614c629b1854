//! What callers of query are given, and how fast: over gRPC, from a client in the same process.

use crate::generate::{Corpus, YEARS};
use arrow_flight::{FlightClient, Ticket};
use futures::{StreamExt as _, TryStreamExt as _};
use gongkai_model::{State, Value};
use gongkai_query::{Dependencies, TokenKey};
use gongkai_store_sql::{PostgresStore, SqliteStore};
use gongkai_testkit::Rng;
use gongkai_wire::v1;
use gongkai_wire::v1::export_service_client::ExportServiceClient;
use gongkai_wire::v1::query_service_client::QueryServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// The year of which one indicator is asked, and whose figures are streamed and exported.
pub const YEAR: u16 = 2020;
const KEY: &str = "requests.received.total";
/// Callers at the same time, where as many reads are asked for as there is time for.
const CALLERS: usize = 16;
const PAGE_SIZE: i32 = 50;
const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Reads of single reports, by one caller and by several.
    pub reads: usize,
    /// Pages of lists.
    pub pages: usize,
    /// How often the whole year is asked for one indicator.
    pub repeats: usize,
    /// Rows of figures that are streamed and exported, about.
    pub rows: u64,
}

impl Extent {
    /// What tells something.
    pub const WHOLE: Self = Self { reads: 4_000, pages: 400, repeats: 7, rows: 3_000_000 };
}

/// What one kind of call took.
#[derive(Clone, Debug)]
pub struct Line {
    pub what: &'static str,
    /// What the design asks for; empty where it asks for nothing.
    pub budget: &'static str,
    pub calls: u64,
    pub median: Duration,
    /// Of a hundred calls, one took longer.
    pub slow: Duration,
    /// From the first call to the end of the last.
    pub took: Duration,
    /// Rows of figures, or reports where none are asked for.
    pub rows: u64,
    /// Bytes of files; 0 where there is none.
    pub bytes: u64,
}

/// Calls that are timed.
struct Timed {
    latencies: Histogram<u64>,
    began: Instant,
    rows: u64,
    bytes: u64,
}

impl Timed {
    fn begin() -> Self {
        Self { latencies: Histogram::new(3).unwrap(), began: Instant::now(), rows: 0, bytes: 0 }
    }

    fn add(&mut self, took: Duration, rows: u64) {
        self.latencies.record(u64::try_from(took.as_micros()).unwrap()).unwrap();
        self.rows += rows;
    }

    fn end(self, what: &'static str, budget: &'static str) -> Line {
        let at = |quantile| Duration::from_micros(self.latencies.value_at_quantile(quantile));
        Line {
            what,
            budget,
            calls: self.latencies.len(),
            median: at(0.5),
            slow: at(0.99),
            took: self.began.elapsed(),
            rows: self.rows,
            bytes: self.bytes,
        }
    }
}

/// The stores that are measured.
pub trait Served: Send + Sync {
    /// What query is given.
    fn dependencies(self: Arc<Self>) -> Dependencies;
}

macro_rules! served {
    ($store:ty) => {
        impl Served for $store {
            fn dependencies(self: Arc<Self>) -> Dependencies {
                Dependencies {
                    reports: self.clone(),
                    histories: self.clone(),
                    search: self.clone(),
                    documents: self.clone(),
                    reviews: self.clone(),
                    changes: self,
                    token_key: TokenKey::new([7; 32]),
                }
            }
        }
    };
}

served!(PostgresStore);
served!(SqliteStore);

/// Serves a store that is filled with `corpus`, and measures what callers are given. `tell` hears of each result at once.
///
/// # Panics
/// When an answer is not what the corpus says: what answers wrongly is not measured.
pub async fn measure(
    store: Arc<dyn Served>,
    corpus: &Corpus,
    extent: Extent,
    mut tell: impl FnMut(&Line),
) -> Vec<Line> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = tokio::spawn(gongkai_query::run(listener, store.dependencies(), stop.clone()));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let asking = Asking { channel, corpus: corpus.clone(), extent };
    let mut lines = Vec::new();
    let mut keep = |line: Line| {
        tell(&line);
        lines.push(line);
    };
    let names = asking.names().await;
    keep(asking.read_by_one(&names).await);
    keep(asking.read_by_several(&names).await);
    keep(asking.pages("a page of a list, by region and year", "p99 ≤ 50 ms", by_region).await);
    keep(asking.pages("the same, and by a figure", "p99 ≤ 50 ms", by_figure).await);
    keep(asking.aggregate().await);
    keep(asking.one_indicator().await);
    keep(asking.rows().await);
    keep(asking.export("all figures, as CSV", v1::ExportFormat::Csv).await);
    keep(asking.export("all figures, as Parquet", v1::ExportFormat::Parquet).await);
    keep(asking.flight().await);
    drop(asking);
    stop.cancel();
    served.await.unwrap().unwrap();
    lines
}

struct Asking {
    channel: Channel,
    corpus: Corpus,
    extent: Extent,
}

/// The reports of a county in a year and later ones.
fn by_region(county: &str, year: u16) -> String {
    format!("year >= {year} AND region.within(\"{county}\")")
}

fn by_figure(county: &str, year: u16) -> String {
    format!("{} AND figures[\"{KEY}\"] >= 0", by_region(county, year.max(2019)))
}

impl Asking {
    fn query(&self) -> QueryServiceClient<Channel> {
        QueryServiceClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    fn statistics(&self) -> StatisticsServiceClient<Channel> {
        StatisticsServiceClient::new(self.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
    }

    /// The code of the prefecture of some county, and a year.
    fn somewhere(&self, rng: &mut Rng) -> (String, u16) {
        let county = self.corpus.county_code(rng.below(self.corpus.reports));
        let year = YEARS.start() + u16::try_from(rng.below(8)).unwrap();
        (format!("{}00", &county[..4]), year)
    }

    /// Reports from all over the store.
    async fn names(&self) -> Vec<String> {
        let (mut names, mut rng) = (Vec::new(), Rng::new(1));
        while names.len() < 1_000.min(usize::try_from(self.corpus.reports / 2).unwrap()) {
            let (place, year) = self.somewhere(&mut rng);
            let request = v1::ListReportsRequest {
                filter: format!("year = {year} AND region.within(\"{place}\")"),
                page_size: 20,
                ..Default::default()
            };
            let reports = self.query().list_reports(request).await.unwrap().into_inner().reports;
            names.extend(reports.into_iter().map(|report| report.name));
        }
        names
    }

    async fn read_by_one(&self, names: &[String]) -> Line {
        let (mut client, mut timed) = (self.query(), Timed::begin());
        for name in names.iter().cycle().take(self.extent.reads) {
            timed.add(read(&mut client, name).await, 1);
        }
        timed.end("one report, by one caller", "p99 ≤ 10 ms")
    }

    async fn read_by_several(&self, names: &[String]) -> Line {
        let mut timed = Timed::begin();
        let names: Vec<String> = names.iter().cycle().take(2 * self.extent.reads).cloned().collect();
        let mut reads = futures::stream::iter(names)
            .map(|name| {
                let mut client = self.query();
                tokio::spawn(async move { read(&mut client, &name).await })
            })
            .buffer_unordered(CALLERS);
        while let Some(took) = reads.next().await {
            timed.add(took.unwrap(), 1);
        }
        drop(reads);
        timed.end("one report, by 16 callers", "≥ 10,000/s")
    }

    /// Pages of filtered lists: the first of each, and the one after it.
    async fn pages(&self, what: &'static str, budget: &'static str, filter: fn(&str, u16) -> String) -> Line {
        let (mut timed, mut rng) = (Timed::begin(), Rng::new(2));
        let mut next = v1::ListReportsRequest::default();
        for _ in 0..self.extent.pages {
            if next.page_token.is_empty() {
                let (place, year) = self.somewhere(&mut rng);
                next.filter = filter(&place, year);
                next.page_size = PAGE_SIZE;
            }
            let began = Instant::now();
            let page = self.query().list_reports(next.clone()).await.unwrap().into_inner();
            timed.add(began.elapsed(), page.reports.len() as u64);
            // The third page is like the second.
            let is_first = next.page_token.is_empty();
            next.page_token = if is_first { page.next_page_token } else { String::new() };
        }
        assert!(0 < timed.rows);
        timed.end(what, budget)
    }

    async fn aggregate(&self) -> Line {
        let (states, sum) = told(&self.corpus).await;
        let mut timed = Timed::begin();
        for _ in 0..self.extent.repeats {
            let request = v1::AggregateRequest {
                filter: format!("year = {YEAR}"),
                keys: vec![KEY.to_owned()],
                ..Default::default()
            };
            let began = Instant::now();
            let answers = self.statistics().aggregate(request).await.unwrap().into_inner();
            let answers: Vec<_> = answers.try_collect().await.unwrap();
            let reports = answers[0].summary.as_ref().unwrap().reports;
            timed.add(began.elapsed(), u64::try_from(reports).unwrap());
            let groups = answers.iter().flat_map(|answer| &answer.groups);
            let figures: Vec<_> = groups.flat_map(|group| &group.figures).collect();
            let total: i64 = figures.iter().map(|it| it.numbers_sum.parse::<i64>().unwrap()).sum();
            let numbers: i64 = figures.iter().map(|it| it.numbers).sum();
            assert_eq!((numbers, total), (states, sum));
        }
        timed.end("one key, summed over all bodies of a year", "≤ 300 ms of 1,000,000")
    }

    async fn one_indicator(&self) -> Line {
        let mut timed = Timed::begin();
        for _ in 0..self.extent.repeats {
            let request = v1::QueryFiguresRequest {
                filter: format!("year = {YEAR}"),
                keys: vec![KEY.to_owned()],
                ..Default::default()
            };
            let began = Instant::now();
            let rows = self.streamed(request).await;
            timed.add(began.elapsed(), rows);
            assert_eq!(rows, self.corpus.bodies());
        }
        timed.end("one key of all bodies of a year, as rows", "")
    }

    async fn streamed(&self, request: v1::QueryFiguresRequest) -> u64 {
        let mut answers = self.statistics().query_figures(request).await.unwrap().into_inner();
        let mut rows = 0;
        while let Some(answer) = answers.message().await.unwrap() {
            rows += answer.rows.len() as u64;
        }
        rows
    }

    /// All figures of a year in some provinces, and how many those are.
    fn some_figures(&self) -> (v1::QueryFiguresRequest, u64) {
        let cells = gongkai_forms::form(Corpus::form(YEAR)).unwrap().cells.len() as u64;
        let mut provinces = std::collections::BTreeMap::<String, u64>::new();
        for number in self.corpus.of_year(YEAR) {
            *provinces.entry(self.corpus.county_code(number)[..2].to_owned()).or_default() += cells;
        }
        let (mut chosen, mut rows) = (Vec::new(), 0);
        for (province, there) in provinces {
            if rows < self.extent.rows {
                chosen.push(format!("region.within(\"{province}0000\")"));
                rows += there;
            }
        }
        let filter = format!("year = {YEAR} AND ({})", chosen.join(" OR "));
        (v1::QueryFiguresRequest { filter, ..Default::default() }, rows)
    }

    async fn rows(&self) -> Line {
        let (request, expected) = self.some_figures();
        let mut timed = Timed::begin();
        let rows = self.streamed(request).await;
        timed.add(timed.began.elapsed(), rows);
        assert_eq!(rows, expected);
        timed.end("all figures, as rows", "")
    }

    async fn export(&self, what: &'static str, format: v1::ExportFormat) -> Line {
        let (figures, expected) = self.some_figures();
        let request =
            v1::ExportFiguresRequest { figures: Some(figures), format: format.into(), ..Default::default() };
        let client = ExportServiceClient::new(self.channel.clone());
        let mut timed = Timed::begin();
        let mut parts = client
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .export_figures(request)
            .await
            .unwrap()
            .into_inner();
        let (mut bytes, mut end) = (0, None);
        while let Some(part) = parts.message().await.unwrap() {
            match part.part {
                Some(v1::export_figures_response::Part::Chunk(chunk)) => bytes += chunk.len() as u64,
                Some(v1::export_figures_response::Part::End(told)) => end = Some(told),
                Some(v1::export_figures_response::Part::Head(_)) | None => {}
            }
        }
        let end = end.unwrap();
        timed.bytes = bytes;
        timed.add(timed.began.elapsed(), u64::try_from(end.rows).unwrap());
        assert_eq!((timed.rows, timed.bytes), (expected, u64::try_from(end.bytes).unwrap()));
        timed.end(what, EXPORT)
    }

    async fn flight(&self) -> Line {
        let (figures, expected) = self.some_figures();
        let ticket = serde_json::json!({ "filter": figures.filter }).to_string();
        let mut timed = Timed::begin();
        let mut client = FlightClient::new(self.channel.clone());
        let mut batches = client.do_get(Ticket::new(ticket)).await.unwrap();
        let mut rows = 0;
        while let Some(batch) = batches.try_next().await.unwrap() {
            rows += batch.num_rows() as u64;
        }
        timed.add(timed.began.elapsed(), rows);
        assert_eq!(rows, expected);
        timed.end("all figures, over Arrow Flight", EXPORT)
    }
}

const EXPORT: &str = "≥ 500,000 rows/s";

async fn read(client: &mut QueryServiceClient<Channel>, name: &str) -> Duration {
    let request = v1::GetReportRequest { name: name.to_owned(), ..Default::default() };
    let began = Instant::now();
    let report = client.get_report(request).await.unwrap().into_inner().report.unwrap();
    let took = began.elapsed();
    assert_eq!(report.name, name);
    took
}

/// How many bodies tell the number of a year, and what those numbers add up to.
async fn told(corpus: &Corpus) -> (i64, i64) {
    let numbers: Vec<u64> = corpus.of_year(YEAR).collect();
    let share = numbers.len().div_ceil(2).max(1);
    let mut shares = tokio::task::JoinSet::new();
    for numbers in numbers.chunks(share).map(<[u64]>::to_vec) {
        let corpus = corpus.clone();
        shares.spawn_blocking(move || {
            let mut told = (0, 0);
            for number in numbers {
                let report = corpus.report(number, 1, 1);
                let figure = report.figure(KEY).unwrap();
                if let (State::Number, Some(Value::Count(count))) = (figure.state, figure.value) {
                    told = (told.0 + 1, told.1 + count);
                }
            }
            told
        });
    }
    shares.join_all().await.into_iter().fold((0, 0), |all, some| (all.0 + some.0, all.1 + some.1))
}
