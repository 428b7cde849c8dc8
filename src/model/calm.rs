//! The calm path: how obligors would fare without factors, jumps and shocks; the measure of their distress.
//! (methods.md, 7.2)

use ndarray::Array2;

use crate::model::clearing::ClearingError;
use crate::model::driver::Draws;
use crate::model::obligor;
use crate::model::observer::{Observer, Step, View};
use crate::model::system::{Accounting, Copula, System};
use crate::model::trial::{self, Workspace};
use crate::random::Streams;

/// Share of its opening equity below which the measure of an obligor's distress never falls.
const FLOOR: f64 = 0.05;

/// `eq0_i,t = max(eq_i on the calm path, 0.05 eq_i,0)`: equity after the payments of each quarter with every number at its
/// median; the floor counts after a default on that path. No rows where no fair value of a loan is asked for.
///
/// The path is a trial of the very code that uses it, read in the step in which loans are marked, so that a trial in which
/// nothing happens reproduces it to the last bit and books no mark.
///
/// # Units
/// USD bn.
/// # Shapes
/// `[quarter - 1, obligor]`.
/// # Errors
/// [`ClearingError`] of a quarter on that path.
pub fn reference_equity(system: &System) -> Result<Array2<f64>, ClearingError> {
    if !values_loans(system) {
        return Ok(Array2::zeros((0, system.obligors.len())));
    }
    let opening = trial::opening(system);
    let system = &calm(system);
    let mut workspace = Workspace::new(system)?;
    let draws = Draws { streams: Streams::new(0), trial: 0 };
    trial::begin(system, draws.streams, draws.trial, &mut workspace);
    let floors = opening.obligors.iter().map(|own| FLOOR * own.equity).collect();
    let mut path = Path { floors, equity: Array2::zeros((system.quarters, system.obligors.len())) };
    for _ in 0..system.quarters {
        trial::advance(draws, &mut workspace, &mut path)?;
    }
    Ok(path.equity)
}

/// Notes equity where a trial reads it: in step 7.
struct Path {
    floors: Vec<f64>,
    equity: Array2<f64>,
}

impl Observer for Path {
    fn after(&mut self, step: Step, view: View<'_>) {
        if step != Step::Profit {
            return;
        }
        let quarter = view.state.quarter as usize;
        for (i, (reference, floor)) in self.equity.row_mut(quarter - 1).iter_mut().zip(&self.floors).enumerate() {
            *reference = obligor::equity_after_payments(view.state, i).max(*floor);
        }
    }
}

/// May anybody ask for the fair value of a loan? A lender at fair value marks, and may come to hold any loan that is
/// refinanced; a fund, whatever its accounting, sells marketable credit at fair value.
fn values_loans(system: &System) -> bool {
    let marks = system.lenders.iter().any(|lender| lender.accounting == Accounting::FairValue);
    let marketable = system.facilities.iter().any(|facility| facility.marketable);
    let sells = system.switches.funding && marketable && system.lenders.iter().any(|lender| lender.kind.is_fund());
    system.switches.loan_marks && (marks || sells) && !system.facilities.is_empty()
}

/// The same world with nothing left to chance: normals, mixing variable and idiosyncratic draws without effect, no jumps
/// (nor their compensation), no shocks, no marks. The index keeps the drift that its volatility implies.
fn calm(system: &System) -> System {
    let mut calm = system.clone();
    calm.switches.revaluation = false;
    calm.switches.loan_marks = false;
    calm.draws.clear();
    calm.jumps.clear();
    calm.shocks.clear();
    calm.drivers.copula = Copula::Gaussian;
    calm.drivers.root.fill(0.0);
    for obligor in &mut calm.obligors {
        obligor.revenue_volatility_pa = 0.0;
        // All weight of the latent asset value on factors that do not move.
        obligor.rho = 1.0;
    }
    calm
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::model::fixture;
    use crate::model::parameter::Law;
    use crate::model::system::{Draw, Flow, Jump, Lender, Obligor, Shock, Target};
    use crate::random::key;

    /// A borrower of cash 3 that owes 2 and burns 0.4 a quarter besides 1 % of interest, in a world of shocks and chance.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.quarters = 8;
        system.obligors.push(Obligor {
            cash: 3.0,
            fixed_cost: Flow { constant: 0.4, steps: vec![] },
            revenue_volatility_pa: 0.5,
            ..fixture::obligor("borrower")
        });
        system.lenders.push(Lender { cash: 1.0, ..fixture::fund("fund") });
        system.facilities.push(fixture::facility(0, 2.0, vec![(0, 1.0)]));
        system.regions[0].demand_volatility_pa = 0.3;
        system.shocks = vec![Shock {
            name: "end".into(),
            quarter: 1.0,
            size: 1.0,
            length_q: 1.0,
            targets: vec![Target::Default(0), Target::Equity],
            region: None,
        }];
        system.jumps = vec![Jump {
            name: "jump".into(),
            place: 0,
            key: 1,
            rate_pa: 20.0,
            obsolescence: 0.5,
            demand: 0.5,
            equity: 0.5,
            confidence: 0.1,
            compensated: true,
        }];
        system.draws = vec![Draw {
            path: "obligor.borrower.cash".into(),
            order: 0,
            key: key("obligor.borrower.cash"),
            law: Law::Uniform(2.0, 4.0),
            range: (0.0, 10.0),
            whole: false,
            entity: 0,
            factor: 1.0,
            place: |system, i| &mut system.obligors[i].cash,
        }];
        system
    }

    #[test]
    fn nothing_but_the_plan_moves_the_path_and_the_floor_ends_it() {
        let path = reference_equity(&world()).unwrap();
        assert_eq!(path.dim(), (8, 1));
        for t in 1..=7 {
            let equity: f64 = 1.0 - 0.42 * f64::from(t);
            // The floor, 0.05 of an opening equity of 1, counts from quarter 3 on, and after the default in quarter 8.
            assert_abs_diff_eq!(path[[t as usize - 1, 0]], equity.max(0.05), epsilon = 1e-14);
        }
        assert_eq!(path[[7, 0]], 0.05);
    }

    #[test]
    fn the_index_keeps_the_drift_of_its_volatility() {
        let mut system = world();
        system.equity.equity_volatility_pa = 0.4;
        system.obligors[0].other_assets = 10.0;
        system.obligors[0].other_assets_beta = 1.0;
        let path = reference_equity(&system).unwrap();
        assert_abs_diff_eq!(path[[1, 0]], 10.0 * libm::exp(-0.16 / 4.0) + 1.0 - 0.84, epsilon = 1e-13);
    }

    #[test]
    fn who_neither_marks_nor_sells_needs_no_path() {
        let mut accrual = world();
        accrual.lenders[0].accounting = Accounting::Accrual;
        let mut off = world();
        off.switches.loan_marks = false;
        let mut unlent = world();
        unlent.facilities.clear();
        let mut seller = accrual.clone();
        seller.facilities[0].marketable = true;
        assert_eq!(reference_equity(&seller).unwrap().dim(), (8, 1));
        seller.switches.funding = false;
        for system in [accrual, off, unlent, seller] {
            assert_eq!(reference_equity(&system).unwrap().dim(), (0, 1));
        }
    }
}
