//! Storing what was read, many documents at a time: reports, their revisions, and which of them is current.

use super::ledger::{Ending, rejection};
use super::transaction::Transaction;
use super::{sql, text};
use crate::rows::{Key, Reading, code, get_number, get_report, year};
use crate::source::Fields;
use gongkai_model::{DocumentId, ReportId};
use gongkai_store::packed::{Layout, LayoutId, day_number};
use gongkai_store::{Cause, NewRevision, ReportRevision, StoreError, Timestamp};
use sqlx::postgres::PgRow;
use std::collections::{HashMap, HashSet};

/// The report that a part of a document was found to be before, else the one with the same keys that no part of the
/// document is, taken ones included; with what has to be known of it. The sign keeps the index by year out, which would
/// give the order and walk through all that was reported for a year.
const FIND_REPORTS: &str = "SELECT q.place, f.report,
    (SELECT max(revision) FROM revisions r WHERE r.report = f.report) AS latest,
    (SELECT revision FROM revisions r WHERE r.report = f.report AND r.digest = q.digest) AS same,
    EXISTS (SELECT 1 FROM captures c WHERE c.report = f.report AND c.document = q.document) AS read_before
    FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::boolean[], $5::text[], $6::bigint[], $7::bigint[],
        $8::text[], $9::text[], $10::bytea[]) WITH ORDINALITY
        AS q (document, purpose, part, identify, subject, year, scope, region_name, region_code, digest, place)
    CROSS JOIN LATERAL (SELECT coalesce(
        (SELECT c.report FROM captures c WHERE c.document = q.document AND c.purpose = q.purpose AND c.part = q.part
            ORDER BY c.report LIMIT 1),
        (SELECT c.report FROM currents c WHERE q.identify AND c.purpose = q.purpose
            AND substr(c.subject, 1, 100) COLLATE \"C\" = substr(q.subject, 1, 100) AND c.subject = q.subject
            AND +c.year = q.year AND c.scope = q.scope AND c.region_name = q.region_name
            AND c.region_code = q.region_code AND c.to_position = 9223372036854775807
            AND NOT EXISTS (SELECT 1 FROM captures k WHERE k.report = c.report AND k.document = q.document)
            AND NOT EXISTS (SELECT 1 FROM unnest($11::bigint[], $12::bytea[]) AS t (place, report)
                WHERE t.place = q.place AND t.report = c.report)
            ORDER BY c.report LIMIT 1)) AS report) f
    WHERE f.report IS NOT NULL";
const ADD_LAYOUTS: &str = "INSERT INTO layouts (id, bytes) SELECT * FROM unnest($1::bytea[], $2::bytea[])
    ON CONFLICT DO NOTHING";
const ADD_REVISIONS: &str = "INSERT INTO revisions (id, report, revision, cause, document, part, extractor_version,
    digest, purpose, position, year, form, region_name, region_code, issuer, subject, scope, title, published,
    findings_failing, figures_undetermined, layout, figures, subject_rank, subject_kind, recorded_at)
    SELECT q.*, $26 FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $6::bigint[],
    $7::bigint[], $8::bytea[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::text[],
    $15::text[], $16::text[], $17::bigint[], $18::text[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bytea[],
    $23::bytea[], $24::bigint[], $25::bigint[]) AS q";
const ADD_EVIDENCE: &str = "INSERT INTO evidence (revision_id, bytes)
    SELECT * FROM unnest($1::bigint[], $2::bytea[])";
const ADD_RULES: &str = "INSERT INTO rules (name) SELECT * FROM unnest($1::text[])
    ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id, name";
const ADD_FINDINGS: &str = "INSERT INTO findings (revision_id, ordinal, rule, outcome, severity)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])";
const ADD_CAPTURES: &str = "INSERT INTO captures
    (report, revision, document, part, purpose, accepted, extractor_version, position, at)
    SELECT report, revision, document, part, purpose, accepted, version, position, $9
    FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::bigint[]) WITH ORDINALITY
        AS q (report, revision, document, part, purpose, accepted, version, position, place)
    ORDER BY place";
