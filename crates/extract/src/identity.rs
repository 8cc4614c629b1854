//! Who reports, for whom, when: title, year, subject, scope, signatory, region and dates.

mod choice;
mod issuer;
mod names;
mod organ;
mod period;
mod region;
mod scope;
mod signature;
mod title;

pub(crate) use title::{body_and_year, is_navigation, is_notice, names_report};

use crate::bodies::{body_rank, is_body_name, is_township, is_zone, kind, rank, region_bytes, region_range};
use crate::captions::Own;
use crate::credit_code;
use crate::dates::{first_date, whole_date};
use crate::fold::is_space;
use crate::lines::{Line, without_spaces};
use crate::needles::Needles;
use gongkai_document::Document;
use gongkai_model::{Body, BodyKind, Date, Dates, Quoted, Rank, RegionText, Scope, ScopeKind, Span};
use memchr::memmem;
use period::Named;
use std::cell::LazyCell;
use std::ops::Range;
use std::sync::LazyLock;
use title::Title;

/// What the running text says of the report as a whole.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    pub(crate) title: Quoted,
    pub(crate) year: Option<u16>,
    pub(crate) subject: Body,
    pub(crate) scope: Scope,
    pub(crate) signatory: Body,
    pub(crate) issuer: Body,
    pub(crate) region: RegionText,
    pub(crate) dates: Dates,
}

/// Lines before the first heading that may hold the title.
const TITLE_LINES_MAX: usize = 40;
/// Lines of text behind the preamble that may say what it left out.
const OPENING_LINES: usize = 8;
/// Bytes of the beginning that may name what contains a place.
const HEAD_BYTES_MAX: usize = 4000;

/// What stands before the first heading, and a little of what follows.
struct Opening<'a> {
    document: &'a Document,
    /// The lines before the first heading.
    head: &'a [Line],
    /// Its paragraphs.
    preamble: Vec<&'a Line>,
    /// The first paragraphs behind them.
    first_text: Vec<&'a Line>,
    title: Title,
    quoted_title: Quoted,
    /// The year of the statistics period.
    of_statistics: Option<u16>,
    year: Option<u16>,
    named: Option<Named>,
    /// Who speaks in the text.
    speakers: organ::Speakers<'a>,
}

impl<'a> Opening<'a> {
    fn of(document: &'a Document, lines: &'a [Line], first_section: Option<usize>) -> Self {
        let head = &lines[..first_section.unwrap_or(lines.len()).min(TITLE_LINES_MAX)];
        let is_paragraph = |line: &&Line| {
            title::TITLE_CHARS_MAX / 2 * '字'.len_utf8() < line.text.len()
                || document.text.slice(&line.text).ends_with('。')
                || announces(document.text.slice(&line.text))
        };
        let preamble: Vec<&Line> = head.iter().filter(is_paragraph).collect();
        let first_text: Vec<&Line> =
            lines[head.len()..].iter().filter(is_paragraph).take(OPENING_LINES).collect();
        let of_statistics = period::statistics_year(document, head)
            .or_else(|| period::statistics_year(document, first_text.iter().copied()));
        let named = period::named_in_preamble(document, &preamble)
            .or_else(|| period::named_in_preamble(document, &first_text));
        let (title, quoted_title) = own_title(document, lines, head, of_statistics);
        let year = None;
        let speakers = organ::Speakers::of(document.text.as_str());
        let mut opening = Self {
            document,
            head,
            preamble,
            first_text,
            title,
            quoted_title,
            of_statistics,
            year,
            named,
            speakers,
        };
        opening.year = opening.year_of(lines);
        opening
    }

    /// The year of the statistics, or else of the title, or else what the text says of itself.
    fn year_of(&self, lines: &[Line]) -> Option<u16> {
        let document = self.document;
        self.of_statistics
            .or(self.title.year)
            .or_else(|| self.named.as_ref().and_then(|named| named.year))
            .or_else(|| period::year_of_report(document, &self.preamble))
            .or_else(|| period::opening_year(document, lines))
            .or_else(|| period::spoken_year(document, lines))
            .or_else(|| period::closing_year(document, lines))
    }

    /// Takes nothing from the title, which is another report's.
    fn disown_title(&mut self, lines: &[Line]) {
        self.title = Title {
            text: std::mem::take(&mut self.title.text),
            range: self.title.range.clone(),
            ..Title::default()
        };
        self.year = self.year_of(lines);
    }
}

