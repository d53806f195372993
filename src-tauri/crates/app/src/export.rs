//! Statement files out: wholly written under a temporary name, then renamed; never half a file under its final name.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use purser_books::statement::{CsvFlavour, CsvStatement, Movement, StatementError, WallClock};
use purser_books::{Currency, Kind, Money, Status};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use crate::audit::{Event, Told};
use crate::error::{Code, Error, Result};
use crate::files::{kill_point, sync_folder, temporary_beside};
use crate::import::JobControl;
use crate::statement::{Statement, StatementRequest, statement};
use crate::store::{StatementRow, Store};

/// Formats a statement can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Csv,
    CsvExcel,
}

impl Format {
    pub const ALL: &'static [Format] = &[Format::Csv, Format::CsvExcel];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::CsvExcel => "csv-excel",
        }
    }

    #[must_use]
    pub const fn extension(self) -> &'static str {
        "csv"
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|format| format.word() == word)
    }
}

/// A statement that was written.
#[derive(Debug, Clone)]
pub struct Exported {
    pub path: PathBuf,
    pub statement: Statement,
    pub lines: u64,
    pub sha256: String,
}

/// Writes a statement to a file.
pub async fn export(
    store: &Store,
    request: &StatementRequest,
    format: Format,
    path: &Path,
    control: &JobControl,
) -> Result<Exported> {
    let statement = statement(store, request).await?;
    let temporary = temporary_beside(path)?;
    let written = write_file(store, request, &statement, format, &temporary, control).await;
    let (lines, sha256) = match written {
        Ok(written) => written,
        Err(error) => {
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
    };
    // Written down before it is handed out.
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let row = Event::new(Told::Export, &name)
        .with("wallet", request.wallet.name.as_str())
        .with("account", format!("{} {}", request.account.name, request.account.currency))
        .with("from", request.from.as_str())
        .with("to", request.to.as_str())
        .with("lines", lines)
        .with("sha256", sha256.as_str());
    if let Err(error) = store.record(&row).await {
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    kill_point("export.written");
    if let Err(error) = std::fs::rename(&temporary, path) {
        let _ = std::fs::remove_file(&temporary);
        return Err(error.into());
    }
    sync_folder(path)?;
    Ok(Exported { path: path.to_path_buf(), statement, lines, sha256 })
}

async fn write_file(
    store: &Store,
    request: &StatementRequest,
    statement: &Statement,
    format: Format,
    temporary: &Path,
    control: &JobControl,
) -> Result<(u64, String)> {
    let currency =
        Currency::parse(&request.account.currency).map_err(|error| Error::new(Code::Damaged, error.to_string()))?;
    let clock = WallClock::of(&request.wallet.zone).ok_or_else(|| Error::new(Code::Damaged, "the wallet's zone"))?;
    let file = File::create_new(temporary)?;
    let mut disk = Disk { file: file.try_clone()?, blocks: 0, syncing: None };
    let mut output = Hashing { inner: file, hash: Sha256::new() };
    let flavour = match format {
        Format::Csv => CsvFlavour::Programs,
        Format::CsvExcel => CsvFlavour::Excel,
    };
    let opening = Money::new(statement.opening, currency);
    let mut csv = CsvStatement::new(&mut output, flavour, clock, opening);
    let blocks = store.statement_blocks(request.account.id, &request.from, &request.to).await?;
    let mut blocks = std::pin::pin!(blocks);
    while let Some(block) = blocks.try_next().await? {
        if control.is_cancelled() {
            return Err(Code::Cancelled.into());
        }
        for row in block.rows()? {
            csv.write(&movement(&row?)?).map_err(writing)?;
        }
        disk.after_block().await?;
    }
    let written = csv.finish().map_err(writing)?;
    // The file must say what the statement says; rows that came in between the two passes would show here.
    if written.closing != statement.closing || written.lines != statement.lines {
        return Err(Error::new(Code::Internal, "the books changed while the statement was written; write it again"));
    }
    disk.sync_all().await?;
    let sha256: [u8; 32] = output.hash.finalize().into();
    Ok((written.lines, crate::import::hex(&sha256)))
}

fn movement<'b>(row: &StatementRow<'b>) -> Result<Movement<'b>> {
    let damaged = || Error::new(Code::Damaged, "a row of the books");
    Ok(Movement {
        time: jiff::Timestamp::from_millisecond(row.time_ms).map_err(|_| damaged())?,
        booking_date: row.booking_date,
        id: row.provider_ref,
        kind: Kind::from_code(row.kind).ok_or_else(damaged)?,
        status: Status::from_code(row.status).ok_or_else(damaged)?,
        counterparty: row.counterparty,
        description: row.description,
        reference: row.family,
        gross: row.gross,
        fee: row.fee,
    })
}

fn writing(error: StatementError) -> Error {
    match error {
        StatementError::Io(error) => error.into(),
        StatementError::Overflow => Error::new(Code::Internal, "the balance is too large"),
    }
}

/// Blocks of rows after which what is written of them is brought to the disk, beside the work on the next ones: no long
/// wait is left for the end.
const BLOCKS_TO_DISK: u32 = 16;

/// The way of a file to the disk.
struct Disk {
    file: File,
    blocks: u32,
    syncing: Option<JoinHandle<std::io::Result<()>>>,
}

impl Disk {
    async fn after_block(&mut self) -> Result<()> {
        self.blocks += 1;
        if self.blocks.is_multiple_of(BLOCKS_TO_DISK) {
            self.wait().await?;
            let file = self.file.try_clone()?;
            self.syncing = Some(tokio::task::spawn_blocking(move || file.sync_data()));
        }
        Ok(())
    }

    /// What a disk refuses is told once, so that each answer is looked at.
    async fn wait(&mut self) -> Result<()> {
        match self.syncing.take() {
            Some(syncing) => Ok(syncing.await.map_err(|_| Code::Internal)??),
            None => Ok(()),
        }
    }

    async fn sync_all(mut self) -> Result<()> {
        self.wait().await?;
        Ok(self.file.sync_all()?)
    }
}

/// Hashes what passes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.hash.update(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
