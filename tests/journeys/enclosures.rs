//! What goes with the papers of a theft: each form lists it, as text and as PDF, and it is in the pack under that name.

use std::path::Path;

use purser_tests::ZONE;
use purser_tests::folder::{files, sha256_hex};
use purser_tests::poppler::poppler;
use purser_tests::statements::fixture;
use serde_json::Value;

use crate::incidents::{unpacked, with_books};

/// Without white space: a PDF breaks lines where it likes.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn each_form_lists_what_is_enclosed() {
    let (computer, cli) = with_books();
    cli.json(["import", &fixture("paypal/activity-en-us")]);
    cli.json(["freeze"]);
    cli.json(["incident", "answer", "--region", "mainland", "--region", "hong_kong"]);
    let licence = computer.write("营业执照.pdf", "%PDF licence");
    let letter = computer.write("letter.pdf", "%PDF letter");
    let picture = computer.write("sessions.png", "picture");
    cli.json(["incident", "attach", &licence, "--kind", "licence"]);
    cli.json(["incident", "attach", &letter, "--kind", "authorisation"]);
    let kept = cli.json(["incident", "evidence", &picture]);
    let day = kept["attachments"][2]["at"].as_str().unwrap();
    cli.json(["incident", "good-day", "2026-01-01"]);
    let page = cli.json(["incident", "transactions"]);
    let out: Vec<&Value> = page["rows"].as_array().unwrap().iter().filter(|row| row["direction"] == "out").collect();
    let (theirs, ours) = (out[0]["id"].as_str().unwrap(), out[1]["id"].as_str().unwrap());
    cli.json(["incident", "mark", theirs, "--theirs"]);
    cli.json(["incident", "mark", ours, "--ours"]);
    let pack = computer.outside().join("pack.zip");
    cli.json(["incident", "pack", "-o", pack.to_str().unwrap(), "--from", "2026-01-01", "--to", "2026-12-31"]);
    let folder = unpacked(&computer, pack.to_str().unwrap());
    let content = files(&folder);

    // The list itself: what is theirs and what nobody marked, and nothing of what is ours or came in.
    let list = &content[Path::new("affected_transactions.csv")];
    let mut rows = csv::Reader::from_reader(list.as_slice());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), out.len() - 1);
    let verdicts: Vec<&str> = rows.iter().map(|row| &row[7]).collect();
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == "theirs").count(), 1);
    assert!(verdicts.iter().all(|verdict| matches!(*verdict, "theirs" | "unknown")), "{verdicts:?}");
    let own = &content[Path::new("papers/paypal_affected_transactions.csv")];
    assert_eq!(own, list, "one wallet: the same rows");

    // In the zone of the business, as the papers write days.
    let day = day.parse::<jiff::Timestamp>().unwrap().in_tz(ZONE).unwrap().date();
    let short = |bytes: &[u8]| format!("{}…", &sha256_hex(bytes)[..12]);
    let entry = |labels: [&str; 4], what: &str, file: &str, bytes: &[u8]| {
        let [one, two, three, four] = labels;
        format!("{one}{what}\n      {two}{file}\n      {three}{day}\n      {four}{}\n", short(bytes))
    };
    let english = ["What: ", "File: ", "Date: ", "SHA-256: "];
    let simplified = ["事项：", "文件：", "日期：", "SHA-256 校验值："];
    let traditional = ["事項：", "檔案：", "日期：", "SHA-256 校驗值："];
    let picture = ["Other evidence", "其他证据", "其他證據"];
    let forms = [
        ("police_mainland_zh", simplified, ["营业执照副本", "授权委托书", "受影响的交易清单"], picture[1]),
        (
            "police_mainland_en",
            english,
            ["Copy of the business licence", "Authorisation letter", "List of the affected transactions"],
            picture[0],
        ),
        ("police_hong_kong_hant", traditional, ["商業登記證副本", "授權書", "受影響的交易清單"], picture[2]),
        (
            "complaint_en",
            english,
            ["Copy of the business licence", "Authorisation letter", "List of the affected transactions"],
            picture[0],
        ),
        ("complaint_zh", simplified, ["营业执照副本", "授权委托书", "受影响的交易清单"], picture[1]),
        ("insurer_hant", traditional, ["商業登記證副本", "授權書", "受影響的交易清單"], picture[2]),
    ];
    for (form, labels, [first, second, third], last) in forms {
        let wanted = [
            format!("(1)   {}", entry(labels, first, "licence/营业执照.pdf", b"%PDF licence")),
            format!("(2)   {}", entry(labels, second, "authorisation/letter.pdf", b"%PDF letter")),
            format!("(3)   {}", entry(labels, third, "affected_transactions.csv", list)),
            format!("(4)   {}", entry(labels, last, "attachments/sessions.png", b"picture")),
        ]
        .concat();
        let text = String::from_utf8(content[Path::new(&format!("papers/{form}.txt"))].clone()).unwrap();
        assert!(text.contains(&wanted), "{form}\n{wanted}\n{text}");
        let pdf = squeezed(&poppler("pdftotext", &[], &folder.join(format!("papers/{form}.pdf"))));
        for cell in [first, second, third, "affected_transactions.csv", "sessions.png", &day.to_string(), &short(list)]
        {
            assert!(pdf.contains(&squeezed(cell)), "{cell} in {form}\n{pdf}");
        }
    }
    // A provider is told of the licence, the letter and its own transactions.
    let text = String::from_utf8(content[Path::new("papers/paypal_provider_zh.txt")].clone()).unwrap();
    let own = entry(simplified, "受影响的交易清单", "papers/paypal_affected_transactions.csv", own);
    assert!(text.contains(&format!("(3)   {own}")) && !text.contains("sessions.png"), "{text}");
}

/// Nothing was given and nothing is affected: lines to write on, and no list.
#[test]
fn without_enclosures_there_are_lines_to_write_on() {
    let (computer, cli) = with_books();
    cli.json(["freeze"]);
    let pack = computer.outside().join("pack.zip");
    cli.json(["incident", "pack", "-o", pack.to_str().unwrap(), "--from", "2020-01-01", "--to", "2020-01-02"]);
    let content = files(&unpacked(&computer, pack.to_str().unwrap()));
    assert!(content.keys().all(|path| !path.to_string_lossy().contains("affected_transactions")));
    let text = String::from_utf8(content[Path::new("papers/complaint_en.txt")].clone()).unwrap();
    assert!(
        text.contains("Enclosures\n----------\nWhat: ____________________\nFile: ____________________\n"),
        "{text}"
    );
}
