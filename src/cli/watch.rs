//! What surrounds a run: its display, its clock, and Ctrl-C.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::cli::INTERRUPTED;
use crate::cli::progress::Display;
use crate::cli::terminal::tell;

/// Ctrl-C, caught.
#[derive(Debug)]
pub(crate) struct Interrupt {
    stop: Arc<AtomicBool>,
}

impl Interrupt {
    /// The first Ctrl-C from now on ends the run after the blocks begun; the second ends the program.
    pub(crate) fn catch() -> Result<Self, ctrlc::Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let handle = Arc::clone(&stop);
        ctrlc::set_handler(move || {
            if handle.swap(true, Ordering::Relaxed) {
                process::exit(i32::from(INTERRUPTED));
            }
            tell("stopping after the blocks of trials begun; Ctrl-C again leaves without results");
        })?;
        Ok(Interrupt { stop })
    }

    /// Starts the clock of a run with that display.
    pub(crate) fn watch(&self, display: Display) -> Watch {
        Watch { display, stop: Arc::clone(&self.stop), started: Instant::now() }
    }
}

/// A run being watched.
#[derive(Debug)]
pub(crate) struct Watch {
    /// What the user sees.
    pub(crate) display: Display,
    /// True once the user wants no further block of trials.
    pub(crate) stop: Arc<AtomicBool>,
    started: Instant,
}

impl Watch {
    /// Takes the display away; returns how long the run took.
    pub(crate) fn end(&self) -> Duration {
        self.display.finish();
        self.started.elapsed()
    }
}
