//! Names of government bodies: where the division in them ends, and what kind of body they name.

mod sentences;

use gongkai_model::{BodyKind, Rank};
use gongkai_regions::{Division, names_at, townships_named};
use std::ops::Range;

/// What bodies are called at the end of their names.
const BODY_ENDINGS: [&str; 48] = [
    "政府",
    "委员会",
    "管委会",
    "办事处",
    "办公室",
    "办公厅",
    "中心",
    "法院",
    "检察院",
    "海关",
    "监狱",
    "学校",
    "医院",
    "大学",
    "学院",
    "中学",
    "小学",
    "银行",
    "分行",
    "支行",
    "公司",
    "集团",
    "公所",
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
    "队",
    "处",
    "馆",
    "校",
    "团",
    "庭",
    "场",
    "台",
    "室",
    "园",
    "司",
    "关",
    "科",
    "股",
];

/// Bodies that are no organs: 学校, 医院, enterprises, some of which are called 局. Their reports follow other rules.
const NO_ORGANS: [&str; 16] = [
    "大学",
    "学院",
    "中学",
    "小学",
    "学校",
    "幼儿园",
    "医院",
    "卫生院",
    "公司",
    "集团",
    "银行",
    "分行",
    "支行",
    "厂",
    "电业局",
    "供电局",
];

/// Lines that are led from the capital, by words of their names.
const VERTICAL: [&str; 22] = [
    "税务局",
    "海关",
    "气象局",
    "烟草专卖局",
    "邮政管理局",
    "海事局",
    "海事处",
    "银保监",
    "银监局",
    "保监局",
    "证监局",
    "金融监督管理总局",
    "金融监管局",
    "消防救援",
    "调查总队",
    "调查队",
    "通信管理局",
    "地震局",
    "出入境边防检查",
    "矿山安全监察",
    "外汇管理局",
    "国家能源局",
];

/// Names of the organ above with which names of such lines begin.
const HEADS: [&str; 20] = [
    "中共",
    "中国共产党",
    "国家税务总局",
    "中华人民共和国",
    "国家统计局",
    "国家金融监督管理总局",
    "中国银行保险监督管理委员会",
    "中国银保监会",
    "中国银监会",
    "中国保监会",
    "中国证券监督管理委员会",
    "中国证监会",
    "中国人民银行",
    "国家能源局",
    "国家外汇管理局",
    "国家矿山安全监察局",
    "国家移民管理局",
    "国家邮政局",
    "中国民用航空",
    "国网",
];

/// Ministries have no division in their names; these words tell them from bodies that leave theirs out (市教育局).
const NATIONAL: [&str; 26] = [
    "国务院",
    "国家",
    "中国",
    "中华人民共和国",
    "外交部",
    "国防部",
    "教育部",
    "科学技术部",
    "工业和信息化部",
    "公安部",
    "民政部",
    "司法部",
    "财政部",
    "人力资源和社会保障部",
    "自然资源部",
    "国土资源部",
    "生态环境部",
    "环境保护部",
    "住房和城乡建设部",
    "交通运输部",
    "水利部",
    "农业农村部",
    "农业部",
    "商务部",
    "文化和旅游部",
    "应急管理部",
];
const NATIONAL_ENDINGS: [&str; 3] = ["总局", "总署", "审计署"];

/// Words of departments, and others, that begin as a division's name may end: 县市场监督管理局, 市区划办.
const DEPARTMENT_OPENINGS: [&str; 20] = [
    "市场", "市政", "市容", "市民", "市直", "市属", "市域", "乡村", "乡镇", "乡土", "区划", "区域", "区属",
    "区直", "县域", "县直", "县级", "县属", "州级", "镇级",
];

