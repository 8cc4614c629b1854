//! Several words that are looked for in one pass over a text.

use crate::charset::CharSet;

/// Words to look for, in the order in which they are preferred.
#[derive(Debug)]
pub(crate) struct Needles {
    firsts: CharSet,
    words: &'static [&'static str],
}

impl Needles {
    pub(crate) fn new(words: &'static [&'static str]) -> Self {
        Self { firsts: words.iter().filter_map(|word| word.chars().next()).collect(), words }
    }

    /// Where each word stands, in the order of the text: the byte, and the word's place in the list.
    pub(crate) fn matches<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut from = 0;
        let begins = std::iter::from_fn(move || {
            let first = self.firsts.find(text, from)?;
            from = first.end;
            Some(first.start)
        });
        begins.flat_map(move |at| {
            let rest = text.get(at..).unwrap_or_default();
            let words = self.words.iter().enumerate().filter(move |(_, word)| rest.starts_with(**word));
            words.map(move |(place, _)| (at, place))
        })
    }

    /// Whether any of the words stands in `text`.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.matches(text).next().is_some()
    }

    /// The same, word by word in the order of the list.
    pub(crate) fn matches_by_word(&self, text: &str) -> impl Iterator<Item = (usize, &'static str)> + '_ {
        let mut found: Vec<(usize, usize)> = self.matches(text).collect();
        found.sort_by_key(|(_, place)| *place);
        found.into_iter().filter_map(|(at, place)| Some((at, *self.words.get(place)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_every_word_is_found() {
        let needles = Needles::new(&["政府网站", "网站", "政府"]);
        let text = "在政府网站和网站";
        assert_eq!(needles.matches(text).collect::<Vec<_>>(), [(3, 0), (3, 2), (9, 1), (18, 1)]);
        let by_word: Vec<_> = needles.matches_by_word(text).collect();
        assert_eq!(by_word, [(3, "政府网站"), (9, "网站"), (18, "网站"), (3, "政府")]);
        assert_eq!(needles.matches("").count(), 0);
        assert!(needles.is_in("在政府") && !needles.is_in("政在府"));
    }
}
