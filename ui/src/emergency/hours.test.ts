import { describe, expect, it } from "vitest";
import { openNow } from "./hours";

const at = (text: string) => new Date(text);

describe("open now", () => {
  it("counts in the contact's own zone", () => {
    // 22:30 in Shanghai is 14:30 UTC.
    expect(openNow("09:00-22:00", "Asia/Shanghai", at("2026-11-23T13:59:00Z"))).toBe(true);
    expect(openNow("09:00-22:00", "Asia/Shanghai", at("2026-11-23T14:00:00Z"))).toBe(false);
    expect(openNow("09:00-22:00", "Asia/Shanghai", at("2026-11-23T00:59:00Z"))).toBe(false);
    expect(openNow("09:00-22:00", "Asia/Shanghai", at("2026-11-23T01:00:00Z"))).toBe(true);
  });
  it("knows weekdays, several spans, and nights", () => {
    expect(openNow("Mon-Fri 09:00-18:00", "Europe/Berlin", at("2026-11-22T11:00:00Z"))).toBe(false);
    expect(openNow("Mon-Fri 09:00-18:00, Sun 10:00-16:00", "Europe/Berlin", at("2026-11-22T11:00:00Z"))).toBe(true);
    expect(openNow("Fri 22:00-02:00", "UTC", at("2026-11-21T01:00:00Z"))).toBe(true);
    expect(openNow("Fri 22:00-02:00", "UTC", at("2026-11-21T22:30:00Z"))).toBe(false);
  });
  it("is always open round the clock", () => {
    expect(openNow("24/7", null, at("2026-11-22T03:00:00Z"))).toBe(true);
  });
  it("claims nothing it cannot compute", () => {
    expect(openNow(null, "Asia/Shanghai", at("2026-11-22T03:00:00Z"))).toBeNull();
    expect(openNow("office hours", "Asia/Shanghai", at("2026-11-22T03:00:00Z"))).toBeNull();
    expect(openNow("09:00-22:00", null, at("2026-11-22T03:00:00Z"))).toBeNull();
    expect(openNow("09:00-22:00", "Nowhere/Here", at("2026-11-22T03:00:00Z"))).toBeNull();
  });
});
