/** Development only: levers, scripts and steps of the playbooks, as the core would show them. */
import type {
  AnswersView,
  CallWordsView,
  IncidentStepView,
  IncidentView,
  LeverView,
  PutBackView,
  ReturnedView,
  WalletView,
} from "../ipc";
import { openNow } from "../emergency/hours";
import { providers, steps, type Manual, type Provider, type Text } from "./playbooks";

export const both = (text: Text) => ({ en: text.en, "zh-CN": text.zh });
export const iso = (ms: number) => new Date(ms).toISOString();

export function lever(provider: Provider, manual: Manual, wallet: WalletView | null): LeverView {
  return {
    lever: `${provider.provider}.${manual.id}${wallet ? `@${wallet.id}` : ""}`,
    provider: provider.provider,
    wallet: wallet?.name ?? null,
    state: "queued",
    kind: "manual",
    ring: manual.ring,
    title: both(manual.title),
    effect: both(manual.effect),
    way: manual.way,
    value: manual.value,
    hours: manual.hours?.span ?? null,
    zone: manual.hours?.zone ?? null,
    open_now: openNow(manual.hours?.span ?? null, manual.hours?.zone ?? null, new Date()),
    can_be_undone: manual.can_be_undone,
    signs_out: manual.signs_out ?? false,
    grade: manual.grade,
    source: manual.source,
    as_of: manual.as_of,
    at: null,
    by: "",
    reference: "",
    seen: "",
    prior: null,
    put_back: null,
  };
}
export function local(state: string): LeverView {
  return {
    ...lever(
      { provider: "purser", cannot: { en: "", zh: "" }, have: [], ask: [], script: {}, lever: [] },
      {
        id: "freeze",
        way: "app",
        value: "",
        ring: "money_out",
        can_be_undone: true,
        title: { en: "Freeze Purser on this computer", zh: "冻结这台电脑上的 Purser" },
        effect: {
          en: "Purser shows no secrets, adds nobody and moves nothing. Your wallets at the providers go on.",
          zh: "Purser 不显示密钥、不添加人员、不动资金。服务商处的钱包没有停住。",
        },
        grade: "provider",
        source: "",
        as_of: "2026-11-23",
      },
      null,
    ),
    kind: "local",
    way: null,
    value: null,
    grade: null,
    source: null,
    as_of: null,
    state,
  };
}
export const offered = (wallets: WalletView[]): LeverView[] =>
  providers.flatMap((provider) =>
    wallets
      .filter((wallet) => wallet.provider === provider.provider)
      .flatMap((wallet) =>
        provider.lever.filter((manual) => manual.ring !== "money_out").map((manual) => lever(provider, manual, wallet)),
      ),
  );
export const all = (wallets: WalletView[], state: string): LeverView[] => [
  local(state),
  ...providers.flatMap((provider) => {
    const first = provider.lever.filter((manual) => manual.ring === "money_out");
    const own = wallets.filter((wallet) => wallet.provider === provider.provider);
    return own.length > 0
      ? own.flatMap((wallet) => first.map((manual) => lever(provider, manual, wallet)))
      : wallets.length > 0
        ? []
        : first.map((manual) => lever(provider, manual, null));
  }),
];
export const fill = (text: string, wallet: WalletView | null) =>
  text.replace(/\{(\w+)\}/g, (_, key) =>
    wallet === null || key === "name"
      ? "________"
      : key === "business"
        ? wallet.business
        : (wallet.account_ref ?? "________"),
  );
export const words = (wallets: WalletView[]): CallWordsView[] =>
  providers.flatMap((provider) => {
    const own = wallets.filter((wallet) => wallet.provider === provider.provider);
    return own.length > 0 ? own.map((wallet) => wordsOf(provider, wallet)) : [wordsOf(provider, null)];
  });
