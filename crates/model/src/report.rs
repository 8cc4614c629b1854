use crate::{
    Body, BodyKind, Date, ExtractorVersion, Figure, Finding, Rank, RegionText, Scope, ScopeKind, Span,
    Statement,
};

/// The official form that a report's tables follow. Decided by the headers found, never by the year alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FormId {
    /// No tables of an official form.
    #[default]
    None,
    /// 政府信息公开情况统计表, 国办发〔2014〕32号: reports of 2014–2018.
    Form2014,
    /// 年度报告格式（试行）, 国办公开办函〔2019〕60号.
    Form2019,
    /// 年度报告格式, 国办公开办函〔2021〕30号.
    Form2021,
}

impl FormId {
    /// The name used in JSON, on the wire and in form files: `none`, `2014`, `2019`, `2021`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Form2014 => "2014",
            Self::Form2019 => "2019",
            Self::Form2021 => "2021",
        }
    }

    /// The form of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Form2014, Self::Form2019, Self::Form2021]
            .into_iter()
            .find(|form| form.name() == name)
    }
}

/// What spoke for a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormEvidence {
    /// The form considered.
    pub form: FormId,
    /// How many of its distinctive labels were found.
    pub score: u32,
}

/// Words of the source with their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quoted {
    /// The words, without surrounding white space.
    pub text: String,
    /// Where they stand.
    pub span: Option<Span>,
}

/// A heading with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// 1 for 一、, 2 for （一）, 3 for 1., 4 for 一是.
    pub level: u8,
    /// The heading as written.
    pub title: String,
    /// Where the heading stands.
    pub span: Option<Span>,
    /// The running text under this heading, before the next; paragraphs are separated by a line feed.
    pub text: String,
}

/// The dates that a report carries, kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// Stated in the text: the date of signing or publication.
    pub stated: Option<Date>,
    /// Stated by the page around the report (发布日期).
    pub page: Option<Date>,
}

/// What the page around the report says of it. Evidence, not part of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageMetadata {
    /// The page's title.
    pub title: Option<Quoted>,
    /// 发布日期.
    pub published: Option<Quoted>,
    /// 发布机构.
    pub publisher: Option<Quoted>,
    /// 索引号.
    pub index_number: Option<Quoted>,
    /// 来源.
    pub source: Option<Quoted>,
}

/// The record of one report: everything that one document, or one part of it, says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The extractor that made the record.
    pub extractor_version: ExtractorVersion,
    /// Which report of the document this is, counted from 1.
    pub part: u32,
    /// How many reports the document holds.
    pub parts: u32,
    /// The title as written; empty where there is none.
    pub title: Quoted,
    /// The reporting year (of the statistics, not of the publication).
    pub year: Option<u16>,
    /// Whose work is counted.
    pub subject: Body,
    /// What the figures cover.
    pub scope: Scope,
    /// Who signs; not always the subject.
    pub signatory: Body,
    /// Who issued the report: the signatory where there is one, else the title's body where it names one.
    pub issuer: Body,
    /// The administrative division.
    pub region: RegionText,
    /// Its dates.
    pub dates: Dates,
    /// The form its tables follow.
    pub form: FormId,
    /// What spoke for each form.
    pub form_evidence: Vec<FormEvidence>,
    /// The running text between the title and the first heading: legal basis, period of the statistics, parts announced.
    /// Paragraphs are separated by a line feed.
    pub preamble: Quoted,
    /// The headings in reading order.
    pub sections: Vec<Section>,
    /// One figure for each cell of the form, in the form's order.
    pub figures: Vec<Figure>,
    /// The quantities of the running text.
    pub statements: Vec<Statement>,
    /// The problems that the report admits (part five), one entry each, in its words.
    pub problems: Vec<Quoted>,
    /// The measures of improvement that it announces or reports (part five), one entry each, in its words.
    pub improvements: Vec<Quoted>,
    /// The outcomes of all rules, those that hold included.
    pub findings: Vec<Finding>,
    /// What the page around the report says.
    pub page: PageMetadata,
}

impl Report {
    /// The level of the work that is counted: the subject's rank, or `department` or `other` where its kind has none.
    /// Bodies of the whole country are departments. An office that reports on more than itself speaks for its
    /// government.
    pub fn level(&self) -> &'static str {
        let by_rank = match self.subject.rank {
            Rank::Unknown => "other",
            Rank::National => "department",
            rank => rank.name(),
        };
        match (self.subject.kind, self.scope.kind) {
            (BodyKind::Department | BodyKind::VerticallyLed, _) => "department",
            (BodyKind::GeneralOffice, ScopeKind::OwnLevel | ScopeKind::WholeArea) => by_rank,
            (BodyKind::GeneralOffice, _) => "department",
            (BodyKind::Township, _) => Rank::Township.name(),
            (BodyKind::DevelopmentZone, _) => "other",
            (BodyKind::Government | BodyKind::Other, _) => by_rank,
        }
    }

    /// The figure of this key.
    pub fn figure(&self, key: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| &*figure.key == key)
    }
}
