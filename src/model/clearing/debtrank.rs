//! DebtRank: losses of equity that spread before anybody defaults.

use super::network::{Face, Network};
use crate::model::mark::Mark;

/// Passes after which distress that still rises is an error.
const PASSES: usize = 100_000;
/// Passes between two leaps, in which the shape of the rise settles.
const PAUSE: usize = 6;
/// Rounding error of a distress, as a share of it.
const NOISE: f64 = 2.0 * f64::EPSILON;
/// Rise of a distress, as a share of it, that is taken for none.
const SETTLED: f64 = 32.0 * f64::EPSILON;
/// Share of assets below which a difference of assets and debts is rounding, not equity.
const EQUITY_MARGIN: f64 = 1e-12;

/// Balance sheets before a shock, and the shock.
///
/// # Shapes
/// Every slice has one element a lender of the network.
#[derive(Debug, Clone, Copy)]
pub struct Shocked<'a> {
    /// Value of all assets but network claims, before the shock.
    pub external_assets: &'a [f64],
    /// Debt outside the network.
    pub external_debt: &'a [f64],
    /// Loss of external assets.
    pub shock: &'a [f64],
}

/// Share of its equity that each lender loses.
///
/// # Shapes
/// One element a lender.
#[derive(Debug, Clone, PartialEq)]
pub struct Distress {
    /// h(0), of the shock alone.
    pub initial: Vec<f64>,
    /// h, after all rounds.
    pub distress: Vec<f64>,
    /// E before the shock, with every claim at face.
    pub equity: Vec<f64>,
}

/// Distress still rose when the passes were used up.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("DebtRank did not converge in {passes} passes: distress still rises by {rise:e} a pass")]
pub struct StillRising {
    /// Passes over all lenders.
    pub passes: usize,
    /// Largest rise of a distress in the last.
    pub rise: f64,
}

/// DebtRank on increments, round many cycles as often as they carry anything.
///
/// ```text
/// h_i(0)     = min(1, shock_i / E_i),   E_i = e_i + sum_k L_ki - D_i - l_i before the shock
/// h_i(t + 1) = min(1, h_i(t) + sum_k L_ki / E_i (V(h_k(t - 1)) - V(h_k(t))))
/// ```
///
/// A lender without equity (up to rounding, 1e-12 of its assets) has lost all there is: h = 1 from the start, shock or no
/// shock, and its creditors mark it so. Losses only ever add up from the exact 0 of before the shock; E is never computed
/// again at new marks, for its rounding error would be a small distress, which a network whose leverages L_ki / E_i have a
/// spectral radius above 1 amplifies to h = 1 where there is no shock at all.
///
/// The increments add up to the least h with h_i = min(1, h_i(0) + sum_k L_ki / E_i (1 - V(h_k))); lenders are passed over
/// in turn, each seeing the newest losses, until no pass raises an h by more than rounding. Where every rise is at least g
/// times the one before, so are all later ones until somebody reaches 1: g / (1 - g) rises, or as many as somebody has
/// room for, are then taken in one leap that cannot overshoot. What is missing at the end is some 1e-14 / (1 - g) of h.
///
/// # Units
/// Amounts in any one unit, not negative.
/// # Shapes
/// `amounts`: one a claim of `network`.
/// # Errors
/// [`StillRising`] after 100,000 passes.
/// # References
/// Battiston et al. (2012), Scientific Reports 2, 541; Bardoscia et al. (2015), PLoS ONE 10(6); Bardoscia et
/// al. (2016), PLoS ONE 11(10), for V.
pub fn debtrank(
    network: &Network,
    amounts: &[f64],
    shocked: &Shocked<'_>,
    mark: Mark,
) -> Result<Distress, StillRising> {
    let nodes = network.nodes();
    let everybody = vec![true; nodes];
    let mut face = vec![0.0; network.entries()];
    let (mut owed, mut claims) = (vec![0.0; nodes], vec![0.0; nodes]);
    network.value(amounts, &everybody, Face { face: &mut face, owed: &mut owed, receipts: &mut claims });
    let equity: Vec<f64> = (0..nodes).map(|node| equity(node, claims[node], shocked, owed[node])).collect();
    let initial = |(equity, shock): (&f64, &f64)| if *equity > 0.0 { (shock / equity).min(1.0) } else { 1.0 };
    let initial: Vec<f64> = equity.iter().zip(shocked.shock).map(initial).collect();
    let mut spread = Spread::new(network, &face, &equity, &initial, mark);
    spread.settle()?;
    let distress = spread.distress;
    Ok(Distress { initial, distress, equity })
}

