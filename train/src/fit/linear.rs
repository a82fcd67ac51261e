//! Symmetric matrices of as many rows as a model has parameters, four at most. A library of
//! linear algebra would be a hundred times what is needed here.

pub(super) type Vector<const N: usize> = [f64; N];
pub(super) type Matrix<const N: usize> = [[f64; N]; N];

pub(super) fn dot<const N: usize>(one: &Vector<N>, other: &Vector<N>) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

pub(super) fn norm<const N: usize>(vector: &Vector<N>) -> f64 {
    dot(vector, vector).sqrt()
}

/// The lower triangle L of a positive definite matrix L L'.
pub(super) struct Cholesky<const N: usize>(Matrix<N>);

impl<const N: usize> Cholesky<N> {
    /// Of `matrix` + `shift` times the identity; `None` where that is not positive definite
    /// in its leading digits.
    pub(super) fn of(matrix: &Matrix<N>, shift: f64) -> Option<Self> {
        /// A pivot that has lost all but this part of its diagonal entry is rounding only.
        const ROUNDING: f64 = 1e-14;
        let mut lower = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
                if i == j {
                    let entry = matrix[i][i] + shift;
                    let pivot = entry - known;
                    // Written so that NaN is no pivot either.
                    if !(pivot > ROUNDING * entry.abs() && pivot.is_finite()) {
                        return None;
                    }
                    lower[i][i] = pivot.sqrt();
                } else {
                    lower[i][j] = (matrix[i][j] - known) / lower[j][j];
                }
            }
        }
        Some(Self(lower))
    }

    /// The x with L L' x = `right`.
    pub(super) fn solve(&self, right: &Vector<N>) -> Vector<N> {
        let Self(lower) = self;
        let mut x = *right;
        for i in 0..N {
            let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
            x[i] = (x[i] - known) / lower[i][i];
        }
        for i in (0..N).rev() {
            let known: f64 = (i + 1..N).map(|k| lower[k][i] * x[k]).sum();
            x[i] = (x[i] - known) / lower[i][i];
        }
        x
    }

    /// The diagonal of the inverse.
    pub(super) fn inverse_diagonal(&self) -> Vector<N> {
        std::array::from_fn(|i| {
            let mut unit = [0.0; N];
            unit[i] = 1.0;
            self.solve(&unit)[i]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: Matrix<3> = [[4.0, 2.0, -1.0], [2.0, 5.0, 0.5], [-1.0, 0.5, 3.0]];

    #[test]
    fn a_solution_solves() {
        let x = Cholesky::of(&MATRIX, 0.5).unwrap().solve(&[1.0, 2.0, 3.0]);
        for (i, right) in [1.0, 2.0, 3.0].into_iter().enumerate() {
            assert!((dot(&MATRIX[i], &x) + 0.5 * x[i] - right).abs() < 1e-14);
        }
    }

    #[test]
    fn the_inverse() {
        // Cofactors by hand: 14.75, 11 and 16 over the determinant 42.
        let determinant = 4.0 * 14.75 - 2.0 * 6.5 - 6.0;
        let inverse = Cholesky::of(&MATRIX, 0.0).unwrap().inverse_diagonal();
        for (actual, cofactor) in inverse.into_iter().zip([14.75, 11.0, 16.0]) {
            assert!((actual - cofactor / determinant).abs() < 1e-14);
        }
    }

    #[test]
    fn what_is_not_positive_definite() {
        for matrix in [[[1.0, 2.0], [2.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]], [[f64::NAN; 2]; 2]] {
            assert!(Cholesky::of(&matrix, 0.0).is_none());
        }
        assert!(Cholesky::of(&[[1.0, 2.0], [2.0, 1.0]], 2.0).is_some());
    }
}
