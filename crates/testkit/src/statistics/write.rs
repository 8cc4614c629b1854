//! How the lines of a statistics table are written in each shape.

use crate::render::Rendering;
use crate::{Noise, Rng, noise};

/// One line of a table.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// What stands before its cells, where chapters stand there.
    pub(super) side: Side,
    /// Code, label, unit and values.
    pub(super) cells: Vec<String>,
    /// How many of them, the last ones, are values.
    pub(super) values: usize,
    /// Whether it is a row of the form.
    pub(super) is_row: bool,
}

/// The cell at the left of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// There is none.
    None,
    /// It begins here.
    Begins(String),
    /// It goes on from above.
    Continues,
}

/// Whether every place of the table's grid is drawn.
pub(super) fn is_grid(rendering: Rendering) -> bool {
    use Rendering as R;
    matches!(rendering, R::Html | R::HtmlWord | R::PipesGrid | R::TabsGrid)
}

/// Whether each cell has a place of its own, an empty one too.
pub(super) fn shows_blanks(rendering: Rendering) -> bool {
    use Rendering as R;
    is_grid(rendering) || matches!(rendering, R::Pipes | R::Tabs | R::TabsPageBreak | R::TabLines)
}

/// Whether a row's last number may as well be the page's: cells stand one a line, empty ones leave nothing that is sure,
/// and other rows have such.
pub(super) fn may_end_with_page_number(rendering: Rendering, lines: &[Line], row: usize) -> bool {
    use Rendering as R;
    const PAGES: std::ops::RangeInclusive<u64> = 1..=60;
    let rows = || lines.iter().filter(|line| line.is_row);
    let values = |line: &Line| line.cells[line.cells.len() - line.values..].to_vec();
    let is_page =
        |value: Option<&String>| value.is_some_and(|it| it.parse().is_ok_and(|it| PAGES.contains(&it)));
    let others_lack = rows().enumerate().any(|(at, line)| at != row && values(line).contains(&String::new()));
    matches!(rendering, R::PipeLines | R::BlankLines | R::BareLines)
        && others_lack
        && rows().nth(row).is_some_and(|line| is_page(values(line).last()))
}

/// What noises do to the cells before they are written down.
pub(super) fn disturb(lines: &mut [Line], noises: &[Noise], rng: &mut Rng) {
    let is_wide = noises.contains(&Noise::WideDigits);
    let has_unseen = noises.contains(&Noise::Invisible);
    for line in lines {
        let values = line.cells.len() - line.values;
        for cell in line.cells[values..].iter_mut().filter(|_| is_wide && line.is_row) {
            *cell = noise::widened(cell);
        }
        for cell in line.cells.iter_mut().filter(|_| has_unseen) {
            if rng.chance(8) {
                noise::hide_one(cell, rng);
            }
        }
    }
}

fn width(cell: &str) -> usize {
    cell.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

pub(super) fn table(rendering: Rendering, lines: &[Line], rng: &mut Rng) -> String {
    if matches!(rendering, Rendering::Html | Rendering::HtmlWord) {
        return html(rendering, lines);
    }
    let rows: Vec<String> = lines.iter().map(|line| row(rendering, line, rng)).collect();
    match rendering {
        Rendering::DivGrid => format!("<div class=\"table\">\n{}\n</div>", rows.join("\n")),
        Rendering::Joined | Rendering::JoinedSpaced => rows.concat(),
        _ => rows.join("\n"),
    }
}

/// The cells of a line from left to right. A chapter that goes on leaves an empty one where places are drawn.
fn cells(rendering: Rendering, line: &Line) -> Vec<String> {
    let is_drawn =
        shows_blanks(rendering) && rendering != Rendering::Pipes || rendering == Rendering::DivGrid;
    let side = match &line.side {
        Side::None => None,
        Side::Begins(text) => Some(text.clone()),
        Side::Continues => is_drawn.then(String::new),
    };
    side.into_iter().chain(line.cells.iter().cloned()).collect()
}

fn row(rendering: Rendering, line: &Line, rng: &mut Rng) -> String {
    let row = cells(rendering, line);
    match rendering {
        Rendering::DivGrid | Rendering::Html | Rendering::HtmlWord => {
            let cells: String = row.iter().map(|cell| format!("<div class=\"td\">{cell}</div>")).collect();
            format!("<div class=\"tr\">{cells}</div>")
        }
        Rendering::Pipes => row.join(" | "),
        Rendering::PipesGrid => format!("| {} |", row.join(" | ")),
        Rendering::Tabs | Rendering::TabsPageBreak | Rendering::TabsGrid => row.join("\t"),
        Rendering::TabLines => row.iter().map(|cell| format!("\t{cell}\n")).collect(),
        Rendering::PipeLines => row.iter().map(|cell| format!("{cell} |\n")).collect::<String>() + "|",
        Rendering::BlankLines => row.iter().map(|cell| format!("{cell}\n\n")).collect(),
        Rendering::BareLines => row.join("\n"),
        Rendering::Joined => row.concat(),
        Rendering::JoinedSpaced => {
            row.iter().map(|cell| if rng.chance(25) { format!("{cell} ") } else { cell.clone() }).collect()
        }
        Rendering::SpacedRows => {
            row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join(" ")
        }
        Rendering::Aligned => {
            let pad = |cell: &String| format!("{cell}{}  ", " ".repeat(24_usize.saturating_sub(width(cell))));
            let indent = if line.side == Side::Continues { " ".repeat(26) } else { String::new() };
            let row = row.iter().map(pad).collect::<String>();
            format!("{indent}{row}").trim_end().to_owned()
        }
    }
}

/// A table of a page, with the spans of its headings and chapters.
fn html(rendering: Rendering, lines: &[Line]) -> String {
    let cell = |text: &str, columns: usize, rows: usize| {
        let mut spans = String::new();
        if 1 < columns {
            spans.push_str(&format!(" colspan=\"{columns}\""));
        }
        if 1 < rows {
            spans.push_str(&format!(" rowspan=\"{rows}\""));
        }
        match rendering {
            Rendering::HtmlWord if text.is_empty() => {
                format!("<td{spans}><p><span>&nbsp;</span></p></td>")
            }
            Rendering::HtmlWord => format!("<td{spans}><p class=MsoNormal><span>{text}</span></p></td>"),
            _ => format!("<td{spans}>{text}</td>"),
        }
    };
    // Two lines of headings: those that nothing stands above reach over both.
    let has_two =
        lines.get(1).is_some_and(|line| !line.is_row && line.cells.first().is_some_and(String::is_empty));
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut row = String::new();
        if let Side::Begins(text) = &line.side {
            let on = lines[at + 1..].iter().take_while(|line| line.side == Side::Continues).count();
            row.push_str(&cell(text, 1, 1 + on));
        }
        let labels = line.cells.len() - line.values;
        match at {
            0 if has_two => {
                line.cells[..labels].iter().for_each(|text| row.push_str(&cell(text, 1, 2)));
                let over = line.cells[labels..].iter().filter(|text| !text.is_empty());
                over.for_each(|text| row.push_str(&cell(text, 2, 1)));
            }
            1 if has_two => line.cells[labels..].iter().for_each(|text| row.push_str(&cell(text, 1, 1))),
            _ => line.cells.iter().for_each(|text| row.push_str(&cell(text, 1, 1))),
        }
        rows.push(format!("<tr>{row}</tr>"));
    }
    format!("<table>\n{}\n</table>", rows.join("\n"))
}
