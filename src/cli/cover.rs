//! What the first sheet of a workbook says.

use crate::cli::finished::Finished;
use crate::output::manifest::RunRecord;
use crate::output::workbook::Cover;

impl Finished<'_> {
    /// The scenario, the answer, and a command that makes the trials that were done, also where more were asked for.
    pub(super) fn cover(&self, sets: &[String]) -> Cover {
        let (scenario, sources) = (self.scenario, &self.run.sources);
        let file = sources.first().map_or(scenario.name.as_str(), |source| source.file.as_str());
        let RunRecord { seed, trials_done, .. } = self.run.trials;
        let mut command = format!("knockon run {} --seed {seed} --trials {trials_done} --xlsx", quoted(file));
        sets.iter().for_each(|set| command += &format!(" --set {}", quoted(set)));
        let (question, story) = (scenario.question.clone(), scenario.story.clone());
        Cover { question, story, answer: self.report().answer(), command }
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./=,:+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_would_read_more_in_them() {
        for (word, expected) in [
            ("obligor.openai.cash=10", "obligor.openai.cash=10"),
            ("run.levels=[0.95, 0.99]", "'run.levels=[0.95, 0.99]'"),
            ("a'b", r"'a'\''b'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
