//! Private special functions, one family a file.

pub(crate) mod alive;
mod counts;
#[cfg(test)]
pub(crate) mod edges;
pub(crate) mod elementary;
pub(crate) mod lanes;
mod mixture;
mod quadrature;
mod series;
