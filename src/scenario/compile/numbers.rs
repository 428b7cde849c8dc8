//! Numbers into the system: laws at their median, and the list of what a trial draws.

use std::collections::BTreeMap;
use std::ops::Range as Span;

use crate::model::parameter::Law;
use crate::model::system::{Draw, Flow, System};
use crate::random::{Purpose, key};
use crate::scenario::error::{Code, Report};
use crate::scenario::file::parameter::{Form, Parameter, Schedule};
use crate::units::Unit;

/// Where a number goes.
pub(super) type Place = fn(&mut System, usize) -> &mut f64;

/// What a trial draws, and the streams taken so far.
pub(super) struct Draws<'a> {
    draws: Vec<Draw>,
    streams: BTreeMap<(u32, u32), String>,
    report: &'a mut Report,
}

impl<'a> Draws<'a> {
    pub(super) fn new(report: &'a mut Report) -> Self {
        Draws { draws: Vec::new(), streams: BTreeMap::new(), report }
    }

    /// The stream index of a name; two names of one purpose that share theirs are refused.
    pub(super) fn stream(&mut self, purpose: Purpose, name: &str, span: &Span<usize>) -> u32 {
        let index = key(name);
        if let Some(other) = self.streams.insert((purpose as u32, index), name.to_owned()) {
            let message = format!("`{name}` and `{other}` would share one random stream");
            let hint = Some("rename one of them".to_owned());
            self.report.push(span.clone(), Code::Inconsistent, message, hint);
        }
        index
    }

    /// Tells a problem that only shows here.
    pub(super) fn push(&mut self, span: &Span<usize>, message: String) {
        self.report.push(span.clone(), Code::Inconsistent, message, None);
    }

    /// Numbers of the table at `path`; `entity` is handed to their places.
    pub(super) fn of(&mut self, path: String, entity: usize) -> Numbers<'_, 'a> {
        Numbers { path, entity, draws: self }
    }

    pub(super) fn finish(self) -> Vec<Draw> {
        self.draws
    }
}

/// The numbers of one table.
pub(super) struct Numbers<'d, 'a> {
    path: String,
    entity: usize,
    draws: &'d mut Draws<'a>,
}

impl Numbers<'_, '_> {
    /// The number of a key, the median of its law, or its preset.
    pub(super) fn read<U: Unit>(
        &mut self,
        parameter: &Option<Parameter<U>>,
        key: &str,
        preset: f64,
        place: Place,
    ) -> f64 {
        match parameter {
            None => preset,
            Some(parameter) => self.written(parameter, key, place),
        }
    }

    /// The number of a key where it is written.
    pub(super) fn optional<U: Unit>(
        &mut self,
        parameter: &Option<Parameter<U>>,
        key: &str,
        place: Place,
    ) -> Option<f64> {
        parameter.as_ref().map(|parameter| self.written(parameter, key, place))
    }

    /// The median of a law that is preset.
    pub(super) fn preset_law<U: Unit>(&mut self, law: &Law, key: &str, place: Place) -> f64 {
        self.draw::<U>(law, key, &(0..0), place)
    }

    /// A quarterly flow; zero where it is absent.
    pub(super) fn flow<U: Unit>(&mut self, schedule: &Option<Schedule<U>>, key: &str, place: Place) -> Flow {
        match schedule {
            None => Flow::default(),
            Some(Schedule::Constant(parameter)) => {
                Flow { constant: self.written(parameter, key, place), steps: Vec::new() }
            }
            Some(Schedule::Steps(steps)) => Flow { constant: 0.0, steps: steps.steps.clone() },
        }
    }

    fn written<U: Unit>(&mut self, parameter: &Parameter<U>, key: &str, place: Place) -> f64 {
        match &parameter.form {
            Form::Number(number) => {
                if U::ROUNDED_UP && number.trunc() != *number {
                    let message = format!("`{key}` is {number}: quarters are whole");
                    self.draws.push(&parameter.span, message);
                }
                *number
            }
            Form::Law(law) => self.draw::<U>(law, key, &parameter.span, place),
        }
    }

    fn draw<U: Unit>(&mut self, law: &Law, key: &str, span: &Span<usize>, place: Place) -> f64 {
        let path = format!("{}.{key}", self.path);
        let range = (U::RANGE.low, U::RANGE.high);
        let median = law.median(range);
        let stream = self.draws.stream(Purpose::Parameters, &path, span);
        self.draws.draws.push(Draw {
            path,
            order: span.start,
            key: stream,
            law: law.clone(),
            range,
            factor: 1.0,
            whole: U::ROUNDED_UP,
            entity: self.entity,
            place,
        });
        match U::ROUNDED_UP {
            true => median.ceil(),
            false => median,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// 32 bits of SHA-256 collide among some hundred thousand names: a search finds a pair.
    #[test]
    fn names_that_share_a_stream_are_refused() {
        let mut seen = BTreeMap::new();
        let pair = (0..400_000).find_map(|i| {
            let name = format!("obligor.n{i}");
            let other = seen.insert(key(&name), name.clone())?;
            Some((other, name))
        });
        let (one, two) = pair.expect("a collision among 400,000 names");
        let mut report = Report::new(Arc::default());
        let mut draws = Draws::new(&mut report);
        draws.stream(Purpose::Idiosyncratic, &one, &(0..1));
        draws.stream(Purpose::Jumps, &two, &(1..2));
        assert!(draws.report.is_empty(), "streams of other purposes do not meet");
        draws.stream(Purpose::Idiosyncratic, &two, &(1..2));
        let problems = report.problems();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].message.contains(&one) && problems[0].message.contains(&two));
    }
}
