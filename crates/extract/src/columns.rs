//! The columns of a table whose only column of values may stand several times: for the year and for all years so far,
//! for a government, its departments and its townships. The headings over the table say which there are.

mod sides;

pub(crate) use sides::{has_odd_codes, is_joined, leave_sides, take_sides};

use crate::align::{Folded, shows_blanks};
use crate::cell::Content;
use crate::fold::{fold, fold_without_notes, is_numeral};
use crate::rows::Shape;
use crate::slots::HeaderPlace;
use crate::word_map::WordMap;
use gongkai_forms::{TableBlock, ValueColumns};
use gongkai_model::{Period, Portion};

/// What a column counts.
pub(crate) type Dimension = (Period, Portion);

/// The column of a form's own cells.
pub(crate) const BASE: Dimension = (Period::ThisYear, Portion::All);

/// Rows above the first row of the table in which its headings are looked for.
const HEADER_ROWS: usize = 8;
/// More columns than this are another table.
const COLUMNS_MAX: usize = 12;
/// Years that a heading may name.
const YEARS: std::ops::RangeInclusive<u16> = 2000..=2099;

/// What the headings of a form's value columns look like when folded.
#[derive(Debug)]
pub(crate) struct Headings {
    words: WordMap<Heading>,
    numbers: Vec<String>,
    periods: Vec<(String, Period)>,
    /// The columns in the order of their figures.
    order: Vec<Dimension>,
    /// The names of chapters, without their numbers.
    chapters: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    /// Over the labels of the rows.
    Labels,
    /// Over the units of the rows.
    Units,
    /// Over numbers that are no values.
    Codes,
    /// Over values.
    Values(Counted),
}

/// What a heading says of its column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    period: Option<Period>,
    portion: Option<Portion>,
    year: Option<u16>,
    /// Whether it says that it adds up: 本年累计 beside 本期.
    is_sum: bool,
}

impl Counted {
    /// Whether it says nothing but that it counts this year, so that a year before it is its own.
    fn may_have_year(self) -> bool {
        self.year.is_none() && self.portion.is_none() && matches!(self.period, None | Some(Period::ThisYear))
    }

    /// What two headings say together: a heading and the one over it.
    fn and(self, other: Self) -> Self {
        Self {
            period: self.period.or(other.period),
            portion: self.portion.or(other.portion),
            year: self.year.or(other.year),
            is_sum: self.is_sum || other.is_sum,
        }
    }
}

/// The columns of values of one table as it stands in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueLayout {
    /// What each column counts, from left to right; none for one that no figure is made of.
    pub(crate) columns: Vec<Option<Dimension>>,
    /// Whether headings say so. Otherwise one column is taken for granted, as long as no row has two values.
    pub(crate) is_headed: bool,
    /// Whether the headings leave open which column is the year's.
    pub(crate) is_doubtful: bool,
    /// Whether numbers that are no values stand before the labels, or behind them.
    codes: Option<Side>,
    /// Whether the units stand between the labels and the values.
    has_units_first: bool,
    /// The place of the first column.
    header: Option<HeaderPlace>,
    /// The physical row in which the table begins: that of its headings, or of its first label.
    pub(crate) row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    Behind,
}

impl ValueLayout {
    /// One column, as long as nothing says otherwise.
    fn assumed(row: usize) -> Self {
        Self {
            columns: vec![Some(BASE)],
            is_headed: false,
            is_doubtful: false,
            codes: None,
            has_units_first: false,
            header: None,
            row,
        }
    }

    /// The place of the first column's heading.
    pub(crate) fn header_place(&self) -> Option<HeaderPlace> {
        self.header
    }

    /// How much the headings speak for the form.
    pub(crate) fn score(&self) -> u32 {
        if self.is_headed { 1 + self.columns.len() as u32 } else { 0 }
    }
}

/// One heading and the physical columns it stands over.
#[derive(Clone, Copy, Debug)]
struct Placed {
    heading: Option<Heading>,
    columns: (u32, u32),
}

