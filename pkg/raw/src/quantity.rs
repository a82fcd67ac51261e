//! What can be asked for, by number.

use edge_clv::Columns;

/// A quantity; its number is the `quantity` of [`clv_predict`](crate::clv_predict) and its bit
/// that of the `columns` of [`clv_predict_batch`](crate::clv_predict_batch).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Quantity {
    /// P(alive).
    ProbabilityAlive = 0,
    /// E\[M\], currency per purchase.
    ExpectedAverageProfit = 1,
    /// E\[Y(t)\], a column for each horizon.
    ExpectedPurchases = 2,
    /// P(Y(t) > 0), a column for each horizon.
    ProbabilityOfPurchase = 3,
    /// Discounted profit, currency, a column for each horizon.
    CustomerLifetimeValue = 4,
    /// The same without a horizon.
    ResidualLifetimeValue = 5,
    /// Index into the model's segment bands.
    Segment = 6,
}

impl Quantity {
    /// All, in the order of their numbers.
    pub const ALL: [Quantity; 7] = [
        Quantity::ProbabilityAlive,
        Quantity::ExpectedAverageProfit,
        Quantity::ExpectedPurchases,
        Quantity::ProbabilityOfPurchase,
        Quantity::CustomerLifetimeValue,
        Quantity::ResidualLifetimeValue,
        Quantity::Segment,
    ];

    /// Whether there is one for each horizon.
    pub fn has_horizon(self) -> bool {
        use Quantity::{CustomerLifetimeValue, ExpectedPurchases, ProbabilityOfPurchase};
        matches!(self, ExpectedPurchases | ProbabilityOfPurchase | CustomerLifetimeValue)
    }

    /// Its bit.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The columns whose bits are set; none where no bit is, or one that is no quantity's.
pub(crate) fn columns(bits: u32) -> Option<Columns> {
    let has = |quantity: Quantity| bits & quantity.bit() != 0;
    (1..1 << Quantity::ALL.len()).contains(&bits).then(|| Columns {
        probability_alive: has(Quantity::ProbabilityAlive),
        expected_average_profit: has(Quantity::ExpectedAverageProfit),
        expected_purchases: has(Quantity::ExpectedPurchases),
        probability_of_purchase: has(Quantity::ProbabilityOfPurchase),
        customer_lifetime_value: has(Quantity::CustomerLifetimeValue),
        residual_lifetime_value: has(Quantity::ResidualLifetimeValue),
        segment: has(Quantity::Segment),
    })
}
