//! The draws of one trial that come quarter by quarter, made at its start. (methods.md, 3)

use crate::model::copula::{Margin, Margins};
use crate::model::driver::{Draws, idiosyncratic};
use crate::model::system::{Copula, DefaultModel, Drivers, System};
use crate::random::{Lanes, Names, Purpose, chi_square, normal_quantiles};

/// What chance holds for a trial: independent normals, mixing variables, uniforms of jumps, in all quarters.
///
/// Trials of one number share it, whatever else differs between them: the twin, a forced failure.
///
/// # Shapes
/// `[quarter, name]` by rows: factors first, then obligors with draws of their own, then jumps; quarters from 1, of uniforms an
/// even number. Jumps have uniforms and no normals.
#[derive(Debug, Clone)]
pub struct DrawTable {
    lanes: Lanes,
    margins: Margins,
    names: Names,
    factors: usize,
    obligors: Vec<Own>,
    /// Names before the jumps.
    normal: usize,
    known: Option<Known>,
    uniforms: Vec<f64>,
    normals: Vec<f64>,
    /// Normals through the copula's margin.
    shocks: Vec<f64>,
    mixing: Vec<f64>,
}

/// The stream of an obligor and its place among the names, if the table has it.
#[derive(Debug, Clone, Copy)]
struct Own {
    key: u32,
    name: Option<usize>,
}

/// What a table was filled for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    draws: Draws,
    dof: f64,
}

impl DrawTable {
    /// Room for the draws of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let mut names = Names::default();
        system.drivers.keys.iter().for_each(|key| names.push(Purpose::Factors, *key));
        let obligors = system.obligors.iter().map(|obligor| {
            let drawn = obligor.revenue_volatility_pa > 0.0 || obligor.default_model != DefaultModel::Structural;
            let name = drawn.then(|| names.count());
            if drawn {
                names.push(Purpose::Idiosyncratic, obligor.key);
            }
            Own { key: obligor.key, name }
        });
        let obligors = obligors.collect();
        let normal = names.count();
        system.jumps.iter().for_each(|jump| names.push(Purpose::Jumps, jump.key));
        let (quarters, even) = (system.quarters, system.quarters.next_multiple_of(2));
        DrawTable {
            lanes: Lanes::detected(),
            margins: Margins::new(&system.drivers),
            factors: system.drivers.keys.len(),
            obligors,
            normal,
            known: None,
            uniforms: vec![0.0; even * names.count()],
            normals: vec![0.0; quarters * names.count()],
            shocks: vec![0.0; quarters * names.count()],
            mixing: vec![1.0; quarters],
            names,
        }
    }

    /// Does without what only some processors have: slower, with the same bits.
    pub fn make_portable(&mut self) {
        self.lanes = Lanes::portable();
    }

    /// The lanes that it draws in.
    #[must_use]
    pub fn lanes(&self) -> Lanes {
        self.lanes
    }

    /// Holds the draws of a trial of a system, whose parameters are those drawn for the trial; nothing is done where it
    /// holds them already.
    pub fn fill(&mut self, drivers: &Drivers, draws: Draws) {
        let known = Some(Known { draws, dof: drivers.dof });
        if self.known == known {
            return;
        }
        self.known = known;
        draws.streams.fill_uniforms(draws.trial, &self.names, self.lanes, &mut self.uniforms);
        normal_quantiles(&self.uniforms[..self.normals.len()], self.lanes, &mut self.normals);
        for (quarter, mixing) in (1..).zip(&mut self.mixing) {
            *mixing = draw_mixing(drivers, draws, quarter);
        }
        self.shock(drivers);
    }

    fn shock(&mut self, drivers: &Drivers) {
        let margin = self.margins.of(drivers);
        let count = self.names.count();
        let quarters = self.shocks.chunks_exact_mut(count).zip(self.normals.chunks_exact(count));
        for ((shocks, normals), mixing) in quarters.zip(&self.mixing) {
            let own = self.factors..self.normal;
            for (shock, e) in shocks[own.clone()].iter_mut().zip(&normals[own]) {
                *shock = margin.map(mixing * e);
            }
        }
    }

    /// Mixing variable `s_t` of quarter `t`, from 1: `sqrt(nu / W)`, W chi-square of nu, one for all in a quarter (Demarta
    /// and McNeil 2005); 1 if Gaussian.
    #[must_use]
    pub fn mixing(&self, t: usize) -> f64 {
        self.mixing[t - 1]
    }

    /// Independent normals z of quarter `t`, by factor.
    #[must_use]
    pub fn factors(&self, t: usize) -> &[f64] {
        &self.normals[self.row(t)..][..self.factors]
    }

    /// Uniforms of quarter `t` that counts of jumps invert, by jump.
    #[must_use]
    pub fn jumps(&self, t: usize) -> &[f64] {
        &self.uniforms[self.row(t)..][self.normal..self.names.count()]
    }

    /// The raw standard normal `e_i` of an obligor in quarter `t`, as it is in the latent test.
    #[inline]
    #[must_use]
    pub fn idiosyncratic(&self, t: usize, obligor: usize) -> f64 {
        let Own { key, name } = self.obligors[obligor];
        name.map_or_else(|| self.alone(t, key), |name| self.normals[self.row(t) + name])
    }

    /// The same draw as it moves revenue: `s_t e_i` through the margin of the copula, a standard normal.
    #[inline]
    #[must_use]
    pub fn revenue_shock(&self, drivers: &Drivers, t: usize, obligor: usize) -> f64 {
        let Own { key, name } = self.obligors[obligor];
        let drawn = || self.margin(drivers).map(self.mixing(t) * self.alone(t, key));
        name.map_or_else(drawn, |name| self.shocks[self.row(t) + name])
    }

    /// The margin of the copula at the degrees of freedom of this trial.
    #[must_use]
    pub fn margin(&self, drivers: &Drivers) -> Margin<'_> {
        self.margins.of(drivers)
    }

    fn row(&self, t: usize) -> usize {
        (t - 1) * self.names.count()
    }

    /// The draw of an obligor whose law makes it need one in few trials.
    fn alone(&self, t: usize, key: u32) -> f64 {
        self.known.map_or(f64::NAN, |known| idiosyncratic(known.draws.streams, known.draws.trial, t, key))
    }
}

