//! Payment fractions of a given set of failed lenders: the greatest solution.
//!
//! With T_j what an estate can pay for network debt, p_j = T_j / w_j held within `[0, 1]`: senior external debt T = G - D,
//! w = l; pari passu T = G, w = D + l. A few sweeps from above show who is certainly below its cap and who is certainly at
//! its floor; the rest is policy iteration with exact linear solves. Below the caps the fractions solve
//! p = max(0, T(p)/w): Howard's iteration raises a guess to its solution. That solution is at or above the greatest vector;
//! lenders it drags below their cap are opened and the step repeats, at most once a lender. A settled vector is a fixed
//! point at or below an iterate from above, with loop gain under 1 on its linear part, hence the greatest.

use super::linear::LinearSystem;
use super::network::Network;

/// Rounding error of an estate, as a share of the balance sheet: closer to the cap is at the cap.
const NOISE: f64 = 16.0 * f64::EPSILON;
/// Distance from the floor, as a share of the balance sheet, within which a lender stays in its regime.
const FLOOR_MARGIN: f64 = 1e-13;
/// Rise over the iterate, as a share of the balance sheet, that shows a solve to be meaningless.
const OVERSHOOT: f64 = 1e-6;
/// Largest residual of a settled estate, as a share of the balance sheet.
const RESIDUAL: f64 = 1e-12;
/// Most sweeps before each exact solve; they end sooner once a sweep moves nobody into another regime.
const SWEEPS: usize = 24;
/// `position` of a lender that is not unknown.
const KNOWN: u32 = u32::MAX;

/// One failed lender with network debt, as its fraction sees it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Estate {
    /// Part of T that no network payment moves.
    pub(super) offset: f64,
    /// w: the T at which network debt is paid in full.
    pub(super) weight: f64,
    /// Size of the balance sheet, against which rounding is measured.
    pub(super) scale: f64,
}

impl Estate {
    /// p when T is `available`.
    pub(super) fn fraction(&self, available: f64) -> f64 {
        let Estate { weight, scale, .. } = *self;
        if available >= weight - NOISE * scale { 1.0 } else { (available / weight).max(0.0) }
    }
}

/// Fractions and the scratch that finds them.
///
/// Receipts of an estate are summed again only where a debtor's fraction has moved since: `stale` says where, of everybody.
#[derive(Debug, Clone)]
pub(super) struct Estates {
    /// Fraction of face paid by each lender; the last is outside.
    pub(super) pay: Vec<f64>,
    /// Face value by entry of the network.
    pub(super) face: Vec<f64>,
    /// A debtor's fraction, or what it counts, has moved since the lender was last looked at; the last is outside.
    pub(super) stale: Vec<bool>,
    claim_recovery: f64,
    estate: Vec<Estate>,
    receipts: Vec<f64>,
    indebted: Vec<usize>,
    newly: Vec<usize>,
    open: Vec<usize>,
    unknown: Vec<usize>,
    linear: Vec<bool>,
    above: Vec<f64>,
    position: Vec<u32>,
    system: LinearSystem,
}

impl Estates {
    pub(super) fn new(network: &Network) -> Self {
        let nodes = network.nodes();
        let list = || Vec::with_capacity(nodes);
        Self {
            pay: vec![1.0; nodes + 1],
            face: vec![0.0; network.entries()],
            stale: vec![false; nodes + 1],
            claim_recovery: 1.0,
            estate: vec![Estate::default(); nodes],
            receipts: vec![0.0; nodes],
            indebted: list(),
            newly: list(),
            open: list(),
            unknown: list(),
            linear: vec![false; nodes],
            above: vec![1.0; nodes],
            position: vec![KNOWN; nodes + 1],
            system: LinearSystem::new(nodes, network.entries()),
        }
    }

    /// Everybody alive again, every claim at face.
    pub(super) fn reset(&mut self, claim_recovery: f64) {
        self.pay.fill(1.0);
        self.stale.fill(false);
        self.indebted.clear();
        self.newly.clear();
        self.claim_recovery = claim_recovery;
    }

    /// Adds a failed lender with network debt, its receipts as they stand; in one round in ascending order.
    pub(super) fn push(&mut self, node: usize, estate: Estate, receipts: f64) {
        self.newly.push(node);
        self.estate[node] = estate;
        self.receipts[node] = receipts;
    }

    /// x of a failed lender with network debt at the fractions of the last solution.
    pub(super) fn receipts(&self, node: usize) -> f64 {
        self.receipts[node]
    }

    /// Lowers the fractions to the greatest solution for all failed lenders.
    ///
    /// # Errors
    /// The largest residual of a fraction, if no solution is reached.
    pub(super) fn settle(&mut self, network: &Network) -> Result<(), f64> {
        self.merge_newly();
        for _ in 0..=self.indebted.len() {
            let mut sweeps = 0..SWEEPS;
            while sweeps.next().is_some() && self.sweep(network) {}
            self.lower_open(network)?;
            if self.is_settled(network) {
                return Ok(());
            }
        }
        Err(self.residual(network))
    }

    /// Takes the newly failed into the ascending list of the indebted, from the back.
    fn merge_newly(&mut self) {
        let mut before = self.indebted.len();
        let mut place = before + self.newly.len();
        self.indebted.resize(place, 0);
        while let Some(&node) = self.newly.last() {
            place -= 1;
            if before > 0 && self.indebted[before - 1] > node {
                before -= 1;
                self.indebted[place] = self.indebted[before];
            } else {
                self.indebted[place] = node;
                self.newly.pop();
            }
        }
    }

