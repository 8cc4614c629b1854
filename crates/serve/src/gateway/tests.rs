use super::*;
use interface::Interface;
use proptest::prelude::*;
use prost::Message as _;
use serde_json::Value;
use std::sync::LazyLock;

/// All services of the interface, whichever there will be.
fn interface() -> Interface {
    let files = prost_types::FileDescriptorSet::decode(gongkai_wire::FILE_DESCRIPTOR_SET).unwrap().file;
    let name = |file: &prost_types::FileDescriptorProto, service: &prost_types::ServiceDescriptorProto| {
        &*Box::leak(format!("{}.{}", file.package(), service.name()).into_boxed_str())
    };
    let services: Vec<&'static str> =
        files.iter().flat_map(|file| file.service.iter().map(|service| name(file, service))).collect();
    Interface::of(&[gongkai_wire::FILE_DESCRIPTOR_SET], &services).unwrap()
}

static INTERFACE: LazyLock<Interface> = LazyLock::new(interface);

/// Values as they may stand in a body: right ones, and such as make no sense in most places.
fn leaf() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "reports/7",
        "STATE_BLANK",
        "1",
        "-1",
        "1e999",
        "NaN",
        "-Infinity",
        "9223372036854775808",
        "true",
        "=",
        "AA==",
        "-_-_",
        "2024-01-31T08:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "0000-00-00T00:00:00Z",
        "-9999999999999s",
        "1.5s",
        "a,b.c",
        "null",
        "\u{0}",
        "\u{fffd}",
        "年",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ]
}

fn body() -> impl Strategy<Value = Value> {
    let names = [
        "name",
        "names",
        "content",
        "metadata",
        "fileName",
        "file_name",
        "filter",
        "pageSize",
        "page_token",
        "asOf",
        "view",
        "purpose",
        "requestId",
        "items",
        "states",
        "causes",
        "afterPosition",
        "yearMin",
        "scope",
        "document",
        "info",
        "chunk",
        "submission",
        "key",
        "value",
        "seconds",
        "nanos",
        "@type",
    ];
    leaf().prop_recursive(4, 32, 6, move |inner| {
        let name = prop_oneof![prop::sample::select(names.to_vec()).prop_map(str::to_owned), ".{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_body_holds_is_read_or_refused_and_what_is_read_can_be_written(body in body()) {
        for called in INTERFACE.methods() {
            if let Ok(message) = called.message(body.to_string().as_bytes()) {
                prop_assert!(called.request_json(&message).is_ok(), "{} {body}", called.method);
            }
        }
    }

    #[test]
    fn bytes_that_are_no_message_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for called in INTERFACE.methods() {
            // An answer comes from our own services; that it is read without harm holds all the same.
            let _ = called.json(&bytes);
            let _ = called.message(&bytes);
        }
    }
}

#[test]
fn every_method_of_the_interface_can_be_called() {
    let interface = interface();
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto/gongkai/v1")).unwrap();
    let files = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let methods: usize = files.map(|file| file.matches("\n  rpc ").count()).sum();
    assert_eq!(interface.methods().count(), methods);
    let upload = interface.called("/gongkai.v1.BatchService/UploadBatch").unwrap();
    assert!(upload.takes_stream && upload.gives_stream);
    assert!(interface.called("/gongkai.v1.BatchService/Upload").is_none());
}

#[test]
fn ranges_of_types_are_read_as_callers_write_them() {
    let accepts = |value: &'static str, given| {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(value));
        accepts(&headers, given)
    };
    assert!(super::accepts(&HeaderMap::new(), JSON));
    for value in ["*/*", "application/*", "text/html, application/json;q=0.9", "APPLICATION/JSON"] {
        assert!(accepts(value, JSON), "{value}");
    }
    for value in ["", "text/*", "application/x-ndjson", "application/jsonp"] {
        assert!(!accepts(value, JSON), "{value}");
    }
    assert!(accepts("application/x-ndjson", LINES));
}

#[test]
fn origins_are_taken_as_browsers_write_them() {
    for origin in
        ["https://example.org", "http://localhost:8080", "http://127.0.0.1:443", "http://[::1]:3000"]
    {
        assert_eq!(origin.parse::<Origin>().unwrap().to_string(), origin);
    }
    for wrong in [
        "",
        "*",
        "null",
        "example.org",
        "https://",
        "https://example.org/",
        "https://Example.org",
        "https://a@example.org",
        "https://example.org/app",
        "https://example.org?x",
        "https://*.example.org",
        "https://example.org:443",
        "http://example.org:80",
        "http://example.org:",
    ] {
        assert_eq!(wrong.parse::<Origin>(), Err(OriginError), "{wrong}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_whole_is_none() {
    let answer = |frames: Vec<Frame<Bytes>>| {
        let frames = futures::stream::iter(frames.into_iter().map(Ok::<_, Infallible>));
        Frames::of(Response::new(Body::new(StreamBody::new(frames)))).unwrap()
    };
    let data = |bytes: &'static [u8]| Frame::data(Bytes::from_static(bytes));
    let ended = |code: &'static str| {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static(code));
        Frame::trailers(trailers)
    };
    let whole = || data(b"\x00\x00\x00\x00\x02ab");
    // Pieces are put together, wherever they were cut.
    let mut frames =
        answer(vec![data(b"\x00\x00\x00"), data(b"\x00\x02a"), data(b"b\x00\x00\x00\x00\x00"), ended("0")]);
    assert_eq!(frames.next().await.unwrap().unwrap(), "ab");
    assert_eq!(frames.next().await.unwrap().unwrap(), "");
    assert!(frames.next().await.unwrap().is_none());
    let mut failed = answer(vec![whole(), ended("14")]);
    assert!(failed.next().await.unwrap().is_some());
    assert_eq!(failed.next().await.unwrap_err().code(), tonic::Code::Unavailable);
    for cut in [
        vec![],
        vec![data(b"\x00\x00\x00\x00\x02a"), ended("0")],
        vec![data(b"\x00\x00\x00\x00\x02a")],
        vec![data(b"\x01\x00\x00\x00\x02ab"), ended("0")],
        vec![data(b"\x00\xff\xff\xff\xff"), ended("0")],
        vec![Frame::trailers(HeaderMap::new())],
    ] {
        assert_eq!(answer(cut).next().await.unwrap_err().code(), tonic::Code::Internal);
    }
}
