//! What a person, not a business, exports from the apps: Alipay's 交易明细 and WeChat's 微信支付账单, newest first.
//!
//! Both state counts and sums above their rows, so the rows are gone through twice.

use jiff::ToSpan;
use jiff::civil::Date;
use purser_books::reader::Tally;
use purser_books::{Currency, Direction, Provider};

use crate::PracticeFile;
use crate::ledger::Sums;
use crate::random::{choose, mix, remainder};
use crate::shop::Window;
use crate::text::{in_china, push_date, push_money, push_padded, push_time, start_of_day};

const DAY: i64 = 86_400;
/// Seconds between two payments of the owner.
const STEP: i64 = 61_511;
const ROWS: u64 = 120;

/// One kind of payment: how each of the two providers words it.
struct Habit {
    direction: Direction,
    party: &'static str,
    alipay: [&'static str; 4],
    wechat: [&'static str; 4],
    fen: (i64, i64),
}

const fn habit(
    direction: Direction,
    party: &'static str,
    alipay: [&'static str; 4],
    wechat: [&'static str; 4],
    fen: (i64, i64),
) -> Habit {
    Habit { direction, party, alipay, wechat, fen }
}

use Direction::{In, Neutral, Out};

/// Alipay: 交易分类, 商品说明, 收/付款方式, 交易状态. WeChat: 交易类型, 商品, 支付方式, 当前状态.
#[rustfmt::skip]
static HABITS: &[Habit] = &[
    habit(Out, "示例茶馆", ["餐饮美食", "绿茶, 一壶", "余额宝", "交易成功"], ["商户消费", "绿茶, 一壶", "零钱", "支付成功"], (1_800, 6_600)),
    habit(Out, "示例面馆", ["餐饮美食", "午餐", "花呗", "交易成功"], ["扫二维码付款", "收款方备注:二维码收款", "零钱", "已转账"], (1_500, 4_200)),
    habit(Out, "示例超市", ["日用百货", "商品一批", "示例银行储蓄卡(0016)", "支付成功"], ["商户消费", "商品一批", "示例银行(0016)", "支付成功"], (2_500, 32_000)),
    habit(Out, "示例地铁", ["交通出行", "地铁出行", "花呗&红包", "交易成功"], ["商户消费", "乘车码", "零钱通", "支付成功"], (300, 900)),
    habit(In, "林晓雯", ["转账红包", "转账", "余额", "交易成功"], ["转账", "转账备注:微信转账", "/", "已存入零钱"], (5_000, 80_000)),
    habit(Out, "示例窑口", ["文化休闲", "青瓷杯坯", "余额", "等待确认收货"], ["商户消费", "青瓷杯坯", "示例银行(0016)", "支付成功"], (8_000, 45_000)),
    habit(Neutral, "示例书店", ["退款", "退款-图书", "余额", "退款成功"], ["零钱充值", "/", "示例银行(0016)", "充值完成"], (1_500, 9_900)),
    habit(Out, "示例面馆", ["餐饮美食", "晚餐", "余额宝", "交易成功"], ["商户消费", "晚餐", "零钱", "支付成功"], (1_900, 5_200)),
    habit(Neutral, "支付宝", ["提现", "提现-普通提现", "示例银行储蓄卡(0016)", "交易成功"], ["零钱提现", "/", "示例银行(0016)", "提现已到账"], (10_000, 60_000)),
    habit(In, "海澜贸易", ["收入", "货款", "余额", "交易成功"], ["二维码收款", "收款", "/", "已收钱"], (12_000, 98_000)),
    habit(Neutral, "示例银行", ["信用借还", "信用卡还款", "余额宝", "还款成功"], ["信用卡还款", "/", "零钱", "支付成功"], (20_000, 150_000)),
    habit(Out, "示例影院", ["文化休闲", "电影票", "余额", "交易关闭"], ["商户消费", "电影票", "零钱", "已全额退款"], (4_500, 9_800)),
    habit(In, "顾思远", ["转账红包", "红包", "余额", "交易成功"], ["微信红包", "/", "/", "已存入零钱"], (100, 20_000)),
    habit(Out, "温嘉怡", ["转账红包", "转账", "余额", "交易成功"], ["转账", "转账备注:房租", "零钱", "对方已收钱"], (10_000, 300_000)),
];

/// One payment, known from its number alone.
pub(crate) struct Payment {
    number: u64,
    second: i64,
    habit: &'static Habit,
    fen: i64,
}

impl Payment {
    /// The payment before `end` by so many steps.
    pub(crate) fn before(end: i64, step: i64, number: u64) -> Option<Payment> {
        let drawn = mix(number);
        let habit = choose(HABITS, remainder(drawn, 1_400_000))?;
        let (least, most) = habit.fen;
        let fen = least + remainder(drawn >> 13, most - least);
        let back = i64::try_from(number).unwrap_or(0) * step + remainder(drawn >> 7, step / 2);
        Some(Payment { number, second: end - 1 - back, habit, fen })
    }

    pub(crate) fn add_to(&self, sums: &mut Sums) {
        sums.add(Currency::CNY, self.habit.direction, self.fen, 0);
    }

    fn push_id(&self, text: &mut String, middle: &str) {
        push_date(text, in_china(self.second).date(), "");
        text.push_str(middle);
        push_padded(text, self.number, 15);
    }

    pub(crate) fn push_alipay(&self, text: &mut String) {
        let [category, product, way, status] = self.habit.alipay;
        push_time(text, in_china(self.second));
        for cell in [category, self.habit.party, "/"] {
            text.push(',');
            text.push_str(cell);
        }
        text.push_str(",\"");
        text.push_str(product);
        text.push_str("\",");
        text.push_str(match self.habit.direction {
            In => "收入",
            Out => "支出",
            Neutral => "不计收支",
        });
        text.push(',');
        push_money(text, self.fen, 2);
        for cell in [way, status, ""] {
            text.push(',');
            text.push_str(cell);
        }
        self.push_id(text, "22001");
        if status == "退款成功" {
            text.push_str("_r1");
        }
        text.push_str("\t,P-");
        push_padded(text, self.number, 6);
        text.push_str("\t,,\r\n");
    }

    pub(crate) fn push_wechat(&self, text: &mut String) {
        let [kind, product, way, status] = self.habit.wechat;
        push_time(text, in_china(self.second));
        let party = if kind.starts_with("零钱") { "/" } else { self.habit.party };
        for cell in [",", kind, ",", party, ",\"", product, "\","] {
            text.push_str(cell);
        }
        text.push_str(match self.habit.direction {
            In => "收入",
            Out => "支出",
            Neutral => "/",
        });
        text.push_str(",¥");
        push_money(text, self.fen, 2);
        for cell in [way, status, "10000"] {
            text.push(',');
            text.push_str(cell);
        }
        self.push_id(text, "");
        text.push_str("\t,\"P-");
        push_padded(text, self.number, 6);
        text.push_str("\t\",");
        if kind == "零钱提现" {
            text.push_str("服务费¥");
            push_money(text, (self.fen / 1_000).max(1), 2);
        } else {
            text.push('/');
        }
        text.push_str("\r\n");
    }
}

/// Seconds between payments, so that a million of them fit into five years and a half.
pub(crate) fn step_for(rows: u64) -> i64 {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX).max(1);
    (5 * 366 * DAY / rows).clamp(2, STEP)
}

pub(crate) fn sums_of(end: i64, step: i64, rows: u64) -> Sums {
    let mut sums = Sums::default();
    for payment in (0..rows).filter_map(|number| Payment::before(end, step, number)) {
        payment.add_to(&mut sums);
    }
    sums
}

/// The day of the last of so many payments before `end`.
pub(crate) fn first_day(end: i64, step: i64, rows: u64) -> Date {
    in_china(end - i64::try_from(rows).unwrap_or(0) * step).date()
}

fn counts(sums: &Sums) -> (u64, [Tally; 3]) {
    let found = sums.0.first();
    let tallies = found.map_or_else(Default::default, |all| [all.money_in, all.money_out, all.neutral]);
    (tallies.iter().map(|tally| tally.count).sum(), tallies)
}

fn push_counts(text: &mut String, sums: &Sums, neutral: &str, end_of_line: &str) {
    let (rows, tallies) = counts(sums);
    text.push_str(&format!("共{rows}笔记录{end_of_line}"));
    for (label, tally) in ["收入", "支出", neutral].into_iter().zip(tallies) {
        text.push_str(&format!("{label}：{}笔 ", tally.count));
        push_money(text, tally.sum, 2);
        text.push('元');
        text.push_str(end_of_line);
    }
}

fn push_period(text: &mut String, from: Date, to: Date, gap: &str) {
    text.push_str("起始时间：[");
    push_date(text, from, "-");
    text.push_str(" 00:00:00]");
    text.push_str(gap);
    text.push_str("终止时间：[");
    push_date(text, to, "-");
    text.push_str(" 23:59:59]");
}

const ALIPAY_NOTES: &[&str] = &[
    "",
    "特别提示：",
    "1.本回单内容可表明支付宝受理了相应支付交易申请，因系统原因或通讯故障等偶发因素导致本回单与实际交易结果不符时，以实际交易情况为准；",
    "2.请勿将本回单作为收款方发货的凭据使用，请查证账户实际到账情况后再进行发货操作；",
    "3.支付宝快捷支付等非余额支付方式可能既产生支付宝交易也同步产生银行交易，因此请勿使用本回单进行重复记账；",
    "4.本回单如经任何涂改、编造，均立即失去效力；",
    "5.部分账单如：充值提现、账户转存或者个人设置收支等不计入为收入或者支出，记为不计收支类；",
    "6.因统计逻辑不同，明细金额直接累加后，可能会和下方统计金额不一致，请以实际交易金额为准；",
    "7.禁止将本回单用于非法用途；",
    "8.本明细仅展示当前账单中的交易，不包括已删除的记录；",
    "9.本明细仅供个人对账使用。",
    "",
    "------------------------支付宝（中国）网络技术有限公司  电子客户回单------------------------",
    "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,",
];

pub(crate) fn push_alipay_preamble(text: &mut String, sums: &Sums, from: Date, to: Date) {
    text.push_str("------------------------------------------------------------------------------------\r\n导出信息：\r\n姓名：沈若溪\r\n支付宝账户：shen.ruoxi@example.com\r\n");
    push_period(text, from, to, "    ");
    text.push_str("\r\n导出交易类型：[全部]\r\n导出时间：[");
    push_date(text, to, "-");
    text.push_str(" 23:59:59]\r\n");
    push_counts(text, sums, "不计收支", "\r\n");
    for line in ALIPAY_NOTES {
        text.push_str(line);
        text.push_str("\r\n");
    }
}

const WECHAT_NOTES: &[&str] = &[
    "注：,,,,,,,,",
    "1. 充值/提现/理财通购买/零钱通存取/信用卡还款等交易，将计入中性交易,,,,,,,,",
    "2. 本明细仅展示当前账单中的交易，不包括已删除的记录,,,,,,,,",
    "3. 本明细仅供个人对账使用,,,,,,,,",
    ",,,,,,,,",
    "----------------------微信支付账单明细列表--------------------,,,,,,,,",
    "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注",
];

pub(crate) fn push_wechat_preamble(text: &mut String, sums: &Sums, from: Date, to: Date) {
    const END: &str = ",,,,,,,,\r\n";
    text.push_str("\u{feff}微信支付账单明细,,,,,,,,\r\n微信昵称：[沈若溪],,,,,,,,\r\n");
    push_period(text, from, to, " ");
    text.push_str(END);
    text.push_str("导出类型：[全部],,,,,,,,\r\n导出时间：[");
    push_date(text, to, "-");
    text.push_str(" 23:59:59],,,,,,,,\r\n,,,,,,,,\r\n");
    push_counts(text, sums, "中性交易", END);
    for line in WECHAT_NOTES {
        text.push_str(line);
        text.push_str("\r\n");
    }
}

pub(crate) fn files(window: Window) -> Vec<PracticeFile> {
    let from = window.last.first_of_month().saturating_sub(2.months());
    // The last second of the last day in China.
    let end = start_of_day(window.last) + DAY - 8 * 3_600;
    let rows = (0..ROWS)
        .filter_map(|number| Payment::before(end, STEP, number))
        .take_while(|payment| in_china(payment.second).date() >= from)
        .count();
    let rows = u64::try_from(rows).unwrap_or(ROWS);
    let sums = sums_of(end, STEP, rows);
    let (mut alipay, mut wechat) = (String::new(), String::new());
    push_alipay_preamble(&mut alipay, &sums, from, window.last);
    push_wechat_preamble(&mut wechat, &sums, from, window.last);
    for payment in (0..rows).filter_map(|number| Payment::before(end, STEP, number)) {
        payment.push_alipay(&mut alipay);
        payment.push_wechat(&mut wechat);
    }
    let name = |title: &str| {
        let mut name = format!("{title}(");
        push_date(&mut name, from, "");
        name.push('-');
        push_date(&mut name, window.last, "");
        name.push_str(").csv");
        name
    };
    let file =
        |title, bytes, provider, form| PracticeFile { name: name(title), bytes, provider, form, sums: sums.0.clone() };
    let encoded = encoding_rs::GB18030.encode(&alipay).0.into_owned();
    vec![
        file("支付宝交易明细", encoded, Provider::Alipay, "alipay.personal"),
        file("微信支付账单", wechat.into_bytes(), Provider::WeChatPay, "wechatpay.personal"),
    ]
}
