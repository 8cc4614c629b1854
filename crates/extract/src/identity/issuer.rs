//! The body that issued a report that nobody signs: as the title, the first words, the page or the contact name it.

use super::{Opening, body, names};
use crate::bodies::{
    is_body_name, is_short_body_name, is_township, is_zone, kind, region_bytes, region_range,
};
use crate::lines::without_spaces;
use gongkai_document::Document;
use gongkai_model::{Body, BodyKind};
use std::ops::Range;

/// Words in names of papers, broadcasters and their like.
pub(super) const PRESS: [&str; 6] = ["融媒体", "新闻", "日报", "电视", "广播", "传媒"];

/// The body under the name that the text gives it elsewhere: 区管委会办公室 is 某实验区管委会办公室. Who signs by a
/// name with a division of its own is called so.
pub(super) fn in_full(issuer: Body, region: &str, document: &Document, is_signed: bool) -> Body {
    let first = issuer.name.chars().next().map_or(0, char::len_utf8);
    let (kind, rest) = issuer.name.split_at(first);
    let own = region_range(&issuer.name);
    let rest = if own.is_empty() {
        let is_kind = matches!(kind, "省" | "市" | "县" | "区" | "州" | "旗" | "镇" | "乡");
        if !is_kind || !region.ends_with(kind) {
            return issuer;
        }
        rest
    } else {
        let is_part =
            own.start == 0 && own.len() < region.len() && region.ends_with(&issuer.name[own.clone()]);
        if is_signed || !is_part {
            return issuer;
        }
        &issuer.name[own.end..]
    };
    let full = format!("{region}{rest}");
    match document.text.as_str().find(&full).filter(|_| is_body_name(&full)) {
        Some(at) => body(full.clone(), Some(document.text.span(&(at..at + full.len())))),
        None => issuer,
    }
}

/// The title's body, the one that put the report together, the one that the preamble names. Where one of them or the
/// publisher of the page is the same body with more of its name, that one.
pub(super) fn stated(
    opening: &Opening<'_>,
    compiler: Option<&(String, Range<usize>)>,
    publisher: &str,
) -> Option<Body> {
    let span = |range: &Range<usize>| Some(opening.document.text.span(range));
    let of_title = &opening.title.body;
    let named = opening.named.as_ref().filter(|named| is_body_name(&named.body));
    if is_body_name(of_title) || is_short_body_name(of_title) {
        let is_longer = |name: &str| of_title.len() < name.len() && name.ends_with(of_title.as_str());
        if let Some(named) = named.filter(|named| is_longer(&named.body)) {
            return Some(body(named.body.clone(), span(&named.quote)));
        }
        if is_longer(publisher) && is_body_name(publisher) {
            let place = opening.document.page.publisher.as_ref().and_then(|quoted| quoted.span.clone());
            return Some(body(publisher.to_owned(), place));
        }
        return Some(body(of_title.clone(), opening.quoted_title.span.clone()));
    }
    if let Some((name, range)) = compiler.filter(|(name, _)| is_body_name(name)) {
        return Some(body(inside_bureau(name).to_owned(), span(range)));
    }
    named.map(|named| body(named.body.clone(), span(&named.quote)))
}

/// The body whose office put the report together: 甲区教育局 of 甲区教育局办公室, 甲大学 of 甲大学学校办公室.
fn inside_bureau(name: &str) -> &str {
    const OFFICES: [&str; 5] = ["学校办公室", "校长办公室", "院长办公室", "党政办公室", "办公室"];
    let is_whole = |outer: &&str| {
        is_body_name(outer) && (outer.ends_with(['局', '厅']) || kind(outer) == BodyKind::Other)
    };
    OFFICES.iter().find_map(|office| name.strip_suffix(office).filter(is_whole)).unwrap_or(name)
}

/// The organ of the township of the title: 甲镇人民政府 where the text calls it that, and else as the title does. The
/// name of a township is that of its organ, too.
pub(super) fn of_township(opening: &Opening<'_>, compiler: Option<&(String, Range<usize>)>) -> Option<Body> {
    const ORGANS: [&str; 2] = ["人民政府", "办事处"];
    let named = opening.named.as_ref().map_or("", |named| &named.body);
    let compiled = compiler.map_or("", |(name, _)| name);
    let area = [&opening.title.body, named, compiled]
        .into_iter()
        .find(|name| is_township(name) && region_bytes(name) == name.len())?;
    let text = opening.document.text.as_str();
    let organ = ORGANS.iter().find_map(|organ| {
        let name = format!("{area}{organ}");
        text.find(&name).map(|at| (at..at + name.len(), name))
    });
    Some(match organ {
        Some((range, name)) => body(name, Some(opening.document.text.span(&range))),
        None => body(area.to_owned(), opening.quoted_title.span.clone()),
    })
}

/// The publisher or source as the page has them, if they are of the region. An area is no body, except where its name
/// is that of its organ, too.
pub(super) fn by_page(opening: &Opening<'_>, region: &str) -> Option<Body> {
    let page = &opening.document.page;
    for (quoted, is_publisher) in [(&page.publisher, true), (&page.source, false)] {
        let Some(quoted) = quoted else { continue };
        let name = without_spaces(&quoted.text);
        let own = &name[region_range(&name)];
        let is_of_region = !own.is_empty() && (region.ends_with(own) || own.ends_with(region));
        // 某某高新技术产业开发区管理委员会 publishes the report of 某某高新区.
        let is_zone = is_zone(region) && is_zone(own) && own.chars().take(2).eq(region.chars().take(2));
        // Papers and broadcasters are sources of what others say.
        let is_of_the_press = !is_publisher && PRESS.iter().any(|word| name.contains(word));
        if is_of_the_press || opening.speakers.exclude(&name) {
            continue;
        }
        if is_body_name(&name) && (is_publisher && own.is_empty() || is_of_region || is_zone) {
            return Some(body(name, quoted.span.clone()));
        }
    }
    let title = &opening.title.body;
    is_zone(title).then(|| body(title.clone(), opening.quoted_title.span.clone()))
}

/// The body of the first words or of the contact, as it stands in the text. The office of a government whose area is
/// reported on is asked in its stead, and does not issue the report for that.
pub(super) fn around(opening: &Opening<'_>, names: &[String], region: &str) -> Option<Body> {
    let named = opening.named.as_ref().map_or("", |named| &named.body);
    if [&opening.title.body, named].iter().any(|area| !area.is_empty() && region_bytes(area) == area.len()) {
        return None;
    }
    let subject = names::subject_around(opening, names, region);
    let is_body = is_body_name(&subject.name) || is_short_body_name(&subject.name);
    let is_area = matches!(kind(&subject.name), BodyKind::Government);
    let at = opening.document.text.as_str().find(&subject.name).filter(|_| is_body && !is_area)?;
    let place = at..at + subject.name.len();
    Some(body(subject.name, Some(opening.document.text.span(&place))))
}
