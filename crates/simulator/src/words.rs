//! What people say with a level: tags, and sometimes a sentence.

use arrayvec::ArrayVec;
use domain::event::TAGS_MAX;
use domain::{Level, Tag};

use crate::chance::Chance;
use crate::targets::Targets;

/// The tags of a review.
pub(crate) type Tags = ArrayVec<Tag, TAGS_MAX>;

/// Reasons for bad reviews, the most frequent first. The first three are those of Guangdong in
/// January 2021.
const BAD: [u16; 16] =
    [110, 209, 108, 214, 115, 210, 109, 213, 113, 207, 114, 211, 112, 208, 111, 212];

/// What people write in bad reviews. Nothing in it is about a person.
const COMPLAINTS: [&str; 14] = [
    "等了一个上午才叫到号，窗口只开了两个。",
    "材料一次没说清楚，来回跑了三趟。",
    "网上显示已受理，到现场又要重新填表。",
    "超过承诺时间还没有办结，打电话没人接。",
    "工作人员对业务不熟，问了几个人说法都不一样。",
    "办事指南上没有写要这份证明，现场才说。",
    "系统一直提示上传失败，换了浏览器也不行。",
    "预约了时间，到了大厅还要重新取号排队。",
    "态度生硬，问多一句就不耐烦。",
    "同样的材料交了两次，部门之间不能共享吗。",
    "快递说好三天送达，一周还没有收到。",
    "样表有错，照着填被退回来了。",
    "自助机坏了没有人处理，只能排队。",
    "说好可以网办，最后还是要跑一趟。",
];

/// What people write in follow-up reviews.
const AFTERWARDS: [&str; 4] = [
    "第二天就有人联系，问题已经解决。",
    "工作人员主动回访，补办好了。",
    "重新办理后顺利拿到结果。",
    "有改进，希望继续。",
];

/// The tags of the counted bad reviews of a plan.
pub(crate) struct Words {
    dissatisfied: LevelTags,
    very_dissatisfied: LevelTags,
}

/// The tags of the counted bad reviews of one level, by the number of the review.
#[derive(Default)]
struct LevelTags {
    /// Tags that a fixed number of reviews have, each with the number after its last review.
    counted: Vec<(Tag, u64)>,
    /// The tags that the other reviews have in turn.
    others: Vec<Tag>,
}

impl LevelTags {
    fn end(&self) -> u64 {
        self.counted.last().map_or(0, |(_, end)| *end)
    }

    fn tag(&self, ordinal: u64) -> Tag {
        let index = self.counted.partition_point(|(_, end)| *end <= ordinal);
        self.counted.get(index).map_or_else(
            || {
                let turn = (ordinal - self.end()) % self.others.len() as u64;
                self.others[usize::try_from(turn).expect("an index")]
            },
            |(tag, _)| *tag,
        )
    }
}

impl Words {
    /// Assigns the counts of the most frequent tags to tags, in the order of the reasons above,
    /// each to a level that still has enough reviews without a tag. A count that does not fit is
    /// dropped.
    pub(crate) fn new(targets: &Targets) -> Self {
        let reviews =
            |level| targets.levels.get(&level).map_or(0, |target| target.counted - target.default);
        let mut words =
            Self { dissatisfied: LevelTags::default(), very_dissatisfied: LevelTags::default() };
        let mut left: Vec<_> = BAD.into_iter().map(tag).collect();
        for count in targets.top_bad_tag_counts.iter().filter(|count| **count > 0) {
            let fits = |tag: &Tag| {
                let is_last = left.iter().filter(|other| other.level() == tag.level()).count() == 1;
                let end = words.level(tag.level()).end().saturating_add(*count);
                !is_last && end <= reviews(tag.level())
            };
            if let Some(index) = left.iter().position(fits) {
                let tag = left.remove(index);
                let level = words.level_mut(tag.level());
                level.counted.push((tag, level.end() + count));
            }
        }
        for tag in left {
            words.level_mut(tag.level()).others.push(tag);
        }
        words
    }

    fn level(&self, level: Level) -> &LevelTags {
        if level == Level::Dissatisfied { &self.dissatisfied } else { &self.very_dissatisfied }
    }

    fn level_mut(&mut self, level: Level) -> &mut LevelTags {
        if level == Level::Dissatisfied {
            &mut self.dissatisfied
        } else {
            &mut self.very_dissatisfied
        }
    }

    /// The tags of a counted review, by its number among the reviews of the level.
    pub(crate) fn tags(&self, level: Level, ordinal: u64, chance: &mut Chance) -> Tags {
        if level.is_bad() {
            Tags::from_iter([self.level(level).tag(ordinal)])
        } else {
            any_tags(level, chance)
        }
    }
}

fn tag(number: u16) -> Tag {
    number.to_string().parse().expect("a tag in use")
}

/// Tags for a review whose tags are not in any published count: one for a bad review, a few for a
/// good one.
pub(crate) fn any_tags(level: Level, chance: &mut Chance) -> Tags {
    let wanted = match chance.below(100) {
        _ if level.is_bad() => 1,
        0..80 => 0,
        80..95 => 1,
        _ => 2,
    };
    let of_level: ArrayVec<Tag, TAGS_MAX> = Tag::of_level(level).collect();
    let mut tags = Tags::new();
    for _ in 0..wanted {
        let tag = *chance.one_of(&of_level);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// A sentence, for some bad reviews.
pub(crate) fn complaint(level: Level, chance: &mut Chance) -> Option<&'static str> {
    (level.is_bad() && chance.per_mille(350)).then(|| *chance.one_of(&COMPLAINTS))
}

/// A sentence, for some follow-up reviews.
pub(crate) fn afterwards(level: Level, chance: &mut Chance) -> Option<&'static str> {
    if level.is_bad() {
        return complaint(level, chance);
    }
    chance.per_mille(500).then(|| *chance.one_of(&AFTERWARDS))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::published::Published;

    fn tag_counts(json: &str, scale: f64) -> Vec<u64> {
        let published = Published::parse(json.as_bytes()).expect("a month").0;
        let targets = Targets::of(&published, scale).expect("a scale");
        let words = Words::new(&targets);
        let mut counts: BTreeMap<Tag, u64> = BTreeMap::new();
        for (level, target) in targets.levels.iter().filter(|(level, _)| level.is_bad()) {
            for ordinal in 0..target.counted {
                for tag in words.tags(*level, ordinal, &mut Chance::about(1, ordinal)) {
                    *counts.entry(tag).or_default() += 1;
                }
            }
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        counts
    }

    #[test]
    fn the_most_frequent_tags_of_bad_reviews_are_as_frequent_as_published() {
        let json = include_str!("../months/guangdong-2023-07.json");
        assert_eq!(tag_counts(json, 1.0)[..3], [429, 221, 171]);
        assert_eq!(tag_counts(json, 0.1)[..3], [43, 22, 17]);
        let json = include_str!("../months/guangdong-2020-01-illustration.json");
        assert_eq!(tag_counts(json, 1.0)[..3], [398, 311, 204]);
    }

    #[test]
    fn tags_belong_to_their_level() {
        for level in Level::best_first() {
            for number in 0..500 {
                let tags = any_tags(level, &mut Chance::about(1, number));
                assert!(tags.iter().all(|tag| tag.level() == level));
                assert!(!level.is_bad() || tags.len() == 1);
            }
        }
    }
}
