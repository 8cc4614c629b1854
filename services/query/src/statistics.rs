//! Statistics: figures in long form, sums and measures by groups, tables held against the sums of their units.
//!
//! Everything is computed over the rows of [`crate::figures`], with decimals and under a null policy: a blank is not a zero
//! unless the caller says so, and then the answer says where.

mod aggregate;
mod coverage;
mod dictionary;
mod groups;
mod numbers;
mod plan;
mod request;
mod roll_up;
mod rows;
mod tally;

pub(crate) use aggregate::explain::{explain, words as words_of_explanation};

use crate::figures::{Scan, Selection, SelectionError, Source};
use crate::filter::Order;
use crate::page_token::TokenKey;
use crate::reference::Pages;
use crate::service::call;
use crate::{Dependencies, clocks};
use futures::Stream;
use gongkai_serve::{Deadline, fields, to_status};
use gongkai_store::{ReadAt, Reports};
use gongkai_wire::v1::statistics_service_server::StatisticsService;
use gongkai_wire::{ErrorReason, v1};
use numbers::Overflow;
use prost::Message as _;
use request::Whose;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Request, Response, Status};

/// Bytes that a request may have: ten thousand names of bodies that are expected.
pub(crate) const REQUEST_BYTES_MAX: usize = 1 << 20;
/// How long a computation may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// Computations at the same time; answers on their way, which last as long as their callers read; and when to try again.
const COMPUTATIONS_MAX: usize = 8;
const STREAMS_MAX: usize = 64;
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);
/// Bytes of rows or groups in one message. Rows of one report may have some more.
const COMPUTED_BYTES_MAX: usize = 256 * 1024;
/// Keys and indicators that a request for rows may name.
const KEYS_MAX: usize = 1000;
const INDICATORS_MAX: usize = 200;
/// Bytes of a key or of the id of an indicator.
const KEY_BYTES_MAX: usize = 200;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

