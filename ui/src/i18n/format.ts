/** Numbers, money and dates. Amounts stay decimal strings from end to end: no float touches them. */

const MINUS = "\u2212";
export type Sign = "auto" | "always" | "never";

const numberFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Language says the words, region says the order and the separators. */
export function dateLocale(language: string, region: string | null): string {
  if (region === null) return language === "en" ? "en-GB" : language;
  return new Intl.Locale(language.split("-")[0] ?? "en", { region }).toString();
}
export function numberLocale(language: string, region: string | null): string {
  if (region === null) return language;
  return new Intl.Locale("und", { region }).maximize().toString();
}

function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { numberingSystem: "latn", ...options });
    numberFormats.set(key, format);
  }
  return format;
}
export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = dateFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { calendar: "gregory", numberingSystem: "latn", ...options });
    dateFormats.set(key, format);
  }
  return format;
}

export function decimalsOf(amount: string): number {
  const point = amount.indexOf(".");
  return point < 0 ? 0 : amount.length - point - 1;
}
export function isDecimal(amount: string): amount is Intl.StringNumericLiteral {
  return /^-?\d+(\.\d+)?$/.test(amount);
}
export function isNegative(amount: string): boolean {
  return amount.startsWith("-") && /[1-9]/.test(amount);
}
export function isZero(amount: string): boolean {
  return !/[1-9]/.test(amount);
}

/** An exact decimal string, with the decimals it came with and a true minus sign. */
export function formatAmount(amount: string, locale: string, sign: Sign = "auto"): string {
  if (!isDecimal(amount)) return amount;
  const decimals = Math.min(decimalsOf(amount), 100);
  const signDisplay = sign === "always" ? "exceptZero" : sign === "never" ? "never" : "negative";
  return numberFormat(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay })
    .formatToParts(amount as unknown as number)
    .map((part) => (part.type === "minusSign" ? MINUS : part.value))
    .join("")
    .replace(/[\u200e\u200f]/g, "");
}
export function formatCount(value: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** opening + in − out − fees, exactly; parts may come with or without their sign. */
export function addDecimals(parts: readonly { amount: string; minus?: boolean }[]): string {
  const decimals = Math.max(0, ...parts.map((part) => decimalsOf(part.amount)));
  let sum = 0n;
  for (const { amount, minus } of parts) {
    const value = BigInt(amount.replace(".", "") + "0".repeat(decimals - decimalsOf(amount)));
    sum += minus ? -value : value;
  }
  const digits = (sum < 0n ? -sum : sum).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  return `${sum < 0n ? "-" : ""}${whole}${decimals ? `.${digits.slice(-decimals)}` : ""}`;
}

/** "2026-10-31" as a date without a zone. */
export function formatDay(day: string, locale: string, options?: Intl.DateTimeFormatOptions): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  return dateFormat(locale, {
    timeZone: "UTC",
    ...(options ?? { day: "numeric", month: "short", year: "numeric" }),
  }).format(date);
}
/** "bare" is the short name without its year. */
export type MonthStyle = "long" | "short" | "narrow" | "bare";
export function formatMonth(month: string, locale: string, style: MonthStyle = "short"): string {
  const year = style === "narrow" || style === "bare" ? {} : { year: "numeric" as const };
  return formatDay(`${month}-01`, locale, { month: style === "bare" ? "short" : style, ...year });
}
export function formatInstant(instant: string, locale: string, zone?: string, seconds = false): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  return dateFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(seconds ? { second: "2-digit" as const } : {}),
    ...(zone ? { timeZone: zone } : {}),
  }).format(date);
}
export function formatClock(instant: string, locale: string, zone?: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  return dateFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...(zone ? { timeZone: zone } : {}),
  }).format(date);
}
export function formatRange(from: string, to: string, locale: string): string {
  const a = new Date(`${from}T00:00:00Z`);
  const b = new Date(`${to}T00:00:00Z`);
  if (Number.isNaN(a.getTime()) || Number.isNaN(b.getTime())) return `${from} – ${to}`;
  return dateFormat(locale, { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" }).formatRange(a, b);
}

/** Shows that there is a name, not whose: the first sign of it, then dots. */
export function maskName(name: string): string {
  const [first] = name.trim();
  return first === undefined ? "" : `${first}•••`;
}