export const wordsOf = (provider: Provider, wallet: WalletView | null): CallWordsView => ({
  provider: provider.provider,
  wallet: wallet?.name ?? null,
  cannot: both(provider.cannot),
  have: provider.have.map(both),
  ask: provider.ask.map(both),
  scripts: Object.entries(provider.script).map(([speaker, text]) => ({
    speaker,
    text: {
      en: fill(text.en, wallet),
      "zh-CN": fill(text.zh, wallet),
    },
  })),
});

export const holds = (answers: AnswersView, condition: string | undefined): boolean =>
  condition === undefined
    ? true
    : condition === "money_left"
      ? answers.money_left !== "no"
      : condition === "controlled"
        ? answers.controlled !== "no"
        : answers.entrance === null || answers.entrance === condition || answers.entrance === "unsure";

export function plan(
  answers: AnswersView,
  regions: string[],
  wallets: WalletView[],
  started: number,
): IncidentStepView[] {
  const here = (region: string | undefined) => region === undefined || regions.length === 0 || regions.includes(region);
  return steps
    .filter((step) => holds(answers, step.only) && here(step.region))
    .map((step) => ({
      step,
      minute: step.urgent && holds(answers, step.urgent.when) ? step.urgent.minute : step.minute,
    }))
    .sort((a, b) => a.minute - b.minute)
    .map(({ step, minute }) => ({
      step: step.id,
      title: both(step.title),
      target: iso(started + minute * 60_000),
      state: "open",
      late: false,
      lane: step.lane,
      owner: null,
      elsewhere: step.secret === true && holds(answers, "controlled"),
      photographs_first: step.signs_out ?? false,
      by: null,
      at: null,
      skipped: null,
      references: [],
      parts: step.part.flatMap((part) =>
        part.per_wallet
          ? wallets.map((wallet): IncidentStepView["parts"][number] => ({
              part: `${part.id}@${wallet.id}`,
              text: both(part),
              wallet: wallet.name,
              state: "open",
            }))
          : [{ part: part.id, text: both(part), wallet: null, state: "open" }],
      ),
      opens: step.opens ?? null,
      transactions: null,
    }));
}

/** As the core counts them: one for each wallet at which nothing that stops money is confirmed. */
export function calls(levers: LeverView[]): number {
  const wallets = new Map<string, boolean>();
  for (const each of levers.filter((lever) => lever.kind === "manual" && lever.ring === "money_out")) {
    const key = each.lever.split("@")[1] ?? each.provider;
    const stopped = each.state === "confirmed" && each.put_back?.state !== "done";
    wallets.set(key, (wallets.get(key) ?? false) || stopped);
  }
  return [...wallets.values()].filter((stopped) => !stopped).length;
}

/** What an incident says while it goes on, and once it is over. */
export function told(view: IncidentView, frozen: boolean): IncidentView {
  const own = view.levers.find((each) => each.kind === "local");
  const over = !frozen && !view.drill && (view.closed !== null || own?.state === "confirmed");
  const levers = view.levers.map((each) => ({ ...each, put_back: over ? backOf(each, view) : null }));
  const states = levers.filter((each) => each.kind !== "local").map((each) => each.put_back?.state ?? "");
  const count = (...words: string[]) => states.filter((state) => words.includes(state)).length;
  const far: ReturnedView = {
    done: count("done"),
    of: count("done", "open", "asked", "failed", "refused", "stays"),
    open: count("open", "asked", "failed", "refused"),
    cannot: count("cannot"),
  };
  return { ...view, levers, calls_to_make: calls(view.levers), put_back: far.of + far.cannot > 0 ? far : null };
}
function backOf(each: LeverView, view: IncidentView): PutBackView | null {
  const state = each.kind === "local" ? "done" : each.can_be_undone ? "open" : "cannot";
  const start = { state, at: null, by: "", reference: "", seen: "", known_since: view.started };
  return each.state === "confirmed" ? (each.put_back ?? start) : null;
}
