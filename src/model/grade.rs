//! Grades of drawn numbers: where in its law a number lies, from 0 to 1. (methods.md, 11.4)

use crate::model::parameter::{Law, Variate, pert_shapes};
use crate::random::incomplete_beta;

/// Smallest grade, and distance of the largest from 1, of a law drawn by rejection: those of a uniform of 52 bits.
const LEAST: f64 = f64::EPSILON / 2.0;

/// An uncertain parameter in one trial.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Drawn {
    /// The number, in the unit of its key.
    pub value: f64,
    /// Probability that its law gives to smaller numbers, half of what it gives to this one counted; in (0, 1).
    pub grade: f64,
}

/// How the grade of a number is found, made once for a law.
#[derive(Debug, Clone, PartialEq)]
pub enum Grading {
    /// It is the uniform that the draw inverts.
    Uniform,
    /// The values of a discrete law, ascending, each with the probability below its middle.
    Atoms(Vec<(f64, f64)>),
    /// A beta law, drawn by rejection: its distribution function at the number.
    Beta {
        /// Shapes a and b.
        shapes: (f64, f64),
        /// Smallest and largest number.
        support: (f64, f64),
    },
}

impl Grading {
    /// The grading of a law.
    #[must_use]
    pub fn new(law: &Law) -> Self {
        match *law {
            Law::Discrete(ref atoms) => Grading::Atoms(middles(atoms)),
            Law::Beta(a, b) => Grading::Beta { shapes: (a, b), support: (0.0, 1.0) },
            Law::Pert(min, mode, max) => Grading::Beta { shapes: pert_shapes(min, mode, max), support: (min, max) },
            _ => Grading::Uniform,
        }
    }

    /// The grade of a number drawn from that law.
    #[must_use]
    pub fn grade(&self, variate: Variate) -> f64 {
        match self {
            Grading::Uniform => variate.uniform.expect("only beta and pert are drawn by rejection"),
            Grading::Atoms(atoms) => {
                let place = atoms.partition_point(|(value, _)| *value < variate.value);
                atoms[place.min(atoms.len() - 1)].1
            }
            Grading::Beta { shapes: (a, b), support: (min, max) } if max > min => {
                incomplete_beta(*a, *b, (variate.value - min) / (max - min)).clamp(LEAST, 1.0 - LEAST)
            }
            Grading::Beta { .. } => 0.5,
        }
    }
}

/// Values of positive weight, ascending, equal ones as one, each with the probability below the middle of its own.
fn middles(atoms: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<_> = atoms.iter().copied().filter(|(_, weight)| *weight > 0.0).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    sorted.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    let total = sorted.iter().fold(0.0, |sum, (_, weight)| sum + weight);
    let mut below = 0.0;
    for (_, weight) in &mut sorted {
        let middle = (below + 0.5 * *weight) / total;
        below += *weight;
        *weight = middle;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;

    const ALL: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    #[test]
    fn an_atom_has_the_middle_of_its_probability() {
        let law = Law::Discrete(vec![(5.0, 1.0), (3.0, 2.0), (4.0, 0.0), (10.0, 1.0), (5.0, 4.0)]);
        let Grading::Atoms(atoms) = Grading::new(&law) else { unreachable!() };
        assert_eq!(atoms, [(3.0, 0.125), (5.0, 0.5625), (10.0, 0.9375)]);
    }

    #[test]
    fn grades_are_uniform_and_grow_with_the_number() {
        // Means of 20,000 uniforms have the standard error 0.00204: 4.5 of them, false-alarm probability 7e-6 a law.
        let laws = [Law::Uniform(2.0, 5.0), Law::Pert(1.0, 1.0, 2.0), Law::Beta(0.1, 3.0), Law::Normal(0.0, 1.0)];
        for law in laws {
            let grading = Grading::new(&law);
            let mut drawn: Vec<Drawn> = (0..20_000)
                .map(|trial| law.draw(ALL, Streams::new(3), trial, 5))
                .map(|variate| Drawn { value: variate.value, grade: grading.grade(variate) })
                .collect();
            let mean = drawn.iter().map(|drawn| drawn.grade).sum::<f64>() / 20_000.0;
            assert!((mean - 0.5).abs() < 4.5 * 0.00204, "{law:?}: {mean}");
            drawn.sort_by(|a, b| a.value.total_cmp(&b.value));
            assert!(drawn.is_sorted_by(|a, b| a.grade <= b.grade), "{law:?}");
            assert!(drawn.iter().all(|drawn| 0.0 < drawn.grade && drawn.grade < 1.0));
        }
    }

    #[test]
    fn the_grade_of_a_quantile_is_its_probability() {
        let law = Law::Pert(2.0, 4.0, 6.0);
        let grading = Grading::new(&law);
        for u in [1e-9, 0.1, 0.25, 0.5, 0.93, 1.0 - 1e-9] {
            let grade = grading.grade(Variate { value: law.quantile(u, ALL), uniform: None });
            assert!((grade - u).abs() < 1e-12, "{u}: {grade}");
        }
    }

    /// A law of one value has no order to tell.
    #[test]
    fn a_point_has_one_grade() {
        let grading = Grading::new(&Law::Pert(3.0, 3.0, 3.0));
        let grade = grading.grade(Variate { value: 3.0, uniform: None });
        assert_eq!(grade, 0.5);
    }
}
