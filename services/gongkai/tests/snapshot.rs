//! `gongkai snapshot`: from one server into others, through folders.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::house::House;
use e2e::{Clients, Server, all, made_up, metadata, reason};
use gongkai_snapshot::{Entry, Manifest, PartReader, PartWriter, history_to_message};
use gongkai_store::{ContentDigester, ReportHistory};
use gongkai_wire::v1;
use gongkai_wire::v1::import_snapshot_request::Piece;
use gongkai_wire::v1::review_service_client::ReviewServiceClient;
use gongkai_wire::v1::snapshot_import_service_client::SnapshotImportServiceClient;
use gongkai_wire::v1::statistics_service_client::StatisticsServiceClient;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use tonic::Status;
use tonic_types::StatusExt as _;

fn snapshot(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
    command.arg("snapshot").args(arguments).current_dir(folder).output().unwrap()
}

/// What a command prints that ends with a code.
fn ends(code: i32, arguments: &[&str], folder: &Path) -> String {
    let output = snapshot(arguments, folder);
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{error}");
    format!("{out}{error}")
}

fn digest(server: &Server, folder: &Path) -> String {
    ends(0, &["digest", "--server", &server.address], folder).split(' ').next().unwrap().to_owned()
}

async fn read(clients: &Clients, seeds: std::ops::Range<u64>) -> Vec<String> {
    let sent = seeds.map(|seed| clients.submit(metadata(&format!("{seed}.html")), made_up(seed)));
    let sent = futures::future::join_all(sent).await;
    let names: Vec<String> = sent.into_iter().map(|it| it.unwrap().name).collect();
    let ended = clients.ended(&names).await;
    ended.values().flat_map(|it| &it.reports).map(|it| it.report.clone()).collect()
}

/// Corrects the first figure that is a number, by one.
async fn amend(clients: &Clients, report: &str) {
    let shown = clients.report(report, v1::Purpose::Published).await.unwrap();
    let figure = shown.figures.iter().find(|figure| figure.key == "requests.received.total").unwrap();
    let says = figure.value.as_deref().unwrap().parse::<i64>().unwrap() + 1;
    let request = v1::AmendReportRequest {
        report: report.to_owned(),
        amendments: vec![v1::Amendment {
            figure: Some(v1::FigureName { key: figure.key.clone(), ..Default::default() }),
            read: None,
            says: Some(v1::CellContent { value: Some(says.to_string()), ..Default::default() }),
        }],
        author: "王某".to_owned(),
        reason: "原件如此".to_owned(),
        ..Default::default()
    };
    ReviewServiceClient::new(clients.channel.clone()).amend_report(request).await.unwrap();
}

/// Everything that a server tells of its reports, without the places in its own order of changes.
async fn told(clients: &Clients) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    let mut query = clients.query.clone().max_decoding_message_size(4 << 20);
    let request = v1::ListReportsRequest { page_size: 1000, ..Default::default() };
    for listed in query.list_reports(request).await.unwrap().into_inner().reports {
        let mut report = clients.report(&listed.name, v1::Purpose::Published).await.unwrap();
        report.etag.clear();
        let revision = report.revision.as_mut().unwrap();
        revision.position = 0;
        let document = v1::GetDocumentRequest { name: revision.document.clone(), ..Default::default() };
        let parts = match query.get_document(document).await {
            Ok(parts) => format!("{:?}", all(parts.into_inner()).await),
            Err(status) => reason(&status),
        };
        let request = v1::ListReviewsRequest { report: listed.name.clone(), ..Default::default() };
        let reviews = ReviewServiceClient::new(clients.channel.clone()).list_reviews(request).await.unwrap();
        told.insert(listed.name, format!("{report:?}\n{parts}\n{:?}", reviews.into_inner()));
    }
    told
}

