//! The derived measures and the breaks in the series: they load, and are what their definitions say.

#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use gongkai_forms::{
    FormError, Measure, Series, all, breaks, comparability, form, indicators, load_breaks, load_measures,
    measures,
};
use gongkai_model::{BodyKind, FormId};
use std::collections::HashSet;

fn measure(id: &str) -> &'static Measure {
    measures().iter().find(|measure| measure.id == id).unwrap()
}

fn side(terms: &[gongkai_forms::Term]) -> Vec<String> {
    terms.iter().map(ToString::to_string).collect()
}

#[test]
fn a_grant_rate_says_by_what_it_is_divided_on_each_form() {
    let sides = |id: &str, form| {
        let formula = measure(id).formula(form).unwrap();
        (side(&formula.numerator), side(&formula.denominator))
    };
    let granted = || vec!["requests.granted.total".to_owned()];
    let concluded = || vec!["requests.concluded.total".to_owned()];
    for form in [FormId::Form2019, FormId::Form2021] {
        assert_eq!(sides("grant_rate.concluded", form), (granted(), concluded()));
    }
    let (_, answered) = sides("grant_rate.answered", FormId::Form2021);
    assert_eq!(
        answered,
        [
            "requests.concluded.total",
            "-requests.other.uncorrected.total",
            "-requests.other.fee_unpaid.total",
            "-requests.other.other.total"
        ]
    );
    let (_, answered) = sides("grant_rate.answered", FormId::Form2014);
    assert_eq!(answered, ["legacy.requests.answered"]);
    let (with_partial, _) = sides("grant_rate_with_partial.concluded", FormId::Form2019);
    assert_eq!(with_partial, ["requests.granted.total", "requests.partly_granted.total"]);
    assert!(measure("grant_rate.concluded").formula(FormId::None).is_none());
}

#[test]
fn the_shares_of_denials_are_those_of_all_rows_of_denials() {
    for form_id in [FormId::Form2019, FormId::Form2021] {
        let is_denial = |key: &str| key.starts_with("requests.denied.") && key.ends_with(".total");
        let keys = form(form_id).unwrap().cells.iter().map(|cell| cell.key.to_string());
        let rows: HashSet<String> = keys.filter(|key| is_denial(key)).collect();
        let shares = measures().iter().filter(|measure| measure.id.starts_with("denial_share."));
        let mut parts = HashSet::new();
        for share in shares {
            let formula = share.formula(form_id).unwrap();
            assert_eq!(side(&formula.denominator).into_iter().collect::<HashSet<_>>(), rows);
            parts.extend(side(&formula.numerator));
        }
        assert_eq!(parts, rows);
    }
}

#[test]
fn every_measure_is_a_sum_of_cells_in_both_languages() {
    for measure in measures() {
        assert!(measure.id.is_ascii() && !measure.name_zh.is_ascii() && !measure.definition_zh.is_ascii());
        assert!(measure.name_en.is_ascii() && measure.definition_en.is_ascii(), "{}", measure.id);
        for formula in &measure.formulas {
            let form = form(formula.form).unwrap();
            assert!(formula.terms().all(|term| form.cell_index(&term.key).is_some()), "{}", measure.id);
        }
    }
}

