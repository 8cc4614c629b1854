//! The embedded forms, rules and indicators: they load, and say what the official forms say.

#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]

use gongkai_forms::{Form, FormError, all, form, indicators, load_form, prescribed, rules};
use gongkai_model::{FormId, Period, Portion, Unit};
use std::collections::{BTreeSet, HashMap};

const APPLICANTS: [&str; 7] =
    ["natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total"];
const ROWS_BEFORE_OTHER: [&str; 20] = [
    "received",
    "carried_over",
    "granted",
    "partly_granted",
    "denied.state_secret",
    "denied.law_prohibits",
    "denied.safety_stability",
    "denied.third_party",
    "denied.internal_affairs",
    "denied.process_information",
    "denied.enforcement_files",
    "denied.administrative_query",
    "unavailable.not_held",
    "unavailable.needs_creation",
    "unavailable.unclear",
    "unprocessed.petition",
    "unprocessed.duplicate",
    "unprocessed.publications",
    "unprocessed.excessive",
    "unprocessed.reconfirmation",
];
const KINDS: [&str; 3] = ["reconsideration", "litigation_direct", "litigation_after"];
const RESULTS: [&str; 5] = ["upheld", "corrected", "other", "pending", "total"];

fn form_2014() -> &'static Form {
    form(FormId::Form2014).unwrap()
}

fn form_2019() -> &'static Form {
    form(FormId::Form2019).unwrap()
}

fn form_2021() -> &'static Form {
    form(FormId::Form2021).unwrap()
}

fn products(table: &str, rows: &[&str], columns: &[&str]) -> Vec<String> {
    rows.iter().flat_map(|row| columns.iter().map(move |column| format!("{table}.{row}.{column}"))).collect()
}

/// The keys of the two tables that both forms share but for the rows of 其他处理.
fn requests_and_reviews(other: &[&str]) -> Vec<String> {
    let rows = [&ROWS_BEFORE_OTHER, other, &["concluded", "carried_forward"]].concat();
    [products("requests", &rows, &APPLICANTS), products("reviews", &KINDS, &RESULTS)].concat()
}

fn keys(form: &Form) -> Vec<&str> {
    form.cells.iter().map(|cell| &*cell.key).collect()
}

#[test]
fn the_form_of_2019_has_its_198_cells_in_order() {
    let items = ["items_last_year", "change", "decisions"];
    let expected = [
        products("disclosure", &["regulations", "normative_documents"], &["made", "published", "total"]),
        products("disclosure", &["licensing", "other_services", "penalties", "coercion"], &items),
        products("disclosure", &["fees"], &items[..2]),
        products("disclosure", &["procurement"], &["projects", "amount"]),
        requests_and_reviews(&["other"]),
    ]
    .concat();
    assert_eq!(expected.len(), 198);
    assert_eq!(keys(form_2019()), expected);
}

#[test]
fn the_form_of_2021_has_its_200_cells_in_order() {
    let expected = [
        products("disclosure", &["regulations", "normative_documents"], &["issued", "repealed", "in_force"]),
        products("disclosure", &["licensing", "penalties", "coercion"], &["decisions"]),
        products("disclosure", &["fees"], &["amount"]),
        requests_and_reviews(&["other.uncorrected", "other.fee_unpaid", "other.other"]),
    ]
    .concat();
    assert_eq!(expected.len(), 200);
    assert_eq!(keys(form_2021()), expected);
}

#[test]
fn the_table_of_2014_has_a_cell_for_each_row_of_the_official_one_and_of_the_local_ones() {
    let (local, official): (Vec<_>, Vec<_>) =
        keys(form_2014()).into_iter().partition(|key| key.starts_with("legacy.local."));
    assert_eq!((official.len(), local.len()), (58, 19));
    let numbers: BTreeSet<u32> = form_2014().cells.iter().map(|cell| cell.field_number).collect();
    assert_eq!(numbers, (1..=58).chain(101..=119).collect());
    for cell in &form_2014().cells {
        assert!(cell.key.is_ascii() && !cell.label_zh.starts_with(['（', '1', '一']), "{}", cell.label_zh);
    }
}

#[test]
fn labels_of_the_table_of_2014_name_the_chapter_where_they_repeat() {
    let label = |key: &str| &*form_2014().cells[form_2014().cell_index(key).unwrap()].label_zh;
    assert_eq!(label("legacy.requests.in_person"), "当面申请数");
    assert_eq!(label("legacy.reconsideration"), "行政复议数量");
    assert_eq!(label("legacy.reconsideration.corrected"), "行政复议 · 被依法纠错数");
    assert_eq!(label("legacy.litigation.corrected"), "行政诉讼 · 被依法纠错数");
    assert_eq!(
        equation(form_2014(), "legacy.reviews.litigation"),
        "legacy.litigation.upheld + legacy.litigation.corrected + legacy.litigation.other = legacy.litigation"
    );
}

