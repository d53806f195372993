import { createContext } from "svelte";
import { Importer } from "../import/state.svelte";
import {
  core,
  type FilterRequest,
  type ImportView,
  type ProviderFactsView,
  type StagedFileView,
  type WalletView,
} from "../ipc";
import { session } from "../session/state.svelte";
import { toasts } from "../shared/toasts.svelte";
import { bounds, type Period } from "./period";

export type ViewName = "overview" | "transactions" | "statements" | "wallets" | "imports" | "security" | "settings";

/** What the open books hold for the whole window. Made on unlock, dropped with the tree on lock. */
export class Books {
  view = $state<ViewName>(session.role === "responder" ? "security" : "overview");
  period = $state<Period>({ kind: "all" });
  chosen = $state<number[]>([]);
  wallets = $state.raw<WalletView[]>([]);
  imports = $state.raw<ImportView[]>([]);
  facts = $state.raw<ProviderFactsView[]>([]);
  loaded = $state(false);
  /** Counts every change of the books; views read it to know when to ask again. */
  version = $state(0);
  /** Open doors of the security page. */
  doors = $state(0);
  /** The tab of the security page that is asked for from elsewhere. */
  securityTab = $state<string | null>(null);
  rowsShown = $state<number | null>(null);
  /** Asked for from elsewhere: put the cursor in the search box. */
  searchAsked = $state(0);
  importer = $state.raw<Importer | null>(null);

  filter: FilterRequest = $derived.by(() => ({ ...bounds(this.period), wallets: this.chosen }));
  lastImport: string | null = $derived(
    this.imports.reduce<string | null>((last, each) => (last === null || each.time > last ? each.time : last), null),
  );

  wallet(id: number): WalletView | undefined {
    return this.wallets.find((wallet) => wallet.id === id);
  }
  go(view: ViewName): void {
    this.view = view;
    this.rowsShown = null;
  }
  openImport(files: StagedFileView[] = []): void {
    this.importer ??= new Importer();
    if (files.length > 0) this.importer.add(files);
  }
  closeImport(): void {
    const changed = this.importer?.step === "done";
    this.importer = null;
    if (changed) this.changed();
  }
  async load(): Promise<void> {
    // A responder holds no key of the books: there is nothing to ask for.
    if (session.role === "responder") return;
    try {
      [this.wallets, this.imports] = await Promise.all([core.wallets(), core.imports()]);
      if (this.facts.length === 0) this.facts = await core.providerFacts();
      if (session.role === "owner") this.doors = (await core.security()).doors.length;
    } catch (thrown) {
      toasts.fail(thrown);
    }
    this.loaded = true;
  }
  changed(): void {
    this.version += 1;
    this.load();
  }
}
export const [useBooks, provideBooks] = createContext<Books>();
