//! The exact solve: `x = b + M x` with M >= 0 whose columns sum to at most 1.
//!
//! Small systems are eliminated. Larger ones are swept (Gauss-Seidel); where the loop gain is near 1 and sweeps are slow,
//! they are eliminated up to [`DENSE_LIMIT`] unknowns and solved by BiCGSTAB (van der Vorst 1992) beyond.

/// Most unknowns solved by dense elimination: bounds the scratch.
const DENSE_LIMIT: usize = 128;
/// Most unknowns for which elimination is cheaper than sweeps.
const DENSE_FIRST: usize = 20;
/// Sweeps after which another method takes over.
const SWEEPS: usize = 60;
/// Relative error left by the sweeps.
const TOLERANCE: f64 = 1e-14;
/// Steps of BiCGSTAB between two true residuals, and how many such legs are tried.
const STEPS: usize = 300;
const LEGS: usize = 20;

/// A system under assembly, then its solution; rows in the order pushed.
#[derive(Debug, Clone)]
pub(super) struct LinearSystem {
    start: Vec<usize>,
    column: Vec<u32>,
    value: Vec<f64>,
    constant: Vec<f64>,
    noise: Vec<f64>,
    solution: Vec<f64>,
    step: Vec<f64>,
    dense: Vec<f64>,
    krylov: Krylov,
}

#[derive(Debug, Clone)]
struct Krylov {
    residual: Vec<f64>,
    shadow: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
    preconditioned: Vec<f64>,
    half_image: Vec<f64>,
    half_preconditioned: Vec<f64>,
}

impl LinearSystem {
    /// Scratch for at most `rows` unknowns and `entries` coefficients.
    pub(super) fn new(rows: usize, entries: usize) -> Self {
        let side = rows.min(DENSE_LIMIT);
        let beyond = if rows > DENSE_LIMIT { rows } else { 0 };
        Self {
            start: Vec::with_capacity(rows + 1),
            column: Vec::with_capacity(entries),
            value: Vec::with_capacity(entries),
            constant: Vec::with_capacity(rows),
            noise: Vec::with_capacity(rows),
            solution: Vec::with_capacity(rows),
            step: vec![0.0; rows],
            dense: vec![0.0; side * (side + 1)],
            krylov: Krylov::new(beyond),
        }
    }

    /// Starts a new system.
    pub(super) fn clear(&mut self) {
        self.start.clear();
        self.start.push(0);
        self.column.clear();
        self.value.clear();
        self.constant.clear();
        self.noise.clear();
        self.solution.clear();
    }

    /// Adds a coefficient to the row under assembly.
    pub(super) fn push_entry(&mut self, column: u32, value: f64) {
        self.column.push(column);
        self.value.push(value);
    }

    /// Ends the row under assembly; `above` is at or above its solution, `noise` its rounding error.
    pub(super) fn end_row(&mut self, constant: f64, noise: f64, above: f64) {
        self.start.push(self.column.len());
        self.constant.push(constant);
        self.noise.push(noise);
        self.solution.push(above);
    }

    /// Solution by row.
    pub(super) fn solution(&self) -> &[f64] {
        &self.solution
    }

    /// Solves; `false` if the system is singular or no method reaches its accuracy.
    pub(super) fn solve(&mut self) -> bool {
        let rows = self.constant.len();
        if rows <= DENSE_FIRST {
            return self.eliminate();
        }
        self.sweep_down() || if rows <= DENSE_LIMIT { self.eliminate() } else { self.bicgstab() }
    }

    /// `b + M x` of one row.
    fn image(&self, row: usize, x: &[f64]) -> f64 {
        let mut sum = self.constant[row];
        let entries = self.start[row]..self.start[row + 1];
        for (&value, &column) in self.value[entries.clone()].iter().zip(&self.column[entries]) {
            sum += value * x[column as usize];
        }
        sum
    }

    /// Gauss-Seidel from above until the error left is certain to be small.
    ///
    /// All steps point down, so if every step is at most g < 1 times the one before, so are all later ones and the way
    /// left is at most g/(1-g) steps: an error bound, which the size of a step is not.
    fn sweep_down(&mut self) -> bool {
        for sweep in 0..SWEEPS {
            let gain = self.sweep(sweep == 0);
            if gain < 1.0 && self.settled(gain / (1.0 - gain)) {
                return true;
            }
        }
        false
    }

    /// One sweep; returns the largest ratio of a step above noise to the step before (0 if all is noise).
    fn sweep(&mut self, first: bool) -> f64 {
        let mut gain = 0.0_f64;
        for row in 0..self.constant.len() {
            let image = self.image(row, &self.solution);
            let step = (self.solution[row] - image).abs();
            self.solution[row] = image;
            if step > self.noise[row] {
                let before = if first { 0.0 } else { self.step[row] };
                gain = gain.max(step / before);
            }
            self.step[row] = step;
        }
        gain
    }

    fn settled(&self, steps_left: f64) -> bool {
        let rows = self.solution.iter().zip(&self.step).zip(&self.noise);
        rows.into_iter().all(|((x, step), noise)| step * steps_left <= noise.max(TOLERANCE * x.abs()))
    }

    /// Dense elimination with partial pivoting.
    fn eliminate(&mut self) -> bool {
        self.fill_dense();
        let rows = self.constant.len();
        for pivot in 0..rows {
            if !self.reduce_column(pivot) {
                return false;
            }
        }
        let width = rows + 1;
        for row in (0..rows).rev() {
            let mut sum = self.dense[row * width + rows];
            for column in row + 1..rows {
                sum -= self.dense[row * width + column] * self.solution[column];
            }
            self.solution[row] = sum / self.dense[row * width + row];
        }
        self.solution.iter().all(|x| x.is_finite())
    }

