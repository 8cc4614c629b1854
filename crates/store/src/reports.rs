use crate::packed::{Cells, cells_of};
use crate::{Cursor, Page, PageRequest, Position, ReportField, SortKey, StoreError, Timestamp};
use async_trait::async_trait;
use gongkai_filter::Filter;
use gongkai_model::{
    BodyKind, Date, DocumentId, ExtractorVersion, Finding, FormId, Outcome, Purpose, Rank, Report, ReportId,
    ScopeKind, Severity,
};

/// Reports that one [`Reports::reports_by_id`] may ask for.
pub const BATCH_MAX: usize = 1000;

/// Reports that one [`Reports::ordered`] puts in order.
pub const ORDERED_MAX: u32 = 20_000;

/// Changes that one [`Reports::report_changes`] gives.
pub const CHANGES_MAX: u32 = 1000;

/// Gives the records back.
///
/// Every read names the purpose it reads for: drafts never show in a read of published reports, nor the other way
/// round. Every implementation passes the contract suite.
#[async_trait]
pub trait Reports: Send + Sync {
    /// A report as it stood at the read's position. [`StoreError::NotFound`] where it was not there, or is of
    /// another purpose.
    async fn report(&self, id: ReportId, at: ReadAt) -> Result<StoredReport, StoreError>;

    /// Several reports, in the order of `ids`; none in place of one that [`Reports::report`] would not find.
    /// At most [`BATCH_MAX`].
    async fn reports_by_id(
        &self,
        ids: &[ReportId],
        at: ReadAt,
    ) -> Result<Vec<Option<StoredReport>>, StoreError>;

    /// The records of several reports alone, without their history, in the order of `ids`; none in place of a report that
    /// [`Reports::report`] would not find. At most [`BATCH_MAX`].
    async fn records_by_id(&self, ids: &[ReportId], at: ReadAt) -> Result<Vec<Option<Report>>, StoreError> {
        let stored = self.reports_by_id(ids, at).await?;
        Ok(stored.into_iter().map(|stored| stored.map(|stored| stored.report)).collect())
    }

    /// What cells of some keys say in several reports, in the order of `ids`; none in place of a report that
    /// [`Reports::report`] would not find. At most [`BATCH_MAX`] reports. Far cheaper than the reports themselves.
    async fn cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<Cells>>, StoreError> {
        let reports = self.reports_by_id(ids, at).await?;
        Ok(reports
            .iter()
            .map(|stored| stored.as_ref().map(|stored| cells_of(&stored.report, keys)))
            .collect())
    }

    /// One revision, whether current or not.
    async fn report_revision(
        &self,
        id: ReportId,
        revision: u32,
        purpose: Purpose,
    ) -> Result<StoredReport, StoreError>;

    /// The history of a report, oldest revision first: those that were there, and that are not dated later than what is asked
    /// for. [`StoreError::NotFound`] where there are none.
    async fn revisions(&self, id: ReportId, at: ReadAt) -> Result<Vec<RevisionInfo>, StoreError>;

    /// Reports without their figures. The pages of one list show one state of the store, that of the first page (or
    /// of the query's position), whatever is written in between.
    async fn reports(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
    ) -> Result<Page<ReportSummary>, StoreError>;

    /// The same page with what cells of some keys say in each of its reports, as [`Reports::cells`] tells, in one go: for
    /// whoever goes through many reports.
    async fn reports_with_cells(
        &self,
        query: &ReportQuery,
        page: &PageRequest,
        keys: &[String],
    ) -> Result<Page<(ReportSummary, Cells)>, StoreError>;

