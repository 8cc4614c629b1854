//! Documents that went wrong: seeded changes to bytes, lines, tags, rows, numbers and characters of a document, as
//! careless tools and hostile senders make them. For fuzzing: no expectation comes with them.

use crate::Rng;

/// Mutated documents never grow beyond this, so that a run of thousands stays quick.
const BYTES_MAX: usize = 600_000;

/// Makes another document of `source` by some changes; `other` is one whose pieces may be put in. The same `seed`
/// makes the same document.
pub fn mutated(source: &[u8], other: &[u8], seed: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed);
    let mut bytes = source.to_vec();
    for _ in 0..rng.between(1, 4) {
        bytes = match (std::str::from_utf8(&bytes), rng.below(5)) {
            (Ok(text), 0..=3) => in_text(text, other, &mut rng).into_bytes(),
            _ => in_bytes(&bytes, other, &mut rng),
        };
        bytes.truncate(BYTES_MAX);
    }
    if rng.chance(10) {
        bytes = other_charset(&bytes, &mut rng);
    }
    bytes
}

/// A change that knows nothing of characters.
fn in_bytes(bytes: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let at = rng.below(out.len() as u64 + 1) as usize;
    let end = (at + rng.below(200) as usize).min(out.len());
    match rng.below(6) {
        0 => {
            for _ in 0..rng.between(1, 30) {
                let at = rng.below(out.len() as u64) as usize;
                if let Some(byte) = out.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
        1 => out.truncate(at),
        2 => drop(out.drain(at..end)),
        3 => drop(out.splice(at..at, bytes[at..end].iter().copied())),
        4 => drop(out.splice(at..at, (0..rng.below(40)).map(|_| rng.bits() as u8).collect::<Vec<_>>())),
        _ => {
            let from = rng.below(other.len() as u64 + 1) as usize;
            out.truncate(at);
            out.extend_from_slice(&other[from..]);
        }
    }
    out
}

/// A change to the pieces that a text is made of.
fn in_text(text: &str, other: &[u8], rng: &mut Rng) -> String {
    match rng.below(12) {
        0 | 1 => pieces(text, '\n', rng),
        2 | 3 if text.contains('<') => pieces(text, '<', rng),
        4 => splice(text, &String::from_utf8_lossy(other), rng),
        5 | 6 => numbers(text, rng),
        7 => nested(text, rng),
        8 => characters(text, rng),
        9 => attributes(text, rng),
        10 => layout(text, rng),
        _ => cut(text, rng),
    }
}

/// Removes, doubles, swaps or moves pieces of `text` that begin with `separator`: lines, or tags with what follows.
fn pieces(text: &str, separator: char, rng: &mut Rng) -> String {
    let mut pieces: Vec<&str> = text.split(separator).collect();
    for _ in 0..rng.between(1, 6) {
        let at = rng.below(pieces.len() as u64) as usize;
        let len = (rng.between(1, 5) as usize).min(pieces.len() - at);
        match rng.below(4) {
            0 if len < pieces.len() => drop(pieces.drain(at..at + len)),
            1 => {
                let copies = pieces[at..at + len].to_vec();
                drop(pieces.splice(at..at, copies));
            }
            2 => {
                let with = rng.below(pieces.len() as u64) as usize;
                pieces.swap(at, with);
            }
            _ => {
                let moved: Vec<&str> = pieces.drain(at..at + len).collect();
                let to = rng.below(pieces.len() as u64 + 1) as usize;
                drop(pieces.splice(to..to, moved));
            }
        }
    }
    pieces.join(separator.encode_utf8(&mut [0; 4]))
}

/// The beginning of one text and the end of another.
fn splice(text: &str, other: &str, rng: &mut Rng) -> String {
    let (at, from) = (boundary(text, rng), boundary(other, rng));
    let gap = *rng.pick(&["", "\n", "\n\n", "<p>", "</table>"]);
    format!("{}{gap}{}", &text[..at], &other[from..])
}

/// Puts other numbers, marks or nothing in the place of numbers.
fn numbers(text: &str, rng: &mut Rng) -> String {
    let all = rng.chance(10);
    let mut left = if all { usize::MAX } else { rng.between(1, 8) as usize };
    let skip = if all { 0 } else { rng.below(200) as usize };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut seen = 0;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()).filter(|_| 0 < left) {
        let len = rest[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - start);
        out.push_str(&rest[..start]);
        let number = &rest[start..start + len];
        if seen < skip {
            out.push_str(number);
        } else {
            out.push_str(&other_number(number, rng));
            left -= 1;
        }
        seen += 1;
        rest = &rest[start + len..];
    }
    out + rest
}

fn other_number(number: &str, rng: &mut Rng) -> String {
    match rng.below(11) {
        0 => number.repeat(rng.between(2, 40) as usize),
        1 => format!("-{number}"),
        2 => format!("{number}.{number}"),
        3 => number.chars().filter_map(|c| char::from_u32(c as u32 + 0xfee0)).collect(),
        4 => String::new(),
        5 => (*rng.pick(&["/", "-", "—", "无", "&nbsp;", "\u{3000}", "①", "一", "O", "l"])).to_owned(),
        6 => format!("{number}{}", rng.pick(&["件", "万元", "亿元", "条", "%", "余"])),
        7 => rng.bits().to_string(),
        8 => format!("{number} {number}"),
        9 => format!("{number},{number}00"),
        _ => number.chars().rev().collect(),
    }
}

/// Puts many elements, brackets or tables around what follows.
fn nested(text: &str, rng: &mut Rng) -> String {
    let at = boundary(text, rng);
    let piece =
        *rng.pick(&["<div>", "<table><tr><td>", "<b>", "<table>", "（", "<ul><li>", "<p", "[", "一、"]);
    let deep = piece.repeat(rng.between(1, 1_500) as usize);
    format!("{}{deep}{}", &text[..at], &text[at..])
}

/// Puts characters in that are not seen, are seen otherwise, or mean something to a parser.
fn characters(text: &str, rng: &mut Rng) -> String {
    const PIECES: [&str; 26] = [
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\u{2028}",
        "\u{202e}",
        "\u{e000}",
        "\u{fffc}",
        "\0",
        "\u{3000}",
        "\t",
        "|",
        "\r",
        "\u{c}",
        "(zì)",
        "（rán）",
        "⼀",
        "資訊",
        "&amp;nbsp;",
        "&#48;",
        "&#x",
        "<!--",
        "-->",
        "\u{301}",
        "𠀀",
        "<ruby>人<rt>rén</rt></ruby>",
        "<![CDATA[",
    ];
    let mut out = String::with_capacity(text.len());
    let every = rng.between(5, 2_000);
    let piece = *rng.pick(&PIECES);
    for character in text.chars() {
        if rng.below(every) == 0 {
            out.push_str(piece);
        }
        out.push(character);
    }
    out
}

/// Gives tags attributes that change what they mean.
fn attributes(text: &str, rng: &mut Rng) -> String {
    const ATTRIBUTES: [&str; 10] = [
        " rowspan=3>",
        " colspan=\"7\">",
        " rowspan=65535 colspan=1000>",
        " style=\"display:none\">",
        " style='visibility:hidden;font-size:0'>",
        " hidden>",
        " style='display:table-row'>",
        " style=\"display:flex\">",
        " x=\"",
        " a=b a=c/>",
    ];
    let every = rng.between(2, 60);
    let attribute = *rng.pick(&ATTRIBUTES);
    let huge = "x".repeat(rng.between(1, 20_000) as usize);
    let is_huge = rng.chance(10);
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive('>') {
        if piece.ends_with('>') && rng.below(every) == 0 {
            out.push_str(&piece[..piece.len() - 1]);
            if is_huge {
                out.push_str(&format!(" data='{huge}'>"));
            } else {
                out.push_str(attribute);
            }
        } else {
            out.push_str(piece);
        }
    }
    out
}

/// Loses or changes what separates cells and lines.
fn layout(text: &str, rng: &mut Rng) -> String {
    match rng.below(9) {
        0 => text.replace('\t', " "),
        1 => text.replace('|', "\t"),
        2 => text.replace('\n', "\r\n"),
        3 => text.replace("\n\n", "\n"),
        4 => text.replace(['\t', '|'], ""),
        5 => text.lines().map(|line| format!("<p>{line}</p>")).collect(),
        6 => text.replace("</td>", "").replace("</tr>", ""),
        7 => text.replace("<table", "<div").replace("</table", "</div"),
        _ => {
            let mut inside = false;
            let outside = |c: char| {
                let was = inside;
                inside = (inside || c == '<') && c != '>';
                (!was && c != '<').then_some(c)
            };
            text.chars().filter_map(outside).collect()
        }
    }
}

/// Loses the end or the beginning.
fn cut(text: &str, rng: &mut Rng) -> String {
    let at = boundary(text, rng);
    if rng.chance(70) { text[..at].to_owned() } else { text[at..].to_owned() }
}

/// The same text in another charset than it says.
fn other_charset(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    match rng.below(5) {
        0 => encoding_rs::GB18030.encode(text).0.into_owned(),
        1 => encoding_rs::BIG5.encode(text).0.into_owned(),
        2 => [b"\xff\xfe".to_vec(), text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat(),
        3 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => format!("<meta charset={}>{text}", rng.pick(&["gbk", "big5", "utf-16", "x"])).into_bytes(),
    }
}

/// A place between two characters.
fn boundary(text: &str, rng: &mut Rng) -> usize {
    let mut at = rng.below(text.len() as u64 + 1) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_document_every_time_and_another_seed_another() {
        let source = "一、总体情况\n1\t2\t3\n<table><tr><td>4</table>".repeat(20);
        let make = |seed| mutated(source.as_bytes(), "另一份\n文件".as_bytes(), seed);
        let different = (0..200).filter(|&seed| make(seed) != source.as_bytes()).count();
        assert!(190 < different, "{different}");
        assert!((0..200).all(|seed| make(seed) == make(seed)));
        assert!((0..200).filter(|&seed| make(seed) == make(seed + 1)).count() < 10);
    }
}
