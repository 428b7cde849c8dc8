//! GPUs of obligors by vintage: their book value, and the units young enough to be let. (methods.md, 5.1, 6.1)

use crate::model::compute::Curve;
use crate::model::system::System;
use crate::random::Lanes;

/// Obligors that are added up side by side.
const WIDTH: usize = 8;

/// The fleets of all obligors, with the sums over their vintages that a quarter needs.
///
/// Units bought in one quarter have their age and their `e^J_v` in common, whoever bought them: so sums go vintage by vintage, for
/// some obligors at once. Each adds up its vintages in the order of purchase, those of opening first; these bear all obsolescence,
/// `e^J_v = 1`. Of an obligor that has defaulted the sums say nothing.
///
/// # Units
/// USD bn of purchase cost; `book` and `young` before obsolescence, residual cycle and fire sales.
/// # Shapes
/// `book`, `young`: one entry per obligor, up to a multiple of the width of a lane of obligors, 8; `bought`: `[lane][quarter - 1][obligor in the lane]`.
#[derive(Debug, Clone)]
pub struct Fleets {
    /// `sum q g(t-v) e^J_v`: what the value of a fleet is made of.
    pub book: Vec<f64>,
    /// `sum q e^J_v` of the units that can be let.
    pub young: Vec<f64>,
    bought: Vec<[f64; WIDTH]>,
    opening: Vec<Units>,
    /// What a vintage has in common, by quarter of purchase.
    vintages: Vec<Vintage>,
    /// The present quarter.
    t: usize,
}

/// Units of an obligor at opening.
#[derive(Debug, Clone, Copy)]
struct Units {
    obligor: usize,
    cost: f64,
    age_q: usize,
}

/// Units bought in one quarter, as they stand: `g`, `e^J_v`, and this again while they can be let.
#[derive(Debug, Clone, Copy)]
struct Vintage {
    share: f64,
    lift: f64,
    let_out: f64,
}

impl Fleets {
    /// The fleets of a system at opening.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let chunks = system.obligors.len().div_ceil(WIDTH);
        let mut fleets = Fleets {
            book: vec![0.0; chunks * WIDTH],
            young: vec![0.0; chunks * WIDTH],
            bought: vec![[0.0; WIDTH]; chunks * system.quarters],
            opening: Vec::with_capacity(system.obligors.iter().map(|obligor| obligor.fleet.len()).sum()),
            vintages: vec![Vintage { share: 1.0, lift: 1.0, let_out: 1.0 }; system.quarters],
            t: 0,
        };
        fleets.reset(system);
        fleets
    }

    /// Takes the opening fleets of this system. What was bought in the last trial is cleared quarter by quarter, by
    /// [`Fleets::value`].
    pub fn reset(&mut self, system: &System) {
        self.opening.clear();
        for (obligor, owner) in system.obligors.iter().enumerate() {
            let units = owner.fleet.iter().map(|vintage| Units { obligor, cost: vintage.cost, age_q: vintage.age_q });
            self.opening.extend(units);
        }
    }

    /// Becomes the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Fleets { book, young, bought, opening, vintages, t } = other;
        self.book.clone_from(book);
        self.young.clone_from(young);
        self.bought.clone_from(bought);
        self.opening.clone_from(opening);
        self.vintages.clone_from(vintages);
        self.t = *t;
    }

    /// Adds up the fleets of opening `t` quarters after it, without those bought since.
    pub fn begin(&mut self, t: usize, curve: &Curve) {
        self.book.fill(0.0);
        self.young.fill(0.0);
        for Units { obligor, cost, age_q } in &self.opening {
            let age = curve.at(age_q + t);
            self.book[*obligor] += cost * age.share;
            self.young[*obligor] += cost * age.let_out;
        }
    }

    /// Adds up the fleets at the start of quarter `t` (quarters come in their order), when units are bought at `e^J = lift`.
    pub fn value(&mut self, t: usize, lift: f64, curve: &Curve, lanes: Lanes) {
        self.begin(t, curve);
        self.t = t;
        self.vintages[t - 1].lift = lift;
        for (v, vintage) in (1..=t).zip(&mut self.vintages) {
            let age = curve.at(t - v);
            (vintage.share, vintage.let_out) = (age.share, vintage.lift * age.let_out);
        }
        let Fleets { book, young, bought, vintages, .. } = self;
        let quarters = vintages.len();
        let sums = book.as_chunks_mut::<WIDTH>().0.iter_mut().zip(young.as_chunks_mut::<WIDTH>().0);
        lanes.run(
            #[inline(always)]
            || {
                for ((book, young), bought) in sums.zip(bought.chunks_exact_mut(quarters)) {
                    bought[t - 1] = [0.0; WIDTH];
                    add_up(&vintages[..t - 1], bought, book, young);
                }
            },
        );
    }

    /// An obligor buys units in the present quarter; they count in `book` at once.
    #[inline]
    pub fn buy(&mut self, obligor: usize, cost: f64) {
        let Vintage { share, lift, .. } = self.vintages[self.t - 1];
        let (chunk, place) = (obligor / WIDTH, obligor % WIDTH);
        self.bought[chunk * self.vintages.len() + self.t - 1][place] = cost;
        self.book[obligor] += cost * share * lift;
    }
}

/// Adds vintages to the sums of the obligors of a chunk.
#[inline(always)]
fn add_up(vintages: &[Vintage], bought: &[[f64; WIDTH]], book: &mut [f64; WIDTH], young: &mut [f64; WIDTH]) {
    let (mut books, mut youngs) = (*book, *young);
    for (Vintage { share, lift, let_out }, costs) in vintages.iter().zip(bought) {
        for ((book, young), cost) in books.iter_mut().zip(&mut youngs).zip(costs) {
            *book += cost * share * lift;
            *young += cost * let_out;
        }
    }
    (*book, *young) = (books, youngs);
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
            fleets.bought.fill([9.0; WIDTH]);
            fleets.begin(0, &curve);
            assert_eq!((fleets.book[1], fleets.young[1]), (4.0 * 0.25 + 8.0 * 0.85, 12.0));
            let close =
                |sums: &[f64], exact: [f64; 3]| sums.iter().zip(exact).all(|(sum, exact)| (sum - exact).abs() < 1e-14);
            fleets.value(1, 1.25, &curve, lanes);
            fleets.buy(0, 2.0);
            assert_eq!(fleets.book[0], 2.5);
            fleets.value(2, 1.5, &curve, lanes);
            fleets.buy(1, 6.0);
            fleets.buy(2, 1.0);
            fleets.value(3, 2.0, &curve, lanes);
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
            fleets.value(t, 1.0, &curve, Lanes::detected());
            fleets.buy(0, if t == 1 { 1.0 } else { 0.0 });
            fleets.young[0]
        });
        assert_eq!(young.collect::<Vec<_>>(), [0.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
