//! What the fuzz targets share: numbers out of bytes, and what holds of every answer.

#[path = "../../tests/tolerance/mod.rs"]
pub mod tolerance;

use edge_clv::{Answer, BgNbdParameters, GammaGammaParameters, Model, Profile};

/// Numbers of every bit pattern, eight bytes each; zeros when the bytes are used up.
pub struct Numbers<'d> {
    bytes: &'d [u8],
    /// Whether numbers are bent into the domains, so that more is tried than the checks.
    bent: bool,
    /// Whether those after the first few are not.
    unbends: bool,
    /// Whether the costly part is done too.
    pub thorough: bool,
}

impl<'d> Numbers<'d> {
    /// The lowest bits of the first byte say whether the numbers are bent, whether all is tried,
    /// and whether the numbers are bent only up to [`unbend`](Numbers::unbend).
    pub fn new(data: &'d [u8]) -> Self {
        let (first, bytes) = data.split_first().unwrap_or((&0, &[]));
        Numbers { bytes, bent: first & 1 != 0, unbends: first & 8 != 0, thorough: first & 6 == 6 }
    }

    /// What is bent up to here may be followed by numbers of every bit pattern: a domain is left
    /// by the arguments of a customer who keeps the rules.
    pub fn unbend(&mut self) {
        self.bent &= !self.unbends;
    }

    /// Whether all bytes are used up.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next number, as it is.
    pub fn any(&mut self) -> f64 {
        let (now, rest) = self.bytes.split_at(self.bytes.len().min(8));
        self.bytes = rest;
        let mut eight = [0; 8];
        eight[..now.len()].copy_from_slice(now);
        f64::from_le_bytes(eight)
    }

    /// The next number; within these bounds if bent.
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        let number = self.any();
        if !self.bent {
            number
        } else if number.is_nan() {
            low
        } else {
            number.abs().clamp(low, high)
        }
    }

    /// A model, unless it breaks a rule.
    pub fn model(&mut self) -> Option<Model> {
        let mut parameter = || self.within(1e-12, 1e12);
        let [r, alpha, a, b, p, v] = std::array::from_fn(|_| parameter());
        let mut file = Model::baked().file().clone();
        file.bg_nbd = BgNbdParameters { r, alpha, a, b };
        let q = self.within(1.0 + f64::EPSILON, 1e12);
        file.gamma_gamma = GammaGammaParameters { p, q, v };
        file.annual_discount_rate = self.within(1e-6, 100.0);
        file.margin = self.within(1e-300, 1000.0);
        match Model::try_from(file) {
            Ok(model) => Some(model),
            Err(errors) => {
                assert!(!errors.is_empty());
                None
            }
        }
    }

    /// Frequency, recency, T and monetary value.
    pub fn profile(&mut self) -> [f64; 4] {
        let mut next = || self.within(0.0, f64::MAX);
        let [mut x, mut t_x, mut age, mut m] = std::array::from_fn(|_| next());
        if self.bent {
            x = x.trunc();
            (t_x, age) = (t_x.min(age), t_x.max(age));
            if t_x == 0.0 || x == 0.0 {
                (x, t_x) = (0.0, 0.0);
            }
            m = m.max(f64::MIN_POSITIVE);
        }
        [x, t_x, age, m]
    }
}

/// The rules of a profile, as its documentation states them.
pub fn assert_profile(profile: &Profile) {
    let (x, t_x, age) = (profile.frequency(), profile.recency(), profile.T());
    assert!(x >= 0.0 && x.is_finite() && x.fract() == 0.0, "{profile:?}");
    assert!(0.0 <= t_x && t_x <= age && age.is_finite(), "{profile:?}");
    assert_eq!(t_x == 0.0, x == 0.0, "{profile:?}");
    if let Some(m) = profile.monetary_value() {
        assert!(m.is_finite() && (m > 0.0 || (m == 0.0 && x == 0.0)), "{profile:?}");
    }
}

/// Every number of an answer is finite and >= 0, a probability at most 1.
pub fn assert_answer(answer: &Answer<'_>) {
    let probability = |p: f64| assert!((0.0..=1.0).contains(&p), "{answer:?}");
    let amount = |v: f64| assert!((0.0..=f64::MAX).contains(&v), "{answer:?}");
    probability(answer.probability_alive);
    amount(answer.expected_average_profit);
    answer.residual_lifetime_value.into_iter().for_each(amount);
    for horizon in &answer.horizons {
        amount(horizon.expected_purchases);
        probability(horizon.probability_of_purchase);
        amount(horizon.customer_lifetime_value);
    }
}
