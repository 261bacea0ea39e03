use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use sdk_core::AtomicFile;

use crate::{Error, Result};

/// A file that appears under its name only once it is complete.
///
/// Data is written to a temporary file in the same directory. [`commit`](Self::commit) syncs it to
/// the disk and renames it, so a reader sees either the old file or all of the new one. A file that
/// is dropped before that leaves no trace. If the path is a symbolic link, its target is replaced.
/// The new file has the permissions of the old one.
///
/// ```no_run
/// # fn main() -> Result<(), billing_focus::Error> {
/// # #[cfg(feature = "scaleway")] {
/// use billing_focus::{OutputFile, Schema, Version, Writer, scaleway};
///
/// let schema = Schema::new(Version::V1_2, scaleway::CONSUMPTION_COLUMNS);
/// let writer = Writer::csv(OutputFile::create("may.csv")?, schema)?;
/// // … write rows …
/// writer.finish()?.commit()?;
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct OutputFile {
    file: AtomicFile,
    path: PathBuf,
}

impl OutputFile {
    /// Creates the temporary file for `path`.
    ///
    /// # Errors
    ///
    /// Fails if the directory does not exist or is not writable, or if `path` is something other
    /// than a file.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let file = AtomicFile::create(&path).map_err(|error| failed(&path, error))?;
        Ok(Self { file, path })
    }

    /// Syncs the file to the disk and renames it.
    ///
    /// # Errors
    ///
    /// Fails if the disk is full or the directory has become unwritable. The old file is unchanged
    /// in these cases.
    pub fn commit(self) -> Result<()> {
        let Self { file, path } = self;
        file.commit().map_err(|error| failed(&path, error))
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::write(format!("cannot write `{}`", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_appears_when_it_is_complete() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("may.csv");
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(b"rows").unwrap();
        assert!(!path.exists());
        file.commit().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"rows");
    }

    #[test]
    fn error_names_the_path() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path(), &directory.path().join("no/file")] {
            let error = OutputFile::create(path).unwrap_err();
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
    }
}
