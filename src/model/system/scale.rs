//! The exposure multiplier: the AI sector enlarged against its lenders. (methods.md, 11.1)

use crate::model::system::{Facility, Flow, Instalment, Obligor, System};

impl System {
    /// The same world with an AI sector `factor` times as large; [`System::scale`] keeps count.
    ///
    /// Multiplied are the amounts of obligors, facilities, contracts, vendor finance and stakes in obligors, the depths of
    /// the markets, and what lenders and outside newly lend, whether fixed, scheduled or drawn by a law; the notional of a
    /// risk transfer follows from the faces it refers to. What a lender owns besides stays: the opening balances of a
    /// trial make room for its larger loans (`lender::reset`). At `factor` 1 no bit changes.
    ///
    /// # Units
    /// `factor` is a ratio above 0.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> System {
        debug_assert!(factor > 0.0 && factor.is_finite(), "scale {factor} must be above 0");
        let mut scaled = self.clone();
        scaled.scale *= factor;
        scaled.each_amount(|amount| *amount *= factor);
        for (draw, is_amount) in scaled.draws.iter_mut().zip(self.drawn_amounts()) {
            draw.factor *= if is_amount { factor } else { 1.0 };
        }
        scaled
    }

    /// Which draws are amounts: those whose place [`System::each_amount`] visits.
    fn drawn_amounts(&self) -> Vec<bool> {
        let (missed, visited) = (1.0, 2.0);
        let mut probe = self.clone();
        self.draws.iter().for_each(|draw| *(draw.place)(&mut probe, draw.entity) = missed);
        probe.each_amount(|amount| *amount = visited);
        self.draws.iter().map(|draw| *(draw.place)(&mut probe, draw.entity) == visited).collect()
    }

    /// Shows every amount that grows with the sector.
    fn each_amount(&mut self, mut visit: impl FnMut(&mut f64)) {
        let visit: &mut dyn FnMut(&mut f64) = &mut visit;
        self.obligors.iter_mut().for_each(|obligor| obligor_amounts(obligor, visit));
        self.facilities.iter_mut().for_each(|facility| facility_amounts(facility, visit));
        self.contracts.iter_mut().for_each(|contract| flow(&mut contract.fee, visit));
        self.backstops.iter_mut().for_each(|backstop| visit(&mut backstop.cap));
        self.instalments.iter_mut().for_each(|instalment| instalment_amounts(instalment, visit));
        self.equity_stakes.iter_mut().for_each(|stake| visit(&mut stake.amount));
        self.regions.iter_mut().for_each(|region| visit(&mut region.depth));
        self.lenders.iter_mut().for_each(|lender| visit(&mut lender.new_lending));
        visit(&mut self.credit_market.credit_depth);
        visit(&mut self.outside_new_lending);
    }
}

fn obligor_amounts(obligor: &mut Obligor, visit: &mut dyn FnMut(&mut f64)) {
    for amount in [
        &mut obligor.cash,
        &mut obligor.other_assets,
        &mut obligor.site_cost,
        &mut obligor.revenue,
        &mut obligor.market_cap,
        &mut obligor.support,
    ] {
        visit(amount);
    }
    obligor.fleet.iter_mut().for_each(|vintage| visit(&mut vintage.cost));
    flow(&mut obligor.fixed_cost, visit);
    flow(&mut obligor.capex, visit);
}

fn facility_amounts(facility: &mut Facility, visit: &mut dyn FnMut(&mut f64)) {
    for amount in [&mut facility.amount, &mut facility.undrawn, &mut facility.guarantee_cap] {
        visit(amount);
    }
    flow(&mut facility.draws, visit);
}

fn instalment_amounts(instalment: &mut Instalment, visit: &mut dyn FnMut(&mut f64)) {
    flow(&mut instalment.amount, visit);
    visit(&mut instalment.total);
}

fn flow(flow: &mut Flow, visit: &mut dyn FnMut(&mut f64)) {
    visit(&mut flow.constant);
    flow.steps.iter_mut().for_each(|(_, amount)| visit(amount));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use crate::model::parameter::Law;
    use crate::model::system::Draw;

    #[test]
    fn a_law_on_an_amount_is_multiplied_and_no_other() {
        let mut system = fixture::system(&["us"]);
        system.obligors.push(fixture::obligor("cloud"));
        system.lenders.push(fixture::fund("fund"));
        let places: [fn(&mut System, usize) -> &mut f64; 5] = [
            |s, i| &mut s.obligors[i].capex.constant,
            |s, i| &mut s.lenders[i].new_lending,
            |s, i| &mut s.lenders[i].income_q,
            |s, _| &mut s.gpu.life_q,
            |s, _| &mut s.credit_market.credit_depth,
        ];
        let law = || Law::Uniform(1.0, 2.0);
        let (path, range) = (String::new, (0.0, f64::INFINITY));
        let draw = |place| Draw {
            path: path(),
            order: 0,
            key: 0,
            law: law(),
            range,
            factor: 1.0,
            whole: false,
            entity: 0,
            place,
        };
        system.draws = places.map(draw).into();
        let scaled = system.scaled(3.0).scaled(0.5);
        let factors: Vec<f64> = scaled.draws.iter().map(|draw| draw.factor).collect();
        assert_eq!(factors, [1.5, 1.5, 1.0, 1.0, 1.5]);
        assert_eq!((scaled.scale, scaled.regions[0].depth), (1.5, 1.5 * system.regions[0].depth));
    }
}
