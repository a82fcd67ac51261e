//! An order, and how it is kept in memory and in a temporary file.

use crate::{Cents, Moment};

/// One order of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// When it was placed.
    pub at: Moment,
    /// What was paid; 0 for an order given away, less for a refund.
    pub amount: Cents,
}

/// A customer of a part, a moment and an amount; in this order of weight, so that sorted
/// records are the customers' orders in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record(pub(super) u128);

const AMOUNT_BITS: u32 = 56;
const MOMENT_BITS: u32 = 40;
/// Makes every amount positive.
const AMOUNT_BIAS: i64 = 1 << 54;

impl Record {
    /// A moment takes 39 bits, an amount 54 and its sign.
    pub(super) fn new(customer: u32, order: Order) -> Self {
        let amount = (order.amount.cents() + AMOUNT_BIAS) as u128;
        let moment = u128::from(order.at.number());
        let customer = u128::from(customer);
        Self(customer << (MOMENT_BITS + AMOUNT_BITS) | moment << AMOUNT_BITS | amount)
    }

    pub(super) fn customer(self) -> u32 {
        (self.0 >> (MOMENT_BITS + AMOUNT_BITS)) as u32
    }

    pub(super) fn order(self) -> Order {
        let moment = (self.0 >> AMOUNT_BITS) as u64 & ((1 << MOMENT_BITS) - 1);
        let amount = (self.0 as u64 & ((1 << AMOUNT_BITS) - 1)) as i64 - AMOUNT_BIAS;
        // Within bounds, as it was when it came in.
        Order { at: Moment::from_number(moment), amount: Cents::new(amount).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_keeps_the_order_of_what_it_holds() {
        let last = Moment::end_of("9999-12-31".parse().expect("a day"));
        let first = Moment::start_of("0000-01-01".parse().expect("a day"));
        let most = Cents::MAX;
        let least = Cents::new(-most.cents()).expect("within bounds");
        let mut records = Vec::new();
        for customer in [0, 1, u32::MAX] {
            for at in [first, last] {
                for amount in [least, Cents::default(), most] {
                    let order = Order { at, amount };
                    let record = Record::new(customer, order);
                    assert_eq!((record.customer(), record.order()), (customer, order));
                    records.push(record);
                }
            }
        }
        assert!(records.is_sorted());
    }
}
