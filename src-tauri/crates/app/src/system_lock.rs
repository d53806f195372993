//! Ends the session when the screen is locked, the computer goes to sleep or another user takes over.
//!
//! On Linux these are signals of the desktop (session bus) and of logind (system bus). Where there is no bus, and on other
//! systems, what remains is the idle lock, which counts sleep.

use crate::Purser;

#[cfg(not(target_os = "linux"))]
pub(crate) async fn watch(_purser: &Purser) {
    std::future::pending().await
}

/// Runs for ever.
#[cfg(target_os = "linux")]
pub(crate) async fn watch(purser: &Purser) {
    loop {
        let heard = linux::listen(purser).await;
        tracing::debug!(heard = heard.is_ok(), "no signals of the desktop");
        // The bus went away, or came after us.
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;

    use futures_util::StreamExt as _;
    use futures_util::stream::select_all;
    use zbus::message::Type;
    use zbus::zvariant::{OwnedObjectPath, OwnedValue};
    use zbus::{Connection, MatchRule, Message, MessageStream};

    use crate::Purser;
    use crate::session::LockCause;

    /// Screen savers that say when they begin and end; the name of the service is that of its interface.
    const SCREEN_SAVERS: [&str; 4] =
        ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver", "org.mate.ScreenSaver"];
    const LOGIND: &str = "org.freedesktop.login1";
    const LOGIND_MANAGER: &str = "org.freedesktop.login1.Manager";
    const LOGIND_SESSION: &str = "org.freedesktop.login1.Session";

    /// Locks at every signal until no bus is left.
    pub(super) async fn listen(purser: &Purser) -> zbus::Result<()> {
        let mut streams = Vec::new();
        if let Ok(bus) = Connection::session().await {
            for name in SCREEN_SAVERS {
                streams.push(signals(&bus, name, name, "ActiveChanged", None).await?);
            }
        }
        if let Ok(bus) = Connection::system().await {
            streams.push(signals(&bus, LOGIND, LOGIND_MANAGER, "PrepareForSleep", None).await?);
            streams.push(signals(&bus, LOGIND, LOGIND_SESSION, "Lock", None).await?);
            if let Some(path) = own_session(&bus).await {
                let properties = "org.freedesktop.DBus.Properties";
                streams.push(signals(&bus, LOGIND, properties, "PropertiesChanged", Some(path)).await?);
            }
        }
        let mut signals = select_all(streams);
        while let Some(message) = signals.next().await {
            if message.is_ok_and(|message| says_lock(&message)) {
                purser.lock(LockCause::System).await;
            }
        }
        Ok(())
    }

    async fn signals(
        bus: &Connection,
        sender: &'static str,
        interface: &'static str,
        member: &'static str,
        path: Option<OwnedObjectPath>,
    ) -> zbus::Result<MessageStream> {
        // The bus itself sees to it that only this service is heard.
        let mut rule =
            MatchRule::builder().msg_type(Type::Signal).sender(sender)?.interface(interface)?.member(member)?;
        if let Some(path) = path {
            rule = rule.path(path.into_inner())?;
        }
        MessageStream::for_match_rule(rule.build(), bus, Some(8)).await
    }

    /// The logind session this process belongs to.
    async fn own_session(bus: &Connection) -> Option<OwnedObjectPath> {
        let id = std::env::var("XDG_SESSION_ID").ok()?;
        let (path, id) = ("/org/freedesktop/login1", (id,));
        let answer = bus.call_method(Some(LOGIND), path, Some(LOGIND_MANAGER), "GetSession", &id).await.ok()?;
        answer.body().deserialize().ok()
    }

    /// `ActiveChanged` and `PrepareForSleep` say also when it ends; a session that is no longer the active one is another
    /// user's turn.
    fn says_lock(message: &Message) -> bool {
        let body = message.body();
        if let Ok(begins) = body.deserialize::<bool>() {
            return begins;
        }
        if let Ok((_, changed, _)) = body.deserialize::<(String, HashMap<String, OwnedValue>, Vec<String>)>() {
            return changed.get("Active").is_some_and(|active| bool::try_from(active) == Ok(false));
        }
        message.header().member().is_some_and(|member| member.as_str() == "Lock")
    }
}
