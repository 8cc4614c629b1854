//! The files of a snapshot: what is written is read back, and what is damaged or hostile is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_model::{
    DocumentId, FigureName, Opinion, Period, Portion, Purpose, ReportId, Review, ReviewId, Said, State, Value,
};
use gongkai_snapshot::{
    Entry, Manifest, ManifestError, Part, PartReader, PartWriter, Place, SnapshotError, Verifier, Written,
    hexadecimal, history_from_message, history_to_message, part_name,
};
use gongkai_store::contract::sample;
use gongkai_store::packed::PackedReport;
use gongkai_store::{
    Cause, ContentDigester, DocumentInfo, HistoryEvent, HistoryRevision, NewHistory, NewRevision, Position,
    ReportHistory, RevisionInfo, Timestamp,
};
use sha2::{Digest as _, Sha256};
use std::io::{Cursor, Write as _};

fn document(bytes: &[u8]) -> DocumentInfo {
    DocumentInfo {
        id: DocumentId::from_digest(Sha256::digest(bytes).into()),
        bytes: bytes.len() as u64,
        media_type: "text/html".to_owned(),
        names: vec!["甲县.html".to_owned()],
        sources: Vec::new(),
        received_at: Timestamp::from_micros(1_600_000_000_000_000),
        published: true,
        draft: false,
    }
}

fn history(count: i64, found_in: DocumentId) -> ReportHistory {
    let new = NewRevision::pack(&sample::report("甲县", 2020, count)).unwrap();
    let report = ReportId::generate();
    let at = Timestamp::from_micros(1_600_000_000_000_000);
    let info = RevisionInfo {
        report,
        revision: 1,
        cause: Cause::Received,
        document: found_in,
        part: 1,
        extractor_version: 1,
        digest: new.digest(),
        purpose: Purpose::Published,
        recorded_at: at,
        position: Position(40),
    };
    let packed: PackedReport = new.packed().clone();
    let event = HistoryEvent {
        position: Position(40),
        at,
        revision: 1,
        document: found_in,
        part: 1,
        extractor_version: 1,
        order: 1,
        is_review: false,
        said: Vec::new(),
        ended: Vec::new(),
        base: None,
    };
    ReportHistory { report, revisions: vec![HistoryRevision { info, packed }], events: vec![event] }
}

/// A part with documents and reports, and what it says of itself.
fn part(documents: &[&[u8]], histories: &[ReportHistory]) -> (Vec<u8>, Written) {
    let mut writer = PartWriter::new().unwrap();
    let mut bytes = Vec::new();
    for content in documents {
        let info = document(content);
        writer.begin_document(info.id, info.bytes).unwrap();
        content.chunks(700).for_each(|piece| writer.data(piece).unwrap());
        bytes.extend(writer.take());
    }
    for history in histories {
        let infos: Vec<_> = documents.iter().map(|content| document(content)).collect();
        writer.report(history.report, &history_to_message(history, &infos)).unwrap();
    }
    let (last, written) = writer.finish().unwrap();
    bytes.extend(last);
    (bytes, written)
}

/// The manifest of a snapshot of one part.
fn manifest(bytes: &[u8], written: &Written, histories: &[ReportHistory]) -> Manifest {
    let mut content = ContentDigester::default();
    histories.iter().for_each(|history| assert!(content.add(history.report, history.digest())));
    let mut manifest = Manifest::new("2026-01-01T00:00:00Z".to_owned(), None, true);
    manifest.content = Place::new(Position(40), content.finish());
    manifest.carried_sha256 = manifest.content.sha256.clone();
    manifest.parts_sha256 = hexadecimal(&Sha256::digest(bytes));
    (manifest.reports, manifest.revisions) = (histories.len() as u64, histories.len() as u64);
    (manifest.reports_in_all, manifest.documents) = (manifest.reports, written.documents);
    manifest.parts = vec![Part {
        name: part_name(1),
        bytes: written.bytes,
        sha256: written.sha256.clone(),
        reports: written.reports,
        documents: written.documents,
    }];
    manifest
}

fn verify(manifest: &Manifest, bytes: &[u8]) -> Result<(), SnapshotError> {
    let mut verifier = Verifier::new(manifest);
    verifier.part(&manifest.parts[0], &mut Cursor::new(bytes))?;
    verifier.finish().map(drop)
}

