use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use tokio::runtime::Handle;

use crate::{Error, ErrorKind, Result};

/// Writes a file atomically: `path` has either its old content or all of the new content, even if
/// the program is killed in between.
///
/// The bytes are written to a temporary file in the same folder and synced to the disk before the
/// file is renamed. If `path` is a symbolic link, its target is replaced. The new file has the
/// permissions of the old one, and the temporary file never has more.
///
/// If the returned future is dropped before it completes, `path` is not replaced later. A process
/// that is killed while saving may leave a temporary file behind, whose name starts with
/// `.partial-`. It is safe to delete.
///
/// # Errors
///
/// Fails if the folder does not exist or is not writable, if the disk is full, if `path` is not a
/// regular file, or if there is no Tokio runtime. The old content of `path` is unchanged in these
/// cases.
pub async fn save_atomically(path: impl AsRef<Path>, content: Bytes) -> Result<()> {
    PartialFile::create(path.as_ref()).await?.write(content).await?.finish().await
}

/// The number of names that are tried for a temporary file.
const MOST_NAMES: u32 = 16;

/// A file that gets its name only when it is complete. Dropped earlier, it leaves nothing behind.
pub(crate) struct PartialFile {
    file: AtomicFile,
    shown: String,
}

impl PartialFile {
    /// Opens a temporary file beside `path`.
    pub(crate) async fn create(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let shown = path.display().to_string();
        let file = blocking(&shown, move || AtomicFile::create(path)).await?;
        Ok(Self { file, shown })
    }

    pub(crate) async fn write(mut self, content: Bytes) -> Result<Self> {
        let shown = self.shown.clone();
        blocking(&shown, move || self.file.write_all(&content).map(|()| self)).await
    }

    /// Syncs the file and renames it, unless this future is dropped first.
    pub(crate) async fn finish(self) -> Result<()> {
        let wanted = Wanted(Arc::new(Mutex::new(true)));
        let shared = Arc::clone(&wanted.0);
        blocking(&self.shown, move || self.file.commit_while(&shared)).await
    }
}

/// Permission to rename a file, which ends when this is dropped.
struct Wanted(Arc<Mutex<bool>>);

impl Drop for Wanted {
    fn drop(&mut self) {
        // A thread that is renaming holds the lock. Afterwards the rename is either done or never
        // happens.
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

async fn blocking<T: Send + 'static>(
    shown: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(io::Error::other),
        Err(error) => Err(io::Error::other(error)),
    };
    done.unwrap_or_else(Err).map_err(|error| {
        let message = format!("cannot save `{shown}`: {error}");
        Error::new(ErrorKind::File, message).with_source(error)
    })
}

/// A file that gets its name only when it is complete.
///
/// Data is written to a temporary file in the same folder. [`commit`](Self::commit) syncs it to the
/// disk and renames it, so a reader sees either the old content or all of the new content. A file
/// that is dropped before that leaves nothing behind. Links, permissions and leftover files are
/// handled as by [`save_atomically`].
///
/// These methods block the thread. In asynchronous code, use [`save_atomically`], or a blocking
/// thread.
///
/// ```
/// # use sdk_core::AtomicFile;
/// use std::io::Write as _;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("may.csv");
/// let mut file = AtomicFile::create(&path)?;
/// file.write_all(b"id,amount\n")?;
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"id,amount\n");
/// # Ok::<_, std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    file: BufWriter<Temporary>,
    target: PathBuf,
    /// The permissions of the file that it replaces.
    permissions: Option<Permissions>,
}

