//! The same methods over HTTP/1.1: in JSON, and by gRPC-Web.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_model::FormId;
use gongkai_wire::v1;
use prost::Message as _;
use serde_json::{Value, json};
use support::http::{self, call, exchange, post, request};
use support::{DEADLINE, report, start, start_for};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::{Code, Request, Status};

const GET_REPORT: &str = "/gongkai.v1.QueryService/GetReport";
const BATCH_GET_REPORTS: &str = "/gongkai.v1.QueryService/BatchGetReports";
const WATCH_REPORTS: &str = "/gongkai.v1.QueryService/WatchReports";
const UNKNOWN_REPORT: &str = "reports/0193a7c2-4b1e-7000-8000-000000000001";
type Headers<'h> = &'h [(&'h str, &'h str)];
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_record_is_the_same_in_json_as_in_grpc() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let answer = call(running.address, GET_REPORT, &json!({ "name": name }).to_string()).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
    let (got, report) = (answer.json(), running.get(&name).await.unwrap());
    let got = &got["report"];
    assert_eq!((&got["name"], &got["etag"]), (&json!(report.name), &json!(report.etag)));
    assert_eq!(got["figures"].as_array().unwrap().len(), report.figures.len());
    for (got, figure) in got["figures"].as_array().unwrap().iter().zip(&report.figures) {
        // Names of values are those of the interface, prefix and all: canonical JSON of protobuf.
        let told = (&got["key"], &got["state"], &got["labelZh"]);
        assert_eq!(told, (&json!(figure.key), &json!(figure.state().as_str_name()), &json!(figure.label_zh)));
        // A blank has no value, and a zero has one.
        assert_eq!(got.get("value"), figure.value.as_ref().map(|value| json!(value)).as_ref());
    }
    // Names of fields are taken in both ways of writing them, and values by name or number.
    for request in [json!({"name": name, "view": "REPORT_VIEW_BASIC"}), json!({"name": name, "view": 1})] {
        assert_eq!(call(running.address, GET_REPORT, &request.to_string()).await.status, 200);
    }
    let list = "/gongkai.v1.QueryService/ListReports";
    for request in [r#"{"pageSize": 1}"#, r#"{"page_size": 1}"#] {
        assert_eq!(call(running.address, list, request).await.json()["reports"][0]["name"], json!(name));
    }
    running.end().await;
}

