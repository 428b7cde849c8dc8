//! The dead are silent: nothing is booked on them or by them after the quarter in which they went. (methods.md, 12.10)

use knockon::model::driver::Draws;
use knockon::model::ledger::Origin;
use knockon::model::observer::{Observer, Step, View};
use knockon::model::outcome::Channel;
use knockon::model::trial::{Workspace, run_observed};
use knockon::random::Streams;

use crate::support::world;

/// Facilities of borrowers that defaulted in an earlier quarter.
#[derive(Default)]
struct Graves {
    lived: Vec<bool>,
    quiet: u64,
}

impl Observer for Graves {
    fn after(&mut self, step: Step, view: View<'_>) {
        if step != Step::Failures {
            return;
        }
        let state = view.state;
        for (f, own) in state.facilities.iter().enumerate() {
            if !state.obligors[view.system.facilities[f].borrower].alive {
                let flows = own.interest + own.amortisation + own.sweep + own.cure + own.offer + own.gap + own.draw;
                let died = self.lived.get(view.system.facilities[f].borrower).is_none_or(|lived| *lived);
                assert!(died || flows == 0.0, "quarter {}: {own:?}", state.quarter);
                self.quiet += u64::from(!died);
            }
        }
        self.lived = state.obligors.iter().map(|own| own.alive).collect();
    }
}

#[test]
fn nothing_is_booked_on_the_dead() {
    let (mut graves, mut postings) = (Graves::default(), 0);
    for seed in 0..2_000 {
        let system = world::random(seed);
        let mut workspace = Workspace::new(&system).expect("claims form a network");
        workspace.keep_journal();
        graves.lived.clear();
        let draws = Draws { streams: Streams::new(seed), trial: 0 };
        run_observed(&system, draws, &mut workspace, &mut graves).expect("the trial runs");
        let outcome = workspace.outcome();
        let failed = |j: usize| outcome.failures[j].map_or(usize::MAX, |failure| failure.quarter);
        let defaulted = |i: usize| outcome.defaults[i].map_or(usize::MAX, |default| default.quarter);
        for posting in workspace.state().ledger.journal() {
            let quarter = posting.quarter as usize;
            assert!(quarter <= failed(posting.lender), "world {seed}: {posting:?} after its failure");
            match posting.origin {
                Origin::Obligor(i) => assert!(quarter <= defaulted(i), "world {seed}: {posting:?} after the default"),
                // What a failed fund leaves arrives a quarter later.
                Origin::Lender(k) => {
                    let last = failed(k).saturating_add(usize::from(posting.channel == Channel::FundStake));
                    assert!(quarter <= last, "world {seed}: {posting:?} after the failure");
                }
                Origin::None => {}
            }
            postings += 1;
        }
    }
    assert!(graves.quiet > 10_000 && postings > 20_000, "{} quiet quarters, {postings} postings", graves.quiet);
}
