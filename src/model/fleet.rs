//! GPUs of obligors by vintage: their book value, and the units young enough to be let. (methods.md, 5.1, 6.1)

use crate::model::compute::Curve;
use crate::model::system::System;
use crate::random::Lanes;

/// The fleets of all obligors, with the sums over their vintages that a quarter needs.
///
/// Units bought in one quarter have their age and their `e^J_v` in common, whoever bought them: so sums go vintage by vintage, for
/// all obligors at once. Each adds up its vintages in the order of purchase, those of opening first; these bear all obsolescence,
/// `e^J_v = 1`. Of an obligor that has defaulted the sums say nothing.
///
/// # Units
/// USD bn of purchase cost; `book` and `young` before obsolescence, residual cycle and fire sales.
/// # Shapes
/// `book`, `young`: one entry per obligor; `bought`: `[quarter - 1, obligor]` by rows.
#[derive(Debug, Clone)]
pub struct Fleets {
    /// `sum q g(t-v) e^J_v`: what the value of a fleet is made of.
    pub book: Vec<f64>,
    /// `sum q e^J_v` of the units that can be let.
    pub young: Vec<f64>,
    bought: Vec<f64>,
    /// `e^J_v` by quarter of purchase.
    lifts: Vec<f64>,
    /// What a purchase of the present quarter adds to the book value, per unit of cost: `g(0)` and `e^J`.
    new: (f64, f64),
    /// Where the present quarter begins in `bought`.
    row: usize,
}

impl Fleets {
    /// Room for the fleets of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let obligors = system.obligors.len();
        Fleets {
            book: vec![0.0; obligors],
            young: vec![0.0; obligors],
            bought: vec![0.0; system.quarters * obligors],
            lifts: vec![1.0; system.quarters],
            new: (1.0, 1.0),
            row: 0,
        }
    }

    /// Adds up the fleets of opening `t` quarters after it, before those bought since.
    pub fn begin(&mut self, system: &System, t: usize, curve: &Curve) {
        for ((obligor, book), young) in system.obligors.iter().zip(&mut self.book).zip(&mut self.young) {
            (*book, *young) = (0.0, 0.0);
            for vintage in &obligor.fleet {
                let age_q = vintage.age_q + t;
                *book += vintage.cost * curve.at(age_q);
                *young += if curve.lets(age_q) { vintage.cost } else { 0.0 };
            }
        }
    }

    /// Adds up the fleets at the start of quarter `t` (quarters come in their order), when units are bought at `e^J = lift`.
    pub fn value(&mut self, system: &System, (t, lift): (usize, f64), curve: &Curve, lanes: Lanes) {
        self.begin(system, t, curve);
        let Fleets { book, young, bought, lifts, .. } = self;
        let count = book.len();
        lanes.run(
            #[inline(always)]
            || {
                let vintages = (1..t).zip(&*lifts).zip(bought.chunks_exact(count.max(1)));
                for ((v, lift), costs) in vintages {
                    let share = curve.at(t - v);
                    if curve.lets(t - v) {
                        for ((book, young), cost) in book.iter_mut().zip(&mut *young).zip(costs) {
                            *book += cost * share * lift;
                            *young += cost * lift;
                        }
                    } else {
                        book.iter_mut().zip(costs).for_each(|(book, cost)| *book += cost * share * lift);
                    }
                }
            },
        );
        self.row = (t - 1) * count;
        self.bought[self.row..][..count].fill(0.0);
        self.lifts[t - 1] = lift;
        self.new = (curve.at(0), lift);
    }

    /// An obligor buys units in the present quarter; they count in `book` at once.
    #[inline]
    pub fn buy(&mut self, obligor: usize, cost: f64) {
        let (share, lift) = self.new;
        self.bought[self.row + obligor] = cost;
        self.book[obligor] += cost * share * lift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::system::{Obligor, Vintage};

    /// Straight line to a tenth in 12 quarters: 0.075 a quarter. Three names, so that lanes have a rest.
    #[test]
    fn vintages_of_all_add_up_at_their_ages() {
        let mut system = fixture::system(&["us"]);
        let fleet = vec![Vintage { cost: 4.0, age_q: 10 }, Vintage { cost: 8.0, age_q: 2 }];
        system.obligors =
            vec![fixture::obligor("a"), Obligor { fleet, ..fixture::obligor("b") }, fixture::obligor("c")];
        let mut curve = Curve::new(&system);
        curve.tabulate(&system.gpu);
        for lanes in [Lanes::portable(), Lanes::detected()] {
            let mut fleets = Fleets::new(&system);
            // What an earlier trial bought must not count.
            fleets.bought.fill(9.0);
            fleets.begin(&system, 0, &curve);
            assert_eq!((fleets.book[1], fleets.young[1]), (4.0 * 0.25 + 8.0 * 0.85, 12.0));
            let close =
                |sums: &[f64], exact: [f64; 3]| sums.iter().zip(exact).all(|(sum, exact)| (sum - exact).abs() < 1e-14);
            fleets.value(&system, (1, 1.25), &curve, lanes);
            fleets.buy(0, 2.0);
            assert_eq!(fleets.book[0], 2.5);
            fleets.value(&system, (2, 1.5), &curve, lanes);
            fleets.buy(1, 6.0);
            fleets.buy(2, 1.0);
            fleets.value(&system, (3, 2.0), &curve, lanes);
            // The units of age 13 are worth salvage and cannot be let.
            let old = 4.0 * 0.1 + 8.0 * (1.0 - 5.0 * 0.075);
            assert!(close(&fleets.book, [2.5 * 0.85, old + 9.0 * 0.925, 1.5 * 0.925]), "{:?}", fleets.book);
            assert!(close(&fleets.young, [2.5, 8.0 + 9.0, 1.5]), "{:?}", fleets.young);
        }
    }

    #[test]
    fn units_bought_here_grow_too_old_to_let() {
        let mut system = fixture::system(&["us"]);
        system.obligors = vec![fixture::obligor("a")];
        system.gpu.life_q = 2.5;
        let mut curve = Curve::new(&system);
        curve.tabulate(&system.gpu);
        let mut fleets = Fleets::new(&system);
        let young = (1..=5).map(|t| {
            fleets.value(&system, (t, 1.0), &curve, Lanes::detected());
            fleets.buy(0, if t == 1 { 1.0 } else { 0.0 });
            fleets.young[0]
        });
        assert_eq!(young.collect::<Vec<_>>(), [0.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
