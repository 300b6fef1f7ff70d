//! Rates, always together with their numerator and denominator, and how far chance can move them.

/// A rate with its numerator and denominator. A rate with a denominator of zero is absent: never 0,
/// never 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many of them have the property.
    pub numerator: u64,
    /// How many there are.
    pub denominator: u64,
}

impl Rate {
    /// The quotient, 0 to 1, or `None` if the denominator is zero.
    #[expect(clippy::cast_precision_loss, reason = "counts of a country stay far below 2^53")]
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }

    /// How many in a million, or `None` if the denominator is zero.
    pub fn per_million(self) -> Option<f64> {
        self.value().map(|value| value * 1e6)
    }
}

/// The two-sided 95 % quantile of the normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// How many of the rarer outcome a rate needs to be shown as one, if there are few in all.
const EVENTS_MIN: u64 = 20;

/// How many observations a rate needs to be shown as one, however rare the event is.
const OBSERVATIONS_MIN: u64 = 1_000;

impl Rate {
    /// The 95 % interval of Wilson, 0 to 1: the true rates with which an observation like this one is
    /// not surprising. Nothing if the denominator is zero.
    ///
    /// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
    /// of the American Statistical Association 22 (1927). It is never empty and never leaves 0 to 1,
    /// even where nothing or everything has the property.
    #[expect(clippy::cast_precision_loss, reason = "counts of a country stay far below 2^53")]
    pub fn interval(self) -> Option<(f64, f64)> {
        let (p, n, z2) = (self.value()?, self.denominator as f64, Z_95 * Z_95);
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // At the ends the interval reaches them exactly; rounding must not say otherwise.
        let low = if self.numerator == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if self.numerator == self.denominator { 1.0 } else { (centre + half).min(1.0) };
        Some((low, high))
    }

    /// Whether people should be shown a rate and not the two counts: from 20 of the rarer outcome
    /// or from 1,000 observations on. A rate of less moves by chance more than by anything else.
    pub fn is_telling(self) -> bool {
        let rarer = self.numerator.min(self.denominator.saturating_sub(self.numerator));
        rarer >= EVENTS_MIN || self.denominator >= OBSERVATIONS_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons_and_stays_between_zero_and_one() {
        let interval = |numerator, denominator| Rate { numerator, denominator }.interval();
        let is_near = |got: Option<(f64, f64)>, low: f64, high: f64| {
            let (got_low, got_high) = got.expect("an interval");
            assert!((got_low - low).abs() < 5e-5 && (got_high - high).abs() < 5e-5, "{got:?}");
        };
        // Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        is_near(interval(81, 263), 0.2553, 0.3662);
        is_near(interval(15, 148), 0.0624, 0.1605);
        is_near(interval(0, 20), 0.0, 0.1611);
        is_near(interval(1, 29), 0.0061, 0.1718);
        is_near(interval(20, 20), 0.8389, 1.0);
        assert_eq!(interval(0, 0), None);
    }

    #[test]
    fn a_rate_of_few_events_is_shown_as_counts() {
        let is_telling = |numerator, denominator| Rate { numerator, denominator }.is_telling();
        assert!(!is_telling(2, 31));
        assert!(!is_telling(19, 999));
        assert!(is_telling(20, 999));
        assert!(is_telling(979, 999), "twenty are rarer");
        assert!(!is_telling(980, 999));
        assert!(is_telling(0, 1_000));
        assert!(!is_telling(0, 0));
    }

    #[test]
    fn a_rate_of_nothing_is_absent() {
        assert_eq!(Rate { numerator: 0, denominator: 0 }.value(), None);
        assert_eq!(Rate { numerator: 3, denominator: 4 }.value(), Some(0.75));
    }
}
