//! The id of a topic, by librdkafka's own call: rdkafka does not show it yet.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::ptr;
use std::time::Duration;

use anyhow::{Context, bail};
use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;
use rdkafka_sys as c;
use uuid::Uuid;

/// A topic does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no topic {0}")]
pub(crate) struct NoTopic(String);

/// A C object that is given back when it goes out of scope.
struct Owned<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Owned<T> {
    fn new(object: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> anyhow::Result<Self> {
        if object.is_null() {
            bail!("librdkafka returned nothing");
        }
        Ok(Self(object, destroy))
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer is not null, came from librdkafka and is given back once.
        unsafe { (self.1)(self.0) }
    }
}

/// The ids of topics, in the order of their names. Blocks until a broker answers.
pub(crate) fn describe(
    admin: &AdminClient<DefaultClientContext>,
    names: &[String],
    within: Duration,
) -> anyhow::Result<Vec<Uuid>> {
    let timeout_ms = i32::try_from(within.as_millis()).context("so long is never waited")?;
    let client = admin.inner().native_ptr();
    let names: Vec<CString> =
        names.iter().map(|name| CString::new(name.as_str())).collect::<Result<_, _>>()?;
    let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();

    // SAFETY: `client` outlives the call, since `admin` is borrowed; the names outlive `topics`,
    // which copies them; everything that librdkafka hands out is checked for null, and what it
    // lends (results, descriptions, ids) is read before the event that owns it is given back.
    unsafe {
        let topics = Owned::new(
            c::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            c::rd_kafka_TopicCollection_destroy,
        )?;
        let queue = Owned::new(c::rd_kafka_queue_new(client), c::rd_kafka_queue_destroy)?;
        let operation = c::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let options = Owned::new(
            c::rd_kafka_AdminOptions_new(client, operation),
            c::rd_kafka_AdminOptions_destroy,
        )?;
        c::rd_kafka_AdminOptions_set_request_timeout(options.0, timeout_ms, ptr::null_mut(), 0);
        c::rd_kafka_DescribeTopics(client, topics.0, options.0, queue.0);
        let event = Owned::new(
            c::rd_kafka_queue_poll(queue.0, timeout_ms.saturating_add(1_000)),
            c::rd_kafka_event_destroy,
        )
        .context("no broker has answered")?;
        let result = c::rd_kafka_event_DescribeTopics_result(event.0);
        if result.is_null() {
            bail!("librdkafka answered another question");
        }
        let mut count = 0;
        let described = c::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if described.is_null() || count != names.len() {
            bail!("no broker has described the topics");
        }
        (0..count)
            .zip(&names)
            .map(|(index, name)| {
                let topic = *described.add(index);
                let id = c::rd_kafka_TopicDescription_topic_id(topic);
                let high = c::rd_kafka_Uuid_most_significant_bits(id).cast_unsigned();
                let low = c::rd_kafka_Uuid_least_significant_bits(id).cast_unsigned();
                if c::rd_kafka_error_code(c::rd_kafka_TopicDescription_error(topic))
                    != c::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
                    || (high, low) == (0, 0)
                {
                    return Err(NoTopic(name.to_string_lossy().into_owned()).into());
                }
                Ok(Uuid::from_u64_pair(high, low))
            })
            .collect()
    }
}
