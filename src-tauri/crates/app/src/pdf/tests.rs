use encoding_rs::{BIG5, Encoding, GBK};
use purser_books::document::Language;
use purser_books::papers::{self, Case, Form};
use purser_vault::FileId;
use purser_vault::key::SignPublic;
use purser_vault::kit::{Kit, KitLanguage};
use purser_vault::secret::RecoveryKey;

use super::sheet::{BOTTOM, Item, RIGHT};
use super::*;

fn date() -> Timestamp {
    "2026-10-31T12:00:00Z".parse().unwrap()
}

fn texts(texts: &[&str]) -> Vec<Text> {
    texts.iter().map(|text| Text::clean(text)).collect()
}

fn paper(language: Language, blocks: Vec<Block>) -> Document {
    Document { blocks, ..Document::new("paper", language, "Paper") }
}

fn paragraph(language: Language, text: &str) -> Document {
    paper(language, vec![Block::Paragraph { text: text.into() }])
}

/// Every line that stands on the pages, as (page, x of its end, y, text).
fn lines(document: &Document) -> Vec<(usize, f32, f32, String)> {
    let sheet = lay(document, &mut Shaper::new(document.language), Sheet::new()).unwrap();
    let mut lines = Vec::new();
    for (page, items) in sheet.pages.iter().enumerate() {
        for item in items {
            if let Item::Text { x, y, size, text, glyphs, .. } = item {
                let part = &text.glyphs[glyphs.clone()];
                let from = part.first().map_or(0, |glyph| glyph.start as usize);
                let to = text.glyphs.get(glyphs.end).map_or(text.text.len(), |glyph| glyph.start as usize);
                lines.push((page, x + text.width(glyphs.clone()) * size, *y, text.text[from..to].to_owned()));
            }
        }
    }
    lines
}

fn words(document: &Document) -> Vec<String> {
    lines(document).into_iter().map(|(.., text)| text).collect()
}

#[test]
fn the_same_paper_and_date_are_the_same_bytes() {
    let paper = paragraph(Language::Zh, "茶叶礼盒 tea 12.30");
    let written = write(&paper, date()).unwrap();
    assert_eq!(written.bytes, write(&paper, date()).unwrap().bytes);
    assert_ne!(written.bytes, write(&paper, Timestamp::UNIX_EPOCH).unwrap().bytes);
    assert!(written.bytes.starts_with(b"%PDF-1.7"));
}

#[test]
fn what_has_no_glyph_is_told_before_and_after_writing() {
    let paper = paragraph(Language::En, "Tea 🍵 for שלום, 한 and \u{e000}; 茶 é e\u{301} −€£¥ are fine");
    let expected: BTreeSet<char> = "🍵שלום한\u{e000}".chars().collect();
    assert_eq!(missing(&paper).unwrap(), expected);
    assert_eq!(write(&paper, date()).unwrap().missing, expected);
    // In the title, a head, a cell, a label, a list, a quote too.
    let table = Block::Table { columns: texts(&["😀"]), rows: vec![texts(&["😁"])] };
    let field = Block::Field { label: "😂".into(), value: "😃".into() };
    let (list, quote) = (Block::List { items: texts(&["😄"]) }, Block::Quote { lines: texts(&["😅"]) });
    let mut everywhere = paper_of(vec![table, field, list, quote, Block::Heading { text: "😆".into() }]);
    everywhere.title = "😇".into();
    assert_eq!(missing(&everywhere).unwrap().len(), 8);
}

fn paper_of(blocks: Vec<Block>) -> Document {
    paper(Language::En, blocks)
}

/// Joiners and variation selectors choose a form; they are not characters that could be missing.
#[test]
fn joiners_are_not_missing() {
    assert!(missing(&paragraph(Language::Zh, "葛\u{e0100}茶\u{fe0f} a\u{200d}b\u{200c}")).unwrap().is_empty());
    assert!(missing(&paragraph(Language::Zh, "\u{fe0f}")).unwrap().is_empty());
}

