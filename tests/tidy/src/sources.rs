//! What every source file owes its reader.

use crate::house::{self, File};
use toml::Value;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "helpers", "manager", "misc"];

/// A crate's first file tells its duty, and what the crate never does.
fn duty_complaints(file: &File) -> Vec<String> {
    let doc: Vec<&str> = file.text.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let doc = doc.join(" ");
    let mut complaints = Vec::new();
    if doc.trim().chars().count() < 40 || !doc.contains('.') {
        complaints.push(format!("{} does not begin with a sentence about its duty", file.path));
    }
    if !doc.to_lowercase().contains("never") {
        complaints.push(format!("{} does not say what it never does", file.path));
    }
    complaints
}

/// No empty names, no tests that never run, no unfinished thoughts.
fn rust_complaints(file: &File) -> Vec<String> {
    let path = &file.path;
    let mut complaints = Vec::new();
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if EMPTY_NAMES.contains(&stem) {
        complaints.push(format!("{path} is not named after what it holds"));
    }
    for (number, line) in file.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_start())) {
        if line.starts_with(concat!("#[", "ignore")) {
            complaints.push(format!("{path}:{number} is a test that never runs"));
        }
        for mark in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")] {
            if line.contains(mark) {
                complaints.push(format!("{path}:{number} is a thought that is neither finished nor removed"));
            }
        }
    }
    complaints
}

/// The code of a source without comments, and without the tests at its end.
fn product_code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Things that only one document of the corpus would need to be known by.
fn corpus_names(labels: &str) -> Vec<String> {
    let labels: serde_json::Value = serde_json::from_str(labels).expect("labels are JSON");
    let names = ["issuer", "region", "adcode"].iter().filter_map(|field| labels[field].as_str());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Every item that a reader of the interface meets has a comment right above it.
fn proto_complaints(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut commented = false;
    for (number, line) in file.text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        let is_item = ["message ", "enum ", "service ", "rpc "].iter().any(|word| line.starts_with(word));
        if is_item && !commented {
            complaints.push(format!("{}:{number} `{line}` has no comment", file.path));
        }
        commented = line.starts_with("//");
    }
    complaints
}

