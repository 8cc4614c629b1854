//! Text whose cells stand together without any separator: what the digits fix is read, what the whole table or the
//! narrative fixes is inferred with its proof, and everything else stays open.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};
use gongkai_model::{Derivation, Figure, FormId, Outcome, Reason, Report, State};
use gongkai_testkit::{Certainty, Encoding, Extent, Record, RenderOptions, Rendering, Wording, compare};
use std::fmt::Write as _;
use std::path::Path;

fn read(text: &str) -> Report {
    let hint = Hint { media_type: None, name: Some("report.txt"), ..Default::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    let mut reports = gongkai_extract::extract(&document).unwrap();
    reports.remove(0)
}

fn values(report: &Report, row: &str, columns: &[&str]) -> String {
    let mut said = String::new();
    for column in columns {
        let figure = report.figure(&format!("{row}.{column}")).unwrap();
        let value = figure.value.map_or(figure.state.name().to_owned(), |value| value.to_string());
        write!(said, "{value} ").unwrap();
    }
    said.trim_end().to_owned()
}

const KINDS: [&str; 7] =
    ["natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total"];

const HEADER: &str = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）申请人情况自然人法人或其他组织总计\
                      商业企业科研机构社会公益组织法律服务机构其他";

/// The rows of the form of 2021 with what stands behind their labels.
fn requests(change: impl Fn(&str) -> Option<&'static str>) -> String {
    const ROWS: [&str; 25] = [
        "一、本年新收政府信息公开申请数量",
        "二、上年结转政府信息公开申请数量",
        "三、本年度办理结果（一）予以公开",
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
        "（三）不予公开1.属于国家秘密",
        "2.其他法律行政法规禁止公开",
        "3.危及“三安全一稳定”",
        "4.保护第三方合法权益",
        "5.属于三类内部事务信息",
        "6.属于四类过程性信息",
        "7.属于行政执法案卷",
        "8.属于行政查询事项",
        "（四）无法提供1.本机关不掌握相关政府信息",
        "2.没有现成信息需要另行制作",
        "3.补正后申请内容仍不明确",
        "（五）不予处理1.信访举报投诉类申请",
        "2.重复申请",
        "3.要求提供公开出版物",
        "4.无正当理由大量反复申请",
        "5.要求行政机关确认或重新出具已获取信息",
        "（六）其他处理1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "3.其他",
        "（七）总计",
        "四、结转下年度继续办理",
    ];
    let mut text = HEADER.to_owned();
    for label in ROWS {
        text.push_str(label);
        text.push_str(change(label).unwrap_or("0000000"));
    }
    text
}

fn disclosure(documents: &str) -> String {
    format!(
        "第二十条第（一）项信息内容本年制发件数本年废止件数现行有效件数规章000行政规范性文件{documents}\
         第二十条第（五）项信息内容本年处理决定数量行政许可12第二十条第（六）项信息内容本年处理决定数量行政处罚3\
         行政强制0第二十条第（八）项信息内容本年收费金额（单位：万元）行政事业性收费0"
    )
}

/// A whole report in one line.
fn one_line(first: &str, disclosure: &str, requests: &str) -> String {
    format!(
        "青溪县水利局2022年政府信息公开工作年度报告 根据《中华人民共和国政府信息公开条例》，编制本报告。一、总体情况{first}\
         二、主动公开政府信息情况{disclosure}三、收到和处理政府信息公开申请情况{requests}\
         四、政府信息公开行政复议、行政诉讼情况行政复议行政诉讼结果维持结果纠正其他结果尚未审结总计未经复议直接起诉\
         复议后起诉结果维持结果纠正其他结果尚未审结总计结果维持结果纠正其他结果尚未审结总计000000000000000\
         五、存在的主要问题及改进情况2022年，公开内容还不够全面。六、其他需要报告的事项无"
    )
}

/// Twenty-three requests: seven granted, the others not held.
fn usual(label: &str) -> Option<&'static str> {
    match label {
        _ if label.starts_with("一、") || label.starts_with("（七）") => Some("230 000023"),
        _ if label.ends_with("予以公开") => Some("7000007"),
        _ if label.ends_with("不掌握相关政府信息") => Some("160000016"),
        _ => None,
    }
}

