//! Several reports in one file: an archive page with the reports of many years, a government's report followed by its
//! office's own.
//!
//! A new report begins where another title stands, of another year or another body, behind which the parts of a
//! report begin anew, while those before it are a report already. Where that is not certain nothing is split: a title
//! that is repeated on each page, a list of links and the same report once more for printing begin nothing.

use crate::bodies::{is_body_name, region_bytes};
use crate::dates::first_year;
use crate::fold::is_space;
use crate::identity::{body_and_year, is_navigation, names_report};
use crate::lines::split_lines;
use crate::lines::without_spaces;
use crate::sections::part_number;
use gongkai_document::{Block, BlockKind, Document, Ending, Grid};
use std::ops::Range;

/// A title is shorter. In bytes.
const TITLE_BYTES_MAX: usize = 200;
/// A file with more titles is a list of links, or nothing that anybody could have meant.
const TITLES_MAX: usize = 400;
/// Lines before the one that names the report, which may begin its title.
const LINES_BEFORE_MAX: usize = 2;
/// Lines behind a title within which the first part begins.
const PREAMBLE_LINES_MAX: usize = 40;
/// Parts that a report has at least.
const PARTS_MIN: usize = 3;
/// Of them, such as a form prescribes.
const PRESCRIBED_MIN: usize = 2;

/// A line outside of tables.
#[derive(Clone, Debug)]
struct Line {
    block: usize,
    text: Range<usize>,
}

/// A title, and the line that it begins with.
#[derive(Debug)]
struct Title {
    first: usize,
    last: usize,
    body: String,
    year: Option<u16>,
}

impl Title {
    /// Whether it is certain that the two name different reports.
    fn differs(&self, other: &Self) -> bool {
        let years = self.year.is_some() && other.year.is_some() && self.year != other.year;
        let bodies = !self.body.is_empty() && !other.body.is_empty() && self.body != other.body;
        years || bodies
    }
}

/// The parts of `document` that are reports of their own; nothing where it is one report, or none.
pub(crate) fn parts(document: &Document) -> Option<Vec<Document>> {
    if !has_several_titles(document) {
        return None;
    }
    let lines = lines(document);
    let titles = titles(document, &lines);
    if TITLES_MAX < titles.len() {
        return None;
    }
    let parts: Vec<Parts> = titles
        .iter()
        .enumerate()
        .map(|(index, title)| {
            let end = titles.get(index + 1).map_or(lines.len(), |next| next.first);
            Parts::of(document, lines.get(title.last + 1..end).unwrap_or_default())
        })
        .collect();
    // The title with which the report that is going on begins, and whether its parts were seen.
    let mut current: Option<&Title> = None;
    let mut is_report = false;
    let mut starts: Vec<usize> = Vec::new();
    let mut copies: Vec<Range<usize>> = Vec::new();
    for (title, parts) in titles.iter().zip(&parts) {
        if let Some(current) = current.filter(|_| is_report && parts.are_a_report()) {
            copies.extend(copy(document, &lines, current.first, title.first));
        }
        let begins =
            is_report && parts.are_a_report() && current.is_some_and(|current| title.differs(current));
        if begins {
            starts.push(title.first);
        }
        // A title without a report behind it is a link, or the page's own.
        if begins || !is_report {
            current = Some(title);
            is_report = parts.are_a_report();
        }
    }
    if starts.is_empty() && copies.is_empty() {
        return None;
    }
    let places: Vec<(usize, usize)> = starts
        .iter()
        .filter_map(|&start| lines.get(start))
        .map(|line| (line.block, line.text.start))
        .collect();
    Some(split(document, &places, &copies))
}

/// The blocks in which the report that begins with line `first` stands once more, word for word, from line `second`
/// on: a view for printing.
fn copy(document: &Document, lines: &[Line], first: usize, second: usize) -> Option<Range<usize>> {
    let words = |line: &Line| document.text.slice(&line.text);
    let (one, other) = (lines.get(first..second)?, lines.get(second..)?);
    let alike = one.iter().zip(other).take_while(|(one, other)| words(one) == words(other)).count();
    // What stands between the two is the page's.
    let is_whole = one.len() * 4 <= alike * 5;
    let (begin, end) = (other.first()?, other.get(alike.checked_sub(1)?)?);
    let is_block = document.blocks.get(begin.block).is_some_and(|block| block.text.start == begin.text.start);
    (is_whole && is_block).then_some(begin.block..end.block + 1)
}

/// Whether two lines may be titles of reports. Nearly every document is dismissed here.
fn has_several_titles(document: &Document) -> bool {
    let may_be = |line: &str| {
        let line = line.trim_end_matches(is_space);
        line.len() <= TITLE_BYTES_MAX && ends_like_title(line) && names_report(&without_spaces(line))
    };
    let blocks = document.blocks.iter().filter(|block| !matches!(block.kind, BlockKind::Table(_)));
    let lines = blocks.flat_map(|block| split_lines(document.text.slice(&block.text)));
    lines.filter(|line| may_be(line)).take(2).count() == 2
}

fn ends_like_title(line: &str) -> bool {
    line.ends_with(['告', '报', '）', ')', '》', '版'])
}

