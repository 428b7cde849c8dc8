//! Factors, regions, jumps and scheduled shocks.

use std::collections::BTreeSet;

use nalgebra::DMatrix;

use crate::model::copula::root;
use crate::scenario::check::names::Role;
use crate::scenario::check::{Checker, highest, lowest};
use crate::scenario::compile::factors::{FACTORS, correlation, factor_names};
use crate::scenario::compile::quarters;
use crate::scenario::error::{Code, nearest};
use crate::scenario::file::entity::Entity;
use crate::scenario::file::globals::Shock;
use crate::scenario::file::list::{TargetKind, TargetName};
use crate::scenario::file::value::Located;
use crate::scenario::preset;

impl Checker<'_> {
    pub(super) fn drivers(&mut self) {
        let drivers = &self.file.drivers.keys;
        if let Some(persistence) = &drivers.persistence {
            for (name, _) in &persistence.entries {
                self.factor(name);
            }
        }
        let Some(pairs) = &drivers.correlation else {
            return;
        };
        let mut seen = BTreeSet::new();
        for pair in pairs.iter() {
            let [one, two] = &pair.names;
            self.factor(one);
            self.factor(two);
            let (low, high) = (one.value.as_str().min(&two.value), one.value.as_str().max(&two.value));
            if low == high {
                let message = format!("the correlation of `{low}` with itself is 1");
                self.push(&pair.span, Code::Inconsistent, message);
            } else if !seen.insert((low, high)) {
                let message = format!("the pair `{low}`, `{high}` is given twice");
                self.push(&pair.span, Code::Inconsistent, message);
            }
        }
        let matrix = correlation(self.file);
        if root(&matrix).is_none() {
            let n = matrix.nrows();
            let square = DMatrix::from_fn(n, n, |i, j| matrix[[i, j]]);
            let smallest = square.symmetric_eigenvalues().min();
            let message =
                format!("the correlations are not positive semidefinite: the smallest eigenvalue is {smallest:.6}");
            let hint = "lower the largest correlations, or add the pairs that are left out (they count 0)";
            self.push_hint(&pairs.span, Code::Inconsistent, message, hint);
        }
    }

    /// Tells a name that is no factor.
    pub(super) fn factor(&mut self, name: &Located<String>) {
        let region = name.value.strip_prefix("region.");
        let known = region.is_some_and(|region| self.file.region.named(region).is_some());
        if known || FACTORS.contains(&name.value.as_str()) {
            return;
        }
        let names = factor_names(self.file);
        let message = format!("`{}` is no factor: expected one of `{}`", name.value, names.join("`, `"));
        let hint = nearest(&name.value, names.iter().map(String::as_str));
        self.report.push(name.span.clone(), Code::UnknownName, message, hint);
    }

    pub(super) fn regions(&mut self) {
        for region in self.file.region.enabled() {
            let keys = &region.keys;
            let name = region.name.value.as_str();
            let utilisation = preset::region::utilisation(name).is_some();
            self.require(region, "utilisation", utilisation || keys.utilisation.is_some());
            let depth = preset::region::depth(name).is_some();
            self.require(region, "depth", depth || keys.depth.is_some());
            let several = self.file.region.enabled().count() > 1;
            self.require_for(
                region,
                "supply",
                keys.supply.is_some() || !several,
                "several regions need their supply in one unit",
            );
            if let Some(utilisation) = &keys.utilisation {
                let limit = keys.u_max.as_ref().map_or(preset::region::U_MAX, lowest);
                let opening = highest(utilisation);
                if opening > limit {
                    let message = format!("utilisation {opening} is above `u_max` {limit}");
                    self.push(&utilisation.span, Code::Inconsistent, message);
                }
            }
            for (name, _) in keys.spillover.iter().flat_map(|table| &table.entries) {
                self.known(name, &self.file.region, "region");
                if name.value == region.name.value {
                    let message = format!("`{}` spills over into itself", name.value);
                    self.push(&name.span, Code::Inconsistent, message);
                }
            }
        }
    }

    pub(super) fn jumps(&mut self) {
        for jump in self.file.jump.enabled() {
            let preset = preset::jump::named(&jump.name.value).rate_pa.is_some();
            self.require(jump, "rate_pa", preset || jump.rate_pa.is_some());
        }
    }

    pub(super) fn shocks(&mut self) {
        let horizon = quarters(self.file) as f64;
        for shock in self.file.shock.enabled() {
            self.require(shock, "quarter", shock.quarter.is_some());
            self.require(shock, "target", shock.target.is_some());
            if let Some(quarter) = &shock.quarter {
                let (first, last) = (lowest(quarter), highest(quarter));
                if first < 1.0 || last > horizon {
                    let message = format!("a shock in quarter {} is outside 1 to {horizon}", ends(first, last));
                    self.push(&quarter.span, Code::Inconsistent, message);
                }
            }
            self.shock_length(shock);
            for target in shock.target.iter().flat_map(|targets| &targets.0) {
                self.target(shock, target);
            }
            self.shock_region(shock);
        }
    }

    fn target(&mut self, shock: &Entity<Shock>, target: &TargetName) {
        let sized = !matches!(target.kind, TargetKind::FreezeRefinancing | TargetKind::Default | TargetKind::Fail);
        self.require(shock, "size", shock.size.is_some() || !sized);
        let name = target.name.clone().map(|name| Located::new(name, target.span.clone()));
        match (target.kind, name) {
            (TargetKind::Honour, Some(name)) => {
                self.known(&name, &self.file.contract, "contract");
                self.honour_size(shock);
            }
            (TargetKind::Default, name) => self.party(name.as_ref(), &[Role::Obligor]),
            (TargetKind::Fail, name) => self.party(name.as_ref(), &[Role::Lender]),
            _ => {}
        }
    }

    /// A shock strikes something, and only a freeze lasts.
    fn shock_length(&mut self, shock: &Entity<Shock>) {
        let Some(targets) = shock.target.as_ref().map(|targets| &targets.0) else { return };
        if targets.is_empty() {
            let message = format!("`{}` has no target", shock.name.value);
            self.push(&shock.name.span, Code::Inconsistent, message);
        }
        let freezes = targets.iter().any(|target| target.kind == TargetKind::FreezeRefinancing);
        if let (Some(length), false) = (&shock.length_q, freezes) {
            let message = "`length_q` lengthens only `freeze_refinancing`: other shocks strike once";
            self.push(&length.span, Code::Inconsistent, message);
        }
    }

    fn shock_region(&mut self, shock: &Entity<Shock>) {
        let Some(region) = &shock.region else { return };
        self.known(region, &self.file.region, "region");
        let regional = [TargetKind::Demand, TargetKind::Supply];
        let mut targets = shock.target.iter().flat_map(|targets| &targets.0);
        if targets.any(|target| !regional.contains(&target.kind)) {
            let message = "`region` narrows only shocks to demand and supply";
            self.push(&region.span, Code::Inconsistent, message);
        }
    }

    fn honour_size(&mut self, shock: &Entity<Shock>) {
        if let Some(size) = &shock.size
            && (lowest(size) < 0.0 || highest(size) > 1.0)
        {
            let size_text = ends(lowest(size), highest(size));
            let message = format!("size {size_text}: expected a share of invoices from 0 to 1");
            self.push(&size.span, Code::OutOfRange, message);
        }
    }
}

/// The ends of a parameter's range as a message tells them: one number where it has no law.
fn ends(low: f64, high: f64) -> String {
    if low == high { low.to_string() } else { format!("{low} to {high}") }
}
