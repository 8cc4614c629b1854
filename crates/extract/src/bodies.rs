//! Names of government bodies and of administrative divisions, as far as the name itself tells.

use gongkai_model::{BodyKind, Rank};

/// What bodies are called at the end of their names. Longer ones first where one ends another.
const BODY_ENDINGS: [&str; 34] = [
    "人民政府办公室",
    "人民政府办公厅",
    "人民政府",
    "管理委员会",
    "管委会",
    "委员会",
    "办事处",
    "办公室",
    "办公厅",
    "政府",
    "总局",
    "分局",
    "支队",
    "大队",
    "中心",
    "法院",
    "检察院",
    "海关",
    "研究院",
    "总队",
    "监狱",
    "学校",
    "医院",
    "局",
    "厅",
    "委",
    "部",
    "署",
    "院",
    "社",
    "站",
    "所",
    "会",
    "办",
];

/// Words with which the part of a body's name behind its division begins.
const VERTICAL: [&str; 8] =
    ["税务局", "海关", "气象局", "烟草专卖局", "邮政管理局", "海事局", "银保监", "消防救援"];

/// Words of departments that begin as a division's name may end.
const DEPARTMENT_OPENINGS: [&str; 8] = ["市场", "市政", "市容", "市民", "乡村", "乡镇", "区划", "区域"];

/// Whether `name` ends as names of bodies do and holds nothing but a name.
pub(crate) fn is_body_name(name: &str) -> bool {
    let chars = name.chars().count();
    (4..=40).contains(&chars)
        && BODY_ENDINGS.iter().any(|ending| name.ends_with(ending))
        && name.chars().all(|c| {
            ('\u{4e00}'..='\u{9fff}').contains(&c) || matches!(c, '（' | '）' | '(' | ')' | '·' | '、')
        })
        && !name.starts_with(['由', '将', '对', '向', '在', '和', '及', '与', '各', '是', '为', '以'])
        && !name.contains("报告")
        && !name.contains("情况")
}

/// The kind of body of this name.
pub(crate) fn kind(name: &str) -> BodyKind {
    let region = region_bytes(name);
    let behind = &name[region..];
    let township =
        matches!(name[..region].chars().last(), Some('镇' | '乡')) || name[..region].ends_with("街道");
    if name.ends_with("政府") {
        return if township { BodyKind::Township } else { BodyKind::Government };
    }
    if name.ends_with("办事处") {
        return BodyKind::Township;
    }
    if matches!(behind, "人民政府办公室" | "人民政府办公厅" | "政府办公室" | "政府办公厅" | "政府办")
    {
        return if township { BodyKind::Township } else { BodyKind::GeneralOffice };
    }
    if name.ends_with("管委会") || name.ends_with("管理委员会") {
        return BodyKind::DevelopmentZone;
    }
    if VERTICAL.iter().any(|word| name.contains(word)) {
        return BodyKind::VerticallyLed;
    }
    if behind.is_empty() {
        return BodyKind::Other;
    }
    if BODY_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        BodyKind::Department
    } else {
        BodyKind::Other
    }
}

/// The rank of the division of this name. A 市 alone may be a prefecture or a county, so it tells nothing.
pub(crate) fn rank(region: &str) -> Rank {
    const MUNICIPALITIES: [&str; 4] = ["北京市", "天津市", "上海市", "重庆市"];
    let ends = |endings: &[&str]| endings.iter().any(|ending| region.ends_with(ending));
    if MUNICIPALITIES.contains(&region) || ends(&["省", "自治区"]) {
        Rank::Province
    } else if ends(&["街道", "镇", "乡"]) {
        Rank::Township
    } else if ends(&["自治州", "州", "地区", "盟"]) {
        Rank::Prefecture
    } else if ends(&["开发区", "实验区", "示范区", "新区", "管理区", "园区", "合作区"]) {
        Rank::Unknown
    } else if ends(&["县", "旗", "区"]) {
        Rank::County
    } else {
        Rank::Unknown
    }
}

