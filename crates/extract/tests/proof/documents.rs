//! The made-up documents, each with the reports that should be read out of it.

use gongkai_model::{FormId, Report};
use gongkai_testkit::statistics::StatisticsPlan;
use gongkai_testkit::{Encoding, Noise, Plan, Rendered, Rendering};

/// One file.
#[derive(Clone, Debug)]
pub(crate) enum Document {
    /// A report in a form of tables.
    Tables(Plan),
    /// A report with a statistics table of 2014.
    Statistics(StatisticsPlan),
    /// Two reports, one behind the other.
    Two(Box<(Plan, Plan)>),
}

/// What is built from a plan.
pub(crate) struct Built {
    pub(crate) source: Vec<u8>,
    pub(crate) file_name: &'static str,
    /// What the reports should be read as, in their order.
    pub(crate) reports: Vec<Rendered>,
}

impl Document {
    pub(crate) fn two(rendering: Rendering, seed: u64) -> Self {
        let forms = [FormId::Form2019, FormId::Form2021];
        let form = |at: u64| forms[(at % 2) as usize];
        let first = Plan::random(form(seed / 64), rendering, seed).apart();
        let second = Plan::beside(&first, form(seed / 128));
        Self::Two(Box::new((first, second)))
    }

    pub(crate) fn build(&self) -> Built {
        let one = |rendered: Rendered, encoding| Built {
            source: rendered.bytes(encoding),
            file_name: rendered.file_name(),
            reports: vec![rendered],
        };
        match self {
            Self::Tables(plan) => one(plan.build(), plan.encoding),
            Self::Statistics(plan) => one(plan.build(), plan.encoding),
            Self::Two(plans) => {
                let (first, second) = (plans.0.build(), plans.1.build());
                // Both have to be in traditional script for Big5.
                let encoding = match plans.0.encoding {
                    Encoding::Big5 => Encoding::Utf8,
                    other => other,
                };
                let source = first.bytes_with(&second, encoding);
                Built { source, file_name: first.file_name(), reports: vec![first, second] }
            }
        }
    }

    pub(crate) fn rendering(&self) -> Rendering {
        match self {
            Self::Tables(plan) => plan.rendering,
            Self::Statistics(plan) => plan.rendering,
            Self::Two(plans) => plans.0.rendering,
        }
    }

    /// The line of the table of results that it belongs to.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Tables(plan) => plan.form.name(),
            Self::Statistics(_) => "2014",
            Self::Two(_) => "two",
        }
    }

    /// What it is that makes it hard to read.
    pub(crate) fn features(&self) -> String {
        let of = |plan: &Plan| {
            let Plan { noises, wording, record, .. } = plan;
            let blanks = if 0 < record.empty_percent { ", empty cells" } else { "" };
            let mistakes = if 0 < record.mistakes { ", mistakes" } else { "" };
            format!("{noises:?}, {wording:?}{blanks}{mistakes}")
        };
        match self {
            Self::Tables(plan) => of(plan),
            Self::Statistics(plan) => {
                let blanks = if 0 < plan.empty_percent { ", empty cells" } else { "" };
                format!("{:?}, {:?}, {:?}{blanks}", plan.version, plan.chapters, plan.noises)
            }
            Self::Two(plans) => format!("{} and {}", of(&plans.0), of(&plans.1)),
        }
    }

    /// Documents that differ from this one by one thing less.
    fn simpler(&self) -> Vec<Self> {
        match self {
            Self::Tables(plan) => plan.simpler().into_iter().map(Self::Tables).collect(),
            Self::Statistics(plan) => plan.simpler().into_iter().map(Self::Statistics).collect(),
            Self::Two(plans) => {
                let (first, second) = &**plans;
                let whole = |plan: &Plan| plan.extent == first.extent;
                let firsts = first.simpler().into_iter().filter(whole).map(|plan| (plan, second.clone()));
                let seconds = second.simpler().into_iter().filter(whole).map(|plan| (first.clone(), plan));
                firsts.chain(seconds).map(|plans| Self::Two(Box::new(plans))).collect()
            }
        }
    }

    /// The simplest document that one comes to by leaving out one thing after another while `fails` holds.
    pub(crate) fn simplest(self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut document = self;
        while let Some(simpler) = document.simpler().into_iter().find(|simpler| fails(simpler)) {
            document = simpler;
        }
        document
    }

    /// What is not all read yet: counted apart. What is lost there is no failure; what is wrong is.
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            Self::Tables(plan) => is_pending(plan),
            Self::Statistics(_) => false,
            Self::Two(plans) => is_pending(&plans.0) || is_pending(&plans.1),
        }
    }
}

fn is_pending(plan: &Plan) -> bool {
    let has = |noise: Noise| plan.noises.contains(&noise);
    // An odd label over several lines that its values stand beside.
    plan.rendering == Rendering::Aligned && (has(Noise::WrongCharacters) || has(Noise::BracketedLabels))
}

/// What of who, where and when was not read as it is written.
pub(crate) fn misread_heads(rendered: &Rendered, report: &Report) -> Vec<String> {
    let mut misread = Vec::new();
    let mut expect = |what: &str, expected: &str, got: &str| {
        if expected != got {
            misread.push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    };
    expect("form", rendered.form.name(), report.form.name());
    if let Some(about) = &rendered.about {
        expect("year", &about.year.to_string(), &report.year.map_or(String::new(), |year| year.to_string()));
        expect("title", &about.title, &report.title.text);
        expect("region", &about.region, &report.region.name);
        if !about.issuer.is_empty() {
            expect("issuer", &about.issuer, &report.issuer.name);
        }
        if let Some(published) = about.published {
            let stated = report.dates.stated.map_or(String::new(), |date| date.to_string());
            expect("published", &published.to_string(), &stated);
        }
    }
    misread
}
