//! What items and departments are called: each name once a month.

use std::collections::HashSet;
use std::hash::BuildHasher;

use clickhouse::Row;
use domain::Service;
use foldhash::quality::RandomState;
use serde::Serialize;

/// A row of the table `names`.
#[derive(Clone, Debug, Row, Serialize)]
pub struct NameRow {
    province: u8,
    kind: i8,
    code: String,
    name: String,
    last_month: u16,
}

const ITEM: i8 = 1;
const DEPARTMENT: i8 = 2;

/// Remembers which names were handed on, so that a name is not written with every service.
/// Forgetting one costs a row that is there already.
#[derive(Debug, Default)]
pub struct Names {
    hasher: RandomState,
    known: HashSet<u64, RandomState>,
}

/// A few dozen bytes each.
const KNOWN_MAX: usize = 200_000;

impl Names {
    /// The names of a service record that were not handed on before.
    pub fn new_ones(&mut self, service: &Service) -> impl Iterator<Item = NameRow> {
        let item = (ITEM, service.item_code.as_str(), service.item_name.as_deref());
        let department = service.item_code.department();
        let department = (DEPARTMENT, department, service.department_name.as_deref());
        let province = service.area_code.province().number();
        let month = service.served_on.month().first_served_on().days_since_epoch();
        let fresh = |(kind, code, name): (i8, &str, Option<&str>)| {
            let name = name?;
            let key = self.hasher.hash_one((province, kind, month, code, name));
            if self.known.len() >= KNOWN_MAX {
                self.known.clear();
            }
            self.known.insert(key).then(|| NameRow {
                province,
                kind,
                code: code.to_owned(),
                name: name.to_owned(),
                last_month: month,
            })
        };
        [item, department].map(fresh).into_iter().flatten()
    }

    /// What was handed on may not have been written.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}
