//! Bytes into text, for certain: what the sender declares, what the bytes allow and what they say must agree.

use crate::{Issue, IssueKind, ReadError, SourceMap, SourceTextBuilder};
use encoding_rs::{BIG5, DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// A charset as declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Also declared as GBK or GB2312, which are parts of it.
    Gb18030,
    Big5,
    /// One that is not read: the declaration is known to be wrong, since Chinese cannot be written in it, or the
    /// document cannot be read.
    Other,
}

impl Charset {
    /// The charset that a label means to a browser.
    pub(crate) fn from_label(label: &str) -> Self {
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) if encoding == UTF_8 => Self::Utf8,
            Some(encoding) if encoding == UTF_16LE => Self::Utf16Le,
            Some(encoding) if encoding == UTF_16BE => Self::Utf16Be,
            Some(encoding) if encoding == GB18030 || encoding == GBK => Self::Gb18030,
            Some(encoding) if encoding == BIG5 => Self::Big5,
            Some(_) | None => Self::Other,
        }
    }
}

/// A decoded source.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) map: SourceMap,
    pub(crate) encoding: &'static str,
    pub(crate) issues: Vec<Issue>,
}

/// Decodes `source`. A byte order mark is believed first; then valid UTF-8 that is more than ASCII, whatever is
/// declared; then the declaration; then GB18030 or Big5, whichever the
/// bytes make more sense in.
pub(crate) fn decode(source: &[u8], declared: Option<Charset>) -> Result<Decoded<'_>, ReadError> {
    let (charset, start) = match source {
        [0xef, 0xbb, 0xbf, ..] => (Charset::Utf8, 3),
        [0xff, 0xfe, ..] => (Charset::Utf16Le, 2),
        [0xfe, 0xff, ..] => (Charset::Utf16Be, 2),
        _ => (by_evidence(source, declared)?, 0),
    };
    let mut decoded = match charset {
        Charset::Utf16Le => utf16(source, start, UTF_16LE, u16::from_le_bytes)?,
        Charset::Utf16Be => utf16(source, start, UTF_16BE, u16::from_be_bytes)?,
        Charset::Gb18030 => double_byte(source, GB18030, gb18030_sequence)?,
        Charset::Big5 => double_byte(source, BIG5, big5_sequence)?,
        Charset::Utf8 | Charset::Other => utf8(source, start)?,
    };
    let contradicted = declared.is_some_and(|declared| declared != charset);
    if contradicted && !source[start..].is_ascii() {
        decoded.issues.push(Issue { kind: IssueKind::CharsetContradicted, at: 0 });
    }
    Ok(decoded)
}

/// The charset of a source without a byte order mark.
fn by_evidence(source: &[u8], declared: Option<Charset>) -> Result<Charset, ReadError> {
    let wide = |declared| matches!(declared, Some(Charset::Utf16Le | Charset::Utf16Be));
    match valid_utf8(source) {
        Some(_) if wide(declared) && source.contains(&0) => Ok(declared.unwrap_or(Charset::Utf8)),
        // Two-byte sequences of UTF-8 alone (Latin, Greek) are as likely a few Chinese characters of another
        // charset: then a declaration decides.
        Some(_) if source.iter().all(|&byte| byte < 0xe0) && !source.is_ascii() => Ok(match declared {
            Some(declared @ (Charset::Gb18030 | Charset::Big5)) => declared,
            _ => Charset::Utf8,
        }),
        Some(_) => Ok(Charset::Utf8),
        None if wide(declared) => Ok(declared.unwrap_or(Charset::Utf8)),
        None => by_fit(source, declared),
    }
}

/// The text of `bytes`, if they are valid UTF-8: eight times as fast as the standard library on Chinese.
fn valid_utf8(bytes: &[u8]) -> Option<Cow<'_, str>> {
    UTF_8.decode_without_bom_handling_and_without_replacement(bytes)
}

