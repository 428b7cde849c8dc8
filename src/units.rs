//! Checked units: every key of a scenario has one, and its range is stated here and nowhere else.
//!
//! Rates are per year in a scenario and per quarter inside the model; [`per_quarter`] and [`quarterly_probability`] are
//! the only places where one becomes the other.

/// Quarters in a year.
pub const QUARTERS_PER_YEAR: f64 = 4.0;

/// The quarterly part of a rate, log growth or log drift quoted per year.
#[must_use]
pub fn per_quarter(rate_pa: f64) -> f64 {
    rate_pa / QUARTERS_PER_YEAR
}

/// The volatility of one quarter of a factor without persistence, from its annual volatility.
#[must_use]
pub fn quarterly_volatility(volatility_pa: f64) -> f64 {
    volatility_pa / 2.0
}

/// The probability per quarter that compounds to `probability_pa` over four quarters: `1 - (1 - p)^(1/4)`.
#[must_use]
pub fn quarterly_probability(probability_pa: f64) -> f64 {
    -libm::expm1(libm::log1p(-probability_pa) / QUARTERS_PER_YEAR)
}
