//! The encodings in which reports are found.

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
}

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Utf8Bom, Self::Utf16Le, Self::Utf16Be, Self::Gb18030];

    /// The name that a page declares for it.
    pub fn charset(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Bom => "utf-8",
            Self::Utf16Le | Self::Utf16Be => "utf-16",
            Self::Gb18030 => "gb18030",
        }
    }

    /// The bytes of `text`.
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
        }
    }
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
}
