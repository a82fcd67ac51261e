//! The core linked into a module without the standard library. Were it to use std, there
//! would be two panic handlers and this would not build; it is not meant to be run.

#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::ptr;

use edge_clv::{Input, Model, Profile};

/// A value from the core, so that it is linked and not only compiled.
#[unsafe(no_mangle)]
pub extern "C" fn expected_purchases(days: f64) -> f64 {
    let model = Model::read(Input::Other);
    #[cfg(feature = "baked")]
    let model = model.or(Ok::<_, edge_clv::Violations>(Model::baked()));
    model.map_or(f64::NAN, |model| model.bg_nbd().expected_purchases(&Profile::NEW, days))
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Has nothing to give.
struct NoMemory;

// SAFETY: a null pointer says that there is no memory, and none was given to be taken back.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static MEMORY: NoMemory = NoMemory;
