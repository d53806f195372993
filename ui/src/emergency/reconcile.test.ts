import { describe, expect, it } from "vitest";
import { moved, nextUnmarked, said } from "./reconcile";

describe("marking by keyboard", () => {
  it("takes letters and digits, in whatever case", () => {
    expect(["1", "o", "O", "2", "t", "T", "3", "u", "U"].map(said)).toEqual([
      ...["ours", "ours", "ours"],
      ...["theirs", "theirs", "theirs"],
      ...["unknown", "unknown", "unknown"],
    ]);
    expect(["0", "Backspace", "Delete"].map(said)).toEqual([null, null, null]);
    for (const key of ["4", "a", "Enter", " ", "Tab", "Escape"]) expect(said(key), key).toBeUndefined();
  });
  it("moves inside the list and not out of it", () => {
    expect(moved("j", 0, 3)).toBe(1);
    expect(moved("ArrowDown", 2, 3)).toBe(2);
    expect(moved("k", 0, 3)).toBe(0);
    expect(moved("ArrowUp", 2, 3)).toBe(1);
    expect(moved("PageDown", 1, 50)).toBe(11);
    expect(moved("PageUp", 4, 50)).toBe(0);
    expect(moved("End", 0, 50)).toBe(49);
    expect(moved("Home", 30, 50)).toBe(0);
    expect(moved("j", 0, 0)).toBe(0);
    expect(moved("o", 0, 3)).toBeUndefined();
  });
  it("goes on to what nobody marked", () => {
    expect(nextUnmarked(["ours", null, "ours", null], 1)).toBe(3);
    expect(nextUnmarked([null, "ours", "theirs"], 0)).toBe(1);
    expect(nextUnmarked([null, "ours"], 1)).toBe(1);
    expect(nextUnmarked([], 0)).toBe(0);
  });
});
