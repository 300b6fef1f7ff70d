//! A proxy between a service and ClickHouse's HTTP interface.
//!
//! It works on bytes and not on requests. A service sends its inserts one after the other and waits
//! for each answer, so whatever comes from ClickHouse is the answer to everything that was sent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// A fault of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFault {
    /// A request is delivered, but its answer never is, and the connection stays open.
    SwallowAnswers,
    /// A request is delivered, but its answer is late by this much.
    DelayAnswers(Duration),
    /// A connection breaks after this many bytes of a request.
    CutRequests {
        /// The number of bytes.
        after: usize,
    },
}

/// A proxy that runs until it is dropped.
pub struct HttpProxy {
    port: u16,
    fault: watch::Sender<Option<HttpFault>>,
    happened: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl HttpProxy {
    /// Starts a proxy that forwards everything unchanged.
    pub async fn start(engine: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let (fault, of_connections) = watch::channel(None);
        let happened = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&happened);
        let accepting = tokio::spawn(async move {
            // The set is dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (fault, counter) = (of_connections.clone(), Arc::clone(&counter));
                connections.spawn(async move {
                    // The client sees the error of a connection.
                    let _ = connect(client, engine, fault, &counter).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { port, fault, happened, accepting }
    }

    /// Its URL, to use instead of the engine's.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Begins a fault.
    pub fn begin(&self, fault: HttpFault) {
        self.fault.send_replace(Some(fault));
    }

    /// Ends the fault. What was swallowed stays lost, and its connection is closed.
    pub fn heal(&self) {
        self.fault.send_replace(None);
    }

    /// How often the fault has occurred so far.
    pub fn happened(&self) -> u64 {
        self.happened.load(Ordering::Acquire)
    }
}

impl Drop for HttpProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

type Fault = watch::Receiver<Option<HttpFault>>;

async fn connect(
    client: TcpStream,
    engine: SocketAddr,
    fault: Fault,
    happened: &AtomicU64,
) -> std::io::Result<()> {
    let engine = TcpStream::connect(engine).await?;
    client.set_nodelay(true)?;
    engine.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_engine, to_engine) = engine.into_split();
    // When either side ends, the connection ends: these HTTP clients do not use half-closed
    // connections.
    tokio::select! {
        ended = carry_requests(from_client, to_engine, fault.clone(), happened) => ended,
        ended = carry_answers(from_engine, to_client, fault, happened) => ended,
    }
}

/// The number of bytes that are carried at a time, and buffered for a connection.
const BUFFER: usize = 64 << 10;

async fn carry_requests(
    mut client: OwnedReadHalf,
    mut engine: OwnedWriteHalf,
    fault: Fault,
    happened: &AtomicU64,
) -> std::io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut carried = 0;
    loop {
        let read = client.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let fault = *fault.borrow();
        if let Some(HttpFault::CutRequests { after }) = fault {
            if carried + read > after {
                engine.write_all(&buffer[..after.saturating_sub(carried)]).await?;
                happened.fetch_add(1, Ordering::AcqRel);
                return Ok(());
            }
            carried += read;
        } else {
            carried = 0;
        }
        engine.write_all(&buffer[..read]).await?;
    }
}

async fn carry_answers(
    mut engine: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    mut fault: Fault,
    happened: &AtomicU64,
) -> std::io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = engine.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let current = *fault.borrow();
        match current {
            None | Some(HttpFault::CutRequests { .. }) => {}
            Some(HttpFault::SwallowAnswers) => {
                happened.fetch_add(1, Ordering::AcqRel);
                // After a gap, nothing on this connection would make sense.
                let _ = fault.wait_for(Option::is_none).await;
                return Ok(());
            }
            Some(HttpFault::DelayAnswers(by)) => {
                happened.fetch_add(1, Ordering::AcqRel);
                sleep(by).await;
            }
        }
        client.write_all(&buffer[..read]).await?;
    }
}
