//! The messages inside packed records. Like every wire type of ours they only grow: a field number that was given
//! once is never given to anything else.

use prost::{Message, Oneof};

/// What the cells of a packed record are: the same for all records of one form and version.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Layout {
    #[prost(uint32, tag = "1")]
    pub form: u32,
    #[prost(string, repeated, tag = "2")]
    pub keys: Vec<String>,
}

/// What the cells say.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Figures {
    /// A byte a cell: its state in the lower four bits, its derivation in the upper four.
    #[prost(bytes = "vec", tag = "1")]
    pub states: Vec<u8>,
    /// The numbers of the cells that are counts, in their order.
    #[prost(sint64, repeated, tag = "2")]
    pub counts: Vec<i64>,
    /// The few cells that are amounts of money; all other numbers are counts.
    #[prost(uint32, repeated, tag = "3")]
    pub amount_cells: Vec<u32>,
    #[prost(message, repeated, tag = "4")]
    pub amounts: Vec<Scaled>,
    /// Every cell is of the report's year and of all portions together. Where it is not set, the evidence tells.
    #[prost(bool, tag = "5")]
    pub are_plain: bool,
    /// The subject's rank in the lower four bits and its kind above them, plus one. Where it is not set, the evidence tells.
    #[prost(uint32, tag = "6")]
    pub subject: u32,
}