#[test]
fn what_is_written_is_read_back() {
    let contents: [&[u8]; 4] = [b"", b"a page", &[7; 512], &[b'x'; 100_000]];
    let histories = [history(3, document(contents[1]).id), history(4, document(contents[2]).id)];
    let (bytes, written) = part(&contents, &histories);
    assert_eq!((written.documents, written.reports, written.bytes), (4, 2, bytes.len() as u64));
    assert_eq!(written.sha256, hexadecimal(&Sha256::digest(&bytes)));
    let mut reader = PartReader::new(&*bytes).unwrap();
    for content in contents {
        let Some(Entry::Document { id, bytes }) = reader.next_entry().unwrap() else { panic!() };
        assert_eq!((id, bytes), (document(content).id, content.len() as u64));
        let mut read = vec![0; content.len() + 1];
        let mut length = 0;
        while let count @ 1.. = reader.data(&mut read[length..]).unwrap() {
            length += count;
        }
        assert_eq!(&read[..length], content);
    }
    for history in &histories {
        let Some(Entry::Report(read, infos)) = reader.next_entry().unwrap() else { panic!() };
        assert_eq!(&*read, history);
        assert_eq!(infos, contents.map(document));
    }
    assert!(reader.next_entry().unwrap().is_none());
    // Documents that are not read are passed over.
    let mut reader = PartReader::new(&*bytes).unwrap();
    let entries = std::iter::from_fn(|| reader.next_entry().unwrap()).count();
    assert_eq!(entries, 6);
    let manifest = manifest(&bytes, &written, &histories);
    assert_eq!(Manifest::from_bytes(&manifest.to_bytes()).unwrap(), manifest);
    verify(&manifest, &bytes).unwrap();
}

#[test]
fn every_byte_that_differs_and_every_end_that_is_missing_is_found() {
    let histories = [history(3, document(b"a page").id)];
    let (bytes, written) = part(&[b"a page"], &histories);
    let manifest = manifest(&bytes, &written, &histories);
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert!(verify(&manifest, &damaged).is_err(), "{place}");
        assert!(verify(&manifest, &bytes[..place]).is_err(), "{place}");
    }
    let longer = [&*bytes, b"x"].concat();
    assert!(verify(&manifest, &longer).is_err());
    type Damage = fn(&mut Manifest);
    let damages: [Damage; 5] = [
        |manifest| manifest.reports += 1,
        |manifest| manifest.documents = 0,
        |manifest| manifest.parts[0].reports = 2,
        |manifest| manifest.parts_sha256 = "0".repeat(64),
        |manifest| manifest.carried_sha256 = "0".repeat(64),
    ];
    for damage in damages {
        let mut other = manifest.clone();
        damage(&mut other);
        assert!(verify(&other, &bytes).is_err());
    }
}

/// Archives that we would not write; whoever can write a part can write a manifest that agrees with it.
#[test]
fn what_is_no_entry_of_a_snapshot_is_refused() {
    let archive = |path: &str, kind: tar::EntryType, size: u64, content: &[u8], rest: &[u8]| {
        let mut header = tar::Header::new_ustar();
        let name = header.as_old_mut();
        name.name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(size);
        header.set_entry_type(kind);
        header.set_cksum();
        let mut plain = header.as_bytes().to_vec();
        plain.extend(content);
        plain.resize(plain.len().next_multiple_of(512), 0);
        plain.extend(rest);
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.write_all(&plain).unwrap();
        encoder.finish().unwrap()
    };
    let read = |bytes: &[u8]| -> Result<usize, SnapshotError> {
        let mut reader = PartReader::new(bytes)?;
        let mut entries = 0;
        while reader.next_entry()?.is_some() {
            entries += 1;
        }
        Ok(entries)
    };
    let (file, end) = (tar::EntryType::Regular, [0; 1024]);
    let name = format!("documents/{}", "0a".repeat(32));
    assert_eq!(read(&archive(&name, file, 3, b"abc", &end)).unwrap(), 1);
    let report = format!("reports/{}.pb", uuid::Uuid::now_v7());
    let message = b"\x0a\x03abc";
    for refused in [
        archive("../documents/x", file, 3, b"abc", &end),
        archive("documents/../../x", file, 3, b"abc", &end),
        archive("documents/0A", file, 3, b"abc", &end),
        archive("reports/x.pb", file, 3, b"abc", &end),
        archive("manifest.json", file, 3, b"abc", &end),
        archive(&name, tar::EntryType::Symlink, 0, b"", &end),
        archive(&name, tar::EntryType::GNULongName, 3, b"abc", &end),
        archive(&name, file, 3, b"abc", &end[..512]),
        archive(&name, file, 3, b"abc", &[&end[..], b"more"].concat()),
        archive(&name, file, 4096, b"abc", &end),
        archive(&name, file, 1 << 33, b"abc", &end),
        archive(&report, file, 1 << 33, b"abc", &end),
        archive(&report, file, 4096, message, &end),
        archive(&report, file, message.len() as u64, message, &end),
        archive(&report, file, 3, b"\xff\xff\xff", &end),
        b"no archive at all".to_vec(),
        Vec::new(),
    ] {
        assert!(read(&refused).is_err());
    }
}

#[test]
fn a_document_has_as_many_bytes_as_it_was_to_have() {
    let mut writer = PartWriter::new().unwrap();
    let (id, other) = (document(b"abc").id, document(b"other").id);
    writer.begin_document(id, 3).unwrap();
    writer.data(b"ab").unwrap();
    assert!(writer.begin_document(other, 1).is_err());
    assert!(writer.data(b"cd").is_err());
    assert!(writer.finish().is_err());
}

