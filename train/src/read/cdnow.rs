//! Reads the order log of CDNOW as it was published.

use std::io::{BufRead, BufReader, Read};

use super::bad_rows::Fault;
use super::csv::LONGEST_ROW;
use super::{bad_amount, bad_date};
use crate::{Cents, OrderReader, OrderRow, ReadError};

/// Reads lines of numbers between spaces, of which the last four are the customer, the day as
/// `YYYYMMDD`, units and currency: the layout of the CDNOW data, of the sample and of the whole.
pub fn read_cdnow(input: impl Read, reader: &mut OrderReader<'_>) -> Result<(), ReadError> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let mut rest = input.by_ref().take(LONGEST_ROW);
        if rest.read_until(b'\n', &mut line).map_err(ReadError::Io)? == 0 {
            return Ok(());
        }
        number += 1;
        if rest.limit() == 0 {
            return Err(ReadError::RowTooLong { line: number, most: LONGEST_ROW });
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            reader.take(number, Err(Fault::Encoding))?;
            continue;
        };
        let text = text.trim_start_matches('\u{feff}');
        let mut cells = text.split_ascii_whitespace().rev();
        let (Some(amount), Some(_), Some(date), Some(customer)) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            if !text.trim().is_empty() {
                let cells = text.split_ascii_whitespace().count();
                reader.take(number, Err(Fault::Cells { cells, expected: 4, lines: 1 }))?;
            }
            continue;
        };
        let at = reader.clock.read(date).map_err(|error| bad_date("date", date, error));
        let order = at.and_then(|at| {
            let parsed = amount.parse().map_err(|error| bad_amount("dollars", amount, error));
            Ok(OrderRow { customer, at, amount: parsed?, refund: Cents::default(), label: None })
        });
        reader.take(number, order)?;
    }
}
