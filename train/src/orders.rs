//! The rules that make profiles of orders.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use crate::{Cents, Date, History, Purchase};

/// One order of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The day it was placed.
    pub date: Date,
    /// What the customer paid; 0 for an order given away, which is still a purchase.
    pub amount: Cents,
}

/// Every customer's orders, in whatever order they come.
#[derive(Clone, Debug, Default)]
pub struct OrderLog {
    customers: HashMap<String, Vec<Order>>,
    /// The dates of the first and the last order.
    span: Option<(Date, Date)>,
    orders: u64,
}

/// What a customer did from the first purchase to the end of the observation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(non_snake_case, reason = "T is the papers' name, and the data key")]
pub struct CustomerProfile {
    /// The customer's name in the order log.
    pub customer: String,
    /// Repeat purchases: distinct purchase days minus one.
    pub frequency: u32,
    /// Days from the first to the last purchase.
    pub recency: u32,
    /// Days from the first purchase to the end of the observation.
    pub T: u32,
    /// All that was paid after the first purchase day.
    pub repeat_spend: Cents,
}

/// The customers' profiles at the end of an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// One profile a customer who bought by the end, sorted by customer.
    pub profiles: Vec<CustomerProfile>,
    /// The day of the first order.
    pub observed_from: Date,
    /// The last day of the observation.
    pub observed_to: Date,
    /// Orders placed after the observation, which no profile counts.
    pub orders_left_out: u64,
}

impl OrderLog {
    /// Takes in one order, unless it breaks a rule.
    pub fn add(&mut self, customer: &str, order: Order) -> Result<(), OrderError> {
        if customer.is_empty() {
            return Err(OrderError::NoCustomer);
        }
        if order.amount.is_negative() {
            return Err(OrderError::NegativeAmount);
        }
        match self.customers.get_mut(customer) {
            Some(orders) => orders.push(order),
            None => {
                self.customers.insert(customer.to_owned(), vec![order]);
            }
        }
        let (first, last) = self.span.unwrap_or((order.date, order.date));
        self.span = Some((first.min(order.date), last.max(order.date)));
        self.orders += 1;
        Ok(())
    }

    /// How many orders were taken in.
    pub fn orders(&self) -> u64 {
        self.orders
    }

    /// What every customer bought day by day, sorted by customer.
    ///
    /// # Errors
    /// Where there are no orders, and where what a customer spent is beyond [`Cents::MAX`].
    pub fn histories(&self) -> Result<Vec<History>, SummaryError> {
        let mut customers: Vec<_> = self.customers.iter().collect();
        customers.sort_unstable_by_key(|&(customer, _)| customer);
        let history = |(customer, orders): (&String, &Vec<Order>)| {
            let mut orders = orders.clone();
            orders.sort_unstable_by_key(|order| order.date);
            let first = orders[0].date;
            let purchase = |day: &[Order]| {
                let mut amounts = day.iter().map(|order| order.amount);
                let amount = amounts
                    .try_fold(Cents::default(), Cents::checked_add)
                    .ok_or_else(|| SummaryError::SpendTooLarge(customer.clone()))?;
                Ok(Purchase { day: day[0].date.days_since(first), amount })
            };
            let days = orders.chunk_by(|one, next| one.date == next.date);
            let purchases = days.map(purchase).collect::<Result<_, _>>()?;
            Ok(History { customer: customer.clone(), first, purchases })
        };
        customers.into_iter().map(history).collect()
    }

    /// The day of the last order, if there is one.
    pub fn last_day(&self) -> Option<Date> {
        self.span.map(|(_, last)| last)
    }

    /// The profiles at the end of the day `observe_until`, or of the last order's day.
    pub fn summary(&self, observe_until: Option<Date>) -> Result<Summary, SummaryError> {
        let (first, last) = self.span.ok_or(SummaryError::NoOrders)?;
        let end = observe_until.unwrap_or(last);
        if end < first {
            return Err(SummaryError::EndsBeforeFirstOrder { end, first });
        }
        let mut summary = Summary {
            profiles: Vec::new(),
            observed_from: first,
            observed_to: end,
            orders_left_out: 0,
        };
        let mut customers: Vec<_> = self.customers.iter().collect();
        customers.sort_unstable_by_key(|&(customer, _)| customer);
        for (customer, orders) in customers {
            let mut observed = orders.clone();
            observed.retain(|order| order.date <= end);
            summary.orders_left_out += (orders.len() - observed.len()) as u64;
            observed.sort_unstable_by_key(|order| order.date);
            let (Some(first), Some(last)) = (observed.first(), observed.last()) else {
                continue;
            };
            let days = observed.chunk_by(|one, next| one.date == next.date);
            summary.profiles.push(CustomerProfile {
                customer: customer.clone(),
                frequency: (days.count() - 1) as u32,
                recency: last.date.days_since(first.date),
                T: end.days_since(first.date),
                repeat_spend: observed
                    .iter()
                    .filter(|order| order.date > first.date)
                    .try_fold(Cents::default(), |sum, order| sum.checked_add(order.amount))
                    .ok_or_else(|| SummaryError::SpendTooLarge(customer.clone()))?,
            });
        }
        Ok(summary)
    }
}

impl CustomerProfile {
    /// The mean paid per repeat purchase day, in currency; none without one.
    pub fn monetary_value(&self) -> Option<f64> {
        (self.frequency > 0).then(|| self.repeat_spend.mean_over(self.frequency))
    }
}

/// Why an [`OrderLog`] refused an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderError {
    /// The customer's name is empty.
    NoCustomer,
    /// The amount is below zero.
    NegativeAmount,
}

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCustomer => {
                "names no customer; give every guest an id of its own or leave the row out"
            }
            Self::NegativeAmount => {
                "is negative; take a refund off the order it belongs to, and leave the order \
                 out when nothing of it remains"
            }
        })
    }
}

impl Error for OrderError {}

/// Why an [`OrderLog`] has no [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SummaryError {
    /// The log is empty.
    NoOrders,
    /// The observation would end before it begins.
    EndsBeforeFirstOrder {
        /// The end that was asked for.
        end: Date,
        /// The day of the first order.
        first: Date,
    },
    /// This customer's repeat spend is beyond [`Cents::MAX`].
    SpendTooLarge(String),
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOrders => f.write_str("there are no orders"),
            Self::EndsBeforeFirstOrder { end, first } => write!(
                f,
                "the observation would end on {end}, before the first order on {first}; \
                 name that day or a later one"
            ),
            Self::SpendTooLarge(customer) => write!(
                f,
                "the orders of customer {customer:?} add up to more than 90071992547409.91; \
                 look for a wrong amount among them"
            ),
        }
    }
}

impl Error for SummaryError {}
