/// What the text says of one thing: nothing, one thing, or several that it does not decide between.
///
/// Extraction speaks in readings from the first step on; a value comes out of one only at the very end, and only
/// out of [`Reading::One`]. Picking one of several by preference is exactly the mistake that this type prevents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading<T> {
    /// The text fixes exactly one.
    One(T),
    /// The text admits more than one. Holds at least two, all different, in the order they were found.
    Several(Vec<T>),
    /// The text says nothing.
    #[default]
    None,
}

impl<T: PartialEq> Reading<T> {
    /// The reading that admits each of `candidates`; equal ones count once.
    pub fn from_candidates(candidates: impl IntoIterator<Item = T>) -> Self {
        let mut distinct: Vec<T> = Vec::new();
        for candidate in candidates {
            if !distinct.contains(&candidate) {
                distinct.push(candidate);
            }
        }
        match distinct.len() {
            0 => Self::None,
            1 => distinct.pop().map_or(Self::None, Self::One),
            _ => Self::Several(distinct),
        }
    }
}

impl<T> Reading<T> {
    /// The one thing the text fixes, if it does.
    pub fn one(&self) -> Option<&T> {
        match self {
            Self::One(value) => Some(value),
            Self::Several(_) | Self::None => None,
        }
    }

    /// All things that the text admits.
    pub fn candidates(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
            Self::None => &[],
        }
    }

    /// Applies `f` to each candidate.
    pub fn map<U: PartialEq>(self, f: impl FnMut(T) -> U) -> Reading<U> {
        match self {
            Self::One(value) => Reading::from_candidates([value].into_iter().map(f)),
            Self::Several(values) => Reading::from_candidates(values.into_iter().map(f)),
            Self::None => Reading::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_candidates_are_one_reading() {
        assert_eq!(Reading::from_candidates([7, 7]), Reading::One(7));
        assert_eq!(Reading::from_candidates([7, 0, 7]), Reading::Several(vec![7, 0]));
        assert_eq!(Reading::<i32>::from_candidates([]), Reading::None);
        assert_eq!(Reading::Several(vec![1, -1]).map(i32::abs), Reading::One(1));
    }
}
