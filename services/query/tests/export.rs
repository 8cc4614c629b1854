//! Files of figures: whole, of one state of the store, and the same as the rows that messages give.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use bytes::Bytes;
use gongkai_model::{FormId, State, Value};
use gongkai_wire::v1;
use gongkai_wire::v1::export_figures_response::Part;
use gongkai_wire::v1::export_service_client::ExportServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use support::{Running, reason, report, start};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

const RECEIVED: &str = "requests.received.total";
const FORMATS: [v1::ExportFormat; 3] =
    [v1::ExportFormat::Csv, v1::ExportFormat::Parquet, v1::ExportFormat::Xlsx];

struct Exported {
    head: v1::ExportHead,
    chunks: Vec<Bytes>,
    end: v1::ExportEnd,
}

impl Exported {
    fn bytes(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// The records of a CSV file in which no text needs quotes.
    fn records(&self) -> Vec<Vec<String>> {
        let text = String::from_utf8(self.bytes()).unwrap();
        assert!(!text.contains('"'), "{text}");
        text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    fn column(&self, name: &str) -> Vec<String> {
        let records = self.records();
        let place = records[0].iter().position(|column| column == name).unwrap();
        records[1..].iter().map(|record| record[place].clone()).collect()
    }
}

fn asked(keys: &[&str], filter: &str) -> v1::QueryFiguresRequest {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    v1::QueryFiguresRequest { keys, filter: filter.to_owned(), ..Default::default() }
}

async fn export(
    running: &Running,
    figures: v1::QueryFiguresRequest,
    format: v1::ExportFormat,
) -> Result<Exported, Status> {
    let request =
        v1::ExportFiguresRequest { figures: Some(figures), format: format.into(), byte_order_mark: false };
    let mut client = ExportServiceClient::new(running.channel.clone());
    let mut stream = client.export_figures(request).await?.into_inner();
    let Some(Part::Head(head)) = stream.message().await?.unwrap().part else { panic!("no head") };
    let mut chunks = Vec::new();
    loop {
        match stream.message().await?.expect("a file has an end").part.unwrap() {
            Part::Chunk(chunk) => chunks.push(chunk),
            Part::End(end) => {
                assert!(stream.message().await?.is_none());
                return Ok(Exported { head, chunks, end });
            }
            Part::Head(_) => panic!("a second head"),
        }
    }
}

#[tokio::test]
async fn a_file_has_the_rows_that_messages_give_and_says_at_its_end_what_it_was() {
    let running = start().await;
    for number in 0..40_u16 {
        let form = [FormId::Form2019, FormId::Form2021][usize::from(number % 2)];
        let mut report = report(&format!("第{number}县"), 2019 + number % 5, form);
        let figure = report.figures.iter_mut().find(|figure| *figure.key == *RECEIVED).unwrap();
        match number % 3 {
            0 => (figure.state, figure.value) = (State::Blank, None),
            _ => figure.value = Some(Value::Count(number.into())),
        }
        running.publish(&report).await;
    }
    let mut statistics = StatisticsServiceClient::new(running.channel.clone());
    let mut stream = statistics.query_figures(asked(&[RECEIVED], "year > 2019")).await.unwrap().into_inner();
    let mut rows = Vec::new();
    let mut position = 0;
    while let Some(message) = stream.message().await.unwrap() {
        position = position.max(message.position);
        rows.extend(message.rows);
    }
    assert_eq!(rows.len(), 32);
    for format in FORMATS {
        let exported = export(&running, asked(&[RECEIVED], "year > 2019"), format).await.unwrap();
        let bytes = exported.bytes();
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let end = v1::ExportEnd { reports: 32, rows: 32, bytes: bytes.len() as i64, sha256: digest };
        assert_eq!((exported.head.position, exported.end), (position, end), "{format:?}");
    }
    let exported = export(&running, asked(&[RECEIVED], "year > 2019"), v1::ExportFormat::Csv).await.unwrap();
    assert_eq!(exported.head.file_name, format!("figures-{position}.csv"));
    assert_eq!(exported.head.media_type, "text/csv; charset=utf-8");
    let of = |value: &dyn Fn(&v1::FigureRow) -> String| rows.iter().map(value).collect::<Vec<_>>();
    assert_eq!(exported.column("report"), of(&|row| row.report.clone()));
    assert_eq!(exported.column("subject"), of(&|row| row.subject.clone()));
    assert_eq!(exported.column("value"), of(&|row| row.value.clone().unwrap_or_default()));
    let state = |row: &v1::FigureRow| row.state().as_str_name().strip_prefix("STATE_").unwrap().to_owned();
    assert_eq!(exported.column("state"), of(&state));
    assert!(exported.column("state").contains(&"BLANK".to_owned()));
    assert_eq!(exported.column("year"), of(&|row| row.year.unwrap().to_string()));
    assert_eq!(exported.column("form"), of(&|row| row.form().as_str_name()[5..].to_owned()));
    assert_eq!(exported.column("scope")[0], "WHOLE_AREA");
    assert_eq!(exported.column("comparability"), of(&|row| row.comparability.clone()));
    running.end().await;
}

#[tokio::test]
async fn a_workbook_has_the_names_of_figures_in_both_languages() {
    let running = start().await;
    running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let book = export(&running, asked(&[RECEIVED], ""), v1::ExportFormat::Xlsx).await.unwrap();
    assert_eq!(book.head.file_name, format!("figures-{}.xlsx", book.head.position));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book.bytes())).unwrap();
    let mut figures = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut figures)
        .unwrap();
    let form = gongkai_forms::form(FormId::Form2021).unwrap();
    let cell = &form.cells[form.cell_index(RECEIVED).unwrap()];
    for text in [&*cell.label_zh, &*cell.label_en, RECEIVED, "甲县", "Region code"] {
        assert!(figures.contains(&format!(">{}</t>", text.replace('&', "&amp;"))), "{text}: {figures}");
    }
    running.end().await;
}

