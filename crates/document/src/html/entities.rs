//! Character references. All that HTML knows without a semicolon are here, and of the two thousand others those
//! that pages and word processors write.

/// A character reference at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) character: char,
    /// Bytes of the reference.
    pub(super) len: usize,
}

/// The reference that `text`, which begins with an ampersand, begins with.
pub(super) fn reference(text: &str) -> Option<Reference> {
    let body = text.as_bytes().get(1..)?;
    let found = of_body(body)?;
    if found.character != '&' || body.get(found.len - 2) != Some(&b';') {
        return Some(found);
    }
    // `&amp;nbsp;` was escaped once too often; nobody writes about references in a report.
    let again = body.get(found.len - 1..).and_then(|rest| Some((rest, of_body(rest)?)));
    let twice = again.filter(|(rest, twice)| {
        !matches!(twice.character, '&' | '<' | '>') && rest.get(twice.len - 2) == Some(&b';')
    });
    Some(twice.map_or(found, |(_, twice)| Reference { len: found.len + twice.len - 1, ..twice }))
}

/// The reference whose ampersand stands before `body`.
fn of_body(body: &[u8]) -> Option<Reference> {
    if let Some(number) = body.strip_prefix(b"#") {
        return match number {
            [b'x' | b'X', digits @ ..] => numeric(digits, 16, 3),
            digits => numeric(digits, 10, 2),
        };
    }
    // No name is longer; a longer run of letters is none.
    let name_len = body.iter().take(NAME_LEN_MAX + 1).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = std::str::from_utf8(&body[..name_len]).ok()?;
    if body.get(name_len) == Some(&b';')
        && let Some(character) = bare(name).or_else(|| named(name))
    {
        return Some(Reference { character, len: name_len + 2 });
    }
    // Without a semicolon the longest name counts: `&nbspa` is a space and an a.
    (2..=name_len.min(BARE_LEN_MAX)).rev().find_map(|len| {
        let character = bare(&name[..len])?;
        Some(Reference { character, len: len + 1 })
    })
}

/// A number after `prefix_len` bytes of `&#` or `&#x`.
fn numeric(digits: &[u8], radix: u32, prefix_len: usize) -> Option<Reference> {
    let mut number: u32 = 0;
    let mut len = 0;
    while let Some(digit) = digits.get(len).and_then(|&byte| char::from(byte).to_digit(radix)) {
        number = number.saturating_mul(radix).saturating_add(digit);
        len += 1;
    }
    if len == 0 {
        return None;
    }
    let semicolon = usize::from(digits.get(len) == Some(&b';'));
    Some(Reference { character: character_of(number), len: prefix_len + len + semicolon })
}

/// The character of a number. Numbers of control characters mean what they mean in windows-1252.
fn character_of(number: u32) -> char {
    const REMAPPED: [u32; 32] = [
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152,
        0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122,
        0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
    ];
    let number = match number {
        0 => 0xfffd,
        0x80..=0x9f => REMAPPED[number as usize - 0x80],
        _ => number,
    };
    char::from_u32(number).unwrap_or('\u{fffd}')
}

/// A name that counts without a semicolon too.
fn bare(name: &str) -> Option<char> {
    let character = match name {
        "lt" | "LT" => '<',
        "gt" | "GT" => '>',
        "amp" | "AMP" => '&',
        "quot" | "QUOT" => '"',
        "COPY" => '\u{a9}',
        "REG" => '\u{ae}',
        // By far the most frequent.
        "nbsp" => '\u{a0}',
        _ => {
            let index = LATIN.iter().position(|&known| known == name)?;
            char::from_u32(0xa0 + index as u32)?
        }
    };
    Some(character)
}

/// A name that needs its semicolon.
fn named(name: &str) -> Option<char> {
    let index = NAMED.binary_search_by_key(&name, |&(known, _)| known).ok()?;
    NAMED.get(index).map(|&(_, character)| character)
}

/// Longest name in [`NAMED`].
const NAME_LEN_MAX: usize = 16;

/// Longest name that [`bare`] knows.
const BARE_LEN_MAX: usize = 6;