/// Ends current revisions that are not the best: what the highest extractor version found in the document that was
/// captured last, with the corrections that were made to just that.
pub(super) const END_CURRENTS: &str = "UPDATE currents c SET to_position = q.position
    FROM unnest($1::bytea[], $2::bigint[]) AS q (report, position)
    WHERE c.report = q.report AND c.to_position = 9223372036854775807 AND c.revision <>
    (SELECT coalesce(o.revision, b.revision) FROM
        (SELECT k.revision FROM captures k WHERE k.report = q.report AND k.is_review = 0
            AND k.document = (SELECT l.document FROM captures l WHERE l.report = q.report AND l.is_review = 0
                ORDER BY l.accepted DESC LIMIT 1)
            ORDER BY k.extractor_version DESC, k.accepted DESC LIMIT 1) b
        LEFT JOIN overlays o ON o.report = q.report AND o.base = b.revision)";
/// Makes the best revisions current where none is.
pub(super) const BEGIN_CURRENTS: &str = "INSERT INTO currents (report, from_position, to_position, revision, revision_id, purpose,
    year, form, region_name, region_code, issuer, subject, scope, subject_rank, subject_kind)
    SELECT r.report, q.position, 9223372036854775807, r.revision, r.id, r.purpose, r.year, r.form, r.region_name,
    r.region_code, r.issuer, r.subject, r.scope, r.subject_rank, r.subject_kind
    FROM unnest($1::bytea[], $2::bigint[]) AS q (report, position) JOIN revisions r ON r.report = q.report
    WHERE NOT EXISTS (SELECT 1 FROM currents c WHERE c.report = q.report AND c.to_position = 9223372036854775807)
    AND r.revision = (SELECT coalesce(o.revision, b.revision) FROM
        (SELECT k.revision FROM captures k WHERE k.report = q.report AND k.is_review = 0
            AND k.document = (SELECT l.document FROM captures l WHERE l.report = q.report AND l.is_review = 0
                ORDER BY l.accepted DESC LIMIT 1)
            ORDER BY k.extractor_version DESC, k.accepted DESC LIMIT 1) b
        LEFT JOIN overlays o ON o.report = q.report AND o.base = b.revision)";

/// What is known of the report that a part of a document is.
struct Found {
    report: ReportId,
    latest: u32,
    same: Option<u32>,
    read_before: bool,
}

/// A revision to be added.
pub(super) struct Added<'n> {
    pub(super) revision: ReportRevision,
    pub(super) cause: Cause,
    pub(super) document: DocumentId,
    pub(super) purpose: i64,
    pub(super) part: i64,
    pub(super) position: i64,
    pub(super) new: &'n NewRevision,
}

/// A revision that was found in a document.
struct Capture<'e, 'c> {
    revision: ReportRevision,
    part: i64,
    ending: &'e Ending<'c>,
}

