//! `gongkai up` as a process of its own, and clients for it.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

pub mod batches;
pub mod collector;
#[cfg(unix)]
pub mod house;

use gongkai_wire::v1;
use gongkai_wire::v1::ingest_service_client::IngestServiceClient;
use gongkai_wire::v1::query_service_client::QueryServiceClient;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Status, Streaming};
use tonic_types::StatusExt;

/// Far more than anything here takes; only what hangs reaches it.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A server process over a folder; killed when dropped.
pub struct Server {
    process: Child,
    pub address: String,
}

impl Server {
    pub fn start(folder: &Path) -> Self {
        Self::run(command(folder))
    }

    /// Starts what `command` says.
    pub fn run(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ").expect("it says first where it listens");
        Self { address: address.trim_end().to_owned(), process }
    }

    /// What the command line says, asked of this server.
    pub fn gongkai(&self, arguments: &[&str]) -> Output {
        let program = Command::new(env!("CARGO_BIN_EXE_gongkai"))
            .args(arguments)
            .args(["--server", &self.address, "--color", "never"])
            .output();
        program.unwrap()
    }

    pub async fn clients(&self) -> Clients {
        let channel = Channel::from_shared(self.address.clone()).unwrap().connect().await.unwrap();
        Clients::over(channel)
    }

    /// Ends it at once, as a crash would.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    #[cfg(unix)]
    pub async fn stop(mut self) -> ExitStatus {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        tokio::task::spawn_blocking(move || self.process.wait().unwrap()).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The command that serves `folder` on a free port.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
    command.args(["up", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder).stdin(Stdio::null());
    command
}

/// What talks to a server.
#[derive(Clone)]
pub struct Clients {
    pub channel: Channel,
    pub ingest: IngestServiceClient<Channel>,
    pub query: QueryServiceClient<Channel>,
}

impl Clients {
    pub fn over(channel: Channel) -> Self {
        Self {
            ingest: IngestServiceClient::new(channel.clone()),
            query: QueryServiceClient::new(channel.clone()),
            channel,
        }
    }

    pub async fn submit(
        &self,
        metadata: v1::DocumentMetadata,
        content: Vec<u8>,
    ) -> Result<v1::Submission, Status> {
        let request = v1::SubmitDocumentRequest { metadata: Some(metadata), content: content.into() };
        Ok(self.ingest.clone().submit_document(request).await?.into_inner().submission.unwrap())
    }

    /// Follows submissions until each has ended.
    pub async fn ended(&self, names: &[String]) -> HashMap<String, v1::Submission> {
        let filter = v1::SubmissionFilter { names: names.to_vec(), ..Default::default() };
        let request =
            v1::WatchSubmissionsRequest { filter: Some(filter), until_final: true, ..Default::default() };
        let watch = async {
            let mut stream = self.ingest.clone().watch_submissions(request).await.unwrap().into_inner();
            let mut latest: HashMap<String, v1::Submission> = HashMap::new();
            while let Some(message) = stream.message().await.unwrap() {
                for told in message.submissions {
                    if let Some(before) = latest.get(&told.name) {
                        let order = |submission: &v1::Submission| (submission.epoch, submission.state);
                        assert!(order(before) <= order(&told), "{} moved backwards", told.name);
                    }
                    latest.insert(told.name.clone(), told);
                }
            }
            latest
        };
        tokio::time::timeout(DEADLINE, watch).await.expect("every submission ends")
    }

    /// Sends a document and waits until it has ended.
    pub async fn read(&self, metadata: v1::DocumentMetadata, content: Vec<u8>) -> v1::Submission {
        let name = self.submit(metadata, content).await.unwrap().name;
        self.ended(std::slice::from_ref(&name)).await.remove(&name).unwrap()
    }

    pub async fn report(&self, name: &str, purpose: v1::Purpose) -> Result<v1::Report, Status> {
        let request =
            v1::GetReportRequest { name: name.to_owned(), purpose: purpose.into(), ..Default::default() };
        Ok(self.query.clone().get_report(request).await?.into_inner().report.unwrap())
    }

    pub async fn reports(&self) -> Vec<v1::Report> {
        let mut request = v1::ListReportsRequest { page_size: 1000, ..Default::default() };
        let mut reports = Vec::new();
        loop {
            let page = self.query.clone().list_reports(request.clone()).await.unwrap().into_inner();
            reports.extend(page.reports);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return reports;
            }
        }
    }

    pub async fn submissions(&self) -> Vec<v1::Submission> {
        let mut request = v1::ListSubmissionsRequest { page_size: 1000, ..Default::default() };
        let mut submissions = Vec::new();
        loop {
            let page = self.ingest.clone().list_submissions(request.clone()).await.unwrap().into_inner();
            submissions.extend(page.submissions);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return submissions;
            }
        }
    }

    pub async fn document(&self, name: &str) -> Vec<u8> {
        let request = v1::GetDocumentRequest { name: name.to_owned(), ..Default::default() };
        let stream: Streaming<_> = self.query.clone().get_document(request).await.unwrap().into_inner();
        let mut bytes = Vec::new();
        for part in all(stream).await {
            if let Some(v1::get_document_response::Part::Chunk(chunk)) = part.part {
                bytes.extend(chunk);
            }
        }
        bytes
    }
}

pub async fn all<T>(mut stream: Streaming<T>) -> Vec<T> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        messages.push(message);
    }
    messages
}

pub fn metadata(file_name: &str) -> v1::DocumentMetadata {
    v1::DocumentMetadata { file_name: file_name.to_owned(), ..Default::default() }
}

/// The stable reason of an error.
pub fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// The labelled reports that are shipped: text files, each with its labels beside it.
pub fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut samples: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .filter(|path| path.with_extension("json").exists())
        .collect();
    samples.sort();
    assert!(!samples.is_empty());
    samples
}

/// A made-up report of a county that no other seed below 100 more or less has.
pub fn made_up(seed: u64) -> Vec<u8> {
    use gongkai_testkit::{Encoding, Extent, Record, RecordOptions, RenderOptions, Rendering, Wording};
    let record = Record::random(gongkai_model::FormId::Form2021, seed, RecordOptions::CONSISTENT);
    let options = RenderOptions { seed, extent: Extent::Whole, wording: Wording::Official };
    let mut rendered = Rendering::Html.render(&record, options);
    let stem =
        |digit: u64| ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"][(digit % 10) as usize];
    let region = format!("{}{}县", stem(seed / 10), stem(seed));
    rendered.text = rendered.text.replace(&record.about.region, &region);
    rendered.bytes(Encoding::Utf8)
}
