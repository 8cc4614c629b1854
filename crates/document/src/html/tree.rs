//! Tree construction without a tree: a stack of open elements, with the implied end tags of the HTML Standard, that
//! tells where text stands, and the tables that are open. Every step costs the same, however deep the stack is.

use super::div_grid::Shelf;
use super::grid::{self, Table, WrittenCell};
use super::head::Head;
use super::sheet::Sheet;
use super::style::{Look, Said, Styles, names_note};
use super::tag::{self, Tag, is_of_ruby};
use super::tokenizer::{Attributes, StartTag, Token, Tokenizer};
use super::writer::{Manner, Writer};
use crate::decode::Decoded;
use crate::{Block, BlockKind, Ending, Issue, IssueKind, Limits, ReadError, SourceText};
use gongkai_model::PageMetadata;
use std::ops::Range;

/// How many formatting elements that hide or preserve text are looked at for an end tag.
const INLINE_LOOKED_AT: usize = 8;

/// What a page holds.
pub(super) struct Content {
    pub(super) text: SourceText,
    pub(super) blocks: Vec<Block>,
    pub(super) page: PageMetadata,
    /// The address that the page gives itself.
    pub(super) address: Option<String>,
    pub(super) ending: Ending,
    pub(super) issues: Vec<Issue>,
    /// Whether rules of the page may hide something.
    pub(super) hides_by_rules: bool,
}

/// Reads a page, by its own rules of what is seen or without them.
pub(super) fn read(decoded: &Decoded<'_>, limits: &Limits, by_rules: bool) -> Result<Content, ReadError> {
    let mut reader = Reader::new(decoded, limits);
    reader.sheet = by_rules.then(Sheet::default);
    let mut ends_in_text = false;
    while let Some(token) = reader.tokenizer.next_token() {
        ends_in_text = false;
        match token {
            Token::Text(range) => {
                ends_in_text = !decoded.text[range.clone()].ends_with(tag::is_blank);
                reader.text(range);
            }
            Token::Start(tag) => reader.start(tag)?,
            Token::End { name, at } => reader.end(name, at)?,
        }
        let provisional = if reader.tables.is_empty() { 0 } else { limits.cells_max };
        reader.writer.check_limits(provisional)?;
    }
    let ending = match reader.in_table(Tag::Tr).is_some() {
        true if ends_in_text && reader.tokenizer.is_whole() => Ending::InText,
        true => Ending::InRow,
        false => Ending::Whole,
    };
    reader.close_to(0, decoded.text.len())?;
    reader.writer.end_block(decoded.text.len());
    let (text, blocks) = reader.writer.written();
    reader.shelf.form_tables(0, text, blocks, &mut reader.places_left);
    reader.writer.check_limits(0)?;
    let (builder, blocks) = reader.writer.finish();
    let (page, address) = reader.head.finish();
    let hides_by_rules = reader.sheet.is_some_and(|sheet| !sheet.is_empty());
    Ok(Content {
        text: builder.finish(),
        blocks,
        page,
        address,
        ending,
        issues: reader.issues,
        hides_by_rules,
    })
}

/// An open element.
#[derive(Debug)]
struct Element<'a> {
    tag: Tag,
    /// The open element of the same tag before this one.
    previous: Option<usize>,
    /// The innermost element up to and with this one that end tags inside do not reach beyond.
    scope: Option<usize>,
    look: Look,
    heading: u8,
    /// Where its blocks begin, and on the shelf its children.
    first_block: usize,
    shelf: usize,
    /// For formatting elements.
    inline: Option<Inline<'a>>,
}

/// A formatting element that hides or preserves text. Others are not kept.
#[derive(Debug)]
struct Inline<'a> {
    name: &'a str,
    /// Open elements of the same name inside that are not kept: their end tags come first.
    inside: usize,
}

