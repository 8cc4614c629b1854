//! What must hold for every filter and every record.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod shelf;

use gongkai_filter::{Comparison, Filter, Instant, Limits, Operand, Target, Truth, parse};
use gongkai_model::Date;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use shelf::{BINDINGS, Book, Field, SHELF, STATES, filter, rooms};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&["a", "ab", "公", "公开", "AND", "*", "-1", " "][..]).prop_map(str::to_owned),
        any::<String>()
    ]
}

fn number() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        (-3_i64..4).prop_map(Decimal::from),
        any::<i64>().prop_map(Decimal::from),
        (any::<i64>(), 0_u32..9).prop_map(|(digits, scale)| Decimal::new(digits, scale).normalize())
    ]
}

fn date() -> impl Strategy<Value = Date> {
    (2019_u16..2022, 1_u8..13, 1_u8..29).prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn instant() -> impl Strategy<Value = Instant> {
    // The beginning of year 0 to the end of year 9999.
    prop_oneof![Just(0), -62_167_219_200_000_000_i64..253_402_300_800_000_000].prop_map(Instant::from_micros)
}

fn target(field: Field) -> Target<Field> {
    Target { field, key: None }
}

fn keyed(field: Field) -> impl Strategy<Value = Target<Field>> {
    select(rooms()).prop_map(move |key| Target { field, key: Some(key.to_owned()) })
}

fn ordering() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    select(&[Equal, Less, LessOrEqual, Greater, GreaterOrEqual][..])
}

fn leaf() -> impl Strategy<Value = Filter<Field>> {
    let texts = select(&[Field::Title, Field::Writer, Field::Name][..]).prop_map(target);
    let equal = |field: Field, value: Operand| Filter::Compare(target(field), Comparison::Equal, value);
    prop_oneof![
        (texts.clone(), text()).prop_map(|(of, text)| Filter::Compare(
            of,
            Comparison::Equal,
            Operand::Text(text)
        )),
        (texts.clone(), text().prop_filter("it is there", |text| !text.is_empty()))
            .prop_map(|(of, text)| Filter::Contains(of, text)),
        texts.prop_map(Filter::Present),
        (ordering(), 1_i64..9999).prop_map(|(by, pages)| Filter::Compare(
            target(Field::Pages),
            by,
            Operand::Integer(pages)
        )),
        (ordering(), number()).prop_map(|(by, price)| Filter::Compare(
            target(Field::Price),
            by,
            Operand::Decimal(price)
        )),
        select(BINDINGS).prop_map(move |binding| equal(Field::Binding, Operand::Name(binding))),
        (ordering(), date()).prop_map(|(by, day)| Filter::Compare(
            target(Field::Printed),
            by,
            Operand::Date(day)
        )),
        (ordering(), instant()).prop_map(|(by, time)| Filter::Compare(
            target(Field::Bought),
            by,
            Operand::Time(time)
        )),
        (keyed(Field::Copies), ordering(), number()).prop_map(|(of, by, number)| Filter::Compare(
            of,
            by,
            Operand::Decimal(number)
        )),
        keyed(Field::Copies).prop_map(Filter::Present),
        (keyed(Field::CopiesState), select(STATES)).prop_map(|(of, state)| Filter::Compare(
            of,
            Comparison::Equal,
            Operand::Name(state)
        )),
        (text(), -10_i64..11).prop_map(|(text, near)| Filter::Holds(
            Field::Near,
            vec![Operand::Text(text), Operand::Integer(near)]
        )),
        Just(Filter::Holds(Field::Nothing, Vec::new())),
        text().prop_filter("it has words", |text| !text.trim().is_empty()).prop_map(Filter::Says),
    ]
}

fn filters() -> impl Strategy<Value = Filter<Field>> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::All),
            vec(inner.clone(), 2..4).prop_map(Filter::Any),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

fn books() -> impl Strategy<Value = Book> {
    let words = (text(), text());
    let numbers = (of(1_i64..9999), of(number()), of(select(BINDINGS)));
    let rest = (of(date()), of(instant()), btree_map(select(rooms()), of(number()), 0..3));
    (words, numbers, rest).prop_map(
        |((title, writer), (pages, price, binding), (printed, bought, copies))| Book {
            title,
            writer,
            pages,
            price,
            binding,
            printed,
            bought,
            copies,
        },
    )
}

fn not(filter: Filter<Field>) -> Filter<Field> {
    Filter::Not(Box::new(filter))
}

