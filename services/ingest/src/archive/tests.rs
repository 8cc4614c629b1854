//! Archives as people make them, and as nobody should.

use super::*;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::{Seek as _, Write as _};

/// Small enough to be reached.
const LIMITS: Limits = Limits {
    entries_max: 20,
    entry_bytes_max: 4 * 1024 * 1024,
    total_bytes_max: 8 * 1024 * 1024,
    ratio_max: 100,
    ratio_free_bytes: 64 * 1024,
};

/// One line an entry with its bytes or why it was refused, and one for how the archive ended.
fn outline(bytes: &[u8], format: Format) -> Vec<String> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    let (mut lines, mut size, mut largest) = (Vec::new(), 0, 0);
    let ended = read(file, format, &LIMITS, &mut |event| {
        match event {
            Event::Begin { number, name } => {
                size = 0;
                lines.push(format!("{number} {name}"));
            }
            Event::Piece(piece) => {
                size += piece.len();
                largest = largest.max(piece.len());
            }
            Event::End(Ok(())) => lines.last_mut().unwrap().push_str(&format!(": {size} bytes")),
            Event::End(Err(refused)) => {
                assert!(!refused.message.is_empty());
                lines.last_mut().unwrap().push_str(&format!(": {}", refused.reason.name()));
            }
        }
        true
    });
    // One piece is all that is ever in memory.
    assert!(largest <= PIECE_BYTES);
    lines.push(match ended {
        Ended::Whole { passed_over } => format!("{passed_over} passed over"),
        Ended::Refused(refused) => format!("archive: {}", refused.reason.name()),
        Ended::Unwanted | Ended::Failed(_) => format!("{ended:?}"),
    });
    lines
}

/// An entry of a ZIP archive, with whatever lies a test needs.
#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    packed: Vec<u8>,
    method: u16,
    flags: u16,
    size: u32,
    crc: u32,
    mode: u32,
    /// Where the directory says that it begins; where it is written if not given.
    offset: Option<u32>,
}

impl Entry {
    fn new(name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(content).unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(content);
        Self {
            name: name.as_ref().to_vec(),
            packed: packed.finish().unwrap(),
            method: 8,
            flags: 0,
            size: content.len() as u32,
            crc: crc.sum(),
            mode: 0o100_644,
            offset: None,
        }
    }

    fn head(&self, head: &mut Vec<u8>) {
        let shorts = |head: &mut Vec<u8>, values: &[u16]| {
            values.iter().for_each(|value| head.extend(value.to_le_bytes()));
        };
        shorts(head, &[20, self.flags, self.method, 0, 0x21]);
        for value in [self.crc, self.packed.len() as u32, self.size] {
            head.extend(value.to_le_bytes());
        }
        shorts(head, &[self.name.len() as u16, 0]);
    }
}

