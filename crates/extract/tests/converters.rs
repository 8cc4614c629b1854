//! Texts that real converters made of made-up reports, kept with their labels: nothing that is given is wrong, and what the
//! texts keep is read. `./dev converters` makes many more of them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_testkit::{Read, compare_with_labels};
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::path::Path;

/// Of a hundred cells, so many are read. The others have lost their places.
const EXACT_PERCENT: usize = 85;

#[test]
fn what_converters_leave_of_a_table_is_read_and_nothing_is_made_up() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/rendered/converters");
    let mut texts: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "txt"))
        .collect();
    texts.sort();
    assert!(15 < texts.len(), "the texts are not where they should be");
    let (mut report, mut exact, mut all) = (String::new(), 0, 0);
    for path in texts {
        let name = path.file_name().and_then(|name| name.to_str());
        let hint = Hint { media_type: None, name, ..Default::default() };
        let document =
            gongkai_document::read(&std::fs::read(&path).unwrap(), &hint, &Limits::STANDARD).unwrap();
        let reports = gongkai_extract::extract(&document).unwrap();
        let labels: Json =
            serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
        let read: Read = compare_with_labels(&labels, &reports[0].figures);
        exact += read.exact;
        all += read.all();
        for wrong in &read.wrong {
            writeln!(report, "{}: {wrong}", path.display()).unwrap();
        }
        assert_eq!(read.lost_marks, 0, "{}", path.display());
    }
    assert!(report.is_empty(), "{report}");
    assert!(all * EXACT_PERCENT <= exact * 100, "{exact} of {all} cells are read");
}
