//! Which wallet a file belongs to: the one named by the person, else the account the file names,
//! else the provider's only wallet, else a new one named after the provider.

use purser_books::Provider;
use purser_books::reader::{Refusal, RefusalCode};
use sqlx::SqliteConnection;

use crate::error::{Error, Result};
use crate::store::{Store, Wallet};

pub(super) enum Choice {
    Wallet(Wallet),
    Refused(Refusal),
}

pub(super) async fn choose(
    connection: &mut SqliteConnection,
    provider: Provider,
    account_ref: Option<&str>,
    zone: Option<&str>,
    named: Option<&str>,
    now_ms: i64,
) -> Result<Choice> {
    let wallets = Store::wallets_in(connection).await?;
    if let Some(name) = named.map(str::trim).filter(|name| !name.is_empty()) {
        let found = wallets.iter().find(|wallet| wallet.name.to_lowercase() == name.to_lowercase());
        return match found {
            Some(wallet) if wallet.provider != provider.code() => Ok(Choice::Refused(Refusal::new(
                RefusalCode::NeedsWallet,
                &format!("a wallet at {}", provider.name()),
                &format!("{} is a wallet at {}", wallet.name, wallet.provider),
            ))),
            Some(wallet) => adopt(connection, wallet, account_ref, &wallets).await,
            None => create(connection, provider, account_ref, zone, name, now_ms).await,
        };
    }
    let of_provider: Vec<&Wallet> = wallets.iter().filter(|wallet| wallet.provider == provider.code()).collect();
    if let Some(account_ref) = account_ref {
        if let Some(wallet) = of_provider.iter().find(|wallet| wallet.account_ref.as_deref() == Some(account_ref)) {
            return Ok(Choice::Wallet((*wallet).clone()));
        }
        let without: Vec<&&Wallet> = of_provider.iter().filter(|wallet| wallet.account_ref.is_none()).collect();
        return match (without.as_slice(), of_provider.len()) {
            ([wallet], 1) => adopt(connection, wallet, Some(account_ref), &wallets).await,
            ([], _) => {
                let name = free_name(&wallets, default_name(provider), Some(account_ref));
                create(connection, provider, Some(account_ref), zone, &name, now_ms).await
            }
            _ => Ok(several(provider, &of_provider)),
        };
    }
    match of_provider.as_slice() {
        // Nothing in the file says whose it is.
        [] if provider == Provider::Other => Ok(Choice::Refused(Refusal::new(
            RefusalCode::NeedsWallet,
            "the name of the wallet (say --wallet)",
            "a provider Purser does not know",
        ))),
        [] => {
            create(connection, provider, None, zone, &free_name(&wallets, default_name(provider), None), now_ms).await
        }
        [wallet] => Ok(Choice::Wallet((*wallet).clone())),
        _ => Ok(several(provider, &of_provider)),
    }
}

fn several(provider: Provider, of_provider: &[&Wallet]) -> Choice {
    let names: Vec<&str> = of_provider.iter().map(|wallet| wallet.name.as_str()).collect();
    Choice::Refused(Refusal::new(
        RefusalCode::NeedsWallet,
        &format!("the name of one {} wallet", provider.name()),
        &names.join(", "),
    ))
}

/// A wallet that does not know its account number yet learns it; one that knows another keeps it.
async fn adopt(
    connection: &mut SqliteConnection,
    wallet: &Wallet,
    account_ref: Option<&str>,
    all: &[Wallet],
) -> Result<Choice> {
    let mut wallet = wallet.clone();
    if let (None, Some(account_ref)) = (&wallet.account_ref, account_ref) {
        let taken = all
            .iter()
            .any(|other| other.provider == wallet.provider && other.account_ref.as_deref() == Some(account_ref));
        if !taken {
            Store::set_account_ref(connection, wallet.id, account_ref).await?;
            wallet.account_ref = Some(account_ref.to_owned());
        }
    }
    Ok(Choice::Wallet(wallet))
}

async fn create(
    connection: &mut SqliteConnection,
    provider: Provider,
    account_ref: Option<&str>,
    zone: Option<&str>,
    name: &str,
    now_ms: i64,
) -> Result<Choice> {
    let business: Option<i64> = sqlx::query_scalar("select min(id) from business").fetch_one(&mut *connection).await?;
    let business_id = business.ok_or_else(|| Error::invalid("the profile has no business"))?;
    let mut wallet = Wallet {
        id: 0,
        business_id,
        provider: provider.code().to_owned(),
        name: name.to_owned(),
        account_ref: account_ref.map(str::to_owned),
        zone: zone.unwrap_or(provider.default_zone()).to_owned(),
    };
    let known = Store::wallets_in(connection).await?;
    if known.iter().any(|other| {
        other.provider == wallet.provider && other.account_ref.is_some() && other.account_ref == wallet.account_ref
    }) {
        wallet.account_ref = None;
    }
    wallet.id = Store::insert_wallet(connection, &wallet, now_ms).await?;
    Ok(Choice::Wallet(wallet))
}

const fn default_name(provider: Provider) -> &'static str {
    match provider {
        Provider::PayPal => "PayPal",
        Provider::Alipay => "Alipay",
        Provider::WeChatPay => "WeChat Pay",
        Provider::Stripe => "Stripe",
        Provider::Other => "Wallet",
    }
}

fn free_name(wallets: &[Wallet], name: &str, account_ref: Option<&str>) -> String {
    let taken = |name: &str| wallets.iter().any(|wallet| wallet.name.to_lowercase() == name.to_lowercase());
    if !taken(name) {
        return name.to_owned();
    }
    let first = match account_ref.map(|text| text.split_once('@').ok_or(text)) {
        None => format!("{name} 2"),
        // The name before the @ tells one address from another, its end does not.
        Some(Ok((local, _))) => format!("{name} {local}"),
        Some(Err(number)) => {
            // The last four digits are the same in every account number of Alipay.
            let number = number.strip_suffix("0156").filter(|number| number.len() == 16).unwrap_or(number);
            let from = number.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
            format!("{name} …{}", &number[from..])
        }
    };
    if !taken(&first) {
        return first;
    }
    (2..).map(|n| format!("{first} {n}")).find(|name| !taken(name)).unwrap_or(first)
}
