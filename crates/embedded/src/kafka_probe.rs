//! Asks a broker whether it has joined its cluster, with one handwritten `Metadata` request of
//! Kafka's protocol.
//!
//! An open port proves little, because a broker listens long before it serves. A broker that lists
//! itself has caught up with the controller and gets work.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The time limit of one request.
const PATIENCE: Duration = Duration::from_secs(2);

/// The largest response, in bytes. A response with one broker takes some 60; a hundred brokers fit
/// too.
const LONGEST_ANSWER: usize = 16 << 10;

/// `Metadata`, version 7: the last but one version before the protocol's compact encoding.
const METADATA: [u8; 4] = [0, 3, 0, 7];

/// True if the broker on that port answers and lists itself as alive.
pub(crate) async fn takes_part(port: u16, node_id: u32) -> bool {
    let asked = tokio::time::timeout(PATIENCE, ask(port)).await;
    matches!(asked, Ok(Ok(answer)) if broker_ids(&answer).is_some_and(|ids| ids.contains(&node_id)))
}

/// The response to a request for the metadata of no topic, without its length prefix.
async fn ask(port: u16) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_all(&request()).await?;
    let length = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    let mut answer = vec![0; length.min(LONGEST_ANSWER)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn request() -> Vec<u8> {
    let mut body = METADATA.to_vec();
    body.extend([0, 0, 0, 1]); // correlation id
    body.extend([0xff, 0xff]); // no client id
    body.extend([0, 0, 0, 0]); // no topics
    body.push(0); // create none
    let mut request = u32::try_from(body.len()).expect("a few bytes").to_be_bytes().to_vec();
    request.append(&mut body);
    request
}

/// The node ids in a response, or `None` if it is not understood.
fn broker_ids(answer: &[u8]) -> Option<Vec<u32>> {
    let mut rest = answer.get(8..)?; // correlation id, throttle time
    let count = take(&mut rest, 4)?;
    let mut ids = Vec::new();
    for _ in 0..u32::from_be_bytes(count.try_into().ok()?) {
        ids.push(u32::from_be_bytes(take(&mut rest, 4)?.try_into().ok()?));
        take_string(&mut rest)?; // host
        take(&mut rest, 4)?; // port
        take_string(&mut rest)?; // rack
    }
    Some(ids)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// Takes a string, which may be null.
fn take_string(rest: &mut &[u8]) -> Option<()> {
    let length = i16::from_be_bytes(take(rest, 2)?.try_into().ok()?);
    take(rest, usize::try_from(length).unwrap_or(0)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A response of Kafka 4.3.1: broker 1 without a rack, then cluster and controller.
    const ANSWER: &[u8] = b"\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x01\0\x09127.0.0.1\0\0\x22\x08\xff\xff\0\x16aGFvY2hhcGluZy1sb2NhbA\0\0\0\x01\0\0\0\0";

    #[test]
    fn the_live_brokers_are_read_from_an_answer() {
        assert_eq!(broker_ids(ANSWER), Some(vec![1]));
        assert_eq!(broker_ids(&[0; 12]), Some(vec![]));
    }

    #[test]
    fn an_answer_cut_anywhere_is_not_understood_or_says_the_same() {
        for length in 0..ANSWER.len() {
            let ids = broker_ids(&ANSWER[..length]);
            assert!(ids.is_none() || ids == Some(vec![1]), "{length}: {ids:?}");
        }
        // More brokers than there are bytes.
        assert_eq!(broker_ids(&[0xff; 64]), None);
    }

    #[tokio::test]
    async fn a_program_that_speaks_something_else_takes_no_part() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        });
        assert!(!takes_part(port, 1).await);
        server.await.unwrap();
        assert!(!takes_part(port, 1).await, "nobody listens any more");
    }
}
