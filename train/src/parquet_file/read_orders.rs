//! Reads orders from Parquet.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use edge_clv_train::{
    CellFault, Cents, Clock, Fault, Format, LineKind, MomentError, MoneyError, NamedColumns,
    OrderAbove, OrderColumns, OrderIntake, OrderReader, OrderRow, ReadError, RowCounts,
};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::ParquetFile;
use super::column::Column;
use super::read::{ROWS, cell_fault, damaged, read_all, reader, unreadable};

impl ParquetFile {
    /// Reads a row an order, on as many threads as there are processors; but on one where a
    /// row may be a further line of the order above. Of a known format, further lines and orders
    /// that were not paid are counted apart.
    pub(crate) fn read_orders(
        &self,
        format: Option<Format>,
        named: &NamedColumns,
        intake: &OrderIntake,
        mut clock: Clock,
        strict: bool,
    ) -> Result<RowCounts, ReadError> {
        let columns = OrderColumns::find(&self.names, format, named)?;
        let mut firsts = Vec::with_capacity(self.row_groups());
        let mut rows = 0;
        for group in self.reader.metadata().row_groups() {
            firsts.push(rows);
            rows += group.num_rows() as u64;
        }
        self.fix_format(&columns, &mut clock)?;
        let next = AtomicUsize::new(0);
        let work = || -> Result<RowCounts, (u64, ReadError)> {
            let failed = |error| (0, error);
            let file = reader(&self.path).map_err(failed)?;
            let mut above = OrderAbove::none(&columns);
            let mut side = OrderReader::new(intake, clock.clone(), "row", strict);
            loop {
                let group = next.fetch_add(1, Ordering::Relaxed);
                let Some(&first) = firsts.get(group) else { break };
                let columns = OpenColumns::new(self, &file, group, &columns)
                    .map_err(|error| (first, error))?;
                columns
                    .read(&self.names, first, &mut above, &mut side)
                    .map_err(|error| (first, error))?;
                self.watch(group);
            }
            side.finish().map_err(failed)
        };
        let threads = if columns.number.is_some() { 1 } else { threads() };
        let threads = threads.min(firsts.len()).max(1);
        let sides: Vec<_> = thread::scope(|scope| {
            let sides: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            sides
                .into_iter()
                .map(|side| side.join().unwrap_or_else(|_| Err((0, damaged()))))
                .collect()
        });
        let mut counted = RowCounts::default();
        let mut first_error: Option<(u64, ReadError)> = None;
        for side in sides {
            match side {
                Ok(rows) => counted.merge(rows),
                Err((place, error)) => {
                    if first_error.as_ref().is_none_or(|(first, _)| place < *first) {
                        first_error = Some((place, error));
                    }
                }
            }
        }
        first_error.map_or(Ok(counted), |(_, error)| Err(error))
    }

    /// Lets the clock see the first date, so that all threads expect the same format.
    fn fix_format(&self, columns: &OrderColumns, clock: &mut Clock) -> Result<(), ReadError> {
        for group in 0..self.row_groups() {
            let mut dates = self.column(&self.reader, group, columns.date)?;
            let rows = dates.read(ROWS).map_err(unreadable)?;
            if (0..rows).any(|row| dates.moment(row, clock).is_ok()) {
                break;
            }
        }
        Ok(())
    }
}

/// The columns of orders within a row group.
struct OpenColumns<'a> {
    at: &'a OrderColumns,
    customer: Column,
    date: Column,
    amount: Column,
    refund: Option<Column>,
    status: Option<Column>,
    number: Option<Column>,
    label: Option<Column>,
}

impl<'a> OpenColumns<'a> {
    fn new(
        parquet: &ParquetFile,
        file: &SerializedFileReader<std::fs::File>,
        group: usize,
        at: &'a OrderColumns,
    ) -> Result<Self, ReadError> {
        let column = |at: usize| parquet.column(file, group, at);
        let some = |at: Option<usize>| at.map(column).transpose();
        Ok(Self {
            customer: column(at.customer)?,
            date: column(at.date)?,
            amount: column(at.amount)?,
            refund: some(at.refund)?,
            status: some(at.status)?,
            number: some(at.number)?,
            label: some(at.label)?,
            at,
        })
    }

    /// Takes in the group's rows, the first of which comes after the row `before`.
    fn read(
        mut self,
        names: &[String],
        before: u64,
        above: &mut OrderAbove<'_>,
        side: &mut OrderReader<'_>,
    ) -> Result<(), ReadError> {
        let mut place = before;
        let mut rooms = <[String; 5]>::default();
        loop {
            let Self { customer, date, amount, refund, status, number, label, .. } = &mut self;
            let others = [refund, status, number, label].into_iter().flatten();
            let rows = read_all([customer, date, amount].into_iter().chain(others))?;
            if rows == 0 {
                return Ok(());
            }
            for row in 0..rows {
                place += 1;
                let [customer, amount, number, status, label] = &mut rooms;
                let number = self.number.as_ref().map(|column| column.lossy(row, number));
                let status = self.status.as_ref().map(|column| column.lossy(row, status));
                // It is looked at beside a number alone.
                let amount = number.as_ref().map(|_| self.amount.lossy(row, amount));
                let amount = amount.as_deref().unwrap_or_default().as_bytes();
                let number = number.as_deref().map(str::as_bytes);
                match above.next(number, amount, status.as_deref()) {
                    LineKind::Further => side.further_line(),
                    LineKind::Unpaid => side.unpaid(),
                    LineKind::Order => {
                        let label = self.label.as_ref().map(|column| column.lossy(row, label));
                        let order = self.order_of(row, names, &mut side.clock, customer, label);
                        side.take(place, order)?;
                    }
                }
            }
        }
    }

    fn order_of<'r>(
        &'r self,
        row: usize,
        names: &[String],
        clock: &mut Clock,
        room: &'r mut String,
        label: Option<Cow<'r, str>>,
    ) -> Result<OrderRow<'r>, Fault> {
        let fault = |at: usize, column: &Column, reason: CellFault| {
            cell_fault(&names[at], column, row, reason)
        };
        let at = self.date.moment(row, clock).map_err(|error: MomentError| {
            fault(self.at.date, &self.date, CellFault::Date(error))
        })?;
        let amount = self.amount.money(row, self.at.in_cents).map_err(|error: MoneyError| {
            fault(self.at.amount, &self.amount, CellFault::Amount(error))
        })?;
        let refund = match (self.at.refund, &self.refund) {
            (Some(at), Some(column)) if !column.is_empty(row) => {
                let money = column.money(row, false);
                money.map_err(|error| fault(at, column, CellFault::Amount(error)))?
            }
            _ => Cents::default(),
        };
        let refund = if refund.is_negative() { -refund } else { refund };
        let customer = self.customer.text(row, room).ok_or(Fault::Encoding)?;
        if self.at.is_nobody(customer) {
            return Err(fault(self.at.customer, &self.customer, CellFault::NoCustomer));
        }
        Ok(OrderRow { customer, at, amount, refund, label })
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