#[tokio::test]
async fn a_large_file_comes_in_pieces_and_is_of_the_state_in_which_it_began() {
    let running = start().await;
    for number in 0..120 {
        running.publish(&report(&format!("第{number}县"), 2022, FormId::Form2021)).await;
    }
    let request = v1::ExportFiguresRequest::default();
    let mut client = ExportServiceClient::new(running.channel.clone());
    let mut stream = client.export_figures(request).await.unwrap().into_inner();
    assert!(matches!(stream.message().await.unwrap().unwrap().part, Some(Part::Head(_))));
    // What comes now is of a later state.
    running.publish(&report("后县", 2022, FormId::Form2021)).await;
    let (mut chunks, mut told) = (Vec::new(), None);
    while let Some(message) = stream.message().await.unwrap() {
        match message.part.unwrap() {
            Part::Chunk(chunk) => chunks.push(chunk),
            Part::End(end) => told = Some(end),
            Part::Head(_) => panic!("a second head"),
        }
    }
    let cells = gongkai_forms::form(FormId::Form2021).unwrap().cells.len();
    let told = told.unwrap();
    assert_eq!((told.reports, told.rows), (120, 120 * cells as i64));
    assert!(1 < chunks.len() && chunks.iter().all(|chunk| chunk.len() < 1 << 20));
    let text = String::from_utf8(chunks.concat()).unwrap();
    assert_eq!(text.lines().count() as i64, told.rows + 1);
    assert!(!text.contains("后县"));
    running.end().await;
}