/// The title in the text, or else that of the page.
fn own_title(document: &Document, lines: &[Line], head: &[Line], year: Option<u16>) -> (Title, Quoted) {
    let found =
        title::find_title(document, head, year).or_else(|| title::summary_title(document, head, lines));
    let of_page = || document.page.title.as_ref().and_then(title::page_title);
    let page_says = |quoted: &Quoted| title::parse_title(&without_spaces(&quoted.text)).unwrap_or_default();
    match found {
        Some(mut title) => {
            title.year = title.year.or_else(|| title::year_below(document, head, &title.range));
            let quoted = Quoted { text: title.text.clone(), span: Some(document.text.span(&title.range)) };
            // 2020年政府信息公开工作年度报告 below the name of a site, whose page has the whole title.
            if (title.body.is_empty() || title.year.is_none())
                && let Some(page) = of_page().map(|quoted| page_says(&quoted))
                && (title.year.is_none() || page.year.is_none() || title.year == page.year)
            {
                title.body = if title.body.is_empty() { page.body } else { title.body };
                title.year = title.year.or(page.year);
            }
            (title, quoted)
        }
        None => match of_page() {
            Some(quoted) => (page_says(&quoted), quoted),
            None => (Title::default(), Quoted::default()),
        },
    }
}

/// The year and the body of the title alone: what is needed to tell forms apart, and tables of others.
pub(crate) fn own(document: &Document, lines: &[Line]) -> Own {
    let opening = Opening::of(document, lines, None);
    Own { year: opening.year, body: opening.title.body }
}

