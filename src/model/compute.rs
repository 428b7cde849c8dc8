//! GPU values and the compute market: book curve, utilisation, rent, residual values, equity index, confidence.

use crate::model::driver::DriverState;
use crate::model::system::{
    CREDIT, Confidence, DEMAND, Depreciation, EQUITY, EquityIndex, Gpu, REGIONAL, RESIDUAL, Region, System,
};
use crate::random::{Lanes, powers};
use crate::units::{per_quarter, quarterly_volatility};

/// The book curve g by age: the expected share of its cost that a GPU keeps, tabulated once per trial.
#[derive(Debug, Clone)]
pub struct Curve {
    ages: Vec<Age>,
}

/// What becomes of a unit of an age.
#[derive(Debug, Clone, Copy)]
pub struct Age {
    /// g: share of its cost that it keeps.
    pub share: f64,
    /// 1 while it can be let, being younger than its life, then 0.
    pub let_out: f64,
}

impl Curve {
    /// Room for every age a unit of this system can reach.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let vintages = system.obligors.iter().flat_map(|obligor| &obligor.fleet);
        let oldest = vintages.map(|vintage| vintage.age_q).max().unwrap_or(0);
        Curve { ages: vec![Age { share: 1.0, let_out: 1.0 }; oldest + system.quarters + 1] }
    }

    /// Tabulates the curve at the life and salvage of a trial.
    pub fn tabulate(&mut self, gpu: &Gpu) {
        for (age_q, age) in self.ages.iter_mut().enumerate() {
            let let_out = if (age_q as f64) < gpu.life_q { 1.0 } else { 0.0 };
            *age = Age { share: book_share(gpu, age_q as f64), let_out };
        }
    }

    /// Becomes the same as that of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        self.ages.clone_from(&other.ages);
    }

    /// An age in quarters; beyond the table the oldest age.
    #[inline]
    #[must_use]
    pub fn at(&self, age_q: usize) -> Age {
        self.ages[age_q.min(self.ages.len() - 1)]
    }
}

/// g(a): `a` quarters old, life N, salvage s; s beyond N (model section 4).
#[must_use]
pub fn book_share(gpu: &Gpu, age: f64) -> f64 {
    let (life, salvage) = (gpu.life_q, gpu.salvage);
    if age > life {
        return salvage;
    }
    let left = life - age;
    match &gpu.depreciation {
        Depreciation::StraightLine => 1.0 - (1.0 - salvage) * age / life,
        Depreciation::Geometric => libm::pow(salvage, age / life),
        Depreciation::Accelerated => salvage + (1.0 - salvage) * left * (left + 1.0) / (life * (life + 1.0)),
        Depreciation::Table(points) => interpolated(points, age),
    }
}

/// Piecewise linear through `(age, share)` in ascending order, flat outside.
fn interpolated(points: &[(f64, f64)], age: f64) -> f64 {
    let after = points.partition_point(|(a, _)| *a <= age);
    match (after.checked_sub(1).map(|before| points[before]), points.get(after)) {
        (Some((a, g)), Some((b, h))) => g + (h - g) * (age - a) / (b - a),
        (Some((_, g)), None) | (None, Some(&(_, g))) => g,
        (None, None) => 1.0,
    }
}

/// Powers of the equity index by which other assets and market values of obligors go, each worked out once a quarter.
#[derive(Debug, Clone)]
pub struct Powers {
    exponents: Vec<f64>,
    powers: Vec<f64>,
    scaled: Vec<Scaled>,
}

/// An obligor whom the index moves, with the places of the exponents of its other assets and of its market value.
#[derive(Debug, Clone, Copy)]
struct Scaled {
    obligor: usize,
    places: [usize; 2],
}

impl Powers {
    /// Room for so many obligors.
    #[must_use]
    pub fn new(obligors: usize) -> Self {
        let room = 2 * obligors + 1;
        Powers {
            exponents: Vec::with_capacity(room),
            powers: Vec::with_capacity(room),
            scaled: Vec::with_capacity(obligors),
        }
    }

    /// Begins a trial of this system: what exponents there are; 0, by which nothing moves, where there is nothing to scale.
    pub fn begin(&mut self, system: &System) {
        self.exponents.clear();
        self.scaled.clear();
        for (i, obligor) in system.obligors.iter().enumerate() {
            let amounts =
                [(obligor.other_assets, obligor.other_assets_beta), (obligor.market_cap, obligor.equity_beta)];
            let exponents = amounts.map(|(amount, beta)| if amount == 0.0 { 0.0 } else { beta });
            if exponents != [0.0; 2] {
                let places = exponents.map(|exponent| self.place(exponent));
                self.scaled.push(Scaled { obligor: i, places });
            }
        }
    }

