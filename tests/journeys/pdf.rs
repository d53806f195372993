//! Papers and kits as PDF, read by programs we did not write: poppler's `pdftotext`, `pdffonts` and `pdfinfo`.

use std::path::{Path, PathBuf};

use purser_app::pdf;
use purser_books::document::{Block, Document, Language, Text};
use purser_tests::authenticator::code_at;
use purser_tests::poppler::poppler;
use purser_tests::{MovingClock, PASSWORD, Profile, SEED};

use crate::recovery::NEW_SEED;

fn written(folder: &Path, document: &Document) -> PathBuf {
    let path = folder.join(document.file_name("pdf"));
    let pdf = pdf::write(document, "2026-10-31T12:00:00Z".parse().unwrap()).unwrap();
    std::fs::write(&path, &pdf.bytes[..]).unwrap();
    path
}

/// Without blanks and line ends: where a line is broken is for the page to decide.
fn squeezed(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

const PARAGRAPHS: [&str; 3] = [
    "On 31 October 2026 a payout of −12,480.00 left our account; “nobody” ordered it: Łódź, naïve, Ελλάδα, Корпорация, Việt Nam — € £ ¥.",
    "2026年10月31日09:12（北京时间），我公司PayPal账户转出12,480.00美元；陈喆、王堃说：“不是我们”。全角ＡＢＣ１２３￥，カタカナとひらがな。",
    "向警方報案：香港鰂魚涌英皇道 979 號，骨、直、令、角、遍；咗、啲、嘅，「未經授權」的轉帳。",
];

#[test]
fn every_script_is_selectable_text_in_embedded_subsets() {
    let folder = tempfile::tempdir().unwrap();
    for language in [Language::En, Language::Zh, Language::Hant] {
        let mut paper = Document::new("report", language, "Report 报告 報告");
        PARAGRAPHS.iter().for_each(|text| paper.paragraph(text));
        paper.heading("Words 原话 原話");
        paper.quote("I was at the warehouse.\n我当时在仓库。");
        paper.field("Name 姓名", "Mei 陳美玲");
        paper.blocks.push(Block::List { items: vec![Text::clean("Keep the logs 保留日志")] });
        let path = written(folder.path(), &paper);
        let text = squeezed(&poppler("pdftotext", &[], &path));
        for part in PARAGRAPHS.iter().chain(&[
            "Words 原话 原話",
            "我当时在仓库。",
            "Name 姓名",
            "Mei 陳美玲",
            "Keep the logs 保留日志",
        ]) {
            assert!(text.contains(&squeezed(part)), "{language:?}: {part}\n{text}");
        }
        let fonts = poppler("pdffonts", &[], &path);
        let fonts: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(fonts.len() >= 3, "{fonts:?}");
        for font in fonts {
            let words: Vec<&str> = font.split_whitespace().collect();
            // Embedded, a subset, with a map to Unicode; the last two words are the object's number.
            assert_eq!(words[words.len() - 5..words.len() - 2], ["yes"; 3], "{font}");
        }
        let about = poppler("pdfinfo", &[], &path);
        for line in
            ["Title:           Report 报告 報告", "Page size:       595.28 x 841.89 pts (A4)", "Pages:           1"]
        {
            assert!(about.contains(line), "{about}");
        }
        let expected = match language {
            Language::En => "en",
            Language::Zh => "zh-Hans",
            Language::Hant => "zh-Hant-HK",
        };
        assert!(poppler("pdfinfo", &["-meta"], &path).contains(&format!(">{expected}<")));
    }
}

/// A character without a glyph is a box to the eye and still itself when copied.
#[test]
fn a_box_is_still_its_character_when_copied() {
    let folder = tempfile::tempdir().unwrap();
    let mut paper = Document::new("tea", Language::En, "Tea");
    paper.paragraph("Tea 🍵 and 한글, then more tea");
    let path = written(folder.path(), &paper);
    let text = squeezed(&poppler("pdftotext", &[], &path));
    assert!(text.contains(&squeezed("Tea 🍵 and 한글, then more tea")), "{text}");
}

#[test]
fn a_thousand_rows_have_their_head_and_number_on_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let cells = |cells: &[&str]| cells.iter().map(|cell| Text::clean(cell)).collect::<Vec<_>>();
    let row = |index: usize| cells(&["2026-10-31", &format!("订单{index:05}号"), &format!("−{index}.50"), "CNY"]);
    let mut paper = Document::new("statement", Language::Zh, "对账单");
    let columns = cells(&["记账日期", "说明", "金额", "币种"]);
    paper.blocks.push(Block::Table { columns, rows: (0..1_000).map(row).collect() });
    let path = written(folder.path(), &paper);
    let text = poppler("pdftotext", &["-layout"], &path);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 15, "{}", pages.len());
    for (index, page) in pages.iter().enumerate() {
        assert_eq!(page.matches("记账日期").count(), 1);
        let number = format!("{} / {}", index + 1, pages.len());
        assert!(squeezed(page).contains(&squeezed(&number)), "{number}");
    }
    for index in 0..1_000 {
        let line = text.lines().find(|line| line.contains(&format!("订单{index:05}号"))).unwrap();
        assert!(line.contains(&format!("−{index}.50")), "{line}");
    }
}

