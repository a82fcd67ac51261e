//! How well predictions met what happened: sums over pairs of numbers, one pair a customer.

use serde::Serialize;

/// How well predictions met what happened.
///
/// A measure that the numbers do not define is `None`: a bias where nothing happened, a
/// correlation where one side does not vary, a Gini index where all did the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// Sum of the predictions.
    pub predicted: f64,
    /// Sum of what happened.
    pub actual: f64,
    /// `predicted / actual - 1`: -0.12 is 12 % too little.
    pub bias: Option<f64>,
    /// Mean of `|predicted - actual|` over customers.
    pub mean_absolute_error: f64,
    /// Square root of the mean of `(predicted - actual)^2` over customers.
    pub root_mean_squared_error: f64,
    /// Pearson's correlation, -1..1.
    pub correlation: Option<f64>,
    /// Gini index of the ranking by prediction over that of the perfect ranking; see
    /// [`Ranking::gini`].
    pub gini: Option<f64>,
    /// Share of what happened that the tenth of customers with the highest predictions did;
    /// see [`Ranking::captured`].
    pub top_decile_capture: Option<f64>,
}

impl Measures {
    /// Compares predictions with what happened, customer by customer.
    ///
    /// Domain: columns of one length >= 1, all numbers finite; `None` outside.
    ///
    /// # Example
    /// ```
    /// use edge_clv_train::Measures;
    ///
    /// let measures = Measures::new(&[1.0, 3.0], &[2.0, 6.0]).unwrap();
    /// assert_eq!(measures.bias, Some(-0.5));
    /// assert_eq!(measures.mean_absolute_error, 2.0);
    /// assert_eq!(Measures::new(&[], &[]), None);
    /// ```
    pub fn new(predicted: &[f64], actual: &[f64]) -> Option<Measures> {
        let ranking = Ranking::new(predicted, actual)?;
        let customers = predicted.len() as f64;
        let pairs = || predicted.iter().zip(actual);
        let (predicted_sum, actual_sum) = (sum(predicted), sum(actual));
        let absolute: f64 = pairs().map(|(p, a)| (p - a).abs()).sum();
        let squared: f64 = pairs().map(|(p, a)| (p - a) * (p - a)).sum();

        // About the means, so that nothing cancels.
        let (p_mean, a_mean) = (predicted_sum / customers, actual_sum / customers);
        let (mut pp, mut aa, mut pa) = (0.0, 0.0, 0.0);
        for (p, a) in pairs() {
            let (p, a) = (p - p_mean, a - a_mean);
            pp += p * p;
            aa += a * a;
            pa += p * a;
        }
        Some(Measures {
            predicted: predicted_sum,
            actual: actual_sum,
            bias: (actual_sum > 0.0).then(|| predicted_sum / actual_sum - 1.0),
            mean_absolute_error: absolute / customers,
            root_mean_squared_error: (squared / customers).sqrt(),
            correlation: (pp > 0.0 && aa > 0.0)
                .then(|| (pa / (pp.sqrt() * aa.sqrt())).clamp(-1.0, 1.0)),
            gini: ranking.gini(),
            top_decile_capture: ranking.captured(0.1),
        })
    }
}

/// Customers from the highest prediction to the lowest, with what each did.
///
/// Customers of equal prediction have no order among them; each is taken to have done the
/// mean of what they did, so that nothing depends on the order they come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    predicted: Vec<f64>,
    actual: Vec<f64>,
    /// The sum of what happened.
    total: f64,
    /// The area below the curve of the perfect ranking.
    best_area: f64,
}

/// A group of customers: what was predicted of one on average, and what one did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Group {
    /// How many they are.
    pub customers: usize,
    /// Mean prediction.
    pub predicted: f64,
    /// Mean of what happened.
    pub actual: f64,
}

impl Group {
    /// The means over some customers; `None` of nobody.
    pub(crate) fn new(predicted: &[f64], actual: &[f64]) -> Option<Group> {
        let customers = predicted.len();
        let mean = |column: &[f64]| sum(column) / customers as f64;
        (customers > 0).then(|| Group {
            customers,
            predicted: mean(predicted),
            actual: mean(actual),
        })
    }
}

