//! The typed tables of each form, as messages and as the conversion into them, from the forms' data.
//!
//! A cell's key is its path: `requests.denied.state_secret.total` is the field `total` of the field `state_secret`
//! of … Rows with the same columns share a message, whose fields are numbered from 1. A field that leads to several
//! cells has the smallest of their field numbers, so that numbers are as stable as those of the cells.

use gongkai_forms::{CellDefinition, Form};
use gongkai_model::Unit;
use prost_types::FileDescriptorSet;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A step of the path: either it goes on, or it is a cell.
enum Node<'a> {
    Cell(&'a CellDefinition),
    Branch(Vec<(String, Node<'a>)>),
}

impl Node<'_> {
    /// The cells it leads to, in the form's order.
    fn cells(&self) -> Vec<&CellDefinition> {
        match self {
            Node::Cell(cell) => vec![cell],
            Node::Branch(children) => children.iter().flat_map(|(_, child)| child.cells()).collect(),
        }
    }
}

fn tree(form: &Form) -> Vec<(String, Node<'_>)> {
    let mut root = Vec::new();
    for cell in &form.cells {
        let steps: Vec<&str> = cell.key.split('.').collect();
        insert(&mut root, &steps, Node::Cell(cell));
    }
    root
}

fn insert<'a>(children: &mut Vec<(String, Node<'a>)>, steps: &[&str], leaf: Node<'a>) {
    let (first, rest) = steps.split_first().expect("keys are not empty");
    if rest.is_empty() {
        children.push(((*first).to_owned(), leaf));
        return;
    }
    let at = children.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
        children.push(((*first).to_owned(), Node::Branch(Vec::new())));
        children.len() - 1
    });
    match &mut children[at].1 {
        Node::Branch(inner) => insert(inner, rest, leaf),
        Node::Cell(cell) => panic!("{} is a cell and a group", cell.key),
    }
}

fn first_number(node: &Node<'_>) -> u32 {
    node.cells().iter().map(|cell| cell.field_number).min().expect("a branch has cells")
}

/// What a field says of the cells it leads to: the words of the form that stand over all of them.
fn meaning(form: &Form, path: &[&str], node: &Node<'_>) -> String {
    let cells = node.cells();
    let table = &form.tables[cells[0].place.table];
    if path.len() == 1 {
        return format!("`{}`: {} ({}).", path[0], table.headings[0], table.label_en);
    }
    let words = |cell: &CellDefinition| {
        let (row, column) = (form.row(cell), form.column(cell));
        let label = row.labels.first().cloned();
        row.banners.iter().cloned().chain(label).chain(column.groups.iter().cloned()).collect::<Vec<_>>()
    };
    let mut shared = words(cells[0]);
    for cell in &cells[1..] {
        let same = shared.iter().zip(&words(cell)).take_while(|(left, right)| left == right).count();
        shared.truncate(same);
    }
    format!("`{}`: {}.", path.join("."), shared.join(" · "))
}

/// What the field of a single cell says: the words over its column.
fn column(form: &Form, cell: &CellDefinition) -> String {
    let column = form.column(cell);
    let unit = match cell.unit {
        Unit::Count => "",
        Unit::Yuan => "; in yuan",
    };
    // Columns of a block are named after it (Reconsideration: upheld); here the field that leads to them says it.
    let label_en = column.label_en.rsplit(": ").next().unwrap_or_default();
    format!("{} ({label_en}){unit}.", column.labels[0])
}

