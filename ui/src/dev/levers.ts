/** Development only: levers, scripts and steps of the playbooks, as the core would show them. */
import type { AnswersView, CallWordsView, IncidentStepView, LeverView, WalletView } from "../ipc";
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

export function plan(answers: AnswersView, wallets: WalletView[], started: number): IncidentStepView[] {
  return steps
    .filter((step) => holds(answers, step.only) && (step.region === undefined || step.region === "mainland"))
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
