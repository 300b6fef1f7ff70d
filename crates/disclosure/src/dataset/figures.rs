//! The data set of a month's figures: a line for the total, for each group of channels and for each
//! channel.

use ::figures::{Edition, Figures, Slice, Words};
use domain::{Channel, ChannelGroup};

use super::{Column, Kind, Value, as_of, edition, measures, name, records, records_through};
use crate::model::{FiguresOfMonth, Moments};

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
    moments: Moments,
    part: Part,
    /// The group of a channel, as the province has it.
    group: Option<ChannelGroup>,
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
pub(crate) fn lines(of: &FiguresOfMonth) -> impl Iterator<Item = Line> {
    let FiguresOfMonth { edition, moments, .. } = *of;
    let Figures { total, groups, channels, grouping } = &of.figures;
    let line = move |part, slice: &Slice| {
        let group = match part {
            Part::Channel(channel) => Some(grouping.group(channel)),
            Part::Total | Part::Group(_) => None,
        };
        Line { edition, moments, part, group, slice: *slice }
    };
    let groups = groups.iter().map(move |(group, slice)| line(Part::Group(*group), slice));
    let channels =
        channels.iter().map(move |(channel, slice)| line(Part::Channel(*channel), slice));
    std::iter::once(line(Part::Total, total)).chain(groups).chain(channels)
}

pub(crate) fn columns() -> Vec<Column<Line>> {
    let mut columns: Vec<_> = edition(|line: &Line| line.edition).into();
    columns.extend([
        as_of(|line: &Line| line.moments.as_of()),
        records_through(
            "records_through_figures",
            "figures",
            (
                "最近一条已统计的评价或服务记录的时间",
                "Latest record of reviews and services counted",
            ),
            |line: &Line| line.moments.figures.through,
        ),
        records_through(
            "records_through_earlier",
            "earlier",
            (
                "有迟到差评的以往月份最近一条已统计记录的时间",
                "Latest record of earlier months counted",
            ),
            |line: &Line| line.moments.earlier_through,
        ),
        records_through(
            "records_through_cases",
            "cases",
            ("最近一条已统计的办件记录的时间", "Latest record of cases counted"),
            |line: &Line| line.moments.cases_through,
        ),
        records("records", ("已统计记录数", "Records counted"), |line: &Line| {
            line.moments.figures.records
        }),
    ]);
    columns.push(Column::new(
        "slice",
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
    columns.push(Column::new(
        "group",
        ("渠道所属类别", "Group of the channel"),
        Kind::Code,
        |line: &Line| Value::text_if_known(line.group.map(<&str>::from)),
    ));
    columns.extend(name(|line: &Line| {
        let name = line.part.name();
        (
            Value::text_if_known(name.map(|name| name.0)),
            Value::text_if_known(name.map(|name| name.1)),
        )
    }));
    columns.extend(measures::of_month(|line: &Line| &line.slice));
    columns
}
