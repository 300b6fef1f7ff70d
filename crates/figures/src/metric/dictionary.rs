//! The dictionary of metrics (口径): every figure that is published.
//!
//! The definitions are ours (no conformance with GB/T 39735-2020 is claimed). A definition that
//! changes a number gets a new version; words that only say it better do not.

mod levels;

pub use self::levels::*;
use super::{Formula, Metric, Placement, Unit};
use crate::slice::Slice;

/// All metrics, in the order in which they are explained.
pub const DICTIONARY: [&Metric; 33] = [
    &CASES,
    &SERVICES,
    &UNREVIEWED_SERVICES,
    &REVIEWABLE_SERVICES,
    &REVIEWS_COUNTED,
    &REVIEWS_ACTIVE,
    &REVIEWS_DEFAULT,
    &REVIEW_RATE,
    &ACTIVE_REVIEW_RATE,
    &SET_ASIDE,
    &SET_ASIDE_BAD,
    &REVIEWS_WITH_SET_ASIDE,
    &GOOD_REVIEWS,
    &BAD_REVIEWS,
    &ACTIVE_GOOD_REVIEWS,
    &ACTIVE_BAD_REVIEWS,
    &BAD_REVIEWS_RECEIVED,
    &BAD_REVIEWS_OF_EARLIER_SERVICES,
    &BAD_REVIEWS_GIVEN_LATER,
    &SATISFACTION,
    &ACTIVE_SATISFACTION,
    &BAD_REVIEWS_PER_MILLION,
    &ACTIVE_BAD_REVIEWS_PER_MILLION,
    &VERY_SATISFIED,
    &SATISFIED,
    &BASICALLY_SATISFIED,
    &DISSATISFIED,
    &VERY_DISSATISFIED,
    &ACTIVE_VERY_SATISFIED,
    &ACTIVE_SATISFIED,
    &ACTIVE_BASICALLY_SATISFIED,
    &ACTIVE_DISSATISFIED,
    &ACTIVE_VERY_DISSATISFIED,
];

/// 办件数.
pub static CASES: Metric = Metric {
    id: "cases",
    version: 1,
    name: ("办件数", "Cases"),
    definition: (
        "本月内发生过服务的办件数，每件只计一次。一个办件可以包含多次服务。它不是受理量，也不是办结量。",
        "Distinct cases with at least one service in the month. A case can have several services. This is neither the number of applications received nor the number of cases closed.",
    ),
    formula: Formula::Count(|slice| slice.cases),
    placement: Placement::Service,
    unit: Unit::Case,
};

/// 服务次数.
pub static SERVICES: Metric = Metric {
    id: "services",
    version: 1,
    name: ("服务次数", "Services"),
    definition: (
        "本月提供的服务，如咨询、申报、补正、缴费、领取，每次只计一次。评价以一次服务为单位。",
        "Distinct services of the month, such as advice, an application or a collection. A service is what is rated.",
    ),
    formula: Formula::Count(|slice| slice.services),
    placement: Placement::Service,
    unit: Unit::Service,
};

/// 未评价服务次数.
pub static UNREVIEWED_SERVICES: Metric = Metric {
    id: "unreviewed_services",
    version: 1,
    name: ("未评价服务次数", "Services without a review"),
    definition: (
        "本月提供、没有评价计入统计的服务。",
        "Services of the month without a review that counts.",
    ),
    formula: Formula::Count(|slice| slice.unreviewed_services),
    placement: Placement::Service,
    unit: Unit::Service,
};

/// 可评价服务次数.
pub static REVIEWABLE_SERVICES: Metric = Metric {
    id: "reviewable_services",
    version: 1,
    name: ("可评价服务次数", "Services that could be reviewed"),
    definition: (
        "评价数与未评价服务次数之和，即本月的服务，加上只收到评价、尚未收到服务记录的服务。",
        "Reviews plus services without a review: the services of the month, and services of which only a review was received.",
    ),
    formula: Formula::Count(|slice| Some(slice.unreviewed_services? + slice.reviews().counted)),
    placement: Placement::Service,
    unit: Unit::Service,
};

