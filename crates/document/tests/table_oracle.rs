//! Grids against an oracle: html5ever builds the tree, and the table model of the HTML Standard, followed to the
//! letter over a set of slots, places the cells.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

use gongkai_document::{BlockKind, Hint, Limits, read};
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ExpandedName, QualName, parse_document};
use proptest::prelude::*;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A cell: row, column, rows, columns, text.
type Place = (usize, usize, usize, usize, String);

#[derive(Debug, Default)]
struct Node {
    /// The names live as long as the test: the interface wants references to them.
    name: Option<&'static QualName>,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<usize>,
    parent: Option<usize>,
}

/// The least tree that html5ever can build.
#[derive(Debug)]
struct Tree {
    nodes: RefCell<Vec<Node>>,
}

impl Tree {
    fn add(&self, node: Node) -> usize {
        self.nodes.borrow_mut().push(node);
        self.nodes.borrow().len() - 1
    }

    fn insert(&self, parent: usize, index: usize, child: NodeOrText<usize>) {
        let child = match child {
            NodeOrText::AppendNode(child) => child,
            NodeOrText::AppendText(text) => self.add(Node { text: text.to_string(), ..Node::default() }),
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes[parent].children.insert(index, child);
        nodes[child].parent = Some(parent);
    }

    fn place_of(&self, child: usize) -> Option<(usize, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes[child].parent?;
        let index = nodes[parent].children.iter().position(|&other| other == child)?;
        Some((parent, index))
    }
}

impl TreeSink for Tree {
    type Handle = usize;
    type Output = Vec<Node>;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self::Output {
        self.nodes.into_inner()
    }

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> ExpandedName<'a> {
        self.nodes.borrow()[*target].name.expect("an element").expanded()
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        let attributes = attributes
            .into_iter()
            .map(|each| (each.name.local.to_string(), each.value.to_string()))
            .collect();
        self.add(Node { name: Some(Box::leak(Box::new(name))), attributes, ..Node::default() })
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.add(Node::default())
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.add(Node::default())
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        let end = self.nodes.borrow()[*parent].children.len();
        self.insert(*parent, end, child);
    }

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let Some((parent, index)) = self.place_of(*sibling) {
            self.insert(parent, index, child);
        }
    }

    fn append_based_on_parent_node(&self, element: &usize, previous: &usize, child: NodeOrText<usize>) {
        match self.place_of(*element) {
            Some(_) => self.append_before_sibling(element, child),
            None => self.append(previous, child),
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        if let Some((parent, index)) = self.place_of(*target) {
            let mut nodes = self.nodes.borrow_mut();
            nodes[parent].children.remove(index);
            nodes[*target].parent = None;
        }
    }

    fn reparent_children(&self, node: &usize, new_parent: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        let children = std::mem::take(&mut nodes[*node].children);
        for &child in &children {
            nodes[child].parent = Some(*new_parent);
        }
        nodes[*new_parent].children.extend(children);
    }

    fn same_node(&self, left: &usize, right: &usize) -> bool {
        left == right
    }

    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn parse_error(&self, _: Cow<'static, str>) {}
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn add_attrs_if_missing(&self, _: &usize, _: Vec<Attribute>) {}
}

fn name(nodes: &[Node], node: usize) -> &str {
    nodes[node].name.map_or("", |name| &*name.local)
}

fn words(nodes: &[Node], node: usize) -> String {
    let children = nodes[node].children.iter().map(|&child| words(nodes, child));
    std::iter::once(nodes[node].text.clone()).chain(children).collect()
}

fn first_table(nodes: &[Node], node: usize) -> Option<usize> {
    match name(nodes, node) {
        "table" => Some(node),
        _ => nodes[node].children.iter().find_map(|&child| first_table(nodes, child)),
    }
}

/// The cells of the first table: the standard's algorithm for forming a table, with spans clipped to their row
/// group as browsers do it.
fn expected(page: &str) -> Vec<Place> {
    let tree = Tree { nodes: RefCell::new(vec![Node::default()]) };
    let nodes = parse_document(tree, html5ever::ParseOpts::default()).one(page);
    let table = first_table(&nodes, 0).expect("a table");
    let mut taken: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut places = Vec::new();
    let mut row = 0;
    for &group in &nodes[table].children {
        if !matches!(name(&nodes, group), "thead" | "tbody" | "tfoot") {
            continue;
        }
        let rows: Vec<_> = nodes[group].children.iter().filter(|&&row| name(&nodes, row) == "tr").collect();
        let end = row + rows.len();
        for &tr in rows {
            let mut column = 0;
            for &cell in nodes[tr].children.iter().filter(|&&cell| matches!(name(&nodes, cell), "td" | "th"))
            {
                while taken.contains(&(row, column)) {
                    column += 1;
                }
                let span = |name: &str| {
                    let attribute = nodes[cell].attributes.iter().find(|(known, _)| known == name);
                    attribute.and_then(|(_, value)| value.parse::<usize>().ok())
                };
                let columns = span("colspan").filter(|&span| span != 0).unwrap_or(1).min(1000);
                let rows = match span("rowspan").unwrap_or(1).min(65534) {
                    0 => end - row,
                    rows => rows.min(end - row),
                };
                taken.extend(
                    (row..row + rows).flat_map(|row| (column..column + columns).map(move |c| (row, c))),
                );
                places.push((row, column, rows, columns, words(&nodes, cell).trim().to_owned()));
                column += columns;
            }
            row += 1;
        }
    }
    places
}

fn actual(page: &str) -> Vec<Place> {
    let document = read(page.as_bytes(), &Hint::default(), &Limits::STANDARD).expect("a page");
    let grid = document.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Table(grid) => Some(grid),
        BlockKind::Heading { .. } | BlockKind::Paragraph => None,
    });
    let cells = grid.expect("a table").cells.iter().map(|cell| {
        let [row, column, rows, columns] =
            [cell.row, cell.column, cell.row_span, cell.column_span].map(|n| n as usize);
        (row, column, rows, columns, document.text.slice(&cell.text).to_owned())
    });
    cells.collect()
}

