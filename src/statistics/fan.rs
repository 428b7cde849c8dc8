//! Series along the quarters: at the end of each, the mean and some quantiles over the trials.

use crate::model::outcome::Fixed;
use crate::model::path::{Paths, Series, UNDEFINED};
use crate::statistics::estimate::Estimate;
use crate::statistics::histogram::{Bucket, Histogram};
use crate::statistics::moments::Moments;
use crate::statistics::tail::{Ranks, bucket_at};
use crate::statistics::warning::Warning;

/// Levels of the quantiles of a fan.
pub const FAN_LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Buckets of relative width 2^-6.
const PRECISION: u32 = 6;

/// Trials that wait to be sorted into buckets: hundreds of histograms touched once a trial would never be in the cache, and of
/// many values most fall into buckets that others of them have fallen into. No power of two, or the blocks of a trial would
/// share few places of the cache.
const BATCH: usize = 500;

/// Cells whose values are sorted side by side: those of one trial fill one line of the cache.
const ABREAST: usize = 8;

/// Series of the trials of a run.
#[derive(Debug, Clone)]
pub(crate) struct FanTally {
    series: Vec<Series>,
    /// Quarter by quarter, each series by series, as [`Paths`] has them.
    cells: Vec<Cell>,
    /// The values that wait, `[block, trial, cell]` in blocks of [`ABREAST`] cells, for [`BATCH`] trials.
    waiting: Vec<[Fixed; ABREAST]>,
    /// Trials that wait, fewer than [`BATCH`].
    batch: usize,
}

/// Equal where they hold the same: how many trials wait does not show.
impl PartialEq for FanTally {
    fn eq(&self, other: &Self) -> bool {
        self.series == other.series && self.sorted() == other.sorted()
    }
}

/// One series at the end of one quarter. The sum of its values is that of its buckets.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    /// Trials in which it is defined.
    trials: u64,
    square: i128,
    histogram: Histogram,
}

impl FanTally {
    /// An empty state for these series over so many quarters.
    pub(crate) fn new(series: Vec<Series>, quarters: usize) -> Self {
        let cells = vec![Cell { trials: 0, square: 0, histogram: Histogram::new(PRECISION) }; series.len() * quarters];
        let blocks = cells.len().div_ceil(ABREAST);
        FanTally { waiting: vec![[UNDEFINED; ABREAST]; blocks * BATCH], cells, series, batch: 0 }
    }

    pub(crate) fn record(&mut self, paths: &Paths) {
        let told = paths.values.len() == self.cells.len();
        let rows = self.waiting.iter_mut().skip(self.batch).step_by(BATCH);
        if told {
            rows.zip(paths.values.chunks(ABREAST))
                .for_each(|(row, values)| row[..values.len()].copy_from_slice(values));
        } else {
            rows.for_each(|row| row.fill(UNDEFINED));
        }
        self.batch += 1;
        if self.batch == BATCH {
            sort(&mut self.cells, &self.waiting, BATCH);
            self.batch = 0;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.cells.iter_mut().zip(&other.cells) {
            ours.trials += theirs.trials;
            ours.square += theirs.square;
            ours.histogram.merge(&theirs.histogram);
        }
        sort(&mut self.cells, &other.waiting, other.batch);
    }

    /// The cells, nothing waiting.
    fn sorted(&self) -> Vec<Cell> {
        let mut cells = self.cells.clone();
        sort(&mut cells, &self.waiting, self.batch);
        cells
    }

    pub(crate) fn clear(&mut self) {
        self.batch = 0;
        for cell in &mut self.cells {
            cell.trials = 0;
            cell.square = 0;
            cell.histogram.clear();
        }
    }

    pub(crate) fn summarise(&self) -> Vec<Fan> {
        let quarters = self.cells.len().checked_div(self.series.len()).unwrap_or(0);
        let (cells, mut ranks) = (self.sorted(), FanRanks::new(0));
        let mut fan = |(place, series): (usize, &Series), quarter: usize| {
            let cell = &cells[(quarter - 1) * self.series.len() + place];
            // Nearly all are defined in every trial.
            if ranks.trials != cell.trials {
                ranks = FanRanks::new(cell.trials);
            }
            cell.summarise(*series, quarter, &ranks)
        };
        let series = self.series.iter().enumerate();
        series.flat_map(|series| (1..=quarters).map(move |quarter| (series, quarter))).map(|(s, q)| fan(s, q)).collect()
    }
}

/// Where the quantiles of a fan lie among so many trials.
struct FanRanks {
    trials: u64,
    levels: [Ranks; FAN_LEVELS.len()],
}

impl FanRanks {
    fn new(trials: u64) -> Self {
        FanRanks { trials, levels: FAN_LEVELS.map(|level| Ranks::new(level, trials)) }
    }
}

/// Records the values of the first `batch` trials that wait.
fn sort(cells: &mut [Cell], waiting: &[[Fixed; ABREAST]], batch: usize) {
    for (cells, trials) in cells.chunks_mut(ABREAST).zip(waiting.chunks_exact(BATCH)) {
        for values in &trials[..batch] {
            cells.iter_mut().zip(values).for_each(|(cell, value)| cell.record(*value));
        }
    }
}

impl Cell {
    #[inline]
    fn record(&mut self, value: Fixed) {
        if value != UNDEFINED {
            self.trials += 1;
            self.square += i128::from(value) * i128::from(value);
            self.histogram.record(value);
        }
    }

    fn summarise(&self, series: Series, quarter: usize, ranks: &FanRanks) -> Fan {
        let smallest = ranks.levels.iter().map(Ranks::fewest_beyond).min();
        let mean = Moments::of_sums(self.histogram.sum(), self.square).mean(self.trials, series.one());
        Fan {
            series,
            quarter,
            mean,
            quantiles: ranks.levels.each_ref().map(|ranks| self.quantile(ranks, series.one())),
            trials: self.trials,
            warning: smallest.filter(|_| mean.is_some()).and_then(Warning::of_beyond),
        }
    }

