//! HTTP/1.1 as it stands on the wire, so that nothing but the server decides what is spoken.

use std::collections::HashMap;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a server has answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// By names in small letters.
    pub headers: HashMap<String, String>,
    /// Without the marks of chunks.
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Each line of a streamed answer.
    pub fn lines(&self) -> Vec<serde_json::Value> {
        let text = std::str::from_utf8(&self.body).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The reason of an error, which stands in its details for everyone to read.
    pub fn reason(&self) -> String {
        let error = self.json();
        let details = error["details"].as_array().cloned().unwrap_or_default();
        let info = details.iter().find(|detail| detail["type"] == "google.rpc.ErrorInfo");
        info.map(|info| info["debug"]["reason"].as_str().unwrap().to_owned()).unwrap_or_default()
    }
}

/// Calls a method with a body in JSON.
pub async fn call(address: SocketAddr, method: &str, body: &str) -> Answer {
    post(address, method, &[("content-type", "application/json")], body.as_bytes()).await
}

/// Sends a body with these headers.
pub async fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    exchange(address, &request("POST", path, headers, body)).await
}

/// A request after which the connection ends.
pub fn request(verb: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{verb} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// Sends these bytes, and reads until the server ends the connection.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request).await.unwrap();
    rest(connection).await
}

/// Reads an answer until the server ends the connection.
pub async fn rest(mut connection: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    tokio::time::timeout(super::DEADLINE, connection.read_to_end(&mut bytes)).await.unwrap().unwrap();
    parse(&bytes)
}

pub fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let headers: HashMap<_, _> = lines.map(header).collect();
    let body = &bytes[end + 4..];
    let is_chunked = headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked");
    let body = if is_chunked { joined(body) } else { body.to_vec() };
    Answer { status, headers, body }
}

fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|window| window == b"\r\n").expect("the length of a chunk");
        let length = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return body;
        }
        let begin = end + 2;
        body.extend_from_slice(&chunks[begin..begin + length]);
        chunks = &chunks[begin + length + 2..];
    }
}
