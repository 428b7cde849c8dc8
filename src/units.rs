//! Checked units: every key of a scenario has one, and its range is stated here and nowhere else.
//!
//! Rates are per year in a scenario and per quarter inside the model; [`per_quarter`] and [`quarterly_probability`] are
//! the only places where one becomes the other.

/// Quarters in a year.
pub const QUARTERS_PER_YEAR: f64 = 4.0;

/// The quarterly part of a rate, log growth or log drift quoted per year.
#[inline]
#[must_use]
pub fn per_quarter(rate_pa: f64) -> f64 {
    rate_pa / QUARTERS_PER_YEAR
}

/// The volatility of one quarter of a factor without persistence, from its annual volatility.
#[inline]
#[must_use]
pub fn quarterly_volatility(volatility_pa: f64) -> f64 {
    volatility_pa / 2.0
}

/// The probability per quarter that compounds to `probability_pa` over four quarters: `1 - (1 - p)^(1/4)`.
#[must_use]
pub fn quarterly_probability(probability_pa: f64) -> f64 {
    -libm::expm1(libm::log1p(-probability_pa) / QUARTERS_PER_YEAR)
}

/// The numbers a key may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The lower end itself is excluded.
    pub low_open: bool,
    /// The upper end itself is excluded.
    pub high_open: bool,
    /// Only whole numbers.
    pub whole: bool,
}

impl Range {
    /// All of `[low, high]`.
    #[must_use]
    pub const fn closed(low: f64, high: f64) -> Self {
        Range { low, high, low_open: false, high_open: false, whole: false }
    }

    /// Without the lower end.
    #[must_use]
    pub const fn above_low(self) -> Self {
        Range { low_open: true, ..self }
    }

    /// Without the upper end.
    #[must_use]
    pub const fn below_high(self) -> Self {
        Range { high_open: true, ..self }
    }

    /// Whole numbers only.
    #[must_use]
    pub const fn whole(self) -> Self {
        Range { whole: true, ..self }
    }

    /// Whether `number` is finite and inside.
    #[must_use]
    pub fn contains(&self, number: f64) -> bool {
        let low = if self.low_open { number > self.low } else { number >= self.low };
        let high = if self.high_open { number < self.high } else { number <= self.high };
        number.is_finite() && low && high && (!self.whole || number.trunc() == number)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a {}number", if self.whole { "whole " } else { "" })?;
        let low = if self.low_open { "above" } else { "of at least" };
        let high = if self.high_open { "below" } else { "of at most" };
        match (self.low.is_finite(), self.high.is_finite()) {
            (false, false) => Ok(()),
            (true, false) => write!(f, " {low} {}", self.low),
            (false, true) => write!(f, " {high} {}", self.high),
            (true, true) if !self.low_open && !self.high_open => {
                write!(f, " from {} to {}", self.low, self.high)
            }
            (true, true) => write!(f, " {low} {} and {high} {}", self.low, self.high),
        }
    }
}

/// The unit of a key: what its numbers count and how large they may be.
pub trait Unit {
    /// What a number of this unit is, as messages and the schema say it.
    const NAME: &'static str;
    /// The numbers it may take.
    const RANGE: Range;
    /// A drawn number is rounded up to a whole one.
    const ROUNDED_UP: bool = false;
}

const ANY: Range = Range::closed(f64::NEG_INFINITY, f64::INFINITY);
const NOT_NEGATIVE: Range = Range::closed(0.0, f64::INFINITY);
const UNIT_INTERVAL: Range = Range::closed(0.0, 1.0);

/// An amount of money in USD bn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsdBn;
impl Unit for UsdBn {
    const NAME: &'static str = "an amount in USD bn";
    const RANGE: Range = NOT_NEGATIVE;
}

/// An amount of money in USD bn that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositiveUsdBn;
impl Unit for PositiveUsdBn {
    const NAME: &'static str = "an amount in USD bn";
    const RANGE: Range = NOT_NEGATIVE.above_low();
}

/// An income in USD bn, negative for a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedUsdBn;
impl Unit for SignedUsdBn {
    const NAME: &'static str = "an amount in USD bn";
    const RANGE: Range = ANY;
}

/// A share of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share;
impl Unit for Share {
    const NAME: &'static str = "a share";
    const RANGE: Range = UNIT_INTERVAL;
}

/// A share of a whole that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositiveShare;
impl Unit for PositiveShare {
    const NAME: &'static str = "a share";
    const RANGE: Range = UNIT_INTERVAL.above_low();
}

/// A share of a whole that is not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialShare;
impl Unit for PartialShare {
    const NAME: &'static str = "a share";
    const RANGE: Range = UNIT_INTERVAL.below_high();
}

/// A probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probability;
impl Unit for Probability {
    const NAME: &'static str = "a probability";
    const RANGE: Range = UNIT_INTERVAL;
}

/// The level of a quantile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level;
impl Unit for Level {
    const NAME: &'static str = "a level of a quantile";
    const RANGE: Range = UNIT_INTERVAL.above_low().below_high();
}