    /// The order statistic as the mean of its bucket; the interval reaches to the far ends of the buckets that hold its ends.
    fn quantile(&self, ranks: &Ranks, one: f64) -> Option<Estimate> {
        if self.trials == 0 {
            return None;
        }
        let bucket = |rank| bucket_at(&self.histogram, self.trials, rank);
        let bounds = |rank| bounds(&self.histogram, &bucket(rank));
        Some(Estimate {
            point: bucket(ranks.rank).mean() / one,
            std_error: None,
            low: ranks.low.map(|rank| bounds(rank).0 / one),
            high: ranks.high.map(|rank| bounds(rank).1 / one),
            trials: self.trials,
        })
    }
}

/// Smallest and largest integer that a bucket may hold.
fn bounds(histogram: &Histogram, bucket: &Bucket) -> (f64, f64) {
    let (low, high) = histogram.ends(bucket);
    match bucket.sum.signum() {
        1 => (low, high - 1.0),
        -1 => (low + 1.0, high),
        _ => (low, high),
    }
}

/// One series at the end of one quarter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fan {
    /// The series.
    pub series: Series,
    /// Quarter, from 1.
    pub quarter: usize,
    /// Its mean over the trials in which it is defined, in its unit; none where it never is.
    pub mean: Option<Estimate>,
    /// Its quantiles, in the order of [`FAN_LEVELS`].
    pub quantiles: [Option<Estimate>; FAN_LEVELS.len()],
    /// Trials in which it is defined.
    pub trials: u64,
    /// Whether enough trials lie beyond the outermost quantiles.
    pub warning: Option<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::FIXED_ONE;

    /// Values series by series.
    fn paths(values: [Option<Fixed>; 4]) -> Paths {
        let series = vec![Series::FailedLenders, Series::Rent(0)];
        let values = values.map(|value| value.unwrap_or(UNDEFINED));
        Paths { series, values: vec![values[0], values[2], values[1], values[3]] }
    }

    fn tally(trials: impl IntoIterator<Item = [Option<Fixed>; 4]>) -> FanTally {
        let mut tally = FanTally::new(vec![Series::FailedLenders, Series::Rent(0)], 2);
        trials.into_iter().for_each(|values| tally.record(&paths(values)));
        tally
    }

    #[test]
    fn counts_are_exact_and_missing_values_are_not_zeros() {
        // Failures 0, 0, 1, 3 by quarter 1 and one more by quarter 2; rent 1 in quarter 1, known in one trial of quarter 2.
        let one = FIXED_ONE as Fixed;
        let fans = tally([0, 0, 1, 3].map(|failed| {
            let rent = (failed == 3).then_some(one / 2);
            [Some(failed), Some(failed + 1), Some(one), rent]
        }))
        .summarise();
        let row = |at: usize| (fans[at].series, fans[at].quarter, fans[at].mean.unwrap().point, fans[at].trials);
        assert_eq!(row(0), (Series::FailedLenders, 1, 1.0, 4));
        assert_eq!(row(1), (Series::FailedLenders, 2, 2.0, 4));
        assert_eq!(row(2), (Series::Rent(0), 1, 1.0, 4));
        assert_eq!(row(3), (Series::Rent(0), 2, 0.5, 1));
        assert_eq!(fans[0].quantiles.map(|quantile| quantile.unwrap().point), [0.0, 0.0, 0.0, 1.0, 3.0]);
        assert_eq!(fans[1].quantiles.map(|quantile| quantile.unwrap().point), [1.0, 1.0, 1.0, 2.0, 4.0]);
        assert_eq!(fans[0].warning, Some(Warning::FewBeyond));
        assert_eq!((tally([]).summarise()[0].mean, tally([]).summarise()[0].warning), (None, None));
    }

    /// Exponential values -ln(1 - u) at 4,000 evenly spread u, half of them negated.
    #[test]
    fn quantiles_of_a_known_distribution() {
        let sample = |index: i64| {
            let size = -libm::log1p(-(index as f64 + 0.5) / 4_000.0);
            let signed = if index % 2 == 0 { size } else { -size };
            Some((signed * FIXED_ONE) as Fixed)
        };
        let fan = tally((0..4_000).map(|index| [None, None, None, sample(index)])).summarise()[3];
        for (quantile, level) in fan.quantiles.into_iter().zip(FAN_LEVELS) {
            // Laplace: ln(2 a) below the median, -ln(2 (1 - a)) above.
            let exact = if level < 0.5 { libm::log(2.0 * level) } else { -libm::log(2.0 * (1.0 - level)) };
            let quantile = quantile.unwrap();
            assert!((quantile.point - exact).abs() <= exact.abs() / 64.0 + 1e-3, "{level}: {quantile:?}");
            let (low, high) = (quantile.low.unwrap(), quantile.high.unwrap());
            assert!(low <= exact && exact <= high && low <= quantile.point && quantile.point <= high, "{quantile:?}");
        }
        assert_eq!(fan.warning, None);
    }

    #[test]
    fn an_interval_is_never_narrower_than_a_bucket() {
        let fan = tally((0..1_000).map(|_| [None, None, None, Some((0.8 * FIXED_ONE) as Fixed)])).summarise()[3];
        let median = fan.quantiles[2].unwrap();
        assert!((median.point - 0.8).abs() < 1e-9);
        let (low, high) = (median.low.unwrap(), median.high.unwrap());
        assert!(low < 0.8 && 0.8 < high && high - low < 0.8 / 64.0 && high - low > 0.4 / 64.0, "{low} {high}");
    }
}
