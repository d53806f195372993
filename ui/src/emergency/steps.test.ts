import { describe, expect, it } from "vitest";
import type { IncidentStepView } from "../ipc";
import { byWallet, current, folded, inLane, isAnswered, isControlled, partsSettled, settledCount } from "./steps";

const NOW = Date.parse("2026-10-31T10:26:12Z");
const step = (id: string, state: string, lane: string, minutes: number, late = false): IncidentStepView =>
  ({
    step: id,
    state,
    lane,
    late,
    target: new Date(NOW + minutes * 60_000).toISOString(),
    parts: [],
  }) as unknown as IncidentStepView;
const steps = [
  step("freeze", "done", "click", -3),
  step("questions", "open", "click", -2, true),
  step("police", "open", "phone", 1),
  step("call", "open", "phone", 6),
  step("insurer", "open", "phone", 1440 - 4),
  step("pack", "open", "click", 4320),
  step("review", "open", "click", 10_080),
];

describe("steps", () => {
  it("stay in the order of the core, in every lane", () => {
    expect(inLane(steps, "all").map((each) => each.step)).toEqual(steps.map((each) => each.step));
    expect(inLane(steps, "phone").map((each) => each.step)).toEqual(["police", "call", "insurer"]);
    expect(current(inLane(steps, "phone"))?.step).toBe("police");
    expect(current(inLane(steps, "click"))?.step).toBe("questions");
    expect(current([])).toBeUndefined();
    expect(settledCount(steps)).toBe(1);
  });
  it("fold what comes after tomorrow, and never what is late or next", () => {
    expect(folded(steps, NOW, false)).toEqual({ near: steps.slice(0, 5), later: 2 });
    expect(folded(steps, NOW, true)).toEqual({ near: steps, later: 0 });
    const done = steps.map((each, at) => (at < 5 ? { ...each, state: "done" } : each));
    expect(folded(done, NOW, false).near.map((each) => each.step)).toContain("pack");
    const late = steps.map((each) => (each.step === "review" ? { ...each, late: true } : each));
    expect(folded(late, NOW, false).near.map((each) => each.step)).toContain("review");
  });
  it("count their parts, and keep each under its wallet", () => {
    const part = (id: string, wallet: string | null, state: string) => ({
      part: id,
      wallet,
      state,
      text: { en: id, "zh-CN": id },
    });
    const call = {
      ...step("call", "open", "phone", 6),
      parts: [
        part("called@1", "A", "done"),
        part("called@2", "B", "open"),
        part("case@1", "A", "skipped"),
        part("x", null, "open"),
      ],
    };
    expect(partsSettled(call)).toBe(2);
    expect(byWallet(call).map(({ wallet, parts }) => [wallet, parts.map((each) => each.part)])).toEqual([
      ["A", ["called@1", "case@1"]],
      ["B", ["called@2"]],
      [null, ["x"]],
    ]);
  });
});

describe("the three questions", () => {
  it("are answered when all three are, by whatever answer", () => {
    expect(isAnswered({ money_left: "unsure", entrance: "unsure", controlled: "unsure" })).toBe(true);
    expect(isAnswered({ money_left: "yes", entrance: null, controlled: "no" })).toBe(false);
  });
  it("count not sure as the worse", () => {
    const answers = (controlled: string | null) => ({ money_left: null, entrance: null, controlled });
    expect(isControlled(answers("yes"))).toBe(true);
    expect(isControlled(answers("unsure"))).toBe(true);
    expect(isControlled(answers("no"))).toBe(false);
    expect(isControlled(answers(null))).toBe(false);
  });
});
