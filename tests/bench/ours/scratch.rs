//! The folder of the benchmark: practice files and profiles, made once and kept for the next run.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use purser_practice::{ScaledForm, write_scaled};

/// Rows by which a changed generator is noticed.
const SAMPLE: u64 = 1_000;

#[derive(Debug, Clone)]
pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    pub fn new(folder: &Path) -> Result<Scratch> {
        purser_app::files::create_private_folder(folder)?;
        Ok(Scratch { folder: folder.to_path_buf() })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A statement file of a form with so many rows.
    pub fn statement(&self, form: ScaledForm, rows: u64) -> Result<PathBuf> {
        let mut sample = Vec::new();
        write_scaled(&mut sample, form, rows.min(SAMPLE))?;
        let mut hash = DefaultHasher::new();
        hash.write(&sample);
        let path = self.path(&format!("{}-{rows}-{:016x}.csv", form.id(), hash.finish()));
        if !path.exists() {
            let temporary = path.with_extension("part");
            let mut output = BufWriter::new(File::create(&temporary)?);
            write_scaled(&mut output, form, rows).with_context(|| format!("cannot write {}", path.display()))?;
            drop(output);
            fs::rename(temporary, &path)?;
        }
        Ok(path)
    }

    /// The folder of a profile. It has a folder around it, because a profile keeps a journal beside itself too.
    pub fn profile(&self, name: &str) -> PathBuf {
        self.path(name).join("profile")
    }

    /// A folder for a profile that is not there yet.
    pub fn empty(&self, name: &str) -> Result<PathBuf> {
        self.remove(name)?;
        fs::create_dir(self.path(name))?;
        Ok(self.profile(name))
    }

    /// Removes a profile, with what it keeps beside itself.
    pub fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_dir_all(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Whether this very program made a thing, and finished it.
    pub fn is_made(&self, name: &str) -> Result<bool> {
        let maker = fs::read_to_string(self.maker(name)).unwrap_or_default();
        Ok(self.path(name).exists() && maker == this_program()?)
    }

    pub fn note_made(&self, name: &str) -> Result<()> {
        Ok(fs::write(self.maker(name), this_program()?)?)
    }

    fn maker(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.made-by"))
    }
}

/// Another build may store other books: size and time of the program tell builds apart.
fn this_program() -> Result<String> {
    let facts = fs::metadata(std::env::current_exe()?)?;
    Ok(format!("{} {:?}", facts.len(), facts.modified()?))
}
