//! A workbook whose rows find no room on the disk.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use gongkai_export::{ExportError, File, Format, Row};
use std::process::Command;

const INSIDE: &str = "GONGKAI_TEST_LITTLE_ROOM";

/// The test runs itself again where no file may grow beyond some kilobytes, which is what a full disk is to whoever writes.
#[test]
fn no_room_is_a_typed_error() {
    if std::env::var_os(INSIDE).is_some() {
        return writes_until_there_is_no_room();
    }
    let own = std::env::current_exe().unwrap();
    let script = "trap '' XFSZ && ulimit -f 128 && exec \"$0\" --exact no_room_is_a_typed_error --nocapture";
    let inside = Command::new("sh").args(["-c", script]).arg(own).env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&inside.stdout);
    assert!(
        inside.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&inside.stderr)
    );
}

fn writes_until_there_is_no_room() {
    let mut file = File::new(Format::Xlsx, &[]).unwrap();
    let row = Row {
        subject: "甲县人民政府", quote: "本年度共受理申请十二件。", ..Row::default()
    };
    let refused = (0..100_000).find_map(|_| file.push(&row).err());
    assert!(matches!(refused, Some(ExportError::NoRoom(_))), "{refused:?}");
}
