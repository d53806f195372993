import { describe, expect, it } from "vitest";
import { digitsOf } from "./digits";

describe("six digits", () => {
  it("come out of pasted and full-width text", () => {
    expect(digitsOf("418 203")).toBe("418203");
    expect(digitsOf("４１８２０３")).toBe("418203");
    expect(digitsOf("code: 418-203\n")).toBe("418203");
    expect(digitsOf("41820399")).toBe("418203");
  });
});
