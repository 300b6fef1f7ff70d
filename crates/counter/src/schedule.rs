//! Decides what is recounted and when. No IO, no clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::{Month, Province, ServedOn};
use wire::{CellSet, Touched};

/// Days and their touched cells.
pub type Buckets = BTreeMap<(Province, ServedOn), CellSet>;

/// How much rest there is between two rounds.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How many times as long as the last round took.
    pub rest_factor: u32,
    /// The longest rest.
    pub rest_max: Duration,
}

/// For each partition of the topic of touches the next offset to read.
pub type Ends = BTreeMap<i32, i64>;

/// What one round recounts, and what may be committed when it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The buckets, each once however often it was touched.
    pub buckets: Buckets,
    /// Touches below are answered by this round.
    pub ends: Ends,
}

/// What waits to be recounted.
#[derive(Debug)]
pub struct Schedule {
    pace: Pace,
    waiting: Round,
    is_running: bool,
    not_before: Instant,
    pause: Duration,
    /// When the last sweep began that found all that there was.
    swept: Option<Instant>,
}

impl Schedule {
    /// Nothing waits.
    pub fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            waiting: Round::default(),
            is_running: false,
            not_before: now,
            pause: PAUSE_MIN,
            swept: None,
        }
    }

    /// A touch was read from Kafka.
    pub fn on_touch(&mut self, partition: i32, offset: i64, touched: &Touched) {
        self.waiting.ends.insert(partition, offset + 1);
        for day in &touched.days {
            self.add(touched.province, day.served_on, &day.cells);
        }
    }

    /// How far back a sweep must look that begins now: to the beginning of the last one that
    /// succeeded, and an interval further, for rows that were on their way then. Everything, if
    /// none has.
    pub fn look_back(&self, interval: Duration, now: Instant) -> Option<Duration> {
        self.swept.map(|began| now.duration_since(began) + interval)
    }

    /// A sweep found buckets whose touch was lost. They wait here until they are recounted, so the
    /// next one need not find them again.
    pub fn on_swept(&mut self, began: Instant, found: &Buckets) {
        self.swept = Some(began);
        self.add_all(found);
    }

    fn add_all(&mut self, buckets: &Buckets) {
        for ((province, served_on), cells) in buckets {
            self.add(*province, *served_on, cells);
        }
    }

    fn add(&mut self, province: Province, served_on: ServedOn, cells: &CellSet) {
        let waiting = self.waiting.buckets.entry((province, served_on)).or_insert(CellSet::EMPTY);
        waiting.insert_all(cells);
    }

    /// When a round begins if nothing else happens; nothing if nothing waits or one is running.
    pub fn due_at(&self) -> Option<Instant> {
        let waits = !self.waiting.buckets.is_empty() || !self.waiting.ends.is_empty();
        (waits && !self.is_running).then_some(self.not_before)
    }

    /// Takes everything that waits, if it is due.
    pub fn begin(&mut self, now: Instant) -> Option<Round> {
        if self.due_at()? > now {
            return None;
        }
        self.is_running = true;
        Some(std::mem::take(&mut self.waiting))
    }

    /// A round is done: all of it is in the table.
    pub fn on_done(&mut self, took: Duration, now: Instant) {
        self.is_running = false;
        self.pause = PAUSE_MIN;
        self.not_before = now + (took * self.pace.rest_factor).min(self.pace.rest_max);
    }

    /// A round failed: what it did not recount waits again, after a pause that grows while rounds
    /// go on to fail, and nothing of it may be committed before.
    pub fn on_failed(&mut self, ends: Ends, left: &Buckets, now: Instant) {
        self.is_running = false;
        self.not_before = now + self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        self.add_all(left);
        for (partition, next) in ends {
            let waiting = self.waiting.ends.entry(partition).or_insert(next);
            *waiting = next.max(*waiting);
        }
    }
}

/// The pause after a round that failed while the one before did not.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause after a round that failed.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Cuts buckets into pieces that one statement can count: at most `cells_max` cells of one province
/// and month each, unless a single day has more.
pub fn pieces(buckets: &Buckets, cells_max: u32) -> Vec<((Province, Month), Buckets)> {
    let mut pieces: Vec<((Province, Month), Buckets)> = Vec::new();
    let mut size = 0;
    for ((province, served_on), cells) in buckets {
        let place = (*province, served_on.month());
        let fits = size + cells.len() <= cells_max;
        let piece = match pieces.last_mut() {
            Some(last) if last.0 == place && fits => &mut last.1,
            _ => {
                size = 0;
                pieces.push((place, Buckets::new()));
                &mut pieces.last_mut().expect("one was just added").1
            }
        };
        size += cells.len();
        piece.insert((*province, *served_on), cells.clone());
    }
    pieces
}

#[cfg(test)]
mod tests {
    use domain::Cell;
    use proptest::prelude::*;
    use wire::TouchedDay;

