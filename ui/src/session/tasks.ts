import type { BootView } from "../ipc";

export type Task = "kit" | "factor";

/** What protects the books and is not done yet. */
export function openTasks(boot: BootView | null): Task[] {
  // Both are the owner's to do.
  if (!boot || boot.demo || boot.phase !== "open" || boot.role !== "owner") return [];
  const tasks: Task[] = [];
  if (!boot.kit_proven) tasks.push("kit");
  if (!boot.has_second_factor) tasks.push("factor");
  return tasks;
}
