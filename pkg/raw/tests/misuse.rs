//! Whatever a host hands over, an instance answers, and means only what is in its room.

use edge_clv::{Horizons, Model, Profile, Request};
use edge_clv_raw::{Call, Instance, Quantity, Status};

/// Numbers by mulberry32.
struct Draw(u32);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x6d2b_79f5);
        let mut t = self.0;
        t = (t ^ (t >> 15)).wrapping_mul(t | 1);
        t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
        (t ^ (t >> 14)) as usize % bound
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

const BYTES: usize = 4096;

/// A call that is in order: three customers at the beginning of the room, their horizon, and the
/// output behind.
fn call(room: usize) -> Call {
    Call {
        rows: 3,
        frequency: room,
        recency: room + 24,
        age: room + 48,
        monetary_value: 0,
        horizons: room + 1024,
        horizon_count: 0,
        columns: Quantity::ProbabilityAlive.bit(),
        output: room + 2048,
    }
}

#[test]
fn each_misuse_has_its_status() {
    let mut instance = Instance::default();
    let room = instance.room(BYTES);
    let good = call(room);
    assert_eq!(instance.predict_batch(&good), Ok(0));
    assert_eq!(instance.predict_batch(&Call { rows: 0, ..good }), Ok(0));
    let end = room + BYTES;
    for (what, status) in [
        (Call { rows: 250, ..good }, Ok(0)),
        (Call { rows: 251, ..good }, Err(Status::Address)),
        (Call { rows: usize::MAX, ..good }, Err(Status::Address)),
        (Call { rows: usize::MAX / 8 + 1, ..good }, Err(Status::Address)),
        (Call { frequency: 0, ..good }, Err(Status::Address)),
        (Call { frequency: room - 8, ..good }, Err(Status::Address)),
        (Call { frequency: room + 1, ..good }, Err(Status::Address)),
        (Call { recency: usize::MAX - 7, ..good }, Err(Status::Address)),
        (Call { age: end - 16, ..good }, Err(Status::Address)),
        (Call { monetary_value: 8, ..good }, Err(Status::Address)),
        (Call { output: room + 48, ..good }, Err(Status::Address)),
        (Call { output: room + 64, ..good }, Err(Status::Address)),
        (Call { output: room + 72, ..good }, Ok(0)),
        (Call { output: end - 24, ..good }, Ok(0)),
        (Call { output: end - 16, ..good }, Err(Status::Address)),
        (Call { columns: 0, ..good }, Err(Status::Columns)),
        (Call { columns: 128, ..good }, Err(Status::Columns)),
        (Call { columns: 129, ..good }, Ok(0)),
        (Call { columns: 257, ..good }, Err(Status::Columns)),
        (Call { columns: u32::MAX, ..good }, Err(Status::Columns)),
        (Call { horizon_count: 1, ..good }, Err(Status::Horizons)),
        (Call { columns: 4, ..good }, Err(Status::Horizons)),
        (Call { columns: 4, horizon_count: 13, ..good }, Err(Status::Horizons)),
        // Zero is no horizon.
        (Call { columns: 4, horizon_count: 1, ..good }, Err(Status::Horizons)),
        (Call { columns: 4, horizon_count: 1, horizons: end, ..good }, Err(Status::Address)),
    ] {
        assert_eq!(instance.predict_batch(&what), status, "{what:?}");
    }
    assert_eq!(instance.load(room, 9), Err(Status::Model));
    assert_eq!(instance.load(room, 11), Err(Status::Model));
    assert_eq!(instance.load(room, BYTES / 8), Err(Status::Model));
    assert_eq!(instance.load(room, BYTES / 8 + 1), Err(Status::Address));
    assert_eq!(instance.load(room, usize::MAX), Err(Status::Address));

    assert_eq!(instance.room(usize::MAX), 0);
    assert_eq!(instance.room(isize::MAX as usize - 7), 0);
    assert_eq!(instance.predict_batch(&good), Err(Status::Address), "that room is gone");
    assert_eq!(instance.room(0), 0);
    assert_eq!(instance.load(0, 0), Err(Status::Address));
}

