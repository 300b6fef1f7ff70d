//! The reasons that a person can tick for a level.

use std::fmt;
use std::str::FromStr;

use crate::code::ParseError;
use crate::level::Level;

/// A tag (评价标签) of the national list: three digits, of which the first is the level's. Retired
/// codes are not tags: an adapter for an old source maps them before they arrive here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u16);

/// The codes with their meanings, in the order of the codes. DOMAIN: "Tags".
const TAGS: [(u16, &str); 40] = [
    (108, "在办事指南之外增加新的审批条件"),
    (109, "需提供办事指南之外的申报材料"),
    (110, "无理由超过法定办理时间"),
    (111, "办事指南提供样本有错"),
    (112, "承诺在线收取申报材料实际无法收取"),
    (113, "多头跑窗口和部门"),
    (114, "跑动次数与承诺的不一致"),
    (115, "服务态度差效率低"),
    (207, "没有提供材料样本"),
    (208, "没有提供材料清单"),
    (209, "未在承诺时间内办结"),
    (210, "同样内容的证明材料被要求多次提交"),
    (211, "承诺网办但无法在线办理"),
    (212, "在线预约办理后到实体大厅重复取号排队"),
    (213, "窗口人员业务不熟练"),
    (214, "服务态度生硬"),
    (307, "一次性告知需要补正的材料"),
    (308, "提供申报材料样本"),
    (309, "在承诺的时间内办结"),
    (310, "办事指南指引准确"),
    (311, "按办事指南要求的材料即可办理"),
    (312, "可以快递送达"),
    (313, "跑动次数与承诺的一致"),
    (314, "服务态度一般"),
    (406, "填写一张表单就可完成申报"),
    (407, "在线提交材料窗口核验"),
    (408, "一张清单告知全部申报材料"),
    (409, "用告知承诺减免申报材料"),
    (410, "可以在线预约办理"),
    (411, "跑大厅一次办完"),
    (412, "可以使用自助机办理"),
    (413, "服务态度较好"),
    (510, "一窗受理一次办结"),
    (511, "可以先受理后补材料"),
    (512, "不用提交证明"),
    (513, "可以全程网上办理"),
    (514, "可以使用手机办理"),
    (515, "可以就近办理"),
    (516, "无需材料直接办理"),
    (517, "服务热情效率高"),
];

impl Tag {
    /// The three digits as a number.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The level to which the tag belongs.
    pub fn level(self) -> Level {
        let digit = u8::try_from(self.0 / 100).expect("three digits");
        Level::from_code(digit).expect("the first digit of every tag is 1 to 5")
    }

    /// What the tag says, in Chinese.
    pub fn text(self) -> &'static str {
        let index = TAGS.binary_search_by_key(&self.0, |tag| tag.0).expect("a tag is in the list");
        TAGS[index].1
    }

    /// The tags of a level, in the order of their codes.
    pub fn of_level(level: Level) -> impl Iterator<Item = Self> {
        TAGS.iter().map(|tag| Self(tag.0)).filter(move |tag| tag.level() == level)
    }
}

impl FromStr for Tag {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        const EXPECTED: ParseError =
            ParseError::new("the three-digit code of a tag in use, such as 510");
        let number = if text.len() == 3 { text.parse().unwrap_or(0) } else { 0 };
        TAGS.binary_search_by_key(&number, |tag| tag.0).map(|_| Self(number)).map_err(|_| EXPECTED)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_is_read_as_it_is_written_and_retired_ones_are_refused() {
        for (number, text) in TAGS {
            let tag: Tag = number.to_string().parse().expect("a tag in use");
            assert_eq!((tag.number(), tag.text()), (number, text));
        }
        assert!(TAGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for retired in ["501", "401", "301", "201", "101", "518", "0510", "+51"] {
            assert!(retired.parse::<Tag>().is_err(), "{retired}");
        }
    }
}
