//! Serves gRPC, and by it gRPC-Web and JSON over HTTP: a listener with health, reflection, limits and a drain, and what
//! every handler owes its caller: deadlines, checked fields, bounded messages, and errors that say what can be done.
//!
//! Never knows what a service does.

mod deadline;
pub mod fields;
mod gateway;
mod health;
mod pages;
mod principal;
mod server;
mod status;
mod watching;

pub use deadline::{Deadline, call, within};
pub use gateway::{Origin, OriginError, message_of_json};
pub use health::Dependency;
pub use pages::page_within;
pub use principal::{Anonymous, Principal, Principals};
pub use server::{ServeError, Services, serve};
pub use status::{shutting_down, to_status};
pub use watching::{GATHERING, Watching, watched};
