//! Reverse stress: what the drivers were in the trials that came to an event. (methods.md, 11.4)

use ndarray::Array2;

use crate::model::event::Event;
use crate::model::outcome::{FIXED_ONE, Fixed, Outcome, nearest};
use crate::model::parameter::Law;
use crate::model::system::{Draw, System};
use crate::statistics::AMOUNT_BOUND;
use crate::statistics::estimate::Estimate;
use crate::statistics::moments::Moments;
use crate::statistics::warning::Warning;

/// What is remembered of the drivers, in all trials and in those of the event. The items are the factors by quarter,
/// the jumps and the parameters, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReverseTally {
    event: Event,
    /// Factors and quarters.
    shape: (usize, usize),
    jumps: usize,
    /// Integers to one of each item, a power of two.
    units: Vec<f64>,
    all: Vec<Moments>,
    given: Vec<Moments>,
    /// Trials of the event.
    events: u64,
    least: Option<Least>,
}

/// One number of the drivers.
struct Item {
    /// Integers to one of the number.
    unit: f64,
    all: Moments,
    given: Moments,
}

/// The trial of the event whose factors have the smallest sum of squares, of equals the one with the smaller number.
#[derive(Debug, Clone, PartialEq)]
struct Least {
    /// Sum of the squared factors over the quarters, in units of 2^-60.
    norm: u128,
    trial: u64,
    /// Its numbers, as they were.
    values: Vec<f64>,
}

impl ReverseTally {
    /// An empty state that knows of no drivers.
    pub(crate) fn new(event: Event) -> Self {
        let (units, all, given) = Default::default();
        ReverseTally { event, shape: (0, 0), jumps: 0, units, all, given, events: 0, least: None }
    }

    /// An empty state for the drivers of `system`.
    pub(crate) fn for_system(system: &System) -> Self {
        let shape = (system.drivers.keys.len(), system.quarters);
        let jumps = system.jumps.len();
        let factors = std::iter::repeat_n(FIXED_ONE, shape.0 * shape.1);
        let units = factors.chain(std::iter::repeat_n(1.0, jumps)).chain(system.draws.iter().map(unit));
        let units: Vec<f64> = units.collect();
        let all = vec![Moments::default(); units.len()];
        ReverseTally { shape, jumps, given: all.clone(), all, units, ..ReverseTally::new(system.event) }
    }

    pub(crate) fn record(&mut self, trial: u64, outcome: &Outcome) {
        add(&mut self.all, &self.units, outcome);
        if self.event.occurs(outcome) {
            add(&mut self.given, &self.units, outcome);
            self.events += 1;
            self.compare(norm(outcome), trial, || values(outcome));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.all.iter_mut().zip(&other.all).for_each(|(ours, theirs)| ours.merge(theirs));
        self.given.iter_mut().zip(&other.given).for_each(|(ours, theirs)| ours.merge(theirs));
        if let Some(least) = &other.least {
            self.compare(least.norm, least.trial, || least.values.iter().copied());
        }
    }

    pub(crate) fn clear(&mut self) {
        self.events = 0;
        self.least = None;
        self.all.fill(Moments::default());
        self.given.fill(Moments::default());
    }

    /// Keeps the less extreme of the trial kept and another.
    fn compare<V: Iterator<Item = f64>>(&mut self, norm: u128, trial: u64, values: impl FnOnce() -> V) {
        if self.least.as_ref().is_none_or(|least| (norm, trial) < (least.norm, least.trial)) {
            self.least = Some(Least { norm, trial, values: values().collect() });
        }
    }

    /// The drivers given the event, over `trials` trials.
    pub(crate) fn summarise(&self, trials: u64) -> ReverseSummary {
        let kept = |place: usize| Some(self.least.as_ref()?.values[place]);
        let item = |place: usize| Item { unit: self.units[place], all: self.all[place], given: self.given[place] };
        let mut shifts = (0..self.units.len()).map(|place| item(place).summarise(self.events, trials, kept(place)));
        let (factors, quarters) = self.shape;
        ReverseSummary {
            event: self.event,
            probability: Estimate::probability(self.events, trials),
            events: self.events,
            least_extreme: self.least.as_ref().map(Least::summarise),
            factors: Array2::from_shape_simple_fn((factors, quarters), || {
                shifts.next().expect("an item for every factor and quarter")
            }),
            jumps: shifts.by_ref().take(self.jumps).collect(),
            parameters: shifts.collect(),
            warning: Warning::of_events(self.events),
        }
    }
}

impl Item {
    fn summarise(&self, events: u64, trials: u64, least_extreme: Option<f64>) -> DriverShift {
        let difference = self.difference(events, trials);
        let variance = self.all.variance(trials);
        let deviation = variance.filter(|variance| *variance > 0.0).map(|variance| variance.sqrt() / self.unit);
        DriverShift {
            given_event: self.given.mean(events, self.unit),
            mean: self.all.mean(trials, self.unit),
            difference,
            standardised_difference: difference.and_then(|difference| Some(difference.point / deviation?)),
            least_extreme,
        }
    }