#[test]
fn a_report_without_any_separator_is_read_and_inferred() {
    let report = read(&one_line("2022年，工作有序开展。", &disclosure("5416"), &requests(usual)));
    assert_eq!((report.form, report.year), (FormId::Form2021, Some(2022)));
    assert_eq!(report.sections.iter().filter(|section| section.level == 1).count(), 6);
    assert_eq!(values(&report, "requests.received", &KINDS), "23 0 0 0 0 0 23");
    assert_eq!(values(&report, "requests.granted", &KINDS), "7 0 0 0 0 0 7");
    assert_eq!(values(&report, "requests.unavailable.not_held", &KINDS), "16 0 0 0 0 0 16");
    assert_eq!(values(&report, "requests.unprocessed.duplicate", &KINDS), "0 0 0 0 0 0 0");
    assert_eq!(values(&report, "reviews.litigation_after", &["upheld", "pending", "total"]), "0 0 0");
    assert_eq!(report.figure("disclosure.licensing.decisions").unwrap().raw, "12");

    let granted = report.figure("requests.granted.total").unwrap();
    assert_eq!((granted.derivation, granted.proof.is_none()), (Derivation::Read, true));
    let received = report.figure("requests.received.total").unwrap();
    assert_eq!((received.derivation, &*received.raw), (Derivation::Inferred, "23"));
    let proof = received.proof.as_ref().unwrap();
    assert_eq!(proof.hypothesis, "complete rows");
    assert!(proof.identities.contains(&"requests.balance.total".to_owned()));
    // Every cut says the same of this column, so that its identity was not needed.
    assert!(!proof.identities.contains(&"requests.balance.legal_service".to_owned()));

    // Nothing says how to cut the digits that no identity speaks of.
    let open = report.figure("disclosure.normative_documents.in_force").unwrap();
    assert_eq!((open.state, open.reason), (State::Undetermined, Some(Reason::JoinedDigits)));
    assert_eq!(open.candidates.iter().map(|it| &*it.raw).collect::<Vec<_>>(), ["16", "6"]);
    assert_eq!(open.raw, "5416");

    let findings = gongkai_audit::audit(&report);
    let outcome = |subject: &str| {
        let found = findings.iter().find(|it| &*it.rule == "requests.balance" && it.subject == subject);
        found.unwrap().outcome
    };
    assert_eq!((outcome("total"), outcome("legal_service")), (Outcome::Used, Outcome::Holds));
}

#[test]
fn what_cannot_be_seen_in_an_amount_makes_no_list_number_of_its_digits() {
    let visible = "行政事业性收费0";
    let tables = disclosure("5416");
    assert!(tables.ends_with(visible));
    for amount in ["61619.21元", "61619.\u{feff}21元", "61619\u{200b}.21元", "61,\u{200b}619.2\u{feff}1元"]
    {
        let tables = tables.replace(visible, &format!("行政事业性收费{amount}"));
        let report = read(&one_line("2022年，工作有序开展。", &tables, &requests(usual)));
        let figure = report.figure("disclosure.fees.amount").unwrap();
        assert_eq!(
            figure.value.map(|value| value.to_string()).as_deref(),
            Some("61619.21"),
            "{amount:?} {figure:?}"
        );
    }
}

#[test]
fn rows_in_lines_of_their_own_and_list_numbers_without_a_point_are_told_apart() {
    let mut rows = requests(usual);
    for label in ["一、", "二、", "三、", "（二）", "（三）", "（四）", "（五）", "（六）", "（七）", "四、"]
    {
        rows = rows.replace(label, &format!("\n{label}"));
    }
    let rows = rows.replace("00000002.", "00000002").replace("00000003.", "00000003");
    let report = read(&one_line("", &disclosure("003"), &rows));
    assert_eq!(values(&report, "requests.received", &KINDS), "23 0 0 0 0 0 23");
    assert_eq!(values(&report, "requests.denied.law_prohibits", &KINDS), "0 0 0 0 0 0 0");
    assert_eq!(values(&report, "requests.other.other", &KINDS), "0 0 0 0 0 0 0");
    assert_eq!(
        values(&report, "disclosure.normative_documents", &["issued", "repealed", "in_force"]),
        "0 0 3"
    );
}

