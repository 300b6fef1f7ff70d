//! Asking brokers that are still making out among themselves which of them answers.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

/// How long until the same is asked again.
const PAUSE: Duration = Duration::from_millis(100);

/// What a broker says while a group or a partition passes from one to another: soon there is an
/// answer. librdkafka asks again by itself in some calls, and in others hands this out.
fn is_settling(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{
        CoordinatorLoadInProgress, CoordinatorNotAvailable, LeaderNotAvailable, NotCoordinator,
        NotLeaderForPartition, WaitingForCoordinator,
    };
    matches!(
        error.rdkafka_error_code(),
        Some(
            CoordinatorLoadInProgress
                | CoordinatorNotAvailable
                | LeaderNotAvailable
                | NotCoordinator
                | NotLeaderForPartition
                | WaitingForCoordinator
        )
    )
}

/// Asks until the brokers know who answers; not again when so much time has passed. Blocks.
///
/// # Errors
///
/// What `ask` says otherwise, or says at last.
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
