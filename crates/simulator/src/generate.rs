//! Generates the events of a plan, in the order in which they are posted.
//!
//! Cases are taken in the order in which they begin. The events due about a case enter a queue, and
//! leave it once no later case can have an earlier event. Late uploads, reviews after seven days of
//! silence and decisions wait there, sixteen bytes each. An event is built only when it leaves the
//! queue, so nothing but the queue is held in memory: for the busiest province a few hundred
//! thousand entries, whatever the length of the month.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use wire::CloudEvent;

use crate::chance::Chance;
use crate::facet::Due;
use crate::plan::Plan;

/// An event to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The event.
    pub event: CloudEvent<'static>,
    /// Whether the same event was posted before.
    pub is_repeat: bool,
}

/// All events of a plan, in the order in which they are posted. Some occur twice.
pub fn events(plan: &Plan) -> impl Iterator<Item = CloudEvent<'static>> {
    postings(plan).map(|posting| posting.event)
}

/// The same as [`events`], with a mark on events that repeat an earlier one.
pub fn postings(plan: &Plan) -> Postings<'_> {
    Postings { plan, next_case: 0, earliest: 0, queue: BinaryHeap::new() }
}

/// See [`postings`].
pub struct Postings<'p> {
    plan: &'p Plan,
    next_case: u64,
    /// Before this, no case from `next_case` on has anything due.
    earliest: u32,
    queue: BinaryHeap<Reverse<Due>>,
}

impl Iterator for Postings<'_> {
    type Item = Posting;

    fn next(&mut self) -> Option<Posting> {
        let plan = self.plan;
        while self.next_case < plan.targets.cases
            && self.queue.peek().is_none_or(|Reverse(due)| due.at >= self.earliest)
        {
            self.take_case();
        }
        let Reverse(due) = self.queue.pop()?;
        let case = plan.case(due.case());
        let served = plan.served(&case, due.round());
        let event = plan.event(&case, &served, due.facet());
        Some(Posting { event, is_repeat: due.is_repeat() })
    }
}

impl Postings<'_> {
    fn take_case(&mut self) {
        let plan = self.plan;
        let case = plan.case(self.next_case);
        for round in 0..plan.rounds.services_of(case.rank) {
            let served = plan.served(&case, round);
            self.queue.extend(plan.due(&case, &served).into_iter().map(Reverse));
        }
        self.earliest = plan.days.earliest(case.begun);
        self.next_case += 1;
    }
}

/// A share of all events, from 0 to 1, in an order that has nothing to do with time. Each is byte
/// for byte equal to the one from [`events`].
pub fn resent(plan: &Plan, share: f64) -> impl Iterator<Item = Posting> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share lies between 0 and 1"
    )]
    let times = (share.clamp(0.0, 1.0) * 1e9) as u64;
    (0..plan.targets.cases).flat_map(move |place| {
        let case = plan.case(plan.shuffles.resend.at(place));
        let rounds = (0..plan.rounds.services_of(case.rank)).rev();
        rounds.flat_map(move |round| {
            let served = plan.served(&case, round);
            let due = plan.due(&case, &served).into_iter().rev().filter(|due| !due.is_repeat());
            due.filter_map(move |due| {
                let number = Plan::event_number(served.number, due.facet());
                let is_chosen =
                    Chance::about(plan.keys.resend, number).below(1_000_000_000) < times;
                is_chosen.then(|| Posting {
                    event: plan.event(&case, &served, due.facet()),
                    is_repeat: true,
                })
            })
        })
    })
}
