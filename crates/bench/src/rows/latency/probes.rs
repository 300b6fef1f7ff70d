//! Reviews that can be told apart in the public figures.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use domain::{Channel, EpochSeconds, Event, Level, Province, Review, ServedOn, Subject, Tag};
use serde_json::Value;
use strum::VariantArray;
use testbed::world::World;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use wire::CloudEvent;

use crate::events::{Record, Spread, generate, move_to};
use crate::http::{Call, Connection};
use crate::open_model::Lane;

/// The month of all events.
pub(super) const MONTH: &str = "2023-07";

/// Reviews are of services of so many days.
const DAYS: u64 = 15;

/// Channels that only probes use.
const CHANNELS: [Channel; 6] = [
    Channel::Sms,
    Channel::Hotline12345,
    Channel::SelfServiceMachine,
    Channel::PrintedCode,
    Channel::Paper,
    Channel::BusinessApp,
];

/// The channel of what would use one of those.
const OTHER: Channel = Channel::Hall;

/// How often the figures of a province are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A probe that is not seen for so long is not waited for any more.
const PATIENCE: Duration = Duration::from_mins(3);

/// Events of a load.
pub(super) struct Made {
    /// Services and reviews, in a mixture.
    pub(super) load: Vec<Record>,
    /// Reviews whose channel and level is to be set.
    pub(super) probes: Vec<CloudEvent<'static>>,
}

/// Makes them. Services are of the last day, reviews of any of the [`DAYS`], and no two reviews are of
/// one service.
pub(super) fn make(provinces: &[Province], load: u64, probes: u64) -> anyhow::Result<Made> {
    let first = format!("{MONTH}-01").parse::<ServedOn>().context("no day")?.days_since_epoch();
    let day = |offset: u64| -> anyhow::Result<ServedOn> {
        Ok(ServedOn::from_days_since_epoch(first + u16::try_from(offset)?)?)
    };
    let last = day(DAYS - 1)?;
    let now = last.begins_at().saturating_add(20 * 3_600);
    let mut made = Made { load: Vec::new(), probes: Vec::new() };
    let mut rated = HashSet::new();
    let mut is_probe = Alternate::new(probes, load);
    // Reviews that are left out are few: revisions, follow-ups and second reviews.
    generate(load + 3 * probes + load / 20, 1, Spread::OneProvince, |event| {
        let mut event = event.clone();
        let case = event.event.key().case.0;
        let turn = usize::try_from(case % provinces.len() as u64)?;
        move_to(&mut event, provinces[turn]);
        match &mut event.event {
            Event::Service(service) => service.served_on = last,
            Event::Review(review) => {
                // Other bits of the hash than those that chose the province.
                settle(review, day((case >> 32) % DAYS)?, now);
                if !rated.insert(review.subject.key()) {
                    return Ok(());
                }
                if is_probe.next() {
                    made.probes.push(event);
                    return Ok(());
                }
                if CHANNELS.contains(&review.channel) {
                    review.channel = OTHER;
                }
            }
            Event::Disposition(_) => return Ok(()),
        }
        made.load.push(Record::of(&event));
        Ok(())
    })?;
    Ok(made)
}

/// Says of which reviews probes are made, evenly.
struct Alternate {
    every: u64,
    seen: u64,
}

impl Alternate {
    fn new(probes: u64, load: u64) -> Self {
        // About four in ten events are reviews.
        Self { every: (load * 4 / 10 / probes.max(1)).max(2), seen: 0 }
    }

    fn next(&mut self) -> bool {
        self.seen += 1;
        self.seen.is_multiple_of(self.every)
    }
}

/// Has a review be the first one of a service of a day, rated just now.
fn settle(review: &mut Review, day: ServedOn, now: EpochSeconds) {
    if let Subject::Service { served_on, .. } = &mut review.subject {
        *served_on = day;
    }
    review.rated_at = now;
    review.follow_up = false;
    review.revision = 0;
}

/// One who posts probes of one province, channel and level, one after the other.
pub(super) struct Probing {
    connection: Connection,
    key: Arc<str>,
    probes: std::vec::IntoIter<CloudEvent<'static>>,
    channel: Channel,
    level: Level,
    figures: watch::Receiver<Value>,
}

