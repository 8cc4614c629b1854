//! The parts of a report: there, in order, numbered, filled in, with their tables under them.

use crate::checked::{Audited, Checked, Failure};
use crate::completeness::heading;
use crate::prose::Mark;
use gongkai_forms::{Form, FormSection, prescribed};
use gongkai_model::{Report, Section, Span, State};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The first reporting year whose form asks for the processing fees.
const FEES_FIRST_YEAR: u16 = 2021;
/// No report has more parts; the rest of what has is not looked at.
const PARTS_MAX: usize = 100;
/// What tells of no problem is not longer. In characters.
const NOTHING_SAID_CHARS_MAX: usize = 8;

/// A heading of the first level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// Its place in [`Report::sections`].
    pub(crate) section: usize,
    /// The number before it, counted from 1.
    ordinal: Option<usize>,
    /// The part of the form that it names.
    pub(crate) position: Option<usize>,
}

/// The wordings of a form's parts, bare: made once, looked up for every report.
struct Headings {
    exact: HashMap<String, usize>,
    /// All wordings of each part, the official one first.
    of_part: Vec<Vec<String>>,
}

static HEADINGS: LazyLock<Vec<Headings>> = LazyLock::new(|| {
    let headings = |form: &Form| {
        let of_part: Vec<Vec<String>> =
            form.sections.iter().map(|part| part.headings.iter().map(|it| bare(it)).collect()).collect();
        let exact = of_part.iter().enumerate();
        let exact =
            exact.flat_map(|(position, wordings)| wordings.iter().map(move |it| (it.clone(), position)));
        Headings { exact: exact.collect(), of_part }
    };
    gongkai_forms::all().iter().map(headings).collect()
});

fn headings(form: &Form) -> Option<&'static Headings> {
    HEADINGS.get(gongkai_forms::all().iter().position(|known| known.id == form.id)?)
}

