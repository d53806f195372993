/** Steps as the page shows them. Their order is the core's. */
import type { AnswersView, IncidentStepView } from "../ipc";

export type Lane = "all" | "phone" | "click";

export function inLane(steps: readonly IncidentStepView[], lane: Lane): IncidentStepView[] {
  return lane === "all" ? [...steps] : steps.filter((step) => step.lane === lane);
}
/** The one to do now: the first that is open. */
export function current(steps: readonly IncidentStepView[]): IncidentStepView | undefined {
  return steps.find((step) => step.state === "open");
}
export function settledCount(steps: readonly IncidentStepView[]): number {
  return steps.filter((step) => step.state !== "open").length;
}
export function partsSettled(step: IncidentStepView): number {
  return step.parts.filter((part) => part.state !== "open").length;
}

/** Parts under the wallet they are about, those of no wallet first, each in its order. */
export function byWallet(step: IncidentStepView): { wallet: string | null; parts: IncidentStepView["parts"] }[] {
  const found = new Map<string | null, IncidentStepView["parts"]>();
  for (const part of step.parts) found.set(part.wallet, [...(found.get(part.wallet) ?? []), part]);
  return [...found].map(([wallet, parts]) => ({ wallet, parts }));
}

/** What is near: everything settled is one line, everything after tomorrow another. */
export function folded(
  steps: readonly IncidentStepView[],
  now: number,
  all: boolean,
): { near: IncidentStepView[]; later: number } {
  if (all) return { near: [...steps], later: 0 };
  const at = steps.findIndex((step) => step.state === "open");
  const soon = now + 24 * 3_600_000;
  const near = steps.filter(
    (step, index) => step.state !== "open" || index <= at + 2 || step.late || Date.parse(step.target) <= soon,
  );
  return { near, later: steps.length - near.length };
}

export const isAnswered = (answers: AnswersView): boolean =>
  answers.money_left !== null && answers.entrance !== null && answers.controlled !== null;
/** Only after somebody said yes or unsure: before, the freeze alone decides. */
export const isControlled = (answers: AnswersView): boolean =>
  answers.controlled === "yes" || answers.controlled === "unsure";
