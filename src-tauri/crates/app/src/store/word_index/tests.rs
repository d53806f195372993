use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use purser_vault::key::BooksKey;
use sqlx::AssertSqlSafe;

use super::*;

async fn books() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(&folder.path().join("books.db"), &BooksKey::from_bytes(&[7; 32])).await.unwrap();
    (folder, store)
}

/// Makes a change of the index last.
async fn write(store: &Store, change: impl FnOnce(&mut WordChanges)) {
    let mut words = WordChanges::default();
    change(&mut words);
    let mut transaction = store.begin().await.unwrap();
    words.write(&mut transaction).await.unwrap();
    store.commit_silently(transaction).await.unwrap();
}

async fn add(store: &Store, rows: &[(i64, &str)]) {
    write(store, |words| {
        let mut new = words.lend();
        rows.iter().for_each(|(id, text)| new.add(*id, &[text]).unwrap());
        words.take_back(new);
    })
    .await;
}

async fn count(store: &Store, table: &str) -> i64 {
    let query = AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(query).fetch_one(store.reader()).await.unwrap()
}

#[tokio::test]
async fn words_and_their_beginnings_are_found() {
    let (_folder, store) = books().await;
    add(&store, &[(1, "Tea caddy 茶叶礼盒"), (2, "TEAPOT"), (3, "茶叶"), (9, "caddy PUR-1001")]).await;
    for (search, expected) in [
        ("tea", &[1, 2][..]),
        ("teap", &[2]),
        ("caddy", &[1, 9]),
        ("tea caddy", &[1]),
        ("茶", &[1, 3]),
        ("茶叶", &[1, 3]),
        ("叶礼盒", &[1]),
        ("茶叶礼盒 tea", &[1]),
        ("100", &[9]),
        ("pur-1001", &[9]),
        ("礼茶", &[]),
        ("tea teapot pur", &[]),
        ("-- *", &[]),
        ("", &[]),
        ("z", &[]),
    ] {
        assert_eq!(store.found(search).await.unwrap(), expected, "{search}");
    }
    store.close().await;
}

#[tokio::test]
async fn what_changed_is_found_by_its_new_words_alone() {
    let (_folder, store) = books().await;
    add(&store, &[(1, "black tea"), (2, "green tea")]).await;
    write(&store, |words| words.change(1, "white coffee".to_owned())).await;
    assert_eq!(store.found("tea").await.unwrap(), [2]);
    assert!(store.found("black").await.unwrap().is_empty());
    assert_eq!(store.found("coff").await.unwrap(), [1]);
    // New and changed in one go.
    write(&store, |words| {
        let mut new = words.lend();
        new.add(3, &["red tea"]).unwrap();
        words.take_back(new);
        words.change(3, "red wine".to_owned());
    })
    .await;
    assert_eq!(store.found("tea").await.unwrap(), [2]);
    assert_eq!(store.found("red").await.unwrap(), [3]);
    // An id that is given again has nothing of what had it before.
    write(&store, |words| words.remove(&[3])).await;
    assert!(store.found("red").await.unwrap().is_empty());
    add(&store, &[(3, "mint")]).await;
    assert!(store.found("red").await.unwrap().is_empty());
    assert_eq!(store.found("mint").await.unwrap(), [3]);
    store.close().await;
}

