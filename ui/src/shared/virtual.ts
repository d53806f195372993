/**
 * Which rows of a long list are in view. Rows have one height, so this is arithmetic and needs no library. The scrollbar means the
 * whole result: the spacer is as tall as all rows, up to the height engines can lay out (WebKit and Chromium stop near 33.5 million
 * pixels); beyond it one pixel of scrollbar means more than one pixel of rows. Rows are drawn against the window of the scroller, never at
 * offsets of millions of pixels, where single-precision transforms lose whole pixels.
 */
export const MAX_SPACER_PX = 33_000_000;

export type Window = { first: number; last: number; shift: number };

export function spacerHeight(total: number, rowPx: number): number {
  return Math.min(total * rowPx, MAX_SPACER_PX);
}
/** How many pixels of rows one pixel of scrollbar means. */
function scale(total: number, rowPx: number, viewPx: number): number {
  const real = total * rowPx - viewPx;
  const drawn = spacerHeight(total, rowPx) - viewPx;
  return drawn > 0 ? real / drawn : 1;
}
/** Rows `first..last` (last not included); the first is drawn `shift` pixels above the top edge. */
export function windowAt(scrollPx: number, viewPx: number, total: number, rowPx: number): Window {
  if (total <= 0 || viewPx <= 0) return { first: 0, last: 0, shift: 0 };
  const most = Math.max(0, total * rowPx - viewPx);
  const top = Math.min(most, Math.max(0, scrollPx * scale(total, rowPx, viewPx)));
  const first = Math.floor(top / rowPx);
  const last = Math.min(total, Math.ceil((top + viewPx) / rowPx));
  return { first, last, shift: top - first * rowPx };
}
/** Where to scroll so that a row is whole in view; the present place when it is already. */
export function scrollTo(row: number, scrollPx: number, viewPx: number, total: number, rowPx: number): number {
  const factor = scale(total, rowPx, viewPx);
  const top = scrollPx * factor;
  if (row * rowPx < top) return (row * rowPx) / factor;
  const bottom = (row + 1) * rowPx - viewPx;
  return bottom > top ? bottom / factor : scrollPx;
}
