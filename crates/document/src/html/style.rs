//! What a `style` attribute does to the text of its element.

/// How an element's text is shown. Nested elements inherit it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// Not displayed: takes no place.
    pub(super) gone: bool,
    /// Takes its place and is not seen.
    pub(super) invisible: bool,
    /// Of no opacity: it takes its place, and nothing inside of it is seen.
    pub(super) faded: bool,
    /// In letters of no size.
    pub(super) tiny: bool,
    /// White space is kept and line ends count.
    pub(super) preserved: bool,
}

impl Look {
    /// The look of an element of this style inside an element that looks like `self`.
    pub(super) fn styled(mut self, style: &str) -> Self {
        for declaration in style.split(';') {
            let declaration = declaration.trim_ascii_start();
            // Nearly all declarations are about fonts and margins: one byte tells.
            if !declaration.starts_with(['d', 'D', 'v', 'V', 'w', 'W', 'f', 'F', 'o', 'O']) {
                continue;
            }
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let value = value.split('!').next().unwrap_or_default().trim_ascii();
            let property = property.trim_ascii_end();
            if property.eq_ignore_ascii_case("font-size") {
                self.tiny = is_zero(value);
            } else if property.eq_ignore_ascii_case("opacity") {
                // What stands inside cannot take it back.
                self.faded |= is_zero(value);
            } else if property.eq_ignore_ascii_case("display") {
                self.gone |= value.eq_ignore_ascii_case("none");
            } else if property.eq_ignore_ascii_case("visibility") {
                self.invisible =
                    value.eq_ignore_ascii_case("hidden") || value.eq_ignore_ascii_case("collapse");
            } else if property.eq_ignore_ascii_case("white-space") {
                let keeping = ["pre", "pre-wrap", "pre-line", "break-spaces"];
                self.preserved = keeping.iter().any(|keeping| value.eq_ignore_ascii_case(keeping));
            }
        }
        self
    }

    /// Whether nothing of the text is read.
    pub(super) fn is_hidden(self) -> bool {
        self.gone || self.invisible || self.tiny || self.faded
    }
}

/// Whether a size is zero: `0`, `0px`, `0.0pt`.
fn is_zero(value: &str) -> bool {
    let digits =
        value.trim_end_matches(|character: char| character.is_ascii_alphabetic() || character == '%');
    digits.starts_with(['0', '.'])
        && digits.bytes().all(|byte| matches!(byte, b'0' | b'.'))
        && digits.contains('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declarations_about_display_and_white_space_count() {
        let plain = Look::default();
        assert_eq!(plain.styled("font-size: 16pt; WIDTH: 4px; word-break: none"), plain);
        assert!(plain.styled("color:red;DISPLAY : None !important").gone);
        assert!(!plain.styled("mso-display: none; display: block").gone);
        for zero in ["font-size:0", "font-size: 0px", "FONT-SIZE:0.0pt", "opacity:0"] {
            assert!(plain.styled(zero).is_hidden(), "{zero}");
        }
        for some in [
            "font-size:0.5em",
            "font-size:10pt",
            "font-size:larger",
            "opacity:.05",
            "font-size:0;font-size:9pt",
        ] {
            assert!(!plain.styled(some).is_hidden(), "{some}");
        }
        assert!(!plain.styled("font-size:0").styled("font-size:16px").is_hidden());
        assert!(plain.styled("visibility:hidden").invisible);
        assert!(!plain.styled("visibility:hidden").styled("visibility: visible").invisible);
        assert!(plain.styled("display:none").styled("display: block").gone);
        assert!(plain.styled("white-space: pre-wrap").preserved);
        assert!(!plain.styled("white-space: pre").styled("white-space:normal").preserved);
    }
}