struct Reader<'a> {
    decoded: &'a Decoded<'a>,
    limits: &'a Limits,
    tokenizer: Tokenizer<'a>,
    writer: Writer<'a>,
    head: Head,
    /// Rules of the page, where they count.
    sheet: Option<Sheet>,
    styles: Styles<'a>,
    issues: Vec<Issue>,
    open: Vec<Element<'a>>,
    /// The innermost open element of each tag.
    last: [Option<usize>; Tag::COUNT],
    /// Start tags of each tag that were passed over because of the limit of nesting: their end tags are, too.
    flattened: [usize; Tag::COUNT],
    is_flattened: bool,
    tables: Vec<Table>,
    /// Elements that may be the cells and rows of tables without their tags.
    shelf: Shelf,
    cells_written: usize,
    /// Places of grids that may still be covered.
    places_left: usize,
}

impl<'a> Reader<'a> {
    fn new(decoded: &'a Decoded<'a>, limits: &'a Limits) -> Self {
        Self {
            decoded,
            limits,
            tokenizer: Tokenizer::new(&decoded.text),
            writer: Writer::new(decoded, limits),
            head: Head::default(),
            sheet: None,
            styles: Styles::default(),
            issues: Vec::new(),
            open: Vec::new(),
            last: [None; Tag::COUNT],
            flattened: [0; Tag::COUNT],
            is_flattened: false,
            tables: Vec::new(),
            shelf: Shelf::default(),
            cells_written: 0,
            places_left: limits.cells_max,
        }
    }

    fn look(&self) -> Look {
        self.open.last().map_or(Look::default(), |element| element.look)
    }

    fn manner(&self) -> Manner {
        let (heading, look) =
            self.open.last().map_or((0, Look::default()), |element| (element.heading, element.look));
        Manner { heading, preserved: look.preserved, trimmed: !self.tables.is_empty() }
    }

    /// The innermost open element of `tag`, if an end tag here can reach it.
    fn in_scope(&self, tag: Tag) -> Option<usize> {
        let scope = self.open.last().and_then(|element| element.scope);
        self.last_of(tag).filter(|&index| scope <= Some(index))
    }

    fn last_of(&self, tag: Tag) -> Option<usize> {
        self.last[tag as usize]
    }

    /// The innermost open table, if tags here can reach it: a template keeps its own.
    fn table(&self) -> Option<usize> {
        self.last_of(Tag::Table).filter(|&index| self.last_of(Tag::Template) < Some(index))
    }

    /// The innermost open element of `tag` that belongs to the innermost open table.
    fn in_table(&self, tag: Tag) -> Option<usize> {
        let table = self.table()?;
        self.last_of(tag).filter(|&index| table < index)
    }

    fn found(&mut self, kind: IssueKind, at: usize) {
        let at = self.decoded.map.source_range(at..at).start;
        self.issues.push(Issue { kind, at });
    }

    fn text(&mut self, range: Range<usize>) {
        if !self.look().is_hidden() {
            self.writer.text(range, self.manner());
        }
    }