/// Reads the identity. `first_section` and `last_section` are lines of the first and the last heading.
pub(crate) fn identity(
    document: &Document,
    lines: &[Line],
    first_section: Option<usize>,
    last_section: Option<usize>,
) -> Identity {
    let mut opening = Opening::of(document, lines, first_section);
    let text_of = |quoted: &Option<Quoted>| {
        quoted.as_ref().map(|quoted| without_spaces(&quoted.text)).unwrap_or_default()
    };
    let named_body = opening.named.as_ref().map_or("", |named| &named.body);
    let publisher = text_of(&document.page.publisher);

    let known = [opening.title.body.as_str(), named_body, publisher.as_str()];
    let signature = signature::signature(document, lines, first_section.zip(last_section), &known);
    let others = [named_body, signature.name.as_ref().map_or("", |(name, _)| name)];
    if choice::is_contradicted(document, opening.head, &opening.title, &others) {
        opening.disown_title(lines);
    }
    let title_body = &opening.title.body;
    let named_body = opening.named.as_ref().map_or("", |named| &named.body);
    opening.year = by_dates(&opening, signature.date);
    let cover = || signature::on_cover(document, opening.head, &opening.title.range);
    let signed = signature.name.or_else(cover).or_else(|| office_of_title(&opening));
    let signatory = signed.map(|(name, range)| body(name, Some(document.text.span(&range))));
    let compiler = period::compiler(document, &opening.preamble)
        .or_else(|| period::compiler(document, &opening.first_text))
        .or_else(|| {
            period::compiler(document, &unwrapped(document, opening.head).iter().collect::<Vec<_>>())
        });
    let issuer = signatory.clone().or_else(|| issuer::stated(&opening, compiler.as_ref(), &publisher));
    let credit_code = own_credit_code(&opening, lines);

    let signed = signatory.as_ref().map_or("", |signatory| &signatory.name);
    let compiled = compiler.as_ref().map_or("", |(name, _)| name);
    // 甲市乙区、丙区 are two divisions.
    let is_area = |name: &str| !name.is_empty() && region_bytes(name) == name.len();
    let has_several = title_body.split_once('、').is_some_and(|(one, other)| is_area(one) && is_area(other));
    let titled = if has_several { "" } else { title_body.as_str() };
    let mut names = vec![titled, signed, named_body, compiled];
    // 市教育局 in the title, 某市教育局 in the text.
    let completed = names::in_text(title_body, document.text.as_str());
    names.extend(completed);
    let source = text_of(&document.page.source);
    // Most reports name who reports in their title.
    let others = LazyCell::new(|| names::further_names(&opening));
    if names.iter().all(|name| region_range(name).is_empty() && body_rank(name) != Rank::National) {
        names.extend(others.iter().filter_map(|name| names::in_text(name, document.text.as_str())));
        names.extend(others.iter().map(String::as_str));
        // A bureau is in the area on whose page its report stands; a township lies somewhere in it.
        if !organ::is_township_speaking(document.text.as_str()) {
            names.extend([publisher.as_str(), source.as_str()]);
        }
    }
    let page_title = text_of(&document.page.title);
    let context =
        [opening.title.text.as_str(), signed, &publisher, &source, &page_title, opening_text(&opening)];
    let region = region::region(document, lines, &names, &context, opening.year, &credit_code);
    let issuer = issuer
        .or_else(|| issuer::of_township(&opening, compiler.as_ref()))
        .map(|issuer| issuer::in_full(issuer, &region.text.name, document, signatory.is_some()))
        .or_else(|| issuer::by_page(&opening, &region.text.name))
        .or_else(|| issuer::around(&opening, &others, &region.text.name));

    let mut identity = Identity {
        title: opening.quoted_title.clone(),
        year: opening.year,
        issuer: issuer.unwrap_or_default(),
        signatory: signatory.unwrap_or_default(),
        region: region.text,
        dates: Dates {
            stated: signature.date.filter(|date| is_after(*date, opening.year)),
            page: page_date(&opening),
        },
        ..Identity::default()
    };
    let (subject, area_quote) = subject(&identity, &opening);
    identity.subject = names::completed(subject, document);
    if identity.subject.name.is_empty() {
        identity.subject = names::subject_around(&opening, &others, &identity.region.name);
    }
    // Who puts together what all parts of an area did reports for its government.
    let may_act_for_area = identity.subject.kind == BodyKind::GeneralOffice
        || names::is_in_charge(&identity.subject.name, document.text.as_str());
    if may_act_for_area && title_body.is_empty() && named_body.is_empty() && !identity.region.name.is_empty()
    {
        let office = Body { kind: BodyKind::GeneralOffice, ..identity.subject.clone() };
        let scope = scope::scope(document, &opening.preamble, &office, None, None);
        if matches!(scope.kind, ScopeKind::WholeArea) {
            let own = &identity.subject.name[region_range(&identity.subject.name)];
            identity.subject = government(if own.is_empty() { &identity.region.name } else { own });
        }
    }
    organ::give_kind(&mut identity, document);
    give_ranks(&mut identity, region.rank, document, lines);
    give_code(&mut identity, &credit_code);
    let note = Some((opening.title.note.as_str(), opening.title.range.clone()))
        .filter(|(note, range)| !note.is_empty() && !range.is_empty());
    let says_scope: Vec<&Line> = opening.preamble.iter().copied().chain(limits(document, lines)).collect();
    identity.scope = scope::scope(document, &says_scope, &identity.subject, area_quote, note);
    identity
}

/// Whether a short line says that the report follows: 现将甲局2021年政府信息公开工作情况报告如下：.
fn announces(line: &str) -> bool {
    line.trim_end_matches(['：', ':']).ends_with("如下")
}

/// The paragraphs that were broken into lines of a page's width: lines of some length, none of which ends a sentence but the
/// last.
fn unwrapped(document: &Document, head: &[Line]) -> Vec<Line> {
    const WIDTH: Range<usize> = 15..60;
    let text = |line: &Line| document.text.slice(&line.text);
    let goes_on = |line: &Line| WIDTH.contains(&text(line).chars().count()) && !text(line).ends_with('。');
    let mut paragraphs: Vec<Line> = Vec::new();
    let mut is_open = false;
    for line in head {
        match paragraphs.last_mut().filter(|_| is_open) {
            Some(paragraph) => paragraph.text.end = line.text.end,
            None => paragraphs.push(line.clone()),
        }
        is_open = goes_on(line);
    }
    paragraphs
}

/// The office by which a bureau reports in its title: 甲局办公室关于…情况的报告.
fn office_of_title(opening: &Opening<'_>) -> Option<(String, Range<usize>)> {
    let (office, title) = (&opening.title.body, &opening.title);
    let reports = title.text.strip_prefix(office.as_str()).is_some_and(|rest| rest.starts_with("关于"));
    let bureau = names::without_inner_office(office, opening.document.text.as_str());
    (reports && bureau.len() < office.len() && !title.range.is_empty())
        .then(|| (office.clone(), title.range.clone()))
}

