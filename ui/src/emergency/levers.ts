/** Levers as the page shows them: by wallet, in order of effect. Only what is confirmed counts as stopped. */
import type { LeverView, IncidentStepView } from "../ipc";
import type { IconName } from "../shared/Icon.svelte";

export type Group = { key: string; provider: string; wallet: string | null; levers: LeverView[] };

/** A person's levers by wallet, in the order of the core. */
export function groups(levers: readonly LeverView[]): Group[] {
  const found = new Map<string, Group>();
  for (const lever of levers) {
    if (lever.kind === "local") continue;
    const key = walletOf(lever);
    const group = found.get(key) ?? { key, provider: lever.provider, wallet: lever.wallet, levers: [] };
    group.levers.push(lever);
    found.set(key, group);
  }
  return [...found.values()];
}
/** The wallet's number in a lever's name; the provider where no wallet is known. */
export function walletOf(lever: LeverView): string {
  return lever.lever.split("@")[1] ?? lever.provider;
}

/** What to do next at a wallet: the strongest that is not settled; the first when all are. */
export function leading(group: Group): LeverView | undefined {
  return group.levers.find((lever) => !["confirmed", "refused"].includes(lever.state)) ?? group.levers[0];
}
/** What is shown without asking: what comes next, and everything that was touched. */
export function shown(group: Group): LeverView[] {
  const next = leading(group);
  return group.levers.filter((lever) => lever === next || lever.state !== "queued");
}

export type Tone = "ok" | "warn" | "danger" | "plain";
/** Word, colour and shape of a state: never colour alone. */
export type Look = { tone: Tone; icon: IconName; word: string };
export function look(lever: LeverView): Look {
  // What was put back is stopped no longer.
  if (lever.put_back?.state === "done") {
    const word = lever.kind === "local" ? "running" : "put_back";
    return { tone: "plain", icon: "undo", word };
  }
  switch (lever.state) {
    case "confirmed":
      return { tone: "ok", icon: "check", word: "confirmed" };
    case "in_flight":
      return { tone: "warn", icon: "clock", word: "in_flight" };
    case "refused":
      return { tone: "danger", icon: "close", word: "refused" };
    case "failed":
      return { tone: "danger", icon: "undo", word: "failed" };
    case "queued":
      if (lever.kind === "local") return { tone: "plain", icon: "ring", word: "not_frozen" };
      return lever.way === "phone"
        ? { tone: "danger", icon: "phone", word: "call" }
        : { tone: "danger", icon: "ring", word: "todo" };
    default:
      return { tone: "warn", icon: "question", word: "unknown" };
  }
}

/** The next to put back: the first that is neither put back nor left. */
export function leadingBack(levers: readonly LeverView[]): LeverView | undefined {
  return levers.find((lever) => ["open", "asked", "failed", "refused"].includes(lever.put_back?.state ?? ""));
}
/** The same of the way back. */
export function lookBack(lever: LeverView): Look {
  const word = lever.put_back?.state ?? "";
  switch (word) {
    case "done":
      return { tone: "ok", icon: "check", word };
    case "asked":
      return { tone: "warn", icon: "clock", word };
    case "refused":
      return { tone: "danger", icon: "close", word };
    case "failed":
      return { tone: "danger", icon: "undo", word };
    case "open":
      return { tone: "warn", icon: "ring", word };
    default:
      return { tone: "plain", icon: word === "cannot" ? "warn" : "check", word };
  }
}

/** The levers a step is about. Calling takes telephone and mail, or the first way where a wallet has neither. */
export function ofStep(step: IncidentStepView, levers: readonly LeverView[]): LeverView[] {
  const spoken = (lever: LeverView) => lever.way === "phone" || lever.way === "email";
  if (step.step === "call_providers")
    return groups(levers).flatMap((group) => {
      const calls = group.levers.filter(spoken);
      return calls.length > 0 ? calls : group.levers.slice(0, 1);
    });
  if (step.step === "stop_pages")
    return groups(levers).flatMap((group) => group.levers.filter((lever) => !spoken(lever)));
  return [];
}

/** The number somebody would call first at a provider; `undefined`: it takes no calls. */
export function numberOf(group: Group): LeverView | undefined {
  return group.levers.find((lever) => lever.way === "phone");
}