    /// Becomes the same as those of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Powers { exponents, powers, scaled } = other;
        self.exponents.clone_from(exponents);
        self.powers.clone_from(powers);
        self.scaled.clone_from(scaled);
    }

    /// Where an exponent stands, new ones behind the known.
    fn place(&mut self, exponent: f64) -> usize {
        self.exponents.iter().position(|known| *known == exponent).unwrap_or_else(|| {
            self.exponents.push(exponent);
            self.exponents.len() - 1
        })
    }

    /// `S^beta` at an index, for every exponent.
    pub fn raise(&mut self, index: f64, lanes: Lanes) {
        self.powers.resize(self.exponents.len(), 1.0);
        powers(index, &self.exponents, lanes, &mut self.powers);
    }

    /// Obligors that the index moves, with the powers for their other assets and their market value.
    #[inline]
    pub fn each(&self) -> impl Iterator<Item = (usize, [f64; 2])> + '_ {
        self.scaled.iter().map(|Scaled { obligor, places }| (*obligor, places.map(|place| self.powers[place])))
    }
}

/// The compute market, the equity index and confidence at one quarter (model section 4).
///
/// # Shapes
/// Every vector has one entry per region.
#[derive(Debug, Clone)]
pub struct Market {
    /// Demand for compute, in the unit of supply.
    pub demand: Vec<f64>,
    /// Change of log demand in the quarter.
    pub demand_growth: Vec<f64>,
    /// Supply at home, without spillover.
    pub supply: Vec<f64>,
    /// Supply idle in excess of the opening share, which spills over in the next quarter.
    pub idle_excess: Vec<f64>,
    /// Utilisation u.
    pub utilisation: Vec<f64>,
    /// `u / u_0`.
    pub use_ratio: Vec<f64>,
    /// Rent index, 1 at opening.
    pub rent: Vec<f64>,
    /// Spot rent of a unit of capacity before operating cost, yield . rent . u; nothing before the first quarter.
    pub spot_rent: Vec<f64>,
    /// Residual-value factor m, 1 at opening.
    pub residual: Vec<f64>,
    /// `m^site_beta`, the cycle of site values.
    pub site_cycle: Vec<f64>,
    /// Cumulative obsolescence J.
    pub obsolescence: f64,
    /// `e^J`, which units bought in this quarter take with them.
    pub lift: f64,
    /// `e^-J`.
    pub decay: f64,
    /// Equity index S, 1 at opening.
    pub equity: f64,
    /// Confidence c.
    pub confidence: Sentiment,
    /// Confidence as it would be without the hits of defaults and failures, which steers the building of supply.
    pub unhurt: Sentiment,
    log_residual: Vec<f64>,
    log_equity: f64,
    confidence_mean: f64,
}

/// Confidence as mean and deviation: `c = clamp(mean + y, 0, 1)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sentiment {
    /// c, 0 to 1.
    pub level: f64,
    deviation: f64,
}

impl Sentiment {
    fn opening(confidence: &Confidence) -> Self {
        Sentiment { level: confidence.confidence_mean, deviation: 0.0 }
    }

    /// `y_t = max(-mean, (1 - k) y_t-1 + change)`: confidence below zero is not remembered.
    fn advance(&mut self, confidence: &Confidence, change: f64) {
        let mean = confidence.confidence_mean;
        let kept = (1.0 - confidence.confidence_reversion_q) * self.deviation;
        self.deviation = (kept + change).max(-mean);
        self.level = (mean + self.deviation).clamp(0.0, 1.0);
    }
}

