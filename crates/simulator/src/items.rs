//! The items that people apply for: those of some departments, a few far more often than the rest.

use domain::{ChannelGroup, ItemCode, Province};

use crate::chance::{Chance, Weights};

/// `department<TAB>item<TAB>where`, sorted by how often people apply for them.
const ITEMS_TSV: &str = include_str!("items.tsv");

/// The items of a province.
pub(crate) struct Items {
    all: Vec<Item>,
    online: Weights,
    offline: Weights,
}

/// A service item (政务服务事项).
pub(crate) struct Item {
    pub(crate) code: ItemCode,
    pub(crate) name: &'static str,
    pub(crate) department: &'static str,
}

/// How many times less often people apply for an item outside the group of channels that mostly
/// offers it.
const ELSEWHERE: u64 = 8;

impl Items {
    /// The items with their codes in a province.
    pub(crate) fn new(province: Province) -> Self {
        let mut all = Vec::new();
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        let (mut department, mut department_no, mut item_no) = ("", 0, 0);
        for line in ITEMS_TSV.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let mut next = || columns.next().expect("a test reads every line");
            let (of, name, offered) = (next(), next(), next());
            if of != department {
                (department, department_no, item_no) = (of, department_no + 1, 0);
            }
            item_no += 1;
            let weight = zipf(department_no) * zipf(item_no);
            online.push(if offered == "hall" { weight / ELSEWHERE } else { weight });
            offline.push(if offered == "online" { weight / ELSEWHERE } else { weight });
            all.push(Item { code: code(province, department_no, item_no), name, department });
        }
        Self { all, online: Weights::new(online), offline: Weights::new(offline) }
    }

    /// Draws an item for a case that begins through a group of channels.
    pub(crate) fn pick(&self, group: ChannelGroup, chance: &mut Chance) -> &Item {
        let weights = match group {
            ChannelGroup::Online => &self.online,
            ChannelGroup::Offline => &self.offline,
        };
        &self.all[weights.pick(chance)]
    }
}

/// Zipf's law with an exponent of 1, among departments and among the items of one department.
fn zipf(rank: u64) -> u64 {
    10_000 / rank
}

/// Codes of the official form: 18 characters for the department and 13 for the item. Those of every other
/// department have an S, which unified social credit codes never contain. The others have digits only,
/// as many real ones do: whoever reads them as numbers loses some.
fn code(province: Province, department_no: u64, item_no: u64) -> ItemCode {
    let (simulated, check) = if department_no % 2 == 1 { ("SIM", "X2") } else { ("000", "02") };
    let code = format!(
        "11{province}{simulated}{department_no:06}{check}{province}{department_no:03}{item_no:03}"
    );
    code.parse().expect("31 digits and capital letters")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_line_is_an_item_with_a_code_of_its_own() {
        let items = Items::new("440000".parse().expect("a province")).all;
        assert_eq!(items.len(), 150);
        let codes: BTreeSet<_> = items.iter().map(|item| item.code).collect();
        let departments: BTreeMap<_, _> =
            items.iter().map(|item| (item.code.department().to_owned(), item.department)).collect();
        assert_eq!((codes.len(), departments.len()), (150, 25));
        let digits =
            codes.iter().filter(|code| code.to_string().bytes().all(|b| b.is_ascii_digit()));
        assert!((50..100).contains(&digits.count()), "half of the departments have digits only");
        for line in ITEMS_TSV.lines().skip(1) {
            assert!(matches!(line.rsplit('\t').next(), Some("online" | "hall" | "both")), "{line}");
        }
    }

    #[test]
    fn halls_and_apps_are_asked_for_different_items() {
        let items = Items::new("440000".parse().expect("a province"));
        let mut chance = Chance::about(1, 1);
        let mut count = |group, name: &str| {
            (0..20_000).filter(|_| items.pick(group, &mut chance).name == name).count()
        };
        let at_counters = count(ChannelGroup::Offline, "居民身份证换领");
        let online = count(ChannelGroup::Online, "居民身份证换领");
        assert!(at_counters > 4 * online, "{at_counters} at counters, {online} online");
    }
}
