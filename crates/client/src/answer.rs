//! Decides what an answer of the intake means for the events of a batch.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::Problem;

use crate::batch::Batch;
use crate::error::Error;

/// What the intake answered to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// How long the intake asks to wait, from `Retry-After` in seconds. The form with a date is not in
    /// use between machines.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Bytes,
}

/// The outcome of one attempt.
#[derive(Debug)]
pub(crate) enum Outcome<R> {
    /// The intake answered for each event: the receipts of the accepted ones by their indices, and
    /// the indices of those that must be sent again.
    Answered { accepted: Vec<(usize, R)>, again: Vec<usize>, why: String },
    /// Nothing is known about any event, and all must be sent again.
    Unknown { why: String, retry_after: Option<Duration> },
}

/// The answer to a batch. `R` is the receipt, or a type that skips it: receipts are most of the
/// answer, and not every caller needs them.
#[derive(Deserialize)]
struct Results<R> {
    results: Vec<EventResult<R>>,
}

#[derive(Deserialize)]
struct EventResult<R> {
    status: Status,
    receipt: Option<R>,
    problem: Option<Problem>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Accepted,
    Rejected,
    Retry,
}

/// Judges an answer to a batch.
///
/// # Errors
///
/// Errors that another attempt would not change.
pub(crate) fn judge<R: DeserializeOwned>(
    intake: &Url,
    batch: &Batch,
    answer: &Answer,
) -> Result<Outcome<R>, Error> {
    if answer.status == StatusCode::OK {
        return judge_results(batch, &answer.body);
    }
    let why = explain(answer);
    if is_passing(answer.status) {
        return Ok(Outcome::Unknown { why, retry_after: answer.retry_after });
    }
    Err(match answer.status {
        StatusCode::UNAUTHORIZED => Error::KeyRefused { intake: intake.clone(), why },
        status => Error::BatchRefused { status, why },
    })
}

/// Whether the same request may fare better later: the intake says so (503, 429), or it or a gateway
/// before it lost the connection (408, 502, 504). With every other status the caller or the intake has
/// a fault, which is to be seen and not repeated.
fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::BAD_GATEWAY
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn judge_results<R: DeserializeOwned>(batch: &Batch, body: &[u8]) -> Result<Outcome<R>, Error> {
    let Results { results } = serde_json::from_slice(body).map_err(Error::Unreadable)?;
    let events = batch.events();
    if results.len() != events {
        return Err(Error::Miscounted { results: results.len(), events });
    }
    let (mut accepted, mut again, mut why) = (Vec::new(), Vec::new(), String::new());
    for (index, result) in results.into_iter().enumerate() {
        let EventResult { status, receipt, problem } = result;
        let describe = || problem.as_ref().map_or_else(String::new, describe);
        match status {
            Status::Accepted => {
                let receipt = receipt
                    .ok_or_else(|| Error::Unreadable(serde::de::Error::missing_field("receipt")))?;
                accepted.push((index, receipt));
            }
            Status::Retry => {
                if again.is_empty() {
                    why = describe();
                }
                again.push(index);
            }
            Status::Rejected => {
                let event = Bytes::copy_from_slice(batch.event(index));
                return Err(Error::EventRejected { why: describe(), event });
            }
        }
    }
    Ok(Outcome::Answered { accepted, again, why })
}

fn describe(problem: &Problem) -> String {
    let mut text = format!("{} ({}): {}", problem.title, problem.problem_type, problem.detail);
    for error in &problem.errors {
        text = format!("{text}; {} {}", error.pointer, error.detail);
    }
    text
}

/// The problem in an answer, or the beginning of any other body.
fn explain(answer: &Answer) -> String {
    serde_json::from_slice(&answer.body).map_or_else(
        |_| {
            let text = String::from_utf8_lossy(&answer.body);
            let beginning: String = text.chars().take(200).collect();
            format!("{} {beginning}", answer.status)
        },
        |problem| describe(&problem),
    )
}

#[cfg(test)]
mod tests {
    use domain::Kind;
    use serde::de::IgnoredAny;
    use serde_json::json;

    use super::*;

    fn judged(status: u16, body: &serde_json::Value) -> Result<Outcome<IgnoredAny>, Error> {
        let batch = Batch::of(Kind::Review, [&b"0"[..], b"1", b"2"]);
        let answer = Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            retry_after: Some(Duration::from_secs(7)),
            body: body.to_string().into(),
        };
        judge(&"http://127.0.0.1:8701".parse().expect("an address"), &batch, &answer)
    }

    fn problem() -> serde_json::Value {
        json!({"type": "urn:x", "title": "Away", "status": 503, "detail": "later"})
    }

    #[test]
    fn only_what_may_pass_is_sent_again() {
        for status in [408, 429, 502, 503, 504] {
            let outcome = judged(status, &problem()).expect("it may pass");
            let Outcome::Unknown { why, retry_after } = outcome else { panic!("{status}") };
            assert_eq!((&*why, retry_after), ("Away (urn:x): later", Some(Duration::from_secs(7))));
        }
        for status in [400, 403, 404, 409, 413, 415, 422, 500, 501] {
            let error = judged(status, &problem()).expect_err("it will not pass");
            assert!(matches!(error, Error::BatchRefused { .. }), "{status}: {error}");
        }
        let error = judged(401, &problem()).expect_err("it will not pass").to_string();
        assert_eq!(
            error,
            "the intake at http://127.0.0.1:8701/ refused the key: Away (urn:x): later"
        );
    }

    #[test]
    fn only_events_that_are_to_be_sent_again_are() {
        let retry = json!({"status": "retry", "problem": problem()});
        let accepted = json!({"status": "accepted", "receipt": {"offset": 1}});
        let outcome = judged(200, &json!({"results": [retry, accepted, retry]}));
        let Ok(Outcome::Answered { accepted, again, why }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(accepted.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1]);
        assert_eq!((again, &*why), (vec![0, 2], "Away (urn:x): later"));
    }

    #[test]
    fn a_rejected_event_is_given_back_and_not_shown() {
        let rejected = json!({"status": "rejected", "problem": problem()});
        let accepted = json!({"status": "accepted", "receipt": {}});
        let outcome = judged(200, &json!({"results": [accepted, accepted, rejected]}));
        let Err(Error::EventRejected { event, why }) = outcome else { panic!("{outcome:?}") };
        assert_eq!((&event[..], &*why), (&b"2"[..], "Away (urn:x): later"));
    }

    #[test]
    fn an_answer_without_a_word_for_each_event_acknowledges_none() {
        let accepted = json!({"status": "accepted", "receipt": {}});
        let outcome = judged(200, &json!({"results": [accepted]}));
        assert!(matches!(outcome, Err(Error::Miscounted { results: 1, events: 3 })));
        let bare = json!({"status": "accepted"});
        let outcome = judged(200, &json!({"results": [accepted, bare, accepted]}));
        assert!(matches!(outcome, Err(Error::Unreadable(_))), "{outcome:?}");
        assert!(matches!(judged(200, &json!([])), Err(Error::Unreadable(_))));
    }
}
