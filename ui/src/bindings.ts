// Contract between the window and the core. Will be generated from Rust by tauri-specta; never edited then.

export type IpcError = { code: Code; detail: Record<string, string> };
export type Code =
  | "locked" | "not_allowed" | "wrong_password" | "wrong_code" | "wait" | "slot_disabled" | "clock_was_wrong"
  | "keyring_locked" | "keyring_missing" | "keyring_changed" | "profile_in_use" | "profile_exists" | "damaged" | "newer_schema"
  | "weak_password" | "refused" | "cancelled" | "not_found" | "invalid" | "disk_full" | "io" | "internal";

// ---- session
export type Phase = "no_profile" | "locked" | "second_factor" | "open";
export type BootView = {
  phase: Phase; demo: boolean; role: string | null; slot_name: string | null;
  /** Seconds the login still has to wait, 0 = none. */
  wait_s: number;
  settings: SettingsView; version: string; platform: "linux" | "macos" | "windows";
  device_store: "keyring" | "file" | null; has_second_factor: boolean; kit_proven: boolean;
};
export type SettingsView = {
  language: "en" | "zh-CN" | null; region: string | null; theme: "system" | "light" | "dark";
  palette: "neutral" | "western" | "east_asian"; idle_minutes: number; show_names: boolean;
};
export type StrengthView = { score: number; accepted: boolean; reasons: { code: string; min: number | null }[] };
export type KeyringView = { available: boolean; vendor: string | null };
export type ProfileCreateRequest = {
  business_name: string; business_name_local: string; base_currency: string; zone: string;
  password: string; device_store: "keyring" | "file";
};
export type KitView = { text: string; recovery_key: string };
export type EnrolView = { uri: string; secret: string; qr_svg: string };
export type RecoveryCodesView = { codes: string[] };
export type UnlockView = { next: "code" | "open" };

// ---- money and wallets
export type MoneyView = { amount: string; currency: string };
export type ProviderCode = "paypal" | "alipay" | "wechatpay" | "stripe" | "other";
export type FilterRequest = { from: string | null; to: string | null; wallets: number[] };
export type WalletView = { id: number; name: string; provider: ProviderCode; business: string; account_ref: string | null; zone: string; transactions: number };
export type BalanceView = {
  account: string; currency: string;
  /** null where no file states it. */
  available: string | null; pending: string | null; as_of: string | null;
  source: "statement_file" | "typed" | "computed" | null;
  /** Sum of all known movements; shown, and named as computed, where nothing is stated. */
  computed: string;
};
export type StatusField = "verification" | "restrictions" | "payouts" | "payout_bank_last4" | "documents_due";
export type StatusValueView = { field: StatusField; value: string; note: string; due: string | null; as_of: string; source: "typed" | "statement_file" };
export type CoverageMonthView = { month: string; state: "complete" | "partial" | "missing" | "overlapping"; reason: string | null };
export type WalletOverviewView = {
  wallet: WalletView; balances: BalanceView[]; status: StatusValueView[];
  last_transaction: string | null; last_import: string | null; coverage: CoverageMonthView[];
};
export type FeeShareView = { wallet: number; month: string; currency: string; sales: string; fees: string; /** per cent with two decimals, as text; null without sales */ share: string | null };
export type OverviewView = {
  wallets: WalletOverviewView[]; fee_shares: FeeShareView[]; imports: number;
  /** Totals of the last whole month per currency, for the one plain sentence. */
  last_month: { month: string; currency: string; money_in: string; money_out: string; fees: string }[];
};

// ---- transactions
export type SortColumn = "time" | "wallet" | "kind" | "counterparty" | "description" | "gross" | "fee" | "net" | "currency";
export type TransactionsRequest = {
  filter: FilterRequest; kinds: string[]; directions: string[]; currencies: string[]; search: string;
  sort: SortColumn; descending: boolean; offset: number; limit: number;
};
export type TransactionView = {
  id: string; time: string; booking_date: string; wallet: number; provider: ProviderCode; account: string; kind: string; status: string;
  direction: "in" | "out" | "neutral"; moved: boolean; gross: string; fee: string; net: string; currency: string; balance: string | null;
  counterparty: string; description: string; provider_ref: string;
};
export type CurrencyTotalsView = { currency: string; count: number; money_in: string; money_out: string; fees: string; net: string };
export type TransactionsView = { total: number; rows: TransactionView[]; totals: CurrencyTotalsView[] };
export type SourceView = { import: number; file: string; form: string; line: number; raw: string };
export type TransactionDetailView = { transaction: TransactionView; local_time: string; zone: string; sources: SourceView[]; family: TransactionView[] };