/// The form whose parts the report should have: that of its tables, else that of its year.
fn form_of_parts(audited: &Audited<'_>) -> Option<&'static Form> {
    let form = audited.form.or_else(|| prescribed(audited.report.year?))?;
    // Before the uniform forms the parts of a report were others.
    Some(form).filter(|form| form.is_prescribed)
}

/// The headings of the first level.
pub(crate) fn parts(report: &Report, form: Option<&'static Form>) -> Vec<Part> {
    let headings = form.or_else(|| prescribed(report.year?)).and_then(headings);
    let top = report.sections.iter().enumerate().filter(|(_, section)| section.level == 1);
    top.take(PARTS_MAX)
        .map(|(index, section)| Part {
            section: index,
            ordinal: ordinal(&section.title),
            position: headings.and_then(|headings| headings.position(&bare(&section.title))),
        })
        .collect()
}

impl Headings {
    /// The part that a bare title names: word for word, else the one whose wording it contains.
    fn position(&self, title: &str) -> Option<usize> {
        let contained = || {
            self.of_part
                .iter()
                .position(|wordings| wordings.iter().any(|wording| title.contains(wording.as_str())))
        };
        self.exact.get(title).copied().or_else(contained)
    }
}

/// How many parts are there before the text breaks off: the first ones, in order, and two or more of the last are not.
/// None where the report goes on to its end, or is signed. Where there is running text alone, without any heading or table,
/// none are there.
pub(crate) fn shown_before_cut(
    report: &Report,
    form: Option<&'static Form>,
    parts: &[Part],
) -> Option<usize> {
    let form = form.or_else(|| prescribed(report.year?)).filter(|form| form.is_prescribed)?;
    let in_order = parts.iter().enumerate().all(|(index, part)| part.position.is_none_or(|it| it == index));
    let has_first = parts.is_empty() || parts.iter().any(|part| part.position.is_some());
    let is_signed = !report.signatory.name.is_empty() || report.dates.stated.is_some();
    let is_cut = in_order && has_first && parts.len() + 2 <= form.sections.len() && !is_signed;
    // Tables of parts that are not there show that only headings were lost.
    let later = form.sections.get(parts.len()..).unwrap_or_default();
    let goes_on =
        form.tables.iter().filter(|table| later.iter().any(|part| part.id == table.id)).any(|table| {
            let mut cells = form.cells.get(table.cells.clone()).unwrap_or_default().iter();
            cells.any(|cell| report.figure(&cell.key).is_some_and(|figure| figure.state != State::Missing))
        });
    (is_cut && !goes_on).then_some(parts.len())
}

/// Where the text breaks off, one failure says it, in the place of all that would be said of what is behind.
pub(crate) fn cut(audited: &Audited<'_>) -> Checked {
    let Some(form) = form_of_parts(audited) else { return Checked::silent() };
    let Some(shown) = audited.shown_before_cut else { return Checked::holds() };
    let rest = form.sections.len() - shown;
    let Some(last) = shown.checked_sub(1).and_then(|last| audited.parts.get(last)) else {
        return Checked::fails(Failure {
            zh: format!(
                "文本没有任何部分的标题和表格，可能在开头中断；应有 {rest} 个部分，如原件完整，请提供全文后再核对"
            ),
            en: format!(
                "the text has no heading and no table of any part, and may break off in its opening: {rest} parts are due; \
                 if the original is whole, check all of it"
            ),
            ..Failure::default()
        });
    };
    let last = title(audited, last.section);
    Checked::fails(Failure {
        zh: format!("文本在“{last}”部分中断，其后 {rest} 个部分及其表格未见；如原件完整，请提供全文后再核对"),
        en: format!(
            "the text breaks off in “{last}”: {rest} parts and their tables are not there; if the original is whole, \
             check all of it"
        ),
        ..Failure::default()
    })
}

/// The report has a heading for each part that the form prescribes.
pub(crate) fn absent(audited: &Audited<'_>) -> Checked {
    let Some(form) = form_of_parts(audited) else { return Checked::silent() };
    if audited.shown_before_cut.is_some() {
        return Checked::silent();
    }
    let is_there = |position: usize| audited.parts.iter().any(|part| part.position == Some(position));
    let mut absent: Vec<usize> = (0..form.sections.len()).filter(|&position| !is_there(position)).collect();
    if absent.is_empty() {
        return Checked::holds();
    }
    // A sixth part numbered （六） reads as a heading of the second level.
    absent.retain(|&position| !is_below(audited, form, position));
    // A heading of a wording that we do not know may well be the one that seems to be absent.
    let unknown = audited.parts.iter().filter(|part| part.position.is_none()).count();
    if !absent.is_empty() && absent.len() <= unknown {
        return Checked::silent();
    }
    let absent: Vec<&FormSection> =
        absent.iter().filter_map(|&position| form.sections.get(position)).collect();
    let zh: Vec<_> = absent.iter().filter_map(|part| part.headings.first()).map(String::as_str).collect();
    let en: Vec<_> = absent.iter().map(|part| part.label_en.as_str()).collect();
    Checked::unless((!absent.is_empty()).then(|| Failure {
        zh: format!("未找到以下部分的标题：{}", zh.join("、")),
        en: format!("no heading was found for: {}", en.join(", ")),
        ..Failure::default()
    }))
}

/// Whether a heading below the first level names this part in the official wording.
fn is_below(audited: &Audited<'_>, form: &Form, position: usize) -> bool {
    let official = headings(form).and_then(|headings| headings.of_part.get(position)?.first());
    let lower = audited.report.sections.iter().filter(|section| section.level != 1);
    official.is_some_and(|official| {
        lower.map(|section| bare(&section.title)).any(|title| title.contains(official))
    })
}

/// The parts stand in the order of the form.
pub(crate) fn order(audited: &Audited<'_>) -> Checked {
    if form_of_parts(audited).is_none() {
        return Checked::silent();
    }
    let known: Vec<(usize, usize)> =
        audited.parts.iter().filter_map(|part| Some((part.section, part.position?))).collect();
    if known.len() < 2 {
        return Checked::silent();
    }
    let wrong = known.windows(2).find(|pair| pair[1].1 < pair[0].1);
    Checked::unless(wrong.map(|pair| {
        let (first, second) = (title(audited, pair[0].0), title(audited, pair[1].0));
        Failure {
            zh: format!("“{second}”应在“{first}”之前"),
            en: format!("“{second}” belongs before “{first}”"),
            ..Failure::default()
        }
    }))
}

/// No number of a part stands twice or goes back; none is left out where all parts are there.
pub(crate) fn numbering(audited: &Audited<'_>) -> Checked {
    let numbered: Vec<(usize, usize)> =
        audited.parts.iter().filter_map(|part| Some((part.section, part.ordinal?))).collect();
    if numbered.len() < 2 {
        return Checked::silent();
    }
    let parts = form_of_parts(audited).map(|form| form.sections.len());
    // Where a heading was not found the gap is not the report's.
    let complete = parts == Some(numbered.len());
    let wrong = numbered.windows(2).find(|pair| {
        let (last, next) = (pair[0].1, pair[1].1);
        next <= last || complete && next != last + 1
    });
    Checked::unless(wrong.map(|pair| {
        let (last, next) = (title(audited, pair[0].0), title(audited, pair[1].0));
        Failure {
            zh: format!("部分的序号不连续：“{last}”之后是“{next}”"),
            en: format!("the parts are not numbered one after the other: “{last}” is followed by “{next}”"),
            ..Failure::default()
        }
    }))
}

/// There are as many parts as the report says.
pub(crate) fn announced(audited: &Audited<'_>) -> Checked {
    let announced = audited.prose.marks().find_map(|(mark, _)| match mark {
        Mark::Parts(parts) => Some(parts as usize),
        _ => None,
    });
    if audited.shown_before_cut.is_some() {
        return Checked::silent();
    }
    let found = audited.parts.len();
    let Some(announced) = announced.filter(|_| 0 < found && found < PARTS_MAX) else {
        return Checked::silent();
    };
    // Under no form, too: the first parts in order, two or more of the last not there, and nobody signs.
    let in_order = audited.parts.iter().enumerate().all(|(index, part)| part.ordinal == Some(index + 1));
    let report = audited.report;
    let is_signed = !report.signatory.name.is_empty() || report.dates.stated.is_some();
    if in_order && found + 2 <= announced && !is_signed {
        return Checked::silent();
    }
    Checked::unless((announced != found).then(|| Failure {
        zh: format!("报告称由 {announced} 个部分组成，文件中找到 {found} 个"),
        en: format!("the report says that it has {announced} parts; {found} were found in the document"),
        ..Failure::default()
    }))
}

/// The parts in words say something, in themselves or below a heading of theirs; one failure for each that does not.
pub(crate) fn empty(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(form) = form_of_parts(audited) else { return checked };
    for part in &audited.parts {
        let section = part.position.and_then(|position| form.sections.get(position));
        // A part with a table says what it has to say in it.
        let Some(section) = section.filter(|section| form.tables.iter().all(|table| table.id != section.id))
        else {
            continue;
        };
        let says_nothing = own_sections(audited, part).iter().all(|section| section.text.trim().is_empty());
        let has_headings = 1 < own_sections(audited, part).len();
        checked.add(Some(!says_nothing || has_headings), || Failure {
            subject: section.id.clone(),
            zh: format!("“{}”之下没有内容", title(audited, part.section)),
            en: format!("there is nothing under “{}”", title(audited, part.section)),
            ..Failure::default()
        });
    }
    checked
}

/// The section of a part with those below it.
fn own_sections<'a>(audited: &Audited<'a>, part: &Part) -> &'a [Section] {
    let from = audited.report.sections.get(part.section..).unwrap_or_default();
    let below = from.iter().skip(1).position(|section| section.level <= 1);
    from.get(..below.map_or(from.len(), |below| below + 1)).unwrap_or_default()
}