impl Headings {
    /// Folds the headings of a table; none for a table whose columns are the form's own.
    pub(crate) fn of(block: &TableBlock) -> Option<Self> {
        let values = block.values.as_ref()?;
        let ValueColumns { units, codes, numbers, periods, portions } = values;
        let mut words = WordMap::default();
        let mut add = |labels: &[String], heading: Heading| {
            words.extend(labels.iter().map(|label| (fold(label), heading)));
        };
        add(&block.header_labels, Heading::Labels);
        add(units, Heading::Units);
        add(codes, Heading::Codes);
        add(numbers, Heading::Values(Counted::default()));
        for period in periods {
            for label in &period.labels {
                let is_sum = label.contains("累计");
                let counted = Counted { period: Some(period.meaning), is_sum, ..Counted::default() };
                add(std::slice::from_ref(label), Heading::Values(counted));
            }
        }
        for portion in portions {
            let counted = Counted { portion: Some(portion.meaning), ..Counted::default() };
            add(&portion.labels, Heading::Values(counted));
        }
        let with_meaning = |period: &gongkai_forms::Words<Period>| {
            period.labels.iter().map(|label| (fold(label), period.meaning)).collect::<Vec<_>>()
        };
        let mut periods: Vec<_> = periods.iter().flat_map(with_meaning).collect();
        // The longest first: 本年度 before 本年.
        periods.sort_by_key(|(label, _)| std::cmp::Reverse(label.len()));
        let mut numbers: Vec<String> = numbers.iter().map(|label| fold(label)).collect();
        numbers.sort_by_key(|label| std::cmp::Reverse(label.len()));
        let bare = |label: &String| fold(label).trim_start_matches(is_numeral).to_owned();
        let chapters = block.row_banners.iter().flat_map(|banner| &banner.labels).map(bare).collect();
        Some(Self { words, numbers, periods, order: values.all().collect(), chapters })
    }

    /// The columns other than the form's own that any of `layouts` has, in the order of their figures.
    pub(crate) fn others(&self, layouts: &[ValueLayout]) -> Vec<Dimension> {
        let shows = |dimension: &Dimension| {
            *dimension != BASE && layouts.iter().any(|layout| layout.columns.contains(&Some(*dimension)))
        };
        self.order.iter().copied().filter(shows).collect()
    }

    /// What a folded heading says.
    fn heading(&self, folded: &str) -> Option<Heading> {
        if let Some(known) = self.words.get(folded) {
            return Some(*known);
        }
        let (year, rest) = leading_year(folded);
        let counted = self.counted(rest)?;
        (year.is_some() || !rest.is_empty()).then_some(Heading::Values(Counted { year, ..counted }))
    }

    /// What words that may be put together say: a time, a part of the work, and that it is a number.
    fn counted(&self, folded: &str) -> Option<Counted> {
        if folded.is_empty() {
            return Some(Counted::default());
        }
        if let Some(Heading::Values(counted)) = self.words.get(folded) {
            return Some(*counted);
        }
        for (label, period) in &self.periods {
            if let Some(rest) = folded.strip_prefix(label.as_str())
                && let Some(counted) = self.counted(rest)
                && counted.period.is_none()
            {
                let is_sum = counted.is_sum || label.contains("累计");
                return Some(Counted { period: Some(*period), is_sum, ..counted });
            }
        }
        self.numbers.iter().find_map(|number| {
            let rest = folded.strip_suffix(number.as_str()).filter(|rest| !rest.is_empty())?;
            self.counted(rest)
        })
    }

    /// The columns of the table whose first row has its label at field `first`. `year` is the report's.
    pub(crate) fn layout(
        &self,
        folded: &Folded<'_>,
        first: usize,
        year: impl Fn() -> Option<u16>,
    ) -> ValueLayout {
        let fields = &folded.rows.fields;
        let rows = &folded.rows.rows;
        let Some(row) = fields.get(first).map(|field| field.row) else { return ValueLayout::assumed(0) };
        // In a line without separators, where one heading ends and the next begins is not to be seen in its pieces.
        let begin = fields[first].text.start;
        let before = first.checked_sub(1).map(|before| fields[before].text.end);
        let is_joined = before
            .is_some_and(|end| end <= begin && !folded.document.text.slice(&(end..begin)).contains('\n'))
            && rows[row].shape == Shape::Loose
            && fields[first - 1].row < row;
        if is_joined {
            return self.of_line(folded, begin, row, year);
        }
        let mut lines: Vec<(usize, Heading)> = Vec::new();
        for above in (row.saturating_sub(2 * HEADER_ROWS)..row).rev() {
            if rows[row].shape == Shape::Grid && rows[above].block != rows[row].block {
                break;
            }
            let placed = self.row(folded, above);
            if placed.len() == 1 {
                match placed[0].heading {
                    Some(heading) => lines.push((rows[above].fields.start, heading)),
                    // Words between the headings and the first row are the name of its chapter.
                    None if lines.is_empty() => {}
                    None => break,
                }
                continue;
            }
            if !lines.is_empty() {
                break;
            }
            if row < above + HEADER_ROWS && is_header(&placed) {
                return self.of_row(folded, above, placed, year);
            }
        }
        lines.reverse();
        let placed: Vec<Placed> = (0..)
            .zip(&lines)
            .map(|(at, (_, heading))| Placed { heading: Some(*heading), columns: (at, at + 1) })
            .collect();
        match lines.first() {
            Some((field, _)) if is_header(&placed) => finish(&placed, None, fields[*field].row, false, year),
            Some(_) | None => self.of_line(folded, begin, row, year),
        }
    }

