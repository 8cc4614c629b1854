//! The reference data: forms, rules, indicators, regions, names of bodies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod support;

use gongkai_wire::v1;
use gongkai_wire::v1::reference_service_client::ReferenceServiceClient;
use std::collections::HashSet;
use support::{Running, reason, start};
use tonic::Code;
use tonic::transport::Channel;

const MESSAGE_BYTES_MAX: usize = 1 << 20;

fn client(running: &Running) -> ReferenceServiceClient<Channel> {
    ReferenceServiceClient::new(running.channel.clone()).max_decoding_message_size(MESSAGE_BYTES_MAX)
}

#[tokio::test]
async fn a_form_tells_its_cells_where_they_stand_and_what_must_hold() {
    let running = start().await;
    let mut client = client(&running);
    let forms = client.list_forms(v1::ListFormsRequest::default()).await.unwrap().into_inner();
    assert_eq!((forms.forms.len(), &*forms.next_page_token), (gongkai_forms::all().len(), ""));
    for short in forms.forms {
        assert!(short.cells.is_empty() && short.tables.is_empty() && short.identities.is_empty());
        let request = v1::GetFormRequest { name: short.name.clone() };
        let form = client.get_form(request).await.unwrap().into_inner().form.unwrap();
        assert_eq!(form.cells.len(), short.cell_count as usize);
        let known =
            gongkai_forms::all().iter().find(|known| v1::Form::from(known.id) == form.form()).unwrap();
        let keys: Vec<&str> = form.cells.iter().map(|cell| &*cell.key).collect();
        let expected: Vec<&str> = known.cells.iter().map(|cell| &*cell.key).collect();
        assert_eq!(keys, expected, "the order of a record's figures");
        let rows: Vec<&v1::FormRow> = form.tables.iter().flat_map(|table| &table.rows).collect();
        let in_rows: HashSet<&str> =
            rows.iter().flat_map(|row| row.cells.iter().map(String::as_str)).collect();
        assert_eq!(in_rows.len(), keys.len(), "every cell stands in a row");
        assert!(rows.iter().all(|row| row.cells.len() == row.columns_zh.len()));
        assert_eq!(form.identities.len(), known.identities.len());
        let all: HashSet<&str> = keys.into_iter().collect();
        for identity in &form.identities {
            assert!(!identity.left.is_empty() && !identity.right.is_empty());
            assert!(identity.left.iter().chain(&identity.right).all(|key| all.contains(&**key)));
        }
    }
    running.end().await;
}

#[tokio::test]
async fn the_cells_of_two_forms_share_the_indicator_that_both_state() {
    let running = start().await;
    let mut client = client(&running);
    for name in ["forms/2019", "forms/2021"] {
        let request = v1::GetFormRequest { name: name.to_owned() };
        let form = client.get_form(request).await.unwrap().into_inner().form.unwrap();
        let cell = form.cells.iter().find(|cell| cell.key == "requests.received.total").unwrap();
        assert_eq!(cell.indicator, "requests.received");
    }
    let status = client.get_form(v1::GetFormRequest { name: "forms/1999".to_owned() }).await.unwrap_err();
    assert_eq!((status.code(), &*reason(&status)), (Code::NotFound, "FORM_NOT_FOUND"));
    let status = client.get_form(v1::GetFormRequest { name: "2019".to_owned() }).await.unwrap_err();
    assert_eq!((status.code(), &*reason(&status)), (Code::InvalidArgument, "INVALID_FIELD"));
    running.end().await;
}

#[tokio::test]
async fn rules_and_indicators_come_in_pages_that_repeat_and_lose_none() {
    let running = start().await;
    let mut client = client(&running);
    let (mut rules, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListRulesRequest { page_size: 7, page_token };
        let page = client.list_rules(request).await.unwrap().into_inner();
        assert!(page.rules.len() <= 7);
        rules.extend(page.rules);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let ids: Vec<&str> = rules.iter().map(|rule| &*rule.id).collect();
    let expected: Vec<&str> = gongkai_forms::rules().iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, expected);
    assert!(rules.iter().all(|rule| !rule.text_zh.is_empty() && !rule.source_en.is_empty()));

    let request = v1::ListIndicatorsRequest { page_size: 1000, ..Default::default() };
    let indicators = client.list_indicators(request).await.unwrap().into_inner().indicators;
    assert_eq!(indicators.len(), gongkai_forms::indicators().len());
    assert!(indicators.iter().all(|indicator| !indicator.definition_zh.is_empty()));

    // A token goes on with its own list alone.
    let first = v1::ListRulesRequest { page_size: 1, ..Default::default() };
    let page_token = client.list_rules(first).await.unwrap().into_inner().next_page_token;
    let request = v1::ListIndicatorsRequest { page_size: 1, page_token };
    let status = client.list_indicators(request).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_PAGE_TOKEN");
    running.end().await;
}

