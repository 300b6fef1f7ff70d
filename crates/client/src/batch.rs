//! Decides which events share a request.

use arrayvec::ArrayVec;
use bytes::Bytes;
use domain::Kind;
use strum::VariantArray;

/// The largest number of events in a request, which is the intake's limit.
pub const BATCH_MAX: u16 = 1_000;

/// The number of kinds of events. Each has its own URL.
const KINDS: usize = Kind::VARIANTS.len();

/// Events of one kind as the body of one request: a JSON array.
#[derive(Clone, Debug)]
pub struct Batch {
    kind: Kind,
    body: Bytes,
    /// The offsets in the body at which the events end.
    ends: Vec<usize>,
}

impl Batch {
    /// A batch of events of one kind, each as JSON.
    pub fn of<'a>(kind: Kind, events: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut open = Open::default();
        for event in events {
            open.push(event, 0);
        }
        open.close(kind)
    }

    /// The kind of its events.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The body of the request.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The number of its events.
    pub fn events(&self) -> usize {
        self.ends.len()
    }

    /// The JSON of an event by its index in the batch.
    pub fn event(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]) + 1;
        &self.body[start..self.ends[index]]
    }

    /// A batch of some of the events.
    pub fn only(&self, indices: &[usize]) -> Self {
        Self::of(self.kind, indices.iter().map(|index| self.event(*index)))
    }
}

/// A batch that is still being filled.
#[derive(Default)]
struct Open {
    body: Vec<u8>,
    ends: Vec<usize>,
    /// The number of its first event among all events.
    first: u64,
}

impl Open {
    fn push(&mut self, json: &[u8], number: u64) {
        if self.ends.is_empty() {
            self.first = number;
        }
        self.body.push(if self.ends.is_empty() { b'[' } else { b',' });
        self.body.extend_from_slice(json);
        self.ends.push(self.body.len());
    }

    fn close(&mut self, kind: Kind) -> Batch {
        let mut body = std::mem::take(&mut self.body);
        body.push(b']');
        Batch { kind, body: body.into(), ends: std::mem::take(&mut self.ends) }
    }
}

/// Gathers events kind by kind, in their order.
pub struct Batcher {
    open: [Open; KINDS],
    size: usize,
    /// The number of events taken so far.
    taken: u64,
}

/// A batch that has waited while this many batches of other kinds were filled is sent as it is.
const OTHERS_MAX: u64 = 20;

impl Batcher {
    /// Makes batches of at most `size` events.
    pub fn new(size: usize) -> Self {
        Self { open: Default::default(), size, taken: 0 }
    }

    /// Takes an event as JSON, and returns the batches to send.
    pub fn push(&mut self, kind: Kind, json: &[u8]) -> ArrayVec<Batch, KINDS> {
        let grown = kind as usize;
        self.open[grown].push(json, self.taken);
        self.taken += 1;
        let mut batches = ArrayVec::new();
        if self.open[grown].ends.len() >= self.size {
            // A full batch is the moment to check the others too.
            let oldest = self.taken.saturating_sub(OTHERS_MAX * self.size as u64);
            for (kind, open) in Kind::VARIANTS.iter().zip(&mut self.open) {
                let is_old = !open.ends.is_empty() && open.first < oldest;
                if is_old || open.ends.len() >= self.size {
                    batches.push(open.close(*kind));
                }
            }
        }
        batches
    }

    /// Returns the remaining batches.
    pub fn finish(&mut self) -> ArrayVec<Batch, KINDS> {
        let left = Kind::VARIANTS.iter().zip(&mut self.open);
        left.filter(|(_, open)| !open.ends.is_empty())
            .map(|(kind, open)| open.close(*kind))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_a_json_array_and_gives_its_events_back_to_the_byte() {
        let events: [&[u8]; 3] = [b"{\"a\":1}", b"{}", b"[2]"];
        let batch = Batch::of(Kind::Review, events);
        assert_eq!(batch.body(), &b"[{\"a\":1},{},[2]]"[..]);
        assert!((0..3).all(|index| batch.event(index) == events[index]));
        let some = batch.only(&[2, 0]);
        assert_eq!((some.kind(), some.events()), (Kind::Review, 2));
        assert_eq!(some.body(), &b"[[2],{\"a\":1}]"[..]);
    }

    #[test]
    fn a_kind_that_is_rare_does_not_wait_for_a_full_batch() {
        let mut batcher = Batcher::new(2);
        assert!(batcher.push(Kind::Disposition, b"0").is_empty());
        let sent = (1..1_000).find(|_| {
            let batches = batcher.push(Kind::Service, b"1");
            batches.iter().any(|batch| batch.kind() == Kind::Disposition)
        });
        assert_eq!(sent, Some(OTHERS_MAX * 2));
        assert!(batcher.finish().is_empty());
    }
}
