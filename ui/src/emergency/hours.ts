/** Opening hours as facts state them: "24/7", "09:00-22:00", "Mon-Fri 09:00-18:00, Sat 10:00-16:00". */
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

function minutes(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const value = Number(match[1]) * 60 + Number(match[2]);
  return value <= 1440 ? value : null;
}
function daysOf(text: string): Set<number> | null {
  const [first, last = first] = text
    .trim()
    .toLowerCase()
    .split(/[-–]/)
    .map((day) => DAYS.findIndex((name) => day.trim().startsWith(name.slice(0, 2))));
  if (first === undefined || last === undefined || first < 0 || last < 0) return null;
  const days = new Set<number>();
  for (let day = first; ; day = (day + 1) % 7) {
    days.add(day);
    if (day === last) return days;
  }
}

/** Weekday (Monday 0) and minute of the day, there. */
export function clockIn(zone: string, now: Date): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  return {
    day: DAYS.indexOf(part("weekday").toLowerCase().slice(0, 3)),
    minute: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

/** null where the hours are not stated in a form that can be computed with: then nothing is claimed. */
export function openNow(hours: string | null, zone: string | null, now: Date): boolean | null {
  if (!hours) return null;
  if (/^24\s*[/x×]\s*7$/i.test(hours.trim())) return true;
  if (!zone) return null;
  let there: { day: number; minute: number };
  try {
    there = clockIn(zone, now);
  } catch {
    return null;
  }
  let open = false;
  for (const span of hours.split(/[,;]/)) {
    const match = /^\s*(?:([A-Za-z]+(?:\s*[-–]\s*[A-Za-z]+)?)\s+)?(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})\s*$/.exec(
      span,
    );
    if (!match) return null;
    const from = minutes(match[2] ?? "");
    const to = minutes(match[3] ?? "");
    const days = match[1] ? daysOf(match[1]) : new Set([0, 1, 2, 3, 4, 5, 6]);
    if (from === null || to === null || days === null) return null;
    const yesterday = (there.day + 6) % 7;
    if (from < to) open ||= days.has(there.day) && there.minute >= from && there.minute < to;
    else open ||= (days.has(there.day) && there.minute >= from) || (days.has(yesterday) && there.minute < to);
  }
  return open;
}
