//! Tables of profiles: the summaries that `clv summary` and Python's lifetimes write, and those
//! that a warehouse makes with `sql/rfm_summary.sql`.

use super::bad_rows::{BadRows, CellFault, Fault};
use super::columns::{CUSTOMER_SPELLINGS, first, only};
use super::{bad_amount, bad_date};
use crate::{Cents, Clock, Collapse, Customers, Moment, ReadError, RfmTable, RowCounts};

/// Rows of profiles, with the customers' names where the table has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileBatch {
    /// The histories.
    pub table: RfmTable,
    /// As many names as the table has rows, or none.
    pub customers: Option<Customers>,
    /// The counts are the table's own, and not 1 throughout for want of any.
    pub counted: bool,
}

/// Where a profile's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileColumns {
    /// Repeat purchases.
    pub frequency: usize,
    /// Times and money.
    pub layout: Layout,
    /// How many customers; 1 if there is none.
    pub count: Option<usize>,
    /// Whose it is.
    pub customer: Option<usize>,
}

/// The two kinds of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(non_snake_case, reason = "T is the papers' name, and the data key")]
pub enum Layout {
    /// Days and a mean.
    Days {
        /// From the first to the last purchase.
        recency: usize,
        /// From the first purchase to the end of the observation.
        T: usize,
        /// Per repeat purchase, in currency.
        monetary_value: Option<usize>,
    },
    /// Dates and a sum, exact in every engine.
    Dates {
        /// Of the first purchase.
        first_date: usize,
        /// Of the last purchase.
        last_date: usize,
        /// The end of the observation.
        observed_to: usize,
        /// All that was paid after the first purchase.
        repeat_cents: usize,
    },
}

impl ProfileColumns {
    /// Finds the columns by their names; `None` if this is no table of profiles.
    pub fn find(header: &[String]) -> Option<Self> {
        let column = |spellings: &[&str]| first(header, spellings);
        let days = || {
            Some(Layout::Days {
                recency: column(&["recency", "recencycal"])?,
                T: column(&["t", "tcal"])?,
                monetary_value: column(&["monetaryvalue", "monetaryvaluecal"]),
            })
        };
        let dates = || {
            Some(Layout::Dates {
                first_date: column(&["firstdate"])?,
                last_date: column(&["lastdate"])?,
                observed_to: column(&["observedto"])?,
                repeat_cents: column(&["repeatcents"])?,
            })
        };
        Some(Self {
            frequency: column(&["frequency", "frequencycal"])?,
            layout: days().or_else(dates)?,
            count: column(&["count"]),
            customer: column(CUSTOMER_SPELLINGS).or_else(|| column(&["id"])),
        })
    }

    /// Takes the customers from the column with this very name.
    ///
    /// # Errors
    /// Where the header does not have it exactly once.
    pub fn name_customer(&mut self, header: &[String], name: &str) -> Result<(), ReadError> {
        let place = only(header, |cell| cell == name);
        self.customer = Some(place.ok_or_else(|| ReadError::NoCustomerColumn {
            found: header.to_vec(),
            column: name.to_owned(),
        })?);
        Ok(())
    }

    /// Rows that are customers, none of whom has a name.
    pub fn is_nameless(&self) -> bool {
        self.customer.is_none() && self.count.is_none()
    }
}

/// A row of either kind, as numbers.
#[derive(Clone, Copy, Debug)]
pub struct ProfileRow {
    /// Frequency, recency, T and monetary value.
    pub numbers: [f64; 4],
    /// How many customers.
    pub count: f64,
}

/// The names of [`ProfileRow::numbers`], for messages.
const KEYS: [&str; 4] = ["frequency", "recency", "T", "monetary_value"];

impl ProfileRow {
    /// A row of dates, the first, the last and the observation's last, and of cents.
    ///
    /// # Errors
    /// Where the dates are not in this order.
    pub fn from_dates(
        frequency: f64,
        dates: [Moment; 3],
        repeat: Cents,
        count: f64,
    ) -> Result<Self, Fault> {
        let [first, last, observed_to] = dates;
        let rule = "first_date <= last_date <= observed_to";
        if last < first {
            return Err(rule_broken("last_date", last.date().to_string(), rule));
        }
        if observed_to < last {
            return Err(rule_broken("observed_to", observed_to.date().to_string(), rule));
        }
        let recency = last.days_since(first);
        let monetary_value = if frequency >= 1.0 && frequency <= f64::from(u32::MAX) {
            repeat.mean_over(frequency as u32)
        } else {
            f64::NAN
        };
        let numbers = [frequency, recency, observed_to.days_since(first), monetary_value];
        Ok(Self { numbers, count })
    }