impl Ranking {
    /// Ranks customers by prediction.
    ///
    /// Domain: columns of one length >= 1, all numbers finite; `None` outside.
    pub fn new(predicted: &[f64], actual: &[f64]) -> Option<Ranking> {
        let finite = |column: &[f64]| column.iter().all(|value| value.is_finite());
        let fits = predicted.len() == actual.len() && !predicted.is_empty();
        if !(fits && finite(predicted) && finite(actual)) {
            return None;
        }
        let mut pairs: Vec<(f64, f64)> =
            predicted.iter().copied().zip(actual.iter().copied()).collect();
        // What happened decides among ties so that sums, and their roundings, do not depend
        // on the order customers come in.
        pairs.sort_unstable_by(|one, other| {
            other.0.total_cmp(&one.0).then(other.1.total_cmp(&one.1))
        });
        for tied in pairs.chunk_by_mut(|one, next| one.0 == next.0) {
            let mean = tied.iter().map(|pair| pair.1).sum::<f64>() / tied.len() as f64;
            tied.iter_mut().for_each(|pair| pair.1 = mean);
        }
        let (predicted, ranked): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let mut best = actual.to_vec();
        best.sort_unstable_by(|one, other| other.total_cmp(one));
        Some(Ranking { total: sum(&ranked), best_area: area(&best), predicted, actual: ranked })
    }

    /// The share of all that happened that the first `share` of the ranking did, a customer
    /// cut in two by the border counting in part.
    ///
    /// Domain: 0 <= `share` <= 1, and the sum of what happened above 0; `None` outside.
    ///
    /// # Example
    /// ```
    /// use edge_clv_train::Ranking;
    ///
    /// let ranking = Ranking::new(&[9.0, 5.0, 5.0, 1.0], &[6.0, 0.0, 2.0, 2.0]).unwrap();
    /// assert_eq!(ranking.captured(0.25), Some(0.6));
    /// // Nobody knows which of the tied two comes first: each stands for half of both.
    /// assert_eq!(ranking.captured(0.5), Some(0.7));
    /// ```
    pub fn captured(&self, share: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&share) || self.total <= 0.0 {
            return None;
        }
        let reached = share * self.actual.len() as f64;
        let whole = reached.floor() as usize;
        let cut = self.actual.get(whole).map_or(0.0, |next| (reached - reached.floor()) * next);
        Some((sum(&self.actual[..whole]) + cut) / self.total)
    }

    /// The Gini index of the ranking over that of the perfect ranking: 1 if the customers are
    /// in the order of what they did, 0 if in no order, below 0 if in the wrong one.
    ///
    /// A Gini index is twice the area between the curve of [`captured`](Ranking::captured)
    /// and its diagonal. `None` where the perfect ranking has none: all did the same.
    ///
    /// # Example
    /// ```
    /// use edge_clv_train::Ranking;
    ///
    /// let ranking = |predicted: &[f64]| Ranking::new(predicted, &[1.0, 2.0, 3.0]).unwrap();
    /// assert_eq!(ranking(&[1.0, 2.0, 3.0]).gini(), Some(1.0));
    /// assert_eq!(ranking(&[3.0, 2.0, 1.0]).gini(), Some(-1.0));
    /// assert_eq!(ranking(&[7.0, 7.0, 7.0]).gini(), Some(0.0));
    /// ```
    pub fn gini(&self) -> Option<f64> {
        // The diagonal of n customers who share `total`.
        let even = 0.5 * self.total * self.actual.len() as f64;
        let best = self.best_area - even;
        // Rounding alone may leave as much where all did the same.
        let rounding = 1e-12 * even.abs();
        (self.total > 0.0 && best > rounding).then(|| (area(&self.actual) - even) / best)
    }

    /// The ranking cut into `groups` of as equal a size as can be, the highest predictions
    /// first; fewer if there are fewer customers.
    pub fn groups(&self, groups: usize) -> Vec<Group> {
        let customers = self.actual.len();
        let border = |i: usize| customers * i / groups;
        (0..groups)
            .filter_map(|i| {
                let rows = border(i)..border(i + 1);
                Group::new(&self.predicted[rows.clone()], &self.actual[rows])
            })
            .collect()
    }
}

