//! A world small enough for a test by hand.

use ndarray::Array2;

use crate::model::event::Event;
use crate::model::parameter::Law;
use crate::model::system::*;
use crate::random::key;

/// A world of these regions without obligors, lenders, volatility, jumps or growth: utilisation 0.75, supply 100.
pub(crate) fn system(regions: &[&str]) -> System {
    let factors = REGIONAL + regions.len();
    let mut names: Vec<String> = ["demand", "residual", "credit", "equity"].map(String::from).into();
    names.extend(regions.iter().map(|name| format!("region.{name}")));
    System {
        quarters: 20,
        scale: 1.0,
        switches: crate::model::switches::Switches::ON,
        drivers: Drivers {
            copula: Copula::Gaussian,
            dof: 5.0,
            dof_values: vec![5],
            correlation: Array2::eye(factors),
            root: Array2::eye(factors),
            persistence: vec![0.0; factors],
            keys: names.iter().map(|name| key(&format!("factor.{name}"))).collect(),
            names,
        },
        jumps: vec![],
        shocks: vec![],
        gpu: gpu(),
        compute: Compute {
            rental_yield: 0.1,
            spot_cost: 0.3,
            relet_q: 2.0,
            impact_at_10pct: 0.1,
            impact_reversion_q: 0.25,
            phi_min: 0.2,
        },
        regions: regions.iter().map(|name| region(name, regions.len())).collect(),
        equity: EquityIndex { equity_drift_pa: 0.0, equity_volatility_pa: 0.0 },
        confidence: Confidence {
            confidence_mean: 0.8,
            confidence_reversion_q: 0.35,
            confidence_volatility_q: 0.0,
            hit_default: 1.0,
            hit_failure: 1.0,
        },
        credit: credit(),
        costs: FailureCosts { asset_recovery: 1.0, claim_recovery: 1.0 },
        marks: Marks { mark_lgd: 0.5, mark_convexity: 0.0 },
        credit_market: CreditMarket { credit_depth: 200.0, credit_impact_at_10pct: 0.1 },
        liquidity: Liquidity {
            call_share: 0.5,
            call_trigger: 0.5,
            call_grace_q: 2.0,
            base: 0.0,
            flow_beta: 1.0,
            tolerance: 0.01,
            full_willingness: 0.5,
        },
        outside_new_lending: 0.0,
        obligors: vec![],
        facilities: vec![],
        contracts: vec![],
        backstops: vec![],
        instalments: vec![],
        equity_stakes: vec![],
        fund_stakes: vec![],
        lenders: vec![],
        claims: vec![],
        srts: vec![],
        shorts: vec![],
        draws: vec![],
        event: Event::Failures(1),
    }
}

fn gpu() -> Gpu {
    Gpu {
        depreciation: Depreciation::StraightLine,
        life_q: 12.0,
        salvage: 0.1,
        obsolescence_drift_pa: 0.0,
        residual_reversion_q: 0.35,
        residual_rent_beta: 1.0,
        residual_volatility_pa: 0.0,
        site_life_q: 80.0,
        site_beta: 0.3,
        site_haircut: 0.4,
        contract_credit: 0.0,
        contract_recovery: 0.7,
    }
}

fn region(name: &str, regions: usize) -> Region {
    Region {
        name: name.into(),
        utilisation: 0.75,
        u_max: 0.95,
        growth_pa: 0.0,
        supply_growth_pa: 0.0,
        supply: 100.0,
        demand_volatility_pa: 0.0,
        demand_loading: 0.7,
        rent_elasticity: 1.5,
        depth: 100.0,
        spillover: vec![0.0; regions],
    }
}

fn credit() -> Credit {
    Credit {
        base_rate_pa: 0.04,
        repricing: 0.05,
        unsecured_multiple: 0.5,
        bankruptcy_cost: 0.1,
        other_haircut: 0.5,
        lgd: 1.0,
        refinancing: Refinancing::Market,
        acceleration: Acceleration::Shortfall,
        insolvency: Insolvency::LosesAccess,
        recovery: Recovery::Endogenous,
    }
}

/// An obligor that has, owes and earns nothing.
pub(crate) fn obligor(name: &str) -> Obligor {
    Obligor {
        name: name.into(),
        place: 0,
        key: key(&format!("obligor.{name}")),
        default_model: DefaultModel::Structural,
        pd_pa: 0.0,
        rho: 0.0,
        loadings: vec![],
        cash: 0.0,
        other_assets: 0.0,
        other_assets_beta: 0.0,
        fleet: vec![],
        site_cost: 0.0,
        site_age_q: 0.0,
        revenue: 0.0,
        revenue_growth_pa: 0.0,
        revenue_beta: 0.0,
        revenue_volatility_pa: 0.0,
        margin: 0.0,
        fixed_cost: Flow::default(),
        capex: Flow::default(),
        deferrable: 0.0,
        gpu_share: 0.0,
        market_cap: 0.0,
        equity_beta: 1.0,
        raise_pa: 0.0,
        solvency_basis: SolvencyBasis::Assets,
        sponsor: None,
        support: 0.0,
        gap_order: vec![],
        region: None,
        vendor: None,
    }
}

/// A credit fund that has and owes nothing.
pub(crate) fn fund(name: &str) -> Lender {
    Lender {
        name: name.into(),
        place: 0,
        kind: LenderType::CreditFund,
        cash: 0.0,
        other_assets: 0.0,
        opening: OpeningBalance::ExternalDebt(0.0),
        accounting: Accounting::FairValue,
        external_priority: ExternalPriority::PariPassu,
        rwa_other: 0.0,
        risk_weight: 1.0,
        required_capital: 0.0,
        fail_ratio: 0.0,
        min_ratio: 0.0,
        max_leverage: 1.5,
        target_leverage: 1.0,
        new_lending: 0.0,
        income_q: 0.0,
        sales_margin: 0.0,
        gate: 1.0,
        liquidity: OwnLiquidity::default(),
        other_book: None,
    }
}

/// A bullet loan without collateral, spread or covenant that matures after every horizon of a test.
pub(crate) fn facility(borrower: usize, amount: f64, holders: Vec<(usize, f64)>) -> Facility {
    Facility {
        name: "loan".into(),
        place: 0,
        borrower,
        amount,
        undrawn: 0.0,
        draws: Flow::default(),
        rank: 1,
        collateral: 0.0,
        pledge_other: 0.0,
        spread_pa: 0.0,
        maturity_q: 100.0,
        amortisation: Amortisation::Bullet,
        ltv_max: f64::INFINITY,
        cure_q: 0.0,
        advance: 0.0,
        tenor_q: 1.0,
        extension_q: 0.0,
        marketable: false,
        guarantor: None,
        guarantee_share: 0.0,
        guarantee_cap: 0.0,
        holders,
    }
}

/// A jump that never strikes and moves nothing.
pub(crate) fn jump(name: &str) -> Jump {
    Jump {
        name: name.into(),
        place: 0,
        key: key(&format!("jump.{name}")),
        rate_pa: 0.0,
        obsolescence: 0.0,
        demand: 0.0,
        equity: 0.0,
        confidence: 0.0,
        compensated: false,
    }
}

/// An uncertain life of GPUs, under another name.
pub(crate) fn draw(path: &str, law: Law) -> Draw {
    Draw {
        path: path.into(),
        order: 0,
        key: key(path),
        law,
        range: (f64::NEG_INFINITY, f64::INFINITY),
        factor: 1.0,
        whole: false,
        entity: 0,
        place: |system, _| &mut system.gpu.life_q,
    }
}
