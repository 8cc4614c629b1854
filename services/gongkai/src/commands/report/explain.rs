//! `gongkai report explain`: where a figure comes from, and what speaks for it or against it.

use super::history::cause;
use crate::cli::{RecordFormat, ReportExplainArgs};
use crate::client::{Client, explained, persist, resource};
use crate::present::width::{Align, Cell, Columns};
use crate::present::{Style, Tone, json, printable};
use anyhow::Context;
use gongkai_forms::Form;
use gongkai_model::{Figure, Finding, FormId, Outcome, State, Statement};
use gongkai_wire::{FromNumber as _, v1};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Characters of the text on either side that are shown to people.
const SIDE_CHARS_MAX: usize = 40;

pub(super) async fn explain(
    client: &Client,
    args: &ReportExplainArgs,
    style: Style,
) -> anyhow::Result<String> {
    let report = resource("reports", &args.name);
    let name = args.revision.map_or_else(|| report.clone(), |number| format!("{report}/revisions/{number}"));
    let request = v1::ExplainFigureRequest {
        name,
        key: args.key.clone(),
        as_of: args.clocks.as_of,
        published_until: args.clocks.published_until.clone(),
        ..Default::default()
    };
    let call = || {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.query.explain_figure(request).await }
    };
    let answer = persist(call).await.map_err(|status| explained(&status))?.into_inner();
    let told = Told::read(answer)?;
    Ok(match args.format {
        RecordFormat::Json => format!("{}\n", told.json(style)),
        RecordFormat::Table => told.text(style),
    })
}

/// An answer, understood.
struct Told {
    answer: v1::ExplainFigureResponse,
    label: (String, String),
    figure: Figure,
    findings: Vec<Finding>,
    statements: Vec<Statement>,
}

impl Told {
    fn read(mut answer: v1::ExplainFigureResponse) -> anyhow::Result<Self> {
        let newer = "the answer is not understood; the server may be newer";
        let figure = answer.figure.take().context(newer)?;
        let findings = std::mem::take(&mut answer.findings).into_iter().map(Finding::try_from);
        let statements = std::mem::take(&mut answer.statements).into_iter().map(Statement::try_from);
        Ok(Self {
            label: (figure.label_zh.clone(), figure.label_en.clone()),
            figure: Figure::try_from(figure).context(newer)?,
            findings: findings.collect::<Result<_, _>>().context(newer)?,
            statements: statements.collect::<Result<_, _>>().context(newer)?,
            answer,
        })
    }

