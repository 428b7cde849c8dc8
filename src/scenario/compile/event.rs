//! Jumps and scheduled shocks.

use crate::model::system::{Jump, Shock, Target};
use crate::random::Purpose;
use crate::scenario::compile::Compiler;
use crate::scenario::compile::index::{Placed, sorted};
use crate::scenario::file::globals;
use crate::scenario::file::list::{TargetKind, TargetName};
use crate::scenario::preset;

impl Compiler<'_> {
    pub(super) fn jumps(&mut self) -> Vec<Jump> {
        let jumps = sorted(&self.file.jump, |_| true);
        let each = jumps.into_iter().enumerate();
        each.map(|(index, jump)| self.jump(index, jump)).collect()
    }

    fn jump(&mut self, index: usize, (place, jump): Placed<'_, globals::Jump>) -> Jump {
        let name = jump.name.value.clone();
        let preset = preset::jump::named(&name);
        let path = format!("jump.{name}");
        let key = self.draws.stream(Purpose::Jumps, &path, &jump.name.span);
        let mut n = self.draws.of(path, index);
        let rate = preset.rate_pa.unwrap_or_default();
        let compensated = jump.compensated.as_ref();
        Jump {
            place,
            key,
            rate_pa: n.read(&jump.rate_pa, "rate_pa", rate, |s, i| &mut s.jumps[i].rate_pa),
            obsolescence: n
                .read(&jump.obsolescence, "obsolescence", preset.obsolescence, |s, i| &mut s.jumps[i].obsolescence),
            demand: n.read(&jump.demand, "demand", preset.demand, |s, i| &mut s.jumps[i].demand),
            equity: n.read(&jump.equity, "equity", preset.equity, |s, i| &mut s.jumps[i].equity),
            confidence: n.read(&jump.confidence, "confidence", preset.confidence, |s, i| &mut s.jumps[i].confidence),
            compensated: compensated.map_or(preset::jump::COMPENSATED, |written| written.value),
            name,
        }
    }

    /// Shocks that still strike something.
    pub(super) fn shocks(&mut self) -> Vec<Shock> {
        let struck = |shock: &globals::Shock| -> Vec<Target> {
            // A shock to a region that is taken out strikes nothing, not everything.
            if shock.region.is_some() && self.index.region(&shock.region).is_none() {
                return Vec::new();
            }
            let targets = shock.target.iter().flat_map(|targets| &targets.0);
            targets.filter_map(|target| self.target(target)).collect()
        };
        let kept: Vec<_> = sorted(&self.file.shock, |shock| !struck(&shock.keys).is_empty())
            .into_iter()
            .map(|placed| (placed, struck(&placed.1.keys)))
            .collect();
        let each = kept.into_iter().enumerate();
        each.map(|(index, (placed, targets))| self.shock(index, placed, targets)).collect()
    }

    fn shock(&mut self, index: usize, (_, shock): Placed<'_, globals::Shock>, targets: Vec<Target>) -> Shock {
        let name = shock.name.value.clone();
        let region = self.index.region(&shock.region);
        let mut n = self.draws.of(format!("shock.{name}"), index);
        Shock {
            quarter: n.read(&shock.quarter, "quarter", 0.0, |s, i| &mut s.shocks[i].quarter),
            size: n.read(&shock.size, "size", 0.0, |s, i| &mut s.shocks[i].size),
            length_q: n.read(&shock.length_q, "length_q", preset::shock::LENGTH_Q, |s, i| &mut s.shocks[i].length_q),
            targets,
            region,
            name,
        }
    }

    fn target(&self, target: &TargetName) -> Option<Target> {
        let name = target.name.as_deref().unwrap_or_default();
        match target.kind {
            TargetKind::Demand => Some(Target::Demand),
            TargetKind::Supply => Some(Target::Supply),
            TargetKind::Equity => Some(Target::Equity),
            TargetKind::Obsolescence => Some(Target::Obsolescence),
            TargetKind::Confidence => Some(Target::Confidence),
            TargetKind::FreezeRefinancing => Some(Target::FreezeRefinancing),
            TargetKind::Honour => self.index.contract_named(name).map(Target::Honour),
            TargetKind::Default => self.index.obligor_named(name).map(Target::Default),
            TargetKind::Fail => self.index.lender_named(name).map(Target::Fail),
        }
    }
}