/// Notes anywhere that limit what is counted: 注：以上数据仅为市政府本级.
fn limits<'a>(document: &'a Document, lines: &'a [Line]) -> impl Iterator<Item = &'a Line> {
    const NOTES: [&str; 4] = ["注", "备注", "说明", "附注"];
    lines.iter().filter(|line| {
        let text = document.text.slice(&line.text);
        let note = NOTES.iter().find_map(|note| text.strip_prefix(note));
        note.is_some_and(|rest| rest.starts_with(['：', ':']) && rest.contains('仅') && rest.contains("数据"))
    })
}

/// The year, by the date of signing where nothing else gives it, or where the title contradicts the period of the
/// statistics. The page's date is that of the site, which may have moved since.
///
/// Reports are due by 31 January (departments) or 31 March (governments) of the year that follows (Regulations of 2019,
/// article 49; by 31 March under those of 2007, article 31).
fn by_dates(opening: &Opening<'_>, signed: Option<Date>) -> Option<u16> {
    const MONTHS_AFTER: u8 = 4;
    /// The year of the first reports under the Regulations, in force from 1 May 2008.
    const FIRST_YEAR: u16 = 2008;
    let before = |date: Date| Some(date.year() - 1).filter(|_| date.month() <= MONTHS_AFTER);
    let by_date = signed.and_then(before);
    match (opening.of_statistics, opening.title.year) {
        // The period is often left over from the report of the year before: the date tells which of the two is.
        (Some(period), Some(title)) if period != title && by_date == Some(title) => Some(title),
        // 自2002年1月1日 in a report that its title says is on 2022.
        (Some(period), Some(title)) if period < FIRST_YEAR && FIRST_YEAR <= title => Some(title),
        // What sentences of this year's first months speak of may be this year or the one that is reported on.
        (None, None) if opening.named.as_ref().is_none_or(|named| named.year.is_none()) => {
            let is_open =
                opening.year.is_some() && opening.year == signed.map(|date| date.year()) && by_date.is_some();
            if is_open { None } else { opening.year.or(by_date) }
        }
        _ => opening.year.or(by_date),
    }
}

/// The date of publication: labelled, also in the cells of a table, or on a line of its own above the text.
fn page_date(opening: &Opening<'_>) -> Option<Date> {
    const FURNITURE: [&str; 7] = ["来源", "浏览", "字体", "字号", "点击", "打印", "作者"];
    const LINE_BYTES_MAX: usize = 150;
    let document = opening.document;
    let labelled = document.page.published.as_ref().and_then(|published| first_date(&published.text));
    let in_cells = || labelled_date(opening_text(opening)).filter(|date| is_after(*date, opening.year));
    labelled.or_else(in_cells).or_else(|| {
        opening.head.iter().map(|line| document.text.slice(&line.text)).find_map(|text| {
            let text = text.trim_end_matches(|c: char| c == '|' || is_space(c));
            if LINE_BYTES_MAX < text.len() {
                return None;
            }
            let furniture =
                || FURNITURE.iter().any(|word| text.contains(word)).then(|| first_date(text)).flatten();
            whole_date(text).or_else(furniture).filter(|date| is_after(*date, opening.year))
        })
    })
}

/// The date in the cell behind a label of the page: 发布日期 | 2020-01-09 |.
fn labelled_date(text: &str) -> Option<Date> {
    static LABELS: LazyLock<Needles> = LazyLock::new(|| {
        Needles::new(&[
            "发布日期",
            "发布时间",
            "公开日期",
            "发文日期",
            "公开时间",
            "生成日期",
            "成文日期",
            "发布于",
        ])
    });
    const DATE_CHARS_MAX: usize = 20;
    // What all of the labels end with.
    if !["日期", "时间", "发布于"].iter().any(|end| memmem::find(text.as_bytes(), end.as_bytes()).is_some())
    {
        return None;
    }
    LABELS.matches_by_word(text).find_map(|(at, label)| {
        let behind =
            text[at + label.len()..].trim_start_matches(|c: char| is_space(c) || "]】|：:\n".contains(c));
        let end = behind.char_indices().nth(DATE_CHARS_MAX).map_or(behind.len(), |(byte, _)| byte);
        let date = &behind[..end];
        date.starts_with(|c: char| c.is_ascii_digit()).then(|| first_date(date)).flatten()
    })
}

