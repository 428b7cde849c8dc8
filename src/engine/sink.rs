//! Rows of trials, made by the workers and handed on in the order of trials.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::engine::Outcomes;

/// Keeps a row of every trial, in a form of its own.
///
/// The rows of a block are made by the worker that runs it; blocks then come one at a time in the order of their trials, so
/// that a file can be written while the run goes on, the same on any number of threads.
pub trait TrialSink: Sync {
    /// Appends the row of a trial to those of its block; called from any thread.
    fn row(&self, trial: u64, outcomes: Outcomes<'_>, rows: &mut Vec<u8>);

    /// Keeps the rows of the next block.
    ///
    /// # Errors
    /// Whatever keeps the rows from being kept; it ends the run.
    fn write(&self, rows: &[u8]) -> io::Result<()>;
}

/// Blocks on their way to a sink. One that comes too early waits, with at most `room` blocks between it and the next.
pub(super) struct Queue<'a> {
    sink: &'a dyn TrialSink,
    room: u64,
    waiting: Mutex<Waiting>,
    /// The next block is another, or none is taken any more.
    moved: Condvar,
}

struct Waiting {
    next: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
    closed: bool,
}

impl<'a> Queue<'a> {
    /// A queue to `sink` from block `next` on.
    pub(super) fn new(sink: &'a dyn TrialSink, next: u64, room: u64) -> Self {
        let waiting = Waiting { next, blocks: BTreeMap::new(), closed: false };
        Queue { sink, room, waiting: Mutex::new(waiting), moved: Condvar::new() }
    }

    /// The sink at its end.
    pub(super) fn sink(&self) -> &'a dyn TrialSink {
        self.sink
    }

    /// Takes the rows of a block, and hands on all that are due; waits where they come too early.
    ///
    /// Every block below must have been begun, or this waits for ever.
    pub(super) fn hand(&self, block: u64, rows: Vec<u8>) -> io::Result<()> {
        let early = |waiting: &mut Waiting| !waiting.closed && block >= waiting.next + self.room;
        let mut waiting = self.moved.wait_while(self.lock(), early).unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return Ok(());
        }
        waiting.blocks.insert(block, rows);
        loop {
            let next = waiting.next;
            let Some(rows) = waiting.blocks.remove(&next) else { break };
            self.sink.write(&rows)?;
            waiting.next += 1;
        }
        self.moved.notify_all();
        Ok(())
    }

    /// Takes no more blocks and lets go who waits.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.moved.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps all bytes.
    #[derive(Default)]
    struct Kept(Mutex<Vec<u8>>);

    impl TrialSink for Kept {
        fn row(&self, _trial: u64, _outcomes: Outcomes<'_>, _rows: &mut Vec<u8>) {}

        fn write(&self, rows: &[u8]) -> io::Result<()> {
            self.0.lock().unwrap().extend(rows);
            Ok(())
        }
    }

    #[test]
    fn blocks_leave_in_order_and_nobody_runs_far_ahead() {
        let kept = Kept::default();
        let queue = Queue::new(&kept, 5, 2);
        std::thread::scope(|scope| {
            scope.spawn(|| queue.hand(8, vec![8]).unwrap());
            queue.hand(6, vec![6]).unwrap();
            assert!(kept.0.lock().unwrap().is_empty(), "5 has not come");
            assert!(queue.lock().blocks.keys().eq([&6]), "8 must wait");
            queue.hand(5, vec![5]).unwrap();
            queue.hand(7, vec![7]).unwrap();
        });
        assert_eq!(kept.0.into_inner().unwrap(), [5, 6, 7, 8]);
    }

    #[test]
    fn a_closed_queue_lets_go_who_waits() {
        let kept = Kept::default();
        let queue = Queue::new(&kept, 0, 1);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| queue.hand(9, vec![9]));
            queue.close();
            waiter.join().unwrap().unwrap();
        });
        assert!(kept.0.into_inner().unwrap().is_empty());
    }
}