/// Words that stand in names of departments and in none of divisions.
const NO_DIVISION: [&str; 26] = [
    "海关", "标题", "住房", "建设", "规划", "教育", "卫生", "交通", "农业", "农村", "文化", "资源", "民政",
    "财政", "公安", "司法", "委员", "政府", "办公", "监督", "信访", "公开", "公布", "社会", "报告", "情况",
];

/// Ends of names of parks and other zones that are run by a body of that name.
const PARKS: [&str; 7] = ["产业园", "工业园", "科技园", "科技城", "物流园", "创业园", "产业城"];

/// Ends of names of development zones and other areas that are no division (unless the official list has them).
const ZONES: [&str; 17] = [
    "开发区",
    "实验区",
    "试验区",
    "示范区",
    "新区",
    "管理区",
    "园区",
    "合作区",
    "高新区",
    "经开区",
    "保税区",
    "风景区",
    "名胜区",
    "度假区",
    "自贸区",
    "集聚区",
    "综保区",
];

/// With what a part of a sentence begins and hardly any name.
const PARTICLES: [char; 15] =
    ['由', '将', '对', '向', '在', '和', '及', '与', '各', '是', '为', '以', '请', '我', '本'];
/// Those of them with which townships and streets like to begin, too: 和平街道, 向阳镇.
const NAMING_PARTICLES: [char; 2] = ['和', '向'];

/// With what no name begins: pronouns and particles of the sentence around it.
const NO_OPENINGS: [char; 8] = ['我', '的', '请', '该', '其', '您', '这', '们'];
/// What stands before the word of a kind instead of a name: 本街道, 全市, 各县.
const PRONOUNS: [&str; 7] = ["本", "全", "各", "每", "此", "整个", "所有"];

/// Whether the shortest names of departments look like this: 教育局, 卫健委. They do in titles and first words, where
/// a body is expected.
pub(crate) fn is_short_body_name(name: &str) -> bool {
    name.chars().count() == 3
        && name.ends_with(['局', '委'])
        && name.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
        && !name.starts_with(NO_OPENINGS)
        && !name.starts_with(['本', '各', '全', '由', '县', '区', '市', '省', '与', '和', '在', '对'])
}

/// Whether `name` ends as names of bodies do and holds nothing but a name.
pub(crate) fn is_body_name(name: &str) -> bool {
    let chars = name.chars().count();
    // 教育部, 审计署: the shortest names are those of ministries.
    let is_long_enough =
        4 <= chars || (chars == 3 && (NATIONAL.contains(&name) || NATIONAL_ENDINGS.contains(&name)));
    let plain = without_notes(name);
    is_long_enough
        && chars <= 40
        && (BODY_ENDINGS.iter().any(|ending| plain.ends_with(ending)) || is_park(plain))
        && name.chars().all(|c| {
            ('\u{4e00}'..='\u{9fff}').contains(&c) || matches!(c, '（' | '）' | '(' | ')' | '·' | '、')
        })
        && (!name.starts_with(PARTICLES) || opens_with_division(name))
        && !sentences::is_of_a_sentence(plain)
        && !["报告", "情况", "公开机关", "附件", "意见", "网站", "的"].iter().any(|word| name.contains(word))
}

/// Whether what begins like a word of the sentence before it is the name of a division all the same: 和田地区, 向阳镇,
/// 和平街道办事处. 和乙市教育局 is not, nor is 和教育局.
fn opens_with_division(name: &str) -> bool {
    let is_listed =
        |words: &str| names_at(words).any(|(found, division)| found.len() == division.name().len());
    if is_listed(name) {
        return true;
    }
    let Some(rest) = name.strip_prefix(NAMING_PARTICLES) else { return false };
    let built = &name[..built_unit(name)];
    !built.is_empty() && !is_zone(built) && !opens_kind(rest) && !is_listed(rest)
}

