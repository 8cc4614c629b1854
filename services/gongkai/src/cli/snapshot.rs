//! Options of `gongkai snapshot`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  gongkai snapshot create --to monday                     everything that is published, as files in a new folder
  gongkai snapshot create --since monday --to tuesday     what has happened since
  gongkai snapshot verify monday                          look at every byte of it, without a server
  gongkai snapshot import monday                          take it into a server
  gongkai snapshot digest                                 the digest of all that a server publishes

A snapshot is a folder with a manifest, and with parts that `tar --zstd` opens: documents as they were sent, and reports with all \
their revisions and reviews. docs/snapshots.md explains the files, and what becomes of a report that a server has already.")]
pub(crate) enum SnapshotCommand {
    /// Write everything that is published, or what has happened since an earlier snapshot, to a new folder
    Create(SnapshotCreateArgs),
    /// Look at every byte of a snapshot, without a server
    Verify(SnapshotFolderArgs),
    /// Take a snapshot into a server; what it has already stays as it is
    Import(SnapshotFolderArgs),
    /// Print the digest of everything that a server publishes
    Digest(SnapshotDigestArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gongkai snapshot create --to monday
  gongkai snapshot create --since monday --to tuesday
  gongkai snapshot create --without-documents --part-mib 600 --to for-a-disc
  gongkai snapshot create --leave-out-too-large --to the-rest

All of it is as of one position, whatever is written meanwhile. The folder is in its place when all is whole.")]
pub(crate) struct SnapshotCreateArgs {
    /// The folder to make
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// An earlier snapshot of the same server, or its manifest: only what has happened since is written
    #[arg(long, value_name = "SNAPSHOT")]
    pub(crate) since: Option<PathBuf>,
    /// Leave out the bytes of documents
    #[arg(long)]
    pub(crate) without_documents: bool,
    /// Leave out reports to which more happened than is carried, and name them; the exit code is 1 where there are some
    #[arg(long)]
    pub(crate) leave_out_too_large: bool,
    /// Mebibytes after which the next part begins
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(crate) part_mib: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotFolderArgs {
    /// Its folder
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SnapshotDigestArgs {
    /// As of this position [default: of the present]
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) position: Option<i64>,
}
