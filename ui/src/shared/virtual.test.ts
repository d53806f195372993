import { describe, expect, it } from "vitest";
import { MAX_SPACER_PX, scrollTo, spacerHeight, windowAt } from "./virtual";

const ROW = 32;
const VIEW = 640;

describe("virtual rows", () => {
  it("a million rows have their true height", () => {
    expect(spacerHeight(1_000_000, ROW)).toBe(32_000_000);
  });
  it("shows the first, a middle and the last rows", () => {
    expect(windowAt(0, VIEW, 1_000_000, ROW)).toEqual({ first: 0, last: 20, shift: 0 });
    expect(windowAt(16_000_016, VIEW, 1_000_000, ROW)).toEqual({ first: 500_000, last: 500_021, shift: 16 });
    expect(windowAt(32_000_000, VIEW, 1_000_000, ROW)).toEqual({ first: 999_980, last: 1_000_000, shift: 0 });
  });
  it("beyond the tallest spacer the scrollbar still means the whole result", () => {
    const total = 4_000_000;
    expect(spacerHeight(total, ROW)).toBe(MAX_SPACER_PX);
    expect(windowAt(0, VIEW, total, ROW).first).toBe(0);
    expect(windowAt(MAX_SPACER_PX - VIEW, VIEW, total, ROW).last).toBe(total);
    const middle = windowAt((MAX_SPACER_PX - VIEW) / 2, VIEW, total, ROW);
    expect(Math.abs(middle.first - total / 2)).toBeLessThan(20);
  });
  it("scrolls only as far as a row needs", () => {
    expect(scrollTo(5, 0, VIEW, 1000, ROW)).toBe(0);
    expect(scrollTo(20, 0, VIEW, 1000, ROW)).toBe(32);
    expect(scrollTo(3, 320, VIEW, 1000, ROW)).toBe(96);
    const total = 4_000_000;
    expect(windowAt(scrollTo(total - 1, 0, VIEW, total, ROW), VIEW, total, ROW).last).toBe(total);
  });
  it("is empty for nothing", () => {
    expect(windowAt(0, VIEW, 0, ROW)).toEqual({ first: 0, last: 0, shift: 0 });
    expect(windowAt(0, VIEW, 3, ROW)).toEqual({ first: 0, last: 3, shift: 0 });
  });
});
