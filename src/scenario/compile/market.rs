//! The economy: GPUs, compute market, regions, index, confidence, rules of credit.

use crate::model::system::{Compute, Confidence, Credit, EquityIndex, FailureCosts, Gpu, Region};
use crate::scenario::compile::Compiler;
use crate::scenario::compile::index::sorted;
use crate::scenario::file::globals;
use crate::scenario::file::word::Choice;
use crate::scenario::preset;
use crate::units::Life;

/// The choice of a key, or its preset.
pub(super) fn chosen<T: Copy>(choice: &Option<Choice<T>>, preset: T) -> T {
    choice.as_ref().map_or(preset, |choice| choice.value)
}

impl Compiler<'_> {
    pub(super) fn gpu(&mut self) -> Gpu {
        use preset::gpu as p;
        let keys = &self.file.gpu.keys;
        let mut n = self.draws.of("gpu".to_owned(), 0);
        let shape = keys.depreciation.as_ref();
        Gpu {
            depreciation: shape.map_or(p::DEPRECIATION, |shape| shape.value.clone()),
            life_q: match &keys.life_q {
                Some(_) => n.read(&keys.life_q, "life_q", 0.0, |s, _| &mut s.gpu.life_q),
                None => n.preset_law::<Life>(&p::LIFE_Q, "life_q", |s, _| &mut s.gpu.life_q),
            },
            salvage: n.read(&keys.salvage, "salvage", p::SALVAGE, |s, _| &mut s.gpu.salvage),
            obsolescence_drift_pa: n.read(
                &keys.obsolescence_drift_pa,
                "obsolescence_drift_pa",
                p::OBSOLESCENCE_DRIFT_PA,
                |s, _| &mut s.gpu.obsolescence_drift_pa,
            ),
            residual_reversion_q: n.read(
                &keys.residual_reversion_q,
                "residual_reversion_q",
                p::RESIDUAL_REVERSION_Q,
                |s, _| &mut s.gpu.residual_reversion_q,
            ),
            residual_rent_beta: n.read(
                &keys.residual_rent_beta,
                "residual_rent_beta",
                p::RESIDUAL_RENT_BETA,
                |s, _| &mut s.gpu.residual_rent_beta,
            ),
            residual_volatility_pa: n.read(
                &keys.residual_volatility_pa,
                "residual_volatility_pa",
                p::RESIDUAL_VOLATILITY_PA,
                |s, _| &mut s.gpu.residual_volatility_pa,
            ),
            site_life_q: n.read(&keys.site_life_q, "site_life_q", p::SITE_LIFE_Q, |s, _| &mut s.gpu.site_life_q),
            site_beta: n.read(&keys.site_beta, "site_beta", p::SITE_BETA, |s, _| &mut s.gpu.site_beta),
            site_haircut: n.read(&keys.site_haircut, "site_haircut", p::SITE_HAIRCUT, |s, _| &mut s.gpu.site_haircut),
            contract_credit: n
                .read(&keys.contract_credit, "contract_credit", p::CONTRACT_CREDIT, |s, _| &mut s.gpu.contract_credit),
            contract_recovery: n.read(&keys.contract_recovery, "contract_recovery", p::CONTRACT_RECOVERY, |s, _| {
                &mut s.gpu.contract_recovery
            }),
        }
    }

    pub(super) fn compute(&mut self) -> Compute {
        use preset::compute as p;
        let keys = &self.file.compute.keys;
        let mut n = self.draws.of("compute".to_owned(), 0);
        Compute {
            rental_yield: n
                .read(&keys.rental_yield, "rental_yield", p::RENTAL_YIELD, |s, _| &mut s.compute.rental_yield),
            spot_cost: n.read(&keys.spot_cost, "spot_cost", p::SPOT_COST, |s, _| &mut s.compute.spot_cost),
            relet_q: n.read(&keys.relet_q, "relet_q", p::RELET_Q, |s, _| &mut s.compute.relet_q),
            impact_at_10pct: n.read(&keys.impact_at_10pct, "impact_at_10pct", p::IMPACT_AT_10PCT, |s, _| {
                &mut s.compute.impact_at_10pct
            }),
            impact_reversion_q: n.read(
                &keys.impact_reversion_q,
                "impact_reversion_q",
                p::IMPACT_REVERSION_Q,
                |s, _| &mut s.compute.impact_reversion_q,
            ),
            phi_min: n.read(&keys.phi_min, "phi_min", p::PHI_MIN, |s, _| &mut s.compute.phi_min),
        }
    }

    pub(super) fn regions(&mut self) -> Vec<Region> {
        let regions = sorted(&self.file.region, |_| true);
        let count = regions.len();
        let each = regions.iter().enumerate();
        each.map(|(index, (_, region))| {
            let spillover = self.spillover(&region.name.value, &region.keys, count);
            self.region(index, region.name.value.clone(), &region.keys, spillover)
        })
        .collect()
    }

    fn spillover(&self, name: &str, keys: &globals::Region, count: usize) -> Vec<f64> {
        let mut shares = vec![0.0; count];
        if let Some(table) = &keys.spillover {
            for (to, share) in &table.entries {
                if let Some(to) = self.index.region_named(&to.value) {
                    shares[to] = share.value;
                }
            }
            return shares;
        }
        for region in self.file.region.enabled() {
            if let Some(to) = self.index.region_named(&region.name.value) {
                shares[to] = preset::region::spillover(name, &region.name.value);
            }
        }
        shares
    }

    fn region(&mut self, index: usize, name: String, keys: &globals::Region, spillover: Vec<f64>) -> Region {
        use preset::region as p;
        let utilisation = p::utilisation(&name).unwrap_or_default();
        let depth = p::depth(&name).unwrap_or_default();
        let mut n = self.draws.of(format!("region.{name}"), index);
        Region {
            utilisation: n.read(&keys.utilisation, "utilisation", utilisation, |s, i| &mut s.regions[i].utilisation),
            u_max: n.read(&keys.u_max, "u_max", p::U_MAX, |s, i| &mut s.regions[i].u_max),
            growth_pa: n.read(&keys.growth_pa, "growth_pa", p::GROWTH_PA, |s, i| &mut s.regions[i].growth_pa),
            supply_growth_pa: n.read(&keys.supply_growth_pa, "supply_growth_pa", p::SUPPLY_GROWTH_PA, |s, i| {
                &mut s.regions[i].supply_growth_pa
            }),
            supply: n.read(&keys.supply, "supply", p::SUPPLY, |s, i| &mut s.regions[i].supply),
            demand_volatility_pa: n.read(
                &keys.demand_volatility_pa,
                "demand_volatility_pa",
                p::DEMAND_VOLATILITY_PA,
                |s, i| &mut s.regions[i].demand_volatility_pa,
            ),
            demand_loading: n.read(&keys.demand_loading, "demand_loading", p::DEMAND_LOADING, |s, i| {
                &mut s.regions[i].demand_loading
            }),
            rent_elasticity: n.read(&keys.rent_elasticity, "rent_elasticity", p::RENT_ELASTICITY, |s, i| {
                &mut s.regions[i].rent_elasticity
            }),
            depth: n.read(&keys.depth, "depth", depth, |s, i| &mut s.regions[i].depth),
            spillover,
            name,
        }
    }

    pub(super) fn equity(&mut self) -> EquityIndex {
        use preset::equity as p;
        let keys = &self.file.equity.keys;
        let mut n = self.draws.of("equity".to_owned(), 0);
        EquityIndex {
            equity_drift_pa: n.read(&keys.equity_drift_pa, "equity_drift_pa", p::EQUITY_DRIFT_PA, |s, _| {
                &mut s.equity.equity_drift_pa
            }),
            equity_volatility_pa: n.read(
                &keys.equity_volatility_pa,
                "equity_volatility_pa",
                p::EQUITY_VOLATILITY_PA,
                |s, _| &mut s.equity.equity_volatility_pa,
            ),
        }
    }

    pub(super) fn confidence(&mut self) -> Confidence {
        use preset::confidence as p;
        let keys = &self.file.confidence.keys;
        let mut n = self.draws.of("confidence".to_owned(), 0);
        Confidence {
            confidence_mean: n.read(&keys.confidence_mean, "confidence_mean", p::CONFIDENCE_MEAN, |s, _| {
                &mut s.confidence.confidence_mean
            }),
            confidence_reversion_q: n.read(
                &keys.confidence_reversion_q,
                "confidence_reversion_q",
                p::CONFIDENCE_REVERSION_Q,
                |s, _| &mut s.confidence.confidence_reversion_q,
            ),
            confidence_volatility_q: n.read(
                &keys.confidence_volatility_q,
                "confidence_volatility_q",
                p::CONFIDENCE_VOLATILITY_Q,
                |s, _| &mut s.confidence.confidence_volatility_q,
            ),
            hit_default: n.read(&keys.hit_default, "hit_default", p::HIT_DEFAULT, |s, _| &mut s.confidence.hit_default),
            hit_failure: n.read(&keys.hit_failure, "hit_failure", p::HIT_FAILURE, |s, _| &mut s.confidence.hit_failure),
        }
    }

    pub(super) fn credit(&mut self) -> Credit {
        use preset::credit as p;
        let keys = &self.file.credit.keys;
        let mut n = self.draws.of("credit".to_owned(), 0);
        Credit {
            base_rate_pa: n
                .read(&keys.base_rate_pa, "base_rate_pa", p::BASE_RATE_PA, |s, _| &mut s.credit.base_rate_pa),
            repricing: n.read(&keys.repricing, "repricing", p::REPRICING, |s, _| &mut s.credit.repricing),
            unsecured_multiple: n.read(
                &keys.unsecured_multiple,
                "unsecured_multiple",
                p::UNSECURED_MULTIPLE,
                |s, _| &mut s.credit.unsecured_multiple,
            ),
            bankruptcy_cost: n.read(&keys.bankruptcy_cost, "bankruptcy_cost", p::BANKRUPTCY_COST, |s, _| {
                &mut s.credit.bankruptcy_cost
            }),
            other_haircut: n
                .read(&keys.other_haircut, "other_haircut", p::OTHER_HAIRCUT, |s, _| &mut s.credit.other_haircut),
            lgd: n.read(&keys.lgd, "lgd", 0.0, |s, _| &mut s.credit.lgd),
            refinancing: chosen(&keys.refinancing, p::REFINANCING),
            acceleration: chosen(&keys.acceleration, p::ACCELERATION),
            insolvency: chosen(&keys.insolvency, p::INSOLVENCY),
            recovery: chosen(&keys.recovery, p::RECOVERY),
        }
    }

    pub(super) fn costs(&mut self) -> FailureCosts {
        use preset::clearing as p;
        let keys = &self.file.clearing.keys;
        let mut n = self.draws.of("clearing".to_owned(), 0);
        FailureCosts {
            asset_recovery: n
                .read(&keys.asset_recovery, "asset_recovery", p::ASSET_RECOVERY, |s, _| &mut s.costs.asset_recovery),
            claim_recovery: n
                .read(&keys.claim_recovery, "claim_recovery", p::CLAIM_RECOVERY, |s, _| &mut s.costs.claim_recovery),
        }
    }

    pub(super) fn outside_new_lending(&mut self) -> f64 {
        let mut n = self.draws.of("outside".to_owned(), 0);
        n.read(
            &self.file.outside.outside_new_lending,
            "outside_new_lending",
            preset::outside::OUTSIDE_NEW_LENDING,
            |s, _| &mut s.outside_new_lending,
        )
    }
}
