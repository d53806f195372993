export type Page<T> = { total: number; rows: T[] };

/** Rows of a long result, fetched in pages around what is looked at, the newest pages kept. */
export class Pages<T> {
  total = $state<number | null>(null);
  error = $state.raw<unknown>(null);
  /** Counts arrivals, so that what shows rows knows when to look again. */
  version = $state(0);
  #pages = new Map<number, T[]>();
  #asked = new Set<number>();
  #turn = 0;

  constructor(
    readonly fetch: (offset: number, limit: number) => Promise<Page<T>>,
    readonly size = 128,
    readonly kept = 48,
  ) {}

  /** Another question: what was fetched is dropped, answers still on their way are ignored. */
  async reset(): Promise<void> {
    this.#turn += 1;
    this.#pages.clear();
    this.#asked.clear();
    this.error = null;
    this.version += 1;
    await this.#load(0);
  }

  row(index: number): T | undefined {
    void this.version;
    return this.#pages.get(Math.floor(index / this.size))?.[index % this.size];
  }

  /** Sees to the pages of rows `first..last` (last not included), and nothing more. */
  async need(first: number, last: number): Promise<void> {
    const from = Math.max(0, Math.floor(first / this.size));
    const to = Math.floor(Math.max(first, last - 1) / this.size);
    const loads = [];
    for (let page = from; page <= to; page++) {
      const rows = this.#pages.get(page);
      if (rows) {
        // Looked at again: newest.
        this.#pages.delete(page);
        this.#pages.set(page, rows);
      } else if (!this.#asked.has(page)) loads.push(this.#load(page));
    }
    await Promise.all(loads);
  }

  async #load(page: number): Promise<void> {
    const turn = this.#turn;
    this.#asked.add(page);
    try {
      const { total, rows } = await this.fetch(page * this.size, this.size);
      if (turn !== this.#turn) return;
      this.#pages.set(page, rows);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= this.kept) break;
        this.#pages.delete(oldest);
      }
      this.total = total;
      this.version += 1;
    } catch (thrown) {
      if (turn === this.#turn) this.error = thrown;
    } finally {
      if (turn === this.#turn) this.#asked.delete(page);
    }
  }
}