    /// The columns of a table whose first label begins at `label`, in one line with the headings.
    fn of_line(
        &self,
        folded: &Folded<'_>,
        label: usize,
        row: usize,
        year: impl Fn() -> Option<u16>,
    ) -> ValueLayout {
        let (placed, is_ambiguous) = self.joined_before(folded, label);
        if !is_header(&placed) {
            return ValueLayout::assumed(row);
        }
        let layout = finish(&placed, None, row, false, year);
        // The list number of the next row stands right behind the values of this one.
        let is_doubtful = layout.is_doubtful || is_ambiguous || layout.codes.is_some();
        ValueLayout { is_doubtful, ..layout }
    }

    /// The headings that end right before `end` where nothing stands between them: 指标名称计量单位2016年度历年累计. The name of a
    /// chapter may follow them. Also whether they may be parted otherwise.
    fn joined_before(&self, folded: &Folded<'_>, end: usize) -> (Vec<Placed>, bool) {
        const CHARS_MAX: usize = 90;
        let text = folded.document.text.slice(&(0..end));
        let start = text.char_indices().rev().nth(CHARS_MAX).map_or(0, |(at, _)| at);
        let tail = fold(&text[start..]);
        let mut rest = tail.as_str();
        while let Some(before) = longest_suffix(rest, self.chapters.iter().map(String::as_str)) {
            rest = rest[..before].trim_end_matches(is_numeral);
        }
        let mut headings: Vec<Heading> = Vec::new();
        let mut is_ambiguous = false;
        while headings.len() < COLUMNS_MAX {
            let begin = longest_suffix(rest, self.words.keys().map(String::as_str));
            let heading = match begin {
                Some(begin) => {
                    let heading = self.words.get(&rest[begin..]).copied();
                    is_ambiguous |= self.may_be_two(&rest[begin..]);
                    rest = &rest[..begin];
                    heading
                }
                None => None,
            };
            let (year, before) = trailing_year(rest);
            let heading = match (heading, year) {
                (None, None) => break,
                (None, Some(year)) => Heading::Values(Counted { year: Some(year), ..Counted::default() }),
                // 2016年度, 2016年统计数; but 2016年 and 历年累计.
                (Some(Heading::Values(counted)), Some(year)) if counted.may_have_year() => {
                    Heading::Values(Counted { year: Some(year), ..counted })
                }
                (Some(heading), _) => heading,
            };
            if let Heading::Values(Counted { year: Some(_), .. }) = heading {
                rest = before;
            }
            // 政府统计数: what only says "number" belongs to what stands before it.
            match (headings.last_mut(), heading) {
                (Some(last), Heading::Values(counted))
                    if *last == Heading::Values(Counted::default()) && counted != Counted::default() =>
                {
                    *last = heading;
                }
                (Some(_) | None, _) => headings.push(heading),
            }
            if heading == Heading::Labels {
                let is_code = |word: &&String| self.words.get(*word) == Some(&Heading::Codes);
                let codes = self.words.keys().filter(is_code).map(String::as_str);
                headings.extend(longest_suffix(rest, codes).map(|_| Heading::Codes));
                break;
            }
        }
        headings.reverse();
        let places = (0..).zip(headings);
        let placed =
            places.map(|(at, heading)| Placed { heading: Some(heading), columns: (at, at + 1) }).collect();
        (placed, is_ambiguous)
    }

    /// Whether a heading may as well be two that count different things: 政府部门, 本年累计.
    fn may_be_two(&self, folded: &str) -> bool {
        let dimension = |words: &str| match self.words.get(words) {
            Some(Heading::Values(counted)) if *counted != Counted::default() => {
                Some((counted.period, counted.portion))
            }
            Some(_) | None => None,
        };
        let splits = folded.char_indices().skip(1).map(|(at, _)| folded.split_at(at));
        splits
            .filter_map(|(one, other)| dimension(one).zip(dimension(other)))
            .any(|(one, other)| one != other)
    }

