//! Measures requests for the figures of an item, a county and a channel, each made once: the public
//! API over a short and a long history, against the naive query over all records.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clickhouse::{Client, Row};
use domain::{Channel, Month};
use serde::Deserialize;
use serde_json::Value;
use services::Service;
use strum::VariantArray;
use testbed::engines::Installation;
use testbed::world::World;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::figure::figure;
use crate::http::{Call, Connection};
use crate::open_model::{self, Caller, Latencies};
use crate::report::{Aim, Line, Measured};
use crate::rows::history;
use crate::stage::{Stage, number};

/// Services and reviews of a month; in full about ten million of them are reviews.
const EVENTS: (u64, u64) = (1_000_000, 23_000_000);

/// Months of the long history; the short one has one.
const MONTHS: (usize, usize) = (8, 20);

/// Requests a second for each history in each round, and for how long. No slice is requested twice.
const RATE: u32 = 50;
const LASTS: Duration = Duration::from_secs(5);
const SLICES: usize = 250;
const _: () = assert!(LASTS.as_secs() * RATE as u64 == SLICES as u64);

/// Connections: far more than are under way at once.
const LANES: usize = 16;

/// How many slices of a round are counted over the records as well.
const NAIVE: usize = 3;

/// The figures of an item in a county by a channel, in a month.
#[derive(Clone, Debug)]
struct Slice {
    month: Month,
    area: u32,
    item: String,
    channel: Channel,
}

pub(super) async fn measure(bench: &Bench) -> anyhow::Result<Measured> {
    let events = bench.size(EVENTS.0, EVENTS.1);
    let months = history::months(if bench.is_full() { MONTHS.1 } else { MONTHS.0 });
    let rounds = usize::try_from(bench.rounds(3)).context("a number of rounds")?;
    let stage = bench.stage().await;
    let short = history::load(bench, &stage, events).await?;
    let long = history::lengthen(bench, &stage, &short, &months).await?;
    let short = History::open(&stage, short, &months[..1], rounds).await?;
    let long = History::open(&stage, long, &months, rounds).await?;

    let (mut in_short, mut in_long) = (Figures::default(), Figures::default());
    let mut reviews_found = 0;
    for round in 0..rounds {
        // By turns, so that neither side always comes second.
        let is_short_first = round.is_multiple_of(2);
        for is_short in [is_short_first, !is_short_first] {
            let (history, figures) =
                if is_short { (&short, &mut in_short) } else { (&long, &mut in_long) };
            bench.say(format!(
                "slices, round {} of {rounds}: {} reviews",
                round + 1,
                history.reviews
            ));
            let slices = &history.slices[round * SLICES..(round + 1) * SLICES];
            figures.note(&history.request(slices).await?);
            let (milliseconds, found) = history.compare(&slices[..NAIVE]).await?;
            figures.naive.push(milliseconds);
            reviews_found += found;
        }
    }
    ensure!(reviews_found > 0, "no slice that was compared has a review");
    let of = |history: &History| format!("history of {} reviews", history.reviews);
    Ok(Measured {
        reference: Some("the naive query over the records, as an analyst would send it"),
        lines: vec![
            Line::new(
                format!("a slice never requested before, p50, {}", of(&long)),
                "ms",
                in_long.p50.clone(),
            )
            .beside(in_long.naive),
            Line::new(format!("p99, {}", of(&long)), "ms", in_long.p99).aim(Aim::AtMost(50.0)),
            Line::new(format!("p99, {}", of(&short)), "ms", in_short.p99).aim(Aim::AtMost(50.0)),
            Line::new("p50, the long history beside the short one", "ms", in_long.p50)
                .beside(in_short.p50)
                .aim(Aim::AtMost(1.3)),
        ],
        notes: vec![format!(
            "items x counties x channels by chance over {} and 1 months, {RATE} a second; {} of each \
             round are counted over the records as well and must be equal",
            months.len(),
            NAIVE
        )],
        ..Measured::default()
    })
}

/// What was seen, round by round, in milliseconds.
#[derive(Default)]
struct Figures {
    p50: Vec<f64>,
    p99: Vec<f64>,
    naive: Vec<f64>,
}

impl Figures {
    fn note(&mut self, latencies: &Latencies) {
        self.p50.push(latencies.milliseconds(0.5));
        self.p99.push(latencies.milliseconds(0.99));
    }
}

/// A history that is disclosed, and slices of it of which each is there once.
struct History {
    world: World,
    client: Client,
    reviews: u64,
    slices: Vec<Slice>,
}

#[derive(Row, Deserialize)]
struct ItemRow {
    area: u32,
    item: String,
}

