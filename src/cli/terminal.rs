//! The two streams: answers to stdout, the rest to stderr.

use std::io::{self, ErrorKind, Write};

/// Writes an answer to stdout. A reader who has seen enough and closed the pipe is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a line to stderr; if nobody can read it, there is nobody to tell.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