    /// `mean given the event - mean`, with the standard error of the delta method, in which the event's frequency p is
    /// random too: `(1-p)^2 (s_E^2/n_E + s_N^2/n_N) + p (1-p) (m_E - m_N)^2/n`, N the trials without the event.
    fn difference(&self, events: u64, trials: u64) -> Option<Estimate> {
        let (given, all) = (self.given.mean(events, self.unit)?, self.all.mean(trials, self.unit)?);
        let others = trials - events;
        if others == 0 {
            return Some(Estimate::symmetric(0.0, Some(0.0), trials));
        }
        let rest = self.all.less(&self.given);
        let (n, p) = (trials as f64, events as f64 / trials as f64);
        let gap = given.point - rest.mean(others, self.unit)?.point;
        let variance = |moments: &Moments, count| moments.variance(count).map(|v| v / count as f64);
        let own = variance(&self.given, events).zip(variance(&rest, others));
        let own = own.map(|(given, rest)| (1.0 - p) * (1.0 - p) * (given + rest) / (self.unit * self.unit));
        let std_error = own.map(|own| (own + p * (1.0 - p) * gap * gap / n).sqrt());
        Some(Estimate::symmetric(given.point - all.point, std_error, trials))
    }
}

impl Least {
    fn summarise(&self) -> LeastExtreme {
        LeastExtreme { trial: self.trial, squared_factors: self.norm as f64 / (FIXED_ONE * FIXED_ONE) }
    }
}

/// Adds the numbers of a trial's drivers.
fn add(sums: &mut [Moments], units: &[f64], outcome: &Outcome) {
    let mut items = sums.iter_mut().zip(units);
    values(outcome).for_each(|value| {
        if let Some((sums, unit)) = items.next() {
            sums.record(whole(value, *unit));
        }
    });
}

/// The numbers of a trial's drivers, in the order of the items.
fn values(outcome: &Outcome) -> impl Iterator<Item = f64> + '_ {
    let jumps = outcome.jumps.iter().map(|jumps| f64::from(*jumps));
    let parameters = outcome.parameters.iter().map(|drawn| drawn.value);
    outcome.factors.iter().copied().chain(jumps).chain(parameters)
}

/// Sum of the squared factors over the quarters, in units of 2^-60.
fn norm(outcome: &Outcome) -> u128 {
    let square = |factor: &f64| u128::from(whole(*factor, FIXED_ONE).unsigned_abs()).pow(2);
    outcome.factors.iter().map(square).sum()
}

/// A number in units of its item. Units are chosen so that none is cut; the bound is a guard.
fn whole(value: f64, unit: f64) -> Fixed {
    let bound = (AMOUNT_BOUND - 1) as f64;
    nearest((value * unit).clamp(-bound, bound))
}

/// The power of two that takes every number a law can draw below 2^45, so that a small parameter keeps its digits.
fn unit(draw: &Draw) -> f64 {
    let (low, high) = match draw.law {
        Law::Normal(..) | Law::Lognormal(..) => {
            // The smallest and largest uniform there is.
            let end = f64::EPSILON / 2.0;
            (draw.law.quantile(end, draw.range), draw.law.quantile(1.0 - end, draw.range))
        }
        _ => draw.law.support(draw.range),
    };
    let largest = draw.rounded(low).abs().max(draw.rounded(high).abs()).min(f64::MAX);
    let (_, exponent) = libm::frexp(largest);
    libm::ldexp(1.0, 45 - exponent)
}

/// One number of the drivers given the event and in all trials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriverShift {
    /// Its mean in the trials of the event; none without one.
    pub given_event: Option<Estimate>,
    /// Its mean in all trials.
    pub mean: Option<Estimate>,
    /// The former less the latter.
    pub difference: Option<Estimate>,
    /// That difference in standard deviations of the number in all trials; none where it never varies.
    pub standardised_difference: Option<f64>,
    /// Its value in the least extreme trial of the event.
    pub least_extreme: Option<f64>,
}

