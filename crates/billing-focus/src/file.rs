use std::{
    fs::{self, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{Error, Result};

/// A file that takes its name only when it is complete.
///
/// What is written goes to a temporary file in the same directory. [`commit`](Self::commit) puts it
/// on the disk and gives it its name; a reader sees the old file or all of the new one. A file that
/// is dropped before leaves no trace. Where the path is a symbolic link, the file that it points to
/// is replaced; a file that is replaced keeps its permissions.
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
    file: BufWriter<NamedTempFile>,
    target: PathBuf,
    permissions: Option<Permissions>,
}

impl OutputFile {
    /// Creates the temporary file for `path`.
    ///
    /// # Errors
    ///
    /// Fails if the directory does not exist or is not writable, or if `path` is something other
    /// than a file.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        create(path).map_err(|error| failed(path, error))
    }

    /// Puts the file on the disk and gives it its name.
    ///
    /// # Errors
    ///
    /// Fails if the disk is full or the directory has become unwritable. What was at the path is
    /// untouched then.
    pub fn commit(self) -> Result<()> {
        let Self { file, target, permissions } = self;
        let commit = || {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            if let Some(permissions) = permissions {
                file.as_file().set_permissions(permissions)?;
            }
            file.as_file().sync_all()?;
            file.persist(&target)?;
            Ok(())
        };
        commit().map_err(|error| failed(&target, error))
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

fn create(path: &Path) -> io::Result<OutputFile> {
    let target = target(path);
    let permissions = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        Ok(old) => Some(old.permissions()),
        Err(_) => None,
    };
    let mut builder = tempfile::Builder::new();
    // As any newly created file: the umask of the process applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let file = builder.prefix(".partial-").tempfile_in(directory(&target))?;
    Ok(OutputFile { file: BufWriter::new(file), target, permissions })
}

/// The file that a path means: where it is a link, what that points to, even if nothing is there.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| {
            fs::read_link(path).map(|link| match path.parent() {
                Some(directory) => directory.join(link),
                None => link,
            })
        })
        .unwrap_or_else(|_| path.to_owned())
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::write(format!("cannot write `{}`", path.display()), error)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn write(path: &Path, content: &[u8]) -> Result<()> {
        let mut file = OutputFile::create(path)?;
        file.write_all(content)?;
        file.commit()
    }

    #[test]
    fn a_file_appears_when_it_is_complete() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("may.csv");
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(directory.path().read_dir().unwrap().count(), 0, "nothing is left behind");

        write(&path, b"old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        symlink("may.csv", directory.path().join("link")).unwrap();
        write(&directory.path().join("link"), b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.path().read_dir().unwrap().count(), 2);
    }

    #[test]
    fn what_is_not_a_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        for path in [directory.path(), Path::new("/dev/null"), &directory.path().join("no/file")] {
            let error = OutputFile::create(path).unwrap_err();
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        }
    }
}
