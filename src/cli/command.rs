//! Commands that a reader can copy from what is told.

use std::path::Path;

use crate::cli::args::RunArguments;

/// What tells a trial of this run of a scenario, but for its number.
pub(super) fn trace(scenario: &Path, arguments: &RunArguments) -> String {
    let mut words = vec!["knockon trace".to_owned(), quoted(&scenario.display().to_string())];
    words.extend(arguments.seed.map(|seed| format!("--seed {seed}")));
    words.extend(arguments.sets.iter().map(|set| format!("--set {}", quoted(set))));
    words.join(" ")
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
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
