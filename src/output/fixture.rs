//! A small world and what happened in it, for tests of tables and reports.

use crate::model::fixture::{draw, facility, jump, obligor, system};
use crate::model::outcome::{
    Channel, DefaultCause, FIXED_ONE, FacilityEvents, FailureCause, LenderFailure, ObligorDefault, Outcome,
};
use crate::model::parameter::Law;
use crate::model::system::{Accounting, ExternalPriority, Lender, LenderType, OpeningBalance, OwnLiquidity, System};
use crate::statistics::{Accumulators, Settings, Summary, summarise};

/// Two lenders and two obligors, whose order in the scenario is not that of their names.
pub(crate) fn world() -> System {
    let mut world = system(&["us"]);
    world.lenders = vec![lender("alpha", 1, LenderType::CreditFund), lender("zeta", 0, LenderType::Bank)];
    world.obligors = vec![obligor("first"), obligor("second")];
    world.obligors[0].place = 1;
    world.facilities = vec![facility(1, 10.0, vec![(1, 1.0)])];
    world.jumps = ["first", "second"].map(jump).into();
    world.jumps[0].place = 1;
    world.draws = ["first", "second"].map(|path| draw(path, Law::Uniform(1.0, 3.0))).into();
    world.draws[0].order = 7;
    world
}

/// What `outcomes` say, without twins, at levels 0.95 and 0.999, with two failures making a cascade.
pub(crate) fn summary(outcomes: &[Outcome]) -> Summary {
    let alone = outcomes.iter().map(|outcome| (outcome.clone(), None));
    summarise(&accumulators(alone), &questions())
}

/// What `pairs` of a trial and its twin say, at the same levels.
pub(crate) fn paired_summary(pairs: &[(Outcome, Outcome)]) -> Summary {
    let pairs = pairs.iter().map(|(full, twin)| (full.clone(), Some(twin.clone())));
    summarise(&accumulators(pairs), &questions())
}

/// What trials say, each beside those in which alpha and zeta are forced to fail.
pub(crate) fn forced_summary(trials: &[(Outcome, [Outcome; 2])]) -> Summary {
    let mut accumulators = accumulators(trials.iter().map(|(base, _)| (base.clone(), None)));
    for (trial, (base, forced)) in trials.iter().enumerate() {
        for (lender, forced) in forced.iter().enumerate() {
            accumulators.record_forced(trial as u64, lender, base, forced).expect("the numbers are small");
        }
    }
    summarise(&accumulators, &questions())
}

fn accumulators(trials: impl Iterator<Item = (Outcome, Option<Outcome>)>) -> Accumulators {
    let mut accumulators = Accumulators::for_system(&world());
    for (trial, (full, twin)) in trials.enumerate() {
        accumulators.record(trial as u64, &full, twin.as_ref()).expect("the numbers are small");
    }
    accumulators
}

/// The questions [`summary`] asks.
pub(crate) fn questions() -> Settings {
    Settings { levels: vec![0.95, 0.999], cascade_min: 2 }
}

/// A trial in which nothing happens but a loss of zeta.
pub(crate) fn calm(loss_usd_bn: f64) -> Outcome {
    let mut outcome = Outcome::for_system(&world());
    outcome.losses[(1, 0)] = (loss_usd_bn * FIXED_ONE) as i64;
    outcome.system_loss = outcome.losses[(1, 0)];
    outcome.losses_by_obligor[2] = outcome.system_loss;
    outcome.counted[1] = outcome.losses[(1, 0)];
    outcome
}

/// A trial in which `second` defaults in quarter 3 on 10 USD bn, half of it lost, and zeta fails of it.
pub(crate) fn failure() -> Outcome {
    let mut outcome = calm(5.0);
    let (exposure, loss) = ((10.0 * FIXED_ONE) as i64, (5.0 * FIXED_ONE) as i64);
    outcome.losses_by_obligor.swap(1, 2);
    outcome.defaults[1] = Some(ObligorDefault { quarter: 3, cause: DefaultCause::Maturity, exposure, loss });
    outcome.facilities[0] = FacilityEvents { exposure, loss, breached: false };
    outcome.failures[1] = Some(LenderFailure { quarter: 3, round: 0, cause: FailureCause::Channel(Channel::Credit) });
    outcome
}

/// As [`failure`], and zeta brings alpha down.
pub(crate) fn cascade() -> Outcome {
    let mut outcome = failure();
    outcome.failures[0] =
        Some(LenderFailure { quarter: 3, round: 1, cause: FailureCause::Channel(Channel::Counterparty) });
    outcome
}

fn lender(name: &str, place: usize, kind: LenderType) -> Lender {
    Lender {
        name: name.into(),
        place,
        kind,
        cash: 0.0,
        other_assets: 0.0,
        opening: OpeningBalance::Equity(0.0),
        accounting: Accounting::Accrual,
        external_priority: ExternalPriority::Senior,
        rwa_other: 0.0,
        risk_weight: 1.0,
        required_capital: 0.0,
        fail_ratio: 0.045,
        min_ratio: 0.07,
        max_leverage: 1.5,
        target_leverage: 1.1,
        new_lending: 0.0,
        income_q: 0.0,
        sales_margin: 0.0,
        gate: 1.0,
        liquidity: OwnLiquidity::default(),
        other_book: None,
    }
}