#[derive(Row, Deserialize)]
struct LevelRow {
    level: String,
    reviews: u64,
}

impl History {
    async fn open(
        stage: &Stage,
        installation: Installation,
        months: &[Month],
        rounds: usize,
    ) -> anyhow::Result<Self> {
        let client = installation.clickhouse.client();
        let mut world = stage.world(installation).await;
        world[Service::Disclosure].start();
        world.until_service_is_ready(Service::Disclosure).await;
        let reviews = number(&client, "SELECT count() FROM records WHERE kind = 'review'").await?;
        let items: Vec<ItemRow> = client
            // The code of a city would stand for all its counties.
            .query_raw("SELECT area, CAST(item, 'String') AS item FROM item_counts WHERE area % 100 != 0 GROUP BY area, item ORDER BY cityHash64(area, item)")
            .fetch_all()
            .await
            .context("failed to list what there is")?;
        // Items by chance; channels and months by turns, at paces that do not go together.
        let all = items.into_iter().zip(0_usize..).map(|(ItemRow { area, item }, number)| Slice {
            month: months[number % months.len()],
            area,
            item,
            channel: Channel::VARIANTS[(number / months.len()) % Channel::VARIANTS.len()],
        });
        let slices: Vec<_> = all.take(rounds * SLICES).collect();
        ensure!(
            slices.len() == rounds * SLICES,
            "there are only {} different slices",
            slices.len()
        );
        Ok(Self { world, client, reviews, slices })
    }

    /// Requests slices at a constant rate.
    async fn request(&self, slices: &[Slice]) -> anyhow::Result<Latencies> {
        let calls = slices.iter().map(Slice::call).collect::<anyhow::Result<Vec<_>>>()?;
        let connections = Connection::open_many(self.world.public_address(), LANES).await?;
        let callers = Caller::all(connections, &Arc::from(calls));
        open_model::run(callers, RATE.into(), Some(LASTS), &CancellationToken::new()).await
    }

    /// Counts slices over the records, which must give the same. Returns the mean of how long that took
    /// in milliseconds, and how many reviews there were.
    async fn compare(&self, slices: &[Slice]) -> anyhow::Result<(f64, u64)> {
        let mut connection = Connection::open(self.world.public_address()).await?;
        let (mut milliseconds, mut reviews) = (0.0, 0);
        for slice in slices {
            let since = Instant::now();
            let rows: Vec<LevelRow> = self
                .client
                .query_raw(&slice.naive())
                .fetch_all()
                .await
                .context("failed to count over the records")?;
            milliseconds += since.elapsed().as_secs_f64() * 1e3;
            let body = connection.fetch(&slice.call()?).await?;
            let disclosed: Value = serde_json::from_slice(&body).context("an answer is no JSON")?;
            let levels = &disclosed["rows"][0]["levels"];
            let counted: u64 = rows.iter().map(|row| row.reviews).sum();
            let disclosed = disclosed["rows"][0]["reviews"]["counted"].as_u64().unwrap_or(0);
            let is_same = counted == disclosed
                && rows.iter().all(|row| levels[&row.level].as_u64() == Some(row.reviews));
            ensure!(is_same, "{slice:?}: {counted} reviews by the records, {disclosed} disclosed");
            reviews += counted;
        }
        Ok((milliseconds / figure(slices.len() as u64), reviews))
    }
}

impl Slice {
    fn call(&self) -> anyhow::Result<Call> {
        let Self { month, area, item, channel } = self;
        let (province, channel): (_, &str) = (history::province(), channel.into());
        Call::get(&format!(
            "/v1/provinces/{province}/months/{month}/items?area={area:06}&item={item}&channel={channel}"
        ))
    }

    /// The rule of counting, written down once more without any table of counts.
    fn naive(&self) -> String {
        let Self { month, area, item, channel } = self;
        let channel: &str = channel.into();
        let province = history::province().number();
        let days = format!(
            "province = {province} AND served_on >= '{}' AND served_on < '{}'",
            month.first_day(),
            month.end()
        );
        format!(
            "SELECT toString(winner.4) AS level, count() AS reviews FROM
(
    SELECT argMax((intDiv(area, 1000000), item, channel, level), rank) AS winner
    FROM records
    WHERE {days} AND kind = 'review' AND subject = 'service' AND NOT follow_up AND review NOT IN
    (
        SELECT review FROM records WHERE {days} AND kind = 'disposition'
        GROUP BY review HAVING argMax(action, (revision, event)) = 'set_aside'
    )
    GROUP BY served_on, case, service_no
)
WHERE winner.1 = {area} AND winner.2 = '{item}' AND winner.3 = '{channel}'
GROUP BY level"
        )
    }
}
