//! Compares the public figures with the reference count.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use domain::reference::Counts;
use domain::{Channel, ChannelGroup, Group, Grouping, Level, Month, Province};
use serde_json::Value;
use strum::VariantArray;

use testbed::world::World;

/// The figures of a month by their paths in the response of the API, such as
/// `total/levels/satisfied`. Rates are left out, because they are quotients of these figures.
type Figures = BTreeMap<String, u64>;

/// The figures of every month and province that occurs.
pub(super) type Expected = BTreeMap<(Province, Month), Figures>;

/// The figures that the API must show when the tables hold these counts.
pub(super) fn expected(counts: &Counts) -> Expected {
    let mut months: Expected = BTreeMap::new();
    for (bucket, count) in &counts.buckets {
        let (province, month) = (bucket.province, bucket.served_on.month());
        let grouping = Grouping::of(province, month);
        let figures = months.entry((province, month)).or_default();
        add(figures, "total/services", count.services);
        add(figures, "total/unreviewed_services", count.unreviewed);
        for (channel, services) in &count.services_by_channel {
            add(figures, &format!("{channel}/services"), *services);
            add(figures, &format!("{}/services", group_name(grouping, *channel)), *services);
        }
        for (group, reviews) in &count.reviews {
            add_reviews(figures, grouping, *group, *reviews);
        }
        for (group, reviews) in &count.set_aside {
            add_to_all(figures, grouping, group.channel, "set_aside", *reviews);
            if group.level.is_bad() {
                add_to_all(figures, grouping, group.channel, "set_aside_bad", *reviews);
            }
        }
    }
    for ((province, month, _), count) in &counts.cases {
        let figures = months.entry((*province, *month)).or_default();
        add(figures, "total/cases", count.cases);
        for (channel, cases) in &count.cases_by_channel {
            add(figures, &format!("{channel}/cases"), *cases);
        }
        // A case with services in several channels of a group is one case of the group.
        let grouping = Grouping::of(*province, *month);
        for (channels, cases) in &count.cases_by_channels {
            let groups: BTreeSet<_> = channels.iter().map(|it| grouping.group(*it)).collect();
            for group in groups {
                add(figures, &format!("{group}/cases"), *cases);
            }
        }
    }
    for ((province, served_on, county, _), count) in &counts.items {
        let figures = months.entry((*province, served_on.month())).or_default();
        add(figures, &format!("county {county}/services"), count.services);
        add(figures, &format!("county {county}/unreviewed_services"), count.unreviewed);
        let reviews = count.reviews.values().sum();
        add(figures, &format!("county {county}/reviews/counted"), reviews);
    }
    let served: Vec<_> = months.keys().copied().collect();
    for (province, month) in served {
        let received = received_in(counts, province, month);
        let figures = months.get_mut(&(province, month)).expect("it is one of them");
        for (channel, reviews) in received {
            add_to_all(
                figures,
                Grouping::of(province, month),
                channel,
                "bad_reviews_received",
                reviews,
            );
        }
    }
    months
}

/// Bad reviews that were given in a month, for services of that month or an earlier one.
fn received_in(counts: &Counts, province: Province, month: Month) -> Vec<(Channel, u64)> {
    let of_province = counts.buckets.iter().filter(|(bucket, _)| bucket.province == province);
    of_province
        .flat_map(|(bucket, count)| {
            let late = month.months_since(bucket.served_on.month());
            let given =
                move |group: &Group| group.level.is_bad() && i32::from(group.months_late) == late;
            let reviews = count.reviews.iter().filter(move |(group, _)| given(group));
            reviews.map(|(group, reviews)| (group.channel, *reviews))
        })
        .collect()
}

fn add_reviews(figures: &mut Figures, grouping: &Grouping, group: Group, reviews: u64) {
    let Group { is_default, channel, level, .. } = group;
    add_to_all(figures, grouping, channel, "reviews/counted", reviews);
    add_to_all(figures, grouping, channel, &format!("levels/{level}"), reviews);
    let who = if is_default { "reviews/default" } else { "reviews/active" };
    add_to_all(figures, grouping, channel, who, reviews);
    if !is_default {
        add_to_all(figures, grouping, channel, &format!("active_levels/{level}"), reviews);
    }
}

