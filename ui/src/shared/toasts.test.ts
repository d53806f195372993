import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { i18n } from "../i18n/index.svelte";
import { textOf, toasts } from "./toasts.svelte";

const texts = () => toasts.list.map(textOf);

describe("toasts", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    toasts.clear();
    vi.useRealTimers();
    [i18n.language, i18n.region] = ["en", null];
  });

  it("change their language with the window", () => {
    i18n.language = "en";
    toasts.add("create.imported", "ok", { n: 12_345, count: 12_345 });
    toasts.fail({ code: "disk_full", detail: {} });
    const english = texts();
    i18n.language = "zh-CN";
    const chinese = texts();
    expect(english[0]).toContain("12,345");
    expect(chinese[0]).toContain("12,345");
    for (const at of [0, 1]) expect(chinese[at]).toMatch(/[一-龥]/);
    i18n.language = "en";
    expect(texts()).toEqual(english);
  });
  it("write numbers as the region does, and let n choose the word", () => {
    i18n.language = "en";
    i18n.region = "DE";
    toasts.add("create.imported", "ok", { n: 1234, count: 1234 });
    expect(texts()[0]).toContain("1.234");
    toasts.clear();
    toasts.add("secret.copied", "ok", { n: 25 });
    expect(texts()[0]).toContain("25");
  });
  it("keep what a person named as it is", () => {
    toasts.add("imports.saved", "ok", { name: "2026 10.csv" });
    expect(texts()[0]).toContain("2026 10.csv");
  });
  it("go by themselves when they are good news, and stay when they are not", () => {
    toasts.add("action.copied");
    toasts.add("password.changed", "ok");
    toasts.add("card.missing", "warn", { signs: "🍵" });
    toasts.fail({ code: "io" });
    expect(toasts.list.map((toast) => toast.tone)).toEqual(["plain", "ok", "warn", "danger"]);
    vi.advanceTimersByTime(6000);
    expect(toasts.list.map((toast) => toast.tone)).toEqual(["warn", "danger"]);
    for (let more = 0; more < 5; more += 1) toasts.fail({ code: "io" });
    expect(toasts.list.length).toBe(4);
  });
});