/// The trial of the event with the smallest sum of squared factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeastExtreme {
    /// Its number.
    pub trial: u64,
    /// Sum of the squares of all factors over all quarters; its mean over all trials is factors times quarters.
    pub squared_factors: f64,
}

/// What leads to the event.
#[derive(Debug, Clone, PartialEq)]
pub struct ReverseSummary {
    /// The event.
    pub event: Event,
    /// Its probability.
    pub probability: Option<Estimate>,
    /// Trials that came to it.
    pub events: u64,
    /// The least extreme of them; none without one.
    pub least_extreme: Option<LeastExtreme>,
    /// Factors, `[factor, quarter - 1]`.
    pub factors: Array2<DriverShift>,
    /// Number of jumps by the horizon, in the order of [`System::jumps`].
    pub jumps: Vec<DriverShift>,
    /// Parameters as drawn, in the order of [`System::draws`].
    pub parameters: Vec<DriverShift>,
    /// Whether the event is rare among the trials.
    pub warning: Option<Warning>,
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::model::fixture;
    use crate::model::grade::Drawn;
    use crate::random::{Purpose, Streams};

    /// One factor over two quarters, one jump, one parameter.
    fn world(law: Law) -> System {
        let mut system = fixture::system(&[]);
        system.quarters = 2;
        system.drivers.keys.truncate(1);
        system.jumps = vec![fixture::jump("jump")];
        system.draws = vec![fixture::draw("gpu.life_q", law)];
        system.event = Event::Loss(2.0);
        system
    }

    fn outcome(loss: f64, factors: [f64; 2], parameter: f64) -> Outcome {
        let mut outcome = Outcome::for_system(&world(Law::Uniform(0.0, 8.0)));
        outcome.system_loss = (loss * FIXED_ONE) as i64;
        outcome.factors.iter_mut().zip(factors).for_each(|(place, factor)| *place = factor);
        outcome.jumps[0] = u32::from(loss > 2.5);
        outcome.parameters[0] = Drawn { value: parameter, grade: parameter / 8.0 };
        outcome
    }

    fn tally(outcomes: &[Outcome]) -> ReverseTally {
        let mut tally = ReverseTally::for_system(&world(Law::Uniform(0.0, 8.0)));
        outcomes.iter().zip(0..).for_each(|(outcome, trial)| tally.record(trial, outcome));
        tally
    }

    #[test]
    fn four_trials_by_hand() {
        let outcomes = [
            outcome(0.0, [0.0, 0.0], 1.0),
            outcome(2.0, [1.0, -2.0], 3.0),
            outcome(1.0, [0.5, 0.0], 2.0),
            outcome(3.0, [-2.0, 1.0], 6.0),
        ];
        let summary = tally(&outcomes).summarise(4);
        assert_eq!((summary.events, summary.probability.unwrap().point), (2, 0.5));
        // Both have the sum of squares 5: the smaller number.
        assert_eq!(summary.least_extreme, Some(LeastExtreme { trial: 1, squared_factors: 5.0 }));
        let shift = summary.parameters[0];
        assert_eq!((shift.given_event.unwrap().point, shift.mean.unwrap().point), (4.5, 3.0));
        assert_eq!(shift.least_extreme, Some(3.0));
        // Variances 4.5 given the event, 0.5 without it: (1/4)(9/4 + 1/4) + (1/4)(4.5 - 1.5)^2/4.
        let difference = shift.difference.unwrap();
        assert_relative_eq!(difference.point, 1.5);
        assert_relative_eq!(difference.std_error.unwrap(), 1.1875_f64.sqrt(), max_relative = 1e-12);
        // Squared deviations from 3: 4 + 0 + 1 + 9.
        assert_relative_eq!(
            shift.standardised_difference.unwrap(),
            1.5 / (14.0_f64 / 3.0).sqrt(),
            max_relative = 1e-12
        );
        let factors = summary.factors.map(|shift| (shift.given_event.unwrap().point, shift.mean.unwrap().point));
        assert_eq!(factors, ndarray::array![[(-0.5, -0.125), (-0.5, -0.25)]]);
        assert_eq!(summary.factors.map(|shift| shift.least_extreme), ndarray::array![[Some(1.0), Some(-2.0)]]);
        assert_eq!(summary.jumps[0].given_event.unwrap().point, 0.5);
        assert_eq!(summary.warning, Some(Warning::FewEvents));
    }

