import { describe, expect, it } from "vitest";
import { behind, digits, elapsed, hoursMinutes, localDay, offset, remaining, timeOfDay } from "./clock";

const start = "2026-10-31T10:22:00Z";
const after = (seconds: number) => Date.parse(start) + seconds * 1000;

describe("the clock since the first suspicion", () => {
  it("counts minutes and seconds, then hours, then days", () => {
    expect(elapsed(start, after(0))).toEqual({ kind: "digits", text: "00:00" });
    expect(elapsed(start, after(252))).toEqual({ kind: "digits", text: "04:12" });
    expect(elapsed(start, after(3599))).toEqual({ kind: "digits", text: "59:59" });
    expect(elapsed(start, after(3600))).toEqual({ kind: "digits", text: "1:00:00" });
    expect(elapsed(start, after(47 * 3600 + 61))).toEqual({ kind: "digits", text: "47:01:01" });
    expect(elapsed(start, after(48 * 3600))).toEqual({ kind: "days", days: 2, hours: 0 });
    expect(elapsed(start, after(9 * 86_400 + 5 * 3600 + 59))).toEqual({ kind: "days", days: 9, hours: 5 });
  });
  it("never counts below nothing when the clock of the computer was set back", () => {
    expect(elapsed(start, after(-100))).toEqual({ kind: "digits", text: "00:00" });
    expect(digits(-1)).toBe("00:00");
  });
});

describe("targets", () => {
  it("are told in the unit they are planned in", () => {
    const target = (minute: number) => new Date(after(minute * 60)).toISOString();
    expect(offset(start, target(1))).toEqual({ unit: "minutes", n: 1 });
    expect(offset(start, target(90))).toEqual({ unit: "minutes", n: 90 });
    expect(offset(start, target(120))).toEqual({ unit: "hours", n: 2 });
    expect(offset(start, target(1440))).toEqual({ unit: "hours", n: 24 });
    expect(offset(start, target(2880))).toEqual({ unit: "days", n: 2 });
    expect(offset(start, target(43_200))).toEqual({ unit: "days", n: 30 });
  });
  it("say how late they are", () => {
    expect(behind(start, after(61))).toEqual({ unit: "minutes", n: 1, late: true });
    expect(behind(start, after(-300))).toEqual({ unit: "minutes", n: 5, late: false });
    expect(behind(start, after(0))).toEqual({ unit: "minutes", n: 0, late: false });
    expect(behind(start, after(3 * 86_400))).toEqual({ unit: "days", n: 3, late: true });
  });
});

describe("the wait before a freeze ends", () => {
  it("goes by what the core told, and how long ago it was told", () => {
    expect(remaining(900, 1_000, 1_000)).toBe(900);
    expect(remaining(900, 1_000, 131_000)).toBe(770);
    expect(remaining(900, 1_000, 131_001)).toBe(770);
    expect(remaining(900, 1_000, 131_999)).toBe(770);
    expect(remaining(900, 1_000, 132_000)).toBe(769);
    expect(remaining(5, 0, 60_000)).toBe(0);
  });
});

describe("a time of the day", () => {
  const now = new Date(2026, 9, 31, 10, 30, 20);
  it("is the latest that is not to come", () => {
    expect(timeOfDay("10:22", now)).toEqual(new Date(2026, 9, 31, 10, 22));
    expect(timeOfDay("10:30", now)).toEqual(new Date(2026, 9, 31, 10, 30));
    expect(timeOfDay("23:50", now)).toEqual(new Date(2026, 9, 30, 23, 50));
    expect(timeOfDay(" 9：05 ", now)).toEqual(new Date(2026, 9, 31, 9, 5));
  });
  it("is nothing else", () => {
    for (const text of ["", "24:00", "10:60", "10", "half past", "10:5"]) expect(timeOfDay(text, now)).toBeNull();
  });
  it("has a day, here", () => {
    expect(localDay(new Date(2026, 0, 9, 23, 59))).toBe("2026-01-09");
    expect(localDay(new Date(2026, 10, 30, 0, 0))).toBe("2026-11-30");
  });
  it("is written with two digits", () => {
    expect(hoursMinutes(new Date(2026, 0, 1, 7, 5))).toBe("07:05");
  });
});
