//! Services as users of their own, made by the scripts that are shipped for administrators, over a real PostgreSQL and a
//! real RabbitMQ.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod e2e;

use e2e::{Server, made_up, metadata};
use gongkai_wire::v1;
use lapin::options::{BasicGetOptions, BasicPublishOptions, QueueDeleteOptions, QueuePurgeOptions};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tonic_types::StatusExt;
use uuid::Uuid;

const PASSWORD: &str = "only-for-this-test";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn setting(name: &str) -> String {
    let value = std::env::var(name).unwrap_or_default();
    assert!(!value.is_empty(), "{name} is not set: `./dev servers`, then `export $(./dev servers env)`");
    value
}

/// `user:password` and `host:port` of an address.
fn split(address: &str) -> (String, String) {
    let (_, rest) = address.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap();
    (user.to_owned(), rest.split('/').next().unwrap().to_owned())
}

/// A system with users of its own at database and broker.
struct House {
    name: String,
}

impl House {
    fn new() -> Self {
        let house = Self { name: format!("gongkai_test_{}", Uuid::now_v7().simple()) };
        let roles = std::fs::read_to_string(root().join("deploy/postgres/roles.sql")).unwrap();
        let secrets = ["owner", "ingest", "parser", "query"]
            .map(|role| format!("\\set {role}_password '{PASSWORD}'\n"))
            .concat();
        house.psql(&format!("\\set name {}\n{secrets}{roles}", house.name));
        let (admin, management) = split(&setting("GONGKAI_TEST_AMQP_MANAGEMENT"));
        let made = Command::new(root().join("deploy/rabbitmq/users.sh"))
            .env("GONGKAI_MQ_NAME", &house.name)
            .env("GONGKAI_MQ_ADMIN", admin)
            .env("GONGKAI_MQ_MANAGEMENT", format!("http://{management}"))
            .envs(["OWNER", "INGEST", "PARSER"].map(|user| (format!("GONGKAI_MQ_{user}_PASSWORD"), PASSWORD)))
            .status();
        assert!(made.unwrap().success());
        house
    }

