//! Which uncertain parameters the system loss moves with. (methods.md, 11.4)

use std::collections::BTreeMap;

use crate::model::outcome::{FIXED_ONE, Fixed, Outcome};
use crate::statistics::estimate::{Estimate, NORMAL_975};
use crate::statistics::histogram::row_of;
use crate::statistics::moments::Moments;
use crate::statistics::warning::Warning;

/// Equal parts of a parameter's law in which mean losses are told.
pub const PARTS: usize = 16;

/// Upper 5 % point of the studentised range of 16 means whose errors are known.
const STUDENTISED_RANGE: f64 = 4.845;

/// Expected range of 2 to 16 independent standard normals.
const EXPECTED_RANGE: [f64; PARTS - 1] =
    [1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078, 3.173, 3.258, 3.336, 3.407, 3.472, 3.532];

/// What is remembered of the uncertain parameters beside the system loss.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SensitivityTally {
    parameters: Vec<ParameterTally>,
    /// By bucket of a loss other than 0, ascending; a row is made when first needed.
    rows: BTreeMap<i32, Row>,
}

/// Trials whose loss fell into one bucket.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    trials: u64,
    /// Sum of the grades of each parameter.
    grades: Vec<u64>,
}

/// One parameter in all trials.
#[derive(Debug, Clone, PartialEq, Default)]
struct ParameterTally {
    grade: Moments,
    parts: [PartTally; PARTS],
}

/// Trials in which a parameter lay in one sixteenth of its law.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct PartTally {
    trials: u64,
    loss: Moments,
}

impl Row {
    fn new(parameters: usize) -> Self {
        Row { trials: 0, grades: vec![0; parameters] }
    }
}

impl SensitivityTally {
    /// An empty state for so many parameters.
    pub(crate) fn new(parameters: usize) -> Self {
        SensitivityTally { parameters: vec![ParameterTally::default(); parameters], rows: BTreeMap::new() }
    }

