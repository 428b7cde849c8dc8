//! Borrowers.

use ndarray::Array2;

use crate::model::system::{DefaultModel, Means, Obligor, SolvencyBasis, Vintage};
use crate::random::Purpose;
use crate::scenario::compile::Compiler;
use crate::scenario::compile::factors::factor_names;
use crate::scenario::compile::index::{Placed, sorted};
use crate::scenario::compile::market::chosen;
use crate::scenario::file::obligor;
use crate::scenario::preset;
use crate::scenario::preset::obligor as p;

impl Compiler<'_> {
    pub(super) fn obligors(&mut self, correlation: &Array2<f64>) -> Vec<Obligor> {
        let obligors = sorted(&self.file.obligor, |_| true);
        let each = obligors.into_iter().enumerate();
        each.map(|(index, placed)| {
            let mut obligor = self.obligor(index, placed);
            obligor.loadings = self.loadings(placed.1, correlation);
            obligor
        })
        .collect()
    }

    fn obligor(&mut self, index: usize, (place, entity): Placed<'_, obligor::Obligor>) -> Obligor {
        let name = entity.name.value.clone();
        let path = format!("obligor.{name}");
        let keys = &entity.keys;
        let key = self.draws.stream(Purpose::Idiosyncratic, &path, &entity.name.span);
        let region = self.index.region(&keys.region);
        let region = region.or_else(|| self.index.single_region());
        let gap_order = self.gap_order(keys);
        let sponsor = self.index.party(&keys.sponsor);
        let vendor = self.index.lender(&keys.vendor);
        let mut n = self.draws.of(path, index);
        Obligor {
            place,
            key,
            default_model: default_model(keys),
            pd_pa: n.read(&keys.pd_pa, "pd_pa", 0.0, |s, i| &mut s.obligors[i].pd_pa),
            rho: n.read(&keys.rho, "rho", 0.0, |s, i| &mut s.obligors[i].rho),
            loadings: Vec::new(),
            cash: n.read(&keys.cash, "cash", 0.0, |s, i| &mut s.obligors[i].cash),
            other_assets: n.read(&keys.other_assets, "other_assets", 0.0, |s, i| &mut s.obligors[i].other_assets),
            other_assets_beta: n.read(&keys.other_assets_beta, "other_assets_beta", p::OTHER_ASSETS_BETA, |s, i| {
                &mut s.obligors[i].other_assets_beta
            }),
            fleet: fleet(keys),
            site_cost: n.read(&keys.site_cost, "site_cost", 0.0, |s, i| &mut s.obligors[i].site_cost),
            site_age_q: n.read(&keys.site_age_q, "site_age_q", 0.0, |s, i| &mut s.obligors[i].site_age_q),
            revenue: n.read(&keys.revenue, "revenue", 0.0, |s, i| &mut s.obligors[i].revenue),
            revenue_growth_pa: n
                .read(&keys.revenue_growth_pa, "revenue_growth_pa", 0.0, |s, i| &mut s.obligors[i].revenue_growth_pa),
            revenue_beta: n
                .read(&keys.revenue_beta, "revenue_beta", p::REVENUE_BETA, |s, i| &mut s.obligors[i].revenue_beta),
            revenue_volatility_pa: n.read(&keys.revenue_volatility_pa, "revenue_volatility_pa", 0.0, |s, i| {
                &mut s.obligors[i].revenue_volatility_pa
            }),
            margin: n.read(&keys.margin, "margin", p::MARGIN, |s, i| &mut s.obligors[i].margin),
            fixed_cost: n.flow(&keys.fixed_cost, "fixed_cost", |s, i| &mut s.obligors[i].fixed_cost.constant),
            capex: n.flow(&keys.capex, "capex", |s, i| &mut s.obligors[i].capex.constant),
            deferrable: n.read(&keys.deferrable, "deferrable", 0.0, |s, i| &mut s.obligors[i].deferrable),
            gpu_share: n.read(&keys.gpu_share, "gpu_share", p::GPU_SHARE, |s, i| &mut s.obligors[i].gpu_share),
            market_cap: n.read(&keys.market_cap, "market_cap", 0.0, |s, i| &mut s.obligors[i].market_cap),
            equity_beta: n
                .read(&keys.equity_beta, "equity_beta", p::EQUITY_BETA, |s, i| &mut s.obligors[i].equity_beta),
            raise_pa: n.read(&keys.raise_pa, "raise_pa", 0.0, |s, i| &mut s.obligors[i].raise_pa),
            solvency_basis: solvency_basis(keys),
            support: n.read(&keys.support, "support", 0.0, |s, i| &mut s.obligors[i].support),
            sponsor,
            gap_order,
            region,
            vendor,
            name,
        }
    }

    fn gap_order(&self, keys: &obligor::Obligor) -> Vec<Means> {
        let written = keys.gap_order.as_ref();
        match written.or(self.file.credit.gap_order.as_ref()) {
            Some(order) => order.iter().map(|means| means.value).collect(),
            None => preset::credit::GAP_ORDER.to_vec(),
        }
    }

    /// Weights n scaled to n' C n = 1, so that `rho` alone says how much the factors matter: one factor is Vasicek's.
    fn loadings(
        &mut self,
        entity: &crate::scenario::file::entity::Entity<obligor::Obligor>,
        correlation: &Array2<f64>,
    ) -> Vec<f64> {
        let names = factor_names(self.file);
        let weight = |factor: &String| match &entity.loadings {
            Some(table) => {
                let mut entries = table.entries.iter();
                let found = entries.find(|(name, _)| name.value == *factor);
                found.map_or(0.0, |(_, weight)| weight.value)
            }
            None => f64::from(u8::from(factor == p::LOADING)),
        };
        let weights: Vec<f64> = names.iter().map(weight).collect();
        let mut variance = 0.0;
        for (i, a) in weights.iter().enumerate() {
            for (j, b) in weights.iter().enumerate() {
                variance += a * b * correlation[[i, j]];
            }
        }
        if variance > 0.0 {
            let scale = 1.0 / variance.sqrt();
            return weights.iter().map(|weight| weight * scale).collect();
        }
        if default_model(&entity.keys) != DefaultModel::Structural
            && let Some(table) = &entity.loadings
            && weights.iter().any(|weight| *weight != 0.0)
        {
            let message = "the loadings cancel out under the correlations".to_owned();
            self.draws.push(&table.span, message);
        }
        weights
    }
}

fn default_model(keys: &obligor::Obligor) -> DefaultModel {
    let kind = keys.kind.as_ref();
    let preset = kind.map_or(DefaultModel::Structural, |kind| p::default_model(kind.value));
    chosen(&keys.default_model, preset)
}

fn solvency_basis(keys: &obligor::Obligor) -> SolvencyBasis {
    let kind = keys.kind.as_ref();
    let preset = kind.map_or(SolvencyBasis::Assets, |kind| p::solvency_basis(kind.value));
    chosen(&keys.solvency_basis, preset)
}

fn fleet(keys: &obligor::Obligor) -> Vec<Vintage> {
    let units = keys.fleet.iter().flat_map(|fleet| fleet.iter());
    units.map(|unit| Vintage { cost: unit.cost.value, age_q: unit.age_q.value as usize }).collect()
}
