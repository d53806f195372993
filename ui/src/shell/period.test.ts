import { describe, expect, it } from "vitest";
import { bounds, lastWholeMonth, monthBefore, presets, step } from "./period";

describe("period", () => {
  it("months end on their last day", () => {
    expect(bounds({ kind: "month", year: 2024, month: 2 })).toEqual({ from: "2024-02-01", to: "2024-02-29" });
    expect(bounds({ kind: "month", year: 2026, month: 2 })).toEqual({ from: "2026-02-01", to: "2026-02-28" });
    expect(bounds({ kind: "month", year: 2026, month: 12 })).toEqual({ from: "2026-12-01", to: "2026-12-31" });
  });
  it("quarters and years hold both their edges", () => {
    expect(bounds({ kind: "quarter", year: 2026, quarter: 4 })).toEqual({ from: "2026-10-01", to: "2026-12-31" });
    expect(bounds({ kind: "year", year: 2025 })).toEqual({ from: "2025-01-01", to: "2025-12-31" });
  });
  it("all time and half-filled periods stay open", () => {
    expect(bounds({ kind: "all" })).toEqual({ from: null, to: null });
    expect(bounds({ kind: "custom", from: "2026-01-05", to: "" })).toEqual({ from: "2026-01-05", to: null });
  });
  it("steps over the year's edge", () => {
    expect(monthBefore(2026, 1, 1)).toEqual({ year: 2025, month: 12 });
    expect(step({ kind: "month", year: 2025, month: 12 }, 1)).toEqual({ kind: "month", year: 2026, month: 1 });
    expect(step({ kind: "quarter", year: 2026, quarter: 1 }, -1)).toEqual({ kind: "quarter", year: 2025, quarter: 4 });
    expect(lastWholeMonth("2026-01-15")).toEqual({ year: 2025, month: 12 });
    expect(presets("2026-11-23").quarter).toEqual({ kind: "quarter", year: 2026, quarter: 4 });
  });
});
