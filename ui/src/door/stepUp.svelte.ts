import type { ActView } from "../ipc";

type Asked = { act: ActView; answer: (proven: boolean) => void };

/** Asks the person for a fresh proof before a dangerous act. The proof itself stays in the core, for that one act. */
class StepUp {
  asked = $state.raw<Asked | null>(null);

  /** Does `work` after a proof for `act`; nothing is done, and undefined comes back, when the person turns away. */
  async run<T>(act: ActView, work: () => Promise<T>): Promise<T | undefined> {
    this.cancel();
    const proven = await new Promise<boolean>((answer) => (this.asked = { act, answer }));
    return proven ? work() : undefined;
  }
  proven(): void {
    this.#answer(true);
  }
  cancel(): void {
    this.#answer(false);
  }
  #answer(proven: boolean): void {
    const { asked } = this;
    this.asked = null;
    asked?.answer(proven);
  }
}
export const stepUp = new StepUp();
