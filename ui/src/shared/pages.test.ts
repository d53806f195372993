import { describe, expect, it } from "vitest";
import { Pages } from "./pages.svelte";

function pages(total = 1000, size = 10, kept = 3) {
  const asked: number[] = [];
  const list = new Pages<number>(
    async (offset, limit) => {
      asked.push(offset);
      return { total, rows: Array.from({ length: Math.min(limit, total - offset) }, (_, index) => offset + index) };
    },
    size,
    kept,
  );
  return { list, asked };
}

describe("pages", () => {
  it("fetches each page once, and only what is looked at", async () => {
    const { list, asked } = pages();
    await list.reset();
    await list.need(25, 41);
    await list.need(25, 41);
    expect(asked).toEqual([0, 20, 30, 40]);
    expect(list.row(33)).toBe(33);
    expect(list.row(500)).toBeUndefined();
  });
  it("asks once while an answer is on its way", async () => {
    const { list, asked } = pages();
    await Promise.all([list.need(0, 5), list.need(0, 5)]);
    expect(asked).toEqual([0]);
  });
  it("keeps the pages last looked at", async () => {
    const { list, asked } = pages();
    await list.reset();
    for (const first of [10, 20, 0, 30]) await list.need(first, first + 1);
    expect(list.row(0)).toBe(0);
    expect(list.row(10)).toBeUndefined();
    expect(asked).toEqual([0, 10, 20, 30]);
  });
  it("ignores answers to an older question", async () => {
    let release: (value: { total: number; rows: string[] }) => void = () => {};
    let turn = 0;
    const list = new Pages<string>(() =>
      turn++ === 0 ? new Promise((done) => (release = done)) : Promise.resolve({ total: 1, rows: ["new"] }),
    );
    const old = list.reset();
    await list.reset();
    release({ total: 9, rows: ["old"] });
    await old;
    expect(list.total).toBe(1);
    expect(list.row(0)).toBe("new");
  });
  it("says what went wrong", async () => {
    const list = new Pages<string>(() => Promise.reject(new Error("locked")));
    await list.reset();
    expect(list.error).toEqual(new Error("locked"));
  });
});
