import { core } from "../ipc";
import { toasts } from "../shared/toasts.svelte";

let shown = 0;

/** While the element is there the core asks other programs not to record the window (R98). */
export function secretShown(): () => void {
  shown += 1;
  if (shown === 1) core.secretsShown(true).catch(() => undefined);
  return () => {
    shown -= 1;
    if (shown === 0) core.secretsShown(false).catch(() => undefined);
  };
}

/** Copies through the core, which takes the secret back after a while, at the lock and at the end (R97). */
export async function copySecret(text: string): Promise<void> {
  try {
    toasts.add("secret.copied", "ok", { n: await core.secretCopy(text) });
  } catch (thrown) {
    toasts.fail(thrown);
  }
}
