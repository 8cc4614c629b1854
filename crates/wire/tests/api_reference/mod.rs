//! `docs/api.md`: the interface with its comments, as a manual.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    ServiceDescriptorProto,
};
use std::collections::HashMap;
use std::fmt::Write as _;

const PACKAGE: &str = "gongkai.v1";
/// What comes first; other services follow by their names.
const SERVICES: [&str; 4] = ["IngestService", "QueryService", "ReferenceService", "OperationsService"];
const HEAD: &str = "\
# The interface

Every service, message and enum of the package `gongkai.v1`, with its meaning. Generated from the comments of
[`proto/gongkai/v1`](../proto/gongkai/v1): change those, then run `GONGKAI_REGENERATE=1 cargo test -p gongkai-wire --test
generated`. How calls fail, and what to do then, stands in [errors.md](errors.md).

Fields keep their numbers for ever, and what is added never changes what is there. A client that meets an enum number which it
does not know treats it as the comment of the enum says, else as if it were not given.
";

/// Numbers of fields in descriptors, of which the places of comments are made.
const MESSAGE: i32 = 4;
const ENUM: i32 = 5;
const SERVICE: i32 = 6;
/// Fields of a message, values of an enum, methods of a service.
const MEMBER: i32 = 2;

/// The comments of a file by the place of what they are about.
struct Comments(HashMap<Vec<i32>, String>);

impl Comments {
    fn of(file: &FileDescriptorProto) -> Self {
        let places = file.source_code_info.iter().flat_map(|info| &info.location);
        Self(
            places
                .filter(|place| !place.leading_comments().trim().is_empty())
                .map(|place| (place.path.clone(), place.leading_comments().to_owned()))
                .collect(),
        )
    }

    /// As paragraphs, each in one line.
    fn at(&self, path: &[i32]) -> String {
        let text = self.0.get(path).map(String::as_str).unwrap_or_default();
        let paragraphs = text.split("\n\n").flat_map(|part| part.split("\n \n"));
        let joined = paragraphs.map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
        joined.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }

    /// For a cell of a table.
    fn cell(&self, path: &[i32]) -> String {
        self.at(path).replace("\n\n", " ").replace('|', "\\|")
    }
}

/// The manual.
pub(crate) fn markdown(descriptors: &FileDescriptorSet) -> String {
    let own = || descriptors.file.iter().filter(|file| file.package() == PACKAGE);
    let mut services: Vec<(&ServiceDescriptorProto, Comments, i32)> = own()
        .flat_map(|file| (0..).zip(&file.service).map(move |(index, it)| (it, Comments::of(file), index)))
        .collect();
    let rank = |name: &str| SERVICES.iter().position(|known| *known == name).unwrap_or(SERVICES.len());
    services.sort_by_key(|(service, ..)| (rank(service.name()), service.name().to_owned()));
    let mut messages: Vec<(&DescriptorProto, Comments, i32)> = own()
        .flat_map(|file| {
            (0..).zip(&file.message_type).map(move |(index, it)| (it, Comments::of(file), index))
        })
        .collect();
    messages.sort_by_key(|(message, ..)| message.name().to_owned());
    let mut enums: Vec<(&EnumDescriptorProto, Comments, i32)> = own()
        .flat_map(|file| (0..).zip(&file.enum_type).map(move |(index, it)| (it, Comments::of(file), index)))
        .collect();
    enums.sort_by_key(|(item, ..)| item.name().to_owned());

    let mut out = HEAD.to_owned();
    for (service, comments, index) in &services {
        let _ = write!(out, "\n## {}\n\n{}\n", service.name(), comments.at(&[SERVICE, *index]));
        for (number, method) in (0..).zip(&service.method) {
            let stream = |is_stream: bool| if is_stream { "stream of " } else { "" };
            let _ = write!(
                out,
                "\n### {}\n\n{}{} → {}{}\n\n{}\n",
                method.name(),
                stream(method.client_streaming()),
                link(method.input_type()),
                stream(method.server_streaming()),
                link(method.output_type()),
                comments.at(&[SERVICE, *index, MEMBER, number])
            );
        }
    }
    out.push_str("\n## Messages\n");
    for (message, comments, index) in &messages {
        let _ = write!(out, "\n### {}\n\n{}\n", message.name(), comments.at(&[MESSAGE, *index]));
        if message.field.is_empty() {
            continue;
        }
        out.push_str("\n| field | type | meaning |\n| --- | --- | --- |\n");
        for (number, field) in (0..).zip(&message.field) {
            let meaning = comments.cell(&[MESSAGE, *index, MEMBER, number]);
            let _ = writeln!(out, "| `{}` | {} | {meaning} |", field.name(), kind(message, field));
        }
    }
    out.push_str("\n## Enums\n");
    for (item, comments, index) in &enums {
        let _ = write!(out, "\n### {}\n\n{}\n", item.name(), comments.at(&[ENUM, *index]));
        out.push_str("\n| value | number | meaning |\n| --- | --- | --- |\n");
        for (place, value) in (0..).zip(&item.value) {
            let meaning = comments.cell(&[ENUM, *index, MEMBER, place]);
            let _ = writeln!(out, "| `{}` | {} | {meaning} |", value.name(), value.number());
        }
    }
    out
}

fn kind(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let name = match field.r#type() {
        Type::Message | Type::Enum => link(field.type_name()),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    if field.label() == Label::Repeated {
        format!("list of {name}")
    } else if field.proto3_optional() {
        format!("optional {name}")
    } else if let Some(choice) = field.oneof_index.and_then(|index| message.oneof_decl.get(index as usize)) {
        format!("{name}, one of `{}`", choice.name())
    } else {
        name
    }
}

/// The name of a type, as a link where it stands in the manual.
fn link(type_name: &str) -> String {
    let full = type_name.trim_start_matches('.');
    match full.strip_prefix(PACKAGE).and_then(|name| name.strip_prefix('.')) {
        Some(own) => format!("[{own}](#{})", own.to_lowercase()),
        None => format!("`{full}`"),
    }
}
