//! Whether the tables follow the form of the year and of the notice that the report cites.

use crate::checked::{Audited, Checked, Failure};
use crate::prose::{Mark, Notice, notice_in};
use gongkai_forms::{Form, prescribed};
use gongkai_model::FormId;
use std::sync::LazyLock;

/// The first reporting year under the Regulations as revised in 2019.
pub(crate) const REVISED_REGULATIONS_YEAR: u16 = 2019;

/// The notice that prescribes each form, as the form's title names it.
static NOTICES: LazyLock<Vec<(FormId, Notice)>> = LazyLock::new(|| {
    let notice = |form: &Form| Some((form.id, notice_in(&form.title_zh)?));
    gongkai_forms::all().iter().filter_map(notice).collect()
});

/// The form that the tables follow is the one prescribed for the year.
pub(crate) fn year(audited: &Audited<'_>) -> Checked {
    let (Some(year), Some(form)) = (audited.report.year, audited.form) else { return Checked::silent() };
    if form.years.contains(&year) {
        return Checked::holds();
    }
    let (found, first) = (form.id.name(), form.years.start());
    let (mut zh, mut en) = (
        format!("报告年度为{year}年，表格却是{found}年格式（自{first}年度起使用"),
        format!(
            "the report is for {year}, but its tables follow the form of {found} (for reports from {first}"
        ),
    );
    if *form.years.end() < u16::MAX {
        zh.push_str(&format!("，至{}年度止", form.years.end()));
        en.push_str(&format!(" to {}", form.years.end()));
    } else {
        en.push_str(" on");
    }
    zh.push('）');
    en.push(')');
    if let Some(right) = prescribed(year) {
        zh.push_str(&format!("，应使用{}年格式", right.id.name()));
        en.push_str(&format!("; the form of {} is prescribed", right.id.name()));
    }
    Checked::fails(Failure { zh, en, ..Failure::default() })
}

/// A report of a year whose form is the report's own has tables of some official form.
pub(crate) fn tables(audited: &Audited<'_>) -> Checked {
    let year = audited.report.year.filter(|year| REVISED_REGULATIONS_YEAR <= *year);
    let Some((year, right)) = year.and_then(|year| Some((year, prescribed(year)?))) else {
        return Checked::silent();
    };
    if audited.report.form != FormId::None {
        return Checked::holds();
    }
    // The first table stands in the second part.
    if audited.shown_before_cut.is_some_and(|shown| shown <= 2) {
        return Checked::silent();
    }
    Checked::fails(Failure {
        zh: format!("{year}年度报告应附{}年格式的表格，文件中未识别出统一格式的表格", right.id.name()),
        en: format!(
            "a report for {year} carries the tables of the form of {}; none were recognised in the document",
            right.id.name()
        ),
        ..Failure::default()
    })
}

/// The forms whose notices the text cites.
fn cited(audited: &Audited<'_>) -> Vec<(FormId, Notice)> {
    let notices = audited.prose.marks().filter_map(|(mark, _)| match mark {
        Mark::Notice(notice) => NOTICES.iter().find(|(_, known)| *known == notice).copied(),
        _ => None,
    });
    notices.collect()
}

/// The tables are those of a notice that the report cites.
pub(crate) fn notice(audited: &Audited<'_>) -> Checked {
    let cited = cited(audited);
    let Some((_, other)) = cited.first().filter(|_| audited.form.is_some()) else { return Checked::silent() };
    let form = audited.report.form;
    if cited.iter().any(|(cited, _)| *cited == form) {
        return Checked::holds();
    }
    Checked::fails(Failure {
        zh: format!(
            "报告引用的是国办公开办函〔{}〕{}号，所用表格却是{}年格式",
            other.year,
            other.number,
            form.name()
        ),
        en: format!(
            "the report cites 国办公开办函〔{}〕{}号, but its tables follow the form of {}",
            other.year,
            other.number,
            form.name()
        ),
        ..Failure::default()
    })
}

/// The notice that the report cites is the one for its year.
pub(crate) fn notice_superseded(audited: &Audited<'_>) -> Checked {
    let cited = cited(audited);
    let right = audited.report.year.and_then(prescribed);
    let (Some((_, other)), Some(right)) = (cited.first(), right) else { return Checked::silent() };
    if cited.iter().any(|(cited, _)| *cited == right.id) {
        return Checked::holds();
    }
    Checked::fails(Failure {
        zh: format!(
            "报告引用的国办公开办函〔{}〕{}号不适用于本年度，应按{}编制",
            other.year, other.number, right.title_zh
        ),
        en: format!(
            "国办公开办函〔{}〕{}号, which the report cites, is not for its year; it follows the form of {}",
            other.year,
            other.number,
            right.id.name()
        ),
        ..Failure::default()
    })
}

/// From 2019 on the Regulations are cited as revised.
pub(crate) fn old_regulations(audited: &Audited<'_>) -> Checked {
    if audited.report.year.is_none_or(|year| year < REVISED_REGULATIONS_YEAR) {
        return Checked::silent();
    }
    let cites = |number: u16| audited.prose.marks().any(|(mark, _)| mark == Mark::Order(number));
    match (cites(492), cites(711)) {
        (false, false) => Checked::silent(),
        (_, true) => Checked::holds(),
        (true, false) => Checked::fails(Failure {
            zh: "报告引用的是修订前的《条例》（国务院令第492号），应引用2019年修订的《条例》（国务院令第711号）".to_owned(),
            en: "the report cites the Regulations before their revision (Order No. 492) instead of those of 2019 (No. 711)"
                .to_owned(),
            ..Failure::default()
        }),
    }
}
