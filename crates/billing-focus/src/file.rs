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
            sync(directory(&target));
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
    let target = target(path)?;
    let permissions = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        Ok(old) => Some(old.permissions()),
        Err(_) => None,
    };
    let directory = directory(&target);
    if !directory.is_dir() {
        let message = format!("there is no directory `{}`", directory.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        // The umask of the process applies, as to every newly created file.
        let mode = permissions.as_ref().map_or(0o666, |old| old.mode() & 0o777);
        builder.permissions(Permissions::from_mode(mode));
    }
    let file = builder.prefix(".partial-").tempfile_in(directory)?;
    Ok(OutputFile { file: BufWriter::new(file), target, permissions })
}

/// The file that a path means: at the end of a chain of links, even if nothing is there.
fn target(path: &Path) -> io::Result<PathBuf> {
    // As many as Linux follows.
    const MOST_LINKS: usize = 40;
    if let Ok(target) = fs::canonicalize(path) {
        return Ok(target);
    }
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(link) = fs::read_link(&target) else { return Ok(target) };
        target = directory(&target).join(link);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link that leads to itself"))
}

fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// Puts the new name on the disk, too. Where a directory cannot be opened or synced, the system
/// decides when.
fn sync(directory: &Path) {
    if cfg!(unix) {
        let _ = fs::File::open(directory).and_then(|directory| directory.sync_all());
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
        symlink("there", directory.path().join("here")).unwrap();
        symlink("here", directory.path().join("there")).unwrap();
        let error = OutputFile::create(directory.path().join("here")).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("leads to itself"), "{cause}");
    }

    #[test]
    fn nobody_reads_the_new_file_who_could_not_read_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("may.csv");
        write(&path, b"old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let file = OutputFile::create(&path).unwrap();
        let mode = file.file.get_ref().as_file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn links_are_followed_to_where_nothing_is_yet() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("other")).unwrap();
        symlink("other/second", at("first")).unwrap();
        symlink("third", at("other/second")).unwrap();
        write(&at("first"), b"new").unwrap();
        assert_eq!(fs::read(at("other/third")).unwrap(), b"new");
        assert!(fs::symlink_metadata(at("first")).unwrap().is_symlink());
    }
}
