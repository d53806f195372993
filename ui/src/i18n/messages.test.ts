import { parse } from "svelte/compiler";
import { describe, expect, it } from "vitest";
import { catalog } from "./messages";

const sources = import.meta.glob<string>("../**/*.svelte", { query: "?raw", import: "default", eager: true });
const code = import.meta.glob<string>(["../**/*.{ts,svelte}", "!../dev/**", "!../**/*.test.ts", "!../bindings.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const styles = import.meta.glob<string>(["../styles/*.css", "!../styles/tokens.css"], {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("messages", () => {
  it("both languages have the same keys", () => {
    expect(Object.keys(catalog["zh-CN"])).toEqual(Object.keys(catalog.en));
  });
  it("no message is empty, and both name the same values", () => {
    const values = (text: string) =>
      [...new Set([...text.matchAll(/\{([a-z]\w*)(?=[,}])/g)].map((match) => match[1]))].sort();
    for (const key of Object.keys(catalog.en) as (keyof typeof catalog.en)[]) {
      expect(catalog.en[key].trim(), key).not.toBe("");
      expect(catalog["zh-CN"][key].trim(), key).not.toBe("");
      const en = values(catalog.en[key]);
      // Chinese has no plural: the number that only chooses the word may be missing there.
      for (const value of values(catalog["zh-CN"][key])) expect(en, key).toContain(value);
      for (const value of en) if (value !== "n") expect(values(catalog["zh-CN"][key]), key).toContain(value);
    }
  });
  it("every key is used", () => {
    const text = Object.values(code).join("\n");
    const prefixes = [...new Set([...text.matchAll(/tCode\(["'`]([\w.]+)["'`$]/g)].map((match) => `${match[1]}.`))];
    prefixes.push("status.verification.", "status.restrictions.", "status.payouts.", "error.");
    const unused = Object.keys(catalog.en).filter(
      (key) => !text.includes(`"${key}"`) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });
});

type Node = { type?: string; name?: string; data?: string; value?: unknown; start?: number };
const SPOKEN = new Set(["title", "placeholder", "alt", "aria-label", "label", "text", "hint"]);
// Signs that are the same in every language.
const SIGNS = /^[\s·.,:;+−=%()→↓↑–—|/&nbsp;]*$/;

function walk(node: unknown, found: string[]): void {
  if (Array.isArray(node)) return node.forEach((each) => walk(each, found));
  if (typeof node !== "object" || node === null) return;
  const { type, name, data, value } = node as Node;
  if (type === "Text" && typeof data === "string" && !SIGNS.test(data)) found.push(data.trim());
  if (type === "StyleDirective") return;
  if (type === "Attribute") {
    if (name === "style") found.push("style attribute");
    const literal = Array.isArray(value)
      ? value.filter((part: Node) => part.type === "Text").map((part: Node) => part.data ?? "")
      : [];
    if (name && SPOKEN.has(name)) found.push(...literal.filter((text) => /\p{L}/u.test(text)));
    if (Array.isArray(value)) value.forEach((part: Node) => part.type !== "Text" && walk(part, found));
    return;
  }
  for (const [key, child] of Object.entries(node))
    if (key !== "css" && key !== "instance" && key !== "module") walk(child, found);
}

describe("markup", () => {
  it.each(Object.entries(sources))("%s holds no literal text and no style attribute", (_, source) => {
    const found: string[] = [];
    walk(parse(source, { modern: true }).fragment, found);
    expect(found).toEqual([]);
  });
  it.each([...Object.entries(sources), ...Object.entries(styles)])(
    "%s takes its colours from the tokens",
    (_, source) => {
      const css = source.includes("<style>")
        ? source.slice(source.indexOf("<style>"))
        : source.includes("</")
          ? ""
          : source;
      expect(css.match(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/gi) ?? []).toEqual([]);
    },
  );
});
