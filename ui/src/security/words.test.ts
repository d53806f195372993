import { beforeEach, describe, expect, it } from "vitest";
import { i18n } from "../i18n/index.svelte";
import { catalog } from "../i18n/messages";
import type { BoardRowView, DoorView } from "../ipc";
import {
  doorAdvice,
  doorTitle,
  FIELD_NAMES,
  isOwn,
  notedWord,
  ownName,
  reminderText,
  reminderTone,
  WALLET_FIELDS,
} from "./words";

const door = (code: string, target: string, detail: string): DoorView => ({
  code,
  part: "purser",
  severity: "low",
  minutes: 5,
  target,
  detail,
});
beforeEach(() => {
  i18n.language = "en";
});

describe("open doors in words", () => {
  it("a door of Purser's own credential names it, another person's names both", () => {
    expect(doorTitle(door("credential_old", "totp", "212"))).toBe("Second factor is 212 days old");
    expect(doorTitle(door("credential_old", "password@Mei", "1"))).toBe("Purser password of Mei is 1 day old");
  });
  it("days, dates and fields are written out in both languages", () => {
    expect(doorTitle(door("wallet_unknown", "Stripe", "payout_account"))).toBe("Stripe: “Payout account” is not known");
    expect(doorTitle(door("wallet_review_due", "Stripe", "2026-08-25"))).toBe(
      "Stripe was last looked at on 25 Aug 2026",
    );
    i18n.language = "zh-CN";
    expect(doorTitle(door("credential_expires", "证书", "6"))).toBe("证书 将在 6 天后到期");
  });
  it("every door with a title says what to do, and no text shows a placeholder", () => {
    const codes = Object.keys(catalog.en)
      .filter((key) => key.startsWith("door."))
      .map((key) => key.slice("door.".length));
    expect(codes.length).toBeGreaterThan(25);
    for (const language of ["en", "zh-CN"] as const) {
      i18n.language = language;
      for (const code of codes) {
        const words = doorTitle(door(code, "X", "7")) + doorAdvice(door(code, "X", "7"));
        expect(words, code).not.toMatch(/[{}]|door/i);
        expect(doorAdvice(door(code, "X", "7")), code).not.toBe(code.replaceAll("_", " "));
      }
    }
  });
});

describe("the board in words", () => {
  it("numbers are stored credentials, words are Purser's own", () => {
    const row = (id: string) => ({ id }) as BoardRowView;
    expect(["3", "password", "totp@Mei"].map((id) => isOwn(row(id)))).toEqual([false, true, true]);
    expect(ownName("database")).toBe("Key of the books");
  });
  it("the last week before an expiry is as loud as the expiry", () => {
    const tones = [30, 14, 7].map((days) => reminderTone({ reason: "expires", days }));
    expect(tones).toEqual(["warn", "warn", "danger"]);
    expect(reminderText({ reason: "expired", days: 1 })).toBe("expired 1 day ago");
  });
  it("every value of a wallet's fields has words", () => {
    for (const field of FIELD_NAMES)
      for (const value of WALLET_FIELDS[field]) {
        const key = `${field === "second_factor" ? "secondFactor" : "onOff"}.${value}`;
        expect(Object.keys(catalog.en)).toContain(key);
        expect(notedWord(field, value)).not.toBe("");
      }
  });
});