#[test]
fn the_characters_of_both_chinas_and_kana_are_drawn() {
    let of = |encoding: &'static Encoding, from: u8, to: u8| -> String {
        let pairs = (from..=to).flat_map(|lead| (0x40..=0xfe).map(move |trail| [lead, trail]));
        pairs
            .filter_map(|pair| encoding.decode_without_bom_handling_and_without_replacement(&pair).map(String::from))
            .collect()
    };
    // What is beyond the common block came into the standards late; a few of its characters no face here has.
    let is_private = |c: &char| matches!(c, '\u{e000}'..='\u{f8ff}');
    for (language, all) in [(Language::Zh, of(GBK, 0x81, 0xfe)), (Language::Hant, of(BIG5, 0x87, 0xfe))] {
        let all: String = all.chars().filter(|c| !is_private(c)).collect();
        assert!(all.chars().count() > 17_000);
        let mut shaper = Shaper::new(language);
        shaper.shape(&all, Style::Regular).unwrap();
        shaper.shape(&all, Style::Bold).unwrap();
        let missing: Vec<char> = shaper.into_missing().into_iter().collect();
        assert!(missing.len() < 80, "{language:?}: {missing:?}");
        assert!(!missing.iter().any(|c| matches!(c, '\u{4e00}'..='\u{9fa5}')), "{language:?}: {missing:?}");
    }
    let others = "ァアカガパヴー、。「」『』【】（）！？：；，．￥＄％ＡＺａｚ０９ぁあをんﾊﾝｶｸ€£¥−–—…·№½ŁłőşğßÆœЖжΩω";
    assert!(missing(&paragraph(Language::Zh, others)).unwrap().is_empty());
}

#[test]
fn traditional_papers_are_drawn_in_hong_kong_s_forms() {
    let faces = |language| {
        let shaped = Shaper::new(language).shape("骨直令，", Style::Regular).unwrap();
        shaped.glyphs.iter().map(|glyph| glyph.face).collect::<Vec<_>>()
    };
    assert_eq!(faces(Language::Hant), [face::FaceId::HongKong; 4]);
    assert_eq!(faces(Language::Zh), [face::FaceId::Chinese; 4]);
}

#[test]
fn quotation_marks_are_wide_among_chinese_and_narrow_among_latin() {
    let shaped = Shaper::new(Language::Zh).shape("说“你好” it’s “so”", Style::Regular).unwrap();
    let marks = shaped.glyphs.iter().filter(|glyph| shaped.text[glyph.start as usize..].starts_with(['“', '”', '’']));
    assert_eq!(marks.map(|glyph| glyph.face.is_latin()).collect::<Vec<_>>(), [false, false, true, true, true]);
}

/// No line begins with a closing mark or ends with an opening one, wherever the break falls.
#[test]
fn chinese_lines_keep_the_rules_of_punctuation() {
    let sentence = "我司（深圳）于十月，发现：「账户」被盗！金额《很大》、已报案？请回复。";
    for lead in 0..60 {
        let lines = words(&paragraph(Language::Zh, &format!("{}{}", "字".repeat(lead), sentence.repeat(6))));
        for line in &lines[1..] {
            assert!(!line.starts_with(['，', '。', '、', '！', '？', '：', '」', '）', '》']), "{lines:?}");
            assert!(!line.ends_with(['（', '「', '《']), "{lines:?}");
        }
    }
}

#[test]
fn latin_breaks_between_words_and_only_endless_words_are_cut() {
    let sentence = "Nobody ordered this payment of 12,480.00 euros ".repeat(12);
    let lines = words(&paragraph(Language::En, &sentence));
    assert!(lines.len() > 4);
    for line in &lines[1..] {
        assert!(sentence.contains(&format!(" {line}")), "{lines:?}");
    }
    for text in [
        "x".repeat(2_000),
        "i WW".to_owned() + &"W".repeat(900),
        "！".repeat(900),
        "e\u{301}".repeat(900),
        " ".repeat(1_900) + "x",
    ] {
        let document = paragraph(Language::En, &text);
        for (_, end, _, line) in self::lines(&document) {
            assert!(end <= RIGHT + 0.1 || line.ends_with(' '), "{end}: {line}");
        }
        assert!(write(&document, date()).unwrap().bytes.len() < 60_000);
    }
}

fn statement(rows: usize) -> Document {
    let row = |index: usize| {
        let amount = format!("{}{}.{:02}", if index.is_multiple_of(3) { "−" } else { "" }, index * 37, index % 100);
        texts(&["2026-10-31", "海蓝贸易（深圳）有限公司", &format!("4200000{index:021}"), &amount, "CNY"])
    };
    let columns = texts(&["日期", "对方", "单号", "金额", "币种"]);
    paper(Language::Zh, vec![Block::Table { columns, rows: (0..rows).map(row).collect() }])
}