#[test]
fn white_space_ends_no_cell_where_cells_stand_together() {
    let row = |documents: &str| {
        let report = read(&one_line("", &disclosure(documents), &requests(usual)));
        values(&report, "disclosure.normative_documents", &["issued", "repealed", "in_force"])
    };
    // Three pieces for three columns, and no identity to say that they are the cells.
    assert_eq!(row("13 135 24"), "UNDETERMINED UNDETERMINED UNDETERMINED");
    assert_eq!(row("5 4 16"), "UNDETERMINED UNDETERMINED UNDETERMINED");
    // As many digits as cells, or zeros before the rest, say the same with and without it.
    for (digits, said) in [("0 03", "0 0 3"), ("00 0", "0 0 0"), ("0 0 16", "0 0 16")] {
        assert_eq!(row(digits), said, "{digits}");
    }
    // What the identities leave is one reading for each cell, wherever the spaces stand.
    for spaced in ["2 30 0000 2 3", "230000 023", "23 0 0 0 0 0 23"] {
        let report = read(&one_line(
            "",
            &disclosure("003"),
            &requests(|label| if label.starts_with("一、") { Some(spaced) } else { usual(label) }),
        ));
        assert_eq!(values(&report, "requests.received", &KINDS), "23 0 0 0 0 0 23", "{spaced}");
        let total = report.figure("requests.received.total").unwrap();
        assert_eq!(total.derivation, Derivation::Inferred, "{spaced}");
    }
    // A number of one cell that a space divides may as well be two.
    let report =
        read(&one_line("", &disclosure("003").replace("行政许可12", "行政许可1 2"), &requests(usual)));
    assert_eq!(report.figure("disclosure.licensing.decisions").unwrap().state, State::Undetermined);
}

#[test]
fn a_number_that_goes_on_in_the_next_line_is_open() {
    let read = |digits: &str| {
        let disclosure = disclosure("003").replace("行政强制0", &format!("行政强制{digits}"));
        let report = read(&one_line(
            "",
            &disclosure.replace("信息内容本年收费", "\n信息内容本年收费"),
            &requests(usual),
        ));
        let keys = ["disclosure.coercion", "disclosure.penalties", "disclosure.licensing"];
        keys.map(|key| values(&report, key, &["decisions"]))
    };
    assert_eq!(read("16"), ["16", "3", "12"]);
    for wrapped in ["16\n6105", "1\n013"] {
        assert_eq!(read(wrapped), ["UNDETERMINED", "3", "12"], "{wrapped:?}");
    }
}

#[test]
fn where_every_cell_is_set_apart_white_space_ends_each() {
    let rows = requests(|label| {
        Some(match label {
            _ if label.starts_with("一、") || label.starts_with("（七）") => "23 0 0 0 0 0 23 ",
            _ if label.ends_with("予以公开") => "7 0 0 0 0 0 7 ",
            _ if label.ends_with("不掌握相关政府信息") => "16 0 0 0 0 0 16 ",
            _ => "0 0 0 0 0 0 0 ",
        })
    });
    let disclosure = disclosure("13 5 24").replace("规章000", "规章0 0 0");
    let text = one_line("", &disclosure, &rows).replace("000000000000000", "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ");
    let report = read(&text);
    assert_eq!(
        values(&report, "disclosure.normative_documents", &["issued", "repealed", "in_force"]),
        "13 5 24"
    );
    assert_eq!(values(&report, "requests.granted", &KINDS), "7 0 0 0 0 0 7");
}