/// The area below the running sums of a ranking, drawn with straight lines, in units of one
/// customer.
fn area(actual: &[f64]) -> f64 {
    let customers = actual.len() as f64;
    // The i-th (from 0) customer's share lies below the rest of the curve, and half of it
    // below its own step.
    (0..).zip(actual).map(|(i, value)| value * (customers - f64::from(i) - 0.5)).sum()
}

fn sum(column: &[f64]) -> f64 {
    column.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: Option<f64>, expected: f64) {
        let value = value.expect("defined");
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn measures_worked_by_hand() {
        // Errors -1, 2, -1, 0; total 5 predicted, 5 happened.
        let measures = Measures::new(&[3.0, 2.0, 0.0, 0.0], &[4.0, 0.0, 1.0, 0.0]).unwrap();
        assert_eq!((measures.predicted, measures.actual), (5.0, 5.0));
        assert_eq!(measures.bias, Some(0.0));
        assert_eq!(measures.mean_absolute_error, 1.0);
        close(Some(measures.root_mean_squared_error), 1.5f64.sqrt());
        // Deviations (1.75, .75, -1.25, -1.25) and (2.75, -1.25, -.25, -1.25): products sum
        // to 5.75, squares to 6.75 and 10.75.
        close(measures.correlation, 5.75 / (6.75f64 * 10.75).sqrt());
        // The tied pair did 0.5 each: 4, 0, .5, .5. Running sums 4, 4, 4.5, 5 have the area
        // 2 + 4 + 4.25 + 4.75 = 15, the perfect ones 4, 5, 5, 5 have 2 + 4.5 + 5 + 5 = 16.5,
        // the diagonal 10.
        close(measures.gini, 5.0 / 6.5);
        // A tenth of four customers is 0.4 of the first: 1.6 of 5.
        close(measures.top_decile_capture, 0.32);
    }

    #[test]
    fn the_order_of_customers_changes_no_bit() {
        let predicted = [0.1, 0.7, 0.1, 0.1, 0.3, 0.3];
        let actual = [0.3, 0.1, 0.7, 1.1, 0.2, 0.0];
        let reversed = |column: &[f64]| column.iter().rev().copied().collect::<Vec<_>>();
        let one = Ranking::new(&predicted, &actual).unwrap();
        let other = Ranking::new(&reversed(&predicted), &reversed(&actual)).unwrap();
        assert_eq!(one, other);
    }

    #[test]
    fn groups_share_out_everybody() {
        let predicted: Vec<f64> = (0..23).map(f64::from).collect();
        let groups = Ranking::new(&predicted, &predicted).unwrap().groups(10);
        assert_eq!(groups.len(), 10);
        assert_eq!(groups.iter().map(|group| group.customers).sum::<usize>(), 23);
        assert!(groups.iter().all(|group| (2..=3).contains(&group.customers)));
        assert_eq!(groups[0], Group { customers: 2, predicted: 21.5, actual: 21.5 });
        assert_eq!(Ranking::new(&[1.0, 2.0], &[0.0, 0.0]).unwrap().groups(10).len(), 2);
    }

    #[test]
    fn what_is_not_defined_is_none() {
        let nothing_happened = Measures::new(&[1.0, 2.0], &[0.0, 0.0]).unwrap();
        assert_eq!(nothing_happened.bias, None);
        assert_eq!(nothing_happened.correlation, None);
        assert_eq!(nothing_happened.gini, None);
        assert_eq!(nothing_happened.top_decile_capture, None);
        let all_alike = Measures::new(&[1.0, 2.0, 3.0], &[0.1, 0.1, 0.1]).unwrap();
        assert_eq!(all_alike.gini, None);
        for (predicted, actual) in
            [(&[1.0][..], &[1.0, 2.0][..]), (&[f64::NAN], &[1.0]), (&[1.0], &[f64::INFINITY])]
        {
            assert_eq!(Measures::new(predicted, actual), None);
        }
    }
}