    fn start(&mut self, tag: StartTag<'a>) -> Result<(), ReadError> {
        let kind = Tag::from_name(tag.name);
        let is_bound = tag.attributes.bound.is_some();
        match kind {
            Tag::Inline => {
                self.start_inline(&tag)?;
            }
            Tag::Picture => self.picture(&tag),
            Tag::Input => {
                let value =
                    |range: &Option<Range<usize>>| range.clone().map(|range| &self.decoded.text[range]);
                let is_hidden =
                    value(&tag.attributes.kind).is_some_and(|kind| kind.eq_ignore_ascii_case("hidden"));
                if !is_hidden && value(&tag.attributes.content).is_some_and(|value| !value.trim().is_empty())
                {
                    self.picture(&tag);
                }
            }
            Tag::Ignored => {}
            Tag::Br => {
                if !self.look().is_hidden() {
                    let range = tag.at..self.tokenizer.position();
                    self.writer.line_break(range, self.manner());
                }
            }
            Tag::Break => self.writer.end_block(tag.at),
            Tag::Meta => self.head.meta(self.decoded, &tag.attributes),
            Tag::Link => self.head.link(self.decoded, &tag.attributes),
            Tag::Title => {
                let range = self.tokenizer.raw_text(tag.name);
                if !self.look().gone {
                    self.head.title(self.decoded, range);
                }
            }
            Tag::Raw => {
                if tag.name.eq_ignore_ascii_case("iframe") {
                    self.picture(&tag);
                }
                let content = self.tokenizer.raw_text(tag.name);
                if tag.name.eq_ignore_ascii_case("script") && !self.look().is_hidden() {
                    self.is_scripted();
                }
                let is_style = tag.name.eq_ignore_ascii_case("style");
                if is_style
                    && self.is_for_screens(&tag.attributes)
                    && let Some(sheet) = &mut self.sheet
                {
                    sheet.add(&self.decoded.text[content]);
                }
            }
            Tag::Textarea => {
                self.writer.end_block(tag.at);
                self.tokenizer.pass_line_end();
                let range = self.tokenizer.raw_text(tag.name);
                let end = range.end;
                self.text(range);
                self.writer.end_block(end);
            }
            Tag::Svg | Tag::Template => {
                if kind == Tag::Svg {
                    self.picture(&tag);
                }
                if !tag.self_closing {
                    let look = Look { gone: true, ..self.look() };
                    self.push(kind, look, 0, tag.at);
                }
            }
            Tag::Table => self.start_table(&tag)?,
            Tag::Caption | Tag::Thead | Tag::Tbody | Tag::Tfoot | Tag::Tr | Tag::Cell => {
                self.start_table_part(kind, &tag)?;
            }
            _ => self.start_block(kind, &tag)?,
        }
        if is_bound {
            self.is_scripted();
        }
        Ok(())
    }

    /// Keeps in mind that a script writes into the cell, if one is open.
    fn is_scripted(&mut self) {
        if let Some(cell) = self.tables.last_mut().and_then(|table| table.open_cell.as_mut()) {
            cell.is_scripted = true;
        }
    }

    /// A cell with a picture is not empty, though nothing of it can be read.
    fn picture(&mut self, tag: &StartTag<'_>) {
        if self.in_cell() && !self.look_of(tag.name, &tag.attributes).is_hidden() {
            self.writer.picture(tag.at..self.tokenizer.position(), self.manner());
        }
    }

    /// Whether a cell of a table is being written.
    fn in_cell(&self) -> bool {
        self.tables.last().is_some_and(|table| table.open_cell.is_some())
    }

    /// A formatting element is kept only if it changes how text is shown.
    fn start_inline(&mut self, tag: &StartTag<'a>) -> Result<(), ReadError> {
        let mut look = self.look_of(tag.name, &tag.attributes);
        let is_any = |names: &[&str]| names.iter().any(|name| tag.name.eq_ignore_ascii_case(name));
        // What is struck out is not said any more.
        look.gone |= is_any(&["s", "strike", "del"]);
        // Small print behind a number is a note on it, or what it was before.
        look.shifted |= is_any(&["sup", "sub", "small"]);
        let classes = tag.attributes.class.clone().map_or("", |range| &self.decoded.text[range]);
        look.apart |= names_note(classes);
        // 11<a href="#n1">1</a> is no more than eleven, either.
        let leads_to = tag.attributes.content.clone().map_or("", |range| &self.decoded.text[range]);
        look.apart |= is_any(&["a"]) && leads_to.starts_with('#');
        // One number over another.
        look.apart |= is_any(&["mn"]);
        if is_of_ruby(tag.name) {
            // Its end tag is often left out.
            self.end_ruby_text(tag.at)?;
            look = self.look_of(tag.name, &tag.attributes);
            look.gone |= !tag.name.eq_ignore_ascii_case("rb");
        }
        // 11<sup>1</sup> is eleven with a note: what is raised or lowered is no digit of the number.
        if look.stands_out_of(self.look()) && self.in_cell() && !self.look().is_hidden() {
            self.writer.line_break(tag.at..self.tokenizer.position(), self.manner());
        }
        if look != self.look() {
            if let Some(index) = self.push(Tag::Inline, look, self.manner().heading, tag.at) {
                self.open[index].inline = Some(Inline { name: tag.name, inside: 0 });
            }
        } else if let Some(index) = self.inline_named(tag.name)
            && let Some(inline) = &mut self.open[index].inline
        {
            inline.inside += 1;
        }
        Ok(())
    }

