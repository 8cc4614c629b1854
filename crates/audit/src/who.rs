//! The report's title and the bodies that it names.

use crate::checked::{Audited, Checked, Failure};

/// The report has a title.
pub(crate) fn title(audited: &Audited<'_>) -> Checked {
    Checked::unless(audited.report.title.text.is_empty().then(|| Failure {
        zh: "未找到报告的标题".to_owned(),
        en: "no title was found".to_owned(),
        ..Failure::default()
    }))
}

/// The report names who issues it.
pub(crate) fn issuer(audited: &Audited<'_>) -> Checked {
    // Who issues a report may sign it at its end.
    if audited.shown_before_cut.is_some() && audited.report.issuer.name.is_empty() {
        return Checked::silent();
    }
    Checked::unless(audited.report.issuer.name.is_empty().then(|| Failure {
        zh: "标题和落款都没有写明发布单位".to_owned(),
        en: "neither title nor signature names the body that issues the report".to_owned(),
        ..Failure::default()
    }))
}

/// Subject and signatory belong to the same area, as far as their names tell.
pub(crate) fn signatory(audited: &Audited<'_>) -> Checked {
    let (subject, signatory) = (&audited.report.subject.name, &audited.report.signatory.name);
    let (of_subject, of_signatory) = (areas(subject), areas(signatory));
    if of_subject.is_empty() || of_signatory.is_empty() {
        return Checked::silent();
    }
    // A county's office may sign without the city's name, and a city may be named in full or not.
    let meets = of_subject.iter().any(|area| of_signatory.contains(area))
        || of_subject.last().is_some_and(|area| signatory.contains(stem(area)))
        || of_signatory.last().is_some_and(|area| subject.contains(stem(area)));
    Checked::unless((!meets).then(|| Failure {
        zh: format!("报告所属单位为“{subject}”，署名却是“{signatory}”，不属同一地区，请核对"),
        en: format!(
            "the report is about “{subject}”, but signed by “{signatory}” of another area, please check"
        ),
        ..Failure::default()
    }))
}

/// The divisions that a body's name begins with: 甲市, 乙县.
fn areas(name: &str) -> Vec<&str> {
    let mut areas = Vec::new();
    let mut rest = name;
    while let Some((at, c)) = rest
        .char_indices()
        .skip(2)
        .find(|(_, c)| matches!(c, '省' | '市' | '县' | '区' | '旗' | '州' | '盟' | '镇' | '乡'))
    {
        let end = at + c.len_utf8();
        let (area, after) = rest.split_at(end);
        // 市场监督管理局, 区域, 县级: the character is part of a word.
        if after.starts_with(['场', '域', '级', '容', '民', '直']) {
            break;
        }
        areas.push(area);
        rest = after;
    }
    areas
}

/// A division's name without its kind.
fn stem(area: &str) -> &str {
    let end = area.char_indices().next_back().map_or(0, |(at, _)| at);
    area.get(..end).unwrap_or(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_areas_of_a_name_end_where_its_body_begins() {
        assert_eq!(areas("丙丁市甲乙县人民政府"), ["丙丁市", "甲乙县"]);
        assert_eq!(areas("甲乙县市场监督管理局"), ["甲乙县"]);
        assert_eq!(areas("甲乙市政府办公室"), ["甲乙市"]);
        assert!(areas("税务局").is_empty());
    }
}
