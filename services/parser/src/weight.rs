//! By how much the process grows while a document is read, as far as the system tells (Linux).

use std::fs;
use std::sync::{Arc, OnceLock};
use tokio::task::spawn_blocking;

/// Bytes of a unit in the system's list.
const UNIT_BYTES: u64 = 1024;

/// What the process had at a time, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weight {
    /// What it has in memory.
    resident: u64,
    /// The most that it ever had.
    peak: u64,
}

impl Weight {
    /// What the process has now. Reads a file of the system: not for async threads, and not for every document.
    pub(crate) fn now() -> Option<Self> {
        Self::read(&fs::read_to_string("/proc/self/status").ok()?)
    }

    fn read(status: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
            number.checked_mul(UNIT_BYTES)
        };
        Some(Self { resident: field("VmRSS:")?, peak: field("VmHWM:")? })
    }

    /// By how much the process grew until `later`, at least, and for a while. Where its peak has not risen, what happened in
    /// between is not known.
    pub(crate) fn growth(self, later: Self) -> u64 {
        let highest = if self.peak < later.peak { later.peak } else { later.resident };
        highest.saturating_sub(self.resident)
    }
}

/// Weighs the process while a document is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weighing(Arc<OnceLock<Weight>>);

impl Weighing {
    /// Notes what the process has before. On the thread that reads.
    pub(crate) fn begin(&self) {
        if let Some(weight) = Weight::now() {
            // Whoever begins first has the lower weight.
            let _ = self.0.set(weight);
        }
    }

    /// By how much it grew since; none where nothing was noted.
    pub(crate) async fn growth(&self) -> Option<u64> {
        let before = *self.0.get()?;
        let later = spawn_blocking(Weight::now).await.ok()??;
        Some(before.growth(later))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_up_to_a_new_peak_or_else_what_is_left_of_it() {
        let weight = |resident, peak| Weight { resident, peak };
        assert_eq!(weight(10, 12).growth(weight(11, 40)), 30);
        assert_eq!(weight(10, 50).growth(weight(15, 50)), 5);
        assert_eq!(weight(10, 50).growth(weight(5, 50)), 0);
    }

    #[test]
    fn the_list_of_the_system_is_read_or_nothing_is_known() {
        let status = "Name:\tgongkai\nVmHWM:\t   2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(Weight::read(status), Some(Weight { resident: 1 << 20, peak: 2 << 20 }));
        assert_eq!(Weight::read("VmRSS:\t1024 kB\n"), None);
        assert_eq!(Weight::read("VmHWM: x kB\nVmRSS: 1 kB"), None);
        if cfg!(target_os = "linux") {
            assert!(0 < Weight::now().unwrap().resident);
        }
    }
}
