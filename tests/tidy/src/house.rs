//! The repository as the checks see it: its files, and its workspace members.

use std::fs;
use std::path::{Path, PathBuf};
use toml::Table;

/// Folders that hold what tools made, not what we wrote.
const MADE_BY_TOOLS: [&str; 6] = ["target", ".git", ".cache", "node_modules", "__pycache__", ".venv"];

/// A file with its path relative to the repository's root, `/` between its parts.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// One member of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its folder, relative to the root.
    pub(crate) folder: String,
    pub(crate) manifest: Table,
}

impl Member {
    /// Names in one table of dependencies, such as `dev-dependencies`.
    pub(crate) fn names_in(&self, section: &str) -> Vec<&str> {
        self.table(section).map(|table| table.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    /// One table of the manifest.
    pub(crate) fn table(&self, section: &str) -> Option<&Table> {
        self.manifest.get(section).and_then(toml::Value::as_table)
    }

    /// A member that stands in no file.
    pub(crate) fn for_test(manifest: &str) -> Self {
        let manifest: Table = manifest.parse().expect("a manifest in a test is valid");
        let name = manifest["package"]["name"].as_str().expect("it has a name").to_owned();
        Self { folder: format!("crates/{name}"), name, manifest }
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// The manifest of the workspace.
pub(crate) fn workspace() -> Table {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the root has a manifest");
    text.parse().expect("the root manifest is valid")
}

/// All members of the workspace, in the order of their folders.
pub(crate) fn members() -> Vec<Member> {
    let workspace = workspace();
    let patterns = workspace["workspace"]["members"].as_array().expect("the workspace has members");
    let mut folders = Vec::new();
    for pattern in patterns {
        let pattern = pattern.as_str().expect("a member is a path");
        match pattern.strip_suffix("/*") {
            Some(parent) => {
                for entry in fs::read_dir(root().join(parent)).expect("the folder of members is there") {
                    let name = entry.expect("it can be listed").file_name();
                    folders.push(format!("{parent}/{}", name.to_str().expect("its name is plain")));
                }
            }
            None => folders.push(pattern.to_owned()),
        }
    }
    folders.sort();
    let mut members = Vec::new();
    for folder in folders {
        let Ok(text) = fs::read_to_string(root().join(&folder).join("Cargo.toml")) else { continue };
        let manifest: Table = text.parse().expect("a member's manifest is valid");
        let name = manifest["package"]["name"].as_str().expect("a member has a name").to_owned();
        members.push(Member { name, folder, manifest });
    }
    members
}

/// Every file that we wrote and that is text, in the order of their paths.
pub(crate) fn files() -> Vec<File> {
    let root = root();
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the repository can be listed") {
            let entry = entry.expect("an entry can be read");
            let path = entry.path();
            let kind = entry.file_type().expect("an entry has a type");
            // A linked working tree has a file in the place of `.git`.
            if MADE_BY_TOOLS.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(&path)
            {
                let path = path.strip_prefix(&root).expect("it is below the root");
                files.push(File { path: path.to_str().expect("its name is plain").replace('\\', "/"), text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[test]
fn the_house_is_not_empty() {
    assert!(members().iter().any(|member| member.name == "gongkai-model"));
    assert!(files().iter().any(|file| file.path == "tests/tidy/src/house.rs"));
}
