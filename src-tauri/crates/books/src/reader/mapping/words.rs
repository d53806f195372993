//! Types and statuses of files no form is known for: common words in English, German and Chinese.

use crate::{Kind, Status};

/// What a word says, before the sign of the amount is looked at.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Always(Kind),
    /// One kind for money in, another for money out.
    Signed(Kind, Kind),
}

use Meaning::{Always, Signed};

/// The first line with a word of the cell is taken: "Refund of fee" is a fee.
const TYPES: &[(&[&str], Meaning)] = &[
    (&["fee", "fees", "commission", "gebühr", "entgelt", "手续费", "服务费"], Always(Kind::Fee)),
    (&["chargeback", "dispute", "拒付", "争议"], Signed(Kind::DisputeReversal, Kind::Dispute)),
    (&["refund", "refunds", "rückzahlung", "erstattung", "退款"], Always(Kind::Refund)),
    (&["payout", "withdrawal", "withdraw", "auszahlung", "提现", "提款"], Signed(Kind::PayoutReversal, Kind::Payout)),
    (&["topup", "top-up", "充值"], Always(Kind::Topup)),
    (&["conversion", "exchange", "fx", "umrechnung", "结汇", "换汇", "兑换", "货币转换"], Always(Kind::Conversion)),
    (&["hold", "reserve", "release", "冻结", "解冻"], Signed(Kind::Release, Kind::Hold)),
    (&["tax", "vat", "steuer", "税"], Always(Kind::Tax)),
    (&["adjustment", "correction", "korrektur", "调整"], Always(Kind::Adjustment)),
    (&["transfer", "deposit", "überweisung", "转账"], Signed(Kind::TransferIn, Kind::TransferOut)),
    // Sent, it is a purchase, for which there is no kind of its own.
    (&["sale", "payment", "order", "zahlung", "收款", "付款", "交易", "销售"], Signed(Kind::Sale, Kind::Other)),
];

const STATUSES: &[(&[&str], Status)] = &[
    (
        &[
            "completed",
            "complete",
            "success",
            "successful",
            "succeeded",
            "settled",
            "paid",
            "done",
            "posted",
            "abgeschlossen",
            "完成",
            "已完成",
            "成功",
            "交易成功",
            "已结算",
            "已到账",
        ],
        Status::Completed,
    ),
    (
        &[
            "pending",
            "processing",
            "in progress",
            "new",
            "ausstehend",
            "处理中",
            "待处理",
            "待结算",
            "等待中",
            "审核中",
        ],
        Status::Pending,
    ),
    (
        &[
            "canceled",
            "cancelled",
            "expired",
            "voided",
            "closed",
            "storniert",
            "已取消",
            "已关闭",
            "交易关闭",
            "已撤销",
            "已过期",
        ],
        Status::Closed,
    ),
    (
        &["failed", "rejected", "declined", "denied", "fehlgeschlagen", "abgelehnt", "失败", "已拒绝", "交易失败"],
        Status::Failed,
    ),
    (&["reversed", "returned", "已冲正", "已退回"], Status::Reversed),
];

const IN: &[&str] = &["in", "credit", "cr", "c", "incoming", "received", "+", "收入", "收", "入账", "转入", "haben"];
const OUT: &[&str] = &["out", "debit", "dr", "d", "outgoing", "sent", "-", "支出", "支", "出账", "转出", "soll"];

/// Beside money in and money out: the row only informs.
const MEMO: &[&str] = &["memo", "mémo", "promemoria", "memorando", "备注", "备忘", "備考"];

/// Whether a direction cell says that no money moved.
pub(in crate::reader) fn is_memo(written: &str) -> bool {
    MEMO.contains(&written.to_lowercase().as_str())
}

/// Whether a direction cell says that money went out; `None` where its word is not known.
pub(in crate::reader) fn takes(written: &str) -> Option<bool> {
    let lower = written.to_lowercase();
    match (IN.contains(&lower.as_str()), OUT.contains(&lower.as_str())) {
        (true, _) => Some(false),
        (_, true) => Some(true),
        _ => None,
    }
}

/// The kind a type cell names; `None` where its words are not known.
pub(in crate::reader) fn kind(written: &str, gross: i64) -> Option<Kind> {
    let lower = written.to_lowercase();
    let has = |word: &&str| {
        if word.is_ascii() || word.chars().all(|c| c < '\u{2e80}') {
            // Whole words: a coffee is no fee.
            lower.split(|c: char| !c.is_alphanumeric() && c != '-').any(|part| part == *word)
        } else {
            lower.contains(word)
        }
    };
    let (_, meaning) = TYPES.iter().find(|(words, _)| words.iter().any(has))?;
    Some(match *meaning {
        Always(kind) => kind,
        Signed(money_in, _) if gross >= 0 => money_in,
        Signed(_, money_out) => money_out,
    })
}

/// The status a cell names; `None` where its word is not known.
pub(in crate::reader) fn status(written: &str) -> Option<Status> {
    let lower = written.to_lowercase();
    STATUSES.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, status)| *status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_signs_decide() {
        for (written, gross, expected) in [
            ("PAYOUT", -1, Some(Kind::Payout)),
            ("Payout", 1, Some(Kind::PayoutReversal)),
            ("Refund fee", -1, Some(Kind::Fee)),
            ("Coffee", 1, None),
            ("一般提现", -1, Some(Kind::Payout)),
            ("付款退款", -1, Some(Kind::Refund)),
            ("快速结账付款", 1, Some(Kind::Sale)),
            ("Payment", -1, Some(Kind::Other)),
            ("Zahlung", 1, Some(Kind::Sale)),
            ("", 1, None),
        ] {
            assert_eq!(kind(written, gross), expected, "{written}");
        }
        assert_eq!(status("SETTLED"), Some(Status::Completed));
        assert_eq!(status("处理中"), Some(Status::Pending));
        assert_eq!(status("strange"), None);
        assert_eq!((takes("支出"), takes("CR"), takes("不计收支")), (Some(true), Some(false), None));
        assert!(is_memo("Memo") && !is_memo("不计收支"));
    }
}
