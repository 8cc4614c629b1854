//! Figures over Arrow Flight, as a client of it sees them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int32Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{Criteria, FlightClient, FlightDescriptor, Ticket};
use futures::TryStreamExt as _;
use gongkai_model::{FormId, State, Value};
use serde_json::json;
use support::{Running, reason, report, start};
use tonic::Status;

const RECEIVED: &str = "requests.received.total";

fn client(running: &Running) -> FlightClient {
    FlightClient::new(running.channel.clone())
}

async fn get(running: &Running, ticket: &str) -> Result<Vec<RecordBatch>, FlightError> {
    client(running).do_get(Ticket::new(ticket.to_owned())).await?.try_collect().await
}

fn status(error: FlightError) -> Status {
    match error {
        FlightError::Tonic(status) => *status,
        other => panic!("{other}"),
    }
}

fn words(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = batch.column_by_name(name).unwrap().as_dictionary::<Int32Type>();
    let words = column.values().as_string::<i32>();
    column.keys().iter().map(|key| key.map(|key| words.value(key as usize).to_owned())).collect()
}

#[tokio::test]
async fn an_indicator_comes_as_columns_in_which_a_blank_is_null() {
    let running = start().await;
    for (number, year) in [(0_i64, 2021), (7, 2022), (8, 2022)] {
        let mut report = report(&format!("第{number}县"), year, FormId::Form2021);
        let figure = report.figures.iter_mut().find(|figure| *figure.key == *RECEIVED).unwrap();
        match number {
            7 => (figure.state, figure.value) = (State::Blank, None),
            _ => figure.value = Some(Value::Count(number)),
        }
        running.publish(&report).await;
    }
    // As a stock client does it: what there is, where it is, and then the columns.
    let flights: Vec<_> = client(&running).list_flights("").await.unwrap().try_collect().await.unwrap();
    let [everything] = flights.as_slice() else { panic!("{flights:?}") };
    let ticket = everything.endpoint[0].ticket.clone().unwrap();
    let all: Vec<RecordBatch> = client(&running).do_get(ticket).await.unwrap().try_collect().await.unwrap();
    let cells = gongkai_forms::form(FormId::Form2021).unwrap().cells.len();
    assert_eq!(all.iter().map(RecordBatch::num_rows).sum::<usize>(), 3 * cells);

    let command = json!({ "keys": [RECEIVED], "filter": "year >= 2021" }).to_string();
    let told = client(&running).get_flight_info(FlightDescriptor::new_cmd(command)).await.unwrap();
    assert!(told.endpoint[0].location.is_empty());
    let ticket = told.endpoint[0].ticket.clone().unwrap();
    let batches: Vec<RecordBatch> =
        client(&running).do_get(ticket).await.unwrap().try_collect().await.unwrap();
    let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    assert_eq!(told.try_decode_schema().unwrap().fields(), batch.schema().fields());
    let values: Vec<Option<i128>> =
        batch.column_by_name("value").unwrap().as_primitive::<Decimal128Type>().iter().collect();
    assert_eq!(values, [Some(0), None, Some(8_000_000)]);
    let state = |word: &str| Some(word.to_owned());
    assert_eq!(words(batch, "state"), [state("NUMBER"), state("BLANK"), state("NUMBER")]);
    assert_eq!(batch.column_by_name("quote").unwrap().null_count(), 3);
    running.end().await;
}

#[tokio::test]
async fn no_message_is_larger_than_others_are() {
    let running = start().await;
    for number in 0..130 {
        running.publish(&report(&format!("第{number}县"), 2022, FormId::Form2021)).await;
    }
    // A client that takes no more than a message has anywhere else.
    let inner = FlightServiceClient::new(running.channel.clone()).max_decoding_message_size(1 << 20);
    let mut client = FlightClient::new_from_inner(inner);
    let ticket = Ticket::new("{}");
    let batches: Vec<RecordBatch> = client.do_get(ticket).await.unwrap().try_collect().await.unwrap();
    let cells = gongkai_forms::form(FormId::Form2021).unwrap().cells.len();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 130 * cells);
    let subjects: std::collections::BTreeSet<_> =
        batches.iter().flat_map(|batch| words(batch, "subject")).collect();
    assert_eq!(subjects.len(), 130);
    running.end().await;
}

#[tokio::test]
async fn nothing_found_has_columns_and_what_makes_no_sense_is_refused_by_name() {
    let running = start().await;
    let mut stream = client(&running).do_get(Ticket::new("{}")).await.unwrap();
    assert!(stream.try_next().await.unwrap().is_none());
    assert!(stream.schema().unwrap().field_with_name("value").is_ok());
    for (ticket, expected, named) in [
        (r#"{"key": ["x"]}"#, "INVALID_JSON", "'key'"),
        ("", "INVALID_JSON", "empty"),
        ("\u{0}", "INVALID_JSON", "line 1"),
        (r#"{"keys": ["no.such.key"]}"#, "INVALID_FIELD", "no.such.key"),
        (r#"{"filter": "year ="}"#, "INVALID_FILTER", "filter"),
    ] {
        for status in [
            status(get(&running, ticket).await.unwrap_err()),
            status(client(&running).get_flight_info(FlightDescriptor::new_cmd(ticket)).await.unwrap_err()),
        ] {
            assert_eq!(reason(&status), expected, "{ticket}");
            assert!(status.message().contains(named), "{ticket}: {}", status.message());
        }
    }
    let elsewhere = FlightDescriptor::new_path(vec!["elsewhere".to_owned()]);
    let refused = status(client(&running).get_flight_info(elsewhere).await.unwrap_err());
    assert_eq!(reason(&refused), "INVALID_FIELD");
    let mut inner = FlightServiceClient::new(running.channel.clone());
    assert!(inner.list_flights(Criteria::default()).await.is_ok());
    let refused = client(&running).do_action(arrow_flight::Action::new("x", "")).await.err().map(status);
    assert_eq!(reason(&refused.unwrap()), "UNKNOWN_METHOD");
    running.end().await;
}
