//! Every customer's orders, all taken in.

use super::intake::PARTS;
use super::{OrderCounts, OrderPart, Purchase, Rules, SummaryError};
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
}

impl OrderLog {
    /// The rules the orders are counted by.
    pub fn rules(&self) -> &Rules {
        &self.rules
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

    /// Shows `each` every customer's purchases up to the end of a day, in the order of time;
    /// the customers come in no particular order. Returns what became of the orders.
    pub fn for_each_customer(
        &mut self,
        observe_until: Option<Date>,
        mut each: impl FnMut(&str, &[Purchase]),
    ) -> Result<OrderCounts, SummaryError> {
        let end = self.end(observe_until)?;
        let mut counts = Vec::with_capacity(PARTS);
        for part in &mut self.parts {
            let names = std::mem::take(&mut part.names);
            let visited = part.visit(&self.rules, end.last, |customer, purchases| {
                each(names.get(customer as usize), purchases);
            });
            part.names = names;
            counts.push(visited?);
        }
        Ok(counts.into_iter().sum())
    }
}
