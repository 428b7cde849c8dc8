//! Lenders of a random world, what they owe each other, and balance sheets that start sound.

use knockon::model::system::*;

use crate::support::dice::Dice;
use crate::support::world::party;

const KINDS: [LenderType; 7] = [
    LenderType::Bank,
    LenderType::Bank,
    LenderType::Insurer,
    LenderType::CreditFund,
    LenderType::CreditFund,
    LenderType::BondFund,
    LenderType::Vendor,
];

/// Lenders by kind, their balance sheets still to come.
pub fn found(dice: &mut Dice, system: &mut System) {
    for j in 0..dice.whole(1, 12) {
        let kind = dice.pick(&KINDS);
        system.lenders.push(Lender {
            name: format!("l{j:02}"),
            place: j,
            kind,
            cash: dice.within(0.05, 1.5),
            other_assets: dice.sometimes(0.5, 0.0, 4.0),
            opening: OpeningBalance::ExternalDebt(0.0),
            accounting: dice.pick(&[Accounting::Accrual, Accounting::FairValue, Accounting::FairValue]),
            external_priority: dice.pick(&[ExternalPriority::Senior, ExternalPriority::PariPassu]),
            rwa_other: dice.within(0.1, 5.0),
            risk_weight: dice.within(0.0, 1.5),
            required_capital: dice.within(0.1, 2.0),
            fail_ratio: 0.0,
            min_ratio: 0.0,
            max_leverage: 1.0,
            target_leverage: 1.0,
            new_lending: dice.sometimes(0.6, 0.0, 1.0),
            income_q: dice.sometimes(0.5, -0.05, 0.1),
            gate: dice.sometimes(0.8, 0.02, 0.5),
            liquidity: OwnLiquidity {
                full_willingness: dice.chance(0.3).then(|| dice.within(0.2, 1.0)),
                call_trigger: dice.chance(0.3).then(|| dice.share()),
                ..OwnLiquidity::default()
            },
            other_book: dice.chance(0.3).then(|| other_book(dice)),
            sales_margin: dice.share(),
        });
    }
}

/// Stakes in obligors and, in circles too, in funds; the shares of a fund that lenders own sum to less than 1.
pub fn stakes(dice: &mut Dice, system: &mut System) {
    for k in 0..dice.whole(0, 3) {
        let of = dice.whole(0, system.obligors.len() - 1);
        system.equity_stakes.push(EquityStake {
            name: format!("s{k}"),
            holder: party(dice, system, Party::Obligor(of)),
            of,
            amount: dice.within(0.0, 3.0),
        });
    }
    if dice.chance(0.5) {
        return;
    }
    for of in 0..system.lenders.len() {
        let kind = system.lenders[of].kind;
        if !matches!(kind, LenderType::CreditFund | LenderType::BondFund) {
            continue;
        }
        for _ in 0..dice.whole(0, 3) {
            system.fund_stakes.push(FundStake {
                name: format!("t{}", system.fund_stakes.len()),
                holder: party(dice, system, Party::Lender(of)),
                of,
                share: dice.within(0.0, 0.3),
            });
        }
    }
}

/// Claims between any two lenders; a bond fund owes nothing.
pub fn claims(dice: &mut Dice, system: &mut System) {
    let count = dice.whole(0, 3 * system.lenders.len());
    for k in 0..count {
        let mut end = |outside: f64| {
            let lender = dice.whole(0, system.lenders.len() - 1);
            (!dice.chance(outside)).then_some(lender)
        };
        let (debtor, creditor) = (end(0.1), end(0.1));
        let fund = debtor.is_some_and(|j| system.lenders[j].kind == LenderType::BondFund);
        if debtor != creditor && !fund {
            let (name, amount) = (format!("n{k}"), dice.within(0.1, 4.0));
            system.claims.push(Claim { name, debtor, creditor, amount, callable: dice.chance(0.75) });
        }
    }
}

/// Rules of redemptions and calls under which both happen.
pub fn liquidity(dice: &mut Dice) -> Liquidity {
    Liquidity {
        call_share: dice.share(),
        call_trigger: dice.share(),
        call_grace_q: dice.whole(0, 3) as f64,
        base: dice.sometimes(0.3, 0.0, 0.05),
        flow_beta: dice.within(0.0, 2.0),
        tolerance: dice.within(0.0, 0.02),
        full_willingness: dice.within(0.2, 1.0),
    }
}

fn other_book(dice: &mut Dice) -> OtherBook {
    OtherBook {
        assets: dice.within(0.0, 5.0),
        pd_pa: dice.within(0.0, 0.1),
        rho: dice.within(0.0, 0.5),
        lgd: dice.share(),
    }
}

