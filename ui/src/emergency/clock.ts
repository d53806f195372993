/** The clock of an incident, as pure numbers and digits. Words around them are the page's. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const two = (value: number) => String(value).padStart(2, "0");

/** "04:12", "1:04:12"; from the third day on whole days and hours. Never less than nothing. */
export type Elapsed = { kind: "digits"; text: string } | { kind: "days"; days: number; hours: number };

export function elapsed(started: string, now: number): Elapsed {
  const past = Math.max(0, now - Date.parse(started));
  if (past >= 2 * DAY) return { kind: "days", days: Math.floor(past / DAY), hours: Math.floor((past % DAY) / HOUR) };
  return { kind: "digits", text: digits(Math.floor(past / SECOND)) };
}

/** "12:50", "1:02:03". */
export function digits(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** How long after the first suspicion something should be done, in the unit it is planned in. */
export type Offset = { unit: "minutes" | "hours" | "days"; n: number };

export function offset(started: string, target: string): Offset {
  const minutes = Math.max(0, Math.round((Date.parse(target) - Date.parse(started)) / MINUTE));
  if (minutes < 120) return { unit: "minutes", n: minutes };
  if (minutes < 2880) return { unit: "hours", n: Math.round(minutes / 60) };
  return { unit: "days", n: Math.round(minutes / 1440) };
}

/** How late, or how long there still is, in the largest fitting unit. */
export function behind(target: string, now: number): Offset & { late: boolean } {
  const away = now - Date.parse(target);
  const minutes = Math.floor(Math.abs(away) / MINUTE);
  const late = away > 0;
  if (minutes < 120) return { unit: "minutes", n: minutes, late };
  if (minutes < 2880) return { unit: "hours", n: Math.floor(minutes / 60), late };
  return { unit: "days", n: Math.floor(minutes / 1440), late };
}

/** Seconds still to wait, by what the core said and when it said so: the wall clock alone shortens nothing. */
export function remaining(seconds: number, toldAt: number, now: number): number {
  return Math.max(0, Math.ceil(seconds - (now - toldAt) / SECOND));
}

/** "9:05" of the latest day on which that is not to come. `null`: not a time. */
export function timeOfDay(text: string, now: Date): Date | null {
  const match = /^\s*(\d{1,2})[:：.](\d{2})\s*$/.exec(text);
  const [hours, minutes] = [Number(match?.[1] ?? 99), Number(match?.[2] ?? 99)];
  if (hours > 23 || minutes > 59) return null;
  const at = new Date(now);
  at.setHours(hours, minutes, 0, 0);
  if (at.getTime() > now.getTime() + MINUTE) at.setDate(at.getDate() - 1);
  return at;
}
/** The calendar day here, as YYYY-MM-DD. */
export function localDay(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
export function hoursMinutes(at: Date): string {
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}