impl Transaction<'_> {
    /// Stores what attempts have read for the first time, and notes how they ended.
    pub(super) async fn store_revisions(&mut self, endings: &mut [Ending<'_>]) -> Result<(), StoreError> {
        let mut results: Vec<Vec<ReportRevision>> = endings.iter().map(|_| Vec::new()).collect();
        let parts = endings.iter().map(|ending| ending.new_reports().len()).max().unwrap_or_default();
        for part in 0..parts {
            let has_part =
                |(place, ending): (usize, &Ending<'_>)| ending.new_reports().get(part).map(|_| place);
            let mut places: Vec<usize> = endings.iter().enumerate().filter_map(has_part).collect();
            while !places.is_empty() {
                places = self.store_part(endings, places, part, &mut results).await?;
            }
        }
        let mut made = Vec::new();
        for (place, (ending, result)) in endings.iter_mut().zip(results).enumerate() {
            let reading =
                if ending.is_first_reading() { Some(Reading::Reports(result)) } else { rejection(ending) };
            if reading.is_some() {
                ending.reading = reading;
                made.push(place);
            }
        }
        let made = made.iter().filter_map(|place| endings.get(*place));
        let made = made
            .filter_map(|ending| Some((&ending.leased, ending.extractor_version, ending.reading.as_ref()?)));
        self.add_readings(&made.collect::<Vec<_>>()).await
    }

    /// Stores one part of each document at `places`, unless its report has a revision that says the same. Gives those
    /// back that belong to a report to which another one is being added.
    async fn store_part(
        &mut self,
        endings: &[Ending<'_>],
        places: Vec<usize>,
        part: usize,
        results: &mut [Vec<ReportRevision>],
    ) -> Result<Vec<usize>, StoreError> {
        let items: Vec<_> = places
            .iter()
            .filter_map(|place| {
                let ending = endings.get(*place)?;
                Some((*place, ending, ending.new_reports().get(part)?))
            })
            .collect();
        let mut found = self.find_reports(&items, part, results).await?;
        let (mut later, mut added, mut busy) = (Vec::new(), Vec::new(), HashSet::new());
        for (number, (place, ending, new)) in items.iter().enumerate() {
            let add = |revision, cause| Added {
                revision,
                cause,
                document: ending.leased.document,
                purpose: code(ending.leased.purpose),
                part: part as i64 + 1,
                position: ending.position,
                new,
            };
            let revision = match found.remove(&number) {
                Some(found) if !busy.insert(found.report) => {
                    later.push(*place);
                    continue;
                }
                Some(Found { report, same: Some(revision), .. }) => ReportRevision { report, revision },
                Some(Found { report, latest, read_before, .. }) => {
                    let revision = ReportRevision { report, revision: latest + 1 };
                    added.push(add(revision, if read_before { Cause::Reparsed } else { Cause::Republished }));
                    revision
                }
                None => {
                    let revision = ReportRevision { report: ReportId::generate(), revision: 1 };
                    added.push(add(revision, Cause::Received));
                    revision
                }
            };
            results.get_mut(*place).into_iter().for_each(|results| results.push(revision));
        }
        let now = self.now;
        self.add_revisions(&added, now).await?;
        Ok(later)
    }

    async fn find_reports(
        &mut self,
        items: &[(usize, &Ending<'_>, &NewRevision)],
        part: usize,
        results: &[Vec<ReportRevision>],
    ) -> Result<HashMap<usize, Found>, StoreError> {
        let texts = |text: fn(&NewRevision) -> &str| -> Vec<_> {
            items.iter().map(|(_, _, new)| text::stored(text(new))).collect()
        };
        let (mut taken_places, mut taken) = (Vec::new(), Vec::new());
        for (number, (place, ..)) in (1_i64..).zip(items) {
            for report in results.get(*place).into_iter().flatten() {
                taken_places.push(number);
                taken.push(report.report.key());
            }
        }
        let rows = sqlx::query(FIND_REPORTS)
            .bind(items.iter().map(|item| item.1.leased.document.key()).collect::<Vec<_>>())
            .bind(items.iter().map(|item| code(item.1.leased.purpose)).collect::<Vec<_>>())
            .bind(vec![part as i64 + 1; items.len()])
            .bind(items.iter().map(|item| item.2.keys().identify()).collect::<Vec<_>>())
            .bind(texts(|new| &new.keys().subject))
            .bind(items.iter().map(|item| year(item.2.keys().year)).collect::<Vec<_>>())
            .bind(items.iter().map(|item| code(item.2.keys().scope)).collect::<Vec<_>>())
            .bind(texts(|new| &new.keys().region_name))
            .bind(texts(|new| &new.keys().region_code))
            .bind(items.iter().map(|item| item.2.digest().0.to_vec()).collect::<Vec<_>>())
            .bind(taken_places)
            .bind(taken)
            .fetch_all(self.connection())
            .await
            .map_err(sql)?;
        let found = |row: &PgRow| {
            let same = row_number_if_any(row, "same")?;
            let found = Found {
                report: get_report(row, "report")?,
                latest: get_number(row, "latest")?,
                same,
                read_before: row.truth("read_before")?,
            };
            Ok((get_number::<usize>(row, "place")?.wrapping_sub(1), found))
        };
        rows.iter().map(found).collect()
    }

    /// Adds revisions that are known since a time.
    pub(super) async fn add_revisions(
        &mut self,
        added: &[Added<'_>],
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        if added.is_empty() {
            return Ok(());
        }
        self.add_layouts(added.iter().map(|added| &added.new.packed().layout)).await?;
        let writing = self.writing;
        let ids = writing.numbers.take(self.connection(), added.len()).await?;
        let numbers = |number: fn(&Added<'_>) -> i64| -> Vec<i64> { added.iter().map(number).collect() };
        let bytes = |bytes: fn(&Added<'_>) -> Vec<u8>| -> Vec<Vec<u8>> { added.iter().map(bytes).collect() };
        let texts = |text: fn(&NewRevision) -> &str| -> Vec<_> {
            added.iter().map(|added| text::stored(text(added.new))).collect()
        };
        let published = added.iter().map(|added| added.new.keys().published.map(day_number).map(i64::from));
        sqlx::query(ADD_REVISIONS)
            .bind(&ids)
            .bind(bytes(|added| added.revision.report.key()))
            .bind(numbers(|added| added.revision.revision.into()))
            .bind(numbers(|added| code(added.cause)))
            .bind(bytes(|added| added.document.key()))
            .bind(numbers(|added| added.part))
            .bind(numbers(|added| added.new.extractor_version().into()))
            .bind(bytes(|added| added.new.digest().0.to_vec()))
            .bind(numbers(|added| added.purpose))
            .bind(numbers(|added| added.position))
            .bind(numbers(|added| year(added.new.keys().year)))
            .bind(numbers(|added| code(added.new.keys().form)))
            .bind(texts(|new| &new.keys().region_name))
            .bind(texts(|new| &new.keys().region_code))
            .bind(texts(|new| &new.keys().issuer))
            .bind(texts(|new| &new.keys().subject))
            .bind(numbers(|added| code(added.new.keys().scope)))
            .bind(texts(|new| &new.keys().title))
            .bind(published.collect::<Vec<_>>())
            .bind(numbers(|added| added.new.findings_failing().into()))
            .bind(numbers(|added| added.new.figures_undetermined().into()))
            .bind(bytes(|added| added.new.packed().layout.id().key()))
            .bind(bytes(|added| added.new.packed().figures.clone()))
            .bind(numbers(|added| code(added.new.keys().subject_rank)))
            .bind(numbers(|added| code(added.new.keys().subject_kind)))
            .bind(recorded_at.micros())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        sqlx::query(ADD_EVIDENCE)
            .bind(&ids)
            .bind(bytes(|added| added.new.packed().evidence.clone()))
            .execute(self.connection())
            .await
            .map_err(sql)?;
        self.add_findings(&ids, added).await
    }

    async fn add_layouts(&mut self, layouts: impl Iterator<Item = &Layout>) -> Result<(), StoreError> {
        let mut new: HashMap<LayoutId, &Layout> = HashMap::new();
        for layout in layouts {
            let id = layout.id();
            if !self.made.layouts.contains(&id) && !self.writing.known(|known| known.layouts.contains(&id)) {
                new.insert(id, layout);
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        sqlx::query(ADD_LAYOUTS)
            .bind(new.keys().map(Key::key).collect::<Vec<_>>())
            .bind(new.values().map(|layout| layout.to_bytes()).collect::<Vec<_>>())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        self.made.layouts.extend(new.into_keys());
        Ok(())
    }

    async fn add_findings(&mut self, ids: &[i64], added: &[Added<'_>]) -> Result<(), StoreError> {
        let findings =
            || added.iter().zip(ids).flat_map(|(added, id)| added.new.findings().iter().map(|f| (*id, f)));
        let mut unknown: HashSet<&str> = HashSet::new();
        for (_, finding) in findings() {
            let is_known = self.made.rules.contains_key(&*finding.rule)
                || self.writing.known(|known| known.rules.contains_key(&*finding.rule));
            if !is_known {
                unknown.insert(&finding.rule);
            }
        }
        if !unknown.is_empty() {
            let unknown: Vec<_> = unknown.into_iter().map(str::to_owned).collect();
            let rows =
                sqlx::query(ADD_RULES).bind(unknown).fetch_all(self.connection()).await.map_err(sql)?;
            for row in &rows {
                self.made.rules.insert(row.text("name")?, row.number("id")?);
            }
        }
        let mut columns = [const { Vec::new() }; 5];
        for (id, finding) in findings() {
            let rule = match self.made.rules.get(&*finding.rule) {
                Some(rule) => Some(*rule),
                None => self.writing.known(|known| known.rules.get(&*finding.rule).copied()),
            };
            let rule =
                rule.ok_or_else(|| StoreError::Unavailable("a rule was forgotten meanwhile".into()))?;
            let row = [id, finding.ordinal.into(), rule, code(finding.outcome), code(finding.severity)];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        let [ids, ordinals, rules, outcomes, severities] = columns;
        if ids.is_empty() {
            return Ok(());
        }
        sqlx::query(ADD_FINDINGS)
            .bind(ids)
            .bind(ordinals)
            .bind(rules)
            .bind(outcomes)
            .bind(severities)
            .execute(self.connection())
            .await
            .map_err(sql)?;
        Ok(())
    }

    /// Notes that revisions were found in the documents of submissions that are done with them, and finds out anew
    /// which revisions are current: as if each came alone, in order.
    pub(super) async fn capture(&mut self, endings: &[Ending<'_>]) -> Result<(), StoreError> {
        // The captures of one report go into waves of their own, one after the other.
        let mut waves: Vec<Vec<Capture<'_, '_>>> = Vec::new();
        let mut before: HashMap<ReportId, usize> = HashMap::new();
        for ending in endings {
            let Some(Reading::Reports(reports)) = &ending.reading else { continue };
            for (part, revision) in (1..).zip(reports) {
                let wave = before.entry(revision.report).or_default();
                if waves.len() <= *wave {
                    waves.push(Vec::new());
                }
                if let Some(wave) = waves.get_mut(*wave) {
                    wave.push(Capture { revision: *revision, part, ending });
                }
                *wave += 1;
            }
        }
        for wave in waves {
            self.add_captures(&wave).await?;
        }
        Ok(())
    }

    async fn add_captures(&mut self, captures: &[Capture<'_, '_>]) -> Result<(), StoreError> {
        let reports: Vec<_> = captures.iter().map(|capture| capture.revision.report.key()).collect();
        let positions: Vec<_> = captures.iter().map(|capture| capture.ending.position).collect();
        sqlx::query(ADD_CAPTURES)
            .bind(&reports)
            .bind(captures.iter().map(|capture| i64::from(capture.revision.revision)).collect::<Vec<_>>())
            .bind(captures.iter().map(|capture| capture.ending.leased.document.key()).collect::<Vec<_>>())
            .bind(captures.iter().map(|capture| capture.part).collect::<Vec<i64>>())
            .bind(captures.iter().map(|capture| code(capture.ending.leased.purpose)).collect::<Vec<_>>())
            .bind(captures.iter().map(|capture| capture.ending.leased.accepted).collect::<Vec<_>>())
            .bind(
                captures
                    .iter()
                    .map(|capture| i64::from(capture.ending.extractor_version))
                    .collect::<Vec<_>>(),
            )
            .bind(&positions)
            .bind(self.now.micros())
            .execute(self.connection())
            .await
            .map_err(sql)?;
        for statement in [END_CURRENTS, BEGIN_CURRENTS] {
            sqlx::query(statement)
                .bind(&reports)
                .bind(&positions)
                .execute(self.connection())
                .await
                .map_err(sql)?;
        }
        Ok(())
    }
}

fn row_number_if_any(row: &impl Fields, column: &str) -> Result<Option<u32>, StoreError> {
    let number = row.number_if_any(column)?.map(u32::try_from).transpose();
    number.map_err(|error| StoreError::corrupt(column, error))
}
