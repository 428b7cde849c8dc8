//! What the table of trials tells of a trial, column by column.

use ndarray::ArrayView1;

use crate::engine::Outcomes;
use crate::model::outcome::{FIXED_ONE, Fixed, LenderFailure, Outcome};
use crate::model::system::{CREDIT, DEMAND, EQUITY, System};
use crate::output::scenario_order;

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Number of the trial.
    Trial,
    /// Loss of the system.
    SystemLoss,
    /// That of the twin.
    TwinLoss,
    /// The former less the latter.
    ContagionLoss,
    /// Lenders that fail.
    Failures,
    /// Lenders that fail in the twin.
    FundamentalFailures,
    /// Lenders that fail in the trial and not in its twin.
    ContagionFailures,
    /// Quarter of the first failure.
    FirstFailureQuarter,
    /// Lender that fails first.
    FirstFailure,
    /// Obligors that default.
    Defaults,
    /// Mean of a factor over the quarters.
    FactorMean(usize),
    /// Its lowest value.
    FactorMinimum(usize),
    /// An uncertain parameter as drawn.
    Parameter(usize),
}

/// A column's header and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Header.
    pub(super) header: String,
    /// What its cells are.
    pub(super) kind: Kind,
}

/// What a column holds; any cell may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers.
    Count,
    /// Numbers.
    Number,
    /// Names of lenders.
    Lender,
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// A whole number.
    Count(u64),
    /// A number.
    Number(f64),
    /// Index of a lender.
    Lender(usize),
    /// Undefined.
    Empty,
}

impl Quantity {
    /// The columns of the trials of `system`, in the order of the file.
    pub(super) fn all(system: &System) -> Vec<Self> {
        let factors = (0..system.drivers.names.len()).map(Quantity::FactorMean);
        let parameters = scenario_order(system.draws.iter().map(|draw| draw.order)).into_iter();
        let drivers = factors.chain([DEMAND, CREDIT, EQUITY].map(Quantity::FactorMinimum));
        Self::OF_LOSSES.into_iter().chain(drivers).chain(parameters.map(Quantity::Parameter)).collect()
    }

    /// Those that every system has.
    const OF_LOSSES: [Quantity; 10] = [
        Quantity::Trial,
        Quantity::SystemLoss,
        Quantity::TwinLoss,
        Quantity::ContagionLoss,
        Quantity::Failures,
        Quantity::FundamentalFailures,
        Quantity::ContagionFailures,
        Quantity::FirstFailureQuarter,
        Quantity::FirstFailure,
        Quantity::Defaults,
    ];

    /// Its column.
    pub(super) fn column(self, system: &System) -> Column {
        Column { header: self.header(system), kind: self.kind() }
    }

    fn header(self, system: &System) -> String {
        let header = match self {
            Quantity::FactorMean(factor) => return format!("factor_{}_mean", system.drivers.names[factor]),
            Quantity::FactorMinimum(factor) => return format!("factor_{}_min", system.drivers.names[factor]),
            Quantity::Parameter(draw) => &system.draws[draw].path,
            Quantity::Trial => "trial",
            Quantity::SystemLoss => "system_loss_usd_bn",
            Quantity::TwinLoss => "twin_loss_usd_bn",
            Quantity::ContagionLoss => "contagion_loss_usd_bn",
            Quantity::Failures => "failures",
            Quantity::FundamentalFailures => "fundamental_failures",
            Quantity::ContagionFailures => "contagion_failures",
            Quantity::FirstFailureQuarter => "first_failure_quarter",
            Quantity::FirstFailure => "first_failure",
            Quantity::Defaults => "defaults",
        };
        header.to_owned()
    }

    fn kind(self) -> Kind {
        match self {
            Quantity::SystemLoss | Quantity::TwinLoss | Quantity::ContagionLoss => Kind::Number,
            Quantity::FactorMean(_) | Quantity::FactorMinimum(_) | Quantity::Parameter(_) => Kind::Number,
            Quantity::FirstFailure => Kind::Lender,
            _ => Kind::Count,
        }
    }

    /// Its value in a trial.
    pub(super) fn value(self, system: &System, trial: u64, outcomes: Outcomes<'_>) -> Value {
        let (full, twin) = (outcomes.full, outcomes.twin);
        match self {
            Quantity::Trial => Value::Count(trial),
            Quantity::SystemLoss => amount(full.system_loss),
            Quantity::TwinLoss => twin.map_or(Value::Empty, |twin| amount(twin.system_loss)),
            Quantity::ContagionLoss => twin.map_or(Value::Empty, |twin| amount(full.system_loss - twin.system_loss)),
            Quantity::Failures => count(full.failed()),
            Quantity::FundamentalFailures => twin.map_or(Value::Empty, |twin| count(twin.failed())),
            Quantity::ContagionFailures => twin.map_or(Value::Empty, |twin| count(by_contagion(full, twin))),
            Quantity::FirstFailureQuarter => first(system, full).map_or(Value::Empty, |(_, own)| count(own.quarter)),
            Quantity::FirstFailure => first(system, full).map_or(Value::Empty, |(lender, _)| Value::Lender(lender)),
            Quantity::Defaults => count(full.defaults.iter().flatten().count()),
            Quantity::FactorMean(factor) => mean(full.factors.row(factor)),
            Quantity::FactorMinimum(factor) => minimum(full.factors.row(factor)),
            Quantity::Parameter(draw) => Value::Number(full.parameters[draw].value),
        }
    }
}

