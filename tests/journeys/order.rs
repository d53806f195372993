//! However the same days are cut into files, in whatever order and overlap they come: the books are the same.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use purser_app::Purser;
use purser_app::contract::{Command, HistoryRequest, ImportRequest};
use purser_app::import::JobControl;
use purser_tests::profile::log_in;
use purser_tests::{MovingClock, Profile};
use serde_json::{Value, json};

/// Days of trade, numbered from 0, and files that may be downloaded up to `LAST_DOWNLOAD`.
const DAYS: u32 = 8;
const LAST_DOWNLOAD: u32 = 12;

/// A file of a form for some days, as the provider hands it out on a later day.
#[derive(Debug, Clone, Copy)]
struct Download {
    form: Form,
    from: u32,
    to: u32,
    on: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    PayPal,
    TradeBill,
    FundFlow,
    AccountLog,
}

const FORMS: [Form; 4] = [Form::PayPal, Form::TradeBill, Form::FundFlow, Form::AccountLog];

impl Download {
    fn name(self) -> String {
        format!("{:?}-{}-{}-{}.csv", self.form, self.from, self.to, self.on)
    }

    fn text(self) -> String {
        match self.form {
            Form::PayPal => paypal(self),
            Form::TradeBill => trade_bill(self),
            Form::FundFlow => fund_flow(self),
            Form::AccountLog => account_log(self),
        }
    }
}

fn yuan(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
}

/// Sales of a day, two of them in one second: (number, hour, gross, fee).
fn sales(day: u32) -> Vec<(u32, u32, i64, i64)> {
    (0..3).map(|n| (day * 3 + n, 9 + n / 2, 1_000 + i64::from(day * 7 + n), i64::from(n))).collect()
}

fn date(day: u32) -> String {
    format!("2026-10-{:02}", 13 + day)
}

/// Every third sale is pending for two days, and moves the balance only then.
fn paypal(file: Download) -> String {
    let mut text = String::from(
        "\"Date\",\"Time\",\"TimeZone\",\"Name\",\"Type\",\"Status\",\"Currency\",\"Gross\",\"Fee\",\"Net\",\
         \"Transaction ID\",\"Reference Txn ID\",\"Item Title\",\"Balance Impact\"\n",
    );
    for day in file.from..=file.to {
        for (number, hour, gross, fee) in sales(day) {
            let pending = number % 3 == 0 && file.on < day + 2;
            let (status, impact) = if pending { ("Pending", "Memo") } else { ("Completed", "Credit") };
            writeln!(
                text,
                "\"10/{:02}/2026\",\"{hour:02}:00:00\",\"PST\",\"Buyer {number}\",\"Express Checkout Payment\",\"{status}\",\
                 \"USD\",\"{}\",\"{}\",\"{}\",\"{number:017}\",\"\",\"Lamp\",\"{impact}\"",
                13 + day,
                yuan(gross),
                yuan(-fee),
                yuan(gross - fee),
            )
            .unwrap();
        }
    }
    text
}

