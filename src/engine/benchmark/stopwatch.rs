//! Where the time of a trial goes: a clock read after each of its parts.

use std::time::{Duration, Instant};

use crate::model::observer::{Observer, Step, View};

/// A part of the work on a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Parameters drawn, opening balances derived.
    Beginning,
    /// Quarters opened and closed: what is reset, and what the outcome keeps of each and of the whole.
    Quarters,
    /// A step of a quarter.
    Step(Step),
    /// The outcome added to the statistics.
    Recording,
}

impl Part {
    /// All parts, in the order of a trial.
    pub const ALL: [Part; 12] = [
        Part::Beginning,
        Part::Quarters,
        Part::Step(Step::Drivers),
        Part::Step(Step::Receipts),
        Part::Step(Step::Covenants),
        Part::Step(Step::Dues),
        Part::Step(Step::Payments),
        Part::Step(Step::Resolution),
        Part::Step(Step::Profit),
        Part::Step(Step::Liquidity),
        Part::Step(Step::Failures),
        Part::Recording,
    ];

    /// Its word in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Part::Beginning => "beginning",
            Part::Quarters => "quarters",
            Part::Step(Step::Drivers) => "drivers",
            Part::Step(Step::Receipts) => "receipts",
            Part::Step(Step::Covenants) => "covenants",
            Part::Step(Step::Dues) => "dues",
            Part::Step(Step::Payments) => "payments",
            Part::Step(Step::Resolution) => "resolution",
            Part::Step(Step::Profit) => "profit",
            Part::Step(Step::Liquidity) => "liquidity",
            Part::Step(Step::Failures) => "failures",
            Part::Recording => "recording",
        }
    }

    /// Its place in [`Part::ALL`].
    fn place(self) -> usize {
        match self {
            Part::Beginning => 0,
            Part::Quarters => 1,
            Part::Step(step) => 2 + step as usize,
            Part::Recording => Part::ALL.len() - 1,
        }
    }
}

/// Time by part; an observer of trials that changes nothing of them but their pace.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    spent: [Duration; Part::ALL.len()],
    readings: [u32; Part::ALL.len()],
    last: Instant,
}

impl Stopwatch {
    /// A stopwatch that runs from now.
    #[must_use]
    pub fn start() -> Self {
        Stopwatch { spent: Default::default(), readings: Default::default(), last: Instant::now() }
    }

    /// What has passed since the last reading was spent on that part.
    pub fn read(&mut self, part: Part) {
        let now = Instant::now();
        self.spent[part.place()] += now - self.last;
        self.readings[part.place()] += 1;
        self.last = now;
    }

    /// Seconds by part, in the order of [`Part::ALL`], without what the readings themselves took.
    #[must_use]
    pub fn seconds(&self) -> [f64; Part::ALL.len()] {
        let reading = seconds_of_a_reading();
        let mut places = 0..Part::ALL.len();
        [(); Part::ALL.len()].map(|()| {
            places.next().map_or(0.0, |place| {
                (self.spent[place].as_secs_f64() - f64::from(self.readings[place]) * reading).max(0.0)
            })
        })
    }
}

impl Observer for Stopwatch {
    fn begun(&mut self) {
        self.read(Part::Beginning);
    }

    fn opened(&mut self) {
        self.read(Part::Quarters);
    }

    fn after(&mut self, step: Step, _view: View<'_>) {
        self.read(Part::Step(step));
    }
}

/// The median of many short rows of readings, so that an interruption does not count.
fn seconds_of_a_reading() -> f64 {
    const ROWS: usize = 101;
    const READINGS: u32 = 100;
    let mut rows = [0.0; ROWS];
    for row in &mut rows {
        let mut stopwatch = Stopwatch::start();
        (0..READINGS).for_each(|_| stopwatch.read(Part::Recording));
        *row = stopwatch.spent[Part::Recording.place()].as_secs_f64() / f64::from(READINGS);
    }
    rows.sort_by(f64::total_cmp);
    rows[ROWS / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_own_place_and_name() {
        for (place, part) in Part::ALL.into_iter().enumerate() {
            assert_eq!(part.place(), place, "{}", part.name());
        }
        let mut names = Part::ALL.map(Part::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn time_is_booked_to_the_part_that_ends_with_the_reading() {
        let mut stopwatch = Stopwatch::start();
        std::thread::sleep(Duration::from_millis(20));
        stopwatch.read(Part::Step(Step::Dues));
        stopwatch.read(Part::Recording);
        let seconds = stopwatch.seconds();
        assert!(seconds[5] >= 0.019, "{seconds:?}");
        assert!(seconds[11] < 0.019, "{seconds:?}");
        assert_eq!(seconds.iter().filter(|own| **own == 0.0).count(), if seconds[11] == 0.0 { 11 } else { 10 });
    }

    #[test]
    fn readings_cost_something_but_little() {
        let seconds = seconds_of_a_reading();
        assert!(seconds > 0.0 && seconds < 1e-4, "{seconds}");
    }
}
