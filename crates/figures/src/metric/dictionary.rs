//! The dictionary of metrics (口径): every figure that is published.
//!
//! The definitions are ours (no conformance with GB/T 39735-2020 is claimed). A definition that
//! changes a number gets a new version; words that only say it better do not.

use super::{Formula, Metric, Placement, Unit};

/// All metrics, in the order in which they are explained.
pub const DICTIONARY: [&Metric; 24] = [
    &CASES,
    &SERVICES,
    &UNREVIEWED_SERVICES,
    &REVIEWS_COUNTED,
    &REVIEWS_ACTIVE,
    &REVIEWS_DEFAULT,
    &SET_ASIDE,
    &GOOD_REVIEWS,
    &BAD_REVIEWS,
    &ACTIVE_GOOD_REVIEWS,
    &BAD_REVIEWS_RECEIVED,
    &SATISFACTION,
    &ACTIVE_SATISFACTION,
    &BAD_REVIEWS_PER_MILLION,
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
        "本月至少有一次服务的办件，每件只计一次。一个办件可以包含多次服务。",
        "Distinct cases with at least one service in the month. A case can have several services.",
    ),
    formula: Formula::Count(|slice| slice.cases),
    placement: Placement::Service,
    unit: Unit::Case,
};

/// 服务数.
pub static SERVICES: Metric = Metric {
    id: "services",
    version: 1,
    name: ("服务数", "Services"),
    definition: (
        "本月提供的服务，如咨询、申报、补正、缴费、领取，每次只计一次。服务是被评价的单位。",
        "Distinct services of the month, such as advice, an application or a collection. A service is what is rated.",
    ),
    formula: Formula::Count(|slice| slice.services),
    placement: Placement::Service,
    unit: Unit::Service,
};