    /// The headings of a line over those of line `lower`, each with the empty fields behind it that it goes on over. None
    /// where the two lines do not have the same fields, or where anything else stands there.
    fn groups_in_line(&self, folded: &Folded<'_>, line: usize, lower: usize) -> Option<Vec<Placed>> {
        let rows = &folded.rows.rows;
        let (line_row, lower_row) = (rows.get(line)?, rows.get(lower)?);
        let is_alike = shows_blanks(line_row.shape)
            && line_row.shape == lower_row.shape
            && line_row.fields.len() == lower_row.fields.len()
            && lower_row.block <= line_row.block + 1;
        let mut groups = self.row(folded, line);
        if !is_alike || groups.len() < 2 || groups.iter().any(|group| group.heading.is_none()) {
            return None;
        }
        let end = folded.rows.fields.get(line_row.fields.end.checked_sub(1)?)?.column_end;
        let nexts: Vec<u32> = groups.iter().skip(1).map(|group| group.columns.0).chain([end]).collect();
        for (group, next) in groups.iter_mut().zip(nexts) {
            group.columns.1 = next;
        }
        Some(groups)
    }

    /// The headings of a physical row, its empty fields left out.
    fn row(&self, folded: &Folded<'_>, row: usize) -> Vec<Placed> {
        let fields = &folded.rows.fields;
        let range = folded.rows.rows[row].fields.clone();
        range
            .filter(|&field| fields[field].content != Content::Blank)
            .map(|field| {
                let text = folded.document.text.slice(&fields[field].text);
                let heading = match &fields[field].content {
                    Content::Words if text.len() <= 60 => {
                        self.heading(&fold(text)).or_else(|| self.heading(&fold_without_notes(text)))
                    }
                    Content::Number(_) => year_of(text)
                        .map(|year| Heading::Values(Counted { year: Some(year), ..Counted::default() })),
                    Content::Words | Content::Blank | Content::Mark | Content::Numbers => None,
                };
                Placed { heading, columns: (fields[field].column, fields[field].column_end) }
            })
            .collect()
    }

    /// The columns under a row of headings, and under the row above it where that one says more of them.
    fn of_row(
        &self,
        folded: &Folded<'_>,
        row: usize,
        mut placed: Vec<Placed>,
        year: impl Fn() -> Option<u16>,
    ) -> ValueLayout {
        let rows = &folded.rows.rows;
        let mut codes_above = None;
        if let Some(above) = row.checked_sub(1)
            && let Some(groups) = match rows[row].shape {
                Shape::Grid => (rows[above].block == rows[row].block).then(|| self.row(folded, above)),
                Shape::Delimited | Shape::Loose => self.groups_in_line(folded, above, row),
            }
        {
            codes_above = codes(&groups);
            for lower in &mut placed {
                let over = groups
                    .iter()
                    .find(|group| group.columns.0 <= lower.columns.0 && lower.columns.1 <= group.columns.1);
                if let (Some(Heading::Values(own)), Some(Heading::Values(over))) =
                    (lower.heading, over.and_then(|over| over.heading))
                {
                    lower.heading = Some(Heading::Values(own.and(over)));
                }
            }
        }
        let place = |column: u32| HeaderPlace {
            column,
            row_fields: rows[row].fields.len(),
            in_grid: rows[row].shape == Shape::Grid,
        };
        let is_over_values = |placed: &&Placed| matches!(placed.heading, Some(Heading::Values(_)));
        let header = placed.iter().find(is_over_values).map(|placed| place(placed.columns.0));
        let mut layout = finish(&placed, header, row, shows_blanks(rows[row].shape), year);
        layout.codes = layout.codes.or(codes_above);
        layout
    }
}

/// Whether a row of headings stands over values: two say so, or one beside a heading of labels or units.
fn is_header(placed: &[Placed]) -> bool {
    let values = placed.iter().filter(|placed| matches!(placed.heading, Some(Heading::Values(_)))).count();
    let others = placed.iter().any(|placed| matches!(placed.heading, Some(Heading::Labels | Heading::Units)));
    placed.len() <= COLUMNS_MAX && (2 <= values || (1 <= values && others))
}

