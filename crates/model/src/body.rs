use crate::Span;

/// A body's rank in the administrative hierarchy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rank {
    /// The State Council and its departments.
    National,
    /// Provinces, autonomous regions, municipalities under the central government.
    Province,
    /// Prefecture-level cities, prefectures, autonomous prefectures, leagues.
    Prefecture,
    /// Counties, county-level cities, districts, banners.
    County,
    /// Townships, towns, 街道.
    Township,
    /// The text does not say.
    #[default]
    Unknown,
}

impl Rank {
    /// The name used in JSON: `province`, `prefecture`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Province => "province",
            Self::Prefecture => "prefecture",
            Self::County => "county",
            Self::Township => "township",
            Self::Unknown => "unknown",
        }
    }
}

/// What kind of body it is. Rank and kind are two things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BodyKind {
    /// A people's government from county level up.
    Government,
    /// The general office of a government.
    GeneralOffice,
    /// A department of a government.
    Department,
    /// A township or town government, or a 街道 office.
    Township,
    /// A development zone's administration.
    DevelopmentZone,
    /// A vertically led organ: tax, customs, …
    VerticallyLed,
    /// Something else, or the text does not say.
    #[default]
    Other,
}

impl BodyKind {
    /// The name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Government => "government",
            Self::GeneralOffice => "general_office",
            Self::Department => "department",
            Self::Township => "township",
            Self::DevelopmentZone => "development_zone",
            Self::VerticallyLed => "vertically_led",
            Self::Other => "other",
        }
    }
}

/// A government body as the text names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The name as written, without white space; empty where the text names none.
    pub name: String,
    /// Its rank, as far as the name tells.
    pub rank: Rank,
    /// Its kind, as far as the name tells.
    pub kind: BodyKind,
    /// Where the name stands.
    pub span: Option<Span>,
    /// Its unified social credit code (统一社会信用代码, GB 32100, 18 characters), where the text, its address or its
    /// index number has one whose check character is right; empty otherwise.
    pub credit_code: String,
}

/// What a report's figures cover. Sums never mix scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScopeKind {
    /// The organ itself (本机关).
    Organ,
    /// The government with its departments (本级).
    OwnLevel,
    /// The whole area with the levels below (本行政区域).
    WholeArea,
    /// The text does not say.
    #[default]
    Unknown,
}

impl ScopeKind {
    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Organ => "ORGAN",
            Self::OwnLevel => "OWN_LEVEL",
            Self::WholeArea => "WHOLE_AREA",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What the figures cover, and the words this rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The coverage.
    pub kind: ScopeKind,
    /// The words of the report that say so; empty for [`ScopeKind::Unknown`].
    pub quote: String,
    /// Where they stand.
    pub span: Option<Span>,
}

/// A division of the official list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// GB/T 2260, six digits, or nine digits for a township.
    pub code: String,
    /// Its official name, such as 海淀区.
    pub name: String,
}

/// The administrative division that the text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionText {
    /// The longest form in the text; empty where the text names none.
    pub name: String,
    /// GB/T 2260 code of six digits, as valid at the end of the reporting year: its own, or that of the county of a
    /// township; empty where it is not certain.
    pub code: String,
    /// The township's own code of nine digits, if the region is one and its code is certain; empty otherwise.
    pub township_code: String,
    /// The divisions that contain it, the province first, as far as they are certain; a zone without a code may have some.
    pub parents: Vec<Division>,
    /// Every division that the name may mean, where none is certain (鼓楼区): usually several; one where a township has no
    /// namesake today, and nothing else tells where it lies. Empty otherwise.
    pub candidates: Vec<Division>,
    /// Where the name stands.
    pub span: Option<Span>,
}
