//! Statements saved as workbooks tell the same as the text they were.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use purser_books::reader::{Encoding, Hints, ReadError, RefusalCode, Summary, WarningCode, open, raw_rows};
use purser_books::{Row, SkipReason, Source};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

fn read(bytes: &[u8]) -> Result<(Vec<Row>, Summary), ReadError> {
    let source = || Ok(Box::new(Cursor::new(bytes.to_vec())) as Box<dyn Read>);
    let mut rows = Vec::new();
    let summary = open(&source, &Hints::default())?.rows(&source, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, summary))
}

fn code(bytes: &[u8]) -> Option<RefusalCode> {
    match read(bytes) {
        Err(ReadError::Refused(refusal)) => Some(refusal.code),
        _ => None,
    }
}

/// Text fixtures that are read without hints, as text.
fn fixtures() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/statements")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "input.csv") {
                let bytes = fs::read(&path).unwrap();
                if read(&bytes).is_ok() {
                    found.push((path, decode(&bytes)));
                }
            }
        }
    }
    assert!(found.len() > 20);
    found
}

fn decode(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    };
    text.trim_start_matches('\u{feff}').to_owned()
}

/// Cells of a line: by backticks, or by the first of these marks that splits the widest line most often.
fn cells(text: &str) -> Vec<Vec<String>> {
    let count = |mark: char| text.lines().map(|line| line.matches(mark).count()).max().unwrap_or(0);
    let delimiter = [',', '\t', ';'].into_iter().max_by_key(|mark| count(*mark)).unwrap();
    let mut rows = Vec::new();
    if text.contains("\n`") {
        for line in text.lines() {
            let values = line.strip_prefix('`').map(|line| line.split(",`").map(str::to_owned).collect());
            rows.push(values.unwrap_or_else(|| line.split(',').map(str::to_owned).collect()));
        }
        return rows;
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).unwrap())
        .from_reader(text.as_bytes());
    for record in reader.records() {
        rows.push(record.unwrap().iter().map(str::to_owned).collect());
    }
    rows
}