/// The kind of body of this name.
pub(crate) fn kind(name: &str) -> BodyKind {
    let name = without_notes(name);
    let region = region_range(name);
    let (division, behind) = (&name[region.clone()], &name[region.end..]);
    let township = is_township(division);
    if is_of_the_party(name, behind) {
        // 乙镇党委、政府 report on the government's work; a committee alone is no organ of administration.
        return match (name.ends_with("政府"), township) {
            (true, true) => BodyKind::Township,
            (true, false) => BodyKind::Government,
            (false, _) => BodyKind::Other,
        };
    }
    if matches!(behind, "人民政府" | "政府" | "行政公署" | "行署")
        || (behind.is_empty() && name.ends_with("政府"))
    {
        return if township { BodyKind::Township } else { BodyKind::Government };
    }
    // 甲区人民政府乙街道办事处, and offices in it
    let below = behind.strip_prefix("人民政府").unwrap_or_default();
    if is_township(&below[..region_bytes(below)]) {
        return BodyKind::Township;
    }
    if name.ends_with("街道办事处") || name.ends_with("街道办") || name.ends_with("公所") {
        return BodyKind::Township;
    }
    let general = ["政府办公室", "政府办公厅", "政府办", "政府党政办公室", "署办公室"]
        .iter()
        .any(|end| behind.ends_with(end));
    let of_disclosure = ["信息公开", "政务公开"].iter().any(|word| behind.contains(word))
        && ["领导小组办公室", "公开办公室", "公开办"].iter().any(|end| behind.ends_with(end));
    if of_disclosure {
        return BodyKind::GeneralOffice;
    }
    if general && behind.chars().count() <= 9 {
        return if township { BodyKind::Township } else { BodyKind::GeneralOffice };
    }
    if township && matches!(behind, "" | "党政办公室" | "党政综合办公室" | "党政办" | "办事处")
    {
        return BodyKind::Township;
    }
    if behind.ends_with("管委会办公室") || behind.ends_with("管理委员会办公室") {
        return BodyKind::GeneralOffice;
    }
    if behind.ends_with("管委会") || behind.ends_with("管理委员会") {
        return BodyKind::DevelopmentZone;
    }
    if VERTICAL.iter().any(|word| behind.contains(word)) || VERTICAL.iter().any(|word| name.starts_with(word))
    {
        return BodyKind::VerticallyLed;
    }
    if is_park(name) {
        return BodyKind::DevelopmentZone;
    }
    if behind.is_empty() || NO_ORGANS.iter().any(|ending| name.ends_with(ending)) {
        return if is_zone(division) { BodyKind::DevelopmentZone } else { BodyKind::Other };
    }
    if BODY_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        BodyKind::Department
    } else {
        BodyKind::Other
    }
}

/// Whether the name is that of a committee of the party, or of its office: 乙镇党委, 中共甲县委员会, 甲县委办公室. `behind`
/// is what stands behind its division.
fn is_of_the_party(name: &str, behind: &str) -> bool {
    ["中共", "中国共产党"].iter().any(|head| name.starts_with(head))
        || ["党委", "党工委"].iter().any(|committee| behind.starts_with(committee))
        || matches!(behind, "委" | "委办" | "委办公室" | "工委" | "工委办公室")
}

/// The rank of a body of this name, as far as the name tells.
pub(crate) fn body_rank(name: &str) -> Rank {
    if NO_ORGANS.iter().any(|ending| name.ends_with(ending)) {
        return Rank::Unknown;
    }
    let region = region_range(name);
    if !region.is_empty() {
        return rank(&name[region]);
    }
    let national = NATIONAL.iter().any(|word| name.starts_with(word))
        || NATIONAL_ENDINGS.iter().any(|ending| name.ends_with(ending));
    if national { Rank::National } else { Rank::Unknown }
}

