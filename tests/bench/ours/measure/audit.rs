//! The audit log: walking it from its first row, every hash and every signature.

use anyhow::{Context, Result};
use purser_bench::Figure;
use purser_vault::KdfParams;
use purser_vault::audit::{Draft, Entry, Head, SIGNERS, Signers, Walk};
use purser_vault::keyfile::{DeviceStore, KeyFile, Limits, NewProfile, NewSlot, Policy, SlotKind};
use purser_vault::secret::{DeviceSecret, Passphrase};

use super::Memory;
use crate::stopwatch::Stopwatch;

/// Rows of a log that is some years old.
pub const ROWS: u64 = 100_000;

pub fn walk() -> Result<Vec<Figure>> {
    let (device, password) = (DeviceSecret::make()?, Passphrase::from_typed("tide lantern copper 47")?);
    let owner = NewSlot {
        kind: SlotKind::Owner,
        name: "owner",
        passphrase: &password,
        device_secret: &device,
        totp_seed: None,
        kdf: KdfParams::FLOOR,
        limits: Limits::default(),
    };
    let policy = Policy::default();
    let profile = NewProfile { owner, device_store: DeviceStore::File, store_vendor: "file", created_ms: 0, policy };
    let created = KeyFile::create(profile)?;
    let signers = Signers::of(&created.key_file).context("signers")?;
    let mut head = Head::origin(&created.key_file.file_id());
    let mut log: Vec<Entry> = Vec::new();
    for row in 0..ROWS {
        let (action, detail) = match row {
            0 => (SIGNERS, signers.to_detail()?),
            _ => ("import", format!("{{\"rows\":{row},\"sha256\":\"{row:064}\",\"wallet\":\"PayPal\"}}")),
        };
        let time_ms = i64::try_from(row)?;
        let entry = head.append(&created.owner, &Draft { time_ms, action, target: "statement.csv", detail: &detail });
        head = entry.head();
        log.push(entry);
    }
    let memory = Memory::watch();
    let watch = Stopwatch::start();
    let mut walk = Walk::new(&created.key_file.file_id());
    for entry in &log {
        walk.take(entry).map_err(|broken| anyhow::anyhow!("{broken:?}"))?;
    }
    walk.finish(&signers).map_err(|broken| anyhow::anyhow!("{broken:?}"))?;
    Ok(vec![memory.note(Figure::job("audit log", watch.took()).with_rows(ROWS))])
}
