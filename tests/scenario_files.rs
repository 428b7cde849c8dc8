//! Scenario files: the template against the schema, and merging.

use std::collections::BTreeSet;
use std::path::Path;

use knockon::scenario::Scenario;
use knockon::scenario::file::parameter::Parameter;
use knockon::scenario::preset;
use knockon::scenario::schema::schema;
use knockon::scenario::source::{Document, Sources};
use knockon::units::Unit;
use serde_json::Value;

const TEMPLATE: &str = include_str!("../scenarios/template.toml");

fn load(text: &str, overrides: &[&str]) -> Document {
    let overrides: Vec<_> = overrides.iter().map(|text| text.to_string()).collect();
    let document = Sources::load_text("text.toml", text, &overrides).expect("the text can be read");
    assert!(document.report.is_empty(), "{}", document.report);
    document
}

/// The template with its commented keys in force.
fn uncommented() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(key) if key.starts_with('[') || key.contains(" = ") && !key.starts_with([' ', ':']) => key.to_owned(),
        _ => line.to_owned(),
    };
    TEMPLATE.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// As [`uncommented`], but for the keys that name files, of which there are none.
fn without_files() -> String {
    let names_a_file =
        |line: &&str| line.starts_with("extends = ") || line.contains(" = \"") && line.contains(".csv\"");
    uncommented().lines().filter(|line| !names_a_file(line)).collect::<Vec<_>>().join("\n")
}

/// Key paths of the schema, names of entities as `*`.
fn schema_paths(root: &Value, node: &Value, path: &str, paths: &mut BTreeSet<String>) {
    if let Some(reference) = node["$ref"].as_str() {
        let name = reference.rsplit('/').next().expect("a split has a part");
        // Inside a parameter the grammar is the same everywhere.
        if !name.starts_with("Parameter") && !name.starts_with("Schedule") {
            schema_paths(root, &root["$defs"][name], path, paths);
        }
    }
    if let Some(properties) = node["properties"].as_object() {
        for (key, value) in properties {
            let path = format!("{path}.{key}");
            schema_paths(root, value, &path, paths);
            paths.insert(path);
        }
    }
    if node["additionalProperties"]["$ref"].is_string() {
        schema_paths(root, &node["additionalProperties"], &format!("{path}.*"), paths);
    }
    if node["items"].is_object() {
        schema_paths(root, &node["items"], path, paths);
    }
}

/// Key paths of a TOML text, names of entities as `*`.
fn text_paths(value: &toml::Value, path: &str, sections: &BTreeSet<String>, paths: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, below) in table {
                let named = sections.contains(path);
                let path = format!("{path}.{}", if named { "*" } else { key });
                paths.insert(path.clone());
                text_paths(below, &path, sections, paths);
            }
        }
        toml::Value::Array(items) => items.iter().for_each(|item| text_paths(item, path, sections, paths)),
        _ => {}
    }
}

/// Tables of the schema that hold entities by name.
fn sections(schema: &Value) -> BTreeSet<String> {
    let properties = schema["properties"].as_object().expect("the schema has properties");
    let named = properties.iter().filter(|(_, value)| value["additionalProperties"]["$ref"].is_string());
    named.map(|(key, _)| format!(".{key}")).collect()
}

#[test]
fn the_template_is_free_of_problems_with_and_without_its_commented_keys() {
    load(&without_files(), &[]);
    let refused = Scenario::from_text("template.toml", TEMPLATE, &[]).err();
    assert_eq!(refused.map(|report| report.to_string()), None);
}

#[test]
fn the_template_holds_every_key_of_the_schema() {
    let root: Value = serde_json::from_str(&schema()).unwrap();
    let mut known = BTreeSet::new();
    schema_paths(&root, &root, "", &mut known);
    let mut written = BTreeSet::new();
    text_paths(&uncommented().parse::<toml::Table>().unwrap().into(), "", &sections(&root), &mut written);
    let missing: Vec<_> = known.difference(&written).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(known.len() > 250, "{}", known.len());
}