/// E before the shock; 0 where it is rounding.
fn equity(node: usize, claims: f64, shocked: &Shocked<'_>, owed: f64) -> f64 {
    let assets = shocked.external_assets[node] + claims;
    let equity = assets - shocked.external_debt[node] - owed;
    if equity.abs() <= EQUITY_MARGIN * assets { 0.0 } else { equity }
}

impl Distress {
    /// Distress of all, weighted by equity; `None` where nobody has any.
    #[must_use]
    pub fn system(&self) -> Option<f64> {
        self.weighted(&self.distress)
    }

    /// Distress of all by the shock alone, weighted by equity; `None` where nobody has any.
    #[must_use]
    pub fn initial_system(&self) -> Option<f64> {
        self.weighted(&self.initial)
    }

    fn weighted(&self, distress: &[f64]) -> Option<f64> {
        let weights = || self.equity.iter().map(|equity| equity.max(0.0));
        let total: f64 = weights().sum();
        let lost: f64 = weights().zip(distress).map(|(weight, h)| weight * h).sum();
        (total > 0.0).then(|| (lost / total).min(1.0))
    }
}

/// Distress on its way up.
struct Spread<'a> {
    network: &'a Network,
    face: &'a [f64],
    equity: &'a [f64],
    initial: &'a [f64],
    mark: Mark,
    distress: Vec<f64>,
    /// 1 - V(h) by lender; the last is outside, which loses nothing.
    loss: Vec<f64>,
    /// Rise of each distress in the last pass.
    rise: Vec<f64>,
}

impl<'a> Spread<'a> {
    fn new(network: &'a Network, face: &'a [f64], equity: &'a [f64], initial: &'a [f64], mark: Mark) -> Self {
        let mut loss: Vec<f64> = initial.iter().map(|h| mark.loss(*h)).collect();
        loss.push(0.0);
        let (distress, rise) = (initial.to_vec(), vec![0.0; initial.len()]);
        Self { network, face, equity, initial, mark, distress, loss, rise }
    }

    fn settle(&mut self) -> Result<(), StillRising> {
        let mut next_leap = PAUSE;
        for pass in 0..PASSES {
            let gain = self.pass();
            if self.is_settled() {
                return Ok(());
            }
            if pass >= next_leap && self.leap(gain) {
                next_leap = pass + PAUSE;
            }
        }
        Err(StillRising { passes: PASSES, rise: self.rise.iter().copied().fold(0.0, f64::max) })
    }

    /// Adds to every distress what its debtors have lost since; returns the smallest ratio of a rise to the one before.
    fn pass(&mut self) -> f64 {
        let mut gain = f64::INFINITY;
        for node in 0..self.distress.len() {
            let (before, rise) = (self.rise[node], self.raise(node));
            self.rise[node] = rise;
            if before > 0.0 {
                let noise = NOISE * self.distress[node];
                gain = gain.min((rise - noise) / (before + noise));
            }
        }
        gain
    }

    fn raise(&mut self, node: usize) -> f64 {
        let distress = self.distress[node];
        if distress >= 1.0 {
            return 0.0;
        }
        let lost = self.network.receipts(node, self.face, &self.loss);
        self.set(node, self.initial[node] + lost / self.equity[node]);
        self.distress[node] - distress
    }

    /// Distress never falls and never passes 1.
    fn set(&mut self, node: usize, distress: f64) {
        self.distress[node] = distress.min(1.0).max(self.distress[node]);
        self.loss[node] = self.mark.loss(self.distress[node]);
    }

    fn is_settled(&self) -> bool {
        self.rise.iter().zip(&self.distress).all(|(rise, distress)| *rise <= SETTLED * distress)
    }

