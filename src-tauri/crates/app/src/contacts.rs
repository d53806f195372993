//! The register of contacts: who is who of each wallet, and the numbers the owner copied from signed-in pages.
//!
//! It is what a frightened person needs on paper and on the telephone: the card of each person ([`card`]), the scripts, the
//! papers of a theft. No secret is here, and of a phone only its end. On the lock screen nothing of it is shown unless the owner
//! allowed it ([`lock_screen`]).

pub mod card;
pub mod lock_screen;

use purser_books::Provider;
use purser_books::mask;
use purser_books::papers::{CaseWallet, ContactRole};
use serde::{Deserialize, Serialize};

use crate::Purser;
use crate::audit::{Event, Told};
use crate::credentials::check_wallet;
use crate::devices::date;
use crate::error::{Error, Result};
use crate::role::Action;
pub use crate::store::OwnNumber;
use crate::store::Store;
use card::PrintedCard;
use lock_screen::LockScreen;

/// Everything in the register.
#[derive(Debug, Clone, Serialize)]
pub struct ContactRegister {
    pub wallets: Vec<WalletContacts>,
    pub own_numbers: Vec<OwnNumber>,
    /// Providers whose signed-in pages show no number, as somebody saw.
    pub no_number: Vec<NoNumber>,
    /// Providers with wallets of which nobody said either yet.
    pub numbers_missing: Vec<String>,
    /// What of it is shown to anybody at this computer.
    pub lock_screen: LockScreen,
    /// The newest card of each person.
    pub cards: Vec<PrintedCard>,
}

/// There is no number to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoNumber {
    /// The provider's code.
    pub provider: String,
    /// ISO date it was looked at.
    pub noted: String,
}

/// Who is who of one wallet.
#[derive(Debug, Clone, Serialize)]
pub struct WalletContacts {
    pub wallet_id: i64,
    pub name: String,
    pub provider: String,
    /// The provider's own number of the account, as its files name it.
    pub account: Option<String>,
    /// What is known, in the order of [`ContactRole::ALL`]; what is missing is not known.
    pub contacts: Vec<Contact>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    pub role: ContactRole,
    pub value: String,
    /// ISO date.
    pub noted: String,
}

/// What is written down of one wallet; an empty text takes away what was there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactsChange {
    pub values: Vec<(ContactRole, String)>,
    /// ISO date; `None` = today.
    pub noted: Option<String>,
}

impl Purser {
    /// The register, and which cards are out of date.
    pub async fn contacts(&self) -> Result<ContactRegister> {
        let permit = self.permit(Action::ReadSecurity).await?;
        let store = permit.store();
        Ok(ContactRegister {
            wallets: wallet_contacts(store).await?,
            own_numbers: store.own_numbers().await?,
            no_number: no_number(store).await?,
            numbers_missing: numbers_missing(store).await?.into_iter().map(|known| known.code().to_owned()).collect(),
            lock_screen: lock_screen::allowed(store).await?,
            cards: card::printed(store).await?,
        })
    }

    /// Writes down who is who of a wallet, all of it or nothing.
    pub async fn set_contacts(&self, wallet: i64, change: &ContactsChange) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        let wallets = store.wallets().await?;
        check_wallet(&wallets, wallet)?;
        let noted = self.noted_day(store, change.noted.as_deref()).await?;
        let value = |(role, typed): &(ContactRole, String)| {
            if typed.trim().is_empty() {
                return Ok((role.word(), None));
            }
            let kept = role.kept(typed);
            let kept = kept.ok_or_else(|| Error::invalid(format!("{}: that cannot be a value of it", role.word())))?;
            Ok((role.word(), Some(kept)))
        };
        let values = change.values.iter().map(value).collect::<Result<Vec<_>>>()?;
        if values.is_empty() {
            return Err(Error::invalid("nothing was said of the wallet's people"));
        }
        let name = wallets.iter().find(|known| known.id == wallet).map(|wallet| wallet.name.as_str());
        let roles: Vec<&str> = values.iter().map(|(role, _)| *role).collect();
        let row = Event::new(Told::ContactNoted, name.unwrap_or_default()).with("fields", roles.join(", "));
        store.set_contacts(wallet, &values, &noted, &row).await?;
        self.contacts_changed(&permit).await
    }

    /// Writes down a number of a provider that somebody copied from a page she was signed in to.
    pub async fn note_own_number(&self, provider: &str, number: &str, noted: Option<&str>) -> Result<i64> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        let provider = known_provider(provider)?.code();
        let number = mask::text(number).ok_or_else(|| Error::invalid("number: that cannot be a value of it"))?;
        let noted = self.noted_day(store, noted).await?;
        let row = Event::new(Told::OwnNumberNoted, provider);
        let id = store.note_own_number(provider, &number, &noted, &row).await?;
        self.contacts_changed(&permit).await?;
        Ok(id)
    }

    /// Writes down that a provider's signed-in pages show no number, or takes that back.
    pub async fn note_no_number(&self, provider: &str, is_none: bool) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let store = permit.store();
        let provider = known_provider(provider)?.code();
        if is_none && store.own_numbers().await?.iter().any(|number| number.provider == provider) {
            return Err(Error::invalid("a number of it is written down; first remove that"));
        }
        let today = self.today(store).await?.to_string();
        let row = Event::new(Told::OwnNumberNone, provider).with("taken_back", !is_none);
        store.put_fact(&no_number_key(provider), is_none.then_some(today.as_str()), &row).await?;
        self.announce();
        Ok(())
    }

    pub async fn remove_own_number(&self, id: i64) -> Result<()> {
        let permit = self.permit(Action::ManageSecurity).await?;
        let known = permit.store().own_numbers().await?.into_iter().find(|number| number.id == id);
        let known = known.ok_or_else(|| Error::not_found(format!("no number {id}")))?;
        permit.store().remove_own_number(id, &Event::new(Told::OwnNumberRemoved, &known.provider)).await?;
        self.contacts_changed(&permit).await
    }

    async fn noted_day(&self, store: &Store, typed: Option<&str>) -> Result<String> {
        let today = self.today(store).await?;
        let day = match typed {
            None => today,
            Some(text) => date(Some(&crate::contract::check_date(text)?)).unwrap_or(today),
        };
        if day > today { Err(Error::invalid("that day is still to come")) } else { Ok(day.to_string()) }
    }

    async fn contacts_changed(&self, permit: &crate::Permit) -> Result<()> {
        self.settle_lock_screen(permit.session(), permit.store()).await?;
        self.announce();
        Ok(())
    }
}

