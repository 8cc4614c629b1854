//! What is generated is kept in the repository, and is what the sources give.
//!
//! `GONGKAI_REGENERATE=1 cargo test -p gongkai-wire --test generated` writes it anew. The crate must build for that: first
//! regenerate, then use what is new.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod api_reference;
mod typed_tables;

use prost::Message as _;
use std::path::{Path, PathBuf};

/// Every file of the package.
fn proto_files() -> Vec<String> {
    let folder = std::fs::read_dir(crate_path("../../proto/gongkai/v1")).unwrap();
    let mut files: Vec<String> = folder
        .map(|entry| format!("gongkai/v1/{}", entry.unwrap().file_name().into_string().unwrap()))
        .collect();
    files.sort();
    files
}

fn crate_path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Writes `content` where regeneration is asked for; else demands that the file has it already.
fn check(path: &Path, content: &[u8]) {
    if std::env::var_os("GONGKAI_REGENERATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let kept = std::fs::read(path).unwrap_or_default();
    assert!(
        kept == content,
        "{} is stale; run `GONGKAI_REGENERATE=1 cargo test -p gongkai-wire --test generated`",
        path.display()
    );
}

#[test]
fn everything_generated_is_fresh() {
    // One test, since each step reads what the one before it wrote.
    // The statistics table of 2014, oldest of the forms, has local versions: its figures are a list.
    let forms = gongkai_forms::all();
    let forms = &forms[forms.partition_point(|form| !form.is_prescribed)..];
    check(&crate_path("../../proto/gongkai/v1/forms.proto"), typed_tables::proto(forms).as_bytes());
    check(&crate_path("src/gen/typed.rs"), typed_tables::rust(forms).as_bytes());

    let mut descriptors = protox::compile(proto_files(), [crate_path("../../proto")]).unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wire");
    std::fs::create_dir_all(&out).unwrap();
    let mut config = tonic_prost_build::configure().bytes(".gongkai.v1").out_dir(&out);
    // A form's tables hold some 200 cells: side by side they would be larger than a thread's stack can bear.
    for cell in typed_tables::cell_fields(&descriptors) {
        config = config.boxed(cell);
    }
    config.compile_fds(descriptors.clone()).unwrap();
    check(&crate_path("src/gen/gongkai.v1.rs"), &std::fs::read(out.join("gongkai.v1.rs")).unwrap());

    // A client that asks for one file by reflection needs all that it imports.
    for file in &descriptors.file {
        let known = |import: &String| descriptors.file.iter().any(|file| file.name.as_ref() == Some(import));
        assert!(file.dependency.iter().all(known), "{} imports a file that is not served", file.name());
    }
    check(&crate_path("../../docs/api.md"), api_reference::markdown(&descriptors).as_bytes());
    // Reflection needs no comments.
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    check(&crate_path("src/gen/descriptor.bin"), &descriptors.encode_to_vec());
}
