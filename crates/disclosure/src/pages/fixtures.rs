//! Months for tests: the published one of July 2023, one in which a system wrote most reviews, and one
//! of hardly any reviews.

use ::figures::{CasesOfMonth, Coverage, Edition, Figures, ServedMonth, Slice, Status};
use domain::area::known_areas;
use domain::{Channel, CountyCode, EpochSeconds, Group, Level, Month, Province};

use crate::model::{AreaLevel, AreaOfRow, Cities, FiguresOfMonth, Moments, Row, Rows, RowsOfMonth};
use crate::name::Name;
use crate::resource::{Breakdown, RowRange};

pub(super) fn province(code: &str) -> Province {
    code.parse().expect("a province")
}

pub(super) fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn month_before(month: Month) -> Month {
    Month::of(month.first_day().yesterday().expect("months begin in 2019"))
}

pub(super) fn key(is_default: bool, channel: Channel, level: Level) -> u16 {
    Group { is_default, months_late: 0, channel, level }.code()
}

/// What a month is made of.
struct Shape {
    province: Province,
    month: Month,
    services: u64,
    unreviewed: u64,
    cases: u64,
    /// Reviews of each channel, and reviews set aside of each.
    channels: &'static [(Channel, u64, u64)],
    /// Reviews of the levels below the best, best first.
    levels: [u64; 4],
    /// Default reviews, all of them basically satisfied.
    default: u64,
    /// Bad reviews of the hall that were given a month later, and bad reviews of earlier services that
    /// were given in the month.
    late_and_earlier: (u64, u64),
    /// Weights of the cities and of the province's own bodies, in the order of their codes.
    weights: &'static [u64],
    status: Status,
}

impl Shape {
    fn all(&self) -> u64 {
        self.channels.iter().map(|(_, counted, _)| counted).sum()
    }

    /// The reviews of a part of all: its levels are spread evenly, but for what rounding moves.
    fn reviews(&self, channel: Channel, part: u64, salt: u64) -> Vec<(u16, u64)> {
        let all = self.all();
        let spread = |count: u64| {
            let exact = u128::from(count) * u128::from(part);
            let moved = u128::from(salt * 7_919 % 1_000) * u128::from(all) / 1_000;
            u64::try_from((exact + moved) / u128::from(all)).expect("a part of a count")
        };
        let default = spread(self.default);
        let lower = [
            (Level::Satisfied, spread(self.levels[0])),
            (Level::BasicallySatisfied, spread(self.levels[1] - self.default)),
            (Level::Dissatisfied, spread(self.levels[2])),
            (Level::VeryDissatisfied, spread(self.levels[3])),
        ];
        let rest: u64 = lower.iter().map(|(_, count)| count).sum::<u64>() + default;
        let mut reviews =
            vec![(key(false, channel, Level::VerySatisfied), part.saturating_sub(rest))];
        reviews.extend(lower.map(|(level, count)| (key(false, channel, level), count)));
        reviews.push((key(true, channel, Level::BasicallySatisfied), default));
        reviews
    }

    fn coverage(&self) -> Coverage {
        let through = EpochSeconds::new(1_691_980_000);
        Coverage { records: self.services + self.all(), through: Some(through) }
    }

    fn edition(&self) -> Edition {
        let edition = Edition::provisional(self.province, self.month, 1);
        Edition { status: self.status, ..edition }
    }

    fn figures(&self) -> Figures {
        let reviews = (1..).zip(self.channels);
        let mut reviews: Vec<_> = reviews
            .flat_map(|(salt, (channel, counted, _))| self.reviews(*channel, *counted, salt))
            .collect();
        let (late, earlier) = self.late_and_earlier;
        let in_time = key(false, Channel::Hall, Level::VeryDissatisfied);
        let a_month_later = in_time | 1 << 8;
        for (key, count) in &mut reviews {
            *count -= if *key == in_time { late } else { 0 };
        }
        reviews.push((a_month_later, late));
        let earlier = [(month_before(self.month), vec![(a_month_later, earlier)])];
        let set_aside = self.channels.iter().flat_map(|(channel, _, set_aside)| {
            let bad = set_aside / 400;
            [
                (key(false, *channel, Level::VerySatisfied), set_aside - bad),
                (key(false, *channel, Level::VeryDissatisfied), bad),
            ]
        });
        let services_by_channel = self
            .channels
            .iter()
            .map(|(channel, counted, _)| (channel.code(), counted * self.services / self.all()));
        let counts = ServedMonth {
            services: self.services,
            unreviewed: self.unreviewed,
            services_by_channel: services_by_channel.collect(),
            reviews,
            set_aside: set_aside.collect(),
        };
        let cases = CasesOfMonth {
            cases: self.cases,
            cases_by_channel: self
                .channels
                .iter()
                .map(|(channel, counted, _)| (channel.code(), counted * self.cases / self.all()))
                .collect(),
            cases_by_channels: None,
        };
        Figures::of(self.province, self.month, &counts, &earlier, Some(&cases)).expect("known keys")
    }

    fn row(&self, code: CountyCode, area: AreaOfRow, part: u64, salt: u64) -> Row {
        let of_reviews =
            Slice::of_reviews(&self.reviews(Channel::Hall, part, salt)).expect("known keys");
        Row {
            code: code.to_string(),
            name: code.name().map(Name::from),
            area: Some(area),
            slice: Slice {
                services: Some(part * self.services / self.all()),
                unreviewed_services: Some(part * self.unreviewed / self.all()),
                ..of_reviews
            },
        }
    }

