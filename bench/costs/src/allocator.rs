//! An allocator that counts what the server's threads take.

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

thread_local! {
    static IS_COUNTED: Cell<bool> = const { Cell::new(true) };
}

static ALLOCATED: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting(mimalloc::MiMalloc);

/// What has been allocated so far, in bytes, whatever was freed since.
pub fn allocated() -> u64 {
    ALLOCATED.load(Ordering::Relaxed)
}

/// The calling thread is not the server's.
pub fn leave_out_this_thread() {
    IS_COUNTED.set(false);
}

struct Counting(mimalloc::MiMalloc);

fn note(bytes: usize) {
    if IS_COUNTED.try_with(Cell::get).unwrap_or(false) {
        ALLOCATED.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

#[expect(unsafe_code, reason = "the trait is unsafe; each call is handed on as it came")]
// SAFETY: each call is handed on as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller keeps the contract.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size.saturating_sub(layout.size()));
        // SAFETY: the caller keeps the contract.
        unsafe { self.0.realloc(pointer, layout, size) }
    }
}
