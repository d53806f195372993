import { core, messageOf, type JudgedView, type ReconciledView } from "../ipc";
import { moved, nextUnmarked, said, type Verdict } from "./reconcile";

/** The transactions since the last good day, as far as they were asked for, and the cursor in them. */
export class Judging {
  rows = $state.raw<JudgedView[]>([]);
  progress = $state.raw<ReconciledView | null>(null);
  at = $state(0);
  /** Where a range began, with Shift. */
  anchor = $state<number | null>(null);
  unmarked = $state(false);
  loading = $state(false);
  error = $state("");
  #next: string | null = null;
  #asked = 0;

  constructor(readonly incident: string) {}

  get range(): [number, number] {
    const from = this.anchor ?? this.at;
    return [Math.min(from, this.at), Math.max(from, this.at)];
  }
  get more(): boolean {
    return this.#next !== null;
  }

  async load(): Promise<void> {
    [this.at, this.anchor, this.#next] = [0, null, null];
    await this.#ask(null);
  }
  async loadMore(): Promise<void> {
    if (this.#next !== null && !this.loading) await this.#ask(this.#next);
  }
  async #ask(after: string | null): Promise<void> {
    const asked = ++this.#asked;
    this.loading = true;
    try {
      const page = await core.reconcile({ incident: this.incident, unmarked: this.unmarked, after });
      if (asked !== this.#asked) return;
      this.rows = after === null ? page.rows : [...this.rows, ...page.rows];
      this.progress = page.progress;
      this.#next = page.next;
      this.error = "";
    } catch (thrown) {
      if (asked === this.#asked) this.error = messageOf(thrown);
    }
    this.loading = false;
  }

  /** Whether the key was for the list. */
  key(key: string, shift: boolean): boolean {
    const to = moved(key, this.at, this.rows.length);
    if (to !== undefined) {
      this.anchor = shift ? (this.anchor ?? this.at) : null;
      this.at = to;
      if (to >= this.rows.length - 10) this.loadMore();
      return true;
    }
    const verdict = said(key);
    if (verdict === undefined) return false;
    this.say(verdict);
    return true;
  }
  pick(at: number, shift: boolean): void {
    this.anchor = shift ? (this.anchor ?? this.at) : null;
    this.at = at;
  }

  /** Marks the row under the cursor, or the whole range. Shown at once, taken back when the core refuses. */
  async say(verdict: Verdict | null): Promise<void> {
    const [from, to] = this.range;
    const ids = this.rows.slice(from, to + 1).map((row) => row.transaction.id);
    if (ids.length === 0) return;
    const before = this.rows;
    this.rows = before.map((row, at) => (at < from || at > to ? row : { ...row, verdict }));
    this.at =
      verdict === null
        ? to
        : nextUnmarked(
            this.rows.map((row) => row.verdict),
            to,
          );
    this.anchor = null;
    if (this.at >= this.rows.length - 10) this.loadMore();
    try {
      this.progress = await core.verdictsSet(this.incident, ids, verdict);
      this.error = "";
    } catch (thrown) {
      this.rows = before;
      [this.at, this.error] = [from, messageOf(thrown)];
    }
  }
}