#[test]
fn a_long_table_has_its_head_on_every_page_and_every_row_once() {
    let lines = lines(&statement(1_000));
    let pages = lines.iter().map(|(page, ..)| page + 1).max().unwrap();
    assert!(pages > 20);
    assert_eq!(lines.iter().filter(|(.., text)| text == "单号").count(), pages);
    let ids: Vec<&str> =
        lines.iter().map(|(.., text)| text.as_str()).filter(|text| text.starts_with("4200000")).collect();
    assert_eq!(ids.len(), 1_000, "ids stay whole");
    assert!(ids.iter().enumerate().all(|(index, id)| **id == format!("4200000{index:021}")));
    assert!(lines.iter().all(|(_, end, y, _)| *end <= RIGHT + 0.1 && *y <= BOTTOM));
}

#[test]
fn amounts_end_at_one_line() {
    let lines = lines(&statement(30));
    let ends: Vec<f32> = lines.iter().filter(|(.., text)| text.contains('.')).map(|(_, end, ..)| *end).collect();
    assert_eq!(ends.len(), 30);
    assert!(ends.iter().all(|end| (end - ends[0]).abs() < 0.01), "{ends:?}");
}

#[test]
fn a_row_taller_than_a_page_goes_on_over_pages() {
    let text = "茶叶".repeat(900);
    let rows = vec![texts(&[&text, &text, &text, &text, "1"]), texts(&["a", "b", "c", "d", "2"])];
    let document = paper(Language::Zh, vec![Block::Table { columns: texts(&["一", "二", "三", "四", "五"]), rows }]);
    let lines = lines(&document);
    assert!(lines.iter().any(|(page, ..)| *page > 0));
    assert!(lines.iter().all(|(_, end, y, _)| *end <= RIGHT + 0.1 && *y <= BOTTOM));
    let drawn: usize = lines.iter().map(|(.., line)| line.matches("茶").count()).sum();
    assert_eq!(drawn, 3_600);
}

