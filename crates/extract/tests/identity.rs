//! Who, where and when of whole documents. Bodies are invented; divisions stand for themselves where the official list
//! is what is tested.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits, read};
use gongkai_extract::extract;
use gongkai_model::{Report, ScopeKind};

const PARTS: &str = "一、总体情况\n开展了工作。\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n\
    四、政府信息公开行政复议、行政诉讼情况\n五、存在的主要问题及改进情况\n六、其他需要报告的事项\n无。\n";
const MADE: &str = "根据《条例》的要求，现公布政府信息公开工作年度报告。";
const PERIOD: &str = "本报告所列数据的统计期限自2021年1月1日起至2021年12月31日止。";

fn report(text: &str) -> Report {
    report_at(text, None)
}

fn report_at(text: &str, address: Option<&str>) -> Report {
    let hint = Hint { name: Some("report.txt"), address, ..Default::default() };
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
fn bodies_of_all_kinds_have_their_level() {
    for (body, level) in [
        ("甲县人民政府", "county"),
        ("甲县人民政府办公室", "department"),
        ("甲县教育局", "department"),
        ("甲县乙镇人民政府", "township"),
        ("甲区乙街道办事处", "township"),
        ("甲旗乙苏木人民政府", "township"),
        ("国家税务总局甲县税务局", "department"),
        ("甲县气象局", "department"),
        ("甲市高新技术产业开发区管理委员会", "other"),
        ("甲县人民医院", "other"),
        ("甲市公安局交通警察支队", "department"),
        ("教育部", "department"),
    ] {
        let report = framed(&format!("{body}2021年政府信息公开工作年度报告"), "");
        assert_eq!((report.subject.name.as_str(), report.level()), (body, level));
        assert_eq!(report.issuer.name, body);
    }
}

#[test]
fn a_body_that_nobody_knows_is_not_the_government_of_its_area() {
    for body in [
        "甲县水利服务集群",
        "大理市创新工坊",
        "甲县融媒体联盟",
        "大理市滇剧传承基地",
        "甲县水利信息工坊",
        "创新工坊",
    ] {
        for preamble in ["现公布甲县2021年政府信息公开工作年度报告。", "本报告依据要求编制。"]
        {
            let report = framed(
                &format!("{body}2021年政府信息公开工作年度报告\n{preamble}"),
                "甲县人民政府\n2022年1月10日",
            );
            assert_eq!((report.subject.name.as_str(), report.level()), (body, "other"), "{preamble}");
        }
    }
    for area in ["甲县政务公开", "甲县政府系统", "甲县"] {
        let preamble = "现公布甲县2021年政府信息公开工作年度报告。";
        let report = framed(&format!("{area}2021年政府信息公开工作年度报告\n{preamble}"), "");
        assert_eq!((report.subject.name.as_str(), report.level()), ("甲县人民政府", "county"), "{area}");
    }
}

#[test]
fn the_title_of_a_report_beside_it_is_not_its_own() {
    const OTHERS: &str = "乙山县教育局2020年政府信息公开工作年度报告";
    const OWN: &str = "甲水县人民政府2021年政府信息公开工作年度报告";
    let of = |text: &str, preamble: &str| {
        let report = framed(&format!("{text}\n{preamble}"), "甲水县人民政府办公室\n2022年1月10日");
        (report.subject.name.clone(), report.year)
    };
    let all_others = [
        format!("上一篇：{OTHERS}"),
        format!("下一篇 {OTHERS}"),
        format!("【上一条】{OTHERS}"),
        format!("上一篇：\n{OTHERS}"),
        format!("相关阅读\n{OTHERS}\n丙川县财政局2021年政府信息公开工作年度报告"),
        OTHERS.to_owned(),
        format!("·{OTHERS}"),
        format!("{OTHERS}\n丙川县财政局2021年政府信息公开工作年度报告"),
        format!("首页 > 乙山县教育局 > {OTHERS}"),
    ];
    for (others, period) in all_others.iter().flat_map(|others| [(others, PERIOD), (others, "")]) {
        let preamble = format!("本报告依据要求编制，{period}");
        for text in [format!("{others}\n{OWN}"), format!("{OWN}\n{others}")] {
            let expected = ("甲水县人民政府".to_owned(), Some(2021));
            assert_eq!(of(&text, &preamble), expected, "{text}");
        }
        // Its own title names nobody, or is not there: who signs is somebody else than the other title says.
        for text in [format!("{others}\n2021年政府信息公开工作年度报告"), others.clone()] {
            let (subject, year) = of(&text, &preamble);
            assert!(!subject.contains("乙山") && !subject.contains("丙川"), "{text}: {subject}");
            assert_eq!(year, Some(2021), "{text}");
        }
    }
}

#[test]
fn of_several_titles_that_nothing_else_speaks_of_none_is_the_reports() {
    let titles = "乙山县教育局2021年政府信息公开工作年度报告\n丙川县财政局2021年政府信息公开工作年度报告";
    let report = framed(&format!("{titles}\n本报告依据要求编制，{PERIOD}"), "");
    assert_eq!((report.subject.name.as_str(), report.year), ("", Some(2021)));
}

#[test]
fn a_body_that_a_report_follows_is_not_whose_it_is() {
    const OWN: &str = "甲水县教育局2021年政府信息公开工作年度报告";
    for (other, follows) in [
        ("乙山市2021年政府信息公开工作年度报告", "按照乙山市统一部署，我局公开信息5条。"),
        ("来源：乙山市2020年政府信息公开工作年度报告", "在乙山市领导下，我局公开信息5条。"),
        ("乙山市2020年政府信息公开工作年度报告", "我局向乙山市报送信息5条。"),
    ] {
        let report = report(&format!("{OWN}\n{other}\n{PARTS}{follows}\n"));
        assert!(!report.subject.name.contains("乙山"), "{other}: {}", report.subject.name);
        assert!(report.year != Some(2020), "{other}");
        let signed = format!("{OWN}\n{other}\n{PARTS}{follows}\n甲水县教育局\n2022年1月10日\n");
        assert_eq!(self::report(&signed).subject.name, "甲水县教育局", "{other}");
    }
}

#[test]
fn the_reports_title_below_empty_links_is_its_own() {
    for links in ["首页\n上一页\n下一页", "上一篇：\n下一篇："] {
        let report = framed(&format!("{links}\n甲水县教育局2021年政府信息公开工作年度报告"), "");
        assert_eq!((report.subject.name.as_str(), report.year), ("甲水县教育局", Some(2021)), "{links}");
    }
}

#[test]
fn an_office_that_reports_on_its_area_speaks_for_it() {
    let title = "甲县人民政府办公室2021年政府信息公开工作年度报告";
    let report = framed(&format!("{title}\n本报告综合全县各乡镇、各部门的数据编制，{PERIOD}"), "");
    assert_eq!((report.subject.name.as_str(), report.level()), ("甲县人民政府办公室", "county"));
}

#[test]
fn a_report_without_a_name_says_what_it_is() {
    for (text, level) in [
        ("2021年，我镇主动公开政府信息5条。我镇继续做好公开。", "township"),
        ("2021年，我局主动公开政府信息5条。", "department"),
        ("2021年，我院主动公开政府信息5条。", "department"),
        ("2021年，我院主动公开政府信息5条，方便患者。", "other"),
        ("2021年，我校主动公开政府信息5条。", "other"),
        ("2021年，主动公开政府信息5条。", "other"),
    ] {
        let report = framed(&format!("{MADE}\n{text}"), "");
        assert_eq!((report.subject.name.as_str(), report.level()), ("", level), "{text}");
    }
}

#[test]
fn an_issuer_is_found_without_a_signature() {
    for (head, issuer) in [
        ("本报告由甲县乙乡人民政府按照《条例》的要求编制。", "甲县乙乡人民政府"),
        ("特向社会公布甲市统计局2021年政府信息公开情况。", "甲市统计局"),
        ("甲县水务局2021年政府信息公开工作年度报告（以下简称年报）是根据《条例》编制的。", "甲县水务局"),
        ("结合甲市乙区税务局（以下简称“区税务局”）政府信息公开工作编制本报告。", "甲市乙区税务局"),
        ("如有疑问，请与甲县审计局办公室联系（电话：1）。现公布本报告。", "甲县审计局"),
        ("甲乡2021年政府信息公开工作年度报告\n如有疑问，请与甲乡人民政府办公室联系。", "甲乡人民政府"),
        ("甲乡2021年政府信息公开工作年度报告", "甲乡"),
        ("甲县2021年政府信息公开工作年度报告", ""),
        ("水务局2021年政府信息公开工作年度报告", "水务局"),
        ("2021年，严格按照政府信息公开的要求，落实各项任务。", ""),
        ("甲县人民政府2021年\n政府信息公开工作年度报告\n甲县人民政府办公室\n2022年3月", "甲县人民政府办公室"),
    ] {
        assert_eq!(framed(&format!("{head}\n{MADE}"), "").issuer.name, issuer, "{head}");
    }
}

#[test]
fn sentences_give_the_year_where_nothing_else_does() {
    let year = |text: &str| report(&format!("{MADE}\n{text}\n{PARTS}")).year;
    assert_eq!(year("（一）主动公开方面。2021年，我镇主动公开政府信息五条，各项工作有序推进。"), Some(2021));
    assert_eq!(year("我局2021年主动公开五条。2020年公开了三条。2021年以来，我局认真贯彻条例。"), Some(2021));
    assert_eq!(
        year("（一）公开情况。2021年，我镇公开五条，各项工作有序推进。2020年，我镇公开三条，工作有序。"),
        None
    );
    assert_eq!(year("（一）存在的问题。2022年，我镇将认真贯彻条例，继续做好政府信息公开。"), None);
}

#[test]
fn the_official_list_says_what_kind_of_city_it_is() {
    for (title, code, level) in [
        ("杭州市", "330100", "prefecture"),
        ("义乌市", "330782", "county"),
        ("重庆市", "500000", "province"),
        ("重庆市万州区", "500101", "county"),
        ("大兴安岭地区", "232700", "prefecture"),
        ("仙桃市", "429004", "county"),
        ("黔东南州", "522600", "prefecture"),
    ] {
        let report = framed(&format!("{title}2021年政府信息公开工作年度报告"), "");
        assert_eq!((report.region.code.as_str(), report.level()), (code, level), "{title}");
    }
}

#[test]
fn a_name_that_repeats_is_left_open_unless_something_tells_it_apart() {
    let head = "鼓楼区2021年政府信息公开工作年度报告";
    let open = framed(head, "");
    assert_eq!((open.region.code.as_str(), open.region.candidates.len()), ("", 4));
    assert_eq!(open.level(), "county", "whichever it is");
    let signed = framed(head, "徐州市鼓楼区人民政府办公室\n2022年1月20日");
    assert_eq!((signed.region.code.as_str(), signed.region.name.as_str()), ("320302", "徐州市鼓楼区"));
    let hosted =
        report_at(&format!("{head}\n{PERIOD}\n{PARTS}"), Some("http://gulou.fuzhou.gov.cn/zfxxgknb/1.html"));
    assert_eq!(hosted.region.code, "350102");
    let parents: Vec<_> = hosted.region.parents.iter().map(|parent| parent.name.as_str()).collect();
    assert_eq!(parents, ["福建省", "福州市"]);
}

#[test]
fn a_listed_name_is_not_cut_out_of_a_longer_one() {
    for name in ["和东和县", "龙东和县"] {
        let made_up = framed(
            &format!(
                "{name}人民政府办公室\n2021年政府信息公开工作年度报告\n根据要求，现公布{name}2021年政府信息公开工作年度报告。"
            ),
            &format!("{name}人民政府办公室\n2022年1月20日"),
        );
        assert_eq!(made_up.region.code, "", "{name}");
        assert_eq!(
            (made_up.region.name.as_str(), made_up.issuer.name),
            (name, format!("{name}人民政府办公室"))
        );
    }
    let listed = framed(
        "和县人民政府办公室\n2021年政府信息公开工作年度报告\n根据要求，现公布和县2021年政府信息公开工作年度报告。",
        "和县人民政府办公室\n2022年1月20日",
    );
    assert_eq!(listed.region.code, "340523");
}

#[test]
fn a_township_whose_name_ends_like_a_conjunction_is_one() {
    let report = framed("甲县义和镇2021年政府信息公开工作年度报告", "");
    assert_eq!(names(&report), ("甲县义和镇人民政府", "甲县义和镇", "甲县义和镇", "township"));
    let report = framed("太和乡人民政府2021年政府信息公开工作年度报告", "太和乡人民政府\n2022年1月20日");
    assert_eq!(names(&report), ("太和乡人民政府", "太和乡人民政府", "太和乡", "township"));
}

#[test]
fn codes_are_those_of_the_year_that_is_reported_on() {
    let in_2013 = report(&format!(
        "长垣县2013年政府信息公开工作年度报告\n统计期限自2013年1月1日起至2013年12月31日止。\n{PARTS}"
    ));
    assert_eq!(in_2013.region.code, "410728");
    assert_eq!(framed("长垣市2021年政府信息公开工作年度报告", "").region.code, "410783");
}

#[test]
fn zones_have_no_code_of_their_own() {
    let report = framed("兰州新区2021年政府信息公开工作年度报告", "");
    assert_eq!((report.region.code.as_str(), report.level()), ("", "other"));
    assert_eq!(report.region.parents.last().map(|parent| parent.name.as_str()), Some("兰州市"));
}

#[test]
fn the_credit_code_in_the_address_is_the_publishers() {
    let text = format!("甲县教育局2021年政府信息公开工作年度报告\n{PERIOD}\n{PARTS}");
    let with =
        |code: &str| report_at(&text, Some(&format!("http://example.gov.cn/a.jsp?area={code}&fbtime=2021")));
    // A public example whose check characters are right, and the same with one digit changed.
    assert_eq!(with("91350100M000100Y43").issuer.credit_code, "91350100M000100Y43");
    assert_eq!(with("91350100M000100Y43").subject.credit_code, "91350100M000100Y43");
    assert_eq!(with("91350100M000101Y43").issuer.credit_code, "");
}

#[test]
fn undated_names_sign_only_where_the_report_knows_them() {
    let head = "乙镇2021年政府信息公开工作年度报告";
    assert_eq!(framed(head, "甲县乙镇人民政府").signatory.name, "甲县乙镇人民政府");
    assert_eq!(framed(head, "甲县乙镇人民政府（盖章）").signatory.name, "甲县乙镇人民政府");
    assert_eq!(framed(head, "相关链接\n丙省人民政府").signatory.name, "");
    assert_eq!(framed(head, "丙省人民政府\n2022年1月10日").signatory.name, "丙省人民政府", "it is dated");
}

#[test]
fn the_period_decides_on_the_year() {
    assert_eq!(framed("甲县2020年政府信息公开工作年度报告", "").year, Some(2021));
    let damaged = "甲县政府信息公开工作年度报告\n统计期限自202111日起至20211231日止。";
    assert_eq!(report(&format!("{damaged}\n{PARTS}")).year, Some(2021));
    let slip = "甲县2021年政府信息公开工作年度报告\n统计期限自2021年1月1日起至2020年12月31日止。";
    assert_eq!(report(&format!("{slip}\n{PARTS}")).year, Some(2021), "the period contradicts itself");
    // No report is of a year before the Regulations.
    let slip = "甲县2021年政府信息公开工作年度报告\n统计期限自2002年1月1日起至12月31日止。";
    assert_eq!(report(&format!("{slip}\n{PARTS}")).year, Some(2021));
}

#[test]
fn dates_are_read_as_they_are_written_and_kept_apart() {
    let head = "甲县人民政府2021年政府信息公开工作年度报告\n发布时间：2022-03-01 10:00";
    for date in ["2022年1月20日", "二○二二年一月二十日", "2022．1．20", "２０２２年１月２０日", "20220120"]
    {
        let report = framed(head, &format!("甲县人民政府办公室\n{date}"));
        assert_eq!(report.dates.stated.map(|date| date.to_string()).as_deref(), Some("2022-01-20"), "{date}");
        assert_eq!(report.dates.page.map(|date| date.to_string()).as_deref(), Some("2022-03-01"));
    }
    let damaged = framed(head, "甲县人民政府办公室\n2022120日");
    assert_eq!(damaged.dates.stated, None, "20 January or 1 December");
}

#[test]
fn titles_may_be_broken_over_lines() {
    for title in [
        "甲县人民政府\n2021年政府信息公开工作年度报告",
        "甲县人民政府2021年政府信息公开\n工作年度报告",
        "甲县人民政府\n2021年政府信息公开\n工作年度报告",
        "标题：甲县人民政府2021年政府信息公开工作年度报告",
        "首页 > 政务公开 > 政府信息公开年报\n政府信息公开年报\n甲县人民政府2021年政府信息公开工作年度报告",
    ] {
        let report = framed(title, "");
        assert_eq!(report.title.text, "甲县人民政府2021年政府信息公开工作年度报告", "{title}");
        assert_eq!(names(&report), ("甲县人民政府", "甲县人民政府", "甲县", "county"));
    }
}

#[test]
fn a_report_without_title_says_whose_it_is_in_its_first_words() {
    let named = report(&format!(
        "根据《条例》，现公布甲市乙区丙街道办事处2021年政府信息公开工作年度报告。{PERIOD}\n{PARTS}"
    ));
    assert_eq!(names(&named), ("甲市乙区丙街道办事处", "甲市乙区丙街道办事处", "甲市乙区丙街道", "township"));
    let compiled = report(&format!("本政府信息公开年度报告由甲县教育局编制。{PERIOD}\n{PARTS}"));
    assert_eq!(compiled.issuer.name, "甲县教育局");
    let asked = report(&format!(
        "现公布本单位2021年政府信息公开工作年度报告。{PERIOD}如有疑问，请与甲县乙乡信息公开领导小组办公室联系。\n{PARTS}"
    ));
    assert_eq!((asked.region.name.as_str(), asked.level()), ("甲县乙乡", "township"));
    assert_eq!(asked.issuer.name, "", "whom to ask is not who issues");
}

#[test]
fn notes_in_the_title_say_what_is_covered() {
    let own = framed("甲县人民政府（本级）2021年政府信息公开工作年度报告", "");
    assert_eq!((own.scope.kind, own.subject.name.as_str()), (ScopeKind::OwnLevel, "甲县人民政府"));
    assert!(own.scope.quote.contains("本级"));
    let organ = framed("甲县教育局（机关）2021年政府信息公开工作年度报告", "");
    assert_eq!(organ.scope.kind, ScopeKind::Organ);
}

#[test]
fn words_of_a_sentence_may_begin_a_name() {
    for body in ["和平街道办事处", "甲市乙区和凤镇人民政府", "向阳镇人民政府", "将乐县教育局"]
    {
        let report = framed(&format!("{body}2021年政府信息公开工作年度报告"), "");
        assert_eq!((report.subject.name.as_str(), report.issuer.name.as_str()), (body, body));
        assert_ne!(report.level(), "other", "{body}");
    }
}

#[test]
fn a_title_in_the_cell_of_a_table_is_a_title() {
    let title = "甲县人民政府2021年政府信息公开工作年度报告";
    let contact = "如有疑问，请与甲县人民政府办公室联系。";
    for head in [format!("{title} | |||||||"), format!("标题: | {title} | ||"), format!("| {title} |||")] {
        let report = framed(&format!("{head}\n{contact}\n{MADE}"), "");
        assert_eq!(names(&report), ("甲县人民政府", "甲县人民政府", "甲县", "county"), "{head}");
    }
}

#[test]
fn who_is_asked_is_not_always_who_reports() {
    let asked = |contact: &str, text: &str| {
        let report = framed(&format!("如有疑问，请与{contact}联系。{MADE}\n{text}"), "");
        (report.subject.name.clone(), report.issuer.name.clone(), report.level())
    };
    let own = |name: &str, level| (name.to_owned(), name.to_owned(), level);
    let text = "2021年，认真贯彻条例，在甲县人民政府门户网站公开政府信息五条。";
    assert_eq!(
        asked("甲县水利局政府信息公开工作领导小组办公室", "我县要求公开。"),
        own("甲县水利局", "department")
    );
    assert_eq!(asked("甲经济开发区管委会党政办公室", text), own("甲经济开发区管委会", "other"));
    // The body in charge is asked for its government, unless it speaks of itself.
    assert_eq!(asked("甲县数据局", text), ("甲县人民政府".to_owned(), String::new(), "county"));
    assert_eq!(asked("甲县数据局", "2021年，县数据局认真贯彻条例。"), own("甲县数据局", "department"));
    assert_eq!(asked("甲县数据局", "2021年，我局认真贯彻条例。"), own("甲县数据局", "department"));
    // 市市场监管局 in the text is the one that is asked.
    let short = framed(
        &format!("如有疑问，可与甲市市场监督管理局办公室联系。{MADE}\n2021年，市市场监管局认真贯彻条例。"),
        "",
    );
    assert_eq!(names(&short), ("甲市市场监督管理局", "甲市市场监督管理局", "甲市", "department"));
    // The preamble names the area: who is asked does not issue its report.
    let named = framed("编写甲县2021年度政府信息公开工作年度报告。请与甲县电子政务办公室联系。", "");
    assert_eq!(names(&named), ("甲县人民政府", "", "甲县", "county"));
}

#[test]
fn what_an_area_is_called_tells_its_organ() {
    let report = framed("兴安盟2021年政府信息公开工作年度报告", "");
    assert_eq!((report.subject.name.as_str(), report.level()), ("兴安盟行政公署", "prefecture"));
    let system = framed("甲市市场监管系统2021年政府信息公开工作年度报告", "");
    assert_eq!(system.level(), "department", "{}", system.subject.name);
    let county = framed(&format!("{MADE}\n2021年，我县认真贯彻条例，县政府公开信息五条。"), "");
    assert_eq!((county.subject.name.as_str(), county.level()), ("", "county"));
}

#[test]
fn who_puts_together_what_an_area_did_reports_for_its_government() {
    let head = "本报告由甲市人民政府信息公开工作领导小组办公室根据《条例》要求，汇总甲市各县（市、区）工作情况编制而成。";
    let report = framed(head, "");
    assert_eq!(report.subject.name, "甲市人民政府");
    assert_eq!(report.issuer.name, "甲市人民政府信息公开工作领导小组办公室");
    assert_eq!(report.scope.kind, ScopeKind::WholeArea);
}

#[test]
fn the_parts_of_an_area_are_told_from_its_own_departments() {
    let title = "甲市人民政府2021年政府信息公开工作年度报告";
    for (words, scope) in [
        ("综合各县、区人民政府和市政府各部门的报告而成", ScopeKind::WholeArea),
        ("由甲市人民政府办公室汇总各县市人民政府和市直各部门情况编制", ScopeKind::WholeArea),
        ("综合市政府各部门的报告编制", ScopeKind::OwnLevel),
        ("按照《关于各县区、各部门编制年度报告的通知》编制", ScopeKind::Unknown),
    ] {
        let report = framed(&format!("{title}\n本报告根据《条例》，{words}。"), "");
        assert_eq!(report.scope.kind, scope, "{words}");
    }
    // Who has no departments means its own offices.
    let school = framed("某某大学2021年信息公开工作年度报告\n本报告综合学校各部门工作编制。", "");
    assert_eq!(school.scope.kind, ScopeKind::Unknown);
}

#[test]
fn a_body_without_its_division_is_completed_by_the_text() {
    let head = "市气象局2021年政府信息公开工作年度报告\n";
    let report = framed(&format!("{head}本报告由西安市气象局编制。"), "");
    assert_eq!(names(&report), ("西安市气象局", "西安市气象局", "西安市", "department"));
    let report = framed(&format!("{head}根据西安市气象局《关于编制年报的通知》编制。"), "");
    assert_eq!(report.subject.name, "市气象局", "a notice comes from above");
}

#[test]
fn verbs_are_no_part_of_a_name() {
    let report = framed(
        "根据《条例》和有关文件精神，特编制并向社会公布甲区水务局2021年度政府信息公开年度报告如下：",
        "",
    );
    assert_eq!(names(&report), ("甲区水务局", "甲区水务局", "甲区", "department"));
    let report = framed("2021年，开发区网站更新信息5条。现将我区信息公开情况报告如下。", "");
    assert_eq!(names(&report), ("", "", "", "other"));
}

#[test]
fn the_committee_of_a_park_is_no_department() {
    let report = framed("甲科技城2021年政府信息公开工作年度报告\n我委认真公开。", "");
    assert_eq!((report.subject.name.as_str(), report.level()), ("甲科技城", "other"));
    let report = framed(&format!("{MADE}\n2021年，我委公开5条，园区发展。"), "");
    assert_eq!(report.level(), "other");
}

#[test]
fn a_township_that_speaks_of_itself_is_named_by_its_organ() {
    let text = format!("{MADE}\n2021年，我街道认真公开。通远街道办事处通过网站公开政府信息3条。");
    let report = framed(&text, "");
    assert_eq!(report.subject.name, "通远街道办事处");
}

#[test]
fn a_date_in_a_cell_may_have_its_label_in_brackets() {
    let head = "[ 成文日期 ] | 2022-03-25 | [ 有效性 ] | 有效\n甲县人民政府2021年政府信息公开工作年度报告";
    let report = framed(head, "");
    assert_eq!(report.dates.page.map(|date| date.to_string()).as_deref(), Some("2022-03-25"));
}

#[test]
fn the_host_of_a_county_tells_which_township_of_a_name_is_meant() {
    let text = format!("中村乡2020年政府信息公开工作年度报告\n{PARTS}");
    let report = report_at(&text, Some("http://www.huichang.gov.cn/a.html"));
    assert_eq!(report.region.code, "360733");
    let report = report_at(&text, Some("http://www.example.cn/a.html"));
    assert_eq!((report.region.code.as_str(), 1 < report.region.candidates.len()), ("", true));
}

#[test]
fn an_organ_that_speaks_of_its_province_is_no_government() {
    let head =
        "特编制本厅2021年度政府信息公开工作年度报告。如有疑问，请与湖南省审计厅政府信息公开工作办公室联系。";
    let report =
        framed(&format!("{head}\n目前我省已经投入1.2亿元，我厅认真贯彻落实条例，公开工作有序。"), "");
    assert_eq!(names(&report), ("湖南省审计厅", "湖南省审计厅", "湖南省", "department"));
}

#[test]
fn a_preamble_in_one_endless_clause_takes_no_more_time_than_its_length() {
    // With each word looked at from the beginning of its clause, this takes hours.
    let parts = "各乡镇".repeat(400_000);
    let head = format!("甲市人民政府2021年政府信息公开工作年度报告\n根据{parts}《{parts}");
    let report = framed(&format!("{head}》，汇总各县区的情况编制。"), "");
    assert_eq!(
        (report.scope.kind, report.scope.quote.as_str()),
        (ScopeKind::WholeArea, "汇总各县区的情况编制")
    );
}

#[test]
fn who_reports_is_not_made_of_words_of_a_sentence() {
    let report = framed(
        &format!(
            "{MADE}\n2021年医院在淮北市人民政府信息公开网上规范发布信息总计22条，我院做到应公开尽公开。"
        ),
        "",
    );
    assert_eq!(names(&report), ("", "", "淮北市", "other"));
    let report = framed(&format!("{MADE}\n2021年，推动学校信息公开工作的制度化。"), "");
    assert_eq!(names(&report).0, "");
    let head = format!("{MADE}\n2021年，我旗推动了全旗政府信息公开工作扎实开展。");
    assert_eq!(framed(&head, "").region.name, "");
}

#[test]
fn who_put_the_report_together_may_stand_a_clause_before() {
    let framed = |head: &str, end| framed(&format!("政府信息公开工作年度报告\n{head}"), end);
    let head = "根据《条例》，甲县人民政府根据全县政府信息公开工作开展情况，编制本报告。";
    assert_eq!(names(&framed(head, "")), ("甲县人民政府", "甲县人民政府", "甲县", "county"));
    let head =
        "严格执行《甲乙大学信息公开工作实施细则》，甲乙大学学校办公室结合2021年工作实际，编制发布本报告。";
    assert_eq!(framed(head, "").issuer.name, "甲乙大学");
    assert_eq!(framed("根据《条例》和通知的要求，编制本报告。", "").issuer.name, "");
}

#[test]
fn a_bureau_without_its_division_is_that_of_the_county_named() {
    let title = "县统计局2021年政府信息公开工作年度报告";
    let report =
        framed(&format!("{title}\n根据《平武县人民政府办公室关于年度报告的通知》，现将情况报告如下。"), "");
    assert_eq!((report.subject.name.as_str(), report.region.code.as_str()), ("县统计局", "510727"));
}

#[test]
fn branches_and_schools_are_in_the_district_whose_short_name_they_bear() {
    for (body, code) in [
        ("西安市公安局高陵分局", "610117"),
        ("西安市公安局交警分局", "610100"),
        ("安徽省涡阳第三中学", "341621"),
        ("安徽省教育厅", "340000"),
    ] {
        let report = framed(&format!("{body}2021年政府信息公开工作年度报告"), "");
        assert_eq!((report.subject.name.as_str(), report.region.code.as_str()), (body, code));
    }
}

#[test]
fn the_year_may_stand_without_its_word_or_only_at_the_end_of_what_is_counted() {
    let report = |text: &str| report(&format!("{text}\n{PARTS}"));
    let titled = report("2015甲市公安局乙区分局政府信息公开工作年度报告\n甲市公安局乙区分局开展了工作。");
    assert_eq!((titled.year, titled.subject.name.as_str()), (Some(2015), "甲市公安局乙区分局"));
    let closing = "本报告是甲县教育局政府信息公开工作年度报告。截止2023年12月31日我局通过网站发布信息34条。";
    assert_eq!(report(closing).year, Some(2023));
    let two =
        "截止2023年12月31日发布信息34条，截止2022年12月31日发布30条，系甲县教育局政府信息公开年度报告。";
    assert_eq!(report(two).year, None);
}

#[test]
fn what_is_put_together_of_all_cities_covers_the_whole_area() {
    let head = "甲省人民政府2021年政府信息公开工作年度报告\n本报告综合各市人民政府和省政府各部门的年度报告编制而成。";
    assert_eq!(framed(head, "").scope.kind, ScopeKind::WholeArea);
}

#[test]
fn the_day_of_signing_tells_the_year_where_title_and_period_do_not_agree_or_say_nothing() {
    let year = |title: &str, period: u16, signed: &str| {
        let period = match period {
            0 => String::new(),
            year => format!("统计期限自{year}年1月1日起至{year}年12月31日止。"),
        };
        report(&format!("{title}\n{period}\n{PARTS}甲县教育局\n{signed}\n")).year
    };
    let title = "甲县教育局2021年政府信息公开工作年度报告";
    assert_eq!(year(title, 2020, "2022年1月12日"), Some(2021));
    assert_eq!(year(title, 2020, "2021年1月12日"), Some(2020));
    // The period stands over the title where the date tells neither.
    assert_eq!(year(title, 2020, "2024年1月12日"), Some(2020));
    assert_eq!(year(title, 2020, ""), Some(2020));
    let bare = "甲县教育局政府信息公开工作年度报告";
    assert_eq!(year(bare, 0, "2022年1月12日"), Some(2021));
    assert_eq!(year(bare, 0, "2022年11月12日"), None);
    assert_eq!(year(&format!("{bare}（2022年1月）"), 0, ""), None);
}
