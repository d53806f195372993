/**
 * Development only: freeze, levers and incidents of the practice company.
 * `?frozen=1` (or `=cool`) stands in a freeze, `?answers=clean`, `?told=2` confirms levers, `?drill`, `?closed`;
 * `?back` stands after a freeze, with what was stopped still to be put back.
 */
import type {
  AnswersView,
  Backend,
  BootView,
  Code,
  CoolingOffView,
  Events,
  FreezeStateView,
  IncidentView,
  IncidentStepView,
  PracticeView,
  PractisedView,
  TransactionView,
  WalletView,
} from "../ipc";
import type { proofs } from "./door";
import { leftOf, NAMES, someTasks, tasks } from "./tasks";
import { packFrom, verdicts } from "./verdicts";
import { all, calls, iso, offered, plan, told as toldOf, words } from "./levers";

type Ground = {
  query: URLSearchParams;
  boot: () => BootView;
  wallets: () => WalletView[];
  transactions: () => TransactionView[];
  pause: (ms: number) => Promise<unknown>;
  fail: (code: Code, detail?: Record<string, string>) => never;
  emit: <E extends keyof Events>(event: E, payload: Events[E]) => void;
  held: ReturnType<typeof proofs>;
};
type Commands = Pick<
  Backend["commands"],
  | "freeze"
  | "freezeState"
  | "emergencyGuide"
  | "drill"
  | "practice"
  | "drillEnd"
  | "incidents"
  | "incident"
  | "incidentOpen"
  | "incidentAnswer"
  | "incidentRecord"
  | "stepSettle"
  | "leverSay"
  | "leverTake"
  | "leverLeave"
  | "goodDaySet"
  | "reconcile"
  | "verdictsSet"
  | "evidenceAttach"
  | "evidencePackSave"
  | "checklistSave"
  | "unfreeze"
  | "unfreezeCancel"
  | "coolingOff"
  | "coolOff"
  | "coolOffSet"
  | "tasks"
  | "taskAdd"
  | "taskChange"
  | "taskSettle"
  | "stepAssign"
>;

