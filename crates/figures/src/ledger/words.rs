//! What a reason means, for people: the same sentences on the command line, in the log and on the pages.

use std::fmt;

use super::verdict::Reason;

impl Reason {
    /// What people are told in Chinese and in English; `{count}` stands for how much there is of it. The
    /// English puts the number after its noun, so that it reads well for one and for many.
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing(_) => (
                "有 {count} 条已收到的记录未入库，公布的数据存在遗漏。",
                "Accepted records that are missing from the database: {count}.",
            ),
            Self::Lost(_) => (
                "有 {count} 个分区的消息系统丢失了已入库的记录，或已换成另一套消息系统。",
                "Partitions where the messaging system (Kafka) ends before what was loaded: {count}. It has lost records, or was replaced by another.",
            ),
            Self::Unaccounted(_) => (
                "有 {count} 个分区存在去向不明的序号。",
                "Partitions whose offsets do not add up: {count}.",
            ),
            Self::AnotherKafka(_) => (
                "有 {count} 个分区的消息系统与已入库的记录不符，可能已换成另一套消息系统。",
                "Partitions where the messaging system (Kafka) does not hold what was loaded: {count}. It was probably replaced by another.",
            ),
            Self::StoredTwice(_) => {
                ("有 {count} 条记录被重复入库。", "Records that are stored twice: {count}.")
            }
            Self::Unclassed(_) => {
                ("有 {count} 条记录没有去向。", "Records without an outcome (class): {count}.")
            }
            Self::ServicesDiffer(_) => (
                "公布的服务数与数据台账相差 {count}。",
                "The published number of services and the ledger differ by {count}.",
            ),
            Self::CountedDiffer(_) => (
                "公布的评价数与数据台账相差 {count}。",
                "The published number of reviews and the ledger differ by {count}.",
            ),
            Self::Quarantined(_) => (
                "有 {count} 条异常记录尚未处理；异常记录不能归入具体月份，因此各月均受影响。",
                "Quarantined records that await a decision: {count}. They have no month, so they stand against every month.",
            ),
            Self::Waiting(_) => (
                "有 {count} 条已收到的记录等待入库。",
                "Accepted records that are not loaded yet: {count}.",
            ),
            Self::CounterBehind(_) => (
                "有 {count} 天的统计尚未包含最新收到的记录，通常几分钟后更新。",
                "Days whose counts do not include the newest records yet: {count}. They usually do within minutes.",
            ),
            Self::NeverAudited => (
                "近一小时内，入库情况尚未与接收记录的消息系统核对。",
                "Within the last hour, what is stored was not compared with what was accepted.",
            ),
            Self::AuditOutgrown(_) => (
                "上次核对后又收到 {count} 条新的记录，待下次核对。",
                "Records that came after the last comparison of what is stored with what was accepted: {count}. The next comparison follows soon.",
            ),
        }
    }
}

/// The English words.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count().map_or_else(String::new, |count| count.to_string());
        f.write_str(&self.sentences().1.replace("{count}", &count))
    }
}
