//! The names of many customers.

/// Names by number, one after the other in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    text: String,
    ends: Vec<usize>,
}

impl Customers {
    /// Adds a name; its number is how many there were before.
    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    /// The name with this number; it must be below [`Customers::len`].
    pub fn get(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }
}
