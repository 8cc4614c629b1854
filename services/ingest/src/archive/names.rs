//! Names of entries: made of whatever bytes, and never used as paths.

use encoding_rs::GB18030;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 1024;

/// The name in `bytes`. What is not UTF-8 is read as GB18030, in which Chinese programs write; `is_utf8` is what the archive
/// says of it.
pub(super) fn decoded(bytes: &[u8], is_utf8: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) if is_utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A label of `name`: without what would lead out of a folder, without control characters, and no longer than names may
/// be, where the end counts.
pub(super) fn label(name: &str, number: u64) -> String {
    let parts = name.split(['/', '\\']).map(str::trim);
    let parts = parts.filter(|part| !matches!(*part, "" | "." | "..") && !is_drive(part));
    let name = parts.collect::<Vec<_>>().join("/");
    let name = name.replace(char::is_control, "\u{FFFD}");
    let begin = name.len().saturating_sub(NAME_BYTES_MAX);
    let begin = (begin..=name.len()).find(|at| name.is_char_boundary(*at)).unwrap_or(name.len());
    match &name[begin..] {
        "" => format!("entry {number}"),
        label => label.to_owned(),
    }
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// Whether nobody means it: hidden files, and what operating systems put beside files.
pub(super) fn is_passed_over(label: &str) -> bool {
    let last = label.rsplit('/').next().unwrap_or_default();
    let is_hidden = |part: &str| part.starts_with('.') || part == "__MACOSX";
    label.split('/').any(is_hidden)
        || ["thumbs.db", "desktop.ini"].contains(&last.to_ascii_lowercase().as_str())
}

fn extension(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    last.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// Whether a name is that of an archive.
pub(super) fn nested_by_name(name: &str) -> bool {
    const ARCHIVES: [&str; 14] =
        ["zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "tbz", "xz", "txz", "zst", "lz", "lzma", "cab"];
    ARCHIVES.contains(&extension(name).as_str())
}

/// Whether bytes begin an archive that is no document. Documents of several kinds are ZIP archives in truth.
pub(super) fn is_other_archive(name: &str, head: &[u8]) -> bool {
    const DOCUMENTS: [&str; 10] =
        ["docx", "docm", "xlsx", "xlsm", "pptx", "ofd", "odt", "ods", "odp", "epub"];
    const SIGNATURES: [&[u8]; 7] = [
        b"\x1f\x8b",
        b"Rar!\x1a\x07",
        b"7z\xbc\xaf\x27\x1c",
        b"BZh",
        b"\xfd7zXZ\x00",
        b"\x28\xb5\x2f\xfd",
        b"MSCF\x00\x00",
    ];
    let is_zip = head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06");
    SIGNATURES.iter().any(|signature| head.starts_with(signature))
        || head.get(257..262) == Some(b"ustar")
        || is_zip && !DOCUMENTS.contains(&extension(name).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_leads_nowhere() {
        for (name, expected) in [
            ("2020/甲县.html", "2020/甲县.html"),
            ("../../etc/passwd", "etc/passwd"),
            ("/etc/passwd", "etc/passwd"),
            ("C:\\Users\\..\\a.txt", "Users/a.txt"),
            ("a/./b//c.txt", "a/b/c.txt"),
            ("a\0b\n.txt", "a\u{FFFD}b\u{FFFD}.txt"),
            ("../..", "entry 7"),
            ("", "entry 7"),
        ] {
            assert_eq!(label(name, 7), expected, "{name:?}");
        }
        let long = label(&format!("{}.html", "长".repeat(1000)), 7);
        assert!(long.len() <= NAME_BYTES_MAX && long.ends_with("长.html"), "{}", long.len());
    }

    #[test]
    fn names_that_are_not_utf_8_are_read_as_gb18030() {
        let gbk = GB18030.encode("甲县政府信息公开年度报告.html").0;
        assert_eq!(decoded(&gbk, false), "甲县政府信息公开年度报告.html");
        assert_eq!(decoded("甲县.html".as_bytes(), false), "甲县.html");
        assert_eq!(decoded(b"a\xff.txt", true), "a\u{FFFD}.txt");
    }

    #[test]
    fn what_systems_leave_beside_files_is_passed_over() {
        for name in ["__MACOSX/a.txt", ".DS_Store", "a/.hidden/b.txt", "a/Thumbs.db"] {
            assert!(is_passed_over(name), "{name}");
        }
        assert!(!is_passed_over("a/b.txt"));
    }

    #[test]
    fn an_archive_is_known_by_its_name_or_by_how_it_begins() {
        assert!(nested_by_name("a/b.ZIP") && nested_by_name("b.tar.gz") && !nested_by_name("zip/b.html"));
        assert!(is_other_archive("a.txt", b"PK\x03\x04rest"));
        assert!(is_other_archive("a.txt", b"\x1f\x8b\x08"));
        assert!(!is_other_archive("a.docx", b"PK\x03\x04rest"));
        assert!(!is_other_archive("a.html", b"<html>"));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(is_other_archive("a", &tar));
    }
}
