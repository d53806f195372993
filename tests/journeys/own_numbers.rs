//! The owner copies each provider's own number, or says that there is none: until then a door says so.

use purser_app::{Code, LockCause, Purser};
use purser_books::door::DoorCode;
use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{MovingClock, Profile};

use crate::incidents::with_books;
use crate::people::{import, ready};

/// The providers the door names; `None` = no such door.
async fn missing(purser: &Purser) -> Option<String> {
    let doors = purser.security().await.unwrap().doors;
    doors.into_iter().find(|door| door.code == DoorCode::OwnNumbersMissing).map(|door| door.detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_stands_open_until_each_number_is_copied() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    assert_eq!(missing(&purser).await, None, "no wallet, no number");
    let file = computer.write("paypal.csv", paypal_sales(1, 2, "Jane Roe"));
    import(&purser, &[&file, &fixture("stripe/balance-history")]).await.unwrap();
    assert_eq!(missing(&purser).await.as_deref(), Some("PayPal, Stripe"));
    let id = purser.note_own_number("paypal", "+1 402 555 0199", None).await.unwrap();
    assert_eq!(missing(&purser).await.as_deref(), Some("Stripe"));

    // There is none, as somebody saw; and that cannot be said of a provider whose number is written down.
    purser.note_no_number("stripe", true).await.unwrap();
    assert_eq!(missing(&purser).await, None);
    assert_eq!(purser.note_no_number("paypal", true).await.unwrap_err().code, Code::Invalid);
    assert_eq!(purser.note_no_number("other", true).await.unwrap_err().code, Code::Invalid);
    purser.note_no_number("stripe", false).await.unwrap();
    assert_eq!(missing(&purser).await.as_deref(), Some("Stripe"), "taken back");

    // A number that is written down ends "there is none", and removed it is missing again.
    purser.note_no_number("stripe", true).await.unwrap();
    let copied = purser.note_own_number("stripe", "+852 3018 6644", None).await.unwrap();
    assert_eq!(purser.contacts().await.unwrap().no_number, []);
    for id in [id, copied] {
        purser.remove_own_number(id).await.unwrap();
    }
    let register = purser.contacts().await.unwrap();
    assert_eq!(register.numbers_missing, ["paypal", "stripe"]);
    assert_eq!(missing(&purser).await.as_deref(), Some("PayPal, Stripe"));
    let rows = purser.audit_rows(crate::audit::of("own_number_none"), 10).await.unwrap();
    let told: Vec<(&str, bool)> =
        rows.iter().map(|row| (row.target.as_str(), row.detail["taken_back"] == true)).collect();
    assert_eq!(told, [("stripe", false), ("stripe", true), ("stripe", false)]);
    assert!(purser.audit_verify(None).await.unwrap().ok);
    purser.lock(LockCause::Asked).await;
}

#[test]
fn the_command_line_says_which_are_missing_and_why() {
    let (_computer, cli) = with_books();
    let listed = cli.run(["contacts", "list"]).expect_code(0).stdout;
    assert!(listed.contains("paypal: NOT copied yet"), "{listed}");
    let doors = cli.run(["security"]).expect_code(0).stdout;
    let squeezed: String = doors.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    assert!(squeezed.contains("own numbers are not copied yet"), "{doors}");
    cli.run(["contacts", "own-number", "--none"]).expect_code(2);
    cli.run(["contacts", "own-number", "paypal", "+1 402 555 0199", "--none"]).expect_code(2);
    let none = cli.json(["contacts", "own-number", "paypal", "--none"]);
    assert_eq!(
        (&none["no_number"][0]["provider"], &none["numbers_missing"]),
        (&"paypal".into(), &serde_json::json!([]))
    );
    let listed = cli.run(["--lang", "zh-CN", "contacts", "list"]).expect_code(0).stdout;
    assert!(listed.contains("没有可抄录的号码：paypal") || listed.contains("没有可抄录的号码: paypal"), "{listed}");
    let again = cli.json(["contacts", "own-number", "paypal", "--not-none"]);
    assert_eq!(again["numbers_missing"], serde_json::json!(["paypal"]));
}