fn codes(placed: &[Placed]) -> Option<Side> {
    let is = |kind: Heading| move |placed: &Placed| placed.heading == Some(kind);
    let codes = placed.iter().position(is(Heading::Codes))?;
    // The labels are in the last column of labels: chapters may stand in one before the codes.
    let labels = placed.iter().rposition(is(Heading::Labels));
    Some(if labels.is_none_or(|labels| codes < labels) { Side::Before } else { Side::Behind })
}

/// What each column from the first of values on counts.
fn finish(
    placed: &[Placed],
    header: Option<HeaderPlace>,
    row: usize,
    shows_blanks: bool,
    year: impl Fn() -> Option<u16>,
) -> ValueLayout {
    let first = placed.iter().position(|placed| matches!(placed.heading, Some(Heading::Values(_))));
    let counted: Vec<Option<Counted>> = placed[first.unwrap_or(placed.len())..]
        .iter()
        .map(|placed| match placed.heading {
            Some(Heading::Values(counted)) => Some(counted),
            Some(Heading::Labels | Heading::Units | Heading::Codes) | None => None,
        })
        .collect();
    let years: Vec<u16> = counted.iter().flatten().filter_map(|counted| counted.year).collect();
    let reported = if years.is_empty() { None } else { year() };
    let mut is_doubtful = false;
    let mut columns: Vec<Option<Dimension>> = counted
        .iter()
        .map(|counted| {
            let Counted { period, portion, year, is_sum: _ } = (*counted)?;
            let period = match (period, year, reported) {
                (Some(period), None, _) => period,
                (None, None, _) => Period::ThisYear,
                // 2016年累计: that year's, month by month.
                (Some(Period::ThisYear | Period::Cumulative) | None, Some(year), Some(reported)) => {
                    is_doubtful |= reported < year;
                    if year < reported { Period::Earlier } else { Period::ThisYear }
                }
                (_, Some(year), None) => {
                    is_doubtful |= years.iter().any(|other| *other != year);
                    Period::ThisYear
                }
                (Some(period), Some(_), Some(_)) => period,
            };
            Some((period, portion.unwrap_or_default()))
        })
        .collect();
    // A last column without values (备注) is there in every row that shows its cells, and in no other.
    while !shows_blanks && columns.last().is_some_and(Option::is_none) {
        columns.pop();
    }
    for at in 0..columns.len() {
        let Some(dimension) = columns[at] else { continue };
        let same: Vec<usize> = (at..columns.len()).filter(|&it| columns[it] == Some(dimension)).collect();
        if same.len() < 2 {
            continue;
        }
        // Two columns of the same: a sum for the year is the year's, whatever stands beside it. Else it is not said.
        let sums: Vec<usize> =
            same.iter().copied().filter(|&it| counted[it].is_some_and(|counted| counted.is_sum)).collect();
        is_doubtful |= dimension == BASE && sums.len() != 1;
        for it in same {
            if sums.len() == 1 && sums != [it] || dimension != BASE {
                columns[it] = None;
            }
        }
    }
    let has_units_first =
        placed[..first.unwrap_or(0)].iter().any(|placed| placed.heading == Some(Heading::Units));
    ValueLayout { columns, is_headed: true, is_doubtful, codes: codes(placed), has_units_first, header, row }
}

/// The year that words begin with, and the rest of them: 2016年度统计数.
fn leading_year(folded: &str) -> (Option<u16>, &str) {
    let Some(year) = folded.get(..4).and_then(year_of) else { return (None, folded) };
    let rest = &folded[4..];
    let rest = rest.strip_prefix('年').unwrap_or(rest);
    (Some(year), rest.strip_prefix('度').unwrap_or(rest))
}

/// The year that words end with, and what stands before it: 2016, 2016年.
fn trailing_year(folded: &str) -> (Option<u16>, &str) {
    let rest = folded.strip_suffix('年').unwrap_or(folded);
    let begin = rest.len().saturating_sub(4);
    match rest.get(begin..).and_then(year_of) {
        Some(year) if !rest[..begin].ends_with(|c: char| c.is_ascii_digit()) => (Some(year), &rest[..begin]),
        Some(_) | None => (None, folded),
    }
}

/// Where the longest of `words` begins that `text` ends with.
fn longest_suffix<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Option<usize> {
    let longest = words.filter(|word| !word.is_empty() && text.ends_with(word)).map(str::len).max()?;
    Some(text.len() - longest)
}

fn year_of(text: &str) -> Option<u16> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|year| is_year && YEARS.contains(year))
}