fn workbook(sheets: &[(&str, &[Vec<String>])]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (row, values) in (0..).zip(rows.iter()) {
            for (column, value) in (0..).zip(values) {
                sheet.write_string(row, column, value).unwrap();
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// A row without its place, which is another one in a workbook.
fn without_place(mut row: Row) -> Row {
    match &mut row {
        Row::Entry(entry) => {
            entry.source = Source::default();
            entry.description = entry.description.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        Row::Skip(skip) => skip.source = Source::default(),
    }
    row
}

#[test]
fn every_form_is_read_from_a_workbook_of_text_cells() {
    for (path, text) in fixtures() {
        let (rows, summary) = read(text.as_bytes()).unwrap();
        let saved = workbook(&[("Sheet1", &cells(&text))]);
        let (found, in_workbook) = read(&saved).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected: Vec<Row> = rows.into_iter().map(without_place).collect();
        let found: Vec<Row> = found.into_iter().map(without_place).collect();
        assert_eq!(found.len(), expected.len(), "{}", path.display());
        let is_short = |row: &Row| matches!(row, Row::Skip(skip) if skip.reason == SkipReason::BadShape);
        for (found, expected) in found.iter().zip(&expected) {
            // A sheet does not tell a row that is too short from one whose last cells are empty.
            assert!(found == expected || is_short(expected), "{}: {found:?} {expected:?}", path.display());
        }
        assert_eq!(in_workbook.rows, summary.rows, "{}", path.display());
        if !expected.iter().any(is_short) {
            assert_eq!(in_workbook.totals, summary.totals, "{}", path.display());
        }
    }
}

const PREAMBLE: [&str; 3] =
    ["微信支付账单明细", "微信昵称：[示例]", "----------------------微信支付账单明细列表--------------------"];
const HEADER: [&str; 11] = [
    "交易时间",
    "交易类型",
    "交易对方",
    "商品",
    "收/支",
    "金额(元)",
    "支付方式",
    "当前状态",
    "交易单号",
    "商户单号",
    "备注",
];

/// WeChat Pay's personal export as a workbook with real dates and bare numbers, as the application writes it.
fn write_native(sheet: &mut rust_xlsxwriter::Worksheet, header_row: u32, days: std::ops::Range<u8>) {
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let yuan = Format::new().set_num_format("¥#,##0.00");
    for (row, line) in (0..).zip(PREAMBLE) {
        sheet.write_string(row, 0, line).unwrap();
    }
    for (column, name) in (0..).zip(HEADER) {
        sheet.write_string(header_row, column, name).unwrap();
    }
    for (row, day) in (header_row + 1..).zip(days) {
        let at = ExcelDateTime::from_ymd(2026, 3, day).unwrap().and_hms(12, 30, 7).unwrap();
        sheet.write_datetime_with_format(row, 0, at, &time).unwrap();
        for (column, text) in [
            (1, "商户消费"),
            (2, "示例茶馆"),
            (3, "绿茶, 一壶"),
            (4, "支出"),
            (6, "零钱"),
            (7, "支付成功"),
            (9, "PUR-77"),
            (10, "/"),
        ] {
            sheet.write_string(row, column, text).unwrap();
        }
        sheet.write_number_with_format(row, 5, 1_000.1 + f64::from(day), &yuan).unwrap();
        sheet.write_string(row, 8, format!("10000000000000000000000000{day:02}")).unwrap();
    }
}

#[test]
fn real_dates_and_numbers_are_read_exactly_wherever_the_header_stands() {
    for header_row in [16, 17, 20] {
        let mut book = Workbook::new();
        write_native(book.add_worksheet(), header_row, 1..4);
        let bytes = book.save_to_buffer().unwrap();
        let (rows, summary) = read(&bytes).unwrap();
        assert_eq!((summary.rows, summary.skipped), (3, 0));
        let Row::Entry(first) = &rows[0] else { panic!("{rows:?}") };
        assert_eq!((first.gross, first.time.to_string().as_str()), (-100_110, "2026-03-01T04:30:07Z"));
        assert_eq!(first.source.line, header_row + 2, "the number of the row in the sheet");
        let source = || Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
        let raw = raw_rows(&source, Encoding::Xlsx, &[first.source]).unwrap();
        assert!(raw[0].starts_with("2026-03-01 12:30:07,商户消费,示例茶馆,\"绿茶, 一壶\",支出,1001.1,"), "{raw:?}");
    }
}

#[test]
fn the_same_rows_on_two_sheets_count_once_and_other_rows_are_read_too() {
    let mut book = Workbook::new();
    write_native(book.add_worksheet().set_name("一").unwrap(), 16, 1..4);
    // A copy as text, one more day, and a page of notes.
    let mut copy: Vec<Vec<String>> = vec![HEADER.map(str::to_owned).to_vec()];
    for day in 1..5 {
        copy.push(
            [
                format!("2026-03-{day:02} 12:30:07"),
                "商户消费".to_owned(),
                "示例茶馆".to_owned(),
                "绿茶, 一壶".to_owned(),
                "支出".to_owned(),
                format!("¥{}.10", 1_000 + day),
                "零钱".to_owned(),
                "支付成功".to_owned(),
                format!("10000000000000000000000000{day:02}\t"),
                "PUR-77".to_owned(),
                "/".to_owned(),
            ]
            .to_vec(),
        );
    }
    let sheet = book.add_worksheet().set_name("二").unwrap();
    for (row, values) in (0..).zip(&copy) {
        for (column, value) in (0..).zip(values) {
            sheet.write_string(row, column, value).unwrap();
        }
    }
    book.add_worksheet().set_name("notes").unwrap().write_string(0, 0, "call the bank").unwrap();
    let (rows, summary) = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!((rows.len(), summary.rows), (4, 4));
    assert_eq!((summary.totals[0].money_out.count, summary.totals[0].money_out.sum), (4, 401_040));
    let places: std::collections::HashSet<u64> = rows
        .iter()
        .map(|row| match row {
            Row::Entry(entry) => entry.source.offset,
            Row::Skip(skip) => skip.source.offset,
        })
        .collect();
    assert_eq!(places.len(), 4, "every row has a place of its own");
    let companions: Vec<&str> = summary
        .warnings
        .iter()
        .filter(|warning| warning.code == WarningCode::Companion)
        .map(|warning| warning.message.as_str())
        .collect();
    assert_eq!(companions.len(), 2, "{companions:?}");
    assert!(companions[0].contains("3 rows") && companions[1].contains("notes"), "{companions:?}");
}

#[test]
fn ids_that_became_numbers_are_put_aside_with_the_reason() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_native(sheet, 16, 1..3);
    sheet.write_number(17, 8, 1.000_000_000_000_000_1e27).unwrap();
    let (rows, summary) = read(&book.save_to_buffer().unwrap()).unwrap();
    assert_eq!((summary.rows, summary.skipped), (2, 1));
    assert!(matches!(&rows[0], Row::Skip(skip) if skip.reason.word() == "damaged_id"), "{:?}", rows[0]);
}

#[test]
fn what_is_no_workbook_is_refused_with_what_to_do() {
    let empty = workbook(&[("Sheet1", &[])]);
    assert_eq!(code(&empty), Some(RefusalCode::UnknownForm));
    let notes = workbook(&[("Sheet1", &[vec!["call the bank".to_owned()]])]);
    assert_eq!(code(&notes), Some(RefusalCode::UnknownForm));
    let mut cut = workbook(&[("Sheet1", &[vec!["a".to_owned()]])]);
    cut.truncate(cut.len() / 2);
    assert!(matches!(code(&cut), Some(RefusalCode::Damaged | RefusalCode::UnknownForm)), "{:?}", code(&cut));
}

/// A workbook of one sheet as it stands in its archive, with a text before the root of the sheet.
fn raw_workbook(before: &str, rows: &str, strings: &str) -> Vec<u8> {
    let sheet = format!("{before}<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let strings = format!("<sst xmlns=\"{MAIN}\">{strings}</sst>");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("[Content_Types].xml", CONTENT_TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
        ("xl/sharedStrings.xml", strings.as_str()),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const CONTENT_TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>"#;
const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>"#;
const WORKBOOK_RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

fn cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// A statement of one row.
fn statement_rows(description: &str) -> String {
    let header = ["balance_transaction_id", "created_utc", "currency", "gross", "fee", "net", "description"];
    let values = ["txn_1", "2026-05-01 12:00:00", "usd", "10.00", "0.59", "9.41", description];
    let row = |number: usize, texts: [&str; 7]| {
        let cells: String = ('A'..).zip(texts).map(|(column, text)| cell(&format!("{column}{number}"), text)).collect();
        format!("<row r=\"{number}\">{cells}</row>")
    };
    row(1, header) + &row(2, values)
}

/// R85: no document type, whatever it declares, and no entity of one's own.
#[test]
fn document_types_and_entities_are_refused() {
    assert_eq!(read(&raw_workbook("", &statement_rows("Order"), "")).unwrap().0.len(), 1);
    let external = "<!DOCTYPE worksheet [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let growing = "<!doctype w [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY x \"&a;&a;&a;&a;\">]>";
    for (before, description) in [(external, "&x;"), (external, "Order"), (growing, "&x;"), ("", "&x;")] {
        let bytes = raw_workbook(before, &statement_rows(description), "");
        assert_eq!(code(&bytes), Some(RefusalCode::Damaged), "{before} {description}");
    }
    let far = " ".repeat(32 * 1024 - 4) + external;
    assert_eq!(code(&raw_workbook(&far, &statement_rows("Order"), "")), Some(RefusalCode::Damaged));
    // A text may speak of one.
    assert_eq!(read(&raw_workbook("", &statement_rows("&lt;!DOCTYPE html&gt;"), "")).unwrap().0.len(), 1);
}

/// R84: neither a far cell nor many rows as wide as one of them make a text beyond all memory.
#[test]
fn what_would_not_fit_into_memory_is_refused() {
    let far = format!("<row r=\"1048576\">{}</row>", cell("XFD1048576", "x"));
    assert_eq!(code(&raw_workbook("", &far, "")), Some(RefusalCode::TooLarge));
    let mut wide = format!("<row r=\"1\">{}</row>", cell("SQ1", "x"));
    for row in 2..200_000 {
        wide += &format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>");
    }
    assert_eq!(code(&raw_workbook("", &wide, "")), Some(RefusalCode::TooLarge));
    let strings = format!("<si><t>{}</t></si>", "0123456789abcdef".repeat(64)).repeat(50_000);
    assert_eq!(code(&raw_workbook("", &statement_rows("Order"), &strings)), Some(RefusalCode::TooLarge));
}

#[test]
fn a_cell_that_comes_twice_is_damage() {
    let rows = statement_rows("Order") + &format!("<row r=\"2\">{}</row>", cell("A2", "txn_2"));
    assert_eq!(code(&raw_workbook("", &rows, "")), Some(RefusalCode::Damaged));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_workbooks_are_survived(places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12)) {
        let mut book = Workbook::new();
        write_native(book.add_worksheet(), 16, 1..4);
        let mut bytes = book.save_to_buffer().unwrap();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read(&bytes);
    }
}
