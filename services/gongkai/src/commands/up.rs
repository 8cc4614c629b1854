//! `gongkai up`: everything in one process.

use super::Verdict;
use crate::cli::UpArgs;

pub(crate) fn run(args: &UpArgs) -> anyhow::Result<Verdict> {
    anyhow::bail!("this build cannot serve on {} ({:?}, {:?})", args.listen, args.data_dir, args.workers)
}
