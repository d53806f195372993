/** Going through transactions by keyboard: which key says what, and where the cursor goes. */
export type Verdict = "ours" | "theirs" | "unknown";
export const VERDICTS: readonly Verdict[] = ["ours", "theirs", "unknown"];

/** "1", "o": ours; "2", "t": theirs; "3", "u": unknown; "0", Backspace: taken back. `undefined`: says nothing. */
export function said(key: string): Verdict | null | undefined {
  switch (key.toLowerCase()) {
    case "1":
    case "o":
      return "ours";
    case "2":
    case "t":
      return "theirs";
    case "3":
    case "u":
      return "unknown";
    case "0":
    case "backspace":
    case "delete":
      return null;
    default:
      return undefined;
  }
}

/** Where the cursor goes, among so many rows. `undefined`: the key moves nothing. */
export function moved(key: string, at: number, rows: number): number | undefined {
  const last = Math.max(0, rows - 1);
  switch (key) {
    case "j":
    case "J":
    case "ArrowDown":
      return Math.min(last, at + 1);
    case "k":
    case "K":
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "PageDown":
      return Math.min(last, at + 10);
    case "PageUp":
      return Math.max(0, at - 10);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

/** The next row nobody marked, from this one on; the row after it where there is none. */
export function nextUnmarked(verdicts: readonly (string | null)[], at: number): number {
  const found = verdicts.findIndex((verdict, index) => index > at && verdict === null);
  return found >= 0 ? found : Math.min(at + 1, Math.max(0, verdicts.length - 1));
}
