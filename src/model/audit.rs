//! Checks of the model's invariants while trials run: the largest residual of each, and the first that went beyond its
//! tolerance. (methods.md, 12)

/// Relative size of rounding that a check accepts.
pub const TOLERANCE: f64 = 1e-9;

/// Names of checks that fit without allocating.
const ROOM: usize = 64;

/// The largest residual of one check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Name of the check.
    pub name: &'static str,
    /// Times that it was made.
    pub checks: u64,
    /// Largest residual, relative to 1 + the size of what was compared; infinite for one that is not a number.
    pub largest: f64,
    /// The first trial with the largest residual.
    pub trial: u64,
    /// Its quarter, from 1.
    pub quarter: i64,
}

impl Residual {
    /// Whether the check found more than rounding.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        self.largest > TOLERANCE
    }

    fn merge(&mut self, other: &Residual) {
        self.checks += other.checks;
        let earlier = (other.trial, other.quarter) < (self.trial, self.quarter);
        if other.largest > self.largest || (other.largest == self.largest && earlier) {
            (self.largest, self.trial, self.quarter) = (other.largest, other.trial, other.quarter);
        }
    }
}

/// What the checks of many trials found. Debug builds always check, release builds where asked to; inactive it does nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    active: bool,
    trial: u64,
    quarter: i64,
    /// The first breach of this trial.
    breach: Option<Residual>,
    residuals: Vec<Residual>,
}

impl Default for Audit {
    fn default() -> Self {
        Audit {
            active: cfg!(debug_assertions),
            trial: 0,
            quarter: 0,
            breach: None,
            residuals: Vec::with_capacity(ROOM),
        }
    }
}

impl Audit {
    /// Checks in a release build too.
    pub fn activate(&mut self) {
        self.active = true;
    }

    /// Whether checks are made: whoever must work for a gap asks first.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active
    }

    /// From here on it is that trial.
    pub fn begin(&mut self, trial: u64) {
        (self.trial, self.quarter, self.breach) = (trial, 0, None);
    }

    /// From here on it is that quarter.
    pub fn open_quarter(&mut self, quarter: i64) {
        self.quarter = quarter;
    }

    /// One check: `gap` should be zero but for rounding in sums of that `size`, both in the same unit.
    pub fn check(&mut self, name: &'static str, gap: f64, size: f64) {
        if !self.active {
            return;
        }
        let relative = gap.abs() / (1.0 + size.abs());
        let largest = if relative.is_nan() { f64::INFINITY } else { relative };
        let found = Residual { name, checks: 1, largest, trial: self.trial, quarter: self.quarter };
        if found.is_breach() {
            self.breach.get_or_insert(found);
        }
        self.add(&found);
    }

    /// The first breach of the trial so far.
    #[must_use]
    pub fn breach(&self) -> Option<Residual> {
        self.breach
    }

    /// Adds what another audit found; the order of additions does not show in [`Audit::residuals`].
    pub fn merge(&mut self, other: &Audit) {
        other.residuals.iter().for_each(|residual| self.add(residual));
    }

    /// What was checked, by name.
    #[must_use]
    pub fn residuals(&self) -> Vec<Residual> {
        let mut residuals = self.residuals.clone();
        residuals.sort_by_key(|residual| residual.name);
        residuals
    }

    fn add(&mut self, found: &Residual) {
        match self.residuals.iter_mut().find(|own| std::ptr::eq(own.name, found.name) || own.name == found.name) {
            Some(residual) => residual.merge(found),
            None => self.residuals.push(*found),
        }
    }
}

/// How far `value` lies outside `low..=high`.
#[must_use]
pub fn outside(value: f64, low: f64, high: f64) -> f64 {
    if value < low {
        low - value
    } else if value <= high {
        0.0
    } else {
        value - high
    }
}

/// What of a gap is more than `allowance`.
#[must_use]
pub fn beyond(gap: f64, allowance: f64) -> f64 {
    outside(gap, -allowance, allowance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(found: &[(u64, &'static str, f64)]) -> Audit {
        let mut audit = Audit::default();
        for (trial, name, gap) in found {
            audit.begin(*trial);
            audit.open_quarter(3);
            audit.check(name, *gap, 1.0);
        }
        audit
    }

    #[test]
    fn the_largest_residual_is_kept_with_the_first_trial_that_has_it() {
        let found = [(4, "cash", 2e-12), (5, "cash", -8e-12), (6, "equity", 0.0), (9, "cash", 8e-12)];
        let residuals = audit(&found).residuals();
        assert_eq!(residuals.iter().map(|residual| residual.name).collect::<Vec<_>>(), ["cash", "equity"]);
        assert_eq!((residuals[0].largest, residuals[0].trial, residuals[0].checks), (4e-12, 5, 3));
        assert_eq!((residuals[1].largest, residuals[1].trial, residuals[1].quarter), (0.0, 6, 3));
    }

    #[test]
    fn any_split_merged_in_any_order_is_the_whole() {
        let found =
            [(1, "cash", 1e-12), (2, "equity", 3e-12), (3, "cash", 7e-12), (8, "cash", 7e-12), (9, "dead", 0.0)];
        let whole = audit(&found).residuals();
        for split in 0..=found.len() {
            let (first, second) = found.split_at(split);
            let mut merged = audit(second);
            merged.merge(&audit(first));
            assert_eq!(merged.residuals(), whole);
        }
    }

    #[test]
    fn a_breach_is_the_first_of_its_trial_and_what_is_not_a_number_is_one() {
        let mut audit = audit(&[(1, "cash", 1.9e-9)]);
        assert_eq!(audit.breach(), None, "relative to 1 + 1");
        audit.check("equity", f64::NAN, 1.0);
        audit.check("cash", 1.0, 1.0);
        assert_eq!(audit.breach().map(|breach| (breach.name, breach.largest)), Some(("equity", f64::INFINITY)));
        audit.begin(2);
        assert_eq!(audit.breach(), None);
    }

    #[test]
    fn inactive_nothing_is_kept() {
        let mut audit = Audit { active: false, ..Audit::default() };
        audit.check("cash", 1.0, 1.0);
        assert!(audit.residuals().is_empty() && audit.breach().is_none());
    }

    #[test]
    fn ranges_and_allowances_let_no_nan_through() {
        assert_eq!([-0.5, 0.0, 0.7, 1.0, 1.5].map(|value| outside(value, 0.0, 1.0)), [0.5, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!([-3.0, -1.0, 1.0, 3.0].map(|gap| beyond(gap, 2.0)), [1.0, 0.0, 0.0, 1.0]);
        assert!(outside(f64::NAN, 0.0, 1.0).is_nan() && beyond(f64::NAN, 1.0).is_nan());
    }
}
