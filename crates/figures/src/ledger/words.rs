//! What a reason means, for people: the same sentences on the command line, in the log and on the pages.

use std::fmt;

use super::verdict::Reason;

impl Reason {
    /// A sentence in Chinese and one in English; `{count}` stands for how much there is of it.
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing(_) => (
                "有 {count} 条已收到的记录未入库，公布的数据存在遗漏。",
                "{count} accepted records are missing from the database.",
            ),
            Self::Lost(_) => (
                "有 {count} 个分区的消息系统丢失了已入库的记录，或已换成另一套消息系统。",
                "In {count} partitions Kafka ends before what was loaded: it has lost records, or is another Kafka.",
            ),
            Self::Unaccounted(_) => (
                "有 {count} 个分区存在去向不明的序号。",
                "In {count} partitions the offsets do not add up.",
            ),
            Self::AnotherKafka(_) => (
                "有 {count} 个分区的消息系统与已入库的记录不符，可能已换成另一套消息系统。",
                "In {count} partitions Kafka has something else than what was loaded: it is another Kafka.",
            ),
            Self::StoredTwice(_) => {
                ("有 {count} 条记录被重复入库。", "{count} records are stored twice.")
            }
            Self::Unclassed(_) => ("有 {count} 条记录没有去向。", "{count} records have no class."),
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
                "{count} records are quarantined and nobody has decided on them. They have no month, so they stand against every month.",
            ),
            Self::Waiting(_) => (
                "有 {count} 条已收到的记录等待入库。",
                "{count} accepted records are not loaded yet.",
            ),
            Self::CounterBehind(_) => (
                "有 {count} 天的统计尚未包含最新收到的记录，通常几分钟后更新。",
                "The count is catching up with the newest records of {count} days, which takes minutes.",
            ),
            Self::NeverAudited => (
                "近一小时内，入库情况尚未与接收记录的消息系统核对。",
                "What is stored was not compared with what was accepted within the last hour.",
            ),
            Self::AuditOutgrown(_) => (
                "上次核对后又收到 {count} 条新的记录，待下次核对。",
                "{count} records came after what is stored was last compared with what was accepted; it is compared again soon.",
            ),
        }
    }
}

/// The English sentence.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count().map_or_else(String::new, |count| count.to_string());
        f.write_str(&self.sentences().1.replace("{count}", &count))
    }
}
