//! The customers that every contestant scores, made again alike in every run.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::run::root;

/// Frequency, recency, T and monetary value, which is 0 where there is no repeat purchase:
/// so the libraries that sum up orders write it.
pub(super) type Customer = [f64; 4];

/// Writes each population to a file: the four columns, one after the other, as
/// little-endian doubles.
pub(crate) fn write(folder: &Path, cdnow: usize, others: usize) -> Result<()> {
    let seen = seen()?;
    fs::create_dir_all(folder)?;
    let write = |name: &str, rows: usize, make: &dyn Fn(&mut Random) -> Customer| {
        let mut random = Random(1);
        let customers: Vec<Customer> = (0..rows).map(|_| make(&mut random)).collect();
        let cells = (0..4).flat_map(|column| customers.iter().map(move |row| row[column]));
        let bytes: Vec<u8> = cells.flat_map(f64::to_le_bytes).collect();
        fs::write(folder.join(format!("{name}.f64")), bytes)
    };
    write("cdnow", cdnow, &|random| fractional(random.one_of(&seen), random))?;
    write("repeat-heavy", others, &repeat_heavy)?;
    write("old", others, &|random| old(random.one_of(&seen), random))?;
    Ok(())
}

/// Customers like CDNOW's, each with days of its own.
pub(super) fn like_cdnow(customers: usize) -> Result<Vec<Customer>> {
    let (seen, mut random) = (seen()?, Random(1));
    Ok((0..customers).map(|_| fractional(random.one_of(&seen), &mut random)).collect())
}

/// Writes them as a table of profiles in CSV, each with a name.
pub(super) fn write_profiles(path: &Path, customers: &[Customer]) -> Result<()> {
    let file = fs::File::create(path).with_context(|| format!("cannot write {path:?}"))?;
    let mut file = BufWriter::new(file);
    writeln!(file, "customer,frequency,recency,T,monetary_value")?;
    for (row, [frequency, recency, age, money]) in customers.iter().enumerate() {
        let money = if *frequency > 0.0 { money.to_string() } else { String::new() };
        writeln!(file, "{row:08},{frequency},{recency},{age},{money}")?;
    }
    Ok(file.flush()?)
}

/// The customers of CDNOW.
fn seen() -> Result<Vec<Customer>> {
    let table = fs::read_to_string(root().join("data/cdnow-rfm.csv"))?;
    let row = |line: &str| {
        let mut cells = line.split(',').skip(1).map(|cell| match cell {
            "" => Ok(0.0),
            number => number.parse(),
        });
        let mut next = || cells.next().context("a row is broken off")?.context("no number");
        Ok([next()?, next()?, next()?, next()?])
    };
    table.lines().skip(1).map(row).collect()
}

/// Half a day earlier or later, so that few have their days in common.
fn fractional([frequency, recency, age, money]: Customer, random: &mut Random) -> Customer {
    let age = age + random.between(-0.5, 0.5);
    let recency = (recency + random.between(-0.5, 0.5)).min(age);
    customer(frequency, recency, age, money * random.between(0.9, 1.1))
}

/// 64 to 200 repeat purchases within a year: more than the tables have cells for.
fn repeat_heavy(random: &mut Random) -> Customer {
    let frequency = 64.0 + random.below(137) as f64;
    let age = random.between(180.0, 365.0);
    customer(frequency, age * random.between(0.0, 1.0), age, random.between(5.0, 100.0))
}

/// As many purchases as a customer of CDNOW, over more days than the tables have cells for:
/// these end at 2^16 alpha, two million days.
fn old([frequency, _, _, money]: Customer, random: &mut Random) -> Customer {
    let age = random.between(2.2e6, 4e6);
    customer(frequency, age * random.between(0.0, 1.0), age, money)
}

/// Who has bought once has neither recency nor monetary value.
fn customer(frequency: f64, recency: f64, age: f64, money: f64) -> Customer {
    if frequency > 0.0 { [frequency, recency, age, money] } else { [0.0, 0.0, age, 0.0] }
}

/// SplitMix64, which is integers only.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The remainder favours nobody by more than a billionth.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn one_of(&mut self, customers: &[Customer]) -> Customer {
        customers[self.below(customers.len())]
    }

    /// Above `from`, and up to `to`: no recency is 0 by chance.
    fn between(&mut self, from: f64, to: f64) -> f64 {
        let fraction = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        to - fraction * (to - from)
    }
}
