export type Tone = "plain" | "ok" | "warn" | "danger";
export type Toast = { id: number; text: string; tone: Tone };

class Toasts {
  list = $state<Toast[]>([]);
  /** Where they may stand: the window, and every open dialog above it. Only the topmost shows them, for all else is inert. */
  places = $state.raw<object[]>([]);
  #next = 1;

  add(text: string, tone: Tone = "plain"): void {
    const id = this.#next++;
    this.list = [...this.list.slice(-3), { id, text, tone }];
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