    /// The rules of a profile; what is not used or not given becomes NaN.
    fn checked(mut self) -> Result<([f64; 4], u64), Fault> {
        let [frequency, recency, t, monetary_value] = self.numbers;
        let broken = |key: usize, rule| {
            let text = if self.numbers[key].is_nan() {
                String::new()
            } else {
                self.numbers[key].to_string()
            };
            Err(rule_broken(KEYS[key], text, rule))
        };
        // A frequency is a count in other places; this far both are exact.
        if !(0.0..=f64::from(u32::MAX)).contains(&frequency) || frequency.fract() != 0.0 {
            return broken(0, "frequency is a whole number >= 0");
        }
        if !recency.is_finite() {
            return broken(1, "recency is finite");
        }
        if recency < 0.0 {
            return broken(1, "recency >= 0");
        }
        if !t.is_finite() {
            return broken(2, "T is finite");
        }
        if t < recency {
            return broken(2, "recency <= T");
        }
        if (recency == 0.0) != (frequency == 0.0) {
            return broken(1, "recency = 0 exactly when frequency = 0");
        }
        if frequency == 0.0 {
            self.numbers[3] = f64::NAN;
        } else if monetary_value < 0.0 || monetary_value.is_infinite() {
            return broken(3, "monetary_value >= 0");
        }
        if !(1.0..=MOST_PURCHASES as f64).contains(&self.count) || self.count.fract() != 0.0 {
            let text = self.count.to_string();
            return Err(rule_broken("count", text, "count is a whole number >= 1"));
        }
        Ok((self.numbers, self.count as u64))
    }
}

fn rule_broken(column: &str, text: String, rule: &'static str) -> Fault {
    Fault::Cell { column: column.to_owned(), text, reason: CellFault::Rule(rule) }
}

/// So many purchases a table may hold in all, and therefore so many customers: up to 2^53
/// every sum of them is exact, as an integer and as an `f64`.
const MOST_PURCHASES: u64 = 1 << 53;

/// So many rows come at a time.
pub const PROFILES_AT_A_TIME: usize = 1 << 16;

/// Hands over the good rows of a table in batches, and counts the bad ones.
pub struct ProfileReader<F> {
    each: F,
    batch: ProfileBatch,
    has_names: bool,
    has_counts: bool,
    unit: &'static str,
    strict: bool,
    rows: u64,
    bad: BadRows,
    /// Of all customers.
    purchases: u64,
}

impl<E: From<ReadError>, F: FnMut(ProfileBatch) -> Result<(), E>> ProfileReader<F> {
    /// Calls `each` with [`PROFILES_AT_A_TIME`], and in the end with the rest.
    pub fn new(each: F, columns: &ProfileColumns, unit: &'static str, strict: bool) -> Self {
        let (has_names, has_counts) = (columns.customer.is_some(), columns.count.is_some());
        let (batch, rows, bad, purchases) = Default::default();
        let mut reader =
            Self { each, batch, has_names, has_counts, unit, strict, rows, bad, purchases };
        reader.fresh();
        reader
    }

    fn fresh(&mut self) -> ProfileBatch {
        let customers = self.has_names.then(Customers::default);
        let empty =
            ProfileBatch { table: RfmTable::default(), customers, counted: self.has_counts };
        std::mem::replace(&mut self.batch, empty)
    }

    /// Takes a row in, or counts what is wrong with it.
    pub fn take(&mut self, place: u64, row: Result<(&str, ProfileRow), Fault>) -> Result<(), E> {
        self.rows += row.as_ref().map_or_else(Fault::rows, |_| 1);
        match row.and_then(|(name, row)| Ok((name, row.checked()?))) {
            Ok((name, (numbers, count))) => {
                let purchases = (numbers[0] as u64 + 1).saturating_mul(count);
                self.purchases = self.purchases.saturating_add(purchases);
                if self.purchases > MOST_PURCHASES {
                    return Err(ReadError::Other(format!(
                        "up to {} {place} the customers' purchases add up to more than \
                         {MOST_PURCHASES}; look for a wrong frequency or count",
                        self.unit
                    ))
                    .into());
                }
                self.batch.table.push_numbers(numbers, count);
                if let Some(customers) = &mut self.batch.customers {
                    customers.push(name);
                }
            }
            Err(fault) if self.strict => {
                return Err(ReadError::Bad { unit: self.unit, place, fault }.into());
            }
            Err(fault) => self.bad.add(self.unit, place, &fault),
        }
        if self.batch.table.len() == PROFILES_AT_A_TIME {
            let batch = self.fresh();
            (self.each)(batch)?;
        }
        Ok(())
    }