#[test]
fn the_reference_explains_every_key_of_the_schema() {
    let root: Value = serde_json::from_str(&schema()).unwrap();
    let mut known = BTreeSet::new();
    schema_paths(&root, &root, "", &mut known);
    let reference = include_str!("../docs/scenario.md");
    let keys = known.iter().filter_map(|path| path.rsplit('.').next()).filter(|key| *key != "*");
    let forms = |key: &str| [format!("`{key}`"), format!("`[{key}]"), format!("`[{key}.")];
    let missing: Vec<_> = keys.filter(|key| !forms(key).iter().any(|form| reference.contains(form))).collect();
    assert!(missing.is_empty(), "not in docs/scenario.md: {missing:?}");
}

#[test]
fn every_scenario_of_the_project_is_read_without_a_problem() {
    for (folder, least) in [("scenarios", 4), ("scenarios/bench", 4)] {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let scenarios: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
        for path in &scenarios {
            let document = Sources::load(path, &[]).unwrap();
            assert!(document.report.is_empty(), "{}", document.report);
        }
        assert!(scenarios.len() >= least, "{folder}: {scenarios:?}");
    }
}

#[test]
fn the_workloads_of_the_benchmark_have_the_sizes_they_promise() {
    for (name, sizes) in [
        ("reference", [30, 30, 100, 30, 60, 20]),
        ("long", [30, 30, 100, 30, 60, 80]),
        ("wide", [200, 200, 1_000, 200, 2_000, 20]),
        ("one-period", [50, 1, 50, 0, 0, 1]),
    ] {
        let scenario = Scenario::load(&Path::new("scenarios/bench").join(name).with_extension("toml"), &[]).unwrap();
        let system = &scenario.system;
        let (obligors, lenders, facilities) = (system.obligors.len(), system.lenders.len(), system.facilities.len());
        let own = [obligors, lenders, facilities, system.contracts.len(), system.claims.len(), system.quarters];
        assert_eq!(own, sizes, "{name}");
    }
}

/// Name i of the one-period workload defaults with 0.005 (1 + i mod 8) within its quarter, and the exact mean loss is 2.77425.
#[test]
fn the_one_period_workload_is_the_portfolio_it_describes() {
    let system = Scenario::load(Path::new("scenarios/bench/one-period.toml"), &[]).unwrap().system;
    let mut mean = 0.0;
    for (i, (obligor, facility)) in system.obligors.iter().zip(&system.facilities).enumerate() {
        let quarterly = knockon::units::quarterly_probability(obligor.pd_pa);
        approx::assert_relative_eq!(quarterly, 0.005 * (1 + i % 8) as f64, max_relative = 1e-12);
        approx::assert_relative_eq!(obligor.rho, 0.10 + 0.02 * (i % 6) as f64, max_relative = 1e-12);
        assert_eq!((facility.borrower, facility.amount), (i, (1 + i % 10) as f64));
        mean += 0.45 * facility.amount * quarterly;
    }
    approx::assert_relative_eq!(mean, 2.77425, max_relative = 1e-12);
}

fn number<U: Unit>(parameter: &Option<Parameter<U>>) -> f64 {
    parameter.as_ref().and_then(Parameter::number).expect("the key holds a number")
}