/// Risk transfers on what their buyers hold, and shorts.
pub fn hedges(dice: &mut Dice, system: &mut System) {
    for buyer in 0..system.lenders.len() {
        let held =
            |facility: &Facility| facility.holders.iter().any(|(holder, share)| *holder == buyer && *share > 0.0);
        let reference: Vec<usize> = (0..system.facilities.len()).filter(|f| held(&system.facilities[*f])).collect();
        if reference.is_empty() || !dice.chance(0.4) {
            continue;
        }
        let attach = dice.sometimes(0.5, 0.0, 0.3);
        let mut sellers = Vec::new();
        let mut free = 1.0;
        for seller in (0..system.lenders.len()).filter(|seller| *seller != buyer) {
            if dice.chance(0.4) {
                let share = free * dice.share();
                free -= share;
                sellers.push((seller, share));
            }
        }
        let (detach, coupon_pa) = (attach + dice.within(0.01, 0.6), dice.within(0.0, 0.2));
        let name = format!("t{buyer}");
        system.srts.push(Srt { name, buyer, sellers, reference, attach, detach, coupon_pa });
    }
    for holder in 0..system.lenders.len() {
        if dice.chance(0.15) {
            let (notional, carry_pa) = (dice.within(0.0, 2.0), dice.within(0.0, 0.05));
            system.shorts.push(Short { name: format!("h{holder}"), holder, notional, carry_pa });
        }
    }
}

/// Balance sheets with external debt not below 0 and every opening buffer above 0.
pub fn balance_sheets(dice: &mut Dice, system: &mut System) {
    let count = system.lenders.len();
    let owed: Vec<f64> = (0..count).map(|j| network_debt(system, j)).collect();
    let ratios: Vec<f64> = (0..count).map(|_| dice.within(0.03, 0.5)).collect();
    for j in 0..count {
        let bond_fund = system.lenders[j].kind == LenderType::BondFund;
        let needed = if bond_fund { 0.0 } else { owed[j] / (1.0 - ratios[j]) };
        let missing = (needed - assets(system, j)).max(0.0);
        let illiquid = system.lenders[j].kind == LenderType::CreditFund && dice.chance(0.6);
        let lender = &mut system.lenders[j];
        *if illiquid { &mut lender.other_assets } else { &mut lender.cash } += missing;
    }
    let nav = |j: usize, assets: f64| match system.lenders[j].kind {
        LenderType::BondFund => assets,
        _ => ratios[j] * assets,
    };
    let mut equity: Vec<f64> = (0..count).map(|j| nav(j, assets(system, j))).collect();
    for _ in 0..200 {
        equity = (0..count).map(|j| nav(j, assets(system, j) + fund_stakes(system, j, &equity))).collect();
    }
    for j in 0..count {
        let whole = assets(system, j) + fund_stakes(system, j, &equity);
        let loans = loans(system, j);
        let given = dice.chance(0.5);
        let buffer = if dice.chance(0.4) { dice.within(0.02, 0.2) } else { dice.within(0.05, 0.95) };
        let lender = &mut system.lenders[j];
        let debt = (whole - equity[j] - owed[j]).max(0.0);
        lender.opening = if lender.kind == LenderType::BondFund {
            OpeningBalance::ExternalDebt(0.0)
        } else if given {
            OpeningBalance::Equity(equity[j])
        } else {
            OpeningBalance::ExternalDebt(debt)
        };
        let basis = match lender.kind {
            LenderType::Bank => lender.rwa_other + lender.risk_weight * loans,
            _ => lender.required_capital,
        };
        lender.fail_ratio = (1.0 - buffer) * equity[j] / basis;
        lender.min_ratio = lender.fail_ratio * dice.within(1.0, 2.0);
        let leverage = (debt + owed[j]) / equity[j];
        lender.max_leverage = (leverage * dice.within(1.05, 2.0)).max(0.1);
        lender.target_leverage = lender.max_leverage * dice.within(0.3, 1.0);
    }
}

fn network_debt(system: &System, j: usize) -> f64 {
    let owed = system.claims.iter().filter(|claim| claim.debtor == Some(j));
    owed.map(|claim| claim.amount).sum()
}

fn loans(system: &System, j: usize) -> f64 {
    let shares = |facility: &Facility| -> f64 {
        let own = facility.holders.iter().filter(|(holder, _)| *holder == j);
        facility.amount * own.map(|(_, share)| share).sum::<f64>()
    };
    system.facilities.iter().map(shares).sum()
}

/// Everything a lender owns but stakes in funds.
fn assets(system: &System, j: usize) -> f64 {
    let claims = system.claims.iter().filter(|claim| claim.creditor == Some(j));
    let stakes = system.equity_stakes.iter().filter(|stake| stake.holder == Party::Lender(j));
    let lender = &system.lenders[j];
    lender.cash
        + lender.other_assets
        + loans(system, j)
        + claims.map(|claim| claim.amount).sum::<f64>()
        + stakes.map(|stake| stake.amount).sum::<f64>()
        + notes(system, j)
}

/// Notes of risk transfers that a lender sold.
fn notes(system: &System, j: usize) -> f64 {
    if !system.switches.hedges {
        return 0.0;
    }
    let note = |srt: &Srt| -> f64 {
        let sold: f64 = srt.sellers.iter().filter(|(seller, _)| *seller == j).map(|(_, share)| share).sum();
        let held = |facility: &Facility| -> f64 {
            let own = facility.holders.iter().filter(|(holder, _)| *holder == srt.buyer);
            facility.amount * own.map(|(_, share)| share).sum::<f64>()
        };
        let notional: f64 = srt.reference.iter().map(|f| held(&system.facilities[*f])).sum();
        sold * (srt.detach - srt.attach) * notional
    };
    system.srts.iter().map(note).sum()
}

fn fund_stakes(system: &System, j: usize, equity: &[f64]) -> f64 {
    let own = system.fund_stakes.iter().filter(|stake| stake.holder == Party::Lender(j));
    own.map(|stake| stake.share * equity[stake.of]).sum()
}
