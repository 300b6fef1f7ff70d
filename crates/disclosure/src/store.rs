//! Queries ClickHouse, with a limit on concurrent queries and a time limit for each, and decides
//! what a missing answer means. It decides nothing about the data.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clickhouse::query::{Query, RowCursor};
use clickhouse::{Client, RowOwned, RowRead};
use domain::EpochSeconds;
use tables::counts::FINAL_SETTING;
use tables::{Read, Select};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::problem::{Kind, Problem};

/// A query gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It may in a moment: ClickHouse is away, slow, or has too much to do.
    #[error("ClickHouse does not answer")]
    Unavailable(#[source] anyhow::Error),
    /// It never will.
    #[error("ClickHouse cannot answer")]
    Broken(#[source] anyhow::Error),
}

/// When to ask again while ClickHouse does not answer.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable(cause) => {
                tracing::warn!(error = format!("{cause:#}"), "ClickHouse does not answer");
                Self::new(Kind::Overloaded, "The figures cannot be read right now. Try again.")
                    .retry_after(RETRY_AFTER)
            }
            Fault::Broken(cause) => Self::internal(&cause),
        }
    }
}

impl From<clickhouse::error::Error> for Fault {
    fn from(error: clickhouse::error::Error) -> Self {
        use clickhouse::error::Error;
        let is_transient = match &error {
            Error::Network(_) | Error::TimedOut => true,
            Error::BadResponse(text) => is_transient(text),
            _ => false,
        };
        if is_transient { Self::Unavailable(error.into()) } else { Self::Broken(error.into()) }
    }
}

/// Timeouts, memory, too many queries, broken connections, shutting down, Keeper away. An answer
/// without a code of ClickHouse's comes from something between it and us.
fn is_transient(text: &str) -> bool {
    const CODES: [u16; 13] = [159, 160, 202, 209, 210, 225, 236, 241, 242, 279, 394, 439, 999];
    let digits = text.strip_prefix("Code: ").unwrap_or_default();
    let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
    digits.parse().map_or(true, |code| CODES.contains(&code))
}

/// A number of queries at once, each with a time limit.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    client: Client,
    permits: Arc<Semaphore>,
    timeout: Duration,
}

impl Store {
    pub(crate) fn new(config: &Config) -> Self {
        let timeout = Duration::from_millis(config.query_timeout_ms);
        let (setting, value) = FINAL_SETTING;
        let client = config
            .clickhouse
            .client()
            .with_setting(setting, value)
            // A second more than we wait: ClickHouse ends what we have given up.
            .with_setting("max_execution_time", (timeout.as_secs() + 1).to_string());
        let permits = Arc::new(Semaphore::new(config.queries_max.get()));
        Self { client, permits, timeout }
    }

    /// What statements are made for.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the tables can be read.
    ///
    /// It does not wait for its turn: a busy service is nevertheless ready.
    pub(crate) async fn ping(&self) -> Result<(), Fault> {
        let query = tables::month_counts::ping(&self.client).into_query();
        let rows = query.fetch_all::<tables::month_counts::FoundRow>();
        let answered = tokio::time::timeout(self.timeout, rows).await;
        let too_late = |_| Fault::Unavailable(anyhow!("ClickHouse does not answer"));
        Ok(answered.map_err(too_late)?.map(drop)?)
    }

    /// A query that names no tables.
    pub(crate) fn query(&self, sql: &str) -> Query {
        self.client.query(sql)
    }

    /// Waits for its turn and for all rows, within the time limit.
    pub(crate) async fn select<T>(&self, select: Select<T>) -> Result<Vec<T>, Fault>
    where
        T: RowOwned + RowRead,
    {
        self.fetch(select.name(), select.into_query()).await
    }

    /// Waits for its turn and for all rows, within the time limit.
    pub(crate) async fn fetch<T>(&self, name: &'static str, query: Query) -> Result<Vec<T>, Fault>
    where
        T: RowOwned + RowRead,
    {
        let started = Instant::now();
        let fetched = tokio::time::timeout(self.timeout, async {
            let _permit = self.permits.acquire().await.expect("the semaphore is never closed");
            query.fetch_all::<T>().await
        });
        let result = fetched.await;
        metrics::histogram!("haochaping_disclosure_query_seconds", "query" => name)
            .record(started.elapsed());
        let too_late =
            |_| Fault::Unavailable(anyhow!("the query {name} took longer than {:?}", self.timeout));
        Ok(result.map_err(too_late)??)
    }
}

/// The time limit for a table that is sent while it is read. A connection lives no longer.
const DOWNLOAD_SECONDS_MAX: &str = "600";

/// Reads for one answer, and remembers what the answer depends on.
#[derive(Debug)]
pub(crate) struct Reader {
    store: Store,
    now: EpochSeconds,
    reads: Mutex<Reads>,
}

/// What an answer was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Tables alone: as long as their parts are the same, so is the answer.
    Tables(BTreeSet<Read>),
    /// More than tables, such as the time.
    More,
}

impl Reader {
    pub(crate) fn new(store: Store, now: EpochSeconds) -> Self {
        Self { store, now, reads: Mutex::new(Reads::Tables(BTreeSet::new())) }
    }

    /// What statements are made for.
    pub(crate) fn client(&self) -> &Client {
        self.store.client()
    }

    /// A reader of the same store for what is read when the answer has begun. What it reads is not among
    /// what the answer depends on.
    pub(crate) fn for_later(&self) -> Self {
        Self::new(self.store.clone(), self.now)
    }

    /// The moment for which the answer is read.
    pub(crate) fn now(&self) -> EpochSeconds {
        self.now
    }

    /// All rows of a statement.
    pub(crate) async fn select<T>(&self, select: Select<T>) -> Result<Vec<T>, Fault>
    where
        T: RowOwned + RowRead,
    {
        if let Reads::Tables(reads) = &mut *self.reads() {
            reads.extend(select.reads());
        }
        self.store.select(select).await
    }

    /// The store itself, for an answer that depends on more than tables.
    pub(crate) fn depending_on_more(&self) -> &Store {
        *self.reads() = Reads::More;
        &self.store
    }

    /// What has been read.
    pub(crate) fn into_reads(self) -> Reads {
        self.reads.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn reads(&self) -> std::sync::MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows of a statement one by one, for an answer that is not cached. It does not wait for its turn:
/// whoever downloads has one already.
pub(crate) fn stream<T>(select: Select<T>) -> Result<RowCursor<T>, Fault>
where
    T: RowOwned + RowRead,
{
    let query = select.into_query().with_setting("max_execution_time", DOWNLOAD_SECONDS_MAX);
    Ok(query.fetch()?)
}

#[cfg(test)]
mod tests {
    use clickhouse::error::Error;

    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        let unavailable = |text: &str| {
            matches!(Error::BadResponse(text.to_owned()).into(), Fault::Unavailable(_))
        };
        assert!(unavailable("Code: 241. DB::Exception: Memory limit exceeded"));
        assert!(unavailable("<html>502 Bad Gateway</html>"));
        assert!(!unavailable("Code: 60. DB::Exception: Unknown table expression identifier"));
        assert!(matches!(Error::TimedOut.into(), Fault::Unavailable(_)));
        assert!(matches!(Error::NotEnoughData.into(), Fault::Broken(_)));
    }
}
