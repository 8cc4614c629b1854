//! `gongkai completions`: a script that lets a shell complete what is typed.

use super::{Verdict, stdout};
use crate::cli::{Cli, CompletionsArgs};
use clap::CommandFactory;
use std::io::Write;

pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<Verdict> {
    // Made in memory, since the generator does not survive a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gongkai", &mut script);
    let mut out = stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Verdict::Fine)
}