    /// The province's own bodies and as many cities as there are weights.
    fn cities(&self) -> Vec<Row> {
        let own = self.province.county_code();
        let cities = known_areas(self.province).into_iter().filter(|code| *code == code.city());
        let all: u64 = self.weights.iter().sum();
        let codes = std::iter::once(own).chain(cities).zip(self.weights).zip(1..);
        codes
            .map(|((code, weight), salt)| {
                let area = AreaOfRow { level: AreaLevel::City, parent: own, is_own: code == own };
                self.row(code, area, self.all() * weight / all, salt)
            })
            .collect()
    }

    fn month(&self) -> FiguresOfMonth {
        let coverage = self.coverage();
        FiguresOfMonth {
            edition: self.edition(),
            figures: self.figures(),
            moments: Moments {
                figures: coverage,
                cases_through: coverage.through,
                ..Moments::default()
            },
            cities: Some(Cities { rows: self.cities(), coverage }),
        }
    }

    /// Every county of the first cities, each city's own bodies, and those of the province.
    fn counties(&self) -> RowsOfMonth {
        let own = self.province.county_code();
        let areas = std::iter::once(own).chain(known_areas(self.province)).take(90);
        let rows = areas.zip(1..).map(|(code, salt)| {
            let (parent, is_own) = (code.city(), code == code.city());
            let area = AreaOfRow { level: AreaLevel::County, parent, is_own };
            self.row(code, area, self.all() / 300 * (salt % 7), salt)
        });
        let rows: Vec<_> = rows.collect();
        self.rows(Breakdown::Counties { city: None }, rows)
    }

    fn rows(&self, breakdown: Breakdown, rows: Vec<Row>) -> RowsOfMonth {
        let (coverage, total_rows) = (self.coverage(), rows.len() as u64);
        RowsOfMonth {
            edition: self.edition(),
            breakdown,
            range: RowRange::FIRST,
            rows: Rows { rows, total_rows },
            coverage,
            of_month: coverage,
            department: None,
        }
    }
}

/// July 2023 of Guangdong, as published, simulated.
fn july_shape() -> Shape {
    Shape {
        province: province("440000"),
        month: month("2023-07"),
        services: 18_043_168,
        unreviewed: 4_581_440,
        cases: 11_238_000,
        channels: &[
            (Channel::PcPortal, 5_567_053, 172_710),
            (Channel::GovernmentApp, 2_421_799, 75_132),
            (Channel::BusinessApp, 147, 4),
            (Channel::MiniProgram, 90_298, 2_801),
            (Channel::Sms, 62_199, 1_929),
            (Channel::Hotline12345, 262_584, 8_146),
            (Channel::Hall, 4_977_365, 154_419),
            (Channel::SelfServiceMachine, 80_283, 2_491),
        ],
        levels: [10_421, 18_062, 295, 980],
        default: 0,
        late_and_earlier: (14, 3),
        weights: &[
            3, 193, 32, 182, 45, 50, 95, 41, 62, 28, 60, 58, 48, 26, 28, 25, 38, 98, 44, 22, 25, 24,
        ],
        status: Status::Simulated,
    }
}

pub(super) fn july() -> FiguresOfMonth {
    july_shape().month()
}

pub(super) fn counties_of_july() -> RowsOfMonth {
    july_shape().counties()
}

/// A month of Guangdong in which a system wrote 77 % of all reviews, all of them basically satisfied.
pub(super) fn january() -> FiguresOfMonth {
    Shape {
        province: province("440000"),
        month: month("2020-01"),
        services: 2_400_000,
        unreviewed: 600_000,
        cases: 1_386_000,
        channels: &[
            (Channel::PcPortal, 500_000, 12_480),
            (Channel::GovernmentApp, 145_000, 3_350),
            (Channel::Hall, 1_155_000, 30_370),
        ],
        levels: [14_202, 1_394_640, 586, 1_106],
        default: 1_386_000,
        late_and_earlier: (0, 0),
        weights: &[
            3, 193, 32, 182, 45, 50, 95, 41, 62, 28, 60, 58, 48, 26, 28, 25, 38, 98, 44, 22, 25, 24,
        ],
        status: Status::Provisional,
    }
    .month()
}

/// A month of 41 services.
fn tiny_shape() -> Shape {
    Shape {
        province: province("540000"),
        month: month("2023-07"),
        services: 41,
        unreviewed: 10,
        cases: 33,
        channels: &[(Channel::Hall, 25, 1), (Channel::PcPortal, 6, 0)],
        levels: [3, 2, 1, 1],
        default: 0,
        late_and_earlier: (0, 0),
        weights: &[0, 17, 6, 8],
        status: Status::Provisional,
    }
}

pub(super) fn tiny() -> FiguresOfMonth {
    tiny_shape().month()
}

/// Items of July, each with a long code and a name of a source.
pub(super) fn items_of_july() -> RowsOfMonth {
    let shape = july_shape();
    let rows = (1..=100).map(|number: u64| {
        let code = format!("1144010000751234561{number:012}");
        let area = AreaOfRow {
            level: AreaLevel::County,
            parent: shape.province.county_code(),
            is_own: false,
        };
        let of = shape.row(area.parent, area, number * number * 31, number);
        let name = Name::in_chinese("城乡居民基本养老保险待遇领取资格认证及社会保障卡申领".into());
        Row { code, name: Some(name), area: None, ..of }
    });
    let breakdown = Breakdown::Items { area: None, department: None, item: None, channel: None };
    shape.rows(breakdown, rows.collect())
}
