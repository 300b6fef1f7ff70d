//! Refusals that are decided before a body has arrived: whoever reads only after sending sees them.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use daemon::http::{Limits, bind, serve};
use futures_util::{StreamExt, stream};
use http::StatusCode;
use ingest::Config;
use tokio::task::spawn_blocking;
use tokio_util::sync::{CancellationToken, DropGuard};
use topics::state::follow;

use crate::intake::{EVENT, answer, config, hall, post_as, router, router_with};

/// How long a test waits for what should come at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bounds of a real intake.
fn bounds() -> Config {
    Config { body_bytes_max: 4 << 20, bodies_bytes_max: 64 << 20, ..config() }
}

/// Serves a router until the guard is dropped.
async fn served(router: Router) -> (SocketAddr, DropGuard) {
    let listener = bind(([127, 0, 0, 1], 0).into()).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(serve(listener, router, Limits::default(), stop.clone()));
    (address, stop.drop_guard())
}

/// A client that reads no answer before it has sent the whole request, as many do.
struct Client(BufReader<TcpStream>);

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("the server receives it");
    }

    /// The status of an answer, whose body is read as well.
    fn status(&mut self) -> u16 {
        let mut line = || {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a line of an answer");
            line.trim_end().to_ascii_lowercase()
        };
        let status = line();
        let mut length = 0;
        loop {
            match line().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().expect("a length"),
                Some(_) => {}
                None => break,
            }
        }
        self.0.read_exact(&mut vec![0; length]).expect("the body of an answer");
        let status = status.split(' ').nth(1).expect("a status line");
        status.parse().expect("a status")
    }
}

/// The head of a request without anything about its body.
fn head(method: &str, path: &str, key: &str, content_type: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: {content_type}\r\n"
    )
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_reads_sees_every_refusal_and_keeps_its_connection() {
    let (unknown, _follower) =
        follow::<accounts::AccountState, ingest::Members>(&config().kafka, |_, _| {
            unreachable!("no Kafka tells of accounts")
        });
    let (knowing, _running) = served(router(&bounds(), &[hall()])).await;
    let (starting, _running_too) = served(router_with(&bounds(), unknown)).await;
    let refusals = [
        (401, knowing, head("POST", "/v1/reviews", "wrong", EVENT)),
        (403, knowing, head("POST", "/v1/dispositions", "hcp_hall", EVENT)),
        (404, knowing, head("POST", "/v1/review", "hcp_hall", EVENT)),
        (405, knowing, head("PUT", "/v1/reviews", "hcp_hall", EVENT)),
        (413, knowing, head("POST", "/v1/reviews", "hcp_hall", EVENT)),
        (415, knowing, head("POST", "/v1/reviews", "hcp_hall", "text/csv")),
        (503, starting, head("POST", "/v1/reviews", "hcp_hall", EVENT)),
    ];
    spawn_blocking(move || {
        for (status, address, head) in refusals {
            for size in [300_000, (4 << 20) + 1] {
                if status == 413 && size < 4 << 20 {
                    continue;
                }
                let mut client = Client::new(address);
                client.send(format!("{head}content-length: {size}\r\n\r\n").as_bytes());
                client.send(&vec![b'x'; size]);
                assert_eq!(client.status(), status, "{size} bytes");
                client.send(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes());
                client.send(format!("{size:x}\r\n").as_bytes());
                client.send(&vec![b'x'; size]);
                client.send(b"\r\n0\r\n\r\n");
                assert_eq!(client.status(), status, "{size} bytes in a chunk");
            }
        }
    })
    .await
    .expect("every refusal is seen");
}

