//! The arithmetic that no calm quarter of the reference workload can do without, and nothing else: no event, no test of what may
//! happen, no order but that of the entities. What its numbers come to means nothing.

use crate::lane::Lane;

pub const QUARTERS: usize = 20;
const FACILITIES: usize = 100;
/// Holders of a facility: five lenders and outside.
const HOLDERS: usize = 6;
const OBLIGORS: usize = 30;
const LENDERS: usize = 30;
const CONTRACTS: usize = 30;
const CLAIMS: usize = 60;
/// Ages of the GPUs of an obligor.
const VINTAGES: usize = 10;
/// Series told of a quarter.
const SERIES: usize = 22;

#[derive(Clone, Copy)]
struct Holding<const W: usize> {
    face: Lane<W>,
    carrying: Lane<W>,
}

#[derive(Clone, Copy)]
struct Facility<const W: usize> {
    balance: Lane<W>,
    undrawn: Lane<W>,
    spread: Lane<W>,
    interest: Lane<W>,
    amortisation: Lane<W>,
    value: Lane<W>,
    breaches: Lane<W>,
}

#[derive(Clone, Copy)]
struct Obligor<const W: usize> {
    cash: Lane<W>,
    debt: Lane<W>,
    revenue: Lane<W>,
    growth: Lane<W>,
    other_assets: Lane<W>,
    stakes: Lane<W>,
    contract_value: Lane<W>,
    fees: Lane<W>,
    dues: Lane<W>,
    vintages: [Lane<W>; VINTAGES],
    site_cost: Lane<W>,
    site_age: Lane<W>,
    worth: Lane<W>,
    year: [Lane<W>; 4],
    discount: Lane<W>,
    value: Lane<W>,
}

#[derive(Clone, Copy)]
struct Lender<const W: usize> {
    cash: Lane<W>,
    income: Lane<W>,
    loans: Lane<W>,
    stakes: Lane<W>,
    other_assets: Lane<W>,
    claims: Lane<W>,
    debt: Lane<W>,
    losses: Lane<W>,
    equity: Lane<W>,
    threshold: Lane<W>,
    depletion: Lane<W>,
    shortfall: Lane<W>,
    willingness: Lane<W>,
    redeemed: Lane<W>,
}

#[derive(Clone, Copy)]
struct Contract<const W: usize> {
    transit: Lane<W>,
    scale: Lane<W>,
}

/// What a lender has of a facility, as a share of it.
#[derive(Clone, Copy)]
struct Share<const W: usize> {
    facility: usize,
    share: Lane<W>,
}

/// What goes to all holders of a facility in a quarter, and what they carry it at.
#[derive(Clone, Copy)]
struct Amounts<const W: usize> {
    income: Lane<W>,
    repaid: Lane<W>,
    worth: Lane<W>,
    lost: Lane<W>,
}

/// What `W` trials move in a quarter.
#[derive(Clone)]
pub struct World<const W: usize> {
    holdings: Vec<[Holding<W>; HOLDERS]>,
    /// Who holds each facility: lenders, and outside behind the last one.
    holders: Vec<[usize; HOLDERS]>,
    /// What each lender holds, and outside behind the last one.
    books: Vec<Vec<Share<W>>>,
    amounts: Vec<Amounts<W>>,
    facilities: Vec<Facility<W>>,
    obligors: Vec<Obligor<W>>,
    lenders: Vec<Lender<W>>,
    contracts: Vec<Contract<W>>,
    claims: Vec<Lane<W>>,
    curve: [Lane<W>; VINTAGES],
    rent: Lane<W>,
    price: Lane<W>,
    told: Vec<Lane<W>>,
    quarters_told: usize,
}

/// Who holds each facility.
fn holders() -> Vec<[usize; HOLDERS]> {
    (0..FACILITIES).map(|f| [0, 5, 10, 15, 20].map(|k| (7 * f + k) % LENDERS)).map(with_outside).collect()
}

/// Five lenders and outside.
fn with_outside(lenders: [usize; HOLDERS - 1]) -> [usize; HOLDERS] {
    std::array::from_fn(|place| lenders.get(place).copied().unwrap_or(LENDERS))
}

/// The same by lender, each with that share.
fn books<const W: usize>(holders: &[[usize; HOLDERS]], share: Lane<W>) -> Vec<Vec<Share<W>>> {
    let of_lender = |lender| {
        let held = holders.iter().zip(0..).filter(move |(row, _)| row.contains(&lender));
        held.map(|(_, facility)| Share { facility, share }).collect()
    };
    (0..=LENDERS).map(of_lender).collect()
}

