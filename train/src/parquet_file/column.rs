//! A column of a Parquet file, some thousand values at a time.

use std::borrow::Cow;
use std::fmt::{self, Write};

use edge_clv_train::{Cents, Clock, Date, Moment, MomentError, MoneyError};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;

/// What the numbers of a column stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    /// Themselves.
    Plain,
    /// Days since 1970.
    Days,
    /// So many of them are a second since 1970, of UTC or of a local calendar.
    Time { per_second: i64, of_utc: bool },
    /// So many decimals are left out.
    Decimal { scale: u32 },
    /// An id of 16 bytes.
    Uuid,
}

impl Meaning {
    fn of(column: &ColumnDescriptor) -> Self {
        let per_second = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        };
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Self::Days,
            (Some(LogicalType::Timestamp(time)), _) => {
                let of_utc = time.is_adjusted_to_u_t_c;
                Self::Time { per_second: per_second(&time.unit), of_utc }
            }
            (None, ConvertedType::TIMESTAMP_MILLIS) => {
                Self::Time { per_second: 1_000, of_utc: true }
            }
            (None, ConvertedType::TIMESTAMP_MICROS) => {
                Self::Time { per_second: 1_000_000, of_utc: true }
            }
            (Some(LogicalType::Decimal(decimal)), _) => {
                Self::Decimal { scale: decimal.scale.max(0) as u32 }
            }
            (None, ConvertedType::DECIMAL) => {
                Self::Decimal { scale: column.type_scale().max(0) as u32 }
            }
            (Some(LogicalType::Uuid), _) => Self::Uuid,
            _ => Self::Plain,
        }
    }
}

/// The values that were read last, those that are null left out.
enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
    /// True and false are nothing we look for.
    Bool(Vec<bool>),
}

/// A column within a row group.
pub(super) struct Column {
    reader: ColumnReader,
    meaning: Meaning,
    values: Values,
    /// The definition levels; a value is there where they are `most`.
    levels: Vec<i16>,
    most: i16,
    /// By row, the place of its value; empty when all rows have one.
    places: Vec<Option<u32>>,
}

impl Column {
    pub(super) fn new(reader: ColumnReader, column: &ColumnDescriptor) -> Self {
        let values = match reader {
            ColumnReader::BoolColumnReader(_) => Values::Bool(Vec::new()),
            ColumnReader::Int32ColumnReader(_) => Values::Int32(Vec::new()),
            ColumnReader::Int64ColumnReader(_) => Values::Int64(Vec::new()),
            ColumnReader::Int96ColumnReader(_) => Values::Int96(Vec::new()),
            ColumnReader::FloatColumnReader(_) => Values::Float(Vec::new()),
            ColumnReader::DoubleColumnReader(_) => Values::Double(Vec::new()),
            ColumnReader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(_) => Values::Fixed(Vec::new()),
        };
        let (levels, places) = Default::default();
        let (meaning, most) = (Meaning::of(column), column.max_def_level());
        Self { reader, meaning, values, levels, most, places }
    }

    /// Reads the next rows, at most so many; returns how many there were.
    pub(super) fn read(&mut self, rows: usize) -> Result<usize> {
        macro_rules! next {
            ($($reader:ident $values:ident,)*) => {
                match (&mut self.reader, &mut self.values) {
                    $((ColumnReader::$reader(reader), Values::$values(values)) => {
                        values.clear();
                        // A page may end before all were read.
                        let mut read = 0;
                        while read < rows {
                            let levels = Some(&mut self.levels);
                            let (now, _, _) =
                                reader.read_records(rows - read, levels, None, values)?;
                            if now == 0 {
                                break;
                            }
                            read += now;
                        }
                        (read, values.len())
                    })*
                    // They were made for each other.
                    _ => (0, 0),
                }
            };
        }
        self.levels.clear();
        let (read, values) = next! {
            BoolColumnReader Bool,
            Int32ColumnReader Int32,
            Int64ColumnReader Int64,
            Int96ColumnReader Int96,
            FloatColumnReader Float,
            DoubleColumnReader Double,
            ByteArrayColumnReader Bytes,
            FixedLenByteArrayColumnReader Fixed,
        };
        self.places.clear();
        if values < read {
            let mut place = 0;
            self.places.extend(self.levels.iter().map(|&level| {
                (level == self.most).then(|| {
                    place += 1;
                    place - 1
                })
            }));
        }
        Ok(read)
    }