fn is_row(children: &[(String, Node<'_>)]) -> bool {
    children.iter().all(|(_, child)| matches!(child, Node::Cell(_)))
}

fn camel(name: &str) -> String {
    name.split(['_', '.'])
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect()
}

/// The name of a branch's message.
fn message(form: &Form, path: &[&str], children: &[(String, Node<'_>)]) -> String {
    const NAMED_COLUMNS_MAX: usize = 3;
    let form = form.id.name();
    let all_cells = is_row(children);
    let table = path.first().map_or(String::new(), |table| camel(table));
    if all_cells && children.len() <= NAMED_COLUMNS_MAX {
        table + &children.iter().map(|(name, _)| camel(name)).collect::<String>()
    } else if all_cells {
        table + "Row"
    } else if path.is_empty() {
        format!("Form{form}Tables")
    } else {
        format!("Form{form}{}", path.iter().map(|step| camel(step)).collect::<String>())
    }
}

fn messages(form: &Form, path: &[&str], children: &[(String, Node<'_>)], out: &mut Vec<(String, String)>) {
    let name = message(form, path, children);
    let at = out.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
        out.push((name.clone(), String::new()));
        out.len() - 1
    });
    let mut text = String::new();
    match path {
        [] => writeln!(
            text,
            "// The tables of the form of {}, every cell at its place: {}.",
            form.id.name(),
            form.title_zh
        ),
        _ if is_row(children) => writeln!(text, "// The cells of a row of the table `{}`.", path[0]),
        _ => {
            let (form, path) = (form.id.name(), path.join("."));
            writeln!(text, "// The cells of the form of {form} whose keys begin with `{path}.`.")
        }
    }
    .unwrap();
    writeln!(text, "message {name} {{").unwrap();
    for (index, (field, child)) in children.iter().enumerate() {
        let (kind, number, comment) = match child {
            Node::Cell(cell) => ("Figure".to_owned(), index as u32 + 1, column(form, cell)),
            Node::Branch(inner) => {
                let mut path = path.to_vec();
                path.push(field);
                messages(form, &path, inner, out);
                (message(form, &path, inner), first_number(child), meaning(form, &path, child))
            }
        };
        writeln!(text, "  // {comment}\n  {kind} {field} = {number};").unwrap();
    }
    writeln!(text, "}}").unwrap();
    let known = &mut out[at].1;
    assert!(known.is_empty() || *known == text, "{name} would stand for two different rows");
    *known = text;
}

/// The file of the typed tables.
pub(crate) fn proto(forms: &[Form]) -> String {
    let mut out = Vec::new();
    for form in forms {
        messages(form, &[], &tree(form), &mut out);
    }
    let mut text = String::from(
        "// Generated from the forms' data files by the tests of crates/wire; do not edit.\nsyntax = \"proto3\";\n\n\
         // The tables of each form, typed: every cell is the field that its key names.\npackage gongkai.v1;\n\n\
         import \"gongkai/v1/figure.proto\";\n",
    );
    for (_, message) in out {
        text.push('\n');
        text.push_str(&message);
    }
    text
}

fn literal(form: &Form, path: &[&str], children: &[(String, Node<'_>)], out: &mut String, indent: usize) {
    let pad = "    ".repeat(indent);
    writeln!(out, "{} {{", message(form, path, children)).unwrap();
    for (field, child) in children {
        match child {
            Node::Cell(cell) => writeln!(out, "{pad}    {field}: take(\"{}\"),", cell.key).unwrap(),
            Node::Branch(inner) => {
                let mut path = path.to_vec();
                path.push(field);
                write!(out, "{pad}    {field}: Some(").unwrap();
                literal(form, &path, inner, out, indent + 1);
                writeln!(out, "{pad}    }}),").unwrap();
            }
        }
    }
}

/// The full names of the fields that hold a cell.
pub(crate) fn cell_fields(descriptors: &FileDescriptorSet) -> Vec<String> {
    let file = descriptors.file.iter().find(|file| file.name() == "gongkai/v1/forms.proto");
    let mut fields = Vec::new();
    for message in &file.expect("the typed tables are among the files").message_type {
        for field in message.field.iter().filter(|field| field.type_name() == ".gongkai.v1.Figure") {
            fields.push(format!(".gongkai.v1.{}.{}", message.name(), field.name()));
        }
    }
    fields
}

/// The conversion into the typed tables.
pub(crate) fn rust(forms: &[Form]) -> String {
    let mut names = BTreeMap::new();
    for form in forms {
        let mut out = Vec::new();
        messages(form, &[], &tree(form), &mut out);
        names.extend(out);
    }
    let mut text = String::from(
        "// Generated from the forms' data files by the tests of crates/wire; do not edit.\n\nuse super::v1::{\n    Figure,\n",
    );
    for name in names.keys() {
        writeln!(text, "    {name},").unwrap();
    }
    text.push_str("};\n");
    for form in forms {
        let id = form.id.name();
        write!(
            text,
            "\n/// The tables of the form of {id}, each cell from `take`, which is asked by key.\n\
             pub fn form_{id}(mut take: impl FnMut(&str) -> Option<Box<Figure>>) -> Form{id}Tables {{\n    "
        )
        .unwrap();
        literal(form, &[], &tree(form), &mut text, 1);
        text.push_str("    }\n}\n");
    }
    text
}
