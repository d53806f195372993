/** Development only: tasks with dates, what is left over, and who does which step. `?tasks=1` gives an incident some. */
import type { Backend, Code, IncidentView, LeftView, TaskView, WalletView } from "../ipc";
import { iso } from "./levers";

type Ground = {
  query: URLSearchParams;
  of: (id: string) => IncidentView;
  keep: (next: IncidentView) => IncidentView;
  incidents: () => IncidentView[];
  fail: (code: Code, detail?: Record<string, string>) => never;
};
type Commands = Pick<Backend["commands"], "tasks" | "taskAdd" | "taskChange" | "taskSettle" | "stepAssign">;

const DAY = 86_400_000;
const dayFrom = (days: number) => iso(Date.now() + days * DAY).slice(0, 10);
const task = (id: string, incident: string, fields: Partial<TaskView>): TaskView => ({
  task: id,
  incident,
  title: "",
  drill: false,
  text: "",
  due: dayFrom(7),
  who: "",
  state: "open",
  late: false,
  today: dayFrom(0),
  added_by: "owner",
  added: iso(Date.now()),
  by: null,
  at: null,
  reason: null,
  of: null,
  ...fields,
});

/** What an incident begins with: nothing, or with `?tasks` some of each. */
export function someTasks(query: URLSearchParams, id: string, title: string, drill: boolean): TaskView[] {
  if (!query.has("tasks") || drill) return [];
  const base = { title, drill };
  return [
    task(`${id}1`, id, {
      ...base,
      text: "Ask the bank where the recall stands",
      due: dayFrom(-3),
      late: true,
      who: "王芳",
    }),
    task(`${id}2`, id, { ...base, text: "Copy the police receipt for the insurer", due: dayFrom(0), who: "Li Na" }),
    task(`${id}3`, id, {
      ...base,
      text: "Tell the insurer: Send the insurer letter; write down the claim number.",
      due: dayFrom(12),
      of: "insurer/notice",
    }),
    task(`${id}4`, id, {
      ...base,
      text: "New laptop for the till",
      state: "done",
      by: "owner",
      at: iso(Date.now() - DAY),
    }),
    task(`${id}5`, id, {
      ...base,
      text: "Sell the old router",
      state: "dropped",
      by: "owner",
      at: iso(Date.now() - DAY),
      reason: "it is evidence",
    }),
  ];
}

/** As the core finds it, but for parts: levers that were begun, and whole steps that are open or skipped, and have no task. */
export function leftOf(view: IncidentView): LeftView[] {
  const reviews = view.steps.filter((step) => step.step.startsWith("review_"));
  const begun = view.levers.filter(({ state, lever }) => {
    const isTask = view.tasks.some((each) => each.of === `${lever}/stop`);
    return (state === "unknown" || state === "failed") && !isTask;
  });
  const levers = begun.flatMap(({ lever, wallet, title }): LeftView[] => {
    const [review] = reviews;
    if (!review) return [];
    const text = {
      en: `Have it stopped and confirmed (${wallet}): ${title.en}`,
      "zh-CN": `停住并取得确认（${wallet}）：${title["zh-CN"]}`,
    };
    const due = Date.parse(review.target) <= Date.now();
    return [{ of: `${lever}/stop`, state: "open", reason: null, review: review.step, due, text }];
  });
  const steps = view.steps.flatMap((step): LeftView[] => {
    const review = reviews.find((each) => each.target > step.target);
    if (!review || step.state === "done" || view.tasks.some((each) => each.of?.split("/")[0] === step.step)) return [];
    const due = Date.parse(review.target) <= Date.now();
    const { state, skipped: reason, title: text } = step;
    return [{ of: step.step, state, reason, review: review.step, due, text }];
  });
  return [...levers, ...steps];
}

export const NAMES = (wallets: WalletView[]): string[] => [
  "owner",
  "李梅",
  "王芳",
  "Li Na",
  ...(wallets.length > 0 ? ["陈伟"] : []),
];

export function tasks({ query, of, keep, incidents, fail }: Ground): Commands {
  let next = 10;
  const order = (all: TaskView[]) =>
    [...all].sort((a, b) => Number(a.state !== "open") - Number(b.state !== "open") || a.due.localeCompare(b.due));
  const put = (view: IncidentView, all: TaskView[]) => {
    return keep({ ...view, tasks: order(all) });
  };
  const change = (id: string, named: string, fields: Partial<TaskView>) => {
    const view = of(id);
    if (!view.tasks.some((each) => each.task === named)) fail("not_found");
    return put(
      view,
      view.tasks.map((each) => {
        if (each.task !== named) return each;
        const one = { ...each, ...fields };
        return { ...one, late: one.state === "open" && one.due < dayFrom(0) };
      }),
    );
  };
  return {
    tasks: async () => (query.has("notasks") ? [] : order(incidents().flatMap((view) => view.tasks))),
    taskAdd: async (id, { of: left, text, due, who }) => {
      const view = of(id);
      if ((due ?? view.task_day) < dayFrom(0)) fail("invalid");
      const { title, drill } = view;
      const one = task(String(next++), id, { title, drill, text: text ?? "", due: due ?? view.task_day, of: left });
      return put(view, [...view.tasks, { ...one, who: who ?? "" }]);
    },
    taskChange: async (id, named, { text, due, who }) =>
      change(id, named, {
        ...(text === null ? {} : { text }),
        ...(due === null ? {} : { due }),
        ...(who === null ? {} : { who }),
      }),
    taskSettle: async (id, named, state, reason) =>
      change(
        id,
        named,
        state === "reopened"
          ? { state: "open", by: null, at: null, reason: null }
          : { state, by: "owner", at: iso(Date.now()), reason: state === "dropped" ? reason : null },
      ),
    stepAssign: async (id, { step: named, lane, who }) => {
      const view = of(id);
      const steps = view.steps.map((step) => {
        const wanted =
          named === null ? step.lane === lane && step.state === "open" && !step.owner : step.step === named;
        return wanted ? { ...step, owner: who || null } : step;
      });
      return keep({ ...view, steps, names: who ? [...new Set([who, ...view.names])] : view.names });
    },
  };
}
