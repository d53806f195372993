//! Words of PayPal's files in the languages public files were seen in: header names, types, statuses, balance impact.
//!
//! Sources, read 2026-11: hledger `examples/csv/other/paypal-2018.csv.rules` and `paypal-custom.csv` (en), the OCA module
//! `account_statement_import_online_paypal` and its sample statements (en, es), ledger-autosync `fixtures/paypal.csv`
//! (en before 2018), Banana Accounting's PayPal extension and the beancount PayPal importers (de, fr), Zaim's
//! importer (ja), test files of public importers (it, nl). The Brazilian Portuguese names are in no public file that was
//! found: they are PayPal's words elsewhere, not confirmed. T-codes: developer.paypal.com "Transaction event codes".

use crate::{Kind, Status};

pub(super) const DATE: &[&str] = &["Date", "Datum", "Fecha", "日付", "Data"];
pub(super) const TIME: &[&str] = &["Time", "Uhrzeit", "Heure", "Hora", "時間", "Orario", "Ora", "Tijd"];
pub(super) const ZONE: &[&str] = &[
    "TimeZone",
    "Time Zone",
    "Zeitzone",
    "Fuseau horaire",
    "Zona horaria",
    "タイムゾーン",
    "Fuso orario",
    "Tijdzone",
    "Fuso horário",
];
pub(super) const NAME: &[&str] = &["Name", "Nom", "Nombre", "名前", "Nome", "Naam"];
pub(super) const TYPE: &[&str] = &["Type", "Typ", "Tipo", "タイプ"];
pub(super) const DESCRIPTION: &[&str] =
    &["Description", "Beschreibung", "Descripción", "Descrizione", "Omschrijving", "Descrição"];
pub(super) const STATUS: &[&str] = &["Status", "État", "Estado", "ステータス", "Stato"];
pub(super) const CURRENCY: &[&str] = &["Currency", "Währung", "Devise", "Divisa", "通貨", "Valuta", "Moeda"];
pub(super) const GROSS: &[&str] = &["Gross", "Brutto", "Avant commission", "Bruto", "合計", "Amount", "Lordo"];
pub(super) const FEE: &[&str] =
    &["Fee", "Gebühr", "Entgelt", "Commission", "Tarifa", "Comisión", "手数料", "Tariffa", "Kosten"];
pub(super) const NET: &[&str] = &["Net", "Netto", "Neto", "正味", "Líquido"];
pub(super) const BALANCE: &[&str] = &["Balance", "Guthaben", "Solde", "Saldo", "残高"];
pub(super) const IMPACT: &[&str] = &[
    "Balance Impact",
    "Auswirkung auf Guthaben",
    "Impact sur le solde",
    "残高への影響",
    "Impatto sul saldo",
    "Effect op saldo",
    "Repercusiones en el saldo",
    "Impacto no saldo",
];
pub(super) const EVENT_CODE: &[&str] = &["Transaction Event Code", "Transaktionsereigniscode"];
pub(super) const TRANSACTION: &[&str] = &[
    "Transaction ID",
    "Transaktionscode",
    "Numéro de transaction",
    "Id. de transacción",
    "取引ID",
    "Codice transazione",
    "Transactiereferentie",
    "ID da transação",
    "Código da transação",
];
pub(super) const REFERENCE: &[&str] = &[
    "Reference Txn ID",
    "Zugehöriger Transaktionscode",
    "Txn-Referenzkennung",
    "Numéro de la transaction de référence",
    "Id. de referencia de trans.",
    "リファレンス トランザクションID",
    "Codice transazione di riferimento",
    "ID da transação de referência",
];
pub(super) const RECEIPT: &[&str] =
    &["Receipt ID", "Empfangsnummer", "領収書ID", "Codice ricevuta", "Ontvangstbewijsreferentie"];
