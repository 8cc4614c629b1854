//! The elements that make a difference to the reader.

/// An element's name, as far as it matters. Variants with one name are elements that must be told apart, because
/// the end tag of one does not end the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    /// Formatting and unknown elements: their tags do not interrupt a line.
    Inline,
    /// Pictures: they do not interrupt a line, and are something where a cell would else be empty. So is text that is written
    /// backwards: what it says is not what stands there.
    Picture,
    /// `<input>`: a picture if it shows something.
    Input,
    /// Elements without content that do not interrupt a line, and tags that are ignored: `<wbr>`, `<body>`.
    Ignored,
    Br,
    /// Elements without content, or whose structure does not matter, that end a line: `<hr>`, `<option>`.
    Break,
    Meta,
    /// `<link>`, which may say where the page stands.
    Link,
    Title,
    /// Elements whose content is not markup and not shown: `<script>`, `<style>`.
    Raw,
    Textarea,
    /// Elements whose content is markup and not shown, or is a drawing.
    Template,
    Svg,
    P,
    Heading,
    Pre,
    Li,
    Dd,
    Dt,
    Address,
    Article,
    Aside,
    Blockquote,
    Center,
    Details,
    Dialog,
    Dir,
    Div,
    Dl,
    Fieldset,
    Figcaption,
    Figure,
    Footer,
    Form,
    Header,
    Hgroup,
    Legend,
    Main,
    Menu,
    Nav,
    Ol,
    Search,
    Section,
    Select,
    Summary,
    Ul,
    Table,
    Caption,
    Thead,
    Tbody,
    Tfoot,
    Tr,
    Cell,
}

impl Tag {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::Cell as usize + 1;

    /// The tag of this name, in any case.
    pub(crate) fn from_name(name: &str) -> Self {
        let mut buffer = [0; 10];
        let Some(lower) = buffer.get_mut(..name.len()) else { return Self::Inline };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"span" | b"b" | b"a" | b"font" | b"strong" | b"u" | b"i" | b"em" | b"o:p" => Self::Inline,
            b"p" => Self::P,
            b"td" | b"th" => Self::Cell,
            b"tr" => Self::Tr,
            b"div" => Self::Div,
            b"br" => Self::Br,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Self::Heading,
            b"li" => Self::Li,
            b"ul" => Self::Ul,
            b"ol" => Self::Ol,
            b"dl" => Self::Dl,
            b"dd" => Self::Dd,
            b"dt" => Self::Dt,
            b"table" => Self::Table,
            b"tbody" => Self::Tbody,
            b"thead" => Self::Thead,
            b"tfoot" => Self::Tfoot,
            b"caption" => Self::Caption,
            b"meta" => Self::Meta,
            b"link" => Self::Link,
            b"title" => Self::Title,
            b"script" | b"style" | b"noscript" | b"iframe" | b"noembed" | b"noframes" | b"xmp" => Self::Raw,
            b"textarea" => Self::Textarea,
            b"template" => Self::Template,
            b"svg" => Self::Svg,
            b"pre" | b"listing" => Self::Pre,
            b"hr" | b"option" | b"optgroup" => Self::Break,
            b"img" | b"embed" | b"object" | b"canvas" | b"video" | b"meter" | b"progress" | b"bdo" => {
                Self::Picture
            }
            b"input" => Self::Input,
            b"html" | b"head" | b"body" | b"base" | b"area" | b"col" | b"colgroup" | b"param" | b"source"
            | b"track" | b"wbr" | b"frame" | b"bgsound" | b"basefont" => Self::Ignored,
            b"address" => Self::Address,
            b"article" => Self::Article,
            b"aside" => Self::Aside,
            b"blockquote" => Self::Blockquote,
            b"center" => Self::Center,
            b"details" => Self::Details,
            b"dialog" => Self::Dialog,
            b"dir" => Self::Dir,
            b"fieldset" => Self::Fieldset,
            b"figcaption" => Self::Figcaption,
            b"figure" => Self::Figure,
            b"footer" => Self::Footer,
            b"form" => Self::Form,
            b"header" => Self::Header,
            b"hgroup" => Self::Hgroup,
            b"legend" => Self::Legend,
            b"main" => Self::Main,
            b"menu" => Self::Menu,
            b"nav" => Self::Nav,
            b"search" => Self::Search,
            b"section" => Self::Section,
            b"select" => Self::Select,
            b"summary" => Self::Summary,
            _ => Self::Inline,
        }
    }
}

/// Whether a character leaves no mark on a page: white space of all kinds, and characters of no width.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether the element is a part of `<ruby>`: characters, and how they are pronounced.
pub(super) fn is_of_ruby(name: &str) -> bool {
    name.len() <= 3 && ["rt", "rp", "rtc", "rb"].iter().any(|known| name.eq_ignore_ascii_case(known))
}