    /// Ends the pronunciation that stands beside a character, if one is open.
    fn end_ruby_text(&mut self, at: usize) -> Result<(), ReadError> {
        let open = ["rt", "rp", "rtc"].iter().filter_map(|name| self.inline_named(name)).min();
        open.map_or(Ok(()), |index| self.close_to(index, at))
    }

    /// The innermost kept formatting element of this name, if no block began inside of it.
    fn inline_named(&self, name: &str) -> Option<usize> {
        let looked_at = self.open.iter().enumerate().rev().take(INLINE_LOOKED_AT);
        let inline = looked_at.map_while(|(index, element)| Some((index, element.inline.as_ref()?.name)));
        inline.into_iter().find(|(_, found)| found.eq_ignore_ascii_case(name)).map(|(index, _)| index)
    }

    fn start_block(&mut self, kind: Tag, tag: &StartTag<'a>) -> Result<(), ReadError> {
        self.writer.end_block(tag.at);
        let lists = [Tag::Ul, Tag::Ol, Tag::Menu, Tag::Dir].map(|list| self.last_of(list)).into_iter().max();
        let ends = match kind {
            Tag::Heading => self.open.last().filter(|top| top.tag == kind).and(self.in_scope(kind)),
            Tag::Li => self.in_scope(kind).filter(|&index| lists.flatten() < Some(index)),
            Tag::Dd | Tag::Dt => self
                .in_scope(Tag::Dd)
                .max(self.in_scope(Tag::Dt))
                .filter(|&index| self.last_of(Tag::Dl) < Some(index)),
            _ => None,
        };
        if let Some(index) = ends {
            self.close_to(index, tag.at)?;
        }
        self.close_paragraph(tag.at)?;
        let mut look = self.look_of(tag.name, &tag.attributes);
        let mut heading = self.manner().heading;
        match kind {
            Tag::Heading => heading = tag.name.as_bytes()[1] - b'0',
            Tag::Pre => {
                look.preserved = true;
                self.tokenizer.pass_line_end();
            }
            _ => {}
        }
        self.push(kind, look, heading, tag.at);
        Ok(())
    }

    fn start_table(&mut self, tag: &StartTag<'a>) -> Result<(), ReadError> {
        self.writer.end_block(tag.at);
        self.close_paragraph(tag.at)?;
        // A table right inside of a table, not of a cell, ends it.
        if let Some(index) = self.table()
            && self.open.last().and_then(|element| element.scope) == Some(index)
        {
            self.close_to(index, tag.at)?;
        }
        if self.limits.nesting_max <= self.tables.len() {
            self.flatten(Tag::Table, tag.at);
            return Ok(());
        }
        let look = self.look_of(tag.name, &tag.attributes);
        self.push(Tag::Table, look, 0, tag.at);
        self.tables.push(Table {
            first_block: self.writer.blocks.len(),
            rows: Vec::new(),
            row_group: 0,
            cells: Vec::new(),
            open_cell: None,
            filled: 0,
            cells_inside: 0,
            cells_inside_before: 0,
        });
        Ok(())
    }