/// The kit of `init` and of `recover`, saved as the page to print: its key opens, and the rest is read back too.
#[test]
fn a_kit_saved_as_pdf_proves_and_recovers() {
    let computer = Profile::none();
    let clock = MovingClock::starting_now();
    let path = computer.outside().join("kit.pdf");
    let password = computer.write("password", PASSWORD);
    let seed = computer.write("seed", SEED);
    let code = code_at(SEED, clock.seconds());
    let kit = path.to_str().unwrap();
    let init = |kit: &str, code: &str| {
        let given = ["init", "--name", "海蓝贸易 Hailan", "--password-file", &password, "--totp-seed-file", &seed];
        let rest = ["--code", code, "--keyring", "file", "--save-kit", kit];
        computer.cli().run(["--json", "--lang", "zh-CN"].iter().chain(&given).chain(&rest))
    };
    // A file that is there stays, and nothing is made before that is known.
    let taken = computer.write("taken.pdf", "mine");
    init(&taken, &code).expect_code(2);
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "mine");
    let made = init(kit, &code).expect_code(0).json();
    let key = made["recovery_key"].as_str().unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
        0o600
    );

    let page = poppler("pdftotext", &["-layout"], &path);
    assert!(page.lines().any(|line| line.trim() == key), "the key is one word");
    assert!(page.contains("恢复套件") && page.contains("sqlcipher books.db \"PRAGMA key"), "{page}");
    let (read, text) =
        (purser_vault::kit::parse(&page).unwrap(), purser_vault::kit::parse(made["kit"].as_str().unwrap()).unwrap());
    assert!(read.recovery_key.matches(&text.recovery_key));
    assert_eq!((read.file_id, read.owner_fingerprint), (text.file_id, text.owner_fingerprint));
    assert_eq!(read.audit_checkpoint, text.audit_checkpoint);

    // What was copied out of the page starts over; the new kit is saved as text this time.
    let copied = computer.write("copied.txt", key);
    let new_password = computer.write("new-password", "another long password 7");
    let new_seed = computer.write("new-seed", NEW_SEED);
    let saved = computer.outside().join("new-kit.txt");
    let recovered = computer.cli().json([
        "recover",
        "--kit-file",
        &copied,
        "--new-password-file",
        &new_password,
        "--totp-seed-file",
        &new_seed,
        "--code",
        &code_at(NEW_SEED, clock.seconds()),
        "--save-kit",
        saved.to_str().unwrap(),
    ]);
    assert_eq!(recovered["kit"].as_str().unwrap(), std::fs::read_to_string(&saved).unwrap());
}
