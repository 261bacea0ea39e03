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
/// `path` is a link, the file it points at is replaced; a file that is replaced keeps its
/// permissions.
///
/// # Errors
///
/// The folder does not exist, is not writable, or the disk is full; `path` is something other than
/// a file, such as a folder; or there is no Tokio runtime. What stood at `path` is untouched then.
pub async fn save_atomically(path: impl AsRef<Path>, content: Bytes) -> Result<()> {
    let path = path.as_ref().to_owned();
    let shown = path.display().to_string();
    let written = match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime
            .spawn_blocking(move || write(&path, &content))
            .await
            .unwrap_or_else(|panic| Err(io::Error::other(panic))),
        Err(error) => Err(io::Error::other(error)),
    };
    written.map_err(|error| {
        let message = format!("cannot save `{shown}`: {error}");
        Error::new(ErrorKind::File, message).with_source(error)
    })
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = target(path);
    let old = match fs::metadata(&target) {
        Ok(old) if !old.is_file() => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        Ok(old) => Some(old),
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
    let mut file = builder.prefix(".partial-").tempfile_in(folder)?;
    file.write_all(content)?;
    if let Some(old) = old {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
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