    /// Where a row's value is, if it has one.
    fn place(&self, row: usize) -> Option<usize> {
        match self.places.get(row) {
            Some(place) => place.map(|place| place as usize),
            None => Some(row),
        }
    }

    fn bytes(&self, place: usize) -> Option<&[u8]> {
        match &self.values {
            Values::Bytes(values) => Some(values[place].data()),
            Values::Fixed(values) => Some(values[place].data()),
            _ => None,
        }
    }

    fn is_text(&self) -> bool {
        matches!(self.values, Values::Bytes(_)) && self.meaning == Meaning::Plain
    }

    /// A number without fractions, or the digits of one with them.
    fn integer(&self, place: usize) -> Option<i128> {
        match &self.values {
            Values::Int32(values) => Some(values[place].into()),
            Values::Int64(values) => Some(values[place].into()),
            Values::Bytes(_) | Values::Fixed(_) => match self.meaning {
                Meaning::Decimal { .. } => big_endian(self.bytes(place)?),
                _ => None,
            },
            _ => None,
        }
    }

    fn float(&self, place: usize) -> Option<f64> {
        match &self.values {
            // What was meant is the shortest decimal number that reads as this one: 12345.67,
            // of which the nearest single is 12345.669921875.
            Values::Float(values) => values[place].to_string().parse().ok(),
            Values::Double(values) => Some(values[place]),
            _ => None,
        }
    }

    /// A row's value as text, in `room` if it has to be made; `None` if it is not UTF-8.
    pub(super) fn text<'a>(&'a self, row: usize, room: &'a mut String) -> Option<&'a str> {
        room.clear();
        let Some(place) = self.place(row) else { return Some("") };
        if self.is_text() {
            return std::str::from_utf8(self.bytes(place)?).ok().map(str::trim);
        }
        // Writing to a String does not fail.
        let _ = match (self.integer(place), self.float(place)) {
            (Some(number), _) => match self.meaning {
                Meaning::Decimal { scale } => write_decimal(room, number, scale),
                _ => write!(room, "{number}"),
            },
            (None, Some(number)) => write!(room, "{number}"),
            (None, None) => match self.bytes(place) {
                Some(bytes) => write_bytes(room, bytes, self.meaning == Meaning::Uuid),
                None => Ok(()),
            },
        };
        Some(room)
    }

    /// A row's value as text, bytes that are none replaced; in `room` if it has to be made.
    pub(super) fn lossy<'a>(&'a self, row: usize, room: &'a mut String) -> Cow<'a, str> {
        let bytes = self.place(row).and_then(|place| self.bytes(place)).unwrap_or_default();
        match self.text(row, room) {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(bytes),
        }
    }

    /// Nothing stands in a row.
    pub(super) fn is_empty(&self, row: usize) -> bool {
        match self.place(row) {
            None => true,
            Some(place) => {
                self.is_text() && self.bytes(place).is_some_and(|b| b.trim_ascii().is_empty())
            }
        }
    }

    /// A row's value as a time.
    pub(super) fn moment(&self, row: usize, clock: &mut Clock) -> Result<Moment, MomentError> {
        let place = self.place(row).ok_or(MomentError::Format)?;
        let no_such = MomentError::NoSuchDay;
        if let Values::Int96(values) = &self.values {
            return clock.epoch_second(values[place].to_nanos().div_euclid(1_000_000_000));
        }
        if let Some(number) = self.integer(place) {
            let number = i64::try_from(number).map_err(|_| no_such)?;
            return match self.meaning {
                Meaning::Days => {
                    let second = number.checked_mul(86_400).and_then(Moment::from_epoch);
                    clock.local_second(second.ok_or(no_such)?)
                }
                Meaning::Time { per_second, of_utc: true } => {
                    clock.epoch_second(number.div_euclid(per_second))
                }
                Meaning::Time { per_second, of_utc: false } => {
                    let second = Moment::from_epoch(number.div_euclid(per_second));
                    clock.local_second(second.ok_or(no_such)?)
                }
                Meaning::Plain => clock.read(&number.to_string()),
                Meaning::Decimal { .. } | Meaning::Uuid => Err(MomentError::Format),
            };
        }
        let bytes = self.bytes(place).ok_or(MomentError::Format)?;
        clock.read(std::str::from_utf8(bytes).map_err(|_| MomentError::Format)?.trim())
    }