/// The rank of the division of this name by its last word. A 市 alone may be a prefecture or a county, so it tells
/// nothing.
pub(crate) fn rank(region: &str) -> Rank {
    const MUNICIPALITIES: [&str; 4] = ["北京市", "天津市", "上海市", "重庆市"];
    let ends = |endings: &[&str]| endings.iter().any(|ending| region.ends_with(ending));
    if MUNICIPALITIES.contains(&region) || ends(&["省", "自治区"]) {
        Rank::Province
    } else if is_township(region) {
        Rank::Township
    } else if ends(&["州", "地区", "盟"]) {
        Rank::Prefecture
    } else if is_zone(region) {
        Rank::Unknown
    } else if ends(&["县", "旗", "区"]) {
        Rank::County
    } else {
        Rank::Unknown
    }
}

/// Whether the division of this name is a township.
pub(crate) fn is_township(region: &str) -> bool {
    ["镇", "乡", "街道", "苏木"].iter().any(|ending| region.ends_with(ending)) || is_street(region)
}

/// Whether a 街道 is called by this name without its last character, as some cities do: 甲路街.
fn is_street(region: &str) -> bool {
    region.ends_with('街') && {
        let begins = region.char_indices().map(|(at, _)| at);
        begins.filter_map(|at| region.get(at..)).any(is_listed_street)
    }
}

/// Whether the official list has a 街道 of this name.
fn is_listed_street(name: &str) -> bool {
    3 <= name.chars().count() && townships_named(&format!("{name}道")).next().is_some()
}

/// Whether the name is that of a park or another zone without an organ in it.
fn is_park(name: &str) -> bool {
    PARKS.iter().any(|ending| name.ends_with(ending))
}

/// Whether the area of this name is a development zone, going by its last word.
pub(crate) fn is_zone(region: &str) -> bool {
    ZONES.iter().any(|ending| region.ends_with(ending))
}

/// A name without what stands in brackets behind it: 海关总署（本级机关）.
pub(crate) fn without_notes(name: &str) -> &str {
    let end =
        name.find(['（', '(', '【']).filter(|_| name.ends_with(['）', ')', '】'])).unwrap_or(name.len());
    &name[..end]
}

/// The bytes of the administrative division in the name of a body. It stands at the beginning, or behind the organ
/// above: 国家税务总局高陵区税务局. Empty where there is none.
pub(crate) fn region_range(name: &str) -> Range<usize> {
    let begin = HEADS.iter().find(|head| name.starts_with(**head)).map_or(0, |head| head.len());
    let end = begin + region_bytes(&name[begin..]);
    if begin < end {
        return begin..end;
    }
    // 西安海关, 泸州调查队, 泸州供电局: the short name does where the line has a word of its own.
    let short = names_at(&name[begin..])
        .filter(|(short, _)| {
            let behind = &name[begin + short.len()..];
            VERTICAL.iter().any(|word| behind.starts_with(word)) || matches!(behind, "电业局" | "供电局")
        })
        .last();
    begin..short.map_or(begin, |(short, _)| begin + short.len())
}

/// The bytes of the administrative divisions that `name` begins with: 荆州市沙市区 of 荆州市沙市区人民政府.
pub(crate) fn region_bytes(name: &str) -> usize {
    const UNITS_MAX: usize = 6;
    let mut end = 0;
    for _ in 0..UNITS_MAX {
        match unit(&name[end..]) {
            0 => break,
            bytes => end += bytes,
        }
    }
    end
}

/// The bytes of the one division that `rest` begins with; 0 if it begins with none.
fn unit(rest: &str) -> usize {
    let built = built_unit(rest);
    let known = names_at(rest).map(|(name, division)| known_bytes(rest, name, division)).max().unwrap_or(0);
    // 沙市 is a short name of 沙市区, 城区 begins 城区街道: what goes on with a word of a kind is another name.
    if known == 0 || (known < built && opens_kind(&rest[known..])) { built } else { known }
}

