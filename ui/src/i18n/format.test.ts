import { describe, expect, it } from "vitest";
import {
  addDecimals,
  dateLocale,
  formatAmount,
  formatDay,
  formatMonth,
  isNegative,
  maskName,
  numberLocale,
} from "./format";

describe("money", () => {
  it("keeps the decimals it came with", () => {
    expect(formatAmount("48210.37", "en")).toBe("48,210.37");
    expect(formatAmount("1200", "en")).toBe("1,200");
    expect(formatAmount("1.250", "en")).toBe("1.250");
  });
  it("never passes through a float", () => {
    expect(formatAmount("90071992547409931234.57", "en")).toBe("90,071,992,547,409,931,234.57");
    expect(formatAmount("0.10", "en")).toBe("0.10");
  });
  it("prints a true minus, and a plus where asked", () => {
    expect(formatAmount("-4.87", "en")).toBe("\u22124.87");
    expect(formatAmount("129.00", "en", "always")).toBe("+129.00");
    expect(formatAmount("0.00", "en", "always")).toBe("0.00");
    expect(formatAmount("-0.00", "en", "always")).toBe("0.00");
  });
  it("follows the region", () => {
    expect(formatAmount("-12345.67", numberLocale("en", "DE"))).toBe("\u221212.345,67");
    expect(formatAmount("12345.67", numberLocale("zh-CN", null))).toBe("12,345.67");
    expect(formatAmount("1234567.00", numberLocale("en", "IN"))).toBe("12,34,567.00");
  });
  it("shows what is no amount as it is", () => {
    expect(formatAmount("n/a", "en")).toBe("n/a");
  });
  it("knows a sign", () => {
    expect(isNegative("-0.01")).toBe(true);
    expect(isNegative("-0.00")).toBe(false);
  });
  it("adds exactly", () => {
    expect(addDecimals([{ amount: "0.1" }, { amount: "0.2" }])).toBe("0.3");
    expect(addDecimals([{ amount: "100.00" }, { amount: "58.12" }, { amount: "200.13", minus: true }])).toBe("-42.01");
    expect(addDecimals([{ amount: "5" }, { amount: "0.05", minus: true }])).toBe("4.95");
    expect(addDecimals([{ amount: "-0.05" }])).toBe("-0.05");
  });
});

describe("dates", () => {
  it("speaks the language and orders by the region", () => {
    expect(formatDay("2026-10-31", dateLocale("en", null))).toBe("31 Oct 2026");
    expect(formatDay("2026-10-31", dateLocale("en", "US"))).toBe("Oct 31, 2026");
    expect(formatDay("2026-10-31", dateLocale("zh-CN", null))).toBe("2026年10月31日");
    expect(formatMonth("2026-10", dateLocale("zh-CN", "DE"), "long")).toBe("2026年10月");
  });
});

describe("names", () => {
  it("are masked to their first sign", () => {
    expect(maskName("Olga Nowak")).toBe("O•••");
    expect(maskName("杭州云栖电子商务有限公司")).toBe("杭•••");
    expect(maskName(" ")).toBe("");
  });
});
