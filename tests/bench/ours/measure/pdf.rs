//! A paper out: a table with Chinese text as PDF.

use anyhow::{Context, Result, bail};
use purser_app::pdf;
use purser_bench::Figure;
use purser_books::document::{Block, Document, Language, Text};

use super::Memory;
use crate::stopwatch::Stopwatch;

pub fn pdf(rows: u64) -> Result<Vec<Figure>> {
    let texts = |texts: &[&str]| texts.iter().map(|text| Text::clean(text)).collect::<Vec<_>>();
    let row = |index: u64| {
        let name =
            ["深圳市海蓝贸易有限公司", "王小明", "Müller GmbH", "陳美玲"][usize::try_from(index % 4).unwrap_or(0)];
        let (note, id) = (format!("绿茶礼盒{index:06}号"), format!("42000{index:015}"));
        let (amount, balance) = (format!("−{}.{:02}", index % 9_000, index % 100), format!("{}.00", 1_000_000 + index));
        texts(&["2026-10-31", "09:12:44", "付款", name, &note, &id, &amount, &balance])
    };
    let mut paper = Document::new("statement", Language::Zh, "账单明细");
    let columns = texts(&["日期", "时间", "类型", "对方", "说明", "单号", "金额", "余额"]);
    paper.blocks.push(Block::Table { columns, rows: (0..rows).map(row).collect() });
    let memory = Memory::watch();
    let watch = Stopwatch::start();
    let written = pdf::write(&paper, jiff::Timestamp::UNIX_EPOCH)?;
    let took = watch.took();
    if !written.missing.is_empty() {
        bail!("without a glyph: {:?}", written.missing);
    }
    let bytes = u32::try_from(written.bytes.len()).context("a file of more than 4 GiB")?;
    let size = Figure::job("size", took).with_peak(Some(f64::from(bytes) / f64::from(1 << 20)));
    Ok(vec![memory.note(Figure::job("pdf", took).with_rows(rows)), size])
}
