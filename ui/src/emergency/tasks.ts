/** Tasks and owners of steps as the page shows them. Their order is the core's. */
import type { IncidentStepView, IncidentView, LeftView, TaskView } from "../ipc";

export const isOpen = (task: TaskView): boolean => task.state === "open";

/** Open tasks of real incidents: what is to be seen even when their incident is closed. */
export function datedTasks(tasks: readonly TaskView[]): TaskView[] {
  return tasks.filter((task) => isOpen(task) && !task.drill);
}

/** What is left at a review: what came before it. Without a review, what those whose time has come found. */
export function leftAt(incident: IncidentView, review: string | null): LeftView[] {
  if (review === null) return incident.left.filter((left) => left.due);
  const reviews = incident.steps.map((step) => step.step);
  return incident.left.filter((left) => reviews.indexOf(left.review) <= reviews.indexOf(review));
}
export function isReview(step: string): boolean {
  return step.startsWith("review_");
}

/** Names to choose from while somebody types: those that hold what is typed, none where it is one of them. */
export function proposed(names: readonly string[], typed: string, most: number): string[] {
  const wanted = typed.trim().toLocaleLowerCase();
  if (names.some((name) => name.toLocaleLowerCase() === wanted)) return [];
  return names.filter((name) => name.toLocaleLowerCase().includes(wanted)).slice(0, most);
}

/** Who has the open steps of a lane, each once, and how many nobody has. */
export function laneOwners(
  steps: readonly IncidentStepView[],
  lane: "phone" | "click",
): { names: string[]; free: number } {
  const open = steps.filter((step) => step.lane === lane && step.state === "open");
  const names = open.flatMap((step) => (step.owner === null ? [] : [step.owner]));
  return { names: [...new Set(names)], free: open.length - names.length };
}