#[tokio::test]
async fn a_change_that_is_taken_back_changed_nothing() {
    let (_folder, store) = books().await;
    add(&store, &[(1, "tea")]).await;
    let mut words = WordChanges::default();
    words.change(1, "coffee".to_owned());
    let mut transaction = store.begin().await.unwrap();
    words.write(&mut transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(store.found("tea").await.unwrap(), [1]);
    assert!(store.found("coffee").await.unwrap().is_empty());
    store.close().await;
}

/// More than is kept in memory: earlier words are in the books before the last ones are told.
#[tokio::test]
async fn many_words_are_written_before_the_end() {
    let (_folder, store) = books().await;
    let mut transaction = store.begin().await.unwrap();
    let mut words = WordChanges::default();
    for batch in 0..7 {
        let mut new = words.lend();
        (1..=50_000)
            .map(|row| batch * 50_000 + row)
            .for_each(|id| new.add(id, &["tea", &format!("order{id}")]).unwrap());
        words.take_back(new);
        words.spill(&mut transaction).await.unwrap();
    }
    words.change(350_000, "coffee".to_owned());
    words.write(&mut transaction).await.unwrap();
    store.commit_silently(transaction).await.unwrap();
    assert_eq!(count(&store, "word_segment").await, 3);
    assert_eq!(store.found("tea").await.unwrap(), (1..350_000).collect::<Vec<u32>>());
    for id in [1, 290_000, 349_999] {
        assert!(store.found(&format!("tea order{id}")).await.unwrap().contains(&id), "{id}");
    }
    assert_eq!(store.found("coffee").await.unwrap(), [350_000]);
    store.close().await;
}

#[tokio::test]
async fn many_small_segments_become_few() {
    let (_folder, store) = books().await;
    for id in 1..=100 {
        add(&store, &[(id, &format!("tea order{id}"))]).await;
    }
    let segments = count(&store, "word_segment").await;
    assert!(segments < 32, "{segments}");
    assert_eq!(store.found("tea").await.unwrap(), (1..=100).collect::<Vec<u32>>());
    assert_eq!(store.found("order77").await.unwrap(), [77]);
    assert_eq!(store.found("order7").await.unwrap(), [7, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79]);
    store.close().await;
}

#[tokio::test]
async fn what_is_stale_is_forgotten() {
    let (_folder, store) = books().await;
    let texts: Vec<(i64, String)> = (1..=8000).map(|id| (id, format!("tea order{id}"))).collect();
    let rows: Vec<(i64, &str)> = texts.iter().map(|(id, text)| (*id, text.as_str())).collect();
    add(&store, &rows).await;
    write(&store, |words| words.remove(&(1..=5000).collect::<Vec<i64>>())).await;
    assert_eq!(count(&store, "word_stale").await, 5000);
    assert_eq!(store.found("tea").await.unwrap(), (5001..=8000).collect::<Vec<u32>>());
    write(&store, |words| words.remove(&[5001])).await;
    assert_eq!((count(&store, "word_stale").await, count(&store, "word_segment").await), (0, 1));
    assert_eq!(store.found("tea").await.unwrap(), (5002..=8000).collect::<Vec<u32>>());
    assert!(store.found("order5001").await.unwrap().is_empty());
    write(&store, |words| words.remove(&(5002..=10_002).collect::<Vec<i64>>())).await;
    assert_eq!((count(&store, "word_segment").await, count(&store, "word_block").await), (0, 0));
    assert!(store.found("tea").await.unwrap().is_empty());
    add(&store, &[(1, "tea")]).await;
    assert_eq!(store.found("tea").await.unwrap(), [1]);
    store.close().await;
}

#[tokio::test]
async fn a_damaged_block_is_named() {
    let (_folder, store) = books().await;
    add(&store, &[(1, "tea"), (2, "coffee")]).await;
    assert_eq!(store.first_damage().await.unwrap(), None);
    sqlx::query("update word_block set data = substr(data, 1, length(data) - 1)")
        .execute(store.writer())
        .await
        .unwrap();
    let damage = store.first_damage().await.unwrap();
    assert_eq!(damage.as_deref(), Some("search index: segment 1, the words from \"coffee\" on"));
    assert_eq!(store.found("tea").await.unwrap_err().code, Code::Damaged);
    store.close().await;
}

/// What a write of the property test does.
#[derive(Debug, Clone)]
enum Act {
    Add(i64, String),
    Change(i64, String),
    Remove(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let text = "[a-c茶叶]{1,3}( [a-c]{1,2}){0,2}";
    prop_oneof![
        (1i64..40, text).prop_map(|(id, text)| Act::Add(id, text)),
        (1i64..40, text).prop_map(|(id, text)| Act::Change(id, text)),
        (1i64..40).prop_map(Act::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is added, changed and removed in whatever order: a search finds what a scan of all texts finds.
    #[test]
    fn the_index_finds_what_a_scan_finds(writes in prop::collection::vec(prop::collection::vec(act(), 1..6), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_folder, store) = books().await;
            let mut texts: BTreeMap<i64, String> = BTreeMap::new();
            for acts in writes {
                let mut added: BTreeMap<i64, String> = BTreeMap::new();
                let mut words = WordChanges::default();
                for act in acts {
                    match act {
                        Act::Add(id, text) if !texts.contains_key(&id) => {
                            added.insert(id, text.clone());
                            texts.insert(id, text);
                        }
                        Act::Change(id, text) if texts.contains_key(&id) => {
                            words.change(id, words::index_words(&[&text]));
                            texts.insert(id, text);
                        }
                        // What this write adds it does not remove.
                        Act::Remove(id) if !added.contains_key(&id) && texts.remove(&id).is_some() => words.remove(&[id]),
                        _ => {}
                    }
                }
                // An id is given again only after the change that took it away was written.
                added.retain(|id, _| !words.changed.get(id).is_some_and(String::is_empty));
                let mut new = words.lend();
                added.iter().for_each(|(id, text)| new.add(*id, &[text]).unwrap());
                words.take_back(new);
                let gone: Vec<i64> = words.changed.iter().filter(|(_, text)| text.is_empty()).map(|(id, _)| *id).collect();
                gone.iter().for_each(|id| { texts.remove(id); });
                let mut transaction = store.begin().await.unwrap();
                words.write(&mut transaction).await.unwrap();
                store.commit_silently(transaction).await.unwrap();
            }
            for search in ["a", "b", "ab", "c a", "茶", "叶", "茶叶", "叶茶", "茶叶茶", "a 茶", "bc", "cc b"] {
                let terms = words::terms(search);
                let has = |text: &String| {
                    let mut words = BTreeSet::new();
                    each_word(text, &mut |word| { words.insert(word.to_owned()); });
                    terms.iter().all(|term| words.iter().any(|word| term.matches(word.as_bytes())))
                };
                let scanned: Vec<u32> =
                    texts.iter().filter(|(_, text)| has(text)).map(|(id, _)| u32::try_from(*id).unwrap()).collect();
                assert_eq!(store.found(search).await.unwrap(), scanned, "{search}");
            }
            assert_eq!(store.first_damage().await.unwrap(), None);
            store.close().await;
        });
    }
}
