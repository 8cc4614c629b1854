//! Who speaks where a document says otherwise, or hardly: ends of sentences, slips of the pen, pages of others, offices. Bodies are
//! invented; divisions stand for themselves where the official list is what is tested.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits, read};
use gongkai_extract::extract;
use gongkai_model::{Report, ScopeKind};

const PARTS: &str = "一、总体情况\n开展了工作。\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n\
    四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n六、其他需要报告的事项\n无。\n";
const MADE: &str = "根据《条例》的要求，现公布政府信息公开工作年度报告。";
const PERIOD: &str = "本报告所列数据的统计期限自2021年1月1日起至2021年12月31日止。";

fn report(text: &str) -> Report {
    let hint = Hint { name: Some("report.txt"), ..Default::default() };
    let document = read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    extract(&document).unwrap().remove(0)
}

/// A report with this head and this end.
fn framed(head: &str, end: &str) -> Report {
    report(&format!("{head}\n{PERIOD}\n{PARTS}{end}\n"))
}

fn names(report: &Report) -> (&str, &str, &str, &'static str) {
    (&report.subject.name, &report.issuer.name, &report.region.name, report.level())
}

#[test]
fn the_end_of_a_sentence_is_no_signature() {
    let title = "甲县水利局2021年政府信息公开工作年度报告";
    for line in [
        "全年未发生与政府信息公开相关",
        "信息公开与群众利益密切相关",
        "建设群众满意机关",
        "支持建设智慧海关",
        "服务改革发展大局",
        "推动更多事项一次办",
        "建设服务型政府",
        "甲县水利信息平台",
        "将各项工作落到实处",
        "做好信访局",
        "更好服务社会",
        "县图书馆",
        "住房保障中心",
        "甲县人民政府",
        "甲县公安局",
    ] {
        let report = framed(title, line);
        assert_eq!(
            (report.signatory.name.as_str(), report.issuer.name.as_str()),
            ("", "甲县水利局"),
            "{line}"
        );
        let dated = framed(title, &format!("甲县水利局\n2022年1月12日\n{line}"));
        assert_eq!(dated.signatory.name, "甲县水利局", "{line}");
    }
    for line in ["甲县公安局", "甲县融媒体中心", "乙市财政局", "住房保障中心"] {
        let report = framed("甲县人民政府2021年政府信息公开工作年度报告", line);
        assert_eq!(
            (report.signatory.name.as_str(), report.issuer.name.as_str()),
            ("", "甲县人民政府"),
            "{line}"
        );
    }
    for (title, line) in [
        (title, "水利局办公室"),
        (title, "县水利局"),
        (title, "甲县水利局办公室"),
        ("甲县卫健局2021年政府信息公开工作年度报告", "甲县卫生健康局"),
        ("甲县2021年政府信息公开工作年度报告", "县人民政府办公室"),
        ("甲县2021年政府信息公开工作年度报告", "甲县人民政府办公室"),
        ("甲县乙镇2021年政府信息公开工作年度报告", "乙镇党政办公室"),
        ("某某大学2021年信息公开工作年度报告", "学校办公室"),
        ("甲新区2021年政府信息公开工作年度报告", "甲新区管理委员会办公室"),
    ] {
        assert_eq!(framed(title, line).signatory.name, line, "{title}");
    }
}

#[test]
fn a_title_with_a_slip_of_the_pen_is_one() {
    for title in [
        "甲县乙镇2021年政府信息公开 工作告年度报",
        "甲县乙镇2021年政府信息公开工作年度报吿",
        "甲县乙镇2021年政府信息公开年度扳告",
        "甲县乙镇2021年政府信息公开工作年度报告告",
        "甲县乙镇政府信息公开2021年度报吿",
        "甲县乙镇政府信息公开工作年度报吿（2021年）",
    ] {
        let report = framed(&format!("{title}\n来源：甲县人民政府办公室\n2021年，我镇公开5条。"), "");
        assert_eq!(names(&report), ("甲县乙镇人民政府", "甲县乙镇", "甲县乙镇", "township"), "{title}");
    }
    for title in [
        "甲县教育局2021年政府信息公开年度报表",
        "甲县教育局2021年政府信息公开年度公告",
        "甲县教育局2021年政府信息公开工作报道",
    ] {
        assert_eq!(framed(title, "").title.text, "", "{title}");
    }
}