/// The bytes of the administrative division that `name` begins with: 荆州市沙市区 of 荆州市沙市区人民政府.
pub(crate) fn region_bytes(name: &str) -> usize {
    const UNIT_CHARS_MAX: usize = 15;
    let characters: Vec<(usize, char)> = name.char_indices().collect();
    let byte_after = |index: usize| characters.get(index + 1).map_or(name.len(), |(byte, _)| *byte);
    let mut end = 0;
    let mut begin_index = 0;
    let mut index = 0;
    while index < characters.len() && index - begin_index < UNIT_CHARS_MAX {
        let (_, character) = characters[index];
        let here = &name[characters[begin_index].0..byte_after(index)];
        let is_unit = match character {
            '省' | '市' | '州' | '盟' | '县' | '旗' | '镇' | '乡' => true,
            // 地区, 自治区, 开发区 and districts; 社区 is none.
            '区' => !here.ends_with("社区"),
            '道' => here.ends_with("街道"),
            _ => false,
        };
        // 县市场监督管理局 begins behind 县: 市 opens the department's name.
        let opens_department = |rest: &str| DEPARTMENT_OPENINGS.iter().any(|words| rest.starts_with(words));
        let behind = &name[byte_after(index)..];
        // 杭州市, 兴城市: a division's name may hold the word of another kind; the longer one counts.
        let goes_on = behind.starts_with(['市', '县', '区', '州', '旗', '镇', '乡'])
            && !opens_department(behind)
            && character != '县'
            && !(character == '市' && behind.starts_with('市'));
        let is_long_enough = begin_index < index;
        if is_unit && is_long_enough && !opens_department(&name[characters[index].0..]) && !goes_on {
            end = byte_after(index);
            begin_index = index + 1;
        }
        index += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str) -> &str {
        &name[..region_bytes(name)]
    }

    #[test]
    fn divisions_are_cut_from_names_of_bodies() {
        for (name, expected) in [
            ("桃源县人民政府办公室", "桃源县"),
            ("杭州市", "杭州市"),
            ("杭州市教育局", "杭州市"),
            ("兰州新区管委会", "兰州新区"),
            ("西安市高陵区行政审批服务局", "西安市高陵区"),
            ("高陵区通远街道办事处", "高陵区通远街道"),
            ("某县市场监督管理局", "某县"),
            ("某某市市场监督管理局", "某某市"),
            ("望潮区市场监督管理局", "望潮区"),
            ("荆州市沙市区人民政府", "荆州市沙市区"),
            ("黔中综合实验区", "黔中综合实验区"),
            ("黔东南苗族侗族自治州人民政府", "黔东南苗族侗族自治州"),
            ("北京市发展和改革委员会", "北京市"),
            ("教育部", ""),
        ] {
            assert_eq!(region(name), expected, "{name}");
        }
    }

    #[test]
    fn kinds_and_ranks_follow_from_names() {
        assert_eq!(kind("桃源县人民政府"), BodyKind::Government);
        assert_eq!(kind("桃源县人民政府办公室"), BodyKind::GeneralOffice);
        assert_eq!(kind("高陵区行政审批服务局"), BodyKind::Department);
        assert_eq!(kind("沙河镇人民政府"), BodyKind::Township);
        assert_eq!(kind("黔中综合实验区管委会"), BodyKind::DevelopmentZone);
        assert_eq!(kind("国家税务总局某县税务局"), BodyKind::VerticallyLed);
        assert_eq!(rank("荆州市沙市区"), Rank::County);
        assert_eq!(rank("某自治州"), Rank::Prefecture);
        assert_eq!(rank("黔中综合实验区"), Rank::Unknown);
        assert_eq!(rank("某市"), Rank::Unknown);
    }

    #[test]
    fn sentences_are_no_names() {
        assert!(is_body_name("杭州市人民政府办公室"));
        assert!(!is_body_name("由县人民政府办公室"));
        assert!(!is_body_name("无"));
        assert!(!is_body_name("联系电话：办公室"));
    }
}
