//! Handwritten events.

use serde_json::{Value, json};

/// The month of these events.
pub const MONTH: &str = "/v1/provinces/440000/months/2023-07";

/// A review of its own service, on 5 July 2023.
pub fn review(number: u64, level: &str) -> Value {
    json!({
        "specversion": "1.0", "type": "haochaping.review.v1", "source": "simulator",
        "id": format!("0190d3a1-0000-7000-8000-{number:012x}"),
        "data": {
            "review_id": format!("0190d3a1-0000-7000-9000-{number:012x}"),
            "subject": {
                "type": "service", "area_code": "440106000000",
                "item_code": "1144010600745678901440110001000", "project_no": format!("4401-{number:06}"),
                "service_no": 1, "served_on": "2023-07-05",
            },
            "channel": "hall", "level": level, "rated_at": "2023-07-05T10:11:12+08:00",
        },
    })
}
