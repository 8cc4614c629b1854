//! Which crate may know which.

use crate::house::{self, Member};

/// What a crate is to the others; it decides whom the crate may know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Plain functions and types: no clock, no files, no network, no async.
    Heart,
    /// Generated types and conversions.
    Wire,
    /// A narrow trait with its twin and its contract.
    Seam,
    /// What services share at their border: the listener and what each call is owed.
    Border,
    /// An implementation of a seam. Only the composition names it.
    Engine,
    /// A function of its listener, its dependencies and a shutdown signal.
    Service,
    /// Where everything is wired together.
    Composition,
    /// Builders for tests. A dev-dependency only.
    Testkit,
    /// The checks of this crate.
    Tidy,
}

/// One crate's place in the house, and the crates of ours that it may depend on.
struct Place {
    name: &'static str,
    role: Role,
    may_know: &'static [&'static str],
}

/// A new arrow is the rarest kind of change and deserves a paragraph of reasons in `ARCHITECTURE.md`.
const PLACES: &[Place] = &[
    Place { name: "gongkai-model", role: Role::Heart, may_know: &[] },
    Place { name: "gongkai-forms", role: Role::Heart, may_know: &["gongkai-model"] },
    Place { name: "gongkai-regions", role: Role::Heart, may_know: &["gongkai-model"] },
    Place { name: "gongkai-document", role: Role::Heart, may_know: &["gongkai-model"] },
    Place { name: "gongkai-filter", role: Role::Heart, may_know: &["gongkai-model"] },
    Place { name: "gongkai-script", role: Role::Heart, may_know: &[] },
    Place { name: "gongkai-search", role: Role::Heart, may_know: &["gongkai-model", "gongkai-script"] },
    Place { name: "gongkai-copies", role: Role::Heart, may_know: &["gongkai-model", "gongkai-search"] },
    Place { name: "gongkai-reconcile", role: Role::Heart, may_know: &["gongkai-forms", "gongkai-model"] },
    Place {
        name: "gongkai-extract",
        role: Role::Heart,
        may_know: &[
            "gongkai-document",
            "gongkai-forms",
            "gongkai-model",
            "gongkai-reconcile",
            "gongkai-regions",
            "gongkai-script",
        ],
    },
    Place {
        name: "gongkai-audit",
        role: Role::Heart,
        may_know: &["gongkai-forms", "gongkai-model", "gongkai-reconcile", "gongkai-script"],
    },
    Place {
        name: "gongkai-pipeline",
        role: Role::Heart,
        may_know: &["gongkai-audit", "gongkai-document", "gongkai-extract", "gongkai-model"],
    },
    Place {
        name: "gongkai-compose",
        role: Role::Heart,
        may_know: &["gongkai-forms", "gongkai-model", "gongkai-reconcile", "gongkai-regions"],
    },
    Place { name: "gongkai-export", role: Role::Heart, may_know: &[] },
    Place { name: "gongkai-wire", role: Role::Wire, may_know: &["gongkai-model"] },
    Place {
        name: "gongkai-store",
        role: Role::Seam,
        may_know: &["gongkai-copies", "gongkai-filter", "gongkai-model", "gongkai-search"],
    },
    Place { name: "gongkai-queue", role: Role::Seam, may_know: &["gongkai-model"] },
    Place { name: "gongkai-telemetry", role: Role::Border, may_know: &["gongkai-model"] },
    Place {
        name: "gongkai-serve",
        role: Role::Border,
        may_know: &["gongkai-model", "gongkai-store", "gongkai-telemetry", "gongkai-wire"],
    },
    Place {
        name: "gongkai-snapshot",
        role: Role::Border,
        may_know: &["gongkai-model", "gongkai-store", "gongkai-wire"],
    },
    Place {
        name: "gongkai-store-sql",
        role: Role::Engine,
        may_know: &[
            "gongkai-copies",
            "gongkai-filter",
            "gongkai-model",
            "gongkai-queue",
            "gongkai-search",
            "gongkai-store",
        ],
    },
    Place { name: "gongkai-queue-amqp", role: Role::Engine, may_know: &["gongkai-model", "gongkai-queue"] },
    Place {
        name: "gongkai-ingest",
        role: Role::Service,
        may_know: &[
            "gongkai-model",
            "gongkai-queue",
            "gongkai-serve",
            "gongkai-snapshot",
            "gongkai-store",
            "gongkai-telemetry",
            "gongkai-wire",
        ],
    },
    Place {
        name: "gongkai-parser",
        role: Role::Service,
        may_know: &[
            "gongkai-document",
            "gongkai-extract",
            "gongkai-forms",
            "gongkai-model",
            "gongkai-pipeline",
            "gongkai-queue",
            "gongkai-store",
            "gongkai-telemetry",
        ],
    },
    Place {
        name: "gongkai-query",
        role: Role::Service,
        may_know: &[
            "gongkai-compose",
            "gongkai-copies",
            "gongkai-export",
            "gongkai-extract",
            "gongkai-filter",
            "gongkai-forms",
            "gongkai-model",
            "gongkai-pipeline",
            "gongkai-regions",
            "gongkai-search",
            "gongkai-serve",
            "gongkai-snapshot",
            "gongkai-store",
            "gongkai-wire",
        ],
    },
    Place {
        name: "gongkai-review",
        role: Role::Service,
        may_know: &[
            "gongkai-forms",
            "gongkai-model",
            "gongkai-pipeline",
            "gongkai-serve",
            "gongkai-store",
            "gongkai-wire",
        ],
    },
    Place {
        name: "gongkai",
        role: Role::Composition,
        may_know: &[
            "gongkai-audit",
            "gongkai-document",
            "gongkai-export",
            "gongkai-extract",
            "gongkai-forms",
            "gongkai-ingest",
            "gongkai-model",
            "gongkai-parser",
            "gongkai-pipeline",
            "gongkai-query",
            "gongkai-queue",
            "gongkai-queue-amqp",
            "gongkai-reconcile",
            "gongkai-review",
            "gongkai-serve",
            "gongkai-snapshot",
            "gongkai-store",
            "gongkai-store-sql",
            "gongkai-telemetry",
            "gongkai-wire",
        ],
    },
    Place { name: "gongkai-testkit", role: Role::Testkit, may_know: &["gongkai-forms", "gongkai-model"] },
    Place { name: "gongkai-tidy", role: Role::Tidy, may_know: &[] },
];

