//! Events of the simulator, generated before a clock starts.

use anyhow::{Context, ensure};
use domain::{AreaCode, Event, Kind, Province, Subject};
use simulator::{MonthFile, Plan, generate};
use strum::VariantArray;
use wire::CloudEvent;

/// An event as it is stored in Kafka.
#[derive(Clone, Debug)]
pub struct Record {
    /// One of [`kinds`].
    pub kind: Kind,
    /// The hash of the case, so that a case lies in one partition.
    pub key: [u8; 8],
    /// The canonical form.
    pub value: Vec<u8>,
}

impl Record {
    /// What the intake writes for an event.
    pub fn of(event: &CloudEvent) -> Self {
        Self {
            kind: event.event.kind(),
            key: event.event.key().case.0.to_be_bytes(),
            value: event.to_json(),
        }
    }
}

/// The kinds of events that are measured: all but dispositions, of which there are few.
pub fn kinds() -> impl Iterator<Item = Kind> {
    Kind::VARIANTS.iter().copied().filter(|kind| *kind != Kind::Disposition)
}

/// In which units services are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// All in Guangdong, for which the simulator has a published month.
    OneProvince,
    /// All units except the Corps (66), in turn: each case is in another one.
    Nation,
}

/// Calls `each` with services and reviews of Guangdong's July 2023, until there were `count`. The same
/// count and seed give the same events.
///
/// # Errors
///
/// If the month cannot be planned, or `each` says so.
pub fn generate(
    count: u64,
    seed: u64,
    spread: Spread,
    mut each: impl FnMut(&CloudEvent<'static>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let published = MonthFile::guangdong().read()?;
    let plan = |scale, seed| Plan::new(&published, scale, seed).context("failed to plan the month");
    let whole = plan(1.0, seed)?.events_about();
    let provinces = nation();
    let mut left = count;
    for seed in seed.. {
        // A little more, since some are dispositions.
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53 events")]
        let scale = (1.1 * left as f64 / whole as f64 + 0.000_1).min(1.0);
        let plan = plan(scale, seed)?;
        for mut event in generate::events(&plan) {
            if !kinds().any(|kind| kind == event.event.kind()) {
                continue;
            }
            if left == 0 {
                return Ok(());
            }
            if spread == Spread::Nation {
                let case = event.event.key().case.0;
                let turn =
                    usize::try_from(case % provinces.len() as u64).context("a small number")?;
                move_to(&mut event, provinces[turn]);
            }
            each(&event)?;
            left -= 1;
        }
    }
    ensure!(left == 0, "the simulator has no more events");
    Ok(())
}

/// So many records, in memory.
///
/// # Errors
///
/// If the month cannot be planned.
pub fn records(count: u64, seed: u64, spread: Spread) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    generate(count, seed, spread, |event| {
        records.push(Record::of(event));
        Ok(())
    })?;
    Ok(records)
}

/// The 31 units that have a code of their own in GB/T 2260.
pub fn nation() -> Vec<Province> {
    Province::all().filter(|unit| unit.number() != 66).collect()
}

/// Moves an event to a county of the same number in another unit.
pub fn move_to(event: &mut CloudEvent, province: Province) {
    match &mut event.event {
        Event::Service(service) => service.area_code = moved(service.area_code, province),
        Event::Review(review) => move_subject(&mut review.subject, province),
        Event::Disposition(disposition) => move_subject(&mut disposition.review.subject, province),
    }
}

fn move_subject(subject: &mut Subject, province: Province) {
    let (Subject::Service { area_code, .. }
    | Subject::Item { area_code, .. }
    | Subject::Hall { area_code, .. }
    | Subject::Window { area_code, .. }
    | Subject::Site { area_code, .. }) = subject;
    *area_code = moved(*area_code, province);
}

fn moved(area: AreaCode, province: Province) -> AreaCode {
    let code = format!("{:02}{:010}", province.number(), area.number() % 10_000_000_000);
    code.parse().expect("ten digits below a unit's own two")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::Review;

    use super::*;

    #[test]
    fn as_many_come_as_were_asked_for_and_the_same_ones_again() {
        let some = records(1_000, 1, Spread::OneProvince).expect("events");
        assert_eq!(some.len(), 1_000);
        let again = records(1_000, 1, Spread::OneProvince).expect("events");
        assert!(some.iter().zip(&again).all(|(one, other)| one.value == other.value));
        let services = some.iter().filter(|record| record.kind == Kind::Service).count();
        assert!((400..700).contains(&services), "{services} services");
    }

    #[test]
    fn a_nation_is_31_units_with_about_as_much_each_and_a_case_stays_together() {
        let mut units: BTreeMap<u8, u32> = BTreeMap::new();
        let mut cases: BTreeMap<String, Province> = BTreeMap::new();
        generate(6_200, 1, Spread::Nation, |event| {
            let key = event.event.key();
            *units.entry(key.province.number()).or_default() += 1;
            // Read back as the intake does: what was moved must still be an event.
            assert_eq!(&CloudEvent::parse(&event.to_json()).expect("an event"), event);
            let project_no = match &event.event {
                Event::Service(service) => Some(service.project_no),
                Event::Review(Review { subject: Subject::Service { project_no, .. }, .. }) => {
                    Some(*project_no)
                }
                _ => None,
            };
            let project_no = project_no.expect("both are about a case").to_string();
            let before = cases.insert(project_no, key.province);
            assert!(before.is_none_or(|before| before == key.province));
            Ok(())
        })
        .expect("events");
        assert_eq!(units.len(), 31);
        assert!(units.values().all(|events| (100..400).contains(events)), "{units:?}");
    }
}