#[test]
fn the_columns_of_the_table_of_2014_begin_with_the_forms_own() {
    let values = form_2014().tables[0].blocks[0].values.as_ref().unwrap();
    let all: Vec<_> = values.all().collect();
    assert_eq!(all[0], (Period::ThisYear, Portion::All));
    assert_eq!(all.len(), 12);
    assert!(all.contains(&(Period::Cumulative, Portion::Townships)));
}

#[test]
fn every_cell_is_found_by_its_key_and_by_its_place() {
    for form in all() {
        for (index, cell) in form.cells.iter().enumerate() {
            assert_eq!(form.cell_index(&cell.key), Some(index));
            assert_eq!(form.row(cell).cells[cell.place.column], Some(index));
            assert!(form.tables[cell.place.table].cells.contains(&index));
        }
        assert_eq!(form.cell_index("requests.received"), None);
    }
}

#[test]
fn money_and_changes_are_marked_as_such() {
    let cells = |form: &'static Form, of: fn(&gongkai_forms::CellDefinition) -> bool| -> Vec<&str> {
        form.cells.iter().filter(|cell| of(cell)).map(|cell| &*cell.key).collect()
    };
    assert_eq!(
        cells(form_2014(), |cell| cell.unit == Unit::Yuan),
        ["legacy.local.fees_waived", "legacy.fees.amount", "legacy.funds.amount"]
    );
    assert_eq!(cells(form_2019(), |cell| cell.unit == Unit::Yuan), ["disclosure.procurement.amount"]);
    assert_eq!(cells(form_2021(), |cell| cell.unit == Unit::Yuan), ["disclosure.fees.amount"]);
    let rows = ["licensing", "other_services", "penalties", "coercion", "fees"];
    assert_eq!(cells(form_2019(), |cell| cell.signed), products("disclosure", &rows, &["change"]));
    assert!(cells(form_2021(), |cell| cell.signed).is_empty());
}

#[test]
fn identities_are_expanded_over_columns_rows_and_kinds() {
    for (form, rows) in [(form_2019(), 23), (form_2021(), 25)] {
        let mut count: HashMap<&str, usize> = HashMap::new();
        for identity in &form.identities {
            *count.entry(&identity.rule).or_default() += 1;
        }
        assert_eq!(count["requests.balance"], 7);
        assert_eq!(count["requests.outcomes"], 7);
        assert_eq!(count["requests.applicants"], rows);
        assert_eq!(count["reviews.sum"], 3);
        assert_eq!(count.len(), 4);
    }
    assert_eq!(form_2019().identities.len(), 40);
}

/// An identity as an equation between keys.
fn equation(form: &Form, name: &str) -> String {
    let identity = form.identities.iter().find(|identity| identity.name() == name).unwrap();
    let side = |terms: &[usize]| {
        let keys: Vec<_> = terms.iter().map(|&term| &*form.cells[term].key).collect();
        keys.join(" + ")
    };
    format!("{} = {}", side(&identity.left), side(&identity.right))
}

#[test]
fn identities_speak_of_the_right_cells() {
    assert_eq!(
        equation(form_2019(), "requests.balance.business"),
        "requests.received.business + requests.carried_over.business = requests.concluded.business + \
         requests.carried_forward.business"
    );
    assert_eq!(
        equation(form_2021(), "requests.applicants.other.fee_unpaid"),
        "requests.other.fee_unpaid.natural_person + requests.other.fee_unpaid.business + \
         requests.other.fee_unpaid.research + requests.other.fee_unpaid.public_interest + \
         requests.other.fee_unpaid.legal_service + requests.other.fee_unpaid.other_org = requests.other.fee_unpaid.total"
    );
    assert_eq!(
        equation(form_2021(), "reviews.sum.litigation_after"),
        "reviews.litigation_after.upheld + reviews.litigation_after.corrected + reviews.litigation_after.other + \
         reviews.litigation_after.pending = reviews.litigation_after.total"
    );
}

#[test]
fn every_outcome_row_counts_towards_the_concluded_requests() {
    for form in all().iter().filter(|form| form.is_prescribed) {
        let requests = form.tables.iter().find(|table| table.id == "requests").unwrap();
        let outcomes =
            requests.blocks[0].rows.iter().filter(|row| !row.banners.is_empty() && row.id != "concluded");
        let expected: Vec<_> = outcomes.map(|row| row.cells[6].unwrap()).collect();
        let identity =
            form.identities.iter().find(|identity| identity.name() == "requests.outcomes.total").unwrap();
        assert_eq!(identity.left, expected);
    }
}

