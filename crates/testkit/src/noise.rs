//! What makes a report harder to read than the form that it follows: one kind of noise after another, each of which
//! can be left out again, so that a failing document can be made as small as its failure allows.

mod columns;
mod labels;
mod page;
mod script;
mod sheets;
mod values;

pub(crate) use page::{Paper, finish, site};
pub(crate) use script::traditional;
pub(crate) use values::{hide_one, widened};

use crate::render::Rendering;
use crate::sheet::Sheet;
use crate::{Certainty, Record, Rng};
use gongkai_model::FormId;
use std::collections::{HashMap, HashSet};

/// One way in which a document departs from its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Noise {
    /// Row labels and column headers lose their last characters.
    ClippedLabels,
    /// A character of a label is another one.
    WrongCharacters,
    /// Labels have something in brackets behind them, numbers included.
    BracketedLabels,
    /// Row labels have lost their list numbers.
    UnnumberedLabels,
    /// Banners over the blocks of a table are not there.
    NoBanners,
    /// Banners name the regulation in full.
    LongBanners,
    /// A row that the form does not have, with values of its own.
    ExtraRow,
    /// A row of the form is not there.
    LostRow,
    /// A sentence as the last row of a table.
    SentenceRow,
    /// A page ends inside a table: its number stands alone between two rows.
    PageNumber,
    /// A page ends inside a table, and its header comes again.
    RepeatedHeader,
    /// A column with last year's numbers beside this year's.
    LastYearColumn,
    /// A column with the count of all years beside this year's.
    CumulativeColumn,
    /// The column of totals comes first.
    TotalFirst,
    /// The unit of money stands in a line below the table only.
    UnitBelow,
    /// An amount of money goes on in the next line.
    WrappedAmount,
    /// Headings in other words.
    RewordedHeadings,
    /// Headings numbered otherwise, or not at all.
    RenumberedHeadings,
    /// A heading over two lines.
    SplitHeading,
    /// The heading of a part with a table is not there.
    LostHeading,
    /// What a site prints around a report.
    SiteAround,
    /// The tables come a second time and say the same.
    SecondCopy,
    /// The tables come a second time and one figure differs.
    DifferingCopy,
    /// The document breaks off inside a table.
    Truncated,
    /// Traditional characters, with some words changed too.
    Traditional,
    /// Lines end with carriage return and line feed.
    CarriageReturns,
    /// Characters that nobody sees between those that one sees.
    Invisible,
    /// Digits in full width.
    WideDigits,
    /// Spaces at the ends of lines, and more empty lines between paragraphs.
    LooseSpace,
    /// The text tells numbers that the tables do not have.
    ContraryText,
}

/// What noise does to what is expected of a cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effects {
    /// Cells of which nothing is left.
    pub(crate) lost: HashSet<usize>,
    /// Cells that the document does not fix any more, or no reader needs to fix.
    pub(crate) doubtful: HashMap<usize, Certainty>,
}

impl Effects {
    pub(crate) fn lose(&mut self, cell: usize) {
        self.lost.insert(cell);
    }

    pub(crate) fn doubt(&mut self, cell: usize, certainty: Certainty) {
        let known = self.doubtful.entry(cell).or_insert(certainty);
        *known = (*known).max(certainty);
    }
}

impl Noise {
    /// Every kind.
    pub const ALL: [Self; 30] = [
        Self::ClippedLabels,
        Self::WrongCharacters,
        Self::BracketedLabels,
        Self::UnnumberedLabels,
        Self::NoBanners,
        Self::LongBanners,
        Self::ExtraRow,
        Self::LostRow,
        Self::SentenceRow,
        Self::PageNumber,
        Self::RepeatedHeader,
        Self::LastYearColumn,
        Self::CumulativeColumn,
        Self::TotalFirst,
        Self::UnitBelow,
        Self::WrappedAmount,
        Self::RewordedHeadings,
        Self::RenumberedHeadings,
        Self::SplitHeading,
        Self::LostHeading,
        Self::SiteAround,
        Self::SecondCopy,
        Self::DifferingCopy,
        Self::Truncated,
        Self::Traditional,
        Self::CarriageReturns,
        Self::Invisible,
        Self::WideDigits,
        Self::LooseSpace,
        Self::ContraryText,
    ];

