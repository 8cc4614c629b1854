//! Statistics tables of 2014 in every shape and version: what is read is what was written, an empty cell changes no
//! other, and what a shape leaves open is never given for certain.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Figure, FormId, Reason, Report, State};
use gongkai_testkit::Rendering;
use gongkai_testkit::statistics::{Statistic, Statistics, Version};
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn read(text: &str, rendering: Rendering) -> Option<Report> {
    let name = if rendering.is_html() { "report.html" } else { "report.txt" };
    let hint = Hint { name: Some(name), ..Hint::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).ok().and_then(|mut reports| reports.pop())
}

fn figure<'a>(statistics: &Statistics, report: &'a Report, statistic: &Statistic) -> Option<&'a Figure> {
    let key = &statistics.form.cells[statistic.cell].key;
    report.figures.iter().find(|figure| {
        (&figure.key, figure.period, figure.portion) == (key, statistic.period, statistic.portion)
    })
}

/// Cells that came out exactly, that were left open, and what was given for certain and is wrong.
#[derive(Default)]
struct Tally {
    exact: usize,
    open: usize,
    /// Which cells were left open, and why.
    open_cells: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn leave_open(&mut self, statistics: &Statistics, statistic: &Statistic, reason: Option<Reason>) {
        self.open += 1;
        let reason = reason.map_or("no figure", Reason::name);
        let state = statistic.entry.state.name();
        let key = &statistics.form.cells[statistic.cell].key;
        *self.open_cells.entry(format!("{key} {state} {reason}")).or_default() += 1;
    }

    /// What is not as it should be.
    fn failures(&self) -> String {
        let wrong = &self.wrong[..self.wrong.len().min(3)];
        let open: Vec<_> = self.open_cells.iter().take(4).collect();
        format!("{} exact, {} open: {open:?}, wrong: {wrong:#?}", self.exact, self.open)
    }

    fn note(&mut self, statistics: &Statistics, rendering: Rendering, seed: u64) {
        let text = statistics.render(rendering, seed);
        let Some(report) = read(&text, rendering) else {
            self.open += statistics.statistics().len();
            return;
        };
        for statistic in statistics.statistics() {
            let found = figure(statistics, &report, statistic);
            match found {
                Some(found)
                    if (found.state, found.value) == (statistic.entry.state, statistic.entry.value) =>
                {
                    self.exact += 1;
                }
                None => self.leave_open(statistics, statistic, None),
                Some(found) if matches!(found.state, State::Undetermined | State::Missing) => {
                    self.leave_open(statistics, statistic, found.reason);
                }
                Some(found) => self.wrong.push(format!(
                    "{rendering:?} {seed}: {} {:?} is {:?}, read {:?} {:?}",
                    found.key, statistic.period, statistic.entry, found.state, found.raw
                )),
            }
        }
        // Nothing is said of what the table does not have.
        let all = report.figures.iter().filter(|figure| figure.state != State::Missing).count();
        if statistics.statistics().len() < all {
            self.wrong.push(format!("{rendering:?} {seed}: {all} figures"));
        }
    }
}

/// Whether each cell has a place of its own, an empty one too.
fn shows_blanks(rendering: Rendering) -> bool {
    matches!(
        rendering,
        Rendering::Html
            | Rendering::HtmlWord
            | Rendering::Pipes
            | Rendering::PipesGrid
            | Rendering::Tabs
            | Rendering::TabsGrid
            | Rendering::TabsPageBreak
            | Rendering::TabLines
    )
}

#[test]
fn full_tables_are_read_in_every_shape_that_separates_cells() {
    let mut report = String::new();
    for rendering in Rendering::ALL {
        for version in Version::ALL {
            let mut tally = Tally::default();
            for seed in 0..14 {
                tally.note(&Statistics::random(version, seed), rendering, seed);
            }
            if !tally.wrong.is_empty() || (rendering.separates_cells() && 0 < tally.open) {
                let _ = writeln!(report, "{rendering:?} {version:?}: {}", tally.failures());
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn an_empty_cell_changes_no_other() {
    let mut report = String::new();
    for rendering in Rendering::ALL {
        for version in Version::ALL {
            let mut tally = Tally::default();
            for seed in 0..2 {
                let statistics = Statistics::random(version, seed);
                for at in (0..statistics.statistics().len()).step_by(5) {
                    tally.note(&statistics.with_blank(at), rendering, seed);
                }
            }
            if !tally.wrong.is_empty() || (shows_blanks(rendering) && 0 < tally.open) {
                let _ = writeln!(report, "{rendering:?} {version:?}: {}", tally.failures());
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_form_is_chosen_by_its_table() {
    let statistics = Statistics::random(Version::Official, 1);
    let text = statistics.render(Rendering::Pipes, 1);
    let report = read(&text, Rendering::Pipes).unwrap();
    assert_eq!(report.form, FormId::Form2014);
    // One figure for each cell of the form, in its order, comes first.
    let keys = report.figures.iter().map(|figure| &figure.key);
    assert!(keys.eq(statistics.form.cells.iter().map(|cell| &cell.key)));
    // Without the table, what the text mentions is no form.
    let before = &text[..text.find("附件").unwrap()];
    let report = read(before, Rendering::Pipes).unwrap();
    assert_eq!((report.form, report.figures.len()), (FormId::None, 0));
}