fn known_provider(code: &str) -> Result<Provider> {
    let known = Provider::from_code(code).filter(|known| *known != Provider::Other);
    let codes = Provider::KNOWN.map(Provider::code).join(", ");
    known.ok_or_else(|| Error::invalid(format!("provider: one of {codes}")))
}

/// Name of the fact that a provider shows no number.
pub(crate) fn no_number_key(provider: &str) -> String {
    format!("no_own_number_{provider}")
}

async fn no_number(store: &Store) -> Result<Vec<NoNumber>> {
    let mut found = Vec::new();
    for provider in Provider::KNOWN.map(Provider::code) {
        if let Some(noted) = store.fact(&no_number_key(provider)).await? {
            found.push(NoNumber { provider: provider.to_owned(), noted });
        }
    }
    Ok(found)
}

/// The providers with wallets whose own number nobody copied, and of which nobody said that there is none.
pub(crate) async fn numbers_missing(store: &Store) -> Result<Vec<Provider>> {
    let (wallets, numbers, none) = (store.wallets().await?, store.own_numbers().await?, no_number(store).await?);
    let is_missing = |provider: &Provider| {
        let code = provider.code();
        wallets.iter().any(|wallet| wallet.provider == code)
            && numbers.iter().all(|number| number.provider != code)
            && none.iter().all(|known| known.provider != code)
    };
    Ok(Provider::KNOWN.into_iter().filter(is_missing).collect())
}

async fn wallet_contacts(store: &Store) -> Result<Vec<WalletContacts>> {
    let rows = store.contacts().await?;
    let view = |wallet: crate::store::Wallet| {
        let contact = |role: &ContactRole| {
            let found = rows.iter().find(|row| row.wallet_id == wallet.id && row.role == role.word())?;
            Some(Contact { role: *role, value: found.value.clone(), noted: found.noted.clone() })
        };
        WalletContacts {
            contacts: ContactRole::ALL.iter().filter_map(contact).collect(),
            wallet_id: wallet.id,
            name: wallet.name,
            provider: wallet.provider,
            account: wallet.account_ref,
        }
    };
    Ok(store.wallets().await?.into_iter().map(view).collect())
}

/// The wallets with their people, as cards and papers show them.
pub(crate) async fn case_wallets(store: &Store) -> Result<Vec<CaseWallet>> {
    let known = |wallet: WalletContacts| {
        let value = |role: ContactRole| {
            let found = wallet.contacts.iter().find(|contact| contact.role == role);
            found.map(|contact| contact.value.clone()).unwrap_or_default()
        };
        CaseWallet {
            legal_representative: value(ContactRole::LegalRepresentative),
            administrator: value(ContactRole::Administrator),
            bound_phone: value(ContactRole::BoundPhone),
            deputy: value(ContactRole::Deputy),
            name: wallet.name.clone(),
            provider: wallet.provider.clone(),
            account: wallet.account.clone().unwrap_or_default(),
        }
    };
    Ok(wallet_contacts(store).await?.into_iter().map(known).collect())
}