    /// The reports of a query in its order, by their ids alone, from behind a place that a page before has given on: `limit` of
    /// them, and at most [`ORDERED_MAX`]. For whoever goes through many of them: an order that no index has is sorted once for all
    /// of these, and not once for each page. Their summaries tell whether the filter is true of them: while rows do not note all
    /// that lists are filtered by, there may be others among them. Places are those of [`Reports::reports`], too.
    async fn ordered(
        &self,
        query: &ReportQuery,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<ReportId>, StoreError>;

    /// What a list tells of several reports, with what cells of some keys say in them, in the order of `ids`; none in place of a
    /// report that [`Reports::report`] would not find. At most [`BATCH_MAX`].
    async fn summaries_with_cells(
        &self,
        ids: &[ReportId],
        keys: &[String],
        at: ReadAt,
    ) -> Result<Vec<Option<(ReportSummary, Cells)>>, StoreError>;

    /// The reports of a subject, scope and year; usually one. Several where the same name stands for bodies of
    /// several regions.
    async fn resolve(&self, key: &ReportKey, at: ReadAt) -> Result<Vec<ReportId>, StoreError>;

    /// Findings of current revisions, `HOLDS` excepted: those are read with their report. Paged like
    /// [`Reports::reports`].
    async fn findings(
        &self,
        query: &FindingQuery,
        page: &PageRequest,
    ) -> Result<Page<StoredFinding>, StoreError>;

    /// What became current after `after` and until `until`, in the order of places; at most `limit`, and at most
    /// [`CHANGES_MAX`]. One position may be the place of several changes: a document may hold several reports.
    async fn report_changes(
        &self,
        purpose: Purpose,
        after: ChangePlace,
        until: Position,
        limit: u32,
    ) -> Result<Vec<ReportChange>, StoreError>;

    /// The position of the last change of reports made until `time`, to read them as they were then.
    async fn position_at(&self, time: Timestamp) -> Result<Position, StoreError>;
}

/// For whom, and as of when, a read is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadAt {
    /// Reports of this purpose are seen.
    pub purpose: Purpose,
    /// As the store stood after this position; as it stands where none is given.
    pub as_of: Option<Position>,
    /// As reports had been published by this day; without regard to it where none is given. A report is then shown by the last of
    /// its revisions that were current until `as_of` and are not dated later; one of which no date is known is not shown. A
    /// revision does not count whose document was read again since: the later reading tells when the document was published.
    pub published_until: Option<Date>,
}

impl ReadAt {
    /// The same read as of a position.
    pub fn after(self, position: Position) -> Self {
        Self { as_of: Some(position), ..self }
    }

    /// Whether something that is dated so had been published by the day that is asked for; everything where none is. For engines.
    pub fn admits(self, published: Option<Date>) -> bool {
        self.published_until.is_none_or(|until| published.is_some_and(|published| published <= until))
    }
}

/// Why there is a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// The report was received for the first time.
    Received,
    /// Another document with the report says something else.
    Republished,
    /// Another extractor version reads the same document otherwise.
    Reparsed,
    /// A reviewer has put something right.
    Amended,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::Received, Self::Republished, Self::Reparsed, Self::Amended];

    /// The name used in JSON, as on the wire without prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Republished => "REPUBLISHED",
            Self::Reparsed => "REPARSED",
            Self::Amended => "AMENDED",
        }
    }
}

/// The SHA-256 of what a record says: who, when, what, and every cell; not where it stands or how it was obtained, but
/// whether a reviewer has put it there. Two renditions of one publication have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordDigest(pub [u8; 32]);

/// A revision, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionInfo {
    /// The report.
    pub report: ReportId,
    /// Counted from 1.
    pub revision: u32,
    /// Why it is there.
    pub cause: Cause,
    /// The document it was first read from.
    pub document: DocumentId,
    /// Which report of that document it is, counted from 1.
    pub part: u32,
    /// The extractor that read it.
    pub extractor_version: ExtractorVersion,
    /// What it says, in short.
    pub digest: RecordDigest,
    /// What it is for.
    pub purpose: Purpose,
    /// Since when it is known.
    pub recorded_at: Timestamp,
    /// Its place in the order of all changes.
    pub position: Position,
}

/// A report as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// The revision.
    pub info: RevisionInfo,
    /// Every document that says the same, in the order they were read, the first included.
    pub renditions: Vec<DocumentId>,
    /// The record, with its findings.
    pub report: Report,
}

/// What reports are found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportKeys {
    /// The reporting year.
    pub year: Option<u16>,
    /// The form.
    pub form: FormId,
    /// The region's name; empty where the text names none.
    pub region_name: String,
    /// The region's code; empty where it is not certain.
    pub region_code: String,
    /// Who issued it.
    pub issuer: String,
    /// Whose work is counted.
    pub subject: String,
    /// The subject's rank, as far as its name tells.
    pub subject_rank: Rank,
    /// The subject's kind, as far as its name tells.
    pub subject_kind: BodyKind,
    /// What is covered.
    pub scope: ScopeKind,
    /// The title.
    pub title: String,
    /// The date stated in the text, else the page's.
    pub published: Option<Date>,
}

/// A report in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSummary {
    /// The revision that is current in the list.
    pub info: RevisionInfo,
    /// What it is found by.
    pub keys: ReportKeys,
    /// Rules that fail.
    pub findings_failing: u32,
    /// Cells that are not determined.
    pub figures_undetermined: u32,
}