impl AtomicFile {
    /// Creates the temporary file for `path`.
    ///
    /// # Errors
    ///
    /// Fails if the folder does not exist or is not writable, or if `path` is something other than
    /// a file.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let target = target(path.as_ref())?;
        let permissions = match fs::metadata(&target) {
            Ok(old) if !old.is_file() => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "it is not a regular file",
                ));
            }
            Ok(old) => Some(old.permissions()),
            Err(_) => None,
        };
        let folder = folder(&target);
        if !folder.is_dir() {
            let message = format!("there is no folder `{}`", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        let file = Temporary::create(folder, permissions.as_ref())?;
        Ok(Self { file: BufWriter::new(file), target, permissions })
    }

    /// Syncs the file to the disk and renames it.
    ///
    /// # Errors
    ///
    /// Fails if the disk is full or the folder has become unwritable. The old content of the file
    /// is unchanged in these cases.
    pub fn commit(self) -> io::Result<()> {
        self.commit_while(&Mutex::new(true))
    }

    /// Same as [`commit`](Self::commit), but fails if the file is no longer wanted.
    fn commit_while(self, wanted: &Mutex<bool>) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(permissions) = self.permissions {
            file.file.set_permissions(permissions)?;
        }
        file.file.sync_all()?;
        {
            let wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
            if !*wanted {
                return Err(io::Error::new(io::ErrorKind::Interrupted, "nobody waits for it"));
            }
            file.rename(&self.target)?;
        }
        sync_folder(folder(&self.target));
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file with a name of its own, which is deleted unless it is renamed.
#[derive(Debug)]
struct Temporary {
    file: File,
    /// `None` once it is renamed.
    path: Option<PathBuf>,
}

impl Temporary {
    /// Creates a file whose permissions are among these. For a new file, the process's umask applies
    /// alone.
    #[cfg_attr(not(unix), allow(unused_variables, reason = "only Unix creates files with a mode"))]
    fn create(folder: &Path, permissions: Option<&Permissions>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

            options.mode(permissions.map_or(0o666, |old| old.mode() & 0o777));
        }
        let mut tries = 1..=MOST_NAMES;
        loop {
            let path = folder.join(format!(".partial-{:016x}", fastrand::u64(..)));
            match options.open(&path) {
                Ok(file) => return Ok(Self { file, path: Some(path) }),
                // Another file has this name.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    tries.next().ok_or(error)?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn rename(mut self, target: &Path) -> io::Result<()> {
        if let Some(path) = &self.path {
            fs::rename(path, target)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(error) = fs::remove_file(path)
        {
            tracing::debug!(%error, "a temporary file cannot be deleted");
        }
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Syncs the rename. If the folder cannot be opened or synced, the system decides when.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Err(error) = fs::File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::debug!(%error, "the folder of a saved file cannot be synced");
    }
}

/// Returns the file at the end of a chain of links, even if it does not exist.
fn target(path: &Path) -> io::Result<PathBuf> {
    // The same limit as Linux.
    const MOST_LINKS: usize = 40;
    if let Ok(target) = fs::canonicalize(path) {
        return Ok(target);
    }
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(link) = fs::read_link(&target) else { return Ok(target) };
        target = folder(&target).join(link);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link that leads to itself"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn write(path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = AtomicFile::create(path)?;
        file.write_all(content)?;
        file.commit()
    }

    #[test]
    fn file_is_replaced_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoice.pdf");
        write(&path, b"old").unwrap();
        let mode = fs::metadata(&path).unwrap().mode() & 0o777;
        assert_eq!(mode & 0o600, 0o600, "{mode:o}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let mut reader = fs::File::open(&path).unwrap();

        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600, "keeps its permissions");
        let mut old = Vec::new();
        io::Read::read_to_end(&mut reader, &mut old).unwrap();
        assert_eq!(old, b"old", "who has the old file open still reads that");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn link_is_kept_and_non_file_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("real", at("link")).unwrap();
        for content in [b"one", b"two"] {
            write(&at("link"), content).unwrap();
            assert_eq!(fs::read(at("real")).unwrap(), content);
            assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        }
        for path in [folder.path(), Path::new("/dev/null"), Path::new("/")] {
            assert!(write(path, b"x").unwrap_err().to_string().contains("not a regular file"));
        }
        let error = write(&at("missing/file"), b"x").unwrap_err().to_string();
        assert_eq!(error, format!("there is no folder `{}`", at("missing").display()));
        assert!(write(Path::new(""), b"x").is_err());
    }

    #[test]
    fn temporary_file_never_has_more_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoice.pdf");
        let usual = folder.path().join("usual");
        fs::write(&usual, b"").unwrap();
        let mode = |metadata: io::Result<fs::Metadata>| metadata.unwrap().mode() & 0o777;
        let temporary = || AtomicFile::create(&path).unwrap().file.get_ref().file.metadata();
        assert_eq!(mode(temporary()), mode(fs::metadata(&usual)), "a new file follows the umask");
        for expected in [0o600, 0o640, 0o400, 0o755] {
            fs::write(&path, b"old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(expected)).unwrap();
            assert_eq!(mode(temporary()) & !expected, 0, "{expected:o}");
            write(&path, b"new").unwrap();
            assert_eq!(mode(fs::metadata(&path)), expected);
            fs::remove_file(&path).unwrap();
        }
    }

    #[tokio::test]
    async fn saved_file_has_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoice.pdf");
        for content in ["old", "new"] {
            save_atomically(&path, content.into()).await.unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[test]
    fn flushed_bytes_are_in_the_temporary_file() {
        let temporary = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(temporary.path().join("a.csv")).unwrap();
        file.write_all(b"id\n").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read(file.file.get_ref().path.as_ref().unwrap()).unwrap(), b"id\n");
        assert_eq!(folder(Path::new("a.csv")), Path::new("."), "a name alone");
        assert_eq!(folder(Path::new("b/a.csv")), Path::new("b"));
    }

    #[test]
    fn chain_of_links_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("other")).unwrap();
        symlink("other/second", at("first")).unwrap();
        symlink("third", at("other/second")).unwrap();
        symlink(at("real"), at("other/third")).unwrap();
        for content in [b"one", b"two"] {
            write(&at("first"), content).unwrap();
            assert_eq!(fs::read(at("real")).unwrap(), content);
        }
        for link in ["first", "other/second", "other/third"] {
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
        }
        symlink("there", at("here")).unwrap();
        symlink("here", at("there")).unwrap();
        let error = write(&at("here"), b"x").unwrap_err().to_string();
        assert!(error.contains("leads to itself"), "{error}");
    }

    #[test]
    fn dropped_save_does_not_rename_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoice.pdf");
        fs::write(&path, b"newer").unwrap();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let file = PartialFile::create(&path).await.unwrap();
            let file = file.write(Bytes::from_static(b"older")).await.unwrap();
            // The only file thread is busy until this is dropped.
            let (busy, idle) = std::sync::mpsc::channel::<()>();
            let thread = tokio::task::spawn_blocking(move || idle.recv().unwrap_err());
            {
                let mut save = std::pin::pin!(file.finish());
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(save.as_mut().poll(&mut context).is_pending());
            }
            drop(busy);
            thread.await.unwrap();
            // The thread works in order, so any remaining work of the save is done by then.
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        });
        assert_eq!(fs::read(&path).unwrap(), b"newer");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is left behind");
    }
}