fn zip_of(entries: &[Entry]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(zip.len() as u32);
        zip.extend(b"PK\x03\x04");
        entry.head(&mut zip);
        zip.extend(&entry.name);
        zip.extend(&entry.packed);
        directory.extend(b"PK\x01\x02\x14\x03");
        entry.head(&mut directory);
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&entry.name);
    }
    let begin = zip.len() as u32;
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    let count = entries.len() as u16;
    zip.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    zip.extend((directory.len() as u32).to_le_bytes());
    zip.extend(begin.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

fn tar_of(build: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    build(&mut tar);
    gzip(&tar.into_inner().unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn add(tar: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]) {
    let mut head = tar::Header::new_gnu();
    head.set_size(content.len() as u64);
    head.set_mode(0o644);
    tar.append_data(&mut head, name, content).unwrap();
}

/// Bytes that no method packs.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[test]
fn each_entry_of_a_zip_archive_comes_out_with_its_name() {
    let gbk = encoding_rs::GB18030.encode("甲县/2020年报告.html").0.into_owned();
    let stored = Entry { packed: b"stored".to_vec(), method: 0, ..Entry::new("b.txt", b"stored") };
    let utf8 = Entry { flags: 1 << 11, ..Entry::new("乙县.html", &noise(700_000)) };
    let folder = Entry::new("甲县/", b"");
    let junk = Entry::new("__MACOSX/._b.txt", b"x");
    let zip = zip_of(&[folder, Entry::new(gbk, b"<html>"), stored, utf8, junk]);
    assert_eq!(
        outline(&zip, Format::Zip),
        ["2 甲县/2020年报告.html: 6 bytes", "3 b.txt: 6 bytes", "4 乙县.html: 700000 bytes", "2 passed over"]
    );
    assert_eq!(outline(&zip_of(&[]), Format::Zip), ["0 passed over"]);
}

#[test]
fn each_entry_of_a_tar_archive_comes_out_with_its_name() {
    let long = format!("{}/报告.html", "很长的名字".repeat(30));
    let tar = tar_of(|tar| {
        let mut head = tar::Header::new_gnu();
        head.set_entry_type(tar::EntryType::Directory);
        head.set_size(0);
        tar.append_data(&mut head, "2020/", &[][..]).unwrap();
        add(tar, "2020/甲县.html", b"<html>");
        add(tar, &long, &noise(700_000));
        add(tar, ".DS_Store", b"x");
    });
    assert_eq!(
        outline(&tar, Format::TarGz),
        ["2 2020/甲县.html: 6 bytes", &*format!("3 {long}: 700000 bytes"), "2 passed over"]
    );
}

#[test]
fn a_name_is_a_label_and_leads_nowhere() {
    let names: [&str; 3] = ["../../etc/passwd", "C:\\windows\\system.ini", "/root.txt"];
    let zip = zip_of(&names.map(|name| Entry::new(name, b"x")));
    let expected =
        ["1 etc/passwd: 1 bytes", "2 windows/system.ini: 1 bytes", "3 root.txt: 1 bytes", "0 passed over"];
    assert_eq!(outline(&zip, Format::Zip), expected);
    let tar = tar_of(|tar| {
        let mut head = tar::Header::new_old();
        head.as_mut_bytes()[..16].copy_from_slice(b"../../etc/passwd");
        head.set_size(1);
        head.set_cksum();
        tar.append(&head, &b"x"[..]).unwrap();
    });
    assert_eq!(outline(&tar, Format::TarGz), ["1 etc/passwd: 1 bytes", "0 passed over"]);
}

#[test]
fn entries_of_the_same_name_are_two_entries() {
    let zip = zip_of(&[Entry::new("a.txt", b"one"), Entry::new("a.txt", b"two two")]);
    assert_eq!(outline(&zip, Format::Zip), ["1 a.txt: 3 bytes", "2 a.txt: 7 bytes", "0 passed over"]);
    let tar = tar_of(|tar| {
        add(tar, "a.txt", b"one");
        add(tar, "a.txt", b"two two");
    });
    assert_eq!(outline(&tar, Format::TarGz), ["1 a.txt: 3 bytes", "2 a.txt: 7 bytes", "0 passed over"]);
}

#[test]
fn what_is_wrong_with_one_entry_is_its_own() {
    let good = Entry::new("good.txt", b"good");
    let cases = [
        (Entry { flags: 1, ..good.clone() }, "ENCRYPTED"),
        (Entry { mode: 0o120_777, ..good.clone() }, "NOT_A_FILE"),
        (Entry { mode: 0o020_644, ..good.clone() }, "NOT_A_FILE"),
        (Entry { method: 12, ..good.clone() }, "UNSUPPORTED_METHOD"),
        (Entry { crc: 7, ..good.clone() }, "DAMAGED"),
        (Entry { size: 3, ..good.clone() }, "DAMAGED"),
        (Entry { size: 5, ..good.clone() }, "DAMAGED"),
        (Entry { packed: b"\xff\xff".to_vec(), ..good.clone() }, "DAMAGED"),
        (Entry::new("inner.zip", b"x"), "NESTED_ARCHIVE"),
        (Entry::new("inner.txt", b"PK\x03\x04 and more"), "NESTED_ARCHIVE"),
        (Entry::new("inner.txt", &gzip(b"x")), "NESTED_ARCHIVE"),
    ];
    for (bad, reason) in cases {
        let name = String::from_utf8(bad.name.clone()).unwrap();
        let zip = zip_of(&[good.clone(), bad, good.clone()]);
        let expected = [
            "1 good.txt: 4 bytes".to_owned(),
            format!("2 {name}: {reason}"),
            "3 good.txt: 4 bytes".to_owned(),
            "0 passed over".to_owned(),
        ];
        assert_eq!(outline(&zip, Format::Zip), expected);
    }
    let tar = tar_of(|tar| {
        add(tar, "good.txt", b"good");
        for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Fifo] {
            let mut head = tar::Header::new_gnu();
            head.set_entry_type(kind);
            head.set_size(0);
            head.set_link_name("/etc/passwd").unwrap();
            tar.append_data(&mut head, "link.txt", &[][..]).unwrap();
        }
        add(tar, "inner.txt", &gzip(b"x"));
        add(tar, "good.txt", b"good");
    });
    assert_eq!(
        outline(&tar, Format::TarGz),
        [
            "1 good.txt: 4 bytes",
            "2 link.txt: NOT_A_FILE",
            "3 link.txt: NOT_A_FILE",
            "4 link.txt: NOT_A_FILE",
            "5 inner.txt: NESTED_ARCHIVE",
            "6 good.txt: 4 bytes",
            "0 passed over"
        ]
    );
}

#[test]
fn an_entry_may_have_so_many_bytes_and_no_more() {
    let max = LIMITS.entry_bytes_max as usize;
    for (bytes, what) in [(max, format!("{max} bytes")), (max + 1, "TOO_LARGE".to_owned())] {
        let zip = zip_of(&[Entry::new("a", &noise(bytes)), Entry::new("b", b"x")]);
        assert_eq!(outline(&zip, Format::Zip), [&*format!("1 a: {what}"), "2 b: 1 bytes", "0 passed over"]);
        let tar = tar_of(|tar| {
            add(tar, "a", &noise(bytes));
            add(tar, "b", b"x");
        });
        assert_eq!(outline(&tar, Format::TarGz), [&*format!("1 a: {what}"), "2 b: 1 bytes", "0 passed over"]);
    }
    // One that lies about its size is cut off.
    let lie = Entry { size: 10, ..Entry::new("a", &noise(max + 1)) };
    assert_eq!(outline(&zip_of(&[lie]), Format::Zip), ["1 a: DAMAGED", "0 passed over"]);
}

#[test]
fn entries_together_may_have_so_many_bytes_and_no_more() {
    let large = noise(LIMITS.entry_bytes_max as usize);
    let two = [Entry::new("a", &large), Entry::new("b", &large)];
    assert_eq!(outline(&zip_of(&two), Format::Zip).last().unwrap(), "0 passed over");
    let more = [&two[..], &[Entry::new("c", b"x")]].concat();
    assert_eq!(outline(&zip_of(&more), Format::Zip), ["archive: TOTAL_EXCEEDED"]);
    let tar = tar_of(|tar| {
        for name in ["a", "b", "c"] {
            add(tar, name, &large[..if name == "c" { 1 } else { large.len() }]);
        }
    });
    let lines = outline(&tar, Format::TarGz);
    assert_eq!(lines[2..], ["3 c: TOTAL_EXCEEDED", "archive: TOTAL_EXCEEDED"]);
}

#[test]
fn a_bomb_does_not_go_off() {
    // 4 MB of one byte in 4 KB.
    let zeros = vec![0; LIMITS.entry_bytes_max as usize];
    let zip = zip_of(&[Entry::new("bomb", &zeros), Entry::new("b", b"x")]);
    assert!(zip.len() < 10_000);
    assert_eq!(outline(&zip, Format::Zip), ["1 bomb: RATIO_EXCEEDED", "2 b: 1 bytes", "0 passed over"]);
    let tar = tar_of(|tar| add(tar, "bomb", &zeros));
    assert_eq!(outline(&tar, Format::TarGz), ["1 bomb: RATIO_EXCEEDED", "archive: RATIO_EXCEEDED"]);
    // Also where nobody asks for its bytes: what is skipped is unpacked all the same.
    let skipped = tar_of(|tar| {
        let mut head = tar::Header::new_gnu();
        head.set_entry_type(tar::EntryType::Fifo);
        head.set_size(zeros.len() as u64);
        tar.append_data(&mut head, "bomb", &*zeros).unwrap();
    });
    assert_eq!(outline(&skipped, Format::TarGz), ["1 bomb: NOT_A_FILE", "archive: RATIO_EXCEEDED"]);
    // Small things may have any ratio.
    let small = vec![0; LIMITS.ratio_free_bytes as usize];
    assert_eq!(
        outline(&zip_of(&[Entry::new("a", &small)]), Format::Zip),
        ["1 a: 65536 bytes", "0 passed over"]
    );
}

#[test]
fn bytes_that_belong_to_several_entries_are_refused_before_anything_is_taken() {
    let kernel = Entry::new("a", &noise(1000));
    // All point at the same bytes.
    let same = vec![Entry { offset: Some(0), ..kernel.clone() }; 3];
    assert_eq!(outline(&zip_of(&same), Format::Zip), ["archive: DAMAGED"]);
    // Each begins inside of the one before.
    let nested = [0, 100, 200].map(|offset| Entry { offset: Some(offset), ..kernel.clone() });
    assert_eq!(outline(&zip_of(&nested), Format::Zip), ["archive: DAMAGED"]);
    // The last one reaches into the directory.
    let mut far = kernel.clone();
    far.packed.truncate(10);
    let mut zip = zip_of(&[far]);
    let directory = zip.len() - 22 - 47;
    zip[directory + 20..directory + 24].copy_from_slice(&1000_u32.to_le_bytes());
    assert_eq!(outline(&zip, Format::Zip), ["archive: DAMAGED"]);
}

#[test]
fn a_local_head_that_lies_about_its_length_reaches_nothing_else() {
    let mut zip = zip_of(&[Entry::new("a", &noise(100)), Entry::new("b", b"second")]);
    // The name of the first is said to be longer where it stands than in the directory.
    zip[26..28].copy_from_slice(&60_u16.to_le_bytes());
    assert_eq!(outline(&zip, Format::Zip), ["1 a: DAMAGED", "2 b: 6 bytes", "0 passed over"]);
}

#[test]
fn there_may_be_so_many_entries_and_no_more() {
    let entries = |count: u64| vec![Entry::new("a", b"x"); count as usize];
    assert_eq!(outline(&zip_of(&entries(LIMITS.entries_max)), Format::Zip).len(), 21);
    let lines = outline(&zip_of(&entries(LIMITS.entries_max + 1)), Format::Zip);
    assert_eq!(lines, ["archive: TOO_MANY_ENTRIES"]);
    // However many are said to be there, none is looked for that has no room.
    let mut zip = zip_of(&entries(3));
    let end = zip.len() - 22;
    zip[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
    assert_eq!(outline(&zip, Format::Zip), ["archive: NOT_AN_ARCHIVE"]);
    let tar = tar_of(|tar| (0..=LIMITS.entries_max).for_each(|_| add(tar, "a", b"x")));
    let lines = outline(&tar, Format::TarGz);
    assert_eq!((lines.len(), &**lines.last().unwrap()), (21, "archive: TOO_MANY_ENTRIES"));
}

#[test]
fn what_is_said_of_an_entry_is_bounded() {
    let name = |bytes: usize| {
        tar_of(|tar| {
            let mut head = tar::Header::new_gnu();
            head.set_entry_type(tar::EntryType::GNULongName);
            head.set_size(bytes as u64);
            head.set_cksum();
            tar.append(&head, &*noise(bytes)).unwrap();
            add(tar, "a", b"x");
        })
    };
    assert_eq!(outline(&name(1000), Format::TarGz).last().unwrap(), "0 passed over");
    assert_eq!(outline(&name(100_000), Format::TarGz), ["archive: DAMAGED"]);
    // A size that only some readers believe hides entries from the others.
    let two_sizes = tar_of(|tar| {
        tar.append_pax_extensions([("size", &b"1024"[..])]).unwrap();
        add(tar, "a", b"x");
    });
    assert_eq!(outline(&two_sizes, Format::TarGz), ["archive: DAMAGED"]);
    let named = tar_of(|tar| {
        tar.append_pax_extensions([("path", "丙县.html".as_bytes())]).unwrap();
        add(tar, "a", b"x");
    });
    assert_eq!(outline(&named, Format::TarGz), ["1 丙县.html: 1 bytes", "0 passed over"]);
}

/// A sparse file as it was once kept: where its bytes belong stands in its head, and in so many blocks behind that.
fn add_sparse(tar: &mut tar::Builder<Vec<u8>>, name: &str, blocks: u8, content: &[u8]) {
    let mut head = tar::Header::new_gnu();
    head.set_path(name).unwrap();
    head.set_entry_type(tar::EntryType::GNUSparse);
    head.set_size(content.len() as u64);
    head.as_gnu_mut().unwrap().set_is_extended(0 < blocks);
    head.set_cksum();
    tar.get_mut().write_all(head.as_bytes()).unwrap();
    for number in 1..=blocks {
        let mut block = tar::GnuExtSparseHeader::new();
        block.set_is_extended(number < blocks);
        tar.get_mut().write_all(block.as_bytes()).unwrap();
    }
    let rest = vec![0; content.len().next_multiple_of(512) - content.len()];
    tar.get_mut().write_all(&[content, &rest].concat()).unwrap();
}

#[test]
fn a_sparse_file_is_refused_and_what_comes_behind_it_is_read() {
    for (blocks, bytes) in [(0, 700), (1, 700), (3, 700), (3, 0)] {
        let tar = tar_of(|tar| {
            add_sparse(tar, "a", blocks, &noise(bytes));
            add(tar, "b", b"text");
        });
        let expected = ["1 a: UNSUPPORTED_METHOD", "2 b: 4 bytes", "0 passed over"];
        assert_eq!(outline(&tar, Format::TarGz), expected, "{blocks} {bytes}");
    }
    // As it is kept since: what is said of it stands in front of it, and its bytes look like those of any file.
    for order in [["path", "GNU.sparse.name"], ["GNU.sparse.name", "path"]] {
        let names = order.map(|key| (key, if key == "path" { &b"GNUSparseFile.0/a"[..] } else { b"2020/a" }));
        let tar = tar_of(|tar| {
            tar.append_pax_extensions([("GNU.sparse.major", &b"1"[..])].into_iter().chain(names)).unwrap();
            add(tar, "a", b"1\n0\n4\n");
            add(tar, "b", b"text");
        });
        let expected = ["1 2020/a: UNSUPPORTED_METHOD", "2 b: 4 bytes", "0 passed over"];
        assert_eq!(outline(&tar, Format::TarGz), expected);
    }
    let mut cut_off = tar::Builder::new(Vec::new());
    add_sparse(&mut cut_off, "a", 9, b"");
    assert_eq!(outline(&gzip(&cut_off.get_ref()[..5 * 512]), Format::TarGz), ["archive: DAMAGED"]);
}

#[test]
fn what_is_cut_off_anywhere_is_told_and_never_taken_for_whole() {
    let tar = tar_of(|tar| {
        add(tar, "a", &noise(3000));
        add(tar, "b", &noise(3000));
    });
    let zip = zip_of(&[Entry::new("a", &noise(3000)), Entry::new("b", &noise(3000))]);
    for length in (0..tar.len()).step_by(97) {
        let lines = outline(&tar[..length], Format::TarGz);
        assert!(lines.last().unwrap().starts_with("archive: "), "{length}: {lines:?}");
        assert!(
            lines.iter().filter(|line| line.ends_with(" bytes")).all(|line| line.ends_with("3000 bytes"))
        );
    }
    for length in (0..zip.len()).step_by(97) {
        assert_eq!(outline(&zip[..length], Format::Zip), ["archive: NOT_AN_ARCHIVE"], "{length}");
    }
    let end = outline(&tar[..tar.len() / 2], Format::TarGz);
    assert_eq!(end.last().unwrap(), "archive: DAMAGED");
}

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    for bytes in [&b""[..], b"x", b"<html>", &noise(5000), &vec![0; 5000]] {
        for format in [Format::Zip, Format::TarGz] {
            assert_eq!(outline(bytes, format), ["archive: NOT_AN_ARCHIVE"]);
        }
    }
    assert_eq!(outline(&gzip(&noise(5000)), Format::TarGz), ["archive: NOT_AN_ARCHIVE"]);
    let zip = zip_of(&[Entry::new("a", b"x")]);
    assert_eq!(outline(&zip, Format::TarGz), ["archive: NOT_AN_ARCHIVE"]);
}

#[test]
fn bytes_that_are_changed_anywhere_never_end_the_reader() {
    let zip = zip_of(&[Entry::new("a", &noise(300)), Entry::new("b", b"text text text")]);
    let tar = tar_of(|tar| add(tar, "a", &noise(300)));
    for (bytes, format) in [(&zip, Format::Zip), (&tar, Format::TarGz)] {
        for at in 0..bytes.len() {
            for value in [0x00, 0xff, 0x80] {
                let mut bytes = bytes.clone();
                bytes[at] ^= value;
                outline(&bytes, format);
            }
        }
    }
}

#[test]
fn whoever_wants_no_more_gets_no_more() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&zip_of(&[Entry::new("a", b"x"), Entry::new("b", b"x")])).unwrap();
    file.rewind().unwrap();
    let mut events = 0;
    let ended = read(file, Format::Zip, &LIMITS, &mut |_| {
        events += 1;
        false
    });
    assert!(matches!(ended, Ended::Unwanted));
    assert_eq!(events, 1);
}
