//! What the generator of random worlds covers: every size, switch, party, target, law and rule. (methods.md, 12)

use knockon::model::parameter::Law;
use knockon::model::switches::Switches;
use knockon::model::system::*;

use crate::WORLDS;
use crate::support::world;

/// One in how many worlds has each of what follows.
const ONE_IN: u64 = 20;

type Has = Box<dyn Fn(&System) -> bool>;
type Feature = (String, Has);
/// Something of a kind, by name.
type Kind<T> = (&'static str, fn(T) -> bool);

fn feature(name: impl Into<String>, has: impl Fn(&System) -> bool + 'static) -> Feature {
    (name.into(), Box::new(has))
}

const SWITCHES: [Kind<Switches>; 10] = [
    ("clearing", |s| s.clearing),
    ("revaluation", |s| s.revaluation),
    ("collateral_fire_sale", |s| s.collateral_fire_sale),
    ("credit_fire_sale", |s| s.credit_fire_sale),
    ("funding", |s| s.funding),
    ("credit_crunch", |s| s.credit_crunch),
    ("loan_marks", |s| s.loan_marks),
    ("trade", |s| s.trade),
    ("circular", |s| s.circular),
    ("hedges", |s| s.hedges),
];

const PARTIES: [Kind<Party>; 3] = [
    ("outside", |party| party == Party::Outside),
    ("an obligor", |party| matches!(party, Party::Obligor(_))),
    ("a lender", |party| matches!(party, Party::Lender(_))),
];

const TARGETS: [Kind<Target>; 9] = [
    ("demand", |target| target == Target::Demand),
    ("supply", |target| target == Target::Supply),
    ("equity", |target| target == Target::Equity),
    ("obsolescence", |target| target == Target::Obsolescence),
    ("confidence", |target| target == Target::Confidence),
    ("freeze_refinancing", |target| target == Target::FreezeRefinancing),
    ("honour", |target| matches!(target, Target::Honour(_))),
    ("default", |target| matches!(target, Target::Default(_))),
    ("fail", |target| matches!(target, Target::Fail(_))),
];

type OfLaw = (&'static str, fn(&Law) -> bool);

const LAWS: [OfLaw; 7] = [
    ("uniform", |law| matches!(law, Law::Uniform(..))),
    ("triangular", |law| matches!(law, Law::Triangular(..))),
    ("pert", |law| matches!(law, Law::Pert(..))),
    ("normal", |law| matches!(law, Law::Normal(..))),
    ("lognormal", |law| matches!(law, Law::Lognormal(..))),
    ("beta", |law| matches!(law, Law::Beta(..))),
    ("discrete", |law| matches!(law, Law::Discrete(_))),
];

fn features() -> Vec<Feature> {
    let mut all = vec![
        feature("an exposure multiplier below 1", |s| s.scale < 1.0),
        feature("an exposure multiplier above 1", |s| s.scale > 1.0),
        feature("a t copula", |s| s.drivers.copula == Copula::StudentT),
        feature("a jump", |s| !s.jumps.is_empty()),
        feature("a risk transfer", |s| !s.srts.is_empty()),
        feature("a risk transfer of several sellers", |s| s.srts.iter().any(|srt| srt.sellers.len() > 1)),
        feature("a short", |s| !s.shorts.is_empty()),
        feature("a rest of the book", |s| s.lenders.iter().any(|lender| lender.other_book.is_some())),
        feature("funds that own one another", |s| {
            s.fund_stakes.iter().any(|stake| {
                let Party::Lender(j) = stake.holder else { return false };
                matches!(s.lenders[j].kind, LenderType::CreditFund | LenderType::BondFund)
            })
        }),
        feature("a claim of outside", |s| s.claims.iter().any(|claim| claim.creditor.is_none())),
        feature("a claim on outside", |s| s.claims.iter().any(|claim| claim.debtor.is_none())),
        feature("a callable line", |s| s.claims.iter().any(|claim| claim.callable)),
        feature("every channel on", |s| s.switches == Switches::ON),
        feature("every channel off", |s| SWITCHES.iter().all(|(_, on)| !on(s.switches))),
        feature("two regions", |s| s.regions.len() == 2),
    ];
    for n in 1..=8 {
        all.push(feature(format!("{n} obligors"), move |s| s.obligors.len() == n));
    }
    for n in 1..=12 {
        all.push(feature(format!("{n} lenders"), move |s| s.lenders.len() == n));
    }
    for (name, on) in SWITCHES {
        all.push(feature(format!("{name} on"), move |s| on(s.switches)));
        all.push(feature(format!("{name} off"), move |s| !on(s.switches)));
    }
    for (name, is) in PARTIES {
        let paid_by = move |party: Option<Party>| party.is_some_and(is);
        all.push(feature(format!("a sponsor: {name}"), move |s| s.obligors.iter().any(|own| paid_by(own.sponsor))));
        all.push(feature(format!("a guarantor: {name}"), move |s| {
            s.facilities.iter().any(|own| paid_by(own.guarantor))
        }));
        all.push(feature(format!("a backstop by {name}"), move |s| s.backstops.iter().any(|own| is(own.payer))));
        all.push(feature(format!("instalments by {name}"), move |s| s.instalments.iter().any(|own| is(own.payer))));
        all.push(feature(format!("a stake in an obligor of {name}"), move |s| {
            s.equity_stakes.iter().any(|own| is(own.holder))
        }));
        all.push(feature(format!("a stake in a fund of {name}"), move |s| {
            s.fund_stakes.iter().any(|own| is(own.holder))
        }));
    }
    for (name, is) in TARGETS {
        let strikes = move |s: &System| s.shocks.iter().flat_map(|shock| &shock.targets).any(|target| is(*target));
        all.push(feature(format!("a shock of {name}"), strikes));
    }
    for (name, is) in LAWS {
        all.push(feature(format!("a {name} law"), move |s| s.draws.iter().any(|draw| is(&draw.law))));
    }
    all
}

fn rules() -> Vec<Feature> {
    let mut all = vec![feature("fixed recoveries", |s| s.credit.recovery == Recovery::Fixed)];
    for kind in
        [LenderType::Bank, LenderType::Insurer, LenderType::CreditFund, LenderType::BondFund, LenderType::Vendor]
    {
        all.push(feature(format!("{kind:?}"), move |s| s.lenders.iter().any(|own| own.kind == kind)));
    }
    for model in [DefaultModel::Structural, DefaultModel::Latent, DefaultModel::Both] {
        all.push(feature(format!("{model:?}"), move |s| s.obligors.iter().any(|own| own.default_model == model)));
    }
    for basis in [SolvencyBasis::Assets, SolvencyBasis::Market] {
        all.push(feature(format!("{basis:?}"), move |s| s.obligors.iter().any(|own| own.solvency_basis == basis)));
    }
    for rule in [Refinancing::Market, Refinancing::Always, Refinancing::Never] {
        all.push(feature(format!("{rule:?}"), move |s| s.credit.refinancing == rule));
    }
    for rule in [Acceleration::Shortfall, Acceleration::Full] {
        all.push(feature(format!("{rule:?}"), move |s| s.credit.acceleration == rule));
    }
    for rule in [Insolvency::LosesAccess, Insolvency::Immediate] {
        all.push(feature(format!("{rule:?}"), move |s| s.credit.insolvency == rule));
    }
    all
}

#[test]
fn random_worlds_cover_every_size_switch_party_target_law_and_rule() {
    let features: Vec<Feature> = features().into_iter().chain(rules()).collect();
    let mut counts = vec![0u64; features.len()];
    for seed in 0..WORLDS {
        let system = world::random(seed);
        for (count, (_, has)) in counts.iter_mut().zip(&features) {
            *count += u64::from(has(&system));
        }
    }
    for ((name, _), count) in features.iter().zip(&counts) {
        println!("{:5.1} % of worlds have {name}", 100.0 * *count as f64 / WORLDS as f64);
    }
    for ((name, _), count) in features.iter().zip(counts) {
        assert!(count * ONE_IN >= WORLDS, "only {count} of {WORLDS} worlds have {name}");
    }
}
