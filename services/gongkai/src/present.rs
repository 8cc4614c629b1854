//! Records and findings as they are printed: JSON for programs, aligned tables for people.

pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod json;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod width;

use crate::cli::{ColorChoice, Global, Lang};
use std::borrow::Cow;
use std::io::IsTerminal;

/// How to write: language and colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) lang: Lang,
    pub(crate) color: bool,
}

/// What a piece of text is; decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
}

impl Style {
    /// The style that `global` asks for, where the command would by itself use `default`.
    pub(crate) fn new(global: &Global, default: Lang) -> Self {
        let color = match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
            }
        };
        Self { lang: global.lang.unwrap_or(default), color }
    }

    /// The words in the chosen language; both are joined by a slash.
    pub(crate) fn words<'a>(self, zh: &'a str, en: &'a str) -> Cow<'a, str> {
        match self.lang {
            Lang::Zh => Cow::Borrowed(zh),
            Lang::En => Cow::Borrowed(en),
            Lang::Both => Cow::Owned(format!("{zh} / {en}")),
        }
    }

    /// Whether Chinese is read, so that a short note may be in Chinese alone.
    pub(crate) fn is_chinese(self) -> bool {
        match self.lang {
            Lang::Zh | Lang::Both => true,
            Lang::En => false,
        }
    }

    /// Whether English is read.
    pub(crate) fn is_english(self) -> bool {
        match self.lang {
            Lang::En | Lang::Both => true,
            Lang::Zh => false,
        }
    }

    /// `text` in the colour of `tone`.
    pub(crate) fn paint<'a>(self, tone: Tone, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        let code = match tone {
            Tone::Plain => return text,
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Good => "32",
            Tone::Doubtful => "33",
            Tone::Bad => "31",
        };
        if self.color && !text.is_empty() {
            Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
        } else {
            text
        }
    }
}

/// Text from a document or from a server, made safe for a terminal: control characters, which could move the cursor or
/// hide what follows, are shown as symbols.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let unsafe_here = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(unsafe_here) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\r' => '⏎',
        '\t' => '⇥',
        c if unsafe_here(c) => '·',
        c => c,
    };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_in_one_language_or_both() {
        let words = |lang| Style { lang, color: false }.words("总计", "Total").into_owned();
        assert_eq!(words(Lang::Zh), "总计");
        assert_eq!(words(Lang::En), "Total");
        assert_eq!(words(Lang::Both), "总计 / Total");
    }

    #[test]
    fn colours_are_only_written_where_they_are_wanted() {
        let paint = |color| Style { lang: Lang::Zh, color }.paint(Tone::Bad, "错").into_owned();
        assert_eq!(paint(false), "错");
        assert_eq!(paint(true), "\u{1b}[31m错\u{1b}[0m");
    }

    #[test]
    fn a_document_cannot_play_tricks_on_the_terminal() {
        assert_eq!(printable("总计"), "总计");
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{202e}d"), "a·[2Jb⏎c·d");
    }
}