    fn set_pay(&mut self, node: usize, pay: f64, network: &Network) {
        if self.pay[node] != pay {
            network.creditors(node).iter().for_each(|creditor| self.stale[*creditor as usize] = true);
        }
        self.pay[node] = pay;
    }

    /// T of one estate at the present fractions.
    fn available(&mut self, node: usize, network: &Network) -> f64 {
        if std::mem::take(&mut self.stale[node]) {
            self.receipts[node] = network.receipts(node, &self.face, &self.pay);
        }
        self.estate[node].offset + self.claim_recovery * self.receipts[node]
    }

    fn fraction(&mut self, node: usize, network: &Network) -> f64 {
        let available = self.available(node, network);
        self.estate[node].fraction(available)
    }

    /// One step down of every estate; `true` if somebody left the cap or reached the floor.
    fn sweep(&mut self, network: &Network) -> bool {
        let mut moved = false;
        for place in 0..self.indebted.len() {
            let node = self.indebted[place];
            let before = self.pay[node];
            if before == 0.0 {
                continue;
            }
            let after = self.fraction(node, network).min(before);
            moved |= (before == 1.0) != (after == 1.0) || after == 0.0;
            self.set_pay(node, after, network);
        }
        moved
    }

    /// Nobody at the cap leaves it, and whoever is below pays what its estate is worth.
    fn is_settled(&mut self, network: &Network) -> bool {
        let mut settled = true;
        for place in 0..self.indebted.len() {
            let node = self.indebted[place];
            let (fraction, pay) = (self.fraction(node, network), self.pay[node]);
            let Estate { weight, scale, .. } = self.estate[node];
            let leaves_cap = pay == 1.0 && fraction < 1.0;
            settled &= !leaves_cap && (fraction - pay).abs() * weight <= RESIDUAL * scale;
        }
        settled
    }

    fn residual(&mut self, network: &Network) -> f64 {
        let mut largest = 0.0_f64;
        for place in 0..self.indebted.len() {
            let node = self.indebted[place];
            largest = largest.max((self.fraction(node, network) - self.pay[node]).abs());
        }
        largest
    }

    /// Solves p = max(0, T(p)/w) for the lenders below their cap, the others held at it.
    fn lower_open(&mut self, network: &Network) -> Result<(), f64> {
        self.open_below_cap(network);
        let mut from_floor = false;
        for _ in 0..2 * self.open.len() + 8 {
            if self.solve_linear(network) {
                if !self.change_regimes(network) {
                    self.close_open(network);
                    return Ok(());
                }
            } else if from_floor {
                break;
            } else {
                // A loop without leak among lenders taken as linear: raised from the floor, none ever closes.
                from_floor = true;
                for node in &self.open {
                    self.linear[*node] = false;
                }
            }
        }
        self.close_open(network);
        Err(self.residual(network))
    }

    fn open_below_cap(&mut self, network: &Network) {
        self.open.clear();
        for place in 0..self.indebted.len() {
            let node = self.indebted[place];
            if self.pay[node] < 1.0 {
                self.open.push(node);
                self.above[node] = self.pay[node];
                self.linear[node] = self.estate[node].offset > 0.0 || self.available(node, network) > 0.0;
            }
        }
    }

    /// Fractions of the open lenders under the present regimes, negative where a regime is wrong.
    fn solve_linear(&mut self, network: &Network) -> bool {
        self.assemble(network);
        let mut sound = self.system.solve();
        for place in 0..self.unknown.len() {
            let node = self.unknown[place];
            let available = self.system.solution()[place];
            self.position[node] = KNOWN;
            let Estate { weight, scale, .. } = self.estate[node];
            self.set_pay(node, available / weight, network);
            sound &= available <= self.above[node] * weight + OVERSHOOT * scale;
        }
        sound
    }

    fn assemble(&mut self, network: &Network) {
        self.unknown.clear();
        for place in 0..self.open.len() {
            let node = self.open[place];
            if self.linear[node] {
                self.position[node] = self.unknown.len() as u32;
                self.unknown.push(node);
            } else {
                self.set_pay(node, 0.0, network);
            }
        }
        self.system.clear();
        for place in 0..self.unknown.len() {
            self.assemble_row(self.unknown[place], network);
        }
    }

    fn assemble_row(&mut self, node: usize, network: &Network) {
        let mut known = 0.0;
        let held = network.held_by(node);
        for (&face, &debtor) in self.face[held.clone()].iter().zip(&network.debtors()[held]) {
            let position = self.position[debtor as usize];
            if position == KNOWN {
                known += face * self.pay[debtor as usize];
            } else {
                let coefficient = self.claim_recovery * face / self.estate[debtor as usize].weight;
                self.system.push_entry(position, coefficient);
            }
        }
        let Estate { offset, weight, scale } = self.estate[node];
        let constant = offset + self.claim_recovery * known;
        self.system.end_row(constant, NOISE * scale, weight * self.above[node]);
    }

    /// Puts every open lender into the regime its estate asks for; `false` if all are in it.
    fn change_regimes(&mut self, network: &Network) -> bool {
        let mut changed = false;
        for place in 0..self.open.len() {
            let node = self.open[place];
            let margin = FLOOR_MARGIN * self.estate[node].scale;
            let available = self.available(node, network);
            let margin = if self.linear[node] { -margin } else { margin };
            let linear = available > margin;
            changed |= linear != self.linear[node];
            self.linear[node] = linear;
        }
        changed
    }

    fn close_open(&mut self, network: &Network) {
        for place in 0..self.open.len() {
            let node = self.open[place];
            let pay = self.pay[node].min(self.above[node]).max(0.0);
            self.set_pay(node, pay, network);
        }
    }
}
