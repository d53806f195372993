import { describe, expect, it } from "vitest";
import type { StatementView } from "../ipc";
import { equation } from "./equation";

const view = (over: Partial<StatementView>): StatementView => ({
  opening: "100.00",
  money_in: "58120.00",
  money_out: "31204.50",
  fees: "348.72",
  closing: "26666.78",
  lines: 3,
  basis: "provider",
  ties_out: true,
  zone: "Asia/Shanghai",
  gaps: [],
  ...over,
});

describe("statement", () => {
  it("ties out exactly", () => {
    expect(equation(view({})).holds).toBe(true);
    expect(equation(view({ closing: "26666.79" })).holds).toBe(false);
  });
  it("takes money out with or without its sign, and fees given back", () => {
    expect(equation(view({ money_out: "-31204.50" }))).toMatchObject({ moneyOut: "31204.50", holds: true });
    expect(equation(view({ fees: "-1.00", closing: "27016.50" })).holds).toBe(true);
  });
});
