//! Other revenue of obligors: what is not written in a contract. (methods.md, 6.1)

use crate::model::compute::Market;
use crate::model::draws::DrawTable;
use crate::model::system::System;
use crate::random::exponentials;
use crate::units::{per_quarter, quarterly_volatility};

/// Revenue of all obligors.
///
/// `ln R` grows by `(own growth - beta . regional growth)/4 + beta . dln demand + (sigma/2) e`.
///
/// # Units
/// USD bn a quarter.
/// # Shapes
/// One entry per obligor.
#[derive(Debug, Clone)]
pub struct Revenue {
    /// Revenue of the quarter; of an obligor that has defaulted it says nothing.
    pub amounts: Vec<f64>,
    /// Laws of those that have any revenue.
    laws: Vec<Law>,
    /// `ln R_t / R_t-1`, then `R_t / R_t-1`, in their order.
    growth: Vec<f64>,
    /// Growth of log demand less its trend, by region.
    off_trend: Vec<f64>,
}

/// What moves the revenue of an obligor in a trial, per quarter.
#[derive(Debug, Clone, Copy)]
struct Law {
    obligor: usize,
    growth: f64,
    beta: f64,
    region: Option<usize>,
    volatility: f64,
}

impl Revenue {
    /// Room for the obligors of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let obligors = system.obligors.len();
        Revenue {
            amounts: vec![0.0; obligors],
            laws: Vec::with_capacity(obligors),
            growth: Vec::with_capacity(obligors),
            off_trend: vec![0.0; system.regions.len()],
        }
    }

    /// Opening revenue of this system, whose laws were taken.
    pub fn reset(&mut self, system: &System) {
        self.laws.iter().for_each(|law| self.amounts[law.obligor] = system.obligors[law.obligor].revenue);
    }

    /// Takes the laws of this system; nobody has revenue yet.
    pub fn begin(&mut self, system: &System) {
        self.amounts.fill(0.0);
        self.laws.clear();
        let earners = system.obligors.iter().enumerate().filter(|(_, obligor)| obligor.revenue != 0.0);
        self.laws.extend(earners.map(|(i, obligor)| Law {
            obligor: i,
            growth: per_quarter(obligor.revenue_growth_pa),
            beta: obligor.revenue_beta,
            region: obligor.region,
            volatility: quarterly_volatility(obligor.revenue_volatility_pa),
        }));
        self.growth.resize(self.laws.len(), 0.0);
    }

    /// Becomes the same as that of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Revenue { amounts, laws, growth, off_trend } = other;
        self.amounts.clone_from(amounts);
        self.laws.clone_from(laws);
        self.growth.clone_from(growth);
        self.off_trend.clone_from(off_trend);
    }

    /// Moves to quarter `t`.
    pub fn grow(&mut self, system: &System, market: &Market, draws: &DrawTable, t: usize) {
        for ((off_trend, region), demand) in self.off_trend.iter_mut().zip(&system.regions).zip(&market.demand_growth) {
            *off_trend = demand - per_quarter(region.growth_pa);
        }
        for (law, growth) in self.laws.iter().zip(&mut self.growth) {
            let off_trend = law.region.map_or(0.0, |r| self.off_trend[r]);
            // Who has no volatility may have no draw.
            let noise = if law.volatility > 0.0 {
                law.volatility * draws.revenue_shock(&system.drivers, t, law.obligor)
            } else {
                0.0
            };
            *growth = law.growth + law.beta * off_trend + noise;
        }
        exponentials(&mut self.growth, draws.lanes());
        for (law, growth) in self.laws.iter().zip(&self.growth) {
            self.amounts[law.obligor] *= growth;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::driver::Draws;
    use crate::model::fixture;
    use crate::model::system::Obligor;
    use crate::random::Streams;

    /// Demand grows by 0.03 a quarter above its trend of 0.05; who earns nothing has no growth either.
    #[test]
    fn revenue_follows_its_trend_demand_off_its_own_and_a_shock() {
        let mut system = fixture::system(&["cn", "us"]);
        system.regions[1].growth_pa = 0.2;
        let earner =
            |name| Obligor { revenue: 2.0, revenue_growth_pa: 0.4, revenue_beta: 0.5, ..fixture::obligor(name) };
        system.obligors = vec![
            Obligor { region: Some(1), ..earner("calm") },
            Obligor { region: Some(1), revenue_volatility_pa: 0.3, ..earner("volatile") },
            earner("nowhere"),
            Obligor { revenue: 0.0, revenue_volatility_pa: 0.3, ..earner("nothing") },
        ];
        let mut draws = DrawTable::new(&system);
        draws.fill(&system.drivers, Draws { streams: Streams::new(3), trial: 1 });
        let (mut revenue, mut market) = (Revenue::new(&system), Market::new(&system));
        revenue.begin(&system);
        revenue.reset(&system);
        market.demand_growth = vec![9.0, 0.08];
        revenue.grow(&system, &market, &draws, 1);
        let noise = 0.15 * draws.revenue_shock(&system.drivers, 1, 1);
        let exact = [0.115, 0.115 + noise, 0.1].map(|growth| 2.0 * libm::exp(growth));
        for (amount, exact) in revenue.amounts.iter().zip(exact) {
            assert!((amount - exact).abs() < 1e-14, "{amount} {exact}");
        }
        assert_eq!(revenue.amounts[3], 0.0);
    }
}