#[test]
fn what_is_no_manifest_is_refused() {
    let histories = [history(3, document(b"a page").id)];
    let (bytes, written) = part(&[b"a page"], &histories);
    let good = manifest(&bytes, &written, &histories);
    type Damage = fn(&mut Manifest);
    let damages: [Damage; 7] = [
        |manifest| manifest.parts[0].name = "../x".to_owned(),
        |manifest| manifest.parts.push(manifest.parts[0].clone()),
        |manifest| manifest.parts[0].sha256 = "xyz".to_owned(),
        |manifest| manifest.content.sha256.make_ascii_uppercase(),
        |manifest| manifest.carried_sha256.push('0'),
        |manifest| manifest.base = Some(Place { position: 41, sha256: "0".repeat(64) }),
        |manifest| manifest.base = Some(Place { position: 4, sha256: String::new() }),
    ];
    for damage in damages {
        let mut other = good.clone();
        other.content.sha256 = format!("a{}", &other.content.sha256[1..]);
        damage(&mut other);
        let refused = Manifest::from_bytes(&other.to_bytes());
        assert!(matches!(refused, Err(ManifestError::Senseless(_))), "{refused:?}");
    }
    for (damage, is_version) in [("0", true), ("3", true), ("\"1\"", false)] {
        let text = String::from_utf8(good.to_bytes()).unwrap();
        let other = text.replacen("\"version\": 1", &format!("\"version\": {damage}"), 1);
        let refused = Manifest::from_bytes(other.as_bytes()).unwrap_err();
        assert_eq!(matches!(refused, ManifestError::Version { .. }), is_version);
    }
    assert!(Manifest::from_bytes(b"{}").is_err());
}

#[test]
fn a_manifest_says_what_it_takes_to_read_its_records() {
    let document = document(b"a page");
    let histories = [history(1, document.id), history(2, document.id)];
    let (bytes, written) = part(&[b"a page"], &histories);
    let mut manifest = manifest(&bytes, &written, &histories);
    // Records of a version before: whoever reads version 1 reads all of it.
    let mut before = history(3, document.id);
    before.revisions.iter_mut().for_each(|revision| revision.packed.evidence[0] = 1);
    manifest.needs(&before);
    assert_eq!(manifest.version, 1);
    // A reader that knows version 1 alone refuses version 2 by its number.
    manifest.needs(&histories[0]);
    manifest.needs(&before);
    assert_eq!(manifest.version, 2);
    let read = Manifest::from_bytes(&manifest.to_bytes()).unwrap();
    assert_eq!(read, manifest);
    verify(&read, &bytes).unwrap();
    // One that was made before the number was raised is read as well.
    verify(&Manifest { version: 1, ..read }, &bytes).unwrap();
}

#[test]
fn a_report_of_more_parts_than_it_may_have_is_refused_before_they_are_made() {
    let told = document(b"told");
    let message = |events: usize| {
        let history = history(3, told.id);
        let mut message = history_to_message(&history, std::slice::from_ref(&told));
        message.events.resize_with(events, Default::default);
        (history.report, message)
    };
    let read = |events| {
        let (id, message) = message(events);
        let mut part = PartWriter::new().unwrap();
        part.report(id, &message).unwrap();
        let (bytes, _) = part.finish().unwrap();
        PartReader::new(Cursor::new(bytes)).unwrap().next_entry().map(|entry| entry.is_some())
    };
    assert!(read(1).unwrap());
    let refused = read(200_000).unwrap_err().to_string();
    assert!(refused.contains("more in it than a report may have"), "{refused}");
}

/// A file of the release before told of no bases: then they follow from the rest.
#[test]
fn what_lies_beneath_corrections_is_told_and_need_not_be() {
    let mut reviewed = history(3, document(b"a page").id);
    let figure = FigureName::new("requests.received.total", Period::ThisYear, Portion::All);
    let beneath = Said { state: State::Number, value: Some(Value::Count(3)), wording: String::new() };
    let opinion = Opinion::Dispute { figure, beneath };
    let said = Review { id: ReviewId::generate(), author: "甲".to_owned(), note: String::new(), opinion };
    let read = reviewed.events[0].clone();
    let event = HistoryEvent {
        position: Position(41),
        order: 0,
        is_review: true,
        said: vec![said],
        base: Some(1),
        ..read
    };
    reviewed.events.push(event);
    let mut message = history_to_message(&reviewed, &[]);
    assert_eq!(message.events.iter().map(|event| event.base).collect::<Vec<_>>(), [None, Some(1)]);
    assert_eq!(history_from_message(message.clone()).unwrap().0, reviewed);
    message.events[1].base = None;
    let (before, _) = history_from_message(message).unwrap();
    assert_eq!((before.events[1].base, before.bases()), (None, vec![0, 1]));
    assert_eq!(before.digest(), reviewed.digest());
    assert!(NewHistory::new(before).is_ok());
}
