//! Zip and gzip files: one entry per statement inside, passwords, summaries beside their statement.

use std::io::Write;

use purser_tests::Profile;
use purser_tests::statements::fixture;
use serde_json::Value;
use zip::write::SimpleFileOptions;

fn zip_of(members: &[(&str, &str)], password: Option<&str>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, fixture_name) in members {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        let options = match password {
            Some(password) => options.with_aes_encryption(zip::AesMode::Aes256, password),
            None => options,
        };
        writer.start_file(*name, options).unwrap();
        writer.write_all(&std::fs::read(fixture(fixture_name)).unwrap()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn files(receipts: &Value) -> Vec<&str> {
    receipts.as_array().unwrap().iter().map(|receipt| receipt["file"].as_str().unwrap()).collect()
}

#[test]
fn a_zip_gives_one_receipt_per_statement_and_its_summary_is_a_warning() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let archive = computer.write(
        "账单.zip",
        zip_of(
            &[
                ("账务明细.csv", "alipay/account-log-classic"),
                ("账务明细(汇总).csv", "alipay/account-log-summary"),
                ("trade.csv", "alipay/trade"),
            ],
            None,
        ),
    );
    let receipts = cli.json(["import", &archive]);
    let mut names = files(&receipts);
    names.sort_unstable();
    assert_eq!(names, ["账单.zip!/trade.csv", "账单.zip!/账务明细.csv"]);
    let companions: Vec<&Value> = receipts
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|receipt| receipt["warnings"].as_array().unwrap())
        .filter(|warning| warning["code"] == "companion")
        .collect();
    assert_eq!(companions.len(), 1);
    assert!(companions[0]["message"].as_str().unwrap().contains("汇总"), "{companions:?}");
    let sources: Vec<String> =
        cli.whole_history().iter().map(|row| row["source"]["file"].as_str().unwrap().to_owned()).collect();
    assert!(sources.iter().all(|source| source.starts_with("账单.zip!/")), "{sources:?}");
    // The same statement outside of its archive is the same file.
    let receipt = &cli.json(["import", &fixture("alipay/account-log-classic")])[0];
    assert_eq!(receipt["stored"], 0);
    // A summary alone is refused, in an archive too.
    cli.run(["import", &fixture("alipay/account-log-summary")]).expect_code(2);
    let alone = computer.write("alone.zip", zip_of(&[("汇总.csv", "alipay/account-log-summary")], None));
    let run = cli.run(["--json", "import", &alone]).expect_code(2);
    assert_eq!(run.json()[0]["refused"]["code"], "summary_only");
    assert_eq!(cli.json(["verify"])["ok"], true);
}

#[test]
fn one_refused_member_does_not_stop_its_siblings() {
    let computer = Profile::unlocked();
    let members =
        [("a.csv", "paypal/activity-en-us"), ("b.csv", "alipay/cut-inside-a-row"), ("c.csv", "stripe/balance-history")];
    let archive = computer.write("mixed.zip", zip_of(&members, None));
    let receipts = computer.cli().run(["--json", "import", &archive]).expect_code(2).json();
    assert_eq!(files(&receipts), ["mixed.zip!/a.csv", "mixed.zip!/b.csv", "mixed.zip!/c.csv"]);
    assert_eq!(receipts[1]["refused"]["code"], "damaged");
    assert_eq!(computer.cli().whole_history().len(), 13);
}

#[test]
fn an_encrypted_zip_opens_with_its_password_only() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let password = "846213";
    let file = computer.write("personal.zip", zip_of(&[("微信支付账单.csv", "wechatpay/personal")], Some(password)));
    let right = computer.write("zip-password.txt", format!("{password}\n"));
    let wrong = computer.write("zip-wrong.txt", "846214");
    let run = cli.run(["--json", "import", &file]).expect_code(2);
    assert_eq!(run.json()[0]["refused"]["code"], "needs_password");
    let run = cli.run(["--json", "import", "--zip-password-file", &wrong, &file]).expect_code(2);
    assert_eq!(run.json()[0]["refused"]["code"], "needs_password");
    assert_eq!(cli.json(["status"])["wallets"], serde_json::json!([]));
    let receipt = cli.json(["import", "--zip-password-file", &right, &file])[0].clone();
    assert_eq!(receipt["file"], "personal.zip!/微信支付账单.csv");
    assert_eq!((&receipt["rows"], &receipt["stored"]), (&8.into(), &7.into()));
    // Verify reads the statement again; the archive's password is not kept and not needed.
    assert_eq!(cli.json(["verify"])["ok"], true);
}

/// The older encryption, which common programs (`zip -P`) still write.
#[test]
fn a_zip_of_the_older_encryption_opens_or_says_what_is_expected() {
    let computer = Profile::unlocked();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::unstable::write::FileOptionsExt::with_deprecated_encryption(SimpleFileOptions::default(), b"846213");
    writer.start_file("bill.csv", options.unwrap()).unwrap();
    writer.write_all(&std::fs::read(fixture("wechatpay/personal")).unwrap()).unwrap();
    let file = computer.write("old.zip", writer.finish().unwrap().into_inner());
    let password = computer.write("zip-password.txt", "846213");
    let receipt = computer.cli().json(["import", "--zip-password-file", &password, &file])[0].clone();
    assert_eq!(receipt["stored"], 7, "{receipt}");
    let run = computer.cli().run(["--json", "import", &file]).expect_code(2);
    assert_eq!(run.json()[0]["refused"]["code"], "needs_password");
}

#[test]
fn a_gzip_file_is_the_statement_inside() {
    let computer = Profile::unlocked();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&std::fs::read(fixture("wechatpay/trade-bill-all")).unwrap()).unwrap();
    let file = computer.write("20261120.csv.gz", encoder.finish().unwrap());
    let receipt = computer.cli().json(["import", &file])[0].clone();
    assert_eq!(receipt["file"], "20261120.csv.gz!/20261120.csv");
    assert_eq!(receipt["rows"], 4);
}

/// R83: what is no archive, holds nothing, or claims too much is refused, and nothing is stored.
#[test]
fn hostile_archives_are_refused() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let many: Vec<(String, &str)> = (0..201).map(|number| (format!("{number}.csv"), "paypal/empty")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, fixture)| (name.as_str(), *fixture)).collect();
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("bomb.csv", SimpleFileOptions::default()).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..64 {
        bomb.write_all(&zeros).unwrap();
    }
    for (name, bytes) in [
        ("many.zip", zip_of(&many, None)),
        ("bomb.zip", bomb.finish().unwrap().into_inner()),
        ("up.zip", zip_of(&[("../../etc/x.csv", "paypal/activity-en-us")], None)),
        ("cut.zip", zip_of(&[("a.csv", "paypal/activity-en-us")], None)[..300].to_vec()),
        ("nested.zip", {
            let inner = zip_of(&[("a.csv", "paypal/activity-en-us")], None);
            let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            writer.start_file("inner.zip", SimpleFileOptions::default()).unwrap();
            writer.write_all(&inner).unwrap();
            writer.finish().unwrap().into_inner()
        }),
    ] {
        let file = computer.write(name, bytes);
        let run = cli.run(["--json", "import", &file]);
        assert_eq!(run.code, 2, "{name}: {run:?}");
        assert!(run.json().as_array().unwrap().iter().all(|receipt| receipt["refused"].is_object()), "{name}: {run:?}");
    }
    assert_eq!(cli.json(["status"])["wallets"], serde_json::json!([]));
}
