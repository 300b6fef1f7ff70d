//! The data set of a month's figures: a line for the total, for each group of channels and for each
//! channel.

use ::figures::metric::{
    ACTIVE_BASICALLY_SATISFIED, ACTIVE_DISSATISFIED, ACTIVE_SATISFACTION, ACTIVE_SATISFIED,
    ACTIVE_VERY_DISSATISFIED, ACTIVE_VERY_SATISFIED, BAD_REVIEWS_PER_MILLION, BAD_REVIEWS_RECEIVED,
    CASES, SATISFACTION, SERVICES, SET_ASIDE, UNREVIEWED_SERVICES,
};
use ::figures::{Edition, Figures, Slice, Words};
use domain::{Channel, ChannelGroup};

use super::{Column, Kind, Value, count, edition, levels, name, quotient, ratio, reviews};

/// What a line is of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Total,
    Group(ChannelGroup),
    Channel(Channel),
}

/// A line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    edition: Edition,
    part: Part,
    slice: Slice,
}

impl Part {
    fn kind(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Group(_) => "group",
            Self::Channel(_) => "channel",
        }
    }

    fn code(self) -> Option<&'static str> {
        match self {
            Self::Total => None,
            Self::Group(group) => Some(group.into()),
            Self::Channel(channel) => Some(channel.into()),
        }
    }

    fn name(self) -> Option<Words> {
        match self {
            Self::Total => None,
            Self::Group(group) => Some(group.name()),
            Self::Channel(channel) => Some(channel.name()),
        }
    }
}

/// Every line of a month: the total, then groups, then channels.
pub(crate) fn lines(edition: Edition, figures: &Figures) -> impl Iterator<Item = Line> {
    let line = move |part, slice: &Slice| Line { edition, part, slice: *slice };
    let groups = figures.groups.iter().map(move |(group, slice)| line(Part::Group(*group), slice));
    let channels =
        figures.channels.iter().map(move |(channel, slice)| line(Part::Channel(*channel), slice));
    std::iter::once(line(Part::Total, &figures.total)).chain(groups).chain(channels)
}

pub(crate) fn columns() -> Vec<Column<Line>> {
    let mut columns: Vec<_> = edition(|line: &Line| line.edition).into();
    columns.push(Column::new(
        "cut",
        ("数据范围", "Part of the month"),
        Kind::Code,
        |line: &Line| Value::text(line.part.kind()),
    ));
    columns.push(Column::new(
        "code",
        ("渠道或渠道类别", "Channel or group"),
        Kind::Code,
        |line: &Line| Value::text_if_known(line.part.code()),
    ));
    columns.extend(name(|line: &Line| {
        let name = line.part.name();
        (
            Value::text_if_known(name.map(|name| name.0)),
            Value::text_if_known(name.map(|name| name.1)),
        )
    }));
    columns.extend(measures(|line: &Line| &line.slice));
    columns
}

/// Everything that is published of a part of a month.
pub(crate) fn measures<L: 'static>(slice: fn(&L) -> &Slice) -> Vec<Column<L>> {
    let active_levels = [
        (&ACTIVE_VERY_SATISFIED, "very_satisfied"),
        (&ACTIVE_SATISFIED, "satisfied"),
        (&ACTIVE_BASICALLY_SATISFIED, "basically_satisfied"),
        (&ACTIVE_DISSATISFIED, "dissatisfied"),
        (&ACTIVE_VERY_DISSATISFIED, "very_dissatisfied"),
    ]
    .map(|(metric, level)| count(metric, slice).within("active_levels", level));
    let mut columns =
        vec![count(&CASES, slice), count(&SERVICES, slice), count(&UNREVIEWED_SERVICES, slice)];
    columns.extend(reviews(slice));
    columns.push(count(&SET_ASIDE, slice));
    columns.extend(levels(slice));
    columns.extend(active_levels);
    columns.push(count(&BAD_REVIEWS_RECEIVED, slice));
    columns.extend(satisfaction(slice));
    columns.extend(ratio(
        &ACTIVE_SATISFACTION,
        [
            "active_satisfaction_numerator",
            "active_satisfaction_denominator",
            "active_satisfaction_rate",
        ],
        slice,
    ));
    columns.push(quotient(&BAD_REVIEWS_PER_MILLION, BAD_REVIEWS_PER_MILLION.id, slice));
    columns
}

/// The satisfaction rate with what it is computed from.
pub(super) fn satisfaction<L: 'static>(slice: fn(&L) -> &Slice) -> [Column<L>; 3] {
    let ids = ["satisfaction_numerator", "satisfaction_denominator", "satisfaction_rate"];
    ratio(&SATISFACTION, ids, slice)
}