pub(super) const FROM: &[&str] = &[
    "From Email Address",
    "Absender E-Mail-Adresse",
    "De l'adresse email",
    "De l’adresse email",
    "Correo electrónico del remitente",
    "送信者メールアドレス",
    "Indirizzo email mittente",
    "Van e-mailadres",
    "Do endereço de e-mail",
    "De endereço de e-mail",
];
pub(super) const TO: &[&str] = &[
    "To Email Address",
    "Empfänger E-Mail-Adresse",
    "À l'adresse email",
    "À l’adresse email",
    "Correo electrónico del destinatario",
    "受信者メールアドレス",
    "Indirizzo email destinatario",
    "Naar e-mailadres",
    "Para o endereço de e-mail",
    "Para endereço de e-mail",
];
pub(super) const TITLE: &[&str] = &[
    "Item Title",
    "Artikelbezeichnung",
    "Titre de l'objet",
    "Titre de l’objet",
    "商品タイトル",
    "Titolo oggetto",
    "ArtikelNaam",
    "Título do item",
];
pub(super) const SUBJECT: &[&str] =
    &["Subject", "Betreff", "Objet", "Asunto", "件名", "Oggetto", "Onderwerp", "Assunto"];
pub(super) const NOTE: &[&str] = &["Note", "Hinweis", "Remarque", "Nota", "備考", "Messaggio", "Observação"];

/// What a type name or event code says, before the sign of the amount is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Received it is a sale; sent it is a purchase, for which there is no kind of its own.
    Payment,
    Refund,
    Fee,
    Conversion,
    Topup,
    Payout,
    PayoutReversal,
    /// A hold takes, a release gives.
    Hold,
    Dispute,
    DisputeReversal,
    Adjustment,
    Tax,
    Transfer,
    /// T13: never money.
    Authorization,
    /// Lines that only describe others: cart items, invoices and requests sent, orders.
    Memo,
    Other,
}

impl Meaning {
    pub(super) const fn kind(self, gross: i64) -> Kind {
        match self {
            Meaning::Payment if gross >= 0 => Kind::Sale,
            Meaning::Refund => Kind::Refund,
            Meaning::Fee => Kind::Fee,
            Meaning::Conversion => Kind::Conversion,
            Meaning::Topup => Kind::Topup,
            Meaning::Payout => Kind::Payout,
            Meaning::PayoutReversal => Kind::PayoutReversal,
            Meaning::Hold if gross > 0 => Kind::Release,
            Meaning::Hold | Meaning::Authorization => Kind::Hold,
            Meaning::Dispute => Kind::Dispute,
            Meaning::DisputeReversal => Kind::DisputeReversal,
            Meaning::Adjustment => Kind::Adjustment,
            Meaning::Tax => Kind::Tax,
            Meaning::Transfer if gross >= 0 => Kind::TransferIn,
            Meaning::Transfer => Kind::TransferOut,
            Meaning::Payment | Meaning::Memo | Meaning::Other => Kind::Other,
        }
    }

    /// Whether a row with this status changed the balance, where the file has neither Balance Impact nor Balance.
    /// A pending withdrawal or bank deposit did (OCA `activity_en`, hledger `paypal-custom.csv`); so do holds.
    pub(super) const fn moves(self, status: Status) -> bool {
        match (self, status) {
            (Meaning::Authorization | Meaning::Memo, _) | (_, Status::Closed | Status::Failed) => false,
            (_, Status::Completed | Status::Reversed) => true,
            (meaning, Status::Pending) => matches!(
                meaning,
                Meaning::Payout | Meaning::PayoutReversal | Meaning::Topup | Meaning::Conversion | Meaning::Hold
            ),
        }
    }
}