/// What would let time, files, the network or async into the heart.
const OUTSIDE_WORLD: &[&str] = &[
    "async-trait",
    "clap",
    "futures",
    "indicatif",
    "sqlx",
    "tempfile",
    "tokio",
    "tokio-stream",
    "tokio-util",
    "tonic",
    "tonic-health",
    "tonic-reflection",
    "tracing",
    "tracing-subscriber",
];

/// The broker's protocol is spoken in the engines alone.
const AMQP: &str = "lapin";
/// SQL is spoken in the engines alone.
const SQL: &str = "sqlx";

fn complaints(members: &[Member]) -> Vec<String> {
    let mut complaints = Vec::new();
    for member in members {
        let name = &member.name;
        let Some(place) = PLACES.iter().find(|place| place.name == name) else {
            complaints.push(format!("{name} has no place: give it one in tests/tidy and in ARCHITECTURE.md"));
            continue;
        };
        let may_know = |other: &str| !other.starts_with("gongkai") || place.may_know.contains(&other);
        for section in ["dependencies", "build-dependencies"] {
            for other in member.names_in(section) {
                if !may_know(other) {
                    complaints.push(format!("{name} must not know {other}"));
                }
                if place.role == Role::Heart && OUTSIDE_WORLD.contains(&other) {
                    complaints.push(format!("{name} is pure and must not know {other}"));
                }
                if other == SQL && place.role != Role::Engine {
                    complaints.push(format!("{name} speaks SQL; only an engine does"));
                }
                if other == AMQP && place.role != Role::Engine {
                    complaints.push(format!("{name} speaks to the broker; only an engine does"));
                }
            }
        }
        for other in member.names_in("dev-dependencies") {
            // Tests may use any pure crate; which engine stands behind a seam is no business of theirs either.
            let role = PLACES.iter().find(|place| place.name == other).map(|place| place.role);
            let for_tests = matches!(role, Some(Role::Heart | Role::Testkit));
            if !for_tests && other != name && !may_know(other) {
                complaints.push(format!("the tests of {name} must not know {other}"));
            }
        }
    }
    complaints
}

#[test]
fn crates_know_only_whom_they_may() {
    assert_eq!(complaints(&house::members()), Vec::<String>::new());
}

#[test]
fn every_place_is_taken() {
    let members = house::members();
    for place in PLACES {
        assert!(members.iter().any(|member| member.name == place.name), "no crate {}", place.name);
    }
}

#[test]
fn only_the_composition_names_an_engine() {
    for place in PLACES.iter().filter(|place| place.role != Role::Composition) {
        for known in place.may_know {
            let known = PLACES.iter().find(|other| other.name == *known).expect("a known crate has a place");
            assert!(known.role != Role::Engine, "{} names an engine, {}", place.name, known.name);
            assert!(known.role != Role::Testkit, "{} names the test kit", place.name);
            assert!(known.role != Role::Service, "{} names a service, {}", place.name, known.name);
        }
    }
}

#[test]
fn arrows_do_not_run_in_a_circle() {
    // Whom a crate may know stands above it or nowhere near it: the table is ordered.
    let position = |name: &str| PLACES.iter().position(|place| place.name == name);
    for place in PLACES.iter().filter(|place| place.role != Role::Composition) {
        for known in place.may_know {
            assert!(position(known) < position(place.name), "{} stands before {known}", place.name);
        }
    }
}

#[test]
fn wrong_arrows_are_found() {
    let untidy = [
        "[package]\nname = 'gongkai-model'\n[dependencies]\ngongkai-forms.workspace = true",
        "[package]\nname = 'gongkai-extract'\n[dependencies]\ntokio.workspace = true",
        "[package]\nname = 'gongkai-query'\n[dependencies]\ngongkai-store-sql.workspace = true",
        "[package]\nname = 'gongkai-ingest'\n[dependencies]\nsqlx.workspace = true",
        "[package]\nname = 'gongkai-ingest'\n[dependencies]\nlapin.workspace = true",
        "[package]\nname = 'gongkai-audit'\n[dependencies]\ngongkai-testkit.workspace = true",
        "[package]\nname = 'gongkai-parser'\n[dev-dependencies]\ngongkai-store-sql.workspace = true",
        "[package]\nname = 'gongkai-utils'",
    ];
    for manifest in untidy {
        assert_eq!(complaints(&[Member::for_test(manifest)]).len(), 1, "{manifest}");
    }
    let tidy = "[package]\nname = 'gongkai-extract'\n[dependencies]\ngongkai-document.workspace = true
        [dev-dependencies]\ngongkai-testkit.workspace = true";
    assert!(complaints(&[Member::for_test(tidy)]).is_empty());
}
