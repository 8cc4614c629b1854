//! What is told of copies, with the places of passages in their documents.

use super::compared::{Compared, Differing, Own, Shown};
use super::number;
use crate::explanation::read_again;
use crate::places::{Placed, places};
use crate::search::{Reread, part};
use crate::service::Handler;
use gongkai_copies::DifferenceKind;
use gongkai_model::{DocumentId, Span};
use gongkai_pipeline::text_of;
use gongkai_search::Passage;
use gongkai_wire::v1;
use std::sync::atomic::Ordering;
use tonic::{Code, Status};
use tracing::warn;

/// Characters of a passage that are shown.
const TEXT_MAX: usize = 2000;
/// Characters of what differs that are shown.
const DIFFERENCE_MAX: usize = 200;

/// The places of some passages, for each as far as they can be told.
type Places = Vec<Option<Placed>>;

pub(super) async fn told(
    handler: &Handler,
    own: &Own,
    compared: Vec<Compared>,
) -> Result<Vec<v1::Copy>, Status> {
    let reread = Reread::begin();
    let wanted: Vec<Vec<Passage>> =
        compared.iter().map(|it| it.passages.iter().map(|shown| shown.own.clone()).collect()).collect();
    let mut in_own = placed(handler, own.stored.info.document, wanted, &reread).await?.into_iter();
    let mut copies = Vec::with_capacity(compared.len());
    for compared in compared {
        let wanted = vec![compared.passages.iter().map(|shown| shown.other.clone()).collect()];
        let in_own = in_own.next().flatten();
        let in_other = placed(handler, compared.document, wanted, &reread).await?;
        copies.push(copy(compared, in_own, in_other.into_iter().next().flatten()));
    }
    Ok(copies)
}

/// Where lists of passages stand in their document; none in place of a list that was left out.
async fn placed(
    handler: &Handler,
    document: DocumentId,
    lists: Vec<Vec<Passage>>,
    reread: &Reread,
) -> Result<Vec<Option<Places>>, Status> {
    let count = lists.len();
    if lists.iter().all(Vec::is_empty) {
        return Ok(vec![Some(Vec::new()); count]);
    }
    if reread.is_enough() {
        return Ok(vec![None; count]);
    }
    let watch = reread.clone();
    let read = read_again(handler, document, move |bytes, hint, limits| {
        watch.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        let text = text_of(bytes, hint, limits)?;
        let of = |list: &Vec<Passage>| (!watch.is_out_of_time()).then(|| places(&text, list));
        Ok(lists.iter().map(of).collect::<Vec<_>>())
    });
    match read.await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Ok(vec![Some(Vec::new()); count]),
        Err(error) if error.code() == Code::Unavailable => Err(error),
        // A report may have come here without its document, or be read no more: what it shares is told all the same.
        Err(error) => {
            warn!(%document, code = ?error.code(), "places of copied passages cannot be told");
            Ok(vec![Some(Vec::new()); count])
        }
    }
}

fn copy(compared: Compared, in_own: Option<Places>, in_other: Option<Places>) -> v1::Copy {
    let spans_left_out = in_own.is_none() || in_other.is_none();
    let (in_own, in_other) = (in_own.unwrap_or_default(), in_other.unwrap_or_default());
    let at = |places: &Places, index: usize| places.get(index).cloned().flatten();
    let passages = compared.passages.iter().enumerate();
    let passages = passages.map(|(index, shown)| passage(shown, at(&in_own, index), at(&in_other, index)));
    v1::Copy {
        report: Some(compared.report),
        kind: compared.kind.into(),
        copied_letters: number(compared.letters),
        passages_total: number(compared.passages_total),
        passages: passages.collect(),
        spans_left_out,
    }
}

fn passage(shown: &Shown, own: Option<Placed>, other: Option<Placed>) -> v1::CopiedPassage {
    let differences = shown.differences.iter();
    v1::CopiedPassage {
        own: Some(text(&shown.own, own.as_ref())),
        other: Some(text(&shown.other, other.as_ref())),
        letters: number(shown.letters),
        differences: differences.map(|it| difference(it, own.as_ref(), other.as_ref())).collect(),
    }
}

fn text(passage: &Passage, placed: Option<&Placed>) -> v1::CopiedText {
    let shown = beginning(&passage.text, TEXT_MAX);
    v1::CopiedText {
        part: part(passage.part).into(),
        section: passage.section.clone(),
        text: shown.to_owned(),
        is_cut: shown.len() < passage.text.len(),
        span: placed.map(|placed| v1::Span::from(&placed.passage)),
    }
}

fn difference(difference: &Differing, own: Option<&Placed>, other: Option<&Placed>) -> v1::CopyDifference {
    let span = |placed: Option<&Placed>, hit: Option<usize>| -> Option<v1::Span> {
        let span: &Span = placed?.hits.get(hit?)?;
        Some(v1::Span::from(span))
    };
    let kind = match difference.kind {
        DifferenceKind::Number => v1::CopyDifferenceKind::Number,
        DifferenceKind::Name => v1::CopyDifferenceKind::Name,
        DifferenceKind::Words => v1::CopyDifferenceKind::Words,
    };
    v1::CopyDifference {
        kind: kind.into(),
        own: beginning(&difference.own, DIFFERENCE_MAX).to_owned(),
        other: beginning(&difference.other, DIFFERENCE_MAX).to_owned(),
        own_span: span(own, difference.own_hit),
        other_span: span(other, difference.other_hit),
    }
}

fn beginning(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}
