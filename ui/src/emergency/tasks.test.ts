import { describe, expect, it } from "vitest";
import type { IncidentStepView, IncidentView, LeftView, TaskView } from "../ipc";
import { laneOwners, leftAt, datedTasks, proposed } from "./tasks";

const task = (state: string, drill = false) => ({ state, drill }) as TaskView;
const left = (of: string, review: string, due: boolean) => ({ of, review, due }) as LeftView;
const step = (name: string, lane: string, state: string, owner: string | null) =>
  ({ step: name, lane, state, owner }) as IncidentStepView;

describe("tasks", () => {
  it("are seen while they are open, and never those of a practice run", () => {
    const tasks = [task("open"), task("done"), task("dropped"), task("open", true)];
    expect(datedTasks(tasks)).toEqual([tasks[0]]);
  });
});

describe("what was left", () => {
  const incident = {
    steps: ["email", "review_7", "put_back", "review_14"].map((name) => step(name, "click", "open", null)),
    left: [left("email", "review_7", true), left("put_back", "review_14", false)],
  } as IncidentView;
  const of = (review: string | null) => leftAt(incident, review).map((each) => each.of);
  it("is shown at the first review after it, and at each later one", () => {
    expect(of("review_7")).toEqual(["email"]);
    expect(of("review_14")).toEqual(["email", "put_back"]);
  });
  it("is told of by itself only when that review's time has come", () => {
    expect(of(null)).toEqual(["email"]);
  });
});

describe("names", () => {
  const names = ["王芳", "Li Na", "Lin", "owner"];
  it("are proposed as somebody types, whatever the case", () => {
    expect(proposed(names, "", 3)).toEqual(["王芳", "Li Na", "Lin"]);
    expect(proposed(names, " LI", 8)).toEqual(["Li Na", "Lin"]);
    expect(proposed(names, "芳", 8)).toEqual(["王芳"]);
    expect(proposed(names, "Zhao", 8)).toEqual([]);
  });
  it("are no longer proposed when one of them stands there", () => {
    expect(proposed(names, "lin", 8)).toEqual([]);
  });
  it("of a lane are those of its open steps, each once", () => {
    const steps = [
      step("a", "phone", "open", "Li"),
      step("b", "phone", "open", "Li"),
      step("c", "phone", "open", null),
      step("d", "phone", "done", "Mei"),
      step("e", "click", "open", "Wang"),
    ];
    expect(laneOwners(steps, "phone")).toEqual({ names: ["Li"], free: 1 });
    expect(laneOwners(steps, "click")).toEqual({ names: ["Wang"], free: 0 });
  });
});
