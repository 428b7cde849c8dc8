//! From a scenario as written to the world of the model: names become indices, laws stand at their median and are listed.
//!
//! Entities are sorted by name, so that the order of a scenario changes no number; `place` keeps that order for results.
//! An entity taken out (`enabled = false`) is gone with its own facilities, contracts, claims, stakes and vendor finance;
//! its shares in others' facilities pass to outside, and what names it as guarantor, sponsor, vendor or target of a shock
//! loses that leg.

mod event;
mod facility;
pub(in crate::scenario) mod factors;
mod index;
mod lender;
mod liquidity;
mod market;
mod numbers;
mod obligor;

use crate::model::event::Event;
use crate::model::switches::Switches;
use crate::model::system::System;
use crate::scenario::compile::index::Index;
use crate::scenario::compile::numbers::Draws;
use crate::scenario::error::Report;
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::list;
use crate::scenario::file::value::Located;
use crate::scenario::preset;

/// Compiles a checked scenario.
///
/// Tells `report` what only shows here: plain numbers of quarters that are not whole, and names whose streams collide.
pub(in crate::scenario) fn compile(file: &ScenarioFile, report: &mut Report) -> System {
    let index = Index::new(file);
    let mut compiler = Compiler { file, index, draws: Draws::new(report) };
    let drivers = compiler.drivers();
    let obligors = compiler.obligors(&drivers.correlation);
    System {
        quarters: quarters(file),
        scale: 1.0,
        switches: switches(file),
        jumps: compiler.jumps(),
        shocks: compiler.shocks(),
        gpu: compiler.gpu(),
        compute: compiler.compute(),
        regions: compiler.regions(),
        equity: compiler.equity(),
        confidence: compiler.confidence(),
        credit: compiler.credit(),
        costs: compiler.costs(),
        marks: compiler.marks(),
        credit_market: compiler.credit_market(),
        liquidity: compiler.liquidity(),
        outside_new_lending: compiler.outside_new_lending(),
        facilities: compiler.facilities(),
        contracts: compiler.contracts(),
        backstops: compiler.backstops(),
        instalments: compiler.instalments(),
        equity_stakes: compiler.equity_stakes(),
        fund_stakes: compiler.fund_stakes(),
        lenders: compiler.lenders(),
        claims: compiler.claims(),
        srts: compiler.srts(),
        shorts: compiler.shorts(),
        drivers,
        obligors,
        draws: compiler.draws.finish(),
        event: event(file),
    }
}

/// Horizon in quarters, as written or preset.
pub(in crate::scenario) fn quarters(file: &ScenarioFile) -> usize {
    let written = file.run.quarters.as_ref();
    written.map_or(preset::run::QUARTERS, |quarters| quarters.value as usize)
}

fn event(file: &ScenarioFile) -> Event {
    let written = file.run.keys.event.as_ref();
    match written.map_or(preset::run::EVENT, |event| event.value) {
        list::Event::Failures(least) => Event::Failures(least as usize),
        list::Event::Loss(least) => Event::Loss(least),
    }
}

fn switches(file: &ScenarioFile) -> Switches {
    let channels = &file.channels.keys;
    let on = |switch: &Option<Located<bool>>, preset: bool| switch.as_ref().map_or(preset, |switch| switch.value);
    Switches {
        clearing: on(&channels.clearing, preset::channels::CLEARING),
        revaluation: on(&channels.revaluation, preset::channels::REVALUATION),
        collateral_fire_sale: on(&channels.collateral_fire_sale, preset::channels::COLLATERAL_FIRE_SALE),
        credit_fire_sale: on(&channels.credit_fire_sale, preset::channels::CREDIT_FIRE_SALE),
        funding: on(&channels.funding, preset::channels::FUNDING),
        credit_crunch: on(&channels.credit_crunch, preset::channels::CREDIT_CRUNCH),
        loan_marks: on(&channels.loan_marks, preset::channels::LOAN_MARKS),
        trade: on(&channels.trade, preset::channels::TRADE),
        circular: on(&channels.circular, preset::channels::CIRCULAR),
        hedges: on(&channels.hedges, preset::channels::HEDGES),
    }
}

/// A scenario on its way into the model.
struct Compiler<'a> {
    file: &'a ScenarioFile,
    index: Index<'a>,
    draws: Draws<'a>,
}
