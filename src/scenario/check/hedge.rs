//! Rules of risk transfers and shorts.

use crate::scenario::check::names::Role;
use crate::scenario::check::{Checker, highest, lowest};
use crate::scenario::error::Code;
use crate::scenario::file::entity::Entity;
use crate::scenario::file::lender::Srt;
use crate::scenario::preset;

impl Checker<'_> {
    pub(super) fn hedges(&mut self) {
        for srt in self.file.srt.enabled() {
            self.require(srt, "buyer", srt.buyer.is_some());
            self.require(srt, "sellers", srt.sellers.is_some());
            self.require(srt, "reference", srt.reference.is_some());
            self.party(srt.buyer.as_ref(), &[Role::Lender]);
            self.sellers(srt);
            self.reference(srt);
            let (attach, detach) = slice(srt);
            if attach.1 >= detach.0 {
                let message = format!("`attach` {} is not below `detach` {}", attach.1, detach.0);
                let place = srt.detach.as_ref().map(|detach| &detach.span);
                self.push(place.unwrap_or(&srt.name.span), Code::Inconsistent, message);
            }
        }
        self.double_cover();
        for short in self.file.short.enabled() {
            self.require(short, "holder", short.holder.is_some());
            self.require(short, "notional", short.notional.is_some());
            self.party(short.holder.as_ref(), &[Role::Lender]);
        }
    }

    fn sellers(&mut self, srt: &Entity<Srt>) {
        let Some(sellers) = &srt.sellers else {
            return;
        };
        self.shares(sellers, "sellers");
        let buyer = srt.buyer.as_ref().map(|buyer| &buyer.value);
        for (seller, _) in sellers.entries.iter().filter(|(seller, _)| Some(&seller.value) == buyer) {
            let message = format!("`{}` sells protection to itself", seller.value);
            self.push(&seller.span, Code::Inconsistent, message);
        }
    }

    fn reference(&mut self, srt: &Entity<Srt>) {
        let Some(reference) = &srt.reference else {
            return;
        };
        if reference.is_empty() {
            self.push(&reference.span, Code::Inconsistent, "expected at least one facility");
        }
        for (k, name) in reference.iter().enumerate() {
            if reference[..k].iter().any(|before| before.value == name.value) {
                let message = format!("`{}` is listed twice", name.value);
                self.push(&name.span, Code::Inconsistent, message);
            }
            self.known(name, &self.file.facility, "facility");
            let Some(facility) = self.file.facility.named(&name.value) else {
                continue;
            };
            let (Some(buyer), Some(holders)) = (&srt.buyer, &facility.holders) else {
                continue;
            };
            if !holders.entries.iter().any(|(holder, _)| holder.value == buyer.value) {
                let message = format!("`{}` is not held by `{}`", name.value, buyer.value);
                self.push(&name.span, Code::Inconsistent, message);
            }
        }
    }

    /// A dollar lost is paid for once: risk transfers of one buyer that share a facility must be slices of one pool, one
    /// above the other.
    fn double_cover(&mut self) {
        let all: Vec<&Entity<Srt>> = self.file.srt.enabled().collect();
        for (k, later) in all.iter().enumerate() {
            for earlier in &all[..k] {
                if let Some(facility) = shared_facility(earlier, later)
                    && !(same_pool(earlier, later) && (above(earlier, later) || above(later, earlier)))
                {
                    let message =
                        format!("`{}` and `{}` both cover `{facility}`", earlier.name.value, later.name.value);
                    let hint = "slices of one buyer on one facility need the same `reference` and must not overlap";
                    self.push_hint(&later.name.span, Code::Inconsistent, message, hint);
                }
            }
        }
    }
}

/// Lowest and highest `attach`, and the same of `detach`.
fn slice(srt: &Srt) -> ((f64, f64), (f64, f64)) {
    let ends = |key: &Option<_>, preset: f64| key.as_ref().map_or((preset, preset), |p| (lowest(p), highest(p)));
    (ends(&srt.attach, preset::srt::ATTACH), ends(&srt.detach, preset::srt::DETACH))
}

/// Does `upper` begin where `lower` is used up, or later?
fn above(upper: &Srt, lower: &Srt) -> bool {
    slice(upper).0.0 >= slice(lower).1.1
}

fn references(srt: &Srt) -> Vec<&str> {
    let mut names: Vec<&str> =
        srt.reference.iter().flat_map(|list| list.iter()).map(|name| name.value.as_str()).collect();
    names.sort_unstable();
    names
}

fn same_pool(one: &Srt, other: &Srt) -> bool {
    references(one) == references(other)
}

/// A facility that two risk transfers of one buyer cover.
fn shared_facility<'a>(one: &'a Srt, other: &Srt) -> Option<&'a str> {
    let buyer = |srt: &Srt| srt.buyer.as_ref().map(|buyer| buyer.value.clone());
    let same_buyer = buyer(one).is_some() && buyer(one) == buyer(other);
    let others = references(other);
    references(one).into_iter().find(|name| same_buyer && others.contains(name))
}
