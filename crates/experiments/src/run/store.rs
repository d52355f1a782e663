//! The run folder: one file a record, each written under another name and renamed.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::record::{Identity, Record};

/// The run folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {source}", path.display())]
pub struct StoreError {
    /// What was tried: `read`, `write` …
    pub action: &'static str,
    /// On which path.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError { action, path: path.to_owned(), source }
}

/// Writes a file in full or not at all: to a temporary file in the same folder, then renamed.
///
/// The bytes are handed to the system but not forced to the disk: a killed program loses nothing, and after a
/// power failure a damaged record is recognized by its checksum and run again.
///
/// # Errors
/// [`StoreError`] when the folder cannot be made or written; an older file is then still there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(WRITING).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(failed("write", path))
}

/// How the names of files begin that are being written.
const WRITING: &str = ".writing-";

/// A file is written in milliseconds. One that was last changed this long ago belongs to a process that was killed,
/// even if the clocks of two machines disagree.
const ABANDONED: Duration = Duration::from_hours(1);

/// Removes abandoned files, as far as that is possible, in a folder and those inside it to a depth.
fn sweep_up(folder: &Path, depth: usize) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            sweep_up(&entry.path(), depth - 1);
        } else if !is_folder && entry.file_name().to_string_lossy().starts_with(WRITING) {
            let changed = entry.metadata().and_then(|metadata| metadata.modified());
            // A change in the future has no age: the clock was set back, and the file waits until it is old.
            if changed.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ABANDONED)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// What the folder holds for a task.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// A sound record.
    Record(Box<Record>),
    /// None.
    Nothing,
    /// A file that is no sound record of this task. [`Store::keep`] will set it aside under this name.
    Damaged(String),
}

/// The records of a run.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a run folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The run folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file or folder inside the run folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn record_path(&self, claim: &str, key: &str) -> PathBuf {
        self.folder.join("records").join(claim).join(format!("{key}.json"))
    }

    fn failure_path(&self, claim: &str, key: &str) -> PathBuf {
        self.folder.join("failures").join(claim).join(format!("{key}.txt"))
    }

    /// Makes sure that records can be written, before anything is computed, and removes what killed runs were writing.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be made or written.
    pub fn open(&self) -> Result<(), StoreError> {
        let probe = || {
            fs::create_dir_all(&self.folder)?;
            tempfile::Builder::new().prefix(WRITING).tempfile_in(&self.folder)
        };
        probe().map_err(failed("write to", &self.folder))?;
        sweep_up(&self.folder, 2);
        Ok(())
    }

    /// Whether a record of this task is there, sound or not: cheap enough to ask of thousands again and again.
    pub fn holds(&self, claim: &str, key: &str) -> bool {
        self.record_path(claim, key).is_file()
    }

    /// Looks for the record of a task.
    ///
    /// # Errors
    /// [`StoreError`] when a file is there but cannot be read.
    pub fn find(&self, claim: &str, key: &str) -> Result<Found, StoreError> {
        let path = self.record_path(claim, key);
        match fs::read(&path) {
            Ok(bytes) => Ok(match sound(&bytes, key) {
                Some(record) => Found::Record(Box::new(record)),
                None => Found::Damaged(format!("{key}.json.damaged")),
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }

    /// Identities of the sound records that a claim has, whatever their version.
    ///
    /// # Errors
    /// [`StoreError`] when the folder is there but cannot be read.
    pub fn identities(&self, claim: &str) -> Result<Vec<Identity>, StoreError> {
        let folder = self.folder.join("records").join(claim);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &folder)(error)),
        };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        Ok(paths
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| serde_json::from_slice::<Record>(&fs::read(path).ok()?).ok())
            .filter(Record::is_sound)
            .map(|record| record.identity)
            .collect())
    }

    /// Writes the record of a finished task and forgets an earlier failure of it. A damaged file in its place
    /// is renamed to `….json.damaged` first.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn keep(&self, record: &Record) -> Result<(), StoreError> {
        let claim = &record.identity.claim;
        let path = self.record_path(claim, &record.key);
        let mut text = serde_json::to_string(record)
            .map_err(|error| failed("write", &path)(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        text.push('\n');
        self.set_damaged_aside(claim, &record.key)?;
        write_atomically(&path, text.as_bytes())?;
        self.forget_failure(claim, &record.key)
    }

    /// Renames a file that is no sound record to `….json.damaged`, if one is in the place of this task's record.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read or renamed.
    pub fn set_damaged_aside(&self, claim: &str, key: &str) -> Result<(), StoreError> {
        let Found::Damaged(name) = self.find(claim, key)? else { return Ok(()) };
        let path = self.record_path(claim, key);
        match fs::rename(&path, path.with_file_name(name)) {
            // Another run was faster.
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("set aside", &path)(error)),
            _ => Ok(()),
        }
    }

    /// Removes what was written down about a failure, if anything was.
    ///
    /// # Errors
    /// [`StoreError`] when it is there and cannot be removed.
    pub fn forget_failure(&self, claim: &str, key: &str) -> Result<(), StoreError> {
        let failure = self.failure_path(claim, key);
        match fs::remove_file(&failure) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", &failure)(error)),
            _ => Ok(()),
        }
    }

    /// Writes down why a task failed.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn keep_failure(&self, claim: &str, key: &str, message: &str) -> Result<(), StoreError> {
        write_atomically(&self.failure_path(claim, key), message.as_bytes())
    }

    /// Why a task failed when it was last tried, if it did.
    pub fn failure(&self, claim: &str, key: &str) -> Option<String> {
        fs::read_to_string(self.failure_path(claim, key)).ok()
    }

    /// Appends a line to a log in the run folder, in one write: lines of two runs do not mix.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn append(&self, name: &str, line: &str) -> Result<(), StoreError> {
        let path = self.path(name);
        let append = || {
            fs::create_dir_all(&self.folder)?;
            let mut file = fs::OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(format!("{line}\n").as_bytes())
        };
        append().map_err(failed("write", &path))
    }
}

