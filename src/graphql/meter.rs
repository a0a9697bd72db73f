//! What a request really came to, counted while it runs. `limits::cost` says beforehand what it may come to.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many objects make a point.
const NODES_A_POINT: u64 = 10;
/// What a search costs beyond what it finds, in points.
pub const SEARCH: u64 = 10;

/// What so many objects and further points come to, at least one.
pub fn points(objects: u64, further: u64) -> u64 {
    objects.div_ceil(NODES_A_POINT).saturating_add(further).max(1)
}

/// Counts what a request reads.
#[derive(Debug, Default)]
pub struct Meter {
    objects: AtomicU64,
    points: AtomicU64,
}

impl Meter {
    /// Notes so many objects of the data.
    pub fn objects(&self, count: usize) {
        self.objects.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Notes a count or a search.
    pub fn points(&self, points: u64) {
        self.points.fetch_add(points, Ordering::Relaxed);
    }

    /// What it came to so far, in points, and nothing where nothing was read.
    pub fn so_far(&self) -> u64 {
        let (objects, points) = (self.objects.load(Ordering::Relaxed), self.points.load(Ordering::Relaxed));
        if objects == 0 && points == 0 { 0 } else { self.cost() }
    }

    /// What it came to so far, in points, at least one.
    pub fn cost(&self) -> u64 {
        points(self.objects.load(Ordering::Relaxed), self.points.load(Ordering::Relaxed))
    }
}