/// Each table stands between the heading of its part and the next; one failure for each that does not.
pub(crate) fn table_place(audited: &Audited<'_>) -> Checked {
    let mut checked = Checked::silent();
    let Some(form) = form_of_parts(audited).filter(|_| audited.form.is_some()) else { return checked };
    let start = |span: &Option<Span>| span.as_ref().and_then(Span::as_bytes).map(|bytes| bytes.start);
    for table in &form.tables {
        let position = form.sections.iter().position(|section| section.id == table.id);
        let mut own = audited.parts.iter().enumerate().filter(|(_, part)| part.position == position);
        let (Some((index, own)), None) = (own.next(), own.next()) else { continue };
        let begin = audited.report.sections.get(own.section).and_then(|section| start(&section.span));
        let figure = table.cells.clone().find_map(|cell| start(&audited.figure(cell)?.span));
        let (Some(begin), Some(figure)) = (begin, figure) else { continue };
        let next = audited
            .parts
            .get(index + 1)
            .and_then(|next| start(&audited.report.sections.get(next.section)?.span));
        let is_in_place = begin <= figure && next.is_none_or(|next| figure < next);
        checked.add(Some(is_in_place), || Failure {
            subject: table.id.clone(),
            zh: format!("「{}」表不在其标题之下", heading(table)),
            en: format!("table “{}” does not stand under its heading", table.label_en),
            ..Failure::default()
        });
    }
    checked
}

/// No placeholder is left in the text; all of them are one failure.
pub(crate) fn template_text(audited: &Audited<'_>) -> Checked {
    if audited.prose.is_empty() {
        return Checked::silent();
    }
    let mut spots = audited.prose.of_mark(Mark::Placeholder);
    let Some(first) = spots.next() else { return Checked::holds() };
    let count = 1 + spots.count();
    let words = first.words();
    Checked::fails(Failure {
        zh: format!("正文中有 {count} 处未替换的占位文字，如“{words}”"),
        en: format!("{count} placeholders are left in the text, such as “{words}”"),
        ..Failure::default()
    })
}

