//! What a page's head says of the page: its title and its `<meta>` entries.

use super::entities::reference;
use super::tokenizer::Attributes;
use crate::decode::Decoded;
use gongkai_model::{PageMetadata, Quoted, Span};
use std::ops::Range;

/// Names of `<meta>` entries with the date of publication. The first is prescribed for sites of governments.
const PUBLISHED: [&str; 8] = [
    "PubDate",
    "PublishDate",
    "publish-date",
    "publish_date",
    "PubTime",
    "PublishTime",
    "article:published_time",
    "firstpublishedtime",
];

/// Names of `<meta>` entries with the address of the page. The first is prescribed for sites of governments.
const ADDRESS: [&str; 2] = ["Url", "og:url"];

/// Longer addresses are none.
const ADDRESS_BYTES_MAX: usize = 2_048;

/// What was found so far. The first entry of a name counts.
#[derive(Debug, Default)]
pub(super) struct Head {
    title: Option<Quoted>,
    article_title: Option<Quoted>,
    published: Option<Quoted>,
    source: Option<Quoted>,
    address: Option<String>,
}

impl Head {
    /// Takes the text of a `<title>`.
    pub(super) fn title(&mut self, decoded: &Decoded<'_>, range: Range<usize>) {
        keep(&mut self.title, decoded, range);
    }

    /// Takes a `<meta>` entry.
    pub(super) fn meta(&mut self, decoded: &Decoded<'_>, attributes: &Attributes) {
        let (Some(name), Some(content)) = (&attributes.name, &attributes.content) else { return };
        let name = decoded.text[name.clone()].trim();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if ADDRESS.into_iter().any(is) {
            return self.address(&decoded.text[content.clone()]);
        }
        let entry = if is("ArticleTitle") || is("og:title") {
            &mut self.article_title
        } else if is("ContentSource") {
            &mut self.source
        } else if PUBLISHED.into_iter().any(is) {
            &mut self.published
        } else {
            return;
        };
        keep(entry, decoded, content.clone());
    }

    /// Takes a `<link>`: one of them may say under which address the page is to be known.
    pub(super) fn link(&mut self, decoded: &Decoded<'_>, attributes: &Attributes) {
        let (Some(rel), Some(href)) = (&attributes.name, &attributes.content) else { return };
        if decoded.text[rel.clone()].trim().eq_ignore_ascii_case("canonical") {
            self.address(&decoded.text[href.clone()]);
        }
    }

    /// Takes an address, if it is a whole one.
    fn address(&mut self, written: &str) {
        let address = words(written);
        let begins = |scheme: &str| {
            address.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
        };
        let is_address = (begins("http://") || begins("https://")) && !address.contains(' ');
        if self.address.is_none() && is_address && address.len() <= ADDRESS_BYTES_MAX {
            self.address = Some(address);
        }
    }

    /// The page's metadata, and the address that it gives itself. The title of its article says more than that of the
    /// page, which often names the site.
    pub(super) fn finish(self) -> (PageMetadata, Option<String>) {
        let page = PageMetadata {
            title: self.article_title.or(self.title),
            published: self.published,
            source: self.source,
            ..PageMetadata::default()
        };
        (page, self.address)
    }
}

/// Puts the words of `range` into `entry`, if it is free and there are any.
fn keep(entry: &mut Option<Quoted>, decoded: &Decoded<'_>, range: Range<usize>) {
    let written = &decoded.text[range.clone()];
    let text = words(written);
    if entry.is_some() || text.is_empty() {
        return;
    }
    let start = range.start + (written.len() - written.trim_start().len());
    let source = decoded.map.source_range(start..start + written.trim().len());
    *entry = Some(Quoted { text, span: Some(Span::bytes(source.start, source.end)) });
}

/// The words of a text with character references, separated by one space.
fn words(written: &str) -> String {
    let mut text = String::new();
    let mut rest = written;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, len) = reference(rest).map_or(('&', 1), |found| (found.character, found.len));
        text.push(character);
        rest = &rest[len..];
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
