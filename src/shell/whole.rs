//! Files that have their name only when they are whole: who looks for one finds all of it, or none.
//!
//! Knows: names beside a file, how it gets its own. Must not know: what is written.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Who may read what is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readers {
    /// The user alone.
    User,
    /// Whom the user lets read files.
    Usual,
}

/// A file that is being written. Unless [`Partial::complete`] is called, nothing of it stays.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    /// Where it is until then; absent for what is there at once, a device or a pipe, and for what is complete.
    partial: Option<PathBuf>,
}

impl Partial {
    /// That of `path`, to be written to the file that comes with it.
    ///
    /// # Errors
    /// When no file can be made beside it.
    pub fn create(path: &Path, readers: Readers) -> io::Result<(Partial, File)> {
        let is_special = path.metadata().is_ok_and(|found| !found.is_file());
        let partial = (!is_special).then(|| beside(path));
        let mode = if readers == Readers::User { 0o600 } else { 0o666 };
        let written = partial.as_deref().unwrap_or(path);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(written)?;
        Ok((Partial { path: path.to_owned(), partial }, file))
    }

    /// Gives the file its name, in the place of another that had it.
    ///
    /// # Errors
    /// When it cannot be renamed: then it goes.
    pub fn complete(mut self) -> io::Result<()> {
        if let Some(partial) = &self.partial {
            fs::rename(partial, &self.path)?;
        }
        self.partial = None;
        Ok(())
    }
}

/// `path`, with an ending more.
fn beside(path: &Path) -> PathBuf {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    partial.into()
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // Better no file than half a one.
            let _ = fs::remove_file(partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_has_its_name_when_it_is_complete_and_leaves_nothing_otherwise() {
        let folder = std::env::temp_dir().join(format!("jsdb-whole-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        let path = folder.join("page");
        let names = || fs::read_dir(&folder).expect("it is there").filter_map(Result::ok).count();
        let (partial, mut file) = Partial::create(&path, Readers::Usual).expect("a file can be made");
        file.write_all(b"half").expect("it can be written");
        assert!(!path.exists());
        drop(partial);
        assert_eq!(names(), 0);
        let (partial, mut file) = Partial::create(&path, Readers::User).expect("a file can be made");
        file.write_all(b"whole").expect("it can be written");
        partial.complete().expect("it can be renamed");
        assert_eq!((fs::read(&path).expect("it is there"), names()), (b"whole".to_vec(), 1));
        let (partial, _) = Partial::create(Path::new("/dev/null"), Readers::User).expect("a device is there at once");
        assert!(partial.partial.is_none());
        fs::remove_dir_all(&folder).expect("the folder can go");
    }
}