    /// Whether this noise occurs in documents of this shape and form.
    pub fn fits(self, rendering: Rendering, form: FormId) -> bool {
        let is_joined = rendering.is_joined();
        match self {
            // In joined text, what a label ends with and what a row begins with is one question too many.
            Self::ClippedLabels
            | Self::WrongCharacters
            | Self::BracketedLabels
            | Self::UnnumberedLabels
            | Self::ExtraRow
            | Self::LostRow
            | Self::RepeatedHeader
            | Self::LastYearColumn
            | Self::CumulativeColumn
            | Self::TotalFirst
            | Self::Truncated
            | Self::WideDigits
            | Self::SecondCopy
            | Self::DifferingCopy => !is_joined,
            Self::PageNumber => !is_joined && !rendering.is_html(),
            Self::SplitHeading | Self::CarriageReturns => !rendering.is_html(),
            Self::WrappedAmount => !is_joined && !rendering.is_html() && form != FormId::Form2014,
            Self::UnitBelow => form == FormId::Form2021,
            Self::NoBanners
            | Self::LongBanners
            | Self::SentenceRow
            | Self::RewordedHeadings
            | Self::RenumberedHeadings
            | Self::LostHeading
            | Self::SiteAround
            | Self::Traditional
            | Self::Invisible
            | Self::LooseSpace
            | Self::ContraryText => true,
        }
    }

    /// The choices that this noise makes depend on the document and on nothing else that was done to it.
    fn rng(self, seed: u64) -> Rng {
        Rng::new(seed ^ ((self as u64 + 1) << 40))
    }
}

/// What the noises do to the tables before they are written down.
pub(crate) fn disturb(
    noises: &[Noise],
    sheets: &mut Vec<Sheet>,
    record: &Record,
    rendering: Rendering,
    seed: u64,
) -> Effects {
    let mut effects = Effects::default();
    for &noise in noises {
        let mut rng = noise.rng(seed);
        match noise {
            Noise::ClippedLabels => labels::clip(sheets, &mut rng),
            Noise::WrongCharacters => labels::mistype(sheets, &mut rng),
            Noise::BracketedLabels => labels::bracket(sheets, &mut rng),
            Noise::UnnumberedLabels => labels::drop_numbers(sheets, &mut rng),
            Noise::NoBanners => sheets::drop_banners(sheets),
            Noise::LongBanners => labels::lengthen_banners(sheets),
            Noise::ExtraRow => sheets::add_row(sheets, rendering, &mut effects, &mut rng),
            Noise::LostRow => sheets::lose_row(sheets, &mut effects, &mut rng),
            Noise::SentenceRow => sheets::add_sentence(sheets, &mut rng),
            Noise::RepeatedHeader => sheets::repeat_header(sheets, rendering, &mut effects, &mut rng),
            Noise::LastYearColumn => columns::add(sheets, "上年", &mut effects, &mut rng),
            Noise::CumulativeColumn => columns::add(sheets, "历年累计", &mut effects, &mut rng),
            Noise::TotalFirst => columns::total_first(sheets, &mut effects),
            Noise::UnitBelow => labels::take_unit(sheets, record, &mut effects),
            Noise::Truncated => sheets::truncate(sheets, &mut effects, &mut rng),
            Noise::PageNumber => page::mark_page_end(sheets, rendering, &mut effects, &mut rng),
            Noise::WrappedAmount => values::wrap_amounts(sheets, rendering, record, &mut effects, &mut rng),
            Noise::WideDigits => values::widen(sheets, &mut rng),
            Noise::Invisible => values::hide(sheets, &mut rng),
            // These are done to the written text.
            Noise::RewordedHeadings
            | Noise::RenumberedHeadings
            | Noise::SplitHeading
            | Noise::LostHeading
            | Noise::SiteAround
            | Noise::SecondCopy
            | Noise::DifferingCopy
            | Noise::Traditional
            | Noise::CarriageReturns
            | Noise::LooseSpace
            | Noise::ContraryText => {}
        }
    }
    effects
}
