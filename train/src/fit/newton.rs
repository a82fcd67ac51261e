//! The maximum of a likelihood: Newton's method in a trust region.
//!
//! Why not a library's optimiser. The likelihoods have three or four parameters and an exact
//! Hessian at hardly more than the cost of their value, which standard errors need anyway.
//! With it the trust region can be solved exactly, saddles included, by a few factorisations
//! of a 4 x 4 matrix; and how far there is to go can be told in standard errors, in which
//! "converged" means the same whatever the customers' number and the unit of money. argmin's
//! trust region takes the step only roughly (Steihaug) and has no such end.

use super::linear::{Cholesky, Matrix, Vector, dot, norm};

/// A function's value with its first and second derivatives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local<const N: usize> {
    pub(super) value: f64,
    pub(super) gradient: Vector<N>,
    pub(super) hessian: Matrix<N>,
}

impl<const N: usize> Local<N> {
    pub(super) const ZERO: Self = Self { value: 0.0, gradient: [0.0; N], hessian: [[0.0; N]; N] };

    /// Adds another function's.
    pub(super) fn add(&mut self, other: &Self) {
        let mine = self.hessian.iter_mut().flatten().chain(&mut self.gradient);
        let others = other.hessian.iter().flatten().chain(&other.gradient);
        mine.zip(others).for_each(|(entry, other)| *entry += other);
        self.value += other.value;
    }

    pub(super) fn is_finite(&self) -> bool {
        let curved = self.hessian.iter().flatten().all(|entry| entry.is_finite());
        self.value.is_finite() && curved && self.gradient.iter().all(|entry| entry.is_finite())
    }

    /// Minus the Hessian: in a maximum, the observed information.
    pub(super) fn information(&self) -> Matrix<N> {
        self.hessian.map(|row| row.map(|entry| -entry))
    }

    /// How far the maximum is by the quadratic model, in standard errors (the square root of
    /// Newton's decrement); `None` where the function is not concave.
    pub(super) fn distance(&self) -> Option<f64> {
        let step = Cholesky::of(&self.information(), 0.0)?.solve(&self.gradient);
        Some(dot(&step, &self.gradient).max(0.0).sqrt())
    }

    /// The step within `radius` after which the quadratic model is highest, and its rise there.
    fn step(&self, radius: f64) -> (Vector<N>, f64) {
        let information = self.information();
        let within = |shift| {
            let step = Cholesky::of(&information, shift)?.solve(&self.gradient);
            (norm(&step) <= radius).then_some(step)
        };
        let step = within(0.0).unwrap_or_else(|| {
            // With this shift every eigenvalue is at least |gradient| / radius.
            let entries = information.iter().flatten();
            let largest = entries.map(|entry| entry * entry).sum::<f64>().sqrt();
            let (mut low, mut high) = (0.0, largest + norm(&self.gradient) / radius);
            let mut step = self.gradient.map(|g| g / high.max(f64::MIN_POSITIVE));
            // Down to a step of nearly the whole radius. Its digits do not matter.
            for _ in 0..40 {
                let shift = 0.5 * (low + high);
                match within(shift) {
                    Some(found) => {
                        (step, high) = (found, shift);
                        if norm(&step) > 0.9 * radius {
                            break;
                        }
                    }
                    None => low = shift,
                }
            }
            step
        });
        let curvature: f64 =
            step.iter().zip(&self.hessian).map(|(entry, row)| entry * dot(row, &step)).sum();
        (step, dot(&step, &self.gradient) + 0.5 * curvature)
    }
}

/// Where an ascent ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ascent<const N: usize> {
    pub(super) point: Vector<N>,
    pub(super) local: Local<N>,
    pub(super) end: End,
}

/// Why an ascent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// In a maximum.
    Maximum,
    /// This coordinate left the bounds.
    Bound(usize),
    /// No step leads up any more, or none was left.
    Stuck,
}

/// Nearer to the maximum than this many standard errors is there: the parameters then have
/// seven digits and more, and the gradient is still far above its rounding error.
const THERE: f64 = 1e-8;
const MOST_STEPS: usize = 200;
/// In logarithms of parameters, so a step changes none by more than a factor of 20.
const LONGEST_STEP: f64 = 3.0;