    /// Hands over the rest.
    pub fn finish(mut self) -> Result<RowCounts, E> {
        if !self.batch.table.is_empty() {
            let batch = self.fresh();
            (self.each)(batch)?;
        }
        Ok(RowCounts { rows: self.rows, bad: self.bad, ..RowCounts::default() })
    }
}

/// Reads a profile from a row of text cells.
pub(crate) fn profile_of<'a>(
    cell: impl Fn(usize) -> Result<&'a str, Fault>,
    header: &[String],
    columns: &ProfileColumns,
) -> Result<(&'a str, ProfileRow), Fault> {
    let number = |at: usize| {
        let text = cell(at)?;
        if text.is_empty() {
            return Ok(f64::NAN);
        }
        let broken = |rule| rule_broken(&header[at], text.to_owned(), rule);
        match text.parse::<f64>() {
            Ok(number) if number.is_infinite() => Err(broken("is finite")),
            Ok(number) => Ok(number),
            Err(_) => Err(broken("is a number")),
        }
    };
    // Pandas may write what is not given in letters, which is no number anywhere else.
    let given = |at: usize| match number(at)? {
        number if number.is_nan() && !cell(at)?.is_empty() => {
            Err(rule_broken(&header[at], cell(at)?.to_owned(), "is a number"))
        }
        number => Ok(number),
    };
    let frequency = given(columns.frequency)?;
    let count = columns.count.map_or(Ok(1.0), given)?;
    let row = match columns.layout {
        Layout::Days { recency, T, monetary_value } => {
            let monetary_value = monetary_value.map_or(Ok(f64::NAN), number)?;
            ProfileRow { numbers: [frequency, given(recency)?, given(T)?, monetary_value], count }
        }
        Layout::Dates { first_date, last_date, observed_to, repeat_cents } => {
            let mut clock = Clock::new(Collapse::Day, None, None);
            let mut date = |at: usize| {
                let text = cell(at)?;
                clock.read(text).map_err(|error| bad_date(&header[at], text, error))
            };
            let dates = [date(first_date)?, date(last_date)?, date(observed_to)?];
            let text = cell(repeat_cents)?;
            let cents = Cents::from_digits(text)
                .map_err(|error| bad_amount(&header[repeat_cents], text, error))?;
            ProfileRow::from_dates(frequency, dates, cents, count)?
        }
    };
    Ok((columns.customer.map_or(Ok(""), cell)?, row))
}

#[cfg(test)]
mod tests {
    use edge_clv::Profile;

    use super::*;

    /// What comes through here needs no second look where it is scored.
    #[test]
    fn a_row_that_passes_keeps_every_rule_of_a_profile() {
        let values = [
            f64::NAN,
            f64::NEG_INFINITY,
            -1.0,
            -0.0,
            0.0,
            f64::MIN_POSITIVE,
            0.5,
            1.0,
            2.0,
            1e300,
            f64::INFINITY,
        ];
        let (mut passed, mut refused) = (0, 0);
        for frequency in values {
            for recency in values {
                for age in values {
                    for mean in values {
                        let numbers = [frequency, recency, age, mean];
                        let Ok((numbers, _)) = (ProfileRow { numbers, count: 1.0 }).checked()
                        else {
                            refused += 1;
                            continue;
                        };
                        passed += 1;
                        let mut table = RfmTable::default();
                        table.push_numbers(numbers, 1);
                        let mean = table.monetary_value_given()[0];
                        let mean = (!mean.is_nan()).then_some(mean);
                        let [frequency, recency, age, _] = numbers;
                        let profile = Profile::new(frequency, recency, age, mean);
                        assert!(profile.is_ok(), "{numbers:?}: {profile:?}");
                    }
                }
            }
        }
        assert!(passed > 0 && refused > 0);
    }
}