/// Adds to the total, to the group of the channel, and to the channel.
fn add_to_all(
    figures: &mut Figures,
    grouping: &Grouping,
    channel: Channel,
    path: &str,
    count: u64,
) {
    add(figures, &format!("total/{path}"), count);
    add(figures, &format!("{}/{path}", group_name(grouping, channel)), count);
    add(figures, &format!("{channel}/{path}"), count);
}

/// The group of a channel as the API names it.
fn group_name(grouping: &Grouping, channel: Channel) -> &'static str {
    grouping.group(channel).into()
}

/// Zero is left out on both sides.
fn add(figures: &mut Figures, path: &str, count: u64) {
    if count > 0 {
        *figures.entry(path.to_owned()).or_default() += count;
    }
}

/// Compares every month that occurs with the disclosed one.
pub(super) async fn compare(world: &World, expected: &Expected) -> anyhow::Result<()> {
    for ((province, month), expected) in expected {
        let path = format!("/v1/provinces/{province}/months/{month}");
        let disclosed = disclosed(world, &path).await?;
        let differs = |path: &&String| expected.get(*path) != disclosed.get(*path);
        let paths = expected.keys().chain(disclosed.keys()).filter(differs);
        let first: Vec<_> = paths
            .take(3)
            .map(|path| {
                let of = |figures: &Figures| figures.get(path).copied().unwrap_or(0);
                format!("{path} is {} and not {}", of(&disclosed), of(expected))
            })
            .collect();
        if !first.is_empty() {
            bail!("{path}: {}", first.join(", "));
        }
    }
    Ok(())
}

async fn disclosed(world: &World, path: &str) -> anyhow::Result<Figures> {
    let mut figures = Figures::new();
    let month = world.disclosed(path).await.with_context(|| format!("{path} is not disclosed"))?;
    collect(&mut figures, "total", &month["total"]);
    let groups = month["channel_groups"].as_array().context("there are no groups of channels")?;
    anyhow::ensure!(groups.len() == ChannelGroup::VARIANTS.len(), "groups of channels are missing");
    for group in groups {
        let name = group["group"].as_str().context("a group has no name")?;
        collect(&mut figures, name, &group["figures"]);
    }
    let channels = month["channels"].as_array().context("there are no channels")?;
    anyhow::ensure!(channels.len() == Channel::VARIANTS.len(), "channels are missing");
    for channel in channels {
        let name = channel["channel"].as_str().context("a channel has no name")?;
        collect(&mut figures, name, &channel["figures"]);
    }
    let path = format!("{path}/areas?level=county");
    let counties = world.disclosed(&path).await.with_context(|| format!("{path} fails"))?;
    for row in counties["rows"].as_array().context("there are no rows")? {
        let county = format!("county {}", row["code"].as_str().context("a row has no code")?);
        for path in ["services", "unreviewed_services", "reviews/counted"] {
            let value = row.pointer(&format!("/{path}")).and_then(Value::as_u64);
            add(&mut figures, &format!("{county}/{path}"), value.context("a figure is missing")?);
        }
    }
    Ok(figures)
}

/// The counts of a slice: of the total, a group or a channel.
fn collect(figures: &mut Figures, name: &str, slice: &Value) {
    let levels = ["levels", "active_levels"]
        .into_iter()
        .flat_map(|levels| Level::VARIANTS.iter().map(move |level| format!("{levels}/{level}")));
    let others = [
        "cases",
        "services",
        "unreviewed_services",
        "reviews/counted",
        "reviews/active",
        "reviews/default",
        "set_aside",
        "set_aside_bad",
        "bad_reviews_received",
    ];
    for path in others.into_iter().map(str::to_owned).chain(levels) {
        let count = slice.pointer(&format!("/{path}")).and_then(Value::as_u64).unwrap_or(0);
        add(figures, &format!("{name}/{path}"), count);
    }
}
