//! The likelihoods' derivatives against differences.

use super::histories::FoldedHistory;
use super::newton::Local;
use super::{bg_nbd, gamma_gamma};

/// Compares at a point: the slope of the value with the gradient, that of the gradient with
/// the Hessian, by five points, whose error is of the fourth order.
fn compare<const N: usize>(function: impl Fn(&[f64; N]) -> Local<N>, point: [f64; N]) {
    const STEP: f64 = 2e-3;
    let here = function(&point);
    assert!(here.is_finite(), "{point:?}: {here:?}");
    for i in 0..N {
        let at = |steps: f64| {
            let mut moved = point;
            moved[i] += steps * STEP;
            function(&moved)
        };
        let (back_2, back, on, on_2) = (at(-2.0), at(-1.0), at(1.0), at(2.0));
        let difference = |of: &dyn Fn(&Local<N>) -> f64| {
            (8.0 * (of(&on) - of(&back)) - (of(&on_2) - of(&back_2))) / (12.0 * STEP)
        };
        // Rounding leaves this much of the value in a difference.
        let allowed = |size: f64, value: f64| 1e-8 * size + 1e-12 * value.abs() / STEP + 1e-8;
        let slope = difference(&|local| local.value);
        let error = (here.gradient[i] - slope).abs();
        let size = here.gradient[i].abs();
        assert!(error <= allowed(size, here.value), "{point:?} {i}: {error:e}, {here:?}");
        for j in 0..N {
            let slope = difference(&|local| local.gradient[j]);
            let error = (here.hessian[i][j] - slope).abs();
            let diagonal = (here.hessian[i][i] * here.hessian[j][j]).abs().sqrt();
            let size = here.hessian[i][j].abs() + diagonal;
            let within = allowed(size, here.gradient[j]);
            assert!(error <= within, "{point:?} {i} {j}: {error:e}, {here:?}");
        }
    }
}

/// Every corner and the middle of a box of logarithms.
fn points<const N: usize>(low: [f64; N], high: [f64; N]) -> Vec<[f64; N]> {
    let level = |code: usize, i: usize| code / 3_usize.pow(i as u32) % 3;
    let point = |code| {
        std::array::from_fn(|i| {
            let (low, high) = (low[i].ln(), high[i].ln());
            low + 0.5 * level(code, i) as f64 * (high - low)
        })
    };
    (0..3_usize.pow(N as u32)).map(point).collect()
}

#[test]
fn of_purchases() {
    let history = |frequency, age, t_x, count| FoldedHistory { frequency, rest: [age, t_x], count };
    let histories = [
        history(0.0, 0.0, 0.0, 1.0),
        history(0.0, 40.0, 0.0, 5.0),
        history(1.0, 3.0, 3.0, 1.0),
        history(1.0, 40.0, 1e-3, 2.0),
        history(1.0, 40.0, 39.0, 1.0),
        history(2.0, 38.86, 30.43, 3.0),
        history(17.0, 400.0, 20.0, 1.0),
        history(200.0, 40.0, 38.0, 2.0),
        history(5000.0, 1e4, 9e3, 1.0),
    ];
    for history in histories {
        for point in points([1e-4, 1e-2, 1e-4, 1e-4], [1e3, 1e4, 1e3, 1e4]) {
            compare(|logs| bg_nbd::log_likelihood(&[history], logs), point);
        }
    }
    for point in points([0.05, 1.0, 0.1, 0.5], [5.0, 1e3, 5.0, 50.0]) {
        compare(|logs| bg_nbd::log_likelihood(&histories, logs), point);
    }
}

#[test]
fn of_spend() {
    let history =
        |frequency, mean: f64, count| FoldedHistory { frequency, rest: [mean, mean.ln()], count };
    let histories = [
        history(1.0, 0.01, 1.0),
        history(1.0, 22.35, 3.0),
        history(2.0, 1e6, 1.0),
        history(30.0, 35.0, 2.0),
        history(5000.0, 12.0, 1.0),
    ];
    for history in histories {
        for point in points([1e-3, 1e-2, 1e-3], [1e3, 1e4, 1e6]) {
            compare(|logs| gamma_gamma::log_likelihood(&[history], logs), point);
        }
    }
    for point in points([0.5, 1.1, 1.0], [50.0, 20.0, 1e3]) {
        compare(|logs| gamma_gamma::log_likelihood(&histories, logs), point);
    }
}
