import {
  core,
  type CurrencyTotalsView,
  type FilterRequest,
  type SortColumnView,
  type TransactionView,
  type TransactionsRequest,
} from "../ipc";
import { Pages } from "../shared/pages.svelte";

export const KINDS = [
  "sale",
  "refund",
  "fee",
  "payout",
  "payout_reversal",
  "topup",
  "transfer_in",
  "transfer_out",
  "conversion",
  "dispute",
  "dispute_reversal",
  "hold",
  "release",
  "adjustment",
  "tax",
  "other",
] as const;
export const DIRECTIONS = ["in", "out", "neutral"] as const;

export class TransactionList {
  kinds = $state.raw<string[]>([]);
  directions = $state.raw<string[]>([]);
  currencies = $state.raw<string[]>([]);
  search = $state("");
  sort = $state<SortColumnView>("time");
  descending = $state(true);
  totals = $state.raw<CurrencyTotalsView[]>([]);
  /** Every currency seen without a currency filter: what the filter offers. */
  known = $state.raw<string[]>([]);
  selected = $state(0);
  filter: FilterRequest = { from: null, to: null, wallets: [] };

  pages = new Pages<TransactionView>(async (offset, limit) => {
    const { total, rows, totals } = await core.transactions(this.#request(offset, limit));
    this.totals = totals;
    if (this.currencies.length === 0 && totals.length > 0) this.known = totals.map((each) => each.currency);
    return { total, rows };
  });

  get narrowed(): boolean {
    return this.search.trim() !== "" || this.kinds.length + this.directions.length + this.currencies.length > 0;
  }
  #request(offset: number, limit: number): TransactionsRequest {
    return {
      filter: this.filter,
      kinds: this.kinds,
      directions: this.directions,
      currencies: this.currencies,
      search: this.search.trim(),
      sort: this.sort,
      descending: this.descending,
      offset,
      limit,
    };
  }
  ask(filter: FilterRequest): Promise<void> {
    this.filter = filter;
    this.selected = 0;
    return this.pages.reset();
  }
  order(column: SortColumnView): void {
    if (this.sort === column) this.descending = !this.descending;
    else {
      this.sort = column;
      this.descending = column === "time" || column === "gross" || column === "fee" || column === "net";
    }
  }
  clear(): void {
    this.kinds = [];
    this.directions = [];
    this.currencies = [];
    this.search = "";
  }
}