fn amount(amount: Fixed) -> Value {
    Value::Number(amount as f64 / FIXED_ONE)
}

fn count(count: usize) -> Value {
    Value::Count(count as u64)
}

fn mean(path: ArrayView1<'_, f64>) -> Value {
    path.mean().map_or(Value::Empty, Value::Number)
}

fn minimum(path: ArrayView1<'_, f64>) -> Value {
    path.iter().copied().min_by(f64::total_cmp).map_or(Value::Empty, Value::Number)
}

fn by_contagion(full: &Outcome, twin: &Outcome) -> usize {
    full.failures.iter().zip(&twin.failures).filter(|(full, twin)| full.is_some() && twin.is_none()).count()
}

/// The first failure: of the earliest quarter, then of the earliest round, then of the scenario's first lender.
fn first(system: &System, outcome: &Outcome) -> Option<(usize, LenderFailure)> {
    let failures = outcome.failures.iter().enumerate().filter_map(|(lender, failure)| Some((lender, (*failure)?)));
    failures.min_by_key(|(lender, own)| (own.quarter, own.round, system.lenders[*lender].place))
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;
    use crate::model::fixture::draw;
    use crate::model::parameter::Law;
    use crate::output::fixture::{calm, cascade, failure, world};

    fn values(full: &Outcome, twin: Option<&Outcome>) -> Vec<Value> {
        let world = world();
        let outcomes = Outcomes { full, twin };
        Quantity::OF_LOSSES.into_iter().map(|quantity| quantity.value(&world, 7, outcomes)).collect()
    }

    #[test]
    fn a_trial_by_hand() {
        use Value::{Count, Empty, Lender, Number};
        // zeta, number 1, fails of its own loss in quarter 3, and brings alpha down in round 1.
        let expected = [
            Count(7),
            Number(5.0),
            Number(5.0),
            Number(0.0),
            Count(2),
            Count(1),
            Count(1),
            Count(3),
            Lender(1),
            Count(1),
        ];
        assert_eq!(values(&cascade(), Some(&failure())), expected);
        let expected = [Count(7), Number(-2.0), Number(1.0), Number(-3.0)];
        assert_eq!(values(&calm(-2.0), Some(&calm(1.0)))[..4], expected);
        let expected = [Count(7), Number(1.5), Empty, Empty, Count(0), Empty, Empty, Empty, Empty, Count(0)];
        assert_eq!(values(&calm(1.5), None), expected);
    }

    #[test]
    fn factors_and_parameters_by_hand() {
        let mut world = world();
        world.quarters = 4;
        world.draws = vec![draw("b", Law::Uniform(0.0, 9.0)), draw("a", Law::Uniform(0.0, 9.0))];
        world.draws[0].order = 1;
        let mut outcome = Outcome::for_system(&world);
        outcome.factors.row_mut(CREDIT).assign(&arr1(&[1.0, -2.5, 0.0, 0.5]));
        outcome.parameters[0].value = 7.0;
        outcome.parameters[1].value = 3.0;
        let outcomes = Outcomes { full: &outcome, twin: None };
        let told: Vec<_> = Quantity::all(&world)
            .into_iter()
            .skip(Quantity::OF_LOSSES.len())
            .map(|quantity| (quantity.column(&world).header, quantity.value(&world, 0, outcomes)))
            .collect();
        let expected = [
            ("factor_demand_mean", 0.0),
            ("factor_residual_mean", 0.0),
            ("factor_credit_mean", -0.25),
            ("factor_equity_mean", 0.0),
            ("factor_region.us_mean", 0.0),
            ("factor_demand_min", 0.0),
            ("factor_credit_min", -2.5),
            ("factor_equity_min", 0.0),
            ("a", 3.0),
            ("b", 7.0),
        ];
        assert_eq!(told, expected.map(|(header, value)| (header.to_owned(), Value::Number(value))));
    }

    #[test]
    fn of_failures_in_one_quarter_the_earlier_round_and_the_earlier_place_come_first() {
        let mut outcome = cascade();
        let first = |outcome: &Outcome| first(&world(), outcome).map(|(lender, _)| lender);
        assert_eq!(first(&outcome), Some(1));
        outcome.failures[0].as_mut().unwrap().round = 0;
        assert_eq!(first(&outcome), Some(1), "zeta stands before alpha in the scenario");
        outcome.failures[0].as_mut().unwrap().quarter = 2;
        assert_eq!(first(&outcome), Some(0));
    }

    #[test]
    fn a_value_is_of_the_kind_of_its_column() {
        let (full, twin, world) = (cascade(), failure(), world());
        for quantity in Quantity::OF_LOSSES {
            let value = quantity.value(&world, 0, Outcomes { full: &full, twin: Some(&twin) });
            let kind = match value {
                Value::Count(_) => Kind::Count,
                Value::Number(_) => Kind::Number,
                Value::Lender(_) => Kind::Lender,
                Value::Empty => continue,
            };
            assert_eq!(kind, quantity.kind(), "{quantity:?}");
        }
    }
}