/// Names in lower case; what is not here is tried by its parts ([`meaning_by_parts`]).
const TYPES: &[(&str, Meaning)] = &[
    ("payment refund", Meaning::Refund),
    ("general refund", Meaning::Refund),
    ("payment reversal", Meaning::Refund),
    ("rückzahlung", Meaning::Refund),
    ("remboursement de paiement", Meaning::Refund),
    ("fee reversal", Meaning::Fee),
    ("general currency conversion", Meaning::Conversion),
    ("user initiated currency conversion", Meaning::Conversion),
    ("allgemeine währungsumrechnung", Meaning::Conversion),
    ("conversion de devise standard", Meaning::Conversion),
    ("bank deposit to pp account", Meaning::Topup),
    ("bankgutschrift auf paypal-konto", Meaning::Topup),
    ("virement bancaire sur le compte paypal", Meaning::Topup),
    ("general card deposit", Meaning::Topup),
    ("allgemeine gutschrift auf kreditkarte", Meaning::Topup),
    ("クレジットカードによる一般の入金", Meaning::Topup),
    ("ach funding for funds recovery from account balance", Meaning::Topup),
    ("ach-überweisung als zahlungsquelle für ausgleich von kontoguthaben", Meaning::Topup),
    ("reversal of ach deposit", Meaning::Topup),
    ("rückbuchung von ach-gutschrift", Meaning::Topup),
    ("add funds from a bank account", Meaning::Topup),
    ("general withdrawal", Meaning::Payout),
    ("general withdrawal - bank account", Meaning::Payout),
    ("general withdrawal - bank transfer", Meaning::Payout),
    ("user initiated withdrawal", Meaning::Payout),
    ("von nutzer eingeleitete abbuchung", Meaning::Payout),
    ("allgemeine abbuchung", Meaning::Payout),
    ("retrait initié par l'utilisateur", Meaning::Payout),
    ("general card withdrawal", Meaning::Payout),
    ("withdraw funds to a bank account", Meaning::Payout),
    ("reversal of ach withdrawal transaction", Meaning::PayoutReversal),
    ("account hold for open authorization", Meaning::Hold),
    ("einbehaltung für offene autorisierung", Meaning::Hold),
    ("reversal of general account hold", Meaning::Hold),
    ("rückbuchung allgemeiner einbehaltung", Meaning::Hold),
    ("suspension de paiement", Meaning::Hold),
    ("déblocage de paiement", Meaning::Hold),
    ("solde suspendu pour enquête sur un litige", Meaning::Hold),
    ("annulation de la suspension pour résolution du litige", Meaning::Hold),
    ("temporary hold", Meaning::Hold),
    ("general authorization", Meaning::Authorization),
    ("authorization", Meaning::Authorization),
    ("reauthorization", Meaning::Authorization),
    ("void of authorization", Meaning::Authorization),
    ("shopping cart item", Meaning::Memo),
    ("warenkorbartikel", Meaning::Memo),
    ("invoice sent", Meaning::Memo),
    ("rechnung gesendet", Meaning::Memo),
    ("invoice received", Meaning::Memo),
    ("request sent", Meaning::Memo),
    ("request received", Meaning::Memo),
    ("order", Meaning::Memo),
    ("chargeback", Meaning::Dispute),
    ("chargeback fee", Meaning::Fee),
    ("dispute fee", Meaning::Fee),
    ("cancelled fee", Meaning::Fee),
    ("chargeback reversal", Meaning::DisputeReversal),
    ("cancellation of chargeback", Meaning::DisputeReversal),
    ("handyzahlung", Meaning::Payment),
    ("zahlung im einzugsverfahren mit zahlungsrechnung", Meaning::Payment),
    ("ウェブペイメント", Meaning::Payment),
    ("tax collected by partner", Meaning::Tax),
    ("general adjustment", Meaning::Adjustment),
];

/// The meaning of a type (4a) or description (4b) cell.
pub(super) fn meaning(written: &str) -> Meaning {
    let lower = written.trim().to_lowercase().replace('’', "'");
    TYPES.iter().find(|(name, _)| *name == lower).map_or_else(|| meaning_by_parts(&lower), |(_, meaning)| *meaning)
}

