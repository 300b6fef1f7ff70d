//! Random draws about any case or service, by its number and in any order.
//!
//! All draws about a thing depend only on the seed and the thing's number. So an event can be
//! generated whenever it is due, and nothing has to be stored. The keys come from [`ChaCha8Rng`]; a
//! few multiplications turn them into each draw, because a cipher block for each event would cost
//! more than the event. Only integers are drawn: they are the same on every machine.

use std::ops::RangeInclusive;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The source of the keys of one plan.
pub(crate) struct KeySource(ChaCha8Rng);

impl KeySource {
    /// The source for a seed and everything else that distinguishes one plan from another.
    pub(crate) fn new(words: [u64; 4]) -> Self {
        let mut seed = [0; 32];
        for (bytes, word) in seed.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// The next key. The order of the calls decides the purpose of each key.
    pub(crate) fn key(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// A bijection of 64 bits in which every bit of the result depends on every bit of the argument:
/// the finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
pub(crate) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// 2^64 divided by the golden ratio, the step of `SplitMix64`.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A sequence of draws: `SplitMix64`.
pub(crate) struct Chance(u64);

impl Chance {
    /// The draws about the thing with this number. The same key and number give the same draws.
    pub(crate) fn about(key: u64, number: u64) -> Self {
        Self(mix(key ^ mix(number.wrapping_mul(STEP))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `end`, which must not be zero. All are equally likely to 2^-24 or better, for
    /// every `end` up to 2^40.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let scaled = u128::from(self.next()) * u128::from(end);
        u64::try_from(scaled >> 64).expect("less than end")
    }

    /// A number in a range.
    pub(crate) fn within(&mut self, range: RangeInclusive<u32>) -> u32 {
        let width = u64::from(range.end() - range.start()) + 1;
        range.start() + u32::try_from(self.below(width)).expect("within the range")
    }

    /// True so many times in a thousand.
    pub(crate) fn per_mille(&mut self, times: u64) -> bool {
        self.below(1_000) < times
    }

    /// One of some elements.
    pub(crate) fn one_of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        let index = self.below(some.len() as u64);
        &some[usize::try_from(index).expect("an index")]
    }
}

/// Picks an index with a probability in proportion to its weight.
pub(crate) struct Weights(Vec<u64>);

impl Weights {
    /// The weights, which must not all be zero.
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let ends = weights.into_iter().scan(0, |end, weight| {
            *end += weight;
            Some(*end)
        });
        Self(ends.collect())
    }

    /// Draws an index.
    pub(crate) fn pick(&self, chance: &mut Chance) -> usize {
        let total = *self.0.last().expect("there are weights");
        let drawn = chance.below(total);
        self.0.partition_point(|end| *end <= drawn)
    }
}

/// A shuffled order of the numbers below a size, without a list of them: a Feistel network over the
/// next power of two, which is applied again until the result is in range.
pub(crate) struct Shuffle {
    size: u64,
    low_bits: u32,
    high_mask: u64,
    low_mask: u64,
    keys: [u64; 4],
}

impl Shuffle {
    /// An order of `0..size`.
    pub(crate) fn new(size: u64, keys: &mut KeySource) -> Self {
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        let low_bits = bits / 2;
        Self {
            size,
            low_bits,
            high_mask: (1 << (bits - low_bits)) - 1,
            low_mask: (1 << low_bits) - 1,
            keys: [keys.key(), keys.key(), keys.key(), keys.key()],
        }
    }

    /// The number at an index, both below the size. No two indices have the same number.
    pub(crate) fn at(&self, place: u64) -> u64 {
        debug_assert!(place < self.size);
        let mut number = place;
        loop {
            let (mut high, mut low) = (number >> self.low_bits, number & self.low_mask);
            for keys in self.keys.chunks_exact(2) {
                high ^= mix(keys[0] ^ low) & self.high_mask;
                low ^= mix(keys[1] ^ high) & self.low_mask;
            }
            number = high << self.low_bits | low;
            if number < self.size {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_gives_every_number_once() {
        let mut keys = KeySource::new([7, 0, 0, 0]);
        for size in (1..70).chain([1_000, 1_024, 1_025, 65_537]) {
            let shuffle = Shuffle::new(size, &mut keys);
            let mut numbers: Vec<_> = (0..size).map(|place| shuffle.at(place)).collect();
            if size > 1_000 {
                let kept = numbers.iter().zip(0..).filter(|(number, place)| *number == place);
                assert!(kept.count() < 20, "the numbers below {size} are hardly shuffled");
            }
            numbers.sort_unstable();
            assert_eq!(numbers, (0..size).collect::<Vec<_>>());
        }
    }

    /// Guards the promise that a seed means the same months on every machine and in every build.
    #[test]
    fn a_seed_gives_the_same_draws_everywhere() {
        let mut keys = KeySource::new([1, 2, 3, 4]);
        let key = keys.key();
        let mut chance = Chance::about(key, 5);
        let draws = [chance.below(1 << 40), chance.below(10), chance.below(1_000_000)];
        let shuffle = Shuffle::new(1_000, &mut keys);
        let order = [shuffle.at(0), shuffle.at(1), shuffle.at(999)];
        assert_eq!(key, 1_223_844_302_487_303_164);
        assert_eq!(draws, [555_975_269_885, 5, 309_252]);
        assert_eq!(order, [748, 500, 364]);
    }

    #[test]
    fn indices_come_in_proportion_to_their_weights() {
        let weights = Weights::new([3, 0, 1]);
        let mut chance = Chance::about(1, 2);
        let mut picked = [0_u32; 3];
        for _ in 0..40_000 {
            picked[weights.pick(&mut chance)] += 1;
        }
        assert_eq!(picked[1], 0);
        assert!((29_000..31_000).contains(&picked[0]), "{picked:?}");
    }
}
