//! What the module exports.

use std::cell::RefCell;

use edge_clv::Model;

use crate::instance::{Call, Instance, Status};

thread_local! {
    static INSTANCE: RefCell<Instance> = RefCell::default();
}

fn status(outcome: Result<usize, Status>) -> i32 {
    match outcome {
        // Rows that fit the memory fit this.
        Ok(count) => count as i32,
        Err(status) => status as i32,
    }
}

/// Exports functions by their names, where the module is one.
macro_rules! exports {
    ($(
        $(#[$about:meta])*
        fn $name:ident($($parameter:ident: $kind:ty),*) -> $result:ty $body:block
    )+) => {
        $(
            $(#[$about])*
            #[cfg_attr(target_family = "wasm", expect(unsafe_code, reason = "a name of one's own"))]
            #[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
            #[allow(non_snake_case)] // T is its name in every interface.
            pub extern "C" fn $name($($parameter: $kind),*) -> $result $body
        )+
    };
}

exports! {
    /// The version of this interface: 1. Whatever a later one adds, functions that stay do what
    /// they did.
    fn clv_abi() -> i32 { 1 }

    /// Makes room for so many bytes of columns, all zero, and returns its address; 0 if there is
    /// not as much memory, or for 0 bytes, which gives it back. What was there before is gone.
    fn clv_room(bytes: usize) -> usize {
        INSTANCE.with_borrow_mut(|instance| instance.room(bytes))
    }

    /// One quantity of one customer; NaN if a rule is broken or there is no such quantity.
    fn clv_predict(
        quantity: u32,
        frequency: f64,
        recency: f64,
        T: f64,
        monetary_value: f64,
        days: f64
    ) -> f64 {
        let numbers = [frequency, recency, T, monetary_value];
        let value = INSTANCE.with_borrow(|instance| instance.predict(quantity, numbers, days));
        value.unwrap_or(f64::NAN)
    }

    /// Columns of quantities of columns of customers; how many rows broke a rule, or a
    /// [`Status`].
    fn clv_predict_batch(
        rows: usize,
        frequency: usize,
        recency: usize,
        T: usize,
        monetary_value: usize,
        horizons: usize,
        horizon_count: usize,
        columns: u32,
        output: usize
    ) -> i32 {
        let call = Call {
            rows,
            frequency,
            recency,
            age: T,
            monetary_value,
            horizons,
            horizon_count,
            columns,
            output,
        };
        status(INSTANCE.with_borrow_mut(|instance| instance.predict_batch(&call)))
    }

    /// Takes a model's numbers in the place of the one at hand; 0, or a [`Status`], and then the
    /// model is the one that it was.
    fn clv_load(numbers: usize, count: usize) -> i32 {
        status(INSTANCE.with_borrow_mut(|instance| instance.load(numbers, count)).map(|()| 0))
    }

    /// The address of the text of the model file that is compiled in, in UTF-8.
    fn clv_model_file() -> usize {
        Model::BAKED_TEXT.as_ptr().addr()
    }

    /// The length of that text in bytes.
    fn clv_model_file_bytes() -> usize {
        Model::BAKED_TEXT.len()
    }
}
