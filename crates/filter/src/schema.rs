/// What the records of a list are filtered by. `F` names fields and functions.
#[derive(Clone, Debug)]
pub struct Schema<F> {
    /// Fields and functions, in the order in which errors list them.
    pub entries: Vec<Entry<F>>,
    /// Whether words that stand alone are searched for; refused otherwise.
    pub has_words: bool,
}

/// A name and what it stands for. Names are ASCII words joined by dots.
#[derive(Clone, Debug)]
pub struct Entry<F> {
    /// The name. Where it has keys they stand behind the first of its words: `figures.state` is written
    /// `figures["…"].state`.
    pub name: &'static str,
    /// What it stands for.
    pub shape: Shape<F>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Shape<F> {
    /// A value.
    Value(F, Kind),
    /// A value for each of these keys.
    Keyed(F, Kind, fn() -> &'static [&'static str]),
    /// A function of so many values.
    Function(F, &'static [Kind]),
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text. One that is empty is not there.
    Text,
    /// A text of which this is true, and what that is, for errors.
    Checked(fn(&str) -> bool, &'static str),
    /// A whole number within bounds.
    Integer(i64, i64),
    /// A number without rounding.
    Decimal,
    /// One of these names.
    Name(&'static [&'static str]),
    /// A day, as `2020-12-31`.
    Date,
    /// A moment, as `"2020-12-31T16:00:00Z"`, or the first of a day in UTC.
    Time,
}

impl<F> Schema<F> {
    /// The same schema over other names of its fields and functions.
    pub fn map<G>(self, rename: impl Fn(F) -> G) -> Schema<G> {
        let shape = |shape| match shape {
            Shape::Value(field, kind) => Shape::Value(rename(field), kind),
            Shape::Keyed(field, kind, keys) => Shape::Keyed(rename(field), kind, keys),
            Shape::Function(function, kinds) => Shape::Function(rename(function), kinds),
        };
        let entry = |entry: Entry<F>| Entry { name: entry.name, shape: shape(entry.shape) };
        Schema { entries: self.entries.into_iter().map(entry).collect(), has_words: self.has_words }
    }

    /// The entry of a name, with keys or without.
    pub(crate) fn find(&self, name: &str, is_keyed: bool) -> Option<&Entry<F>> {
        self.entries.iter().find(|entry| entry.name == name && entry.shape.is_keyed() == is_keyed)
    }

    /// All names, once each.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.entries.iter().map(|entry| entry.name).collect();
        names.dedup();
        names
    }
}

impl<F> Shape<F> {
    pub(crate) fn is_keyed(&self) -> bool {
        matches!(self, Self::Keyed(..))
    }

    /// The comparisons that the values can be asked by, as errors list them.
    pub(crate) fn operators(&self) -> &'static str {
        match self {
            Self::Value(_, kind) | Self::Keyed(_, kind, _) => kind.operators(),
            Self::Function(..) => "",
        }
    }
}

impl Kind {
    /// Whether values stand in an order.
    pub(crate) fn is_ordered(self) -> bool {
        match self {
            Self::Integer(..) | Self::Decimal | Self::Date | Self::Time => true,
            Self::Text | Self::Checked(..) | Self::Name(_) => false,
        }
    }

    fn operators(self) -> &'static str {
        if self.is_ordered() { "=, !=, <, <=, >, >= or :" } else { "=, != or :" }
    }

    /// What a value has to be, for errors.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Checked(_, expected) => expected.to_owned(),
            Self::Integer(min, max) if min == i64::MIN || max == i64::MAX => "a whole number".to_owned(),
            Self::Integer(min, max) => format!("a whole number from {min} to {max}"),
            Self::Decimal => "a number".to_owned(),
            Self::Name(names) => match names.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => "nothing".to_owned(),
            },
            Self::Date => "a day, as 2020-12-31".to_owned(),
            Self::Time => "a moment, as \"2020-12-31T16:00:00Z\"".to_owned(),
        }
    }
}
