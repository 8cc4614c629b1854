//! Forms, rules and indicators as messages.

use gongkai_forms::{CellDefinition, Form, Identity, Indicator, Rule, Table, TableBlock};
use gongkai_wire::v1;

pub(super) fn form_name(form: &Form) -> String {
    format!("forms/{}", form.id.name())
}

/// A form without its tables, cells and identities.
pub(super) fn form_in_short(form: &Form) -> v1::FormDefinition {
    let last = *form.years.end();
    v1::FormDefinition {
        name: form_name(form),
        form: v1::Form::from(form.id).into(),
        version: form.version,
        title_zh: form.title_zh.clone(),
        title_en: form.title_en.clone(),
        first_year: (*form.years.start()).into(),
        last_year: Some(last).filter(|last| *last < u16::MAX).map(i32::from),
        prescribed: form.is_prescribed,
        parts: form
            .sections
            .iter()
            .map(|part| v1::FormPart {
                id: part.id.clone(),
                heading_zh: official(&part.headings),
                label_en: part.label_en.clone(),
            })
            .collect(),
        cell_count: u32::try_from(form.cells.len()).unwrap_or(u32::MAX),
        ..v1::FormDefinition::default()
    }
}

/// A form in full.
pub(super) fn form(form: &Form) -> v1::FormDefinition {
    v1::FormDefinition {
        tables: form.tables.iter().map(|known| table(form, known)).collect(),
        cells: form.cells.iter().map(cell).collect(),
        identities: form.identities.iter().map(|known| identity(form, known)).collect(),
        ..form_in_short(form)
    }
}

/// The official wording, which stands before the aliases.
fn official(labels: &[String]) -> String {
    labels.first().cloned().unwrap_or_default()
}

fn table(form: &Form, table: &Table) -> v1::FormTable {
    v1::FormTable {
        id: table.id.clone(),
        heading_zh: official(&table.headings),
        label_en: table.label_en.clone(),
        rows: table.blocks.iter().flat_map(|block| rows(form, block)).collect(),
    }
}

fn rows<'a>(form: &'a Form, block: &'a TableBlock) -> impl Iterator<Item = v1::FormRow> + 'a {
    block.rows.iter().map(move |row| {
        let (columns, cells): (Vec<_>, Vec<_>) = block
            .columns
            .iter()
            .zip(&row.cells)
            .filter_map(|(column, cell)| {
                let header = column.groups.iter().chain(column.labels.first());
                let header: Vec<&str> = header.map(String::as_str).collect();
                Some((header.join(" "), form.cells.get((*cell)?)?.key.to_string()))
            })
            .unzip();
        v1::FormRow {
            id: row.id.clone(),
            label_zh: official(&row.labels),
            label_en: row.label_en.clone(),
            banners_zh: row.banners.clone(),
            cells,
            columns_zh: columns,
        }
    })
}

fn cell(cell: &CellDefinition) -> v1::FormCell {
    let states_it = |indicator: &&Indicator| indicator.cells.iter().any(|key| **key == *cell.key);
    let indicator = gongkai_forms::indicators().iter().find(states_it);
    v1::FormCell {
        key: cell.key.to_string(),
        label_zh: cell.label_zh.clone(),
        label_en: cell.label_en.clone(),
        unit: v1::Unit::from(cell.unit).into(),
        signed: cell.signed,
        indicator: indicator.map(|indicator| indicator.id.clone()).unwrap_or_default(),
    }
}

pub(crate) fn identity(form: &Form, identity: &Identity) -> v1::FormIdentity {
    let keys = |cells: &[usize]| {
        cells.iter().filter_map(|&cell| form.cells.get(cell)).map(|cell| cell.key.to_string()).collect()
    };
    v1::FormIdentity {
        name: identity.name(),
        rule: identity.rule.to_string(),
        subject: identity.subject.clone(),
        subject_zh: identity.subject_zh.clone(),
        subject_en: identity.subject_en.clone(),
        left: keys(&identity.left),
        right: keys(&identity.right),
    }
}

pub(crate) fn rule(rule: &Rule) -> v1::RuleDefinition {
    v1::RuleDefinition {
        name: format!("rules/{}", rule.id),
        id: rule.id.to_string(),
        version: rule.version,
        severity: v1::Severity::from(rule.severity).into(),
        basis: v1::Basis::from(rule.basis).into(),
        null_policy: rule.null_policy.map_or(v1::NullPolicy::Unspecified, v1::NullPolicy::from).into(),
        text_zh: rule.text_zh.to_string(),
        text_en: rule.text_en.to_string(),
        source_zh: rule.source_zh.to_string(),
        source_en: rule.source_en.to_string(),
    }
}

pub(crate) fn indicator(indicator: &Indicator) -> v1::IndicatorDefinition {
    v1::IndicatorDefinition {
        name: format!("indicators/{}", indicator.id),
        id: indicator.id.clone(),
        name_zh: indicator.name_zh.clone(),
        name_en: indicator.name_en.clone(),
        unit: indicator.unit.clone(),
        definition_zh: indicator.definition_zh.clone(),
        definition_en: indicator.definition_en.clone(),
        cells: indicator.cells.clone(),
    }
}
