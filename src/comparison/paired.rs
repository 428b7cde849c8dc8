//! Differences of runs that share every draw: the delete-a-group jackknife.

use crate::comparison::difference::{Difference, Verdict, independent_error};
use crate::statistics::{Estimate, GROUPS, Metric, NORMAL_975, Warning};

/// Quantile of 97.5 % of Student's t with `GROUPS - 1` degrees of freedom.
const STUDENT_975: f64 = 1.998_340_542_520_741_6;

/// Groups that must make a difference before it is told apart: up to five may all lean one way by chance (sign test, 6 %).
const FEWEST_GROUPS: usize = 6;

/// A group makes a difference if it contributes more than this share of what the largest does.
const NEGLIGIBLE: f64 = 1e-3;

/// What the column `warning` says of a measure without a paired error.
pub const NOT_PAIRED: &str = "not paired";

/// The headline measures of one of several runs on the same draws.
#[derive(Debug, Clone, Copy)]
pub struct RunMeasures<'a> {
    /// Over all trials.
    pub metrics: &'a [Metric],
    /// With each group of trials left out ([`crate::statistics::replicates`]).
    pub replicates: &'a [Vec<Metric>],
}

/// Every headline measure of a run less that of the first, both on the same seed and the same trials.
///
/// With d the difference over all trials and d_(g) that without group g of G, the standard error is
/// `sqrt((G-1)/G sum (d_(g) - mean)^2)` and the interval that of Student's t with G - 1 degrees of freedom. Measures come in
/// the order of the first run, then those that it lacks. (methods.md, eq. 11.33, 11.34)
///
/// # References
/// Shao and Tu (1995), The Jackknife and Bootstrap, section 2.3; Kott (2001), Journal of Official Statistics 17(4).
#[must_use]
pub fn paired(run: RunMeasures<'_>, first: RunMeasures<'_>) -> Vec<Difference> {
    let extra = run.metrics.iter().filter(|metric| named(first.metrics, &metric.name).is_none());
    let extra = extra.map(|own| Difference::one_sided(&own.name, own.unit, [own.estimate, None], Verdict::Extra));
    let common = first.metrics.iter().map(|other| match named(run.metrics, &other.name) {
        Some(own) => difference((run, own), (first, other)),
        None => Difference::one_sided(&other.name, other.unit, [None, other.estimate], Verdict::Missing),
    });
    common.chain(extra).collect()
}

fn named<'a>(metrics: &'a [Metric], name: &str) -> Option<&'a Metric> {
    metrics.iter().find(|metric| metric.name == name)
}

type Side<'a> = (RunMeasures<'a>, &'a Metric);

fn difference((run, own): Side<'_>, (first, other): Side<'_>) -> Difference {
    let sides = [own.estimate, other.estimate];
    let one_sided = |verdict| Difference::one_sided(&own.name, own.unit, sides, verdict);
    let (ours, theirs) = match sides {
        [Some(ours), Some(theirs)] => (ours, theirs),
        [None, None] => return one_sided(Verdict::Same),
        _ => return one_sided(Verdict::Undefined),
    };
    let point = ours.point - theirs.point;
    let unpaired = independent_error(&ours, &theirs);
    let left_out = replicates(run, first, &own.name);
    let std_error = left_out.as_deref().map(jackknife);
    let reach = std_error.map(|error| STUDENT_975 * error);
    let warning = own.warning.or(other.warning);
    let thin = warning.is_some_and(Warning::is_thin);
    Difference {
        difference: Some(Estimate {
            point,
            std_error,
            low: reach.map(|reach| point - reach),
            high: reach.map(|reach| point + reach),
            trials: ours.trials,
        }),
        unpaired_std_error: unpaired,
        statistic: std_error.filter(|error| *error > 0.0).map(|error| point / error),
        verdict: verdict((run, point), ours == theirs, left_out.as_deref(), unpaired).unless(thin),
        warning: said(warning.map(Warning::name), left_out.is_some()),
        ..one_sided(Verdict::NotToldApart)
    }
}

/// What the column `warning` says of a measure.
fn said(warning: Option<&str>, paired: bool) -> Option<String> {
    let words: Vec<&str> = warning.into_iter().chain((!paired).then_some(NOT_PAIRED)).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn verdict(
    (run, point): (RunMeasures<'_>, f64),
    equal: bool,
    left_out: Option<&[f64]>,
    unpaired: Option<f64>,
) -> Verdict {
    let Some(left_out) = left_out else {
        // Common draws make it smaller as a rule: what is told apart so is told apart.
        return if equal { Verdict::Same } else { Verdict::of(point, unpaired.map(|error| NORMAL_975 * error)) };
    };
    if equal && left_out.iter().all(|difference| *difference == 0.0) {
        return Verdict::Same;
    }
    let std_error = jackknife(left_out);
    if contributing(left_out, point, trials(run)) < FEWEST_GROUPS {
        return Verdict::NotToldApart;
    }
    Verdict::of(point, Some(STUDENT_975 * std_error))
}

/// Run less first run with each group left out; none unless both are defined without any group.
fn replicates(run: RunMeasures<'_>, first: RunMeasures<'_>, name: &str) -> Option<Vec<f64>> {
    if run.replicates.len() != GROUPS || first.replicates.len() != GROUPS {
        return None;
    }
    let point = |metrics: &[Metric]| Some(named(metrics, name)?.estimate?.point);
    let pairs = run.replicates.iter().zip(first.replicates);
    pairs.map(|(ours, theirs)| Some(point(ours)? - point(theirs)?)).collect()
}

/// Standard error of a difference from its values without each group.
fn jackknife(left_out: &[f64]) -> f64 {
    let groups = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / groups;
    let squares: f64 = left_out.iter().map(|value| (value - mean) * (value - mean)).sum();
    ((groups - 1.0) / groups * squares).sqrt()
}

/// Trials of a run: those of the measure that rests on most.
fn trials(run: RunMeasures<'_>) -> u64 {
    run.metrics.iter().filter_map(|metric| Some(metric.estimate?.trials)).max().unwrap_or(0)
}

/// Groups that make the difference what it is, by what each adds: `(n d - (n - n_g) d_(g)) / n_g` with n_g its trials, which
/// is 0 for a mean that does not differ in the group.
fn contributing(left_out: &[f64], point: f64, trials: u64) -> usize {
    let groups = left_out.len() as u64;
    let part = |(group, value): (u64, &f64)| {
        let own = trials / groups + u64::from(group < trials % groups);
        ((trials as f64 * point - (trials - own) as f64 * value) / own as f64).abs()
    };
    let parts: Vec<f64> = (0..groups).zip(left_out).map(part).collect();
    let largest = parts.iter().copied().fold(0.0, f64::max);
    parts.iter().filter(|part| **part > NEGLIGIBLE * largest).count()
}