    pub(crate) fn record(&mut self, outcome: &Outcome) {
        let loss = outcome.system_loss;
        for (parameter, drawn) in self.parameters.iter_mut().zip(&outcome.parameters) {
            parameter.record(whole(drawn.grade), loss);
        }
        if loss == 0 || self.parameters.is_empty() {
            return;
        }
        let parameters = self.parameters.len();
        let row = self.rows.entry(row_of(loss)).or_insert_with(|| Row::new(parameters));
        row.trials += 1;
        for (sum, drawn) in row.grades.iter_mut().zip(&outcome.parameters) {
            *sum += whole(drawn.grade).unsigned_abs();
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.parameters.iter_mut().zip(&other.parameters) {
            ours.merge(theirs);
        }
        let parameters = self.parameters.len();
        for (bucket, theirs) in &other.rows {
            let ours = self.rows.entry(*bucket).or_insert_with(|| Row::new(parameters));
            ours.trials += theirs.trials;
            ours.grades.iter_mut().zip(&theirs.grades).for_each(|(ours, theirs)| *ours += theirs);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.parameters.fill(ParameterTally::default());
        self.rows.clear();
    }

    /// The parameters over `trials` trials, in the order of the system's draws.
    pub(crate) fn summarise(&self, trials: u64) -> Vec<ParameterSummary> {
        let ranks = self.ranks(trials);
        let parameter = |(place, tally): (usize, &ParameterTally)| ParameterSummary {
            rank_correlation: self.rank_correlation(place, &ranks, trials),
            ..tally.summarise()
        };
        self.parameters.iter().enumerate().map(parameter).collect()
    }

    /// Mid-rank of each row less that of all trials, the zeros that no row holds between the losses and the gains.
    fn ranks(&self, trials: u64) -> Ranks {
        let zeros = trials - self.rows.values().map(|row| row.trials).sum::<u64>();
        let mut ranks = Ranks { of_rows: Vec::new(), of_zeros: 0.0, squares: 0.0 };
        let (mut below, mut zeros_placed) = (0, false);
        let mut place = |count: u64| {
            let rank = below as f64 + (count as f64 - trials as f64) / 2.0;
            below += count;
            ranks.squares += count as f64 * rank * rank;
            rank
        };
        for (bucket, row) in &self.rows {
            if *bucket > 0 && !zeros_placed {
                (ranks.of_zeros, zeros_placed) = (place(zeros), true);
            }
            let rank = place(row.trials);
            ranks.of_rows.push(rank);
        }
        if !zeros_placed {
            ranks.of_zeros = place(zeros);
        }
        ranks
    }

    /// Pearson's correlation of grades and mid-ranks; none where either never varies.
    fn rank_correlation(&self, place: usize, ranks: &Ranks, trials: u64) -> Option<Estimate> {
        let grade = &self.parameters[place].grade;
        let sums = || self.rows.values().map(|row| row.grades[place]);
        let zeros = grade.sum() - sums().map(i128::from).sum::<i128>();
        let of_rows = sums().zip(&ranks.of_rows).fold(0.0, |sum, (grades, rank)| sum + grades as f64 * rank);
        let product = of_rows + zeros as f64 * ranks.of_zeros;
        let squares = grade.variance(trials)? * (trials - 1) as f64 * ranks.squares;
        (squares > 0.0).then(|| correlation((product / squares.sqrt()).clamp(-1.0, 1.0), trials))
    }
}

/// Mid-ranks of the losses, centred.
struct Ranks {
    of_rows: Vec<f64>,
    of_zeros: f64,
    /// Sum of their squares over all trials.
    squares: f64,
}

/// A rank correlation with the interval of Fisher's z, whose variance is (1 + r^2/2)/(n - 3).
///
/// # References
/// Bonett and Wright (2000), Psychometrika 65(1).
fn correlation(point: f64, trials: u64) -> Estimate {
    if trials <= 3 {
        return Estimate { point, std_error: None, low: None, high: None, trials };
    }
    let error = ((1.0 + point * point / 2.0) / (trials as f64 - 3.0)).sqrt();
    let z = libm::atanh(point);
    let end = |sign: f64| libm::tanh(z + sign * NORMAL_975 * error);
    let std_error = Some((1.0 - point * point) * error);
    Estimate { point, std_error, low: Some(end(-1.0)), high: Some(end(1.0)), trials }
}

impl ParameterTally {
    fn record(&mut self, grade: Fixed, loss: Fixed) {
        self.grade.record(grade);
        let part = &mut self.parts[part(grade)];
        part.trials += 1;
        if loss != 0 {
            part.loss.record(loss);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.grade.merge(&other.grade);
        for (ours, theirs) in self.parts.iter_mut().zip(&other.parts) {
            ours.trials += theirs.trials;
            ours.loss.merge(&theirs.loss);
        }
    }

    fn summarise(&self) -> ParameterSummary {
        let mean_losses = self.parts.map(|part| part.loss.mean(part.trials, FIXED_ONE));
        let means: Vec<Mean> = mean_losses.iter().flatten().filter_map(Mean::of).collect();
        let thin = means.iter().any(|mean| Warning::of_events(mean.trials).is_some());
        ParameterSummary {
            rank_correlation: None,
            mean_losses,
            range_usd_bn: range(&means),
            range_by_chance_usd_bn: range_by_chance(&means),
            warning: thin.then_some(Warning::FewEvents),
        }
    }
}

/// Mean loss of a sixteenth, with its error.
struct Mean {
    point: f64,
    error: f64,
    trials: u64,
}

impl Mean {
    fn of(estimate: &Estimate) -> Option<Self> {
        Some(Mean { point: estimate.point, error: estimate.std_error?, trials: estimate.trials })
    }
}

/// Largest less smallest mean. As both are picked by their errors too, the interval is Tukey's, which holds for all pairs
/// at once; none for fewer than two means.
///
/// # References
/// Tukey (1953), The problem of multiple comparisons; Hayter (1984), Annals of Statistics 12(1), for unequal errors.
fn range(means: &[Mean]) -> Option<Estimate> {
    let (mut point, mut low, mut high) = (0.0_f64, 0.0_f64, 0.0_f64);
    let pairs = means.iter().flat_map(|upper| means.iter().map(move |lower| (upper, lower)));
    for (upper, lower) in pairs {
        let difference = upper.point - lower.point;
        let half = STUDENTISED_RANGE * ((upper.error * upper.error + lower.error * lower.error) / 2.0).sqrt();
        point = point.max(difference);
        low = low.max(difference - half);
        high = high.max(difference + half);
    }
    let trials = means.iter().map(|mean| mean.trials).sum();
    (means.len() >= 2).then_some(Estimate { point, std_error: None, low: Some(low), high: Some(high), trials })
}

/// The range that such errors make on average where all means are the same.
fn range_by_chance(means: &[Mean]) -> Option<f64> {
    let factor = EXPECTED_RANGE.get(means.len().checked_sub(2)?)?;
    let variance = means.iter().map(|mean| mean.error * mean.error).sum::<f64>() / means.len() as f64;
    Some(factor * variance.sqrt())
}

/// A grade in units of 2^-30, below 1 still.
fn whole(grade: f64) -> Fixed {
    (grade * FIXED_ONE) as Fixed
}

/// The sixteenth that a grade lies in, from 0.
fn part(grade: Fixed) -> usize {
    (grade >> 26).clamp(0, PARTS as Fixed - 1) as usize
}

/// An uncertain parameter and the system loss.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterSummary {
    /// Spearman's rank correlation of the parameter and the loss; none where either never varies.
    pub rank_correlation: Option<Estimate>,
    /// Mean loss where the parameter lies in each sixteenth of its law, USD bn; none where it never does.
    pub mean_losses: [Option<Estimate>; PARTS],
    /// The parameter-uncertainty range: largest less smallest of these means, USD bn. The point lies too high, by some
    /// [`ParameterSummary::range_by_chance_usd_bn`] where the parameter does nothing; the interval allows for that.
    pub range_usd_bn: Option<Estimate>,
    /// The range that sampling error alone would make on average, USD bn.
    pub range_by_chance_usd_bn: Option<f64>,
    /// Whether a sixteenth has few trials.
    pub warning: Option<Warning>,
}

#[cfg(test)]
mod tests {
    use approx::{assert_abs_diff_eq, assert_relative_eq};

    use super::*;
    use crate::model::grade::Drawn;
    use crate::random::{Purpose, Streams};

    /// The tally of trials with one parameter: pairs of its grade and the loss.
    fn tally(pairs: impl IntoIterator<Item = (f64, f64)>) -> (SensitivityTally, u64) {
        let (mut tally, mut trials) = (SensitivityTally::new(1), 0);
        for (grade, loss) in pairs {
            let mut outcome = Outcome::new(0, 0);
            outcome.system_loss = (loss * FIXED_ONE) as Fixed;
            outcome.parameters = vec![Drawn { value: 0.0, grade }];
            tally.record(&outcome);
            trials += 1;
        }
        (tally, trials)
    }

    fn summary(pairs: impl IntoIterator<Item = (f64, f64)>) -> ParameterSummary {
        let (tally, trials) = tally(pairs);
        tally.summarise(trials).remove(0)
    }

    #[test]
    fn ranks_by_hand() {
        // Ranks 1 2 3 4 beside 1 2 4 3: 1 - 6 . 2 / (4 . 15).
        let correlation = summary([(0.125, 1.0), (0.375, 2.0), (0.625, 4.0), (0.875, 3.0)]).rank_correlation.unwrap();
        assert_relative_eq!(correlation.point, 0.8, max_relative = 1e-12);
        let half = NORMAL_975 * 1.32_f64.sqrt();
        assert_relative_eq!(correlation.high.unwrap(), libm::tanh(libm::atanh(0.8) + half), max_relative = 1e-9);
        assert_relative_eq!(correlation.std_error.unwrap(), 0.36 * 1.32_f64.sqrt(), max_relative = 1e-9);
        // Losses -3 0 0 5 have the ranks 1 2.5 2.5 4: products about the means 2.25 + 2.25, squares 5 and 4.5.
        let ties = summary([(0.875, 5.0), (0.625, 0.0), (0.375, 0.0), (0.125, -3.0)]).rank_correlation.unwrap();
        assert_relative_eq!(ties.point, 4.5 / 22.5_f64.sqrt(), max_relative = 1e-12);
        let falling = summary((0..8).map(|k| (f64::from(k) / 8.0 + 0.01, f64::from(-k)))).rank_correlation.unwrap();
        assert_eq!((falling.point, falling.low, falling.high), (-1.0, Some(-1.0), Some(-1.0)));
    }

    #[test]
    fn what_never_varies_has_no_correlation() {
        assert_eq!(summary([(0.1, 2.0), (0.9, 2.0)]).rank_correlation, None);
        assert_eq!(summary([(0.1, 0.0), (0.9, 0.0)]).rank_correlation, None);
        assert_eq!(summary([(0.5, 1.0), (0.5, 2.0)]).rank_correlation, None);
        let none = summary([]);
        assert_eq!((none.rank_correlation, none.range_usd_bn, none.range_by_chance_usd_bn), (None, None, None));
    }

    fn uniforms(trials: u64, index: u32) -> impl Iterator<Item = f64> {
        (0..trials).map(move |trial| Streams::new(9).uniform(trial, Purpose::Parameters, 1, index))
    }

    /// Spearman's correlation of untied numbers.
    fn exact(first: &[f64], second: &[f64]) -> f64 {
        let ranks = |numbers: &[f64]| {
            let mut order: Vec<usize> = (0..numbers.len()).collect();
            order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
            let mut ranks = vec![0.0; numbers.len()];
            order.into_iter().enumerate().for_each(|(rank, place)| ranks[place] = rank as f64);
            ranks
        };
        let n = first.len() as f64;
        let squares: f64 = ranks(first).iter().zip(ranks(second)).map(|(a, b)| (a - b) * (a - b)).sum();
        1.0 - 6.0 * squares / (n * (n * n - 1.0))
    }

    #[test]
    fn buckets_cost_no_digit_that_matters() {
        let grades: Vec<f64> = uniforms(50_000, 1).collect();
        let losses: Vec<f64> =
            grades.iter().zip(uniforms(50_000, 2)).map(|(u, v)| 20.0 * libm::pow(u * v * v, 2.0) + 1e-3).collect();
        let found = summary(grades.iter().copied().zip(losses.iter().copied())).rank_correlation.unwrap().point;
        // An eighth of the standard error.
        assert_abs_diff_eq!(found, exact(&grades, &losses), epsilon = 5e-4);
    }

    #[test]
    fn sixteenths_by_hand() {
        // Two trials in the first sixteenth, three in the last: means 2 and 8, errors 1 and 1.
        let pairs = [(0.01, 1.0), (0.06, 3.0), (0.94, 6.0), (0.98, 9.0), (0.999, 9.0)];
        let summary = summary(pairs);
        let means = summary.mean_losses;
        assert_eq!(
            means.map(|mean| mean.map_or(0, |mean| mean.trials)),
            [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]
        );
        assert_eq!((means[0].unwrap().point, means[15].unwrap().point), (2.0, 8.0));
        let range = summary.range_usd_bn.unwrap();
        assert_eq!((range.point, range.std_error, range.trials), (6.0, None, 5));
        assert_relative_eq!(range.low.unwrap(), 6.0 - STUDENTISED_RANGE, max_relative = 1e-9);
        assert_relative_eq!(range.high.unwrap(), 6.0 + STUDENTISED_RANGE, max_relative = 1e-9);
        assert_relative_eq!(summary.range_by_chance_usd_bn.unwrap(), 1.128, max_relative = 1e-9);
        assert_eq!(summary.warning, Some(Warning::FewEvents));
    }

    #[test]
    fn a_parameter_that_does_nothing_has_the_range_of_chance() {
        // 400 runs of 4,000 trials whose losses do not depend on the parameter.
        let ranges: Vec<(Estimate, f64)> = (0..400)
            .map(|run| summary(uniforms(4_000, 2 * run).zip(uniforms(4_000, 2 * run + 1))))
            .map(|summary| (summary.range_usd_bn.unwrap(), summary.range_by_chance_usd_bn.unwrap()))
            .collect();
        // The range of 16 normals has a standard deviation of 0.750: 4 standard errors of the mean of 400 are 0.15 of 3.532.
        let mean = ranges.iter().map(|(range, chance)| range.point / chance).sum::<f64>() / 400.0;
        assert_abs_diff_eq!(mean, 1.0, epsilon = 0.15 / 3.532);
        // The interval reaches 0 in 95 % of runs: below 91.5 % with probability 1e-3.
        let covered = ranges.iter().filter(|(range, _)| range.low == Some(0.0)).count();
        assert!((366..400).contains(&covered), "{covered}");
    }
}