/// Climbs from `start` until the maximum is reached, or a coordinate leaves `bounds`.
pub(super) fn ascend<const N: usize>(
    function: impl Fn(&Vector<N>) -> Local<N>,
    start: Vector<N>,
    bounds: &[(f64, f64); N],
) -> Ascent<N> {
    let mut here = Ascent { point: start, local: function(&start), end: End::Stuck };
    let mut radius = 1.0;
    for _ in 0..MOST_STEPS {
        let distance = here.local.distance();
        if distance.is_some_and(|distance| distance <= THERE) {
            here.end = End::Maximum;
            break;
        }
        let (step, promised) = here.local.step(radius);
        let point = std::array::from_fn(|i| here.point[i] + step[i]);
        let local = function(&point);
        let length = norm(&step);
        // A rise that drowns in the rounding of the value is judged by the gradient.
        let rounding = 1e-13 * (1.0 + here.local.value.abs());
        let kept = if !local.is_finite() {
            0.0
        } else if promised > rounding {
            (local.value - here.local.value) / promised
        } else {
            f64::from(u8::from(local.distance().unwrap_or(f64::INFINITY) < distance.unwrap_or(0.0)))
        };
        if kept < 0.25 {
            radius = 0.25 * length;
        } else if kept > 0.75 && length > 0.8 * radius {
            radius = (2.0 * radius).min(LONGEST_STEP);
        }
        if kept > 1e-4 {
            (here.point, here.local) = (point, local);
            let outside = |i: &usize| !(bounds[*i].0..=bounds[*i].1).contains(&here.point[*i]);
            if let Some(i) = (0..N).find(outside) {
                here.end = End::Bound(i);
                break;
            }
        } else if radius < 1e-12 {
            break;
        }
    }
    here
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: [(f64, f64); 2] = [(-50.0, 50.0); 2];

    /// Minus Rosenbrock's valley, whose one maximum is at (1, 1).
    fn valley(&[x, y]: &Vector<2>) -> Local<2> {
        let bent = y - x * x;
        Local {
            value: -(100.0 * bent * bent + (1.0 - x) * (1.0 - x)),
            gradient: [400.0 * x * bent + 2.0 * (1.0 - x), -200.0 * bent],
            hessian: [[400.0 * (y - 3.0 * x * x) - 2.0, 400.0 * x], [400.0 * x, -200.0]],
        }
    }

    #[test]
    fn the_end_of_a_bent_valley() {
        for start in [[-1.2, 1.0], [0.0, 30.0], [-5.0, -20.0]] {
            let ascent = ascend(valley, start, &WIDE);
            assert_eq!(ascent.end, End::Maximum, "{start:?}");
            assert!(ascent.point.iter().all(|x| (x - 1.0).abs() < 1e-8), "{ascent:?}");
        }
    }

    #[test]
    fn off_a_saddle() {
        // x^2 - x^4/4 - y^2: not concave between its two maxima, in x = +-sqrt 2.
        let saddle = |&[x, y]: &Vector<2>| Local {
            value: x * x - 0.25 * x.powi(4) - y * y,
            gradient: [2.0 * x - x.powi(3), -2.0 * y],
            hessian: [[2.0 - 3.0 * x * x, 0.0], [0.0, -2.0]],
        };
        let ascent = ascend(saddle, [1e-3, 1.0], &WIDE);
        assert_eq!(ascent.end, End::Maximum);
        assert!((ascent.point[0] - 2.0_f64.sqrt()).abs() < 1e-8);
    }

    #[test]
    fn no_maximum_within_the_bounds() {
        // -exp(x) rises for ever to the left.
        let slope = |&[x, y]: &Vector<2>| Local {
            value: -x.exp() - y * y,
            gradient: [-x.exp(), -2.0 * y],
            hessian: [[-x.exp(), 0.0], [0.0, -2.0]],
        };
        assert_eq!(ascend(slope, [0.0, 1.0], &[(-5.0, 5.0); 2]).end, End::Bound(0));
    }

    #[test]
    fn a_function_without_values() {
        let nothing = |_: &Vector<2>| Local { value: f64::NAN, ..Local::ZERO };
        assert_eq!(ascend(nothing, [0.0, 1.0], &WIDE).end, End::Stuck);
    }
}