/// Findings, statistics and what is found by words, without places in a server's own order of changes.
async fn asked(clients: &Clients, reports: usize) -> Vec<String> {
    let mut query = clients.query.clone().max_decoding_message_size(4 << 20);
    let mut answers = Vec::new();
    let mut request = v1::ListFindingsRequest { page_size: 1000, ..Default::default() };
    loop {
        let page = query.list_findings(request.clone()).await.unwrap().into_inner();
        answers.extend(page.findings.iter().map(|finding| format!("{finding:?}")));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let keys = vec!["requests.received.total".to_owned(), "requests.concluded.total".to_owned()];
    let mut statistics = StatisticsServiceClient::new(clients.channel.clone());
    let request = v1::QueryFiguresRequest { keys: keys.clone(), ..Default::default() };
    let rows = all(statistics.query_figures(request).await.unwrap().into_inner()).await;
    answers.extend(rows.iter().flat_map(|message| &message.rows).map(|row| format!("{row:?}")));
    let request =
        v1::AggregateRequest { keys, group_by: vec![v1::GroupBy::Year.into()], ..Default::default() };
    let groups = all(statistics.aggregate(request).await.unwrap().into_inner()).await;
    let mut groups: Vec<_> = groups.into_iter().flat_map(|message| message.groups).collect();
    // They stand in the order of a server's own changes.
    groups.iter_mut().for_each(|group| group.reports.sort_unstable());
    assert!(!groups.is_empty());
    answers.extend(groups.iter().map(|group| format!("{group:?}")));
    // The index follows what was taken in.
    let begun = Instant::now();
    loop {
        let request =
            v1::SearchReportsRequest {
                query: "政府信息".to_owned(), page_size: 100, ..Default::default()
            };
        let mut found = query.search_reports(request).await.unwrap().into_inner();
        if found.results.len() == reports {
            for result in &mut found.results {
                let report = result.report.as_mut().unwrap();
                report.etag.clear();
                report.revision.as_mut().unwrap().position = 0;
            }
            assert!(found.results.iter().all(|result| !result.passages.is_empty()));
            answers.extend(found.results.iter().map(|result| format!("{result:?}")));
            break;
        }
        assert!(begun.elapsed() < e2e::DEADLINE, "{} are found", found.results.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    answers.sort_unstable();
    answers
}

/// The files of a snapshot, the manifest first.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "SHA256SUMS");
    names.sort();
    names.into_iter().map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect()
}

async fn import(
    clients: &Clients,
    files: &[(String, Vec<u8>)],
) -> Result<v1::ImportSnapshotResponse, Status> {
    let mut pieces = Vec::new();
    for (name, bytes) in files {
        pieces.push(Piece::File(name.clone()));
        pieces.extend(bytes.chunks(100_000).map(|chunk| Piece::Chunk(chunk.to_vec().into())));
    }
    let pieces: Vec<_> =
        pieces.into_iter().map(|piece| v1::ImportSnapshotRequest { piece: Some(piece) }).collect();
    let mut client = SnapshotImportServiceClient::new(clients.channel.clone());
    Ok(client.import_snapshot(tokio_stream::iter(pieces)).await?.into_inner())
}

/// From SQLite to PostgreSQL and back into another SQLite: the same digest, the same answers; and deltas come to what
/// everything at once comes to.
#[tokio::test(flavor = "multi_thread")]
async fn it_goes_round_through_both_engines_with_the_same_digest() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let origin = Server::start(data.path());
    let clients = origin.clients().await;
    let reports = read(&clients, 0..12).await;
    amend(&clients, &reports[0]).await;
    ends(0, &["create", "--to", "monday", "--server", &origin.address], work.path());
    // A report that is amended after, one that is republished in other words, and new ones.
    amend(&clients, &reports[1]).await;
    amend(&clients, &reports[0]).await;
    read(&clients, 12..20).await;
    let create = ["create", "--since", "monday", "--to", "tuesday", "--server", &origin.address];
    let said = ends(0, &create, work.path());
    assert!(said.contains("tuesday: 10 reports") && said.contains("8 documents"), "{said}");
    let nothing = ["create", "--since", "tuesday", "--to", "nothing", "--server", &origin.address];
    assert!(ends(0, &nothing, work.path()).contains("nothing: 0 reports"));
    let whole = ["create", "--to", "whole", "--part-mib", "1", "--server", &origin.address];
    ends(0, &whole, work.path());
    for folder in ["monday", "tuesday", "nothing", "whole"] {
        assert!(ends(0, &["verify", folder], work.path()).contains("whole: "));
    }
    let mut sums = Command::new("sha256sum");
    let sums = sums.args(["-c", "--quiet", "SHA256SUMS"]).current_dir(work.path().join("whole"));
    assert!(sums.status().unwrap().success());
    let content = digest(&origin, work.path());
    let wanted = told(&clients).await;
    assert_eq!(wanted.len(), 20);

    let house = House::new();
    let postgres = house.serve(&["ingest", "parser", "query"]);
    let others = postgres.clients().await;
    // Not without the base.
    let refused = import(&others, &files(&work.path().join("tuesday"))).await.unwrap_err();
    assert_eq!(reason(&refused), "SNAPSHOT_BASE_UNKNOWN");
    let details = refused.get_details_error_info().unwrap().metadata;
    let manifest = fs::read_to_string(work.path().join("monday/manifest.json")).unwrap();
    assert!(manifest.contains(&details["base_sha256"]) && details["here_sha256"].len() == 64, "{details:?}");
    assert!(told(&others).await.is_empty());
    let said = ends(3, &["import", "tuesday", "--server", &postgres.address], work.path());
    assert!(said.contains("import the base first"), "{said}");

    let said = ends(0, &["import", "monday", "--server", &postgres.address], work.path());
    assert!(said.contains("12 reports added") && said.contains("that of the snapshot"), "{said}");
    let said = ends(0, &["import", "tuesday", "--server", &postgres.address], work.path());
    assert!(
        said.contains("8 reports added, 2 extended, 0 unchanged, 0 left out; 8 documents added"),
        "{said}"
    );
    assert_eq!(digest(&postgres, work.path()), content);
    assert_eq!(told(&others).await, wanted);
    let answers = asked(&clients, 20).await;
    for (ours, theirs) in answers.iter().zip(&asked(&others, 20).await) {
        assert_eq!(ours, theirs);
    }
    // Again: nothing happens, and nothing is told.
    for folder in ["monday", "tuesday", "nothing", "whole"] {
        let said = ends(0, &["import", folder, "--server", &postgres.address], work.path());
        assert!(said.contains(": 0 reports added, 0 extended"), "{said}");
    }
    assert_eq!(digest(&postgres, work.path()), content);
    let mut feed = others.query.clone().watch_reports(v1::WatchReportsRequest::default()).await.unwrap();
    let mut changes = Vec::new();
    while changes.len() < 23 {
        let message = feed.get_mut().message().await.unwrap().unwrap();
        assert!(!message.changes.is_empty(), "no more is told after {}", changes.len());
        changes.extend(message.changes);
    }
    assert!(changes.is_sorted_by_key(|change| change.position));

    // Out of PostgreSQL, with all that was done to it, and into an empty file.
    ends(0, &["create", "--to", "back", "--server", &postgres.address], work.path());
    assert!(ends(0, &["verify", "back"], work.path()).contains(&content));
    let empty = tempfile::tempdir().unwrap();
    let last = Server::start(empty.path());
    let said = ends(0, &["import", "back", "--server", &last.address], work.path());
    assert!(said.contains("20 reports added") && said.contains("that of the snapshot"), "{said}");
    assert_eq!(told(&last.clients().await).await, wanted);
    assert!(asked(&last.clients().await, 20).await == answers, "as before");
    // It goes on from there: a delta of the origin has its base here, by its content.
    read(&clients, 20..21).await;
    let create = ["create", "--since", "whole", "--to", "wednesday", "--server", &origin.address];
    ends(0, &create, work.path());
    let said = ends(0, &["import", "wednesday", "--server", &last.address], work.path());
    assert!(said.contains("1 reports added") && said.contains("that of the snapshot"), "{said}");
}

/// Whatever is wrong with a file is found, named and not taken; what came before it stays, and the rest can be sent again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_named_and_not_taken() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let origin = Server::start(data.path());
    let clients = origin.clients().await;
    // Documents that do not compress, so that there are several parts.
    let big = |seed: u64| {
        let mut state = seed + 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + u8::try_from(state % 26).unwrap())
        };
        let noise: String = (0..600_000).map(|_| next()).collect();
        [made_up(seed), format!("<!-- {noise} -->").into_bytes()].concat()
    };
    let sent =
        futures::future::join_all((0..9).map(|seed| clients.submit(metadata("x.html"), big(seed)))).await;
    clients.ended(&sent.into_iter().map(|it| it.unwrap().name).collect::<Vec<_>>()).await;
    ends(0, &["create", "--to", "s", "--part-mib", "1", "--server", &origin.address], work.path());
    let good = files(&work.path().join("s"));
    assert!(
        3 <= good.len(),
        "{:?}",
        good.iter().map(|(name, bytes)| (name, bytes.len())).collect::<Vec<_>>()
    );

    let target = tempfile::tempdir().unwrap();
    let server = Server::start(target.path());
    let others = server.clients().await;
    let bad = |damage: fn(&mut Vec<(String, Vec<u8>)>)| {
        let mut files = good.clone();
        damage(&mut files);
        files
    };
    let cases = [
        (bad(|files| files[1].1[5000] ^= 1), "part-00001.tar.zst"),
        (bad(|files| files[1].1.truncate(9000)), "part-00001.tar.zst"),
        (bad(|files| files[1].1.push(0)), "part-00001.tar.zst"),
        (
            bad(|files| {
                let first = files[1].1.clone();
                files[1].1 = std::mem::replace(&mut files[2].1, first);
            }),
            "part-00001.tar.zst",
        ),
        (bad(|files| files[0].1.truncate(300)), "manifest.json"),
        (bad(|files| files.truncate(1)), "part-00001.tar.zst"),
    ];
    for (files, file) in cases {
        let refused = import(&others, &files).await.unwrap_err();
        assert_eq!(reason(&refused), "SNAPSHOT_DAMAGED", "{refused:?}");
        assert_eq!(refused.get_details_error_info().unwrap().metadata["file"], file);
        assert!(told(&others).await.is_empty());
    }
    let refused = import(&others, &bad(|files| files[1].1[5000] ^= 1)).await.unwrap_err();
    let details = refused.get_details_error_info().unwrap().metadata;
    assert!(details["expected_sha256"] != details["actual_sha256"], "{details:?}");
    for files in [bad(|files| files.swap(1, 2)), bad(|files| files.rotate_left(1))] {
        assert_eq!(reason(&import(&others, &files).await.unwrap_err()), "INVALID_FIELD");
    }

    // Broken off behind the first part: what it had is here, and the whole can be sent again.
    let half = import(&others, &good[..2]).await.unwrap_err();
    assert_eq!(half.get_details_error_info().unwrap().metadata["file"], "part-00002.tar.zst");
    let there = told(&others).await.len();
    assert!(0 < there && there < 9, "{there}");
    let done = import(&others, &good).await.unwrap();
    assert_eq!((done.reports_unchanged, done.reports_added), (there as i64, 9 - there as i64));
    assert_eq!(digest(&server, work.path()), digest(&origin, work.path()));

    // Without a server.
    let part = work.path().join("s/part-00002.tar.zst");
    let bytes = fs::read(&part).unwrap();
    fs::write(&part, &bytes[..bytes.len() - 1]).unwrap();
    assert!(ends(1, &["verify", "s"], work.path()).contains("part-00002.tar.zst: it has "));
    fs::remove_file(&part).unwrap();
    assert!(ends(1, &["verify", "s"], work.path()).contains("part-00002.tar.zst"));
    assert!(ends(3, &["import", "s", "--server", &server.address], work.path()).contains("cannot read"));
    assert!(
        ends(3, &["create", "--to", "s", "--server", &server.address], work.path()).contains("new folder")
    );
    assert!(ends(3, &["verify", "nowhere"], work.path()).contains("nowhere"));
}