    use super::*;

    const PACE: Pace = Pace { rest_factor: 3, rest_max: Duration::from_secs(20) };

    fn touch(day: u16, cell: u16) -> Touched {
        let mut cells = CellSet::EMPTY;
        cells.insert(Cell::from_number(cell).expect("a cell"));
        let served_on = ServedOn::from_days_since_epoch(19_000 + day).expect("a day");
        let province = Province::from_number(44).expect("a province");
        Touched { province, days: vec![TouchedDay { served_on, cells }] }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Touch { partition: i32, day: u16, cell: u16 },
        Wait,
        Done,
        Fail,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..3_i32, 0..40_u16, 0..4_u16)
                .prop_map(|(partition, day, cell)| Step::Touch { partition, day, cell }),
            2 => Just(Step::Wait),
            2 => Just(Step::Done),
            1 => Just(Step::Fail),
        ];
        prop::collection::vec(step, 0..200)
    }

    proptest! {
        #[test]
        fn a_touch_is_committed_only_after_its_bucket_was_recounted(steps in steps()) {
            let mut now = Instant::now();
            let mut schedule = Schedule::new(PACE, now);
            let mut log: BTreeMap<i32, Vec<(ServedOn, CellSet)>> = BTreeMap::new();
            let mut running: Option<(Round, BTreeMap<i32, usize>)> = None;
            let mut recounted: BTreeMap<i32, usize> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Touch { partition, day, cell } => {
                        let touched = touch(day, cell);
                        let log = log.entry(partition).or_default();
                        let offset = i64::try_from(log.len()).expect("a short log");
                        log.push((touched.days[0].served_on, touched.days[0].cells.clone()));
                        schedule.on_touch(partition, offset, &touched);
                    }
                    Step::Wait => now += Duration::from_secs(7),
                    Step::Done => if let Some((round, seen)) = running.take() {
                        for (partition, next) in &round.ends {
                            // What is committed lies below what the round saw.
                            prop_assert_eq!(usize::try_from(*next).ok(), seen.get(partition).copied());
                            recounted.insert(*partition, seen[partition]);
                        }
                        schedule.on_done(Duration::from_secs(1), now);
                    },
                    Step::Fail => if let Some((round, _)) = running.take() {
                        schedule.on_failed(round.ends, &round.buckets, now);
                    },
                }
                if let Some(round) = schedule.begin(now) {
                    prop_assert!(running.is_none(), "one round at a time");
                    // Every touch that was read and not yet recounted is in the round.
                    for (partition, touches) in &log {
                        let from = recounted.get(partition).copied().unwrap_or(0);
                        for (served_on, cells) in &touches[from..] {
                            let key = (Province::from_number(44).expect("a province"), *served_on);
                            let mut with = round.buckets[&key].clone();
                            with.insert_all(cells);
                            prop_assert_eq!(&with, &round.buckets[&key]);
                        }
                    }
                    let seen = log.iter().map(|(partition, touches)| (*partition, touches.len()));
                    running = Some((round, seen.collect()));
                }
            }
        }

        #[test]
        fn pieces_hold_every_bucket_once_and_no_more_than_they_may(
            touches in prop::collection::vec((0..60_u16, 0..1024_u16), 0..400),
        ) {
            let mut schedule = Schedule::new(PACE, Instant::now());
            for (day, cell) in touches {
                schedule.on_touch(0, 0, &touch(day, cell));
            }
            let Some(round) = schedule.begin(Instant::now()) else { return Ok(()) };
            let pieces = pieces(&round.buckets, 10);
            let mut together = Buckets::new();
            for ((province, month), piece) in pieces {
                let cells: u32 = piece.values().map(CellSet::len).sum();
                prop_assert!(cells <= 10 || piece.len() == 1);
                for (key, cells) in piece {
                    prop_assert_eq!((key.0, key.1.month()), (province, month));
                    prop_assert!(together.insert(key, cells).is_none());
                }
            }
            prop_assert_eq!(together, round.buckets);
        }
    }

    #[test]
    fn the_longer_a_round_took_the_longer_the_rest() {
        let now = Instant::now();
        let mut schedule = Schedule::new(PACE, now);
        schedule.on_touch(0, 0, &touch(0, 0));
        assert!(schedule.begin(now).is_some());
        schedule.on_touch(0, 1, &touch(0, 0));
        assert_eq!(schedule.due_at(), None, "one round at a time");
        schedule.on_done(Duration::from_secs(2), now);
        assert_eq!(schedule.due_at(), Some(now + Duration::from_secs(6)));
        assert!(schedule.begin(now + Duration::from_secs(5)).is_none());
        assert!(schedule.begin(now + Duration::from_secs(6)).is_some());
        schedule.on_done(Duration::from_mins(1), now);
        assert_eq!(schedule.due_at(), None, "nothing waits");
    }
}
