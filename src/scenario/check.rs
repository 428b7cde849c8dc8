//! Rules between keys and between entities, every one of them told at its place.
//!
//! Entities that are taken out (`enabled = false`) are not checked, but their names are known: what names one of them loses
//! that leg when the scenario is compiled. Where a key has a law, dates and sums are judged at the end of the law that is
//! worst for the rule (at its median where the law has no end); opening buffers and loan-to-values are judged at the median
//! of every law, after compilation, by [`opening`].

mod drivers;
mod facility;
mod hedge;
mod lender;
mod names;
mod obligor;
pub(in crate::scenario) mod opening;
mod run;

use std::ops::Range as Span;

use crate::model::parameter::Law;
use crate::scenario::error::{Code, Report};
use crate::scenario::file::ScenarioFile;
use crate::scenario::file::entity::Entity;
use crate::scenario::file::parameter::{Form, Parameter};
use crate::units::Unit;

/// Rounding allowed in shares that sum to 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// A number for a message: nine decimals at most, as the tolerance of sums, and no zeros at the end.
fn plain(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

/// Tells `report` every cross-field problem of the file.
pub(in crate::scenario) fn check(file: &ScenarioFile, report: &mut Report) {
    let mut checker = Checker { file, report };
    checker.roles();
    checker.run();
    checker.drivers();
    checker.regions();
    checker.jumps();
    checker.shocks();
    checker.obligors();
    checker.facilities();
    checker.contracts();
    checker.vendor_finance();
    checker.stakes();
    checker.lenders();
    checker.claims();
    checker.hedges();
}

/// A file and where its problems go.
pub(in crate::scenario) struct Checker<'a> {
    /// The scenario as written.
    file: &'a ScenarioFile,
    /// Its problems.
    report: &'a mut Report,
}

impl Checker<'_> {
    fn push(&mut self, span: &Span<usize>, code: Code, message: impl Into<String>) {
        self.report.push(span.clone(), code, message, None);
    }

    fn push_hint(&mut self, span: &Span<usize>, code: Code, message: String, hint: &str) {
        self.report.push(span.clone(), code, message, Some(hint.to_owned()));
    }

    /// Tells a key of an entity that has no preset and is not there.
    fn require<T>(&mut self, entity: &Entity<T>, key: &str, present: bool) {
        if !present && !entity.is_broken(key) {
            let message = format!("`{}` needs the key `{key}`", entity.name.value);
            if self.report.is_overridden(&entity.name.span) {
                let hint =
                    format!("no file has a `{}` here: an override changes one by its exact name", entity.name.value);
                self.push_hint(&entity.name.span, Code::MissingKey, message, &hint);
            } else {
                self.push(&entity.name.span, Code::MissingKey, message);
            }
        }
    }

    /// Tells a key of an entity that is needed for a reason.
    fn require_for<T>(&mut self, entity: &Entity<T>, key: &str, present: bool, reason: &str) {
        if !present && !entity.is_broken(key) {
            let message = format!("`{}` needs the key `{key}`: {reason}", entity.name.value);
            self.push(&entity.name.span, Code::MissingKey, message);
        }
    }
}

/// Lowest value a parameter can take.
fn lowest<U: Unit>(parameter: &Parameter<U>) -> f64 {
    extremes(parameter).0
}

/// Highest value a parameter can take.
fn highest<U: Unit>(parameter: &Parameter<U>) -> f64 {
    extremes(parameter).1
}

/// Lowest and highest value, both the median where a law has no ends of its own; rounded up where draws are.
fn extremes<U: Unit>(parameter: &Parameter<U>) -> (f64, f64) {
    let range = (U::RANGE.low, U::RANGE.high);
    let (low, high) = match &parameter.form {
        Form::Number(number) => (*number, *number),
        Form::Law(law @ (Law::Normal(..) | Law::Lognormal(..))) => (law.median(range), law.median(range)),
        Form::Law(law) => law.support(range),
    };
    match U::ROUNDED_UP {
        true => (low.ceil(), high.ceil()),
        false => (low, high),
    }
}
