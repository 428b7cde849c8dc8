//! What the first sheet of a workbook says.

use crate::cli::args::{RunArguments, SequentialArguments};
use crate::cli::command::quoted;
use crate::cli::finished::Finished;
use crate::output::manifest::RunRecord;
use crate::output::workbook::Cover;
use crate::scenario::Scenario;

impl Finished<'_> {
    /// The scenario, the answer, and a command that makes the run again.
    pub(super) fn cover(&self, arguments: &RunArguments) -> Cover {
        let Scenario { question, story, .. } = self.scenario;
        let (question, story) = (question.clone(), story.clone());
        Cover { question, story, answer: self.report().answer(), command: self.again(arguments) }
    }

    /// What makes the same trials, also where more were asked for, and the same tables of them.
    fn again(&self, arguments: &RunArguments) -> String {
        let file = self.run.sources.first().map_or(self.scenario.name.as_str(), |source| source.file.as_str());
        let RunRecord { seed, trials_done, partial, .. } = self.run.trials;
        let SequentialArguments { precision, measures, max_trials } = &arguments.sequential;
        let mut words = vec!["knockon".to_owned(), "run".to_owned(), quoted(file), format!("--seed {seed} --xlsx")];
        if let Some(precision) = precision.filter(|_| !partial) {
            words.push(format!("--precision {precision}"));
            words.extend(measures.iter().map(|measure| format!("--measure {measure}")));
            words.extend(max_trials.map(|most| format!("--max-trials {most}")));
        } else {
            words.push(format!("--trials {trials_done}"));
        }
        words.extend(arguments.forced_failures.then(|| "--forced-failures".to_owned()));
        words.extend(arguments.sets.iter().map(|set| format!("--set {}", quoted(set))));
        words.join(" ")
    }
}
