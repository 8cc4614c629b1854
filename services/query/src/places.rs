//! Where passages of a record stand in its document.

use gongkai_model::Span;
use gongkai_pipeline::SourceText;
use gongkai_search::{Folded, Passage, fold};

/// Bytes of a document's text in which passages are looked for: what is longer takes too much memory for what it tells.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// Where a passage stands, and each of its hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) passage: Span,
    pub(crate) hits: Vec<Span>,
}

/// The places of passages; none where one cannot be told. A record has the words of its document, but not all that stands between
/// them; so they are looked for in their folded form, from where their text begins.
pub(crate) fn places(text: &SourceText, passages: &[Passage]) -> Vec<Option<Placed>> {
    if TEXT_BYTES_MAX < text.as_str().len() {
        return vec![None; passages.len()];
    }
    let document = Folded::of(text.as_str());
    let mut last: Option<(&Passage, usize)> = None;
    let mut placed = Vec::with_capacity(passages.len());
    for passage in passages {
        let begin = passage.near.as_ref().and_then(|span| text.range_of(span)).map_or(0, |range| range.start);
        // Of two passages with the same words the later one stands behind the earlier one.
        let behind = last.filter(|(before, _)| before.near == passage.near).map_or(0, |(_, end)| end);
        let found = place(text, &document, passage, document.place_of(begin).max(behind));
        if let Some((_, end)) = &found {
            last = Some((passage, *end));
        }
        placed.push(found.map(|(placed, _)| placed));
    }
    placed
}

/// Where a passage stands from a byte of the folded document on, and where it ends there.
fn place(
    text: &SourceText,
    document: &Folded<'_>,
    passage: &Passage,
    from: usize,
) -> Option<(Placed, usize)> {
    let words = fold(&passage.text);
    let start = from + document.text().get(from..)?.find(&words)?;
    let span = |range: std::ops::Range<usize>| {
        text.span(&document.original(&(start + range.start..start + range.end)))
    };
    let own = Folded::of(&passage.text);
    let hits = passage.hits.iter().map(|hit| span(own.place_of(hit.start)..own.place_of(hit.end)));
    Some((Placed { passage: span(0..words.len()), hits: hits.collect() }, start + words.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gongkai_pipeline::{Hint, Limits, text_of};
    use gongkai_search::Part;

    fn told(source: &str, media_type: &str, passages: &[Passage]) -> Vec<Option<(String, Vec<String>)>> {
        let hint = Hint { media_type: Some(media_type), ..Hint::default() };
        let text = text_of(source.as_bytes(), &hint, &Limits::STANDARD).unwrap();
        let quoted = |span: &Span| {
            let range = span.as_bytes().unwrap();
            source[range.start as usize..range.end as usize].to_owned()
        };
        let quoted = |placed: Placed| (quoted(&placed.passage), placed.hits.iter().map(quoted).collect());
        places(&text, passages).into_iter().map(|placed| placed.map(quoted)).collect()
    }

    fn passage(text: &str, hits: &[&str], near: Option<Span>) -> Passage {
        let place = |hit: &&str| {
            let start = text.find(hit).unwrap();
            start..start + hit.len()
        };
        let hits = hits.iter().map(place).collect();
        Passage { part: Part::Section, section: String::new(), text: text.to_owned(), hits, near }
    }

    #[test]
    fn a_passage_is_found_through_markup_and_line_ends() {
        let page = "<p>一、总体 情况</p><p>公开<b>了征</b>地&nbsp;补偿，和 Open  Data 等。</p>";
        let found = told(
            page,
            "text/html",
            &[passage("公开了征地补偿，和 Open Data 等。", &["征地补偿", "Open Data"], None)],
        );
        let (whole, hits) = found[0].clone().unwrap();
        assert_eq!(whole, "公开<b>了征</b>地&nbsp;补偿，和 Open  Data 等。");
        assert_eq!(hits, ["征</b>地&nbsp;补偿", "Open  Data"]);
        let text = "公开了征\n地补偿。";
        assert_eq!(
            told(text, "text/plain", &[passage("公开了征地补偿。", &["征地"], None)]),
            [Some((text.to_owned(), vec!["征\n地".to_owned()]))]
        );
    }

    #[test]
    fn passages_stand_behind_their_heading_and_behind_each_other() {
        let text = "目录 甲乙。一、标题\n甲乙。丙。甲乙。";
        let start = text.find("一、").unwrap();
        let near = Some(Span::bytes(start, start + "一、标题".len()));
        let hint = Hint { media_type: Some("text/plain"), ..Hint::default() };
        let read = text_of(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
        let twice = [passage("甲乙。", &["乙"], near.clone()), passage("甲乙。", &["乙"], near.clone())];
        let placed = places(&read, &twice);
        let starts: Vec<_> =
            placed.iter().map(|it| it.as_ref().unwrap().passage.as_bytes().unwrap().start).collect();
        let all: Vec<_> = text.match_indices("甲乙").map(|(at, _)| at as u64).collect();
        assert_eq!(starts, all[1..]);
        assert_eq!(told(text, "text/plain", &[passage("没有", &["有"], near)]), [None]);
    }
}
