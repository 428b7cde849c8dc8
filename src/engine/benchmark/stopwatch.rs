//! Where the time of a trial goes: a clock read after each of its parts.

use std::time::{Duration, Instant};

use crate::engine::benchmark::resources::thread_cpu_time;
use crate::model::observer::{Observer, Step, View};

/// A part of the work on a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Parameters and the numbers of all quarters drawn, opening balances derived.
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
///
/// A wall clock is read, because a clock of CPU time costs as much as a short part. Where the processor turned to somebody else
/// during a trial, which takes longer than any part, the wall clock of the trial runs ahead of its CPU time: the difference is
/// taken off the longest part, and what that one has not, off the next.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    /// Of the trial that runs.
    spent: [Duration; Part::ALL.len()],
    /// Of all trials before it.
    total: [Duration; Part::ALL.len()],
    readings: [u32; Part::ALL.len()],
    started: Option<Duration>,
    last: Instant,
}

impl Stopwatch {
    /// A stopwatch that runs from now.
    #[must_use]
    pub fn start() -> Self {
        let mut stopwatch = Stopwatch {
            spent: Default::default(),
            total: Default::default(),
            readings: Default::default(),
            started: None,
            last: Instant::now(),
        };
        stopwatch.begin();
        stopwatch
    }

    /// What has passed since the last reading was spent on that part.
    pub fn read(&mut self, part: Part) {
        let now = Instant::now();
        self.spent[part.place()] += now - self.last;
        self.readings[part.place()] += 1;
        self.last = now;
    }

    /// A trial is over, and with it what was read of it.
    pub fn next(&mut self) {
        let cpu = thread_cpu_time().zip(self.started).map(|(now, started)| now - started);
        take_off(&mut self.spent, cpu);
        for (total, spent) in self.total.iter_mut().zip(&self.spent) {
            *total += *spent;
        }
        self.begin();
    }

    /// The CPU time is read outside of what the wall clock measures, so that it is never behind for no reason.
    fn begin(&mut self) {
        self.spent = Default::default();
        self.started = thread_cpu_time();
        self.last = Instant::now();
    }

    /// Seconds of the trials that are over by part, in the order of [`Part::ALL`], without what the readings themselves took.
    #[must_use]
    pub fn seconds(&self) -> [f64; Part::ALL.len()] {
        let reading = seconds_of_a_reading();
        let mut seconds = self.total.map(|total| total.as_secs_f64());
        for (own, readings) in seconds.iter_mut().zip(self.readings) {
            *own = (*own - f64::from(readings) * reading).max(0.0);
        }
        seconds
    }
}

/// Takes what exceeds the CPU time off the longest, then the next; nothing where the CPU time is not known.
fn take_off(spent: &mut [Duration], cpu: Option<Duration>) {
    let all: Duration = spent.iter().sum();
    let mut excess = cpu.map_or(Duration::ZERO, |cpu| all.saturating_sub(cpu));
    while excess > Duration::ZERO {
        let Some(longest) = spent.iter_mut().max() else { return };
        let taken = excess.min(*longest);
        *longest -= taken;
        excess -= taken;
    }
}

impl Observer for Stopwatch {
    fn begun(&mut self) {
        self.read(Part::Beginning);
    }

    fn opened(&mut self) {
        self.read(Part::Quarters);
    }

    fn ended(&mut self) {
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
        let mut word = 1_u64;
        (0..20_000_000_u64).for_each(|step| word = std::hint::black_box(word.wrapping_mul(step | 1)));
        stopwatch.read(Part::Step(Step::Dues));
        stopwatch.read(Part::Recording);
        stopwatch.next();
        let seconds = stopwatch.seconds();
        assert!(seconds[5] > 1e-4 && seconds[5] > seconds[11], "{seconds:?}");
        assert!(seconds.iter().enumerate().all(|(place, own)| [5, 11].contains(&place) || *own == 0.0), "{seconds:?}");
    }

    #[test]
    fn a_rest_of_the_processor_is_no_work_of_a_part() {
        if thread_cpu_time().is_none() {
            return;
        }
        let mut stopwatch = Stopwatch::start();
        std::thread::sleep(Duration::from_millis(50));
        stopwatch.read(Part::Step(Step::Dues));
        stopwatch.next();
        let seconds = stopwatch.seconds();
        assert!(seconds[5] < 0.025, "{seconds:?}");
    }

    #[test]
    fn what_exceeds_the_cpu_time_is_taken_off_the_longest_first() {
        let spent = |millis: [u64; 3]| millis.map(Duration::from_millis);
        let taken = |cpu: Option<u64>| {
            let mut own = spent([2, 9, 4]);
            take_off(&mut own, cpu.map(Duration::from_millis));
            own
        };
        assert_eq!(taken(None), spent([2, 9, 4]));
        assert_eq!(taken(Some(20)), spent([2, 9, 4]));
        assert_eq!(taken(Some(7)), spent([2, 1, 4]));
        assert_eq!(taken(Some(5)), spent([2, 0, 3]));
        assert_eq!(taken(Some(0)), spent([0, 0, 0]));
    }

    #[test]
    fn readings_cost_something_but_little() {
        let seconds = seconds_of_a_reading();
        assert!(seconds > 0.0 && seconds < 1e-4, "{seconds}");
    }
}