/// A correlation or the loading on a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correlation;
impl Unit for Correlation {
    const NAME: &'static str = "a correlation";
    const RANGE: Range = Range::closed(-1.0, 1.0);
}

/// The coefficient of a stationary autoregression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persistence;
impl Unit for Persistence {
    const NAME: &'static str = "an autoregressive coefficient";
    const RANGE: Range = Range::closed(-1.0, 1.0).above_low().below_high();
}

/// A rate of interest per year, as a fraction; the bounds catch percents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate;
impl Unit for Rate {
    const NAME: &'static str = "a rate per year, as a fraction";
    const RANGE: Range = Range::closed(-1.0, 1.0);
}

/// Log growth or drift per year; the bounds catch percents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth;
impl Unit for Growth {
    const NAME: &'static str = "a log growth per year";
    const RANGE: Range = Range::closed(-10.0, 10.0);
}

/// A volatility of logs; the bound catches percents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volatility;
impl Unit for Volatility {
    const NAME: &'static str = "a volatility";
    const RANGE: Range = Range::closed(0.0, 10.0);
}

/// The size of a jump or shock, mostly in logs; the bounds catch percents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShockSize;
impl Unit for ShockSize {
    const NAME: &'static str = "a size of a shock";
    const RANGE: Range = Range::closed(-10.0, 10.0);
}

/// A number of events per year; the bound keeps the Poisson inversion short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frequency;
impl Unit for Frequency {
    const NAME: &'static str = "a number of events per year";
    const RANGE: Range = Range::closed(0.0, 100.0);
}

/// A ratio, multiple or elasticity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio;
impl Unit for Ratio {
    const NAME: &'static str = "a ratio";
    const RANGE: Range = NOT_NEGATIVE;
}

/// A ratio, multiple or quantity that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositiveRatio;
impl Unit for PositiveRatio {
    const NAME: &'static str = "a ratio";
    const RANGE: Range = NOT_NEGATIVE.above_low();
}

/// An exponent, weight or sensitivity of either sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensitivity;
impl Unit for Sensitivity {
    const NAME: &'static str = "a sensitivity";
    const RANGE: Range = ANY;
}

/// Operating cash per unit of revenue; the bounds catch percents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margin;
impl Unit for Margin {
    const NAME: &'static str = "a share of revenue";
    const RANGE: Range = Range::closed(-10.0, 1.0);
}

/// A quarter of the calendar of a run, 1 first; 0 and less lie before the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter;
impl Unit for Quarter {
    const NAME: &'static str = "a quarter";
    const RANGE: Range = Range::closed(-10_000.0, 10_000.0);
    const ROUNDED_UP: bool = true;
}

/// A number of whole quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarters;
impl Unit for Quarters {
    const NAME: &'static str = "a number of quarters";
    const RANGE: Range = Range::closed(0.0, 10_000.0);
    const ROUNDED_UP: bool = true;
}

/// A number of whole quarters, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositiveQuarters;
impl Unit for PositiveQuarters {
    const NAME: &'static str = "a number of quarters";
    const RANGE: Range = Range::closed(1.0, 10_000.0);
    const ROUNDED_UP: bool = true;
}

/// The economic life of an asset in quarters, not necessarily whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life;
impl Unit for Life {
    const NAME: &'static str = "a life in quarters";
    const RANGE: Range = Range::closed(0.0, 10_000.0).above_low();
}

/// The age of an asset in quarters, not necessarily whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age;
impl Unit for Age {
    const NAME: &'static str = "an age in quarters";
    const RANGE: Range = Range::closed(0.0, 10_000.0);
}

/// The age of a vintage: whole quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WholeAge;
impl Unit for WholeAge {
    const NAME: &'static str = "an age in quarters";
    const RANGE: Range = Range::closed(0.0, 10_000.0).whole();
}

/// The rank of a debt, 1 the most senior.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank;
impl Unit for Rank {
    const NAME: &'static str = "a rank";
    const RANGE: Range = Range::closed(1.0, 1_000.0).whole();
}

/// Degrees of freedom of the t copula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DegreesOfFreedom;
impl Unit for DegreesOfFreedom {
    const NAME: &'static str = "degrees of freedom";
    const RANGE: Range = Range::closed(3.0, 1_000.0).whole();
}

/// The horizon of a run in quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon;
impl Unit for Horizon {
    const NAME: &'static str = "a number of quarters";
    const RANGE: Range = Range::closed(1.0, 1_000.0).whole();
}

/// A number of things, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count;
impl Unit for Count {
    const NAME: &'static str = "a count";
    const RANGE: Range = Range::closed(1.0, 1e12).whole();
}

/// The seed of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed;
impl Unit for Seed {
    const NAME: &'static str = "a seed";
    const RANGE: Range = Range::closed(0.0, 9_007_199_254_740_991.0).whole();
}
