//! The words of the ledger for people, in Chinese and English.

use ::figures::ledger::{CheckCode, Reason as LedgerReason, Verdict};
use domain::class::Superseded;
use domain::{Class, Reason};
use topics::Topic;

/// Chinese, English.
type Words = (&'static str, &'static str);

/// What a class is called, with its reason.
pub(crate) fn name(class: Class) -> Words {
    match class {
        Class::Counted => ("计入统计", "Counted"),
        Class::Duplicate => ("同一服务已计入另一条", "Another review counts"),
        Class::FollowUp => ("追评", "Follow-up"),
        Class::OtherSubject => ("非单次服务评价", "About something else"),
        Class::SetAside(Reason::NotValid) => ("不予计入：无效评价", "Set aside: not valid"),
        Class::SetAside(Reason::Mistaken) => ("不予计入：误评", "Set aside: mistaken"),
        Class::SetAside(Reason::Malicious) => ("不予计入：恶意差评", "Set aside: malicious"),
        Class::SetAside(Reason::Fabricated) => ("不予计入：虚假好评", "Set aside: fabricated"),
        Class::SetAside(Reason::Test) => ("不予计入：测试", "Set aside: a test"),
        Class::Superseded(Superseded::LowerRevision) => ("已被更正", "Corrected later"),
        Class::Superseded(Superseded::SameRevision) => ("内容矛盾，未采用", "Contradicted"),
        Class::Repeat => ("重复发送", "Sent again"),
        Class::Service => ("服务记录", "Service record"),
        Class::Disposition => ("评价核实认定", "Decision"),
    }
}

/// What a class means, in a sentence.
pub(crate) fn meaning(class: Class) -> Words {
    match class {
        Class::Counted => (
            "一次服务只计一条评价，计入的即为本条。",
            "One review counts for each service, and this is the one.",
        ),
        Class::Duplicate => (
            "同一次服务收到多条评价，已计入另一条：主动评价优先于默认评价，同类评价取最早的一条。",
            "The service has several reviews, and another one counts: an active one before a default one, and the earliest of its kind.",
        ),
        Class::FollowUp => (
            "差评整改后的再次评价，不替代首次评价。",
            "A further review, given after a bad one was handled. It never replaces the first.",
        ),
        Class::OtherSubject => (
            "评价对象是事项、大厅、窗口或网站，而非某一次服务，不计入服务的统计。",
            "It is about a service type, a hall, a counter or a website rather than one service, so it is not in the figures of services.",
        ),
        Class::SetAside(Reason::NotValid) => {
            ("经认定不是有效评价。", "It was found not to be a valid review.")
        }
        Class::SetAside(Reason::Mistaken) => {
            ("经认定是误评。", "It was found to have been given by mistake.")
        }
        Class::SetAside(Reason::Malicious) => {
            ("经认定是恶意差评。", "It was found to be a malicious bad review.")
        }
        Class::SetAside(Reason::Fabricated) => {
            ("经认定是虚假好评。", "It was found to be a faked good review.")
        }
        Class::SetAside(Reason::Test) => (
            "调试设备时产生，并非真实评价。",
            "It was made while a device was being tested. It is not a real review.",
        ),
        Class::Superseded(Superseded::LowerRevision) => (
            "来源后来发送了同一记录的新版本，以新版本为准。",
            "The source later sent a new version of the same record, which is used instead.",
        ),
        Class::Superseded(Superseded::SameRevision) => (
            "来源以同一版本号发送了不同内容，只能采用一条，已采用另一条。",
            "The source sent different content under the same version number. Only one of the two can be used, and it is the other one.",
        ),
        Class::Repeat => (
            "同一条记录此前已收到；重复发送的不重复统计。",
            "The same record had already been accepted. A record that is sent again is not counted again.",
        ),
        Class::Service => (
            "载明所提供的服务；每次已知的服务各有一条。",
            "It describes the service that was provided. Every known service has one.",
        ),
        Class::Disposition => (
            "认定某条评价是否计入统计；有多次认定的，以最新一次为准。",
            "It decides whether a review counts. If there are several, the latest applies.",
        ),
    }
}

/// What the records of a topic are called.
pub(crate) fn topic(topic: Topic) -> Words {
    match topic {
        Topic::Services => ("服务", "Services"),
        Topic::Reviews => ("评价", "Reviews"),
        Topic::Dispositions => ("评价核实认定", "Decisions"),
        Topic::Quarantine => ("异常记录", "Quarantine"),
        Topic::Touched => ("待统计", "Touched"),
        Topic::Accounts => ("账户", "Accounts"),
    }
}

