//! The intake and its connection to Kafka.

use services::Service;
use testbed::wait::until;
use torture::proxy::{KafkaFault, PRODUCE};

use super::{all_is_equal, breakable, load};

/// SIGKILL between produce and answer: Kafka has the events, the sources were not told, and send
/// them again.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_counts_once_when_the_intake_is_killed_between_produce_and_answer() {
    let mut breakable = breakable().await;
    let load = load(&breakable.sender, 31);
    for _ in 0..3 {
        let happened = breakable.ingest_kafka.happened();
        breakable.ingest_kafka.begin(PRODUCE, KafkaFault::SwallowAnswers);
        until("an answer is lost", || async { breakable.ingest_kafka.happened() > happened }).await;
        breakable.world[Service::Ingest].kill();
        breakable.ingest_kafka.heal();
        breakable.world[Service::Ingest].start();
        breakable.world.until_service_is_ready(Service::Ingest).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}

/// Kafka has the events, but the connection breaks before its answer arrives, again and again, and
/// the intake retries by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_counts_once_when_the_answers_of_kafka_are_lost() {
    let breakable = breakable().await;
    let load = load(&breakable.sender, 32);
    for _ in 0..5 {
        let happened = breakable.ingest_kafka.happened();
        breakable.ingest_kafka.begin(PRODUCE, KafkaFault::CutAtAnswers);
        until("an answer is lost", || async { breakable.ingest_kafka.happened() > happened }).await;
        breakable.ingest_kafka.heal();
        let events = breakable.sender.events();
        until("events are acknowledged", || async { breakable.sender.events() > events }).await;
    }
    load.finish().await;
    all_is_equal(&breakable.world, &breakable.sender).await;
}