/// The charset of a source that is not valid in UTF-8.
fn by_fit(source: &[u8], declared: Option<Charset>) -> Result<Charset, ReadError> {
    let utf8 = Fit::of_utf8(source);
    if utf8.is_close() {
        return Ok(Charset::Utf8);
    }
    let fits = [
        (Charset::Gb18030, Fit::of_pairs(source, gb18030_sequence, is_common_in_gb18030)),
        (Charset::Big5, Fit::of_pairs(source, big5_sequence, is_common_in_big5)),
    ];
    let [(_, gb18030), (_, big5)] = &fits;
    let (best, other) = if big5.share() <= gb18030.share() { (0, 1) } else { (1, 0) };
    let ((charset, fit), (_, other)) = (&fits[best], &fits[other]);
    if let Some(declared @ (Charset::Gb18030 | Charset::Big5)) = declared {
        // Each of the two can be taken for the other, but then half of the characters are rare ones.
        const CERTAIN_CHARACTERS: usize = 100;
        const CERTAIN_SHARE: usize = 15;
        let contradicts = fit.is_close()
            && CERTAIN_CHARACTERS <= fit.multibyte
            && other.share() + CERTAIN_SHARE <= fit.share();
        return Ok(if contradicts { *charset } else { declared });
    }
    if fit.is_close() || fit.is_all_there_is(other) {
        return Ok(*charset);
    }
    if is_tolerable(utf8.invalid, source.len()) {
        return Ok(Charset::Utf8);
    }
    Err(ReadError::Undecodable { at: Encoding::utf8_valid_up_to(source) })
}

/// How well bytes fit an encoding.
#[derive(Debug, Default)]
struct Fit {
    /// Characters of more than one byte.
    multibyte: usize,
    /// Of those, such as Chinese text mostly consists of and chance does not.
    common: usize,
    /// Places that are no character.
    invalid: usize,
}

impl Fit {
    /// Whether the encoding is this one, with a handful of broken places at most.
    fn is_close(&self) -> bool {
        is_tolerable(self.invalid, self.multibyte)
            && self.invalid * 4 <= self.common
            && self.multibyte * 6 <= self.common * 10
    }

    /// Whether every byte of a text belongs to a character of this encoding and the other one cannot be meant. So it is
    /// with traditional script in GB18030, where half of the characters are rare ones.
    fn is_all_there_is(&self, other: &Self) -> bool {
        const CHARACTERS_MIN: usize = 100;
        const SHARE_MIN: usize = 40;
        self.invalid == 0
            && CHARACTERS_MIN <= self.multibyte
            && SHARE_MIN <= self.share()
            && !is_tolerable(other.invalid, other.multibyte)
    }

    fn of_utf8(source: &[u8]) -> Self {
        let mut fit = Self::default();
        for chunk in source.utf8_chunks() {
            if !is_tolerable(fit.invalid, source.len()) {
                break; // It is something else, whatever follows.
            }
            let multibyte = || chunk.valid().chars().filter(|character| !character.is_ascii());
            fit.multibyte += multibyte().count();
            // Three bytes that fit together by chance are rare, two are not.
            fit.common += multibyte().filter(|character| 2 < character.len_utf8()).count();
            fit.invalid += usize::from(!chunk.invalid().is_empty());
        }
        fit
    }

    /// Common characters in hundredths.
    fn share(&self) -> usize {
        self.common * 100 / self.multibyte.max(1)
    }

    /// The fit of an encoding whose characters mostly take two bytes.
    fn of_pairs(source: &[u8], sequence: fn(&[u8]) -> Sequence, is_common: fn(u8, u8) -> bool) -> Self {
        let mut fit = Self::default();
        let mut at = 0;
        while at < source.len() {
            let sequence = sequence(&source[at..]);
            match source[at..at + sequence.len] {
                [0x80] => fit.invalid += 1,
                _ if !sequence.valid => fit.invalid += 1,
                [_] => {}
                [lead, trail] => {
                    fit.multibyte += 1;
                    fit.common += usize::from(is_common(lead, trail));
                }
                _ => fit.multibyte += 1,
            }
            at += sequence.len;
        }
        fit
    }
}

/// Punctuation, full-width forms and the characters of GB 2312.
fn is_common_in_gb18030(lead: u8, trail: u8) -> bool {
    matches!(lead, 0xa1..=0xa3 | 0xb0..=0xf7) && 0xa1 <= trail
}

