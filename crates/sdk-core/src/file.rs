use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use bytes::Bytes;

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
    let path = path.as_ref().to_owned();
    let shown = path.display().to_string();
    let written = tokio::task::spawn_blocking(move || write(&path, &content)).await;
    written.unwrap_or_else(|panic| Err(io::Error::other(panic))).map_err(|error| {
        let message = format!("cannot save `{shown}`: {error}");
        Error::new(ErrorKind::File, message).with_source(error)
    })
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
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
    let mut file = builder.prefix(".partial-").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}
