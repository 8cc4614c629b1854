//! What those who run the system tell it, and what they are told of all submissions together.

use crate::rows::get_number;
use crate::source::{Fields, Source, SqlStore, View};
use crate::statement::Statement;
use gongkai_store::{Census, Pause, StoreError, Timestamp, Waiting};

const PAUSE: &str = "SELECT since, reason FROM pauses WHERE id = 1";
/// By an index alone, but for one row a state.
const WAITING: &str = "SELECT w.state, w.submissions, s.changed_at
    FROM (SELECT state, count(*) AS submissions, min(accepted) AS first
        FROM submissions WHERE state IN (1, 2, 3) GROUP BY state) w
    JOIN submissions s ON s.accepted = w.first";
const IN_WORK: &str =
    "SELECT count(*) AS submissions FROM submissions WHERE lease_until IS NOT NULL AND lease_until > ";
const DEAD: &str = "SELECT failure_class, count(*) AS submissions FROM submissions WHERE state = 6
    GROUP BY failure_class";

pub(crate) const PAUSE_PARSING: &str =
    "INSERT INTO pauses (id, since, reason) VALUES (1, $1, $2) ON CONFLICT DO NOTHING";
pub(crate) const RESUME_PARSING: &str = "DELETE FROM pauses";

impl<S: Source> SqlStore<S> {
    pub(crate) async fn find_pause(&self) -> Result<Option<Pause>, StoreError> {
        let row = self.row(View::Latest, Statement::new(PAUSE)).await?;
        let pause = |row: &S::Row| {
            let since = Timestamp::from_micros(row.number("since")?);
            Ok(Pause { since, reason: row.text("reason")? })
        };
        row.as_ref().map(pause).transpose()
    }

    pub(crate) async fn count_submissions(&self, now: Timestamp) -> Result<Census, StoreError> {
        let mut census = Census::default();
        for row in self.0.rows(View::Latest, Statement::new(WAITING)).await? {
            let waiting = Waiting {
                submissions: get_number(&row, "submissions")?,
                oldest: Some(Timestamp::from_micros(row.number("changed_at")?)),
            };
            match row.number("state")? {
                1 => census.received = waiting,
                2 => census.queued = waiting,
                _ => census.parsing = waiting,
            }
        }
        let mut in_work = Statement::new(IN_WORK);
        in_work.push_bind(now.micros());
        if let Some(row) = self.row(View::Latest, in_work).await? {
            census.in_work = get_number(&row, "submissions")?;
        }
        for row in self.0.rows(View::Latest, Statement::new(DEAD)).await? {
            let class = row.text_if_any("failure_class")?.unwrap_or_default();
            census.dead.push((class, get_number(&row, "submissions")?));
        }
        census.dead.sort();
        census.dead.truncate(Census::CLASSES_MAX);
        Ok(census)
    }
}
