//! Sites of obligors, and what their fleets and sites are worth before this quarter's sales: V_i. (methods.md, 5.1)

use crate::model::compute::Market;
use crate::model::state::FireSale;
use crate::model::system::{Flow, Obligor, System};

/// V_i of every obligor, in two parts, with the sites that are one of them.
///
/// # Units
/// USD bn.
/// # Shapes
/// One entry per obligor.
#[derive(Debug, Clone)]
pub struct Property {
    /// Value of fleets: `phi . m e^-J . sum q g e^J_v`.
    pub fleets: Vec<f64>,
    /// Going-concern value of sites: `cost . max(0, 1 - age/life) . m^site_beta`, m = 1 without a region.
    pub sites: Vec<f64>,
    cost: Vec<f64>,
    /// Cost-weighted age, quarters.
    age: Vec<f64>,
    /// The prices of the region of each obligor, in columns.
    factor: Vec<f64>,
    price: Vec<f64>,
    cycle: Vec<f64>,
    /// By region; behind the last one of those that have none.
    quotes: Vec<Quote>,
    /// Somebody owns anything or may come to.
    owned: bool,
    /// Region of each obligor; behind the last one where it has none.
    regions: Vec<usize>,
}

/// Prices of a region: phi, `m e^-J` and `m^site_beta`.
#[derive(Debug, Clone, Copy)]
struct Quote {
    factor: f64,
    price: f64,
    cycle: f64,
}

impl Quote {
    /// Of those without a region.
    const NOWHERE: Quote = Quote { factor: 0.0, price: 0.0, cycle: 1.0 };
}

impl Property {
    /// Room for the obligors of a system.
    #[must_use]
    pub fn new(system: &System) -> Self {
        let nothing = vec![0.0; system.obligors.len()];
        let nowhere = system.regions.len();
        Property {
            fleets: nothing.clone(),
            sites: nothing.clone(),
            cost: nothing.clone(),
            age: nothing.clone(),
            factor: nothing.clone(),
            price: nothing.clone(),
            cycle: nothing,
            quotes: vec![Quote::NOWHERE; nowhere + 1],
            owned: false,
            regions: system.obligors.iter().map(|obligor| obligor.region.unwrap_or(nowhere)).collect(),
        }
    }

    /// Notes whether there will be anything to value in the trials of this system.
    pub fn begin(&mut self, system: &System) {
        self.owned = system.obligors.iter().any(owns_or_builds);
    }

    /// Begins a trial of this system, after [`Property::begin`]; nothing is valued yet.
    pub fn reset(&mut self, system: &System) {
        self.fleets.fill(0.0);
        self.sites.fill(0.0);
        if !self.owned {
            return;
        }
        for ((obligor, cost), age) in system.obligors.iter().zip(&mut self.cost).zip(&mut self.age) {
            (*cost, *age) = (obligor.site_cost, obligor.site_age_q);
        }
    }

    /// Becomes the same as that of another world of the same system.
    pub fn copy_from(&mut self, other: &Self) {
        let Property { fleets, sites, cost, age, factor, price, cycle, quotes, owned, regions: _ } = other;
        self.fleets.clone_from(fleets);
        self.sites.clone_from(sites);
        self.cost.clone_from(cost);
        self.age.clone_from(age);
        self.factor.clone_from(factor);
        self.price.clone_from(price);
        self.cycle.clone_from(cycle);
        self.quotes.clone_from(quotes);
        self.owned = *owned;
    }

    /// Sites are a quarter older, where there are any.
    pub fn grow_older(&mut self) {
        if self.owned {
            self.age.iter_mut().for_each(|age| *age += 1.0);
        }
    }

    /// Takes the prices of the quarter.
    pub fn quote(&mut self, market: &Market, fire_sales: &[FireSale]) {
        if !self.owned {
            return;
        }
        for (r, (quote, sale)) in self.quotes.iter_mut().zip(fire_sales).enumerate() {
            *quote = Quote { factor: sale.before, price: market.fleet_price(r), cycle: market.site_cycle[r] };
        }
        let own = self.factor.iter_mut().zip(&mut self.price).zip(&mut self.cycle);
        for (((factor, price), cycle), region) in own.zip(&self.regions) {
            let quote = self.quotes[*region];
            (*factor, *price, *cycle) = (quote.factor, quote.price, quote.cycle);
        }
    }

    /// Values fleets of these book values, and sites, at the prices taken last.
    pub fn value(&mut self, book: &[f64], site_life_q: f64) {
        if !self.owned {
            return;
        }
        let prices = self.factor.iter().zip(&self.price);
        for ((fleet, book), (factor, price)) in self.fleets.iter_mut().zip(book).zip(prices) {
            *fleet = factor * (price * book);
        }
        let sites = self.cost.iter().zip(&self.age).zip(&self.cycle);
        for (site, ((cost, age), cycle)) in self.sites.iter_mut().zip(sites) {
            *site = cost * (1.0 - age / site_life_q).max(0.0) * cycle;
        }
    }

    /// An obligor adds a new site at cost.
    pub fn build(&mut self, obligor: usize, cost: f64) {
        let own = &mut self.cost[obligor];
        self.age[obligor] *= *own / (*own + cost);
        *own += cost;
    }
}

/// Does an obligor have units or sites at opening, or capex to buy some with?
#[must_use]
pub fn owns_or_builds(obligor: &Obligor) -> bool {
    !obligor.fleet.is_empty() || obligor.site_cost != 0.0 || obligor.capex != Flow::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn fleets_and_sites_follow_the_prices_of_their_region() {
        let mut system = fixture::system(&["cn", "us"]);
        let owner = |name, region| Obligor { site_cost: 20.0, site_age_q: 19.0, region, ..fixture::obligor(name) };
        system.obligors = vec![owner("a", Some(1)), owner("b", None), owner("c", Some(0))];
        system.obligors[2].site_age_q = 80.0;
        let (mut property, mut market) = (Property::new(&system), Market::new(&system));
        property.begin(&system);
        property.reset(&system);
        property.grow_older();
        (market.residual[1], market.site_cycle[1], market.decay) = (0.5, 0.8, 0.75);
        let sale = FireSale { before: 0.9, ..FireSale::UNMOVED };
        property.quote(&market, &[FireSale::UNMOVED, sale]);
        property.value(&[10.0, 0.0, 4.0], 80.0);
        let close =
            |values: &[f64], exact: [f64; 3]| values.iter().zip(exact).all(|(v, exact)| (v - exact).abs() < 1e-14);
        assert!(close(&property.fleets, [0.9 * 0.5 * 0.75 * 10.0, 0.0, 3.0]), "{:?}", property.fleets);
        assert!(close(&property.sites, [20.0 * 0.75 * 0.8, 15.0, 0.0]), "{:?}", property.sites);
        // As much again, new: half the age.
        property.build(1, 20.0);
        property.value(&[10.0, 0.0, 4.0], 80.0);
        assert!(close(&property.sites, [12.0, 40.0 * 0.875, 0.0]), "{:?}", property.sites);
    }
}
