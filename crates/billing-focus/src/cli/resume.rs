use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use billing_focus::{Check, OutputFile};
use scaleway_billing::Cursor;
use serde::{Deserialize, Serialize};

use super::Failure;

/// A file that is written in several runs, and the cursor file that records the progress.
pub(crate) struct Checkpoint {
    cursor_file: PathBuf,
    partial: PathBuf,
    output: PathBuf,
    /// Identity of the export: a different export must not continue this file.
    export: String,
}

/// Position of the next row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Start {
    export: String,
    /// Length of the complete rows in the partial file.
    bytes: u64,
    pub(crate) cursor: Cursor,
    pub(crate) check: Check,
}

impl Checkpoint {
    /// The rows are in `<output>.partial` until the export is complete. If the output is a symbolic
    /// link, its target is replaced.
    pub(crate) fn new(cursor_file: &Path, output: &Path, export: String) -> Result<Self, Failure> {
        let output = fs::canonicalize(output).unwrap_or_else(|_| output.to_owned());
        if fs::metadata(&output).is_ok_and(|old| !old.is_file()) {
            let shown = output.display();
            return Err(Failure::failed(format!("cannot use `{shown}`: it is not a regular file")));
        }
        let mut partial = OsString::from(&output);
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let place = place(cursor_file);
        if [&output, &partial].into_iter().any(|path| self::place(path) == place) {
            let shown = cursor_file.display();
            return Err(Failure::usage(format!(
                "--resume and -o both name `{shown}`: give --resume a file of its own"
            )));
        }
        Ok(Self { cursor_file: cursor_file.to_owned(), partial, output, export })
    }

    /// Opens the partial file at its end, and returns the position of the next row.
    pub(crate) fn open(&self) -> Result<(File, Option<Start>), Failure> {
        let start = self.read()?;
        let mut options = File::options();
        options.read(true).write(true);
        let file = match &start {
            None => options.create(true).truncate(true).open(&self.partial),
            Some(_) => options.open(&self.partial),
        };
        let mut file = file.map_err(|error| match (&start, error.kind()) {
            (Some(_), io::ErrorKind::NotFound) => {
                self.foreign(&format!("`{}` is missing", self.partial.display()))
            }
            _ => self.failed(&self.partial, &error),
        })?;
        // A replaced file keeps its permissions, so the new file must not be readable by others.
        if let (None, Ok(old)) = (&start, fs::metadata(&self.output)) {
            file.set_permissions(old.permissions())?;
        }
        if let Some(start) = &start {
            if file.metadata()?.len() < start.bytes {
                return Err(self.foreign("the partial file is shorter than it says"));
            }
            // Rows after the checkpoint are fetched again.
            file.set_len(start.bytes)?;
            file.seek(SeekFrom::End(0))?;
        }
        Ok((file, start))
    }

    fn read(&self) -> Result<Option<Start>, Failure> {
        let text = match fs::read(&self.cursor_file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&self.cursor_file, &error)),
        };
        let start: Start = serde_json::from_slice(&text)
            .map_err(|_| self.foreign("it is not a cursor file of this program"))?;
        if start.export != self.export {
            return Err(self.foreign(&format!(
                "it belongs to the export {:?}, not to {:?}",
                start.export, self.export
            )));
        }
        Ok(Some(start))
    }

    /// Records that the rows before `cursor` are in the file.
    pub(crate) fn store(&self, file: &File, cursor: &Cursor, check: &Check) -> Result<(), Failure> {
        file.sync_data()?;
        let start = Start {
            export: self.export.clone(),
            bytes: file.metadata()?.len(),
            cursor: cursor.clone(),
            check: check.clone(),
        };
        let text = serde_json::to_vec(&start).map_err(io::Error::from)?;
        let mut cursor_file = OutputFile::create(&self.cursor_file)?;
        cursor_file.write_all(&text)?;
        Ok(cursor_file.commit()?)
    }

    /// Renames the complete file, and deletes the cursor file.
    pub(crate) fn finish(&self, file: &File) -> Result<(), Failure> {
        file.sync_all()?;
        fs::rename(&self.partial, &self.output)
            .map_err(|error| self.failed(&self.output, &error))?;
        match fs::remove_file(&self.cursor_file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.failed(&self.cursor_file, &error))
            }
            _ => Ok(()),
        }
    }

    fn failed(&self, path: &Path, error: &io::Error) -> Failure {
        Failure::failed(format!("cannot use `{}`: {error}", path.display()))
    }

    fn foreign(&self, why: &str) -> Failure {
        Failure::failed(format!(
            "cannot continue from `{}`: {why}; delete it to start again",
            self.cursor_file.display()
        ))
    }
}

/// Returns the directory of a path with links resolved, and the name of the file in it.
fn place(path: &Path) -> (Option<PathBuf>, Option<&OsStr>) {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    (fs::canonicalize(directory).ok(), path.file_name())
}
