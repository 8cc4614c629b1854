//! What is taken for a report, and what is not: whole ones, beginnings of one, and texts about one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gongkai_document::{Hint, Limits};

fn is_report(text: &str) -> bool {
    let hint = Hint { name: Some("report.txt"), ..Hint::default() };
    let document = gongkai_document::read(text.as_bytes(), &hint, &Limits::STANDARD).unwrap();
    gongkai_extract::extract(&document).is_ok()
}

#[test]
fn the_beginning_of_a_report_is_one() {
    for text in [
        "某某部2020年政府信息公开工作年度报告\n一、总体情况\n2020年，某某部全面推进政务公开。\n",
        "根据《中华人民共和国政府信息公开条例》规定，现公布某市教育局2025年政府信息公开工作年度报告。\
         本报告所列数据的统计期限自2025年1月1日起至2025年12月31日止。\n",
        "本报告中所列数据的统计时限自2012年1月1日至2012年12月31日，系某市政府信息公开年度报告。\n一、概述\n加强领导。\n",
        "一、总体情况\n2022年，我镇按照政府信息公开要求，主动公开政府信息76条，加强政府信息公开队伍建设，推进政务公开。\n\
         二、主动公开政府信息情况\n",
        "本报告是根据《中华人民共和国政府信息公开条例》，综合我局政务公开工作编制而成。本年度报告使用数据统计范围为2018年1月1日至\
         12月31日。\n一、政府信息公开情况概述\n加强领导。\n",
        "某市统计局政府信息公开报告（2016年）\n2016年，某市统计局认真贯彻条例。\n一、高度重视信息公开工作\n健全了制度。\n",
    ] {
        assert!(is_report(text), "{text}");
    }
}

#[test]
fn what_speaks_about_reports_is_none() {
    for text in [
        "关于做好2022年政府信息公开工作年度报告编制工作的通知\n各单位：\n一、总体要求\n请按时报送。\n二、时间安排\n1月31日前。\n",
        "文字解读：某区某街道办事处2022年政府信息公开工作年度报告\n一、编制背景\n根据《条例》。\n二、编制依据\n《条例》。\n",
        "某市2022年政府信息公开工作年度报告\n某县2022年政府信息公开工作年度报告\n某区2022年政府信息公开工作年度报告\n",
        "《某镇人民政府2023年政府信息公开工作年度报告》已经向社会公开，现就年报内容进行如下解读。\n一、编制背景\n\
         根据《条例》。\n二、编制依据\n《条例》。\n三、统计期限\n2023年1月1日至2023年12月31日。\n",
        "一、总体情况\n今年以来，全县经济平稳运行。\n二、下一步工作\n抓好春耕。\n",
    ] {
        assert!(!is_report(text), "{text}");
    }
}

#[test]
fn a_report_on_a_part_of_a_year_is_no_annual_one() {
    for text in [
        "甲区民政局2023年上半年政府信息公开工作报告\n一、总体情况\n公开45条。\n二、主动公开政府信息情况\n三、依申请公开情况\n无。",
        "甲县2020年第三季度政府信息公开工作情况报告\n一、概述\n公开5条。\n二、主动公开政府信息情况\n三、依申请公开情况",
        "根据《条例》，现将我局2023年上半年政府信息公开工作情况报告如下。\n一、概述\n公开5条。\n二、主动公开政府信息情况",
    ] {
        assert!(!is_report(text), "{text}");
    }
    // What a year's report says of its halves is its own.
    assert!(is_report(
        "甲县2020年政府信息公开工作年度报告\n一、总体情况\n上半年政府信息公开5条。\n二、主动公开政府信息情况"
    ));
}

#[test]
fn other_documents_on_disclosure_are_no_reports() {
    for text in [
        "甲市2021年政务公开工作要点\n一、总体要求\n编制政府信息公开工作年度报告。\n二、主动公开\n三、依申请公开\n四、保障措施",
        "甲县教育局政府信息公开指南\n一、编排体系\n二、获取形式\n三、工作机构\n四、监督\n政府信息公开工作年度报告在网站公布。",
        "甲县政务公开办公室2021年部门预算\n一、概况\n负责政府信息公开工作年度报告编制工作。\n二、预算安排\n三、其他",
        "甲县政府信息公开工作年度报告制度\n第一条 年度报告包括：一、概述；二、主动公开政府信息情况；三、依申请公开情况；四、复议情况。",
        "甲县水务局政府信息公开目录\n一、机构职能\n二、政策法规\n三、政府信息公开年度报告\n四、规划计划",
        "政府信息公开年度工作报告范文\n一、概述\n本区开展工作。\n二、主动公开政府信息情况",
    ] {
        assert!(!is_report(text), "{text}");
    }
    // Links around a report, and the announcement in its own title.
    for text in [
        "政府信息公开指南\n政府信息公开目录\n现公布甲县水务局2020年政府信息公开工作年度报告。\n一、总体情况\n公开5条。",
        "甲县关于公布2020年政府信息公开工作年度报告的公告\n一、总体情况\n公开5条。\n二、主动公开政府信息情况\n三、其他",
    ] {
        assert!(is_report(text), "{text}");
    }
}