/// `sqrt(nu / W)` of a quarter, 1 if Gaussian.
fn draw_mixing(drivers: &Drivers, draws: Draws, quarter: u32) -> f64 {
    match drivers.copula {
        Copula::Gaussian => 1.0,
        Copula::StudentT => {
            let mut words = draws.streams.words(draws.trial, Purpose::Mixing, quarter, 0);
            libm::sqrt(drivers.dof / chi_square(drivers.dof as u32, &mut words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::system::Jump;
    use crate::random::Streams;

    /// Three obligors, of which the second has no draws, and a jump, in 5 quarters.
    fn world() -> System {
        let mut system = fixture::system(&["us"]);
        system.quarters = 5;
        system.drivers.copula = Copula::StudentT;
        system.drivers.dof = 5.0;
        system.drivers.dof_values = vec![5];
        system.obligors = ["a", "b", "c"].map(fixture::obligor).to_vec();
        system.obligors[0].revenue_volatility_pa = 0.2;
        system.obligors[2].default_model = DefaultModel::Latent;
        system.jumps = vec![Jump {
            name: "jump".into(),
            place: 0,
            key: 77,
            rate_pa: 1.0,
            obsolescence: 0.1,
            demand: 0.1,
            equity: 0.1,
            confidence: 0.1,
            compensated: false,
        }];
        system
    }

    #[test]
    fn the_table_holds_what_each_address_draws_alone() {
        let system = world();
        let streams = Streams::new(8);
        let mut portable = DrawTable::new(&system);
        portable.make_portable();
        let mut table = DrawTable::new(&system);
        for trial in 0..200 {
            for table in [&mut table, &mut portable] {
                table.fill(&system.drivers, Draws { streams, trial });
                for t in 1..=5 {
                    let quarter = t as u32;
                    for (z, key) in table.factors(t).iter().zip(&system.drivers.keys) {
                        assert_eq!(*z, streams.normal(trial, Purpose::Factors, quarter, *key));
                    }
                    assert_eq!(table.factors(t).len(), system.drivers.keys.len());
                    assert_eq!(table.jumps(t), [streams.uniform(trial, Purpose::Jumps, quarter, 77)]);
                    let margin = table.margin(&system.drivers);
                    for (i, obligor) in system.obligors.iter().enumerate() {
                        let e = idiosyncratic(streams, trial, t, obligor.key);
                        assert_eq!(table.idiosyncratic(t, i), e);
                        assert_eq!(table.revenue_shock(&system.drivers, t, i), margin.map(table.mixing(t) * e));
                    }
                }
            }
        }
    }

    #[test]
    fn a_table_is_filled_anew_for_another_trial_seed_or_dependence() {
        let mut system = world();
        let mut table = DrawTable::new(&system);
        let mut seen = vec![];
        for (seed, trial, dof) in [(1, 1, 5.0), (1, 2, 5.0), (2, 2, 5.0), (2, 2, 4.0)] {
            system.drivers.dof = dof;
            table.fill(&system.drivers, Draws { streams: Streams::new(seed), trial });
            seen.push((table.factors(3)[0], table.mixing(3)));
        }
        assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "{seen:?}");
        assert_eq!(seen[2].0, seen[3].0);
        table.uniforms.fill(0.25);
        table.fill(&system.drivers, Draws { streams: Streams::new(2), trial: 2 });
        assert_eq!(table.jumps(1), [0.25], "it was drawn a second time");
    }
}