/// A table with spans of all kinds, row groups, and end tags that are there or not.
fn table() -> impl Strategy<Value = String> {
    let span = |name: &'static str| {
        prop_oneof![
            4 => Just(String::new()),
            3 => (0..5_u32).prop_map(move |span| format!(" {name}={span}")),
            1 => prop::sample::select(vec!["65534", "70000", "x", "1000"]).prop_map(move |span| format!(" {name}={span}")),
        ]
    };
    let colspan =
        span("colspan").prop_filter("wide tables are slow in the oracle", |span| !span.contains("000"));
    let cell = (prop::sample::select(vec!["td", "th"]), span("rowspan"), colspan, 0..100_u32, any::<bool>());
    let cell = cell.prop_map(|(tag, rows, columns, text, ends)| {
        let text = if text < 20 { String::new() } else { text.to_string() };
        let end = if ends { format!("</{tag}>") } else { String::new() };
        format!("<{tag}{rows}{columns}>{text}{end}")
    });
    let row = (prop::collection::vec(cell, 0..5), any::<bool>())
        .prop_map(|(cells, ends)| format!("<tr>{}{}", cells.concat(), if ends { "</tr>" } else { "" }));
    let group = (
        prop::sample::select(vec!["thead", "tbody", "tfoot", ""]),
        any::<bool>(),
        prop::collection::vec(row, 0..5),
    );
    let group = group.prop_map(|(tag, ends, rows)| match (tag, ends) {
        ("", _) => rows.concat(),
        (tag, true) => format!("<{tag}>{}</{tag}>", rows.concat()),
        (tag, false) => format!("<{tag}>{}", rows.concat()),
    });
    prop::collection::vec(group, 0..4).prop_map(|groups| {
        // A table of at least two cells with text, so that it is one to us.
        format!("<!DOCTYPE html><table><tr><td>a<td>b</tr>{}</table>", groups.concat())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn cells_stand_where_the_standard_puts_them(page in table()) {
        prop_assert_eq!(actual(&page), expected(&page), "{}", page);
    }
}