/// The processing fees are told of.
pub(crate) fn fee_statement(audited: &Audited<'_>) -> Checked {
    let asked_for = audited.report.year.is_some_and(|year| FEES_FIRST_YEAR <= year);
    // Where the text breaks off, the part that would tell of them is not there.
    if !asked_for || audited.parts.is_empty() || audited.shown_before_cut.is_some() {
        return Checked::silent();
    }
    let is_told = audited.prose.of_mark(Mark::ProcessingFee).next().is_some();
    Checked::unless((!is_told).then(|| Failure {
        zh: "“其他需要报告的事项”未报告收取信息处理费的情况；没有收取的也应写明".to_owned(),
        en: "“other matters” do not tell of processing fees; that there were none is said, too".to_owned(),
        ..Failure::default()
    }))
}

/// The part about problems tells of some.
pub(crate) fn problems_none(audited: &Audited<'_>) -> Checked {
    let Some(form) = form_of_parts(audited) else { return Checked::silent() };
    let position = form.sections.iter().position(|section| section.id == "problems");
    let Some(part) = audited.parts.iter().find(|part| position.is_some() && part.position == position) else {
        return Checked::silent();
    };
    let own = own_sections(audited, part);
    let letters = own.iter().flat_map(|section| section.text.chars()).filter(|c| c.is_alphabetic());
    // One more tells that there is more.
    let words: String = letters.take(NOTHING_SAID_CHARS_MAX + 1).collect();
    // Without any words it is an empty part.
    if words.is_empty() {
        return Checked::silent();
    }
    let says_none = own.len() == 1
        && words.chars().count() <= NOTHING_SAID_CHARS_MAX
        && ["无", "没有", "不存在", "暂无", "未发现"].iter().any(|none| words.starts_with(none));
    Checked::unless(says_none.then(|| Failure {
        subject: "problems".to_owned(),
        zh: format!("“{}”只写了“{words}”，应写明存在的主要问题及改进情况", title(audited, part.section)),
        en: format!("“{}” says only “{words}”", title(audited, part.section)),
        ..Failure::default()
    }))
}

/// Problems and improvements go together.
pub(crate) fn improvements(audited: &Audited<'_>) -> Checked {
    let (zh, en) = match (audited.report.problems.is_empty(), audited.report.improvements.is_empty()) {
        (true, true) => return Checked::silent(),
        (false, false) => return Checked::holds(),
        (false, true) => {
            ("写了存在的问题，没有写改进情况", "problems are named, but nothing that is done about them")
        }
        (true, false) => ("写了改进情况，没有写存在的问题", "improvements are named, but no problem"),
    };
    Checked::fails(Failure { zh: zh.to_owned(), en: en.to_owned(), ..Failure::default() })
}

fn title<'a>(audited: &Audited<'a>, section: usize) -> &'a str {
    audited.report.sections.get(section).map_or("", |section| section.title.as_str())
}

/// The list number of a heading: 三、 (三) 3. 十二、
fn ordinal(heading: &str) -> Option<usize> {
    const DIGITS: &str = "一二三四五六七八九";
    let heading = heading.trim_start_matches(|c: char| c.is_whitespace() || "（(第".contains(c));
    let unnumbered =
        heading.trim_start_matches(|c: char| c == '十' || DIGITS.contains(c) || c.is_ascii_digit());
    if !unnumbered.starts_with(|c: char| "、.．,，）)部".contains(c)) {
        return None;
    }
    let number = heading.get(..heading.len() - unnumbered.len())?;
    gongkai_model::ordinal(number).and_then(|ordinal| usize::try_from(ordinal).ok())
}

