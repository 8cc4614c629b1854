//! What every text of the repository owes the world outside this machine.

use crate::house::{self, File};
use std::path::Path;

/// Pieces of a text that only make sense where it was written. Put together here so that this file has none.
fn places_of_one_machine() -> Vec<String> {
    let mut places: Vec<String> = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["arti", "factory"],
        ["registry.", "npmjs.org"],
        ["index.", "crates.io"],
        ["pypi", ".org"],
    ]
    .iter()
    .map(|halves| halves.concat())
    .collect();
    // Where this very checkout lies; a folder right below the root may be called like one of ours.
    let here = house::root();
    if 2 < here.components().count() {
        places.extend(here.to_str().map(|here| format!("{here}/")));
    }
    places
}

fn place_complaints(file: &File, places: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        if let Some(place) = places.iter().find(|place| line.contains(place.as_str())) {
            complaints.push(format!("{}:{number} speaks of `{place}`", file.path));
        }
    }
    complaints
}

/// Targets of the links of a Markdown text that lead to files: `[text](target)`, without what follows a `#`.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let targets = targets.map(|target| target.split('#').next().unwrap_or_default());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' ')).collect()
}

fn broken_links(file: &File, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
    let broken = links(&file.text).into_iter().filter(|target| !exists(&folder.join(target)));
    broken.map(|target| format!("{} leads to {target}, which is not there", file.path)).collect()
}

#[test]
fn no_text_speaks_of_the_machine_it_was_written_on() {
    let places = places_of_one_machine();
    let complaints: Vec<String> =
        house::files().iter().flat_map(|file| place_complaints(file, &places)).collect();
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = house::root();
    let files = house::files();
    let documents: Vec<&File> = files.iter().filter(|file| file.path.ends_with(".md")).collect();
    assert!(documents.iter().any(|file| file.path == "README.md"));
    let broken: Vec<String> =
        documents.into_iter().flat_map(|file| broken_links(file, |path| root.join(path).exists())).collect();
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn untidy_texts_are_found() {
    let file = |text: &str| File { path: "docs/a.md".to_owned(), text: text.to_owned() };
    let places = places_of_one_machine();
    for place in &places {
        assert_eq!(place_complaints(&file(&format!("see {place}thing")), &places).len(), 1);
    }
    assert!(place_complaints(&file("see docs/a.md"), &places).is_empty());

    let there = |path: &Path| path == Path::new("docs/b.md");
    assert!(broken_links(&file("[b](b.md#part) and [web](https://example.org/x)"), there).is_empty());
    assert_eq!(broken_links(&file("[c](c.md)"), there).len(), 1);
}
