//! The typed tables of each form, as messages and as the conversion into them, from the forms' data.
//!
//! A cell's key is its path: `requests.denied.state_secret.total` is the field `total` of the field `state_secret`
//! of … Rows with the same columns share a message. A field that leads to several cells has the smallest of their
//! field numbers, so that numbers are as stable as those of the cells.

use gongkai_forms::Form;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A step of the path: either it goes on, or it is a cell.
enum Node {
    Cell { key: String, label: String, number: u32 },
    Branch(Vec<(String, Node)>),
}

fn tree(form: &Form) -> Vec<(String, Node)> {
    let mut root = Vec::new();
    for cell in &form.cells {
        let steps: Vec<&str> = cell.key.split('.').collect();
        let leaf =
            Node::Cell { key: cell.key.to_string(), label: cell.label_zh.clone(), number: cell.field_number };
        insert(&mut root, &steps, leaf);
    }
    root
}

fn insert(children: &mut Vec<(String, Node)>, steps: &[&str], leaf: Node) {
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
        Node::Cell { key, .. } => panic!("{key} is a cell and a group"),
    }
}

fn first_number(node: &Node) -> u32 {
    match node {
        Node::Cell { number, .. } => *number,
        Node::Branch(children) => children.iter().map(|(_, child)| first_number(child)).min().unwrap_or(0),
    }
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
fn message(form: &str, path: &[&str], children: &[(String, Node)]) -> String {
    const NAMED_COLUMNS_MAX: usize = 3;
    let all_cells = children.iter().all(|(_, child)| matches!(child, Node::Cell { .. }));
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

fn messages(form: &str, path: &[&str], children: &[(String, Node)], out: &mut Vec<(String, String)>) {
    let name = message(form, path, children);
    if out.iter().any(|(known, _)| *known == name) {
        return;
    }
    let at = out.len();
    out.push((name.clone(), String::new()));
    let all_cells = children.iter().all(|(_, child)| matches!(child, Node::Cell { .. }));
    let mut text = String::new();
    match path {
        [] => writeln!(text, "// The tables of the form of {form}, every cell at its place.").unwrap(),
        _ if all_cells => writeln!(text, "// The cells of a row of the table `{}`.", path[0]).unwrap(),
        _ => {
            writeln!(text, "// The cells of the form of {form} whose keys begin with `{}.`.", path.join("."))
                .unwrap()
        }
    }
    writeln!(text, "message {name} {{").unwrap();
    for (index, (field, child)) in children.iter().enumerate() {
        let (kind, number, comment) = match child {
            Node::Cell { label, .. } => {
                let column = label.rsplit(" · ").next().unwrap_or(label);
                ("Figure".to_owned(), index as u32 + 1, format!("{column}."))
            }
            Node::Branch(inner) => {
                let mut path = path.to_vec();
                path.push(field);
                messages(form, &path, inner, out);
                (message(form, &path, inner), first_number(child), format!("`{}`.", path.join(".")))
            }
        };
        writeln!(text, "  // {comment}\n  {kind} {field} = {number};").unwrap();
    }
    writeln!(text, "}}").unwrap();
    out[at].1 = text;
}

/// The file of the typed tables.
pub(crate) fn proto(forms: &[Form]) -> String {
    let mut out = Vec::new();
    for form in forms {
        messages(form.id.name(), &[], &tree(form), &mut out);
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

fn literal(form: &str, path: &[&str], children: &[(String, Node)], out: &mut String, indent: usize) {
    let pad = "    ".repeat(indent);
    writeln!(out, "{} {{", message(form, path, children)).unwrap();
    for (field, child) in children {
        match child {
            Node::Cell { key, .. } => writeln!(out, "{pad}    {field}: take(\"{key}\"),").unwrap(),
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

/// The conversion into the typed tables.
pub(crate) fn rust(forms: &[Form]) -> String {
    let mut names = BTreeMap::new();
    for form in forms {
        let mut out = Vec::new();
        messages(form.id.name(), &[], &tree(form), &mut out);
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
             pub fn form_{id}(mut take: impl FnMut(&str) -> Option<Figure>) -> Form{id}Tables {{\n    "
        )
        .unwrap();
        literal(id, &[], &tree(form), &mut text, 1);
        text.push_str("    }\n}\n");
    }
    text
}