/// What the server has found out itself stays; and a base of another store is found out.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_reports_of_its_own_keeps_them() {
    let (data, own, work) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (origin, server) = (Server::start(data.path()), Server::start(own.path()));
    let (clients, others) = (origin.clients().await, server.clients().await);
    read(&clients, 0..6).await;
    let ours = read(&others, 0..2).await;
    amend(&others, &ours[0]).await;
    let before = told(&others).await;
    let create = ["create", "--without-documents", "--to", "s", "--server", &origin.address];
    let said = ends(0, &create, work.path());
    assert!(said.contains("6 reports") && said.contains("0 documents"), "{said}");
    let said = ends(1, &["import", "s", "--server", &server.address], work.path());
    assert!(
        said.contains("4 reports added, 0 extended, 0 unchanged, 2 left out; 0 documents added"),
        "{said}"
    );
    assert!(said.contains(&ours[0]) && said.contains("another"), "{said}");
    let after = told(&others).await;
    assert_eq!(after.len(), 6);
    for (name, report) in &before {
        assert_eq!(after.get(name), Some(report));
    }
    assert!(said.contains("0 documents added, 4 missing"), "{said}");
    let without = after.iter().filter(|(_, told)| told.contains("DOCUMENT_NOT_FOUND")).count();
    assert_eq!(without, 4, "what came without its document says so");

    // The documents come by another snapshot, and a delta that is made here carries them on, although no report has changed.
    ends(0, &["create", "--to", "before", "--server", &server.address], work.path());
    ends(0, &["create", "--to", "with", "--server", &origin.address], work.path());
    let said = ends(1, &["import", "with", "--server", &server.address], work.path());
    assert!(said.contains("4 unchanged, 2 left out; 4 documents added, 0 missing"), "{said}");
    let create = ["create", "--since", "before", "--to", "after", "--server", &server.address];
    let said = ends(0, &create, work.path());
    assert!(said.contains("after: 4 reports") && said.contains("4 documents"), "{said}");
    ends(0, &["verify", "after"], work.path());
    // Of reports that were left out neither documents nor names are here.
    let documents = |report: &str| report.contains("DOCUMENT_NOT_FOUND");
    assert!(!told(&others).await.values().any(|report| documents(report)));
    let third = tempfile::tempdir().unwrap();
    let third = Server::start(third.path());
    for (folder, added) in [("before", "6 reports added"), ("after", "4 documents added, 0 missing")] {
        let said = ends(0, &["import", folder, "--server", &third.address], work.path());
        assert!(said.contains(added), "{said}");
    }
    assert_eq!(told(&third.clients().await).await, told(&others).await);
    // What was not taken in whole is no base.
    read(&clients, 40..41).await;
    let create = ["create", "--since", "with", "--to", "upon", "--server", &origin.address];
    ends(0, &create, work.path());
    let refused = import(&others, &files(&work.path().join("upon"))).await.unwrap_err();
    assert_eq!(reason(&refused), "SNAPSHOT_BASE_UNKNOWN");

    // A snapshot of one store is no base for a delta of another.
    ends(0, &["create", "--to", "mine", "--server", &server.address], work.path());
    read(&clients, 6..30).await;
    let create = ["create", "--since", "mine", "--to", "x", "--server", &origin.address];
    let said = ends(3, &create, work.path());
    assert!(said.contains("the base holds") && !work.path().join("x").exists(), "{said}");
}