/// Calls made up of what is right and what is not.
#[test]
fn any_call_is_answered() {
    let mut draw = Draw(1);
    let mut instance = Instance::default();
    let mut statuses = std::collections::HashMap::new();
    for _ in 0..50_000 {
        let room = instance.room(draw.one_of(&[8, 512, BYTES, BYTES]));
        let sizes = [0, 1, 3, 8, 15, 1 << 29, usize::MAX / 8 + 2, usize::MAX];
        let mut address = || {
            let odd = [0, 1, 7, room.wrapping_sub(8), usize::MAX, usize::MAX - 7];
            let offset = 8 * draw.below(600);
            if draw.below(16) == 0 { draw.one_of(&odd) } else { room.wrapping_add(offset % BYTES) }
        };
        let (frequency, recency, age) = (address(), address(), address());
        let (monetary_value, horizons, output) = (address(), address(), address());
        // Mostly behind the rest.
        let output = draw.one_of(&[output, room + BYTES - 64, room + BYTES - 128]);
        let call = Call {
            rows: draw.one_of(&sizes),
            frequency,
            recency,
            age,
            monetary_value: draw.one_of(&[0, monetary_value]),
            horizons,
            horizon_count: draw.one_of(&[0, 0, 0, 1, 12, 13, usize::MAX]),
            columns: draw.one_of(&[0, 1, 3, 32, 64, 67, 68, 127, 128, 195, 257]),
            output,
        };
        *statuses.entry(instance.predict_batch(&call).map(drop)).or_insert(0) += 1;
        let load = instance.load(call.recency, draw.one_of(&sizes));
        assert_ne!(load, Ok(()), "a room of zeros is no model");
    }
    // The default model discounts, and a model is not what was asked for.
    let all = [Ok(()), Err(Status::Address), Err(Status::Columns), Err(Status::Horizons)];
    assert!(all.iter().all(|status| statuses[status] > 1_000), "{statuses:?}");
}

#[test]
fn one_quantity_is_that_of_predict_or_nothing() {
    let odd = [0.0, -0.0, 1.0, -1.0, 1.5, 40.0, 1e9, 5e-324, f64::MAX, f64::INFINITY, f64::NAN];
    let instance = Instance::default();
    let model = Model::baked();
    let mut draw = Draw(2);
    let mut answered = 0;
    for _ in 0..20_000 {
        let [frequency, recency, age, amount, days] = std::array::from_fn(|_| draw.one_of(&odd));
        let which = draw.below(9) as u32;
        let got = instance.predict(which, [frequency, recency, age, amount], days);
        let amount = (!amount.is_nan()).then_some(amount);
        let expected = Profile::new(frequency, recency, age, amount).ok().and_then(|profile| {
            let horizons = Horizons::new(&[days]).ok();
            let request = Request { profile, horizons, residual: true };
            let answer = model.predict(&request).ok()?;
            let horizon = request.horizons.as_ref().map(|_| answer.horizons[0]);
            match which {
                0 => Some(answer.probability_alive),
                1 => Some(answer.expected_average_profit),
                2 => horizon.map(|horizon| horizon.expected_purchases),
                3 => horizon.map(|horizon| horizon.probability_of_purchase),
                4 => horizon.map(|horizon| horizon.customer_lifetime_value),
                5 => answer.residual_lifetime_value,
                6 => ["vip", "core", "low"]
                    .iter()
                    .position(|name| *name == answer.segment)
                    .map(|i| i as f64),
                _ => None,
            }
        });
        assert_eq!(got.map(f64::to_bits), expected.map(f64::to_bits));
        answered += u32::from(got.is_some());
    }
    assert!(answered > 500, "{answered}");
}