fn trade_bill(file: Download) -> String {
    let mut text = String::from(
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,\
         微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\n",
    );
    let (mut count, mut gross_sum, mut fee_sum) = (0, 0, 0);
    for day in file.from..=file.to {
        for (number, hour, gross, fee) in sales(day) {
            (count, gross_sum, fee_sum) = (count + 1, gross_sum + gross, fee_sum + fee);
            writeln!(
                text,
                "`{} {hour:02}:00:00,`wx1,`1900000001,`0,`,`42000000000000000000{number:08},`PUR-{number},`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,\
                 `{},`0.00,`0,`0,`0.00,`0.00,`,`,`茶叶 {number},`,`{}000,`0.60%,`{},`0.00,`",
                date(day),
                yuan(gross),
                yuan(fee),
                yuan(gross),
            )
            .unwrap();
        }
    }
    writeln!(text, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额")
        .unwrap();
    writeln!(text, "`{count},`{},`0.00,`0.00,`{}000,`{},`0.00", yuan(gross_sum), yuan(fee_sum), yuan(gross_sum))
        .unwrap();
    text
}

/// The balance after each row counts from the first of all days, whatever the file begins with.
fn fund_flow(file: Download) -> String {
    let mut text = String::from(
        "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n",
    );
    let (mut balance, mut rows, mut ins, mut outs) = (100_000, 0, (0, 0), (0, 0));
    for day in 0..=file.to {
        for (number, hour, gross, fee) in sales(day) {
            for (kind, way, amount) in [("交易", "收入", gross), ("扣除交易手续费", "支出", fee)] {
                if amount == 0 {
                    continue;
                }
                balance += if way == "收入" { amount } else { -amount };
                if day < file.from {
                    continue;
                }
                rows += 1;
                let tally = if way == "收入" { &mut ins } else { &mut outs };
                *tally = (tally.0 + 1, tally.1 + amount);
                writeln!(
                    text,
                    "`{} {hour:02}:00:00,`42000000000000000000{number:08},`{kind}{number},`{kind},`{kind},`{way},`{},`{},`system,`,`PUR-{number}",
                    date(day),
                    yuan(amount),
                    yuan(balance),
                )
                .unwrap();
            }
        }
    }
    writeln!(text, "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额").unwrap();
    writeln!(text, "`{rows},`{},`{},`{},`{}", ins.0, yuan(ins.1), outs.0, yuan(outs.1)).unwrap();
    text
}

/// Rows that say nothing of themselves but their number; two are alike but for it.
fn account_log(file: Download) -> String {
    let mut text = format!(
        "#支付宝账务明细查询\n#账号：[20888000000000000156]\n#起始日期：[{} 00:00:00]   终止日期：[{} 00:00:00]\n\
         #-----------------------------------------账务明细列表----------------------------------------\n\
         账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注\n",
        date(file.from),
        date(file.to + 1),
    );
    let (mut balance, mut count, mut sum) = (0, 0, 0);
    for day in 0..=file.to {
        for (number, hour, gross, _) in sales(day) {
            balance += gross;
            if day < file.from {
                continue;
            }
            (count, sum) = (count + 1, sum + gross);
            writeln!(
                text,
                "{number:015}\t,20261013000000{number:014}\t,PUR-{number}\t,茶叶\t,{} {hour:02}:00:00,买家\t,{},0.00,{},支付宝,在线支付,",
                date(day),
                yuan(gross),
                yuan(balance),
            )
            .unwrap();
        }
    }
    writeln!(
        text,
        "#-----------------------------------------账务明细列表结束------------------------------------\n\
         #支出合计：0笔，共0.00元\n#收入合计：{count}笔，共{}元\n#导出时间：[{} 12:51:06]",
        yuan(sum),
        date(file.on),
    )
    .unwrap();
    text
}

fn download() -> impl Strategy<Value = Download> {
    (0..FORMS.len(), 0..DAYS, 0..DAYS, 0..=LAST_DOWNLOAD).prop_map(|(form, a, b, on)| {
        let (from, to) = (a.min(b), a.max(b));
        Download { form: FORMS[form], from, to, on: on.max(to) }
    })
}

/// Cuts of all days per form, downloaded when everything is settled, between any earlier and overlapping downloads.
fn downloads() -> impl Strategy<Value = Vec<Download>> {
    let cuts = prop::collection::vec(prop::collection::btree_set(1..DAYS, 0..3), FORMS.len());
    (cuts, prop::collection::vec(download(), 0..5)).prop_flat_map(|(cuts, more)| {
        let mut all = more;
        for (form, cuts) in FORMS.into_iter().zip(cuts) {
            let mut from = 0;
            for end in cuts.into_iter().chain([DAYS]) {
                all.push(Download { form, from, to: end - 1, on: LAST_DOWNLOAD });
                from = end;
            }
        }
        Just(all).prop_shuffle()
    })
}

struct Books {
    computer: Profile,
    purser: Purser,
    runtime: tokio::runtime::Runtime,
}

impl Books {
    fn new() -> Books {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let computer = Profile::locked();
        let clock = MovingClock::starting_now();
        let purser = computer.hold(&clock);
        runtime.block_on(log_in(&purser, &clock));
        Books { computer, purser, runtime }
    }

    fn run(&self, command: Command) -> Value {
        self.runtime.block_on(self.purser.run(command, &JobControl::default())).unwrap()
    }

    fn import(&self, file: Download) -> String {
        let path = self.computer.write(&file.name(), file.text());
        let request = ImportRequest { files: vec![path.into()], ..ImportRequest::default() };
        let receipts = self.run(Command::Import(request));
        assert!(receipts[0]["refused"].is_null(), "{receipts}");
        receipts[0]["id"].as_str().unwrap().to_owned()
    }

    /// Everything the books say of each transaction but the file it came from and the id, which is a wallet's own, in
    /// the order of each wallet's list; balances; whether all sums agree.
    fn say(&self) -> Vec<String> {
        let request = HistoryRequest { limit: Some(10_000), ..HistoryRequest::default() };
        let mut rows = self.run(Command::History(request))["rows"].as_array().unwrap().clone();
        for row in &mut rows {
            let fields = row.as_object_mut().unwrap();
            fields.remove("source");
            fields.remove("id");
        }
        rows.sort_by_key(|row| row["wallet"].to_string());
        let wallets = self.run(Command::Status)["wallets"].as_array().unwrap().clone();
        let balances: BTreeMap<String, Value> = wallets
            .iter()
            .map(|wallet| (wallet["wallet"].as_str().unwrap().to_owned(), wallet["balances"].clone()))
            .collect();
        let verified = self.run(Command::Verify);
        assert_eq!(verified["ok"], true, "{verified}");
        rows.iter().map(Value::to_string).chain([json!(balances).to_string()]).collect()
    }

    fn take_back(&self, id: &str) {
        self.run(Command::UndoImport { id: id.to_owned() });
    }
}

/// Names the first difference instead of everything.
fn same(found: &[String], expected: &[String]) -> Result<(), TestCaseError> {
    let differs = found.iter().zip(expected).find(|(found, expected)| found != expected);
    prop_assert!(differs.is_none(), "{:#?}", differs);
    prop_assert_eq!(found.len(), expected.len());
    Ok(())
}

#[test]
fn any_split_order_overlap_and_repetition_ends_in_the_same_books() {
    let whole = Books::new();
    for form in FORMS {
        whole.import(Download { form, from: 0, to: DAYS - 1, on: LAST_DOWNLOAD });
    }
    let expected = whole.say();
    assert_eq!(expected.len(), 3 * 3 * DAYS as usize + 1, "PayPal, WeChat Pay and Alipay, three sales a day");

    let books = Books::new();
    let mut runner =
        TestRunner::new(Config { cases: 24, failure_persistence: None, max_shrink_iters: 0, ..Config::default() });
    let outcome = runner.run(&downloads(), |files| {
        let mut ids: Vec<String> = files.iter().map(|file| books.import(*file)).collect();
        ids.sort();
        ids.dedup();
        same(&books.say(), &expected)?;
        // Taken back in another order than they came, nothing is left.
        ids.sort_by_key(|id| id.bytes().rev().collect::<Vec<u8>>());
        for id in ids {
            books.take_back(&id);
        }
        same(&books.say(), &["{}".to_owned()])?;
        Ok(())
    });
    outcome.unwrap();
}

/// Taking a file back gives the books that the others alone give.
#[test]
fn taking_any_one_file_back_is_as_if_it_had_never_come() {
    let (with, without) = (Books::new(), Books::new());
    let mut runner =
        TestRunner::new(Config { cases: 16, failure_persistence: None, max_shrink_iters: 0, ..Config::default() });
    let outcome = runner.run(&(downloads(), any::<prop::sample::Index>()), |(files, which)| {
        let gone = files[which.index(files.len())];
        let ids: Vec<String> = files.iter().map(|file| with.import(*file)).collect();
        let id = &ids[which.index(files.len())];
        with.take_back(id);
        // Downloads of other days with the same bytes are one import.
        let kept: Vec<Download> = files.iter().copied().filter(|file| file.text() != gone.text()).collect();
        let other: Vec<String> = kept.iter().map(|file| without.import(*file)).collect();
        same(&with.say(), &without.say())?;
        for id in ids.iter().filter(|one| *one != id).collect::<std::collections::BTreeSet<_>>() {
            with.take_back(id);
        }
        for id in other.iter().collect::<std::collections::BTreeSet<_>>() {
            without.take_back(id);
        }
        same(&with.say(), &without.say())?;
        Ok(())
    });
    outcome.unwrap();
}
