//! For tests: where one way of computing gives way to another.

use alloc::vec::Vec;

/// Neighbouring doubles between which `way` changes: one pair for every two of `steps` places,
/// spread by ratio over `from..to`, that differ.
pub(crate) fn edges<T: PartialEq>(
    from: f64,
    to: f64,
    steps: u32,
    way: impl Fn(f64) -> T,
) -> Vec<[f64; 2]> {
    let place = |i: u32| from * libm::pow(to / from, f64::from(i) / f64::from(steps));
    let halved = |i: u32| {
        let (mut low, mut high) = (place(i).to_bits(), place(i + 1).to_bits());
        let there = way(f64::from_bits(low));
        if there == way(f64::from_bits(high)) {
            return None;
        }
        while high - low > 1 {
            let middle = low.midpoint(high);
            if way(f64::from_bits(middle)) == there {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some([low, high].map(f64::from_bits))
    };
    (0..steps).filter_map(halved).collect()
}