const WIDE: Limits = Limits { bytes_max: 1 << 20, terms_max: 1000, depth_max: 100 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read_as_the_same(filter in filters()) {
        let text = filter.text(&SHELF).expect("the schema has its names");
        prop_assert_eq!(parse(&text, &SHELF, WIDE), Ok(Some(filter)), "{}", text);
    }

    #[test]
    fn connectives_follow_the_laws_of_kleene(a in filters(), b in filters(), c in filters(), book in books()) {
        let truth = |filter: Filter<Field>| filter.evaluate(&book);
        let all = |parts: Vec<Filter<Field>>| truth(Filter::All(parts));
        let any = |parts: Vec<Filter<Field>>| truth(Filter::Any(parts));
        let (at, bt, ct) = (truth(a.clone()), truth(b.clone()), truth(c.clone()));
        prop_assert_eq!(truth(not(a.clone())), !at);
        prop_assert_eq!(truth(not(not(a.clone()))), at);
        prop_assert_eq!(all(vec![a.clone(), b.clone()]), at.min(bt));
        prop_assert_eq!(any(vec![a.clone(), b.clone(), c.clone()]), at.max(bt).max(ct));
        prop_assert_eq!(all(vec![b.clone(), a.clone()]), at.min(bt));
        // De Morgan.
        prop_assert_eq!(
            truth(not(Filter::All(vec![a.clone(), b.clone()]))),
            any(vec![not(a.clone()), not(b.clone())])
        );
        // What is listed by a filter is not listed by its negation; what is in neither is unknown.
        let (listed, negated) = (a.admits(&book), not(a.clone()).admits(&book));
        prop_assert!(!(listed && negated));
        prop_assert_eq!(!listed && !negated, at == Truth::Unknown);
        // Dividing a filter changes nothing of what is listed.
        let whole = Filter::All(vec![a, b, c]);
        let is_listed = whole.admits(&book);
        let known = |field: Field| (!matches!(field, Field::Copies | Field::CopiesState)).then_some(field);
        let (first, rest) = whole.split(&known);
        let is_divided = first.is_none_or(|filter| filter.admits(&book)) && rest.is_none_or(|filter| filter.admits(&book));
        prop_assert_eq!(is_listed, is_divided);
    }

    #[test]
    fn a_value_is_smaller_the_same_or_greater_and_what_is_not_there_is_none_of_them(pages in 1_i64..9999, book in books()) {
        let truths: Vec<Truth> = [Comparison::Less, Comparison::Equal, Comparison::Greater]
            .map(|by| Filter::Compare(target(Field::Pages), by, Operand::Integer(pages)).evaluate(&book))
            .to_vec();
        let is_there = Filter::Present(target(Field::Pages)).evaluate(&book);
        match is_there {
            Truth::True => {
                prop_assert_eq!(truths.iter().filter(|truth| **truth == Truth::True).count(), 1);
                prop_assert!(!truths.contains(&Truth::Unknown));
            }
            Truth::False => prop_assert_eq!(truths, [Truth::Unknown; 3]),
            Truth::Unknown => prop_assert!(false, "whether it is there is never unknown"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused_within_it(text in any::<String>()) {
        if let Err(error) = shelf::read(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }

    #[test]
    fn any_pieces_of_the_grammar_are_read_or_refused_within_them(
        pieces in vec(select(&[
            "title", "pages", "copies", "[", "]", "\"north\"", ".", ".state", "title.near", "nothing", "(", ")", ",", "=", "!=",
            ":", "<", "*", "-", "AND", "OR", "NOT", "\"", "'", "\\", "1", "-1", " ", "x", "公", "2020-01-01", "LINEN",
        ][..]), 0..40)
    ) {
        let text = pieces.concat();
        match shelf::read(&text) {
            Ok(Some(filter)) => {
                let printed = filter.text(&SHELF).expect("the schema has its names");
                prop_assert_eq!(shelf::read(&printed), Ok(Some(filter)), "{}", text);
            }
            Ok(None) => prop_assert!(text.trim().is_empty()),
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error),
        }
    }
}

#[test]
fn a_blank_is_neither_above_nor_below_nor_different() {
    let book = Book { title: "Red".to_owned(), copies: [("north", None)].into(), ..Book::default() };
    for unknown in [
        r#"copies["north"] > 1"#,
        r#"NOT copies["north"] > 1"#,
        r#"copies["north"] != 1"#,
        r#"copies["north"] > 1 OR writer = "x""#,
        "pages != 3 AND title = Red",
        "writer : x",
    ] {
        assert_eq!(filter(unknown).evaluate(&book), Truth::Unknown, "{unknown}");
    }
    for listed in [
        r#"NOT copies["north"]:*"#,
        r#"copies["north"].state = BLANK"#,
        r#"copies["north"].state != NUMBER"#,
        r#"copies["north"] > 1 OR title = Red"#,
        "NOT writer:*",
        "NOT mo",
        "name = Red",
        "NOT name : B",
        "Red -mo",
        "NOT (pages = 3 AND title = Blue)",
        r#"title.near("R", 1)"#,
    ] {
        assert!(filter(listed).admits(&book), "{listed}");
    }
    for not_listed in
        ["copies:north", "title = red", "title = R", "binding = PAPER", "NOT title:*", "nothing()"]
    {
        assert!(!filter(not_listed).admits(&book), "{not_listed}");
    }
}
