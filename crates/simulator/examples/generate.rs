//! Measures how fast a month is generated: `cargo run --release -p simulator --example generate --
//! FILE [SCALE]`.
#![expect(clippy::print_stdout, reason = "it speaks to a person")]

use std::time::Instant;

use anyhow::Context;
use simulator::{Plan, Published, generate};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("which file?")?;
    let scale = arguments.next().map_or(Ok(0.1), |scale| scale.parse())?;
    let (published, _) = Published::parse(&std::fs::read(file)?)?;
    let plan = Plan::new(&published, scale, 1)?;

    let started = Instant::now();
    let (mut events, mut bytes) = (0_u64, 0_usize);
    for event in generate::events(&plan) {
        events += 1;
        bytes += event.to_json().len();
    }
    let seconds = started.elapsed().as_secs_f64();
    let mega = 1e-6 * f64::from(u32::try_from(events)?);
    println!(
        "{events} events of {} bytes in {seconds:.1} s: {:.2} million a second",
        bytes / usize::try_from(events.max(1))?,
        mega / seconds
    );
    Ok(())
}
