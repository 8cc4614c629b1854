//! A virtual host for one test, and the hand of an operator who means no good.

use crate::{Address, AmqpOptions};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use uuid::Uuid;

/// Where `tools/servers/rabbitmq.sh` starts a broker, unless told otherwise.
const ADDRESS: &str = "amqp://gongkai:gongkai@127.0.0.1:25670/%2f";
const MANAGEMENT: &str = "http://gongkai:gongkai@127.0.0.1:25672";

fn setting(name: &str, standard: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| standard.to_owned())
}

/// What a test does to the whole broker it does alone.
static HOUSE: RwLock<()> = RwLock::const_new(());

enum Guest {
    One { _guard: RwLockReadGuard<'static, ()> },
    Alone { _guard: RwLockWriteGuard<'static, ()> },
}

/// The broker for tests, seen from one virtual host.
pub(super) struct Broker {
    guest: Guest,
    address: String,
    management: String,
    authorization: String,
    pub(super) vhost: String,
}

impl Drop for Broker {
    /// A test that failed half-way leaves a broker that others can use.
    fn drop(&mut self) {
        if std::thread::panicking() && matches!(self.guest, Guest::Alone { .. }) {
            run("start");
            run("alarm off");
        }
    }
}

/// Runs the script that has started the broker.
fn run(command: &str) -> bool {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tools/servers/rabbitmq.sh");
    std::process::Command::new(script).args(command.split(' ')).status().is_ok_and(|status| status.success())
}

impl Broker {
    /// A virtual host with nothing in it. Fails where there is no broker: a test that was not run has not passed.
    pub(super) async fn fresh() -> Self {
        Self::with(Guest::One { _guard: HOUSE.read().await }).await
    }

    /// The same, while no other test is at the broker.
    pub(super) async fn alone() -> Self {
        Self::with(Guest::Alone { _guard: HOUSE.write().await }).await
    }

    async fn with(guest: Guest) -> Self {
        let address = setting("GONGKAI_TEST_AMQP", ADDRESS);
        let management = setting("GONGKAI_TEST_AMQP_MANAGEMENT", MANAGEMENT);
        let (credentials, host) = management
            .strip_prefix("http://")
            .and_then(|rest| rest.split_once('@'))
            .expect("http://user:password@host:port");
        let broker = Self {
            guest,
            address,
            management: host.to_owned(),
            authorization: base64(credentials.as_bytes()),
            vhost: format!("test-{}", Uuid::now_v7()),
        };
        broker.ask("PUT", &format!("vhosts/{}", broker.vhost), "{}").await;
        let user = broker.address().uri().authority.userinfo.username;
        broker.permit(&user, ".*", ".*", ".*").await;
        broker
    }

    pub(super) async fn end(self) {
        self.ask("DELETE", &format!("vhosts/{}", self.vhost), "").await;
    }

    /// The address for this virtual host.
    pub(super) fn address(&self) -> Address {
        self.address_of(&self.address)
    }

    /// Another address of the same broker, for this virtual host.
    pub(super) fn address_of(&self, address: &str) -> Address {
        let (server, _) = address.rsplit_once('/').unwrap();
        format!("{server}/{}", self.vhost).parse().unwrap()
    }

    /// Where the broker listens.
    pub(super) fn server(&self) -> String {
        let authority = self.address().uri().authority;
        format!("{}:{}", authority.host, authority.port)
    }

    /// The address for this virtual host by way of a port of this machine.
    pub(super) fn address_at(&self, port: u16) -> Address {
        let (credentials, _) = self.address.rsplit_once('@').unwrap();
        self.address_of(&format!("{credentials}@127.0.0.1:{port}/x"))
    }

    /// The same, with what an address may say beside.
    pub(super) fn address_with(&self, port: u16, query: &str) -> Address {
        let (credentials, _) = self.address.rsplit_once('@').unwrap();
        format!("{credentials}@127.0.0.1:{port}/{}?{query}", self.vhost).parse().unwrap()
    }

    pub(super) fn options(&self) -> AmqpOptions {
        let mut options = AmqpOptions::standard(self.address());
        options.connection_name = self.vhost.clone();
        options
    }

    /// As a user who may do only this.
    pub(super) async fn options_as(
        &self,
        user: &str,
        configure: &str,
        write: &str,
        read: &str,
    ) -> AmqpOptions {
        let user = format!("{user}-{}", self.vhost);
        self.ask("PUT", &format!("users/{user}"), r#"{"password": "gongkai", "tags": ""}"#).await;
        self.permit(&user, configure, write, read).await;
        let (_, server) = self.address.rsplit_once('@').unwrap();
        let mut options = self.options();
        options.address = self.address_of(&format!("amqp://{user}:gongkai@{server}"));
        options
    }

    /// Users outlast their virtual hosts.
    pub(super) async fn dismiss(&self, user: &str) {
        self.ask("DELETE", &format!("users/{user}-{}", self.vhost), "").await;
    }

    async fn permit(&self, user: &str, configure: &str, write: &str, read: &str) {
        let body = serde_json::json!({"configure": configure, "write": write, "read": read}).to_string();
        self.ask("PUT", &format!("permissions/{}/{user}", self.vhost), &body).await;
    }

    /// Cuts all connections to the virtual host. Tells how many there were.
    pub(super) async fn cut_connections(&self) -> usize {
        let list = self.ask("GET", &format!("vhosts/{}/connections", self.vhost), "").await;
        let names: Vec<String> = serde_json::from_str::<Value>(&list)
            .ok()
            .and_then(|list| {
                let names =
                    list.as_array()?.iter().filter_map(|one| Some(one.get("name")?.as_str()?.to_owned()));
                Some(names.collect())
            })
            .unwrap_or_default();
        for name in &names {
            let name = name.replace(' ', "%20").replace('>', "%3E");
            self.try_to_ask("DELETE", &format!("connections/{name}"), "").await;
        }
        names.len()
    }

    /// Messages of the queue, delivered ones included, by the broker's own statistics, which are some seconds old.
    pub(super) async fn queue(&self, name: &str) -> Value {
        let queue = self.ask("GET", &format!("queues/{}/{name}", self.vhost), "").await;
        serde_json::from_str(&queue).unwrap()
    }

    pub(super) async fn delete(&self, kind: &str, name: &str) {
        self.ask("DELETE", &format!("{kind}/{}/{name}", self.vhost), "").await;
    }

    /// Puts a message straight into a queue.
    pub(super) async fn put(&self, exchange: &str, key: &str, properties: Value, base64_body: &str) {
        let body = serde_json::json!({
            "properties": properties, "routing_key": key, "payload": base64_body, "payload_encoding": "base64",
        });
        let answer = self
            .ask("POST", &format!("exchanges/{}/{exchange}/publish", self.vhost), &body.to_string())
            .await;
        assert!(answer.contains("true"), "{answer}");
    }

    /// Has the script that started the broker do something to it; only for who is alone.
    pub(super) async fn handle(&self, command: &'static str) {
        assert!(matches!(self.guest, Guest::Alone { .. }));
        assert!(tokio::task::spawn_blocking(move || run(command)).await.unwrap(), "{command}");
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let (status, answer) = self.try_to_ask(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    async fn try_to_ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let asking = async {
            let mut stream = TcpStream::connect(&self.management).await?;
            // The old version of the protocol has no chunks.
            let request = format!(
                "{method} /api/{path} HTTP/1.0\r\nAuthorization: Basic {}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                self.authorization,
                body.len()
            );
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        let answer =
            tokio::time::timeout(Duration::from_secs(20), asking).await.expect("an answer of the broker");
        let answer = answer.unwrap_or_else(|error| {
            panic!("there is no broker for tests ({error}); start one: tools/servers/rabbitmq.sh start")
        });
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        (status, body)
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[test]
fn base64_is_written_as_others_read_it() {
    assert_eq!(["", "a", "ab", "abc"].map(|text| base64(text.as_bytes())), ["", "YQ==", "YWI=", "YWJj"]);
}
