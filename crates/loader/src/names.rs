//! Decides which names of items and departments are written: each name once a month.

use std::collections::HashSet;
use std::hash::BuildHasher;

use domain::Service;
use foldhash::quality::RandomState;
use tables::layout::NameRow;

/// Remembers which names were handed on, so that a name is not written with every service.
/// Forgetting one costs a row that is there already.
#[derive(Debug, Default)]
pub struct Names {
    hasher: RandomState,
    known: HashSet<u64, RandomState>,
}

/// The most names that are remembered, at a few dozen bytes each.
const KNOWN_MAX: usize = 200_000;

/// What a name belongs to.
#[derive(Clone, Copy, Hash)]
enum Named {
    Item,
    Department,
}

impl Names {
    /// The names of a service record that were not handed on before.
    pub fn new_ones(&mut self, service: &Service) -> impl Iterator<Item = NameRow> {
        let item = (Named::Item, service.item_code.as_str(), service.item_name.as_deref());
        let department = service.item_code.department();
        let department = (Named::Department, department, service.department_name.as_deref());
        let province = service.area_code.province();
        let month = service.served_on.month();
        let fresh = |(named, code, name): (Named, &str, Option<&str>)| {
            let name = name?;
            let key = self.hasher.hash_one((province, named, month, code, name));
            if self.known.len() >= KNOWN_MAX {
                self.known.clear();
            }
            self.known.insert(key).then(|| match named {
                Named::Item => NameRow::of_item(province, month, code, name),
                Named::Department => NameRow::of_department(province, month, code, name),
            })
        };
        [item, department].map(fresh).into_iter().flatten()
    }

    /// What was handed on may not have been written.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use domain::{Event, ServedOn};
    use wire::CloudEvent;

    use super::*;

    const SERVICE: &str = include_str!("../../../schemas/examples/good/service-with-names.json");

    #[test]
    fn a_name_is_handed_on_once_a_month_and_again_when_it_was_forgotten_or_changed() {
        let event = CloudEvent::parse(SERVICE.as_bytes()).expect("an example");
        let Event::Service(mut service) = event.event else { panic!("the example is a service") };
        service.item_name = Some("身份证".into());
        service.department_name = Some("公安局".into());
        let mut names = Names::default();
        let mut count = |service: &Service| names.new_ones(service).count();
        assert_eq!(count(&service), 2, "an item and a department");
        assert_eq!(count(&service), 0, "both were handed on");
        service.item_name = Some("居民身份证".into());
        assert_eq!(count(&service), 1, "the item was renamed");
        let next_month = service.served_on.days_since_epoch() + 31;
        service.served_on = ServedOn::from_days_since_epoch(next_month).expect("a day");
        assert_eq!(count(&service), 2, "another month");
        names.forget();
        assert_eq!(names.new_ones(&service).count(), 2);
    }
}