#[test]
fn whose_page_it_is_does_not_say_who_speaks() {
    let report = |page: &str, own: &str| {
        framed(&format!("{page}\n{MADE}\n2021年，{own}认真贯彻条例，公开政府信息5条。"), "")
    };
    let nobody = ("", "");
    for (page, own, level, region) in [
        ("来源：甲县人民政府办公室 时间：2022-01-31", "我镇", "township", ""),
        ("发布机构：甲县人民政府", "我局", "department", "甲县"),
        ("发布机构：甲县教育局", "我乡", "township", ""),
        ("发布机构：甲县教育局", "我校", "other", "甲县"),
        ("来源：甲县融媒体中心", "我局", "department", "甲县"),
    ] {
        let report = report(page, own);
        assert_eq!((report.subject.name.as_str(), report.issuer.name.as_str()), nobody, "{page}");
        assert_eq!((report.level(), report.region.name.as_str()), (level, region), "{page}");
    }
    let asked =
        framed(&format!("如有疑问，请与甲县人民政府办公室联系。{MADE}\n2021年，我镇公开政府信息5条。"), "");
    assert_eq!((asked.subject.name.as_str(), asked.level()), ("", "township"));
    let in_charge = report("发布机构：甲县数据局", "我县各乡镇");
    assert_eq!(
        (in_charge.subject.name.as_str(), in_charge.issuer.name.as_str()),
        ("甲县人民政府", "甲县数据局")
    );
    let own = report("发布机构：甲县教育局", "我局");
    assert_eq!(names(&own), ("甲县教育局", "甲县教育局", "甲县", "department"));
}

#[test]
fn what_the_information_is_about_is_no_part_of_the_name() {
    for title in [
        "2021年度甲县统计局政务信息公开报告",
        "甲县统计局政务信息公开2021年度报告",
        "甲县统计局2021年度统计信息公开年度报告",
        "2021年甲县统计局统计信息公开年度报告",
    ] {
        assert_eq!(names(&framed(title, "")).0, "甲县统计局", "{title}");
    }
}

#[test]
fn who_wrote_a_report_stands_over_whom_to_ask() {
    let report =
        framed("政府信息公开年度报告由甲县乙街道编制。如有疑问，请联系：乙街道办公室（联系电话：1）。", "");
    assert_eq!(names(&report), ("甲县乙街道办事处", "甲县乙街道", "甲县乙街道", "township"));
    let office = "甲省审计厅办公室";
    let report = framed(
        &format!(
            "{office}关于2021年度政府信息公开工作情况的报告\n现将省审计厅2021年度信息公开工作情况报告如下。"
        ),
        "",
    );
    assert_eq!((report.subject.name.as_str(), report.signatory.name.as_str()), ("甲省审计厅", office));
    let general = framed("甲县人民政府办公室关于2021年度政府信息公开工作情况的报告", "");
    assert_eq!(general.subject.name, "甲县人民政府办公室");
    let committee = framed("甲市安全生产委员会办公室关于2021年度政府信息公开工作情况的报告", "");
    assert_eq!(committee.subject.name, "甲市安全生产委员会办公室");
    let whole = "政府信息公开年度报告\n甲市人民政府信息公开办公室汇总全市政府信息公开情况编制而成本报告。2021年，甲市政府重视公开。";
    assert_eq!(
        (framed(whole, "").subject.name.as_str(), framed(whole, "").issuer.name.as_str()),
        ("甲市人民政府", "甲市人民政府信息公开办公室")
    );
    let two = framed("政府信息公开年度报告由甲市统计局、国家统计局甲市调查队（以下简称局队）编制。", "");
    assert_eq!(names(&two).0, "甲市统计局、国家统计局甲市调查队");
}

#[test]
fn a_body_that_only_the_text_names_is_found_there() {
    let report = framed(
        "为认真做好甲市卫生健康局政府信息公开工作，我局按照要求，精心组织。现公布2021年度本单位政府信息公开工作年度报告。",
        "",
    );
    assert_eq!(names(&report), ("甲市卫生健康局", "甲市卫生健康局", "甲市", "department"));
    let report = framed(
        "发布机构：县林业局\n2021年，我局认真公开。制定《平武县林业局2021年度政府信息公开工作计划》。",
        "",
    );
    assert_eq!(report.subject.name, "平武县林业局");
    let summary = framed("甲县财政局2021年政务公开工作总结", "");
    assert_eq!(names(&summary), ("甲县财政局", "甲县财政局", "甲县", "department"));
    let power = framed("特向社会公布泸州供电局政府信息公开工作2021年度报告。", "");
    assert_eq!((names(&power).0, names(&power).2, power.level()), ("泸州供电局", "泸州", "other"));
    let level = framed("甲县本级政府（机关）2021年信息公开年度报告", "");
    assert_eq!((names(&level).0, level.scope.kind), ("甲县人民政府", ScopeKind::OwnLevel));
}