/// 评价数.
pub static REVIEWS_COUNTED: Metric = Metric {
    id: "reviews_counted",
    version: 1,
    name: ("评价数", "Reviews"),
    definition: (
        "对本月服务的评价，每次服务只计一条：主动评价优先于默认评价，同类评价取最早的一条。",
        "Reviews of services of the month. One review counts for each service: an active one before a default one, and the earliest of its kind.",
    ),
    formula: Formula::Count(|slice| Some(slice.reviews().counted)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动评价数.
pub static REVIEWS_ACTIVE: Metric = Metric {
    id: "reviews_active",
    version: 1,
    name: ("主动评价数", "Active reviews"),
    definition: (
        "计入统计的评价中，由办事企业和群众作出的评价。",
        "Reviews that count and that a person gave.",
    ),
    formula: Formula::Count(|slice| Some(slice.reviews().active)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 默认评价数.
pub static REVIEWS_DEFAULT: Metric = Metric {
    id: "reviews_default",
    version: 1,
    name: ("默认评价数", "Default reviews"),
    definition: (
        "计入统计的评价中，逾期没有评价、由系统自动生成的评价。",
        "Reviews that count and that were recorded automatically because nobody gave one in time.",
    ),
    formula: Formula::Count(|slice| Some(slice.reviews().default)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 评价率.
pub static REVIEW_RATE: Metric = Metric {
    id: "review_rate",
    version: 1,
    name: ("评价率", "Review rate"),
    definition: (
        "评价数除以可评价服务次数，默认评价也在其中。",
        "Reviews divided by the services that could be reviewed, default reviews included.",
    ),
    formula: Formula::Ratio { numerator: &REVIEWS_COUNTED, denominator: &REVIEWABLE_SERVICES },
    placement: Placement::Service,
    unit: Unit::Ratio,
};

/// 主动评价率.
pub static ACTIVE_REVIEW_RATE: Metric = Metric {
    id: "active_review_rate",
    version: 1,
    name: ("主动评价率", "Active review rate"),
    definition: (
        "主动评价数除以可评价服务次数。",
        "Active reviews divided by the services that could be reviewed.",
    ),
    formula: Formula::Ratio { numerator: &REVIEWS_ACTIVE, denominator: &REVIEWABLE_SERVICES },
    placement: Placement::Service,
    unit: Unit::Ratio,
};

/// 不予计入数.
pub static SET_ASIDE: Metric = Metric {
    id: "set_aside",
    version: 1,
    name: ("不予计入数", "Reviews set aside"),
    definition: (
        "原应计入，但经认定为无效评价、误评、恶意差评、虚假好评或测试而不予计入的评价。每次服务至多一条，且仅限于该服务没有其他评价计入的情形。",
        "Reviews that would count, had they not been found invalid, mistaken, malicious, fabricated or a test. At most one for each service, and only if no other review of the service counts.",
    ),
    formula: Formula::Count(|slice| slice.set_aside),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 不予计入的差评数.
pub static SET_ASIDE_BAD: Metric = Metric {
    id: "set_aside_bad",
    version: 1,
    name: ("不予计入的差评数", "Bad reviews set aside"),
    definition: (
        "不予计入的评价中，等级为不满意或非常不满意的评价。",
        "Reviews set aside with the level dissatisfied or very dissatisfied.",
    ),
    formula: Formula::Count(|slice| slice.set_aside_bad),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 评价总数（含不予计入）.
pub static REVIEWS_WITH_SET_ASIDE: Metric = Metric {
    id: "reviews_with_set_aside",
    version: 1,
    name: ("评价总数（含不予计入）", "Reviews with those set aside"),
    definition: (
        "评价数与不予计入数之和。主管部门公布的评价数通常是这一总数。",
        "Reviews plus reviews set aside. This is usually the number that authorities publish.",
    ),
    formula: Formula::Count(|slice| Some(slice.reviews().counted + slice.set_aside?)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 好评数.
pub static GOOD_REVIEWS: Metric = Metric {
    id: "good_reviews",
    version: 1,
    name: ("好评数", "Good reviews"),
    definition: (
        "计入统计的评价中，等级为非常满意、满意或基本满意的评价。",
        "Reviews that count with the level very satisfied, satisfied or basically satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.good())),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 差评数.
pub static BAD_REVIEWS: Metric = Metric {
    id: "bad_reviews",
    version: 1,
    name: ("差评数", "Bad reviews"),
    definition: (
        "计入统计的评价中，等级为不满意或非常不满意的评价。",
        "Reviews that count with the level dissatisfied or very dissatisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.bad())),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动好评数.
pub static ACTIVE_GOOD_REVIEWS: Metric = Metric {
    id: "active_good_reviews",
    version: 1,
    name: ("主动好评数", "Active good reviews"),
    definition: (
        "主动评价中，等级为非常满意、满意或基本满意的评价。",
        "Active reviews with the level very satisfied, satisfied or basically satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.active_levels.good())),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动差评数.
pub static ACTIVE_BAD_REVIEWS: Metric = Metric {
    id: "active_bad_reviews",
    version: 1,
    name: ("主动差评数", "Active bad reviews"),
    definition: (
        "主动评价中，等级为不满意或非常不满意的评价。",
        "Active reviews with the level dissatisfied or very dissatisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.active_levels.bad())),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 本月收到的差评数 (收到差评数).
pub static BAD_REVIEWS_RECEIVED: Metric = Metric {
    id: "bad_reviews_received",
    version: 1,
    name: ("本月收到的差评数", "Bad reviews received in the month"),
    definition: (
        "本月收到的差评（按评价时间，含对以前月份服务的差评）。其他指标均按所评服务的发生月份统计。",
        "Bad reviews that count and were given within the month, for services of this month and of earlier ones. Nearly all other metrics go by the month of the service.",
    ),
    formula: Formula::Count(|slice| slice.bad_reviews_received),
    placement: Placement::Received,
    unit: Unit::Review,
};

/// 对以前月份服务的差评数.
pub static BAD_REVIEWS_OF_EARLIER_SERVICES: Metric = Metric {
    id: "bad_reviews_of_earlier_services",
    version: 1,
    name: ("其中：对以前月份服务的差评数", "Received bad reviews of earlier services"),
    definition: (
        "本月收到的差评中，所评服务发生在以前月份的差评。",
        "Bad reviews received in the month for services of earlier months.",
    ),
    formula: Formula::Count(|slice| slice.bad_reviews_of_earlier_services),
    placement: Placement::Received,
    unit: Unit::Review,
};

/// 本月以后收到的差评数.
pub static BAD_REVIEWS_GIVEN_LATER: Metric = Metric {
    id: "bad_reviews_given_later",
    version: 1,
    name: ("本月以后收到的差评数", "Bad reviews given later"),
    definition: (
        "对本月服务的差评中，在本月以后作出的差评。差评数等于本月收到的差评数，减去对以前月份服务的差评数，加上本月以后收到的差评数。",
        "Bad reviews of services of the month that were given after the month. Bad reviews are the bad reviews received in the month, less those of earlier services, plus those given later.",
    ),
    formula: Formula::Count(Slice::bad_reviews_given_later),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 全部评价满意率 (满意率).
pub static SATISFACTION: Metric = Metric {
    id: "satisfaction",
    version: 1,
    name: ("满意率（含默认评价）", "Satisfaction rate, default reviews included"),
    definition: (
        "好评数除以评价数，默认评价也在其中。没有评价时不计算。",
        "Good reviews divided by reviews, default reviews included. No rate is shown where there are no reviews.",
    ),
    formula: Formula::Ratio { numerator: &GOOD_REVIEWS, denominator: &REVIEWS_COUNTED },
    placement: Placement::Service,
    unit: Unit::Ratio,
};

/// 主动评价满意率.
pub static ACTIVE_SATISFACTION: Metric = Metric {
    id: "active_satisfaction",
    version: 1,
    name: ("主动评价满意率", "Satisfaction rate of active reviews"),
    definition: (
        "主动好评数除以主动评价数。没有主动评价时不计算。",
        "Active good reviews divided by active reviews. No rate is shown where there are no active reviews.",
    ),
    formula: Formula::Ratio { numerator: &ACTIVE_GOOD_REVIEWS, denominator: &REVIEWS_ACTIVE },
    placement: Placement::Service,
    unit: Unit::Ratio,
};

/// 每百万条评价中的差评数.
pub static BAD_REVIEWS_PER_MILLION: Metric = Metric {
    id: "bad_reviews_per_million",
    version: 1,
    name: ("每百万条评价中的差评数", "Bad reviews per million reviews"),
    definition: (
        "差评数除以评价数，再乘以 1,000,000。没有评价时不计算。",
        "Bad reviews divided by reviews, times 1,000,000. No rate is shown where there are no reviews.",
    ),
    formula: Formula::Ratio { numerator: &BAD_REVIEWS, denominator: &REVIEWS_COUNTED },
    placement: Placement::Service,
    unit: Unit::PerMillion,
};

/// 每百万条主动评价中的差评数.
pub static ACTIVE_BAD_REVIEWS_PER_MILLION: Metric = Metric {
    id: "active_bad_reviews_per_million",
    version: 1,
    name: ("每百万条主动评价中的差评数", "Bad reviews per million active reviews"),
    definition: (
        "主动差评数除以主动评价数，再乘以 1,000,000。没有主动评价时不计算。",
        "Active bad reviews divided by active reviews, times 1,000,000. No rate is shown where there are no active reviews.",
    ),
    formula: Formula::Ratio { numerator: &ACTIVE_BAD_REVIEWS, denominator: &REVIEWS_ACTIVE },
    placement: Placement::Service,
    unit: Unit::PerMillion,
};