/// A date before the end of the year that is reported on is that of something else. Some sign in the last days of it.
fn is_after(date: Date, year: Option<u16>) -> bool {
    year.is_none_or(|year| {
        year < date.year() || (year == date.year() && date.month() == 12 && 15 <= date.day())
    })
}

fn body(name: String, span: Option<Span>) -> Body {
    Body { rank: body_rank(&name), kind: kind(&name), span, name, credit_code: String::new() }
}

/// The credit code in the address, in the index number, or behind its label around the report.
fn own_credit_code(opening: &Opening<'_>, lines: &[Line]) -> String {
    const LABEL: &str = "信用代码";
    const TAIL_LINES: usize = 6;
    let document = opening.document;
    let address = document.address.as_deref().and_then(credit_code::find);
    let index = || document.page.index_number.as_ref().and_then(|number| credit_code::find(&number.text));
    let labelled = || {
        let tail = &lines[lines.len().saturating_sub(TAIL_LINES)..];
        let lines = opening.head.iter().chain(tail).map(|line| document.text.slice(&line.text));
        lines.filter(|line| line.contains(LABEL)).find_map(credit_code::find)
    };
    address.or_else(index).or_else(labelled).unwrap_or_default()
}

/// The code is that of the body that publishes: the issuer, and the subject where that is the same.
fn give_code(identity: &mut Identity, code: &str) {
    let owner = if identity.issuer.name.is_empty() { &identity.subject } else { &identity.issuer };
    let owner = owner.name.clone();
    for body in [&mut identity.subject, &mut identity.signatory, &mut identity.issuer] {
        if body.name == owner && !owner.is_empty() {
            code.clone_into(&mut body.credit_code);
        }
    }
}

/// The text up to the first heading, and a little more.
fn opening_text<'a>(opening: &Opening<'a>) -> &'a str {
    let end = opening.first_text.last().or(opening.preamble.last()).map_or(0, |line| line.text.end);
    let mut end = end.min(HEAD_BYTES_MAX);
    let text = opening.document.text.as_str();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whose work is counted, and the words that name an area instead of an organ.
fn subject(identity: &Identity, opening: &Opening<'_>) -> (Body, Option<Range<usize>>) {
    let document = opening.document;
    let (title_body, named) = (&opening.title.body, opening.named.as_ref());
    let is_area = |name: &str| !name.is_empty() && region_bytes(name) == name.len();
    // The region in its longest form names the government best.
    let area_of = |name: &str| {
        if identity.region.name.ends_with(name) { identity.region.name.clone() } else { name.to_owned() }
    };
    let named_area = named.filter(|named| is_area(&named.body));
    if is_area(title_body) {
        let mut subject = government(&area_of(title_body));
        subject.span = identity.title.span.clone();
        return (subject, None);
    }
    if let Some(named) = named_area
        && matches!(kind(title_body), BodyKind::GeneralOffice | BodyKind::Government | BodyKind::Other)
        && !names::is_unknown(title_body)
    {
        let mut subject = government(&area_of(&named.body));
        subject.span = Some(document.text.span(&named.quote));
        // The name of an area tells what is covered only beside that of its organ in the title.
        return (subject, (!title_body.is_empty()).then(|| named.quote.clone()));
    }
    // 市教育局 in the title, 某市教育局 in the text: the longer name tells more.
    let longer = named.filter(|named| named.body.ends_with(title_body.as_str()) && is_body_name(&named.body));
    if let Some(named) = longer {
        return (body(named.body.clone(), Some(document.text.span(&named.quote))), None);
    }
    // 甲局办公室关于…的报告: the office writes for its bureau.
    let title_body = &names::without_inner_office(title_body, document.text.as_str()).to_owned();
    if is_body_name(title_body) {
        let at = document.text.as_str();
        if let Some(whole) = names::in_text(title_body, at).filter(|whole| is_body_name(whole)) {
            let begin = whole.as_ptr() as usize - at.as_ptr() as usize;
            return (body(whole.to_owned(), Some(document.text.span(&(begin..begin + whole.len())))), None);
        }
        if identity.signatory.name.ends_with(title_body.as_str()) {
            return (identity.signatory.clone(), None);
        }
        return (body(title_body.clone(), identity.title.span.clone()), None);
    }
    if let Some(named) = named.filter(|named| is_body_name(&named.body)) {
        return (body(named.body.clone(), Some(document.text.span(&named.quote))), None);
    }
    // The government on whose site it stands does not report for whom the title names.
    let is_of_area = matches!(identity.issuer.kind, BodyKind::Government | BodyKind::GeneralOffice)
        || identity.issuer.name.is_empty();
    if is_of_area && names::is_unknown(title_body) {
        let unknown = body(title_body.clone(), identity.title.span.clone());
        return (Body { rank: Rank::Unknown, ..unknown }, None);
    }
    if is_area(&identity.issuer.name) && is_township(&identity.issuer.name) {
        return (government(&area_of(&identity.issuer.name)), None);
    }
    // The body in charge publishes for its government.
    let text = document.text.as_str();
    let speaks_of_area =
        identity.region.name.chars().last().is_some_and(|kind| text.contains(&format!("我{kind}")));
    if identity.signatory.name.is_empty()
        && speaks_of_area
        && names::is_in_charge(&identity.issuer.name, text)
    {
        return (government(&identity.region.name), None);
    }
    (identity.issuer.clone(), None)
}