/// 未评服务数.
pub static UNREVIEWED_SERVICES: Metric = Metric {
    id: "unreviewed_services",
    version: 1,
    name: ("未评服务数", "Services without a review"),
    definition: (
        "本月提供、尚无计入统计的评价的服务。",
        "Services of the month without a review that counts.",
    ),
    formula: Formula::Count(|slice| slice.unreviewed_services),
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
        "计入统计的评价中，由办事人作出的评价。",
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
        "计入统计的评价中，办事人逾期未评、由系统生成的评价。",
        "Reviews that count and that a system wrote because nobody gave one in time.",
    ),
    formula: Formula::Count(|slice| Some(slice.reviews().default)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 不予计入数.
pub static SET_ASIDE: Metric = Metric {
    id: "set_aside",
    version: 1,
    name: ("不予计入数", "Reviews set aside"),
    definition: (
        "原应计入，但经认定为无效评价、误评、恶意差评、刷好评或测试而不予计入的评价。每次服务至多一条，且仅限于该服务没有其他评价计入的情形。",
        "Reviews that would count, had they not been found invalid, mistaken, malicious, fabricated or a test. At most one for each service, and only if no other review of the service counts.",
    ),
    formula: Formula::Count(|slice| slice.set_aside),
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

/// 收到差评数.
pub static BAD_REVIEWS_RECEIVED: Metric = Metric {
    id: "bad_reviews_received",
    version: 1,
    name: ("收到差评数", "Bad reviews received"),
    definition: (
        "本月内作出的差评，不论服务在哪个月。其他指标均按服务所在月份统计。",
        "Bad reviews that count and were given within the month, whenever the service was. All other metrics go by the month of the service.",
    ),
    formula: Formula::Count(|slice| slice.bad_reviews_received),
    placement: Placement::Received,
    unit: Unit::Review,
};

/// 满意率.
pub static SATISFACTION: Metric = Metric {
    id: "satisfaction",
    version: 1,
    name: ("满意率", "Satisfaction rate"),
    definition: (
        "好评数除以评价数。没有评价时不计算。",
        "Good reviews divided by reviews. There is no rate where there are no reviews.",
    ),
    formula: Formula::Ratio { numerator: &GOOD_REVIEWS, denominator: &REVIEWS_COUNTED },
    placement: Placement::Service,
    unit: Unit::Ratio,
};

/// 主动评价满意率.
pub static ACTIVE_SATISFACTION: Metric = Metric {
    id: "active_satisfaction",
    version: 1,
    name: ("主动评价满意率", "Active satisfaction rate"),
    definition: (
        "主动好评数除以主动评价数。没有主动评价时不计算。",
        "Active good reviews divided by active reviews. There is no rate where there are no active reviews.",
    ),
    formula: Formula::Ratio { numerator: &ACTIVE_GOOD_REVIEWS, denominator: &REVIEWS_ACTIVE },
    placement: Placement::Service,
    unit: Unit::Ratio,
};

/// 每百万条差评.
pub static BAD_REVIEWS_PER_MILLION: Metric = Metric {
    id: "bad_reviews_per_million",
    version: 1,
    name: ("每百万条差评", "Bad reviews per million"),
    definition: (
        "差评数除以评价数，再乘以 1,000,000。没有评价时不计算。",
        "Bad reviews divided by reviews, times 1,000,000. There is no rate where there are no reviews.",
    ),
    formula: Formula::Ratio { numerator: &BAD_REVIEWS, denominator: &REVIEWS_COUNTED },
    placement: Placement::Service,
    unit: Unit::PerMillion,
};

/// 非常满意.
pub static VERY_SATISFIED: Metric = Metric {
    id: "very_satisfied",
    version: 1,
    name: ("非常满意", "Very satisfied"),
    definition: (
        "计入统计的评价中，等级为非常满意的评价。",
        "Reviews that count with the level very satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.very_satisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 满意.
pub static SATISFIED: Metric = Metric {
    id: "satisfied",
    version: 1,
    name: ("满意", "Satisfied"),
    definition: (
        "计入统计的评价中，等级为满意的评价。",
        "Reviews that count with the level satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.satisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 基本满意.
pub static BASICALLY_SATISFIED: Metric = Metric {
    id: "basically_satisfied",
    version: 1,
    name: ("基本满意", "Basically satisfied"),
    definition: (
        "计入统计的评价中，等级为基本满意的评价。",
        "Reviews that count with the level basically satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.basically_satisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 不满意.
pub static DISSATISFIED: Metric = Metric {
    id: "dissatisfied",
    version: 1,
    name: ("不满意", "Dissatisfied"),
    definition: (
        "计入统计的评价中，等级为不满意的评价。",
        "Reviews that count with the level dissatisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.dissatisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 非常不满意.
pub static VERY_DISSATISFIED: Metric = Metric {
    id: "very_dissatisfied",
    version: 1,
    name: ("非常不满意", "Very dissatisfied"),
    definition: (
        "计入统计的评价中，等级为非常不满意的评价。",
        "Reviews that count with the level very dissatisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.levels.very_dissatisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动评价：非常满意.
pub static ACTIVE_VERY_SATISFIED: Metric = Metric {
    id: "active_very_satisfied",
    version: 1,
    name: ("主动评价：非常满意", "Active reviews: very satisfied"),
    definition: (
        "主动评价中，等级为非常满意的评价。",
        "Active reviews with the level very satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.active_levels.very_satisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动评价：满意.
pub static ACTIVE_SATISFIED: Metric = Metric {
    id: "active_satisfied",
    version: 1,
    name: ("主动评价：满意", "Active reviews: satisfied"),
    definition: ("主动评价中，等级为满意的评价。", "Active reviews with the level satisfied."),
    formula: Formula::Count(|slice| Some(slice.active_levels.satisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动评价：基本满意.
pub static ACTIVE_BASICALLY_SATISFIED: Metric = Metric {
    id: "active_basically_satisfied",
    version: 1,
    name: ("主动评价：基本满意", "Active reviews: basically satisfied"),
    definition: (
        "主动评价中，等级为基本满意的评价。",
        "Active reviews with the level basically satisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.active_levels.basically_satisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动评价：不满意.
pub static ACTIVE_DISSATISFIED: Metric = Metric {
    id: "active_dissatisfied",
    version: 1,
    name: ("主动评价：不满意", "Active reviews: dissatisfied"),
    definition: ("主动评价中，等级为不满意的评价。", "Active reviews with the level dissatisfied."),
    formula: Formula::Count(|slice| Some(slice.active_levels.dissatisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};

/// 主动评价：非常不满意.
pub static ACTIVE_VERY_DISSATISFIED: Metric = Metric {
    id: "active_very_dissatisfied",
    version: 1,
    name: ("主动评价：非常不满意", "Active reviews: very dissatisfied"),
    definition: (
        "主动评价中，等级为非常不满意的评价。",
        "Active reviews with the level very dissatisfied.",
    ),
    formula: Formula::Count(|slice| Some(slice.active_levels.very_dissatisfied)),
    placement: Placement::Service,
    unit: Unit::Review,
};
