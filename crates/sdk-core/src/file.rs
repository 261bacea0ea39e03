use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tempfile::NamedTempFile;

use crate::{Error, ErrorKind, Result};

/// Writes a file so that `path` holds either its old content or all of the new one, whatever
/// happens in between.
///
/// The bytes go to a temporary file beside it, reach the disk, and only then take the name. Where
/// `path` is a link, the file it points at is replaced.
///
/// # Errors
///
/// The folder does not exist, is not writable, or the disk is full. What stood at `path` is
/// untouched then.
pub async fn save_atomically(path: impl AsRef<Path>, content: Bytes) -> Result<()> {
    PartialFile::create(path.as_ref()).await?.write(content).await?.finish().await
}

/// A file that takes its name only when it is complete. Dropped before, it leaves no trace.
pub(crate) struct PartialFile {
    file: NamedTempFile,
    target: PathBuf,
    shown: String,
}

impl PartialFile {
    /// Opens a temporary file beside `path`.
    pub(crate) async fn create(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        let shown = path.display().to_string();
        let (file, target) = blocking(&shown, move || create(&path)).await?;
        Ok(Self { file, target, shown })
    }

    pub(crate) async fn write(mut self, content: Bytes) -> Result<Self> {
        let shown = self.shown.clone();
        blocking(&shown, move || self.file.write_all(&content).map(|()| self)).await
    }

    /// Puts the file on the disk and under its name.
    pub(crate) async fn finish(self) -> Result<()> {
        blocking(&self.shown, move || {
            self.file.as_file().sync_all()?;
            self.file.persist(&self.target)?;
            Ok(())
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    shown: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(io::Error::other(panic))).map_err(|error| {
        let message = format!("cannot save `{shown}`: {error}");
        Error::new(ErrorKind::File, message).with_source(error)
    })
}

fn create(path: &Path) -> io::Result<(NamedTempFile, PathBuf)> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if target.is_dir() || target.file_name().is_none() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it names a folder, not a file"));
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    // As any newly created file: the process's umask applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    Ok((builder.prefix(".partial-").tempfile_in(folder)?, target))
}
