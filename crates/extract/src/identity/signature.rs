//! The signature and its date: the last lines of the report.

use crate::bodies::{is_body_name, kind, region_range};
use crate::dates::{first_year, split_final_date, whole_date};
use crate::fold::is_space;
use crate::lines::{Line, without_spaces};
use gongkai_document::Document;
use gongkai_model::{BodyKind, Date};
use std::ops::Range;

/// Lines at the end that may hold the signature.
const SIGNATURE_LINES: usize = 14;
/// A longer line is a sentence. In bytes.
const LINE_BYTES_MAX: usize = 200;
/// Lines that may stand between a name and its date.
const NEAR_LINES: usize = 2;

/// What the end of a report says.
#[derive(Debug, Default)]
pub(super) struct Signature {
    /// Who signs, and where that stands.
    pub(super) name: Option<(String, Range<usize>)>,
    /// The date of signing.
    pub(super) date: Option<Date>,
}

/// Reads the signature. `sections` are the lines of the first and of the last heading, `known` are names that the report gives elsewhere: its title's body, the body that its
/// preamble names, its publisher.
pub(super) fn signature(
    document: &Document,
    lines: &[Line],
    sections: Option<(usize, usize)>,
    known: &[&str],
) -> Signature {
    let from =
        sections.map_or(lines.len().saturating_sub(SIGNATURE_LINES), |(_, last)| last + 1).min(lines.len());
    let found = within(document, &lines[from..], known);
    let is_found = found.name.is_some() || found.date.is_some();
    let Some((first, _)) = sections.filter(|(first, last)| !is_found && first < last) else { return found };
    // The chapters of a table behind the signature may be taken for parts of the report.
    let before = within(document, lines.get(first + 1..from).unwrap_or_default(), known);
    if before.name.is_some() && before.date.is_some() { before } else { found }
}

/// The signature among `tail`.
fn within(document: &Document, tail: &[Line], known: &[&str]) -> Signature {
    let mut found: Option<(usize, String, Range<usize>)> = None;
    let mut date: Option<(usize, Date)> = None;
    for (index, line) in tail.iter().enumerate() {
        let written = document.text.slice(&line.text);
        if LINE_BYTES_MAX < written.len() {
            continue;
        }
        let (words, line) = &apart(written, line);
        let (words, range) = unlabelled(words, line);
        if let Some(day) = whole_date(words) {
            // The date belongs to the name before it; the first such pair is the signature, what follows is the page.
            let near = found.as_ref().is_some_and(|(at, ..)| index <= at + NEAR_LINES);
            let earlier = found.as_ref().is_some_and(|(at, ..)| date.is_some_and(|(dated, _)| dated < *at));
            if date.is_none() || (near && earlier) {
                date = Some((index, day));
            }
        } else if is_body_name(words) {
            let signed = matches!((&found, &date), (Some((at, ..)), Some((dated, _))) if at < dated);
            if !signed {
                found = Some((index, words.to_owned(), range));
            }
        } else if words.ends_with(['日', '号', '）', ')', '。'])
            || words.ends_with(|c: char| c.is_ascii_digit())
        {
            let Some((name, day)) = split_final_date(words) else { continue };
            let name = unstamped(name.trim_start_matches(['（', '('])).to_owned();
            if is_body_name(&name) {
                return Signature { name: Some((name, line.text.clone())), date: Some(day) };
            }
        }
    }
    let is_dated = matches!((&found, &date), (Some((name, ..)), Some((dated, _))) if dated.abs_diff(*name) <= NEAR_LINES);
    // A name without a date may be a link below the report: it signs only if the report knows it.
    let is_last = found.as_ref().is_some_and(|(at, ..)| tail.len() <= at + 1);
    let found = found.filter(|(_, name, _)| is_dated || is_known(name, known, is_last));
    // A date far from any signature is the page's or an attachment's.
    let date = date.filter(|(at, _)| {
        found.as_ref().map_or(tail.len() <= at + 3, |(name, ..)| at.abs_diff(*name) <= NEAR_LINES)
    });
    Signature { name: found.map(|(_, name, range)| (name, range)), date: date.map(|(_, day)| day) }
}

/// The words of a line without white space. Where two bodies sign beside each other, those of the government or else of the
/// first: 中共甲乡委员会 甲乡人民政府.
fn apart(written: &str, line: &Line) -> (String, Line) {
    let whole = || (without_spaces(written), line.clone());
    let names: Vec<&str> = written.split(is_space).filter(|name| !name.is_empty()).collect();
    if names.len() < 2 || !names.iter().all(|name| is_body_name(name)) {
        return whole();
    }
    let governs = |name: &&&str| matches!(kind(name), BodyKind::Government | BodyKind::Township);
    let Some(name) = names.iter().find(governs).or(names.first()) else { return whole() };
    let begin = line.text.start + written.find(name).unwrap_or_default();
    ((*name).to_owned(), Line { text: begin..begin + name.len() })
}