/// The part of a snapshot with its one report changed, and a manifest that fits it.
fn crafted(files: &[(String, Vec<u8>)], change: impl Fn(&mut ReportHistory)) -> Vec<(String, Vec<u8>)> {
    let mut manifest = Manifest::from_bytes(&files[0].1).unwrap();
    let mut reader = PartReader::new(&*files[1].1).unwrap();
    let mut part = PartWriter::new().unwrap();
    let mut carried = ContentDigester::default();
    while let Some(entry) = reader.next_entry().unwrap() {
        match entry {
            Entry::Document { id, bytes } => {
                let mut content = vec![0; bytes as usize];
                let mut length = 0;
                while length < content.len() {
                    length += reader.data(&mut content[length..]).unwrap();
                }
                part.begin_document(id, bytes).unwrap();
                part.data(&content).unwrap();
            }
            Entry::Report(mut history, documents) => {
                change(&mut history);
                carried.add(history.report, history.digest());
                part.report(history.report, &history_to_message(&history, &documents)).unwrap();
            }
        }
    }
    let before = part.take();
    let (rest, written) = part.finish().unwrap();
    let bytes = [before, rest].concat();
    (manifest.parts[0].bytes, manifest.parts[0].sha256) = (written.bytes, written.sha256.clone());
    manifest.parts_sha256 = written.sha256;
    manifest.carried_sha256 = carried.finish().to_string();
    manifest.content.sha256 = manifest.carried_sha256.clone();
    vec![(files[0].0.clone(), manifest.to_bytes()), (files[1].0.clone(), bytes)]
}

