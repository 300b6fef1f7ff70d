//! Columns of figures: what is published of a part of a month, whichever part it is. The same figure
//! has the same columns in every data set.

use ::figures::metric::{
    ACTIVE_BAD_REVIEWS, ACTIVE_BAD_REVIEWS_PER_MILLION, ACTIVE_BASICALLY_SATISFIED,
    ACTIVE_DISSATISFIED, ACTIVE_GOOD_REVIEWS, ACTIVE_REVIEW_RATE, ACTIVE_SATISFACTION,
    ACTIVE_SATISFIED, ACTIVE_VERY_DISSATISFIED, ACTIVE_VERY_SATISFIED, BAD_REVIEWS,
    BAD_REVIEWS_GIVEN_LATER, BAD_REVIEWS_OF_EARLIER_SERVICES, BAD_REVIEWS_PER_MILLION,
    BAD_REVIEWS_RECEIVED, BASICALLY_SATISFIED, CASES, DISSATISFIED, GOOD_REVIEWS, REVIEW_RATE,
    REVIEWABLE_SERVICES, REVIEWS_ACTIVE, REVIEWS_COUNTED, REVIEWS_DEFAULT, REVIEWS_WITH_SET_ASIDE,
    SATISFACTION, SATISFIED, SERVICES, SET_ASIDE, SET_ASIDE_BAD, UNREVIEWED_SERVICES,
    VERY_DISSATISFIED, VERY_SATISFIED,
};
use ::figures::{Metric, Slice};

use super::{Column, Kind, Value};

/// Everything that is published of a whole month, of a group of channels and of a channel.
pub(crate) fn of_month<L: 'static>(slice: fn(&L) -> &Slice) -> Vec<Column<L>> {
    let mut columns = vec![count(&CASES, slice)];
    columns.extend(services(slice));
    columns.extend(reviews(slice));
    columns.extend(
        [&SET_ASIDE, &SET_ASIDE_BAD, &REVIEWS_WITH_SET_ASIDE].map(|metric| count(metric, slice)),
    );
    columns.extend(levels(slice));
    columns.extend(
        [&BAD_REVIEWS_RECEIVED, &BAD_REVIEWS_OF_EARLIER_SERVICES, &BAD_REVIEWS_GIVEN_LATER]
            .map(|metric| count(metric, slice)),
    );
    columns.extend(rates(slice));
    columns
}

/// Everything that is published of an area, a department or an item. What was set aside, and when
/// bad reviews were received, is counted of channels and not of these.
pub(crate) fn of_row<L: 'static>(slice: fn(&L) -> &Slice) -> Vec<Column<L>> {
    let mut columns: Vec<_> = services(slice).into();
    columns.extend(reviews(slice));
    columns.extend(levels(slice));
    columns.extend(rates(slice));
    columns
}

fn services<L: 'static>(slice: fn(&L) -> &Slice) -> [Column<L>; 3] {
    [&SERVICES, &UNREVIEWED_SERVICES, &REVIEWABLE_SERVICES].map(|metric| count(metric, slice))
}

/// Columns of counted reviews and who gave them.
fn reviews<L: 'static>(slice: fn(&L) -> &Slice) -> [Column<L>; 3] {
    [(&REVIEWS_COUNTED, "counted"), (&REVIEWS_ACTIVE, "active"), (&REVIEWS_DEFAULT, "default")]
        .map(|(metric, field)| count(metric, slice).within("reviews", field))
}

/// Columns of counted reviews by level, and of good and bad ones; then the same of active reviews.
fn levels<L: 'static>(slice: fn(&L) -> &Slice) -> Vec<Column<L>> {
    let of_level = [
        (&VERY_SATISFIED, &ACTIVE_VERY_SATISFIED),
        (&SATISFIED, &ACTIVE_SATISFIED),
        (&BASICALLY_SATISFIED, &ACTIVE_BASICALLY_SATISFIED),
        (&DISSATISFIED, &ACTIVE_DISSATISFIED),
        (&VERY_DISSATISFIED, &ACTIVE_VERY_DISSATISFIED),
    ];
    let all = of_level.map(|(all, _)| count(all, slice).within("levels", all.id));
    let active = of_level.map(|(all, active)| count(active, slice).within("active_levels", all.id));
    let good_and_bad = [&GOOD_REVIEWS, &BAD_REVIEWS].map(|metric| count(metric, slice));
    let active_good_and_bad =
        [&ACTIVE_GOOD_REVIEWS, &ACTIVE_BAD_REVIEWS].map(|metric| count(metric, slice));
    all.into_iter().chain(good_and_bad).chain(active).chain(active_good_and_bad).collect()
}

