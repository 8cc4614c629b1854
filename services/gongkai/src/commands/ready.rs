//! `gongkai ready`: asks a server whether it is ready, for those who start, watch and restart it.

use super::{Verdict, stdout};
use crate::cli::{Global, ReadyArgs};
use crate::client::{block_on, channel, explained};
use crate::present::printable;
use std::io::Write;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// How long one answer may take: a server that is slower is not ready.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often to ask again.
const ASK_INTERVAL: Duration = Duration::from_millis(200);

pub(crate) fn run(args: &ReadyArgs, global: &Global) -> anyhow::Result<Verdict> {
    let names = if args.names.is_empty() { vec![String::new()] } else { args.names.clone() };
    let unready = block_on(async {
        let deadline = Instant::now() + Duration::from_secs(args.wait);
        loop {
            match unready(&global.server, &names).await {
                Ok(unready) if unready.is_empty() => return Ok(unready),
                answer if deadline <= Instant::now() => return answer,
                // It may be about to start.
                Ok(_) | Err(_) => sleep(ASK_INTERVAL).await,
            }
        }
    })?;
    let mut out = stdout();
    for name in &unready {
        let name = if name.is_empty() { "the server" } else { name };
        writeln!(out, "{} is not ready", printable(name))?;
    }
    if unready.is_empty() {
        writeln!(out, "ready")?;
    }
    out.flush()?;
    Ok(Verdict::wrong_if(!unready.is_empty()))
}

/// Those of `names` that are not serving.
async fn unready(server: &str, names: &[String]) -> anyhow::Result<Vec<String>> {
    let mut client = HealthClient::new(channel(server).await?);
    let mut unready = Vec::new();
    for name in names {
        if !is_serving(&mut client, name).await.map_err(|status| explained(&status))? {
            unready.push(name.clone());
        }
    }
    Ok(unready)
}

async fn is_serving(client: &mut HealthClient<Channel>, name: &str) -> Result<bool, Status> {
    let asking = client.check(HealthCheckRequest { service: name.to_owned() });
    match timeout(PATIENCE, asking).await {
        Ok(Ok(answer)) => Ok(answer.into_inner().status() == ServingStatus::Serving),
        // It has nothing of that name.
        Ok(Err(status)) if status.code() == Code::NotFound => Ok(false),
        Ok(Err(status)) => Err(status),
        Err(_) => Err(Status::unavailable(format!("no answer within {PATIENCE:?}"))),
    }
}