async fn regions(running: &Running, request: v1::ListRegionsRequest) -> Vec<v1::RegionDefinition> {
    let request = v1::ListRegionsRequest { page_size: 1000, ..request };
    client(running).list_regions(request).await.unwrap().into_inner().regions
}

#[tokio::test]
async fn regions_are_those_of_the_year_that_is_asked_for() {
    let running = start().await;
    let named = |name: &str, year| v1::ListRegionsRequest {
        display_name: name.to_owned(),
        year: Some(year),
        ..Default::default()
    };
    // A county that became a district at the end of 2014.
    let before = regions(&running, named("高陵县", 2013)).await;
    let [county] = before.as_slice() else { panic!("{before:?}") };
    assert_eq!(county.successors.iter().map(|next| &*next.name).collect::<Vec<_>>(), ["高陵区"]);
    assert_eq!(county.parents.iter().map(|above| &*above.name).collect::<Vec<_>>(), ["陕西省", "西安市"]);
    assert!(county.last_year.is_some());
    assert!(regions(&running, named("高陵县", 2020)).await.is_empty());
    let after = regions(&running, named("高陵", 2020)).await;
    assert_eq!(after.iter().map(|region| &*region.display_name).collect::<Vec<_>>(), ["高陵区"]);
    assert_eq!(after[0].last_year, None);
    running.end().await;
}

#[tokio::test]
async fn regions_within_one_lie_in_it_at_any_depth_down_to_its_townships() {
    let running = start().await;
    let within = |code: &str, rank: v1::Rank| v1::ListRegionsRequest {
        within: code.to_owned(),
        rank: rank.into(),
        ..Default::default()
    };
    let provinces = v1::ListRegionsRequest { rank: v1::Rank::Province.into(), ..Default::default() };
    assert_eq!(regions(&running, provinces).await.len(), 34);
    let prefectures = regions(&running, within("530000", v1::Rank::Prefecture)).await;
    assert_eq!(prefectures.len(), 16);
    let counties = regions(&running, within("530000", v1::Rank::County)).await;
    assert!(counties.iter().all(|county| county.code.starts_with("53")) && 100 < counties.len());
    let whole = regions(&running, within("530000", v1::Rank::Unspecified)).await;
    assert_eq!(whole.len(), prefectures.len() + counties.len());
    let townships = regions(&running, within("530102", v1::Rank::Township)).await;
    assert!(!townships.is_empty());
    assert!(townships.iter().all(|it| it.code.is_empty() || it.code.starts_with("530102")));
    assert!(townships.iter().all(|it| it.parents.len() == 3));
    running.end().await;
}

#[tokio::test]
async fn what_asks_for_regions_wrongly_is_told_the_field() {
    let running = start().await;
    let mut client = client(&running);
    for request in [
        v1::ListRegionsRequest { within: "53".to_owned(), ..Default::default() },
        v1::ListRegionsRequest { rank: v1::Rank::Township.into(), ..Default::default() },
        v1::ListRegionsRequest { rank: 99, ..Default::default() },
        v1::ListRegionsRequest { year: Some(0), ..Default::default() },
        v1::ListRegionsRequest { page_size: -1, ..Default::default() },
    ] {
        let status = client.list_regions(request.clone()).await.unwrap_err();
        assert_eq!(reason(&status), "INVALID_FIELD", "{request:?}");
    }
    running.end().await;
}

#[tokio::test]
async fn a_name_gives_rank_kind_and_division_or_all_candidates() {
    let running = start().await;
    let mut client = client(&running);
    let named =
        |name: &str| v1::ResolveSubjectRequest { display_name: name.to_owned(), ..Default::default() };
    let got = client.resolve_subject(named("西安市高陵区人民政府 办公室")).await.unwrap().into_inner();
    let (body, region) = (got.body.unwrap(), got.region.unwrap());
    assert_eq!((body.kind(), body.rank()), (v1::BodyKind::GeneralOffice, v1::Rank::County));
    assert_eq!((&*region.name, &*region.code), ("西安市高陵区", "610117"));
    assert!(region.candidates.is_empty());

    // Several cities have a district of this name.
    let got = client.resolve_subject(named("鼓楼区人民政府")).await.unwrap().into_inner().region.unwrap();
    assert!(got.code.is_empty() && 1 < got.candidates.len());
    let request = v1::ResolveSubjectRequest {
        context: vec!["福州市鼓楼区".to_owned()],
        ..named("鼓楼区人民政府")
    };
    let got = client.resolve_subject(request).await.unwrap().into_inner().region.unwrap();
    assert_eq!(got.code, "350102");

    let got = client.resolve_subject(named("财政部")).await.unwrap().into_inner();
    assert_eq!(got.body.unwrap().rank(), v1::Rank::National);
    assert_eq!(got.region.unwrap().name, "");
    let status = client.resolve_subject(named(" ")).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELD");
    running.end().await;
}