impl<const W: usize> World<W> {
    pub fn new() -> Self {
        let [none, one] = [0.0, 1.0].map(Lane::from);
        let facility = Facility {
            balance: 6.0.into(),
            undrawn: one,
            spread: 0.03.into(),
            interest: none,
            amortisation: none,
            value: one,
            breaches: none,
        };
        let obligor = Obligor {
            cash: 9.0.into(),
            debt: 20.0.into(),
            revenue: 4.0.into(),
            growth: one,
            other_assets: one,
            stakes: none,
            contract_value: 3.0.into(),
            fees: none,
            dues: none,
            vintages: [one; VINTAGES],
            site_cost: 5.0.into(),
            site_age: one,
            worth: none,
            year: [one; 4],
            discount: 0.1.into(),
            value: one,
        };
        let lender = Lender {
            cash: 5.0.into(),
            income: none,
            loans: 20.0.into(),
            stakes: one,
            other_assets: 50.0.into(),
            claims: one,
            debt: 60.0.into(),
            losses: none,
            equity: 10.0.into(),
            threshold: one,
            depletion: none,
            shortfall: none,
            willingness: one,
            redeemed: none,
        };
        World {
            holdings: vec![[Holding { face: one, carrying: one }; HOLDERS]; FACILITIES],
            books: books(&holders(), (1.0 / HOLDERS as f64).into()),
            amounts: vec![Amounts { income: none, repaid: none, worth: none, lost: none }; FACILITIES],
            holders: holders(),
            facilities: vec![facility; FACILITIES],
            obligors: vec![obligor; OBLIGORS],
            lenders: vec![lender; LENDERS + 1],
            contracts: vec![Contract { transit: one, scale: one }; CONTRACTS],
            claims: vec![one; CLAIMS],
            curve: [0.6.into(); VINTAGES],
            rent: 0.9.into(),
            price: 0.9.into(),
            told: vec![none; QUARTERS * SERIES],
            quarters_told: 0,
        }
    }

    /// Interest, principal and balance of every holding: six operations.
    #[inline(always)]
    pub fn pay_holders(&mut self) {
        for ((row, holders), own) in self.holdings.iter_mut().zip(&self.holders).zip(&self.facilities) {
            let kept = Lane::from(1.0) - own.amortisation / own.balance;
            let repaid = Lane::from(1.0) - kept;
            for (held, holder) in row.iter_mut().zip(holders) {
                let lender = &mut self.lenders[*holder];
                let income = held.face * own.spread;
                lender.income += income;
                lender.cash += income + held.face * repaid;
                held.face = held.face * kept;
            }
        }
    }

    /// Carrying values, and their sums by lender: three operations.
    #[inline(always)]
    pub fn carry(&mut self) {
        self.lenders.iter_mut().for_each(|lender| lender.loans = 0.0.into());
        for ((row, holders), own) in self.holdings.iter_mut().zip(&self.holders).zip(&self.facilities) {
            for (held, holder) in row.iter_mut().zip(holders) {
                let lender = &mut self.lenders[*holder];
                let worth = held.face * own.value;
                lender.losses += held.carrying - worth;
                lender.loans += worth;
                held.carrying = worth;
            }
        }
    }

    /// Both of these by sums over what each lender has a share of, where nobody's share moves: eight operations.
    #[inline(always)]
    pub fn sum_by_lender(&mut self) {
        for (amounts, own) in self.amounts.iter_mut().zip(&self.facilities) {
            let worth = own.balance * own.value;
            *amounts = Amounts {
                income: own.balance * own.spread,
                repaid: own.amortisation,
                lost: amounts.worth - worth,
                worth,
            };
        }
        for (book, lender) in self.books.iter().zip(&mut self.lenders) {
            let none = Lane::from(0.0);
            let mut sum = Amounts { income: none, repaid: none, worth: none, lost: none };
            for Share { facility, share } in book {
                let amounts = &self.amounts[*facility];
                sum.income += *share * amounts.income;
                sum.repaid += *share * amounts.repaid;
                sum.worth += *share * amounts.worth;
                sum.lost += *share * amounts.lost;
            }
            lender.income += sum.income;
            lender.cash += sum.income + sum.repaid;
            lender.losses += sum.lost;
            lender.loans = sum.worth;
        }
    }

    /// Interest, amortisation, loan-to-value test, draw, price of the loan.
    #[inline(always)]
    pub fn assess_facilities(&mut self) {
        let [base, quarterly, left, ltv, share, none] = [0.04, 0.25, 400.0, 0.8, 0.3, 0.0].map(Lane::from);
        for (f, own) in self.facilities.iter_mut().enumerate() {
            let borrower = &mut self.obligors[f % OBLIGORS];
            own.interest = own.balance * ((base + own.spread) * quarterly);
            own.amortisation = (own.balance / left).min(own.balance);
            let collateral = share * (borrower.worth.max(borrower.contract_value) + share * borrower.other_assets);
            own.breaches = (own.breaches + 1.0.into()) * own.balance.above(ltv * collateral);
            let draw = own.undrawn.min(own.amortisation).max(none);
            own.undrawn = own.undrawn - draw + own.amortisation;
            own.balance = own.balance - own.amortisation + draw;
            borrower.dues += own.interest + own.amortisation;
            borrower.debt += draw - own.amortisation;
            own.value = borrower.value * self.price;
        }
    }