/// Names in European languages are built from few parts ("eBay Auction Payment", "PayPal Express-Zahlung",
/// "Paiement Express Checkout", "Versamento generico con carta").
fn meaning_by_parts(lower: &str) -> Meaning {
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if lower.starts_with("autoris") || lower.starts_with("autoriz") {
        Meaning::Authorization
    } else if has(&["fee", "gebühr", "commissione", "tariffa", "kosten", "手数料"]) {
        Meaning::Fee
    } else if has(&["refund", "rückzahlung", "remboursement", "rimborso", "terugbetaling", "reembolso", "返金"]) {
        Meaning::Refund
    } else if has(&["chargeback"]) {
        let back = has(&["reversal", "reimbursement", "cancel"]);
        if back { Meaning::DisputeReversal } else { Meaning::Dispute }
    } else if has(&[
        "currency conversion",
        "währungsumrechnung",
        "conversion de devise",
        "conversione di valuta",
        "valutaomrekening",
        "conversión de divisa",
        "conversão de moeda",
        "通貨換算",
        "通貨変換",
        "通貨の換算",
    ]) {
        Meaning::Conversion
    } else if has(&["hold", "release", "reserve", "einbehaltung"]) {
        Meaning::Hold
    } else if has(&[
        "withdrawal",
        "withdraw funds",
        "prelievo",
        "trasferimento su conto",
        "opname",
        "retirada",
        "saque",
        "引き出し",
        "出金",
    ]) {
        if has(&["reversal", "cancel", "return"]) { Meaning::PayoutReversal } else { Meaning::Payout }
    } else if has(&["deposit", "bankgutschrift", "versamento", "storting", "depósito", "入金"]) {
        Meaning::Topup
    } else if has(&["payment", "zahlung", "pagamento", "betaling", "支払い", "ペイメント", "決済"])
        || lower.starts_with("paiement")
        || lower.starts_with("pago")
    {
        Meaning::Payment
    } else if has(&["adjustment"]) {
        Meaning::Adjustment
    } else {
        Meaning::Other
    }
}

/// The meaning of a T-code, where the file has them ("Transaction event codes", developer.paypal.com).
pub(super) fn meaning_of_code(code: &str) -> Option<Meaning> {
    let digits = code.strip_prefix('T').filter(|digits| digits.len() == 4)?;
    let group = digits.get(..2).filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(match (group, code) {
        (_, "T1108" | "T1109") => Meaning::Fee,
        (_, "T1110" | "T1111" | "T1105") => Meaning::Hold,
        (_, "T1101") => Meaning::PayoutReversal,
        (_, "T1104") => Meaning::Topup,
        (_, "T1201" | "T1207") => Meaning::Dispute,
        (_, "T1202" | "T1205" | "T1208") => Meaning::DisputeReversal,
        ("00" | "05" | "10" | "30", _) => Meaning::Payment,
        ("01", _) => Meaning::Fee,
        ("02", _) => Meaning::Conversion,
        ("03" | "07" | "16", _) => Meaning::Topup,
        ("04" | "06" | "17" | "18", _) => Meaning::Payout,
        ("11", _) => Meaning::Refund,
        ("12" | "19", _) => Meaning::Adjustment,
        ("13", _) => Meaning::Authorization,
        ("15" | "21" | "22", _) => Meaning::Hold,
        ("20" | "50", _) => Meaning::Transfer,
        ("23", _) => Meaning::Tax,
        ("97" | "98", _) => Meaning::Memo,
        _ => Meaning::Other,
    })
}

/// The status word; a statement has none, its rows are completed.
pub(super) fn status(written: &str) -> Option<Status> {
    Some(match written {
        "" | "Completed" | "Abgeschlossen" | "Terminé" | "完了" | "Cleared" | "Paid" | "Refunded"
        | "Partially Refunded" | "Completata" | "Completato" | "Voltooid" | "Completado" | "Concluído"
        | "Concluída" => Status::Completed,
        "Pending" | "Ausstehend" | "En attente" | "In sospeso" | "In behandeling" | "Pendiente" | "Pendente"
        | "保留中" | "Active" | "Processing" | "Created" | "Unverified" | "Unclaimed" | "Uncleared" | "Placed"
        | "Held" | "On Hold" => Status::Pending,
        "Denied" | "Failed" | "Abgelehnt" | "Refusé" | "Rifiutata" | "Rifiutato" | "Geweigerd" | "Denegado"
        | "Recusado" => Status::Failed,
        "Reversed" | "Returned" | "Stornata" | "Teruggedraaid" | "Revertido" | "Estornado" => Status::Reversed,
        "Canceled" | "Cancelled" | "Expired" | "Removed" | "Voided" | "Entfernt" | "Storniert" => Status::Closed,
        _ => return None,
    })
}