/// Keys of figures and ids are ASCII: they are public and are typed by people everywhere.
fn key_complaints(file: &File) -> Vec<String> {
    fn visit(path: &str, value: &Value, complaints: &mut Vec<String>) {
        match value {
            Value::Table(table) => {
                for (key, value) in table {
                    if !key.is_ascii() {
                        complaints.push(format!("{path}: the key `{key}` is not ASCII"));
                    }
                    if matches!(key.as_str(), "key" | "id")
                        && let Some(text) = value.as_str()
                        && !text.is_ascii()
                    {
                        complaints.push(format!("{path}: `{key} = {text}` is not ASCII"));
                    }
                    visit(path, value, complaints);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| visit(path, value, complaints)),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => {}
        }
    }
    let mut complaints = Vec::new();
    match file.text.parse::<toml::Table>() {
        Ok(table) => visit(&file.path, &Value::Table(table), &mut complaints),
        Err(error) => complaints.push(format!("{} is not TOML: {error}", file.path)),
    }
    complaints
}

fn is_rust_of(file: &File, folders: &[&str]) -> bool {
    file.path.ends_with(".rs") && folders.iter().any(|folder| file.path.starts_with(folder))
}

fn assert_none(complaints: impl IntoIterator<Item = String>) {
    assert_eq!(complaints.into_iter().collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_crate_says_its_duty() {
    let files = house::files();
    let first_file = |folder: &str| {
        let mut found = ["lib.rs", "main.rs"].iter().map(|name| format!("{folder}/src/{name}"));
        found.find_map(|path| files.iter().find(|file| file.path == path))
    };
    for member in house::members() {
        let file = first_file(&member.folder).unwrap_or_else(|| panic!("{} has no source", member.folder));
        assert_none(duty_complaints(file));
    }
}

#[test]
fn sources_are_finished_and_well_named() {
    let files = house::files();
    assert_none(
        files
            .iter()
            .filter(|file| is_rust_of(file, &["crates/", "services/", "tests/"]))
            .flat_map(rust_complaints),
    );
}

#[test]
fn no_code_knows_a_document_of_the_corpus() {
    let files = house::files();
    let labels =
        files.iter().filter(|file| file.path.starts_with("tests/corpus/") && file.path.ends_with(".json"));
    let mut names: Vec<String> = Vec::new();
    for file in labels {
        names.extend(corpus_names(&file.text));
        names.extend(
            file.path.rsplit('/').next().and_then(|name| name.strip_suffix(".json")).map(str::to_owned),
        );
    }
    assert!(5 <= names.len(), "the corpus is not where it was");
    for file in files.iter().filter(|file| is_rust_of(file, &["crates/", "services/"])) {
        // Tests and the contracts of seams may name an example.
        let is_test = ["/tests/", "/contract/", "/benches/"].iter().any(|folder| file.path.contains(folder));
        if is_test || file.path.ends_with("tests.rs") || file.path.ends_with("contract.rs") {
            continue;
        }
        let code = product_code(&file.text);
        for name in &names {
            assert!(!code.contains(name.as_str()), "{} knows {name}, a document of the corpus", file.path);
        }
    }
}

#[test]
fn every_item_of_the_interface_has_a_comment() {
    let files = house::files();
    let protos: Vec<&File> = files
        .iter()
        .filter(|file| file.path.starts_with("proto/gongkai/") && file.path.ends_with(".proto"))
        .collect();
    assert!(!protos.is_empty(), "the interface is not where it was");
    assert_none(protos.into_iter().flat_map(proto_complaints));
}

#[test]
fn keys_of_data_files_are_ascii() {
    let files = house::files();
    let data: Vec<&File> = files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.contains("/data/"))
        .collect();
    let data: Vec<&File> = data.into_iter().filter(|file| file.path.ends_with(".toml")).collect();
    assert!(!data.is_empty(), "the forms are not where they were");
    assert_none(data.into_iter().flat_map(key_complaints));
}

#[test]
fn untidy_sources_are_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(duty_complaints(&file("a/src/lib.rs", "//! (stub)\n")).len(), 2);
    assert_eq!(duty_complaints(&file("a/src/lib.rs", "mod a;\n")).len(), 2);
    assert!(
        duty_complaints(&file("a/src/lib.rs", "//! Reads what stands there, all of it.\n//! Never writes."))
            .is_empty()
    );

    assert_eq!(rust_complaints(&file("a/src/utils.rs", "")).len(), 1);
    assert_eq!(rust_complaints(&file("a/src/a.rs", concat!("#[", "ignore]\nfn a() {}"))).len(), 1);
    assert_eq!(rust_complaints(&file("a/src/a.rs", concat!("// TO", "DO: later"))).len(), 1);

    assert_eq!(proto_complaints(&file("a.proto", "// A.\nmessage A {}\n\nmessage B {}")).len(), 1);
    assert_eq!(key_complaints(&file("a.toml", "[[cell]]\nkey = '收到'")).len(), 1);
    assert_eq!(key_complaints(&file("a.toml", "[[cell]]\n'标签' = 'a'")).len(), 1);
    assert!(key_complaints(&file("a.toml", "[[cell]]\nkey = 'a'\nlabel = '收到'")).is_empty());
}

#[test]
fn comments_and_tests_may_name_an_example() {
    let text = "// 某县\nfn a() {}\n#[cfg(test)]\nmod tests { const A: &str = \"某县\"; }";
    assert!(!product_code(text).contains("某县"));
    assert!(product_code("const A: &str = \"某县\";").contains("某县"));
    assert_eq!(corpus_names(r#"{"issuer": "", "region": "某县", "adcode": "000000"}"#), ["某县", "000000"]);
}
