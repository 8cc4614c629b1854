use super::{Damage, FIGURES_VERSION, Layout, damaged, message as m};
use crate::StoreError;
use crate::codes::{Code, UnknownCode};
use gongkai_model::{BodyKind, Derivation, Figure, Period, Portion, Rank, Report, State, Value};
use prost::Message;
use prost::encoding::decode_varint;

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
pub struct CellPlaces {
    /// The cells in their order, each with the key that it is of: its place among those that were asked for.
    cells: Vec<(usize, usize)>,
    /// How many keys were asked for.
    keys: usize,
}

impl CellPlaces {
    /// The places of `keys` in `layout`.
    pub fn of(layout: &Layout, keys: &[String]) -> Self {
        let cell = |key: &String| layout.keys.iter().position(|other| **other == **key);
        let mut cells: Vec<(usize, usize)> =
            keys.iter().enumerate().filter_map(|(place, key)| Some((cell(key)?, place))).collect();
        cells.sort_unstable();
        Self { cells, keys: keys.len() }
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

/// The rank and kind of the subject, from packed figures without their evidence; none where it takes the whole record to tell,
/// which was packed before that was noted. For engines.
///
/// # Errors
/// [`StoreError::Corrupt`] where the figures are damaged, or of a version that is not known here.
pub fn packed_subject(figures: &[u8]) -> Result<Option<(Rank, BodyKind)>, StoreError> {
    let read = || -> Result<Option<(Rank, BodyKind)>, Damage> {
        let [FIGURES_VERSION, figures @ ..] = figures else {
            return Err(damaged("the figures are of an unknown version"));
        };
        Ok(m::Figures::decode(figures)?.subject.checked_sub(1).map(read_subject).transpose()?)
    };
    read().map_err(|damage| StoreError::corrupt("record", damage))
}

fn read_subject(code: u32) -> Result<(Rank, BodyKind), UnknownCode> {
    Ok((Rank::from_code((code & 0x0f).into())?, BodyKind::from_code((code >> 4).into())?))
}

/// The same from packed figures without their evidence, for engines. Nothing where it takes the whole record to tell: where some
/// figures are of other years or portions, so that a key alone does not say which is meant, and where the figures are not
/// written as they are here.
///
/// # Errors
/// [`StoreError::Corrupt`] where the figures are damaged, or of a version that is not known here.
pub fn packed_cells(
    layout: &Layout,
    figures: &[u8],
    places: &CellPlaces,
) -> Result<Option<Cells>, StoreError> {
    let read = || {
        let [FIGURES_VERSION, figures @ ..] = figures else {
            return Err(damaged("the figures are of an unknown version"));
        };
        match PlainFigures::find(figures) {
            Some(figures) => figures.cells(layout, places).map(Some),
            None => Ok(None),
        }
    };
    read().map_err(|damage| StoreError::corrupt("record", damage))
}

/// The bytes of [`m::Figures`] that are plain, each field where it stands: who wants some cells of many records keeps nothing of
/// the others.
#[derive(Default)]
struct PlainFigures<'b> {
    states: &'b [u8],
    /// The counts one behind the other.
    counts: &'b [u8],
    amount_cells: &'b [u8],
    amounts: Vec<&'b [u8]>,
    subject: u32,
}

impl<'b> PlainFigures<'b> {
    /// Finds the fields; nothing where they are not as they are written here, once each and lists in one piece.
    fn find(mut bytes: &'b [u8]) -> Option<Self> {
        const STATES: u64 = 1 << 3 | 2;
        const COUNTS: u64 = 2 << 3 | 2;
        const AMOUNT_CELLS: u64 = 3 << 3 | 2;
        const AMOUNTS: u64 = 4 << 3 | 2;
        const ARE_PLAIN: u64 = 5 << 3;
        const SUBJECT: u64 = 6 << 3;
        let mut found = Self::default();
        let mut are_plain = false;
        let mut before = 0;
        while !bytes.is_empty() {
            let field = decode_varint(&mut bytes).ok()?;
            if field < before || field == before && field != AMOUNTS {
                return None;
            }
            before = field;
            let number = decode_varint(&mut bytes).ok()?;
            if field & 7 == 0 {
                match field {
                    ARE_PLAIN => are_plain = number != 0,
                    SUBJECT => found.subject = u32::try_from(number).ok()?,
                    _ => return None,
                }
                continue;
            }
            let (piece, rest) = bytes.split_at_checked(usize::try_from(number).ok()?)?;
            bytes = rest;
            match field {
                STATES => found.states = piece,
                COUNTS => found.counts = piece,
                AMOUNT_CELLS => found.amount_cells = piece,
                AMOUNTS => found.amounts.push(piece),
                _ => return None,
            }
        }
        are_plain.then_some(found)
    }

    /// The cells at some places. All are read, because what is wrong with one makes the others doubtful.
    fn cells(self, layout: &Layout, places: &CellPlaces) -> Result<Cells, Damage> {
        if self.states.len() != layout.keys.len() {
            return Err(damaged("the record does not fit its layout"));
        }
        let (mut counts, mut amount_cells, mut amounts) =
            (self.counts, self.amount_cells, self.amounts.into_iter());
        let mut next_amount = next_cell(&mut amount_cells)?;
        let mut wanted = places.cells.iter().peekable();
        let mut of_keys = vec![None; places.keys];
        for (place, byte) in self.states.iter().enumerate() {
            let state = State::from_code(i64::from(byte & 0x0f))?;
            let derivation = Derivation::from_code(i64::from(byte >> 4))?;
            let value = match state {
                State::Number if next_amount == Some(place) => {
                    next_amount = next_cell(&mut amount_cells)?;
                    let amount = amounts.next().ok_or_else(|| damaged("an amount is absent"))?;
                    Some(Value::Amount(m::Scaled::decode(amount)?.try_into()?))
                }
                State::Number => {
                    let zigzag = decode_varint(&mut counts)?;
                    Some(Value::Count((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()))
                }
                State::Blank | State::NotApplicable | State::Text | State::Undetermined | State::Missing => {
                    None
                }
            };
            while let Some((_, key)) = wanted.next_if(|(cell, _)| *cell == place) {
                if let Some(cell) = of_keys.get_mut(*key) {
                    *cell = Some(Cell { state, value, derivation });
                }
            }
        }
        if !counts.is_empty() || next_amount.is_some() || amounts.next().is_some() {
            return Err(damaged("there are more numbers than cells"));
        }
        Ok(Cells { subject: self.subject.checked_sub(1).map(read_subject).transpose()?, of_keys })
    }
}

/// The next number of a list of cells.
fn next_cell(cells: &mut &[u8]) -> Result<Option<usize>, Damage> {
    if cells.is_empty() {
        return Ok(None);
    }
    Ok(Some(usize::try_from(decode_varint(cells)?)?))
}
