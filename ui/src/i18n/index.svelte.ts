import { IntlMessageFormat } from "intl-messageformat";
import * as format from "./format";
import { catalog, type Key, type Language, type Values } from "./messages";

export type { Key, Language, Values };

const compiled = new Map<string, IntlMessageFormat>();

class I18n {
  language = $state<Language>(systemLanguage());
  region = $state<string | null>(null);

  get dates(): string {
    return format.dateLocale(this.language, this.region);
  }
  get numbers(): string {
    return format.numberLocale(this.language, this.region);
  }
}
export const i18n = new I18n();

export function systemLanguage(): Language {
  return typeof navigator !== "undefined" && /^zh\b/i.test(navigator.language) ? "zh-CN" : "en";
}

/** Text in the language in force; numbers inside it follow the regional format. */
export function t(key: Key, values?: Values): string {
  const { language, numbers } = i18n;
  const text = catalog[language][key];
  if (values === undefined && !text.includes("{")) return text;
  const id = `${language} ${numbers} ${key}`;
  let message = compiled.get(id);
  if (!message) {
    // Plural words follow the language; counts are put in as text already formatted by `count`.
    message = new IntlMessageFormat(text, language);
    compiled.set(id, message);
  }
  return String(message.format(values));
}

/** A code from the core ("refund", "needs_wallet") as words; unknown codes show as they are, never as nothing. */
export function tCode(prefix: string, code: string, values?: Values): string {
  const key = `${prefix}.${code}`;
  return key in catalog.en ? t(key as Key, values) : code.replaceAll("_", " ");
}

/** One of two given languages, for facts that come in both. */
export function local(text: { en: string; "zh-CN": string }): string {
  return text[i18n.language] || text.en;
}

export const money = (amount: string, sign?: format.Sign) => format.formatAmount(amount, i18n.numbers, sign);
export const count = (value: number) => format.formatCount(value, i18n.numbers);
export const day = (value: string, options?: Intl.DateTimeFormatOptions) =>
  format.formatDay(value, i18n.dates, options);
export const month = (value: string, style?: format.MonthStyle) => format.formatMonth(value, i18n.dates, style);
export const instant = (value: string, zone?: string, seconds?: boolean) =>
  format.formatInstant(value, i18n.dates, zone, seconds);
export const clock = (value: string, zone?: string) => format.formatClock(value, i18n.dates, zone);
export const range = (from: string, to: string) => format.formatRange(from, to, i18n.dates);
/** A date or an instant, whichever it is. */
export const when = (value: string, zone?: string) => (value.length > 10 ? instant(value, zone) : day(value));
/** How long ago an instant was, in whole days. */
export function age(value: string): string {
  const days = Math.max(0, Math.floor((Date.now() - Date.parse(value)) / 86_400_000));
  return days === 0 ? t("age.today") : t("age.days", { n: days, count: count(days) });
}