/// What is compared, in a sentence.
pub(crate) fn statement(code: CheckCode) -> Words {
    match code {
        CheckCode::Classes => (
            "各类记录之和等于本月的记录总数：每条记录归入且只归入一类。",
            "The records of all outcomes add up to the records of the month: each record has exactly one outcome.",
        ),
        CheckCode::Records => (
            "数据台账依据的记录数等于公布数据依据的记录数。",
            "The ledger and the published figures are computed from equally many records.",
        ),
        CheckCode::Counted => (
            "数据台账中“计入统计”的评价数等于公布的评价数。",
            "The number of counted reviews in the ledger is the published number of reviews.",
        ),
        CheckCode::Services => (
            "数据台账中的服务记录数等于公布的服务次数。",
            "The number of service records in the ledger is the published number of services.",
        ),
        CheckCode::Offsets => (
            "全系统：接收时分配的每个序号，或已入库，或为空号，或缺失，没有去向不明的。",
            "Whole system: every number that was assigned on acceptance is stored, has no record, or is missing; none is unaccounted for.",
        ),
        CheckCode::Missing => (
            "全系统：缺失的记录数为零，即核对范围内收到的记录均已入库。",
            "Whole system: no record that was accepted is missing from the database.",
        ),
        CheckCode::StoredTwice => {
            ("全系统：重复入库的记录数为零。", "Whole system: no record is stored twice.")
        }
        CheckCode::AnotherKafka => (
            "全系统：各分区最后入库的记录，与消息系统在同一序号的记录相同。",
            "Whole system: the last stored record of each partition is the record that the messaging system has under the same number.",
        ),
    }
}

/// What it means if the numbers differ, in a sentence.
pub(crate) fn if_it_fails(code: CheckCode) -> Words {
    match code {
        CheckCode::Classes => (
            "如不相等，说明有记录未归类或被重复归类。",
            "If they differ, a record has no outcome, or more than one.",
        ),
        CheckCode::Records => (
            "如不相等，说明其中一方尚未包含最新收到的记录，通常几分钟后即一致；此前不作结论。",
            "If they differ, one of the two does not include the newest records yet. This usually takes a few minutes; until then there is no conclusion.",
        ),
        CheckCode::Counted => (
            "如不相等，说明公布的评价数有误。",
            "If they differ, the published number of reviews is wrong.",
        ),
        CheckCode::Services => (
            "如不相等，说明公布的服务次数有误。",
            "If they differ, the published number of services is wrong.",
        ),
        CheckCode::Offsets => (
            "如不相等，说明消息系统曾丢失记录，或核对本身有误，不能证明数据没有遗漏。",
            "If they differ, the messaging system has lost records or the check itself is at fault, and it is not proven that the figures are complete.",
        ),
        CheckCode::Missing => (
            "如不为零，说明有已收到的记录丢失，公布的数据存在遗漏。",
            "If it is not zero, records that were accepted were lost on the way, and the figures lack them.",
        ),
        CheckCode::StoredTwice => (
            "如不为零，说明有记录可能被重复统计。",
            "If it is not zero, a record may have been counted twice.",
        ),
        CheckCode::AnotherKafka => (
            "如不相同，说明消息系统曾丢失记录，或已换成另一套，不能证明数据没有遗漏。",
            "If they differ, the messaging system has lost records or was replaced by another, and it is not proven that the figures are complete.",
        ),
    }
}

/// Whether a ledger closes, in a word.
pub(crate) fn verdict(verdict: &Verdict) -> Words {
    match verdict {
        Verdict::Closes => ("核对一致", "The ledger closes"),
        Verdict::Open(_) => ("核对未通过", "The ledger does not close"),
        Verdict::Undecided(_) => ("尚无结论", "Not decided yet"),
    }
}

/// What a verdict means for a reader of the month's figures, in a sentence.
pub(crate) fn advice(verdict: &Verdict) -> Option<Words> {
    match verdict {
        Verdict::Closes => Some((
            "每条记录都有且只有一个去向，下列各项核对均一致。",
            "Every record has exactly one outcome, and all checks below agree.",
        )),
        Verdict::Open(reasons) => {
            let is_quarantine =
                |reason: &LedgerReason| matches!(reason, LedgerReason::Quarantined(_));
            let mut stand = reasons.iter().filter(|reason| !reason.passes());
            Some(if stand.all(is_quarantine) {
                (
                    "异常记录处理完毕前，本月数据可能不完整。",
                    "Until the quarantined records are decided on, the figures of this month may be incomplete.",
                )
            } else {
                (
                    "原因查明前，请勿采信本月数据。",
                    "Until the cause is known, do not rely on the figures of this month.",
                )
            })
        }
        Verdict::Undecided(_) => None,
    }
}
