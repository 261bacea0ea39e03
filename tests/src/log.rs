use std::{
    error::Error,
    fmt, io,
    sync::{Arc, Mutex},
};

use tracing::{Level, subscriber::DefaultGuard};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

/// Everything that this thread logged during the lifetime of the guard.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The log so far: spans with their fields, and events.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Everything that a program can print of values and errors.
#[derive(Debug, Default)]
pub struct Printed(String);

impl Printed {
    /// Adds the `Debug` output of a value.
    pub fn debug(&mut self, value: &impl fmt::Debug) {
        self.0.push_str(&format!("{value:?}\n{value:#?}\n"));
    }

    /// Adds an error and all its causes in every format.
    pub fn error(&mut self, error: &(impl Error + 'static)) {
        let mut next: Option<&dyn Error> = Some(error);
        while let Some(cause) = next {
            self.0.push_str(&format!("{cause}\n{cause:#}\n{cause:?}\n{cause:#?}\n"));
            next = cause.source();
        }
    }

    /// The output so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Records all log output of this thread, down to the finest level, until the guard is dropped.
#[must_use]
pub fn record() -> (Log, DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}