#[test]
fn field_numbers_are_those_first_given() {
    // Part of the public wire format: a number must never move to another cell.
    let numbers = |form: &Form| form.cells.iter().map(|cell| cell.field_number).collect::<Vec<_>>();
    assert_eq!(numbers(form_2019()), (1..=198).collect::<Vec<_>>());
    assert_eq!(numbers(form_2021()), (1..=200).collect::<Vec<_>>());
}

#[test]
fn a_distinctive_header_occurs_on_its_form_alone() {
    let columns = |form: &'static Form| {
        form.tables.iter().flat_map(|table| &table.blocks).flat_map(|block| &block.columns)
    };
    for form in all() {
        assert_eq!(columns(form).any(|column| column.distinctive), form.is_prescribed);
        for column in columns(form).filter(|column| column.distinctive) {
            for other in all().iter().filter(|other| other.id != form.id).flat_map(columns) {
                for (mine, theirs) in
                    column.labels.iter().flat_map(|mine| other.labels.iter().map(move |it| (mine, it)))
                {
                    assert!(!theirs.contains(mine.as_str()), "{mine} would be found in {theirs}");
                }
            }
        }
    }
}

/// What is left of a label when list number, brackets, punctuation and white space are not looked at.
fn bare(label: &str) -> String {
    let label = label.trim_start_matches(|c: char| "一二三四五六七（）、.0123456789".contains(c));
    label.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn no_wording_stands_for_two_rows_under_the_same_banner() {
    for form in all() {
        for block in form.tables.iter().flat_map(|table| &table.blocks) {
            let mut seen = HashMap::new();
            for row in &block.rows {
                for label in row.labels.iter().map(|label| bare(label)).collect::<BTreeSet<_>>() {
                    if let Some(other) = seen.insert((row.banners.clone(), label.clone()), &row.id) {
                        panic!("{label} is both `{other}` and `{}`", row.id);
                    }
                }
            }
        }
    }
}

#[test]
fn no_list_of_labels_says_the_same_twice() {
    let mut lists: Vec<&Vec<String>> = Vec::new();
    for form in all() {
        lists.extend(form.sections.iter().map(|section| &section.headings));
        for block in form.tables.iter().flat_map(|table| &table.blocks) {
            lists.extend([&block.banners, &block.header_labels]);
            lists.extend(block.row_banners.iter().map(|banner| &banner.labels));
            lists.extend(block.columns.iter().map(|column| &column.labels));
            lists.extend(block.rows.iter().map(|row| &row.labels));
        }
    }
    for labels in lists {
        assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len(), "{labels:?}");
    }
}

#[test]
fn labels_read_as_on_the_form() {
    let label = |form: &Form, key: &str| {
        let cell = &form.cells[form.cell_index(key).unwrap()];
        format!("{} / {}", cell.label_zh, cell.label_en)
    };
    assert_eq!(
        label(form_2021(), "requests.denied.state_secret.business"),
        "（三）不予公开 · 1.属于国家秘密 · 法人或其他组织 · 商业企业 / Denied: state secret · Businesses"
    );
    assert_eq!(
        label(form_2021(), "reviews.litigation_after.upheld"),
        "行政诉讼 · 复议后起诉 · 结果维持 / Litigation after reconsideration: upheld"
    );
    assert_eq!(
        label(form_2019(), "disclosure.normative_documents.made"),
        "规范性文件 · 本年新制作数量 / Normative documents · Newly made"
    );
}

#[test]
fn each_form_prescribes_six_parts_and_its_tables_stand_in_three_of_them() {
    assert!(form_2014().sections.is_empty());
    for form in all().iter().filter(|form| form.is_prescribed) {
        assert_eq!(form.sections.len(), 6);
        let tables: Vec<_> = form.tables.iter().map(|table| table.id.as_str()).collect();
        assert_eq!(tables, ["disclosure", "requests", "reviews"]);
        for table in &form.tables {
            assert!(!table.headings.is_empty());
        }
    }
}

#[test]
fn each_year_from_2019_on_has_its_form() {
    let id = |year| prescribed(year).map(|form| form.id);
    // The statistics table of 2014 was a return sent upwards: no report has to carry it.
    assert_eq!(id(2018), None);
    assert!(form_2014().years.contains(&2014) && form_2014().years.contains(&2018));
    assert_eq!((id(2019), id(2020)), (Some(FormId::Form2019), Some(FormId::Form2019)));
    assert_eq!((id(2021), id(2035)), (Some(FormId::Form2021), Some(FormId::Form2021)));
}