/// The government of an area; the area's own name where that is a zone.
fn government(area: &str) -> Body {
    let name = if area.ends_with("街道") {
        format!("{area}办事处")
    } else if area.ends_with('街') {
        format!("{area}道办事处")
    } else if is_zone(area) && rank(area) == Rank::Unknown {
        area.to_owned()
    } else if area.ends_with(['盟']) || area.ends_with("地区") {
        // Its organ is sent by the government above.
        format!("{area}行政公署")
    } else {
        format!("{area}人民政府")
    };
    body(name, None)
}

/// What the name of a body says without a document: its rank and kind, and its division.
pub(crate) fn of_name(
    name: &str,
    year: Option<u16>,
    context: &[&str],
    host: Option<&str>,
) -> (Body, RegionText) {
    let region = region::region_of_body(name, year, context, host);
    let mut body = body(name.to_owned(), None);
    if region.rank != Rank::Unknown && has_rank(&body) {
        body.rank = region.rank;
    }
    (body, region.text)
}

/// Whether the rank of its division is that of a body, too.
fn has_rank(body: &Body) -> bool {
    !matches!(body.kind, BodyKind::Other | BodyKind::DevelopmentZone) && !body.name.is_empty()
}

/// Gives the bodies of the region the rank that the official lists give it; without one, what the text says of a 市.
fn give_ranks(identity: &mut Identity, listed: Rank, document: &Document, lines: &[Line]) {
    let region = identity.region.name.clone();
    let is_own = |name: &str| {
        let own = &name[region_range(name)];
        let abbreviated = own.is_empty() && body_rank(name) == Rank::Unknown;
        !region.is_empty() && (abbreviated || region.ends_with(own) || own.ends_with(region.as_str()))
    };
    for body in [&mut identity.subject, &mut identity.signatory, &mut identity.issuer] {
        if listed != Rank::Unknown && has_rank(body) && is_own(&body.name) {
            body.rank = listed;
        }
    }
    if identity.subject.rank == Rank::Unknown && region.ends_with('市') && has_rank(&identity.subject) {
        identity.subject.rank = rank_by_text(document, lines);
    }
}

/// The rank of a 市 from what the text says lies below it.
fn rank_by_text(document: &Document, lines: &[Line]) -> Rank {
    const COUNTIES: [&str; 11] = [
        "县（区）",
        "县(区)",
        "各县区",
        "各县（市",
        "县区人民政府",
        "市直各",
        "县（市、区）",
        "市、县两级",
        "市县两级",
        "各区县",
        "县（市）",
    ];
    let says = |words: &[&str]| {
        lines.iter().any(|line| words.iter().any(|word| document.text.slice(&line.text).contains(word)))
    };
    if says(&COUNTIES) {
        Rank::Prefecture
    } else if says(&["各乡镇", "乡镇（街道）", "镇（街道）", "各镇", "各街道"]) && !says(&["各县", "县区"])
    {
        Rank::County
    } else {
        Rank::Unknown
    }
}
