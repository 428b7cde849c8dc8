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
    entries: Vec<Entry>,
    rows: Vec<Row>,
    solution: Vec<f64>,
    dense: Vec<f64>,
    krylov: Krylov,
}

/// A coefficient of M.
#[derive(Debug, Clone, Copy)]
struct Entry {
    column: u32,
    value: f64,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    start: usize,
    end: usize,
    /// b.
    constant: f64,
    /// Rounding error of b + M x.
    noise: f64,
    /// Size of the step in the last sweep.
    step: f64,
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
            entries: Vec::with_capacity(entries),
            rows: Vec::with_capacity(rows),
            solution: Vec::with_capacity(rows),
            dense: vec![0.0; side * (side + 1)],
            krylov: Krylov::new(beyond),
        }
    }

    /// Starts a new system.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.rows.clear();
        self.solution.clear();
    }

    /// Adds a coefficient to the row under assembly.
    pub(super) fn push_entry(&mut self, column: u32, value: f64) {
        self.entries.push(Entry { column, value });
    }

    /// Ends the row under assembly; `above` is at or above its solution, `noise` its rounding error.
    pub(super) fn end_row(&mut self, constant: f64, noise: f64, above: f64) {
        let start = self.rows.last().map_or(0, |row| row.end);
        self.rows.push(Row { start, end: self.entries.len(), constant, noise, step: 0.0 });
        self.solution.push(above);
    }

    /// Solution by row.
    pub(super) fn solution(&self) -> &[f64] {
        &self.solution
    }

    /// Solves; `false` if the system is singular or no method reaches its accuracy.
    pub(super) fn solve(&mut self) -> bool {
        let rows = self.rows.len();
        if rows <= DENSE_FIRST {
            return self.eliminate();
        }
        self.sweep_down() || if rows <= DENSE_LIMIT { self.eliminate() } else { self.bicgstab() }
    }

    /// `b + M x` of one row.
    fn image(&self, row: usize, x: &[f64]) -> f64 {
        self.rows[row].image(&self.entries, x)
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
        for (place, row) in self.rows.iter_mut().enumerate() {
            let image = row.image(&self.entries, &self.solution);
            let step = (self.solution[place] - image).abs();
            self.solution[place] = image;
            if step > row.noise {
                let before = if first { 0.0 } else { row.step };
                let ratio = step / before;
                gain = if ratio > gain { ratio } else { gain };
            }
            row.step = step;
        }
        gain
    }

    fn settled(&self, steps_left: f64) -> bool {
        let mut rows = self.solution.iter().zip(&self.rows);
        rows.all(|(x, row)| row.step * steps_left <= row.noise.max(TOLERANCE * x.abs()))
    }

    /// Dense elimination with partial pivoting.
    fn eliminate(&mut self) -> bool {
        self.fill_dense();
        let rows = self.rows.len();
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
        let rows = self.rows.len();
        let width = rows + 1;
        self.dense[..rows * width].fill(0.0);
        for row in 0..rows {
            let line = &mut self.dense[row * width..(row + 1) * width];
            line[row] = 1.0;
            line[rows] = self.rows[row].constant;
            for entry in &self.entries[self.rows[row].start..self.rows[row].end] {
                line[entry.column as usize] -= entry.value;
            }
        }
    }

    /// Brings the largest pivot up and clears the column below it; `false` if there is none.
    fn reduce_column(&mut self, pivot: usize) -> bool {
        let rows = self.rows.len();
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
        let rows = self.rows.len();
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
        self.rows.iter().zip(residual).all(|(row, r)| r.abs() <= row.noise)
    }

    /// Steps from the residual in `krylov` until it vanishes or the recurrence breaks down.
    fn leg(&mut self, krylov: &mut Krylov) {
        let rows = self.rows.len();
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
        for row in 0..self.rows.len() {
            out[row] = x[row] - (self.image(row, x) - self.rows[row].constant);
        }
    }

    /// Solves `(I - lower part of M) out = x`.
    fn precondition(&self, x: &[f64], out: &mut [f64]) {
        for row in 0..self.rows.len() {
            let mut sum = x[row];
            for entry in &self.entries[self.rows[row].start..self.rows[row].end] {
                let column = entry.column as usize;
                if column < row {
                    sum += entry.value * out[column];
                }
            }
            out[row] = sum;
        }
    }
}

impl Row {
    /// `b + M x`.
    fn image(&self, entries: &[Entry], x: &[f64]) -> f64 {
        let held = &entries[self.start..self.end];
        held.iter().fold(self.constant, |sum, entry| sum + entry.value * x[entry.column as usize])
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
