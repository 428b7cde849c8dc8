//! Fair-value marks beside payments: both at once, to the greatest solution.
//!
//! A lender's creditors read its equity through its receipts x alone: accrual holders count pay(x), fair-value holders
//! count V(h(x)), or min(p(x), V(h(x))) once it has failed. So one vector x solves everything: x = F(x), F rising, sought
//! from above. Sweeps settle networks without loops at once; the rest is [`Descent`]: Newton steps and slides, each down
//! to the first floor (a buffer that is gone, an estate that pays nothing). What reached a floor stays there, since x only
//! falls, so there are at most as many stops as floors. Between its floors every value is a concave function of x, which
//! is all that the steps need to stay above the greatest solution.

use super::Banks;
use super::descent::{Course, Descent, LIMIT};
use super::estates::{Estate, Estates};
use super::network::Network;
use super::workspace::THRESHOLD_MARGIN;
use crate::model::mark::{Mark, distress};

/// Rounding error of a value, as a share of what it is computed from: a smaller fall is none.
const NOISE: f64 = 4.0 * f64::EPSILON;
/// Largest residual of settled receipts, as a share of what they are computed from.
const RESIDUAL: f64 = 1e-12;
/// Sweeps before the first step and before each later one.
const SWEEPS: (usize, usize) = (24, 4);
/// Most steps a lender, and in addition: floors, caps, and the digits of Newton's method.
const STEPS: (usize, usize) = (8, 200);
/// Most batches of sweeps where a step would be too large a system.
const BATCHES: usize = 20_000;
/// How close to a floor is at the floor, as a share of the way to it.
const TOUCH: f64 = 1e-12;
/// `position` of a lender whose value no small fall moves.
const SHUT: usize = usize::MAX;

/// One lender as its creditors see it.
#[derive(Debug, Clone, Copy, Default)]
struct Debtor {
    /// b less receipts: e - D - l - theta.
    buffer: f64,
    /// b_0.
    opening: f64,
    /// Receipts at face.
    face: f64,
    /// Size of the balance sheet, against which rounding is measured.
    scale: f64,
    /// Fall of the buffer that is rounding.
    margin: f64,
    /// Has failed with network debt.
    estate: Option<Estate>,
    /// Its buffer is gone.
    drained: bool,
    /// Its estate pays nothing.
    empty: bool,
}

/// Slopes of a lender's two values in its receipts, and the way down to the next floor.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    pay: f64,
    counted: f64,
    drain: f64,
    emptying: f64,
}

/// Marks and the scratch that finds them.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    /// Share of face that fair-value holders count, by debtor; the last is outside.
    pub(super) counted: Vec<f64>,
    /// Counts its claims at fair value in this clearing.
    pub(super) holder: Vec<bool>,
    acts: bool,
    mark: Mark,
    claim_recovery: f64,
    alive: Vec<usize>,
    debtor: Vec<Debtor>,
    receipts: Vec<f64>,
    /// The value of a debtor has moved since the receipts of the lender were last summed; the last is outside.
    stale: Vec<bool>,
    open: Vec<usize>,
    piece: Vec<Piece>,
    position: Vec<usize>,
    descent: Descent,
}

impl Marks {
    pub(super) fn new(network: &Network) -> Self {
        let nodes = network.nodes();
        Self {
            counted: vec![1.0; nodes + 1],
            holder: vec![false; nodes],
            acts: false,
            mark: Mark { lgd: 0.0, convexity: 0.0 },
            claim_recovery: 1.0,
            alive: Vec::with_capacity(nodes),
            debtor: vec![Debtor::default(); nodes],
            receipts: vec![0.0; nodes],
            stale: vec![false; nodes + 1],
            open: Vec::with_capacity(nodes),
            piece: vec![Piece::default(); nodes],
            position: vec![SHUT; nodes + 1],
            descent: Descent::new(nodes),
        }
    }

    /// No marks act.
    pub(super) fn shut(&mut self) {
        self.holder.fill(false);
        self.acts = false;
    }

    /// Whether somebody counts by marks in this clearing.
    pub(super) fn acts(&self) -> bool {
        self.acts
    }

    /// Everybody alive, receipts at face.
    pub(super) fn open(&mut self, mark: Mark, banks: &Banks<'_>, owed: &[f64], receipts: &[f64]) {
        self.acts = true;
        self.mark = mark;
        self.claim_recovery = banks.costs.claim_recovery;
        self.counted.fill(1.0);
        self.stale.fill(false);
        self.position.fill(SHUT);
        self.alive.clear();
        for (node, &owed) in owed.iter().enumerate() {
            self.holder[node] = banks.alive[node] && banks.fair_value[node];
            if banks.alive[node] {
                self.alive.push(node);
                self.receipts[node] = receipts[node];
                self.debtor[node] = debtor(banks, node, owed, self.receipts[node]);
            }
        }
    }

