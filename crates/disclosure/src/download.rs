//! Tables that are sent while they are read: all departments or all items of a month, of which a
//! province has hundreds of thousands. Nowhere is there more of a table than a few chunks.
//!
//! A table that breaks off ends its response as an error, never as if it were whole. A table takes one of
//! a few places until its client has it; a client that finds none free is asked to come back.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, LAST_MODIFIED, LINK};
use http::{HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;

use crate::cache::{cache_control, disposition, last_modified};
use crate::dataset::{Column, rows};
use crate::format::{csv, long_table};
use crate::model::AboutRows;
use crate::problem::{Kind, Problem};
use crate::read;
use crate::resource::LongTable;
use crate::store::{Fault, Reader};

/// How long a download waits for a place.
const PLACE_TIMEOUT: Duration = Duration::from_secs(2);

/// When to ask again for a place.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// How long ClickHouse has for the first lines, and for each chunk after them. It adds up and sorts all
/// rows before it sends the first one.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client has to take a chunk. One that takes none gives its place to another.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);

/// Lines of a chunk: some 100 kB.
const LINES: usize = 256;

/// Chunks that wait for their client.
const CHUNKS: usize = 2;

/// What a client asks for of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Its lines.
    Lines,
    /// What is said of it beside its lines (`HEAD`), for which no rows are read.
    Headers,
}

impl Asked {
    /// What a request asks for.
    ///
    /// # Errors
    ///
    /// If it asks over HTTP/1.0, in which a response ends with its connection: then a table that has broken
    /// off cannot be told from a whole one.
    pub(crate) fn by(request: &http::request::Parts) -> Result<Self, Problem> {
        if request.version < http::Version::HTTP_11 {
            let detail = "A whole table is sent over HTTP/1.1 only, since over HTTP/1.0 one that has broken off looks whole. A proxy may have to be told so, such as nginx with proxy_http_version 1.1. Or read pages with limit and offset.";
            return Err(Problem::new(Kind::HttpTooOld, detail));
        }
        let is_head = request.method == http::Method::HEAD;
        Ok(if is_head { Self::Headers } else { Self::Lines })
    }
}

/// The places for tables that are sent.
#[derive(Clone, Debug)]
pub(crate) struct Downloads {
    places: Arc<Semaphore>,
    max: usize,
}

impl Downloads {
    pub(crate) fn new(max: NonZeroUsize) -> Self {
        Self { places: Arc::new(Semaphore::new(max.get())), max: max.get() }
    }

    /// Begins to send a table, once its first lines are there: what fails before that is a problem.
    pub(crate) async fn begin(
        &self,
        reader: &Reader,
        table: LongTable,
        asked: Asked,
    ) -> Result<Response, Problem> {
        if asked == Asked::Headers {
            let about = read::about_rows(reader, &table).await?;
            // A body of unknown length: an empty one would say that the table has no bytes.
            let no_lines = stream::empty::<io::Result<Bytes>>();
            return Ok((headers(&table, &about), Body::from_stream(no_lines)).into_response());
        }
        let place = self.place().await?;
        let about = read::about_rows(reader, &table).await?;
        let lines = read::all_rows(reader, &table, about)?;
        let mut lines = Box::pin(lines);
        let columns = rows::columns(about.dimension);
        let first = chunk(&columns, &mut lines).await.map_err(Problem::from)?;

        let head = csv::head(table.bom, &columns);
        let (sender, receiver) = mpsc::channel(CHUNKS);
        tokio::spawn(async move {
            let outcome = send(head, first, &columns, lines, sender).await;
            metrics::counter!("haochaping_disclosure_downloads_total", "result" => <&str>::from(outcome))
                .increment(1);
            drop(place);
        });
        Ok((headers(&table, &about), Body::from_stream(received(receiver))).into_response())
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let place = timeout(PLACE_TIMEOUT, Arc::clone(&self.places).acquire_owned()).await;
        if let Ok(place) = place {
            return Ok(place.expect("the semaphore is never closed"));
        }
        metrics::counter!("haochaping_disclosure_downloads_total", "result" => "refused")
            .increment(1);
        let detail = format!(
            "{} whole tables are being sent, and no more are sent at once. Try again in a moment, or read pages with limit and offset.",
            self.max
        );
        Err(Problem::new(Kind::Overloaded, detail).retry_after(RETRY_AFTER))
    }
}

