//! Names around a report and in its first words, for reports whose title and preamble name nobody.

use super::title::is_navigation;
use super::{Opening, body, government};
use crate::bodies::{is_body_name, is_township, kind, region_bytes, region_range};
use crate::lines::without_spaces;
use gongkai_model::{Body, BodyKind};
use gongkai_regions::names_at;

/// Names that stand around the report or in its first words, the best first.
pub(super) fn further_names(opening: &Opening<'_>) -> Vec<String> {
    let document = opening.document;
    let page = [&document.page.publisher, &document.page.title, &document.page.source];
    let mut names: Vec<String> = Vec::new();
    for quoted in page.into_iter().flatten() {
        names.extend(quoted.text.split(['_', '|', '-', '—', '>', '/']).map(without_spaces));
    }
    let paragraphs: Vec<String> = opening
        .preamble
        .iter()
        .chain(&opening.first_text)
        .map(|line| without_spaces(document.text.slice(&line.text)))
        .collect();
    names.extend(paragraphs.iter().filter_map(|text| opening_name(text)).map(str::to_owned));
    names.extend(paragraphs.iter().filter_map(|text| contact(text)).map(str::to_owned));
    for line in opening.head {
        let text = document.text.slice(&line.text);
        if is_navigation(text) {
            names.extend(text.split(['>', '»', '›', '|', '＞', '→', '/']).map(without_spaces));
        }
    }
    names.extend(paragraphs.iter().filter_map(|text| site(text)).map(str::to_owned));
    names.retain(|name| !name.is_empty());
    names
}

/// The subject that those names give: the first body; the township or the government whose office is asked.
pub(super) fn subject_around(opening: &Opening<'_>, names: &[String], region: &str) -> Body {
    let Some(name) = names.iter().find(|name| is_body_name(name)) else {
        let area = names.iter().find(|name| is_township(name) && region_bytes(name) == name.len());
        // A report that speaks of no bureau and no township of its own is that of the area on whose site it stands.
        let is_organ = paragraphs(opening).any(|text| ORGANS.iter().any(|organ| text.contains(organ)));
        let area = area.map(String::as_str).or(Some(region).filter(|region| !region.is_empty() && !is_organ));
        return area.map_or_else(Body::default, government);
    };
    let area = &name[region_range(name)];
    if is_township(area) && name.len() <= area.len() + "人民政府".len() {
        return body(name.clone(), None);
    }
    let of_area: Vec<String> = region.chars().last().map_or_else(Vec::new, |kind| {
        ["我", "全"]
            .iter()
            .map(|whose| format!("{whose}{kind}"))
            .chain(["各县", "各乡", "各镇"].map(str::to_owned))
            .collect()
    });
    let speaks_of_area =
        paragraphs(opening).any(|text| of_area.iter().any(|words| text.contains(words.as_str())));
    let is_office = matches!(kind(name), BodyKind::Department | BodyKind::GeneralOffice)
        && (name.contains("公开") || name.contains("政府办公"));
    if is_township(area) || (is_office && speaks_of_area && !region.is_empty()) {
        return government(if is_township(area) { area } else { region });
    }
    body(name.clone(), None)
}

/// How organs that are no governments speak of themselves.
const ORGANS: [&str; 12] =
    ["我局", "我镇", "我乡", "我街道", "我委", "我办", "我院", "我队", "我中心", "我厅", "本单位", "本局"];

fn paragraphs<'a>(opening: &'a Opening<'_>) -> impl Iterator<Item = &'a str> {
    let lines = opening.preamble.iter().chain(&opening.first_text);
    lines.map(|line| opening.document.text.slice(&line.text))
}

/// Whom to ask: 请与某县大街乡信息公开领导小组办公室联系.
fn contact(text: &str) -> Option<&str> {
    ["请与", "请联系", "请向", "请咨询", "直接与"].iter().find_map(|ask| {
        let rest = text.split_once(ask)?.1.trim_start_matches(['：', ':']);
        let end = rest.find(['，', ',', '（', '(', '。', '；', '：', ':']).unwrap_or(rest.len());
        let said = &rest[..end];
        Some(said.split_once("联系").map_or(said, |(name, _)| name)).filter(|name| is_body_name(name))
    })
}

/// The government on whose site the report stands: 在某市人民政府门户网站公布.
fn site(text: &str) -> Option<&str> {
    const SITES: [&str; 4] = ["人民政府门户网站", "政府门户网站", "人民政府网站", "政府网站"];
    SITES.iter().find_map(|site| {
        let (before, _) = text.split_once(site)?;
        let starts = before.char_indices().rev().take(12).map(|(byte, _)| byte);
        let full = |start: usize| {
            names_at(&before[start..]).any(|(name, division)| {
                start + name.len() == before.len() && name.len() == division.name().len()
            })
        };
        starts.filter(|&start| full(start)).last().map(|start| &before[start..])
    })
}

/// Who acts in the first sentence that begins with a year: 2021年，某街道办事处认真贯彻….
fn opening_name(text: &str) -> Option<&str> {
    const ACTS: [&str; 20] = [
        "认真",
        "坚持",
        "深入",
        "严格",
        "按照",
        "紧紧",
        "全面",
        "高度",
        "积极",
        "主动",
        "根据",
        "切实",
        "共",
        "继续",
        "以",
        "在",
        "政府信息",
        "信息公开",
        "贯彻",
        "政务",
    ];
    text.match_indices('年').find_map(|(at, year)| {
        let digits = text[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
        let begins =
            text[..at - digits].is_empty() || text[..at - digits].ends_with(['。', '）', ')', '：', '；']);
        if digits != 4 || !begins {
            return None;
        }
        let rest = text[at + year.len()..].trim_start_matches(['度', '以', '来', '，', ',']);
        let end = ACTS.iter().filter_map(|act| rest.find(act)).min()?;
        let name = &rest[..end];
        (is_body_name(name) || (!name.is_empty() && region_bytes(name) == name.len())).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_first_words() {
        assert_eq!(opening_name("2021年，乙路街道办事处认真贯彻条例。"), Some("乙路街道办事处"));
        assert_eq!(opening_name("（一）主动公开。2022年甲市教育局全面贯彻条例。"), Some("甲市教育局"));
        assert_eq!(opening_name("2021年，我局认真贯彻条例。"), None);
        assert_eq!(opening_name("2021年，在县委的领导下，甲县认真贯彻条例。"), None);
        assert_eq!(
            contact("如有疑问，请与甲县乙乡人民政府办公室联系（电话：1）"),
            Some("甲县乙乡人民政府办公室")
        );
        assert_eq!(contact("请与我镇联系。"), None);
        assert_eq!(site("全文在西安市人民政府门户网站公布"), Some("西安市"));
        assert_eq!(site("全文在本县人民政府网站公布"), None);
    }
}
