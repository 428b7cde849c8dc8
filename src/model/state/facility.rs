//! Facilities and their holders in a quarter.

use crate::model::system::{DefaultModel, System};

/// A facility in a quarter.
#[derive(Debug, Clone, Default)]
#[repr(C)]
pub struct FacilityState {
    /// In breach this quarter.
    pub in_breach: bool,
    /// Has been extended once.
    pub extended: bool,
    /// Its gap is prolonged this quarter instead of paid.
    pub extending: bool,
    /// Matures this quarter.
    pub maturing: bool,
    /// Whoever marks it carried it at face after the last marking, and no sale has moved that.
    pub at_par: bool,
    /// Outstanding balance: the sum of the faces of its holders.
    pub balance: f64,
    /// Committed, not drawn.
    pub undrawn: f64,
    /// Quarter in which it matures.
    pub maturity: i64,
    /// Spread per year.
    pub spread_pa: f64,
    /// Interest due.
    pub interest: f64,
    /// Scheduled amortisation due.
    pub amortisation: f64,
    /// Refinancing gap.
    pub gap: f64,
    /// Cash swept.
    pub sweep: f64,
    /// Cure or accelerated amount.
    pub cure: f64,
    /// Planned draw asked for.
    pub draw_request: f64,
    /// Planned draw that lenders can meet.
    pub draw: f64,
    /// Collateral value K_f.
    pub collateral_value: f64,
    /// Quarters in breach.
    pub breaches: f64,
    /// Offer of refinancing O.
    pub offer: f64,
    /// Part of the offer that existing holders roll.
    pub rolled: f64,
    /// Part filled by the pool.
    pub pooled: f64,
    /// Paid by its guarantor at the default of its borrower.
    pub guaranteed: f64,
    /// Quarter from which its amortisation schedule runs.
    pub schedule_start: i64,
    /// Balance at the start of its schedule.
    pub schedule_balance: f64,
    /// Loss at the price before and after this quarter's sales, guarantees counted.
    pub loss: [f64; 2],
}

/// Kinds of scheduled repayment: [`crate::model::system::Amortisation`] without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// All at maturity.
    Bullet,
    /// Balance over quarters left.
    Linear,
    /// Shares of the opening amount.
    Sculpted,
}

/// Terms of a facility that every quarter reads, parameters as drawn.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The facility.
    pub facility: usize,
    /// Scheduled repayment.
    pub schedule: Schedule,
    /// Share of the borrower's collateral value.
    pub collateral: f64,
    /// Share of the borrower's other assets pledged.
    pub pledge_other: f64,
    /// Highest loan-to-value; infinite where none is tested.
    pub ltv_max: f64,
}

/// What one holder has of a facility, USD bn.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Holding {
    /// The lender; [`Holdings::outside`] stands for outside. A failed lender's holding is its estate.
    pub holder: usize,
    /// What the borrower owes it.
    pub face: f64,
    /// What it carries it at: face under accrual, fair value otherwise.
    pub carrying: f64,
}

impl Holding {
    /// Cash for principal lowers the carrying value by as much; below par the gain shows at the next marking.
    /// (methods.md, 16.2)
    pub fn repay(&mut self, paid: f64, face_left: f64) {
        self.carrying = if self.carrying == self.face { face_left } else { self.carrying - paid };
        self.face = face_left;
    }
}

/// Who holds what of each facility: rows of holdings, with room for everybody who may join.
#[derive(Debug, Clone)]
pub struct Holdings {
    start: Vec<usize>,
    length: Vec<usize>,
    holdings: Vec<Holding>,
    outside: usize,
}

impl Holdings {
    /// Room for the opening holders and, where a facility may be refinanced in the market, for every lender.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let outside = system.lenders.len();
        let mut start = vec![0];
        for facility in &system.facilities {
            let roll = system.obligors[facility.borrower].default_model == DefaultModel::Latent;
            let room = if roll { facility.holders.len() + 1 } else { outside + 1 };
            start.push(start[start.len() - 1] + room);
        }
        let room = start[start.len() - 1];
        Holdings { length: vec![0; start.len() - 1], start, holdings: vec![Holding::default(); room], outside }
    }

    /// Opening holdings at par: amount times share, outside holding the rest.
    pub fn reset(&mut self, system: &System) {
        for (f, facility) in system.facilities.iter().enumerate() {
            self.length[f] = 0;
            let mut rest = 1.0;
            for (lender, share) in &facility.holders {
                self.add(f, *lender, facility.amount * share);
                rest -= share;
            }
            // Shares are checked to sum to 1 within rounding: what is below it is not a holding.
            if rest > 1e-9 {
                self.add(f, self.outside, facility.amount * rest);
            }
        }
    }

    /// Index that stands for outside.
    #[must_use]
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Holdings of a facility.
    #[must_use]
    pub fn row(&self, facility: usize) -> &[Holding] {
        &self.holdings[self.start[facility]..self.start[facility] + self.length[facility]]
    }

    /// Holdings of a facility, to be changed in place.
    pub fn row_mut(&mut self, facility: usize) -> &mut [Holding] {
        &mut self.holdings[self.start[facility]..self.start[facility] + self.length[facility]]
    }

    /// Adds face at par to a holder, who joins the row if it is new.
    pub fn add(&mut self, facility: usize, holder: usize, amount: f64) {
        if let Some(known) = self.row_mut(facility).iter_mut().find(|known| known.holder == holder) {
            known.face += amount;
            known.carrying += amount;
            return;
        }
        let end = self.start[facility] + self.length[facility];
        debug_assert!(end < self.start[facility + 1], "a row has room for every possible holder");
        self.holdings[end] = Holding { holder, face: amount, carrying: amount };
        self.length[facility] += 1;
    }

    /// Adds face at par to the holder in a place of the row: holders of the opening keep theirs.
    #[inline]
    pub fn add_at(&mut self, facility: usize, place: usize, amount: f64) {
        let known = &mut self.holdings[self.start[facility] + place];
        known.face += amount;
        known.carrying += amount;
    }

    /// Sum of the faces of one holder.
    #[must_use]
    pub fn face_of(&self, holder: usize) -> f64 {
        let all = (0..self.length.len()).flat_map(|f| self.row(f));
        all.filter(|held| held.holder == holder).map(|held| held.face).sum()
    }

    /// Sum of the faces of a facility.
    #[must_use]
    pub fn balance(&self, facility: usize) -> f64 {
        self.row(facility).iter().map(|held| held.face).sum()
    }
}