/// A lane for each channel and level of each province; the figures are looked at until `stop`.
pub(super) async fn lanes(
    world: &World,
    provinces: &[Province],
    probes: Vec<CloudEvent<'static>>,
    stop: &CancellationToken,
) -> anyhow::Result<Vec<Probing>> {
    let key: Arc<str> = world.key().into();
    let slots = provinces.len() * CHANNELS.len() * Level::VARIANTS.len();
    let each = probes.len() / slots;
    let mut probes = probes.into_iter();
    let mut lanes = Vec::with_capacity(slots);
    for channel in CHANNELS {
        for level in Level::VARIANTS {
            for province in provinces {
                let mut of_lane: Vec<_> = probes.by_ref().take(each).collect();
                for event in &mut of_lane {
                    move_to(event, *province);
                }
                lanes.push((*province, channel, *level, of_lane));
            }
        }
    }
    let mut figures = Vec::new();
    for province in provinces {
        figures.push((*province, look_at(world, *province, stop.clone()).await?));
    }
    let mut probing = Vec::with_capacity(slots);
    for (province, channel, level, probes) in lanes {
        let of_province = figures.iter().find(|(of, _)| *of == province);
        probing.push(Probing {
            connection: Connection::open(world.intake_address()).await?,
            key: Arc::clone(&key),
            probes: probes.into_iter(),
            channel,
            level,
            figures: of_province.context("a province that is not looked at")?.1.clone(),
        });
    }
    Ok(probing)
}

/// The public figures of a province's month, looked at again and again.
async fn look_at(
    world: &World,
    province: Province,
    stop: CancellationToken,
) -> anyhow::Result<watch::Receiver<Value>> {
    let call = Call::get(&format!("/v1/provinces/{province}/months/{MONTH}"))?;
    let mut connection = Connection::open(world.public_address()).await?;
    let first = serde_json::from_slice(&connection.fetch(&call).await?)?;
    let (sender, receiver) = watch::channel(first);
    tokio::spawn(stop.run_until_cancelled_owned(async move {
        // When it fails the sender is dropped, and those who wait say so.
        while let Ok(body) = connection.fetch(&call).await {
            let Ok(figures) = serde_json::from_slice(&body) else { return };
            sender.send_replace(figures);
            sleep(LOOK_EVERY).await;
        }
    }));
    Ok(receiver)
}

impl Lane for Probing {
    async fn send(&mut self, _: u64) -> anyhow::Result<()> {
        let mut event = self.probes.next().context("there are too few probes")?;
        if let Event::Review(review) = &mut event.event {
            set(review, self.channel, self.level);
        }
        let (channel, level) = (self.channel, self.level);
        let before = seen(&self.figures.borrow(), channel, level);
        let body = Bytes::from(event.to_json());
        self.connection.send(&Call::post_event(event.event.kind(), &self.key, body)?).await?;
        let is_seen = self.figures.wait_for(|figures| seen(figures, channel, level) > before);
        match timeout(PATIENCE, is_seen).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => bail!("the figures cannot be read any more"),
            Err(_) => bail!("a review was not in the figures after {} s", PATIENCE.as_secs()),
        }
    }
}

/// Gives a probe its channel and level.
fn set(review: &mut Review, channel: Channel, level: Level) {
    review.channel = channel;
    review.level = level;
    review.is_default = false;
    review.text = None;
    // A bad review says why.
    review.tags = Tag::of_level(level).take(usize::from(level.is_bad())).collect();
}

/// How many reviews of a channel and level a month shows.
fn seen(month: &Value, channel: Channel, level: Level) -> u64 {
    let (channel, level): (&str, &str) = (channel.into(), level.into());
    let channels = month["channels"].as_array().into_iter().flatten();
    let of_channel = channels.filter(|it| it["channel"] == channel);
    of_channel.filter_map(|it| it["figures"]["levels"][level].as_u64()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_have_their_channels_for_themselves_and_every_event_is_one() {
        let provinces = [Province::from_number(44).expect("Guangdong")];
        let made = make(&provinces, 5_000, 200).expect("events");
        assert!(made.load.len() >= 5_000, "{}", made.load.len());
        assert!(made.probes.len() >= 200, "{}", made.probes.len());
        let mut days = HashSet::new();
        for record in &made.load {
            let event = CloudEvent::parse(&record.value).expect("an event");
            if let Event::Review(review) = event.event {
                assert!(!CHANNELS.contains(&review.channel));
                days.insert(review.subject.day());
            }
        }
        assert_eq!(days.len() as u64, DAYS);
        for mut probe in made.probes {
            let Event::Review(review) = &mut probe.event else { panic!("a review") };
            for level in Level::VARIANTS {
                set(review, Channel::Paper, *level);
                domain::rules::check(&Event::Review(review.clone())).expect("within the rules");
            }
        }
    }

    #[test]
    fn a_probe_is_seen_in_the_figures_of_its_channel_and_level() {
        let month = serde_json::json!({ "channels": [
            { "channel": "hall", "figures": { "levels": { "satisfied": 7 } } },
            { "channel": "paper", "figures": { "levels": { "satisfied": 2, "dissatisfied": 1 } } },
        ]});
        assert_eq!(seen(&month, Channel::Paper, Level::Satisfied), 2);
        assert_eq!(seen(&month, Channel::Paper, Level::VerySatisfied), 0);
        assert_eq!(seen(&month, Channel::Sms, Level::Satisfied), 0);
    }
}
