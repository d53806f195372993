//! The computer's clipboard, for secrets that are copied out of Purser.
//!
//! Done in Rust because the web view can neither mark what it copies as "not for histories" nor take it back. What was put
//! there is taken away after a while, at the lock and at the end, unless somebody copied something else meanwhile.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arboard::Clipboard;
use purser_app::error::{Code, Error};
use zeroize::Zeroizing;

/// How long a secret stays: less than half a minute.
pub const STAYS: Duration = Duration::from_secs(25);

/// What a clipboard can do.
pub trait Board: Send {
    fn put(&mut self, text: &str) -> Result<(), Error>;
    fn read(&mut self) -> Option<Zeroizing<String>>;
    fn empty(&mut self);
}

/// The secret that lies on the clipboard, if one does.
#[derive(Default)]
pub struct SecretClipboard {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Kept while the text is there: on X11 its owner hands it out.
    board: Option<Box<dyn Board>>,
    text: Zeroizing<String>,
    /// Counts what was put there: an older timer does not take away what came later.
    turn: u64,
}

impl SecretClipboard {
    /// Puts a secret on the clipboard; the number is for [`SecretClipboard::take_back`].
    pub fn put(&self, text: &str) -> Result<u64, Error> {
        let board = Clipboard::new().map_err(|_| Error::new(Code::Io, "no clipboard"))?;
        self.put_on(Box::new(board), text)
    }

    fn put_on(&self, mut board: Box<dyn Board>, text: &str) -> Result<u64, Error> {
        board.put(text)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = held.turn + 1;
        *held = Held { board: Some(board), text: Zeroizing::new(text.to_owned()), turn };
        Ok(turn)
    }

    /// Empties the clipboard, if what lies there is still what was put there; `turn`: only if it is that one.
    pub fn take_back(&self, turn: Option<u64>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if turn.is_some_and(|turn| turn != held.turn) {
            return;
        }
        let Some(mut board) = held.board.take() else { return };
        if board.read().is_some_and(|there| *there == *held.text) {
            board.empty();
        }
        held.text = Zeroizing::default();
    }
}

impl Board for Clipboard {
    fn put(&mut self, text: &str) -> Result<(), Error> {
        not_for_histories(self.set()).text(text).map_err(|_| Error::new(Code::Io, "the clipboard refused"))
    }

    fn read(&mut self) -> Option<Zeroizing<String>> {
        self.get_text().ok().map(Zeroizing::new)
    }

    fn empty(&mut self) {
        let _ = self.clear();
    }
}

/// Asks clipboard histories, and the copies Windows sends to other devices, to leave it out. They may not listen.
fn not_for_histories(set: arboard::Set<'_>) -> arboard::Set<'_> {
    #[cfg(target_os = "macos")]
    use arboard::SetExtApple as _;
    #[cfg(all(unix, not(target_os = "macos")))]
    use arboard::SetExtLinux as _;
    #[cfg(windows)]
    let set = {
        use arboard::SetExtWindows as _;
        set.exclude_from_monitoring().exclude_from_cloud()
    };
    #[cfg(windows)]
    use arboard::SetExtWindows as _;
    set.exclude_from_history()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A clipboard everybody on the computer can write to.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<String>>);

    impl Shared {
        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }
    }

    impl Board for Shared {
        fn put(&mut self, text: &str) -> Result<(), Error> {
            text.clone_into(&mut self.0.lock().unwrap());
            Ok(())
        }

        fn read(&mut self) -> Option<Zeroizing<String>> {
            Some(Zeroizing::new(self.text()))
        }

        fn empty(&mut self) {
            self.0.lock().unwrap().clear();
        }
    }

    fn copied(secret: &str) -> (SecretClipboard, Shared, u64) {
        let (clipboard, shared) = (SecretClipboard::default(), Shared::default());
        let turn = clipboard.put_on(Box::new(shared.clone()), secret).unwrap();
        (clipboard, shared, turn)
    }

    /// R97.
    #[test]
    fn a_secret_is_taken_back() {
        let (clipboard, shared, turn) = copied("lantern-tea-market");
        assert_eq!(shared.text(), "lantern-tea-market");
        clipboard.take_back(Some(turn));
        assert_eq!(shared.text(), "");
    }

    /// R97: only if unchanged.
    #[test]
    fn what_the_person_copied_meanwhile_stays() {
        let (clipboard, mut shared, turn) = copied("lantern-tea-market");
        shared.put("an address").unwrap();
        clipboard.take_back(Some(turn));
        clipboard.take_back(None);
        assert_eq!(shared.text(), "an address");
    }

    #[test]
    fn the_timer_of_an_older_secret_leaves_the_newer_one() {
        let (clipboard, shared, first) = copied("first");
        let second = clipboard.put_on(Box::new(shared.clone()), "second").unwrap();
        clipboard.take_back(Some(first));
        assert_eq!(shared.text(), "second");
        clipboard.take_back(Some(second));
        assert_eq!(shared.text(), "");
    }

    /// At the lock and at the end it goes whatever the timer says, and once.
    #[test]
    fn the_lock_takes_back_and_later_calls_touch_nothing() {
        let (clipboard, mut shared, turn) = copied("first");
        clipboard.take_back(None);
        assert_eq!(shared.text(), "");
        shared.put("first").unwrap();
        clipboard.take_back(Some(turn));
        assert_eq!(shared.text(), "first", "what the person wrote later is theirs, even the same text");
    }
}