    /// Fleet, site, revenue, dues and equity of every obligor, and what its loans are worth.
    #[inline(always)]
    pub fn move_obligors(&mut self) {
        let [one, none, margin, costs, life, tax, lgd, convexity, capex] =
            [1.0, 0.0, 0.4, 1.5, 80.0, 0.01, 0.5, 4.0, 0.01].map(Lane::from);
        for own in &mut self.obligors {
            let book = own.vintages.iter().zip(&self.curve).fold(none, |sum, (cost, left)| sum + *cost * *left);
            let fleet = self.price * book;
            let site = own.site_cost * (one - own.site_age / life).max(none) * self.rent;
            own.revenue = own.revenue * own.growth;
            let idle = (one - own.fees / own.revenue).max(none);
            own.cash += margin * own.revenue - costs + idle * self.rent * tax * fleet + own.fees;
            own.other_assets = own.other_assets * own.growth;
            let missing = own.dues - own.cash;
            own.cash += missing.max(none) - own.dues;
            own.debt += missing.max(none);
            own.vintages[0] += capex;
            own.site_age = (own.site_age + one) * (own.site_cost / (own.site_cost + capex));
            own.site_cost += capex;
            own.worth = fleet + site;
            let equity = own.cash + own.worth.max(own.contract_value) + own.other_assets + own.stakes - own.debt;
            let distress = (one - equity / own.revenue).max(none).min(one);
            own.value = one - lgd * distress * own.discount;
            own.discount = tax * convexity * (distress - one) + one;
            own.year = [own.year[1], own.year[2], own.year[3], own.fees];
            own.fees = none;
            own.dues = own.dues * tax;
        }
    }

    /// Balance sheet, threshold, capital ratio, willingness and redemptions of every lender.
    #[inline(always)]
    pub fn close_lenders(&mut self) {
        let [one, none, weight, ratio, earned, gate] = [1.0, 0.0, 0.5, 0.045, 0.01, 0.05].map(Lane::from);
        for own in &mut self.lenders {
            let assets = own.cash + own.loans + own.stakes + own.other_assets + own.claims;
            let before = own.equity;
            own.equity = assets - own.debt - own.redeemed;
            let weighted = own.other_assets + weight * own.loans;
            own.threshold = ratio * weighted + (none - own.cash).max(none);
            let buffer = own.equity - own.threshold;
            let capital = own.equity / weighted;
            own.depletion = own.depletion.min(capital - ratio);
            own.shortfall = own.shortfall.max(weight * weighted - own.equity);
            own.willingness = (buffer / before).max(none).min(one) * capital.above(ratio);
            let earnings = (own.equity - before) / before;
            let wanted = ((none - earnings) * own.willingness).max(none).min(gate) * own.equity;
            own.redeemed = wanted.min(own.cash.max(none)) * earned;
            own.cash = own.cash + earned - own.redeemed - own.income * (one - earned);
            own.income = own.income * earned;
            own.stakes = own.stakes * (one + earnings * earned);
            own.losses = own.losses * earned;
        }
    }

    /// Fees, their present values, and claims by debtor and creditor.
    #[inline(always)]
    pub fn settle_contracts(&mut self) {
        let [one, share, annuity] = [1.0, 0.7, 0.1].map(Lane::from);
        for (c, own) in self.contracts.iter_mut().enumerate() {
            let fee = own.scale * (share + (one - share) * self.rent);
            self.obligors[c].fees += own.transit;
            self.obligors[c].contract_value = fee * annuity + own.transit;
            let customer = &mut self.obligors[(c + 11) % OBLIGORS];
            customer.dues += fee * annuity;
            own.scale = own.scale * (one - annuity) + annuity;
            own.transit = fee * annuity;
        }
        for (k, claim) in self.claims.iter().enumerate() {
            self.lenders[k % LENDERS].claims += *claim * annuity;
            self.lenders[(3 * k + 1) % LENDERS].debt += *claim * annuity;
        }
    }

    /// The series of a quarter.
    #[inline(always)]
    pub fn tell(&mut self) {
        let quarter = &mut self.told[self.quarters_told * SERIES..][..SERIES];
        quarter.iter_mut().zip(&self.obligors).for_each(|(told, own)| *told += own.worth);
        self.quarters_told = (self.quarters_told + 1) % QUARTERS;
    }

    /// Everything of a quarter, holding by holding.
    #[inline(always)]
    pub fn quarter(&mut self) {
        self.move_borrowers();
        self.pay_holders();
        self.carry();
        self.close_lenders();
        self.tell();
    }

    /// Everything of a quarter, with sums by lender.
    #[inline(always)]
    pub fn quarter_by_lender(&mut self) {
        self.move_borrowers();
        self.sum_by_lender();
        self.close_lenders();
        self.tell();
    }

    #[inline(always)]
    fn move_borrowers(&mut self) {
        self.settle_contracts();
        self.assess_facilities();
        self.move_obligors();
    }
}
