//! Takes in the rows of a file of orders, good and bad.

use std::borrow::Cow;

use super::{BadRows, Fault, ReadError};
use crate::{Cents, Clock, Label, Moment, Order, OrderBatch, OrderIntake, Refunds};

/// One side of an intake: it reads a file, or a stretch of one.
pub struct OrderReader<'a> {
    intake: &'a OrderIntake,
    batch: OrderBatch,
    /// Reads the dates.
    pub clock: Clock,
    /// What rows are counted in, for messages: `line` or `row`.
    unit: &'static str,
    /// The first bad row ends the reading.
    strict: bool,
    counted: RowCounts,
}

/// What became of a file's rows.
#[derive(Clone, Debug, Default)]
pub struct RowCounts {
    /// All of them, but blank ones.
    pub rows: u64,
    /// Those that cannot be used.
    pub bad: BadRows,
    /// Those that are further lines of the order above.
    pub further_lines: u64,
    /// Orders that were not paid.
    pub unpaid: u64,
    /// Rows whose order is of zero or less, or has a refund, which was left out as the rule
    /// says.
    pub dropped: u64,
    /// Refunds that have no date of their own but stand in a column beside their order, on whose
    /// day they are taken off.
    pub undated_refunds: u64,
}

impl RowCounts {
    /// Adds those of another stretch of the same file.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.bad.merge(other.bad);
        self.further_lines += other.further_lines;
        self.unpaid += other.unpaid;
        self.dropped += other.dropped;
        self.undated_refunds += other.undated_refunds;
    }

    /// An error if more than `most` percent of the rows are bad.
    pub fn check(self, most: f64) -> Result<Self, ReadError> {
        if self.bad.count() as f64 > self.rows as f64 * (most / 100.0) {
            return Err(ReadError::TooManyBad { bad: self.bad, rows: self.rows, most });
        }
        Ok(self)
    }
}

/// An order as a row of a file has it.
pub struct OrderRow<'a> {
    /// Who ordered.
    pub customer: &'a str,
    /// When.
    pub at: Moment,
    /// For how much, or how much was given back if negative.
    pub amount: Cents,
    /// What was given back of it, zero or more.
    pub refund: Cents,
    /// What the customer is labelled with, if this is the first order.
    pub label: Option<Cow<'a, str>>,
}

impl<'a> OrderReader<'a> {
    /// A side that counts its rows in `unit`s.
    pub fn new(intake: &'a OrderIntake, clock: Clock, unit: &'static str, strict: bool) -> Self {
        let (batch, counted) = Default::default();
        Self { intake, batch, clock, unit, strict, counted }
    }

    /// Takes in the row at a place, or counts what is wrong with it.
    pub fn take(&mut self, place: u64, row: Result<OrderRow<'_>, Fault>) -> Result<(), ReadError> {
        let row = match row {
            Ok(row) => row,
            Err(fault) => return self.bad(place, fault),
        };
        self.counted.rows += 1;
        let refunds = self.intake.rules().refunds;
        let is_order = refunds.is_order(row.amount);
        let is_refunded = row.refund > Cents::default();
        let order = Order { at: row.at, amount: row.amount };
        let label = row.label.as_deref().map(|text| Label { place, text });
        let label = label.filter(|_| is_order);
        let refund = Order { at: row.at, amount: -row.refund };
        match refunds {
            Refunds::Net => {
                self.gather(row.customer, order, label)?;
                if is_refunded {
                    self.counted.undated_refunds += 1;
                    self.gather(row.customer, refund, None)?;
                }
            }
            Refunds::Drop => {
                self.counted.dropped += u64::from(!is_order || is_refunded);
                if is_order {
                    self.gather(row.customer, order, label)?;
                }
            }
            Refunds::Error if is_order && !is_refunded => {
                self.gather(row.customer, order, label)?
            }
            Refunds::Error => {
                let amount = if is_order { -row.refund } else { row.amount };
                let fault = Fault::NotPositive { amount };
                return Err(ReadError::Bad { unit: self.unit, place, fault });
            }
        }
        Ok(())
    }

    fn gather(
        &mut self,
        customer: &str,
        order: Order,
        label: Option<Label<'_>>,
    ) -> Result<(), ReadError> {
        self.intake.gather(&mut self.batch, customer, order, label).map_err(ReadError::Overflow)
    }

    fn bad(&mut self, place: u64, fault: Fault) -> Result<(), ReadError> {
        self.counted.rows += fault.rows();
        if self.strict {
            return Err(ReadError::Bad { unit: self.unit, place, fault });
        }
        self.counted.bad.add(self.unit, place, &fault);
        Ok(())
    }

    /// Counts a row that is a further line of the order above.
    pub fn further_line(&mut self) {
        self.counted.rows += 1;
        self.counted.further_lines += 1;
    }

    /// Counts a row of an order that was not paid.
    pub fn unpaid(&mut self) {
        self.counted.rows += 1;
        self.counted.unpaid += 1;
    }

    /// Hands over what is still in its hands.
    pub fn finish(mut self) -> Result<RowCounts, ReadError> {
        self.intake.deal(&mut self.batch).map_err(ReadError::Overflow)?;
        Ok(self.counted)
    }
}
