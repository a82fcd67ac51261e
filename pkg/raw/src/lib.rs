#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod columns;
mod exports;
mod instance;
mod quantity;

pub use exports::*;
pub use instance::{Call, Instance, Status};
pub use quantity::Quantity;

/// The allocator of the npm package; little is allocated here, and rarely.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