#[tokio::test]
async fn an_error_has_the_status_of_its_code_and_details_that_can_be_read() {
    let running = start().await;
    let answer = call(running.address, GET_REPORT, &json!({ "name": UNKNOWN_REPORT }).to_string()).await;
    assert_eq!((answer.status, answer.reason().as_str()), (404, "REPORT_NOT_FOUND"));
    let error = answer.json();
    assert_eq!(error["code"], "not_found");
    assert!(error["message"].as_str().unwrap().contains(UNKNOWN_REPORT));
    let details = error["details"].as_array().unwrap();
    let resource = details.iter().find(|detail| detail["type"] == "google.rpc.ResourceInfo").unwrap();
    assert_eq!(resource["debug"]["resourceName"], UNKNOWN_REPORT);
    // For those who know the type: base64 without padding.
    let value = resource["value"].as_str().unwrap();
    assert!(!value.is_empty() && !value.contains('='));

    let answer = call(running.address, GET_REPORT, r#"{"name": "reports/7"}"#).await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "INVALID_FIELD"));
    running.end().await;
}

#[tokio::test]
async fn a_body_that_is_not_the_request_is_refused_with_its_field_or_place() {
    let running = start().await;
    let deep = format!(r#"{{"name": {}"#, "[".repeat(100_000));
    let cases: [(&[u8], &str); 18] = [
        (b"", "the body is empty"),
        (b"{", "EOF"),
        (b"null", "expected a map"),
        (b"[]", "expected a map"),
        (br#"{"name": "x"} {}"#, "trailing characters"),
        (br#"{"nmae": "reports/1"}"#, "'nmae'"),
        (br#"{"name": "x", "figures": []}"#, "'figures'"),
        (br#"{"name": 7}"#, "expected a string"),
        (br#"{"name": "x", "view": "BASIC"}"#, "'BASIC'"),
        (br#"{"name": "x", "view": 99999999999}"#, "line 1 column"),
        (br#"{"name": "x", "asOf": "yesterday"}"#, "line 1 column"),
        (br#"{"name": "x", "asOf": {"seconds": 1}}"#, "line 1 column"),
        (b"{\"name\": \"\xff\xfe\"}", "line 1 column"),
        (b"\x00\x00\x00\x00\x05hello", "line 1 column"),
        (deep.as_bytes(), "line 1 column"),
        (br#"{"name": "x", "name": "y"}"#, "the field 'name' is there twice at line 1"),
        (br#"{"asOf": null, "as_of": "2024-01-31T08:00:00Z"}"#, "the field 'as_of' is there twice"),
        (br#"{"n\u0061me": "x", "name": "x"}"#, "twice"),
    ];
    for (body, complaint) in cases {
        let answer = post(running.address, GET_REPORT, &[JSON], body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!((answer.status, answer.reason().as_str()), (400, "INVALID_JSON"), "{shown}");
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(complaint), "{shown}: {message}");
        assert!(message.chars().count() < 400, "{shown}: {message}");
    }
    // Also where the name of a field is most of the body.
    let endless = format!(r#"{{"{}": 1}}"#, "年".repeat(300_000));
    let answer = call(running.address, GET_REPORT, &endless).await;
    assert!(answer.body.len() < 2000, "{} bytes", answer.body.len());
    running.end().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_has_arrived() {
    let running = start().await;
    // One byte more than is taken is announced, and none sent.
    for (announced, status) in [("2097153", 400), ("2097152", 504)] {
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        let head = format!(
            "POST {GET_REPORT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             connect-timeout-ms: 20\r\ncontent-length: {announced}\r\n\r\n"
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        let answer = http::rest(connection).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if status == 400 {
            assert_eq!(answer.reason(), "DOCUMENT_TOO_LARGE");
        }
    }
    // A message that the gateway takes, and the service does not.
    let large = json!({ "name": "x".repeat(300_000) }).to_string();
    assert_eq!(call(running.address, GET_REPORT, &large).await.reason(), "DOCUMENT_TOO_LARGE");
    running.end().await;
}

#[tokio::test]
async fn a_streamed_answer_is_lines_and_the_last_one_tells_how_it_ended() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let names = json!({ "names": [name, UNKNOWN_REPORT], "view": "REPORT_VIEW_BASIC" }).to_string();
    for accept in ["application/x-ndjson", "application/json;q=0.5, Application/X-NDJSON", "*/*"] {
        let answer =
            post(running.address, BATCH_GET_REPORTS, &[JSON, ("accept", accept)], names.as_bytes()).await;
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/x-ndjson"));
        let lines = answer.lines();
        let [found, missing, end] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(found["result"]["report"]["name"], json!(name));
        assert_eq!(missing, &json!({ "result": { "name": UNKNOWN_REPORT } }));
        assert_eq!(end, &json!({ "end": {} }));
    }
    // What is wrong from the beginning has its HTTP status.
    let answer = call(running.address, BATCH_GET_REPORTS, r#"{"names": ["reports/7"]}"#).await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "INVALID_FIELD"));
    running.end().await;
}

#[tokio::test]
async fn a_stream_that_the_server_breaks_off_says_so_in_its_last_line() {
    let running = start().await;
    running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    connection.write_all(&request("POST", WATCH_REPORTS, &[JSON], b"{}")).await.unwrap();
    let mut bytes = Vec::new();
    while !bytes.windows(10).any(|window| window == b"{\"result\":") {
        let read = tokio::time::timeout(DEADLINE, connection.read_buf(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&bytes));
    }
    // A call that has not come whole when the server is asked to end is answered, too.
    let mut late = TcpStream::connect(running.address).await.unwrap();
    let body = json!({ "name": UNKNOWN_REPORT }).to_string();
    let whole = request("POST", GET_REPORT, &[JSON], body.as_bytes());
    late.write_all(&whole[..whole.len() - 5]).await.unwrap();
    // And one that is kept for more calls holds nothing up.
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    let kept = format!(
        "POST {GET_REPORT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    idle.write_all(kept.as_bytes()).await.unwrap();
    idle.read_exact(&mut [0; 12]).await.unwrap();

    let ended = tokio::spawn(running.end());
    tokio::time::timeout(DEADLINE, connection.read_to_end(&mut bytes)).await.unwrap().unwrap();
    late.write_all(&whole[whole.len() - 5..]).await.unwrap();
    assert_eq!(http::rest(late).await.status, 404);
    ended.await.unwrap();
    let lines = http::parse(&bytes).lines();
    let last = lines.last().unwrap();
    assert_eq!(last["error"]["code"], "unavailable");
    let details = last["error"]["details"].as_array().unwrap();
    assert!(details.iter().any(|detail| detail["debug"]["reason"] == "SHUTTING_DOWN"), "{last}");
    assert!(lines.iter().all(|line| line.get("end").is_none()));
}

#[tokio::test]
async fn what_is_spoken_otherwise_is_refused_with_what_would_be_right() {
    let running = start().await;
    let refused = async |request: Vec<u8>| {
        let answer = exchange(running.address, &request).await;
        assert_eq!(answer.headers["content-type"], "application/json");
        (answer.status, answer.reason())
    };
    let body = br#"{"name": "reports/7"}"#;
    let unsupported = "UNSUPPORTED_PROTOCOL".to_owned();
    let long = "x".repeat(17_000);
    let cases: [(&str, Headers<'_>, u16); 10] = [
        ("GET", &[JSON], 405),
        ("PUT", &[JSON], 405),
        ("OPTIONS", &[JSON], 405),
        ("POST", &[], 415),
        ("POST", &[("content-type", "text/plain")], 415),
        ("POST", &[("content-type", "application/json; charset=gbk")], 415),
        ("POST", &[JSON, ("content-encoding", "gzip")], 415),
        ("POST", &[JSON, ("accept", "text/html, application/x-ndjson")], 406),
        ("POST", &[JSON, ("connect-protocol-version", "2")], 400),
        ("POST", &[JSON, ("x-long", &long)], 431),
    ];
    for (verb, headers, status) in cases {
        let got = refused(request(verb, GET_REPORT, headers, body)).await;
        assert_eq!(got, (status, unsupported.clone()), "{verb} {:.80}", format!("{headers:?}"));
    }
    // On the other side of each line.
    let long = "x".repeat(15_000);
    for headers in [
        &[JSON, ("accept", "application/json")] as &[_],
        &[("content-type", "Application/JSON; charset=UTF-8"), ("connect-protocol-version", "1")],
        &[JSON, ("content-encoding", "identity"), ("x-long", &long)],
    ] {
        let got = refused(request("POST", GET_REPORT, headers, body)).await;
        assert_eq!(got, (400, "INVALID_FIELD".to_owned()), "{:.80}", format!("{headers:?}"));
    }
    // A request in the address would not be read, and nobody would hear of it.
    let got = refused(request("POST", &format!("{GET_REPORT}?name=reports/7"), &[JSON], body)).await;
    assert_eq!(got, (400, unsupported));
    for path in [
        "/",
        "/gongkai.v1.QueryService/",
        "/gongkai.v1.QueryService/GetReports",
        "/gongkai.v1.IngestService/GetSubmission",
    ] {
        let got = refused(request("POST", path, &[JSON], body)).await;
        assert_eq!(got, (404, "UNKNOWN_METHOD".to_owned()), "{path}");
    }
    let answer = post(running.address, GET_REPORT, &[("content-type", "text/plain")], body).await;
    assert_eq!(answer.headers["accept-post"], "application/json");
    assert_eq!(
        exchange(running.address, &request("GET", GET_REPORT, &[], b"")).await.headers["allow"],
        "POST"
    );
    running.end().await;
}

#[tokio::test]
async fn a_time_out_holds_whoever_names_it() {
    let running = start().await;
    for timeout in [("connect-timeout-ms", "20"), ("grpc-timeout", "20m")] {
        // The last byte of the body never comes.
        let whole = request("POST", GET_REPORT, &[JSON, timeout], b"{}");
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        connection.write_all(&whole[..whole.len() - 1]).await.unwrap();
        let answer = http::rest(connection).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (504, &json!("deadline_exceeded")),
            "{timeout:?}"
        );
    }
    // The transport knows one of the headers: its own answer, which is none in JSON, must not come first.
    let body = &request("POST", GET_REPORT, &[JSON, ("grpc-timeout", "0m")], b"{}")[..];
    for body in [&body[..body.len() - 1]; 100] {
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        connection.write_all(body).await.unwrap();
        assert_eq!(http::rest(connection).await.status, 504);
    }
    let two = [JSON, ("connect-timeout-ms", "60000"), ("grpc-timeout", "20m")];
    let answer = post(running.address, GET_REPORT, &two, b"{}").await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "INVALID_FIELD"));
    assert!(answer.json()["message"].as_str().unwrap().contains("grpc-timeout"), "{answer:?}");
    for nonsense in ["", "-1", "1s", "12345678901", "年"] {
        let answer =
            post(running.address, GET_REPORT, &[JSON, ("connect-timeout-ms", nonsense)], b"{}").await;
        assert_eq!((answer.status, answer.reason().as_str()), (400, "INVALID_FIELD"), "{nonsense}");
        assert!(answer.json()["message"].as_str().unwrap().contains("connect-timeout-ms"));
    }
    for long in ["99999999", "100000000", "9999999999"] {
        let answer = post(running.address, GET_REPORT, &[JSON, ("connect-timeout-ms", long)], b"{}").await;
        assert_eq!(answer.json()["code"], "invalid_argument", "{long}");
    }
    running.end().await;
}

#[tokio::test]
async fn too_many_calls_at_once_are_told_when_to_come_back() {
    let running = start().await;
    let whole = request("POST", GET_REPORT, &[JSON], b"{}");
    let mut waiting = Vec::new();
    // Each waits for a byte that has not been sent, until there is no room for one more.
    let refused = loop {
        let mut connection = TcpStream::connect(running.address).await.unwrap();
        connection.write_all(&whole[..whole.len() - 1]).await.unwrap();
        waiting.push(connection);
        let answer = match waiting.len() {
            256.. => call(running.address, GET_REPORT, "{}").await,
            _ => continue,
        };
        if answer.status == 503 {
            break answer;
        }
        assert!(waiting.len() < 300, "nothing is refused");
    };
    assert_eq!((refused.reason().as_str(), refused.headers["retry-after"].as_str()), ("OVERLOADED", "1"));
    drop(waiting);
    // Room comes back when they are gone.
    let freed = async { while call(running.address, GET_REPORT, "{}").await.status == 503 {} };
    tokio::time::timeout(DEADLINE, freed).await.unwrap();
    running.end().await;
}

/// A message in the frame of gRPC.
fn framed(message: &impl prost::Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), message.as_slice()].concat()
}

/// The frames of an answer: a byte of flags, and what follows it.
fn frames(mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = body.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        frames.push((head[0], rest[..length].to_vec()));
        body = &rest[length..];
    }
    assert!(body.is_empty());
    frames
}

#[tokio::test]
async fn grpc_web_gives_the_same_messages_and_its_status_in_the_body() {
    let running = start().await;
    let name = running.publish(&report("甲县", 2022, FormId::Form2021)).await;
    let web = [("content-type", "application/grpc-web+proto"), ("x-grpc-web", "1")];
    let asked = v1::GetReportRequest { name: name.clone(), ..Default::default() };
    let answer = post(running.address, GET_REPORT, &web, &framed(&asked)).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/grpc-web+proto"));
    let parts = frames(&answer.body);
    let [(0, message), (0x80, trailers)] = parts.as_slice() else { panic!("{parts:?}") };
    let got = v1::GetReportResponse::decode(message.as_slice()).unwrap().report.unwrap();
    assert_eq!(got, running.get(&name).await.unwrap());
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"));
    // A stream, and a refusal.
    let asked = v1::BatchGetReportsRequest { names: vec![name.clone(), name], ..Default::default() };
    let answer = post(running.address, BATCH_GET_REPORTS, &web, &framed(&asked)).await;
    assert_eq!(frames(&answer.body).iter().map(|(flags, _)| *flags).collect::<Vec<_>>(), [0, 0, 0x80]);
    let asked = v1::GetReportRequest { name: UNKNOWN_REPORT.to_owned(), ..Default::default() };
    let answer = post(running.address, GET_REPORT, &web, &framed(&asked)).await;
    assert_eq!(answer.headers["grpc-status"], "5");
    // What is no frame breaks nothing.
    for hostile in [
        b"" as &[u8],
        b"\x00",
        b"\x00\xff\xff\xff\xffx",
        b"\x01\x00\x00\x00\x01x",
        b"\x80\x00\x00\x00\x00",
        b"hello",
    ] {
        let answer = post(running.address, GET_REPORT, &web, hostile).await;
        let whole = String::from_utf8_lossy(&answer.body).into_owned() + &format!("{:?}", answer.headers);
        assert!(!whole.contains("grpc-status:0"), "{hostile:?}: {whole}");
    }
    assert!(running.get("reports/7").await.is_err_and(|status: Status| !status.message().is_empty()));
    running.end().await;
}

#[tokio::test]
async fn a_page_in_a_browser_is_refused_unless_its_origin_was_allowed() {
    let running = start_for(&["https://example.org", "http://localhost:8080"]).await;
    let headers = |origin| [JSON, ("origin", origin)];
    let web = |origin| [("content-type", "application/grpc-web+proto"), ("origin", origin)];
    let native = |origin| [("content-type", "application/grpc"), ("origin", origin)];
    for stranger in ["https://example.com", "https://example.org:8443", "http://example.org", "null", ""] {
        for headers in [headers(stranger), web(stranger), native(stranger)] {
            let answer = post(running.address, GET_REPORT, &headers, b"{}").await;
            assert_eq!((answer.status, answer.reason().as_str()), (403, "ORIGIN_REFUSED"), "{headers:?}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
        let ask = request("OPTIONS", GET_REPORT, &headers(stranger), b"");
        assert_eq!(exchange(running.address, &ask).await.status, 403);
    }
    // Nor do they come in by speaking as programs do, where a proxy hands HTTP/2 on.
    for (origin, is_allowed) in [("https://example.com", false), ("https://example.org", true)] {
        let asked = v1::GetReportRequest { name: UNKNOWN_REPORT.to_owned(), ..Default::default() };
        let mut asked = Request::new(asked);
        asked.metadata_mut().insert("origin", origin.parse().unwrap());
        let status = running.client.clone().get_report(asked).await.unwrap_err();
        assert_eq!(status.code() == Code::NotFound, is_allowed, "{origin}: {status:?}");
    }
    for allowed in ["https://example.org", "http://localhost:8080"] {
        let ask = request("OPTIONS", GET_REPORT, &headers(allowed), b"");
        let answer = exchange(running.address, &ask).await;
        assert_eq!((answer.status, answer.headers["access-control-allow-methods"].as_str()), (204, "POST"));
        for answer in [
            answer,
            post(running.address, GET_REPORT, &headers(allowed), b"{}").await,
            post(running.address, GET_REPORT, &web(allowed), &framed(&v1::GetReportRequest::default())).await,
        ] {
            assert_eq!(answer.headers["access-control-allow-origin"], allowed);
            assert_eq!(answer.headers["vary"], "origin");
            assert_ne!(answer.status, 403);
        }
    }
    running.end().await;
    // Nothing is allowed by itself.
    let running = start().await;
    assert_eq!(post(running.address, GET_REPORT, &headers("http://localhost"), b"{}").await.status, 403);
    running.end().await;
}

#[tokio::test]
async fn health_is_asked_in_json_too() {
    let running = start().await;
    let answer = call(running.address, "/grpc.health.v1.Health/Check", "{}").await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": "SERVING" })));
    let unknown: Value =
        call(running.address, "/grpc.health.v1.Health/Check", r#"{"service": "x"}"#).await.json();
    assert_eq!(unknown["code"], "not_found");
    running.end().await;
}
