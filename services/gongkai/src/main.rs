//! `gongkai`, the command line: reads reports by itself, talks to a server, or is one.
//!
//! Never decides what a document says: that is the pure crates' duty, here as in the services.

mod cli;
mod client;
mod commands;
#[cfg(test)]
mod deployment;
#[cfg(feature = "failpoints")]
mod failpoints;
mod input;
mod place;
mod present;
mod process;
#[cfg(test)]
mod samples;
mod settings;

use std::process::ExitCode;

/// Reading a report is a great many small allocations; the system's allocator takes a fifth of the time for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match settings::read(std::env::args_os().collect()) {
        Ok(cli) => commands::run(cli),
        Err(error) => error.exit(),
    }
}
