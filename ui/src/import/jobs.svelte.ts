import { core, listen, type JobEvent } from "../ipc";

/** Every long job is a row, with its progress and a way to stop it. */
class Jobs {
  list = $state.raw<JobEvent[]>([]);
  #listening = false;

  get running(): JobEvent[] {
    return this.list.filter((job) => job.state === "running");
  }
  async start(): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    await listen("job", (job) => this.heard(job));
  }
  heard(job: JobEvent): void {
    const rest = this.list.filter((each) => each.job !== job.job);
    // What went well is told by its receipt; what did not stays in sight.
    this.list = job.state === "done" || job.state === "cancelled" ? rest : [...rest, job];
  }
  cancel(job: number): void {
    core.jobCancel(job).catch(() => undefined);
  }
  close(job: number): void {
    this.list = this.list.filter((each) => each.job !== job);
  }
  clear(): void {
    this.list = [];
  }
}
export const jobs = new Jobs();