#[test]
fn the_narrative_decides_where_it_states_the_same_quantity_and_is_named() {
    let cut = |first: &str| {
        let report = read(&one_line(first, &disclosure("5416"), &requests(usual)));
        let row = "disclosure.normative_documents";
        let said = values(&report, row, &["issued", "repealed", "in_force"]);
        (said, report.figure(&format!("{row}.issued")).unwrap().clone())
    };
    let (said, issued) = cut("本年制发行政规范性文件5件，现行有效行政规范性文件16件。");
    assert_eq!((said.as_str(), issued.derivation), ("5 4 16", Derivation::Inferred));
    let proof = issued.proof.unwrap();
    assert!(proof.identities.is_empty());
    assert!(proof.statements.iter().any(|quote| quote.contains("16件")), "{:?}", proof.statements);
    // What disagrees with the table, is not exact, or is of another year decides nothing.
    for first in [
        "现行有效行政规范性文件17件。",
        "现行有效行政规范性文件近16件。",
        "上年现行有效行政规范性文件16件。",
        "现行有效行政规范性文件6件。",
    ] {
        assert_eq!(cut(first).0, "UNDETERMINED UNDETERMINED UNDETERMINED", "{first}");
    }
}

#[test]
fn a_row_that_the_publisher_broke_is_inferred_through_its_columns_and_found() {
    // 16 requests not held, printed with a total of 18.
    let report = read(&one_line(
        "",
        &disclosure("003"),
        &requests(|label| {
            if label.ends_with("不掌握相关政府信息") { Some("160000018") } else { usual(label) }
        }),
    ));
    assert_eq!(values(&report, "requests.unavailable.not_held", &KINDS), "16 0 0 0 0 0 18");
    let figure = report.figure("requests.unavailable.not_held.total").unwrap();
    let proof = figure.proof.as_ref().unwrap();
    assert!(!proof.identities.iter().any(|name| name == "requests.applicants.unavailable.not_held"));
    let failing: Vec<String> = gongkai_audit::audit(&report)
        .into_iter()
        .filter(|finding| {
            finding.outcome == Outcome::Fails && finding.rule.starts_with("requests.applicants")
        })
        .map(|finding| finding.subject)
        .collect();
    assert_eq!(failing, ["unavailable.not_held"]);
}

#[test]
fn the_number_of_a_page_between_a_rows_digits_and_the_next_label_is_no_mistake_of_the_publisher() {
    for digits in ["16000001612", "1600000163", "12160000016"] {
        let report = read(&one_line(
            "",
            &disclosure("003"),
            &requests(|own| if own.ends_with("不掌握相关政府信息") { Some(digits) } else { usual(own) }),
        ));
        for column in KINDS {
            let figure = report.figure(&format!("requests.unavailable.not_held.{column}")).unwrap();
            assert_eq!(figure.state, State::Undetermined, "{digits}: {column}");
        }
    }
}

#[test]
fn a_lost_cell_is_never_filled_by_its_neighbours_digits() {
    for (label, digits) in [("予以公开", "700007"), ("重复申请", "000000")] {
        let report = read(&one_line(
            "",
            &disclosure("003"),
            &requests(|own| if own.ends_with(label) { Some(digits) } else { usual(own) }),
        ));
        let row = if label == "予以公开" { "requests.granted" } else { "requests.unprocessed.duplicate" };
        assert!(!values(&report, row, &KINDS).contains('7'), "{digits}");
        assert_eq!(report.figure("requests.received.total").unwrap().state, State::Undetermined, "{digits}");
        // Seven zeros are seven cells whatever is lost elsewhere.
        assert_eq!(values(&report, "requests.denied.third_party", &KINDS), "0 0 0 0 0 0 0");
    }
}

#[test]
fn a_label_with_nothing_behind_it_has_empty_cells() {
    let report = read(&one_line(
        "",
        &disclosure("003"),
        &requests(|label| if label.ends_with("重复申请") { Some("") } else { usual(label) }),
    ));
    assert_eq!(values(&report, "requests.unprocessed.duplicate", &KINDS), ["BLANK"; 7].join(" "));
    // No column is known that passes through the empty row: what needs one stays open.
    assert_eq!(values(&report, "requests.unavailable.not_held", &KINDS[..1]), "UNDETERMINED");
}

