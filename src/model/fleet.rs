//! GPUs of obligors by vintage: their book value, and the units young enough to be let. (methods.md, 5.1, 6.1)

use crate::model::compute::Curve;
use crate::model::system::System;

/// The fleets of all obligors, with the sums over their vintages that a quarter needs.
///
/// Units bought in one quarter have their age and their `e^J_v` in common, whoever bought them: so sums go vintage by vintage, for
/// all obligors at once. Each adds up its vintages in the order of purchase, those of opening first.
///
/// # Units
/// USD bn of purchase cost; `book` and `young` before obsolescence, residual cycle and fire sales.
/// # Shapes
/// One entry per obligor, but `bought`: `[quarter - 1, obligor]` by rows.
#[derive(Debug, Clone)]
pub struct Fleets {
    /// `sum q g(t-v) e^J_v`: what the value of a fleet is made of.
    pub book: Vec<f64>,
    /// `sum q e^J_v` of the units that can be let.
    pub young: Vec<f64>,
    opening: Vec<Units>,
    bought: Vec<f64>,
    /// `e^J_v` by quarter of purchase.
    lifts: Vec<f64>,
}

/// Units of an obligor at opening, which bear all obsolescence: `e^J_v = 1`.
#[derive(Debug, Clone, Copy)]
struct Units {
    obligor: usize,
    cost: f64,
    age_q: usize,
}

impl Fleets {
    /// The fleets of a system at opening.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let obligors = system.obligors.len();
        let mut fleets = Fleets {
            book: vec![0.0; obligors],
            young: vec![0.0; obligors],
            opening: Vec::with_capacity(system.obligors.iter().map(|obligor| obligor.fleet.len()).sum()),
            bought: vec![0.0; system.quarters * obligors],
            lifts: vec![1.0; system.quarters],
        };
        fleets.reset(system);
        fleets
    }

    /// Begins a trial of this system.
    pub fn reset(&mut self, system: &System) {
        self.opening.clear();
        for (i, obligor) in system.obligors.iter().enumerate().filter(|(_, obligor)| obligor.region.is_some()) {
            let units = obligor.fleet.iter().map(|vintage| (vintage.cost, vintage.age_q));
            self.opening.extend(units.map(|(cost, age_q)| Units { obligor: i, cost, age_q }));
        }
    }

    /// Adds up the fleets at the start of quarter `t`, in the order of quarters: nobody has bought in it.
    pub fn value(&mut self, t: usize, curve: &Curve) {
        let Fleets { book, young, opening, bought, lifts } = self;
        book.fill(0.0);
        young.fill(0.0);
        for units in opening {
            let age_q = units.age_q + t;
            book[units.obligor] += units.cost * curve.at(age_q);
            if curve.lets(age_q) {
                young[units.obligor] += units.cost;
            }
        }
        let mut vintages = bought.chunks_exact_mut(book.len().max(1));
        for ((v, lift), costs) in (1..t).zip(lifts).zip(&mut vintages) {
            let share = curve.at(t - v);
            for (book, cost) in book.iter_mut().zip(&*costs) {
                *book += cost * share * *lift;
            }
            if curve.lets(t - v) {
                for (young, cost) in young.iter_mut().zip(&*costs) {
                    *young += cost * *lift;
                }
            }
        }
        if t > 0 {
            vintages.next().into_iter().for_each(|costs| costs.fill(0.0));
        }
    }

    /// An obligor buys units in quarter `t`, at the `e^J` of the quarter; they count in `book` at once.
    pub fn buy(&mut self, obligor: usize, t: usize, (cost, lift): (f64, f64), curve: &Curve) {
        self.bought[(t - 1) * self.book.len() + obligor] = cost;
        self.lifts[t - 1] = lift;
        self.book[obligor] += cost * curve.at(0) * lift;
    }

    /// The fleet of an obligor is gone.
    pub fn clear(&mut self, obligor: usize) {
        let count = self.book.len();
        self.opening.retain(|units| units.obligor != obligor);
        self.bought.iter_mut().skip(obligor).step_by(count).for_each(|cost| *cost = 0.0);
        (self.book[obligor], self.young[obligor]) = (0.0, 0.0);
    }
}
