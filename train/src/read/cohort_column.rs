//! A column of the orders that says which cohort a customer belongs to.

use std::collections::HashMap;
use std::io::Read;

use super::csv::{CsvFile, OrderLine};
use crate::{Clock, Format, Moment, NamedColumns, OrderRow, ReadError, Refunds};

/// What a column says of each customer: the cell of the customer's first order, of several at
/// one moment the first row's.
#[derive(Clone, Debug, Default)]
pub struct CohortColumn {
    labels: Vec<String>,
    /// By customer, the moment of the first order and the place of its label.
    first: HashMap<String, (Moment, usize)>,
}

impl CohortColumn {
    /// What the column says of a customer, if it has an order of this customer.
    ///
    /// An empty cell is an empty text.
    pub fn get(&self, customer: &str) -> Option<&str> {
        self.first.get(customer).map(|&(_, label)| self.labels[label].as_str())
    }
}

impl<R: Read> CsvFile<R> {
    /// Reads a column beside the orders. Rows that are no orders are passed over, refunds
    /// among them: they are counted where the orders are read.
    ///
    /// # Errors
    /// Where the header has not this column exactly once, or not those of orders, and where
    /// the file cannot be read.
    pub fn read_cohorts(
        self,
        format: Option<Format>,
        named: &NamedColumns,
        refunds: Refunds,
        column: &str,
        clock: &mut Clock,
    ) -> Result<CohortColumn, ReadError> {
        let mut found = (0..self.header().len()).filter(|&at| self.header()[at] == column);
        let (Some(at), None) = (found.next(), found.next()) else {
            return Err(ReadError::Other(format!(
                "the header must have one column {column:?} to group by, but its columns are {}",
                self.header().join(", ")
            )));
        };
        let mut cohorts = CohortColumn::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        self.for_each_order(format, named, clock, |_, row, line| {
            let OrderLine::Order(Ok(OrderRow { customer, at: moment, amount, .. })) = line else {
                return Ok(());
            };
            let before = cohorts.first.get(customer);
            if !refunds.is_order(amount) || before.is_some_and(|&(first, _)| first <= moment) {
                return Ok(());
            }
            let label = &*String::from_utf8_lossy(&row[at]);
            let place = match places.get(label) {
                Some(&place) => place,
                None => {
                    places.insert(label.to_owned(), cohorts.labels.len());
                    cohorts.labels.push(label.to_owned());
                    cohorts.labels.len() - 1
                }
            };
            cohorts.first.insert(customer.to_owned(), (moment, place));
            Ok(())
        })?;
        Ok(cohorts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Collapse;

    fn read(orders: &str, format: Option<Format>, column: &str) -> Result<CohortColumn, ReadError> {
        let mut clock = Clock::new(Collapse::Day, None, None);
        let named = NamedColumns::default();
        let file = CsvFile::open(orders.as_bytes())?;
        file.read_cohorts(format, &named, Refunds::Net, column, &mut clock)
    }

    #[test]
    fn the_first_order_decides() {
        let orders = "customer,date,amount,channel\n\
            ann,2025-02-01,1,mail\nann,2025-01-01,1,search\nann,2025-01-01,1,\n\
            bob,2025-01-01,1,\nbob,no date,1,mail\ncat,2025-01-01\n";
        let cohorts = read(orders, None, "channel").unwrap();
        assert_eq!(cohorts.get("ann"), Some("search"));
        assert_eq!(cohorts.get("bob"), Some(""));
        assert_eq!(cohorts.get("cat"), None);
    }

    #[test]
    fn rows_that_are_no_orders_decide_nothing() {
        let orders = "Name,Email,Financial Status,Total,Created at,Refunded Amount,Source\n\
            #3,ann,paid,5.00,2025-03-01,0.00,web\n#2,ann,paid,5.00,2025-02-01,0.00,shop\n\
            #2,ann,,,2025-01-31,,line\n#1,ann,voided,5.00,2025-01-01,0.00,app\n\
            #0,ann,paid,-5.00,2024-12-01,0.00,back\n#9,ann,paid,x,2024-11-01,0.00,bad\n";
        let cohorts = read(orders, Some(Format::Shopify), "Source").unwrap();
        assert_eq!(cohorts.get("ann"), Some("shop"));
    }

    #[test]
    fn a_column_that_is_not_there() {
        let error = read("customer,date,amount\n", None, "channel").unwrap_err().to_string();
        assert!(error.contains("one column \"channel\""), "{error}");
    }
}
