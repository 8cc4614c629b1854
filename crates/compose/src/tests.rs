use crate::testing::{form_2021, set, task, unit};
use crate::{
    Adjustment, ComposeError, Composition, Exclusion, ObstacleKind, Task, Unit, compose, docx, html, xlsx,
};
use gongkai_document::{BlockKind, Hint, Limits};
use gongkai_model::{BodyKind, FormId, NullPolicy, Report, ScopeKind, State, Value};
use gongkai_testkit::{Record, RecordOptions};

const RECEIVED: &str = "requests.received.total";

fn kinds(composition: &Composition) -> Vec<ObstacleKind> {
    composition.obstacles.iter().map(|obstacle| obstacle.kind).collect()
}

/// Units whose identities hold: all cells are zero but for those that are set.
fn units() -> Vec<Unit> {
    ["甲县教育局", "甲县公安局", "甲县财政局"].map(|name| unit(name, 0)).into()
}

fn count(composition: &Composition, key: &str) -> Option<Value> {
    composition.cell(key).unwrap().value
}

#[test]
fn cells_are_summed_over_units() {
    let mut units = units();
    for (unit, count) in units.iter_mut().zip([3, 5, 9]) {
        for key in [RECEIVED, "requests.received.natural_person", "requests.granted.total"] {
            set(unit, key, State::Number, Some(Value::Count(count)));
        }
    }
    let composition = compose(task(), &units).unwrap();
    assert_eq!(count(&composition, RECEIVED), Some(Value::Count(17)));
    assert_eq!(count(&composition, "requests.carried_over.total"), Some(Value::Count(0)));
    assert_eq!(composition.units.len(), 3);
    // What is broken in the units is broken in their sum.
    assert_eq!(kinds(&composition), [ObstacleKind::BrokenIdentities; 3]);
    assert!(composition.broken.contains(&"requests.balance.total".to_owned()));
    assert!(!composition.is_complete());
}

#[test]
fn a_blank_leaves_the_sum_open_unless_it_is_asked_to_be_zero_and_is_then_told() {
    let mut units = units();
    set(&mut units[1], RECEIVED, State::Blank, None);
    let strict = compose(task(), &units).unwrap();
    let cell = strict.cell(RECEIVED).unwrap();
    assert_eq!((cell.value, &cell.unknown, &cell.zeroed), (None, &vec![1], &vec![]));
    assert_eq!(kinds(&strict), [ObstacleKind::OpenCells]);
    assert_eq!(strict.obstacles[0].keys.len(), 1);

    let lenient = Task { policy: NullPolicy::BlankAsZero, ..task() };
    let composition = compose(lenient.clone(), &units).unwrap();
    let cell = composition.cell(RECEIVED).unwrap();
    assert_eq!((cell.value, &cell.unknown, &cell.zeroed), (Some(Value::Count(0)), &vec![], &vec![1]));
    assert!(composition.is_complete());

    // What may be any number is none under any policy.
    for state in [State::Undetermined, State::Text, State::Missing] {
        set(&mut units[1], RECEIVED, state, None);
        let composition = compose(lenient.clone(), &units).unwrap();
        assert_eq!(composition.cell(RECEIVED).unwrap().unknown, [1], "{state:?}");
    }
    units[1].report.figures.retain(|figure| &*figure.key != RECEIVED);
    let composition = compose(lenient, &units).unwrap();
    assert_eq!(
        (count(&composition, RECEIVED), composition.cell(RECEIVED).unwrap().unknown.as_slice()),
        (None, &[1][..])
    );
}

#[test]
fn other_years_and_forms_are_not_counted() {
    let mut units = units();
    units[0].report.year = Some(2022);
    units[1].report.form = FormId::Form2019;
    let composition = compose(task(), &units).unwrap();
    assert_eq!(composition.units.len(), 1);
    assert_eq!(kinds(&composition), [ObstacleKind::OtherYear, ObstacleKind::OtherForm]);
    assert!(composition.obstacles[0].message_zh.contains("甲县教育局"));
    let nobody = compose(task(), &units[..2]).unwrap();
    assert!(!nobody.is_complete() && !compose(task(), &[]).unwrap().is_complete());
    assert_eq!(count(&nobody, RECEIVED), None, "a sum of nobody is not zero");
}

