//! What the operating system counts of this process.

use std::time::Duration;

use cpu_time::{ProcessTime, ThreadTime};

/// CPU time that the process has spent on all its threads, in user and system mode; none where the platform cannot tell.
#[must_use]
pub fn cpu_time() -> Option<Duration> {
    ProcessTime::try_now().ok().map(|time| time.as_duration())
}

/// CPU time that this thread has spent; none where the platform cannot tell.
pub(super) fn thread_cpu_time() -> Option<Duration> {
    ThreadTime::try_now().ok().map(|time| time.as_duration())
}

/// Largest resident memory of the process so far, in bytes; none where the platform cannot tell.
#[cfg(unix)]
#[must_use]
pub fn peak_memory() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // Apple counts bytes, others kibibytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1_024 };
    let counted = getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss();
    u64::try_from(counted).ok().filter(|counted| *counted > 0).map(|counted| counted * unit)
}

/// Largest resident memory of the process so far, in bytes; none where the platform cannot tell.
#[cfg(not(unix))]
#[must_use]
pub fn peak_memory() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_cpu_time_and_rest_takes_nearly_none() {
        let Some(before) = cpu_time() else { return };
        let mut word = 1_u64;
        (0..10_000_000_u64).for_each(|step| word = std::hint::black_box(word.wrapping_mul(step | 1)));
        assert!(cpu_time().unwrap() > before, "{word}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_of_memory_counts_in_bytes() {
        let room = std::hint::black_box(vec![1_u8; 64 << 20]);
        let peak = peak_memory().unwrap();
        assert!((64 << 20..1 << 40).contains(&peak), "{peak} for {}", room.len());
    }
}
