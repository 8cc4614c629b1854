//! What is shipped for deployment, carried out without a container engine: the secrets and the preparation by their own
//! scripts, each service by the command, the environment and the health check that the compose file gives it, over a real
//! PostgreSQL and a real RabbitMQ. And what dashboard, alerts and documents say of metrics, held against what the services
//! tell.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;
mod promql;

use e2e::{Clients, DEADLINE, Server, made_up, metadata};
use gongkai_wire::v1;
use promql::{Page, asked};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Labels that Prometheus itself gives to all that it reads.
const OF_PROMETHEUS: [&str; 3] = ["job", "instance", "le"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&shipped(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn setting(name: &str) -> String {
    let value = std::env::var(name).unwrap_or_default();
    assert!(!value.is_empty(), "{name} is not set: `./dev servers`, then `export $(./dev servers env)`");
    value
}

/// User, password, and `host:port` of an address.
fn split(address: &str) -> (String, String, String) {
    let (_, rest) = address.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap();
    (user.to_owned(), password.to_owned(), rest.split('/').next().unwrap().to_owned())
}

fn done(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
}

/// A deployment under a name of its own at the servers that tests have.
struct Deployment {
    name: String,
    secrets: tempfile::TempDir,
    compose: Value,
}

impl Deployment {
    fn new() -> Self {
        let secrets = tempfile::tempdir().unwrap();
        let name = format!("gongkai_test_{}", Uuid::now_v7().simple());
        let (db_admin, password, db) = split(&setting("GONGKAI_TEST_POSTGRES"));
        let (mq_admin, _, mq) = split(&setting("GONGKAI_TEST_AMQP"));
        let (_, _, management) = split(&setting("GONGKAI_TEST_AMQP_MANAGEMENT"));
        fs::write(secrets.path().join("passwords"), format!("admin={password}\n")).unwrap();
        let deployment = Self { name, secrets, compose: yaml("deploy/compose.yaml") };
        let mut make = deployment.script("secrets.sh");
        done(make.arg(deployment.secrets.path()).env("GONGKAI_DB", &db).env("GONGKAI_MQ", &mq));
        let made = fs::read_to_string(deployment.secret("passwords")).unwrap();
        // Again, nothing is forgotten.
        done(make.arg(deployment.secrets.path()));
        assert_eq!(fs::read_to_string(deployment.secret("passwords")).unwrap(), made);
        for _ in 0..2 {
            let mut prepare = deployment.script("prepare.sh");
            let ((db_host, db_port), (mq_host, mq_port)) =
                (db.split_once(':').unwrap(), mq.split_once(':').unwrap());
            prepare
                .arg(env!("CARGO_BIN_EXE_gongkai"))
                .env("GONGKAI_PASSWORDS", deployment.secret("passwords"))
                .envs([("PGHOST", db_host), ("PGPORT", db_port), ("PGUSER", &db_admin)])
                .envs([
                    ("GONGKAI_MQ_HOST", mq_host),
                    ("GONGKAI_MQ_PORT", mq_port),
                    ("GONGKAI_MQ_ADMIN", &mq_admin),
                ])
                .env("GONGKAI_MQ_MANAGEMENT_PORT", management.split_once(':').unwrap().1);
            done(&mut prepare);
        }
        deployment
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(root().join("deploy").join(name));
        command.env("GONGKAI_NAME", &self.name);
        command
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.secrets.path().join(name)
    }

    /// A service as its container starts it, but for the addresses on which it listens.
    fn serve(&self, service: &str) -> (Server, SocketAddr) {
        let container = &self.compose["services"][service];
        let monitor = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
        command.env_clear().stdin(Stdio::null());
        for (variable, value) in container["environment"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            match value.strip_prefix("/run/secrets/") {
                Some(secret) => command.env(variable, self.secret(secret)),
                None => command.env(variable, value),
            };
        }
        command.env("GONGKAI_LISTEN", "127.0.0.1:0").env("GONGKAI_MONITOR", monitor.to_string());
        command.args(texts(&container["command"]));
        let server = Server::run(command);
        // As the engine asks it, and waiting, which the engine does by asking again.
        let check = texts(&container["healthcheck"]["test"]);
        let mut ready = Command::new(env!("CARGO_BIN_EXE_gongkai"));
        done(ready.args(&check[2..]).args(["--wait", "60"]).env("GONGKAI_SERVER", &server.address));
        (server, monitor)
    }

    /// What containers make and nobody else does, removed.
    fn remove(&self) {
        let name = &self.name;
        let roles = ["owner", "ingest", "parser", "query"].map(|role| format!("{name}_{role}")).join(", ");
        let mut psql = Command::new(root().join("tools/servers/postgres.sh"))
            .args(["ask", "-f", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let text = format!("DROP DATABASE {name} WITH (FORCE);\nDROP ROLE {roles};\n");
        psql.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(psql.wait().unwrap().success());
        let (admin, password, management) = split(&setting("GONGKAI_TEST_AMQP_MANAGEMENT"));
        let users = ["owner", "ingest", "parser"].map(|user| format!("users/{name}-{user}"));
        for path in [format!("vhosts/{name}")].iter().chain(&users) {
            let (url, user) = (format!("http://{management}/api/{path}"), format!("{admin}:{password}"));
            done(Command::new("curl").args(["-fsS", "--max-time", "10", "-u", &user, "-X", "DELETE", &url]));
        }
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        self.remove();
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// A page of a process for those who watch it; nothing where it does not answer.
fn page(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    Ok(body.to_owned())
}

/// What the processes tell, once they tell what is looked for.
async fn told(monitors: &[SocketAddr], awaited: &[(&str, &str, &str)]) -> Page {
    let begun = Instant::now();
    loop {
        let mut told = Page::default();
        for monitor in monitors {
            told.read(&page(*monitor, "/metrics").unwrap());
        }
        let is_told = |(metric, label, value): &(&str, &str, &str)| {
            told.series(metric).any(|labels| labels.get(*label).is_some_and(|told| told == value))
        };
        if awaited.iter().all(is_told) {
            return told;
        }
        assert!(begun.elapsed() < DEADLINE, "not told: {awaited:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What is not told of all that `query` asks for.
fn untold(query: &str, told: &Page) -> Vec<String> {
    let asked = asked(query);
    assert!(!asked.metrics.is_empty(), "{query} asks for nothing");
    let mut untold = Vec::new();
    let mut labels: BTreeSet<&str> = OF_PROMETHEUS.into_iter().collect();
    for (metric, matchers) in &asked.metrics {
        // Prometheus itself says whether it reaches a process.
        if metric == "up" {
            continue;
        }
        let series: Vec<_> = told.series(metric).collect();
        if series.is_empty() {
            untold.push(format!("{metric}, in {query}"));
        }
        labels.extend(series.iter().flat_map(|labels| labels.keys()).map(String::as_str));
        for (label, values) in matchers {
            let is_told = |value: &String| {
                // Not every status can be had here.
                label == "rpc_grpc_status_code" && series.iter().any(|labels| labels.contains_key(label))
                    || series.iter().any(|labels| labels.get(label) == Some(value))
            };
            let missing = values.iter().filter(|value| !is_told(value));
            untold.extend(missing.map(|value| format!("{metric}{{{label}=\"{value}\"}}, in {query}")));
        }
    }
    untold.extend(
        asked
            .grouped
            .iter()
            .filter(|label| !labels.contains(label.as_str()))
            .map(|label| format!("{label}, in {query}")),
    );
    untold
}

/// Labels that a text for people names: `{{label}}`, or `$labels.label` in a template.
fn labels_in(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split("{{").skip(1).filter_map(|piece| piece.split("}}").next()).map(str::trim);
    pieces.filter_map(|piece| {
        let piece = piece.split('|').next().unwrap_or_default().trim();
        match piece.strip_prefix('$') {
            Some(variable) => variable.strip_prefix("labels."),
            None => Some(piece),
        }
    })
}

/// Whether a text names only labels that its query leaves.
fn assert_labels(text: &str, query: &str, told: &Page) {
    let asked = asked(query);
    for label in labels_in(text) {
        let is_of_metric =
            |(metric, _): &(String, _)| told.series(metric).any(|labels| labels.contains_key(label));
        let is_left = match asked.grouped.is_empty() {
            true => OF_PROMETHEUS.contains(&label) || asked.metrics.iter().any(is_of_metric),
            false => asked.grouped.contains(label),
        };
        assert!(is_left, "{text} names {label}, which {query} does not leave");
    }
}

/// Metrics that the table of docs/operations.md tells of, with their labels.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let text = shipped("docs/operations.md");
    let rows = text.lines().filter(|line| line.starts_with("| `gongkai_") || line.starts_with("| `rpc_"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let metric = |name: &str| {
        let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
        let labels = labels.trim_end_matches('}').split(',').map(|label| label.trim().to_owned());
        (name.to_owned(), labels.filter(|label| !label.is_empty()).collect())
    };
    names.map(metric).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn services_start_as_compose_says_and_tell_all_that_dashboard_alerts_and_documents_speak_of() {
    let deployment = tokio::task::spawn_blocking(Deployment::new).await.unwrap();
    let started = ["ingest", "parser", "query"].map(|service| deployment.serve(service));
    let monitors: Vec<SocketAddr> = started.iter().map(|(_, monitor)| *monitor).collect();
    let [ingest, parser, query] = started.map(|(server, _)| server);
    let clients: Clients = ingest.clients().await;
    let read = clients.read(metadata("a.html"), made_up(3)).await;
    assert_eq!(read.state(), v1::SubmissionState::Done);
    let nonsense = clients.read(metadata("b.txt"), "没有内容".into()).await;
    assert_eq!(nonsense.state(), v1::SubmissionState::Rejected);
    let asking = query.clients().await;
    assert_eq!(asking.reports().await.len(), 1);
    // As the role of query, which sees what it needs for this and no more.
    let listed = async |filter: &str| {
        let request = v1::ListReportsRequest { filter: filter.to_owned(), ..Default::default() };
        asking.query.clone().list_reports(request).await.unwrap().into_inner().reports.len()
    };
    assert_eq!(listed(r#"县 figures["requests.received.total"]:* -findings_failing > 1000"#).await, 1);
    assert_eq!(
        listed(r#"figures["requests.received.total"].state = BLANK OR region.within("990000")"#).await,
        0
    );

    let awaited = [
        ("gongkai_submission_duration_seconds_count", "outcome", "done"),
        ("gongkai_submission_duration_seconds_count", "outcome", "rejected"),
        ("gongkai_parser_stage_duration_seconds_count", "stage", "store"),
        ("gongkai_submissions_waiting", "state", "queued"),
        ("gongkai_queue_messages", "queue", "normal"),
        ("gongkai_dependency_up", "dependency", "gongkai.queue"),
        ("rpc_server_duration_seconds_count", "rpc_method", "SubmitDocument"),
        ("rpc_server_duration_seconds_count", "rpc_method", "ListReports"),
    ];
    let told = told(&monitors, &awaited).await;

    let dashboard: Value = serde_json::from_str(&shipped("deploy/grafana/dashboards/gongkai.json")).unwrap();
    let mut untold_of = Vec::new();
    let mut panels = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        if panel["type"] == "row" {
            continue;
        }
        panels += 1;
        assert!(
            panel["description"].as_str().is_some_and(|it| 10 < it.len()),
            "{} says nothing",
            panel["title"]
        );
        assert_eq!(panel["datasource"]["uid"], "prometheus");
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            untold_of.extend(untold(query, &told));
            assert_labels(target["legendFormat"].as_str().unwrap(), query, &told);
        }
    }
    assert!(20 < panels, "the dashboard has lost its panels");
    let operations = shipped("docs/operations.md");
    let alerts = yaml("deploy/prometheus/alerts.yaml");
    for rule in alerts["groups"][0]["rules"].as_array().unwrap() {
        let query = rule["expr"].as_str().unwrap();
        untold_of.extend(untold(query, &told));
        for annotation in ["summary", "description", "runbook"] {
            let text = rule["annotations"][annotation].as_str();
            let text = text.unwrap_or_else(|| panic!("{} has no {annotation}", rule["alert"]));
            // What `absent` leaves is what it was asked for.
            if !query.starts_with("absent(") {
                assert_labels(text, query, &told);
            }
        }
        // The runbook has a section for it, and the section names it.
        let runbook = rule["annotations"]["runbook"].as_str().unwrap();
        let anchor = runbook.strip_prefix("docs/operations.md#").unwrap();
        let heading = format!("\n### {}\n", anchor.replace('-', " "));
        let (_, section) = operations.to_lowercase().split_once(&heading).map_or_else(
            || panic!("{runbook} leads nowhere"),
            |(before, after)| (before.to_owned(), after.to_owned()),
        );
        let section = section.split("\n### ").next().unwrap();
        let name = rule["alert"].as_str().unwrap().to_lowercase();
        assert!(section.contains(&name), "the section of {runbook} does not name {name}");
        assert!(["critical", "warning"].contains(&rule["labels"]["severity"].as_str().unwrap()));
    }
    assert_eq!(untold_of, Vec::<String>::new(), "no service tells these");
    assert_eq!(
        documented(),
        told.families(),
        "docs/operations.md and the services tell of different metrics"
    );
    assert!(!untold("rate(gongkai_no_such_total[5m])", &told).is_empty());
    assert!(!untold("gongkai_dependency_up{dependency=\"nothing\"}", &told).is_empty());

    for server in [ingest, parser, query] {
        assert!(server.stop().await.success());
    }
    tokio::task::spawn_blocking(move || drop(deployment)).await.unwrap();
}