// ---- import
export type StagedFileView = { handle: number; name: string; size: number };
export type ImportOptionsRequest = {
  wallet: string | null; date_order: "dmy" | "mdy" | null; currency: string | null; zone: string | null; zip_password: string | null;
};
export type TallyView = { count: number; sum: string };
export type TotalsView = { currency: string; money_in: TallyView; money_out: TallyView; neutral: TallyView; fee: string };
export type ReceiptView = {
  handle: number; file: string;
  /** null in a preview and for a refused file. */
  id: number | null;
  refused: { code: string; expected: string; found: string; line: number | null } | null;
  provider: ProviderCode | null; form: string | null; wallet: string | null; account_ref: string | null; sha256: string | null;
  rows: number; stored: number; already_present: number; skipped: number;
  warnings: { code: string; message: string }[]; totals: TotalsView[];
  period: { from: string; to: string; stated: boolean } | null;
  /** Whether the file's own closing balance or control totals agree; null when it states none. */
  agrees: boolean | null;
};
export type ImportView = {
  id: number; time: string; file: string; provider: ProviderCode; form: string; wallet: string;
  rows: number; stored: number; already_present: number; skipped: number; period: { from: string; to: string; stated: boolean } | null;
};
export type SkippedView = { line: number; reason: string; found: string; raw: string };
export type JobEvent = { job: number; kind: "import" | "preview" | "export"; name: string; done: number; total: number; rows: number; state: "running" | "done" | "failed" | "cancelled" };

// ---- statements
export type StatementRequest = { wallet: number; account: string; currency: string; from: string; to: string };
export type AccountView = { wallet: number; account: string; currency: string; first: string; last: string };
export type StatementView = {
  opening: string; closing: string; money_in: string; money_out: string; fees: string; lines: number;
  basis: "provider" | "computed" | "from_zero"; ties_out: boolean; zone: string; gaps: CoverageMonthView[];
};
export type SavedView = { name: string; sha256: string; lines: number };

// ---- facts
export type Localized = { en: string; "zh-CN": string };
export type Grade = "provider" | "third_party" | "unverified";
export type ContactView = {
  id: number; kind: "phone" | "web" | "email" | "app"; value: string; label: Localized; region: string; hours: string | null; zone: string | null;
  note: Localized; grade: Grade; source: string; as_of: string;
};
export type DownloadView = { form: string; title: Localized; steps: Localized[]; url: string | null; grade: Grade; source: string; as_of: string };
export type ProviderFactsView = { provider: ProviderCode; name: string; contacts: ContactView[]; downloads: DownloadView[] };
export type PlaybookStepView = { id: string; title: Localized; actions: Localized[] };

/** Every command rejects with IpcError. */
export interface Commands {
  boot(): Promise<BootView>;
  settingsSet(settings: SettingsView): Promise<BootView>;
  demoOpen(): Promise<BootView>;
  demoClose(): Promise<BootView>;
  passwordStrength(password: string, names: string[], onlyFactor: boolean): Promise<StrengthView>;
  keyringProbe(): Promise<KeyringView>;
  profileCreate(request: ProfileCreateRequest): Promise<KitView>;
  kitConfirm(retyped: string): Promise<boolean>;
  /** Native save dialog; null when the person cancelled. */
  kitSave(): Promise<string | null>;
  totpBegin(): Promise<EnrolView>;
  totpConfirm(code: string): Promise<RecoveryCodesView>;
  recoveryCodesSave(): Promise<string | null>;
  unlock(password: string): Promise<UnlockView>;
  /** Six digits or a recovery code. */
  unlockCode(code: string): Promise<BootView>;
  lock(): Promise<BootView>;
  /** Tells the core that the person is active (keys, pointer); at most once in 20 s. */
  activity(): Promise<void>;

  wallets(): Promise<WalletView[]>;
  walletRename(wallet: number, name: string): Promise<void>;
  overview(filter: FilterRequest): Promise<OverviewView>;
  statusSet(wallet: number, field: StatusField, value: string, note: string, due: string | null, asOf: string): Promise<void>;
  transactions(request: TransactionsRequest): Promise<TransactionsView>;
  transaction(id: string): Promise<TransactionDetailView>;

  /** Native open dialog. */
  importChoose(): Promise<StagedFileView[]>;
  importPreview(handles: number[], options: ImportOptionsRequest): Promise<ReceiptView[]>;
  importCommit(handles: number[], options: ImportOptionsRequest): Promise<ReceiptView[]>;
  imports(): Promise<ImportView[]>;
  importUndo(id: number): Promise<number>;
  importSkipped(id: number): Promise<SkippedView[]>;
  originalSave(id: number): Promise<string | null>;
  jobCancel(job: number): Promise<void>;

  accounts(): Promise<AccountView[]>;
  statement(request: StatementRequest): Promise<StatementView>;
  statementSave(request: StatementRequest, format: "csv" | "csv-excel"): Promise<SavedView | null>;

  providerFacts(): Promise<ProviderFactsView[]>;
  theftPlaybook(): Promise<PlaybookStepView[]>;
  /** Opens the contact's or download's https page in the system browser, from Rust, from the allow-list. */
  openLink(url: string): Promise<void>;
}

/** Events: "session" (BootView: locked by idle, by the command line, …), "job" (JobEvent), "files-dropped" (StagedFileView[]), "books-changed" (null). */
export type Events = { session: BootView; job: JobEvent; "files-dropped": StagedFileView[]; "books-changed": null };
