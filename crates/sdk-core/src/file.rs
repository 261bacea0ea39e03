use std::{
    fs::{self, Permissions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;

use crate::{Error, ErrorKind, Result};

/// Writes a file so that `path` holds either its old content or all of the new one, whatever
/// happens in between.
///
/// The bytes go to a temporary file beside it, reach the disk, and only then take the name. Where
/// `path` is a link, the file it points at is replaced; a file that is replaced keeps its
/// permissions.
///
/// # Errors
///
/// The folder does not exist, is not writable, or the disk is full; `path` is something other than
/// a file, such as a folder; or there is no Tokio runtime. What stood at `path` is untouched then.
pub async fn save_atomically(path: impl AsRef<Path>, content: Bytes) -> Result<()> {
    PartialFile::create(path.as_ref()).await?.write(content).await?.finish().await
}

/// A file that takes its name only when it is complete. Dropped before, it leaves no trace.
pub(crate) struct PartialFile {
    draft: Draft,
    shown: String,
}

impl PartialFile {
    /// Opens a temporary file beside `path`.
    pub(crate) async fn create(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let shown = path.display().to_string();
        let draft = blocking(&shown, move || Draft::create(&path)).await?;
        Ok(Self { draft, shown })
    }

    pub(crate) async fn write(mut self, content: Bytes) -> Result<Self> {
        let shown = self.shown.clone();
        blocking(&shown, move || self.draft.file.write_all(&content).map(|()| self)).await
    }

    /// Puts the file on the disk and under its name.
    pub(crate) async fn finish(self) -> Result<()> {
        blocking(&self.shown, move || self.draft.finish()).await
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

/// The temporary file, and what it is to become.
struct Draft {
    file: NamedTempFile,
    target: PathBuf,
    /// Those of the file that it replaces.
    permissions: Option<Permissions>,
}

impl Draft {
    fn create(path: &Path) -> io::Result<Self> {
        let target = target(path);
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
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut builder = tempfile::Builder::new();
        // As any newly created file: the process's umask applies.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.prefix(".partial-").tempfile_in(folder)?;
        Ok(Self { file, target, permissions })
    }

    fn finish(self) -> io::Result<()> {
        if let Some(permissions) = self.permissions {
            self.file.as_file().set_permissions(permissions)?;
        }
        self.file.as_file().sync_all()?;
        self.file.persist(&self.target)?;
        Ok(())
    }
}

/// The file that a path means: where it is a link, what that points at, even if nothing is there.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path)
        .or_else(|_| {
            fs::read_link(path).map(|link| match path.parent() {
                Some(folder) => folder.join(link),
                None => link,
            })
        })
        .unwrap_or_else(|_| path.to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn write(path: &Path, content: &[u8]) -> io::Result<()> {
        let mut draft = Draft::create(path)?;
        draft.file.write_all(content)?;
        draft.finish()
    }

    #[test]
    fn a_file_is_replaced_and_not_overwritten() {
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
    fn a_link_stays_and_what_is_no_file_is_refused() {
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
        assert!(write(&at("missing/file"), b"x").is_err());
        assert!(write(Path::new(""), b"x").is_err());
    }
}