#[test]
fn who_is_absent_is_told_against_a_list_and_exclusions_are_not_absent() {
    let units = units();
    let expected = ["甲县教育局", "甲县民政局", "甲县财政局", "甲县民政局"].map(str::to_owned);
    let excluded = Exclusion { subject: "甲县财政局".to_owned(), reason: "已并入".to_owned() };
    let task = Task { expected: expected.into(), exclusions: vec![excluded], ..task() };
    let composition = compose(task, &units).unwrap();
    assert_eq!(composition.absent, ["甲县民政局"]);
    let counted: Vec<_> = composition.units.iter().map(|unit| unit.subject.as_str()).collect();
    assert_eq!(counted, ["甲县教育局", "甲县公安局"]);
    assert_eq!(kinds(&composition), [ObstacleKind::Absent]);
}

#[test]
fn work_is_not_counted_twice_unseen() {
    let twice = |units: &[Unit]| {
        let composition = compose(Task { subject: "丁市人民政府".to_owned(), ..task() }, units).unwrap();
        composition.obstacles.into_iter().filter(|it| it.kind == ObstacleKind::CountedTwice).count()
    };
    let mut units = units();
    assert_eq!(twice(&units), 0);
    // The county's own report on all of its area, beside its departments'.
    let mut county = unit("甲县人民政府", 0);
    county.report.subject.kind = BodyKind::Government;
    county.report.scope.kind = ScopeKind::WholeArea;
    units.push(county.clone());
    assert_eq!(twice(&units), 3);
    // On its own level: departments, but no townships.
    units[3].report.scope.kind = ScopeKind::OwnLevel;
    units[0].report.subject.kind = BodyKind::Township;
    units[0].report.region.township_code = "530102001".to_owned();
    assert_eq!(twice(&units), 2);
    // Counties beside each other.
    let mut other = county.clone();
    other.source = "reports/other".to_owned();
    other.report.subject.name = "乙县人民政府".to_owned();
    other.report.region.code = "530103".to_owned();
    assert_eq!(twice(&[county.clone(), other.clone()]), 0);
    // Their prefecture's.
    let mut prefecture = county.clone();
    prefecture.source = "reports/prefecture".to_owned();
    prefecture.report.subject.name = "丙市人民政府".to_owned();
    prefecture.report.region.code = "530100".to_owned();
    assert_eq!(twice(&[county.clone(), other, prefecture]), 2);
    // A township's report on all of its area has the code of its county.
    let mut township = county.clone();
    township.source = "reports/township".to_owned();
    township.report.subject.name = "某镇人民政府".to_owned();
    township.report.subject.kind = BodyKind::Township;
    township.report.region.township_code = "530102001".to_owned();
    assert_eq!(twice(&[township, unit("甲县教育局", 0)]), 0);
    // The same report again, and another one of the same body whose scope or place is not known.
    assert_eq!(twice(&[county.clone(), county.clone()]), 1);
    let mut again = unit("甲县教育局", 0);
    again.source = "reports/again".to_owned();
    again.report.scope.kind = ScopeKind::Unknown;
    again.report.region.code.clear();
    assert_eq!(twice(&[unit("甲县教育局", 0), again.clone()]), 1);
    // Its office on the same area, and a department that may lie anywhere.
    let mut office = county.clone();
    office.source = "reports/office".to_owned();
    office.report.subject.name = "甲县人民政府办公室".to_owned();
    assert_eq!(twice(&[county.clone(), office]), 2);
    assert_eq!(twice(&[county, again]), 1);
}

#[test]
fn adjustments_are_added_with_their_reasons() {
    let adjustment = |key: &str, amount: Value| Adjustment {
        key: key.into(),
        amount,
        reason: "重复申请".to_owned(),
        basis: "县府办函〔2024〕1号".to_owned(),
    };
    let with = |adjustments| compose(Task { adjustments, ..task() }, &units());
    let composition =
        with(vec![adjustment(RECEIVED, Value::Count(4)), adjustment(RECEIVED, Value::Count(-1))]).unwrap();
    let cell = composition.cell(RECEIVED).unwrap();
    assert_eq!(
        (cell.sum, cell.adjustment, cell.value),
        (Some(Value::Count(0)), Some(Value::Count(3)), Some(Value::Count(3)))
    );
    assert!(composition.broken.contains(&"requests.balance.total".to_owned()), "{:?}", composition.broken);
    assert!(!composition.is_complete(), "what does not add up goes into no report");
    let error = with(vec![adjustment("requests.recieved.total", Value::Count(1))]).unwrap_err();
    assert_eq!(error.to_string(), "form 2021 has no cell \"requests.recieved.total\"");
    let error = with(vec![adjustment(RECEIVED, Value::Amount(1.into()))]).unwrap_err();
    assert!(matches!(error, ComposeError::OtherUnit { .. }));
    let mut without = adjustment(RECEIVED, Value::Count(1));
    without.basis = " ".to_owned();
    assert!(matches!(with(vec![without]).unwrap_err(), ComposeError::NoReason { .. }));
    let error =
        with(vec![adjustment(RECEIVED, Value::Count(i64::MAX)), adjustment(RECEIVED, Value::Count(1))]);
    assert!(matches!(error.unwrap_err(), ComposeError::OutOfRange { .. }));
}

