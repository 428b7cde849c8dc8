//! Prices of what is sold in distress, reckoned again from what was sold. (methods.md, 6.3, 8.2, 12.8)

use knockon::model::driver::Draws;
use knockon::model::observer::{Observer, Step, View};
use knockon::model::system::{Recovery, System};
use knockon::model::trial::{Workspace, run_observed};
use knockon::random::Streams;

use crate::support::world;
use libm::log as ln;

/// Logs of prices as the program keeps them.
const ROUNDING: f64 = 1e-9;

/// Log price that falls by this per unit of sales over depth, quoted as the fall at a tenth of it.
fn impact(at_10pct: f64) -> f64 {
    -ln(1.0 - at_10pct) / 0.1
}

/// What a trial sold, and how prices answered.
#[derive(Default)]
struct Prices {
    /// Fleet value of those who default this quarter, before the sales.
    fleets: Vec<f64>,
    /// ln phi at the end of the last quarter, by region; and ln psi.
    log_phi: Vec<f64>,
    log_psi: f64,
    falls: [u64; 3],
}

impl Observer for Prices {
    fn after(&mut self, step: Step, view: View<'_>) {
        match step {
            Step::Payments => self.remember(view),
            Step::Resolution => self.check_gpus(view),
            Step::Liquidity => self.check_credit(view),
            _ => {}
        }
    }
}

impl Prices {
    fn remember(&mut self, view: View<'_>) {
        self.log_phi.resize(view.system.regions.len(), 0.0);
        let worth = |own: &knockon::model::state::ObligorState| own.defaulting.map_or(0.0, |_| own.fleet_value);
        self.fleets = view.state.obligors.iter().map(worth).collect();
    }

    /// ln phi_t = (1 - k) ln phi_t-1 - lambda (Q_r + sum_s w_sr Q_s) / depth_r, not below ln phi_min.
    fn check_gpus(&mut self, view: View<'_>) {
        let (system, kept) = (view.system, 1.0 - view.system.compute.impact_reversion_q);
        let moves = system.switches.collateral_fire_sale && system.credit.recovery == Recovery::Endogenous;
        for (r, region) in system.regions.iter().enumerate() {
            let reach = |s: usize| if s == r { 1.0 } else { system.regions[s].spillover[r] };
            let sellers = (0..system.obligors.len()).filter(|i| view.state.obligors[*i].step_in_value.is_none());
            let sold: f64 = sellers.map(|i| self.fleets[i] * system.obligors[i].region.map_or(0.0, reach)).sum();
            let before = kept * self.log_phi[r];
            let floor = ln(system.compute.phi_min);
            let pressed = before - impact(system.compute.impact_at_10pct) * sold / region.depth;
            let expected = if moves && sold > 0.0 { pressed.max(floor) } else { before };
            let found = ln(view.state.fire_sales[r].after);
            assert!((found - expected).abs() <= ROUNDING, "region {r}: ln phi {found} not {expected} after {sold}");
            self.falls[0] += u64::from(found < before - 1e-6);
            self.falls[1] += u64::from(moves && sold > 0.0 && pressed < floor);
            self.log_phi[r] = expected;
        }
    }

    /// ln psi falls by lambda_c . raised / depth, where what is raised lies between what is sold at the price after the
    /// sales and before them.
    fn check_credit(&mut self, view: View<'_>) {
        let (system, price) = (view.system, view.state.credit_price);
        let before = (1.0 - system.compute.impact_reversion_q) * self.log_psi;
        assert!((ln(price.before) - before).abs() <= ROUNDING, "ln psi {} not {before}", ln(price.before));
        let sold: f64 = view.state.lenders.iter().map(|own| own.liquidity.sold).sum();
        let fall = ln(price.before / price.after);
        let market = &system.credit_market;
        let most = impact(market.credit_impact_at_10pct) * sold / market.credit_depth;
        let least = most * price.after / price.before;
        let acts = system.switches.credit_fire_sale;
        let right = if acts { fall <= most + ROUNDING && fall >= least - ROUNDING } else { fall == 0.0 };
        assert!(right, "ln psi falls by {fall}, not {least}..{most}");
        self.falls[2] += u64::from(fall > 1e-6);
        self.log_psi = ln(price.after);
    }
}

fn play(system: &System, seed: u64) -> [u64; 3] {
    let mut workspace = Workspace::new(system).expect("claims form a network");
    let mut prices = Prices::default();
    let draws = Draws { streams: Streams::new(seed), trial: 0 };
    run_observed(system, draws, &mut workspace, &mut prices).expect("the trial runs");
    prices.falls
}

/// 8. phi and psi are what the volume sold makes of them, and recover between sales.
#[test]
fn prices_fall_with_the_volume_sold() {
    let mut falls = [0; 3];
    for seed in 0..2_000 {
        let system = world::random(seed);
        for (count, fell) in falls.iter_mut().zip(play(&system, seed)) {
            *count += fell;
        }
    }
    println!("phi falls {} times and meets its floor {} times, psi falls {} times", falls[0], falls[1], falls[2]);
    assert!(falls[0] >= 500 && falls[1] >= 100 && falls[2] >= 100, "{falls:?}");
}