    #[test]
    fn without_an_event_only_the_means_are_known() {
        let summary = tally(&[outcome(0.0, [1.0, 2.0], 1.0), outcome(1.0, [0.0, 0.0], 2.0)]).summarise(2);
        assert_eq!((summary.probability.unwrap().point, summary.least_extreme), (0.0, None));
        let shift = summary.parameters[0];
        assert_eq!((shift.given_event, shift.difference, shift.standardised_difference), (None, None, None));
        assert_eq!((shift.mean.unwrap().point, shift.least_extreme), (1.5, None));
        let nothing = tally(&[]).summarise(0);
        assert_eq!((nothing.probability, nothing.parameters[0].mean), (None, None));
    }

    #[test]
    fn an_event_in_every_trial_moves_nothing() {
        let summary = tally(&[outcome(2.0, [1.0, 2.0], 1.0), outcome(5.0, [0.0, 0.0], 2.0)]).summarise(2);
        let difference = summary.parameters[0].difference.unwrap();
        assert_eq!((difference.point, difference.std_error), (0.0, Some(0.0)));
        assert_eq!(summary.least_extreme.unwrap().trial, 1);
    }

    #[test]
    fn a_merge_keeps_the_least_extreme_in_either_order() {
        let (one, other) = (outcome(2.0, [1.0, -2.0], 3.0), outcome(2.0, [0.5, 0.0], 2.0));
        let (mut first, mut second) = (tally(&[]), tally(&[]));
        first.record(8, &one);
        second.record(9, &other);
        let (mut forward, mut backward) = (first.clone(), second.clone());
        forward.merge(&second);
        backward.merge(&first);
        assert_eq!(forward, backward);
        assert_eq!(forward.summarise(2).least_extreme.map(|least| least.trial), Some(9));
        forward.clear();
        assert_eq!(forward, tally(&[]));
    }

    #[test]
    fn units_keep_small_numbers_and_hold_large_ones() {
        let bound = AMOUNT_BOUND as f64;
        for law in [
            Law::Uniform(-3e-9, 1e-9),
            Law::Uniform(0.0, 5e7),
            Law::Normal(0.0, 4e-4),
            Law::Lognormal(1e6, 1.5),
            Law::Discrete(vec![(0.02, 1.0), (0.01, 1.0)]),
        ] {
            let draw = fixture::draw("gpu.life_q", law);
            let unit = unit(&draw);
            for u in [f64::EPSILON / 2.0, 1e-3, 0.5, 1.0 - f64::EPSILON / 2.0] {
                let value = draw.law.quantile(u, draw.range);
                assert!((value * unit).abs() < bound / 2.0 + 1.0, "{draw:?}");
            }
            let largest = draw.law.quantile(1.0 - f64::EPSILON / 2.0, draw.range).abs();
            assert!(largest * unit > bound / 20.0, "{draw:?}: {largest} {unit}");
        }
        assert_eq!(unit(&fixture::draw("gpu.life_q", Law::Uniform(0.0, 0.0))), libm::ldexp(1.0, 45));
    }

    #[test]
    fn the_error_of_the_difference_is_the_spread_of_repeats() {
        // 2,000 repeats of 300 trials; a spread from 2,000 repeats is itself known to 1.6 %, so 7 % is four standard errors.
        let streams = Streams::new(4);
        let repeat = |repeat: u64| {
            let mut tally = ReverseTally::for_system(&world(Law::Uniform(0.0, 8.0)));
            for trial in 300 * repeat..300 * (repeat + 1) {
                let [u, v] = [0, 1].map(|index| streams.uniform(trial, Purpose::Parameters, 1, index));
                tally.record(trial, &outcome(2.4 * u + v, [0.0; 2], 8.0 * u));
            }
            tally.summarise(300).parameters[0].difference.unwrap()
        };
        let differences: Vec<Estimate> = (0..2_000).map(repeat).collect();
        let mean = differences.iter().map(|found| found.point).sum::<f64>() / 2_000.0;
        let squares: f64 = differences.iter().map(|found| (found.point - mean) * (found.point - mean)).sum();
        let error = differences.iter().map(|found| found.std_error.unwrap()).sum::<f64>() / 2_000.0;
        assert_relative_eq!((squares / 1_999.0).sqrt(), error, max_relative = 0.07);
    }
}