#[test]
fn who_wrote_is_not_what_is_counted() {
    let scope = |body: &str, words: &str| {
        framed(&format!("{body}2021年政府信息公开工作年度报告\n本报告根据《条例》，{words}。"), "").scope.kind
    };
    for (body, words, kind) in [
        ("甲县教育局", "我局特编制了2021年度政府信息公开年度报告", ScopeKind::Unknown),
        ("甲县教育局", "结合我单位政府信息公开工作实际编制", ScopeKind::Unknown),
        ("甲县教育局", "结合2021年我局政府信息公开工作编制而成", ScopeKind::Unknown),
        ("甲县教育局", "所列数据统计范围为本机关", ScopeKind::Organ),
        ("甲省气象局", "所列数据仅限甲省气象局机关（以下简称机关）", ScopeKind::Organ),
        ("甲县教育局", "数据包括局机关和直属单位", ScopeKind::Unknown),
        ("甲市人民政府", "汇总全市政府信息公开情况编制而成", ScopeKind::WholeArea),
        ("甲市人民政府", "结合全市工作实际编制", ScopeKind::Unknown),
        ("甲市人民政府", "所列数据仅为市政府本级，不含区县", ScopeKind::OwnLevel),
        ("甲区人民政府", "向社会公布2021年度本级政府（机关）信息公开年度报告", ScopeKind::OwnLevel),
        ("甲市人民政府", "数据涵盖市本级和八个县区", ScopeKind::WholeArea),
        ("甲县人民政府", "本报告涵盖县本级和12个乡镇", ScopeKind::WholeArea),
        ("甲市人民政府", "按照市政府要求，各县区编制年度报告", ScopeKind::Unknown),
        ("甲县人民政府", "县直各单位编制年度报告", ScopeKind::Unknown),
        ("甲县教育局", "本局数据由各乡镇学校汇总", ScopeKind::Unknown),
        ("甲县教育局", "汇总全县教育系统政府信息公开情况编制", ScopeKind::Unknown),
    ] {
        assert_eq!(scope(body, words), kind, "{body} {words}");
    }
    // The name of an area is no coverage, except beside that of its organ.
    let area = "现将甲自治县2021年政府信息公开工作年度报告进行公开。";
    assert_eq!(framed(area, "").scope.kind, ScopeKind::Unknown);
    assert_eq!(
        framed(&format!("甲自治县2021年政府信息公开工作年度报告\n{area}"), "").scope.kind,
        ScopeKind::Unknown
    );
    let office = format!("甲自治县人民政府办公室2021年政府信息公开工作年度报告\n{area}");
    assert_eq!(framed(&office, "").scope.kind, ScopeKind::WholeArea);
    let noted =
        framed("甲市人民政府2021年政府信息公开工作年度报告", "注：以上数据仅为市政府本级，不含区县。");
    assert_eq!(noted.scope.kind, ScopeKind::OwnLevel);
}

#[test]
fn a_year_alone_below_the_title_is_the_reports() {
    let year = |below: &str| report(&format!("甲县水利局\n政府信息公开工作年度报告\n{below}\n{PARTS}")).year;
    assert_eq!(year("（2021年度）"), Some(2021));
    assert_eq!(year("2021年"), Some(2021));
    assert_eq!(year("（2022年1月）"), None);
}

#[test]
fn what_a_title_says_besides_the_name_is_no_part_of_it() {
    let rooms = framed("甲县水利局机关2021年政府信息公开工作年度报告", "");
    assert_eq!((rooms.subject.name.as_str(), rooms.scope.kind), ("甲县水利局", ScopeKind::Organ));
    let units = framed("甲县水利局及所属单位2021年政府信息公开工作年度报告", "");
    assert_eq!(
        (names(&units), units.scope.kind),
        (("甲县水利局", "甲县水利局", "甲县", "department"), ScopeKind::Unknown)
    );
    let street = framed("建设路街道办事处2021年政府信息公开工作年度报告", "");
    assert_eq!((street.issuer.name.as_str(), street.level()), ("建设路街道办事处", "township"));
}