/// A decimal number as a scaled integer.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Scaled {
    /// Little-endian, as short as its sign allows.
    #[prost(bytes = "vec", tag = "1")]
    pub mantissa: Vec<u8>,
    /// Digits after the point.
    #[prost(uint32, tag = "2")]
    pub scale: u32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Value {
    #[prost(oneof = "ValueKind", tags = "1, 2")]
    pub kind: Option<ValueKind>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub(super) enum ValueKind {
    #[prost(sint64, tag = "1")]
    Count(i64),
    #[prost(message, tag = "2")]
    Amount(Scaled),
}

/// Everything else of a record.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Evidence {
    #[prost(uint32, tag = "1")]
    pub extractor_version: u32,
    #[prost(uint32, tag = "2")]
    pub part: u32,
    #[prost(uint32, tag = "3")]
    pub parts: u32,
    #[prost(message, required, tag = "4")]
    pub title: Quoted,
    #[prost(uint32, optional, tag = "5")]
    pub year: Option<u32>,
    #[prost(message, required, tag = "6")]
    pub subject: Body,
    #[prost(message, required, tag = "7")]
    pub scope: Scope,
    #[prost(message, required, tag = "8")]
    pub signatory: Body,
    #[prost(message, required, tag = "9")]
    pub issuer: Body,
    #[prost(message, required, tag = "10")]
    pub region: Region,
    #[prost(uint32, optional, tag = "11")]
    pub date_stated: Option<u32>,
    #[prost(uint32, optional, tag = "12")]
    pub date_page: Option<u32>,
    #[prost(message, repeated, tag = "13")]
    pub form_evidence: Vec<FormEvidence>,
    #[prost(message, repeated, tag = "14")]
    pub sections: Vec<Section>,
    #[prost(message, repeated, tag = "15")]
    pub statements: Vec<Statement>,
    #[prost(message, repeated, tag = "16")]
    pub findings: Vec<Finding>,
    #[prost(message, required, tag = "17")]
    pub page: Page,
    /// For each cell: where it begins, from the end of the cell before.
    #[prost(sint64, repeated, tag = "18")]
    pub span_starts: Vec<i64>,
    /// For each cell: how many bytes it has.
    #[prost(uint64, repeated, tag = "19")]
    pub span_lengths: Vec<u64>,
    /// The cells of which there is more to tell than that they stand in a range of bytes and look like their value.
    #[prost(message, repeated, tag = "20")]
    pub cells: Vec<CellDetails>,
    /// Keys that findings name and that are no cell of the layout.
    #[prost(string, repeated, tag = "21")]
    pub other_keys: Vec<String>,
    #[prost(message, repeated, tag = "22")]
    pub problems: Vec<Quoted>,
    #[prost(message, repeated, tag = "23")]
    pub improvements: Vec<Quoted>,
    #[prost(message, optional, tag = "24")]
    pub preamble: Option<Quoted>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct CellDetails {
    #[prost(uint32, tag = "1")]
    pub cell: u32,
    /// The raw text, where it is not the value's text, or not empty where there is no value.
    #[prost(string, optional, tag = "2")]
    pub raw: Option<String>,
    #[prost(string, tag = "3")]
    pub source_unit: String,
    /// Whether `span` stands in place of the range of bytes.
    #[prost(bool, tag = "4")]
    pub span_replaced: bool,
    #[prost(message, optional, tag = "5")]
    pub span: Option<Span>,
    #[prost(uint32, tag = "6")]
    pub reason: u32,
    #[prost(message, repeated, tag = "7")]
    pub candidates: Vec<Candidate>,
    #[prost(message, optional, tag = "8")]
    pub proof: Option<Proof>,
    /// The period, where it is not this year.
    #[prost(uint32, optional, tag = "9")]
    pub period: Option<u32>,
    /// The portion, where it is not all.
    #[prost(uint32, optional, tag = "10")]
    pub portion: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Candidate {
    #[prost(uint32, tag = "1")]
    pub state: u32,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Value>,
    #[prost(string, tag = "3")]
    pub raw: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Proof {
    #[prost(string, tag = "1")]
    pub hypothesis: String,
    #[prost(string, repeated, tag = "2")]
    pub identities: Vec<String>,
    #[prost(string, repeated, tag = "3")]
    pub statements: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Span {
    #[prost(oneof = "SpanKind", tags = "1, 2, 3")]
    pub kind: Option<SpanKind>,
}

#[derive(Clone, PartialEq, Eq, Oneof)]
pub(super) enum SpanKind {
    #[prost(message, tag = "1")]
    Bytes(ByteSpan),
    #[prost(message, tag = "2")]
    Page(PageSpan),
    #[prost(message, tag = "3")]
    Part(PartSpan),
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct ByteSpan {
    #[prost(uint64, tag = "1")]
    pub start: u64,
    #[prost(uint64, tag = "2")]
    pub end: u64,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct PageSpan {
    #[prost(uint32, tag = "1")]
    pub page: u32,
    #[prost(sint32, tag = "2")]
    pub left: i32,
    #[prost(sint32, tag = "3")]
    pub top: i32,
    #[prost(sint32, tag = "4")]
    pub right: i32,
    #[prost(sint32, tag = "5")]
    pub bottom: i32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct PartSpan {
    #[prost(string, tag = "1")]
    pub part: String,
    #[prost(string, tag = "2")]
    pub path: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Quoted {
    #[prost(string, tag = "1")]
    pub text: String,
    #[prost(message, optional, tag = "2")]
    pub span: Option<Span>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Body {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(uint32, tag = "2")]
    pub rank: u32,
    #[prost(uint32, tag = "3")]
    pub kind: u32,
    #[prost(message, optional, tag = "4")]
    pub span: Option<Span>,
    #[prost(string, tag = "5")]
    pub credit_code: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Scope {
    #[prost(uint32, tag = "1")]
    pub kind: u32,
    #[prost(string, tag = "2")]
    pub quote: String,
    #[prost(message, optional, tag = "3")]
    pub span: Option<Span>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Region {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub code: String,
    #[prost(message, optional, tag = "3")]
    pub span: Option<Span>,
    #[prost(message, repeated, tag = "4")]
    pub parents: Vec<Division>,
    #[prost(message, repeated, tag = "5")]
    pub candidates: Vec<Division>,
    #[prost(string, tag = "6")]
    pub township_code: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Division {
    #[prost(string, tag = "1")]
    pub code: String,
    #[prost(string, tag = "2")]
    pub name: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct FormEvidence {
    #[prost(uint32, tag = "1")]
    pub form: u32,
    #[prost(uint32, tag = "2")]
    pub score: u32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Section {
    #[prost(uint32, tag = "1")]
    pub level: u32,
    #[prost(string, tag = "2")]
    pub title: String,
    #[prost(message, optional, tag = "3")]
    pub span: Option<Span>,
    #[prost(string, tag = "4")]
    pub text: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Statement {
    #[prost(string, tag = "1")]
    pub indicator: String,
    #[prost(message, optional, tag = "2")]
    pub value: Option<Scaled>,
    #[prost(message, optional, tag = "3")]
    pub value_max: Option<Scaled>,
    #[prost(string, tag = "4")]
    pub unit: String,
    #[prost(bool, tag = "5")]
    pub approximate: bool,
    #[prost(uint32, tag = "6")]
    pub period: u32,
    #[prost(uint32, tag = "7")]
    pub scope: u32,
    #[prost(string, tag = "8")]
    pub quote: String,
    #[prost(string, tag = "9")]
    pub section: String,
    #[prost(message, optional, tag = "10")]
    pub span: Option<Span>,
    #[prost(uint32, tag = "11")]
    pub whose: u32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Finding {
    #[prost(string, tag = "1")]
    pub rule: String,
    #[prost(uint32, tag = "2")]
    pub rule_version: u32,
    #[prost(string, tag = "3")]
    pub subject: String,
    #[prost(uint32, tag = "4")]
    pub outcome: u32,
    #[prost(uint32, tag = "5")]
    pub severity: u32,
    #[prost(uint32, tag = "6")]
    pub basis: u32,
    #[prost(message, optional, tag = "7")]
    pub left: Option<Value>,
    #[prost(message, optional, tag = "8")]
    pub right: Option<Value>,
    /// Cells of the layout; beyond its end, the other keys of the evidence.
    #[prost(uint32, repeated, tag = "9")]
    pub cells: Vec<u32>,
    #[prost(uint32, tag = "10")]
    pub derivation: u32,
    #[prost(string, tag = "11")]
    pub message_zh: String,
    #[prost(string, tag = "12")]
    pub message_en: String,
    #[prost(message, repeated, tag = "13")]
    pub proposals: Vec<Proposal>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Proposal {
    #[prost(string, tag = "1")]
    pub figure: String,
    #[prost(message, optional, tag = "2")]
    pub current: Option<Value>,
    #[prost(message, required, tag = "3")]
    pub proposed: Value,
    #[prost(string, repeated, tag = "4")]
    pub mends: Vec<String>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Page {
    #[prost(message, optional, tag = "1")]
    pub title: Option<Quoted>,
    #[prost(message, optional, tag = "2")]
    pub published: Option<Quoted>,
    #[prost(message, optional, tag = "3")]
    pub publisher: Option<Quoted>,
    #[prost(message, optional, tag = "4")]
    pub index_number: Option<Quoted>,
    #[prost(message, optional, tag = "5")]
    pub source: Option<Quoted>,
}
