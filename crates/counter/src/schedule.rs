//! Decides which buckets to recount, and when. No IO, no clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::{Month, Province, ServedOn};
use tables::buckets::Buckets;
use wire::{CellSet, Touched};

use crate::pace::Pace;

/// When no touch has arrived for this part of a rest, the rest ends. For tables that may wait, that
/// is one to two and a half times as long as the round took.
const QUIET_PART: u32 = 8;

/// The shortest time without a touch that ends a rest: in a back-fill, the loader writes once a
/// second.
const QUIET_MIN: Duration = Duration::from_secs(2);

/// The next offset to read, for each partition of the topic of touches.
pub type Ends = BTreeMap<i32, i64>;

/// The buckets that a round recounts, and the offsets that may be committed when it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The buckets, each once, however often it was touched.
    pub buckets: Buckets,
    /// This round answers the touches below these offsets.
    pub ends: Ends,
}

/// What waits to be recounted.
#[derive(Debug)]
pub struct Schedule {
    pace: Pace,
    waiting: Round,
    is_running: bool,
    /// After a failed round, the earliest start of the next one.
    paused_until: Instant,
    rest: Duration,
    rests_until: Instant,
    /// When the last touch was read.
    touched: Instant,
    pause: Duration,
    /// When the last successful sweep began.
    swept: Option<Instant>,
}

impl Schedule {
    /// Nothing waits.
    pub fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            waiting: Round::default(),
            is_running: false,
            paused_until: now,
            rest: Duration::ZERO,
            rests_until: now,
            touched: now,
            pause: PAUSE_MIN,
            swept: None,
        }
    }

    /// A touch was read from Kafka.
    pub fn on_touch(&mut self, partition: i32, offset: i64, touched: &Touched, now: Instant) {
        self.touched = now;
        self.waiting.ends.insert(partition, offset + 1);
        for day in &touched.days {
            add(&mut self.waiting.buckets, (touched.province, day.served_on), &day.cells);
        }
    }

    /// How far back a sweep that begins now must look: to the beginning of the last successful one,
    /// and one interval further, for rows that were on their way then. If none has succeeded, it
    /// must look at everything.
    pub fn look_back(&self, interval: Duration, now: Instant) -> Option<Duration> {
        self.swept.map(|began| now.duration_since(began) + interval)
    }

    /// A sweep found buckets whose touch was lost. They wait here until they are recounted, so the
    /// next one need not find them again.
    pub fn on_swept(&mut self, began: Instant, found: &Buckets) {
        self.swept = Some(began);
        add_all(&mut self.waiting.buckets, found);
    }

    /// When the next round begins if nothing else happens, or `None` if nothing waits or a round is
    /// running.
    pub fn due_at(&self) -> Option<Instant> {
        let waits = !self.waiting.buckets.is_empty() || !self.waiting.ends.is_empty();
        let quiet_from = self.touched + (self.rest / QUIET_PART).max(QUIET_MIN);
        let rested = self.rests_until.min(quiet_from);
        (waits && !self.is_running).then_some(rested.max(self.paused_until))
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
        self.rest = self.pace.rest(took);
        self.rests_until = now + self.rest;
    }

    /// A round failed. The buckets that it did not recount wait again, after a pause that grows
    /// while rounds keep failing, and its touches must not be committed before.
    pub fn on_failed(&mut self, ends: Ends, left: &Buckets, now: Instant) {
        self.is_running = false;
        self.paused_until = now + self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        add_all(&mut self.waiting.buckets, left);
        for (partition, next) in ends {
            let waiting = self.waiting.ends.entry(partition).or_insert(next);
            *waiting = next.max(*waiting);
        }
    }
}

/// The pause after the first failed round.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause after a failed round.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Cuts buckets into pieces that one statement can count: of one month each, and with sizes of at most
/// `size_max` together, unless a single day has more. A statement of its own for each province would
/// cost more than what it counts, where a little is touched everywhere.
pub fn pieces(
    buckets: &Buckets,
    size_max: u64,
    size: impl Fn(&(Province, ServedOn), &CellSet) -> u64,
) -> Vec<Buckets> {
    let mut open: BTreeMap<Month, (u64, Buckets)> = BTreeMap::new();
    let mut pieces = Vec::new();
    for (day, cells) in buckets {
        let (taken, piece) = open.entry(day.1.month()).or_default();
        let size = size(day, cells);
        if !piece.is_empty() && *taken + size > size_max {
            pieces.push(std::mem::take(piece));
            *taken = 0;
        }
        *taken += size;
        piece.insert(*day, cells.clone());
    }
    pieces.extend(open.into_values().map(|(_, piece)| piece));
    pieces
}

/// Adds buckets to others. A day in both gets the cells of both.
pub(crate) fn add_all(to: &mut Buckets, buckets: &Buckets) {
    for (day, cells) in buckets {
        add(to, *day, cells);
    }
}