/// Columns of the rates, with what they are computed from. Rates of active reviews have their intervals.
/// A default review is nobody's observation, so rates with default reviews have none.
fn rates<L: 'static>(slice: fn(&L) -> &Slice) -> Vec<Column<L>> {
    let mut columns = ratio(
        &REVIEW_RATE,
        ["review_rate_numerator", "review_rate_denominator", "review_rate"],
        slice,
    );
    columns.extend(ratio(
        &ACTIVE_REVIEW_RATE,
        ["active_review_rate_numerator", "active_review_rate_denominator", "active_review_rate"],
        slice,
    ));
    columns.extend(ratio(
        &SATISFACTION,
        ["satisfaction_numerator", "satisfaction_denominator", "satisfaction_rate"],
        slice,
    ));
    columns.extend(ratio(
        &ACTIVE_SATISFACTION,
        [
            "active_satisfaction_numerator",
            "active_satisfaction_denominator",
            "active_satisfaction_rate",
        ],
        slice,
    ));
    let interval = ["active_satisfaction_low", "active_satisfaction_high"];
    columns.extend(within(ACTIVE_SATISFACTION.id, bounds(&ACTIVE_SATISFACTION, interval, slice)));
    columns.push(quotient(&BAD_REVIEWS_PER_MILLION, BAD_REVIEWS_PER_MILLION.id, slice));
    let active = &ACTIVE_BAD_REVIEWS_PER_MILLION;
    columns.push(quotient(active, active.id, slice));
    let interval = ["active_bad_reviews_per_million_low", "active_bad_reviews_per_million_high"];
    columns.extend(bounds(active, interval, slice));
    columns
}

/// A column of a metric that is counted.
pub(super) fn count<L: 'static>(metric: &'static Metric, slice: fn(&L) -> &Slice) -> Column<L> {
    let value = move |line: &L| Value::count_if_known(metric.count(slice(line)));
    Column::new(metric.id, metric.name, Kind::Count, value).of_metric(metric)
}

/// Columns of a ratio: what is divided, by what, and the quotient. `ids` are those of CSV.
fn ratio<L: 'static>(
    metric: &'static Metric,
    ids: [&'static str; 3],
    slice: fn(&L) -> &Slice,
) -> Vec<Column<L>> {
    let part = move |line: &L, part: fn(domain::Rate) -> u64| {
        Value::count_if_known(metric.rate(slice(line)).map(part))
    };
    let [numerator, denominator, rate] = ids;
    let (numerator_title, denominator_title) = metric.parts().expect("a ratio has two parts");
    vec![
        Column::new(numerator, numerator_title.name, Kind::Count, move |line| {
            part(line, |rate| rate.numerator)
        })
        .within(metric.id, "numerator")
        .of_metric(metric),
        Column::new(denominator, denominator_title.name, Kind::Count, move |line| {
            part(line, |rate| rate.denominator)
        })
        .within(metric.id, "denominator")
        .of_metric(metric),
        quotient(metric, rate, slice).within(metric.id, "rate"),
    ]
}

/// A column of the quotient alone.
fn quotient<L: 'static>(
    metric: &'static Metric,
    id: &'static str,
    slice: fn(&L) -> &Slice,
) -> Column<L> {
    let value = move |line: &L| Value::number_if_known(metric.ratio(slice(line)));
    Column::new(id, metric.name, Kind::Number, value).of_metric(metric)
}

/// Columns of the interval within which chance can have moved a ratio.
fn bounds<L: 'static>(
    metric: &'static Metric,
    ids: [&'static str; 2],
    slice: fn(&L) -> &Slice,
) -> [Column<L>; 2] {
    let bound = move |line: &L, bound: fn((f64, f64)) -> f64| {
        Value::number_if_known(metric.interval(slice(line)).map(bound))
    };
    let [low, high] = ids;
    [
        Column::new(
            low,
            ("95% 区间下限", "95% interval, lower end"),
            Kind::Number,
            move |line| bound(line, |(low, _)| low),
        ),
        Column::new(
            high,
            ("95% 区间上限", "95% interval, upper end"),
            Kind::Number,
            move |line| bound(line, |(_, high)| high),
        ),
    ]
    .map(|column| column.of_metric(metric))
}

/// The ends of an interval in the object of their rate.
fn within<L>(object: &'static str, [low, high]: [Column<L>; 2]) -> [Column<L>; 2] {
    [low.within(object, "low"), high.within(object, "high")]
}