#[test]
fn the_template_stands_at_the_presets() {
    let file = load(&without_files(), &[]).file;
    let (gpu, credit) = (&file.gpu, &file.credit);
    let pairs = [
        (number(&gpu.salvage), preset::gpu::SALVAGE),
        (number(&gpu.obsolescence_drift_pa), preset::gpu::OBSOLESCENCE_DRIFT_PA),
        (number(&gpu.residual_reversion_q), preset::gpu::RESIDUAL_REVERSION_Q),
        (number(&gpu.residual_rent_beta), preset::gpu::RESIDUAL_RENT_BETA),
        (number(&gpu.residual_volatility_pa), preset::gpu::RESIDUAL_VOLATILITY_PA),
        (number(&gpu.site_life_q), preset::gpu::SITE_LIFE_Q),
        (number(&gpu.site_beta), preset::gpu::SITE_BETA),
        (number(&gpu.site_haircut), preset::gpu::SITE_HAIRCUT),
        (number(&gpu.contract_credit), preset::gpu::CONTRACT_CREDIT),
        (number(&gpu.contract_recovery), preset::gpu::CONTRACT_RECOVERY),
        (number(&file.compute.rental_yield), preset::compute::RENTAL_YIELD),
        (number(&file.compute.spot_cost), preset::compute::SPOT_COST),
        (number(&file.compute.relet_q), preset::compute::RELET_Q),
        (number(&file.compute.impact_at_10pct), preset::compute::IMPACT_AT_10PCT),
        (number(&file.compute.impact_reversion_q), preset::compute::IMPACT_REVERSION_Q),
        (number(&file.compute.phi_min), preset::compute::PHI_MIN),
        (number(&file.equity.equity_drift_pa), preset::equity::EQUITY_DRIFT_PA),
        (number(&file.equity.equity_volatility_pa), preset::equity::EQUITY_VOLATILITY_PA),
        (number(&file.confidence.confidence_mean), preset::confidence::CONFIDENCE_MEAN),
        (number(&file.confidence.confidence_reversion_q), preset::confidence::CONFIDENCE_REVERSION_Q),
        (number(&file.confidence.confidence_volatility_q), preset::confidence::CONFIDENCE_VOLATILITY_Q),
        (number(&file.confidence.hit_default), preset::confidence::HIT_DEFAULT),
        (number(&file.confidence.hit_failure), preset::confidence::HIT_FAILURE),
        (number(&credit.base_rate_pa), preset::credit::BASE_RATE_PA),
        (number(&credit.repricing), preset::credit::REPRICING),
        (number(&credit.unsecured_multiple), preset::credit::UNSECURED_MULTIPLE),
        (number(&credit.bankruptcy_cost), preset::credit::BANKRUPTCY_COST),
        (number(&credit.other_haircut), preset::credit::OTHER_HAIRCUT),
        (number(&credit.credit_depth), preset::credit::CREDIT_DEPTH),
        (number(&credit.credit_impact_at_10pct), preset::credit::CREDIT_IMPACT_AT_10PCT),
        (number(&file.clearing.asset_recovery), preset::clearing::ASSET_RECOVERY),
        (number(&file.clearing.claim_recovery), preset::clearing::CLAIM_RECOVERY),
        (number(&file.clearing.mark_convexity), preset::clearing::MARK_CONVEXITY),
        (number(&file.clearing.mark_lgd), preset::clearing::MARK_LGD),
        (number(&file.liquidity.call_share), preset::liquidity::CALL_SHARE),
        (number(&file.liquidity.call_trigger), preset::liquidity::CALL_TRIGGER),
        (number(&file.liquidity.call_grace_q), preset::liquidity::CALL_GRACE_Q),
        (number(&file.liquidity.base), preset::liquidity::BASE),
        (number(&file.liquidity.flow_beta), preset::liquidity::FLOW_BETA),
        (number(&file.liquidity.tolerance), preset::liquidity::TOLERANCE),
        (number(&file.liquidity.full_willingness), preset::liquidity::FULL_WILLINGNESS),
        (number(&file.outside.outside_new_lending), preset::outside::OUTSIDE_NEW_LENDING),
        (number(&file.drivers.dof), preset::drivers::DOF),
    ];
    for (place, (written, preset)) in pairs.into_iter().enumerate() {
        assert_eq!(written, preset, "pair {place}");
    }
    let law = gpu.life_q.as_ref().and_then(Parameter::law);
    assert_eq!(law, Some(&preset::gpu::LIFE_Q));
    let order: Vec<_> = credit.gap_order.as_ref().unwrap().iter().map(|means| means.value).collect();
    assert_eq!(order, preset::credit::GAP_ORDER);
    let switches = file.channels.keys;
    assert_eq!(switches.funding.unwrap().value, preset::channels::FUNDING);
    assert_eq!(switches.trade.unwrap().value, preset::channels::TRADE);
}

/// A chain of three files in a folder of its own, the last named first.
fn chain() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("deep")).expect("the folder is writable");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("the folder is writable");
    };
    write(
        "base.toml",
        "[obligor.b]\ncash = 1\nsource = \"judgement\"\n[obligor.a]\ncash = { triangular = [1, 2, 3], \
         source = \"gpu-economic-life\" }\nmargin = 0.5\n[facility.f]\nholders = { x = 0.5, y = 0.5 }\n",
    );
    write("deep/middle.toml", "extends = \"../base.toml\"\n[obligor.a]\ncash = 7\n[obligor.c]\ncash = 3\n");
    write("child.toml", "extends = \"deep/middle.toml\"\n[obligor.b]\nmargin = 0.25\n");
    let child = folder.path().join("child.toml");
    (folder, child)
}