fn add(to: &mut Buckets, day: (Province, ServedOn), cells: &CellSet) {
    to.entry(day).or_insert(CellSet::EMPTY).insert_all(cells);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::Cell;
    use proptest::prelude::*;
    use wire::TouchedDay;

    use super::*;

    const REST_MAX: Duration = Duration::from_secs(20);
    const PACE: Pace = Pace::Live { even: Duration::from_secs(2), rest_max: REST_MAX };

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
                        schedule.on_touch(partition, offset, &touched, now);
                    }
                    Step::Wait => now += Duration::from_secs(7),
                    Step::Done => if let Some((round, seen)) = running.take() {
                        for (partition, next) in &round.ends {
                            // The committed offset lies below what the round saw.
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
                if running.is_none() {
                    // Whatever waits has its time.
                    let latest = now + REST_MAX.max(PAUSE_MAX);
                    prop_assert!(schedule.due_at().is_none_or(|due| due <= latest));
                    prop_assert_eq!(schedule.due_at().is_some(), schedule.waiting != Round::default());
                }
            }
        }

        #[test]
        fn pieces_hold_every_bucket_once_and_no_more_than_they_may(
            touches in prop::collection::vec(
                (prop::sample::select(vec![11_u8, 44, 65]), 0..60_u16, 0..1024_u16),
                0..400,
            ),
        ) {
            let now = Instant::now();
            let mut schedule = Schedule::new(PACE, now);
            for (province, day, cell) in touches {
                let province = Province::from_number(province).expect("a province");
                schedule.on_touch(0, 0, &Touched { province, ..touch(day, cell) }, now);
            }
            let Some(round) = schedule.begin(now) else { return Ok(()) };
            let pieces = pieces(&round.buckets, 10, |_, cells| cells.len().into());
            let mut together = Buckets::new();
            for piece in pieces {
                let cells: u32 = piece.values().map(CellSet::len).sum();
                prop_assert!(cells <= 10 || piece.len() == 1);
                let months: BTreeSet<_> = piece.keys().map(|(_, day)| day.month()).collect();
                prop_assert_eq!(months.len(), 1);
                for (key, cells) in piece {
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
        let mut due_after = |took: Duration, now: Instant| {
            schedule.on_touch(0, 0, &touch(0, 0), now);
            assert!(schedule.begin(now + Duration::from_mins(1)).is_some());
            schedule.on_touch(0, 1, &touch(0, 0), now);
            assert_eq!(schedule.due_at(), None, "one round at a time");
            schedule.on_done(took, now);
            // Touches keep arriving.
            schedule.on_touch(0, 2, &touch(0, 0), now + Duration::from_mins(2));
            schedule.due_at().expect("something waits").duration_since(now)
        };
        assert_eq!(due_after(Duration::from_millis(50), now), Duration::from_millis(100));
        assert_eq!(due_after(Duration::from_millis(600), now), Duration::from_secs(1));
        assert_eq!(due_after(Duration::from_secs(2), now), Duration::from_secs(2));
        assert_eq!(due_after(Duration::from_secs(3), now), Duration::from_millis(4_500));
        assert_eq!(due_after(Duration::from_secs(6), now), Duration::from_secs(12));
        assert_eq!(due_after(Duration::from_hours(1), now), REST_MAX);
    }

    /// As in a back-fill.
    #[test]
    fn a_rest_is_kept_while_touches_come_every_second_or_so() {
        let mut now = Instant::now();
        let mut schedule = Schedule::new(PACE, now);
        schedule.on_touch(0, 0, &touch(0, 0), now);
        assert!(schedule.begin(now).is_some());
        schedule.on_done(Duration::from_secs(6), now);
        let rested = now + Duration::from_secs(12);
        for offset in 1..10 {
            schedule.on_touch(0, offset, &touch(0, 0), now);
            now += Duration::from_millis(1_300);
            assert_eq!(schedule.begin(now), None, "it rests");
        }
        assert_eq!(schedule.due_at(), Some(rested));
    }

    #[test]
    fn nobody_rests_on_when_no_more_touches_come_unless_a_round_has_failed() {
        let now = Instant::now();
        let mut schedule = Schedule::new(PACE, now);
        schedule.on_touch(0, 0, &touch(0, 0), now);
        assert!(schedule.begin(now).is_some());
        schedule.on_touch(0, 1, &touch(0, 0), now);
        schedule.on_done(Duration::from_mins(1), now);
        let quiet = REST_MAX / QUIET_PART;
        assert_eq!(schedule.due_at(), Some(now + quiet));
        let later = now + Duration::from_secs(1);
        schedule.on_touch(0, 2, &touch(0, 0), later);
        assert_eq!(schedule.due_at(), Some(later + quiet), "one more came");
        let round = schedule.begin(later + quiet).expect("it is due");
        schedule.on_failed(round.ends, &round.buckets, later + quiet);
        assert_eq!(schedule.due_at(), Some(later + quiet + PAUSE_MIN));
        let round = schedule.begin(later + quiet + PAUSE_MIN).expect("it is due");
        schedule.on_done(Duration::from_mins(1), later + quiet + PAUSE_MIN);
        assert_eq!(schedule.due_at(), None, "nothing waits");
        assert_eq!(round.ends, Ends::from([(0, 3)]));
    }
}