#[test]
fn who_signs_may_stand_in_brackets_or_beside_the_party() {
    let report = framed("甲县水利局2021年政府信息公开工作年度报告", "（甲县水利局2022年1月12日）");
    assert_eq!((report.signatory.name.as_str(), report.subject.name.as_str()), ("甲县水利局", "甲县水利局"));
    let report = framed(
        "甲县乙镇2021年政府信息公开工作年度报告",
        "中共甲县乙镇委员会 甲县乙镇人民政府\n2022年1月12日",
    );
    assert_eq!(report.signatory.name, "甲县乙镇人民政府");
    let report = framed("甲县水利局2021年政府信息公开工作年度报告", "甲 县 水 利 局\n2022年1月12日");
    assert_eq!(report.signatory.name, "甲县水利局");
}

#[test]
fn a_year_that_the_day_of_signing_denies_is_left_open() {
    let year = |text: &str, signed: &str| {
        report(&format!("甲县水利局政府信息公开工作年度报告\n{text}\n{PARTS}甲县水利局\n{signed}\n")).year
    };
    assert_eq!(year("2022年，我局认真贯彻条例，公开政府信息五条，工作有序。", "2022年1月12日"), None);
    assert_eq!(year("2021年，我局认真贯彻条例，公开政府信息五条，工作有序。", "2022年1月12日"), Some(2021));
    assert_eq!(year("2022年，我局认真贯彻条例，公开政府信息五条，工作有序。", "2022年12月28日"), Some(2022));
}

#[test]
fn an_organ_that_is_not_understood_is_not_its_government() {
    let report = framed("甲县水利局第十二个政府信息公开工作年度报告", "");
    assert_ne!(report.subject.name, "甲县人民政府");
    let report = framed("国网甲县供电公司2021年信息公开年度报告", "");
    assert_eq!((report.region.name.as_str(), report.level()), ("甲县", "other"));
}

#[test]
fn who_put_a_report_together_may_stand_on_two_lines() {
    let head = "政府信息公开工作年度报告是根据《中华人民共和国政府信息公开条例》要求，由甲市统\n计局、国家统计局甲市调查队（以\n下简称统计局队）编制的2021年度政府信息公开工作年度\n报告。";
    assert_eq!(framed(head, "").subject.name, "甲市统计局、国家统计局甲市调查队");
}

#[test]
fn who_reports_may_stand_behind_a_label_or_in_the_line_that_announces_the_report() {
    for head in [
        "现将甲县水利局2021年政府信息公开工作情况报告如下：",
        "甲县人民政府办公室：\n现将甲县水利局2021年政府信息公开工作年度报告如下：",
        "编制单位：甲县水利局\n根据《条例》，现公布政府信息公开工作年度报告。",
        "根据《条例》和上级要求，甲县水利局编制2021年政府信息公开年度报告。",
        "甲县水利局2021年政府信息公开工作总结报告",
    ] {
        assert_eq!(names(&framed(head, "")).0, "甲县水利局", "{head}");
    }
    let head = "政府信息公开工作年度报告\n由甲县行政审批服务局根据全县各乡镇、各部门报送的数据汇总编制。";
    assert_eq!(
        (names(&framed(head, "")).0, names(&framed(head, "")).1),
        ("甲县人民政府", "甲县行政审批服务局")
    );
    let level = framed("甲县2021年政府信息公开年度报告（县政府本级）", "");
    assert_eq!((level.subject.name.as_str(), level.scope.kind), ("甲县人民政府", ScopeKind::OwnLevel));
}

#[test]
fn several_divisions_in_a_title_are_none_of_them() {
    for body in ["甲市乙区、丙区", "甲县乙镇、丙镇"] {
        let report = framed(&format!("{body}2021年政府信息公开工作年度报告"), "");
        assert_eq!(names(&report), (body, "", "", "other"));
    }
    let townships = framed("甲县各乡镇2021年政府信息公开工作年度报告", "");
    assert_eq!((names(&townships).0, names(&townships).2), ("甲县各乡镇", "甲县"));
    let system = framed("甲县政府系统2021年政府信息公开工作年度报告", "");
    assert_eq!((names(&system).0, system.level()), ("甲县人民政府", "county"));
}

#[test]
fn a_year_since_which_something_was_done_is_not_the_reports() {
    let year = |text: &str| report(&format!("甲县水利局政府信息公开工作年度报告\n{text}\n{PARTS}")).year;
    assert_eq!(year("2020年以来，我局公开有序，制度得到完善。2021年我局公开5条，工作扎实推进。"), None);
    assert_eq!(year("2021年以来，我局公开有序，制度得到完善，工作扎实推进，成效明显。"), Some(2021));
}