pub(crate) struct Handler {
    reports: Arc<dyn Reports>,
    token_key: TokenKey,
    computations: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Handler {
    pub(crate) fn new(dependencies: &Dependencies) -> Self {
        Self {
            reports: dependencies.reports.clone(),
            token_key: dependencies.token_key.clone(),
            computations: Arc::new(Semaphore::new(COMPUTATIONS_MAX)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        }
    }

    /// A place among those that go on.
    fn place(among: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Status> {
        let place = among.clone().try_acquire_owned();
        place.map_err(|_| ErrorReason::Overloaded.retry("too much is computed at the same time", RETRY_AFTER))
    }

    /// Begins to go through the figures that a request asks for, which takes a place among the streams that go on.
    pub(crate) async fn begin(
        &self,
        request: &v1::QueryFiguresRequest,
    ) -> Result<(Scan, OwnedSemaphorePermit), Status> {
        let place = Self::place(&self.streams)?;
        let selection = selection(request)?;
        let whose = Whose { filter: &request.filter, ranks: &request.ranks, kinds: &request.kinds };
        let at = self.read_at(request.purpose, request.as_of, &request.published_until).await?;
        let mut whose = whose.read(at)?;
        whose.order = Order::parse(&request.order_by)
            .map_err(|error| fields::invalid("order_by", error.to_string()))?;
        let scan = Scan::begin(self.reports.clone(), whose, selection).await;
        Ok((scan.map_err(|error| to_status(&error))?, place))
    }

    async fn read_at(
        &self,
        purpose: i32,
        as_of: Option<prost_types::Timestamp>,
        published_until: &str,
    ) -> Result<ReadAt, Status> {
        clocks::read_at(&*self.reports, purpose, as_of, published_until).await
    }
}

#[tonic::async_trait]
impl StatisticsService for Handler {
    type QueryFiguresStream = Answers<v1::QueryFiguresResponse>;

    async fn query_figures(
        &self,
        request: Request<v1::QueryFiguresRequest>,
    ) -> Result<Response<Self::QueryFiguresStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(PATIENCE);
        let request = request.into_inner();
        let (scan, place) = deadline.bound(self.begin(&request)).await?;
        let rows = Rows { scan, ready: VecDeque::new(), is_first: true, _place: place };
        let answers = futures::stream::try_unfold(rows, |mut rows| async move {
            Ok(rows.next().await?.map(|message| (message, rows)))
        });
        Ok(Response::new(Box::pin(deadline.bound_stream(answers))))
    }

    type AggregateStream = Answers<v1::AggregateResponse>;

    async fn aggregate(
        &self,
        request: Request<v1::AggregateRequest>,
    ) -> Result<Response<Self::AggregateStream>, Status> {
        let deadline = Deadline::of(request.metadata()).at_most(PATIENCE);
        let request = request.into_inner();
        // An answer is in memory until it has been read.
        let answering = Self::place(&self.streams)?;
        let computing = Self::place(&self.computations)?;
        let compute = async {
            let whose = Whose { filter: &request.filter, ranks: &request.ranks, kinds: &request.kinds };
            let at = self.read_at(request.purpose, request.as_of, &request.published_until).await?;
            let whose = whose.read(at)?;
            aggregate::Computation::read(&request, whose)?.answer(self.reports.clone()).await
        };
        let messages = deadline.bound(compute).await?;
        drop(computing);
        let answers = messages.into_iter().map(move |message| {
            let _until_read = &answering;
            Ok(message)
        });
        Ok(Response::new(Box::pin(deadline.bound_stream(futures::stream::iter(answers)))))
    }

    async fn reconcile_roll_up(
        &self,
        request: Request<v1::ReconcileRollUpRequest>,
    ) -> Result<Response<v1::ReconcileRollUpResponse>, Status> {
        let _place = Self::place(&self.computations)?;
        call(request, |request| async move {
            let at = self.read_at(request.purpose, request.as_of, &request.published_until).await?;
            roll_up::reconcile(self.reports.clone(), &request, at).await
        })
        .await
    }

    async fn list_measures(
        &self,
        request: Request<v1::ListMeasuresRequest>,
    ) -> Result<Response<v1::ListMeasuresResponse>, Status> {
        call(request, |v1::ListMeasuresRequest { page_size, page_token }| async move {
            let pages = Pages::open(&self.token_key, "measures".to_owned(), page_size, &page_token)?;
            let (measures, next_page_token) =
                pages.page(gongkai_forms::measures().iter().map(dictionary::measure));
            Ok(v1::ListMeasuresResponse { measures, next_page_token })
        })
        .await
    }

    async fn list_series_breaks(
        &self,
        _request: Request<v1::ListSeriesBreaksRequest>,
    ) -> Result<Response<v1::ListSeriesBreaksResponse>, Status> {
        let breaks = gongkai_forms::breaks().iter().map(dictionary::series_break).collect();
        Ok(Response::new(v1::ListSeriesBreaksResponse { breaks }))
    }
}

/// Which figures a request for rows asks for.
fn selection(request: &v1::QueryFiguresRequest) -> Result<Selection, Status> {
    let text = |field: &str, text: &str| fields::text(field, text, KEY_BYTES_MAX);
    let keys = fields::names("keys", &request.keys, KEYS_MAX, text)?;
    let indicators = fields::names("indicators", &request.indicators, INDICATORS_MAX, text)?;
    let mut sources: Vec<Source> = Vec::new();
    for (index, number) in request.sources.iter().enumerate() {
        match request::source(&format!("sources[{index}]"), *number)? {
            Some(source) if !sources.contains(&source) => sources.push(source),
            Some(_) | None => {}
        }
    }
    Selection::new(&keys, &indicators, &sources, request.all_columns).map_err(|error| match error {
        SelectionError::UnknownKey(_) => fields::invalid("keys", error.to_string()),
        SelectionError::UnknownIndicator(_) => fields::invalid("indicators", error.to_string()),
    })
}

/// Rows on their way to one caller.
struct Rows {
    scan: Scan,
    ready: VecDeque<v1::FigureRow>,
    is_first: bool,
    _place: OwnedSemaphorePermit,
}

impl Rows {
    /// The next message; none behind the last row.
    async fn next(&mut self) -> Result<Option<v1::QueryFiguresResponse>, Status> {
        let mut message = v1::QueryFiguresResponse::default();
        let mut bytes = 0;
        loop {
            while let Some(row) = self.ready.pop_front() {
                let size = row.encoded_len();
                if COMPUTED_BYTES_MAX < bytes + size && !message.rows.is_empty() {
                    self.ready.push_front(row);
                    return Ok(Some(self.told(message)));
                }
                bytes += size;
                message.rows.push(row);
            }
            match self.scan.next().await.map_err(|error| to_status(&error))? {
                Some(report) => self.ready.extend(rows::to_wire(report)),
                None if message.rows.is_empty() && !self.is_first => return Ok(None),
                None => return Ok(Some(self.told(message))),
            }
        }
    }

    /// The message, with the position if it is the first.
    fn told(&mut self, message: v1::QueryFiguresResponse) -> v1::QueryFiguresResponse {
        match std::mem::take(&mut self.is_first) {
            true => v1::QueryFiguresResponse { position: self.scan.position().0, ..message },
            false => message,
        }
    }
}

/// Numbers that are too large are told and never cut.
fn out_of_range(error: Overflow) -> Status {
    ErrorReason::NumberTooLarge.status(error.to_string())
}