#[test]
fn a_chain_merges_down_to_keys_whose_values_replace_whole() {
    let (_folder, child) = chain();
    let document = Sources::load(&child, &[]).unwrap();
    assert!(document.report.is_empty(), "{}", document.report);
    let names: Vec<_> = document.file.obligor.iter().map(|o| o.name.value.as_str()).collect();
    assert_eq!(names, ["b", "a", "c"]);
    let a = document.file.obligor.named("a").unwrap();
    assert_eq!(number(&a.cash), 7.0);
    assert!(a.cash.as_ref().unwrap().source.is_none());
    assert_eq!(number(&a.margin), 0.5);
    let b = document.file.obligor.named("b").unwrap();
    assert_eq!((number(&b.cash), number(&b.margin)), (1.0, 0.25));
    let source = b.margin.as_ref().unwrap().source.as_ref().unwrap();
    assert_eq!(source.value, "judgement");
    let files: Vec<_> = document.files.iter().map(|f| f.path.file_name().unwrap()).collect();
    assert_eq!(files, ["child.toml", "middle.toml", "base.toml"]);
    assert_eq!(document.files[0].sha256.len(), 64);
}

#[test]
fn overrides_reach_a_key_a_share_and_a_word_and_the_last_one_stands() {
    let (_folder, child) = chain();
    let overrides = [
        "obligor.a.cash=8",
        "obligor.a.cash={ uniform = [1, 2] }",
        "facility.f.holders.x=0.25",
        "credit.refinancing=never",
        "obligor.d.cash=1",
        "run.event=N>=3",
    ]
    .map(str::to_owned);
    let document = Sources::load(&child, &overrides).unwrap();
    assert!(document.report.is_empty(), "{}", document.report);
    let a = document.file.obligor.named("a").unwrap();
    assert!(a.cash.as_ref().unwrap().law().is_some());
    let holders = document.file.facility[0].holders.clone().unwrap().entries;
    let shares: Vec<_> = holders.iter().map(|(name, n)| (name.value.as_str(), n.value)).collect();
    assert_eq!(shares, [("y", 0.5), ("x", 0.25)]);
    assert_eq!(document.file.obligor.last().unwrap().name.value, "d");
}

#[test]
fn the_resolved_text_reads_as_the_same_scenario() {
    let (_folder, child) = chain();
    let overrides = ["run.seed=0x10".to_owned(), "drivers.persistence.\"region.us\"=0.5".to_owned()];
    let document = Sources::load(&child, &overrides).unwrap();
    let resolved = document.resolved();
    insta::assert_snapshot!(resolved);
    let again = load(&resolved, &[]);
    assert_eq!(again.resolved(), resolved);
    assert_eq!(again.file.run.seed.as_ref().unwrap().value, 16.0);
    let template = load(TEMPLATE, &[]).resolved();
    assert_eq!(load(&template, &[]).resolved(), template);
}

#[test]
fn every_number_is_listed_with_what_it_rests_on() {
    let text = "[obligor.a]\nsource = \"bank-jpmorgan\"\ncash = 3\nfleet = [{ cost = 4, age_q = 1 }]\n\
                margin = { uniform = [0, 1], source = \"judgement\" }\ntype = \"spv\"\n\
                [obligor.b]\ncapex = { steps = [[0, 1], [4, 2]] }\n[run]\ntrials = 5\n";
    let document = load(text, &[]);
    let listed: Vec<_> = document
        .parameters
        .iter()
        .map(|p| format!("{} = {} ({})", p.path, p.value, p.basis.as_deref().unwrap_or("none")))
        .collect();
    assert_eq!(
        listed,
        [
            "obligor.a.cash = 3 (confidence high)",
            "obligor.a.fleet = [{ cost = 4, age_q = 1 }] (confidence high)",
            "obligor.a.margin = uniform [0, 1] (judgement)",
            "obligor.b.capex = steps [[0, 1], [4, 2]] (none)",
        ]
    );
    assert_eq!(document.unsourced(), 1);
}

#[test]
fn a_scenario_may_be_named_from_any_folder() {
    assert!(Path::new("scenarios/template.toml").exists());
    let absolute = std::fs::canonicalize("scenarios/template.toml").unwrap();
    assert!(Sources::load(&absolute, &[]).unwrap().report.is_empty());
}
