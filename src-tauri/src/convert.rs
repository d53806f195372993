//! From the app's values to the window's.

pub mod door;
pub mod emergency;
pub mod records;
pub mod tasks;

use std::collections::{BTreeMap, HashMap};

use purser_app::contract;
use purser_app::detail::ToldBy;
use purser_app::error::{Code, Error};
use purser_app::facts;
use purser_app::import::{ImportOptions, Receipt, ReceiptTotals, UnknownView as UnknownForm, ZipPassword};
use purser_app::overview::{self, CoveredMonth, WalletState, plain, rfc3339};
use purser_app::payouts::PayoutView as Payout;
use purser_app::settings::{Palette, Settings, Theme};
use purser_app::store::{
    CurrencyTotals, Filter, Import, Overlap, Page, Query, SortColumn, StatusValue, Store, Transaction,
};
use purser_app::{Phase, Purser};
use purser_books::reader::DateOrder;
use purser_books::reader::mapping::{ColumnRole, FeeSign};
use purser_books::{Direction, Kind, Provider, Status, playbook};
use purser_vault::keyfile::DeviceStore;
use tauri::{AppHandle, Manager};

use crate::state::Desktop;
use crate::view::{
    BalanceView, BootView, ContactView, CoverageMonthView, CurrencyTotalsView, DaysView, DeviceStoreView, DownloadView,
    FeeShareView, FilterRequest, ImportOptionsRequest, ImportView, LanguageView, LocalizedView, MonthSumView,
    NearestFormView, OverlapView, OverviewView, PaletteView, PayoutView, PeriodView, PhaseView, PlaybookStepView,
    ProviderCode, ProviderFactsView, ReasonView, ReceiptView, RefusedView, SettingsView, SortColumnView, SourceView,
    StatusValueView, StrengthView, TallyView, ThemeView, TotalsView, TransactionView, TransactionsRequest,
    UnknownColumnView, UnknownFormView, VersionView, WalletOverviewView, WalletView, WarningView,
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

/// The columns of an unknown form with what they seem to be.
fn unknown_view(unknown: UnknownForm) -> UnknownFormView {
    let role_of = |name: &String| unknown.guess.iter().find(|(_, column)| *column == name).map(|(role, _)| *role);
    let columns = unknown.header.iter().enumerate().map(|(at, name)| UnknownColumnView {
        name: name.clone(),
        role: role_of(name).map(|role| role.word().to_owned()),
        cells: unknown.sample.iter().filter_map(|row| row.get(at).cloned()).collect(),
    });
    UnknownFormView {
        columns: columns.collect(),
        nearest: unknown.nearest.map(|near| NearestFormView { form: near.form.to_owned(), missing: near.missing }),
        provider: unknown.provider.to_owned(),
        fee_sign: word(unknown.fee_sign),
    }
}

pub fn source_view(told: ToldBy, currency: &str) -> SourceView {
    let version = told.version.map(|version| VersionView {
        status: Status::from_code(version.status).map(word).unwrap_or_default(),
        gross: plain(version.gross, currency),
        fee: plain(version.fee, currency),
        net: plain(version.net, currency),
    });
    SourceView {
        import: number(told.source.import_id),
        file: told.source.file,
        form: told.source.form,
        line: number(told.source.line),
        raw: told.raw,
        version,
    }
}

pub fn payout_view(payout: &Payout, providers: &HashMap<i64, ProviderCode>) -> PayoutView {
    let amount = |minor: i64| plain(minor, &payout.transaction.currency);
    PayoutView {
        transaction: transaction_view(&payout.transaction, providers),
        amount: amount(payout.transaction.net.saturating_neg()),
        confidence: payout.confidence.word().to_owned(),
        transactions: count(payout.members.len() as u64),
        sales: amount(payout.sales),
        refunds: amount(payout.refunds),
        fees: amount(payout.fees),
        others: amount(payout.others),
        sum: amount(payout.sum),
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

pub fn filter_from(request: &TransactionsRequest) -> Result<Filter, Error> {
    let kinds = request.kinds.iter().filter_map(|word| Kind::from_word(word)).map(Kind::code).collect();
    let directions =
        request.directions.iter().filter_map(|word| Direction::from_word(word)).map(Direction::code).collect();
    Ok(Filter {
        from: request.filter.from.as_deref().map(contract::check_date).transpose()?,
        to: request.filter.to.as_deref().map(contract::check_date).transpose()?,
        wallets: request.filter.wallets.iter().map(|id| i64::from(*id)).collect(),
        accounts: Vec::new(),
        kinds,
        directions,
        currencies: request.currencies.clone(),
        search: request.search.clone(),
    })
}

pub fn query_from(request: &TransactionsRequest, filter: Filter) -> Query {
    let sort = match request.sort {
        SortColumnView::Time => SortColumn::Time,
        SortColumnView::Wallet => SortColumn::Wallet,
        SortColumnView::Kind => SortColumn::Kind,
        SortColumnView::Counterparty => SortColumn::Counterparty,
        SortColumnView::Description => SortColumn::Description,
        SortColumnView::Gross => SortColumn::Gross,
        SortColumnView::Fee => SortColumn::Fee,
        SortColumnView::Net => SortColumn::Net,
        SortColumnView::Currency => SortColumn::Currency,
    };
    let page = Page::Offset(u64::from(request.offset));
    Query { filter, sort, descending: request.descending, limit: request.limit.min(1000), page }
}

/// Provider of each wallet, for rows.
pub async fn providers(store: &Store) -> Result<HashMap<i64, ProviderCode>, Error> {
    Ok(store.wallets().await?.into_iter().map(|wallet| (wallet.id, provider_code(&wallet.provider))).collect())
}

pub fn transaction_view(row: &Transaction, providers: &HashMap<i64, ProviderCode>) -> TransactionView {
    let amount = |minor: i64| plain(minor, &row.currency);
    TransactionView {
        id: row.id_text(),
        time: rfc3339(row.time_ms),
        booking_date: row.booking_date.clone(),
        wallet: number(row.wallet_id),
        provider: providers.get(&row.wallet_id).copied().unwrap_or(ProviderCode::Other),
        account: row.account.clone(),
        kind: Kind::from_code(row.kind).map_or("other", Kind::word).to_owned(),
        status: Status::from_code(row.status).map_or("completed", Status::word).to_owned(),
        direction: Direction::from_code(row.direction).map_or("neutral", Direction::word).to_owned(),
        moved: row.moved,
        gross: amount(row.gross),
        fee: amount(row.fee),
        net: amount(row.net),
        currency: row.currency.clone(),
        balance: row.balance.map(amount),
        counterparty: row.counterparty.clone(),
        description: row.description.clone(),
        provider_ref: row.provider_ref.clone(),
    }
}

pub fn currency_totals_view(totals: &CurrencyTotals) -> CurrencyTotalsView {
    let amount = |minor: i64| plain(minor, &totals.currency);
    CurrencyTotalsView {
        currency: totals.currency.clone(),
        count: number(totals.count),
        money_in: amount(totals.money_in),
        money_out: amount(totals.money_out),
        fees: amount(-totals.fees),
        net: amount(totals.net),
    }
}

pub fn import_options(request: ImportOptionsRequest) -> Result<ImportOptions, Error> {
    let text = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let currency = text(request.currency)
        .map(|code| code.parse().map_err(|_| Error::invalid(format!("\"{code}\" is not a currency"))));
    let mut columns = BTreeMap::new();
    for column in request.columns {
        let role = ColumnRole::from_word(&column.role);
        columns.insert(role.ok_or_else(|| Error::invalid(format!("\"{}\" is no column", column.role)))?, column.name);
    }
    Ok(ImportOptions {
        provider: request.provider.as_deref().and_then(Provider::from_code),
        wallet: text(request.wallet),
        date_order: match request.date_order.as_deref() {
            Some("dmy") => Some(DateOrder::Dmy),
            Some("mdy") => Some(DateOrder::Mdy),
            _ => None,
        },
        currency: currency.transpose()?,
        zone: text(request.zone),
        zip_password: request.zip_password.map(|text| ZipPassword(zeroize::Zeroizing::new(text))),
        columns,
        accept_guess: false,
        fee_sign: match request.fee_sign.as_deref() {
            Some("added") => Some(FeeSign::Added),
            Some("subtracted") => Some(FeeSign::Subtracted),
            _ => None,
        },
        mapping: None,
    })
}

pub fn receipt_view(handle: u32, receipt: Receipt) -> ReceiptView {
    let refused = receipt.refused.map(|refused| RefusedView {
        code: refused.code.word().to_owned(),
        expected: refused.expected,
        found: refused.found,
        line: refused.line,
        unknown: refused.unknown.map(unknown_view),
    });
    let taken = receipt.taken;
    let (rows, stored, present, skipped) = taken.as_ref().map_or((0, 0, 0, 0), |taken| {
        (
            taken.rows,
            taken.stored,
            taken.already_present,
            taken.rows.saturating_sub(taken.stored).saturating_sub(taken.already_present),
        )
    });
    ReceiptView {
        handle,
        file: receipt.file,
        id: receipt.id.map(number),
        refused,
        provider: taken.as_ref().map(|taken| provider_code(taken.provider)),
        form: taken.as_ref().map(|taken| taken.form.clone()),
        wallet: taken.as_ref().map(|taken| taken.wallet.clone()),
        account_ref: taken.as_ref().and_then(|taken| taken.account_ref.clone()),
        sha256: taken.as_ref().map(|taken| taken.sha256.clone()),
        rows: count(rows),
        stored: count(stored),
        already_present: count(present),
        skipped: count(skipped),
        warnings: taken
            .iter()
            .flat_map(|taken| &taken.warnings)
            .map(|warning| WarningView { code: warning.code.clone(), message: warning.message.clone() })
            .collect(),
        totals: taken.iter().flat_map(|taken| &taken.totals).map(totals_view).collect(),
        period: taken.as_ref().and_then(|taken| taken.period.as_ref()).map(|period| PeriodView {
            from: period.from.clone(),
            to: period.to.clone(),
            stated: period.stated,
        }),
        agrees: taken.as_ref().and_then(|taken| taken.agrees),
    }
}

fn totals_view(totals: &ReceiptTotals) -> TotalsView {
    let tally =
        |tally: &purser_app::import::ReceiptTally| TallyView { count: count(tally.count), sum: tally.sum.clone() };
    TotalsView {
        currency: totals.currency.clone(),
        money_in: tally(&totals.money_in),
        money_out: tally(&totals.money_out),
        neutral: tally(&totals.neutral),
        fee: totals.fee.clone(),
    }
}

pub fn import_view(import: &Import, wallet: &purser_app::store::Wallet) -> ImportView {
    let period = match (&import.period_from, &import.period_to) {
        (Some(from), Some(to)) => Some(PeriodView { from: from.clone(), to: to.clone(), stated: import.period_stated }),
        _ => None,
    };
    ImportView {
        id: number(import.id),
        time: rfc3339(import.time_ms),
        file: import.name.clone(),
        provider: provider_code(&wallet.provider),
        form: import.form.clone(),
        wallet: wallet.name.clone(),
        rows: number(import.rows),
        stored: number(import.stored),
        already_present: number(import.already_present),
        skipped: number(import.skipped),
        period,
    }
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
