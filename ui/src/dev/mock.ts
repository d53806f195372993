/**
 * Development only: the core's commands over a practice company, so that the window runs in a browser.
 * `?scene=first|locked|code|open|new|empty|demo|broken&lang=zh-CN&theme=dark` picks where it starts.
 */
import type { Backend, BootView, Events, Code, RoleView } from "../ipc";
import { books } from "./books";
import { door, firstPeople, loginsOf, proofs } from "./door";
import { contacts } from "./contacts";
import { emergency } from "./emergency";
import { files } from "./files";
import { facts, playbook } from "./facts";
import { records } from "./records";
import { security } from "./security";

const query = new URLSearchParams(location.search);
const scene = query.get("scene") ?? "open";
const listeners = new Map<string, ((payload: never) => void)[]>();
const emit = <E extends keyof Events>(event: E, payload: Events[E]) =>
  listeners.get(event)?.forEach((heard) => heard(payload as never));
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const fail = (code: Code, detail: Record<string, string> = {}): never => {
  throw { code, detail };
};

let tries = 0;
let boot: BootView = {
  phase: scene === "first" ? "no_profile" : scene === "locked" ? "locked" : scene === "code" ? "second_factor" : "open",
  demo: scene === "demo",
  role: (query.get("role") as RoleView | null) ?? "owner",
  slot_name: query.get("role") ? "李梅" : "owner",
  logins: scene === "first" ? [] : loginsOf(firstPeople(query)),
  must_change: query.has("change"),
  wait_s: Number(query.get("wait") ?? 0),
  settings: {
    language: (query.get("lang") as "en" | "zh-CN" | null) ?? null,
    region: query.get("region"),
    theme: (query.get("theme") as "light" | "dark" | null) ?? "system",
    palette: (query.get("palette") as "western" | null) ?? "neutral",
    idle_minutes: 10,
    show_names: query.has("names"),
  },
  version: "0.1.0",
  platform: query.get("platform") ?? "linux",
  device_store: "keyring",
  has_second_factor: scene !== "new" && scene !== "empty",
  kit_proven: scene !== "new" && scene !== "empty",
};
const filled = () => scene !== "empty" && (scene !== "first" || imported) && boot.phase === "open";
let imported = false;
const statements = files({ query, wallets: () => practice.wallets(), onimport, pause, emit });
const practice = books({ query, filled, imports: statements.imports, pause, fail });
function onimport() {
  imported = true;
  practice.fill();
}

const settled = (view: BootView): BootView => {
  boot = view;
  practice.fill();
  return boot;
};

/** `?scene=broken&code=damaged`: the core has no books to show. */
const reachable = () => scene !== "broken" || boot.demo || fail((query.get("code") as Code | null) ?? "profile_in_use");

const held = proofs(fail);
const doors = door({ query, boot: () => boot, settled, pause, fail, emit, held });
const register = contacts(query, practice.wallets);
/** Doors of the security page that follow from the rest. */
async function openToday() {
  const names = { paypal: "PayPal", alipay: "Alipay 支付宝", wechatpay: "WeChat Pay 微信支付", stripe: "Stripe" };
  const { numbers_missing } = await register.contacts();
  const lines = boot.phase === "open" && boot.role !== "responder" ? await commands.incidents() : [];
  return {
    numbers: numbers_missing.map((code) => names[code as keyof typeof names]),
    notPutBack: lines.reduce((sum, line) => sum + (line.put_back?.open ?? 0), 0),
  };
}
const commands: Backend["commands"] = {
  ...doors,
  ...statements,
  ...practice.commands,
  ...records({ query, boot: () => boot, settled, pause, fail, emit, enrol: doors.recoveryBegin }),
  ...security(query, held.spend, openToday),
  ...register,
  ...emergency({
    query,
    boot: () => boot,
    wallets: practice.wallets,
    transactions: practice.transactions,
    pause,
    fail,
    emit,
    held,
  }),
  boot: async () => {
    reachable();
    return settled(boot);
  },
  settingsSet: async (settings) => settled({ ...boot, settings }),
  demoOpen: async () => {
    await pause(200);
    imported = true;
    return settled({ ...boot, phase: "open", demo: true, has_second_factor: true, kit_proven: true });
  },
  demoClose: async () => {
    boot = { ...boot, phase: "no_profile", demo: false };
    reachable();
    return settled(boot);
  },
  passwordStrength: async (password, known) => {
    const reasons = [];
    if (password.length < 15) reasons.push({ code: "too_short", min: 15 });
    if (known.some((name) => name.length > 2 && password.toLowerCase().includes(name.toLowerCase())))
      reasons.push({ code: "name_inside", min: null });
    if (/^(.)\1+$|password|12345/i.test(password)) reasons.push({ code: "guessable", min: null });
    return { score: Math.min(4, Math.floor(password.length / 5)), accepted: reasons.length === 0, reasons };
  },
  keyringProbe: async () => ({ available: !query.has("nokeyring"), vendor: "GNOME Keyring" }),
  profileCreate: async () => {
    await pause(500);
    settled({ ...boot, phase: "open", has_second_factor: false, kit_proven: false });
    return { text: "", recovery_key: "PURS-7K2M-Q9XD-4WTB-H8NC-5RVE-J3YL-6GAZ" };
  },
  kitConfirm: async (retyped) => {
    const ok = retyped.replace(/[^A-Za-z0-9]/g, "").toUpperCase() === "PURS7K2MQ9XD4WTBH8NC5RVEJ3YL6GAZ";
    if (ok) settled({ ...boot, kit_proven: true });
    return ok;
  },
  kitSave: async () => "purser-recovery-kit.pdf",
  unlock: async (password) => {
    await pause(400);
    if (password === "damaged") fail("damaged");
    if (password === "wrong") {
      tries += 1;
      if (tries >= 3) {
        settled({ ...boot, wait_s: 30 });
        fail("wait", { seconds: "30" });
      }
      fail("wrong_password");
    }
    settled({ ...boot, phase: boot.has_second_factor ? "second_factor" : "open" });
    return { next: boot.has_second_factor ? "code" : "open" };
  },
  unlockCode: async (code) => {
    await pause(200);
    if (code === "000000") fail("wrong_code");
    return settled({ ...boot, phase: "open", wait_s: 0 });
  },
  lock: async () => settled({ ...boot, phase: "locked" }),
  activity: async () => null,

  providerFacts: async () => facts,
  theftPlaybook: async () => playbook,
  openLink: async () => null,
};

/** What crosses a wire is copied. */
function copied<F extends (...args: never[]) => Promise<unknown>>(command: F): F {
  return (async (...args: Parameters<F>) => structuredClone(await command(...structuredClone(args)))) as F;
}
Object.assign(window, { purserEmit: emit });
export const mock: Backend = {
  forget: () => false,
  commands: Object.fromEntries(
    Object.entries(commands).map(([name, command]) => [name, copied(command)]),
  ) as Backend["commands"],
  listen: async (event, heard) => {
    const of = () => listeners.get(event) ?? [];
    listeners.set(event, [...of(), heard as never]);
    return () =>
      listeners.set(
        event,
        of().filter((each) => each !== (heard as never)),
      );
  },
};
