use std::{
    io::{self, Stdout, Write},
    path::Path,
};

use billing_focus::OutputFile;

use super::Failure;

/// Destination of the rows.
pub(crate) enum Output {
    Stdout(Stdout),
    File(OutputFile),
}

impl Output {
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        Ok(match path {
            None => Self::Stdout(io::stdout()),
            Some(path) => Self::File(OutputFile::create(path)?),
        })
    }

    /// Completes the output: a file gets its name.
    pub(crate) fn commit(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut stdout) => Ok(stdout.flush()?),
            Self::File(file) => Ok(file.commit()?),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::File(file) => file.flush(),
        }
    }
}
