/** The window's one door to the core: the only importer of bindings.ts and of Tauri. */
import type { Code, Commands, Events, IpcError } from "./bindings";
import { tCode } from "./i18n/index.svelte";

export type * from "./bindings";

export type Backend = {
  call(command: keyof Commands, args: readonly unknown[]): Promise<unknown>;
  listen<E extends keyof Events>(event: E, heard: (payload: Events[E]) => void): Promise<() => void>;
};

/** Names of each command's arguments, as the core spells them. */
const parameters: { [C in keyof Commands]: readonly string[] } = {
  boot: [],
  settingsSet: ["settings"],
  demoOpen: [],
  demoClose: [],
  passwordStrength: ["password", "names", "onlyFactor"],
  keyringProbe: [],
  profileCreate: ["request"],
  kitConfirm: ["retyped"],
  kitSave: [],
  totpBegin: [],
  totpConfirm: ["code"],
  recoveryCodesSave: [],
  unlock: ["password"],
  unlockCode: ["code"],
  lock: [],
  activity: [],
  wallets: [],
  walletRename: ["wallet", "name"],
  overview: ["filter"],
  statusSet: ["wallet", "field", "value", "note", "due", "asOf"],
  transactions: ["request"],
  transaction: ["id"],
  importChoose: [],
  importPreview: ["handles", "options"],
  importCommit: ["handles", "options"],
  imports: [],
  importUndo: ["id"],
  importSkipped: ["id"],
  originalSave: ["id"],
  jobCancel: ["job"],
  accounts: [],
  statement: ["request"],
  statementSave: ["request", "format"],
  providerFacts: [],
  theftPlaybook: [],
  openLink: ["url"],
};
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function tauri(): Promise<Backend> {
  const [{ invoke }, { listen }] = await Promise.all([import("@tauri-apps/api/core"), import("@tauri-apps/api/event")]);
  return {
    call: (command, args) =>
      invoke(snake(command), Object.fromEntries(parameters[command].map((name, index) => [name, args[index] ?? null]))),
    listen: (event, heard) => listen(event, ({ payload }) => heard(payload as never)),
  };
}
async function connect(): Promise<Backend> {
  if (import.meta.env.DEV && !("__TAURI_INTERNALS__" in window)) return (await import("./dev/mock")).mock();
  return tauri();
}
let connection: Promise<Backend> | undefined;
const backend = () => (connection ??= connect());

export const core = new Proxy({} as Commands, {
  get:
    (_, command: keyof Commands) =>
    async (...args: unknown[]) =>
      (await backend()).call(command, args),
});

export async function listen<E extends keyof Events>(
  event: E,
  heard: (payload: Events[E]) => void,
): Promise<() => void> {
  return (await backend()).listen(event, heard);
}

export function errorOf(thrown: unknown): IpcError {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) {
    const { code, detail } = thrown as Partial<IpcError>;
    return { code: code ?? "internal", detail: detail ?? {} };
  }
  return { code: "internal", detail: {} };
}
export function codeOf(thrown: unknown): Code {
  return errorOf(thrown).code;
}
/** What went wrong, in words, with what to do next. */
export function messageOf(thrown: unknown): string {
  const { code } = errorOf(thrown);
  return tCode("error", code);
}