    fn psql(&self, text: &str) {
        let mut psql = Command::new(root().join("tools/servers/postgres.sh"))
            .args(["ask", "-f", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        psql.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(psql.wait().unwrap().success());
    }

    fn store(&self, role: &str) -> String {
        let (_, server) = split(&setting("GONGKAI_TEST_POSTGRES"));
        format!("postgres://{0}_{role}:{PASSWORD}@{server}/{0}", self.name)
    }

    fn queue(&self, user: &str) -> String {
        let (_, server) = split(&setting("GONGKAI_TEST_AMQP"));
        format!("amqp://{0}-{user}:{PASSWORD}@{server}/{0}", self.name)
    }

    fn prepare(&self, role: &str) -> std::process::Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
        command.arg("prepare").env("GONGKAI_STORE", self.store(role)).env("GONGKAI_QUEUE", self.queue(role));
        for service in ["ingest", "parser", "query"] {
            command.arg(format!("--{service}-role")).arg(format!("{}_{service}", self.name));
        }
        command.output().unwrap()
    }

    fn command(&self, service: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gongkai"));
        command
            .args(["serve", service, "--listen", "127.0.0.1:0", "--grace", "0"])
            .args(["--store-schema", "expect", "--queue-topology", "expect"])
            .env("GONGKAI_STORE", self.store(service))
            .env("GONGKAI_TOKEN_KEY", "0f".repeat(32))
            .stdin(Stdio::null());
        if service != "query" {
            command.env("GONGKAI_QUEUE", self.queue(service));
        }
        command
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let name = &self.name;
        let roles = ["owner", "ingest", "parser", "query"].map(|role| format!("{name}_{role}")).join(", ");
        self.psql(&format!("DROP DATABASE {name} WITH (FORCE);\nDROP ROLE {roles};\n"));
        let (admin, management) = split(&setting("GONGKAI_TEST_AMQP_MANAGEMENT"));
        let users = ["owner", "ingest", "parser"].map(|user| format!("users/{name}-{user}"));
        for path in [format!("vhosts/{name}")].iter().chain(&users) {
            let url = format!("http://{management}/api/{path}");
            let deleted = Command::new("curl")
                .args(["-fsS", "--max-time", "10", "-u", &admin, "-X", "DELETE", &url])
                .status();
            assert!(deleted.unwrap().success());
        }
    }
}

/// A channel, which is of no use any more once something on it was refused.
async fn channel(address: &str) -> (Connection, Channel) {
    let connection = Connection::connect(address, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

fn assert_refused<T: std::fmt::Debug>(what: &str, answer: Result<T, lapin::Error>) {
    let error = answer.expect_err(what).to_string();
    assert!(error.contains("ACCESS_REFUSED") || error.contains("access"), "{what}: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn services_work_as_users_that_may_do_nothing_else() {
    let house = tokio::task::spawn_blocking(House::new).await.unwrap();
    // Who is not the owner prepares nothing, and who expects what is not there does not start.
    assert!(!house.prepare("ingest").status.success());
    let unprepared = house.command("ingest").output().unwrap();
    assert!(!unprepared.status.success());
    let said = String::from_utf8_lossy(&unprepared.stderr).into_owned();
    assert!(said.contains("gongkai prepare") || said.contains("cannot be used"), "{said}");
    for _ in 0..2 {
        let prepared = house.prepare("owner");
        assert!(prepared.status.success(), "{}", String::from_utf8_lossy(&prepared.stderr));
        assert_eq!(String::from_utf8_lossy(&prepared.stdout), "the database is ready\nthe broker is ready\n");
    }

    let [ingest, parser, query] = ["ingest", "parser", "query"].map(|it| Server::run(house.command(it)));
    let clients = ingest.clients().await;
    let names: Vec<String> = {
        let mut names = Vec::new();
        for seed in 0..12 {
            names.push(clients.submit(metadata("a.html"), made_up(seed)).await.unwrap().name);
        }
        names
    };
    let ended = clients.ended(&names).await;
    assert!(ended.values().all(|it| it.state() == v1::SubmissionState::Done), "{ended:?}");
    let nonsense = clients.read(metadata("b.txt"), "没有内容".into()).await;
    assert_eq!(nonsense.state(), v1::SubmissionState::Rejected);
    let served = query.clients().await;
    assert_eq!(served.reports().await.len(), 12);
    assert_eq!(served.document(&ended[&names[3]].document).await, made_up(3));

    // At the broker: who publishes does not receive, who receives does not publish, and neither takes away.
    let (name, waiting) = ("gongkai.submissions", "gongkai.submissions.normal");
    for (user, may_publish) in [("ingest", true), ("parser", false)] {
        let address = house.queue(user);
        let (_connection, first) = channel(&address).await;
        assert_refused("delete", first.queue_delete(waiting.into(), QueueDeleteOptions::default()).await);
        if may_publish {
            let (_connection, second) = channel(&address).await;
            assert_refused("get", second.basic_get(waiting.into(), BasicGetOptions::default()).await);
            let (_connection, third) = channel(&address).await;
            assert_refused("purge", third.queue_purge(waiting.into(), QueuePurgeOptions::default()).await);
        } else {
            let (_connection, second) = channel(&address).await;
            second.confirm_select(lapin::options::ConfirmSelectOptions::default()).await.unwrap();
            let published = second
                .basic_publish(
                    name.into(),
                    "normal".into(),
                    BasicPublishOptions::default(),
                    b"",
                    BasicProperties::default(),
                )
                .await;
            let confirmed = match published {
                Ok(confirm) => confirm.await,
                Err(error) => Err(error),
            };
            assert_refused("publish", confirmed);
        }
    }
    // What a role may not do is told as what it is: waiting would not mend it. Whoever mends it need restart nothing.
    let name = house.name.clone();
    let privilege = |what: &str| format!("\\connect {name}\n{what} {name}_ingest;\n");
    house.psql(&privilege("REVOKE INSERT ON documents FROM"));
    let refused = clients.submit(metadata("c.html"), made_up(20)).await.unwrap_err();
    assert_eq!((refused.code(), e2e::reason(&refused).as_str()), (tonic::Code::Internal, "INTERNAL"));
    assert!(
        refused.get_details_retry_info().is_none() && !refused.message().contains("permission"),
        "{refused:?}"
    );
    house.psql(&privilege("GRANT INSERT ON documents TO"));
    let mended = clients.read(metadata("c.html"), made_up(20)).await;
    assert_eq!(mended.state(), v1::SubmissionState::Done);
    for server in [ingest, parser, query] {
        assert!(server.stop().await.success());
    }
    tokio::task::spawn_blocking(move || drop(house)).await.unwrap();
}
