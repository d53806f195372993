//! The parse thread: reads a file once, hands over its rows, and hashes and compresses its bytes for keeping.

use std::io::Read;
use std::ops::ControlFlow;

use purser_books::reader::{Encoding, Occurrences, ReadError, Reader, Summary};
use purser_books::{Entry, Row, Skip};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::Progress;
use super::file::Job;
use crate::store::{CHUNK_SIZE, compress_chunk};

/// Rows handed from the parse thread to the writer at once.
const BATCH_ROWS: usize = 4000;

/// What the parse thread hands over.
pub(super) enum Message {
    Rows(Vec<(Entry, [u8; 16])>),
    Skips(Vec<Skip>),
    Chunk(i64, Vec<u8>),
    End(Result<Summary, ReadError>, Encoding, [u8; 32]),
}

pub(super) fn parse_thread(
    job: &Job<'_>,
    mut reader: Reader,
    wallet_id: i64,
    keep: bool,
    sender: mpsc::Sender<Message>,
) -> tokio::task::JoinHandle<()> {
    let (source, control) = (job.source.clone(), job.control.clone());
    tokio::task::spawn_blocking(move || {
        let tee = Tee::state(keep, sender.clone());
        let open = {
            let (tee, source) = (tee.clone(), source.clone());
            move || (source.open)().map(|inner| Box::new(Tee { inner, state: tee.clone() }) as Box<dyn Read>)
        };
        let mut occurrences = Occurrences::default();
        let mut seconds = Seconds::default();
        let mut rows = Vec::with_capacity(BATCH_ROWS);
        let mut skips = Vec::new();
        let mut total = 0u64;
        let mut gone = false;
        let summary = reader.rows(&open, &mut |row| {
            total += 1;
            match row {
                Row::Entry(mut entry) => {
                    entry.sequence = seconds.order(&entry);
                    let key = wallet_key(wallet_id, &occurrences.identify(&entry).0);
                    rows.push((*entry, key));
                }
                Row::Skip(skip) => skips.push(skip),
            }
            if rows.len() == BATCH_ROWS {
                let full = std::mem::replace(&mut rows, Vec::with_capacity(BATCH_ROWS));
                gone = sender.blocking_send(Message::Rows(full)).is_err();
                control.report(Progress {
                    name: source.name.clone(),
                    bytes: tee.bytes(),
                    total_bytes: source.size,
                    rows: total,
                });
            }
            if gone || control.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let hash = tee.finish();
        for message in [Message::Rows(rows), Message::Skips(skips), Message::End(summary, reader.encoding(), hash)] {
            if sender.blocking_send(message).is_err() {
                return;
            }
        }
    })
}

/// Numbers rows inside their second, so that files which begin elsewhere give a row the same number.
#[derive(Default)]
struct Seconds {
    last: Option<(jiff::Timestamp, i64)>,
    number: i64,
}

impl Seconds {
    fn order(&mut self, entry: &Entry) -> i64 {
        self.number = match self.last {
            Some((time, row)) if time == entry.time && entry.sequence < row => self.number - 1,
            Some((time, _)) if time == entry.time => self.number + 1,
            _ => 0,
        };
        self.last = Some((entry.time, entry.sequence));
        self.number
    }
}

/// Two wallets may hold the same file: the wallet is part of the key.
fn wallet_key(wallet_id: i64, identity: &[u8; 16]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(b"purser/txn/1");
    hash.update(wallet_id.to_be_bytes());
    hash.update(identity);
    let full: [u8; 32] = hash.finalize().into();
    let mut key = [0; 16];
    key.copy_from_slice(&full[..16]);
    key
}

/// Hashes and chunks the bytes that the reader reads.
struct Tee {
    inner: Box<dyn Read>,
    state: TeeState,
}

#[derive(Clone)]
struct TeeState(std::rc::Rc<std::cell::RefCell<TeeInner>>);

struct TeeInner {
    hash: Sha256,
    bytes: u64,
    chunk: Vec<u8>,
    position: i64,
    keep: bool,
    sender: mpsc::Sender<Message>,
}

impl Tee {
    fn state(keep: bool, sender: mpsc::Sender<Message>) -> TeeState {
        let inner = TeeInner {
            hash: Sha256::new(),
            bytes: 0,
            chunk: Vec::with_capacity(CHUNK_SIZE),
            position: 0,
            keep,
            sender,
        };
        TeeState(std::rc::Rc::new(std::cell::RefCell::new(inner)))
    }
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.state.0.borrow_mut().take(&buffer[..length])?;
        Ok(length)
    }
}

impl TeeState {
    fn bytes(&self) -> u64 {
        self.0.borrow().bytes
    }

    /// The last, shorter chunk, and the hash of all bytes.
    fn finish(self) -> [u8; 32] {
        let mut inner = self.0.borrow_mut();
        if !inner.chunk.is_empty() || inner.position == 0 {
            let _ = inner.send_chunk();
        }
        std::mem::replace(&mut inner.hash, Sha256::new()).finalize().into()
    }
}

impl TeeInner {
    fn take(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        if !self.keep {
            return Ok(());
        }
        while !bytes.is_empty() {
            let room = (CHUNK_SIZE - self.chunk.len()).min(bytes.len());
            self.chunk.extend_from_slice(&bytes[..room]);
            bytes = &bytes[room..];
            if self.chunk.len() == CHUNK_SIZE {
                self.send_chunk()?;
            }
        }
        Ok(())
    }

    fn send_chunk(&mut self) -> std::io::Result<()> {
        if self.keep {
            let data = compress_chunk(&self.chunk).map_err(|_| std::io::Error::other("compression"))?;
            let gone = |_| std::io::Error::other("writer stopped");
            self.sender.blocking_send(Message::Chunk(self.position, data)).map_err(gone)?;
        }
        self.position += 1;
        self.chunk.clear();
        Ok(())
    }
}
