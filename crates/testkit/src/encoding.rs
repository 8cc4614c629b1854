//! The encodings in which reports are found.

use crate::Rng;

/// How a document's characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8Bom,
    /// UTF-16, little end first, behind a byte order mark.
    Utf16Le,
    /// UTF-16, big end first, behind a byte order mark.
    Utf16Be,
    /// GB18030.
    Gb18030,
    /// Big5, which has bytes for traditional script only.
    Big5,
}

impl Encoding {
    /// Every encoding that has bytes for any text.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Utf8Bom, Self::Utf16Le, Self::Utf16Be, Self::Gb18030];

    /// Any encoding that has bytes for such text.
    pub(crate) fn random(is_traditional: bool, rng: &mut Rng) -> Self {
        if is_traditional && rng.chance(40) { Self::Big5 } else { *rng.pick(&Self::ALL) }
    }

    /// The name that a page declares for it.
    pub fn charset(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Bom => "utf-8",
            Self::Utf16Le | Self::Utf16Be => "utf-16",
            Self::Gb18030 => "gb18030",
            Self::Big5 => "big5",
        }
    }

    /// The bytes of `text`. Big5 has none for characters without width, which are left out, nor for spaces that do not
    /// break, which become usual ones.
    ///
    /// # Panics
    /// When `text` has characters for which Big5 has no bytes.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Self::Utf16Le => {
                [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
            }
            Self::Utf16Be => {
                [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
            }
            Self::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
            Self::Big5 => {
                let seen = text.replace(['\u{200b}', '\u{feff}', '\u{ad}', '\u{200d}'], "");
                let seen = seen.replace('\u{a0}', " ");
                let (bytes, _, has_others) = encoding_rs::BIG5.encode(&seen);
                let first = bytes.windows(3).position(|bytes| bytes.starts_with(b"&#"));
                assert!(!has_others, "Big5 cannot write {:?}", first.map(|at| rest(&bytes[at..])));
                bytes.into_owned()
            }
        }
    }
}

/// A numeric reference at the beginning, to tell which character was meant.
fn rest(bytes: &[u8]) -> String {
    bytes.iter().take_while(|byte| **byte != b';').map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_back_what_it_was_given() {
        let text = "第二十条（一）项\t增3 ᠠ";
        for encoding in Encoding::ALL {
            let bytes = encoding.encode(text);
            let decoder = match encoding {
                Encoding::Gb18030 => encoding_rs::GB18030,
                _ => encoding_rs::UTF_8,
            };
            // `decode` sniffs byte order marks.
            let (decoded, _, broken) = decoder.decode(&bytes);
            assert!(!broken, "{encoding:?}");
            assert_eq!(decoded, text, "{encoding:?}");
        }
    }

    #[test]
    fn traditional_script_fits_into_big5_but_for_what_nobody_sees() {
        let bytes = Encoding::Big5.encode("主動\u{200b}公開\u{a0}3件");
        assert_eq!(encoding_rs::BIG5.decode(&bytes).0, "主動公開 3件");
    }
}
