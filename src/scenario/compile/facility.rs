//! Facilities, contracts, vendor finance and stakes.

use crate::model::system::{Amortisation, Backstop, Contract, EquityStake, Facility, FundStake, Instalment, Trader};
use crate::scenario::compile::Compiler;
use crate::scenario::compile::index::{Placed, sorted};
use crate::scenario::file::facility as file;
use crate::scenario::file::value::ByName;
use crate::scenario::preset;
use crate::units::Share;

impl Compiler<'_> {
    pub(super) fn facilities(&mut self) -> Vec<Facility> {
        let facilities = sorted(&self.file.facility, |facility| self.index.obligor(&facility.borrower).is_some());
        let each = facilities.into_iter().enumerate();
        each.filter_map(|(index, placed)| self.facility(index, placed)).collect()
    }

    /// Names of the facilities that take part, in the order of the system.
    pub(super) fn facility_names(&self) -> Vec<String> {
        let facilities = sorted(&self.file.facility, |facility| self.index.obligor(&facility.borrower).is_some());
        facilities.into_iter().map(|(_, entity)| entity.name.value.clone()).collect()
    }

    fn facility(&mut self, index: usize, (place, entity): Placed<'_, file::Facility>) -> Option<Facility> {
        use preset::facility as p;
        let keys = &entity.keys;
        let name = entity.name.value.clone();
        let borrower = self.index.obligor(&keys.borrower)?;
        let holders = self.holders(keys.holders.as_ref());
        let guarantor = self.index.party(&keys.guarantor);
        let amortisation = keys.amortisation.as_ref();
        let rank = keys.rank.as_ref();
        let mut n = self.draws.of(format!("facility.{name}"), index);
        Some(Facility {
            place,
            borrower,
            amount: n.read(&keys.amount, "amount", 0.0, |s, i| &mut s.facilities[i].amount),
            undrawn: n.read(&keys.undrawn, "undrawn", 0.0, |s, i| &mut s.facilities[i].undrawn),
            draws: n.flow(&keys.draws, "draws", |s, i| &mut s.facilities[i].draws.constant),
            rank: rank.map_or(p::RANK, |rank| rank.value as u32),
            collateral: n.read(&keys.collateral, "collateral", 0.0, |s, i| &mut s.facilities[i].collateral),
            pledge_other: n.read(&keys.pledge_other, "pledge_other", 0.0, |s, i| &mut s.facilities[i].pledge_other),
            spread_pa: n.read(&keys.spread_pa, "spread_pa", 0.0, |s, i| &mut s.facilities[i].spread_pa),
            maturity_q: n.read(&keys.maturity_q, "maturity_q", 0.0, |s, i| &mut s.facilities[i].maturity_q),
            amortisation: amortisation.map_or(Amortisation::Bullet, |amortisation| amortisation.value.clone()),
            ltv_max: n.read(&keys.ltv_max, "ltv_max", f64::INFINITY, |s, i| &mut s.facilities[i].ltv_max),
            cure_q: n.read(&keys.cure_q, "cure_q", p::CURE_Q, |s, i| &mut s.facilities[i].cure_q),
            advance: n.read(&keys.advance, "advance", p::ADVANCE, |s, i| &mut s.facilities[i].advance),
            tenor_q: n.read(&keys.tenor_q, "tenor_q", p::TENOR_Q, |s, i| &mut s.facilities[i].tenor_q),
            extension_q: n
                .read(&keys.extension_q, "extension_q", p::EXTENSION_Q, |s, i| &mut s.facilities[i].extension_q),
            guarantee_share: n.read(&keys.guarantee_share, "guarantee_share", p::GUARANTEE_SHARE, |s, i| {
                &mut s.facilities[i].guarantee_share
            }),
            guarantee_cap: n.read(&keys.guarantee_cap, "guarantee_cap", p::GUARANTEE_CAP, |s, i| {
                &mut s.facilities[i].guarantee_cap
            }),
            marketable: keys.marketable.as_ref().map_or(p::MARKETABLE, |written| written.value),
            guarantor,
            holders,
            name,
        })
    }

    /// Holders among the lenders by index; the rest is outside's.
    pub(super) fn holders(&self, holders: Option<&ByName<Share>>) -> Vec<(usize, f64)> {
        let entries = holders.iter().flat_map(|table| &table.entries);
        let mut shares: Vec<_> =
            entries.filter_map(|(name, share)| Some((self.index.lender_named(&name.value)?, share.value))).collect();
        shares.sort_by_key(|(lender, _)| *lender);
        shares
    }

    pub(super) fn contracts(&mut self) -> Vec<Contract> {
        let contracts = self.index.contracts_of(self.file);
        let each = contracts.into_iter().enumerate();
        each.map(|(index, placed)| self.contract(index, placed)).collect()
    }

    fn contract(&mut self, index: usize, (_, entity): Placed<'_, file::Contract>) -> Contract {
        use preset::contract as p;
        let keys = &entity.keys;
        let name = entity.name.value.clone();
        let customer = self.index.trader(&keys.customer).unwrap_or(Trader::Market);
        let supplier = self.index.trader(&keys.supplier).unwrap_or(Trader::Market);
        let mut n = self.draws.of(format!("contract.{name}"), index);
        Contract {
            customer,
            supplier,
            fee: n.flow(&keys.fee, "fee", |s, i| &mut s.contracts[i].fee.constant),
            start_q: n.read(&keys.start_q, "start_q", p::START_Q, |s, i| &mut s.contracts[i].start_q),
            end_q: n.read(&keys.end_q, "end_q", 0.0, |s, i| &mut s.contracts[i].end_q),
            take_or_pay: n
                .read(&keys.take_or_pay, "take_or_pay", p::TAKE_OR_PAY, |s, i| &mut s.contracts[i].take_or_pay),
            fleet_share: n
                .read(&keys.fleet_share, "fleet_share", p::FLEET_SHARE, |s, i| &mut s.contracts[i].fleet_share),
            renew_if_utilisation: n.optional(&keys.renew_if_utilisation, "renew_if_utilisation", |s, i| {
                s.contracts[i].renew_if_utilisation.get_or_insert(0.0)
            }),
            renewal_rent_beta: n.read(&keys.renewal_rent_beta, "renewal_rent_beta", p::RENEWAL_RENT_BETA, |s, i| {
                &mut s.contracts[i].renewal_rent_beta
            }),
            service_cost: n
                .read(&keys.service_cost, "service_cost", p::SERVICE_COST, |s, i| &mut s.contracts[i].service_cost),
            contract_credit: n.optional(&keys.contract_credit, "contract_credit", |s, i| {
                s.contracts[i].contract_credit.get_or_insert(0.0)
            }),
            name,
        }
    }

    pub(super) fn backstops(&mut self) -> Vec<Backstop> {
        let backstops = sorted(&self.file.backstop, |backstop| {
            self.index.party(&backstop.payer).is_some() && self.index.obligor(&backstop.recipient).is_some()
        });
        let each = backstops.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let payer = self.index.party(&keys.payer)?;
            let recipient = self.index.obligor(&keys.recipient)?;
            let mut n = self.draws.of(format!("backstop.{name}"), index);
            Some(Backstop {
                payer,
                recipient,
                cap: n.read(&keys.cap, "cap", 0.0, |s, i| &mut s.backstops[i].cap),
                price_share: n.read(&keys.price_share, "price_share", preset::backstop::PRICE_SHARE, |s, i| {
                    &mut s.backstops[i].price_share
                }),
                end_q: n.read(&keys.end_q, "end_q", 0.0, |s, i| &mut s.backstops[i].end_q),
                name,
            })
        })
        .collect()
    }

    pub(super) fn instalments(&mut self) -> Vec<Instalment> {
        use preset::instalment as p;
        let instalments = sorted(&self.file.instalment, |instalment| {
            self.index.party(&instalment.payer).is_some() && self.index.obligor(&instalment.recipient).is_some()
        });
        let each = instalments.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let payer = self.index.party(&keys.payer)?;
            let recipient = self.index.obligor(&keys.recipient)?;
            let mut n = self.draws.of(format!("instalment.{name}"), index);
            Some(Instalment {
                payer,
                recipient,
                amount: n.flow(&keys.amount, "amount", |s, i| &mut s.instalments[i].amount.constant),
                total: n.read(&keys.total, "total", 0.0, |s, i| &mut s.instalments[i].total),
                equity_trigger: n.read(&keys.equity_trigger, "equity_trigger", p::EQUITY_TRIGGER, |s, i| {
                    &mut s.instalments[i].equity_trigger
                }),
                milestone: n.read(&keys.milestone, "milestone", p::MILESTONE, |s, i| &mut s.instalments[i].milestone),
                name,
            })
        })
        .collect()
    }

    pub(super) fn equity_stakes(&mut self) -> Vec<EquityStake> {
        let stakes = sorted(&self.file.stake, |stake| {
            stake.amount.is_some()
                && self.index.party(&stake.holder).is_some()
                && self.index.obligor(&stake.of).is_some()
        });
        let each = stakes.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let holder = self.index.party(&keys.holder)?;
            let of = self.index.obligor(&keys.of)?;
            let mut n = self.draws.of(format!("stake.{name}"), index);
            Some(EquityStake {
                holder,
                of,
                amount: n.read(&keys.amount, "amount", 0.0, |s, i| &mut s.equity_stakes[i].amount),
                name,
            })
        })
        .collect()
    }

    pub(super) fn fund_stakes(&mut self) -> Vec<FundStake> {
        let stakes = sorted(&self.file.stake, |stake| {
            stake.share.is_some() && self.index.party(&stake.holder).is_some() && self.index.lender(&stake.of).is_some()
        });
        let each = stakes.into_iter().enumerate();
        each.filter_map(|(index, (_, entity))| {
            let keys = &entity.keys;
            let name = entity.name.value.clone();
            let holder = self.index.party(&keys.holder)?;
            let of = self.index.lender(&keys.of)?;
            let mut n = self.draws.of(format!("stake.{name}"), index);
            Some(FundStake {
                holder,
                of,
                share: n.read(&keys.share, "share", 0.0, |s, i| &mut s.fund_stakes[i].share),
                name,
            })
        })
        .collect()
    }
}
