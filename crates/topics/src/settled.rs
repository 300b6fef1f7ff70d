//! Asks brokers again while they are still agreeing on which of them is responsible.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

/// How long until a broker is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// Whether an error says that a group or a partition is moving from one broker to another, so that
/// the answer comes soon. librdkafka retries some calls itself, and returns these errors from others.
fn is_settling(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{
        CoordinatorLoadInProgress, CoordinatorNotAvailable, LeaderNotAvailable, NotCoordinator,
        NotLeaderForPartition, OffsetNotAvailable, WaitingForCoordinator,
    };
    matches!(
        error.rdkafka_error_code(),
        Some(
            CoordinatorLoadInProgress
                | CoordinatorNotAvailable
                | LeaderNotAvailable
                | NotCoordinator
                | NotLeaderForPartition
                | OffsetNotAvailable
                | WaitingForCoordinator
        )
    )
}

/// Repeats a request until the brokers know which of them is responsible, for at most `patience`.
/// Blocks.
///
/// # Errors
///
/// Any other error of `ask`, or its last one when `patience` is over.
pub fn settled<T>(patience: Duration, mut ask: impl FnMut() -> KafkaResult<T>) -> KafkaResult<T> {
    let deadline = Instant::now() + patience;
    loop {
        match ask() {
            Err(error) if is_settling(&error) && Instant::now() < deadline => {
                tracing::debug!(%error, "the brokers are not settled yet");
                thread::sleep(PAUSE);
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: RDKafkaErrorCode) -> KafkaError {
        KafkaError::MetadataFetch(code)
    }

    #[test]
    fn what_passes_is_asked_again_and_what_stays_is_said_at_once() {
        let mut answers = vec![
            Err(error(RDKafkaErrorCode::GroupAuthorizationFailed)),
            Ok(7),
            Err(error(RDKafkaErrorCode::CoordinatorLoadInProgress)),
            Err(error(RDKafkaErrorCode::NotCoordinator)),
        ];
        let mut ask = || answers.pop().expect("it is asked no more than it has to be");
        assert_eq!(settled(Duration::from_mins(1), &mut ask), Ok(7));
        let denied = error(RDKafkaErrorCode::GroupAuthorizationFailed);
        assert_eq!(settled(Duration::from_mins(1), &mut ask), Err(denied));
    }

    #[test]
    fn what_does_not_pass_is_said_at_last() {
        let ask = || Err::<(), _>(error(RDKafkaErrorCode::NotCoordinator));
        let last = settled(Duration::ZERO, ask);
        assert_eq!(last, Err(error(RDKafkaErrorCode::NotCoordinator)));
    }
}
