//! Files and how they are read, to and from the window's values.

use std::collections::BTreeMap;

use purser_app::error::Error;
use purser_app::import::{ImportOptions, Receipt, ReceiptTotals, UnknownView as UnknownForm, ZipPassword};
use purser_app::overview::rfc3339;
use purser_app::store::Import;
use purser_books::Provider;
use purser_books::reader::DateOrder;
use purser_books::reader::mapping::{ColumnRole, FeeSign};

use crate::view::imports::{
    ImportOptionsRequest, ImportView, NearestFormView, PeriodView, ReceiptView, RefusedView, TallyView, TotalsView,
    UnknownColumnView, UnknownFormView, WarningView,
};

use super::{count, number, provider_code, word};

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
