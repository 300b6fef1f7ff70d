//! An HTTP server with limits: on connections, on the time for a request's head, and on stopping.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::BadEnvironment;

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of connections that are served at once. Further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// The time within which a client must send the head of a request, and the time that it may
    /// stay silent between two requests.
    pub head_timeout: Duration,
    /// The lifetime of a connection. A client that continues opens another one. A client that sends
    /// requests and never reads the answers cannot block a connection permanently.
    pub lifetime_max: Duration,
    /// The time that requests in flight have after the server was told to stop, or after the
    /// lifetime of their connection.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            head_timeout: Duration::from_secs(30),
            lifetime_max: Duration::from_mins(10),
            drain_timeout: Duration::from_secs(15),
        }
    }
}

/// Listens on an address.
///
/// # Errors
///
/// If it is not available.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        BadEnvironment(format!("failed to listen on {address}: {error}; choose another address"))
            .into()
    })
}

/// Serves until `stop`, then accepts no more connections and lets requests in flight finish.
///
/// # Errors
///
/// None while it runs: a failing connection concerns only its client.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    limits: Limits,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head_timeout);
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let tracker = TaskTracker::new();
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&connections).acquire_owned() => {
                permit.expect("the semaphore is never closed")
            }
            () = stop.cancelled() => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // The process is most likely out of file descriptors, some of which will soon
                    // be free again.
                    tracing::warn!(%error, "failed to accept a connection");
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        // A response is one write. Waiting to fill a packet would only delay it.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(service.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let stop = stop.clone();
        tracker.spawn(async move {
            keep(connection, limits, stop).await;
            drop(permit);
        });
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
    Ok(())
}

/// Serves a connection until its client ends it, its lifetime is over or the server stops. Then
/// requests in flight are answered, within the time limit.
async fn keep<S>(connection: Connection<S>, limits: Limits, stop: CancellationToken)
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = sleep(limits.lifetime_max) => None,
        () = stop.cancelled() => None,
    };
    let ended = if let Some(ended) = ended {
        Ok(ended)
    } else {
        connection.as_mut().graceful_shutdown();
        timeout(limits.drain_timeout, connection).await
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection has ended early"),
        Err(_) => tracing::warn!("the requests of a connection did not end in time"),
    }
}

type Connection<S> =
    hyper::server::conn::http1::Connection<TokioIo<TcpStream>, TowerToHyperService<S>>;

#[cfg(test)]
mod tests {
    use axum::Router;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A client sends requests and never reads the answers. The server closes its connection, and
    /// serves the next client although only one connection is allowed.
    #[tokio::test]
    async fn a_client_that_never_reads_answers_cannot_keep_others_out() {
        let router = Router::new().route("/", axum::routing::get(|| async { "x".repeat(1 << 20) }));
        let listener = bind(([127, 0, 0, 1], 0).into()).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let limits = Limits {
            connections_max: 1,
            lifetime_max: Duration::from_millis(50),
            drain_timeout: Duration::from_millis(50),
            ..Limits::default()
        };
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, router, limits, stop.clone()));
        let ask = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let mut deaf = TcpStream::connect(address).await.expect("a connection");
        deaf.write_all(ask.repeat(64).as_bytes()).await.expect("it asks");

        let mut other = TcpStream::connect(address).await.expect("a connection");
        other.write_all(ask.as_bytes()).await.expect("it asks");
        let mut answer = [0; 15];
        timeout(Duration::from_secs(30), other.read_exact(&mut answer))
            .await
            .expect("it is served in time")
            .expect("it is answered");
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        stop.cancel();
        server.await.expect("no panic").expect("it ends well");
        drop(deaf);
    }
}
