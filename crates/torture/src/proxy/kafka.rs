//! A proxy between a service and a broker. Within a frame it understands only the kind of a request
//! and the address that the broker announces.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// The key of a `Produce` request.
pub const PRODUCE: i16 = 0;

/// The key of an `OffsetCommit` request.
pub const OFFSET_COMMIT: i16 = 8;

/// Requests whose answers contain addresses of brokers: `Metadata` and `FindCoordinator`.
const NAMES_BROKERS: [i16; 2] = [3, 10];

/// The longest frame that is carried, in bytes: more than the broker accepts or a consumer
/// requests.
const FRAME_MAX: usize = 128 << 20;

/// A fault of all requests of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaFault {
    /// The broker never sees the request.
    SwallowRequests,
    /// The broker performs the request, but its answer is never delivered.
    SwallowAnswers,
    /// The broker performs the request, but the connection breaks before its answer.
    CutAtAnswers,
}

/// A proxy in front of the only broker, which runs until it is dropped.
pub struct KafkaProxy {
    port: u16,
    state: Arc<Mutex<State>>,
    healed: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    fault: Option<(i16, KafkaFault)>,
    happened: u64,
}

impl KafkaProxy {
    /// Starts a proxy that forwards everything unchanged.
    pub async fn start(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let of_connections = Arc::clone(&state);
        let (healed, when_healed) = watch::channel(());
        let accepting = tokio::spawn(async move {
            // The set is dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let connection = Connection {
                    state: Arc::clone(&of_connections),
                    asked: Mutex::default(),
                    has_a_gap: AtomicBool::new(false),
                    broker,
                    port,
                };
                let healed = when_healed.clone();
                connections.spawn(async move {
                    // The client sees the error of a connection.
                    let _ = connection.carry(client, healed).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { port, state, healed, accepting }
    }

    /// Its address, to use instead of the broker's.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Begins a fault of the requests with this key.
    pub fn begin(&self, key: i16, fault: KafkaFault) {
        lock(&self.state).fault = Some((key, fault));
    }

    /// Ends the fault. What was swallowed stays lost, and its connection is closed.
    pub fn heal(&self) {
        lock(&self.state).fault = None;
        self.healed.send_replace(());
    }

    /// How often the fault has occurred so far.
    pub fn happened(&self) -> u64 {
        lock(&self.state).happened
    }
}

impl Drop for KafkaProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Nothing can panic while it is held.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Connection {
    state: Arc<Mutex<State>>,
    /// The keys of the requests that wait for their answers, by correlation id.
    asked: Mutex<HashMap<i32, i16>>,
    /// Whether something was swallowed for which the client waits.
    has_a_gap: AtomicBool,
    broker: SocketAddr,
    port: u16,
}

impl Connection {
    async fn carry(&self, client: TcpStream, healed: watch::Receiver<()>) -> io::Result<()> {
        let broker = TcpStream::connect(self.broker).await?;
        client.set_nodelay(true)?;
        broker.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_broker, to_broker) = broker.into_split();
        tokio::select! {
            ended = self.carry_requests(from_client, to_broker) => ended,
            ended = self.carry_answers(from_broker, to_client) => ended,
            () = self.until_it_is_given_up(healed) => Ok(()),
        }
    }

    /// A connection with a gap lasts until the fault is healed.
    async fn until_it_is_given_up(&self, mut healed: watch::Receiver<()>) {
        while healed.changed().await.is_ok() && !self.has_a_gap.load(Ordering::Acquire) {}
    }

    async fn carry_requests(
        &self,
        mut client: OwnedReadHalf,
        mut broker: OwnedWriteHalf,
    ) -> io::Result<()> {
        loop {
            let request = read_frame(&mut client).await?;
            let (Some(key), Some(correlation)) = (at::<2>(&request, 0), at::<4>(&request, 4))
            else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            let key = i16::from_be_bytes(key);
            if self.goes_wrong(key, KafkaFault::SwallowRequests) {
                continue;
            }
            lock(&self.asked).insert(i32::from_be_bytes(correlation), key);
            write_frame(&mut broker, &request).await?;
        }
    }

    async fn carry_answers(
        &self,
        mut broker: OwnedReadHalf,
        mut client: OwnedWriteHalf,
    ) -> io::Result<()> {
        loop {
            let mut answer = read_frame(&mut broker).await?;
            let correlation = at::<4>(&answer, 0).ok_or(io::ErrorKind::InvalidData)?;
            let key = lock(&self.asked).remove(&i32::from_be_bytes(correlation));
            let key = key.ok_or(io::ErrorKind::InvalidData)?;
            if self.goes_wrong(key, KafkaFault::SwallowAnswers) {
                continue;
            }
            if self.goes_wrong(key, KafkaFault::CutAtAnswers) {
                return Ok(());
            }
            if NAMES_BROKERS.contains(&key) {
                replace_address(&mut answer, self.broker, self.port);
            }
            write_frame(&mut client, &answer).await?;
        }
    }

    fn goes_wrong(&self, key: i16, fault: KafkaFault) -> bool {
        let mut state = lock(&self.state);
        let does = state.fault == Some((key, fault));
        state.happened += u64::from(does);
        if does {
            self.has_a_gap.store(true, Ordering::Release);
        }
        does
    }
}

/// The bytes at an index of a frame.
fn at<const N: usize>(frame: &[u8], installation: usize) -> Option<[u8; N]> {
    frame.get(installation..installation + N)?.try_into().ok()
}

async fn read_frame(from: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let length = usize::try_from(from.read_u32().await?).unwrap_or(usize::MAX);
    if length > FRAME_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

async fn write_frame(to: &mut OwnedWriteHalf, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).expect("it was read with such a length");
    to.write_all(&[&length.to_be_bytes(), frame].concat()).await
}

/// Replaces the broker's address in an answer with the proxy's: the host, then the port in four
/// bytes, in every version of these answers. The length stays the same.
fn replace_address(answer: &mut [u8], broker: SocketAddr, port: u16) {
    let host = broker.ip().to_string();
    let named = [host.as_bytes(), &u32::from(broker.port()).to_be_bytes()].concat();
    let mut from = 0;
    while let Some(found) = answer[from..].windows(named.len()).position(|bytes| bytes == named) {
        let end = from + found + named.len();
        answer[end - 4..end].copy_from_slice(&u32::from(port).to_be_bytes());
        from = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_stands_in_for_its_broker_and_for_no_other() {
        let mut answer =
            b"\x09127.0.0.1\0\0\x22\x08 and 127.0.0.1\0\0\x22\x08 and 127.0.0.1\0\0\x22\x09"
                .to_vec();
        let broker = "127.0.0.1:8712".parse().expect("an address");
        replace_address(&mut answer, broker, 0x1234);
        assert_eq!(
            answer,
            b"\x09127.0.0.1\0\0\x12\x34 and 127.0.0.1\0\0\x12\x34 and 127.0.0.1\0\0\x22\x09"
        );
    }
}
