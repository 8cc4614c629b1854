//! `gongkai snapshot`: everything that is published as files, and back.

use super::{Verdict, stdout};
use crate::cli::{Global, SnapshotCommand, SnapshotCreateArgs, SnapshotDigestArgs, SnapshotFolderArgs};
use crate::client::{block_on, channel, explained, persist};
use crate::process::Signals;
use anyhow::{Context, bail, ensure};
use gongkai_snapshot::{MANIFEST_NAME, Manifest, SnapshotError, Verifier, hexadecimal};
use gongkai_wire::v1::create_snapshot_response::Piece;
use gongkai_wire::v1::import_snapshot_request::Piece as Sent;
use gongkai_wire::v1::snapshot_import_service_client::SnapshotImportServiceClient;
use gongkai_wire::v1::snapshot_service_client::SnapshotServiceClient;
use gongkai_wire::v1::{self, CreateSnapshotRequest};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

/// The file by which `sha256sum -c` looks at all others.
const SUMS_NAME: &str = "SHA256SUMS";
/// The largest manifest.
const MANIFEST_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Bytes that are sent at a time, and pieces that wait to be sent.
const CHUNK_BYTES: usize = 256 * 1024;
const PIECES_MAX: usize = 4;

pub(crate) fn run(command: &SnapshotCommand, global: &Global) -> anyhow::Result<Verdict> {
    let (text, verdict) = match command {
        SnapshotCommand::Create(args) => create(args, global)?,
        SnapshotCommand::Verify(args) => verify(args)?,
        SnapshotCommand::Import(args) => import(args, global)?,
        SnapshotCommand::Digest(args) => (digest(args, global)?, Verdict::Fine),
    };
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(verdict)
}

/// The manifest of a snapshot: in its folder, or the file itself.
fn manifest_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = if path.is_dir() { path.join(MANIFEST_NAME) } else { path.to_owned() };
    let mut bytes = Vec::new();
    let read = File::open(&file).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes));
    read.with_context(|| format!("cannot read {}", file.display()))?;
    Ok(bytes)
}

fn manifest(path: &Path) -> anyhow::Result<(Manifest, Vec<u8>)> {
    let bytes = manifest_bytes(path)?;
    let manifest = Manifest::from_bytes(&bytes);
    Ok((manifest.with_context(|| format!("{} is no snapshot", path.display()))?, bytes))
}

fn create(args: &SnapshotCreateArgs, global: &Global) -> anyhow::Result<(String, Verdict)> {
    let place = args.to.display();
    let is_free = match args.to.read_dir() {
        Ok(mut files) => files.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    ensure!(is_free, "{place} is there already; name a new folder");
    let request = CreateSnapshotRequest {
        base_manifest: match &args.since {
            Some(since) => manifest(since)?.1.into(),
            None => Vec::new().into(),
        },
        without_documents: args.without_documents,
        part_bytes: i64::from(args.part_mib) * 1024 * 1024,
        leave_out_too_large: args.leave_out_too_large,
    };
    let parent = args.to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gongkai-snapshot-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any other folder of the user: what may be read by whom is for the process's mask to say.
        builder.permissions(std::fs::Permissions::from_mode(0o777));
    }
    let beside =
        builder.tempdir_in(parent).with_context(|| format!("cannot write to {}", parent.display()))?;
    let manifest = block_on(async {
        let mut signals = Signals::new()?;
        tokio::select! {
            manifest = fetch(&request, &global.server, beside.path()) => manifest,
            () = signals.terminated() => bail!("asked to end before all was whole; {place} was not made"),
        }
    })?;
    std::fs::rename(beside.path(), &args.to).with_context(|| format!("cannot make {place}"))?;
    // It has gone to its place.
    let _ = beside.keep();
    let bytes: u64 = manifest.parts.iter().map(|part| part.bytes).sum();
    let mut text = format!("{place}: {}", held(&manifest));
    let _ = writeln!(text, "  {} parts, {bytes} bytes", manifest.parts.len());
    Ok((text, Verdict::wrong_if(!manifest.left_out.is_empty())))
}

/// What a snapshot holds, for people.
fn held(manifest: &Manifest) -> String {
    let Manifest { reports, revisions, reviews, documents, content, base, .. } = manifest;
    let mut text = format!(
        "{reports} reports with {revisions} revisions and {reviews} reviews, {documents} documents\n  at position {}, content \
         {}\n",
        content.position, content.sha256
    );
    if let Some(base) = base {
        let _ = writeln!(text, "  since position {}, content {}", base.position, base.sha256);
    }
    for report in &manifest.left_out {
        let _ = writeln!(text, "  left out {report}: more happened to it than is carried");
    }
    text
}