export function emergency({ query, boot, wallets, transactions, pause, fail, emit, held }: Ground): Commands {
  const asked = query.get("frozen");
  const since = Date.now() - Number(query.get("ago") ?? 252) * 1000;
  let state: FreezeStateView = {
    frozen: asked !== null,
    since: asked === null ? null : iso(since),
    by: asked === null ? "" : "owner",
    from_damage: false,
    computer_not_trusted: false,
  };
  let coolOffS = 900;
  let cool: CoolingOffView | null =
    asked === "cool"
      ? {
          reason: "The thief's session is ended; Alipay confirmed the hold.",
          begun: iso(Date.now() - 130_000),
          remaining_s: 770,
          until: iso(Date.now() + 770_000),
        }
      : null;
  const past: IncidentView[] = query.has("closed")
    ? [
        open("2b", "Strange login at PayPal", false, Date.now() - 64 * 86_400_000, iso(Date.now() - 31 * 86_400_000)),
        open("3c", "", true, Date.now() - 41 * 86_400_000, iso(Date.now() - 41 * 86_400_000 + 5_400_000)),
      ]
    : [];
  let current: IncidentView | null = null;

  function open(id: string, title: string, drill: boolean, started: number, closed: string | null): IncidentView {
    const answers = { money_left: null, entrance: null, controlled: null };
    const regions = query.get("places")?.split(",").filter(Boolean) ?? ["mainland", "hong_kong"];
    const view = {
      id,
      title,
      drill,
      started: iso(started),
      closed,
      answers,
      regions,
      tasks: someTasks(query, id, title, drill),
      left: [],
      task_day: iso(Date.now() + 7 * 86_400_000).slice(0, 10),
      today: iso(Date.now()).slice(0, 10),
      pack_from: packFrom(started, null),
      names: NAMES(wallets()),
      steps: plan(answers, regions, wallets(), started),
      levers: all(wallets(), drill ? "queued" : "confirmed"),
      good_day: null,
      offered: offered(wallets()),
      calls_to_make: 0,
      put_back: null,
      attachments: [],
      notes: [],
    };
    return { ...view, left: leftOf(view) };
  }
  function begin(drill: boolean, started: number): IncidentView {
    const at = iso(started + 24_000);
    const view = open(drill ? "d1" : "a1", "", drill, started, null);
    let told = Number(query.get("told") ?? (query.has("back") ? 2 : 0));
    const answers: AnswersView = {
      clean: { money_left: "yes", entrance: "login", controlled: "no" },
      unsure: { money_left: "unsure", entrance: "unsure", controlled: "unsure" },
    }[query.get("answers") ?? ""] ?? { money_left: null, entrance: null, controlled: null };
    const answered = answers.controlled !== null;
    const main = view.levers.filter((each) => /\.(call|freeze_request|payouts_manual)@/.test(each.lever));
    const fixed = view.levers.find((each) => query.has("back") && !each.can_be_undone);
    if (fixed) main.splice(told++, 0, fixed);
    const done = (id: string) => id === "freeze" || (answered && id === "questions");
    const begun: IncidentView = {
      ...view,
      answers,
      steps: plan(answers, view.regions, wallets(), started).map((step) =>
        done(step.step)
          ? {
              ...step,
              state: "done",
              by: "Li",
              at,
              parts: step.parts.map((part) => ({ ...part, state: "done" })),
            }
          : { ...step, late: Date.parse(step.target) < Date.now() },
      ),
      levers: view.levers.map((each) =>
        main.indexOf(each) >= 0 && main.indexOf(each) < told
          ? {
              ...each,
              state: "confirmed",
              at,
              by: "Li",
              reference: "SR-20261130-77",
              seen: "payouts held",
              prior: main.indexOf(each) === 0 ? "daily payouts, to the account ending 4471" : null,
            }
          : each.lever.startsWith("stripe.write") && told > 0
            ? { ...each, state: "unknown", at, by: "Li", reference: "", seen: "asked in the chat" }
            : each,
      ),
    };
    return { ...begun, left: leftOf(begun) };
  }
  const now = () => {
    if (current === null && boot().phase === "open" && boot().role !== "responder") {
      if (query.has("drill")) current = begin(true, since);
      else if (state.frozen || query.has("back")) current = begin(false, since);
    }
    return current;
  };
  const keep = (kept: IncidentView): IncidentView => {
    const next = { ...kept, left: leftOf(kept) };
    if (!next.closed) current = next;
    const untrusted = ["yes", "unsure"].includes(next.answers.controlled ?? "");
    state = { ...state, computer_not_trusted: untrusted && !next.drill };
    const known = past.findIndex((each) => each.id === next.id);
    if (next.closed) {
      if (known >= 0) past[known] = next;
      else past.unshift(next);
      if (current?.id === next.id || known < 0) current = null;
    }
    emit("books-changed", null);
    return toldOf(next, state.frozen);
  };
  const of = (id: string): IncidentView =>
    (now()?.id === id ? current : past.find((each) => each.id === id)) ?? fail("not_found");
  function back(
    view: IncidentView,
    named: string,
    to: string,
    reference: string,
    seen: string,
    at: string | null,
  ): IncidentView {
    if (state.frozen) fail("frozen");
    const put_back = {
      state: to,
      at: at ?? iso(Date.now()),
      by: "owner",
      reference,
      seen,
      known_since: view.started,
    };
    return keepAnyway({
      ...view,
      levers: view.levers.map((each) => (each.lever === named ? { ...each, put_back } : each)),
    });
  }
  /** Of a closed one too. */
  function keepAnyway(next: IncidentView): IncidentView {
    const at = past.findIndex((each) => each.id === next.id);
    if (at < 0) return keep(next);
    past[at] = next;
    emit("books-changed", null);
    return toldOf(next, state.frozen);
  }
  let last: PractisedView | null = query.has("closed")
    ? {
        day: "2026-10-20",
        minutes: 34,
        done: [{ en: "Freeze Purser", "zh-CN": "冻结 Purser" }],
        late: [],
        missed: [{ en: "Tell your colleagues by voice", "zh-CN": "当面或打电话通知同事" }],
      }
    : null;
  const practised = (): PracticeView => ({
    last,
    due_on: last && iso(Date.parse(last.day) + 90 * 86_400_000).slice(0, 10),
    due: last === null,
  });
  const reads = () => (boot().role === "responder" ? fail("not_allowed") : boot().phase !== "open" && fail("locked"));

  return {
    ...verdicts({ transactions, of, keep, fail }),
    ...tasks({ query, of, keep, incidents: () => [...past, ...(now() ? [now() as IncidentView] : [])], fail }),
    freeze: async () => {
      await pause(120);
      if (boot().phase === "no_profile") fail("no_profile");
      const at = Date.now();
      state = {
        ...state,
        frozen: true,
        since: state.since ?? iso(at),
        by: boot().phase === "open" ? "owner" : "",
      };
      cool = null;
      if (boot().phase === "open" && current === null && boot().role !== "responder") current = begin(false, at);
      emit("books-changed", null);
      const levers = now()?.levers ?? all([], "confirmed");
      return { local_ms: 14, levers, calls_to_make: calls(levers) };
    },
    freezeState: async () => state,
    emergencyGuide: async () => ({
      levers: all([], "queued"),
      offered: [],
      calls_to_make: calls(all([], "queued")),
      words: words(boot().phase === "open" ? wallets() : []),
    }),
    drill: async () => {
      if (boot().phase !== "open") return null;
      return keep(begin(true, Date.now()));
    },
    practice: async () => {
      reads();
      return practised();
    },
    drillEnd: async (id) => {
      const view = of(id);
      const done = view.steps.filter((step) => step.state === "done").map((step) => step.title);
      const minutes = Math.round((Date.now() - Date.parse(view.started)) / 60_000);
      const missed = view.steps.filter((step) => step.state === "open" && step.late).map((step) => step.title);
      last = done.length > 0 ? { day: iso(Date.now()).slice(0, 10), minutes, done, late: [], missed } : last;
      keep({ ...view, closed: iso(Date.now()) });
      return practised();
    },
    incidents: async () => {
      reads();
      const views = [...past, ...(now() ? [now() as IncidentView] : [])].map((view) => toldOf(view, state.frozen));
      return views.map(({ id, title, drill, started, closed, put_back }) => ({
        id,
        title,
        drill,
        started,
        closed,
        put_back,
      }));
    },
    incident: async (id) => {
      reads();
      const view = id === null ? now() : of(id);
      return view && toldOf(view, state.frozen);
    },
    incidentOpen: async (title) => {
      reads();
      return keep({ ...begin(false, Date.now()), title });
    },
    incidentAnswer: async (id, answers, places) => {
      await pause(60);
      const view = of(id);
      const merged: AnswersView = {
        money_left: answers.money_left ?? view.answers.money_left,
        entrance: answers.entrance ?? view.answers.entrance,
        controlled: answers.controlled ?? view.answers.controlled,
      };
      const regions = places ?? view.regions;
      const known = new Map(view.steps.map((step) => [step.step, step]));
      const next = plan(merged, regions, wallets(), Date.parse(view.started)).map((step) => {
        const before = known.get(step.step);
        if (before && step.step === "questions") {
          const fields = { money: "money_left", entrance: "entrance", computer: "controlled" } as const;
          const parts = before.parts.map((part) => ({
            ...part,
            state: merged[fields[part.part as keyof typeof fields]] === null ? "open" : "done",
          }));
          const done = parts.every((part) => part.state === "done");
          const mark = done ? { state: "done", by: "owner", at: iso(Date.now()) } : {};
          return { ...before, parts, ...mark };
        }
        return before ? { ...before, target: step.target, elsewhere: step.elsewhere } : step;
      });
      return keep({ ...view, answers: merged, regions, steps: next });
    },
    incidentRecord: async (id, entry) => {
      const view = of(id);
      if (entry.entry === "note") return keep({ ...view, notes: [...view.notes, entry.text] });
      if (entry.entry === "suspected") {
        const started = Date.parse(entry.at);
        const targets = new Map(
          plan(view.answers, view.regions, wallets(), started).map((step) => [step.step, step.target]),
        );
        const moved = view.steps.map((step) => ({ ...step, target: targets.get(step.step) ?? step.target }));
        return keep({ ...view, started: entry.at, steps: moved });
      }
      if (entry.entry === "close") return keep({ ...view, closed: iso(Date.now()) });
      past.splice(past.indexOf(view), 1);
      return keep({ ...view, closed: null });
    },
    stepSettle: async (id, { step: named, state: settled, reference, text }) => {
      const view = of(id);
      const [name, part] = named.split("/");
      const to = settled === "reopened" ? "open" : settled;
      const next = view.steps.map((step): IncidentStepView => {
        if (step.step !== name) return step;
        const parts = step.parts.map((each) =>
          part === undefined ? { ...each, state: to } : each.part === part ? { ...each, state: to } : each,
        );
        const state = parts.every((each) => each.state !== "open") ? (part === undefined ? to : "done") : "open";
        return {
          ...step,
          parts,
          state,
          by: state === "open" ? null : "owner",
          at: state === "open" ? null : iso(Date.now()),
          skipped: state === "skipped" ? text : null,
          references: reference ? [...step.references, reference] : step.references,
        };
      });
      return keep({ ...view, steps: next });
    },
    leverSay: async (id, { lever: named, word, reference, seen, prior, at, undone }) => {
      const view = of(id);
      if (undone) return back(view, named, word === "confirmed" ? "done" : word, reference, seen, at);
      const to = word === "asked" ? "unknown" : word;
      return keep({
        ...view,
        levers: view.levers.map((each) =>
          each.lever === named
            ? { ...each, state: to, reference, seen, prior: prior || null, by: "owner", at: at ?? iso(Date.now()) }
            : each,
        ),
      });
    },
    leverTake: async (id, named) => {
      const view = of(id);
      const taken = view.offered.filter((each) => each.lever === named);
      return keep({
        ...view,
        levers: [...view.levers, ...taken],
        offered: view.offered.filter((each) => each.lever !== named),
      });
    },
    leverLeave: async (id, named, reason) => back(of(id), named, "stays", "", reason, null),
    evidenceAttach: async (id, step, kind) => {
      const view = of(id);
      const name = `photo-${view.attachments.length + 1}.jpg`;
      const file = {
        step,
        kind,
        name,
        sha256: "9f2c41d07a".repeat(6) + "9f2c",
        bytes: 1_840_221,
        at: iso(Date.now()),
        by: "owner",
      };
      return keep({ ...view, attachments: [...view.attachments, file] });
    },
    evidencePackSave: async (request) => {
      await pause(Number(query.get("slow") ?? 60) * 10);
      return {
        name: request.seal === "open" ? "purser-evidence.zip" : "purser-evidence.zip.age",
        sha256: "4be19b1c7d5f0a5b0c4e2a1f6f1d3b8ec7a4f1f6d5c3b2a19087f6e5d4c3b2a1",
        files: 38,
        transactions: 1204,
        from: request.from ?? "2026-11-23",
        to: request.to ?? "2026-11-30",
        sealed: request.seal !== "open",
        missing: "",
      };
    },
    checklistSave: async () => "purser-checklist.pdf",
    unfreeze: async (reason) => {
      held.spend("unfreeze");
      if (cool === null) {
        const until = iso(Date.now() + 900_000);
        cool = { reason, begun: iso(Date.now()), remaining_s: 900, until };
        return { state: "cooling_off", until };
      }
      if (cool.remaining_s > 0) return { state: "cooling_off", until: cool.until };
      cool = null;
      state = { ...state, frozen: false, since: null, by: "" };
      emit("books-changed", null);
      return { state: "unfrozen", until: null };
    },
    unfreezeCancel: async () => {
      cool = null;
      return null;
    },
    coolingOff: async () => {
      reads();
      return cool && { ...cool, remaining_s: Math.max(0, Math.ceil((Date.parse(cool.until) - Date.now()) / 1000)) };
    },
    coolOff: async () => coolOffS,
    coolOffSet: async (seconds) => {
      if (seconds < coolOffS && state.frozen) fail("frozen");
      if (seconds < coolOffS) held.spend("lower_setting");
      coolOffS = seconds;
      return null;
    },
  };
}
