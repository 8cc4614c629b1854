//! `gongkai stats`: what the figures of many reports come to.

mod aggregate;
mod dictionary;
mod explain;
mod figures;
mod print;
mod roll_up;

use super::{Verdict, stdout};
use crate::cli::{Global, Lang, SourceArg, StatsCommand};
use crate::client::{Client, block_on};
use crate::present::Style;
use anyhow::{Context, bail};
use gongkai_wire::v1;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(command: &StatsCommand, global: &Global) -> anyhow::Result<Verdict> {
    let style = Style::new(global, Lang::Zh);
    let mut out = stdout();
    let verdict = block_on(async {
        let client = Client::connect(&global.server).await?;
        match command {
            StatsCommand::Figures(args) => figures::run(client, args, style, &mut out).await,
            StatsCommand::Aggregate(args) => aggregate::run(client, args, style, &mut out).await,
            StatsCommand::Explain(args) => explain::run(client, args, style, &mut out).await,
            StatsCommand::RollUp(args) => roll_up::run(client, args, style, &mut out).await,
            StatsCommand::Measures(args) => dictionary::measures(client, args, style, &mut out).await,
            StatsCommand::Breaks(args) => dictionary::breaks(client, args, style, &mut out).await,
        }
    })?;
    out.flush()?;
    Ok(verdict)
}

/// The keys that were typed, `*` standing for any characters.
pub(super) fn keys(typed: &[String]) -> anyhow::Result<Vec<String>> {
    let cells = gongkai_forms::all().iter().flat_map(|form| &form.cells);
    let known: Vec<&str> = cells.map(|cell| &*cell.key).collect();
    expanded("key", typed, &known)
}

/// The measures that were typed, `*` standing for any characters.
fn measures(typed: &[String]) -> anyhow::Result<Vec<String>> {
    let known: Vec<&str> = gongkai_forms::measures().iter().map(|measure| measure.id.as_str()).collect();
    expanded("measure", typed, &known).context("`gongkai stats measures` tells which there are")
}

/// What is typed without a star goes as it is: the server may know more than this program.
fn expanded(what: &str, typed: &[String], known: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for pattern in typed {
        let before = names.len();
        if !pattern.contains('*') {
            names.push(pattern.clone());
            continue;
        }
        for name in known.iter().filter(|name| fits(pattern, name)) {
            if !names.iter().any(|other| other == name) {
                names.push((*name).to_owned());
            }
        }
        if names.len() == before && !known.iter().any(|name| fits(pattern, name)) {
            bail!("there is no {what} like {pattern}");
        }
    }
    Ok(names)
}

/// Whether a name is what a pattern says, `*` standing for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

/// The lines of a file that are not empty.
fn lines(path: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

pub(super) fn source(source: SourceArg) -> i32 {
    match source {
        SourceArg::Table => v1::FigureSource::Table.into(),
        SourceArg::Statement => v1::FigureSource::Statement.into(),
    }
}

fn null_policy(blank_as_zero: bool) -> i32 {
    match blank_as_zero {
        true => v1::NullPolicy::BlankAsZero.into(),
        false => v1::NullPolicy::Strict.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_what_fits_nothing_is_refused() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let shares = measures(&texts(&["denial_share.*"])).unwrap();
        assert_eq!((shares.len(), shares[0].as_str()), (8, "denial_share.state_secret"));
        let totals = keys(&texts(&["requests.denied.*.total"])).unwrap();
        assert_eq!(totals.len(), 8);
        assert_eq!(keys(&texts(&["of.another.version"])).unwrap(), ["of.another.version"]);
        assert!(measures(&texts(&["share.*"])).is_err());
        assert!(fits("*", "") && fits("a*c", "abc") && fits("*b*", "abc"));
        assert!(!fits("a*c", "ab") && !fits("ab*bc", "abc") && !fits("abc", "abcd"));
    }
}
