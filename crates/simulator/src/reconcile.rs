//! `haochaping reconcile`: compares the disclosed figures of a month with the published ones.
//!
//! Publishers count the reviews they received by channel and the valid ones by level. Here reviews
//! that are not valid are set aside by dispositions. So a channel's published figure is compared with
//! what counts *and* what was set aside, a level's with what counts.

use std::cmp::Ordering;
use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Context;
use domain::{Channel, Level};
use reqwest::Url;
use services::{PORT_BASE, PORT_BASES, Service};
use strum::VariantArray;

use crate::address::address;
use crate::disclosed::{Disclosed, Slice};
use crate::http::{client, http_url};
use crate::month_file::MonthFile;
use crate::progress::thousands;
use crate::published::Published;
use crate::targets::Targets;

/// Compares the disclosed figures of a month with the published ones. Fails if they differ.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Published month: a JSON file, or the name of a built-in month, such as guangdong-2023-07.
    pub file: MonthFile,
    /// Scale at which the month was simulated.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// Address of the disclosure [default: the disclosure on this machine]
    #[arg(long, value_name = "URL", value_parser = http_url)]
    pub disclosure_url: Option<Url>,
    /// First port of the services on this machine.
    #[arg(long, env = "HAOCHAPING_PORT_BASE", value_name = "PORT", default_value_t = PORT_BASE,
        value_parser = clap::value_parser!(u16).range(PORT_BASES))]
    pub port_base: u16,
    /// How many seconds to keep asking until the figures agree.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub wait: u64,
}

/// The interval between requests.
const INTERVAL: Duration = Duration::from_secs(1);

/// The time limit of one request.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// The figures of a month side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    rows: Vec<Row>,
}

/// One figure: published, scaled and disclosed. Unknown values are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    published: Option<u64>,
    scaled: u64,
    disclosed: Option<u64>,
}

impl Row {
    fn agrees(&self) -> bool {
        self.disclosed == Some(self.scaled)
    }

    fn difference(&self) -> String {
        let Some(disclosed) = self.disclosed else { return "unknown".to_owned() };
        let sign = match disclosed.cmp(&self.scaled) {
            Ordering::Less => "-",
            Ordering::Equal => "",
            Ordering::Greater => "+",
        };
        format!("{sign}{}", thousands(disclosed.abs_diff(self.scaled)))
    }
}

/// Compares the figures, waits if `--wait` says so, and prints the comparison.
///
/// # Errors
///
/// If the month cannot be read, or the disclosure does not answer within the waiting time.
pub async fn reconcile(args: Args) -> anyhow::Result<Agreement> {
    let published = args.file.read()?;
    let targets = Targets::of(&published, args.scale)
        .with_context(|| format!("failed to scale {}", args.file))?;
    let disclosure = address(args.disclosure_url, args.port_base, Service::Disclosure);
    let client = client(1, REQUEST_MAX)?;
    let deadline = Instant::now() + Duration::from_secs(args.wait);
    let agreement = loop {
        let (province, month) = (published.province, published.month);
        let disclosed = Disclosed::fetch(&client, &disclosure, province, month).await;
        let is_last = Instant::now() + INTERVAL > deadline;
        match disclosed {
            Ok(disclosed) => {
                let agreement = Agreement::new(&published, &targets, disclosed.as_ref());
                if agreement.is_full() || is_last {
                    break agreement;
                }
            }
            Err(error) if is_last => return Err(error),
            Err(error) => tracing::debug!(?error, "asking again"),
        }
        tokio::time::sleep(INTERVAL).await;
    };
    print(&published, &agreement);
    Ok(agreement)
}

impl Agreement {
    /// Whether every disclosed figure is the published one, scaled.
    pub fn is_full(&self) -> bool {
        self.rows.iter().all(Row::agrees)
    }

    fn new(published: &Published, targets: &Targets, disclosed: Option<&Disclosed>) -> Self {
        let total = disclosed.map(|month| &month.total);
        let row = |name: &str, published, scaled, disclosed| Row {
            name: name.to_owned(),
            published,
            scaled,
            disclosed,
        };
        let not_valid = published.reviews_total() - published.reviews_valid();
        let mut rows = vec![
            row("cases", Some(published.cases), targets.cases, total.and_then(|slice| slice.cases)),
            row(
                "reviews received",
                Some(published.reviews_total()),
                targets.reviews(),
                total.map(Slice::received),
            ),
            row(
                "  of them not valid",
                Some(not_valid),
                targets.set_aside,
                total.map(|slice| slice.set_aside),
            ),
        ];
        for channel in Channel::VARIANTS {
            let figure = published.reviews_by_channel.get(channel).copied();
            let scaled = targets.channels.get(channel).copied().unwrap_or(0);
            let slice = disclosed.and_then(|month| month.channel(*channel));
            let received = slice.map(Slice::received);
            // A channel that was not published appears only if it has a disclosed figure.
            if figure.is_some() || received.is_some_and(|received| received > 0) {
                rows.push(row(&format!("  by {channel}"), figure, scaled, received));
            }
        }
        for level in Level::best_first() {
            let target = targets.levels.get(&level);
            let scaled = target.map_or(0, |target| target.counted);
            let figure = published.reviews_by_level.get(&level).copied();
            let counted = total.and_then(|slice| slice.level(level));
            rows.push(row(&format!("  valid, {level}"), figure, scaled, counted));
        }
        for level in Level::best_first().filter(|level| !level.is_bad()) {
            let target = targets.levels.get(&level);
            let scaled = target.map_or(0, |target| target.default);
            let defaults = published.defaults_by_level.as_ref();
            let figure = defaults.map(|table| table.get(&level).copied().unwrap_or(0));
            let counted = total.and_then(|slice| slice.default(level));
            rows.push(row(&format!("  default, {level}"), figure, scaled, counted));
        }
        Self { rows }
    }
}

/// The table for people.
impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, [published, scaled, disclosed, difference]: [&str; 4]| {
            writeln!(f, "{name:<31}{published:>13}{scaled:>13}{disclosed:>13}{difference:>12}")
        };
        line("", ["published", "scaled", "disclosed", "difference"])?;
        for row in &self.rows {
            let number = |figure: Option<u64>| figure.map_or_else(|| "-".to_owned(), thousands);
            let (published, disclosed) = (number(row.published), number(row.disclosed));
            let scaled = thousands(row.scaled);
            line(&row.name, [&published, &scaled, &disclosed, &row.difference()])?;
        }
        match self.rows.iter().filter(|row| !row.agrees()).count() {
            0 => writeln!(f, "All figures agree."),
            1 => writeln!(f, "1 figure differs."),
            differing => writeln!(f, "{differing} figures differ."),
        }
    }
}

#[expect(clippy::print_stdout, reason = "it is what the person asked for")]
fn print(published: &Published, agreement: &Agreement) {
    if let Some(title) = &published.title {
        println!("{title}");
    }
    print!("{agreement}");
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
