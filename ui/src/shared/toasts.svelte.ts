import { count, t, type Key, type Values } from "../i18n/index.svelte";
import { messageOf } from "../ipc";

export type Tone = "plain" | "ok" | "warn" | "danger";
/** What happened, not yet in words: it is said in the language in force whenever it is shown. */
export type Toast = { id: number; tone: Tone; said: { key: Key; values: Values } | { thrown: unknown } };

/** The words of a toast. Numbers are told as the region writes them; `n` only chooses the word. */
export function textOf({ said }: Toast): string {
  if ("thrown" in said) return messageOf(said.thrown);
  const told = Object.entries(said.values).map(([name, value]) => [
    name,
    typeof value === "number" && name !== "n" ? count(value) : value,
  ]);
  return t(said.key, Object.fromEntries(told));
}

class Toasts {
  list = $state.raw<Toast[]>([]);
  /** Where they may stand: the window, and every open dialog above it. Only the topmost shows them, for all else is inert. */
  places = $state.raw<object[]>([]);
  #next = 1;

  add(key: Key, tone: Tone = "plain", values: Values = {}): void {
    this.#show({ key, values }, tone);
  }
  /** What went wrong, with what to do next. */
  fail(thrown: unknown): void {
    this.#show({ thrown }, "danger");
  }
  #show(said: Toast["said"], tone: Tone): void {
    const id = this.#next++;
    this.list = [...this.list.slice(-3), { id, said, tone }];
    // Bad news stays until it is closed.
    if (tone === "plain" || tone === "ok") setTimeout(() => this.close(id), 6000);
  }
  stand(place: object): () => void {
    this.places = [...this.places, place];
    return () => (this.places = this.places.filter((each) => each !== place));
  }
  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
  clear(): void {
    this.list = [];
  }
}
export const toasts = new Toasts();
