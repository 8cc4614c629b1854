//! The methods that are served, and their messages in JSON, by the descriptors that reflection shows: canonical JSON of
//! protobuf, so that any generated code of a caller reads it.

use crate::gateway::repeated::Unrepeated;
use crate::server::ServeError;
use gongkai_wire::ErrorReason;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use tonic::Status;
use tracing::error;

/// Characters of a complaint about a body, which may quote it.
const COMPLAINT_CHARS_MAX: usize = 300;

/// A message of the interface, by its whole name, that is written in JSON.
///
/// # Errors
/// When it is not, with the name of the field that the message has not, or the place of what makes no sense.
pub fn message_of_json<M: prost::Message + Default>(name: &str, json: &[u8]) -> Result<M, Status> {
    static MESSAGES: LazyLock<Option<DescriptorPool>> =
        LazyLock::new(|| DescriptorPool::decode(gongkai_wire::FILE_DESCRIPTOR_SET).ok());
    let internal = || ErrorReason::Internal.status("internal error");
    let descriptor =
        MESSAGES.as_ref().and_then(|pool| pool.get_message_by_name(name)).ok_or_else(internal)?;
    M::decode(read(&descriptor, json)?.as_slice()).map_err(|_| internal())
}

/// The methods that are served, by their paths.
pub(crate) struct Interface {
    called: HashMap<String, Arc<Called>>,
}

/// A method that can be called.
pub(super) struct Called {
    /// Its service, under which calls are counted.
    pub(super) service: &'static str,
    pub(super) method: String,
    /// Whether a caller sends it several messages.
    pub(super) takes_stream: bool,
    /// Whether it answers with several.
    pub(super) gives_stream: bool,
    request: MessageDescriptor,
    answer: MessageDescriptor,
}

impl Interface {
    /// The methods of these services, as far as `descriptors` know them.
    ///
    /// # Errors
    /// When the descriptors cannot be read.
    pub(crate) fn of(descriptors: &[&[u8]], services: &[&'static str]) -> Result<Self, ServeError> {
        let mut pool = DescriptorPool::new();
        for descriptors in descriptors {
            pool.decode_file_descriptor_set(*descriptors).map_err(ServeError::Descriptors)?;
        }
        let mut called = HashMap::new();
        for service in services {
            let described = pool.get_service_by_name(service);
            for method in described.iter().flat_map(|described| described.methods()) {
                let path = format!("/{service}/{}", method.name());
                let method = Called {
                    service,
                    method: method.name().to_owned(),
                    takes_stream: method.is_client_streaming(),
                    gives_stream: method.is_server_streaming(),
                    request: method.input(),
                    answer: method.output(),
                };
                called.insert(path, Arc::new(method));
            }
        }
        Ok(Self { called })
    }

    #[cfg(test)]
    pub(super) fn methods(&self) -> impl Iterator<Item = &Called> {
        self.called.values().map(|called| &**called)
    }

    /// The method at a path.
    pub(super) fn called(&self, path: &str) -> Option<Arc<Called>> {
        self.called.get(path).cloned()
    }
}

impl Called {
    /// The request that is written in `json`.
    ///
    /// # Errors
    /// When it is not, with the name of the field that the request has not, or the place of what makes no sense.
    pub(super) fn message(&self, json: &[u8]) -> Result<Vec<u8>, Status> {
        read(&self.request, json)
    }

    #[cfg(test)]
    pub(super) fn request_json(
        &self,
        message: &[u8],
    ) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        json(&self.request, message)
    }

    /// An answer in JSON.
    ///
    /// # Errors
    /// When it cannot be written, which is our fault.
    pub(super) fn json(&self, message: &[u8]) -> Result<Vec<u8>, Status> {
        json(&self.answer, message).map_err(|error| {
            error!(error = &*error, "an answer of {} cannot be written in JSON", self.method);
            ErrorReason::Internal.status("internal error")
        })
    }
}

fn read(descriptor: &MessageDescriptor, json: &[u8]) -> Result<Vec<u8>, Status> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = DynamicMessage::deserialize(descriptor.clone(), &mut reader);
    let read = read.and_then(|message| reader.end().map(|()| message));
    // What fields there are is known by now, and how many names are to be remembered.
    let read = read.and_then(|message| serde_json::from_slice::<Unrepeated>(json).map(|_| message));
    let message = read.map_err(|error| {
        let complaint: String = match json.is_empty() {
            true => "the body is empty; {} is a request without fields".to_owned(),
            false => error.to_string().chars().take(COMPLAINT_CHARS_MAX).collect(),
        };
        ErrorReason::InvalidJson.status(format!("{}: {complaint}", descriptor.name()))
    })?;
    Ok(message.encode_to_vec())
}

/// A message in JSON.
pub(super) fn json(
    descriptor: &MessageDescriptor,
    message: &[u8],
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let message = DynamicMessage::decode(descriptor.clone(), message)?;
    Ok(serde_json::to_vec(&message)?)
}
