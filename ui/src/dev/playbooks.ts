/** Development only: the playbooks in assets/, read as far as the mock needs them. */
import incident from "../../../assets/playbooks/incident.toml?raw";
import alipay from "../../../assets/playbooks/levers/alipay.toml?raw";
import paypal from "../../../assets/playbooks/levers/paypal.toml?raw";
import stripe from "../../../assets/playbooks/levers/stripe.toml?raw";
import wechatpay from "../../../assets/playbooks/levers/wechatpay.toml?raw";

export type Text = { en: string; zh: string };
export type Table = Record<string, unknown>;

/** The few forms these files are written in: tables, arrays of tables, strings, numbers, inline tables, lists. */
function parse(text: string): Table {
  const root: Table = {};
  let at = root;
  const body = text
    .replace(/^#.*$/gm, "")
    .replace(
      /\[\n([\s\S]*?)\n\]/g,
      (_, list: string) => `[${list.replace(/,?\s*\n\s*/g, ", ").replace(/^[\s,]+|[\s,]+$/g, "")}]`,
    );
  for (const line of body.split("\n")) {
    const array = /^\[\[(\w+)\]\]$/.exec(line.trim());
    const table = /^\[([\w.]+)\]$/.exec(line.trim());
    const pair = /^([\w.]+) = (.*)$/.exec(line.trim());
    if (array?.[1]) {
      at = {};
      ((root[array[1]] ??= []) as Table[]).push(at);
    } else if (table?.[1]) {
      at = {};
      put(root, table[1], at);
    } else if (pair?.[1] && pair[2]) put(at, pair[1], value(pair[2]));
  }
  return root;
}
function put(table: Table, path: string, entry: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at = table;
  for (const name of names) at = (at[name] ??= {}) as Table;
  at[last] = entry;
}
function value(text: string): unknown {
  // Keys outside of strings get their quotes; the rest is JSON already.
  const json = text.replace(/"(?:[^"\\]|\\.)*"|(\w+) = /g, (all: string, key?: string) => (key ? `"${key}": ` : all));
  return JSON.parse(json) as unknown;
}

type Part = { id: string; en: string; zh: string; per_wallet?: boolean };
export type Step = {
  id: string;
  minute: number;
  urgent?: { when: string; minute: number };
  only?: string;
  region?: string;
  lane: string;
  title: Text;
  part: Part[];
  secret?: boolean;
  signs_out?: boolean;
  opens?: string;
};
export type Manual = {
  id: string;
  way: string;
  value: string;
  hours?: { span: string; zone: string };
  ring: string;
  can_be_undone: boolean;
  signs_out?: boolean;
  title: Text;
  effect: Text;
  grade: string;
  source: string;
  as_of: string;
};
export type Provider = {
  provider: string;
  cannot: Text;
  have: Text[];
  ask: Text[];
  script: Record<string, Text>;
  lever: Manual[];
};
export const steps = parse(incident)["step"] as Step[];
export const providers = [paypal, alipay, wechatpay, stripe].map((text) => parse(text) as unknown as Provider);
