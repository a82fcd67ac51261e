//! Every customer's orders, all taken in.

use super::{Customers, OrderCounts, OrderPart, Purchase, Rules, SummaryError};
use crate::rfm::Summary;
use crate::{Date, Moment, Zone};

/// When an observation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The last moment of which an order counts.
    pub(crate) last: Moment,
    /// Up to here a customer's time is measured.
    pub(crate) measured: Moment,
    /// The day of the first order.
    pub(crate) from: Date,
    /// The last day.
    pub(crate) date: Date,
}

/// Every customer's orders.
pub struct OrderLog {
    pub(super) rules: Rules,
    pub(super) parts: Vec<OrderPart>,
    /// What orders are labelled with, by number.
    pub(super) labels: Customers,
}

impl OrderLog {
    /// The rules the orders are counted by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How many customers it has.
    pub fn customers(&self) -> usize {
        self.parts.iter().map(OrderPart::len).sum()
    }

    /// The parts, for threads to take in turns.
    pub fn parts_mut(&mut self) -> &mut [OrderPart] {
        &mut self.parts
    }

    /// The moments of the first and the last order.
    pub fn span(&self) -> Option<(Moment, Moment)> {
        let spans = self.parts.iter().filter_map(|part| part.span);
        spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// The end of the day `observe_until`; without one, the day of the last order, or its very
    /// second if orders are told apart by the second.
    pub fn end(&self, observe_until: Option<Date>) -> Result<End, SummaryError> {
        let (first, last) = self.span().ok_or(SummaryError::NoOrders)?;
        let by_day = self.rules.collapse.grain() > 1;
        let from = self.rules.day_of(first);
        let end = match observe_until {
            Some(date) if by_day => {
                End { last: Moment::end_of(date), measured: Moment::start_of(date), from, date }
            }
            Some(date) => {
                let zone = self.rules.zone.clone().unwrap_or(Zone::UTC);
                let second = Moment::end_of(date);
                let last = zone.instant(second).unwrap_or(second);
                End { last, measured: last, from, date }
            }
            None => {
                let date = self.rules.day_of(last);
                End { last, measured: last.floor(self.rules.collapse.grain()), from, date }
            }
        };
        if end.last < first {
            return Err(SummaryError::EndsBeforeFirstOrder { end: end.date, first: from });
        }
        Ok(end)
    }

    /// The profiles at the end of the day `observe_until`, or of the last order's day.
    pub fn summary(&mut self, observe_until: Option<Date>) -> Result<Summary<'_>, SummaryError> {
        let end = self.end(observe_until)?;
        let rules = &self.rules;
        let parts = self.parts.iter_mut().map(|part| part.summarise(rules, end));
        Summary::new(end, parts.collect::<Result<_, _>>()?)
    }

    /// Shows `each` what every customer has bought by each of the `ends`, in the order of time,
    /// with the label of the first order; the customers come in no particular order, and those
    /// without a purchase by any end not at all. The ends increase; what became of the orders is
    /// told as of the last. A part's customers are in memory at a time.
    pub(crate) fn visit<const N: usize, E: From<SummaryError>>(
        &mut self,
        ends: [End; N],
        mut each: impl FnMut(Option<&str>, [&[Purchase]; N]) -> Result<(), E>,
    ) -> Result<OrderCounts, E> {
        let Self { rules, parts, labels } = self;
        let ends = ends.map(|end| end.last);
        let visits = parts.iter_mut().map(|part| {
            part.visit(rules, ends, |customer, purchases| {
                let label = customer.label.map(|number| labels.get(number.get() as usize - 1));
                each(label, purchases)
            })
        });
        visits.sum()
    }
}