/// Who signs on the cover: a name between the title and the month of the report.
pub(super) fn on_cover(
    document: &Document,
    head: &[Line],
    title: &Range<usize>,
) -> Option<(String, Range<usize>)> {
    const COVER_LINES: usize = 3;
    let below = head.iter().skip_while(|line| line.text.start < title.end).filter(|_| !title.is_empty());
    let below: Vec<(String, &Line)> = below
        .take(COVER_LINES)
        .map(|line| (document.text.slice(&line.text), line))
        .filter(|(text, _)| text.len() <= LINE_BYTES_MAX)
        .map(|(text, line)| (without_spaces(text), line))
        .collect();
    below.windows(2).find_map(|pair| {
        let [(name, line), (month, _)] = pair else { return None };
        let is_month =
            first_year(month).is_some() && month.ends_with(['月', '日']) && month.chars().count() <= 11;
        (is_month && is_body_name(name)).then(|| (name.clone(), line.text.clone()))
    })
}

/// Whether an undated name is that of the body or of its government: 甲县乙镇人民政府 below a report of 乙镇. `known` are the
/// names that the report gives, the best first. Where it names nobody, the last line of all signs it.
fn is_known(name: &str, known: &[&str], is_last: bool) -> bool {
    let mut named = known.iter().copied().filter(|known| !known.is_empty()).peekable();
    let Some(best) = named.peek().copied() else {
        return is_last && !region_range(name).is_empty();
    };
    is_of_place(name, best)
        || named.any(|known| {
            known == name
                || known.ends_with(name)
                || name.ends_with(known)
                || (is_last && is_shortened(name, known))
        })
}

/// Whether `name` is an organ that may sign for `known`, by the place of both: the government of an area and its office
/// do, a bureau does for itself alone. What else stands below a report is a link: 甲县公安局 below that of 甲县.
fn is_of_place(name: &str, known: &str) -> bool {
    let (region, of_known) = (&name[region_range(name)], &known[region_range(known)]);
    let is_same = !of_known.is_empty()
        && !region.is_empty()
        && (region.ends_with(of_known) || of_known.ends_with(region));
    let governs = |name: &str| {
        matches!(
            kind(name),
            BodyKind::Government | BodyKind::GeneralOffice | BodyKind::Township | BodyKind::DevelopmentZone
        )
    };
    is_same
        && ((governs(known) || of_known.len() == known.len()) && governs(name) || shares_words(name, known))
}

/// Whether `name`, which leaves out its division, is that of `known` or of its office: 县人民政府办公室 below a report of
/// 甲县, 水利局办公室 below one of 甲县水利局, 学校办公室 below one of a school.
fn is_shortened(name: &str, known: &str) -> bool {
    const OFFICES: [&str; 7] =
        ["办公室", "办公厅", "党政办公室", "党政综合办公室", "学校办公室", "校长办公室", "街道办事处"];
    if !region_range(name).is_empty() {
        return false;
    }
    let first = name.chars().next().map_or(0, char::len_utf8);
    let (opening, rest) = name.split_at(first);
    let of_known = &known[region_range(known)];
    let is_of_kind = of_known.ends_with(opening) && "省市县区州旗盟镇乡".contains(opening);
    let is_government = |words: &str| {
        words.starts_with("人民政府") || words.starts_with("政府") || words.starts_with("管委会")
    };
    OFFICES.contains(&name)
        || is_government(name)
        || (is_of_kind && (is_government(rest) || shares_words(rest, known)))
        || shares_words(name, known)
}

/// Whether two names agree in what stands behind their divisions, or one goes on where the other ends: 卫生健康局 and
/// 卫健局, 水利局 and 水利局办公室.
fn shares_words(one: &str, other: &str) -> bool {
    fn own(name: &str) -> &str {
        &name[region_range(name).end..]
    }
    let is_short_for = |short: &str, long: &str| {
        let mut rest = long.chars();
        2 < short.chars().count()
            && short.chars().next() == long.chars().next()
            && short.chars().all(|c| rest.any(|other| other == c))
    };
    let (one, other) = (own(one), own(other));
    is_short_for(one, other) || is_short_for(other, one)
}

/// Without a label before the name or the date, and without the stamp's place behind: 发布单位：…, …（盖章）.
fn unlabelled<'a>(words: &'a str, line: &Line) -> (&'a str, Range<usize>) {
    const LABELS: [&str; 7] = ["发布单位", "编制单位", "报告单位", "填报单位", "单位", "落款", "发布机构"];
    let rest = LABELS.iter().find_map(|label| words.strip_prefix(label)?.strip_prefix(['：', ':']));
    let plain = unstamped(rest.unwrap_or(words).trim_matches(is_space));
    let end = if plain.len() < words.len() && rest.is_none() {
        line.text.start + plain.len()
    } else {
        line.text.end
    };
    // The place is exact where the line has no white space inside, and the whole line elsewhere.
    let exact = words.len() == line.text.len();
    match rest {
        Some(rest) if exact => {
            (plain, line.text.end - rest.len()..line.text.end - (rest.len() - plain.len()))
        }
        None if exact => (plain, line.text.start..end),
        _ => (plain, line.text.clone()),
    }
}

fn unstamped(name: &str) -> &str {
    const STAMPS: [&str; 6] = ["（盖章）", "(盖章)", "（公章）", "(公章)", "（章）", "（印章）"];
    STAMPS.iter().fold(name, |name, stamp| name.strip_suffix(stamp).unwrap_or(name))
}
