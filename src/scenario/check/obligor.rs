//! Rules of obligors.

use crate::model::system::DefaultModel;
use crate::scenario::check::names::Role;
use crate::scenario::check::{Checker, SUM_TOLERANCE, highest, plain};
use crate::scenario::error::Code;
use crate::scenario::file::entity::Entity;
use crate::scenario::file::obligor::Obligor;
use crate::scenario::file::parameter::{Parameter, Schedule};
use crate::scenario::preset;
use crate::units::Share;

impl Checker<'_> {
    pub(super) fn obligors(&mut self) {
        for obligor in self.file.obligor.enabled() {
            self.require(obligor, "type", obligor.kind.is_some());
            self.latent(obligor);
            self.supporters(obligor);
            self.obligor_region(obligor);
            self.gap_order(obligor);
            let name = obligor.name.value.as_str();
            self.pledges(name, "collateral", |facility| facility.collateral.as_ref());
            self.pledges(name, "pledge_other", |facility| facility.pledge_other.as_ref());
        }
    }

    fn latent(&mut self, obligor: &Entity<Obligor>) {
        for (name, _) in obligor.loadings.iter().flat_map(|table| &table.entries) {
            self.factor(name);
        }
        let preset = obligor.kind.as_ref().map(|kind| preset::obligor::default_model(kind.value));
        let written = obligor.default_model.as_ref().map(|model| model.value);
        let model = written.or(preset).unwrap_or(DefaultModel::Structural);
        if model == DefaultModel::Structural {
            return;
        }
        let reason = "its default is (also) latent";
        self.require_for(obligor, "pd_pa", obligor.pd_pa.is_some(), reason);
        self.require_for(obligor, "rho", obligor.rho.is_some(), reason);
        if let Some(loadings) = &obligor.loadings
            && loadings.entries.iter().all(|(_, weight)| weight.value == 0.0)
        {
            let message = format!("`{}` loads on no factor", obligor.name.value);
            self.push_hint(
                &loadings.span,
                Code::Inconsistent,
                message,
                "only ratios of loadings count; `rho` says how much the factors matter",
            );
        }
    }

    fn supporters(&mut self, obligor: &Entity<Obligor>) {
        let anybody = [Role::Obligor, Role::Lender, Role::Outside];
        self.party(obligor.sponsor.as_ref(), &anybody);
        self.party(obligor.vendor.as_ref(), &[Role::Vendor]);
        if let Some(sponsor) = &obligor.sponsor
            && sponsor.value == obligor.name.value
        {
            let message = format!("`{}` is its own sponsor", sponsor.value);
            self.push(&sponsor.span, Code::Inconsistent, message);
        }
        let supported = obligor.support.as_ref().is_some_and(|support| highest(support) > 0.0);
        if supported {
            let reason = "`support` needs somebody who gives it";
            self.require_for(obligor, "sponsor", obligor.sponsor.is_some(), reason);
        }
    }

    /// A market is needed where GPUs are sold or contract terms follow utilisation; a single region is the preset.
    fn obligor_region(&mut self, obligor: &Entity<Obligor>) {
        if let Some(region) = &obligor.region {
            self.known(region, &self.file.region, "region");
        }
        let mut enabled = self.file.region.enabled();
        let single = enabled.next().is_some() && enabled.next().is_none();
        let written = obligor.region.as_ref();
        let taken_out = written.is_some_and(|name| {
            let entity = self.file.region.named(&name.value);
            entity.is_some_and(|region| !region.enabled)
        });
        if let Some(reason) = self.needs_region(obligor)
            && !single
            && (written.is_none() || taken_out)
        {
            self.require_for(obligor, "region", false, reason);
        }
    }

    fn needs_region(&self, obligor: &Entity<Obligor>) -> Option<&'static str> {
        if obligor.fleet.as_ref().is_some_and(|fleet| !fleet.is_empty()) {
            return Some("it has a fleet");
        }
        let buys = obligor.capex.as_ref().is_some_and(|capex| match capex {
            Schedule::Constant(amount) => highest(amount) > 0.0,
            Schedule::Steps(steps) => steps.steps.iter().any(|(_, amount)| *amount > 0.0),
        });
        let gpus = obligor.gpu_share.as_ref().map_or(preset::obligor::GPU_SHARE, highest);
        if buys && gpus > 0.0 {
            return Some("its capex buys GPUs");
        }
        let name = obligor.name.value.as_str();
        let is = |party: &Option<crate::scenario::file::value::Located<String>>, name: &str| {
            party.as_ref().is_some_and(|party| party.value == name)
        };
        let moves = self.file.contract.enabled().any(|contract| {
            let serves =
                is(&contract.supplier, name) || (is(&contract.supplier, "market") && is(&contract.customer, name));
            let firm = contract.take_or_pay.as_ref().is_none_or(|share| super::lowest(share) >= 1.0);
            serves && (!firm || contract.renew_if_utilisation.is_some())
        });
        moves.then_some("the fee or renewal of its contracts follows utilisation")
    }

    fn gap_order(&mut self, obligor: &Entity<Obligor>) {
        let orders = [&obligor.gap_order, &self.file.credit.gap_order];
        for order in orders.into_iter().flatten() {
            let mut seen = Vec::new();
            for means in order.iter() {
                if seen.contains(&means.value) {
                    let message = "the same means of closing a gap is listed twice";
                    self.push(&means.span, Code::Inconsistent, message);
                }
                seen.push(means.value);
            }
        }
    }

    /// Slices of one obligor's assets are exclusive.
    fn pledges(
        &mut self,
        obligor: &str,
        key: &str,
        share: impl Fn(&crate::scenario::file::facility::Facility) -> Option<&Parameter<Share>>,
    ) {
        let mut sum = 0.0;
        for facility in self.file.facility.enabled() {
            let own = facility.borrower.as_ref().is_some_and(|name| name.value == obligor);
            let Some(part) = share(&facility.keys).filter(|_| own) else {
                continue;
            };
            let before = sum;
            sum += highest(part);
            if sum > 1.0 + SUM_TOLERANCE && before <= 1.0 + SUM_TOLERANCE {
                let message = format!("the `{key}` shares of `{obligor}` sum to {}, expected at most 1", plain(sum));
                self.push(&part.span, Code::Inconsistent, message);
            }
        }
    }
}