/// A heading without its list number, punctuation and white space.
fn bare(heading: &str) -> String {
    let heading = heading.trim_start_matches(|c: char| c.is_whitespace() || "（(".contains(c));
    let unnumbered = heading.trim_start_matches(|c: char| "一二三四五六七八九十0123456789".contains(c));
    let heading =
        if unnumbered.starts_with(|c: char| "、.．,，）)".contains(c)) { unnumbered } else { heading };
    heading.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}') || c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{county_report, failures, holds};
    use gongkai_model::{Body, Date, Figure, Reason};

    #[test]
    fn a_text_that_breaks_off_is_said_to_do_so_once() {
        let cut = |shown: usize| {
            let mut report = county_report();
            report.sections.truncate(shown);
            (report.signatory, report.dates.stated) = (Body::default(), None);
            for figure in &mut report.figures {
                let is_shown = match shown {
                    0..=2 => false,
                    3 => figure.key.starts_with("disclosure."),
                    _ => true,
                };
                if !is_shown {
                    *figure = Figure::missing(figure.key.clone(), Reason::TableAbsent);
                }
            }
            report
        };
        let behind =
            ["report.sections", "form.table_missing", "form.row_missing", "report.sections_announced"];
        for shown in [2, 3, 4] {
            let report = cut(shown);
            assert_eq!(failures(&report, "report.cut").len(), 1, "{shown}");
            assert!(behind.iter().all(|rule| failures(&report, rule).is_empty()), "{shown}");
        }
        let mut opening = cut(0);
        assert_eq!(failures(&opening, "report.cut").len(), 1, "no heading at all");
        assert!(behind.iter().all(|rule| failures(&opening, rule).is_empty()));
        opening.dates.stated = Date::new(2023, 1, 20).ok();
        assert!(failures(&opening, "report.cut").is_empty(), "a signed text goes on to its end");
        assert!(failures(&cut(5), "report.cut").is_empty(), "one part is left out, not cut off");
        assert_eq!(failures(&cut(5), "report.sections").len(), 1);
        let mut lost = cut(3);
        lost.sections.remove(0);
        assert!(failures(&lost, "report.cut").is_empty(), "a heading before the end is missing, too");
        let mut signed = cut(3);
        signed.dates.stated = Date::new(2023, 1, 20).ok();
        assert!(failures(&signed, "report.cut").is_empty());
        let mut with_tables = county_report();
        with_tables.sections.truncate(2);
        (with_tables.signatory, with_tables.dates.stated) = (Body::default(), None);
        assert!(failures(&with_tables, "report.cut").is_empty(), "headings were lost, tables were not");
    }

    #[test]
    fn list_numbers_are_read_in_all_their_forms() {
        for (heading, expected) in [
            ("一、总体情况", Some(1)),
            ("（六）其他", Some(6)),
            ("3.问题", Some(3)),
            ("十、附件", Some(10)),
            ("十二、附件", Some(12)),
            ("二十一、附件", Some(21)),
            ("第五部分 问题", Some(5)),
            ("总体情况", None),
            ("一是加强", None),
        ] {
            assert_eq!(ordinal(heading), expected, "{heading}");
        }
    }

    #[test]
    fn what_stands_at_the_end_is_not_missed_in_a_text_that_breaks_off() {
        let mut report = county_report();
        report.sections.truncate(1);
        (report.signatory, report.issuer) = (Body::default(), Body::default());
        (report.dates.stated, report.dates.page) = (None, None);
        for figure in &mut report.figures {
            *figure = Figure::missing(figure.key.clone(), Reason::TableAbsent);
        }
        for rule in ["report.fee_statement", "report.date", "report.issuer"] {
            assert!(failures(&report, rule).is_empty(), "{rule}");
        }
        // Under no form there are parts that the report announces.
        let mut old = report.clone();
        old.year = Some(2012);
        old.preamble.text = "本报告由概述、主动公开、依申请公开、存在问题等6个部分组成。".to_owned();
        assert!(failures(&old, "report.sections_announced").is_empty());
        old.dates.stated = Date::new(2013, 1, 20).ok();
        assert_eq!(failures(&old, "report.sections_announced").len(), 1);
    }

    #[test]
    fn headings_are_known_in_other_words_and_with_other_numbers() {
        let mut report = county_report();
        report.sections[2].title = "三、行政机关收到和处理政府信息公开申请情况".to_owned();
        report.sections[4].title = "五、政府信息公开工作存在的主要问题及改进措施".to_owned();
        report.sections[5] =
            Section {
                level: 2, title: "（六） 其他需要报告的事项".to_owned(), ..report.sections[5].clone()
            };
        assert!(holds(&report, "report.sections"));
    }

    #[test]
    fn a_heading_in_words_unknown_to_us_is_not_taken_for_an_absent_part() {
        let mut report = county_report();
        report.sections[4].title = "五、困难与打算".to_owned();
        assert!(failures(&report, "report.sections").is_empty() && !holds(&report, "report.sections"));
        report.sections.remove(0);
        assert_eq!(failures(&report, "report.sections").len(), 1);
    }

    #[test]
    fn a_number_that_is_left_out_counts_only_where_all_parts_are_there() {
        let rule = "report.sections_numbering";
        let mut report = county_report();
        report.sections.remove(3);
        assert!(holds(&report, rule));
        let mut report = county_report();
        report.sections[3].title = "五、政府信息公开行政复议、行政诉讼情况".to_owned();
        assert_eq!(failures(&report, rule).len(), 1);
    }
}