/// Names of the characters from U+00A0 to U+00FF, in their order.
#[rustfmt::skip]
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Sorted by name.
#[rustfmt::skip]
const NAMED: &[(&str, char)] = &[
    ("Alpha", '\u{391}'), ("Beta", '\u{392}'), ("Chi", '\u{3a7}'), ("Dagger", '\u{2021}'),
    ("Delta", '\u{394}'), ("Epsilon", '\u{395}'), ("Eta", '\u{397}'), ("Gamma", '\u{393}'),
    ("Hat", '\u{5e}'), ("Iota", '\u{399}'), ("Kappa", '\u{39a}'), ("Lambda", '\u{39b}'),
    ("MediumSpace", '\u{205f}'), ("Mu", '\u{39c}'), ("NewLine", '\u{a}'), ("NoBreak", '\u{2060}'),
    ("NonBreakingSpace", '\u{a0}'), ("Nu", '\u{39d}'), ("OElig", '\u{152}'), ("Omega", '\u{3a9}'),
    ("Omicron", '\u{39f}'), ("Phi", '\u{3a6}'), ("Pi", '\u{3a0}'), ("Prime", '\u{2033}'),
    ("Psi", '\u{3a8}'), ("Rho", '\u{3a1}'), ("Scaron", '\u{160}'), ("Sigma", '\u{3a3}'), ("Tab", '\u{9}'),
    ("Tau", '\u{3a4}'), ("Theta", '\u{398}'), ("Upsilon", '\u{3a5}'), ("Verbar", '\u{2016}'),
    ("Xi", '\u{39e}'), ("Yuml", '\u{178}'), ("ZeroWidthSpace", '\u{200b}'), ("Zeta", '\u{396}'),
    ("alefsym", '\u{2135}'), ("alpha", '\u{3b1}'), ("amacr", '\u{101}'), ("and", '\u{2227}'),
    ("ang", '\u{2220}'), ("angst", '\u{c5}'), ("ap", '\u{2248}'), ("apos", '\u{27}'), ("ast", '\u{2a}'),
    ("asymp", '\u{2248}'), ("bdquo", '\u{201e}'), ("beta", '\u{3b2}'), ("bigcirc", '\u{25ef}'),
    ("blank", '\u{2423}'), ("blk12", '\u{2592}'), ("blk14", '\u{2591}'), ("blk34", '\u{2593}'),
    ("block", '\u{2588}'), ("boxh", '\u{2500}'), ("boxv", '\u{2502}'), ("bsol", '\u{5c}'),
    ("bull", '\u{2022}'), ("bullet", '\u{2022}'), ("cap", '\u{2229}'), ("caret", '\u{2041}'),
    ("centerdot", '\u{b7}'), ("check", '\u{2713}'), ("chi", '\u{3c7}'), ("cir", '\u{25cb}'),
    ("circ", '\u{2c6}'), ("clubs", '\u{2663}'), ("colon", '\u{3a}'), ("comma", '\u{2c}'),
    ("commat", '\u{40}'), ("cong", '\u{2245}'), ("crarr", '\u{21b5}'), ("cross", '\u{2717}'),
    ("cup", '\u{222a}'), ("dArr", '\u{21d3}'), ("dagger", '\u{2020}'), ("darr", '\u{2193}'),
    ("dash", '\u{2010}'), ("delta", '\u{3b4}'), ("diams", '\u{2666}'), ("die", '\u{a8}'),
    ("dollar", '\u{24}'), ("dtri", '\u{25bf}'), ("ecaron", '\u{11b}'), ("emacr", '\u{113}'),
    ("empty", '\u{2205}'), ("emsp", '\u{2003}'), ("emsp13", '\u{2004}'), ("emsp14", '\u{2005}'),
    ("ensp", '\u{2002}'), ("epsilon", '\u{3b5}'), ("equals", '\u{3d}'), ("equiv", '\u{2261}'),
    ("eta", '\u{3b7}'), ("euro", '\u{20ac}'), ("excl", '\u{21}'), ("exist", '\u{2203}'),
    ("female", '\u{2640}'), ("fnof", '\u{192}'), ("forall", '\u{2200}'), ("frasl", '\u{2044}'),
    ("gamma", '\u{3b3}'), ("ge", '\u{2265}'), ("geq", '\u{2265}'), ("grave", '\u{60}'),
    ("hArr", '\u{21d4}'), ("hairsp", '\u{200a}'), ("harr", '\u{2194}'), ("hearts", '\u{2665}'),
    ("hellip", '\u{2026}'), ("horbar", '\u{2015}'), ("hyphen", '\u{2010}'), ("imacr", '\u{12b}'),
    ("image", '\u{2111}'), ("infin", '\u{221e}'), ("inodot", '\u{131}'), ("int", '\u{222b}'),
    ("iota", '\u{3b9}'), ("isin", '\u{2208}'), ("kappa", '\u{3ba}'), ("lArr", '\u{21d0}'),
    ("lambda", '\u{3bb}'), ("lang", '\u{27e8}'), ("larr", '\u{2190}'), ("lbrace", '\u{7b}'),
    ("lbrack", '\u{5b}'), ("lceil", '\u{2308}'), ("lcub", '\u{7b}'), ("ldquo", '\u{201c}'),
    ("ldquor", '\u{201e}'), ("le", '\u{2264}'), ("leq", '\u{2264}'), ("lfloor", '\u{230a}'),
    ("lowast", '\u{2217}'), ("lowbar", '\u{5f}'), ("loz", '\u{25ca}'), ("lpar", '\u{28}'),
    ("lrm", '\u{200e}'), ("lsaquo", '\u{2039}'), ("lsqb", '\u{5b}'), ("lsquo", '\u{2018}'),
    ("lsquor", '\u{201a}'), ("ltri", '\u{25c3}'), ("male", '\u{2642}'), ("mdash", '\u{2014}'),
    ("minus", '\u{2212}'), ("mldr", '\u{2026}'), ("mu", '\u{3bc}'), ("nabla", '\u{2207}'),
    ("ncaron", '\u{148}'), ("ndash", '\u{2013}'), ("ne", '\u{2260}'), ("ni", '\u{220b}'),
    ("nldr", '\u{2025}'), ("notin", '\u{2209}'), ("nsub", '\u{2284}'), ("nu", '\u{3bd}'), ("num", '\u{23}'),
    ("numero", '\u{2116}'), ("numsp", '\u{2007}'), ("oelig", '\u{153}'), ("ohm", '\u{3a9}'),
    ("oline", '\u{203e}'), ("omacr", '\u{14d}'), ("omega", '\u{3c9}'), ("omicron", '\u{3bf}'),
    ("oplus", '\u{2295}'), ("or", '\u{2228}'), ("otimes", '\u{2297}'), ("part", '\u{2202}'),
    ("percnt", '\u{25}'), ("period", '\u{2e}'), ("permil", '\u{2030}'), ("perp", '\u{22a5}'),
    ("pertenk", '\u{2031}'), ("phi", '\u{3c6}'), ("phone", '\u{260e}'), ("pi", '\u{3c0}'),
    ("piv", '\u{3d6}'), ("plus", '\u{2b}'), ("prime", '\u{2032}'), ("prod", '\u{220f}'),
    ("prop", '\u{221d}'), ("psi", '\u{3c8}'), ("puncsp", '\u{2008}'), ("quest", '\u{3f}'),
    ("rArr", '\u{21d2}'), ("radic", '\u{221a}'), ("rang", '\u{27e9}'), ("rarr", '\u{2192}'),
    ("rbrace", '\u{7d}'), ("rbrack", '\u{5d}'), ("rceil", '\u{2309}'), ("rcub", '\u{7d}'),
    ("rdquo", '\u{201d}'), ("real", '\u{211c}'), ("rfloor", '\u{230b}'), ("rho", '\u{3c1}'),
    ("rlm", '\u{200f}'), ("rpar", '\u{29}'), ("rsaquo", '\u{203a}'), ("rsqb", '\u{5d}'),
    ("rsquo", '\u{2019}'), ("rtri", '\u{25b9}'), ("sbquo", '\u{201a}'), ("scaron", '\u{161}'),
    ("sdot", '\u{22c5}'), ("semi", '\u{3b}'), ("sigma", '\u{3c3}'), ("sigmaf", '\u{3c2}'),
    ("sim", '\u{223c}'), ("sol", '\u{2f}'), ("spades", '\u{2660}'), ("squ", '\u{25a1}'),
    ("square", '\u{25a1}'), ("squf", '\u{25aa}'), ("star", '\u{2606}'), ("starf", '\u{2605}'),
    ("sub", '\u{2282}'), ("sube", '\u{2286}'), ("sum", '\u{2211}'), ("sup", '\u{2283}'),
    ("supe", '\u{2287}'), ("tau", '\u{3c4}'), ("there4", '\u{2234}'), ("theta", '\u{3b8}'),
    ("thetasym", '\u{3d1}'), ("thinsp", '\u{2009}'), ("tilde", '\u{2dc}'), ("trade", '\u{2122}'),
    ("uArr", '\u{21d1}'), ("uarr", '\u{2191}'), ("umacr", '\u{16b}'), ("upsih", '\u{3d2}'),
    ("upsilon", '\u{3c5}'), ("utri", '\u{25b5}'), ("verbar", '\u{7c}'), ("vert", '\u{7c}'),
    ("weierp", '\u{2118}'), ("xcirc", '\u{25ef}'), ("xi", '\u{3be}'), ("zeta", '\u{3b6}'),
    ("zwj", '\u{200d}'), ("zwnj", '\u{200c}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(char, usize)> {
        reference(text).map(|reference| (reference.character, reference.len))
    }

    #[test]
    fn names_are_read_with_and_where_allowed_without_a_semicolon() {
        assert_eq!(read("&nbsp;5"), Some(('\u{a0}', 6)));
        assert_eq!(read("&nbsp5"), Some(('\u{a0}', 5)));
        assert_eq!(read("&nbspa"), Some(('\u{a0}', 5)));
        assert_eq!(read("&ensp;"), Some(('\u{2002}', 6)));
        assert_eq!(read("&ensp"), None);
        assert_eq!(read("&yen;"), Some(('¥', 5)));
        assert_eq!(read("&ldquo;&rdquo;"), Some(('“', 7)));
        assert_eq!(read("&amp;nbsp;5"), Some(('\u{a0}', 10)));
        assert_eq!(read("&amp;#160;5"), Some(('\u{a0}', 10)));
        assert_eq!(read("&amp;nbsp 5"), Some(('&', 5)));
        assert_eq!(read("&ampnbsp;5"), Some(('&', 4)));
        assert_eq!(read("&amp;lt;5"), Some(('&', 5)));
        assert_eq!(read("&lt"), Some(('<', 3)));
        assert_eq!(read("&middot;"), Some(('·', 8)));
        assert_eq!(read("&notit;"), Some(('¬', 4)));
        assert_eq!(read("&unknown;"), None);
        assert_eq!(read("&"), None);
        assert_eq!(read("&;"), None);
        assert_eq!(read("&中"), None);
    }

    #[test]
    fn numbers_are_read_and_those_of_control_characters_mean_windows_1252() {
        assert_eq!(read("&#20013;"), Some(('中', 8)));
        assert_eq!(read("&#x4E2D"), Some(('中', 7)));
        assert_eq!(read("&#150;"), Some(('–', 6)));
        assert_eq!(read("&#0;"), Some(('\u{fffd}', 4)));
        assert_eq!(read("&#xd800;"), Some(('\u{fffd}', 8)));
        assert_eq!(read("&#99999999999999999999;"), Some(('\u{fffd}', 23)));
        assert_eq!(read("&#;"), None);
        assert_eq!(read("&#x;"), None);
    }

    #[test]
    fn the_tables_can_be_searched() {
        assert!(NAMED.is_sorted_by(|(left, _), (right, _)| left < right));
        assert_eq!(NAMED.iter().map(|(name, _)| name.len()).max(), Some(NAME_LEN_MAX));
        assert!(LATIN.iter().all(|name| name.len() <= BARE_LEN_MAX));
        assert!(LATIN.iter().all(|name| NAMED.binary_search_by_key(name, |&(known, _)| known).is_err()));
    }
}
