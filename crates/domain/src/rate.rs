//! Rates, always together with their numerator and denominator.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nothing_is_absent() {
        assert_eq!(Rate { numerator: 0, denominator: 0 }.value(), None);
        assert_eq!(Rate { numerator: 3, denominator: 4 }.value(), Some(0.75));
    }
}
