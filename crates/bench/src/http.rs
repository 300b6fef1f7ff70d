//! Sends requests over kept-alive connections, as cheaply as possible, because they run on the same
//! cores as what is measured.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use client::{BATCH_TYPE, Batch, EVENT_TYPE};
use domain::Kind;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A request that can be sent any number of times.
#[derive(Clone, Debug)]
pub struct Call {
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Bytes,
    expected: StatusCode,
}

impl Call {
    /// `GET`; the answer must be 200.
    ///
    /// # Errors
    ///
    /// If the path is none.
    pub fn get(path: &str) -> anyhow::Result<Self> {
        let target = path.parse().with_context(|| format!("{path} is no path"))?;
        Ok(Self {
            method: Method::GET,
            target,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            expected: StatusCode::OK,
        })
    }

    /// `POST` of one event; the answer must be 202.
    ///
    /// # Errors
    ///
    /// If the key fits into no header.
    pub fn post_event(kind: Kind, key: &str, body: Bytes) -> anyhow::Result<Self> {
        Self::post(kind, key, EVENT_TYPE, body, StatusCode::ACCEPTED)
    }

    /// `POST` of several events; the answer must be 200, and tells of each.
    ///
    /// # Errors
    ///
    /// If the key fits into no header.
    pub fn post_batch(batch: &Batch, key: &str) -> anyhow::Result<Self> {
        Self::post(batch.kind(), key, BATCH_TYPE, batch.body().clone(), StatusCode::OK)
    }

    fn post(
        kind: Kind,
        key: &str,
        content_type: &'static str,
        body: Bytes,
        expected: StatusCode,
    ) -> anyhow::Result<Self> {
        let path = format!("/{}", client::path(kind));
        let mut call = Self { method: Method::POST, body, expected, ..Self::get(&path)? };
        let bearer = HeaderValue::from_str(&format!("Bearer {key}"));
        call.headers.insert("authorization", bearer.context("the key fits into no header")?);
        call.headers.insert("content-type", HeaderValue::from_static(content_type));
        Ok(call)
    }

    fn describe(&self) -> String {
        format!("failed to ask {}", self.target)
    }

    /// With another header.
    ///
    /// # Errors
    ///
    /// If the value fits into no header.
    pub fn header(mut self, name: &'static str, value: &str) -> anyhow::Result<Self> {
        let value = HeaderValue::from_str(value).context("a value that fits into no header")?;
        self.headers.insert(name, value);
        Ok(self)
    }
}

/// A kept-alive connection. Servers close a connection that was idle for a while, perhaps at the
/// very moment of a request. Then it is opened again and the call is repeated, which is part of the
/// call's latency.
pub struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// If nobody listens there.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let describe = || format!("failed to connect to {address}");
        let stream = TcpStream::connect(address).await.with_context(describe)?;
        stream.set_nodelay(true).with_context(describe)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.with_context(describe)?;
        // It ends when the sender is dropped; what goes wrong is told by the request.
        tokio::spawn(connection);
        let host = HeaderValue::from_str(&address.to_string()).with_context(describe)?;
        Ok(Self { address, sender, host })
    }

    /// So many connections.
    ///
    /// # Errors
    ///
    /// If nobody listens there.
    pub async fn open_many(address: SocketAddr, count: usize) -> anyhow::Result<Vec<Self>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::open(address).await?);
        }
        Ok(connections)
    }

    /// Sends a request and reads the answer to its end; returns how many bytes its body had.
    ///
    /// # Errors
    ///
    /// If the answer is not the expected one; its body is told.
    pub async fn send(&mut self, call: &Call) -> anyhow::Result<usize> {
        let mut answer = self.ask(call).await?;
        let mut bytes = 0;
        while let Some(frame) = answer.body_mut().frame().await {
            bytes += frame.with_context(|| call.describe())?.data_ref().map_or(0, Bytes::len);
        }
        Ok(bytes)
    }

    /// Sends a request, and returns the body of the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub async fn fetch(&mut self, call: &Call) -> anyhow::Result<Bytes> {
        Ok(self.fetch_whole(call).await?.1)
    }

    /// Sends a request, and returns the headers and the body of the answer.
    ///
    /// # Errors
    ///
    /// As [`Self::send`].
    pub async fn fetch_whole(&mut self, call: &Call) -> anyhow::Result<(HeaderMap, Bytes)> {
        let (head, body) = self.ask(call).await?.into_parts();
        let body = body.collect().await.with_context(|| call.describe())?.to_bytes();
        Ok((head.headers, body))
    }

    async fn ask(&mut self, call: &Call) -> anyhow::Result<Response<Incoming>> {
        let mut answer = self.attempt(call).await;
        if answer.as_ref().is_err_and(is_of_an_ended_connection) {
            *self = Self::open(self.address).await?;
            answer = self.attempt(call).await;
        }
        let answer = answer.with_context(|| call.describe())?;
        let status = answer.status();
        if status != call.expected {
            let body =
                answer.into_body().collect().await.with_context(|| call.describe())?.to_bytes();
            bail!("{} answered {status}: {}", call.target, String::from_utf8_lossy(&body));
        }
        Ok(answer)
    }

    async fn attempt(&mut self, call: &Call) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(self.request(call)).await
    }

    fn request(&self, call: &Call) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(call.body.clone()));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = call.target.clone();
        *request.headers_mut() = call.headers.clone();
        request.headers_mut().insert(HOST, self.host.clone());
        request
    }
}