/// Python's client is one of those that see a broken pipe where others see an answer.
#[tokio::test]
async fn the_client_of_python_sees_that_its_key_is_wrong() {
    const SCRIPT: &str = r#"
import http.client, sys
for size in (300_000, 1_000_000, 4_000_000):
    for _ in range(5):
        connection = http.client.HTTPConnection(sys.argv[1], timeout=30)
        headers = {"Authorization": "Bearer wrong", "Content-Type": "application/cloudevents+json"}
        connection.request("POST", "/v1/reviews", body=b"x" * size, headers=headers)
        print(connection.getresponse().status)
        connection.close()
"#;
    let (address, _running) = served(router(&bounds(), &[hall()])).await;
    let python = spawn_blocking(move || {
        Command::new("python3").args(["-c", SCRIPT, &address.to_string()]).output()
    });
    let Ok(output) = python.await.expect("no panic") else {
        return; // there is no Python on this machine; the test before this one has the same client
    };
    let seen = String::from_utf8_lossy(&output.stdout);
    let seen: Vec<_> = seen.lines().collect();
    assert_eq!(seen, ["401"; 15], "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_for_its_body_is_refused_without_being_asked() {
    let (address, _running) = served(router(&bounds(), &[hall()])).await;
    spawn_blocking(move || {
        let expecting = |head: String| {
            let mut client = Client::new(address);
            let since = Instant::now();
            let more = "content-length: 300000\r\nexpect: 100-continue\r\n\r\n";
            client.send(format!("{head}{more}").as_bytes());
            (client.status(), since.elapsed())
        };
        let (status, waited) = expecting(head("POST", "/v1/reviews", "wrong", EVENT));
        assert_eq!(status, 401);
        assert!(waited < Duration::from_secs(5), "{waited:?}: the body was waited for");
        let (status, _) = expecting(head("POST", "/v1/reviews", "hcp_hall", EVENT));
        assert_eq!(status, 100, "a body that can be used is asked for");
    })
    .await
    .expect("both are answered");
}

#[tokio::test]
async fn a_slow_body_holds_its_refusal_back_no_longer_than_a_body_may_take() {
    let config = Config { body_timeout_ms: 300, ..bounds() };
    let router = router(&config, &[hall()]);
    let drops = stream::repeat(Bytes::from_static(b"x")).then(|drop| async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok::<_, Infallible>(drop)
    });
    let since = Instant::now();
    let request = post_as("wrong", "/v1/reviews", EVENT, Body::from_stream(drops));
    assert_eq!(answer(&router, request).await.0, StatusCode::UNAUTHORIZED);
    let waited = since.elapsed();
    assert!(waited >= Duration::from_millis(300), "{waited:?}: it was not read on");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

/// A piece of a body that counts how many of its kind there are.
struct Piece {
    bytes: Vec<u8>,
    alive: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn what_is_thrown_away_takes_no_memory_and_an_endless_body_is_given_up() {
    let config = config();
    let router = router(&config, &[hall()]);
    let requests = [
        (StatusCode::UNAUTHORIZED, "wrong", "/v1/reviews"),
        (StatusCode::NOT_FOUND, "hcp_hall", "/v1/review"),
        (StatusCode::PAYLOAD_TOO_LARGE, "hcp_hall", "/v1/reviews"),
    ];
    for (status, key, path) in requests {
        let (alive, most, sent) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicUsize::new(0)),
        );
        let endless = stream::repeat(()).map({
            let (alive, most, sent) = (Arc::clone(&alive), Arc::clone(&most), Arc::clone(&sent));
            move |()| {
                let now = alive.fetch_add(1, Ordering::Relaxed) + 1;
                most.fetch_max(now, Ordering::Relaxed);
                sent.fetch_add(1_000, Ordering::Relaxed);
                let piece = Piece { bytes: vec![b'x'; 1_000], alive: Arc::clone(&alive) };
                Ok::<_, Infallible>(Bytes::from_owner(piece))
            }
        });
        let request = post_as(key, path, EVENT, Body::from_stream(endless));
        assert_eq!(answer(&router, request).await.0, status);
        assert!(most.load(Ordering::Relaxed) <= 2, "{most:?} pieces are kept");
        let sent = sent.load(Ordering::Relaxed);
        let most = config.body_bytes_max * 5 + 2_000;
        assert!((config.body_bytes_max * 4..=most).contains(&sent), "{sent} bytes were received");
    }
}

#[tokio::test]
async fn a_body_that_says_that_it_is_far_too_large_is_not_waited_for() {
    let (address, _running) = served(router(&bounds(), &[hall()])).await;
    spawn_blocking(move || {
        let mut client = Client::new(address);
        let head = head("POST", "/v1/reviews", "wrong", EVENT);
        let since = Instant::now();
        client.send(format!("{head}content-length: {}\r\n\r\n", (16 << 20) + 1).as_bytes());
        assert_eq!(client.status(), 401);
        let waited = since.elapsed();
        assert!(waited < Duration::from_secs(5), "{waited:?}: the body was waited for");
    })
    .await
    .expect("it is answered");
}