/// A part that is whole by all its digests, and tells of what cannot have happened: the report is named, and nothing is taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_up_is_refused_with_the_name_of_its_report() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let origin = Server::start(data.path());
    let clients = origin.clients().await;
    let reports = read(&clients, 0..1).await;
    amend(&clients, &reports[0]).await;
    ends(0, &["create", "--to", "s", "--server", &origin.address], work.path());
    let good = files(&work.path().join("s"));
    let target = tempfile::tempdir().unwrap();
    let server = Server::start(target.path());
    let others = server.clients().await;
    type Change = fn(&mut ReportHistory);
    let changes: [(Change, &str); 4] = [
        (|history| history.revisions[0].info.part = 2, "revision 1 was not read"),
        (|history| history.events[1].base = Some(2), "cannot lie beneath"),
        (
            |history| {
                let said = history.events[1].said[0].clone();
                history.events[1].said.push(said);
            },
            "was said twice",
        ),
        (|history| history.revisions[1].info.digest.0[0] ^= 1, "not what its digest says"),
    ];
    for (change, problem) in changes {
        let refused = import(&others, &crafted(&good, change)).await.unwrap_err();
        assert_eq!(reason(&refused), "SNAPSHOT_DAMAGED");
        let details = refused.get_details_error_info().unwrap().metadata;
        assert_eq!((&details["report"], details["file"].as_str()), (&reports[0], "part-00001.tar.zst"));
        assert!(refused.message().contains(problem), "{}", refused.message());
    }
    // A manifest that claims another content.
    let mut manifest = Manifest::from_bytes(&good[0].1).unwrap();
    manifest.content.sha256 = "7".repeat(64);
    let claimed = vec![(good[0].0.clone(), manifest.to_bytes()), good[1].clone()];
    let refused = import(&others, &claimed).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().metadata["file"], "manifest.json");
    // What it claims is held by nobody, so that nothing is put upon it.
    let mut delta = manifest.clone();
    delta.base = Some(manifest.content.clone());
    let upon = vec![(good[0].0.clone(), delta.to_bytes()), good[1].clone()];
    assert_eq!(reason(&import(&others, &upon).await.unwrap_err()), "SNAPSHOT_BASE_UNKNOWN");
    let untouched = crafted(&good, |_| {});
    let told = import(&others, &untouched).await.unwrap();
    assert_eq!((told.reports_unchanged, told.documents_missing), (1, 0), "only its content was wrong");
    assert_eq!(digest(&server, work.path()), digest(&origin, work.path()));
}

/// All of a snapshot is as of its position, whatever is read and said meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_meanwhile_does_not_show() {
    let (data, work) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let origin = Server::start(data.path());
    let clients = origin.clients().await;
    let reports = read(&clients, 0..10).await;
    let writing = tokio::spawn(async move {
        for (seed, report) in (10..).zip(reports) {
            amend(&clients, &report).await;
            read(&clients, seed..seed + 1).await;
        }
    });
    let mut made = Vec::new();
    while !writing.is_finished() {
        let name = made.len().to_string();
        ends(0, &["create", "--to", &name, "--server", &origin.address], work.path());
        made.push(name);
    }
    writing.await.unwrap();
    assert!(!made.is_empty());
    for name in made {
        let manifest = fs::read_to_string(work.path().join(&name).join("manifest.json")).unwrap();
        ends(0, &["verify", &name], work.path());
        let position = manifest.split("\"content\"").nth(1).unwrap();
        let position = position.split("\"position\": ").nth(1).unwrap().split(',').next().unwrap();
        let then = ["digest", "--position", position, "--server", &origin.address];
        let then = ends(0, &then, work.path());
        assert!(manifest.contains(then.split(' ').next().unwrap()), "{manifest}\n{then}");
    }
}
