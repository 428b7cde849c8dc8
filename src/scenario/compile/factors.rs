//! Systematic factors: their order, correlation and root.

use ndarray::Array2;

use crate::model::copula::root;
use crate::model::parameter::Law;
use crate::model::system::{Drivers, REGIONAL};
use crate::random::Purpose;
use crate::scenario::compile::Compiler;
use crate::scenario::compile::index::sorted;
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::parameter::Parameter;
use crate::scenario::preset;
use crate::units::DegreesOfFreedom;

/// Factors that every scenario has, in their order.
pub(in crate::scenario) const FACTORS: [&str; REGIONAL] = ["demand", "residual", "credit", "equity"];

/// Names of all factors, those of regions last and by name.
pub(in crate::scenario) fn factor_names(file: &ScenarioFile) -> Vec<String> {
    let regions = sorted(&file.region, |_| true);
    let regional = regions.iter().map(|(_, region)| format!("region.{}", region.name.value));
    FACTORS.map(String::from).into_iter().chain(regional).collect()
}

/// The matrix C, `[factor, factor]`: what is written, else the presets; pairs that are not listed are 0.
pub(in crate::scenario) fn correlation(file: &ScenarioFile) -> Array2<f64> {
    let names = factor_names(file);
    let mut matrix = Array2::eye(names.len());
    let place = |name: &str| names.iter().position(|factor| factor == name);
    let mut set = |one: &str, two: &str, correlation: f64| {
        if let (Some(i), Some(j)) = (place(one), place(two))
            && i != j
        {
            matrix[[i, j]] = correlation;
            matrix[[j, i]] = correlation;
        }
    };
    match &file.drivers.correlation {
        Some(pairs) => {
            for pair in pairs.iter() {
                let [one, two] = &pair.names;
                set(&one.value, &two.value, pair.correlation.value);
            }
        }
        None => {
            for (one, two, correlation) in preset::drivers::CORRELATION {
                set(one, two, correlation);
            }
        }
    }
    matrix
}

impl Compiler<'_> {
    pub(super) fn drivers(&mut self) -> Drivers {
        let file = self.file;
        let keys = &file.drivers.keys;
        let names = factor_names(file);
        let correlation = correlation(file);
        let root = root(&correlation).unwrap_or_else(|| Array2::eye(names.len()));
        let streams = names
            .iter()
            .map(|name| {
                let path = format!("factor.{name}");
                self.draws.stream(Purpose::Factors, &path, &(0..0))
            })
            .collect();
        let mut numbers = self.draws.of("drivers".to_owned(), 0);
        Drivers {
            copula: keys.copula.as_ref().map_or(preset::drivers::COPULA, |copula| copula.value),
            dof: numbers.read(&keys.dof, "dof", preset::drivers::DOF, |s, _| &mut s.drivers.dof),
            dof_values: dof_values(keys.dof.as_ref()),
            persistence: names.iter().map(|name| persistence(file, name)).collect(),
            correlation,
            root,
            keys: streams,
            names,
        }
    }
}

/// The coefficient of a factor: a written table replaces the presets whole.
fn persistence(file: &ScenarioFile, factor: &str) -> f64 {
    let number = match &file.drivers.persistence {
        Some(table) => {
            let mut entries = table.entries.iter();
            entries.find(|(name, _)| name.value == factor).map(|(_, number)| number.value)
        }
        None => {
            let mut presets = preset::drivers::PERSISTENCE.iter();
            presets.find(|(name, _)| *name == factor).map(|pair| pair.1)
        }
    };
    number.unwrap_or(0.0)
}

/// Every value that `dof` can take, ascending.
fn dof_values(dof: Option<&Parameter<DegreesOfFreedom>>) -> Vec<u32> {
    let mut values: Vec<u32> = match dof.map(|dof| (dof.number(), dof.law())) {
        None => vec![preset::drivers::DOF as u32],
        Some((Some(number), _)) => vec![number as u32],
        Some((None, Some(Law::Discrete(pairs)))) => pairs.iter().map(|(value, _)| *value as u32).collect(),
        Some((None, _)) => Vec::new(),
    };
    values.sort_unstable();
    values.dedup();
    values
}
