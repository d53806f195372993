export type Tone = "plain" | "ok" | "warn" | "danger";
export type Toast = { id: number; text: string; tone: Tone };

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  add(text: string, tone: Tone = "plain"): void {
    const id = this.#next++;
    this.list = [...this.list.slice(-3), { id, text, tone }];
    // Bad news stays until it is closed.
    if (tone === "plain" || tone === "ok") setTimeout(() => this.close(id), 6000);
  }
  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
  clear(): void {
    this.list = [];
  }
}
export const toasts = new Toasts();