    fn form(&self) -> Option<&'static Form> {
        gongkai_forms::form(FormId::from_number(self.answer.form).ok()?)
    }

    fn json(&self, style: Style) -> Value {
        let revision = self.answer.revision.clone().unwrap_or_default();
        let place = self.answer.surroundings.as_ref();
        let identities =
            self.answer.identities.iter().map(
                |identity| json!({ "name": identity.name, "left": identity.left, "right": identity.right }),
            );
        json!({
            "report": self.answer.report,
            "revision": revision.number,
            "document": revision.document,
            "extractor_version": revision.extractor_version,
            "digest": revision.digest,
            "figure": json::figure(&self.figure, self.form(), style),
            "surroundings": place.map(|place| json!({
                "before": place.before,
                "text": place.text,
                "after": place.after,
                "row": place.row,
                "cell": place.cell,
            })),
            "indicator": self.answer.indicator.as_ref().map(|indicator| &indicator.id),
            "statements": self.statements.iter().map(json::statement).collect::<Vec<_>>(),
            "identities": identities.collect::<Vec<_>>(),
            "reviews": self.answer.reviews.iter().map(|it| json!({ "name": it.name, "author": it.author, "note": it.note })).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(|finding| json::finding(finding, style)).collect::<Vec<_>>(),
        })
    }

    fn text(&self, style: Style) -> String {
        let mut text = String::new();
        let heading = style.words(&self.label.0, &self.label.1);
        let _ = writeln!(text, "{}", style.paint(Tone::Strong, printable(&heading)));
        let mut columns = Columns::new(vec![Align::Left, Align::Left]);
        for (zh, en, value) in self.rows(style) {
            columns.push(vec![
                Cell::new(style.words(zh, en), Tone::Faint),
                Cell::new(printable(&value), Tone::Plain),
            ]);
        }
        text.push_str(&columns.render(style, 2));
        if !self.findings.is_empty() {
            let _ = writeln!(text, "\n{}", style.paint(Tone::Strong, style.words("核对", "Checks")));
        }
        for finding in &self.findings {
            let (tone, zh, en) = match finding.outcome {
                Outcome::Holds => (Tone::Good, "成立", "holds"),
                Outcome::Fails => (Tone::Bad, "不成立", "fails"),
                Outcome::NotAssessable => (Tone::Faint, "无法核对", "not assessable"),
                Outcome::Used => (Tone::Faint, "用于推断", "used to infer"),
            };
            let message = style.words(&finding.message_zh, &finding.message_en);
            let mark = style.paint(tone, style.words(zh, en));
            let _ = writeln!(text, "  {mark}  {}  {}", finding.name(), printable(&message));
        }
        text
    }

    /// What is told of the figure itself, a line each.
    fn rows(&self, style: Style) -> Vec<(&'static str, &'static str, String)> {
        let figure = &self.figure;
        let revision = self.answer.revision.clone().unwrap_or_default();
        let value = figure.value.map(|value| value.to_string());
        let mut rows = vec![
            ("指标", "Key", figure.key.to_string()),
            ("值", "Value", value.unwrap_or_else(|| figure.state.name().to_owned())),
            ("取得方式", "Obtained", figure.derivation.name().to_owned()),
        ];
        if figure.state != State::Missing {
            rows.push(("原文", "As written", format!("“{}”", figure.raw)));
        }
        if let Some(reason) = figure.reason {
            rows.push(("原因", "Reason", reason.name().to_owned()));
        }
        if !figure.candidates.is_empty() {
            let candidate = |it: &gongkai_model::Candidate| {
                it.value.map_or_else(|| it.state.name().to_owned(), |value| value.to_string())
            };
            let candidates: Vec<String> = figure.candidates.iter().map(candidate).collect();
            rows.push(("可能的值", "May be", candidates.join(", ")));
        }
        if let Some(proof) = &figure.proof {
            let mut grounds = vec![proof.hypothesis.clone()];
            grounds.extend(proof.identities.iter().chain(&proof.statements).cloned());
            rows.push(("推断依据", "Proof", grounds.join("; ")));
        }
        if let Some(place) = &self.answer.surroundings {
            rows.push(("原文位置", "Place", shown(place)));
        }
        for statement in &self.statements {
            rows.push(("正文", "Text says", statement.quote.clone()));
        }
        for review in &self.answer.reviews {
            let said = format!("{}: {} ({})", review.author, review.note, review.name);
            rows.push(("审核意见", "Reviewer", said));
        }
        let source = format!(
            "{}  {} {}, {}",
            revision.document,
            style.words("修订", "revision"),
            revision.number,
            cause(&revision, style)
        );
        rows.push(("来源", "Source", source));
        rows
    }
}

/// The row that a figure stands in, or the text around it, with the figure between brackets.
fn shown(place: &v1::Surroundings) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !place.row.is_empty() {
        let cells = place.row.iter().enumerate().map(|(index, cell)| {
            let is_it = place.cell.and_then(|cell| usize::try_from(cell).ok()) == Some(index);
            if is_it { format!("【{}】", one_line(cell)) } else { one_line(cell) }
        });
        return cells.collect::<Vec<_>>().join(" | ");
    }
    let before = one_line(&place.before);
    let skipped = before.chars().count().saturating_sub(SIDE_CHARS_MAX);
    let before: String = before.chars().skip(skipped).collect();
    let after: String = one_line(&place.after).chars().take(SIDE_CHARS_MAX).collect();
    format!("{}【{}】{}", before.trim_start(), place.text, after.trim_end())
}
