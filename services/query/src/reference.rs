//! The reference data that records are made of and measured by: forms, rules, indicators, regions and names of bodies.

pub(crate) mod definitions;
mod regions;

use crate::page_token::{Place, TokenKey};
use crate::service::call;
use gongkai_serve::fields;
use gongkai_store::Position;
use gongkai_wire::v1::reference_service_server::ReferenceService;
use gongkai_wire::{ErrorReason, v1};
use tonic::{Request, Response, Status};

/// Bytes of the name of a body or a division.
const NAME_BYTES_MAX: usize = 512;
/// Texts that may name what contains a division, and bytes of each.
const CONTEXT_MAX: usize = 16;
const CONTEXT_BYTES_MAX: usize = 1024;

pub(crate) struct Handler {
    pub(crate) token_key: TokenKey,
}

#[tonic::async_trait]
impl ReferenceService for Handler {
    async fn list_forms(
        &self,
        request: Request<v1::ListFormsRequest>,
    ) -> Result<Response<v1::ListFormsResponse>, Status> {
        let v1::ListFormsRequest { page_size, page_token } = request.into_inner();
        let pages = Pages::open(&self.token_key, "forms".to_owned(), page_size, &page_token)?;
        let (forms, next_page_token) =
            pages.page(gongkai_forms::all().iter().map(definitions::form_in_short));
        Ok(Response::new(v1::ListFormsResponse { forms, next_page_token }))
    }

    async fn get_form(
        &self,
        request: Request<v1::GetFormRequest>,
    ) -> Result<Response<v1::GetFormResponse>, Status> {
        call(request, |v1::GetFormRequest { name }| async move {
            if !name.starts_with("forms/") {
                return Err(fields::invalid("name", "it is not of the form forms/{id}"));
            }
            let form = gongkai_forms::all().iter().find(|form| definitions::form_name(form) == name);
            let form = form.ok_or_else(|| {
                ErrorReason::FormNotFound.resource("form", &name, format!("there is no form {name:?}"))
            })?;
            Ok(v1::GetFormResponse { form: Some(definitions::form(form)) })
        })
        .await
    }

    async fn list_rules(
        &self,
        request: Request<v1::ListRulesRequest>,
    ) -> Result<Response<v1::ListRulesResponse>, Status> {
        call(request, |v1::ListRulesRequest { page_size, page_token }| async move {
            let pages = Pages::open(&self.token_key, "rules".to_owned(), page_size, &page_token)?;
            let (rules, next_page_token) = pages.page(gongkai_forms::rules().iter().map(definitions::rule));
            Ok(v1::ListRulesResponse { rules, next_page_token })
        })
        .await
    }

    async fn list_indicators(
        &self,
        request: Request<v1::ListIndicatorsRequest>,
    ) -> Result<Response<v1::ListIndicatorsResponse>, Status> {
        call(request, |v1::ListIndicatorsRequest { page_size, page_token }| async move {
            let pages = Pages::open(&self.token_key, "indicators".to_owned(), page_size, &page_token)?;
            let (indicators, next_page_token) =
                pages.page(gongkai_forms::indicators().iter().map(definitions::indicator));
            Ok(v1::ListIndicatorsResponse { indicators, next_page_token })
        })
        .await
    }

    async fn list_regions(
        &self,
        request: Request<v1::ListRegionsRequest>,
    ) -> Result<Response<v1::ListRegionsResponse>, Status> {
        call(request, |request| async move {
            let query = regions::Query::read(&request)?;
            let of = format!("{query:?}");
            let pages = Pages::open(&self.token_key, of, request.page_size, &request.page_token)?;
            let (regions, next_page_token) = pages.page(query.regions());
            Ok(v1::ListRegionsResponse { regions, next_page_token })
        })
        .await
    }

    async fn resolve_subject(
        &self,
        request: Request<v1::ResolveSubjectRequest>,
    ) -> Result<Response<v1::ResolveSubjectResponse>, Status> {
        call(request, |request| async move { resolve(&request) }).await
    }
}

/// What the name of a body says.
fn resolve(request: &v1::ResolveSubjectRequest) -> Result<v1::ResolveSubjectResponse, Status> {
    let name = fields::text("display_name", &request.display_name, NAME_BYTES_MAX)?;
    if name.trim().is_empty() {
        return Err(fields::invalid("display_name", "it is needed"));
    }
    let year = request.year.map(|year| fields::year("year", year)).transpose()?;
    let context = fields::names("context", &request.context, CONTEXT_MAX, |field, text| {
        fields::text(field, text, CONTEXT_BYTES_MAX)
    })?;
    let context: Vec<&str> = context.iter().map(String::as_str).collect();
    let host = fields::text("host", &request.host, NAME_BYTES_MAX)?;
    let host = Some(host.as_str()).filter(|host| !host.is_empty());
    let (body, region) = gongkai_extract::body_named(&name, year, &context, host);
    Ok(v1::ResolveSubjectResponse {
        body: Some(gongkai_wire::body(&body)),
        region: Some(gongkai_wire::region(&region)),
    })
}

/// Pages of a list that is part of the program.
pub(crate) struct Pages<'a> {
    key: &'a TokenKey,
    of: String,
    size: usize,
    skip: usize,
}

impl<'a> Pages<'a> {
    pub(crate) fn open(
        key: &'a TokenKey,
        of: String,
        page_size: i32,
        page_token: &str,
    ) -> Result<Self, Status> {
        let size = fields::page_size(page_size)? as usize;
        // Another version may have another list.
        let of = format!("reference {} {of}", env!("CARGO_PKG_VERSION"));
        let skip = match page_token {
            "" => 0,
            token => key.open(&of, token)?.skip,
        };
        Ok(Self { key, of, size, skip })
    }

    /// The page, and the token of the next.
    pub(crate) fn page<T>(&self, items: impl Iterator<Item = T>) -> (Vec<T>, String) {
        let mut items = items.skip(self.skip);
        let page: Vec<T> = items.by_ref().take(self.size).collect();
        let place = Place { snapshot: Position(0), cursor: None, skip: self.skip + page.len() };
        let next = items.next().map(|_| self.key.seal(&self.of, &place));
        (page, next.unwrap_or_default())
    }
}
