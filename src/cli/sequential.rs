//! Precision on demand: the rule that ends a run, and what is said of it.

use crate::cli::CliError;
use crate::cli::args::SequentialArguments;
use crate::cli::run::questions;
use crate::cli::watch::Watch;
use crate::cli::wording::{grouped, percent};
use crate::engine::{EngineError, FIRST_LOOK, Model, Runner};
use crate::output::manifest::{MeasureRecord, RunRecord, SequentialRecord};
use crate::scenario::Scenario;
use crate::scenario::error::nearest;
use crate::statistics::{Precision, Reached, Settings, Summary, metric_names, needs_twin, summarise};

/// Measure whose precision is meant where none is named.
const PRESET_MEASURE: &str = "system_loss_mean";

/// The rule that the arguments ask for; none where the number of trials is fixed.
pub(crate) fn rule(arguments: &SequentialArguments, scenarios: &[Scenario]) -> Result<Option<Precision>, CliError> {
    let Some(target) = arguments.precision else { return Ok(None) };
    let [scenario] = scenarios else { return Err(CliError::OneScenario { option: "--precision" }) };
    let known = metric_names(&scenario.system, &questions(scenario));
    let mut measures: Vec<String> = Vec::new();
    for measure in &arguments.measures {
        if !known.contains(measure) {
            let hint = nearest(measure, known.iter().map(String::as_str));
            let hint = hint.unwrap_or_else(|| "they stand in the first column of summary.csv".to_owned());
            return Err(CliError::Measure { measure: measure.clone(), hint });
        }
        if needs_twin(measure) && !scenario.run.twin {
            let hint = "it compares with the twin, which `[run] twin = false` leaves out".to_owned();
            return Err(CliError::Measure { measure: measure.clone(), hint });
        }
        if !measures.contains(measure) {
            measures.push(measure.clone());
        }
    }
    if measures.is_empty() {
        measures.push(PRESET_MEASURE.to_owned());
    }
    Ok(Some(Precision { target, measures }))
}

/// Runs on until the rule is met, or until `most` trials.
pub(crate) fn extend(
    runner: &mut Runner<'_, Model<'_>>,
    most: u64,
    watch: &Watch,
    (rule, questions): (&Precision, &Settings),
) -> Result<(), EngineError> {
    runner.extend_until(most, &watch.display, &watch.stop, |accumulators| {
        let summary = summarise(accumulators, questions);
        watch.display.looked(look(rule, &summary));
        rule.is_met(&summary)
    })
}

/// What the manifest says of the rule.
pub(crate) fn record(rule: &Precision, summary: &Summary) -> SequentialRecord {
    let measure = |reached: Reached| MeasureRecord {
        metric: reached.measure,
        relative_half_width: reached.relative_half_width,
        met: reached.met,
    };
    SequentialRecord {
        precision: rule.target,
        first_check: FIRST_LOOK,
        met: rule.is_met(summary),
        measures: rule.reached(summary).into_iter().map(measure).collect(),
    }
}

/// What the report says of the rule, and standard error where it was not met.
pub(crate) fn verdict(rule: &SequentialRecord, trials: &RunRecord) -> String {
    let target = percent(rule.precision);
    let reached = rule.measures.iter().map(width).collect::<Vec<_>>().join(", ");
    if rule.met {
        return format!(
            "The run ended when its 95 % intervals were within ± {target} ({reached}): a sequential rule, which makes them \
             slightly optimistic."
        );
    }
    let end = if trials.partial { "before the run was interrupted" } else { "within --max-trials" };
    format!("The precision of ± {target} was NOT met {end}: {reached} after {} trials.", grouped(trials.trials_done))
}

/// What is told of a look at a run that goes on.
fn look(rule: &Precision, summary: &Summary) -> String {
    let width = |reached: Reached| said(&reached.measure, reached.relative_half_width);
    let reached: Vec<_> = rule.reached(summary).into_iter().map(width).collect();
    format!("{} trials: {}", grouped(summary.trials), reached.join(", "))
}

fn width(measure: &MeasureRecord) -> String {
    said(&measure.metric, measure.relative_half_width)
}

fn said(measure: &str, width: Option<f64>) -> String {
    width.map_or_else(|| format!("{measure} undefined"), |width| format!("{measure} ± {}", percent(width)))
}
