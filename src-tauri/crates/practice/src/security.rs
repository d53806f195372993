//! What the practice company's owner wrote down of credentials, wallets and devices, in the words of the command line.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

/// JSON: `credentials`, `wallets` and `devices`. Some of it is in order, some of it stands open.
#[must_use]
pub fn security(today: Date) -> String {
    let ago = |days: i32| today.checked_sub(days.days()).unwrap_or(today).to_string();
    let ahead = |days: i32| today.checked_add(days.days()).unwrap_or(today).to_string();
    let login = |name: &str, wallet: &str, holder: &str, days: i32| {
        json!({
            "kind": "dashboard_login", "name": name, "wallet": wallet, "holder": holder, "kept_at": "password manager",
            "used_at": "browser", "scope": "", "misuse": "takes_over", "made": ago(days),
        })
    };
    let credentials: Vec<Value> = vec![
        login("PayPal login", "PayPal", "Lin Yue", 40),
        login("Alipay login", "Alipay", "Lin Yue", 220),
        login("Stripe login", "Stripe", "Chen Bo", 75),
        json!({
            "kind": "api_key", "name": "Stripe key of the shop", "wallet": "Stripe", "holder": "Chen Bo",
            "kept_at": "shop server", "used_at": "checkout", "scope": "Charges: write", "misuse": "refunds", "made": ago(310),
        }),
        json!({
            "kind": "certificate", "name": "WeChat Pay certificate", "wallet": "WeChat Pay", "holder": "Chen Bo",
            "kept_at": "shop server", "used_at": "checkout", "scope": "", "misuse": "pays_out", "made": ago(1_810),
            "expires": ahead(12),
        }),
    ];
    let wallets = json!([
        { "wallet": "PayPal", "reviewed": true, "as_of": ago(20), "values": [
            ["second_factor", "app"], ["administrators", "Lin Yue"], ["operators", "Chen Bo"], ["bound_phone", "…4471"],
            ["bound_email", "l…@hailan-trading.example.com"], ["ip_list", "not_offered"], ["api_transfers", "off"],
            ["alerts", "on"], ["payout_account", "…4471"]] },
        { "wallet": "Alipay", "reviewed": true, "as_of": ago(110), "values": [
            ["second_factor", "sms"], ["administrators", "林悦"], ["operators", "陈博"], ["bound_phone", "…0156"],
            ["bound_email", "l…@hailan-trading.example.com"], ["ip_list", "off"], ["api_transfers", "off"],
            ["alerts", "on"], ["payout_account", "…8820"]] },
        { "wallet": "Stripe", "reviewed": true, "as_of": ago(5), "values": [
            ["second_factor", "key"], ["administrators", "Lin Yue"], ["operators", "Chen Bo"], ["bound_phone", "…4471"],
            ["bound_email", "l…@hailan-trading.example.com"], ["ip_list", "on"], ["api_transfers", "on"],
            ["alerts", "on"], ["payout_account", "…4471"]] },
    ]);
    let devices = json!([
        { "name": "Office laptop", "kind": "computer", "holder": "Lin Yue", "system_updated": ago(9), "app_updated": ago(9),
          "encrypted": true },
        { "name": "Shop phone", "kind": "phone", "holder": "Chen Bo", "system_updated": ago(160), "encrypted": true },
        { "name": "Till", "kind": "terminal", "holder": "Chen Bo", "system_updated": ago(30), "encrypted": false },
    ]);
    json!({ "credentials": credentials, "wallets": wallets, "devices": devices }).to_string()
}
