//! Everything that is decided about one made-up report with a statistics table.

use super::{Chapters, Statistics, Version};
use crate::record::{About, Part, REGIONS};
use crate::{Encoding, Noise, Rendered, Rendering, Rng, noise};
use gongkai_model::Date;

/// What a report with a statistics table is made of. The same plan gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatisticsPlan {
    /// Which version of the table.
    pub version: Version,
    /// Decides figures and all choices of detail.
    pub seed: u64,
    /// The shape of the table.
    pub rendering: Rendering,
    /// Where chapters stand.
    pub chapters: Chapters,
    /// Of 100 cells, how many are empty.
    pub empty_percent: u64,
    /// How characters become bytes.
    pub encoding: Encoding,
    /// What makes it harder to read.
    pub noises: Vec<Noise>,
}

/// The noises that are made for these tables.
const NOISES: [Noise; 7] = [
    Noise::BracketedLabels,
    Noise::SiteAround,
    Noise::Traditional,
    Noise::CarriageReturns,
    Noise::Invisible,
    Noise::WideDigits,
    Noise::LooseSpace,
];

impl StatisticsPlan {
    /// A plan for a report in this shape; the seed decides the rest.
    pub fn random(rendering: Rendering, seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x2014);
        let versions: Vec<Version> =
            Version::ALL.into_iter().filter(|version| version.fits(rendering)).collect();
        let form = gongkai_model::FormId::Form2014;
        let fitting: Vec<Noise> = NOISES
            .into_iter()
            .filter(|noise| noise.fits(rendering, form))
            // What joined labels end with is one question too many.
            .filter(|noise| *noise != Noise::BracketedLabels || !rendering.is_joined())
            .collect();
        let count = *rng.pick(&[0, 1, 1, 2, 3]);
        let mut noises: Vec<Noise> = (0..count).map(|_| *rng.pick(&fitting)).collect();
        noises.sort_unstable();
        noises.dedup();
        Self {
            version: *rng.pick(&versions),
            seed,
            rendering,
            chapters: *rng.pick(&[Chapters::Above, Chapters::Above, Chapters::Aside]),
            // Nearly nothing but labels, without anything between them, are no table.
            empty_percent: *rng.pick(&[0, 0, 0, 2, 10, if rendering.is_joined() { 10 } else { 60 }]),
            encoding: Encoding::random(noises.contains(&Noise::Traditional), &mut rng),
            noises,
        }
    }

    /// The report.
    pub fn build(&self) -> Rendered {
        let mut rng = Rng::new(self.seed ^ 0xb1a4);
        let statistics =
            Statistics::random(self.version, self.seed).with_blanks(self.empty_percent, &mut rng);
        statistics.render_with(self.rendering, self.seed, self.chapters, &self.noises)
    }

    /// Plans that differ from this one by one thing less.
    pub fn simpler(&self) -> Vec<Self> {
        let mut plans = Vec::new();
        let mut push = |change: &dyn Fn(&mut Self)| {
            let mut plan = self.clone();
            change(&mut plan);
            if plan.encoding == Encoding::Big5 && !plan.noises.contains(&Noise::Traditional) {
                plan.encoding = Encoding::Utf8;
            }
            if plan != *self {
                plans.push(plan);
            }
        };
        for index in 0..self.noises.len() {
            push(&|plan| {
                plan.noises.remove(index);
            });
        }
        push(&|plan| plan.encoding = Encoding::Utf8);
        push(&|plan| plan.empty_percent = 0);
        push(&|plan| plan.chapters = Chapters::Above);
        plans
    }
}

/// Who reports, when, and the text before the table.
pub(super) fn about(year: u16, seed: u64) -> About {
    let mut rng = Rng::new(seed ^ 0xab0);
    let region = (*rng.pick(&REGIONS)).to_owned();
    let (subject, issuer) = match rng.below(3) {
        0 => (String::new(), String::new()),
        1 => (String::new(), format!("{region}人民政府办公室")),
        _ => (format!("{region}水利局"), format!("{region}水利局")),
    };
    let named = if subject.is_empty() { &region } else { &subject };
    let published = Date::new(year + 1, rng.between(1, 3) as u8, rng.between(1, 28) as u8).ok();
    let part = |heading: &str, text: String| Part {
        heading: heading.to_owned(),
        paragraphs: vec![text],
        table: None,
    };
    About {
        year,
        title: format!("{named}{year}年政府信息公开工作年度报告"),
        preamble: vec![format!("本报告所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。")],
        parts: vec![
            part("一、概述", "认真落实主动公开情况通报制度，行政复议数量、行政诉讼数量均有下降。".to_owned()),
            part(
                "二、主动公开政府信息情况",
                format!("{year}年通过政府网站公开政府信息12条，举办各类培训班3次。"),
            ),
        ],
        facts: Vec::new(),
        region,
        subject,
        // Nobody signs without a date.
        published: published.filter(|_| !issuer.is_empty()),
        issuer,
    }
}

/// The report with its table behind the signature.
pub(super) fn report(
    rendering: Rendering,
    about: &About,
    noises: &[Noise],
    seed: u64,
    table: &str,
) -> String {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    if noises.contains(&Noise::SiteAround) {
        let site = noise::site(about.year, &about.region, &mut Rng::new(seed ^ 0x517e));
        (before, after) = site;
    }
    let part = |part: &Part| [vec![part.heading.clone()], part.paragraphs.clone()].concat();
    let head: Vec<String> = before
        .into_iter()
        .chain([about.title.clone()])
        .chain(about.preamble.iter().cloned())
        .chain(about.parts.iter().flat_map(part))
        .chain(crate::render::signature(about))
        .chain([format!("附件：{}年度政府信息公开情况统计表", about.year)])
        .collect();
    if !rendering.is_html() {
        let after: String = after.iter().map(|line| format!("\n{line}\n")).collect();
        return format!("{}\n\n{table}\n{after}", head.join("\n"));
    }
    let paragraphs =
        |lines: &[String]| lines.iter().map(|line| format!("<p>{line}</p>\n")).collect::<String>();
    format!(
        "<html><head><title>{}</title></head><body>\n{}{table}\n{}</body></html>",
        about.title,
        paragraphs(&head),
        paragraphs(&after)
    )
}