    fn start_table_part(&mut self, kind: Tag, tag: &StartTag<'a>) -> Result<(), ReadError> {
        let at = tag.at;
        self.writer.end_block(at);
        let Some(table) = self.table().filter(|_| self.flattened[Tag::Table as usize] == 0) else {
            return Ok(());
        };
        // Ends what cannot hold the part, and begins what must hold it.
        if kind == Tag::Cell {
            if self.in_table(Tag::Tr).is_none() {
                self.start_row("tr", &Attributes::default(), at)?;
            }
            let row = self.in_table(Tag::Tr).unwrap_or(table);
            self.close_to(row + 1, at)?;
            return self.start_cell(tag.name, &tag.attributes, at);
        }
        if kind == Tag::Tr {
            return self.start_row(tag.name, &tag.attributes, at);
        }
        self.close_to(table + 1, at)?;
        if kind != Tag::Caption {
            self.start_row_group();
        }
        let look = self.look_of(tag.name, &tag.attributes);
        self.push(kind, look, 0, at);
        Ok(())
    }

    fn start_row_group(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.row_group += 1;
        }
    }

    fn start_row(&mut self, name: &str, attributes: &Attributes, at: usize) -> Result<(), ReadError> {
        let Some(table) = self.table() else { return Ok(()) };
        let groups = [Tag::Thead, Tag::Tbody, Tag::Tfoot].map(|group| self.in_table(group));
        let group = groups.into_iter().flatten().max();
        self.close_to(group.unwrap_or(table) + 1, at)?;
        if group.is_none() {
            self.start_row_group();
            self.push(Tag::Tbody, self.look(), 0, at);
        }
        let look = self.look_of(name, attributes);
        self.push(Tag::Tr, look, 0, at);
        if let Some(table) = self.tables.last_mut().filter(|_| !look.gone) {
            table.rows.push(table.row_group);
        }
        Ok(())
    }

    fn start_cell(&mut self, name: &str, attributes: &Attributes, at: usize) -> Result<(), ReadError> {
        let look = self.look_of(name, attributes);
        self.push(Tag::Cell, look, 0, at);
        let value = |range: &Option<Range<usize>>| range.clone().map(|range| &self.decoded.text[range]);
        let column_span = value(&attributes.colspan).map_or(1, grid::column_span);
        let row_span = value(&attributes.rowspan).map_or(1, grid::row_span);
        let first_block = self.writer.blocks.len();
        let Some(table) = self.tables.last_mut().filter(|_| !look.gone) else { return Ok(()) };
        self.cells_written += 1;
        if self.limits.cells_max < self.cells_written {
            return Err(too_many_cells(self.limits));
        }
        table.cells_inside_before = table.cells_inside;
        table.open_cell = Some(WrittenCell {
            row: table.rows.len().saturating_sub(1) as u32,
            column_span,
            row_span,
            text: 0..0,
            blocks: first_block..first_block,
            at,
            is_scripted: false,
        });
        Ok(())
    }

    /// The look of an element of this name and these attributes here.
    fn look_of(&mut self, name: &str, attributes: &Attributes) -> Look {
        let text: &'a str = &self.decoded.text;
        let value = |range: &Option<Range<usize>>| range.clone().map(|range| &text[range]);
        let mut look = Look { apart: false, ..self.look() };
        look.gone |= attributes.hidden.is_some();
        let classes = value(&attributes.class).unwrap_or_default();
        let mut said = self.sheet.as_ref().map_or_else(Said::default, |sheet| sheet.said(name, classes));
        if let Some(style) = value(&attributes.style) {
            said.add(&self.styles.said_by(style));
        }
        look.apart |= self.sheet.as_ref().is_some_and(|sheet| sheet.is_doubtful(classes));
        look.with(&said)
    }

    /// Whether a `<style>` is for what one sees on a screen.
    fn is_for_screens(&self, attributes: &Attributes) -> bool {
        let media = attributes.name.clone().map_or("", |range| self.decoded.text[range].trim_ascii());
        ["", "all", "screen"].iter().any(|known| media.eq_ignore_ascii_case(known))
    }

    /// A paragraph ends where a block begins.
    fn close_paragraph(&mut self, at: usize) -> Result<(), ReadError> {
        // What is drawn ends there, too: the content of a page is never lost to an `<svg>` without end.
        for tag in [Tag::P, Tag::Svg] {
            if let Some(index) = self.in_scope(tag) {
                self.close_to(index, at)?;
            }
        }
        Ok(())
    }

    /// Opens an element, unless it would be nested too deep. Parts of tables are as deep as their tables, which are
    /// counted themselves.
    fn push(&mut self, tag: Tag, look: Look, heading: u8, at: usize) -> Option<usize> {
        let is_part = matches!(
            tag,
            Tag::Table | Tag::Caption | Tag::Thead | Tag::Tbody | Tag::Tfoot | Tag::Tr | Tag::Cell
        );
        if !is_part && self.limits.nesting_max <= self.open.len() {
            self.flatten(tag, at);
            return None;
        }
        let index = self.open.len();
        let scope = match tag {
            Tag::Table | Tag::Caption | Tag::Cell | Tag::Template => Some(index),
            _ => self.open.last().and_then(|element| element.scope),
        };
        let previous = self.last[tag as usize].replace(index);
        let (first_block, shelf) = (self.writer.blocks.len(), self.shelf.mark());
        // Blocks are apart by themselves.
        let look = Look { apart: look.apart && tag == Tag::Inline, ..look };
        self.open.push(Element { tag, previous, scope, look, heading, first_block, shelf, inline: None });
        Some(index)
    }

    /// Passes over an element that is nested too deep.
    fn flatten(&mut self, tag: Tag, at: usize) {
        if !self.issues.iter().rev().any(|issue| issue.kind == IssueKind::NestingFlattened) {
            self.found(IssueKind::NestingFlattened, at);
        }
        self.is_flattened = true;
        self.flattened[tag as usize] += 1;
    }

    fn end(&mut self, name: &'a str, at: usize) -> Result<(), ReadError> {
        let kind = Tag::from_name(name);
        if 0 < self.flattened[kind as usize] {
            self.flattened[kind as usize] -= 1;
            if kind != Tag::Inline {
                self.writer.end_block(at);
            }
            return Ok(());
        }
        let ends = match kind {
            Tag::Inline => return self.end_inline(name, at),
            Tag::Ignored
            | Tag::Picture
            | Tag::Input
            | Tag::Meta
            | Tag::Link
            | Tag::Title
            | Tag::Raw
            | Tag::Textarea => return Ok(()),
            Tag::Br => {
                if !self.look().is_hidden() {
                    self.writer.line_break(at..self.tokenizer.position(), self.manner());
                }
                return Ok(());
            }
            Tag::Table => self.table(),
            Tag::Caption | Tag::Thead | Tag::Tbody | Tag::Tfoot | Tag::Tr | Tag::Cell => {
                self.in_table(kind).filter(|_| self.flattened[Tag::Table as usize] == 0)
            }
            _ => self.in_scope(kind),
        };
        match ends {
            Some(index) => self.close_to(index, at),
            // It ends nothing, but in a fragment of a page its start tag may be missing.
            None => {
                self.writer.end_block(at);
                Ok(())
            }
        }
    }

    fn end_inline(&mut self, name: &str, at: usize) -> Result<(), ReadError> {
        if name.eq_ignore_ascii_case("ruby") {
            self.end_ruby_text(at)?;
        }
        let Some(index) = self.inline_named(name) else { return Ok(()) };
        match &mut self.open[index].inline {
            Some(inline) if 0 < inline.inside => inline.inside -= 1,
            Some(_) | None => self.close_to(index, at)?,
        }
        Ok(())
    }

    /// Ends all elements from `index` on.
    fn close_to(&mut self, index: usize, at: usize) -> Result<(), ReadError> {
        while index < self.open.len()
            && let Some(element) = self.open.pop()
        {
            self.last[element.tag as usize] = element.previous;
            if std::mem::take(&mut self.is_flattened) {
                // All that was nested deeper has ended with it.
                self.flattened = [0; Tag::COUNT];
            }
            match element.tag {
                Tag::Inline => {
                    if element.look.stands_out_of(self.look()) && self.in_cell() {
                        self.writer.line_break(at..at, self.manner());
                    }
                }
                Tag::Cell => self.end_cell(at),
                Tag::Table => self.end_table(at)?,
                _ => self.writer.end_block(at),
            }
            self.shelve(&element, at);
        }
        Ok(())
    }

    /// Keeps in mind what an element may be to its parent. Inside of tables everything has its place already.
    fn shelve(&mut self, element: &Element<'_>, at: usize) {
        match element.tag {
            Tag::Inline => {}
            _ if !self.tables.is_empty() => {}
            _ if element.look.gone => self.shelf.forget(element.shelf),
            Tag::Table => self.shelf.other(element.shelf),
            _ => {
                let (text, blocks) = self.writer.written();
                let places = &mut self.places_left;
                self.shelf.close(element.shelf, element.first_block, text, at, blocks, places);
            }
        }
    }

    /// Ends a cell: its text is that of its blocks. An empty one gets its place, between its tags.
    fn end_cell(&mut self, at: usize) {
        self.writer.end_block(at);
        let Some(table) = self.tables.last_mut() else { return };
        let Some(mut cell) = table.open_cell.take() else { return };
        if cell.is_scripted && cell.blocks.start == self.writer.blocks.len() {
            let trimmed = Manner { heading: 0, preserved: false, trimmed: true };
            self.writer.picture(at..at, trimmed);
            self.writer.end_block(at);
        }
        cell.blocks.end = self.writer.blocks.len();
        match &self.writer.blocks[cell.blocks.clone()] {
            [] => {
                cell.text = self.writer.len()..self.writer.len();
                self.writer.separate(at..at);
            }
            [first, .., last] => cell.text = first.text.start..last.text.end,
            [only] => cell.text = only.text.clone(),
        }
        let holds_table = table.cells_inside_before < table.cells_inside;
        table.filled += usize::from(!cell.text.is_empty() && !holds_table);
        table.cells.push(cell);
    }

    /// Ends a table: it becomes a grid, unless it serves the layout.
    fn end_table(&mut self, at: usize) -> Result<(), ReadError> {
        self.writer.end_block(at);
        let Some(table) = self.tables.pop() else { return Ok(()) };
        let around_tables = 0 < table.cells_inside && table.filled <= table.cells_inside;
        if around_tables {
            if let Some(outer) = self.tables.last_mut() {
                outer.cells_inside += table.cells_inside;
            }
            return Ok(());
        }
        let [first, .., last] = &table.cells[..] else { return Ok(()) };
        let text = first.text.start..last.text.end;
        if let Some(outer) = self.tables.last_mut() {
            outer.cells_inside += table.cells.len();
        }
        let mut issues = Vec::new();
        let grid =
            grid::form(&table.cells, &table.rows, &mut self.places_left, |kind, at| issues.push((kind, at)))
                .ok_or_else(|| too_many_cells(self.limits))?;
        for (kind, at) in issues {
            self.found(kind, at);
        }
        // Text beside the cells (a caption, or what was lost between rows) stays a block of its own, before or
        // behind the table.
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        let mut cells = table.cells.iter().peekable();
        for (index, block) in (table.first_block..).zip(self.writer.blocks.split_off(table.first_block)) {
            while cells.next_if(|cell| cell.blocks.end <= index).is_some() {}
            if cells.peek().is_some_and(|cell| cell.blocks.start <= index) {
                continue;
            }
            if block.text.start < text.start { before.push(block) } else { behind.push(block) }
        }
        self.writer.blocks.append(&mut before);
        if 0 < table.filled {
            self.writer.blocks.push(Block { kind: BlockKind::Table(grid), text });
        }
        self.writer.blocks.append(&mut behind);
        Ok(())
    }
}

fn too_many_cells(limits: &Limits) -> ReadError {
    ReadError::LimitExceeded { what: "table cells", max: limits.cells_max }
}