/// What is said of a table beside its lines. It has no `ETag`: that would be known at its end.
fn headers(table: &LongTable, about: &AboutRows) -> HeaderMap {
    let links = HeaderValue::try_from(long_table::links(table)).expect("addresses are ASCII");
    let headers = [
        (CONTENT_TYPE, Some(HeaderValue::from_static(csv::CONTENT_TYPE))),
        (CONTENT_DISPOSITION, Some(disposition(&long_table::file_name(table, about)))),
        (CACHE_CONTROL, Some(cache_control(about.edition.status.freshness()))),
        (LAST_MODIFIED, about.as_of().map(last_modified)),
        (LINK, Some(links)),
    ];
    headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// How a download ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
enum Outcome {
    /// The client has all of it.
    Whole,
    /// ClickHouse gave no more, so the response has ended as an error.
    Broken,
    /// The client took no more.
    Abandoned,
}

/// The next lines of a table; none if there are no more.
async fn chunk<L>(
    columns: &[Column<L>],
    lines: &mut (impl Stream<Item = Result<L, Fault>> + Unpin),
) -> Result<Option<Bytes>, Fault> {
    let read = async {
        let mut chunk = Vec::with_capacity(LINES);
        while chunk.len() < LINES {
            let Some(line) = lines.try_next().await? else { break };
            chunk.push(line);
        }
        Ok::<_, Fault>(chunk)
    };
    let too_late = |_| Fault::Unavailable(anyhow!("no rows came within {READ_TIMEOUT:?}"));
    let chunk: Vec<L> = timeout(READ_TIMEOUT, read).await.map_err(too_late)??;
    Ok((!chunk.is_empty()).then(|| csv::lines(columns, chunk).into()))
}

/// What is on its way to a client.
#[derive(Debug)]
enum Part {
    Lines(Bytes),
    /// There are no more lines. A table without this one has broken off.
    End,
}

/// Sends what a table begins with, its first lines, and all that follow.
async fn send<L>(
    head: Vec<u8>,
    first: Option<Bytes>,
    columns: &[Column<L>],
    mut lines: impl Stream<Item = Result<L, Fault>> + Unpin,
    to: mpsc::Sender<Part>,
) -> Outcome {
    let give = async |part| matches!(timeout(SEND_TIMEOUT, to.send(part)).await, Ok(Ok(())));
    for part in [Some(Bytes::from(head)), first].into_iter().flatten() {
        if !give(Part::Lines(part)).await {
            return Outcome::Abandoned;
        }
    }
    loop {
        let (part, is_last) = match chunk(columns, &mut lines).await {
            Ok(Some(lines)) => (Part::Lines(lines), false),
            Ok(None) => (Part::End, true),
            Err(fault) => {
                let error = format!("{:#}", anyhow::Error::from(fault));
                tracing::warn!(error, "a table broke off while it was sent");
                return Outcome::Broken;
            }
        };
        if !give(part).await {
            return Outcome::Abandoned;
        }
        if is_last {
            return Outcome::Whole;
        }
    }
}

/// What was sent, as the body of a response: it ends well only if the table did.
fn received(parts: mpsc::Receiver<Part>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(parts), |parts| async {
        let mut parts = parts?;
        match parts.recv().await {
            Some(Part::Lines(lines)) => Some((Ok(lines), Some(parts))),
            Some(Part::End) => None,
            None => Some((Err(io::Error::other("the table has broken off")), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::dataset::{self, Value};

    /// What a client sees of so many lines, after which ClickHouse fails or does not.
    async fn seen(lines: u64, fails: bool) -> (Outcome, String, bool) {
        let columns = [Column::new("n", ("数", "Number"), dataset::Kind::Count, |line: &u64| {
            Value::Count(*line)
        })];
        let fault = fails.then(|| Err(Fault::Unavailable(anyhow!("it is away"))));
        let lines = stream::iter((0..lines).map(Ok).chain(fault));
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let sending = send(b"n\r\n".to_vec(), None, &columns, lines, sender);
        let (outcome, parts) = tokio::join!(sending, received(receiver).collect::<Vec<_>>());
        let ended_well = parts.iter().all(Result::is_ok);
        let bytes: Vec<_> = parts.into_iter().flatten().flatten().collect();
        (outcome, String::from_utf8(bytes).expect("UTF-8"), ended_well)
    }

    #[tokio::test]
    async fn a_table_arrives_whole_or_ends_as_an_error() {
        for lines in [0, 1, LINES as u64, 10 * LINES as u64 + 7] {
            let (outcome, text, ended_well) = seen(lines, false).await;
            assert_eq!((outcome, ended_well), (Outcome::Whole, true), "{lines}");
            let expected: Vec<_> = (0..lines).map(|line| line.to_string()).collect();
            assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), expected);
        }
        let (outcome, text, ended_well) = seen(2 * LINES as u64 + 1, true).await;
        assert_eq!((outcome, ended_well), (Outcome::Broken, false));
        assert_eq!(text.lines().count(), 1 + 2 * LINES, "whole chunks only");
    }

    /// Time passes by itself while everybody waits.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_loses_its_place_and_cannot_take_a_part_for_the_whole() {
        let columns = [Column::new("n", ("数", "Number"), dataset::Kind::Count, |line: &u64| {
            Value::Count(*line)
        })];
        let lines = stream::iter((0..100 * LINES as u64).map(Ok));
        let (sender, receiver) = mpsc::channel(CHUNKS);
        let outcome = send(b"n\r\n".to_vec(), None, &columns, lines, sender).await;
        assert_eq!(outcome, Outcome::Abandoned);
        let parts: Vec<_> = received(receiver).collect().await;
        assert!(parts.last().is_some_and(Result::is_err), "it comes back later");
    }

    #[test]
    fn a_head_reads_no_rows() {
        let request = |method| {
            let request = http::Request::builder().method(method).body(());
            request.expect("a request").into_parts().0
        };
        assert_eq!(Asked::by(&request("HEAD")).expect("a new HTTP"), Asked::Headers);
        assert_eq!(Asked::by(&request("GET")).expect("a new HTTP"), Asked::Lines);
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_is_asked_to_come_back() {
        let downloads = Downloads::new(NonZeroUsize::MIN);
        let place = downloads.place().await.expect("there is one");
        let problem = downloads.place().await.expect_err("there is no other");
        assert_eq!(problem.kind(), Kind::Overloaded);
        drop(place);
        assert!(downloads.place().await.is_ok());
    }
}
