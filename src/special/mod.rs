//! Private special functions, one family a file.

pub(crate) mod alive;
pub(crate) mod elementary;
pub(crate) mod quadrature;
