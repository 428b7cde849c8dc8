//! The scenario as written: named, per year, optional, every value with its place.
//!
//! Each key is read on its own by `reader`, so that every problem of a file is told at once. What a key means is the
//! doc comment of its field, which is also its description in the JSON Schema.

pub mod driver;
pub mod entity;
pub mod facility;
pub mod globals;
pub(in crate::scenario) mod law;
pub mod lender;
pub mod list;
pub mod obligor;
pub mod parameter;
pub(in crate::scenario) mod reader;
pub mod run;
pub mod tables;
pub mod value;
pub mod word;

use schemars::JsonSchema;

use crate::scenario::error::{Code, nearest};
use crate::scenario::file::entity::{Global, Section};
use crate::scenario::file::facility::{Backstop, Contract, Facility, Instalment, Stake};
use crate::scenario::file::globals::{
    Clearing, Compute, Confidence, Credit, Drivers, Equity, Gpu, Jump, Liquidity, Outside, Region, Shock, Uncertainty,
};
use crate::scenario::file::lender::{Claim, Lender, Short, Srt};
use crate::scenario::file::obligor::Obligor;
use crate::scenario::file::reader::{Content, Field, Reader, keys_of};
use crate::scenario::file::run::{Channels, Run, Title};
use crate::scenario::file::tables::Tables;
use crate::scenario::file::value::Located;
use crate::scenario::tree::Table;

/// A knockon scenario: the opening world, the channels that act, and the shocks that strike it.
///
/// Amounts are USD bn, `_pa` is per year, `_q` is in quarters, every rate and share is a fraction. A parameter is a
/// number, or a table with one law, `source` and `note`.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[schemars(rename = "Scenario")]
pub struct ScenarioFile {
    /// File that this one extends, relative to it; its keys stand where this file is silent.
    pub extends: Option<Located<String>>,
    /// CSV files whose rows are entities; what stands in this file goes before.
    pub tables: Tables,
    /// What the scenario is about.
    pub scenario: Global<Title>,
    /// Settings of a run.
    pub run: Global<Run>,
    /// Systematic factors and their dependence.
    pub drivers: Global<Drivers>,
    /// Which channels of contagion act.
    pub channels: Global<Channels>,
    /// Compound Poisson jumps.
    pub jump: Section<Jump>,
    /// Shocks at scheduled quarters.
    pub shock: Section<Shock>,
    /// Values of GPUs and sites.
    pub gpu: Global<Gpu>,
    /// The compute market, common to all regions.
    pub compute: Global<Compute>,
    /// Regions of the compute market.
    pub region: Section<Region>,
    /// The index of AI equity.
    pub equity: Global<Equity>,
    /// Market confidence.
    pub confidence: Global<Confidence>,
    /// Rules of credit.
    pub credit: Global<Credit>,
    /// Clearing between lenders.
    pub clearing: Global<Clearing>,
    /// Redemptions, calls of lines and willingness to lend.
    pub liquidity: Global<Liquidity>,
    /// The world outside.
    pub outside: Global<Outside>,
    /// Dependence between uncertain parameters.
    pub uncertainty: Global<Uncertainty>,
    /// Borrowers.
    pub obligor: Section<Obligor>,
    /// Loans and bonds.
    pub facility: Section<Facility>,
    /// Contracts for compute and sites.
    pub contract: Section<Contract>,
    /// Promises to buy unsold capacity.
    pub backstop: Section<Backstop>,
    /// Staged equity of vendors.
    pub instalment: Section<Instalment>,
    /// Stakes in obligors and funds.
    pub stake: Section<Stake>,
    /// Lenders.
    pub lender: Section<Lender>,
    /// Claims between lenders.
    pub claim: Section<Claim>,
    /// Risk transfers.
    pub srt: Section<Srt>,
    /// Short positions.
    pub short: Section<Short>,
}