fn sound(bytes: &[u8], key: &str) -> Option<Record> {
    serde_json::from_slice::<Record>(bytes).ok().filter(|record| record.key == key && record.is_sound())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::record::tests::identity;
    use super::*;

    #[test]
    fn a_record_comes_back_and_a_damaged_one_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let record = Record::new(identity(json!({"seed": 1})), json!([0.1, 2.5e-300]));
        store.keep(&record).unwrap();
        let key = record.key.clone();
        let found = Found::Record(Box::new(record.clone()));
        assert_eq!(store.find("some-claim", &key).unwrap(), found);
        assert_eq!(store.identities("some-claim").unwrap(), std::slice::from_ref(&record.identity));

        let path = store.record_path("some-claim", &key);
        let whole = fs::read(&path).unwrap();
        for damaged in [&whole[..whole.len() / 2], b"", b"{}", &[0xff; 40]] {
            fs::write(&path, damaged).unwrap();
            let Found::Damaged(aside) = store.find("some-claim", &key).unwrap() else { panic!("not noticed") };
            store.keep(&record).unwrap();
            assert_eq!(fs::read(path.with_file_name(aside)).unwrap(), damaged);
            assert_eq!(fs::read(&path).unwrap(), whole, "the same task gives the same bytes");
        }
    }

    #[test]
    fn success_forgets_failure() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let record = Record::new(identity(json!(3)), json!(null));
        store.keep_failure("some-claim", &record.key, "no luck").unwrap();
        assert_eq!(store.failure("some-claim", &record.key).as_deref(), Some("no luck"));
        store.keep(&record).unwrap();
        assert_eq!(store.failure("some-claim", &record.key), None);
    }

    #[test]
    fn what_a_killed_run_was_writing_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let record = Record::new(identity(json!(4)), json!(null));
        store.keep(&record).unwrap();
        let now = std::time::SystemTime::now();
        let file = |name: &str, time| {
            let path = folder.path().join("records/some-claim").join(name);
            fs::File::create(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let old = file(".writing-old", now - 2 * ABANDONED);
        let kept = [
            file(".writing-new", now),
            file(".writing-future", now + 1000 * ABANDONED),
            file("mine.txt", now - 2 * ABANDONED),
        ];
        store.open().unwrap();
        assert!(!old.exists() && kept.iter().all(|path| path.exists()));
        assert!(store.holds("some-claim", &record.key));
    }

    #[test]
    fn nothing_half_written_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("taken");
        fs::create_dir(&target).unwrap();
        assert!(write_atomically(&target, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
