/** Keys as this computer writes them. */
const mac = typeof navigator !== "undefined" && /Mac/i.test(navigator.userAgent);

export function shortcut(key: string, shift = false): string {
  return mac ? `${shift ? "⇧" : ""}⌘${key}` : `Ctrl${shift ? " ⇧" : ""} ${key}`;
}
/** A key that belongs to an input method, not to us. */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
export function withModifier(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && !event.altKey;
}
/** Where typing belongs to a field. */
export function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
