//! `gongkai export`: figures of many reports as a file.

use super::stats::{keys, source};
use super::{Verdict, stdout};
use crate::cli::{ExportArgs, ExportFormatArg, Global};
use crate::client::{self, channel, explained, persist};
use crate::process::Signals;
use anyhow::{Context, bail, ensure};
use gongkai_wire::v1::export_figures_response::Part;
use gongkai_wire::v1::export_service_client::ExportServiceClient;
use gongkai_wire::v1::{self, ExportFiguresRequest, ExportFormat, QueryFiguresRequest};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest as _, Sha256};
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;
use tonic::Streaming;

pub(crate) fn run(args: &ExportArgs, global: &Global) -> anyhow::Result<Verdict> {
    let place = args.output.display();
    ensure!(!args.output.is_dir(), "{place} is a folder; name a file in it");
    // The file would take the place of a pipe or a device, and what reads there would wait for ever.
    ensure!(!args.output.exists() || args.output.is_file(), "{place} is no file that could be replaced");
    let request = request(args)?;
    let (file, end) = client::block_on(async {
        let mut signals = Signals::new()?;
        // Whether it can be written is found out before anything is asked for.
        let mut file = beside(&args.output)?;
        let end = tokio::select! {
            end = fetch(&request, &global.server, &mut file) => end?,
            () = signals.terminated() => bail!("asked to end before the file was whole; {place} is as it was"),
        };
        Ok((file, end))
    })?;
    let in_its_place = || -> std::io::Result<()> {
        file.as_file().sync_all()?;
        file.persist(&args.output).map_err(|error| error.error)?;
        Ok(())
    };
    in_its_place().with_context(|| format!("cannot write {}", args.output.display()))?;
    let mut out = stdout();
    writeln!(
        out,
        "{}: {} rows of {} reports, {} bytes",
        args.output.display(),
        end.rows,
        end.reports,
        end.bytes
    )?;
    out.flush()?;
    Ok(Verdict::Fine)
}

async fn fetch(
    request: &ExportFiguresRequest,
    server: &str,
    file: &mut NamedTempFile,
) -> anyhow::Result<v1::ExportEnd> {
    let client = ExportServiceClient::new(channel(server).await?);
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.export_figures(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?;
    write(answer.into_inner(), file).await
}

fn request(args: &ExportArgs) -> anyhow::Result<ExportFiguresRequest> {
    let format = match args.format.or_else(|| format_of(&args.output)) {
        Some(ExportFormatArg::Csv) => ExportFormat::Csv,
        Some(ExportFormatArg::Parquet) => ExportFormat::Parquet,
        Some(ExportFormatArg::Xlsx) => ExportFormat::Xlsx,
        None => bail!(
            "the name of {} does not tell the format: say --format csv, --format parquet or --format xlsx",
            args.output.display()
        ),
    };
    ensure!(!args.bom || format == ExportFormat::Csv, "--bom is for CSV files");
    let whose = &args.whose;
    let figures = QueryFiguresRequest {
        filter: whose.filter.clone(),
        keys: keys(&args.keys)?,
        indicators: args.indicators.clone(),
        sources: args.sources.iter().map(|it| source(*it)).collect(),
        all_columns: args.all_columns,
        ranks: whose.ranks.iter().map(|rank| v1::Rank::from(*rank).into()).collect(),
        kinds: whose.kinds.iter().map(|kind| v1::BodyKind::from(*kind).into()).collect(),
        order_by: String::new(),
        as_of: whose.clocks.as_of,
        published_until: whose.clocks.published_until.clone(),
        purpose: v1::Purpose::Published.into(),
    };
    Ok(ExportFiguresRequest { figures: Some(figures), format: format.into(), byte_order_mark: args.bom })
}

fn format_of(path: &Path) -> Option<ExportFormatArg> {
    let end = path.extension()?.to_str()?;
    if end.eq_ignore_ascii_case("csv") {
        Some(ExportFormatArg::Csv)
    } else if end.eq_ignore_ascii_case("parquet") {
        Some(ExportFormatArg::Parquet)
    } else if end.eq_ignore_ascii_case("xlsx") {
        Some(ExportFormatArg::Xlsx)
    } else {
        None
    }
}

/// A file without a place yet, where it can be put in its place at once. It goes when it is not.
fn beside(path: &Path) -> anyhow::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".gongkai-export-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any other file of the user: what may be read by whom is for the process's mask to say.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).with_context(|| format!("cannot write to {}", folder.display()))
}

/// Writes what arrives, and tells what the server says of the whole, which it is.
async fn write(
    mut parts: Streaming<v1::ExportFiguresResponse>,
    file: &mut NamedTempFile,
) -> anyhow::Result<v1::ExportEnd> {
    let progress = progress_bar();
    let mut digest = Sha256::new();
    let mut bytes = 0_u64;
    let end = loop {
        let Some(part) = parts.message().await.map_err(|status| explained(&status))? else {
            bail!("the server has broken off before the end of the file");
        };
        match part.part {
            Some(Part::Chunk(chunk)) => {
                file.write_all(&chunk).context("the file cannot be written")?;
                digest.update(&chunk);
                bytes += chunk.len() as u64;
                progress.set_position(bytes);
            }
            Some(Part::End(end)) => break end,
            Some(Part::Head(_)) | None => {}
        }
    };
    progress.finish_and_clear();
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(
        u64::try_from(end.bytes) == Ok(bytes) && end.sha256 == digest,
        "what has arrived is not what the server has sent"
    );
    Ok(end)
}

/// Shows itself only where standard error is a terminal. How much there is, is known at the end.
fn progress_bar() -> ProgressBar {
    let progress = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes}  {bytes_per_sec}") {
        progress.set_style(style);
    }
    progress
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        let format = |name| format_of(Path::new(name));
        assert_eq!(format("a/figures.csv"), Some(ExportFormatArg::Csv));
        assert_eq!(format("FIGURES.PARQUET"), Some(ExportFormatArg::Parquet));
        assert_eq!(format("figures.xlsx"), Some(ExportFormatArg::Xlsx));
        for other in ["figures", "figures.xls", ".csv", "csv"] {
            assert_eq!(format(other), None, "{other}");
        }
    }
}