#[test]
fn odd_tables_and_empty_papers_are_written() {
    let many: Vec<String> = (0..60).map(|index| format!("column {index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let table = |columns: &[&str], rows: Vec<Vec<Text>>| Block::Table { columns: texts(columns), rows };
    let blocks = vec![
        table(&[], vec![]),
        table(&["a", "b"], vec![]),
        table(&["a", "b"], vec![texts(&[]), texts(&["1"]), texts(&["1", "2", "3"])]),
        table(&many, vec![texts(&many)]),
        Block::List { items: vec![] },
        Block::Quote { lines: vec![Text::clean("")] },
        Block::Heading { text: Text::default() },
    ];
    assert!(write(&paper(Language::Hant, blocks), date()).is_ok());
    let empty = Document::new("e", Language::En, "");
    assert_eq!(lay(&empty, &mut Shaper::new(Language::En), Sheet::new()).unwrap().pages.len(), 1);
    assert!(write(&empty, date()).unwrap().bytes.len() < 20_000);
}

#[test]
fn lines_to_sign_on_are_not_torn_from_their_heading() {
    for lines_before in 30..60 {
        let mut document = Document::new("p", Language::En, "Paper");
        (0..lines_before).for_each(|_| document.paragraph("A line."));
        document.heading("Signature");
        document.field("Place and date", "");
        document.field("Name", "");
        let lines = lines(&document);
        let page = |of: &str| lines.iter().find(|(.., text)| text == of).unwrap().0;
        assert_eq!(page("Signature"), page("Name"), "{lines_before}");
        let pages = lay(&document, &mut Shaper::new(Language::En), Sheet::new()).unwrap().pages.len();
        document.heading("Further payments");
        document.blocks.push(Block::Table { columns: texts(&["Time", "Amount"]), rows: vec![] });
        let lines = self::lines(&document);
        let page = |of: &str| lines.iter().find(|(.., text)| text == of).unwrap().0;
        assert_eq!(page("Further payments"), page("Amount"), "{lines_before}");
        let after = lay(&document, &mut Shaper::new(Language::En), Sheet::new()).unwrap().pages.len();
        assert!(after <= pages + 1 && after == page("Amount") + 1, "nothing of it is torn off: {lines_before}");
    }
}

#[test]
fn more_pages_than_anybody_reads_are_refused() {
    let mut document = Document::new("p", Language::En, "Paper");
    document.blocks = vec![Block::Quote { lines: texts(&["x"; 53]) }; sheet::PAGES_MAX];
    assert_eq!(write(&document, date()).unwrap_err().code, crate::error::Code::Invalid);
}

#[test]
fn nothing_is_missing_in_the_papers_of_a_theft() {
    let case = Case {
        business_name: "海岚贸易有限公司 Hailan Trading".into(),
        narrative: "At nine I saw a payout.\n九点时我看到一笔转账。".into(),
        ..Case::default()
    };
    for form in Form::ALL {
        for language in form.languages() {
            let paper = papers::write(*form, *language, &case).unwrap();
            let written = write(&paper, date()).unwrap();
            assert!(written.missing.is_empty(), "{form:?} {language:?}: {:?}", written.missing);
        }
    }
}

fn kit_text(language: KitLanguage, business: &str) -> (String, String) {
    let key = RecoveryKey::make();
    let kit = Kit {
        business_name: business,
        file_id: FileId::from_bytes([6; 16]),
        recovery_key: &key,
        owner_public: SignPublic::from_bytes([5; 32]),
        audit_checkpoint: Some("purser-checkpoint 12 abcd"),
        created: "2026-11-25T14:00:00Z",
    };
    (kit.render(language).to_string(), key.expose_text().to_string())
}

#[test]
fn a_kit_is_one_page_in_which_nothing_is_missing() {
    for language in [KitLanguage::English, KitLanguage::Chinese] {
        let (text, key) = kit_text(language, "海蓝贸易 Hailan AGE-SECRET-KEY-1");
        let pdf = kit(&text).unwrap();
        assert!(pdf.missing.is_empty(), "{:?}", pdf.missing);
        assert_eq!(pdf.bytes, kit(&text).unwrap().bytes, "dated by the kit, not by the clock");
        // Text of a PDF is compressed; what is looked for here is a copy that nobody meant to make.
        assert!(!pdf.bytes.windows(key.len()).any(|part| part == key.as_bytes()));
        assert!(!format!("{pdf:?}").contains("AGE-"), "R10");
    }
    for other in ["", "#", "AGE-SECRET-KEY-1", "# a\n\nAGE", "hello\nworld"] {
        assert!(kit(other).is_err(), "{other}");
    }
    assert!(kit(&kit_text(KitLanguage::English, &"长".repeat(300)).0).is_ok());
}

#[test]
fn a_kit_is_saved_as_its_name_says() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = kit_text(KitLanguage::Chinese, "x");
    for (name, is_pdf) in [("kit.pdf", true), ("kit.PDF", true), ("kit.txt", false), ("kit", false)] {
        let path = folder.path().join(name);
        save_kit(&path, &text).unwrap();
        let saved = std::fs::read(&path).unwrap();
        assert_eq!(saved.starts_with(b"%PDF"), is_pdf, "{name}");
        assert_eq!(saved == text.as_bytes(), !is_pdf, "{name}");
    }
}

/// What must fit its pages is drawn smaller, inside the page; what fits anyway is not touched.
#[test]
fn a_paper_fits_the_pages_it_is_given() {
    let created = Timestamp::UNIX_EPOCH;
    let mut document = Document::new("list", Language::En, "Steps");
    document.paragraph("one page");
    let plain = write(&document, created).unwrap();
    let fit = |pages, in_two| Fit { pages, in_two };
    assert_eq!(*write_within(&document, created, fit(1, true)).unwrap().bytes, *plain.bytes);
    document.blocks = vec![Block::List { items: texts(&["Call the bank with the number on its card."; 55]) }];
    document.field("Started", "2026-11-25 09:00");
    assert_eq!(lay(&document, &mut Shaper::new(Language::En), Sheet::new()).unwrap().pages.len(), 2);
    for is_in_two in [false, true] {
        let dense = DENSITIES.map(|scale| {
            let density = Density { scale, is_in_two };
            let sheet = lay(&document, &mut Shaper::new(Language::En), Sheet::dense(density)).unwrap();
            for (column, items) in sheet.leaves().flat_map(|columns| columns.iter().enumerate()) {
                let (drawn, x, y) = sheet.drawn(column > 0).unwrap();
                let (_, right, foot) = sheet.foot();
                let end = if is_in_two && column == 0 { right / 2.0 } else { right };
                for item in items {
                    let Item::Text { x: left, y: base, size, text, glyphs, .. } = item else { continue };
                    let drawn_to = (left + text.width(glyphs.clone()) * size) * drawn + x;
                    assert!(drawn_to <= end + 0.1 && base * drawn + y < foot - 7.0, "{density:?}: {drawn_to}");
                }
            }
            sheet.leaves().len()
        });
        assert!(dense.is_sorted_by(|one, next| one >= next) && dense[5] == 1, "{dense:?}");
    }
    let written = |fit| write_within(&document, created, fit).unwrap().bytes.to_vec();
    assert_ne!(written(fit(1, true)), written(fit(1, false)), "in two columns the type stays larger");
    let long = Document { blocks: vec![Block::List { items: texts(&["x"; 500]) }], ..document };
    assert!(!write_within(&long, created, fit(1, true)).unwrap().bytes.is_empty(), "written all the same");
}
