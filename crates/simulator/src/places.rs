//! Where services are given: areas by rough population, their halls and the windows of the halls.

use domain::area::known_areas;
use domain::{AreaCode, CountyCode, PlaceCode, Province};

use crate::chance::{Chance, Weights};

/// The areas of a province.
pub(crate) struct Places {
    areas: Vec<Area>,
    weights: Weights,
    windows: Vec<PlaceCode>,
    machines: Vec<PlaceCode>,
}

/// A county, a city itself (市本级) or the province itself (省本级).
pub(crate) struct Area {
    pub(crate) code: AreaCode,
    pub(crate) county: CountyCode,
    halls: Vec<PlaceCode>,
}

/// Residents of Guangdong's cities in tens of thousands (万), census of 2020, rounded.
const GUANGDONG: [(u32, u64); 21] = [
    (440_100, 1868),
    (440_200, 286),
    (440_300, 1756),
    (440_400, 244),
    (440_500, 550),
    (440_600, 950),
    (440_700, 480),
    (440_800, 698),
    (440_900, 617),
    (441_200, 411),
    (441_300, 604),
    (441_400, 387),
    (441_500, 267),
    (441_600, 284),
    (441_700, 260),
    (441_800, 397),
    (441_900, 1047),
    (442_000, 442),
    (445_100, 257),
    (445_200, 557),
    (445_300, 238),
];

/// In a thousand cases, the number of the province's own, and in a thousand of a city, the number
/// of the city's own.
const PROVINCE_PER_MILLE: u64 = 30;
const CITY_PER_MILLE: u64 = 150;

/// The greatest product of weights, so that they stay exact.
const SHARES: u64 = 1_000_000;

impl Places {
    /// The areas of a province. Cities of Guangdong are weighted by their residents. Cities of
    /// other provinces, and counties within a city, are weighted by the order of their codes, the
    /// first the most.
    pub(crate) fn new(province: Province) -> Self {
        let known = known_areas(province);
        let mut cities: Vec<_> = known.iter().map(|area| area.city()).collect();
        cities.dedup();
        let mut weighted = vec![(province.county_code(), PROVINCE_PER_MILLE * SHARES / 1_000)];
        let city_weights: Vec<_> =
            cities.iter().enumerate().map(|(rank, city)| city_weight(*city, rank)).collect();
        let all: u64 = city_weights.iter().sum();
        for (city, weight) in cities.iter().zip(city_weights) {
            let weight = weight * (1_000 - PROVINCE_PER_MILLE) * SHARES / 1_000 / all;
            let counties: Vec<_> =
                known.iter().filter(|area| area.city() == *city && *area != city).collect();
            let ranks: u64 = (1..=counties.len() as u64).map(by_rank).sum();
            let is_listed = known.binary_search(city).is_ok();
            let own = match (counties.is_empty(), is_listed) {
                (true, _) => 1_000,
                (false, true) => CITY_PER_MILLE,
                (false, false) => 0,
            };
            weighted.push((*city, weight * own / 1_000));
            for (county, rank) in counties.into_iter().zip(1..) {
                weighted.push((*county, weight * (1_000 - own) / 1_000 * by_rank(rank) / ranks));
            }
        }
        weighted.retain(|(_, weight)| *weight > 0);
        Self {
            weights: Weights::new(weighted.iter().map(|(_, weight)| *weight)),
            areas: weighted.into_iter().map(|(county, weight)| Area::new(county, weight)).collect(),
            windows: codes((1..=30).map(|window| format!("W{window:02}"))),
            machines: codes((1..=6).map(|machine| format!("M{machine:02}"))),
        }
    }

    /// An area.
    pub(crate) fn pick(&self, chance: &mut Chance) -> &Area {
        &self.areas[self.weights.pick(chance)]
    }

    /// Draws a hall of an area and a window in it.
    pub(crate) fn window(&self, area: &Area, chance: &mut Chance) -> (PlaceCode, PlaceCode) {
        (*chance.one_of(&area.halls), *chance.one_of(&self.windows))
    }

    /// Draws a hall of an area and a self-service machine in it.
    pub(crate) fn machine(&self, area: &Area, chance: &mut Chance) -> (PlaceCode, PlaceCode) {
        (*chance.one_of(&area.halls), *chance.one_of(&self.machines))
    }
}

/// The weight of a rank from 1 on, which falls slowly.
fn by_rank(rank: u64) -> u64 {
    SHARES / (rank + 3)
}

fn city_weight(city: CountyCode, rank: usize) -> u64 {
    let guangdong = GUANGDONG.iter().find(|(code, _)| *code == city.number());
    guangdong.map_or_else(|| by_rank(rank as u64 + 1), |(_, residents)| *residents)
}

impl Area {
    fn new(county: CountyCode, weight: u64) -> Self {
        let code = format!("{county}000000").parse().expect("six digits and six zeros");
        // One hall, and one more for each half per cent of the province's cases, up to a dozen.
        let halls = 1 + (weight * 200 / SHARES).min(11);
        Self { code, county, halls: codes((1..=halls).map(|hall| format!("{county}-H{hall:02}"))) }
    }
}

fn codes(texts: impl Iterator<Item = String>) -> Vec<PlaceCode> {
    texts.map(|text| text.parse().expect("letters, digits and hyphens")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn cities_come_in_proportion_to_their_residents() {
        let places = Places::new("440000".parse().expect("a province"));
        let mut chance = Chance::about(1, 1);
        let mut cities: BTreeMap<u32, u32> = BTreeMap::new();
        for _ in 0..100_000 {
            let area = places.pick(&mut chance);
            *cities.entry(area.county.city().number()).or_default() += 1;
        }
        assert_eq!(cities.len(), 22, "21 cities and the province itself");
        assert!((13_500..15_500).contains(&cities[&440_100]), "{cities:?}");
        assert!((1_600..2_200).contains(&cities[&445_300]), "{cities:?}");
        assert!((2_700..3_300).contains(&cities[&440_000]), "{cities:?}");
    }

    #[test]
    fn every_province_has_places() {
        for province in Province::all() {
            let places = Places::new(province);
            let mut chance = Chance::about(1, 1);
            let area = places.pick(&mut chance);
            assert_eq!(area.code.province(), province);
            let (hall, _) = places.window(area, &mut chance);
            assert!(hall.as_str().starts_with(&area.county.to_string()));
        }
    }
}