#[test]
fn rules_and_indicators_load_and_point_at_what_exists() {
    for form in all() {
        for identity in &form.identities {
            assert!(rules().iter().any(|rule| rule.id == identity.rule));
        }
    }
    assert!(50 <= indicators().len());
    for indicator in indicators() {
        for cell in &indicator.cells {
            assert!(all().iter().any(|form| form.cell_index(cell).is_some()), "{cell}");
        }
        for form in all() {
            let is_official = |cell: &&str| !cell.starts_with("legacy.local.");
            let cells = indicator.cells_of(form).filter(is_official);
            assert!(cells.count() <= 1, "{} has several cells in one form", indicator.id);
        }
    }
}

/// The message of the error and of its causes.
fn refusal(text: &str) -> String {
    let error = load_form(text).unwrap_err();
    match error {
        FormError::Invalid { .. } => error.to_string(),
        FormError::Syntax { ref source, .. } => format!("{error}: {}", source.to_string().replace('\n', " ")),
    }
}

const SMALL: &str = r#"
id = "2021"
version = 1
title_zh = "t"
title_en = "t"
first_year = 2021
[[tables]]
id = "disclosure"
[[tables.blocks]]
columns = [{ id = "a", labels = ["A"], en = "A" }]
rows = [{ id = "r", labels = ["R"], en = "R", field = 1 }, { id = "s", labels = ["S"], en = "S", field = 2 }]
"#;

#[test]
fn what_does_not_fit_together_is_named_with_its_place() {
    assert_eq!(load_form(SMALL).unwrap().cells.len(), 2);
    let with = |from: &str, to: &str| {
        assert!(SMALL.contains(from));
        refusal(&SMALL.replace(from, to))
    };
    assert_eq!(with("\"2021\"", "\"1999\""), "form: `1999` is no form's id");
    assert_eq!(with("field = 2", "field = 1"), "disclosure.s.a: field number 1 belongs to `disclosure.r.a`");
    assert_eq!(with("field = 2", "field = 0"), "disclosure.s.a: 0 is no field number for a cell");
    assert_eq!(with("field = 2", "field = 19000"), "disclosure.s.a: 19000 is no field number for a cell");
    assert_eq!(with("id = \"s\"", "id = \"r\""), "form, keys: `disclosure.r.a` occurs twice");
    assert_eq!(with("[\"S\"]", "[\"R\"]"), "form, labels: `R · A` occurs twice");
    assert_eq!(with(", field = 2", ""), "table disclosure, row `s`: it has no field number");
    assert_eq!(with("labels = [\"A\"]", "labels = []"), "table disclosure, column `a`: it has no label");
    assert_eq!(with("\"disclosure\"", "\"elsewhere\""), "table elsewhere: no section has this id");
    let syntax = with("version = 1", "version = \"one\"");
    assert!(syntax.starts_with("data file `form` cannot be read: TOML parse error at line 3"), "{syntax}");
    let unknown = with("version = 1", "version = 1\ncolour = 1");
    assert!(unknown.contains("unknown field `colour`"), "{unknown}");
}

#[test]
fn an_identity_that_names_nothing_is_refused() {
    let with = |identity: &str| refusal(&format!("{SMALL}\n[[tables.identities]]\n{identity}"));
    let place = "table disclosure, identity";
    assert_eq!(
        with("rule = \"x\"\neach = \"column\"\nleft = [\"r\"]\nright = [\"s\"]"),
        format!("{place} x: there is no such rule")
    );
    assert_eq!(
        with("rule = \"reviews.sum\"\neach = \"column\"\nleft = [\"r\"]\nright = [\"t\"]"),
        format!("{place} reviews.sum: there is no row `t`")
    );
    assert_eq!(
        with("rule = \"reviews.sum\"\neach = \"row\"\nleft = [\"r\"]\nright = [\"s\"]"),
        format!("{place} reviews.sum: there is no column `r`")
    );
    assert_eq!(
        with("rule = \"reviews.sum\"\neach = \"column\"\nleft = []\nright = [\"s\"]"),
        format!("{place} reviews.sum: a side has no terms")
    );
}

#[test]
fn a_shared_table_must_exist_and_have_the_rows_that_are_asked_of_it() {
    let with = |table: &str| refusal(&format!("{SMALL}\n[[tables]]\n{table}"));
    assert_eq!(with("use = \"x\"\nrows = []"), "table x: there is no shared table of this name");
    let row = "{ id = \"received\", field = 11 }";
    assert_eq!(
        with(&format!("use = \"requests\"\nrows = [{row}, {row}]")),
        "table requests, row `received`: unknown, or listed twice"
    );
    assert_eq!(
        with("use = \"requests\"\nid = \"y\""),
        "table y: a table has either `id` and `blocks`, or `use` and `rows`"
    );
}