    fn fill_dense(&mut self) {
        let rows = self.constant.len();
        let width = rows + 1;
        self.dense[..rows * width].fill(0.0);
        for row in 0..rows {
            let line = &mut self.dense[row * width..(row + 1) * width];
            line[row] = 1.0;
            line[rows] = self.constant[row];
            for entry in self.start[row]..self.start[row + 1] {
                line[self.column[entry] as usize] -= self.value[entry];
            }
        }
    }

    /// Brings the largest pivot up and clears the column below it; `false` if there is none.
    fn reduce_column(&mut self, pivot: usize) -> bool {
        let rows = self.constant.len();
        let width = rows + 1;
        let mut best = pivot;
        for row in pivot + 1..rows {
            if self.dense[row * width + pivot].abs() > self.dense[best * width + pivot].abs() {
                best = row;
            }
        }
        if self.dense[best * width + pivot] == 0.0 {
            return false;
        }
        for column in pivot..width {
            self.dense.swap(pivot * width + column, best * width + column);
        }
        let (upper, lower) = self.dense.split_at_mut((pivot + 1) * width);
        let source = &upper[pivot * width + pivot..];
        for line in lower.chunks_exact_mut(width).take(rows - pivot - 1) {
            let factor = line[pivot] / source[0];
            if factor != 0.0 {
                for (target, source) in line[pivot..].iter_mut().zip(source) {
                    *target -= factor * source;
                }
            }
        }
        true
    }

    /// BiCGSTAB, preconditioned by one forward sweep, until the true residual of every row is rounding noise.
    fn bicgstab(&mut self) -> bool {
        let rows = self.constant.len();
        let mut krylov = std::mem::take(&mut self.krylov);
        let mut solved = false;
        for _ in 0..LEGS {
            for row in 0..rows {
                krylov.residual[row] = self.image(row, &self.solution) - self.solution[row];
            }
            solved = self.is_noise(&krylov.residual);
            if solved {
                break;
            }
            self.leg(&mut krylov);
        }
        self.krylov = krylov;
        solved
    }

    fn is_noise(&self, residual: &[f64]) -> bool {
        self.noise.iter().zip(residual).all(|(noise, r)| r.abs() <= *noise)
    }

    /// Steps from the residual in `krylov` until it vanishes or the recurrence breaks down.
    fn leg(&mut self, krylov: &mut Krylov) {
        let rows = self.constant.len();
        krylov.restart(rows);
        let (mut rho, mut alpha, mut omega) = (1.0, 1.0, 1.0);
        for _ in 0..STEPS {
            let next = dot(&krylov.shadow, &krylov.residual, rows);
            krylov.turn((next / rho) * (alpha / omega), omega, rows);
            rho = next;
            self.precondition(&krylov.direction, &mut krylov.preconditioned);
            self.apply(&krylov.preconditioned, &mut krylov.image);
            alpha = rho / dot(&krylov.shadow, &krylov.image, rows);
            subtract(&mut krylov.residual, alpha, &krylov.image, rows);
            self.precondition(&krylov.residual, &mut krylov.half_preconditioned);
            self.apply(&krylov.half_preconditioned, &mut krylov.half_image);
            let square = dot(&krylov.half_image, &krylov.half_image, rows);
            omega = if square > 0.0 { dot(&krylov.half_image, &krylov.residual, rows) / square } else { 0.0 };
            if !(alpha.is_finite() && omega.is_finite()) {
                return;
            }
            subtract(&mut self.solution, -alpha, &krylov.preconditioned, rows);
            subtract(&mut self.solution, -omega, &krylov.half_preconditioned, rows);
            subtract(&mut krylov.residual, omega, &krylov.half_image, rows);
            if omega == 0.0 || self.is_noise(&krylov.residual) {
                return;
            }
        }
    }

    /// `out = (I - M) x`.
    fn apply(&self, x: &[f64], out: &mut [f64]) {
        for row in 0..self.constant.len() {
            out[row] = x[row] - (self.image(row, x) - self.constant[row]);
        }
    }

    /// Solves `(I - lower part of M) out = x`.
    fn precondition(&self, x: &[f64], out: &mut [f64]) {
        for row in 0..self.constant.len() {
            let mut sum = x[row];
            for entry in self.start[row]..self.start[row + 1] {
                let column = self.column[entry] as usize;
                if column < row {
                    sum += self.value[entry] * out[column];
                }
            }
            out[row] = sum;
        }
    }
}

impl Default for Krylov {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Krylov {
    fn new(rows: usize) -> Self {
        let zeros = || vec![0.0; rows];
        Self {
            residual: zeros(),
            shadow: zeros(),
            direction: zeros(),
            image: zeros(),
            preconditioned: zeros(),
            half_image: zeros(),
            half_preconditioned: zeros(),
        }
    }

    fn restart(&mut self, rows: usize) {
        self.shadow[..rows].copy_from_slice(&self.residual[..rows]);
        self.direction[..rows].fill(0.0);
        self.image[..rows].fill(0.0);
    }

    /// `direction = residual + factor (direction - omega image)`.
    fn turn(&mut self, factor: f64, omega: f64, rows: usize) {
        for row in 0..rows {
            self.direction[row] = self.residual[row] + factor * (self.direction[row] - omega * self.image[row]);
        }
    }
}

fn dot(left: &[f64], right: &[f64], rows: usize) -> f64 {
    left[..rows].iter().zip(&right[..rows]).map(|(a, b)| a * b).sum()
}

fn subtract(target: &mut [f64], factor: f64, source: &[f64], rows: usize) {
    for (target, source) in target[..rows].iter_mut().zip(&source[..rows]) {
        *target -= factor * source;
    }
}