    /// A row's value as money: currency, or cents.
    pub(super) fn money(&self, row: usize, in_cents: bool) -> Result<Cents, MoneyError> {
        self.amount(row, in_cents).map_err(|error| match error {
            MoneyError::Format | MoneyError::TooManyDecimals if in_cents => MoneyError::NotCents,
            error => error,
        })
    }

    fn amount(&self, row: usize, in_cents: bool) -> Result<Cents, MoneyError> {
        let place = self.place(row).ok_or(MoneyError::Format)?;
        if let Some(number) = self.integer(place) {
            let scale = match self.meaning {
                Meaning::Decimal { scale } => scale,
                Meaning::Plain => 0,
                Meaning::Days | Meaning::Time { .. } | Meaning::Uuid => {
                    return Err(MoneyError::Format);
                }
            };
            return decimal(number, scale, if in_cents { 0 } else { 2 });
        }
        if let Some(number) = self.float(place) {
            return Cents::from_currency(if in_cents { number / 100.0 } else { number });
        }
        let bytes = self.bytes(place).ok_or(MoneyError::Format)?;
        let text = std::str::from_utf8(bytes).map_err(|_| MoneyError::Format)?.trim();
        if in_cents {
            return Cents::from_digits(text);
        }
        text.parse()
    }

    /// A row's value as a number; NaN where there is none, `None` where it is something else.
    pub(super) fn number(&self, row: usize) -> Option<f64> {
        let Some(place) = self.place(row) else { return Some(f64::NAN) };
        // The two that our own files have, without the detour by wider numbers.
        match &self.values {
            Values::Double(values) => return Some(values[place]),
            Values::Int64(values) if self.meaning == Meaning::Plain => {
                return Some(values[place] as f64);
            }
            _ => {}
        }
        match (self.integer(place), self.meaning) {
            (Some(number), Meaning::Plain) => Some(number as f64),
            (Some(number), Meaning::Decimal { scale }) => {
                Some(number as f64 / 10_f64.powi(scale as i32))
            }
            (Some(_), _) => None,
            (None, _) => match self.float(place) {
                Some(number) => Some(number),
                None => std::str::from_utf8(self.bytes(place)?).ok()?.trim().parse().ok(),
            },
        }
    }

    /// A row's value in words, for messages.
    pub(super) fn told(&self, row: usize) -> String {
        let mut room = String::new();
        let day = self.place(row).and_then(|place| self.integer(place));
        if let (Meaning::Days, Some(day)) = (self.meaning, day) {
            let second = i64::try_from(day).ok().and_then(|day| day.checked_mul(86_400));
            if let Some(date) = second.and_then(Moment::from_epoch).map(Moment::date) {
                return Date::to_string(&date);
            }
        }
        self.text(row, &mut room).unwrap_or("\u{fffd}").to_owned()
    }
}

/// A number in two's complement, if within 128 bits.
fn big_endian(bytes: &[u8]) -> Option<i128> {
    // Engines with wider decimals store small numbers in as many bytes as large ones.
    let (wide, bytes) = bytes.split_at(bytes.len().saturating_sub(16));
    let sign = bytes.first().map_or(0, |byte| if byte & 0x80 == 0 { 0 } else { -1 });
    let number = bytes.iter().fold(sign, |number, &byte| number << 8 | i128::from(byte));
    wide.iter().all(|&byte| i128::from(byte as i8) == sign).then_some(number)
}