fn lines(document: &Document) -> Vec<Line> {
    let mut lines = Vec::new();
    for (block, Block { kind, text }) in document.blocks.iter().enumerate() {
        if matches!(kind, BlockKind::Table(_)) {
            continue;
        }
        let mut start = text.start;
        for line in document.text.slice(text).split('\n') {
            let trimmed = line.trim_matches(is_space);
            if !trimmed.is_empty() {
                let begin = start + line.len() - line.trim_start_matches(is_space).len();
                lines.push(Line { block, text: begin..begin + trimmed.len() });
            }
            start += line.len() + 1;
        }
    }
    lines
}

/// The titles among the lines, each with the lines before it that belong to it.
fn titles(document: &Document, lines: &[Line]) -> Vec<Title> {
    let words = |index: usize| lines.get(index).map_or("", |line| document.text.slice(&line.text));
    let mut titles: Vec<Title> = Vec::new();
    for last in 0..lines.len() {
        let written = words(last);
        let is_title = written.len() <= TITLE_BYTES_MAX
            && ends_like_title(written)
            && !is_navigation(written)
            && !written.contains(['\t', '。', '，', '；'])
            && names_report(&without_spaces(written));
        if !is_title {
            continue;
        }
        let (mut first, mut title) = (last, without_spaces(written));
        let mut parsed = body_and_year(&title);
        let is_whole = |parsed: &Option<(String, Option<u16>)>| {
            parsed.as_ref().is_some_and(|(body, year)| !body.is_empty() && year.is_some())
        };
        while !is_whole(&parsed) && 0 < first && last - first < LINES_BEFORE_MAX {
            let before = without_spaces(words(first - 1));
            let helps = is_body_name(&before)
                || (!before.is_empty() && region_bytes(&before) == before.len())
                || first_year(&before).is_some();
            if TITLE_BYTES_MAX / 2 < before.len()
                || before.contains(['。', '，', '：', ':', '|', '>'])
                || !helps
            {
                break;
            }
            first -= 1;
            title.insert_str(0, &before);
            parsed = body_and_year(&title);
        }
        let Some((body, year)) = parsed else { continue };
        titles.push(Title { first, last, body, year });
    }
    titles
}

/// The parts that are numbered behind a title.
#[derive(Debug, Default)]
struct Parts {
    /// How many are numbered from one on, without a gap.
    in_order: usize,
    /// How many of them a form prescribes.
    prescribed: usize,
}

impl Parts {
    fn of(document: &Document, lines: &[Line]) -> Self {
        let mut parts = Self::default();
        for (index, line) in lines.iter().enumerate() {
            let text = document.text.slice(&line.text);
            let Some((number, is_prescribed)) = part_number(text) else { continue };
            if number as usize == parts.in_order + 1 && (0 < parts.in_order || index <= PREAMBLE_LINES_MAX) {
                parts.in_order += 1;
                parts.prescribed += usize::from(is_prescribed);
            }
        }
        parts
    }

    fn are_a_report(&self) -> bool {
        PARTS_MIN <= self.in_order && PRESCRIBED_MIN <= self.prescribed
    }
}

/// Splits `document` before `places`: blocks, and the place in the text where the title begins. Leaves out what is a
/// copy.
fn split(document: &Document, places: &[(usize, usize)], copies: &[Range<usize>]) -> Vec<Document> {
    let mut parts: Vec<Vec<Block>> = vec![Vec::new()];
    let mut places = places.iter().peekable();
    for (index, block) in document.blocks.iter().enumerate() {
        if copies.iter().any(|copy| copy.contains(&index)) {
            continue;
        }
        let mut rest = block.clone();
        while let Some(&&(_, at)) = places.peek().filter(|(block, _)| *block == index) {
            places.next();
            // The title may stand inside of a block, behind a line break.
            let before = rest.text.start..at.saturating_sub(1).max(rest.text.start);
            if !before.is_empty() {
                let kind = rest.kind.clone();
                parts
                    .last_mut()
                    .into_iter()
                    .for_each(|part| part.push(Block { kind: kind.clone(), text: before.clone() }));
            }
            rest.text.start = at;
            parts.push(Vec::new());
        }
        parts.last_mut().into_iter().for_each(|part| part.push(rest.clone()));
    }
    let last = parts.len() - 1;
    parts
        .into_iter()
        .enumerate()
        .map(|(index, blocks)| {
            let ending = if index == last { document.ending } else { Ending::Whole };
            part(document, &blocks, ending, index == last)
        })
        .collect()
}

/// The document of some blocks.
fn part(document: &Document, blocks: &[Block], ending: Ending, is_last: bool) -> Document {
    let start = blocks.iter().map(|block| block.text.start).min().unwrap_or(0);
    let end = blocks.iter().map(|block| block.text.end).max().unwrap_or(start);
    let end = if is_last { document.text.as_str().len().max(end) } else { end };
    let moved = |range: &Range<usize>| range.start - start..range.end.max(range.start) - start;
    let blocks = blocks.iter().map(|block| {
        let kind = match &block.kind {
            BlockKind::Table(grid) => {
                let cells = grid.cells.iter().cloned().map(|mut cell| {
                    cell.text = cell.text.start.max(start) - start..cell.text.end.max(start) - start;
                    cell
                });
                BlockKind::Table(Grid { cells: cells.collect(), ..*grid })
            }
            kind @ (BlockKind::Heading { .. } | BlockKind::Paragraph) => kind.clone(),
        };
        Block { kind, text: moved(&block.text) }
    });
    Document {
        text: document.text.part(&(start..end)),
        blocks: blocks.collect(),
        page: document.page.clone(),
        address: document.address.clone(),
        ending,
        issues: Vec::new(),
        ..*document
    }
}
