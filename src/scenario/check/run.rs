//! Settings of a run, and what the model does not simulate yet.

use crate::scenario::check::Checker;
use crate::scenario::error::Code;
use crate::scenario::file::list::Event;

impl Checker<'_> {
    pub(super) fn run(&mut self) {
        let run = &self.file.run.keys;
        if let Some(levels) = &run.levels {
            if levels.is_empty() {
                self.push(&levels.span, Code::Inconsistent, "expected at least one level");
            }
            for pair in levels.windows(2) {
                if pair[1].value <= pair[0].value {
                    let message = format!("level {} does not ascend", pair[1].value);
                    self.push(&pair[1].span, Code::Inconsistent, message);
                }
            }
        }
        if let Some(event) = &run.event
            && let Event::Failures(least) = event.value
            && (least < 1.0 || least.trunc() != least)
        {
            let message = format!("`N>={least}` is no number of failures: expected a whole number of at least 1");
            self.push(&event.span, Code::Inconsistent, message);
        }
        if let Some(pairs) = &self.file.uncertainty.rank_corr {
            self.not_simulated(&pairs.span, "`[uncertainty] rank_corr`");
        }
    }

    fn not_simulated(&mut self, span: &std::ops::Range<usize>, what: &str) {
        let message = format!("{what} is not simulated yet");
        self.push(span, Code::NotSimulated, message);
    }
}