/// No engine has decimals of more digits. A file may say so all the same, and its zeros would
/// fill the memory.
const MOST_DIGITS: u32 = 76;

/// Writes `number / 10^scale` with all its decimals, as the engine that wrote it shows it.
fn write_decimal(room: &mut String, number: i128, scale: u32) -> fmt::Result {
    match scale {
        0 => write!(room, "{number}"),
        1..=MOST_DIGITS => {
            let sign = if number < 0 { "-" } else { "" };
            let scale = scale as usize;
            let digits = format!("{:0>1$}", number.unsigned_abs(), scale + 1);
            let (whole, decimals) = digits.split_at(digits.len() - scale);
            write!(room, "{sign}{whole}.{decimals}")
        }
        _ => write!(room, "{number}e-{scale}"),
    }
}

/// Writes bytes in hexadecimal digits, those of a UUID with its hyphens.
fn write_bytes(room: &mut String, bytes: &[u8], is_uuid: bool) -> fmt::Result {
    for (place, byte) in bytes.iter().enumerate() {
        if is_uuid && matches!(place, 4 | 6 | 8 | 10) {
            room.push('-');
        }
        write!(room, "{byte:02x}")?;
    }
    Ok(())
}

/// `number / 10^scale`, in 10^`decimals`-ths.
fn decimal(number: i128, scale: u32, decimals: u32) -> Result<Cents, MoneyError> {
    let cents = if scale <= decimals {
        number.checked_mul(10_i128.pow(decimals - scale)).ok_or(MoneyError::TooLarge)?
    } else {
        let Some(divisor) = 10_i128.checked_pow(scale - decimals) else {
            return Err(MoneyError::TooManyDecimals);
        };
        if number % divisor != 0 {
            return Err(MoneyError::TooManyDecimals);
        }
        number / divisor
    };
    i64::try_from(cents).ok().and_then(Cents::new).ok_or(MoneyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_whole_cents() {
        let cents = |number| Cents::new(number).ok_or(MoneyError::TooLarge);
        assert_eq!(decimal(2_933, 2, 2), cents(2_933));
        assert_eq!(decimal(293_300, 4, 2), cents(2_933));
        assert_eq!(decimal(293_301, 4, 2), Err(MoneyError::TooManyDecimals));
        assert_eq!(decimal(-5, 0, 2), cents(-500));
        assert_eq!(decimal(i128::MAX, 0, 2), Err(MoneyError::TooLarge));
        assert_eq!(decimal(0, 99, 2), Err(MoneyError::TooManyDecimals));
    }

    #[test]
    fn decimals_are_written_as_engines_show_them() {
        for (number, scale, expected) in [
            (12_345, 0, "12345"),
            (12_345, 2, "123.45"),
            (-5, 2, "-0.05"),
            (1_000, 3, "1.000"),
            (0, 1, "0.0"),
            (i128::MIN, 38, "-1.70141183460469231731687303715884105728"),
            (7, 2_147_483_647, "7e-2147483647"),
        ] {
            let mut room = String::new();
            write_decimal(&mut room, number, scale).unwrap();
            assert_eq!(room, expected);
        }
    }

    #[test]
    fn twos_complement() {
        assert_eq!(big_endian(&[0x0b, 0x75]), Some(2_933));
        assert_eq!(big_endian(&[0xff, 0xfe]), Some(-2));
        assert_eq!(big_endian(&[]), Some(0));
        assert_eq!(big_endian(&[0; 17]), Some(0));
        assert_eq!(big_endian(&[0xff; 32]), Some(-1));
        assert_eq!(big_endian(&i128::MIN.to_be_bytes()), Some(i128::MIN));
        let mut wide = [0; 17];
        wide[0] = 1;
        assert_eq!(big_endian(&wide), None);
        wide[..2].copy_from_slice(&[0, 0x80]);
        assert_eq!(big_endian(&wide), None);
        wide[..2].copy_from_slice(&[0xff, 0x7f]);
        assert_eq!(big_endian(&wide), None);
    }
}
