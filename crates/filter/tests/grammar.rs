//! What can be written, how it is read, and what is said of what cannot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod shelf;

use gongkai_filter::{Direction, Limits, parse, parse_order};
use shelf::{Field, SHELF, complaint, printed, read};

#[test]
fn every_kind_of_value_compares() {
    for text in [
        r#"title = "Red""#,
        r#"title : "ed""#,
        "title:*",
        "pages >= 1",
        "price < -1.5",
        "binding = LINEN",
        r#"binding = "OR""#,
        "printed > 2020-12-31",
        r#"bought <= "2020-12-31T16:00:00Z""#,
        r#"copies["south.2"] = 3"#,
        r#"copies["odd \"one\""].state = BLANK"#,
        "NOT copies[\"north\"]:*",
        r#"title.near("R", -3)"#,
        "nothing()",
        r#""Red sorghum""#,
    ] {
        assert_eq!(printed(text), text);
    }
    for (text, read) in [
        ("title=Red", r#"title = "Red""#),
        ("title='Red'", r#"title = "Red""#),
        ("pages != 3", "NOT pages = 3"),
        ("pages:3", "pages = 3"),
        ("price = 1.50", "price = 1.5"),
        (r#"printed = "2020-02-29""#, "printed = 2020-02-29"),
        ("bought > 2020-12-31", r#"bought > "2020-12-31T00:00:00Z""#),
        (r#"bought = "2021-01-01T00:00:00+08:00""#, r#"bought = "2020-12-31T16:00:00Z""#),
        (r#"copies."south.2" > 1"#, r#"copies["south.2"] > 1"#),
        (r#"copies."south.2".state = NUMBER"#, r#"copies["south.2"].state = NUMBER"#),
        ("copies[north] > 1", r#"copies["north"] > 1"#),
        (r#"copies:"north""#, r#"copies["north"]:*"#),
        ("copies:north", r#"copies["north"]:*"#),
        ("name != Red", r#"NOT name = "Red""#),
        ("红高粱", r#""红高粱""#),
    ] {
        assert_eq!(printed(text), read, "{text}");
    }
}

#[test]
fn or_binds_tighter_than_and_and_terms_beside_each_other_are_joined_by_and() {
    for (text, read) in [
        ("pages=1 AND pages=2 OR pages=3", "pages = 1 AND (pages = 2 OR pages = 3)"),
        ("pages=1 OR pages=2 AND pages=3", "(pages = 1 OR pages = 2) AND pages = 3"),
        ("pages=1 pages=2 OR pages=3 pages=4", "pages = 1 AND (pages = 2 OR pages = 3) AND pages = 4"),
        ("(pages=1 AND pages=2) OR pages=3", "(pages = 1 AND pages = 2) OR pages = 3"),
        ("pages=1 (pages=2 pages=3)", "pages = 1 AND (pages = 2 AND pages = 3)"),
        ("NOT pages=1 OR pages=2", "NOT pages = 1 OR pages = 2"),
        ("NOT (pages=1 OR pages=2) -pages=3", "NOT (pages = 1 OR pages = 2) AND NOT pages = 3"),
        ("- - pages = 1", "NOT NOT pages = 1"),
        ("((pages = 1))", "pages = 1"),
        ("red sorghum -mo", r#""red" AND "sorghum" AND NOT "mo""#),
        ("pages=1AND", "column"),
    ] {
        if read == "column" {
            assert!(complaint(text).starts_with("column 7: expected a whole number"), "{}", complaint(text));
            continue;
        }
        // Parentheses that only say what is so anyway are not printed.
        let filter = shelf::filter(read);
        assert_eq!(shelf::filter(text), filter, "{text}");
    }
}

#[test]
fn nothing_is_no_filter() {
    for text in ["", " ", "\t\n\u{3000}"] {
        assert_eq!(read(text), Ok(None));
    }
}

#[test]
fn a_complaint_names_the_column_what_was_expected_and_what_may_have_been_meant() {
    for (text, said) in [
        ("pages = 1 AND", "column 14: expected a field, found the end"),
        ("pages = 1 OR OR", "column 14: expected a field, found `OR`"),
        ("(pages = 1", "column 11: expected `)`, AND or OR, found the end"),
        ("pages = 1)", "column 10: expected AND, OR or the end, found `)`"),
        ("= 1", "column 1: expected a field, found `=`"),
        ("pages", "column 6: expected =, !=, <, <=, >, >= or : behind `pages`, found the end"),
        ("pages 100", "column 7: expected =, !=, <, <=, >, >= or : behind `pages`, found `100`"),
        ("pages = many", "column 9: expected a whole number from 1 to 9999, found `many`"),
        ("pages = 10000", "column 9: expected a whole number from 1 to 9999, found `10000`"),
        ("pages = AND", "column 9: expected a value, found `AND`"),
        ("title > x", "column 7: expected =, != or : behind `title`, found `>`"),
        ("title:\"\"", "column 7: expected * or a text that is not empty, found \"\""),
        ("binding < LINEN", "column 9: expected =, != or : behind `binding`, found `<`"),
        ("binding = LINNEN", "column 11: expected PAPER, LINEN or OR, found `LINNEN`; did you mean `LINEN`?"),
        ("printed = 2021-02-29", "column 11: expected a day, as 2020-12-31, found `2021-02-29`"),
        (
            "bought = yesterday",
            "column 10: expected a moment, as \"2020-12-31T16:00:00Z\", found `yesterday`",
        ),
        ("\"pages\" = 1", "column 1: expected a field without quotes, found \"pages\""),
        ("title = \"x", "column 9: the quotation mark is not closed"),
        ("pages[\"x\"] = 1", "column 7: `pages` has no keys"),
        ("copies > 1", "column 1: `copies` needs a key: copies[\"…\"]"),
        ("copies.state = BLANK", "column 1: `copies.state` needs a key: copies[\"…\"].state"),
        ("copies[\"nroth\"] > 1", "column 8: there is no key \"nroth\"; did you mean `north`?"),
        ("copies:\"attic\"", "column 8: there is no key \"attic\""),
        ("copies[] > 1", "column 8: expected a key in quotes, found `]`"),
        ("copies[\"north\" > 1", "column 16: expected `]` behind the key, found `>`"),
        ("title.near(\"R\")", "column 15: expected `,` and another argument, found `)`"),
        ("title.near(\"R\", 11)", "column 17: expected a whole number from -10 to 10, found `11`"),
        ("title.near(\"R\", 1, 2)", "column 18: expected `)` behind the arguments, found `,`"),
        ("title.near = 1", "column 12: expected `(` behind the function `title.near`, found `=`"),
        ("title.near", "column 11: expected `(` behind `title.near`, found the end"),
        (
            "title.naer(\"R\", 1)",
            "column 1: there is no function `title.naer`; there are title.near, nothing; did you mean `title.near`?",
        ),
        ("\"  \"", "column 1: expected words to search for, found \"  \""),
        ("pages = 1 , pages = 2", "column 11: expected AND, OR or the end, found `,`"),
    ] {
        assert_eq!(complaint(text), said, "{text}");
    }
    let unknown = complaint("paegs = 1");
    assert!(
        unknown.starts_with("column 1: there is no field `paegs`; there are title, writer, "),
        "{unknown}"
    );
    assert!(unknown.ends_with("; did you mean `pages`?"), "{unknown}");
    assert!(!complaint("区域 = 1").contains("did you mean"));
    let bare = parse("red", &gongkai_filter::Schema { has_words: false, ..SHELF.clone() }, Limits::STANDARD);
    assert_eq!(bare.unwrap_err().to_string(), "column 1: expected a field with a comparison, found `red`");
}

#[test]
fn what_no_person_would_write_is_refused_at_its_limit() {
    let Limits { bytes_max, terms_max, depth_max } = Limits::STANDARD;
    let nested = |depth: usize| format!("{}pages = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(read(&nested(depth_max)).is_ok());
    assert_eq!(complaint(&nested(depth_max + 1)), "column 33: terms are nested deeper than 32");
    let negated = |depth: usize| format!("{}pages = 1", "NOT ".repeat(depth));
    assert!(read(&negated(depth_max)).is_ok());
    assert!(complaint(&negated(depth_max + 1)).contains("nested deeper"));
    // One beside the other is not one in the other.
    assert!(read(&vec![nested(depth_max); 3].join(" ")).is_ok());
    let many = |count: usize| vec!["pages = 1"; count].join(" OR ");
    assert!(read(&many(terms_max)).is_ok());
    assert!(complaint(&many(terms_max + 1)).ends_with("there are more than 100 terms"));
    assert!(read(&" ".repeat(bytes_max)).is_ok());
    assert!(complaint(&" ".repeat(bytes_max + 1)).contains("4097 bytes"));
}

#[test]
fn an_order_is_read_and_complained_about_in_the_same_way() {
    let order = |text: &str| parse_order(text, &SHELF, Limits { terms_max: 3, ..Limits::STANDARD });
    let keys = order("pages desc, title , copies[\"north\"] asc").unwrap();
    let shape: Vec<_> = keys.iter().map(|key| (key.target.field, key.direction, key.column)).collect();
    let (up, down) = (Direction::Ascending, Direction::Descending);
    assert_eq!(shape, [(Field::Pages, down, 1), (Field::Title, up, 13), (Field::Copies, up, 21)]);
    assert_eq!(order(" "), Ok(Vec::new()));
    for (text, said) in [
        ("pages down", "column 7: expected asc, desc, `,` or the end, found `down`"),
        ("pages,", "column 7: expected a field, found the end"),
        ("pages, pages desc", "column 8: `pages` stands twice"),
        ("nothing", "column 1: nothing can be ordered by `nothing`"),
        ("pages, title, writer, price", "column 23: a list is ordered by at most 3 fields"),
    ] {
        assert_eq!(order(text).unwrap_err().to_string(), said, "{text}");
    }
    assert!(order("paegs").unwrap_err().to_string().ends_with("did you mean `pages`?"));
    assert!(order(&"x".repeat(5000)).is_err());
}