#[test]
fn a_measure_that_does_not_fit_is_named() {
    let sum = |terms: &str| {
        format!(
            "[[sums]]\nid = \"a\"\nzh = \"甲\"\nen = \"a\"\nformulas = [{{ forms = [\"2019\"], terms = {terms} }}]\n"
        )
    };
    let one = "[[measures]]\nid = \"m\"\nzh = \"率\"\nen = \"rate\"\nnumerator = \"a\"\ndenominator = \"a\"\n\
        definition_zh = \"率\"\ndefinition_en = \"rate\"\n";
    let problem = |text: &str| match load_measures(text, all()) {
        Err(FormError::Invalid { problem, .. }) => problem,
        other => format!("{other:?}"),
    };
    assert!(load_measures(&(sum("[\"requests.received.total\"]") + one), all()).is_ok());
    let unknown = problem(&(sum("[\"requests.recieved.total\"]") + one));
    assert_eq!(unknown, "form 2019 has no cell `requests.recieved.total` that counts");
    let money = problem(&(sum("[\"-disclosure.procurement.amount\"]") + one));
    assert_eq!(money, "form 2019 has no cell `disclosure.procurement.amount` that counts");
    let twice = problem(&(sum("[\"requests.received.total\", \"-requests.received.total\"]") + one));
    assert_eq!(twice, "`requests.received.total` occurs twice");
    let no_sum = one.replace("denominator = \"a\"", "denominator = \"b\"");
    assert_eq!(problem(&(sum("[\"requests.received.total\"]") + &no_sum)), "there is no sum `b`");
}

#[test]
fn what_lies_behind_a_figure_tells_with_which_others_it_can_be_compared() {
    let code = |series, form, year, kind| comparability(breaks(), series, form, year, kind);
    let requests = |form, year| code(Series::Table("requests"), form, Some(year), BodyKind::Government);
    assert_eq!(requests(FormId::Form2019, 2019), "regulations_2019~+form_2019");
    assert_eq!(requests(FormId::Form2019, 2020), "regulations_2019+form_2019");
    assert_eq!(requests(FormId::Form2021, 2021), "regulations_2019+form_2019+fee_rules_2021+form_2021");
    // The form decides about forms, whatever the year.
    assert_eq!(requests(FormId::Form2019, 2022), "regulations_2019+form_2019+fee_rules_2021");
    let reviews = |year| code(Series::Table("reviews"), FormId::Form2021, Some(year), BodyKind::Township);
    assert_ne!(reviews(2023), reviews(2024));
    assert!(reviews(2024).ends_with("reconsideration_2024"));
    // Governments were not merged.
    let disclosure = |year, kind| code(Series::Table("disclosure"), FormId::Form2021, Some(year), kind);
    assert_eq!(disclosure(2023, BodyKind::Government), disclosure(2025, BodyKind::Government));
    assert_ne!(disclosure(2023, BodyKind::Department), disclosure(2025, BodyKind::Department));
    let old = code(Series::Table("legacy"), FormId::Form2014, Some(2017), BodyKind::Department);
    assert_eq!(old, "");
    let stated = code(Series::Indicator("requests.received"), FormId::None, None, BodyKind::Government);
    assert_eq!(stated, "?");
}

#[test]
fn breaks_stand_in_the_order_of_time() {
    let dates: Vec<&str> = breaks().iter().filter_map(|known| known.date.as_deref()).collect();
    assert!(2 < dates.len() && dates.is_sorted(), "{dates:?}");
    let years: Vec<u16> = breaks().iter().filter_map(|known| known.first_year).collect();
    assert!(years.is_sorted(), "{years:?}");
}

#[test]
fn a_break_that_does_not_fit_is_named() {
    let text = |rest: &str| {
        format!(
            "[[breaks]]\nid = \"b\"\nzh = \"甲\"\nen = \"b\"\ntext_zh = \"甲\"\ntext_en = \"b\"\n{rest}\n"
        )
    };
    let problem = |rest: &str| match load_breaks(&text(rest), all(), indicators()) {
        Err(FormError::Invalid { problem, .. }) => problem,
        other => format!("{other:?}"),
    };
    assert_eq!(problem("first_year = 2020\ntables = [\"x\"]"), "there is no table `x`");
    assert_eq!(problem("tables = []"), "it begins either with a form or with a year");
    assert_eq!(problem("form = \"1999\"\ntables = []"), "there is no form `1999`");
    let indicator = problem("first_year = 2020\ntables = []\nindicators = [\"x\"]");
    assert_eq!(indicator, "there is no indicator `x`");
    let of_a_form = problem("form = \"2021\"\ntables = []\nindicators = [\"requests.received\"]");
    assert_eq!(of_a_form, "no year and no sentence tells of a form");
}