    /// Takes at once the rises that are certain to follow; `false` if they are fewer than one.
    fn leap(&mut self, gain: f64) -> bool {
        let mut rises = if gain < 1.0 { gain / (1.0 - gain) } else { f64::INFINITY };
        for (rise, distress) in self.rise.iter().zip(&self.distress).filter(|(rise, _)| **rise > 0.0) {
            rises = rises.min((1.0 - distress) / rise);
        }
        if !(rises >= 1.0 && rises.is_finite()) {
            return false;
        }
        for node in 0..self.distress.len() {
            self.set(node, self.distress[node] + rises * self.rise[node]);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::model::clearing::Link;

    const LINEAR: Mark = Mark { lgd: 1.0, convexity: 0.0 };

    /// Owned balance sheets: each owes the next of a ring `claim` and has `equity` before a shock.
    struct Ring {
        network: Network,
        amounts: Vec<f64>,
        assets: Vec<f64>,
        shock: Vec<f64>,
    }

    impl Ring {
        fn new(nodes: usize, claim: f64, equity: f64) -> Self {
            let links: Vec<Link> = (0..nodes).map(|node| (Some(node), Some((node + 1) % nodes))).collect();
            Self {
                network: Network::new(nodes, &links).expect("every lender exists"),
                amounts: vec![claim; nodes],
                assets: vec![equity; nodes],
                shock: vec![0.0; nodes],
            }
        }

        fn spread(&self, mark: Mark) -> Distress {
            let debt = vec![0.0; self.assets.len()];
            let shocked = Shocked { external_assets: &self.assets, external_debt: &debt, shock: &self.shock };
            debtrank(&self.network, &self.amounts, &shocked, mark).expect("converges")
        }
    }

    /// 1 holds a claim on 2, 2 on 3, 3 on 1: in the order of the ring, the shocked lender is followed by the third.
    fn ring_of_three() -> Ring {
        let mut ring = Ring::new(3, 0.5, 1.0);
        ring.shock[0] = 0.5;
        ring
    }

    #[test]
    fn case_08_ring_of_three() {
        let linear = ring_of_three().spread(LINEAR);
        for (found, expected) in linear.distress.iter().zip([4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0]) {
            assert_abs_diff_eq!(*found, expected, epsilon = 1e-14);
        }
        assert_eq!(linear.initial, [0.5, 0.0, 0.0]);
        assert_abs_diff_eq!(linear.system().expect("there is equity"), 1.0 / 3.0, epsilon = 1e-14);
        let convex = ring_of_three().spread(Mark { lgd: 1.0, convexity: 4.0 });
        for (found, expected) in convex.distress.iter().zip([0.500003, 0.033834, 0.000355]) {
            assert_abs_diff_eq!(*found, expected, epsilon = 5e-7);
        }
    }

    /// Leverage 0.7 / 0.3: levels of equity, added up in another order than at the opening, are off by 3e-16, and each
    /// round multiplies that by 7/3.
    #[test]
    fn rounding_is_no_distress_where_the_spectral_radius_is_above_one() {
        let (assets, debt, claim) = (0.7, 0.4, 0.7);
        let opening = assets + claim - debt - claim;
        let mut levels = [0.0_f64; 2];
        for _ in 0..100 {
            let level = |h: f64| assets + claim * (1.0 - h) - (debt + claim);
            levels = [levels[1], levels[0]].map(|h| (1.0 - level(h) / opening).clamp(0.0, 1.0));
        }
        assert_eq!(levels, [1.0, 1.0], "what levels make of rounding");

        let ring = Ring::new(2, claim, assets);
        let shocked = Shocked { external_assets: &ring.assets, external_debt: &[debt; 2], shock: &ring.shock };
        let still = debtrank(&ring.network, &ring.amounts, &shocked, LINEAR).expect("converges");
        assert_eq!(still.distress, [0.0, 0.0]);
        let shocked = Shocked { shock: &[1e-18, 0.0], ..shocked };
        let all = debtrank(&ring.network, &ring.amounts, &shocked, LINEAR).expect("converges");
        assert_eq!(all.distress, [1.0, 1.0], "a shock, however small, does what the leverage says");
    }

    /// h_0 = s / (1 - g^n) round a ring of gain g a link, where that is below 1.
    #[test]
    fn cycles_are_followed_to_their_sum_also_where_each_turn_loses_little() {
        for (nodes, gain, tolerance) in [
            (2, 0.5, 1e-14),
            (3, 0.999, 1e-11),
            (3, 0.999_999, 1e-8),
            (200, 0.999_99, 1e-11),
            (5_000, 0.999_999_9, 1e-10),
        ] {
            let mut ring = Ring::new(nodes, gain, 1.0);
            let whole = 1.0 - libm::pow(gain, nodes as f64);
            ring.shock[0] = 0.5 * whole;
            let found = ring.spread(LINEAR);
            let last = 0.5 * libm::pow(gain, nodes as f64 - 1.0);
            assert_abs_diff_eq!(found.distress[0], 0.5, epsilon = tolerance);
            assert_abs_diff_eq!(found.distress[nodes - 1], last, epsilon = tolerance);
        }
    }

    #[test]
    fn a_ring_that_loses_nothing_a_turn_ends_in_the_distress_of_all() {
        for shock in [0.3, 1e-3, 1e-9] {
            for nodes in [2, 3, 100] {
                let mut ring = Ring::new(nodes, 1.0, 1.0);
                ring.shock[nodes / 2] = shock;
                assert_eq!(ring.spread(LINEAR).distress, vec![1.0; nodes]);
            }
        }
    }

    /// The least fixed point from plain synchronous increments, as the equation writes them.
    fn by_the_book(ring: &Ring, links: &[(usize, usize, f64)], equity: &[f64], mark: Mark) -> Vec<f64> {
        let mut h: Vec<f64> = ring.shock.iter().zip(equity).map(|(s, e)| (s / e).min(1.0)).collect();
        let mut fresh: Vec<f64> = h.iter().map(|h| mark.loss(*h)).collect();
        for _ in 0..20_000 {
            let mut next = h.clone();
            for (debtor, creditor, amount) in links {
                next[*creditor] += amount / equity[*creditor] * fresh[*debtor];
            }
            next.iter_mut().for_each(|h| *h = h.min(1.0));
            for node in 0..h.len() {
                fresh[node] = mark.loss(next[node]) - mark.loss(h[node]);
            }
            h = next;
        }
        h
    }

    #[test]
    fn passes_and_leaps_end_where_synchronous_increments_do() {
        let mut partly = 0;
        for case in 0..60_usize {
            let nodes = 3 + case % 9;
            let links: Vec<_> = (0..nodes * 3)
                .map(|link| {
                    (link % nodes, (link * 7 + case + link / nodes + 1) % nodes, 0.1 + 0.05 * (link % 5) as f64)
                })
                .filter(|(debtor, creditor, _)| debtor != creditor)
                .collect();
            let ends: Vec<Link> = links.iter().map(|(k, j, _)| (Some(*k), Some(*j))).collect();
            let amounts: Vec<f64> = links.iter().map(|(.., amount)| *amount).collect();
            let equity: Vec<f64> = (0..nodes).map(|node| 0.4 + 0.1 * ((node + case) % 7) as f64).collect();
            let mut assets = equity.clone();
            for (debtor, creditor, amount) in &links {
                assets[*debtor] += amount;
                assets[*creditor] -= amount;
            }
            let debt: Vec<f64> = assets.iter().map(|assets| (-assets).max(0.0)).collect();
            let assets: Vec<f64> = assets.iter().map(|assets| assets.max(0.0)).collect();
            let mut shock = vec![0.0; nodes];
            shock[case % nodes] = 0.02 * (1 + case % 10) as f64;
            let ring =
                Ring { network: Network::new(nodes, &ends).expect("every lender exists"), amounts, assets, shock };
            for mark in [LINEAR, Mark { lgd: 0.6, convexity: 0.0 }, Mark { lgd: 1.0, convexity: 2.0 }] {
                let shocked = Shocked { external_assets: &ring.assets, external_debt: &debt, shock: &ring.shock };
                let found = debtrank(&ring.network, &ring.amounts, &shocked, mark).expect("converges");
                for (found, expected) in found.distress.iter().zip(by_the_book(&ring, &links, &equity, mark)) {
                    assert_abs_diff_eq!(*found, expected, epsilon = 1e-9);
                    partly += usize::from(*found > 0.01 && *found < 0.99);
                }
            }
        }
        assert!(partly > 200, "only {partly} partly distressed lenders");
    }

    #[test]
    fn who_has_no_equity_is_distressed_before_any_shock_and_weighs_nothing() {
        let links: [Link; 1] = [(Some(0), Some(1))];
        let network = Network::new(3, &links).expect("every lender exists");
        let shocked = Shocked { external_assets: &[0.3, 1.0, 0.0], external_debt: &[0.2, 0.6, 0.0], shock: &[0.0; 3] };
        let found = debtrank(&network, &[0.1], &shocked, LINEAR).expect("converges");
        assert_eq!([found.equity[0], found.equity[2]], [0.0, 0.0], "0.3 - 0.2 - 0.1 is rounding");
        assert_eq!(found.initial, [1.0, 0.0, 1.0]);
        assert_abs_diff_eq!(found.distress[1], 0.2, epsilon = 1e-15);
        assert_eq!(found.system(), Some(found.distress[1]));
        let nobody = Shocked { external_assets: &[0.0; 3], ..shocked };
        assert_eq!(debtrank(&network, &[0.0], &nobody, LINEAR).expect("converges").system(), None);
    }
}