    /// A lender with network debt has failed.
    pub(super) fn push(&mut self, node: usize, estate: Estate) {
        self.debtor[node].estate = Some(estate);
    }

    /// h at the receipts of the last solve.
    pub(super) fn distress(&self, node: usize) -> f64 {
        let debtor = &self.debtor[node];
        let h = distress(debtor.buffer + self.receipts[node], debtor.opening, debtor.margin);
        if h > 0.0 && debtor.drained { 1.0 } else { h }
    }

    /// Lowers receipts, payments and marks to the greatest solution for the lenders that have failed; those whose debtors moved
    /// are stale then.
    ///
    /// # Errors
    /// The largest residual, as a share of the receipts at face, if no solution is reached.
    pub(super) fn settle(&mut self, network: &Network, estates: &mut Estates) -> Result<(), f64> {
        for place in 0..self.alive.len() {
            self.revalue(self.alive[place], network, estates);
        }
        let mut sweeps = SWEEPS.0;
        let mut steps = STEPS.0 * self.alive.len() + STEPS.1;
        for _ in 0..BATCHES {
            if (0..sweeps).any(|_| !self.sweep(network, estates)) {
                break;
            }
            self.find_open(&estates.pay);
            if self.open.len() > LIMIT {
                continue;
            }
            if steps == 0 || !self.assemble(network, &estates.face, &estates.pay) {
                break;
            }
            self.descend();
            for place in 0..self.open.len() {
                let node = self.open[place];
                estates.stale[node] = true;
                self.revalue(node, network, estates);
            }
            sweeps = SWEEPS.1;
            steps -= 1;
        }
        self.check(network, estates)
    }

    fn image(&self, node: usize, network: &Network, face: &[f64], pay: &[f64]) -> f64 {
        network.receipts(node, face, if self.holder[node] { &self.counted } else { pay })
    }

    /// One plain step down of everybody whose debtors moved; `false` if nobody moves.
    fn sweep(&mut self, network: &Network, estates: &mut Estates) -> bool {
        let mut moved = false;
        for place in 0..self.alive.len() {
            let node = self.alive[place];
            if !std::mem::take(&mut self.stale[node]) {
                continue;
            }
            let image = self.image(node, network, &estates.face, &estates.pay);
            if image < self.receipts[node] {
                self.receipts[node] = image;
                self.revalue(node, network, estates);
                moved = true;
            }
        }
        moved
    }

    /// Both values of a lender at its present receipts; notes a floor that it has reached, and whose receipts a change moves.
    fn revalue(&mut self, node: usize, network: &Network, estates: &mut Estates) {
        let before = (self.counted[node], estates.pay[node]);
        self.value(node, &mut estates.pay);
        if before != (self.counted[node], estates.pay[node]) {
            for &creditor in network.creditors(node) {
                self.stale[creditor as usize] = true;
                estates.stale[creditor as usize] = true;
            }
        }
    }

    fn value(&mut self, node: usize, pay: &mut [f64]) {
        let receipts = self.receipts[node];
        let debtor = &mut self.debtor[node];
        debtor.drained |= debtor.buffer + receipts <= 0.0;
        debtor.empty |= debtor.estate.is_some_and(|estate| estate.offset + self.claim_recovery * receipts <= 0.0);
        let debtor = self.debtor[node];
        let distress = self.distress(node);
        let value = if distress > 0.0 { self.mark.value(distress) } else { 1.0 };
        match debtor.estate {
            None => self.counted[node] = value,
            Some(estate) => {
                pay[node] =
                    if debtor.empty { 0.0 } else { estate.fraction(estate.offset + self.claim_recovery * receipts) };
                self.counted[node] = value.min(pay[node]);
            }
        }
    }

    /// Lists the lenders whose values a small fall of their receipts moves.
    fn find_open(&mut self, pay: &[f64]) {
        self.open.clear();
        for place in 0..self.alive.len() {
            let node = self.alive[place];
            let piece = self.piece_at(node, pay[node]);
            self.piece[node] = piece;
            self.position[node] = SHUT;
            if piece.pay > 0.0 || piece.counted > 0.0 {
                self.position[node] = self.open.len();
                self.open.push(node);
            }
        }
    }

    fn piece_at(&self, node: usize, pay: f64) -> Piece {
        let debtor = &self.debtor[node];
        let mut piece = Piece { drain: f64::INFINITY, emptying: f64::INFINITY, ..Piece::default() };
        if let Some(estate) = debtor.estate
            && pay > 0.0
            && pay < 1.0
        {
            piece.pay = self.claim_recovery / estate.weight;
            piece.emptying = if piece.pay > 0.0 { pay / piece.pay } else { f64::INFINITY };
        }
        let marked = debtor.estate.is_none() || self.counted[node] < pay;
        let h = self.distress(node);
        if !marked {
            piece.counted = piece.pay;
        } else if h > 0.0 && !debtor.drained {
            piece.counted = self.mark.slope(h) / debtor.opening;
            piece.drain = debtor.buffer + self.receipts[node];
        }
        piece
    }

