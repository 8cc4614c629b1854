use super::{FIGURES_VERSION, Layout, damaged, message as m, unpack_figures};
use crate::StoreError;
use gongkai_model::{Figure, Period, Portion, Report, State, Value};
use prost::Message;

/// What one cell of a record says of the report's year and of all portions together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its state.
    pub state: State,
    /// Its number, present exactly in [`State::Number`].
    pub value: Option<Value>,
}

/// Cells of a record in the order of the keys that were asked for; none for a key that the record does not have.
pub type Cells = Vec<Option<Cell>>;

/// Whether a figure is of the report's year and of all portions together, which is what a key alone means.
pub(super) fn is_plain(figure: &Figure) -> bool {
    figure.period == Period::ThisYear && figure.portion == Portion::All
}

/// Cells of a record that is at hand.
pub fn cells_of(report: &Report, keys: &[String]) -> Cells {
    let cell = |key: &String| {
        let figure = report.figures.iter().find(|figure| *figure.key == **key && is_plain(figure))?;
        Some(Cell { state: figure.state, value: figure.value })
    };
    keys.iter().map(cell).collect()
}

/// The same from packed figures without their evidence, for engines. Nothing where it takes the evidence to tell which of
/// several figures is meant: where some are of other years or portions, and in what was packed before that was marked.
///
/// # Errors
/// [`StoreError::Corrupt`] where the figures are damaged, or of a version that is not known here.
pub fn packed_cells(layout: &Layout, figures: &[u8], keys: &[String]) -> Result<Option<Cells>, StoreError> {
    let read = || -> Result<Option<Cells>, super::Damage> {
        let [FIGURES_VERSION, figures @ ..] = figures else {
            return Err(damaged("the figures are of an unknown version"));
        };
        let packed = m::Figures::decode(figures)?;
        if !packed.are_plain {
            return Ok(None);
        }
        let figures = unpack_figures(packed)?;
        if figures.len() != layout.keys.len() {
            return Err(damaged("the record does not fit its layout"));
        }
        let cell = |key: &String| {
            let index = layout.keys.iter().position(|other| **other == **key)?;
            figures.get(index).map(|(state, _, value)| Cell { state: *state, value: *value })
        };
        Ok(Some(keys.iter().map(cell).collect()))
    };
    read().map_err(|damage| StoreError::corrupt("record", damage))
}
