use gongkai_document::{Hint, Limits};
use gongkai_model::{Period, Report, ScopeKind, Statement, Whose};

/// The record of a report of 甲县 on 2021 with this text in its first part.
fn report(text: &str) -> Report {
    let source = format!(
        "甲县人民政府2021年政府信息公开工作年度报告\n一、总体情况\n{text}\n二、主动公开政府信息情况\n三、收到和处理政府信息公开申请情况\n"
    );
    let hint = Hint { name: Some("report.txt"), ..Hint::default() };
    let document = gongkai_document::read(source.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    let report = crate::extract(&document).unwrap().pop().unwrap();
    for statement in &report.statements {
        let span = statement.span.as_ref().and_then(|span| span.as_bytes()).unwrap();
        let written = &source[span.start as usize..span.end as usize];
        let without_breaks: String =
            written.split('\n').map(str::trim).filter(|line| !line.starts_with('-')).collect();
        assert_eq!(without_breaks, statement.quote);
    }
    report
}

fn statements(text: &str) -> Vec<Statement> {
    report(text).statements
}

/// Value and unit of each statement: `12条`, `1-2名`, `~20次` where approximate, `?条` where the number is missing.
fn quantities(text: &str) -> Vec<String> {
    let shown = |statement: &Statement| {
        let about = if statement.approximate { "~" } else { "" };
        let value = statement.value.map_or("?".to_owned(), |value| value.to_string());
        let max = statement.value_max.map_or(String::new(), |max| format!("-{max}"));
        format!("{about}{value}{max}{}", statement.unit)
    };
    statements(text).iter().map(shown).collect()
}

/// Indicator and value of each statement that states one.
fn facts(text: &str) -> Vec<(String, String)> {
    let named = statements(text).into_iter().filter(|statement| !statement.indicator.is_empty());
    named.map(|statement| (statement.indicator, statement.value.unwrap_or_default().to_string())).collect()
}

#[track_caller]
fn assert_facts(text: &str, wanted: &[(&str, &str)]) {
    let wanted: Vec<(String, String)> =
        wanted.iter().map(|(indicator, value)| ((*indicator).to_owned(), (*value).to_owned())).collect();
    assert_eq!(facts(text), wanted, "{text}");
}

#[test]
fn quantities_are_read_as_they_are_written() {
    for (text, wanted) in [
        ("全年发布信息1,234条、简报３期。", vec!["1234条", "3期"]),
        ("发布信息 2.5 万条，访问 1.2亿次。", vec!["25000条", "120000000次"]),
        ("组织十二期培训，参训一百二十人次。", vec!["12期", "120人次"]),
        ("配备1至2名信息员，3—5个工作日内答复。", vec!["1-2名", "3-5个工作日"]),
        ("每季度检查10-20次，合格率95%-98%。", vec!["10-20次", "95-98%"]),
        ("近30家单位、50余人、20多次、约8场、60次左右。", vec!["~30家", "~50人", "~20次", "~8场", "~60次"]),
        ("不低于4%，至少2名，满意率99.5%。", vec!["4%", "2名", "99.5%"]),
        ("解读20余篇（条），涉及9县（市、区）。", vec!["~20篇（条）", "9县（市、区）"]),
        ("公开政府信息 条，受理申请 件。", vec!["?条", "?件"]),
        ("收费金额为3.5万元。", vec!["35000元"]),
        ("办结率达到百分之九十八。", vec!["98%"]),
        ("报告由六个部分组成，存在三方面不足。", vec!["6个", "3方面"]),
        ("明确一名副局长分管，召开了一次会议。", vec!["1名", "1次"]),
        ("更正发布2条次、2个月内整改。", vec!["2条次", "2个月"]),
    ] {
        assert_eq!(quantities(text), wanted, "{text}");
    }
}

#[test]
fn what_counts_nothing_is_no_statement() {
    for text in [
        "2021年1月1日至12月31日，第二十条第（一）项，国办发〔2021〕30号，国务院令第711号。",
        "地址：甲县人民路1号2栋408室，邮编：123456，电话：0123-4567890，传真1234567。",
        "“三公”经费、“最多跑一次”、两微一端、双随机一公开、“六稳”“六保”、一网通办。",
        "一是加强领导。二是统一思想。进一步提高，逐一落实，一律公开，一些单位，一系列措施。",
        "推进12345热线、96128专线建设，实行“1+3”机制，使用5G网络和A4纸。",
        "印发《甲县2021年3个工作日内公开工作方案》，保护第三方权益，排名第3位。",
        "深入贯彻十九届六中全会精神，落实“四个意识”，做到两个维护，第七届委员。",
        "开展一项全新的工作，这是一个重要平台，定期更新一批信息。",
        "1.加强领导。2.完善机制。（3）强化培训。",
        "没有需要报告的其他事项，未出现其他问题。",
    ] {
        assert_eq!(quantities(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_sentence_goes_on_over_broken_lines_and_pages() {
    let wrapped = "    全县各级各部门坚持以公开为常态、不公开为例外，认真做好各项公开工作，主动公开政府信\n\n-2-\n息1234条。";
    let found = statements(wrapped);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].indicator, "published.total");
}

#[test]
fn statements_know_their_section_and_the_words_around_them() {
    let found = statements("（一）主动公开。全县发布信息12条、公告3条；组织2家单位编制5项清单。");
    let words: Vec<&str> = found.iter().map(|statement| statement.quote.as_str()).collect();
    assert_eq!(words, ["全县发布信息12条", "公告3条", "组织2家单位编制5项清单", "单位编制5项清单"]);
    assert!(found.iter().all(|statement| statement.section == "一、总体情况"));
    for text in ["一是发布公告3条。", "（二）发布公告3条。", "1.发布公告3条。", "（二）1．发布公告3条。"]
    {
        let quote = statements(text).remove(0).quote;
        assert!(quote.ends_with("发布公告3条") && !quote.starts_with(['一', '（', '二']), "{quote}");
    }
}

#[test]
fn denials_state_zero() {
    assert_facts("2021年，全县未收到政府信息公开申请。", &[("requests.received", "0")]);
    let both = [("reviews.reconsideration", "0"), ("reviews.litigation", "0")];
    assert_facts("没有因政府信息公开工作引起的行政复议、行政诉讼案件。", &both);
    assert_facts("无因政府信息公开申请被申请行政复议或提起行政诉讼的情况。", &both);
    assert_facts("未收到有关政府信息公开行政复议、提起行政诉讼的申请。", &both);
    assert_facts(
        "未收到政府信息公开申请，也未发生行政复议。",
        &[("requests.received", "0"), ("reviews.reconsideration", "0")],
    );
    assert_facts("（二）依申请公开情况。2021年未收到申请。", &[("requests.received", "0")]);
    assert_facts("2021年未收到贷款申请。", &[]);
    assert_facts("没有超期答复的依申请公开事项。", &[]);
    assert_facts("没有现成信息，无正当理由，无障碍浏览。", &[]);
    assert_facts("2020年未收到政府信息公开申请。", &[]);
    assert_facts("未产生与政府信息公开诉讼、行政复议有关的费用支出。", &[]);
}

#[test]
fn a_number_in_a_clause_of_its_own_counts_what_another_clause_named() {
    assert_facts("通过政府门户网站公开镇财政收支，1条。", &[]);
    assert_facts(
        "收到政府信息公开申请3件，2件结转下年度继续办理。",
        &[("requests.received", "3"), ("requests.carried_forward", "2")],
    );
}

#[test]
fn a_share_is_no_comparison_and_a_plan_that_is_published_no_target() {
    let periods = |text: &str| -> Vec<Period> { statements(text).iter().map(|found| found.period).collect() };
    let this_year = Period::ThisYear;
    assert_eq!(periods("2021年收到申请10件，占比40%。"), [this_year, this_year]);
    assert_eq!(periods("2021年发布动态3条，占总体的比例为15%。"), [this_year, this_year]);
    assert_eq!(periods("2021年发布动态3条，比2020年少2条。"), [this_year, Period::Earlier]);
    assert_eq!(periods("2021年发布检修计划5条。"), [this_year]);
    assert_eq!(periods("2021年计划发布公告5条。"), [Period::Future]);
    assert_eq!(periods("近四年累计公开政府信息9条。"), [Period::Cumulative]);
    assert_eq!(
        periods("2021年公开报告3篇（含2021年预算、2020年决算），公开公告2篇。"),
        [this_year, this_year],
        "what a document is about says nothing of the time of others"
    );
}

#[test]
fn what_was_published_is_told_by_its_channel() {
    assert_facts("2021年，全县主动公开各类政府信息3456条。", &[("published.total", "3456")]);
    assert_facts("本年度共公开政府信息120条。", &[("published.total", "120")]);
    assert_facts("全县主动公开政府信息总数达800余条。", &[("published.total", "800")]);
    assert_facts(
        "通过政府门户网站公开信息508条，“甲县发布”微信公众号公开42条，官方微博发布30条。",
        &[("published.website", "508"), ("published.wechat", "42"), ("published.weibo", "30")],
    );
    assert_facts("官方微信发布1400余条图文信息。", &[("published.wechat", "1400")]);
    assert_facts(
        "全县主动公开政府信息90条。其中，政府网站50条，政务微信40条。",
        &[("published.total", "90"), ("published.website", "50"), ("published.wechat", "40")],
    );
}

#[test]
fn parts_topics_and_others_have_no_indicator() {
    for text in [
        "其中，各乡镇主动公开政府信息1638条。",
        "公开行政许可信息974条，公开政府和部门文件信息500条。",
        "县民政局主动公开政府信息89条。",
        "通过微信和微博平台发布信息10条。",
        "2020年，全县主动公开政府信息90条。",
        "与去年同期相比，主动公开政府信息增加90条。",
        "2022年计划主动公开政府信息90条。",
        "自2008年以来，累计主动公开政府信息90000条。",
        "主动公开政务动态类信息420条。",
        "全国各地主动公开政府信息90条。",
        "公开人大代表建议、政协提案办理结果91条。",
        "网站公布人大代表建议2条，政协提案2条。",
        "参加省级新闻发布会1场。",
        "开展消防安全培训3次。",
        "网络申请4件、信函申请2件。",
        "政府信息公开专栏访问量162103人次。",
        "关停政务新媒体3个。",
    ] {
        assert_facts(text, &[]);
    }
}

#[test]
fn proposals_messages_and_hotlines_are_counted_where_they_are_received() {
    assert_facts(
        "全县共承办人大代表建议94件、政协委员提案110件。",
        &[("npc_proposals", "94"), ("cppcc_proposals", "110")],
    );
    assert_facts("办理人大代表建议和政协提案共56件。", &[("proposals", "56")]);
    assert_facts("40件代表建议及50件提案已全部办结。", &[("npc_proposals", "40"), ("cppcc_proposals", "50")]);
    assert_facts(
        "收到网民留言447条，答复440条，答复率98%。",
        &[("messages.received", "447"), ("messages.answered", "440")],
    );
    assert_facts("顺利推进12345热线平台建设，全年已接工单746件。", &[("hotline.received", "746")]);
    assert_facts("12345政务服务热线共收到诉求2919件，办结2900件。", &[("hotline.received", "2919")]);
}

#[test]
fn requests_are_told_from_their_outcomes() {
    assert_facts(
        "全年共收到依申请公开14件（其中信件申请10件，网络申请4件），已办结12件，2件结转下年办理。",
        &[("requests.received", "14"), ("requests.concluded", "12"), ("requests.carried_forward", "2")],
    );
    assert_facts(
        "新收到政府信息公开申请78件，上年结转3件，予以公开40件，部分公开5件，不予公开6件。",
        &[
            ("requests.received", "78"),
            ("requests.carried_over", "3"),
            ("requests.granted", "40"),
            ("requests.partly_granted", "5"),
            ("requests.denied", "6"),
        ],
    );
    assert_facts(
        "受理依申请公开9件，涉及国家秘密不予公开1件，涉及第三方不予公开2件。",
        &[("requests.received", "9")],
    );
    let outcomes = report("全县受理依申请公开件255件，其中予以公开71件、部分公开5件、不予公开28件。");
    let stated = |id: &str| outcomes.statements.iter().any(|statement| statement.indicator == id);
    assert!(stated("requests.granted") && stated("requests.partly_granted") && stated("requests.denied"));
    assert!(outcomes.figures.is_empty(), "a sentence is no table");
    assert_facts("全镇收到2件需要答复的依申请公开件。", &[("requests.received", "2")]);
    assert_facts("依申请公开信息54条。", &[]);
}

#[test]
fn reviews_need_disclosure_for_their_subject() {
    assert_facts(
        "因政府信息公开引起的行政复议9件，行政诉讼3件。",
        &[("reviews.reconsideration", "9"), ("reviews.litigation", "3")],
    );
    assert_facts(
        "依申请公开答复率100%，行政诉讼、行政复议0件。",
        &[("reviews.reconsideration", "0"), ("reviews.litigation", "0")],
    );
    assert_facts("受理信访举报、行政复议及行政诉讼5件。", &[]);
    assert_facts(
        "政府信息公开行政复议10件，其中结果维持7件，结果纠正3件。",
        &[("reviews.reconsideration", "10")],
    );
}

#[test]
fn events_are_counted() {
    assert_facts("举办政务公开培训班2期110余人。", &[("training.sessions", "2"), ("training.people", "110")]);
    assert_facts(
        "召开新闻发布会8场次，编发《甲县人民政府公报》6期。",
        &[("press_conferences", "8"), ("gazette_issues", "6")],
    );
    assert_facts("举办“助企纾困”“乡村振兴”等新闻发布会12场。", &[("press_conferences", "12")]);
    assert_facts("发布政策解读21篇，解读率100%。", &[("interpretations", "21")]);
    assert_facts("截至目前，全县在运维政务新媒体共计95个。", &[("new_media_accounts", "95")]);
    assert_facts("政府网站访问量达3万余人次。", &[("website_visits", "30000")]);
}

#[test]
fn time_owner_and_coverage_are_told() {
    let first = |text: &str| statements(text).into_iter().next().unwrap();
    assert_eq!(first("2021年，全县发布公告3期。").period, Period::ThisYear);
    assert_eq!(first("去年发布公告3期。").period, Period::Earlier);
    assert_eq!(first("2019年发布公告3期。").period, Period::Earlier);
    assert_eq!(first("明年计划发布公告3期。").period, Period::Future);
    assert_eq!(first("开通以来发布公告3期。").period, Period::Cumulative);
    assert_eq!(first("发布公告3期。").period, Period::Unknown);
    assert_eq!(first("全县发布公告3期。").scope, ScopeKind::WholeArea);
    assert_eq!(first("我局发布公告3期。").scope, ScopeKind::Organ);
    assert_eq!(first("全县发布公告3期。").whose, Whose::Subject);
    assert_eq!(first("其中发布公告3期。").whose, Whose::Part);
    assert_eq!(first("县水务局发布公告3期。").whose, Whose::Part);
    assert_eq!(first("全省发布公告3期。").whose, Whose::Other);
}

#[test]
fn a_flood_of_numbers_is_bounded() {
    let text = "发布信息1条，".repeat(9_000);
    assert_eq!(statements(&text).len(), super::STATEMENTS_MAX);
    let one = "9".repeat(100_000);
    assert!(statements(&one).is_empty());
    let quote = statements(&format!("{}共发布信息3条。", "公开".repeat(5_000)));
    assert!(quote.iter().all(|statement| statement.quote.chars().count() <= 200));
}

#[test]
fn sums_and_accounts_count_what_was_published() {
    let total = |value| [("published.total", value)];
    assert_facts("2021年，公开信息共计147条。", &total("147"));
    assert_facts("2021年，累计发布各类信息90条。", &total("90"));
    assert_facts("2021年，发布信息90条。", &[]);
    assert_facts("通过审计信息专栏公开政府信息16条。", &[]);
    assert_facts("县门户网站和微信公众号共发布信息310条。", &[]);
    assert_facts("共公开政府信息50条，其中主动公开政府信息32条。", &total("50"));
    assert_facts("各乡主动公开政府信息50条，各镇主动公开政府信息32条。", &[]);
    assert_facts("全县信息50条，县政府主动公开政府信息100条，县直主动公开政府信息320条。", &[]);
    assert_facts("《甲县政府信息主动公开标准》总计80条。", &[]);
    assert_facts("“甲县发布”微信公众号发布稿件533条。", &[("published.wechat", "533")]);
    assert_facts(
        "官方微信公众号发文44条，微博转发信息30条。",
        &[("published.wechat", "44"), ("published.weibo", "30")],
    );
    assert_facts("政务网站信息796条。", &[("published.website", "796")]);
    assert_facts("政务网站收到信息796条。", &[]);
    assert_facts("网站设置公开专栏6个，发布栏目信息36条。", &[]);
}

#[test]
fn other_counts_are_told_by_their_words() {
    assert_facts("发布信息12条，其中政策解读3条。", &[("interpretations", "3")]);
    assert_facts("发布政策解读12篇，其中图解5篇。", &[("interpretations", "12")]);
    assert_facts("发布政策文件及解读6条。", &[]);
    assert_facts("参加新闻发布会4场。", &[("press_conferences", "4")]);
    assert_facts("参加省政府新闻发布会、全国新闻发布会4场。", &[]);
    assert_facts("办理12345政务服务热线工单292件。", &[("hotline.received", "292")]);
    assert_facts("12345热线办件6件。", &[("hotline.received", "6")]);
    assert_facts("共收到10件依申请公开请求。", &[("requests.received", "10")]);
    assert_facts("收到公民以信函、传真等形式的依申请公开3件。", &[("requests.received", "3")]);
    assert_facts("收到信函申请政府信息公开3件。", &[]);
    assert_facts(
        "主动公开政府信息21条，依申请公开0件。",
        &[("published.total", "21"), ("requests.received", "0")],
    );
    assert_facts(
        "2021年，行政复议0件，行政诉讼0件。",
        &[("reviews.reconsideration", "0"), ("reviews.litigation", "0")],
    );
    assert_facts("2021年，行政复议5件，行政诉讼3件。", &[]);
    assert_facts("收到政府信息公开申请一件，已办理完毕。", &[("requests.received", "1")]);
    assert_facts("编印《甲市人民政府公报》12期。", &[("gazette_issues", "12")]);
    let found = statements("收到申请5件，结转2022年度继续办理2件；行政复议案件1起。");
    assert!(found.iter().all(|it| it.period != Period::Future), "{found:?}");
}

#[test]
fn a_total_behind_its_channels_is_the_whole() {
    assert_facts(
        "通过县政府网站公开政府信息30条，通过“甲县发布”微信公众号公开信息12条，共主动公开政府信息42条。",
        &[("published.website", "30"), ("published.wechat", "12"), ("published.total", "42")],
    );
    assert_facts("通过微信公众号推送专题3期，共公开政府信息42条。", &[]);
    assert_facts("全年共发布规范性文件、政策解读、财政资金等政务信息310条。", &[("published.total", "310")]);
    assert_facts("全年公开各类信息310条，其中工作动态200条。", &[("published.total", "310")]);
    assert_facts("在政府门户网站工作动态发布信息32条，通知公告发布信息5条。", &[]);
    assert_facts("微信公众号发布信息90条；微博账号（1个）也在运行。", &[("published.wechat", "90")]);
    assert_facts("“甲县政务”微信订阅号发布信息79条。", &[("published.wechat", "79")]);
}

#[test]
fn what_a_word_of_publishing_counts_is_no_proposal() {
    assert_facts("“政策法规”发布量22条，“建议提案办理”发布量30条。", &[]);
    assert_facts("开展政策解读20次，政策解读培训2次。", &[("interpretations", "20")]);
}

#[test]
fn a_way_of_asking_that_nobody_took_is_no_denial() {
    assert_facts(
        "依申请公开情况。全年共收到社会各界4宗政府信息公开申请，无线下申请。",
        &[("requests.received", "4")],
    );
    assert_facts("及时回复热心网民留言10条。", &[("messages.answered", "10")]);
    assert_facts("受理依申请公开12件，予以公开及部分公开的有6件。", &[("requests.received", "12")]);
    assert_facts("共收到并妥善处理依申请公开申请13件。", &[("requests.received", "13")]);
}

#[test]
fn a_comparison_is_over_with_its_clause() {
    let periods = |text: &str| -> Vec<Period> { statements(text).iter().map(|found| found.period).collect() };
    let (this, earlier) = (Period::ThisYear, Period::Earlier);
    assert_eq!(
        periods("2021年，公开信息45条，较2020年增长59%，其中公告2条，动态43条。"),
        [this, this, this, this]
    );
    assert_eq!(
        periods("2021年，收到申请22件，比2020年（31件）下降29%，答复22件。"),
        [this, earlier, this, this]
    );
    assert_facts(
        "2021年，全年共收到政府信息公开申请9件，比2020年（5件）增长80%，答复8件，剩余1件结转下年度办理。",
        &[("requests.received", "9"), ("requests.carried_forward", "1")],
    );
}

#[test]
fn the_parts_of_a_report_are_of_no_time() {
    for text in [
        "本报告由概述、2022年工作思路等七个部分组成。",
        "2021年，本报告由总体情况和下一步工作计划共五个部分组成。",
    ] {
        assert_eq!(statements(text).remove(0).period, Period::Unknown, "{text}");
    }
}

#[test]
fn marks_that_a_converter_left_are_no_ends() {
    let found = statements("全年通过政府网站主动发布信息共?1340条?，召开新闻发布会?1场?。");
    let facts: Vec<_> = found.iter().map(|found| (found.indicator.as_str(), found.unit.as_str())).collect();
    assert_eq!(facts, [("published.website", "条"), ("press_conferences", "场")]);
    assert_eq!(found[0].quote, "全年通过政府网站主动发布信息共?1340条");
}

#[test]
fn a_kind_of_entries_is_no_work_done() {
    assert_facts(
        "2021年，公开政府信息57条：其中公告4条，占7.02%；建议提案办理1条，占1.75%。",
        &[("published.total", "57")],
    );
    let found = statements("公开信息30条，其中动态1条，组织机构信息3条，财政信息2条。");
    assert!(found[1..].iter().all(|found| found.whose == Whose::Part), "{found:?}");
}

#[test]
fn what_only_helps_is_not_the_medium() {
    assert_facts(
        "以政府网站为第一平台，政务新媒体和其他形式为补充，全年主动公开政府信息8697条。",
        &[("published.total", "8697")],
    );
    assert_facts("通过政府网站公开财政、教育等群众关心关注的信息共计86条。", &[("published.website", "86")]);
    // One ground of several, and not all that could not be provided.
    assert_facts("收到政府信息公开申请9件，信息不存在3件，属于执法案卷2件。", &[("requests.received", "9")]);
    assert_facts("办理依申请公开工作中，未向申请人收取费用。", &[("requests.fees", "0")]);
}

#[test]
fn a_bracket_of_the_unit_is_quoted_whole() {
    let found = statements("全年刊稿630余篇（条）。");
    assert_eq!(found[0].quote, "全年刊稿630余篇（条）");
}

#[test]
fn requests_are_carried_from_and_to_years_by_number() {
    assert_facts(
        "收到政府信息公开申请19件，上年结转2件，办结18件，3件结转到2022年度办理。",
        &[
            ("requests.received", "19"),
            ("requests.carried_over", "2"),
            ("requests.concluded", "18"),
            ("requests.carried_forward", "3"),
        ],
    );
    assert_facts(
        "收到政府信息公开申请3项，结转2020年度申请1件。",
        &[("requests.received", "3"), ("requests.carried_over", "1")],
    );
    assert_facts(
        "收到政府信息公开申请10件，2020年结转政府信息公开申请2件，共办结10件，结转2022年度继续办理2件。",
        &[
            ("requests.received", "10"),
            ("requests.carried_over", "2"),
            ("requests.concluded", "10"),
            ("requests.carried_forward", "2"),
        ],
    );
    assert_facts(
        "收到政府信息公开申请3件，无上年结转政府信息公开申请。",
        &[("requests.received", "3"), ("requests.carried_over", "0")],
    );
}

#[test]
fn kinds_that_are_listed_are_parts() {
    let parts =
        |text: &str| -> Vec<Whose> { statements(text).iter().skip(1).map(|found| found.whose).collect() };
    for text in [
        "公开政府信息160条，其中，政务59条；人事1条；人口计划和生育、妇女儿童28条；监察信息2条。",
        "公开政府信息272条，分布情况为：公告类103条，文件类1条，规划类2条。",
    ] {
        let found = parts(text);
        assert!(2 < found.len() && found.iter().all(|whose| *whose == Whose::Part), "{text} {found:?}");
        assert_facts(text, &[("published.total", if text.contains("160") { "160" } else { "272" })]);
    }
    assert!(
        statements("公开信息160条，人口计划和生育28条。").iter().all(|found| found.period != Period::Future)
    );
}

#[test]
fn one_column_of_a_site_is_not_the_site() {
    assert_facts("在县门户网站财政信息专栏公开政府信息13篇，在信用专栏公开信息36篇。", &[]);
    assert_facts("在政府网站政府信息公开专栏发布信息514条。", &[("published.website", "514")]);
    assert_facts(
        "通过政府网站、国家企业信用信息系统等渠道主动公开政府信息2425条。",
        &[("published.total", "2425")],
    );
    assert_eq!(quantities("构建“网站+新媒体+线下”三位一体平台。"), Vec::<String>::new());
}

#[test]
fn outcomes_of_requests_are_no_publishing() {
    assert_facts(
        "收到政府信息公开申请7件，予以公开1件，无法提供4件，已通过网站对外公开1件，不予公开1件。",
        &[
            ("requests.received", "7"),
            ("requests.granted", "1"),
            ("requests.unavailable", "4"),
            ("requests.denied", "1"),
        ],
    );
    assert_facts(
        "收到政府信息公开申请58件，上年结转3件，共计61件，办结59件。",
        &[("requests.received", "58"), ("requests.carried_over", "3"), ("requests.concluded", "59")],
    );
}

#[test]
fn accounts_of_another_year_are_published_in_this_one() {
    let found =
        statements("2021年，公开信息13条，其中动态10条，2021年度预算、2020年度决算信息2条，更新简介1条。");
    assert!(found.iter().all(|found| found.period == Period::ThisYear), "{found:?}");
}

#[test]
fn what_is_counted_up_to_a_date_is_the_years_only_where_it_says_so() {
    for open in [
        "截止2021年12月末，累计主动公开政府信息457条。",
        "截至目前，累计主动公开政府信息457条。",
        "截至2021年12月31日，累计收到政府信息公开申请7件。",
    ] {
        assert_facts(open, &[]);
        assert_eq!(statements(open)[0].period, Period::Unknown, "{open}");
    }
    assert_eq!(
        statements("自2019年以来，截至2021年12月31日累计主动公开政府信息457条。")[0].period,
        Period::Cumulative
    );
    for own in [
        "2021年，截至12月底，累计主动公开政府信息457条。",
        "截至2021年12月31日，本年度累计主动公开政府信息457条。",
        "截至2021年底，全年累计主动公开政府信息457条。",
        "截至2021年底，共主动公开政府信息457条。",
        "2021年，累计主动公开政府信息457条。",
    ] {
        assert_facts(own, &[("published.total", "457")]);
    }
}

#[test]
fn a_part_of_the_year_is_not_the_year() {
    for part in [
        "2021年上半年，我局主动公开政府信息25条。",
        "一季度主动公开政府信息25条。",
        "每月主动公开政府信息25条。",
        "12月份，主动公开政府信息25条。",
        "2021年12月，主动公开政府信息25条。",
    ] {
        assert_facts(part, &[]);
    }
    for whole in [
        "每月检查制度落实，全年主动公开政府信息25条。",
        "2021年1至12月，主动公开政府信息25条。",
        "2021年1月至2021年12月，主动公开政府信息25条。",
        "下半年开展检查，共主动公开政府信息25条。",
    ] {
        assert_facts(whole, &[("published.total", "25")]);
    }
}

#[test]
fn what_counts_nothing_whole_states_nothing() {
    assert_facts("共收到政府信息公开申请1?2件。", &[]);
    assert_facts("共收到政府信息公开申请?12件。", &[("requests.received", "12")]);
    assert_facts("共收到政府信息公开申请1.5件。", &[]);
    assert_facts("目标是主动公开政府信息500条。", &[]);
    // A row of the form that no separator parts from its values.
    assert_facts("1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请,0,0,0", &[]);
    assert!(statements("公开政府信息20条以上。")[0].approximate);
}
