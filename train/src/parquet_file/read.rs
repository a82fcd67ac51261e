//! Reads orders and profiles from Parquet.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use edge_clv_train::{
    CellFault, Clock, Collapse, Fault, Layout, MomentError, MoneyError, NamedColumns, OrderColumns,
    OrderIntake, OrderReader, OrderRow, ProfileColumns, ProfileReader, ProfileRow, Profiles,
    ReadError, RowCounts,
};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::column::Column;
use crate::commands::Progress;

/// So many rows of the columns are decoded at a time.
const ROWS: usize = 1 << 13;

/// A Parquet file whose footer has been read.
pub(crate) struct ParquetFile {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    names: Vec<String>,
    /// What shows how far the reading is, if anything does.
    progress: Option<Arc<Progress>>,
}

impl ParquetFile {
    /// Reads the footer.
    pub(crate) fn open(path: &Path, progress: Option<Arc<Progress>>) -> Result<Self, ReadError> {
        let reader = reader(path)?;
        let schema = reader.metadata().file_metadata().schema_descr();
        let names = schema.columns().iter().map(|column| column.path().string()).collect();
        Ok(Self { path: path.to_owned(), reader, names, progress })
    }

    /// The columns' names, those within others with theirs before.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Tells that a group was read.
    fn watch(&self, group: usize) {
        if let Some(progress) = &self.progress {
            let size = self.reader.metadata().row_group(group).compressed_size();
            progress.add(size.try_into().unwrap_or(0));
        }
    }

    fn row_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// Reads a row an order, on as many threads as there are processors.
    pub(crate) fn read_orders(
        &self,
        named: &NamedColumns,
        intake: &OrderIntake,
        mut clock: Clock,
        strict: bool,
    ) -> Result<RowCounts, ReadError> {
        let columns = OrderColumns::find(&self.names, None, named)?;
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
            let mut side = OrderReader::new(intake, clock.clone(), "row", strict);
            loop {
                let group = next.fetch_add(1, Ordering::Relaxed);
                let Some(&first) = firsts.get(group) else { break };
                self.read_order_group(&file, group, &columns, first, &mut side)
                    .map_err(|error| (first, error))?;
                self.watch(group);
            }
            side.finish().map_err(failed)
        };
        let threads = threads().min(firsts.len()).max(1);
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

    fn column(
        &self,
        file: &SerializedFileReader<File>,
        group: usize,
        column: usize,
    ) -> Result<Column, ReadError> {
        let schema = file.metadata().file_metadata().schema_descr();
        let description = schema.column(column);
        if description.max_rep_level() > 0 {
            let name = &self.names[column];
            return Err(ReadError::Other(format!("the column {name} holds lists, not values")));
        }
        let reader = file.get_row_group(group).and_then(|group| group.get_column_reader(column));
        Ok(Column::new(reader.map_err(unreadable)?, &description))
    }

    fn read_order_group(
        &self,
        file: &SerializedFileReader<File>,
        group: usize,
        columns: &OrderColumns,
        first: u64,
        side: &mut OrderReader<'_>,
    ) -> Result<(), ReadError> {
        let mut customers = self.column(file, group, columns.customer)?;
        let mut dates = self.column(file, group, columns.date)?;
        let mut amounts = self.column(file, group, columns.amount)?;
        let mut place = first;
        let mut room = String::new();
        loop {
            let rows = read_all([&mut customers, &mut dates, &mut amounts])?;
            if rows == 0 {
                return Ok(());
            }
            for row in 0..rows {
                place += 1;
                let order = order_of(
                    row,
                    &self.names,
                    columns,
                    [&customers, &dates, &amounts],
                    &mut side.clock,
                    &mut room,
                );
                side.take(place, order)?;
            }
        }
    }

    /// Reads a row a profile.
    pub(crate) fn read_profiles<E, F>(
        &self,
        columns: &ProfileColumns,
        reader: &mut ProfileReader<F>,
    ) -> Result<(), E>
    where
        E: From<ReadError>,
        F: FnMut(Profiles) -> Result<(), E>,
    {
        let mut place = 0;
        let mut room = String::new();
        for group in 0..self.row_groups() {
            let column = |at: usize| self.column(&self.reader, group, at);
            let some = |at: Option<usize>| at.map(column).transpose();
            let mut frequency = column(columns.frequency)?;
            let mut count = some(columns.count)?;
            let mut customer = some(columns.customer)?;
            let mut others = match columns.layout {
                Layout::Days { recency, T, monetary_value } => {
                    [Some(column(recency)?), Some(column(T)?), some(monetary_value)?, None]
                }
                Layout::Dates { first_date, last_date, observed_to, repeat_cents } => {
                    let columns = [first_date, last_date, observed_to, repeat_cents];
                    let [first, last, observed, cents] = columns.map(column);
                    [Some(first?), Some(last?), Some(observed?), Some(cents?)]
                }
            };
            loop {
                let given = others.iter_mut().chain([&mut count, &mut customer]).flatten();
                let rows = read_all([&mut frequency].into_iter().chain(given))?;
                if rows == 0 {
                    break;
                }
                for row in 0..rows {
                    place += 1;
                    let profile = self.profile_of(row, columns, &frequency, &others, &count);
                    let name =
                        customer.as_ref().map_or(Some(""), |names| names.text(row, &mut room));
                    let name = name.ok_or(Fault::Encoding);
                    reader.take(place, profile.and_then(|profile| Ok((name?, profile))))?;
                }
            }
            self.watch(group);
        }
        Ok(())
    }

