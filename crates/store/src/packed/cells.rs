use super::{FIGURES_VERSION, Layout, damaged, message as m, unpack_figures};
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
        if places.0.len() <= FEW
            && let Some(few) = FewFigures::read(figures)
        {
            return few.cells(layout, places);
        }
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

/// So many cells are looked up in the packed bytes; for more, all of them are unpacked.
const FEW: usize = 8;

/// The bytes of [`m::Figures`], each field where it stands, for whoever wants few of them: a tenth of the work of unpacking all.
#[derive(Default)]
struct FewFigures<'b> {
    states: &'b [u8],
    /// The counts one behind the other.
    counts: &'b [u8],
    amount_cells: &'b [u8],
    amounts: Vec<&'b [u8]>,
    are_plain: bool,
    subject: u32,
}

impl<'b> FewFigures<'b> {
    /// Finds the fields; nothing where they are not as they are written here, once each and lists in one piece.
    fn read(mut bytes: &'b [u8]) -> Option<Self> {
        const STATES: u64 = 1 << 3 | 2;
        const COUNTS: u64 = 2 << 3 | 2;
        const AMOUNT_CELLS: u64 = 3 << 3 | 2;
        const AMOUNTS: u64 = 4 << 3 | 2;
        const ARE_PLAIN: u64 = 5 << 3;
        const SUBJECT: u64 = 6 << 3;
        let mut few = Self::default();
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
                    ARE_PLAIN => few.are_plain = number != 0,
                    SUBJECT => few.subject = u32::try_from(number).ok()?,
                    _ => return None,
                }
                continue;
            }
            let (piece, rest) = bytes.split_at_checked(usize::try_from(number).ok()?)?;
            bytes = rest;
            match field {
                STATES => few.states = piece,
                COUNTS => few.counts = piece,
                AMOUNT_CELLS => few.amount_cells = piece,
                AMOUNTS => few.amounts.push(piece),
                _ => return None,
            }
        }
        Some(few)
    }

    fn cells(&self, layout: &Layout, places: &CellPlaces) -> Result<Option<Cells>, super::Damage> {
        if !self.are_plain {
            return Ok(None);
        }
        if self.states.len() != layout.keys.len() {
            return Err(damaged("the record does not fit its layout"));
        }
        let mut amount_cells = Vec::with_capacity(self.amounts.len());
        let mut rest = self.amount_cells;
        while !rest.is_empty() {
            amount_cells.push(usize::try_from(decode_varint(&mut rest)?)?);
        }
        // The last byte of a number is the one without the upper bit.
        let counts = self.counts.iter().filter(|byte| **byte < 0x80).count();
        if amount_cells.len() != self.amounts.len() || numbers(self.states) != counts + amount_cells.len() {
            return Err(damaged("there are more numbers than cells, or fewer"));
        }
        let cell = |place: &Option<usize>| -> Result<Option<Cell>, super::Damage> {
            let Some((place, byte)) = place.and_then(|place| Some((place, *self.states.get(place)?))) else {
                return Ok(None);
            };
            let state = State::from_code(i64::from(byte & 0x0f))?;
            let derivation = Derivation::from_code(i64::from(byte >> 4))?;
            let value = match state {
                State::Number => Some(self.value(place, &amount_cells)?),
                State::Blank | State::NotApplicable | State::Text | State::Undetermined | State::Missing => {
                    None
                }
            };
            Ok(Some(Cell { state, value, derivation }))
        };
        let of_keys = places.0.iter().map(cell).collect::<Result<_, _>>()?;
        Ok(Some(Cells { subject: self.subject.checked_sub(1).map(read_subject).transpose()?, of_keys }))
    }

    /// The number of a cell that has one.
    fn value(&self, place: usize, amount_cells: &[usize]) -> Result<Value, super::Damage> {
        if let Some(amount) = amount_cells.iter().position(|cell| *cell == place) {
            let amount = self.amounts.get(amount).ok_or_else(|| damaged("an amount is absent"))?;
            return Ok(Value::Amount(m::Scaled::decode(*amount)?.try_into()?));
        }
        let before = numbers(self.states.get(..place).unwrap_or_default());
        let amounts = amount_cells.iter().filter(|cell| **cell < place).count();
        let mut counts = self.counts;
        for _ in amounts..before {
            let end = counts.iter().position(|byte| *byte < 0x80);
            counts = end.and_then(|end| counts.get(end + 1..)).unwrap_or_default();
        }
        let zigzag = decode_varint(&mut counts)?;
        Ok(Value::Count((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()))
    }
}

/// How many cells are numbers.
fn numbers(states: &[u8]) -> usize {
    states.iter().filter(|byte| **byte & 0x0f == State::Number.code()).count()
}

/// Whether a few cells of these figures are read without unpacking all.
#[cfg(test)]
pub(super) fn is_read_for_few(figures: &[u8]) -> bool {
    matches!(figures, [FIGURES_VERSION, figures @ ..] if FewFigures::read(figures).is_some())
}
