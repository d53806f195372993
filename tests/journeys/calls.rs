//! One number of calls to make, from the freeze to the last wallet, wherever it is shown.

use purser_app::contract::{Command, ImportRequest};
use purser_app::import::{ImportOptions, JobControl};
use purser_app::incident::{LeverSaid, guide};
use purser_app::{LockCause, Purser};
use purser_books::lever::Word;
use purser_tests::statements::{fixture, paypal_sales};
use purser_tests::{MovingClock, Profile};

use crate::people::ready;

async fn import(purser: &Purser, file: String, wallet: &str) {
    let date_order = Some(purser_books::reader::DateOrder::Mdy);
    let options = ImportOptions { wallet: Some(wallet.to_owned()), date_order, ..ImportOptions::default() };
    let request = ImportRequest { files: vec![file.into()], options, ..ImportRequest::default() };
    purser.run(Command::Import(request), &JobControl::default()).await.unwrap();
}

/// One call for each wallet, two of one provider being two; each counts down once its money is stopped, and not before.
#[tokio::test(flavor = "multi_thread")]
async fn each_wallet_is_one_call_until_its_money_is_stopped() {
    let (computer, clock) = (Profile::locked(), MovingClock::starting_now());
    let purser = ready(&computer, &clock).await;
    let one = computer.write("one.csv", paypal_sales(1, 2, "Jane Roe"));
    let two = computer.write("two.csv", paypal_sales(50, 2, "Jane Roe"));
    import(&purser, one, "PayPal HK").await;
    import(&purser, two, "PayPal EU").await;
    assert_eq!(purser.freeze().await.unwrap().calls_to_make, 2, "two wallets at one provider");
    let count = async || purser.incident(None).await.unwrap().calls_to_make;
    let say = async |lever: &str, word: Word| {
        let (lever, seen) = (lever.to_owned(), "they said so".to_owned());
        let (reference, prior) = (String::new(), String::new());
        let said = LeverSaid { lever, word, reference, seen, prior, at: None, undone: false };
        purser.say_lever(None, said).await.unwrap().calls_to_make
    };
    assert_eq!(say("paypal.call_us@1", Word::Refused).await, 2, "refused is not stopped");
    assert_eq!(say("paypal.freeze_request@1", Word::Asked).await, 2, "asked is not stopped");
    assert_eq!(say("paypal.freeze_request@1", Word::Confirmed).await, 1);
    assert_eq!(say("paypal.beibao@1", Word::Confirmed).await, 1, "one wallet, however many levers");
    assert_eq!(purser.take_lever(None, "paypal.rest_secrets@2").await.unwrap().calls_to_make, 1);
    assert_eq!(say("paypal.rest_secrets@2", Word::Confirmed).await, 1, "that stops selling, and no thief");
    assert_eq!(say("paypal.call_us@2", Word::Confirmed).await, 0);
    assert_eq!((count().await, purser.freeze().await.unwrap().calls_to_make), (0, 0));
    purser.lock(LockCause::Asked).await;
}

/// By provider where no wallets are known; the practice company has four wallets. The command line says the same number.
#[test]
fn the_command_line_counts_as_the_window_does() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    let clock = MovingClock::starting_now();
    assert_eq!(guide(&clock).calls_to_make, 4, "four providers, before anything is known");
    let frozen = cli.json(["freeze"]);
    assert_eq!(frozen["calls_to_make"], 4, "no wallet yet: the four providers");
    let shown = cli.json(["incident", "show"]);
    assert_eq!((&shown["calls_to_make"], &shown["summary"]["by_hand"]), (&4.into(), &serde_json::Value::Null));
    cli.json(["incident", "close", "--reason", "nothing of it was true"]);
    cli.json(["import", &fixture("stripe/balance-history")]);
    assert_eq!(cli.json(["freeze"])["calls_to_make"], 1);
    let printed = cli.run(["freeze"]).expect_code(0).stdout;
    assert!(printed.contains("Your wallets have not: 1 call to make."), "{printed}");
    cli.json(["incident", "lever", "stripe.payouts_manual@1", "--confirmed", "--seen", "set to manual"]);
    let printed = cli.run(["--lang", "zh-CN", "incident", "show"]).expect_code(0).stdout;
    assert!(printed.contains("每个钱包都有了确认。"), "{printed}");
    cli.run(["lock"]).expect_code(0);
    let locked = cli.json(["freeze"]);
    assert_eq!(locked["calls_to_make"], 4, "from the lock screen every provider is called");
    let printed = cli.run(["--lang", "zh-CN", "freeze"]).expect_code(0).stdout;
    assert!(printed.contains("钱包还没有停：还要联系 4 家。"), "{printed}");

    let demo = Profile::none().cli().demo(["freeze", "--drill"]).expect_code(0).json();
    assert_eq!(demo["calls_to_make"], 4, "four wallets, and more than twenty ways");
    assert!(demo["levers"].as_array().unwrap().iter().filter(|lever| lever["kind"] == "manual").count() > 15);
}

/// An act is answered with what it changed and what is next, for whoever phones and whoever clicks, not with the whole list.
#[test]
fn an_act_is_answered_with_what_is_next() {
    let computer = Profile::unlocked();
    let cli = computer.cli();
    cli.json(["import", &fixture("stripe/balance-history")]);
    cli.json(["freeze"]);
    cli.json([
        "incident",
        "answer",
        "--money-left",
        "yes",
        "--entrance",
        "key",
        "--controlled",
        "no",
        "--region",
        "hong_kong",
    ]);
    cli.json(["incident", "assign", "police_hong_kong", "Mei"]);
    let steps = cli.json(["incident", "show"])["steps"].as_array().unwrap().len();
    let english = cli.run(["incident", "step", "bank_recall", "--done", "--ref", "R-17"]).expect_code(0).stdout;
    let expected = format!(
        "Kept. 2 of {steps} steps are settled.\n\
         Your wallets have not: 1 call to make.\n\
         The business and its banks are in Hong Kong; other places: purser incident answer --region R\n\
         Next by phone: police_hong_kong · Call the police: 999, or the nearest station · Mei\n\
         Next to click: freeze · Freeze Purser\n\
         The whole list: purser incident show\n"
    );
    assert_eq!(english, expected);
    let close = ["--lang", "zh-CN", "incident", "close", "--reason", "nothing of it was true"];
    let chinese = cli.run(close).expect_code(0).stdout;
    assert!(chinese.starts_with(&format!("已记录。{steps} 个步骤中已处理 2 个。\n事件已结束。\n")), "{chinese}");
}
