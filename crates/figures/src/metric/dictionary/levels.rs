//! The metrics of reviews by level, all of them and the active ones.

use crate::metric::{Formula, Metric, Placement, Unit};

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