/// Punctuation, full-width forms and the frequent characters of the first plane.
fn is_common_in_big5(lead: u8, _: u8) -> bool {
    matches!(lead, 0xa1..=0xc6)
}

/// A handful of invalid places is read all the same; more means that the text is something else.
fn is_tolerable(invalid: usize, characters: usize) -> bool {
    invalid <= 1 + characters / 50 && invalid < characters
}

/// Collects text, and U+FFFD for what cannot be read.
struct Output {
    builder: SourceTextBuilder,
    issues: Vec<Issue>,
    characters: usize,
}

impl Output {
    fn new(capacity: usize) -> Self {
        Self { builder: SourceTextBuilder::with_capacity(capacity), issues: Vec::new(), characters: 0 }
    }

    fn invalid(&mut self, at: usize, len: usize) {
        self.builder.push_piece("\u{fffd}", at, len);
        self.issues.push(Issue { kind: IssueKind::InvalidBytes, at });
    }

    /// Adds text that stands in the source as it is. A NUL is no text: stores and tools downstream choke on it.
    fn verbatim(&mut self, text: &str, at: usize) {
        self.characters += text.len();
        let mut start = 0;
        for (nul, _) in text.match_indices('\0') {
            self.builder.push_verbatim(&text[start..nul], at + start);
            self.invalid(at + nul, 1);
            start = nul + 1;
        }
        self.builder.push_verbatim(&text[start..], at + start);
    }

    fn finish(self, encoding: &'static Encoding) -> Result<Decoded<'static>, ReadError> {
        if let Some(first) = self.issues.first()
            && !is_tolerable(self.issues.len(), self.characters)
        {
            return Err(ReadError::Undecodable { at: first.at });
        }
        let (text, map) = self.builder.into_parts();
        Ok(Decoded { text: Cow::Owned(text), map, encoding: encoding.name(), issues: self.issues })
    }
}

fn utf8(source: &[u8], start: usize) -> Result<Decoded<'_>, ReadError> {
    if memchr::memchr(0, source).is_none()
        && let Some(text) = valid_utf8(&source[start..])
    {
        let map = SourceMap::verbatim(start);
        return Ok(Decoded { text, map, encoding: UTF_8.name(), issues: Vec::new() });
    }
    let mut output = Output::new(source.len());
    let mut at = start;
    for chunk in source[start..].utf8_chunks() {
        output.verbatim(chunk.valid(), at);
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            output.invalid(at, chunk.invalid().len());
            at += chunk.invalid().len();
        }
    }
    output.finish(UTF_8)
}

fn utf16(
    source: &[u8],
    start: usize,
    encoding: &'static Encoding,
    unit: fn([u8; 2]) -> u16,
) -> Result<Decoded<'static>, ReadError> {
    let (pairs, rest) = source[start..].as_chunks::<2>();
    let mut output = Output::new(source.len() / 2 * 3);
    let mut at = start;
    let mut buffer = [0; 4];
    for character in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        match character {
            Ok('\0') | Err(_) => {
                output.invalid(at, 2);
                at += 2;
            }
            Ok(character) => {
                let len = character.len_utf16() * 2;
                output.builder.push_piece(character.encode_utf8(&mut buffer), at, len);
                output.characters += 1;
                at += len;
            }
        }
    }
    if !rest.is_empty() {
        output.invalid(at, rest.len());
    }
    output.finish(encoding)
}

/// The bytes of one character, or of one place that is none.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    len: usize,
    valid: bool,
}

/// Cuts the first character off `bytes`, which are not empty, as the Encoding Standard does: where a sequence
/// breaks off, its first byte alone is invalid.
fn gb18030_sequence(bytes: &[u8]) -> Sequence {
    match *bytes {
        [0x00..=0x80, ..] => Sequence { len: 1, valid: true },
        [0x81..=0xfe, 0x40..=0x7e | 0x80..=0xfe, ..] => Sequence { len: 2, valid: true },
        [0x81..=0xfe, b'0'..=b'9', 0x81..=0xfe, b'0'..=b'9', ..] => Sequence { len: 4, valid: true },
        _ => Sequence { len: 1, valid: false },
    }
}