/// A file of a snapshot as it is written.
struct Writing {
    file: File,
    digest: Sha256,
    bytes: u64,
}

async fn fetch(request: &CreateSnapshotRequest, server: &str, folder: &Path) -> anyhow::Result<Manifest> {
    let client = SnapshotServiceClient::new(channel(server).await?);
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.create_snapshot(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?;
    let sums = write(answer.into_inner(), folder).await?;
    let (manifest, _) = manifest(folder).context("the server has broken off before the end")?;
    // The manifest is the last of them.
    let parts = sums.split_last().map(|(_, parts)| parts).unwrap_or_default();
    let told = manifest.parts.iter().map(|part| (&part.name, part.bytes, &part.sha256));
    ensure!(
        told.eq(parts.iter().map(|(name, bytes, sha256)| (name, *bytes, sha256))),
        "what has arrived is not what the server has sent"
    );
    let lines: String = sums.iter().map(|(name, _, sha256)| format!("{sha256}  {name}\n")).collect();
    std::fs::write(folder.join(SUMS_NAME), lines).context("the files cannot be written")?;
    Ok(manifest)
}

/// Writes what arrives; gives the files with their sizes and digests.
async fn write(
    mut pieces: Streaming<v1::CreateSnapshotResponse>,
    folder: &Path,
) -> anyhow::Result<Vec<(String, u64, String)>> {
    let progress = progress_bar();
    let mut sums: Vec<(String, u64, String)> = Vec::new();
    let mut name = String::new();
    let mut writing: Option<Writing> = None;
    let mut end = |name: &mut String, writing: &mut Option<Writing>| -> anyhow::Result<()> {
        if let Some(Writing { file, digest, bytes }) = writing.take() {
            file.sync_all().context("a file cannot be written")?;
            sums.push((std::mem::take(name), bytes, hexadecimal(&digest.finalize())));
        }
        Ok(())
    };
    while let Some(message) = pieces.message().await.map_err(|status| explained(&status))? {
        match message.piece {
            Some(Piece::File(next)) => {
                end(&mut name, &mut writing)?;
                // A server that is no server of ours must not write anywhere else.
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
                ensure!(
                    next.bytes().all(is_plain) && !next.starts_with('.'),
                    "the server names a file {next:?}"
                );
                let file = File::create_new(folder.join(&next)).context("a file cannot be written")?;
                writing = Some(Writing { file, digest: Sha256::new(), bytes: 0 });
                name = next;
            }
            Some(Piece::Chunk(chunk)) => {
                let Some(writing) = &mut writing else { bail!("the server sends bytes of no file") };
                writing.file.write_all(&chunk).context("a file cannot be written")?;
                writing.digest.update(&chunk);
                writing.bytes += chunk.len() as u64;
                progress.inc(chunk.len() as u64);
            }
            Some(Piece::Head(_)) | None => {}
        }
    }
    end(&mut name, &mut writing)?;
    progress.finish_and_clear();
    Ok(sums)
}

fn verify(args: &SnapshotFolderArgs) -> anyhow::Result<(String, Verdict)> {
    let (manifest, _) = manifest(&args.folder)?;
    let mut verifier = Verifier::new(&manifest);
    let wrong = |file: &str, error: &SnapshotError| {
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!("{}: {error}{cause}\n", args.folder.join(file).display())
    };
    for part in &manifest.parts {
        let looked = match File::open(args.folder.join(&part.name)) {
            Ok(mut file) => verifier.part(part, &mut file),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = looked {
            return Ok((wrong(&part.name, &error), Verdict::Wrong));
        }
    }
    if let Err(error) = verifier.finish() {
        return Ok((wrong(MANIFEST_NAME, &error), Verdict::Wrong));
    }
    Ok((format!("{}: whole: {}", args.folder.display(), held(&manifest)), Verdict::Fine))
}

fn import(args: &SnapshotFolderArgs, global: &Global) -> anyhow::Result<(String, Verdict)> {
    let (manifest, bytes) = manifest(&args.folder)?;
    let (told, here) = block_on(async {
        let channel = channel(&global.server).await?;
        let mut client = SnapshotImportServiceClient::new(channel.clone());
        let (sender, pieces) = mpsc::channel(PIECES_MAX);
        let (folder, parts) = (args.folder.clone(), manifest.parts.iter().map(|part| part.name.clone()));
        let parts: Vec<String> = parts.collect();
        let total = manifest.parts.iter().map(|part| part.bytes).sum();
        let reading = tokio::task::spawn_blocking(move || send(&folder, bytes, &parts, total, &sender));
        let answer = client.import_snapshot(ReceiverStream::new(pieces)).await;
        // What cannot be read is why the server was told no more.
        reading.await.context("the files cannot be read")??;
        let told = answer.map_err(|status| refused(&status))?.into_inner();
        let mut client = SnapshotServiceClient::new(channel);
        let here = match client.get_content_digest(v1::GetContentDigestRequest::default()).await {
            Ok(here) => Some(here.into_inner()),
            // A server of ingest alone does not read.
            Err(status) if status.code() == Code::Unimplemented => None,
            Err(status) => return Err(explained(&status)),
        };
        Ok((told, here))
    })?;
    let mut text = format!(
        "{}: {} reports added, {} extended, {} unchanged, {} left out; {} documents added, {} missing\n",
        args.folder.display(),
        told.reports_added,
        told.reports_extended,
        told.reports_unchanged,
        told.reports_kept,
        told.documents_added,
        told.documents_missing
    );
    for kept in &told.kept {
        let why = match kept.reason() {
            v1::KeptReason::Diverged => "it has gone another way here".to_owned(),
            v1::KeptReason::SameReport => format!("of the same body, scope and year as {} here", kept.here),
            v1::KeptReason::SameDocument => format!("from the same document as {} here", kept.here),
            v1::KeptReason::Unspecified => "for a reason that is not known to this version".to_owned(),
        };
        let _ = writeln!(text, "  left out {}: {why}", kept.report);
    }
    if let Some(here) = here {
        let compared =
            if here.content_sha256 == manifest.content.sha256 { "that of the snapshot" } else { "another" };
        let _ = writeln!(
            text,
            "  content here: {} at position {}, {compared}",
            here.content_sha256, here.position
        );
    }
    Ok((text, Verdict::wrong_if(0 < told.reports_kept)))
}

/// A refusal with what programs are told, too.
fn refused(status: &Status) -> anyhow::Error {
    let error = explained(status);
    match status.get_details_error_info() {
        Some(info) if info.reason == "SNAPSHOT_BASE_UNKNOWN" => {
            error.context("import the base first, or a snapshot of everything")
        }
        _ => error,
    }
}

/// Sends all files, until nobody takes them.
fn send(
    folder: &Path,
    manifest: Vec<u8>,
    parts: &[String],
    total: u64,
    sender: &mpsc::Sender<v1::ImportSnapshotRequest>,
) -> anyhow::Result<()> {
    let send = |piece| sender.blocking_send(v1::ImportSnapshotRequest { piece: Some(piece) }).is_ok();
    let mut is_taken = send(Sent::File(MANIFEST_NAME.to_owned()));
    for chunk in manifest.chunks(CHUNK_BYTES) {
        is_taken = is_taken && send(Sent::Chunk(chunk.to_vec().into()));
    }
    let progress = progress_bar();
    progress.set_length(total);
    for part in parts {
        if !is_taken {
            break;
        }
        let path: PathBuf = folder.join(part);
        let cannot = || format!("cannot read {}", path.display());
        let mut file = BufReader::new(File::open(&path).with_context(cannot)?);
        is_taken = send(Sent::File(part.clone()));
        while is_taken {
            let mut chunk = Vec::with_capacity(CHUNK_BYTES);
            (&mut file).take(CHUNK_BYTES as u64).read_to_end(&mut chunk).with_context(cannot)?;
            if chunk.is_empty() {
                break;
            }
            progress.inc(chunk.len() as u64);
            is_taken = send(Sent::Chunk(chunk.into()));
        }
    }
    progress.finish_and_clear();
    Ok(())
}

fn digest(args: &SnapshotDigestArgs, global: &Global) -> anyhow::Result<String> {
    let request = v1::GetContentDigestRequest { position: args.position.unwrap_or_default() };
    let told = block_on(async {
        let client = SnapshotServiceClient::new(channel(&global.server).await?);
        let call = || {
            let mut client = client.clone();
            async move { client.get_content_digest(request).await }
        };
        let answer = persist(call).await.map_err(|status| explained(&status))?;
        Ok(answer.into_inner())
    })?;
    Ok(format!("{} {} reports at position {}\n", told.content_sha256, told.reports, told.position))
}

/// Shows itself only where standard error is a terminal.
fn progress_bar() -> ProgressBar {
    let progress = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes}  {bytes_per_sec}") {
        progress.set_style(style);
    }
    progress
}
