//! A column of the orders that says which cohort a customer belongs to.

use std::collections::HashMap;
use std::io::Read;

use crate::read_csv::CsvFile;
use crate::{Clock, Moment, NamedColumns, OrderColumns, ReadError};

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
    /// Reads a column beside the orders. Rows that are no orders are passed over: they are
    /// counted where the orders are read.
    ///
    /// # Errors
    /// Where the header has not this column exactly once, or not those of orders, and where
    /// the file cannot be read.
    pub fn read_cohorts(
        self,
        named: &NamedColumns,
        column: &str,
        clock: &mut Clock,
    ) -> Result<CohortColumn, ReadError> {
        let columns = OrderColumns::find(self.header(), None, named)?;
        let mut found = (0..self.header().len()).filter(|&at| self.header()[at] == column);
        let (Some(at), None) = (found.next(), found.next()) else {
            return Err(ReadError::Other(format!(
                "the header must have one column {column:?} to group by, but its columns are {}",
                self.header().join(", ")
            )));
        };
        let mut cohorts = CohortColumn::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        self.for_each_row(|_, row, header| -> Result<(), ReadError> {
            if row.len() != header.len() {
                return Ok(());
            }
            let text = |at: usize| std::str::from_utf8(&row[at]);
            let (Ok(customer), Ok(date), Ok(label)) =
                (text(columns.customer), text(columns.date), text(at))
            else {
                return Ok(());
            };
            let Ok(moment) = clock.read(date) else { return Ok(()) };
            let before = cohorts.first.get(customer);
            if before.is_some_and(|&(first, _)| first <= moment) {
                return Ok(());
            }
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

    fn read(orders: &str, column: &str) -> Result<CohortColumn, ReadError> {
        let mut clock = Clock::new(Collapse::Day, None, None);
        CsvFile::open(orders.as_bytes())?.read_cohorts(&NamedColumns::default(), column, &mut clock)
    }

    #[test]
    fn the_first_order_decides() {
        let orders = "customer,date,amount,channel\n\
            ann,2025-02-01,1,mail\nann,2025-01-01,1,search\nann,2025-01-01,1,\n\
            bob,2025-01-01,1,\nbob,no date,1,mail\ncat,2025-01-01\n";
        let cohorts = read(orders, "channel").unwrap();
        assert_eq!(cohorts.get("ann"), Some("search"));
        assert_eq!(cohorts.get("bob"), Some(""));
        assert_eq!(cohorts.get("cat"), None);
    }

    #[test]
    fn a_column_that_is_not_there() {
        let error = read("customer,date,amount\n", "channel").unwrap_err().to_string();
        assert!(error.contains("one column \"channel\""), "{error}");
    }
}
