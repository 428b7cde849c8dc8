//! Settings of a run, switches, and what the model does not simulate yet.

use crate::scenario::check::Checker;
use crate::scenario::error::Code;
use crate::scenario::file::value::Located;
use crate::scenario::preset;

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
            && event.value != preset::run::EVENT
        {
            self.not_simulated(&event.span, "`[run] event` other than \"N>=1\"");
        }
        self.switches();
        if let Some(pairs) = &self.file.uncertainty.rank_corr {
            self.not_simulated(&pairs.span, "`[uncertainty] rank_corr`");
        }
    }

    fn switches(&mut self) {
        let channels = &self.file.channels.keys;
        let later = [
            (&channels.loan_marks, "`[channels] loan_marks = true`"),
            (&channels.credit_fire_sale, "`[channels] credit_fire_sale = true`"),
            (&channels.funding, "`[channels] funding = true`"),
        ];
        for (switch, what) in later {
            self.not_simulated_if(switch.as_ref(), what);
        }
    }

    fn not_simulated_if(&mut self, switch: Option<&Located<bool>>, what: &str) {
        if let Some(switch) = switch.filter(|switch| switch.value) {
            self.not_simulated(&switch.span, what);
        }
    }

    pub(super) fn not_simulated(&mut self, span: &std::ops::Range<usize>, what: &str) {
        let message = format!("{what} is not simulated yet");
        self.push(span, Code::NotSimulated, message);
    }
}
