//! Writes simulated orders as CSV text.

use std::io::{self, Write};

use crate::{Cents, Date, SimulatedPurchase};

/// Writes an order log as `clv` reads it: customers numbered from 1, days counted from
/// `start`, amounts in whole cents, at least one. Returns how many orders there are.
///
/// # Errors
/// Where `output` has one.
pub fn write_simulated_csv(
    customers: impl Iterator<Item = Vec<SimulatedPurchase>>,
    start: Date,
    output: impl Write,
) -> io::Result<u64> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(["customer", "date", "amount"])?;
    let mut orders = 0;
    for (number, purchases) in (1_u64..).zip(customers) {
        let customer = number.to_string();
        for SimulatedPurchase { at, amount } in purchases {
            let date = start.after(at as u32);
            // Far below and above what a model of somebody's shop draws.
            let cents = Cents::new((amount * 100.0).round().max(1.0) as i64).unwrap_or(Cents::MAX);
            writer.write_record([&customer, &date.to_string(), &cents.to_string()])?;
            orders += 1;
        }
    }
    writer.flush()?;
    Ok(orders)
}
