//! Words that end as names of bodies do and are a sentence, or the end of one: 建设群众满意机关, 服务改革发展大局, 落到实处.
//! A line that breaks off anywhere may end so.

use crate::needles::Needles;
use std::sync::LazyLock;

/// Ends of words that end like a body's name and name none, by the ending that they share with bodies. Each is long
/// enough for no body to end with it: 国家安全局, 科技创新局 and 交通办 are some.
static NO_BODIES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    [
        "展大局 革大局 心大局 务大局 格局 布局 开新局 破局 时局 变局",
        "省通办 域通办 市通办 好办 快办 一次办 交办 承办 跟踪督办 挂牌督办 代办 帮办 网上办 马上办 掌上办 全程网办 即办 转办 难办 速办",
        "之处 实处 深处 好处 惩处 严肃查处 依法查处 难处 严处 处处",
        "社会 例会 发布会 座谈会 听证会 培训会 推进会 部署会 体会 机会 恳谈会 两会 学习会 动员会",
        "干部 内部 外部 局部 部署 签署 场所 住所 团队 排队 家园 校园 市场 现场 立场 平台 出台 后台",
        "会议室 阅览室 查阅室 家庭 大厅 为中心 绕中心",
        // What a government is to become.
        "法治政府 型政府 阳光政府 透明政府 廉洁政府 数字政府 责任政府 诚信政府 各级政府 智慧政府 效能政府 满意政府 服务政府",
    ]
    .iter()
    .flat_map(|words| words.split(' '))
    .collect()
});

/// Verbs with which a sentence begins and no name does. 优化营商环境办公室 and 创建办 are bodies.
static OPENINGS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    [
        "做好 做到 支持 加强 推动 推进 打造 争创 争做 争当 提升 提高 完善 健全 落实 强化 确保 依托 通过 感谢 欢迎 联系 咨询",
        "抄送 主送 报送 呈报 上报 转发 公布 发布 收到 坚持 成为 作为 邀请 配合 协助 走进 走访 前往 提交 接受 属于 参与",
        "结合 围绕 聚焦 按照 根据 构建 营造 形成 开创 开展 增强 助力 服从",
    ]
    .iter()
    .flat_map(|words| words.split(' '))
    .collect()
});

/// Before 机关 and 海关: what they are to become.
const ADJECTIVES: [&str; 10] = ["智慧", "满意", "阳光", "法治", "廉洁", "模范", "文明", "清廉", "型", "一流"];

/// Words that stand in sentences and in no name.
static SENTENCES: LazyLock<Needles> = LazyLock::new(|| {
    Needles::new(&[
        "发生",
        "没有",
        "不存在",
        "未收",
        "未接",
        "未出现",
        "未产生",
        "未开展",
        "未因",
        "相关",
        "密切",
        "满意",
        "做好",
        "认真",
        "积极",
        "进一步",
        "不断",
        "切实",
        "贯彻",
        "按照",
        "以及",
        "全年",
        "每年",
        "我局",
        "我县",
        "我市",
        "我区",
        "我镇",
        "我乡",
        "我委",
        "我厅",
        "利益",
        "要求",
        "已经",
        "努力",
        "力争",
    ])
});

/// With what names go on behind 建设: 建设局, 建设委员会, 建设和交通委员会, 建设银行, 建设路街道办事处.
const BUILDERS: [&str; 24] = [
    "局", "委", "厅", "部", "和", "与", "银行", "规划", "交通", "管理", "工程", "工作", "项目", "环境",
    "集团", "投资", "控股", "路", "街", "大街", "南路", "北街", "镇", "乡",
];

/// Whether `name`, which ends like that of a body, is part of a sentence.
pub(super) fn is_of_a_sentence(name: &str) -> bool {
    // 甲海关, 甲局机关: no other body is called 关.
    let is_gate = |organ: &str| {
        name.strip_suffix(organ).is_some_and(|before| !ADJECTIVES.iter().any(|word| before.ends_with(word)))
    };
    (name.ends_with('关') && !is_gate("海关") && !is_gate("机关"))
        || NO_BODIES.iter().any(|end| name.ends_with(end))
        || OPENINGS.iter().any(|verb| name.starts_with(verb))
        || name.strip_prefix("建设").is_some_and(|rest| !BUILDERS.iter().any(|word| rest.starts_with(word)))
        || SENTENCES.is_in(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_like_a_name_may_be_a_sentence() {
        for words in [
            "全年未发生与政府信息公开相关",
            "信息公开与群众利益密切相关",
            "建设群众满意机关",
            "支持建设智慧海关",
            "服务改革发展大局",
            "一件事一次办",
            "坚持以人民为中心",
            "建设服务型政府",
            "将各项要求落到实处",
            "回馈社会",
            "省委决策部署",
            "跨省通办",
            "做好信访局",
            "甲县政务服务平台",
            "建设智慧海关",
        ] {
            assert!(is_of_a_sentence(words), "{words}");
        }
        for name in [
            "甲海关",
            "甲县公安局机关",
            "甲县残疾人联合会",
            "甲县人民政府",
            "建设局",
            "建设路街道办事处",
            "甲市建设和交通委员会",
            "甲县群众工作局",
            "甲市国家安全局",
            "甲县文广新局",
            "甲市科技创新局",
            "甲县交通办",
            "甲市节能办",
            "甲市政府督查办",
            "甲市检查处",
            "优化营商环境办公室",
            "创建文明城市办公室",
            "甲市未成年人救助中心",
            "甲县社会工作部",
            "甲县政务服务中心",
            "建设银行甲县支行",
            "甲县市场监督管理局",
        ] {
            assert!(!is_of_a_sentence(name), "{name}");
        }
    }
}