#[tokio::test]
async fn a_file_of_nothing_is_a_file_and_what_makes_no_sense_is_refused() {
    let running = start().await;
    let empty = export(&running, asked(&[], ""), v1::ExportFormat::Csv).await.unwrap();
    assert_eq!((empty.records().len(), empty.end.rows), (1, 0));
    let empty = export(&running, asked(&[], ""), v1::ExportFormat::Parquet).await.unwrap();
    assert!(empty.bytes().starts_with(b"PAR1") && empty.bytes().ends_with(b"PAR1"));
    for (figures, expected) in [
        (asked(&["no.such.key"], ""), "INVALID_FIELD"),
        (asked(&[], "year = "), "INVALID_FILTER"),
        (v1::QueryFiguresRequest { order_by: "size".to_owned(), ..asked(&[], "") }, "INVALID_FIELD"),
    ] {
        let status = export(&running, figures, v1::ExportFormat::Csv).await.err().unwrap();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, expected));
    }
    let mut client = ExportServiceClient::new(running.channel.clone());
    for request in [
        v1::ExportFiguresRequest { format: 99, ..Default::default() },
        v1::ExportFiguresRequest { format: 2, byte_order_mark: true, ..Default::default() },
    ] {
        let status = client.export_figures(request).await.unwrap_err();
        assert_eq!(reason(&status), "INVALID_FIELD");
    }
    let request = v1::ExportFiguresRequest { byte_order_mark: true, ..Default::default() };
    let mut stream = client.export_figures(request).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let Some(Part::Chunk(chunk)) = stream.message().await.unwrap().unwrap().part else { panic!("no chunk") };
    assert!(chunk.starts_with("\u{feff}report,".as_bytes()));
    running.end().await;
}

/// A workbook costs more than other files: there is room for two, and others are written meanwhile.
#[tokio::test]
async fn more_workbooks_than_there_is_room_for_are_refused_until_one_has_ended() {
    let running = start().await;
    for number in 0..120 {
        running.publish(&report(&format!("第{number}县"), 2022, FormId::Form2021)).await;
    }
    // Each over a connection of its own, which takes less than a workbook at once.
    let call = async |format: v1::ExportFormat| {
        let server = Channel::from_shared(format!("http://{}", running.address)).unwrap();
        let server = server.initial_stream_window_size(65_535);
        let mut client = ExportServiceClient::new(server.connect().await.unwrap());
        let request = v1::ExportFiguresRequest { format: format.into(), ..Default::default() };
        client.export_figures(request).await.map(tonic::Response::into_inner)
    };
    let mut first = call(v1::ExportFormat::Xlsx).await.unwrap();
    let second = call(v1::ExportFormat::Xlsx).await.unwrap();
    let refused = call(v1::ExportFormat::Xlsx).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "OVERLOADED"));
    assert!(refused.get_details_retry_info().unwrap().retry_delay.is_some());
    drop(call(v1::ExportFormat::Csv).await.unwrap());
    while first.message().await.unwrap().is_some() {}
    drop(first);
    let freed = async { while call(v1::ExportFormat::Xlsx).await.is_err() {} };
    tokio::time::timeout(support::DEADLINE, freed).await.unwrap();
    drop(second);
    running.end().await;
}

#[tokio::test]
async fn more_files_than_there_is_room_for_are_refused_until_one_has_ended() {
    let running = start().await;
    for number in 0..120 {
        running.publish(&report(&format!("第{number}县"), 2022, FormId::Form2021)).await;
    }
    // Each over a connection of its own, since what is not read of one fills the window of all that share it.
    let call = async |timeout: Duration| {
        let server = Channel::from_shared(format!("http://{}", running.address)).unwrap();
        let server = server.initial_stream_window_size(65_535);
        let mut client = ExportServiceClient::new(server.connect().await.unwrap());
        let mut request = Request::new(v1::ExportFiguresRequest::default());
        request.set_timeout(timeout);
        client.export_figures(request).await
    };
    let mut files = Vec::new();
    for _ in 0..8 {
        files.push(call(support::DEADLINE * 2).await.unwrap().into_inner());
    }
    let refused = call(support::DEADLINE).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "OVERLOADED"));
    let mut first = files.remove(0);
    while first.message().await.unwrap().is_some() {}
    drop(first);
    let freed = async |timeout| loop {
        if let Ok(file) = call(timeout).await {
            return file.into_inner();
        }
    };
    // One whose caller does not read it makes room when its time is over, and says that it is not whole.
    let short = Duration::from_millis(500);
    let mut unread = tokio::time::timeout(support::DEADLINE, freed(short)).await.unwrap();
    tokio::time::timeout(support::DEADLINE, freed(support::DEADLINE)).await.unwrap();
    let cut_short = loop {
        match unread.message().await {
            Ok(part) => assert!(!matches!(part.unwrap().part, Some(Part::End(_)))),
            Err(status) => break status,
        }
    };
    assert_eq!(cut_short.code(), Code::DeadlineExceeded);
    drop(files);
    running.end().await;
}
