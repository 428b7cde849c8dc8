//! Synthetic worlds of any size, as scenario text: uniform, so that only the size differs between two of them.

use std::fmt::Write as _;

use knockon::model::system::System;
use knockon::scenario::Scenario;

/// How many there are of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub obligors: usize,
    pub lenders: usize,
    pub facilities: usize,
    pub contracts: usize,
    pub claims: usize,
    pub quarters: usize,
}

/// The sizes of `scenarios/bench/reference.toml`.
pub const REFERENCE: Sizes =
    Sizes { obligors: 30, lenders: 30, facilities: 100, contracts: 30, claims: 60, quarters: 20 };

/// What all worlds share; the switches stand at their presets, which is on.
const RULES: &str = "
[jump.new_generation]
[jump.efficiency_shock]
[region.us]
supply = 400
[credit]
bankruptcy_cost = { uniform = [0.05, 0.15] }
";

/// Kinds of obligors, in turn: a laboratory, an operator with GPUs, a site, two large companies.
const KINDS: [&str; 5] = [
    "type = 'ai_lab', cash = 12, revenue = 3, revenue_growth_pa = 0.5, revenue_beta = 1, revenue_volatility_pa = 0.15, \
     margin = 0.6, fixed_cost = 0.9, market_cap = 200, raise_pa = 0.08",
    "type = 'neocloud', cash = 1.2, other_assets = 1.5, fleet = [{ cost = 5, age_q = 4 }, { cost = 8, age_q = 1 }], \
     revenue = 0.4, revenue_beta = 1, revenue_volatility_pa = 0.2, margin = 0.6, fixed_cost = 0.16, \
     capex = 0.7, deferrable = 0.9, market_cap = 14, raise_pa = 0.08",
    "type = 'spv', cash = 0.8, revenue = 1.5, fixed_cost = 0.02",
    "type = 'hyperscaler', pd_pa = 0.004, rho = 0.4, cash = 30, revenue = 20, margin = 0.45, capex = 6, market_cap = 500",
    "type = 'hyperscaler', default_model = 'both', pd_pa = 0.002, rho = { uniform = [0.3, 0.6] }, cash = 30, \
     other_assets = 40, fleet = [{ cost = 12, age_q = 3 }], revenue = 20, revenue_beta = 0.2, margin = 0.45, capex = 6, \
     deferrable = 0.7, market_cap = 500, raise_pa = 0.03",
];

/// Debt of an obligor of each kind, USD bn.
const DEBT: [f64; 5] = [6.0, 5.0, 9.0, 24.0, 24.0];

/// The world of these sizes.
pub fn world(sizes: &Sizes) -> System {
    Scenario::from_text("scaling", &text(sizes), &[]).expect("a synthetic world has no problems").system
}

fn text(sizes: &Sizes) -> String {
    let mut text = format!("[run]\nquarters = {}\n{RULES}", sizes.quarters);
    let mut line = |line: String| writeln!(text, "{line}").expect("a string takes all");
    line("[obligor]".to_owned());
    for i in 0..sizes.obligors {
        let (kind, debt) = (KINDS[i % KINDS.len()], DEBT[i % DEBT.len()]);
        line(format!("o{i} = {{ region = 'us', site_cost = {debt}, {kind} }}"));
    }
    line("[facility]".to_owned());
    for f in 0..sizes.facilities {
        line(format!("f{f} = {{ {} }}", facility(f, sizes)));
    }
    line("[contract]".to_owned());
    for c in 0..sizes.contracts {
        let (customer, supplier) = (c % sizes.obligors, (c + 1 + c / sizes.obligors) % sizes.obligors);
        line(format!("c{c} = {{ customer = 'o{customer}', supplier = 'o{supplier}', fee = 0.2, end_q = 1000 }}"));
    }
    line("[lender]".to_owned());
    for (l, loans) in loans(sizes).into_iter().enumerate() {
        line(format!("l{l} = {{ {} }}", lender(l, loans)));
    }
    line("[claim]".to_owned());
    for k in 0..sizes.claims {
        let (debtor, creditor) = (k % sizes.lenders, (k + 1 + k / sizes.lenders) % sizes.lenders);
        // Nobody owes itself.
        let creditor = if creditor == debtor { (debtor + 1) % sizes.lenders } else { creditor };
        let amount = 0.6 * sizes.lenders as f64 / sizes.claims as f64;
        let callable = k.is_multiple_of(2);
        line(format!(
            "k{k} = {{ debtor = 'l{debtor}', creditor = 'l{creditor}', amount = {amount}, callable = {callable} }}"
        ));
    }
    text
}

/// Balance of a facility: those of an obligor share its debt.
fn amount(f: usize, sizes: &Sizes) -> f64 {
    let borrower = f % sizes.obligors;
    DEBT[borrower % DEBT.len()] / loans_of(borrower, sizes) as f64
}

/// Facilities of an obligor.
fn loans_of(borrower: usize, sizes: &Sizes) -> usize {
    (sizes.facilities - borrower).div_ceil(sizes.obligors)
}

/// Lenders of a facility, who hold a fifth of it each.
fn holders(f: usize, sizes: &Sizes) -> impl Iterator<Item = usize> {
    let lenders = sizes.lenders;
    (0..4.min(lenders)).map(move |k| (3 * f + 2 * f / 7 + k) % lenders)
}

/// What each lender has lent.
fn loans(sizes: &Sizes) -> Vec<f64> {
    let mut loans = vec![0.0; sizes.lenders];
    for f in 0..sizes.facilities {
        holders(f, sizes).for_each(|holder| loans[holder] += 0.2 * amount(f, sizes));
    }
    loans
}

/// Every second is a loan with a covenant, the others can be sold.
fn facility(f: usize, sizes: &Sizes) -> String {
    let (borrower, order) = (f % sizes.obligors, f / sizes.obligors);
    let terms = if order.is_multiple_of(2) {
        let share = 1.0 / loans_of(borrower, sizes).div_ceil(2) as f64;
        format!("collateral = {share}, ltv_max = 2, amortisation = 'linear', extension_q = 4")
    } else {
        "rank = 2, marketable = true".to_owned()
    };
    let holders: Vec<String> = holders(f, sizes).map(|holder| format!("l{holder} = 0.2")).collect();
    let (amount, maturity) = (amount(f, sizes), 9 + 5 * order % 40);
    let outside = 1.0 - 0.2 * holders.len() as f64;
    format!(
        "borrower = 'o{borrower}', amount = {amount}, spread_pa = 0.04, maturity_q = {maturity}, {terms}, \
         holders = {{ {}, outside = {outside} }}",
        holders.join(", ")
    )
}

/// Banks, insurers and credit funds of two kinds in turn, large enough for what they hold.
fn lender(l: usize, loans: f64) -> String {
    let room = loans + 5.0;
    match l % 4 {
        0 => format!("type = 'bank', equity = {}, rwa_other = {room}, cash = {room}, other_assets = 20", 0.3 * room),
        1 => format!(
            "type = 'insurer', equity = {}, required_capital = {}, cash = {room}, other_assets = 20",
            0.3 * room,
            0.05 * room
        ),
        2 => format!("type = 'credit_fund', equity = {}, cash = {}, other_assets = 2", 0.6 * room, 0.3 * room),
        _ => format!(
            "type = 'credit_fund', accounting = 'accrual', equity = {}, cash = {}, other_assets = 2",
            0.6 * room,
            0.3 * room
        ),
    }
}
