use super::{FIGURES_VERSION, Layout, damaged, message as m, unpack_figures};
use crate::StoreError;
use crate::codes::{Code, UnknownCode};
use gongkai_model::{BodyKind, Derivation, Figure, Period, Portion, Rank, Report, State, Value};
use prost::Message;

/// What one cell of a record says of the report's year and of all portions together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its state.
    pub state: State,
    /// Its number, present exactly in [`State::Number`].
    pub value: Option<Value>,
    /// How it was obtained.
    pub derivation: Derivation,
}

/// What statistics ask of a record: whose work it counts, and some of its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// The subject's rank and kind; none where it takes the whole record to tell, which was packed before that was noted.
    pub subject: Option<(Rank, BodyKind)>,
    /// Cells in the order of the keys that were asked for; none for a key that the record does not have.
    pub of_keys: Vec<Option<Cell>>,
}

/// Where the cells of some keys stand in the records of one layout: found once for all of them.
#[derive(Clone, Debug)]
pub struct CellPlaces(Vec<Option<usize>>);

impl CellPlaces {
    /// The places of `keys` in `layout`.
    pub fn of(layout: &Layout, keys: &[String]) -> Self {
        let place = |key: &String| layout.keys.iter().position(|other| **other == **key);
        Self(keys.iter().map(place).collect())
    }
}

/// Whether a figure is of the report's year and of all portions together, which is what a key alone means.
pub(super) fn is_plain(figure: &Figure) -> bool {
    figure.period == Period::ThisYear && figure.portion == Portion::All
}

/// Cells of a record that is at hand.
pub fn cells_of(report: &Report, keys: &[String]) -> Cells {
    let cell = |key: &String| {
        let figure = report.figures.iter().find(|figure| *figure.key == **key && is_plain(figure))?;
        Some(Cell { state: figure.state, value: figure.value, derivation: figure.derivation })
    };
    Cells {
        subject: Some((report.subject.rank, report.subject.kind)),
        of_keys: keys.iter().map(cell).collect(),
    }
}

/// The rank and kind of a body as one number that is never zero.
pub(super) fn subject_code(rank: Rank, kind: BodyKind) -> u32 {
    (u32::from(rank.code()) | u32::from(kind.code()) << 4) + 1
}

fn read_subject(code: u32) -> Result<(Rank, BodyKind), UnknownCode> {
    Ok((Rank::from_code((code & 0x0f).into())?, BodyKind::from_code((code >> 4).into())?))
}

/// The same from packed figures without their evidence, for engines. Nothing where it takes the evidence to tell which of
/// several figures is meant: where some are of other years or portions, and in what was packed before that was marked.
///
/// # Errors
/// [`StoreError::Corrupt`] where the figures are damaged, or of a version that is not known here.
pub fn packed_cells(
    layout: &Layout,
    figures: &[u8],
    places: &CellPlaces,
) -> Result<Option<Cells>, StoreError> {
    let read = || -> Result<Option<Cells>, super::Damage> {
        let [FIGURES_VERSION, figures @ ..] = figures else {
            return Err(damaged("the figures are of an unknown version"));
        };
        let packed = m::Figures::decode(figures)?;
        if !packed.are_plain {
            return Ok(None);
        }
        let subject = packed.subject.checked_sub(1).map(read_subject).transpose()?;
        let figures = unpack_figures(packed)?;
        if figures.len() != layout.keys.len() {
            return Err(damaged("the record does not fit its layout"));
        }
        let cell = |place: &Option<usize>| {
            let (state, derivation, value) = figures.get((*place)?)?;
            Some(Cell { state: *state, value: *value, derivation: *derivation })
        };
        Ok(Some(Cells { subject, of_keys: places.0.iter().map(cell).collect() }))
    };
    read().map_err(|damage| StoreError::corrupt("record", damage))
}