/// As [`gb18030_sequence`], for Big5.
fn big5_sequence(bytes: &[u8]) -> Sequence {
    match *bytes {
        [0x00..=0x7f, ..] => Sequence { len: 1, valid: true },
        [0x81..=0xfe, 0x40..=0x7e | 0xa1..=0xfe, ..] => Sequence { len: 2, valid: true },
        _ => Sequence { len: 1, valid: false },
    }
}

/// Decodes an encoding of ASCII and of characters of mostly two bytes. Runs of those go through the decoder in
/// one piece; their characters then tell which bytes are whose.
fn double_byte(
    source: &[u8],
    encoding: &'static Encoding,
    sequence: fn(&[u8]) -> Sequence,
) -> Result<Decoded<'static>, ReadError> {
    let mut output = Output::new(source.len() / 2 * 3);
    let mut buffer = vec![0; 512];
    let mut at = 0;
    while at < source.len() {
        let ascii = source[at..].iter().position(|byte| !byte.is_ascii()).unwrap_or(source.len() - at);
        if 0 < ascii {
            output.verbatim(std::str::from_utf8(&source[at..at + ascii]).unwrap_or_default(), at);
            at += ascii;
            continue;
        }
        // At most four bytes of text come of each pair, so that the buffer always suffices.
        let mut pairs = 0;
        while pairs < 128
            && source.get(at + pairs * 2).is_some_and(|byte| !byte.is_ascii())
            && matches!(sequence(&source[at + pairs * 2..]), Sequence { len: 2, valid: true })
        {
            pairs += 1;
        }
        if 0 < pairs && decode_pairs(&source[at..at + pairs * 2], at, encoding, &mut buffer, &mut output) {
            at += pairs * 2;
            continue;
        }
        // Something in here is odd: one at a time.
        for _ in 0..pairs.max(1) {
            if at == source.len() {
                break;
            }
            at += decode_one(&source[at..], at, encoding, sequence, &mut buffer, &mut output);
        }
    }
    output.finish(encoding)
}

/// Decodes `bytes`, pairs that are one character each. Gives `false` if they are not.
fn decode_pairs(
    bytes: &[u8],
    at: usize,
    encoding: &'static Encoding,
    buffer: &mut [u8],
    output: &mut Output,
) -> bool {
    let Some(text) = decode_whole(bytes, encoding, buffer) else { return false };
    let pairs = bytes.len() / 2;
    if text.chars().count() != pairs {
        return false;
    }
    output.characters += pairs;
    let (mut start, mut pair, mut run_pair, mut width) = (0, 0, 0, 0);
    for (offset, character) in text.char_indices() {
        if character.len_utf8() != width {
            output.builder.push_pieces(&text[start..offset], width, at + run_pair * 2, 2);
            (start, run_pair, width) = (offset, pair, character.len_utf8());
        }
        pair += 1;
    }
    output.builder.push_pieces(&text[start..], width, at + run_pair * 2, 2);
    true
}

/// Decodes the first character of `bytes` and gives the number of its bytes.
fn decode_one(
    bytes: &[u8],
    at: usize,
    encoding: &'static Encoding,
    sequence: fn(&[u8]) -> Sequence,
    buffer: &mut [u8],
    output: &mut Output,
) -> usize {
    let Sequence { len, valid } = sequence(bytes);
    match decode_whole(&bytes[..len], encoding, buffer).filter(|_| valid) {
        Some(text) => {
            output.builder.push_piece(text, at, len);
            output.characters += 1;
            len
        }
        None => {
            // An ASCII byte is never swallowed by a broken character before it.
            let len = if bytes[..len].iter().skip(1).any(u8::is_ascii) { 1 } else { len };
            output.invalid(at, len);
            len
        }
    }
}

/// Decodes `bytes` whole, if they are valid.
fn decode_whole<'b>(bytes: &[u8], encoding: &'static Encoding, buffer: &'b mut [u8]) -> Option<&'b str> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (result, _, written) = decoder.decode_to_utf8_without_replacement(bytes, buffer, true);
    if !matches!(result, DecoderResult::InputEmpty) {
        return None;
    }
    std::str::from_utf8(&buffer[..written]).ok()
}
