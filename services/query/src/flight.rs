//! Figures as columns over Arrow Flight, for programs that compute with tables: the rows of [`crate::figures`] in batches,
//! with the columns that files have.
//!
//! A ticket is the JSON of a `QueryFiguresRequest`, so that whoever knows what to ask for needs no other call before.

use crate::export::{failed, rows_of};
use crate::figures::Scan;
use crate::statistics;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaAsIpc,
    SchemaResult, Ticket,
};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use gongkai_export::{Batches, ExportError, RecordBatch, schema};
use gongkai_serve::{Deadline, fields, message_of_json, to_status};
use gongkai_wire::{ErrorReason, v1};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Request, Response, Status, Streaming};

/// The only flight there is.
const FIGURES: &str = "figures";
/// The message that tickets and commands are the JSON of.
const ASKED: &str = "gongkai.v1.QueryFiguresRequest";
/// A ticket for everything.
const EVERYTHING: &str = "{}";
/// Bytes of one message, about.
const DATA_BYTES: usize = 512 * 1024;

pub(crate) struct Handler {
    pub(crate) figures: Arc<statistics::Handler>,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl FlightService for Handler {
    type ListFlightsStream = Answers<FlightInfo>;

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        let flight = info(FlightDescriptor::new_path(vec![FIGURES.to_owned()]), EVERYTHING)?;
        Ok(Response::new(stream::iter([Ok(flight)]).boxed()))
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(statistics::PATIENCE);
        let descriptor = request.into_inner();
        let ticket = ticket(&descriptor)?;
        // What makes no sense is told now, and not by whoever is given the ticket.
        let asked = read(ticket.as_bytes())?;
        drop(deadline.bound(self.figures.begin(&asked)).await?);
        Ok(Response::new(info(descriptor, &ticket)?))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        ticket(request.get_ref())?;
        let options = Default::default();
        let told = SchemaAsIpc::new(&schema(), &options).try_into();
        Ok(Response::new(told.map_err(|error| failed(&ExportError::Columns(error)))?))
    }

    type DoGetStream = Answers<FlightData>;

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(statistics::PATIENCE);
        let asked = read(&request.get_ref().ticket)?;
        let (scan, place) = deadline.bound(self.figures.begin(&asked)).await?;
        let columns = InColumns { scan, batches: Batches::new(), is_done: false, _place: place };
        let batches = stream::try_unfold(columns, |mut columns| async move {
            Ok(columns.next().await?.map(|batch| (batch, columns)))
        });
        let batches = deadline.bound_stream(batches).map_err(|status| FlightError::Tonic(Box::new(status)));
        let data = FlightDataEncoderBuilder::new()
            .with_schema(schema())
            .with_dictionary_handling(DictionaryHandling::Resend)
            .with_max_flight_data_size(DATA_BYTES)
            .build(batches);
        Ok(Response::new(data.map_err(to_caller).boxed()))
    }

    type HandshakeStream = Answers<HandshakeResponse>;

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        Err(not_here("there is nothing to agree upon: call without a handshake"))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        Err(not_here("figures are there at once: call GetFlightInfo"))
    }

    type DoPutStream = Answers<PutResult>;

    async fn do_put(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        Err(not_here("figures come out of documents: send those by IngestService"))
    }

    type DoExchangeStream = Answers<FlightData>;

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(not_here("figures are only given: call DoGet"))
    }

    type DoActionStream = Answers<ActionResult>;

    async fn do_action(&self, _: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        Err(not_here("there are no actions"))
    }

    type ListActionsStream = Answers<ActionType>;

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        Ok(Response::new(stream::empty().boxed()))
    }
}

fn not_here(what_instead: &str) -> Status {
    ErrorReason::UnknownMethod.status(what_instead)
}

/// The ticket of a descriptor: its command, or everything for the path of all figures.
fn ticket(descriptor: &FlightDescriptor) -> Result<String, Status> {
    match DescriptorType::try_from(descriptor.r#type) {
        Ok(DescriptorType::Cmd) => {
            let command = String::from_utf8(descriptor.cmd.to_vec());
            command.map_err(|_| fields::invalid("cmd", "it is not UTF-8"))
        }
        Ok(DescriptorType::Path) if descriptor.path == [FIGURES] => Ok(EVERYTHING.to_owned()),
        Ok(DescriptorType::Path | DescriptorType::Unknown) | Err(_) => {
            let problem = format!("it has to be a command, or the path `{FIGURES}`");
            Err(fields::invalid("descriptor", problem))
        }
    }
}

fn read(ticket: &[u8]) -> Result<v1::QueryFiguresRequest, Status> {
    message_of_json(ASKED, ticket)
}

fn info(descriptor: FlightDescriptor, ticket: &str) -> Result<FlightInfo, Status> {
    // Without a location it is to be asked for where this was.
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket.to_owned()));
    let info = FlightInfo::new().try_with_schema(&schema());
    let info = info.map_err(|error| failed(&ExportError::Columns(error)))?;
    // How many rows there are is known when they have been read.
    Ok(info.with_descriptor(descriptor).with_endpoint(endpoint).with_total_records(-1).with_total_bytes(-1))
}

/// Rows on their way to one caller.
struct InColumns {
    scan: Scan,
    batches: Batches,
    is_done: bool,
    _place: OwnedSemaphorePermit,
}

impl InColumns {
    /// The next batch; none behind the last.
    async fn next(&mut self) -> Result<Option<RecordBatch>, Status> {
        while !self.is_done && !self.batches.is_full() {
            match self.scan.next().await.map_err(|error| to_status(&error))? {
                Some(report) => {
                    let batches = &mut self.batches;
                    rows_of(&report, |row| {
                        batches.push(row);
                        Ok(())
                    })
                    .map_err(|error| failed(&error))?;
                }
                None => self.is_done = true,
            }
        }
        if self.batches.is_empty() {
            return Ok(None);
        }
        self.batches.take().map(Some).map_err(|error| failed(&error))
    }
}

fn to_caller(error: FlightError) -> Status {
    match error {
        FlightError::Tonic(status) => *status,
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "columns cannot be sent");
            ErrorReason::Internal.status("internal error")
        }
    }
}
