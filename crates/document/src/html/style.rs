//! What styles do to the text of an element.

/// How an element's text is shown. Nested elements inherit it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Not displayed: takes no place.
    pub(super) gone: bool,
    /// Takes its place and is not seen.
    pub(super) invisible: bool,
    /// Of no opacity: it takes its place, and nothing inside of it is seen.
    pub(super) faded: bool,
    /// Struck out: it takes its place, and is not said any more.
    pub(super) struck: bool,
    /// In letters of no size.
    pub(super) tiny: bool,
    /// Raised or lowered beside other text, as a note is.
    pub(super) shifted: bool,
    /// None of the text around it: in lines of its own, beside it, or perhaps hidden or struck out by a rule that is not read.
    /// Of an element alone, not of what stands in it.
    pub(super) apart: bool,
    /// Of no colour.
    pub(super) colourless: bool,
    /// White space is kept and line ends count.
    pub(super) preserved: bool,
}

impl Look {
    /// Whether text that looks so is none of the text around it, which looks otherwise.
    pub(super) fn stands_out_of(self, around: Self) -> bool {
        (self.shifted && !around.shifted) || self.apart
    }

    /// The look of an element of which this is said inside an element that looks like `self`.
    pub(super) fn with(mut self, said: &Said) -> Self {
        let of = |property: Option<Value>| property.is_some_and(|value| value.is_on);
        // What stands inside of these cannot take it back.
        self.gone |= of(said.gone);
        self.faded |= of(said.faded);
        self.struck |= of(said.struck);
        self.shifted |= of(said.shifted);
        self.apart |= of(said.block) || of(said.aside) || said.dim;
        self.colourless = said.colourless.map_or(self.colourless, |value| value.is_on);
        self.tiny = said.tiny.map_or(self.tiny, |value| value.is_on);
        self.invisible = said.invisible.map_or(self.invisible, |value| value.is_on);
        self.preserved = said.preserved.map_or(self.preserved, |value| value.is_on);
        self
    }

    /// Whether nothing of the text is read.
    pub(super) fn is_hidden(self) -> bool {
        self.gone || self.invisible || self.tiny || self.faded || self.struck || self.colourless
    }
}

/// What is said of one property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Value {
    is_on: bool,
    is_important: bool,
}

/// What declarations say of one element, as far as it matters: of each property the last, or the last important one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    gone: Option<Value>,
    invisible: Option<Value>,
    faded: Option<Value>,
    struck: Option<Value>,
    tiny: Option<Value>,
    shifted: Option<Value>,
    preserved: Option<Value>,
    /// In lines of its own, and out of the lines around it.
    block: Option<Value>,
    aside: Option<Value>,
    /// Without a colour of its own, and perhaps not seen for its colour, its size or its place.
    colourless: Option<Value>,
    dim: bool,
}

/// So many `style` attributes are remembered.
const STYLES_KEPT: usize = 32;