/// Whether the server had ended the connection, or does so without a word of an answer.
fn is_of_an_ended_connection(error: &hyper::Error) -> bool {
    let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let is_broken = |io: &io::Error| {
        matches!(io.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
    };
    error.is_closed()
        || error.is_canceled()
        || error.is_incomplete_message()
        || io.is_some_and(is_broken)
}

/// Sends `count` requests, the calls by turns, each connection the next one as soon as the last is
/// answered. Returns how long it took.
///
/// # Errors
///
/// If an answer is not the expected one.
pub async fn saturate(
    connections: Vec<Connection>,
    calls: &Arc<[Call]>,
    count: u64,
) -> anyhow::Result<Duration> {
    ensure!(!calls.is_empty(), "there is nothing to send");
    let next = Arc::new(AtomicU64::new(0));
    let since = Instant::now();
    let mut sending = JoinSet::new();
    for mut connection in connections {
        let (next, calls) = (Arc::clone(&next), Arc::clone(calls));
        sending.spawn(async move {
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= count {
                    return anyhow::Ok(());
                }
                let index = usize::try_from(turn % calls.len() as u64).expect("an index");
                connection.send(&calls[index]).await?;
            }
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent.context("a connection panicked")??;
    }
    Ok(since.elapsed())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// When a server ends a connection on which it has answered.
    enum End {
        AtOnce,
        AfterReading,
        WithoutReading,
    }

    #[tokio::test]
    async fn a_connection_that_the_server_has_closed_is_opened_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            for end in [End::AtOnce, End::AfterReading, End::WithoutReading] {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                answer(&mut stream).await;
                match end {
                    End::AtOnce => {}
                    End::AfterReading => read_request(&mut stream).await,
                    End::WithoutReading => stream.readable().await.expect("a request"),
                }
            }
            let (mut stream, _) = listener.accept().await.expect("a connection");
            answer(&mut stream).await;
        });
        let call = Call::get("/").expect("a path");
        let mut connection = Connection::open(address).await.expect("it listens");
        for _ in 0..4 {
            assert_eq!(connection.fetch(&call).await.expect("an answer"), "ok");
        }
        server.await.expect("all were asked");
    }

    async fn answer(stream: &mut TcpStream) {
        read_request(stream).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        stream.write_all(answer).await.expect("it is sent");
    }

    async fn read_request(stream: &mut TcpStream) {
        let mut head = [0; 1_024];
        assert!(stream.read(&mut head).await.expect("a request") > 0);
    }
}