#[test]
fn a_lone_digit_before_a_label_without_list_number_is_a_value() {
    // 3.其他 is a label of another table.
    let report = read(
        "青溪县水利局2020年政府信息公开工作年度报告二、主动公开政府信息情况第二十条第（五）项信息内容上一年项目数量\
         本年增/减处理决定数量行政许可3其他对外管理服务事项29029第二十条第（六）项信息内容上一年项目数量本年增/减\
         处理决定数量行政处罚25028行政强制000",
    );
    let columns = ["items_last_year", "change", "decisions"];
    assert_eq!(values(&report, "disclosure.licensing", &columns), ["UNDETERMINED"; 3].join(" "));
}

#[test]
fn running_text_with_labels_and_numbers_is_no_table() {
    for text in [
        "全年作出行政许可396件、行政处罚264件、行政强制12件，制定规范性文件8件。",
        "全年办理行政许可396，行政处罚264，行政强制12。",
        "本机关受理的申请中，予以公开12件，部分公开3件，不予公开1件，总计16件。",
    ] {
        let report = read(&format!(
            "青溪县2022年政府信息公开工作年度报告\n一、总体情况\n{text}\n二、主动公开政府信息情况\n{text}\n三、收到和处理政府信息公开申请情况\n略\n"
        ));
        assert!(report.figures.iter().all(|figure| figure.state == State::Missing), "{text}");
    }
}

fn corpus() -> Vec<Record> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    let labels = |path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    paths.into_iter().filter_map(|path| Record::from_labels(&labels(path))).collect()
}

#[test]
fn a_label_has_empty_cells_behind_it_only_where_nothing_stands_there() {
    let columns = ["issued", "repealed", "in_force"];
    let table = |documents: &str| {
        let rest = "第二十条 第(五)项 信 息内容本 年处理决定数量行政许可无 第二十条第（六）项信息内容本年处理决定 数量行政处罚/ \
                    行 政强制 0第二十条第(八)项信息 内容本年收费金额（单位：万元）行政事业性收费 ";
        let text =
            format!("第二十条第(一)项信息内容本年制发件数本年 废止件数 现行有效件 数{documents} {rest}\n");
        read(&format!("{text}\n\n{}\n", requests(|_| None)))
    };
    let row = "disclosure.normative_documents";
    assert_eq!(values(&table("规章000行政规范性文件"), row, &columns), "BLANK BLANK BLANK");
    // Words that are no label have something to say, though nobody knows what.
    assert_eq!(values(&table("规章 行政规范性 档案181910"), row, &columns), "MISSING MISSING MISSING");
}

#[test]
fn real_tables_joined_again_are_recovered_and_never_misread() {
    let (mut right, mut all) = (0, 0);
    let records = corpus();
    assert!(4 <= records.len());
    for record in &records {
        for rendering in [Rendering::Joined, Rendering::JoinedSpaced] {
            for seed in 0..6 {
                let options = RenderOptions { seed, extent: Extent::TablesOnly, wording: Wording::Official };
                let rendered = rendering.render(record, options);
                let report = read(&String::from_utf8(rendered.bytes(Encoding::Utf8)).unwrap());
                let outcome = compare(&rendered.expectations, &report.figures);
                assert!(outcome.wrong.is_empty() && outcome.filled.is_empty(), "{outcome}");
                right += outcome.recoverable.right;
                all += outcome.recoverable.all;
                let is_open = |figure: &&Figure| figure.state == State::Undetermined;
                assert!(report.figures.iter().filter(is_open).all(|figure| !figure.candidates.is_empty()));
                let known = |key: &str| rendered.expectations.iter().any(|it| &*it.key == key);
                assert!(report.figures.iter().all(|figure| known(&figure.key)));
                assert!(rendered.expectations.iter().any(|it| it.certainty != Certainty::Unjudged));
            }
        }
    }
    // The builder judges each table by itself. Where empty cells in one show that rows are not complete, nothing is
    // inferred in another that has no columns to add up.
    assert!(all * 89 <= right * 100, "{right} of {all}");
}
