//! What was counted, over one document or several.

use std::collections::BTreeMap;
use std::ops::AddAssign;

/// The metadata that is compared, in the order in which it is printed.
pub(crate) const FIELDS: [&str; 8] =
    ["year", "issuer", "region", "adcode", "level", "published", "template", "sections"];

/// How many are right, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) right: usize,
    pub(crate) all: usize,
}

impl Count {
    pub(crate) fn add(&mut self, is_right: bool) {
        self.right += usize::from(is_right);
        self.all += 1;
    }

    pub(crate) fn wrong(self) -> usize {
        self.all - self.right
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.all += other.all;
    }
}

/// What was counted, over one document or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) documents: usize,
    /// Documents that gave no record.
    pub(crate) unreadable: usize,
    /// Labelled cells, and those that say exactly what the label says.
    pub(crate) cells: Count,
    /// The same for cells that carry information: neither zero nor blank.
    pub(crate) informative: Count,
    /// Cells that were given for certain (a number, a blank, a mark, text), and those of them that are right.
    pub(crate) certain: Count,
    /// Labelled cells that came out undetermined.
    pub(crate) undetermined: usize,
    /// Labelled cells that came out missing.
    pub(crate) missing: usize,
    /// Cells that the text leaves one possibility for, and those that were recovered.
    pub(crate) recoverable: Count,
    /// Recovered cells that say so: their value is inferred, with its proof.
    pub(crate) inferred: Count,
    /// Cells that the text does not fix, and those that were left open.
    pub(crate) open: Count,
    /// Of those of which one knows what stood there: how many list it among their candidates.
    pub(crate) truth_listed: Count,
    /// Cells of the column 历年累计.
    pub(crate) cumulative: Count,
    /// Labelled cells by the state they came out in, and how many of them are right.
    pub(crate) by_state: BTreeMap<&'static str, Count>,
    /// Values given for certain by how they were obtained, and how many of them are right.
    pub(crate) by_derivation: BTreeMap<&'static str, Count>,
    /// The documents by what separates their cells.
    pub(crate) by_shape: BTreeMap<&'static str, Shaped>,
    /// Labels of a form that has no data yet.
    pub(crate) cells_without_form: usize,
    /// Metadata, in the order of [`FIELDS`].
    pub(crate) fields: [Count; FIELDS.len()],
    pub(crate) identities: Count,
    /// Identities that served to infer a figure, and are scored neither as right nor as wrong.
    pub(crate) identities_used: usize,
    /// Labelled facts, and those that were found.
    pub(crate) facts: Count,
    /// Facts that were given, and those that are labelled.
    pub(crate) facts_given: Count,
    /// Labelled statements, and those that were found.
    pub(crate) statements: Count,
    /// Statements that were given, and those that are labelled.
    pub(crate) quantities_given: Count,
    /// Statements that the records have, labelled or not.
    pub(crate) statements_given: usize,
}

/// What was counted in the documents of one shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shaped {
    pub(crate) documents: usize,
    pub(crate) cells: Count,
    pub(crate) certain: Count,
    pub(crate) recoverable: Count,
    pub(crate) open: Count,
}

impl AddAssign for Shaped {
    fn add_assign(&mut self, other: Self) {
        self.documents += other.documents;
        self.cells += other.cells;
        self.certain += other.certain;
        self.recoverable += other.recoverable;
        self.open += other.open;
    }
}

/// Adds what is counted under each name.
fn add_named<T: AddAssign + Copy + Default>(
    to: &mut BTreeMap<&'static str, T>,
    from: &BTreeMap<&'static str, T>,
) {
    for (name, count) in from {
        *to.entry(name).or_default() += *count;
    }
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.documents += other.documents;
        self.unreadable += other.unreadable;
        self.cells += other.cells;
        self.informative += other.informative;
        self.certain += other.certain;
        self.undetermined += other.undetermined;
        self.missing += other.missing;
        self.recoverable += other.recoverable;
        self.inferred += other.inferred;
        self.open += other.open;
        self.truth_listed += other.truth_listed;
        self.cumulative += other.cumulative;
        add_named(&mut self.by_state, &other.by_state);
        add_named(&mut self.by_derivation, &other.by_derivation);
        add_named(&mut self.by_shape, &other.by_shape);
        self.cells_without_form += other.cells_without_form;
        for (field, other) in self.fields.iter_mut().zip(other.fields) {
            *field += other;
        }
        self.identities += other.identities;
        self.identities_used += other.identities_used;
        self.facts += other.facts;
        self.facts_given += other.facts_given;
        self.statements += other.statements;
        self.quantities_given += other.quantities_given;
        self.statements_given += other.statements_given;
    }
}
