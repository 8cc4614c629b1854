//! The commands, a module each, and what they have in common: how they end.

pub(crate) mod batch;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod compose;
pub(crate) mod dead;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod load;
pub(crate) mod parse;
pub(crate) mod parsers;
pub(crate) mod prepare;
pub(crate) mod ready;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod serve;
pub(crate) mod snapshot;
pub(crate) mod stats;
pub(crate) mod submit;
pub(crate) mod up;

use crate::cli::{Cli, Command};
use std::io::{self, BufWriter, StdoutLock};
use std::process::ExitCode;

/// How a command that was carried out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is nothing to complain about.
    Fine,
    /// It was done, but something is wrong with what it was done to.
    Wrong,
}

impl Verdict {
    /// [`Verdict::Wrong`] where `wrong`.
    pub(crate) fn wrong_if(wrong: bool) -> Self {
        if wrong { Self::Wrong } else { Self::Fine }
    }
}

/// A command could not be carried out.
const FAILED: u8 = 3;

/// Carries out what was typed.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let Cli { command, global } = cli;
    let result = match command {
        Command::Up(args) => up::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Prepare(args) => prepare::run(&args),
        Command::Parse(args) => parse::run(&args, &global),
        Command::Check(args) => check::run(&args, &global),
        Command::Rules(args) => rules::run(&args, &global),
        Command::Load(args) => load::run(&args, &global),
        Command::Eval(args) => eval::run(&args, &global),
        Command::Submit(args) => submit::run(&args, &global),
        Command::Batch(command) => batch::run(&command, &global),
        Command::Report(command) => report::run(&command, &global),
        Command::Search(args) => search::run(&args, &global),
        Command::Review(command) => review::run(&command, &global),
        Command::Compose(args) => compose::run(&args, &global),
        Command::Stats(command) => stats::run(&command, &global),
        Command::Export(args) => export::run(&args, &global),
        Command::Snapshot(command) => snapshot::run(&command, &global),
        Command::Dead(command) => dead::run(&command, &global),
        Command::Parsers(command) => parsers::run(&command, &global),
        Command::Ready(args) => ready::run(&args, &global),
        Command::Completions(args) => completions::run(&args),
    };
    match result {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Wrong) => ExitCode::FAILURE,
        // Whoever reads what we print has seen enough, as in `gongkai parse … | head`.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gongkai: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Where results are printed.
pub(crate) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}
