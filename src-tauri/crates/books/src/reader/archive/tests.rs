use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{AesMode, ZipWriter};

use super::*;

fn zip_of(names: &[&str], options: SimpleFileOptions, content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn read_all(bytes: &[u8], password: Option<&[u8]>) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
    let kind = archive_kind(bytes).unwrap();
    let mut all = Vec::new();
    for member in list(Cursor::new(bytes), kind)? {
        let mut content = Vec::new();
        let mut reader = open_member(Cursor::new(bytes.to_vec()), &member, password)?;
        reader.read_to_end(&mut content)?;
        all.push((member.name, content));
    }
    Ok(all)
}

fn code(bytes: &[u8], password: Option<&[u8]>) -> RefusalCode {
    match read_all(bytes, password) {
        Err(ReadError::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {:?}", other.map(|members| members.len())),
    }
}

#[test]
fn members_are_listed_and_read() {
    let content = "账务流水号,业务流水号\n".repeat(50).into_bytes();
    for options in [deflated(), SimpleFileOptions::default().compression_method(CompressionMethod::Stored)] {
        let bytes = zip_of(&["folder/账务明细.csv", "__MACOSX/._a.csv", "b.csv"], options, &content);
        let members = read_all(&bytes, None).unwrap();
        assert_eq!(
            members,
            [("folder/账务明细.csv".to_owned(), content.clone()), ("b.csv".to_owned(), content.clone())]
        );
    }
    let mut gzip = flate2::GzBuilder::new().filename("bill.csv").write(Vec::new(), flate2::Compression::default());
    gzip.write_all(&content).unwrap();
    let bytes = gzip.finish().unwrap();
    assert_eq!(read_all(&bytes, None).unwrap(), [("bill.csv".to_owned(), content)]);
}

#[test]
fn names_without_the_utf_8_flag_are_gb18030() {
    let (name, ..) = GB18030.encode("2088_20261120_账务明细.csv");
    assert_eq!(decode_name(&name), "2088_20261120_账务明细.csv");
}

#[test]
fn an_encrypted_archive_needs_its_password() {
    let aes = deflated().with_aes_encryption(AesMode::Aes256, "123456");
    let bytes = zip_of(&["bill.csv"], aes, b"a,b\n1,2\n");
    assert_eq!(code(&bytes, None), RefusalCode::NeedsPassword);
    assert_eq!(code(&bytes, Some(b"654321")), RefusalCode::NeedsPassword);
    assert_eq!(read_all(&bytes, Some(b"123456")).unwrap()[0].1, b"a,b\n1,2\n");
}

/// `zip -P 123456` of a file `bill.csv` holding `a,b\n1,2\n`: the old zip cipher.
const OLD_CIPHER: &[u8] = b"\
    \x50\x4b\x03\x04\x0a\x00\x09\x00\x00\x00\x00\x00\x74\x5d\x7b\x07\x97\x0a\x14\x00\x00\x00\x08\x00\
    \x00\x00\x08\x00\x00\x00\x62\x69\x6c\x6c\x2e\x63\x73\x76\x7e\xe8\x7e\x9e\xdb\xe9\xbc\xd7\x01\x82\
    \x22\x99\xa3\xc5\xa3\xf8\x2e\x6e\x25\x62\x50\x4b\x07\x08\x7b\x07\x97\x0a\x14\x00\x00\x00\x08\x00\
    \x00\x00\x50\x4b\x01\x02\x1e\x03\x0a\x00\x09\x00\x00\x00\x00\x00\x74\x5d\x7b\x07\x97\x0a\x14\x00\
    \x00\x00\x08\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\xa4\x81\x00\x00\x00\x00\
    \x62\x69\x6c\x6c\x2e\x63\x73\x76\x50\x4b\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x36\x00\x00\x00\
    \x4a\x00\x00\x00\x00\x00";

#[test]
fn the_old_cipher_is_read_too() {
    assert_eq!(read_all(OLD_CIPHER, Some(b"123456")).unwrap()[0].1, b"a,b\n1,2\n");
    assert_eq!(code(OLD_CIPHER, None), RefusalCode::NeedsPassword);
    for wrong in 0..600 {
        assert_eq!(code(OLD_CIPHER, Some(format!("wrong{wrong}").as_bytes())), RefusalCode::NeedsPassword);
    }
}

#[test]
fn limits_are_refused() {
    let bomb = zip_of(&["bomb.csv"], deflated(), &vec![b'0'; 8 << 20]);
    assert_eq!(code(&bomb, None), RefusalCode::TooLarge);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![0; 8 << 20]).unwrap();
    assert_eq!(code(&gzip.finish().unwrap(), None), RefusalCode::TooLarge);
    let names: Vec<String> = (0..201).map(|number| format!("{number}.csv")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(code(&zip_of(&names, deflated(), b"x"), None), RefusalCode::TooLarge);
    assert_eq!(read_all(&zip_of(&names[..200], deflated(), b"x"), None).unwrap().len(), 200);
}

#[test]
fn archives_links_and_paths_that_lead_out_are_refused() {
    for name in
        ["inner.zip", "bill.csv.GZ", "../bill.csv", "a/../../bill.csv", "/etc/bill.csv", "C:\\bill.csv", "..\\bill.csv"]
    {
        assert_eq!(code(&zip_of(&[name], deflated(), b"x"), None), RefusalCode::Damaged, "{name}");
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("bill.csv", "/etc/passwd", deflated()).unwrap();
    assert_eq!(code(&zip.finish().unwrap().into_inner(), None), RefusalCode::Damaged);
    assert_eq!(code(&zip_of(&["hidden.csv"], deflated(), &[0x1F, 0x8B, 8, 0]), None), RefusalCode::Damaged);
}

#[test]
fn a_damaged_archive_is_refused_and_never_believed() {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut bytes = zip_of(&["bill.csv"], stored, b"amount,100.00");
    let at = bytes.windows(6).position(|window| window == b"100.00").unwrap();
    bytes[at] = b'9';
    assert_eq!(code(&bytes, None), RefusalCode::Damaged);
    let whole = zip_of(&["bill.csv"], deflated(), &b"amount,100.00\n".repeat(100));
    for end in 4..whole.len() {
        let cut = whole.get(..end).unwrap_or_default();
        assert!(read_all(cut, None).is_err(), "cut at {end}");
    }
}
