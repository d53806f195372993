import {
  core,
  messageOf,
  type AccountView,
  type SavedView,
  type StatementRequestView,
  type StatementView,
} from "../ipc";
import { Loaded } from "../shared/load.svelte";
import { bounds, lastDay, type Period } from "../shell/period";

/** Which account, in which currency, for which days; and what came of it. */
export class StatementPage {
  accounts = $state.raw<AccountView[] | null>(null);
  wallet = $state<number | null>(null);
  account = $state("");
  currency = $state("");
  from = $state("");
  to = $state("");
  saved = $state.raw<(SavedView & { format: string }) | null>(null);
  saving = $state(false);
  error = $state("");
  result = new Loaded<StatementView>();

  async load(preferred: number | undefined, period: Period): Promise<void> {
    try {
      this.accounts = await core.accounts();
    } catch (thrown) {
      this.error = messageOf(thrown);
      return;
    }
    const first = this.accounts.find((each) => each.wallet === preferred) ?? this.accounts[0];
    if (this.wallet === null && first) this.choose(first);
    const chosen = bounds(period);
    if (chosen.from && chosen.to) {
      this.from = chosen.from;
      this.to = chosen.to;
    }
  }
  of(wallet: number | null): AccountView[] {
    return (this.accounts ?? []).filter((each) => each.wallet === wallet);
  }
  chooseWallet(wallet: number): void {
    const first = this.of(wallet)[0];
    if (first) this.choose(first);
  }
  chooseAccount(account: string): void {
    const first = this.of(this.wallet).find((each) => each.account === account);
    if (first) this.choose(first);
  }
  choose(account: AccountView): void {
    const keep = this.wallet !== null && this.from !== "";
    this.wallet = account.wallet;
    this.account = account.account;
    this.currency = account.currency;
    // The last month the account has lines in.
    if (!keep) this.month(account.last.slice(0, 7));
  }
  month(month: string): void {
    this.from = `${month}-01`;
    this.to = `${month}-${lastDay(Number(month.slice(0, 4)), Number(month.slice(5, 7)))}`;
  }
  get request(): StatementRequestView | null {
    const { wallet, account, currency, from, to } = this;
    if (wallet === null || currency === "" || from === "" || to === "" || from > to) return null;
    return { wallet, account, currency, from, to };
  }
  ask(): void {
    const request = this.request;
    this.saved = null;
    this.error = "";
    if (request) this.result.ask(() => core.statement(request));
  }
  async save(format: "csv" | "csv-excel"): Promise<void> {
    const request = this.request;
    if (!request) return;
    this.saving = true;
    this.error = "";
    try {
      const saved = await core.statementSave(request, format);
      if (saved) this.saved = { ...saved, format };
    } catch (thrown) {
      this.error = messageOf(thrown);
    }
    this.saving = false;
  }
}
