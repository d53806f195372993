import { core, messageOf, type ImportOptionsRequest, type ReceiptView, type StagedFileView } from "../ipc";

const QUESTIONS = ["needs_password", "needs_wallet", "needs_date_order", "needs_currency"] as const;
export type Question = (typeof QUESTIONS)[number];

/** One staged file on its way into the books: what it says, what it asks, what became of it. */
export class Entry {
  state = $state<"reading" | "ready" | "failed" | "stored">("reading");
  receipts = $state.raw<ReceiptView[]>([]);
  error = $state("");
  options = $state<ImportOptionsRequest>({
    wallet: null,
    date_order: null,
    currency: null,
    zone: null,
    zip_password: null,
    provider: null,
    columns: [],
    fee_sign: null,
  });

  constructor(readonly file: StagedFileView) {}

  get question(): Question | null {
    const asked = this.receipts.map((receipt) => receipt.refused?.code);
    return QUESTIONS.find((code) => asked.includes(code)) ?? null;
  }
  /** Something in it can be stored as it stands. */
  get storable(): boolean {
    return this.state === "ready" && this.receipts.some((receipt) => receipt.refused === null);
  }
}

export class Importer {
  entries = $state<Entry[]>([]);
  step = $state<"choose" | "review" | "storing" | "done">("choose");
  choosing = $state(false);
  error = $state("");

  get ready(): Entry[] {
    return this.entries.filter((entry) => entry.storable);
  }
  get reading(): boolean {
    return this.entries.some((entry) => entry.state === "reading");
  }
  get rows(): number {
    return this.ready
      .flatMap((entry) => entry.receipts)
      .reduce((sum, receipt) => sum + (receipt.refused ? 0 : receipt.rows), 0);
  }

  async choose(): Promise<void> {
    this.choosing = true;
    this.error = "";
    try {
      await this.add(await core.importChoose());
    } catch (thrown) {
      this.error = messageOf(thrown);
    }
    this.choosing = false;
  }

  async add(files: StagedFileView[]): Promise<void> {
    if (files.length === 0 || this.step === "storing") return;
    if (this.step === "done") this.entries = [];
    this.step = "review";
    const known = new Set(this.entries.map((entry) => entry.file.handle));
    const added = files.filter((file) => !known.has(file.handle)).map((file) => new Entry(file));
    this.entries = [...this.entries, ...added];
    for (const entry of added) await this.preview(entry);
  }

  async preview(entry: Entry): Promise<void> {
    entry.state = "reading";
    try {
      entry.receipts = await core.importPreview([entry.file.handle], $state.snapshot(entry.options));
      entry.state = "ready";
    } catch (thrown) {
      entry.error = messageOf(thrown);
      entry.state = "failed";
    }
  }

  drop(entry: Entry): void {
    this.entries = this.entries.filter((each) => each !== entry);
    if (this.entries.length === 0) this.step = "choose";
  }

  /** Files whose options are equal go in one call; each file is stored whole or not at all. */
  async commit(): Promise<void> {
    this.step = "storing";
    const groups = new Map<string, Entry[]>();
    for (const entry of this.ready) {
      const key = JSON.stringify(entry.options);
      groups.set(key, [...(groups.get(key) ?? []), entry]);
    }
    for (const entries of groups.values()) {
      const [first] = entries;
      if (!first) continue;
      try {
        const receipts = await core.importCommit(
          entries.map((entry) => entry.file.handle),
          $state.snapshot(first.options),
        );
        for (const entry of entries) {
          entry.receipts = receipts.filter((receipt) => receipt.handle === entry.file.handle);
          entry.state = "stored";
        }
      } catch (thrown) {
        for (const entry of entries) {
          entry.error = messageOf(thrown);
          entry.state = "failed";
        }
      }
    }
    this.step = "done";
  }
}

/** Enough of an account's name to know it again, not enough to use it. */
export function shortRef(ref: string): string {
  return ref.length > 10 && !ref.includes("@") ? `${ref.slice(0, 4)}…${ref.slice(-4)}` : ref;
}