    /// Slopes and falls of the open lenders; `false` if nobody's fall, the others' included, is more than rounding.
    fn assemble(&mut self, network: &Network, face: &[f64], pay: &[f64]) -> bool {
        self.descent.clear(self.open.len());
        let mut falls = false;
        for place in 0..self.alive.len() {
            let node = self.alive[place];
            let row = self.position[node];
            let noise = NOISE * (self.debtor[node].face + self.add_slopes(node, network, face));
            let fall = self.receipts[node] - self.image(node, network, face, pay);
            falls |= fall > noise;
            if fall > noise && row != SHUT {
                self.descent.set_fall(row, fall);
            }
        }
        falls
    }

    /// Enters how an open lender's receipts move with those of its debtors; how far they would move, open or not, if each
    /// of these moved by the size of its balance sheet.
    fn add_slopes(&mut self, node: usize, network: &Network, face: &[f64]) -> f64 {
        let row = self.position[node];
        let mut way = 0.0;
        for entry in network.held_by(node) {
            let debtor = network.debtors()[entry] as usize;
            let column = self.position[debtor];
            if column != SHUT {
                let piece = self.piece[debtor];
                let slope = face[entry] * if self.holder[node] { piece.counted } else { piece.pay };
                way += slope * self.debtor[debtor].scale;
                if row != SHUT {
                    self.descent.add_slope(row, column, slope);
                }
            }
        }
        way
    }

    /// Lowers the open lenders along the step, as far as the first floor.
    fn descend(&mut self) {
        let mut length = match self.descent.solve() {
            Course::Newton => 1.0,
            Course::Slide => f64::INFINITY,
        };
        for (&node, &step) in self.open.iter().zip(self.descent.step()) {
            let Piece { drain, emptying, .. } = self.piece[node];
            if step > 0.0 {
                length = length.min(drain.min(emptying) / step);
            }
        }
        if length == f64::INFINITY {
            return;
        }
        for (&node, &step) in self.open.iter().zip(self.descent.step()) {
            let Piece { drain, emptying, .. } = self.piece[node];
            let way = if step > 0.0 { length * step } else { 0.0 };
            self.receipts[node] = (self.receipts[node] - way).max(0.0);
            self.debtor[node].drained |= way >= drain * (1.0 - TOUCH);
            self.debtor[node].empty |= way >= emptying * (1.0 - TOUCH);
        }
    }

    /// Receipts and what they would be differ by rounding, or the largest difference is the error. Where no debtor moved there is
    /// no difference.
    fn check(&self, network: &Network, estates: &Estates) -> Result<(), f64> {
        let mut largest = 0.0_f64;
        for &node in self.alive.iter().filter(|node| estates.stale[**node]) {
            let residual = (self.image(node, network, &estates.face, &estates.pay) - self.receipts[node]).abs();
            if residual > RESIDUAL * self.debtor[node].face {
                let bound = RESIDUAL * self.sensitivity(node, network, &estates.face);
                largest = if residual > bound { largest.max(residual / self.debtor[node].face) } else { largest };
            }
        }
        if largest > 0.0 { Err(largest) } else { Ok(()) }
    }

    /// How far receipts would move if every balance sheet moved by its own size.
    fn sensitivity(&self, node: usize, network: &Network, face: &[f64]) -> f64 {
        let of = |entry: usize| {
            let Some(debtor) = self.debtor.get(network.debtors()[entry] as usize) else { return 0.0 };
            let pays = debtor.estate.map_or(0.0, |estate| self.claim_recovery / estate.weight);
            let marked = self.holder[node] && debtor.opening > 0.0;
            let counts = if marked { self.mark.slope(1.0) / debtor.opening } else { 0.0 };
            face[entry] * debtor.scale * pays.max(counts)
        };
        self.debtor[node].face + network.held_by(node).map(of).sum::<f64>()
    }
}

fn debtor(banks: &Banks<'_>, node: usize, owed: f64, face: f64) -> Debtor {
    let (assets, debt) = (banks.external_assets[node], banks.external_debt[node]);
    let level = if banks.threshold[node].is_finite() { banks.threshold[node] } else { 0.0 };
    Debtor {
        buffer: assets - debt - owed - level,
        opening: banks.opening_buffer[node],
        face,
        scale: assets.abs() + face + debt + owed + level.abs(),
        margin: THRESHOLD_MARGIN * (assets.abs() + face),
        estate: None,
        drained: false,
        empty: false,
    }
}