impl Market {
    /// The market of a system at opening.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let regions = || vec![0.0; system.regions.len()];
        let mut market = Market {
            demand: regions(),
            demand_growth: regions(),
            supply: regions(),
            idle_excess: regions(),
            utilisation: regions(),
            use_ratio: regions(),
            rent: regions(),
            spot_rent: regions(),
            residual: regions(),
            site_cycle: regions(),
            obsolescence: 0.0,
            lift: 1.0,
            decay: 1.0,
            equity: 1.0,
            confidence: Sentiment::default(),
            unhurt: Sentiment::default(),
            log_residual: regions(),
            log_equity: 0.0,
            confidence_mean: 0.0,
        };
        market.reset(system);
        market
    }

    /// Begins a trial of this system: demand such that utilisation is the opening one, rent, m and S at 1.
    pub fn reset(&mut self, system: &System) {
        for (r, region) in system.regions.iter().enumerate() {
            self.supply[r] = region.supply;
            self.demand[r] = region.utilisation * region.supply;
            self.utilisation[r] = region.utilisation;
        }
        self.demand_growth.fill(0.0);
        self.idle_excess.fill(0.0);
        self.use_ratio.fill(1.0);
        self.rent.fill(1.0);
        self.spot_rent.fill(0.0);
        self.residual.fill(1.0);
        self.log_residual.fill(0.0);
        self.site_cycle.fill(1.0);
        self.obsolescence = 0.0;
        self.lift = 1.0;
        self.decay = 1.0;
        self.log_equity = 0.0;
        self.equity = 1.0;
        self.confidence = Sentiment::opening(&system.confidence);
        self.unhurt = self.confidence;
        self.confidence_mean = system.confidence.confidence_mean;
    }

    /// Becomes the same as that of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Market {
            demand,
            demand_growth,
            supply,
            idle_excess,
            utilisation,
            use_ratio,
            rent,
            spot_rent,
            residual,
            site_cycle,
            obsolescence,
            lift,
            decay,
            equity,
            confidence,
            unhurt,
            log_residual,
            log_equity,
            confidence_mean,
        } = other;
        self.demand.clone_from(demand);
        self.demand_growth.clone_from(demand_growth);
        self.supply.clone_from(supply);
        self.idle_excess.clone_from(idle_excess);
        self.utilisation.clone_from(utilisation);
        self.use_ratio.clone_from(use_ratio);
        self.rent.clone_from(rent);
        self.spot_rent.clone_from(spot_rent);
        self.residual.clone_from(residual);
        self.site_cycle.clone_from(site_cycle);
        self.log_residual.clone_from(log_residual);
        (self.obsolescence, self.lift, self.decay) = (*obsolescence, *lift, *decay);
        (self.equity, self.log_equity) = (*equity, *log_equity);
        (self.confidence, self.unhurt, self.confidence_mean) = (*confidence, *unhurt, *confidence_mean);
    }

    /// Moves to the next quarter: its drivers, and the hit that defaults and failures of the last one deal to confidence.
    pub fn advance(&mut self, system: &System, drivers: &DriverState, hit: f64) {
        self.advance_supply(system, drivers);
        self.advance_demand(system, drivers);
        for (r, region) in system.regions.iter().enumerate() {
            self.utilisation[r] = (self.demand[r] / self.effective_supply(system, r)).min(region.u_max);
            self.use_ratio[r] = self.utilisation[r] / region.utilisation;
        }
        for (r, region) in system.regions.iter().enumerate() {
            self.price(&system.gpu, region, r, drivers.factors[RESIDUAL]);
            self.spot_rent[r] = system.compute.rental_yield * self.rent[r] * self.utilisation[r];
        }
        self.obsolescence += per_quarter(system.gpu.obsolescence_drift_pa) + drivers.effects.obsolescence;
        self.lift = libm::exp(self.obsolescence);
        self.decay = libm::exp(-self.obsolescence);
        self.advance_equity(&system.equity, drivers);
        let volatility = system.confidence.confidence_volatility_q;
        let change = volatility * drivers.factors[CREDIT] + drivers.effects.confidence;
        self.confidence.advance(&system.confidence, change - hit);
        self.unhurt.advance(&system.confidence, change);
    }

    /// `chat = min(1, c / mean)`: confidence as a share of its mean.
    #[must_use]
    pub fn confidence_share(&self) -> f64 {
        (self.confidence.level / self.confidence_mean).min(1.0)
    }

    /// Value of a fleet per unit of its book value, at a fire-sale factor of 1: `m e^-J`.
    #[inline]
    #[must_use]
    pub fn fleet_price(&self, region: usize) -> f64 {
        self.residual[region] * self.decay
    }

    /// Supply grows with last quarter's confidence; a crisis of lenders must not heal itself by ending the glut.
    fn advance_supply(&mut self, system: &System, drivers: &DriverState) {
        let funding = self.unhurt.level / self.confidence_mean;
        for (r, region) in system.regions.iter().enumerate() {
            let growth = per_quarter(region.supply_growth_pa) * funding + drivers.effects.supply[r];
            self.supply[r] *= libm::exp(growth);
        }
    }

    fn advance_demand(&mut self, system: &System, drivers: &DriverState) {
        for (r, region) in system.regions.iter().enumerate() {
            let b = region.demand_loading;
            let common = b * drivers.factors[DEMAND];
            let factor = common + libm::sqrt(1.0 - b * b) * drivers.factors[REGIONAL + r];
            let noise = quarterly_volatility(region.demand_volatility_pa) * factor;
            self.demand_growth[r] = per_quarter(region.growth_pa) + noise + drivers.effects.demand[r];
            self.demand[r] *= libm::exp(self.demand_growth[r]);
        }
    }

    /// Supply at home and what other regions let spill over of last quarter's excess idle capacity.
    fn effective_supply(&self, system: &System, r: usize) -> f64 {
        let senders = system.regions.iter().zip(&self.idle_excess);
        senders.fold(self.supply[r], |sum, (sender, idle)| sum + sender.spillover[r] * idle)
    }

    /// Rent, residual-value cycle and excess idle capacity at the utilisation of the quarter.
    fn price(&mut self, gpu: &Gpu, region: &Region, r: usize, factor: f64) {
        let (u, opening) = (self.utilisation[r], region.utilisation);
        let log_rent = region.rent_elasticity * libm::log(u / opening);
        self.rent[r] = libm::exp(log_rent);
        let k = gpu.residual_reversion_q;
        let pull = k * gpu.residual_rent_beta * log_rent;
        let noise = quarterly_volatility(gpu.residual_volatility_pa) * factor;
        self.log_residual[r] = (1.0 - k) * self.log_residual[r] + pull + noise;
        self.residual[r] = libm::exp(self.log_residual[r]);
        self.site_cycle[r] = libm::exp(gpu.site_beta * self.log_residual[r]);
        self.idle_excess[r] = self.supply[r] * (opening - u).max(0.0);
    }

    fn advance_equity(&mut self, index: &EquityIndex, drivers: &DriverState) {
        let volatility = index.equity_volatility_pa;
        let trend = per_quarter(index.equity_drift_pa - 0.5 * volatility * volatility);
        let noise = quarterly_volatility(volatility) * drivers.factors[EQUITY];
        self.log_equity += trend + noise + drivers.effects.equity;
        self.equity = libm::exp(self.log_equity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draws::DrawTable;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::system::{Obligor, Shock, Target, Vintage};
    use crate::random::Streams;

    fn gpu(depreciation: Depreciation, life_q: f64) -> Gpu {
        Gpu { depreciation, life_q, ..fixture::system(&[]).gpu }
    }

    fn shock(target: Target, region: Option<usize>, size: f64) -> Shock {
        Shock { name: "test".into(), quarter: 1.0, size, length_q: 1.0, targets: vec![target], region }
    }

    /// The market after each quarter, no hits.
    fn path(system: &System, quarters: usize) -> Vec<Market> {
        hit_path(system, quarters, 0.0)
    }

    fn hit_path(system: &System, quarters: usize, hit: f64) -> Vec<Market> {
        let mut draws = DrawTable::new(&System { quarters, ..system.clone() });
        draws.fill(&system.drivers, Draws { streams: Streams::new(1), trial: 0 });
        let mut drivers = DriverState::new(system);
        let mut market = Market::new(system);
        drivers.reset(system);
        let step = |t| {
            drivers.advance(system, &draws, t);
            market.advance(system, &drivers, hit);
            market.clone()
        };
        (1..=quarters).map(step).collect()
    }

    #[test]
    fn depreciation_of_case_11() {
        use Depreciation::{Accelerated, Geometric, StraightLine};
        let cases = [
            (StraightLine, 16.0, [0.775, 0.55, 0.325]),
            (Geometric, 16.0, [0.562341, 0.316228, 0.177828]),
            (Accelerated, 16.0, [0.616176, 0.338235, 0.166176]),
            (StraightLine, 12.0, [0.7, 0.4, 0.1]),
            (Geometric, 12.0, [0.464159, 0.215443, 0.1]),
            (Accelerated, 12.0, [0.515385, 0.215385, 0.1]),
        ];
        let mut curve = Curve::new(&fixture::system(&[]));
        for (shape, life, printed) in cases {
            let gpu = gpu(shape, life);
            curve.tabulate(&gpu);
            for (age, printed) in [4, 8, 12].into_iter().zip(printed) {
                assert!((curve.at(age).share - printed).abs() < 5e-7, "{gpu:?} {age}");
            }
            assert_eq!(curve.at(0).share, 1.0);
            assert_eq!(curve.at(17).share, 0.1);
            assert_eq!(curve.at(1_000).share, 0.1);
        }
    }

    #[test]
    fn table_is_linear_between_its_points_and_flat_outside() {
        let gpu = gpu(Depreciation::Table(vec![(2.0, 0.9), (6.0, 0.5), (8.0, 0.4)]), 12.0);
        for (age, share) in [(0.0, 0.9), (2.0, 0.9), (3.0, 0.8), (6.0, 0.5), (7.0, 0.45), (11.0, 0.4), (13.0, 0.1)] {
            assert!((book_share(&gpu, age) - share).abs() < 1e-15, "age {age}");
        }
    }

    #[test]
    fn fleet_follows_the_curve_without_volatility() {
        let mut system = fixture::system(&["us"]);
        let mut owner = fixture::obligor("a");
        owner.fleet = vec![Vintage { cost: 40.0, age_q: 30 }];
        system.obligors = vec![owner];
        system.regions[0].growth_pa = 0.3;
        system.regions[0].supply_growth_pa = 0.3;
        let mut curve = Curve::new(&system);
        curve.tabulate(&system.gpu);
        for (t, market) in (1..).zip(path(&system, 20)) {
            let book = 40.0 * curve.at(t + 3).share + 10.0 * curve.at(t + 30).share;
            let exact = 40.0 * book_share(&system.gpu, (t + 3) as f64) + 1.0;
            assert!((market.fleet_price(0) * book - exact).abs() < 1e-12, "t {t}");
            assert_eq!(curve.at(t + 3).let_out, if t + 3 < 12 { 1.0 } else { 0.0 }, "t {t}");
            assert!((market.rent[0] - 1.0).abs() < 1e-12);
        }
        assert_eq!(curve.ages.len(), 51);
    }

    #[test]
    fn obsolescence_spares_units_bought_after_it() {
        let mut system = fixture::system(&["us"]);
        system.shocks = vec![shock(Target::Obsolescence, None, 0.25)];
        system.gpu.obsolescence_drift_pa = 0.04;
        let mut curve = Curve::new(&system);
        curve.tabulate(&system.gpu);
        let path = path(&system, 3);
        assert!((path[0].obsolescence - 0.26).abs() < 1e-15);
        let lift = path[0].lift;
        let at_three = |age, lift| path[2].fleet_price(0) * curve.at(age).share * lift;
        assert!((at_three(3, 1.0) - 0.775 * libm::exp(-0.28)).abs() < 1e-14);
        assert!((at_three(2, lift) - 0.85 * libm::exp(-0.02)).abs() < 1e-14);
    }

    #[test]
    fn each_power_of_the_index_is_worked_out_once() {
        let mut system = fixture::system(&[]);
        let owner = |name, beta| Obligor {
            other_assets: 2.0,
            other_assets_beta: beta,
            market_cap: 3.0,
            equity_beta: 1.5,
            ..fixture::obligor(name)
        };
        system.obligors = vec![owner("a", 1.5), owner("b", 0.5), Obligor { market_cap: 0.0, ..owner("c", 0.5) }];
        system.obligors.push(Obligor { market_cap: 0.0, ..owner("unmoved", 0.0) });
        let mut powers = Powers::new(4);
        powers.begin(&system);
        powers.raise(4.0, Lanes::portable());
        let scaled: Vec<_> = powers.each().collect();
        assert_eq!(scaled, [(0, [8.0, 8.0]), (1, [2.0, 8.0]), (2, [2.0, 1.0])]);
        assert_eq!(powers.exponents, [1.5, 0.5, 0.0]);
    }

    #[test]
    fn rent_of_case_16() {
        for (elasticity, rent) in [(1.0, 0.25), (1.5, 0.125)] {
            let mut system = fixture::system(&["us"]);
            system.regions[0].utilisation = 0.8;
            system.regions[0].rent_elasticity = elasticity;
            system.shocks = vec![shock(Target::Demand, None, libm::log(4.0))];
            let after = &path(&system, 1)[0];
            assert!((after.utilisation[0] - 0.2).abs() < 1e-15);
            assert!((after.rent[0] - rent).abs() < 1e-14);
            assert!((after.demand_growth[0] + libm::log(4.0)).abs() < 1e-15);
            // ln m = k eta ln rent after one quarter.
            let residual = libm::pow(rent, 0.35);
            assert!((after.residual[0] - residual).abs() < 1e-14);
            assert!((after.site_cycle[0] - libm::pow(residual, 0.3)).abs() < 1e-14);
        }
    }

    #[test]
    fn idle_capacity_spills_over_as_in_example_17() {
        let mut system = fixture::system(&["cn", "us"]);
        system.regions[0].supply = 40.0;
        system.regions[0].utilisation = 0.2;
        system.regions[0].spillover = vec![0.0, 0.05];
        system.shocks = vec![shock(Target::Demand, Some(0), std::f64::consts::LN_2)];
        let path = path(&system, 2);
        assert!((path[0].utilisation[0] - 0.1).abs() < 1e-15);
        assert!((path[0].rent[0] - 0.353_553_390_593).abs() < 1e-9);
        assert!((path[0].idle_excess[0] - 4.0).abs() < 1e-9);
        assert_eq!((path[0].utilisation[1], path[0].rent[1]), (0.75, 1.0));
        assert!((path[1].utilisation[1] - 75.0 / 100.2).abs() < 1e-9);
        assert!((path[1].rent[1] - libm::pow(1.002, -1.5)).abs() < 1e-9);
    }

    #[test]
    fn utilisation_stops_at_its_maximum() {
        let mut system = fixture::system(&["us"]);
        system.shocks = vec![shock(Target::Supply, None, 2.0)];
        assert_eq!(path(&system, 1)[0].utilisation[0], 0.95);
    }

    #[test]
    fn hits_lower_confidence_but_not_supply() {
        let mut system = fixture::system(&["us"]);
        system.regions[0].supply_growth_pa = 0.4;
        let path = hit_path(&system, 3, 0.5);
        // y: -0.5, then -0.325 - 0.5 = -0.825, floored at -0.8; the floor leaves -0.52 - 0.5, floored again.
        let levels: Vec<f64> = path.iter().map(|market| market.confidence.level).collect();
        assert!((levels[0] - 0.3).abs() < 1e-15);
        assert_eq!(levels[1..], [0.0, 0.0]);
        assert!((path[0].confidence_share() - 0.375).abs() < 1e-15);
        assert!((path[2].supply[0] - 100.0 * libm::exp(0.3)).abs() < 1e-9);
        assert_eq!(path[2].unhurt.level, 0.8);
    }

    #[test]
    fn shock_to_confidence_slows_supply_in_the_next_quarter() {
        let mut system = fixture::system(&["us"]);
        system.regions[0].supply_growth_pa = 0.4;
        system.shocks = vec![shock(Target::Confidence, None, 0.4)];
        let path = path(&system, 2);
        assert!((path[0].supply[0] - 100.0 * libm::exp(0.1)).abs() < 1e-9);
        assert!((path[1].supply[0] - 100.0 * libm::exp(0.15)).abs() < 1e-9);
        // The deviation -0.4 reverts by 0.35.
        assert!((path[1].confidence.level - 0.54).abs() < 1e-15);
    }

    #[test]
    fn equity_index_is_a_martingale_at_zero_drift() {
        let mut system = fixture::system(&[]);
        system.equity.equity_volatility_pa = 0.35;
        let mut draws = DrawTable::new(&system);
        let (mut drivers, mut market) = (DriverState::new(&system), Market::new(&system));
        let trials = 40_000u64;
        let (mut sum, mut square) = (0.0, 0.0);
        for trial in 0..trials {
            drivers.reset(&system);
            market.reset(&system);
            draws.fill(&system.drivers, Draws { streams: Streams::new(9), trial });
            for t in 1..=4 {
                drivers.advance(&system, &draws, t);
                market.advance(&system, &drivers, 0.0);
            }
            sum += market.equity;
            square += libm::log(market.equity) * libm::log(market.equity);
        }
        let n = trials as f64;
        let variance = 0.35 * 0.35;
        let error = libm::sqrt((libm::exp(variance) - 1.0) / n);
        assert!((sum / n - 1.0).abs() < 4.0 * error);
        // E (ln S)^2 = variance + (variance/2)^2 after a year.
        let exact = variance + variance * variance / 4.0;
        assert!((square / n / exact - 1.0).abs() < 4.0 * libm::sqrt(2.2 / n));
    }
}