#[test]
fn last_year_stands_beside_where_the_form_is_the_same() {
    let mut before = unit("甲县人民政府", 8).report;
    let long_ago = compose(Task { last_year: Some(before.clone()), ..task() }, &units()).unwrap();
    assert_eq!(long_ago.cell(RECEIVED).unwrap().last_year, None, "it is of the same year");
    before.year = Some(2022);
    let composition = compose(Task { last_year: Some(before.clone()), ..task() }, &units()).unwrap();
    assert_eq!(composition.cell(RECEIVED).unwrap().last_year, Some(Value::Count(8)));
    let other = Report { form: FormId::Form2019, ..before };
    let composition = compose(Task { last_year: Some(other), ..task() }, &units()).unwrap();
    assert_eq!(composition.cell(RECEIVED).unwrap().last_year, None);
}

/// Consistent made-up units, and their sums computed by the test itself.
fn made_up() -> (Composition, Vec<i128>) {
    let mut sums = vec![0_i128; form_2021().cells.len()];
    let units: Vec<Unit> = (0..7)
        .map(|seed| {
            let record = Record::random(FormId::Form2021, seed, RecordOptions::CONSISTENT);
            let mut unit = unit(&format!("甲县第{seed}局"), 0);
            for (index, (figure, entry)) in unit.report.figures.iter_mut().zip(&record.entries).enumerate() {
                (figure.state, figure.value) = (entry.state, entry.value);
                if let Some(Value::Count(count)) = entry.value {
                    sums[index] += i128::from(count);
                }
            }
            unit
        })
        .collect();
    (compose(Task { policy: NullPolicy::BlankAsZero, ..task() }, &units).unwrap(), sums)
}

#[test]
fn sums_equal_an_independent_calculation() {
    let (composition, sums) = made_up();
    let mut compared = 0;
    for (cell, sum) in composition.cells.iter().zip(sums) {
        if let Some(Value::Count(count)) = cell.value {
            assert_eq!(i128::from(count), sum, "{}", cell.key);
            compared += 1;
        }
    }
    assert!(150 < compared);
    assert_eq!(composition.broken, Vec::<String>::new());
}

#[test]
fn the_page_is_read_back_as_it_was_written() {
    let (composition, _) = made_up();
    let page = html(&composition);
    let hint = Hint { media_type: Some("text/html; charset=utf-8"), ..Hint::default() };
    let document = gongkai_document::read(page.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    let mut numbers = Vec::new();
    for block in &document.blocks {
        if let BlockKind::Table(grid) = &block.kind {
            numbers.extend(grid.cells.iter().map(|cell| document.text.slice(&cell.text).to_owned()));
        }
    }
    let received = composition.cell(RECEIVED).unwrap().value.unwrap().to_string();
    assert!(numbers.contains(&received));
    assert!(page.contains("<h2>三、收到和处理政府信息公开申请情况</h2>"), "{page}");
    let hostile = Task { subject: "<script>&\"甲\"\u{1}".to_owned(), ..task() };
    let page = html(&compose(hostile, &units()).unwrap());
    assert!(page.contains("&lt;script&gt;&amp;&quot;甲&quot;2023年") && !page.contains("<script>"));
}

#[test]
fn documents_are_whole_and_the_same_each_time() {
    let (composition, _) = made_up();
    let word = docx(&composition).unwrap();
    assert_eq!(word, docx(&composition).unwrap());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(word)).unwrap();
    let document = std::io::read_to_string(archive.by_name("word/document.xml").unwrap()).unwrap();
    assert_eq!(document.matches("<w:tbl>").count(), 3);
    assert_eq!(document.matches("<w:tc>").count(), document.matches("</w:tc>").count());
    assert!(document.contains("甲县人民政府2023年政府信息公开工作年度报告"));
    let book = xlsx(&composition).unwrap();
    assert_eq!(book, xlsx(&composition).unwrap());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let sheet = std::io::read_to_string(archive.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert_eq!(sheet.matches("<row ").count(), form_2021().cells.len() + 1);
    assert!(sheet.contains("SUM(D2:J2)"));
}