    fn profile_of(
        &self,
        row: usize,
        columns: &ProfileColumns,
        frequency: &Column,
        others: &[Option<Column>; 4],
        count: &Option<Column>,
    ) -> Result<ProfileRow, Fault> {
        let number = |at: usize, column: &Column| {
            let reason = CellFault::Rule("is a number");
            column.number(row).ok_or_else(|| cell_fault(&self.names[at], column, row, reason))
        };
        let frequency = number(columns.frequency, frequency)?;
        let count = match (columns.count, count) {
            (Some(at), Some(count)) => number(at, count)?,
            _ => 1.0,
        };
        match (columns.layout, others) {
            (Layout::Days { recency, T, monetary_value }, [Some(r), Some(t), mean, _]) => {
                let mean = match (monetary_value, mean) {
                    (Some(at), Some(mean)) => number(at, mean)?,
                    _ => f64::NAN,
                };
                Ok(ProfileRow {
                    numbers: [frequency, number(recency, r)?, number(T, t)?, mean],
                    count,
                })
            }
            (
                Layout::Dates { first_date, last_date, observed_to, repeat_cents },
                [Some(first), Some(last), Some(observed), Some(cents)],
            ) => {
                let mut clock = Clock::new(Collapse::Day, None, None);
                let mut date = |at: usize, column: &Column| {
                    let date = column.moment(row, &mut clock);
                    date.map_err(|error| {
                        cell_fault(&self.names[at], column, row, CellFault::Date(error))
                    })
                };
                let dates = [
                    date(first_date, first)?,
                    date(last_date, last)?,
                    date(observed_to, observed)?,
                ];
                let cents = cents.money(row, true).map_err(|error| {
                    cell_fault(&self.names[repeat_cents], cents, row, CellFault::Amount(error))
                })?;
                ProfileRow::from_dates(frequency, dates, cents, count)
            }
            // The columns were opened for the layout.
            _ => Err(Fault::Encoding),
        }
    }
}

fn order_of<'a>(
    row: usize,
    names: &[String],
    columns: &OrderColumns,
    [customers, dates, amounts]: [&'a Column; 3],
    clock: &mut Clock,
    room: &'a mut String,
) -> Result<OrderRow<'a>, Fault> {
    let bad_date =
        |error: MomentError| cell_fault(&names[columns.date], dates, row, CellFault::Date(error));
    let bad_amount = |error: MoneyError| {
        cell_fault(&names[columns.amount], amounts, row, CellFault::Amount(error))
    };
    let at = dates.moment(row, clock).map_err(bad_date)?;
    let amount = amounts.money(row, columns.in_cents).map_err(bad_amount)?;
    let customer = customers.text(row, room).ok_or(Fault::Encoding)?;
    if customer.is_empty() {
        let reason = CellFault::NoCustomer;
        return Err(cell_fault(&names[columns.customer], customers, row, reason));
    }
    Ok(OrderRow { customer, at, amount, refund: Default::default() })
}

fn cell_fault(name: &str, column: &Column, row: usize, reason: CellFault) -> Fault {
    Fault::Cell { column: name.to_owned(), text: column.told(row), reason }
}

/// Reads the next rows of every column; returns how many there were.
fn read_all<'a>(columns: impl IntoIterator<Item = &'a mut Column>) -> Result<usize, ReadError> {
    let mut rows = None;
    for column in columns {
        let read = column.read(ROWS).map_err(unreadable)?;
        if *rows.get_or_insert(read) != read {
            return Err(damaged());
        }
    }
    Ok(rows.unwrap_or(0))
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, ReadError> {
    // Each thread has a file of its own: copies of one share their place in it.
    let file = File::open(path).map_err(ReadError::Io)?;
    SerializedFileReader::new(file).map_err(unreadable)
}

fn unreadable(error: ParquetError) -> ReadError {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => ReadError::Io(*error),
            Err(error) => ReadError::Other(format!("cannot be read as Parquet: {error}")),
        },
        error => ReadError::Other(format!(
            "cannot be read as Parquet: it is damaged, or was cut off ({error}); fetch it again"
        )),
    }
}

fn damaged() -> ReadError {
    ReadError::Other("cannot be read as Parquet: it is damaged; fetch it again".to_owned())
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
