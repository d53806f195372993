//! From the app's values to the window's.

pub mod door;
pub mod emergency;
pub mod imports;
pub mod records;
pub mod tasks;
pub mod transactions;

use std::collections::HashMap;

use purser_app::error::{Code, Error};
use purser_app::overview::{self, CoveredMonth, WalletState, plain, rfc3339};
use purser_app::settings::{Palette, Settings, Theme};
use purser_app::store::{Overlap, StatusValue, Store};
use purser_app::{Phase, Purser, facts};
use purser_books::{Provider, playbook};
use purser_vault::keyfile::DeviceStore;
use tauri::{AppHandle, Manager};

use crate::state::Desktop;
use crate::view::{
    BalanceView, BootView, ContactView, CoverageMonthView, DaysView, DeviceStoreView, DownloadView, FeeShareView,
    FilterRequest, LanguageView, LocalizedView, MonthSumView, OverlapView, OverviewView, PaletteView, PhaseView,
    PlaybookStepView, ProviderCode, ProviderFactsView, ReasonView, SettingsView, StatusValueView, StrengthView,
    ThemeView, WalletOverviewView, WalletView,
};

pub fn number(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(if value < 0 { 0 } else { u32::MAX })
}

pub fn count(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// The word a closed list has in JSON.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A value of the app as the window's, or the other way round, where both have the same fields and words.
pub fn reshape<V: serde::de::DeserializeOwned>(value: impl serde::Serialize) -> Result<V, Error> {
    let common = serde_json::to_value(value).map_err(|_| Code::Internal)?;
    serde_json::from_value(common).map_err(|_| Error::invalid("a word that is none of those that can stand there"))
}

/// Everything the window needs to know what to show first.
pub async fn boot_view(app: &AppHandle) -> Result<BootView, Error> {
    let desktop = app.state::<Desktop>();
    let purser = desktop.current().await?;
    let (key_file, slot) = (purser.key_facts().await, purser.slot().await);
    Ok(BootView {
        phase: phase_view(purser.phase().await),
        demo: purser.is_demo(),
        role: slot.as_ref().map(|slot| door::role_view(slot.kind)),
        slot_name: slot.map(|slot| slot.name),
        logins: purser.logins().iter().map(door::login_view).collect(),
        must_change: purser.must_change_password().await,
        wait_s: purser.wait_s(None).ok().map_or(0, count),
        settings: settings_view(&desktop.settings(), key_file.as_ref().map_or(10, |facts| facts.idle_minutes)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: std::env::consts::OS.to_owned(),
        device_store: key_file.as_ref().and_then(|facts| match facts.device_store {
            DeviceStore::Keyring => Some(DeviceStoreView::Keyring),
            DeviceStore::File => Some(DeviceStoreView::File),
            DeviceStore::None => None,
        }),
        has_second_factor: key_file.as_ref().is_some_and(|facts| facts.has_second_factor),
        kit_proven: key_file.as_ref().is_some_and(|facts| facts.kit_proven),
    })
}

const fn phase_view(phase: Phase) -> PhaseView {
    match phase {
        Phase::NoProfile => PhaseView::NoProfile,
        Phase::Locked => PhaseView::Locked,
        Phase::SecondFactor => PhaseView::SecondFactor,
        Phase::Open => PhaseView::Open,
    }
}

fn settings_view(settings: &Settings, idle_minutes: u8) -> SettingsView {
    SettingsView {
        language: match settings.language.as_deref() {
            Some("en") => Some(LanguageView::English),
            Some("zh-CN") => Some(LanguageView::Chinese),
            _ => None,
        },
        region: settings.region.clone(),
        theme: match settings.theme {
            Theme::System => ThemeView::System,
            Theme::Light => ThemeView::Light,
            Theme::Dark => ThemeView::Dark,
        },
        palette: match settings.palette {
            Palette::Neutral => PaletteView::Neutral,
            Palette::Western => PaletteView::Western,
            Palette::EastAsian => PaletteView::EastAsian,
        },
        idle_minutes,
        show_names: settings.show_names,
    }
}

pub fn settings_from(view: &SettingsView) -> Settings {
    Settings {
        language: view.language.map(|language| match language {
            LanguageView::English => "en".to_owned(),
            LanguageView::Chinese => "zh-CN".to_owned(),
        }),
        region: view.region.clone(),
        theme: match view.theme {
            ThemeView::System => Theme::System,
            ThemeView::Light => Theme::Light,
            ThemeView::Dark => Theme::Dark,
        },
        palette: match view.palette {
            PaletteView::Neutral => Palette::Neutral,
            PaletteView::Western => Palette::Western,
            PaletteView::EastAsian => Palette::EastAsian,
        },
        show_names: view.show_names,
    }
}

pub fn strength_view(strength: &purser_vault::passphrase::Strength) -> StrengthView {
    use purser_vault::passphrase::Reason;
    let reasons = strength.reasons.iter().map(|reason| {
        let (code, min) = match reason {
            Reason::TooShort { min } => ("too_short", Some(u32::from(*min))),
            Reason::TooLong { .. } => ("too_long", None),
            Reason::Common => ("common", None),
            Reason::NameInside => ("name_inside", None),
            Reason::Guessable => ("guessable", None),
        };
        ReasonView { code: code.to_owned(), min }
    });
    StrengthView { score: strength.score, accepted: strength.accepted, reasons: reasons.collect() }
}

pub fn provider_code(word: &str) -> ProviderCode {
    match Provider::from_code(word) {
        Some(Provider::PayPal) => ProviderCode::PayPal,
        Some(Provider::Alipay) => ProviderCode::Alipay,
        Some(Provider::WeChatPay) => ProviderCode::WeChatPay,
        Some(Provider::Stripe) => ProviderCode::Stripe,
        Some(Provider::Other) | None => ProviderCode::Other,
    }
}

pub fn wallet_view(state: &WalletState) -> WalletView {
    WalletView {
        id: number(state.wallet.id),
        name: state.wallet.name.clone(),
        provider: provider_code(&state.wallet.provider),
        business: state.business.clone(),
        account_ref: state.wallet.account_ref.clone(),
        zone: state.wallet.zone.clone(),
        transactions: number(state.transactions),
    }
}

pub fn wallet_overview_view(state: &WalletState) -> WalletOverviewView {
    let balances = state.accounts.iter().map(|account| BalanceView {
        account: account.name.clone(),
        currency: account.currency.clone(),
        available: account.balance.map(|balance| plain(balance, &account.currency)),
        pending: None,
        as_of: account.balance_ms.map(rfc3339),
        source: account.balance.map(|_| "statement_file".to_owned()),
        computed: plain(account.balance.unwrap_or(0).saturating_add(account.net_since), &account.currency),
    });
    WalletOverviewView {
        wallet: wallet_view(state),
        balances: balances.collect(),
        status: state.statuses.iter().map(status_view).collect(),
        last_transaction: state.last_transaction.clone(),
        last_import: state.last_import_ms.map(rfc3339),
        coverage: state.coverage.iter().map(month_view).collect(),
    }
}

fn status_view(status: &StatusValue) -> StatusValueView {
    StatusValueView {
        field: status.field.clone(),
        value: status.value.clone(),
        note: status.note.clone(),
        due: status.due.clone(),
        as_of: status.as_of.clone(),
        source: status.source.clone(),
    }
}

pub fn month_view(covered: &CoveredMonth) -> CoverageMonthView {
    let month = &covered.month;
    let open = month.open.iter().map(|days| DaysView { from: days.from.to_string(), to: days.to.to_string() });
    let overlap = |overlap: &Overlap| OverlapView {
        from: overlap.from_date.clone(),
        to: overlap.to_date.clone(),
        file: overlap.name.clone(),
        other: overlap.other_name.clone(),
        only_in_file: number(overlap.only_import),
        only_in_other: number(overlap.only_other),
    };
    CoverageMonthView {
        month: format!("{:04}-{:02}", month.year, month.month),
        state: word(month.state),
        open: open.collect(),
        overlaps: covered.overlaps.iter().map(overlap).collect(),
    }
}

pub async fn overview_view(store: &Store, filter: &FilterRequest, now_ms: i64) -> Result<OverviewView, Error> {
    let wanted = |id: i64| filter.wallets.is_empty() || filter.wallets.contains(&number(id));
    let months = |text: &Option<String>| text.as_deref().and_then(|date| date.get(..7)).map(str::to_owned);
    let (from, to) = (months(&filter.from), months(&filter.to));
    let in_period =
        |month: &String| from.as_ref().is_none_or(|from| month >= from) && to.as_ref().is_none_or(|to| month <= to);
    let wallets = overview::wallets(store).await?;
    let shares = purser_app::fees::by_month_and_wallet(store).await?;
    let last_month = last_whole_month(now_ms);
    let sums = overview::month_sums(store, &last_month).await?;
    Ok(OverviewView {
        wallets: wallets.iter().filter(|state| wanted(state.wallet.id)).map(wallet_overview_view).collect(),
        fee_shares: shares
            .iter()
            .filter(|share| wanted(share.wallet_id) && in_period(&share.month))
            .map(|share| FeeShareView {
                wallet: number(share.wallet_id),
                month: share.month.clone(),
                currency: share.currency.clone(),
                sales: plain(share.fees.sales, &share.currency),
                fees: plain(share.fees.fees, &share.currency),
                share: share.fees.share(),
            })
            .collect(),
        imports: u32::try_from(store.imports().await?.len()).unwrap_or(u32::MAX),
        last_month: sums
            .iter()
            .map(|sum| MonthSumView {
                month: last_month.clone(),
                currency: sum.currency.clone(),
                money_in: plain(sum.money_in, &sum.currency),
                money_out: plain(sum.money_out, &sum.currency),
                fees: plain(-sum.fees, &sum.currency),
            })
            .collect(),
    })
}

fn last_whole_month(now_ms: i64) -> String {
    let today = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC).date();
    let before = today.first_of_month().yesterday().unwrap_or(today);
    format!("{:04}-{:02}", before.year(), before.month())
}

/// Provider of each wallet, for rows.
pub async fn providers(store: &Store) -> Result<HashMap<i64, ProviderCode>, Error> {
    Ok(store.wallets().await?.into_iter().map(|wallet| (wallet.id, provider_code(&wallet.provider))).collect())
}

pub fn provider_facts_view() -> Vec<ProviderFactsView> {
    let mut id = 0;
    facts::providers().iter().map(|provider| facts_view(provider, &mut id)).collect()
}

fn facts_view(provider: &facts::ProviderFacts, id: &mut u32) -> ProviderFactsView {
    let downloads = provider.downloads.iter().map(|download| DownloadView {
        form: download.form.clone(),
        title: (&download.title).into(),
        steps: download.steps.iter().map(LocalizedView::from).collect(),
        note: (&download.note).into(),
        url: download.url.clone(),
        grade: word(download.grade),
        source: download.source.clone(),
        as_of: download.as_of.clone(),
    });
    ProviderFactsView {
        provider: provider_code(&provider.code),
        name: provider.name.clone(),
        contacts: provider.contacts.iter().map(|contact| contact_view(contact, id)).collect(),
        downloads: downloads.collect(),
    }
}

fn contact_view(contact: &facts::Contact, id: &mut u32) -> ContactView {
    *id += 1;
    ContactView {
        id: *id,
        kind: word(contact.kind),
        value: contact.value.clone(),
        label: (&contact.label).into(),
        region: word(contact.region),
        hours: contact.hours.as_ref().map(|hours| hours.span.clone()),
        zone: contact.hours.as_ref().map(|hours| hours.zone.clone()),
        note: (&contact.note).into(),
        grade: word(contact.grade),
        source: contact.source.clone(),
        as_of: contact.as_of.clone(),
    }
}

pub fn playbook_view() -> Vec<PlaybookStepView> {
    let mut id = 1000;
    facts::theft_playbook()
        .steps
        .iter()
        .map(|step| PlaybookStepView {
            id: step.id.clone(),
            title: (&step.title).into(),
            actions: step
                .actions
                .iter()
                .map(|action| LocalizedView { en: action.en.clone(), zh: action.zh.clone() })
                .collect(),
            contacts: step.contacts.iter().map(|contact| contact_view(contact, &mut id)).collect(),
        })
        .collect()
}

/// Whether a page is one of those the facts name: nothing else is opened.
pub fn is_known_link(url: &str) -> bool {
    let of_provider = |provider: &facts::ProviderFacts| {
        provider.contacts.iter().any(|contact| contact.value == url)
            || provider.downloads.iter().any(|download| download.url.as_deref() == Some(url))
    };
    let of_step = |step: &facts::PlaybookStep| step.contacts.iter().any(|contact| contact.value == url);
    let is_lever = || playbook::levers().iter().flat_map(|levers| &levers.levers).any(|lever| lever.value == url);
    url.starts_with("https://")
        && (facts::providers().iter().any(of_provider)
            || facts::theft_playbook().steps.iter().any(of_step)
            || is_lever())
}

/// The session's store is asked for through the same permit as everywhere.
pub async fn current(app: &AppHandle) -> Result<std::sync::Arc<Purser>, Error> {
    let desktop = app.try_state::<Desktop>().ok_or(Code::Internal)?;
    desktop.current().await
}
