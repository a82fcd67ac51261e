//! Sums that forget the order of their terms.

/// The sum of what was added, correctly rounded, and so the same whatever the order: what
/// rounding takes off is kept in further terms, as in Shewchuk, "Adaptive precision floating-point
/// arithmetic" (1997), section 2.4. Terms whose sum is not finite make one that is not.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExactSum {
    /// They add up to the sum exactly, from the least to the greatest, none overlapping another.
    terms: Vec<f64>,
}

impl ExactSum {
    pub(crate) fn add(&mut self, mut value: f64) {
        let mut kept = 0;
        for place in 0..self.terms.len() {
            let (sum, rest) = two_sum(value, self.terms[place]);
            if rest != 0.0 {
                self.terms[kept] = rest;
                kept += 1;
            }
            value = sum;
        }
        self.terms.truncate(kept);
        self.terms.push(value);
    }

    /// Adds all that another sum is made of.
    pub(crate) fn merge(&mut self, other: &Self) {
        other.terms.iter().for_each(|&term| self.add(term));
    }

    pub(crate) fn value(&self) -> f64 {
        let mut terms = self.terms.iter().rev().copied();
        let mut sum = terms.next().unwrap_or(0.0);
        for term in terms.by_ref() {
            let (rounded, rest) = two_sum(sum, term);
            sum = rounded;
            if rest != 0.0 {
                // At a tie, which was rounded to even, what is still below decides.
                let below = terms.next().unwrap_or(0.0);
                let beyond = sum + 2.0 * rest;
                if rest * below > 0.0 && beyond - sum == 2.0 * rest {
                    sum = beyond;
                }
                break;
            }
        }
        sum
    }
}

/// The sum as rounded, and what rounding took off it.
fn two_sum(one: f64, other: f64) -> (f64, f64) {
    let sum = one + other;
    let of_other = sum - one;
    (sum, (one - (sum - of_other)) + (other - of_other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(terms: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        terms.iter().for_each(|&term| sum.add(term));
        sum.value()
    }

    #[test]
    fn rounded_once() {
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        // Half a unit in the last place is rounded to even, and more than half up.
        let half = f64::EPSILON / 2.0;
        assert_eq!(sum(&[1.0, half]), 1.0);
        assert_eq!(sum(&[1.0, half, 1e-300]), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[1.0, half, -1e-300]), 1.0);
    }

    #[test]
    fn the_order_changes_no_bit() {
        let terms: Vec<f64> = (1..500).map(|i| (f64::from(i) * 0.7).sin().exp() / 3.0).collect();
        let backward: Vec<f64> = terms.iter().rev().copied().collect();
        assert_eq!(sum(&terms), sum(&backward));
        let (mut halves, mut second) = (ExactSum::default(), ExactSum::default());
        terms[..200].iter().for_each(|&term| halves.add(term));
        terms[200..].iter().for_each(|&term| second.add(term));
        halves.merge(&second);
        assert_eq!(halves.value(), sum(&terms));
    }
}
