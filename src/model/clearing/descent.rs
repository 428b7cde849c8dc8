//! How far marks certainly fall: one step down of `x = F(x)`, F rising and concave between its floors.
//!
//! At an x above the greatest solution let M >= 0 be the slopes of F and r = x - F(x) >= 0 what one plain step would take.
//! If the spectral radius of M is below 1, the Newton step (I - M) d = r stays above the solution, because the tangent of
//! a concave F does. If it is not, there is no solution until somebody reaches a floor: elimination without pivoting then
//! meets a pivot k <= 0 (I - M is no M-matrix), and the d with d_k = 1 that solves the rows before it has M d >= d, so x
//! slides along d. (Berman and Plemmons 1994, chapter 6, for M-matrices.)

/// Most unknowns that are eliminated: bounds the scratch.
pub(super) const LIMIT: usize = 128;

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// The whole step may be made, as far as the first floor.
    Newton,
    /// Only a direction: it leads down to the first floor.
    Slide,
}

/// The dense system `(I - M) d = r`, then the step d >= 0.
#[derive(Debug, Clone)]
pub(super) struct Descent {
    rows: usize,
    dense: Vec<f64>,
    step: Vec<f64>,
}

impl Descent {
    /// Scratch for networks of so many lenders.
    pub(super) fn new(nodes: usize) -> Self {
        let side = nodes.min(LIMIT);
        Self { rows: 0, dense: vec![0.0; side * (side + 1)], step: vec![0.0; side] }
    }

    /// Starts a system without slopes.
    pub(super) fn clear(&mut self, rows: usize) {
        self.rows = rows;
        let width = rows + 1;
        self.dense[..rows * width].fill(0.0);
        for row in 0..rows {
            self.dense[row * width + row] = 1.0;
        }
    }

    /// Adds `slope` to M.
    pub(super) fn add_slope(&mut self, row: usize, column: usize, slope: f64) {
        self.dense[row * (self.rows + 1) + column] -= slope;
    }

    /// Sets `r >= 0` of a row.
    pub(super) fn set_fall(&mut self, row: usize, fall: f64) {
        self.dense[row * (self.rows + 1) + self.rows] = fall;
    }

    /// d by row.
    pub(super) fn step(&self) -> &[f64] {
        &self.step[..self.rows]
    }

    /// Finds the step.
    pub(super) fn solve(&mut self) -> Course {
        let width = self.rows + 1;
        for pivot in 0..self.rows {
            if self.dense[pivot * width + pivot] > 0.0 {
                self.eliminate(pivot);
            } else if self.dense[pivot * width + self.rows] > 0.0 {
                self.step[..self.rows].fill(0.0);
                self.step[pivot] = 1.0;
                self.substitute(pivot, 0.0);
                return Course::Slide;
            } else {
                self.drop(pivot);
            }
        }
        self.substitute(self.rows, 1.0);
        Course::Newton
    }

    /// Clears a column below its pivot.
    fn eliminate(&mut self, pivot: usize) {
        let width = self.rows + 1;
        let (upper, lower) = self.dense[..self.rows * width].split_at_mut((pivot + 1) * width);
        let source = &upper[pivot * width + pivot..];
        for line in lower.chunks_exact_mut(width) {
            let factor = line[pivot] / source[0];
            if factor != 0.0 {
                for (target, source) in line[pivot..].iter_mut().zip(source) {
                    *target -= factor * source;
                }
            }
        }
    }

    /// Nothing has reached this lender yet: it stays where it is.
    fn drop(&mut self, pivot: usize) {
        let width = self.rows + 1;
        for row in 0..self.rows {
            self.dense[row * width + pivot] = 0.0;
        }
        self.dense[pivot * width..(pivot + 1) * width].fill(0.0);
        self.dense[pivot * width + pivot] = 1.0;
    }

    /// Back substitution of the rows before `end`, with the right-hand side times `weight`.
    fn substitute(&mut self, end: usize, weight: f64) {
        let width = self.rows + 1;
        for row in (0..end).rev() {
            let line = &self.dense[row * width..(row + 1) * width];
            let later = row + 1..self.rows.min(end + 1);
            let mut sum = weight * line[self.rows];
            for (value, step) in line[later.clone()].iter().zip(&self.step[later]) {
                sum -= value * step;
            }
            self.step[row] = sum / line[row];
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    fn descent(slopes: &[&[f64]], falls: &[f64]) -> Descent {
        let mut descent = Descent::new(falls.len());
        descent.clear(falls.len());
        for (row, (slopes, fall)) in slopes.iter().zip(falls).enumerate() {
            descent.set_fall(row, *fall);
            slopes.iter().enumerate().for_each(|(column, slope)| descent.add_slope(row, column, *slope));
        }
        descent
    }

    #[test]
    fn a_contraction_takes_the_newton_step() {
        let mut descent = descent(&[&[0.0, 0.5, 0.0], &[0.0, 0.0, 0.5], &[0.5, 0.0, 0.0]], &[0.0, 0.0, 0.25]);
        assert_eq!(descent.solve(), Course::Newton);
        for (step, expected) in descent.step().iter().zip([1.0 / 14.0, 1.0 / 7.0, 2.0 / 7.0]) {
            assert_abs_diff_eq!(*step, expected, epsilon = 1e-15);
        }
    }

    #[test]
    fn a_gain_of_one_or_more_slides_along_a_direction_that_feeds_itself() {
        for gain in [1.0, 1.0 + 1e-9, 3.0] {
            let slopes: [&[f64]; 3] = [&[0.0, gain, 0.0], &[1.0, 0.0, 0.0], &[0.7, 0.0, 0.0]];
            let mut descent = descent(&slopes, &[1e-9, 0.0, 0.0]);
            assert_eq!(descent.solve(), Course::Slide);
            let step = descent.step();
            for (row, slopes) in slopes.iter().enumerate() {
                let image: f64 = slopes.iter().zip(step).map(|(slope, step)| slope * step).sum();
                assert!(step[row] >= 0.0 && image >= step[row]);
            }
        }
    }

    #[test]
    fn a_loop_at_rest_does_not_move() {
        let mut descent = descent(&[&[0.0, 2.0, 0.0], &[1.0, 0.0, 0.0], &[0.0, 0.0, 0.5]], &[0.0, 0.0, 1.0]);
        assert_eq!(descent.solve(), Course::Newton);
        assert_eq!(descent.step(), [0.0, 0.0, 2.0]);
    }
}