impl ReportKeys {
    /// Whether these say for certain which report it is, so that another document with the same keys is a republication.
    /// Names are told apart by region; without one, two bodies of the same name would become one. For engines.
    pub fn identify(&self) -> bool {
        self.year.is_some()
            && !self.subject.is_empty()
            && !(self.region_code.is_empty() && self.region_name.is_empty())
    }

    /// The names that a report calls itself and its division by.
    pub fn names(&self) -> gongkai_copies::Names<'_> {
        gongkai_copies::Names { subject: &self.subject, issuer: &self.issuer, region: &self.region_name }
    }

    /// Whose division it is: a code, or a name where no code is certain; empty where the text names none.
    pub fn division(&self) -> &str {
        if self.region_code.is_empty() { &self.region_name } else { &self.region_code }
    }

    /// Whether these and `other` say that it is a report of the same body, whatever its year and scope.
    pub fn same_subject(&self, other: &Self) -> bool {
        !self.subject.is_empty()
            && !self.division().is_empty()
            && self.subject == other.subject
            && self.division() == other.division()
    }

    /// Whether these and `other` say that it is the same report. For engines.
    pub fn same_report(&self, other: &Self) -> bool {
        self.identify()
            && self.year == other.year
            && self.subject == other.subject
            && self.scope == other.scope
            && self.region_name == other.region_name
            && self.region_code == other.region_code
    }
}

/// A place in the order of changes of reports: a position, and perhaps one of the reports that changed at it. Without one, it
/// is the place behind all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangePlace {
    /// The position.
    pub position: Position,
    /// The last report that is left behind.
    pub report: Option<ReportId>,
}

/// A revision that became current.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportChange {
    /// When.
    pub position: Position,
    /// The revision that was current before; none for a new report.
    pub previous: Option<u32>,
    /// The revision, and what it is found by.
    pub current: ReportSummary,
}

impl ReportChange {
    /// Its place.
    pub fn place(&self) -> ChangePlace {
        ChangePlace { position: self.position, report: Some(self.current.info.report) }
    }
}

/// The resolvable key of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportKey {
    /// The subject's name, as the report gives it.
    pub subject: String,
    /// What is covered; any where none is given.
    pub scope: Option<ScopeKind>,
    /// The reporting year.
    pub year: u16,
}

/// Which reports are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportQuery {
    /// For whom, and as of when.
    pub at: ReadAt,
    /// Those of which this is true; all where none is given.
    pub filter: Option<Filter<ReportField>>,
    /// By these first, at most [`crate::SORT_KEYS_MAX`].
    pub sort: Vec<SortKey>,
    /// In which order; with `sort`, those that are equal by it.
    pub order: ReportOrder,
}

impl ReportQuery {
    /// What a cursor belongs to. For engines.
    pub fn words(&self) -> String {
        let Self { at, filter, sort, order } = self;
        // Without fields to sort by it is what it was before there were any: cursors outlast a change of the version.
        let listed = format!("reports ReportQuery {{ at: {at:?}, filter: {filter:?}, order: {order:?} }}");
        if sort.is_empty() { listed } else { format!("{listed} {sort:?}") }
    }
}

/// The order of a list of reports; reports of equal rank stand in the order of their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReportOrder {
    /// By the position of the change that made the listed revision current, oldest first.
    #[default]
    Changed,
    /// The same, latest first.
    ChangedLast,
    /// By reporting year, earliest first; unknown years come first.
    Year,
    /// By reporting year, latest first; unknown years come last.
    YearLast,
}

/// Which findings are listed. Everything that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingQuery {
    /// For whom, and as of when.
    pub at: ReadAt,
    /// Of this rule.
    pub rule: Option<String>,
    /// With this outcome; never [`Outcome::Holds`], which gives an empty list.
    pub outcome: Option<Outcome>,
    /// At least this severe.
    pub severity_min: Option<Severity>,
    /// Of this report.
    pub report: Option<ReportId>,
    /// Not before this reporting year.
    pub year_min: Option<u16>,
    /// Not after this reporting year.
    pub year_max: Option<u16>,
}

/// A finding in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFinding {
    /// The report, and the revision that is current in the list.
    pub revision: crate::ReportRevision,
    /// The reporting year.
    pub year: Option<u16>,
    /// The finding.
    pub finding: Finding,
}
