/** Six digits out of whatever was typed or pasted: full-width digits of a Chinese input method, spaces, dashes. */
export function digitsOf(text: string, length = 6): string {
  return text.normalize("NFKC").replace(/\D/g, "").slice(0, length);
}
