//! What makes an estimate rough.

/// Fewer trials beyond a quantile than this make its estimates rough.
pub(crate) const FEW_BEYOND: u64 = 100;

/// Fewer conditioning events than this make a conditional estimate rough.
pub(crate) const FEW_EVENTS: u64 = 30;

/// Why an estimate is to be read with care, whatever its interval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Fewer than 100 trials lie beyond the quantile.
    FewBeyond,
    /// Fewer than 30 events condition it.
    FewEvents,
    /// The run ended when it was precise enough. (methods.md, 11.7)
    Sequential,
}

impl Warning {
    /// What there is to say of an estimate with so many trials beyond its quantile.
    pub(crate) fn of_beyond(trials: u64) -> Option<Self> {
        (trials < FEW_BEYOND).then_some(Warning::FewBeyond)
    }

    /// What there is to say of an estimate given so many events.
    pub(crate) fn of_events(events: u64) -> Option<Self> {
        (events < FEW_EVENTS).then_some(Warning::FewEvents)
    }

    /// Whether the estimate rests on too little to be told apart from another.
    #[must_use]
    pub fn is_thin(self) -> bool {
        matches!(self, Warning::FewBeyond | Warning::FewEvents)
    }

    /// Whether words of a column `warning` say so.
    #[must_use]
    pub fn says_thin(words: &str) -> bool {
        [Warning::FewBeyond, Warning::FewEvents].iter().any(|warning| words.contains(warning.name()))
    }

    /// The warning of a quantile at `level` of so many trials.
    #[must_use]
    pub fn of_level(level: f64, trials: u64) -> Option<Self> {
        let beyond = trials as f64 * level.min(1.0 - level);
        Warning::of_beyond((beyond + 1e-6).floor() as u64)
    }

    /// Words in the column `warning` of results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Warning::FewBeyond => "fewer than 100 trials beyond the quantile",
            Warning::FewEvents => "fewer than 30 events",
            Warning::Sequential => "the run ended when this was precise enough",
        }
    }
}
