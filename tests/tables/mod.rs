//! Reading the tables of `data/` and `tests/golden/`.

#![allow(dead_code, unreachable_pub)] // each test uses some of it

use std::path::{Path, PathBuf};

use edge_clv::Profile;

/// A file of this repository.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a file of this repository.
pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// A table with a header; its cells hold no quotes.
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn read(name: &str) -> Table {
        let text = text(name);
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect());
        let header = lines.next().unwrap_or_default();
        Table { header, rows: lines.collect() }
    }

    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { header: &self.header, cells })
    }
}

#[derive(Clone, Copy)]
pub struct Row<'t> {
    header: &'t [String],
    cells: &'t [String],
}

impl Row<'_> {
    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    pub fn text(&self, column: &str) -> &str {
        let i = self.header.iter().position(|name| name == column);
        &self.cells[i.unwrap_or_else(|| panic!("no column {column}"))]
    }

    /// The number; `None` where the cell is empty.
    pub fn get(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!text.is_empty())
            .then(|| text.parse().unwrap_or_else(|why| panic!("{column}: {text}: {why}")))
    }

    pub fn number(&self, column: &str) -> f64 {
        self.get(column).unwrap_or_else(|| panic!("{column} is empty"))
    }

    /// The customer; a monetary value that the table does not have is not known.
    pub fn profile(&self) -> Profile {
        let [frequency, recency, age] = ["frequency", "recency", "T"].map(|name| self.number(name));
        let monetary_value = self.has("monetary_value").then(|| self.get("monetary_value"));
        Profile::new(frequency, recency, age, monetary_value.flatten()).unwrap()
    }

    pub fn describe(&self) -> String {
        self.header.iter().zip(self.cells).map(|(name, cell)| format!("{name}={cell} ")).collect()
    }
}