/// The `style` attributes that were read last, with what they say: word processors write a few of them at nearly every
/// element.
#[derive(Debug, Default)]
pub(super) struct Styles<'a> {
    /// By their length.
    known: [(&'a str, Said); STYLES_KEPT],
}

impl<'a> Styles<'a> {
    /// What a `style` attribute says.
    pub(super) fn said_by(&mut self, style: &'a str) -> Said {
        let (known, said) = &mut self.known[style.len() % STYLES_KEPT];
        if *known != style {
            (*known, *said) = (style, Said::by(style));
        }
        *said
    }
}

impl Said {
    /// What a list of declarations says: a `style` attribute, or what stands between the braces of a rule.
    pub(super) fn by(declarations: &str) -> Self {
        let mut said = Self::default();
        let mut rest = Some(declarations);
        while let Some(declarations) = rest {
            let (declaration, behind) = cut(declarations, b';');
            rest = behind;
            let declaration = declaration.trim_ascii_start();
            // Nearly all declarations are about fonts and margins: a byte or two tell.
            let is_known = || {
                let begins = |words: &str| {
                    declaration.get(..words.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(words))
                };
                ["po", "color", "mso-hide", "mso-text-raise", "unicode"].iter().any(|words| begins(words))
            };
            if !declaration.starts_with(['d', 'D', 'v', 'V', 'w', 'W', 'f', 'F', 'o', 'O', 't', 'T'])
                && !is_known()
            {
                continue;
            }
            let (property, Some(value)) = cut(declaration, b':') else { continue };
            let property = property.trim_ascii_end();
            let is = |known: &str| property.eq_ignore_ascii_case(known);
            let (value, behind) = cut(value, b'!');
            let is_important =
                behind.is_some_and(|behind| behind.trim_ascii().eq_ignore_ascii_case("important"));
            let value = value.trim_ascii();
            let is_any = |known: &[&str]| known.iter().any(|known| value.eq_ignore_ascii_case(known));
            let (slot, is_on) = if is("font-size") {
                said.dim |= is_speck(value);
                (&mut said.tiny, is_zero(value))
            } else if is("opacity") {
                (&mut said.faded, is_zero(value))
            } else if is("color") {
                let is_white =
                    is_any(&["white", "#fff", "#ffffff", "rgb(255,255,255)", "rgb(255, 255, 255)"]);
                said.dim |= is_white;
                (&mut said.colourless, is_any(&["transparent"]))
            } else if is("mso-hide") {
                said.dim |= is_any(&["all"]);
                continue;
            } else if is("text-indent") {
                said.dim |= value.starts_with('-');
                continue;
            } else if is("unicode-bidi") {
                // Written backwards.
                said.dim |= is_any(&["bidi-override", "isolate-override"]);
                continue;
            } else if is("overflow") {
                said.dim |= is_any(&["hidden", "clip"]);
                continue;
            } else if is("float") {
                (&mut said.aside, is_any(&["left", "right"]))
            } else if is("position") {
                (&mut said.aside, is_any(&["absolute", "fixed"]))
            } else if is("display") {
                let is_block =
                    is_any(&["block", "flex", "grid", "list-item", "table", "table-cell", "table-row"]);
                put(&mut said.block, Some(Value { is_on: is_block, is_important }));
                (&mut said.gone, is_any(&["none"]))
            } else if is("visibility") {
                (&mut said.invisible, is_any(&["hidden", "collapse"]))
            } else if is("white-space") {
                (&mut said.preserved, is_any(&["pre", "pre-wrap", "pre-line", "break-spaces"]))
            } else if is("text-decoration") || is("text-decoration-line") {
                let mut words = value.split_ascii_whitespace();
                (&mut said.struck, words.any(|word| word.eq_ignore_ascii_case("line-through")))
            } else if is("vertical-align") {
                (&mut said.shifted, is_any(&["super", "sub"]))
            } else if is("mso-text-raise") {
                (&mut said.shifted, !is_zero(value))
            } else {
                continue;
            };
            put(slot, Some(Value { is_on, is_important }));
        }
        said
    }

    /// Takes in what is said with more weight.
    pub(super) fn add(&mut self, other: &Self) {
        put(&mut self.gone, other.gone);
        put(&mut self.invisible, other.invisible);
        put(&mut self.faded, other.faded);
        put(&mut self.struck, other.struck);
        put(&mut self.tiny, other.tiny);
        put(&mut self.shifted, other.shifted);
        put(&mut self.preserved, other.preserved);
        put(&mut self.block, other.block);
        put(&mut self.aside, other.aside);
        put(&mut self.colourless, other.colourless);
        self.dim |= other.dim;
    }

    /// Whether nothing is said that matters.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it makes something seen that may be hidden otherwise.
    pub(super) fn shows(&self) -> bool {
        [self.gone, self.invisible].into_iter().flatten().any(|value| !value.is_on)
    }

    /// Whether it takes something out of the text around it.
    pub(super) fn hides(&self) -> bool {
        [self.gone, self.invisible, self.struck, self.shifted].into_iter().flatten().any(|value| value.is_on)
    }

    /// The same without what hides.
    pub(super) fn without_hiding(self) -> Self {
        Self { gone: None, invisible: None, ..self }
    }

    /// Whether it takes something out of the lines around it, or keeps it from being seen.
    pub(super) fn is_aside(&self) -> bool {
        self.dim || [self.aside, self.colourless].into_iter().flatten().any(|value| value.is_on)
    }

    /// The same without what pages let scripts and animations change: sizes, opacity and white space; and without places, of
    /// which their rules are full.
    pub(super) fn lasting(self) -> Self {
        Self { faded: None, tiny: None, preserved: None, aside: None, colourless: None, dim: false, ..self }
    }
}

/// What stands before the first such byte of ASCII, and what stands behind it.
fn cut(text: &str, mark: u8) -> (&str, Option<&str>) {
    match memchr::memchr(mark, text.as_bytes()) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn put(slot: &mut Option<Value>, value: Option<Value>) {
    if let Some(value) = value
        && slot.is_none_or(|known| value.is_important || !known.is_important)
    {
        *slot = Some(value);
    }
}

/// Whether a size is less than two pixels.
fn is_speck(value: &str) -> bool {
    let digits = value.strip_suffix("px").or_else(|| value.strip_suffix("pt"));
    digits.and_then(|digits| digits.split('.').next()).is_some_and(|whole| matches!(whole, "" | "0" | "1"))
}

/// Whether a size is zero: `0`, `0px`, `0.0pt`.
fn is_zero(value: &str) -> bool {
    let digits =
        value.trim_end_matches(|character: char| character.is_ascii_alphabetic() || character == '%');
    digits.starts_with(['0', '.'])
        && digits.bytes().all(|byte| matches!(byte, b'0' | b'.'))
        && digits.contains('0')
}

/// Whether one of these classes is called after a note: footnote, superscript.
pub(super) fn names_note(classes: &str) -> bool {
    const SHORTEST: usize = "endnote".len();
    const NOTES: [&str; 3] = ["footnote", "endnote", "superscript"];
    let begins = |class: &str, note: &str| {
        class.as_bytes().get(..note.len()).is_some_and(|start| start.eq_ignore_ascii_case(note.as_bytes()))
    };
    // Most elements have no class, or a short one.
    SHORTEST <= classes.len()
        && classes.split_ascii_whitespace().any(|class| NOTES.iter().any(|note| begins(class, note)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styled(look: Look, style: &str) -> Look {
        look.with(&Said::by(style))
    }

    #[test]
    fn only_declarations_about_what_is_seen_count() {
        let plain = Look::default();
        assert_eq!(styled(plain, "font-size: 16pt; WIDTH: 4px; word-break: none; text-indent: 2em"), plain);
        assert!(styled(plain, "color:red;DISPLAY : None !important").gone);
        assert!(!styled(plain, "mso-display: none; display: block").gone);
        for zero in ["font-size:0", "font-size: 0px", "FONT-SIZE:0.0pt", "opacity:0"] {
            assert!(styled(plain, zero).is_hidden(), "{zero}");
        }
        for some in [
            "font-size:0.5em",
            "font-size:10pt",
            "font-size:larger",
            "opacity:.05",
            "font-size:0;font-size:9pt",
            "display:none;display:block",
        ] {
            assert!(!styled(plain, some).is_hidden(), "{some}");
        }
        assert!(!styled(styled(plain, "font-size:0"), "font-size:16px").is_hidden());
        assert!(styled(plain, "visibility:hidden").invisible);
        assert!(!styled(styled(plain, "visibility:hidden"), "visibility: visible").invisible);
        assert!(styled(styled(plain, "display:none"), "display: block").gone);
        assert!(styled(plain, "white-space: pre-wrap").preserved);
        assert!(!styled(styled(plain, "white-space: pre"), "white-space:normal").preserved);
    }

    #[test]
    fn what_is_struck_out_stays_so_inside_and_other_lines_strike_nothing_out() {
        let plain = Look::default();
        for struck in [
            "text-decoration:line-through",
            "TEXT-DECORATION: red Line-Through",
            "text-decoration-line: underline line-through",
        ] {
            let struck = styled(plain, struck);
            assert!(struck.is_hidden());
            assert!(styled(struck, "text-decoration: none").is_hidden());
        }
        for other in ["text-decoration: underline", "text-decoration:line-through;text-decoration:none"] {
            assert_eq!(styled(plain, other), plain, "{other}");
        }
        assert!(styled(plain, "VERTICAL-ALIGN: super").shifted);
        assert_eq!(styled(plain, "vertical-align: top"), plain);
    }

    #[test]
    fn what_is_important_is_not_taken_back_by_what_is_not() {
        let mut said = Said::by("display: none !important");
        said.add(&Said::by("display: block"));
        assert!(Look::default().with(&said).gone);
        said.add(&Said::by("display: block ! important"));
        assert!(!Look::default().with(&said).gone);
    }
}
