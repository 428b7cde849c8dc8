//! The calm path: how obligors would fare without factors, jumps and shocks; the measure of their distress.
//! (methods.md, 7)

use ndarray::Array2;

use crate::model::clearing::ClearingError;
use crate::model::driver::Draws;
use crate::model::obligor;
use crate::model::system::{Accounting, Copula, System};
use crate::model::trial::{self, Workspace};
use crate::random::Streams;

/// Share of its opening equity below which the measure of an obligor's distress never falls.
const FLOOR: f64 = 0.05;

/// `eq0_i,t = max(eq_i on the calm path, 0.05 eq_i,0)`: equity after the payments of each quarter with every number at its
/// median; the floor counts after a default on that path. No rows where nobody marks loans.
///
/// The path is a trial of the very code that uses it, so that a trial in which nothing happens reproduces it to the last
/// bit and books no mark.
///
/// # Units
/// USD bn.
/// # Shapes
/// `[quarter - 1, obligor]`.
/// # Errors
/// [`ClearingError`] of a quarter on that path.
pub fn reference_equity(system: &System) -> Result<Array2<f64>, ClearingError> {
    if !marks_loans(system) {
        return Ok(Array2::zeros((0, system.obligors.len())));
    }
    let opening = trial::opening(system);
    let mut workspace = Workspace::new(&calm(system))?;
    let draws = Draws { streams: Streams::new(0), trial: 0 };
    trial::begin(system, draws.streams, draws.trial, &mut workspace);
    let mut path = Array2::zeros((system.quarters, system.obligors.len()));
    for mut row in path.rows_mut() {
        trial::advance(draws, &mut workspace)?;
        for (i, reference) in row.iter_mut().enumerate() {
            let equity = obligor::equity_after_payments(system, workspace.state(), i);
            *reference = equity.max(FLOOR * opening.obligors[i].equity);
        }
    }
    Ok(path)
}

/// May anybody mark loans? A lender at fair value may come to hold any loan that is refinanced.
fn marks_loans(system: &System) -> bool {
    let at_fair_value = system.lenders.iter().any(|lender| lender.accounting == Accounting::FairValue);
    system.switches.loan_marks && at_fair_value && !system.facilities.is_empty()
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
