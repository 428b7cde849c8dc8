//! How far a run is: a bar on a terminal, a line at every tenth elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::terminal::tell;
use crate::cli::wording::counted;
use crate::engine::Progress;

/// What the user sees of a run on stderr.
#[derive(Debug)]
pub(crate) enum Display {
    /// Nothing.
    Quiet,
    /// A bar, redrawn in place.
    Bar(ProgressBar),
    /// A line at the start and at every tenth.
    Lines {
        /// Trials asked for.
        trials: u64,
        /// Trials done.
        done: AtomicU64,
    },
}

impl Display {
    /// The display for a run of so many trials.
    pub(crate) fn new(trials: u64, quiet: bool) -> Self {
        let template = "{wide_bar} {human_pos}/{human_len} trials, {eta} left";
        Display::with(trials, quiet, &format!("running {}", counted(trials, "trial", "trials")), template)
    }

    /// The display for a run of at most so many trials, which ends when it is precise enough.
    pub(crate) fn sequential(most: u64, quiet: bool) -> Self {
        let first = format!("running until precise enough, at most {}", counted(most, "trial", "trials"));
        Display::with(most, quiet, &first, "{wide_bar} {human_pos} of at most {human_len} trials; {msg}")
    }

    /// Tells of a look at a run that goes on.
    pub(crate) fn looked(&self, found: String) {
        match self {
            Display::Quiet => {}
            Display::Bar(bar) => bar.set_message(found),
            Display::Lines { .. } => tell(&found),
        }
    }

    fn with(trials: u64, quiet: bool, first: &str, template: &str) -> Self {
        if quiet {
            return Display::Quiet;
        }
        if !std::io::stderr().is_terminal() {
            tell(first);
            return Display::Lines { trials, done: AtomicU64::new(0) };
        }
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        Display::Bar(ProgressBar::new(trials).with_style(style))
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Display::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Display {
    fn advance(&self, trials: u64) {
        match self {
            Display::Quiet => {}
            Display::Bar(bar) => bar.inc(trials),
            Display::Lines { trials: asked, done } => {
                let before = done.fetch_add(trials, Ordering::Relaxed);
                if let Some(tenth) = new_tenth(before, before + trials, *asked) {
                    tell(&format!("{} % of {}", 10 * tenth, counted(*asked, "trial", "trials")));
                }
            }
        }
    }
}

/// The tenth of `asked` that `after` has reached and `before` had not.
fn new_tenth(before: u64, after: u64, asked: u64) -> Option<u64> {
    let tenth = |done: u64| (10 * u128::from(done) / u128::from(asked.max(1))) as u64;
    (tenth(after) > tenth(before)).then(|| tenth(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_is_told_once() {
        let told: Vec<u64> =
            (0..20).filter_map(|block| new_tenth(block * 1_024, (block + 1) * 1_024, 20_480)).collect();
        assert_eq!(told, (1..=10).collect::<Vec<_>>());
        assert_eq!(new_tenth(0, 5, 5), Some(10), "a short run tells its end only");
        assert_eq!(new_tenth(0, 1, 1_000), None);
    }
}