/// Tables of entities, `[kind.NAME]`, which merge down to the keys of an entity.
pub(in crate::scenario) const SECTIONS: [&str; 13] = [
    "jump",
    "shock",
    "region",
    "obligor",
    "facility",
    "contract",
    "backstop",
    "instalment",
    "stake",
    "lender",
    "claim",
    "srt",
    "short",
];

/// Tables without names, which merge down to their keys.
pub(in crate::scenario) const GLOBALS: [&str; 13] = [
    "scenario",
    "run",
    "drivers",
    "channels",
    "gpu",
    "compute",
    "equity",
    "confidence",
    "credit",
    "clearing",
    "liquidity",
    "outside",
    "uncertainty",
];

impl ScenarioFile {
    /// Reads the merged table and tells `reader` every problem of it.
    pub(in crate::scenario) fn read(table: &Table, reader: &mut Reader) -> Self {
        unknown_tables(table, reader);
        let extends = table.get("extends").and_then(|node| Located::<String>::read(node, reader));
        let get = |key| table.get(key);
        ScenarioFile {
            extends,
            tables: Tables::default(),
            scenario: Global::read(get("scenario"), "scenario", reader),
            run: Global::read(get("run"), "run", reader),
            drivers: Global::read(get("drivers"), "drivers", reader),
            channels: Global::read(get("channels"), "channels", reader),
            jump: Section::read(get("jump"), "jump", reader),
            shock: Section::read(get("shock"), "shock", reader),
            gpu: Global::read(get("gpu"), "gpu", reader),
            compute: Global::read(get("compute"), "compute", reader),
            region: Section::read(get("region"), "region", reader),
            equity: Global::read(get("equity"), "equity", reader),
            confidence: Global::read(get("confidence"), "confidence", reader),
            credit: Global::read(get("credit"), "credit", reader),
            clearing: Global::read(get("clearing"), "clearing", reader),
            liquidity: Global::read(get("liquidity"), "liquidity", reader),
            outside: Global::read(get("outside"), "outside", reader),
            uncertainty: Global::read(get("uncertainty"), "uncertainty", reader),
            obligor: Section::read(get("obligor"), "obligor", reader),
            facility: Section::read(get("facility"), "facility", reader),
            contract: Section::read(get("contract"), "contract", reader),
            backstop: Section::read(get("backstop"), "backstop", reader),
            instalment: Section::read(get("instalment"), "instalment", reader),
            stake: Section::read(get("stake"), "stake", reader),
            lender: Section::read(get("lender"), "lender", reader),
            claim: Section::read(get("claim"), "claim", reader),
            srt: Section::read(get("srt"), "srt", reader),
            short: Section::read(get("short"), "short", reader),
        }
    }
}

/// The keys of an entity with what a cell of their column holds; none for what is no kind of entity.
pub(in crate::scenario) fn columns(kind: &str) -> Vec<(&'static str, Content)> {
    let mut keys = match kind {
        "jump" => keys_of::<Jump>(),
        "shock" => keys_of::<Shock>(),
        "region" => keys_of::<Region>(),
        "obligor" => keys_of::<Obligor>(),
        "facility" => keys_of::<Facility>(),
        "contract" => keys_of::<Contract>(),
        "backstop" => keys_of::<Backstop>(),
        "instalment" => keys_of::<Instalment>(),
        "stake" => keys_of::<Stake>(),
        "lender" => keys_of::<Lender>(),
        "claim" => keys_of::<Claim>(),
        "srt" => keys_of::<Srt>(),
        "short" => keys_of::<Short>(),
        _ => return Vec::new(),
    };
    keys.push(("enabled", Content::Truth));
    keys
}

fn unknown_tables(table: &Table, reader: &mut Reader) {
    let known = || SECTIONS.into_iter().chain(GLOBALS).chain(["extends", "tables"]);
    for (key, _) in table.iter() {
        let name: &str = &key.name;
        if !known().any(|known| known == name) {
            let message = format!("unknown key `{name}` at the top of the scenario");
            reader.push(key.span.clone(), Code::UnknownKey, message, nearest(name, known()));
        }
    }
}