/// Bytes of `rest` that name `division`, if it does so in full: 高陵区, 黔东南州 for 黔东南苗族侗族自治州.
fn known_bytes(rest: &str, name: &str, division: &Division) -> usize {
    if name.len() == division.name().len() {
        return name.len();
    }
    let endings = ["自治州", "自治县", "自治旗", "州", "县", "旗"];
    let is_autonomous = endings[..3].iter().any(|ending| division.name().ends_with(ending));
    let ending = endings.iter().filter(|_| is_autonomous).find(|ending| {
        rest[name.len()..].starts_with(**ending) && division.name().ends_with(&ending[ending.len() - 3..])
    });
    ending.map_or(0, |ending| name.len() + ending.len())
}

/// Whether `rest` begins with the word of a kind of division that belongs to what stands before.
fn opens_kind(rest: &str) -> bool {
    (rest.starts_with(['市', '县', '区', '州', '旗', '镇', '乡'])
        || rest.starts_with("街道")
        || rest.starts_with("苏木"))
        && !DEPARTMENT_OPENINGS.iter().any(|words| rest.starts_with(words))
}

/// The same for divisions that no list has: a few characters up to the word of a kind.
fn built_unit(rest: &str) -> usize {
    const UNIT_CHARS_MAX: usize = 18;
    let mut joins = false;
    for (count, (at, character)) in rest.char_indices().enumerate().take(UNIT_CHARS_MAX) {
        let end = at + character.len_utf8();
        let (here, behind) = (&rest[..end], &rest[end..]);
        if !('\u{3400}'..='\u{9fff}').contains(&character) || matches!(character, '局' | '委' | '厅' | '院')
        {
            return 0;
        }
        joins |= character == '和' && 0 < count;
        let is_unit = match character {
            '省' | '市' | '县' | '旗' | '镇' => true,
            // 某县某某联盟
            '盟' => !here.ends_with("联盟"),
            // 住房和城乡建设局, 社区, 广州海关
            '乡' => !here.ends_with("城乡"),
            '区' => !["社区", "小区", "校区", "库区"].iter().any(|word| here.ends_with(word)),
            '州' => {
                !names_at(here).any(|(name, division)| name == here && name.len() < division.name().len())
            }
            '道' => here.ends_with("街道"),
            '街' => !behind.starts_with('道') && is_listed_street(here),
            '木' => here.ends_with("苏木"),
            _ => false,
        };
        let opens_department = || DEPARTMENT_OPENINGS.iter().any(|words| rest[at..].starts_with(words));
        let goes_on =
            || opens_kind(behind) && character != '县' && !(character == '市' && behind.starts_with('市'));
        if is_unit && 0 < count && !opens_department() && !goes_on() {
            // 街道 alone, 我乡, 本街道, and 城市 in 城市管理局 name no division.
            let stem = here.strip_suffix("街道").unwrap_or(&rest[..at]);
            let pronoun = stem.is_empty()
                // 自治区 alone is what a region calls itself, 开发区 what a zone does.
                || stem == "自治"
                || ZONES.contains(&here)
                // 和市, 和镇: a conjunction; 和县 is listed.
                || stem == "和"
                || (here.ends_with("城市")
                    && ["管理", "建设", "综合", "规划", "更新", "服务", "运行", "执法"]
                        .iter()
                        .any(|word| behind.starts_with(word)))
                || here == "城市"
                || PRONOUNS.contains(&stem)
                // 各乡镇
                || stem == "各乡"
                || stem.starts_with(NO_OPENINGS)
                // 推动了全旗, 服务全市: a pronoun at the end of other words is one, too; 了 ends a verb.
                || (matches!(character, '省' | '市' | '盟' | '县' | '旗' | '州')
                    && stem.ends_with(['全', '本', '我', '各', '该']))
                || stem.char_indices().any(|(at, c)| 0 < at && c == '了');
            if pronoun {
                return 0;
            }
            let too_long = !is_zone(here) && !here.contains("自治") && 8 < count;
            let odd = !is_zone(here) && NO_DIVISION.iter().any(|word| stem.contains(word));
            // 甲和乙镇 are two, unless the official list has such a township or it has an organ of its own: 永和镇人民政府.
            let has_organ = || behind.starts_with("人民政府") || behind.starts_with("办事处");
            let one = || stem.ends_with('和') && stem.chars().count() <= 3 && has_organ();
            let two = joins && !one() && townships_named(here).next().is_none();
            return if too_long || odd || two { 0 } else { end };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str) -> &str {
        &name[region_range(name)]
    }

    #[test]
    fn divisions_are_cut_from_names_of_bodies() {
        for (name, expected) in [
            ("桃源县人民政府办公室", "桃源县"),
            ("杭州市", "杭州市"),
            ("杭州市教育局", "杭州市"),
            ("兰州新区管委会", "兰州新区"),
            ("永和镇财政所", "永和镇"),
            ("甲县永和镇", "甲县永和镇"),
            ("甲乙和乡人民政府", "甲乙和乡"),
            ("甲市和永和镇", "甲市"),
            ("东和乙镇财政所", ""),
            ("西安市高陵区行政审批服务局", "西安市高陵区"),
            ("高陵区通远街道办事处", "高陵区通远街道"),
            ("某县市场监督管理局", "某县"),
            ("某某市市场监督管理局", "某某市"),
            ("望潮区市场监督管理局", "望潮区"),
            ("荆州市沙市区人民政府", "荆州市沙市区"),
            ("黔中综合实验区", "黔中综合实验区"),
            ("黔东南苗族侗族自治州人民政府", "黔东南苗族侗族自治州"),
            ("黔东南州人民政府", "黔东南州"),
            ("镇宁自治县政府", "镇宁自治县"),
            ("北京市发展和改革委员会", "北京市"),
            ("教育部", ""),
            ("市教育局", ""),
            ("某市住房和城乡建设局", "某市"),
            ("某区城乡规划局", "某区"),
            ("某县乡村振兴局", "某县"),
            ("某市城区街道办事处", "某市城区街道"),
            ("甲县乙乡人民政府", "甲县乙乡"),
            ("甲旗乙苏木人民政府", "甲旗乙苏木"),
            ("国家税务总局西安市高陵区税务局", "西安市高陵区"),
            ("国家统计局泸州调查队", "泸州"),
            ("中华人民共和国西安海关", "西安"),
            ("广州海关", "广州"),
            ("某市某城乡一体化示范区管委会", "某市某城乡一体化示范区"),
            ("大兴安岭地区行政公署", "大兴安岭地区"),
            ("镇江市人民政府", "镇江市"),
            ("新乡市人民政府", "新乡市"),
            ("州民政局", ""),
            ("甲区城市管理局", "甲区"),
            ("我乡人民政府", ""),
            ("本街道办事处", ""),
            ("街道办事处", ""),
            ("全市", ""),
            ("本溪市人民政府", "本溪市"),
            ("自治区民政厅", ""),
            ("和平街道办事处", "和平街道"),
            ("和县人民政府", "和县"),
            ("和市教育局", ""),
            ("全州县人民政府", "全州县"),
            ("开发区管委会", ""),
            ("佳荣里街办事处", "佳荣里街"),
            ("甲县步行街管理处", "甲县"),
            ("并向社会公布甲区水务局", ""),
            ("推动了全旗", ""),
            ("服务全市", ""),
            ("甲县各乡镇", "甲县"),
            ("甲县融媒体联盟", "甲县"),
            ("锡林郭勒盟行政公署", "锡林郭勒盟"),
            ("中共甲县乙镇委员会", "甲县乙镇"),
        ] {
            assert_eq!(region(name), expected, "{name}");
        }
    }

    #[test]
    fn kinds_and_ranks_follow_from_names() {
        for (name, expected) in [
            ("桃源县人民政府", BodyKind::Government),
            ("桃源县人民政府办公室", BodyKind::GeneralOffice),
            ("某县政府办", BodyKind::GeneralOffice),
            ("某某盟行政公署", BodyKind::Government),
            ("某某地区行署办公室", BodyKind::GeneralOffice),
            ("某县政府办公室", BodyKind::GeneralOffice),
            ("市人民政府办公室", BodyKind::GeneralOffice),
            ("高陵区行政审批服务局", BodyKind::Department),
            ("沙河镇人民政府", BodyKind::Township),
            ("甲县乙乡人民政府办公室", BodyKind::Township),
            ("甲区乙街道办事处", BodyKind::Township),
            ("甲区乙街道", BodyKind::Township),
            ("黔中综合实验区管委会", BodyKind::DevelopmentZone),
            ("黔中综合实验区管委会办公室", BodyKind::GeneralOffice),
            ("甲市高新技术产业开发区管理委员会", BodyKind::DevelopmentZone),
            ("国家税务总局某县税务局", BodyKind::VerticallyLed),
            ("甲县乙镇党委", BodyKind::Other),
            ("中共甲县委员会", BodyKind::Other),
            ("甲县委办公室", BodyKind::Other),
            ("乙镇党委、政府", BodyKind::Township),
            ("甲市卫生健康委", BodyKind::Department),
            ("甲县气象局", BodyKind::VerticallyLed),
            ("甲市乙区人民政府丙街道办事处", BodyKind::Township),
            ("甲市乙区人民政府丙街道党政办公室综合科", BodyKind::Township),
            ("甲市人民政府信息公开工作领导小组办公室", BodyKind::GeneralOffice),
            ("教育局", BodyKind::Department),
            ("甲县人民医院", BodyKind::Other),
            ("甲市城市建设投资集团有限公司", BodyKind::Other),
            ("甲市公安局交通警察支队", BodyKind::Department),
            ("甲市投资促进中心", BodyKind::Department),
            ("海关总署（本级机关）", BodyKind::VerticallyLed),
            ("佳荣里街", BodyKind::Township),
            ("甲科技产业园", BodyKind::DevelopmentZone),
            ("甲科技产业园服务中心", BodyKind::Department),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
        for (name, expected) in [
            ("荆州市沙市区", Rank::County),
            ("某自治州", Rank::Prefecture),
            ("黔中综合实验区", Rank::Unknown),
            ("某市", Rank::Unknown),
            ("甲旗乙苏木", Rank::Township),
        ] {
            assert_eq!(rank(name), expected, "{name}");
        }
        assert_eq!(body_rank("教育部"), Rank::National);
        assert_eq!(body_rank("国家能源局"), Rank::National);
        assert_eq!(body_rank("甲县人民医院"), Rank::Unknown);
        assert_eq!(body_rank("甲县教育局"), Rank::County);
        assert_eq!(body_rank("市教育局"), Rank::Unknown);
    }

    #[test]
    fn sentences_are_no_names() {
        assert!(is_body_name("杭州市人民政府办公室"));
        assert!(is_body_name("甲市公安局交通警察支队"));
        assert!(!is_body_name("由县人民政府办公室"));
        assert!(is_body_name("教育部"));
        assert!(is_body_name("甲区审批服务办公室（交易委员会办公室）"));
        assert!(is_body_name("和平街道办事处"));
        assert!(is_body_name("向阳镇人民政府"));
        assert!(is_body_name("和田地区行政公署办公室"));
        assert!(is_body_name("将乐县教育局"));
        assert!(!is_body_name("和教育局"));
        assert!(!is_body_name("和市教育局"));
        assert!(!is_body_name("和西安市教育局"));
        assert!(!is_body_name("向县人民政府"));
        assert!(!is_body_name("本镇人民政府"));
        assert!(!is_body_name("无"));
        assert!(!is_body_name("联系电话：办公室"));
        assert!(!is_body_name("本县人民政府"));
    }
}
