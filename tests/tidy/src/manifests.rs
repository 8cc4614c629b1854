//! What each manifest owes the workspace, and what the documents owe the manifests.

use crate::house::{self, Member};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Fields that a member takes from the workspace, so that they cannot drift apart.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

fn is_inherited(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

fn complaints(member: &Member) -> Vec<String> {
    let name = &member.name;
    let mut complaints = Vec::new();
    for field in INHERITED {
        if !is_inherited(member.table("package").and_then(|package| package.get(field))) {
            complaints.push(format!("{name} does not take its {field} from the workspace"));
        }
    }
    if !is_inherited(member.manifest.get("lints")) {
        complaints.push(format!("{name} does not take its lints from the workspace"));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (dependency, value) in member.table(section).into_iter().flatten() {
            if !is_inherited(Some(value)) {
                complaints.push(format!("{name} gives {dependency} a version of its own"));
            }
        }
    }
    complaints
}

/// Names of the workspace's dependencies that are not crates of ours.
fn foreign(workspace: &Table) -> BTreeSet<String> {
    let dependencies =
        workspace["workspace"]["dependencies"].as_table().expect("the workspace has dependencies");
    dependencies.keys().filter(|name| !name.starts_with("gongkai")).cloned().collect()
}

/// The dependencies without a line of their own in a table of `document`: `` | `name` … | reason | ``.
fn without_reason(dependencies: &BTreeSet<String>, document: &str) -> Vec<String> {
    let has_reason = |name: &String| {
        document.lines().any(|line| {
            let mut cells = line.trim().trim_matches('|').splitn(2, '|');
            let names = cells.next().unwrap_or_default();
            let reason = cells.next().unwrap_or_default().trim();
            line.trim_start().starts_with('|') && names.contains(&format!("`{name}`")) && 20 <= reason.len()
        })
    };
    dependencies.iter().filter(|name| !has_reason(name)).cloned().collect()
}

#[test]
fn members_take_everything_shared_from_the_workspace() {
    let members = house::members();
    let complaints: Vec<String> = members.iter().flat_map(complaints).collect();
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn every_dependency_is_used_by_someone() {
    let mut used = BTreeSet::new();
    for member in house::members() {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            used.extend(member.names_in(section).into_iter().map(str::to_owned));
        }
    }
    let unused: Vec<String> =
        foreign(&house::workspace()).into_iter().filter(|name| !used.contains(name)).collect();
    assert_eq!(unused, Vec::<String>::new(), "these stand in the workspace and nobody asks for them");
}

#[test]
fn every_dependency_has_its_reason_in_the_architecture() {
    let document =
        std::fs::read_to_string(house::root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    let missing = without_reason(&foreign(&house::workspace()), &document);
    assert_eq!(missing, Vec::<String>::new(), "ARCHITECTURE.md does not say why we depend on these");
}

#[test]
fn every_crate_stands_in_the_code_map() {
    let document =
        std::fs::read_to_string(house::root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there");
    for member in house::members() {
        assert!(
            document.contains(&format!("`{}`", member.folder)),
            "{} is not in the code map",
            member.folder
        );
    }
}

#[test]
fn untidy_manifests_are_found() {
    let tidy = "[package]\nname = 'a'\nversion.workspace = true\nedition.workspace = true
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true
        [lints]\nworkspace = true\n[dependencies]\ntokio.workspace = true";
    assert!(complaints(&Member::for_test(tidy)).is_empty());
    for (from, to) in [
        ("edition.workspace = true", "edition = '2021'"),
        ("[lints]\nworkspace = true", ""),
        ("tokio.workspace = true", "tokio = '1'"),
    ] {
        assert_eq!(complaints(&Member::for_test(&tidy.replace(from, to))).len(), 1, "{to}");
    }
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let dependencies = BTreeSet::from(["tokio".to_owned(), "toml".to_owned()]);
    let document =
        "| `tokio` | it runs the async half of the house |\n| `toml` | |\nWe also use `toml` for forms.";
    assert_eq!(without_reason(&dependencies, document), ["toml"]);
}