/// What the Balance Impact column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Impact {
    Credit,
    Debit,
    /// The row only informs; so does an empty cell (cart items).
    Memo,
}

pub(super) fn impact(written: &str) -> Option<Impact> {
    Some(match written {
        "Credit" | "Haben" | "Crédit" | "入金" | "Accredito" | "Bij" | "Crédito" => Impact::Credit,
        "Debit" | "Soll" | "Débit" | "引落し" | "Addebito" | "Af" | "Débito" | "Cargo" => Impact::Debit,
        "" | "Memo" | "Mémo" | "備考" | "Promemoria" | "Memorando" => Impact::Memo,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_languages_have_their_meaning() {
        for (name, expected) in [
            ("Express Checkout Payment", Meaning::Payment),
            ("PreApproved Payment Bill User Payment", Meaning::Payment),
            ("PayPal Express-Zahlung", Meaning::Payment),
            ("Paiement Express Checkout", Meaning::Payment),
            ("ウェブペイメント", Meaning::Payment),
            ("Web Accept Payment Received", Meaning::Payment),
            ("Bank Deposit to PP Account ", Meaning::Topup),
            ("Bankgutschrift auf PayPal-Konto", Meaning::Topup),
            ("General Withdrawal", Meaning::Payout),
            ("Retrait initié par l’utilisateur", Meaning::Payout),
            ("Reversal of ACH Withdrawal Transaction", Meaning::PayoutReversal),
            ("Payment Refund", Meaning::Refund),
            ("Payment Hold", Meaning::Hold),
            ("Payment Release", Meaning::Hold),
            ("General Authorization", Meaning::Authorization),
            ("Chargeback Fee", Meaning::Fee),
            ("Partner Fee", Meaning::Fee),
            ("Allgemeine Währungsumrechnung", Meaning::Conversion),
            ("Pagamento preautorizzato utenza", Meaning::Payment),
            ("Versamento generico con carta", Meaning::Topup),
            ("Express Checkout betaling", Meaning::Payment),
            ("Algemeen valutaomrekening", Meaning::Conversion),
            ("Something new", Meaning::Other),
        ] {
            assert_eq!(meaning(name), expected, "{name}");
        }
    }

    #[test]
    fn event_codes_follow_their_group_and_their_exceptions() {
        for (code, expected) in [
            ("T0006", Some(Meaning::Payment)),
            ("T0400", Some(Meaning::Payout)),
            ("T1107", Some(Meaning::Refund)),
            ("T1108", Some(Meaning::Fee)),
            ("T1111", Some(Meaning::Hold)),
            ("T1201", Some(Meaning::Dispute)),
            ("T1300", Some(Meaning::Authorization)),
            ("T2105", Some(Meaning::Hold)),
            ("", None),
            ("T", None),
            ("Tä", None),
        ] {
            assert_eq!(meaning_of_code(code), expected, "{code}");
        }
    }

    #[test]
    fn pending_withdrawals_move_the_balance_and_pending_authorisations_do_not() {
        assert!(Meaning::Payout.moves(Status::Pending));
        assert!(Meaning::Topup.moves(Status::Pending));
        assert!(!Meaning::Payment.moves(Status::Pending));
        assert!(!Meaning::Authorization.moves(Status::Completed));
        assert!(!Meaning::Payment.moves(Status::Failed));
        assert!(Meaning::Payment.moves(Status::Reversed));
    }
}
