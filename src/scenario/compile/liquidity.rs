//! Marks, the market for AI credit, rules of liquidity and the hedges of lenders.

use crate::model::system::{CreditMarket, Liquidity, Marks, Short, Srt};
use crate::scenario::compile::Compiler;
use crate::scenario::compile::index::sorted;
use crate::scenario::preset;

impl Compiler<'_> {
    pub(super) fn marks(&mut self) -> Marks {
        use preset::clearing as p;
        let keys = &self.file.clearing.keys;
        let mut n = self.draws.of("clearing".to_owned(), 0);
        Marks {
            mark_lgd: n.read(&keys.mark_lgd, "mark_lgd", p::MARK_LGD, |s, _| &mut s.marks.mark_lgd),
            mark_convexity: n
                .read(&keys.mark_convexity, "mark_convexity", p::MARK_CONVEXITY, |s, _| &mut s.marks.mark_convexity),
        }
    }

    pub(super) fn credit_market(&mut self) -> CreditMarket {
        use preset::credit as p;
        let keys = &self.file.credit.keys;
        let mut n = self.draws.of("credit".to_owned(), 0);
        CreditMarket {
            credit_depth: n
                .read(&keys.credit_depth, "credit_depth", p::CREDIT_DEPTH, |s, _| &mut s.credit_market.credit_depth),
            credit_impact_at_10pct: n.read(
                &keys.credit_impact_at_10pct,
                "credit_impact_at_10pct",
                p::CREDIT_IMPACT_AT_10PCT,
                |s, _| &mut s.credit_market.credit_impact_at_10pct,
            ),
        }
    }

    pub(super) fn liquidity(&mut self) -> Liquidity {
        use preset::liquidity as p;
        let keys = &self.file.liquidity.keys;
        let mut n = self.draws.of("liquidity".to_owned(), 0);
        Liquidity {
            call_share: n.read(&keys.call_share, "call_share", p::CALL_SHARE, |s, _| &mut s.liquidity.call_share),
            call_trigger: n
                .read(&keys.call_trigger, "call_trigger", p::CALL_TRIGGER, |s, _| &mut s.liquidity.call_trigger),
            call_grace_q: n
                .read(&keys.call_grace_q, "call_grace_q", p::CALL_GRACE_Q, |s, _| &mut s.liquidity.call_grace_q),
            base: n.read(&keys.base, "base", p::BASE, |s, _| &mut s.liquidity.base),
            flow_beta: n.read(&keys.flow_beta, "flow_beta", p::FLOW_BETA, |s, _| &mut s.liquidity.flow_beta),
            tolerance: n.read(&keys.tolerance, "tolerance", p::TOLERANCE, |s, _| &mut s.liquidity.tolerance),
            full_willingness: n.read(&keys.full_willingness, "full_willingness", p::FULL_WILLINGNESS, |s, _| {
                &mut s.liquidity.full_willingness
            }),
        }
    }

    /// Risk transfers whose buyer takes part and that still refer to something; shares of sellers taken out pass to
    /// outside.
    pub(super) fn srts(&mut self) -> Vec<Srt> {
        use preset::srt as p;
        let facilities: Vec<String> = self.facility_names();
        let place = |name: &str| facilities.iter().position(|known| known == name);
        let srts = sorted(&self.file.srt, |srt| self.index.lender(&srt.buyer).is_some());
        let each = srts.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let buyer = self.index.lender(&keys.buyer)?;
            let reference = keys.reference.iter().flat_map(|names| names.iter());
            let mut reference: Vec<usize> = reference.filter_map(|name| place(&name.value)).collect();
            reference.sort_unstable();
            let sellers = self.holders(keys.sellers.as_ref());
            let mut n = self.draws.of(format!("srt.{name}"), index);
            Some(Srt {
                buyer,
                sellers,
                reference,
                attach: n.read(&keys.attach, "attach", p::ATTACH, |s, i| &mut s.srts[i].attach),
                detach: n.read(&keys.detach, "detach", p::DETACH, |s, i| &mut s.srts[i].detach),
                coupon_pa: n.read(&keys.coupon_pa, "coupon_pa", p::COUPON_PA, |s, i| &mut s.srts[i].coupon_pa),
                name,
            })
        })
        .collect()
    }

    /// Shorts whose holder takes part.
    pub(super) fn shorts(&mut self) -> Vec<Short> {
        let shorts = sorted(&self.file.short, |short| self.index.lender(&short.holder).is_some());
        let each = shorts.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let holder = self.index.lender(&keys.holder)?;
            let mut n = self.draws.of(format!("short.{name}"), index);
            Some(Short {
                holder,
                notional: n.read(&keys.notional, "notional", 0.0, |s, i| &mut s.shorts[i].notional),
                carry_pa: n.read(&keys.carry_pa, "carry_pa", preset::short::CARRY_PA, |s, i| &mut s.shorts[i].carry_pa),
                name,
            })
        })
        .collect()
    }
}
