import {
  codeOf,
  core,
  listen,
  messageOf,
  type AnswersView,
  type AssignRequest,
  type CallWordsView,
  type CoolingOffView,
  type EntryRequest,
  type FreezeStateView,
  type IncidentLineView,
  type IncidentView,
  type LeverRequest,
  type LeverView,
  type CaseWalletView,
  type LockNumberView,
  type PlaybookStepView,
  type PracticeView,
  type StepRequest,
  type TaskRequest,
  type TaskView,
} from "../ipc";
import { t } from "../i18n/index.svelte";
import { session } from "../session/state.svelte";
import { remaining } from "./clock";

const NOTHING: FreezeStateView = {
  frozen: false,
  since: null,
  by: "",
  from_damage: false,
  computer_not_trusted: false,
};

/** Who reads aloud, and in which language: kept from one call to the next. */
export type Voice = { speaker: string; language: "en" | "zh-CN" | null };

/** The freeze, the open incident, and the guide that is there without either. One for the whole window. */
class Emergency {
  state = $state.raw<FreezeStateView>(NOTHING);
  /** Nobody may have asked yet: until then nothing is claimed. */
  known = $state(false);
  /** From the press to the disk, in this window. */
  localMs = $state<number | null>(null);
  guide = $state.raw<LeverView[]>([]);
  #guideCalls = $state(0);
  words = $state.raw<CallWordsView[]>([]);
  playbook = $state.raw<PlaybookStepView[]>([]);
  /** The one that is looked at; mostly the one that goes on. */
  incident = $state.raw<IncidentView | null>(null);
  /** The one that goes on. */
  current = $state.raw<IncidentView | null>(null);
  list = $state.raw<IncidentLineView[]>([]);
  /** Of all real incidents, closed ones too, and of the practice run that goes on. */
  tasks = $state.raw<TaskView[]>([]);
  /** The record cannot be read by this login: numbers and scripts are there all the same. */
  closed = $state(false);
  practice = $state.raw<PracticeView | null>(null);
  /** Numbers the owner copied from signed-in pages, and who is who: without a login only what the owner allowed. */
  own = $state.raw<LockNumberView[]>([]);
  ownWallets = $state.raw<CaseWalletView[]>([]);
  cooling = $state.raw<CoolingOffView | null>(null);
  error = $state("");
  busy = $state(false);
  now = $state(Date.now());
  voice = $state<Voice>({ speaker: "administrator", language: null });
  /** Another incident than the one that is open is looked at. */
  #looking: string | null = null;
  #coolingTold = 0;
  #asked = 0;
  #before: Promise<unknown> = Promise.resolve();

  levers: LeverView[] = $derived(this.current?.levers ?? this.guide);
  /** One for each wallet at which nothing that stops money is confirmed, as the core counts. */
  calls: number = $derived(this.current?.calls_to_make ?? this.#guideCalls);
  /** Incidents that are over and of which something is not put back. */
  toPutBack: IncidentLineView[] = $derived(this.list.filter((line) => (line.put_back?.open ?? 0) > 0));
  /** A practice run is on the page, and nothing is frozen. */
  drill: boolean = $derived(!this.state.frozen && this.current?.drill === true);
  /** The record may be added to. */
  writes: boolean = $derived(this.incident !== null && this.incident.closed === null);
  coolingLeft: number = $derived(
    this.cooling === null ? 0 : remaining(this.cooling.remaining_s, this.#coolingTold, this.now),
  );

  /** Told again whenever the books change; whoever starts this looks again whenever the session does. */
  start(): () => unknown {
    const stop = listen("books-changed", () => this.look());
    return () => stop.then((end) => end());
  }
  /** While the page is open: the clock, and the numbers, each part as soon as it is there. */
  open(): () => void {
    this.now = Date.now();
    const timer = setInterval(() => (this.now = Date.now()), 1000);
    const failed = (thrown: unknown) => (this.error = messageOf(thrown));
    core
      .emergencyGuide()
      .then(({ levers, offered, calls_to_make, words }) => {
        this.guide = [...levers, ...offered];
        this.#guideCalls = calls_to_make;
        this.words = words;
      })
      .catch(failed);
    core
      .theftPlaybook()
      .then((steps) => (this.playbook = steps))
      .catch(failed);
    this.#readOwn().catch(() => undefined);
    this.look();
    return () => clearInterval(timer);
  }

  async #readOwn(): Promise<void> {
    if (session.phase === "open" && session.role === "owner") {
      const { own_numbers } = await core.contacts();
      [this.own, this.ownWallets] = [own_numbers, []];
      return;
    }
    const allowed = await core.lockContacts();
    [this.own, this.ownWallets] = [allowed?.own_numbers ?? [], allowed?.wallets ?? []];
  }

  async look(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const state = await core.freezeState();
      if (asked !== this.#asked) return;
      this.state = state;
      this.known = true;
      if (!state.frozen) this.localMs = null;
      await this.#readRecord(asked);
    } catch (thrown) {
      if (asked === this.#asked) this.error = messageOf(thrown);
    }
  }
  async #readRecord(asked: number): Promise<void> {
    const reads = session.phase === "open" && session.role !== "responder" && session.boot?.must_change !== true;
    if (!reads) {
      this.closed = session.phase === "open";
      [this.current, this.incident, this.cooling, this.practice] = [null, null, null, null];
      [this.list, this.tasks] = [[], []];
      return;
    }
    try {
      const [current, looked, list, practice, tasks] = await Promise.all([
        core.incident(null),
        this.#looking === null ? null : core.incident(this.#looking),
        core.incidents(),
        core.practice(),
        core.tasks(),
      ]);
      const cooling = this.state.frozen ? await core.coolingOff() : null;
      if (asked !== this.#asked) return;
      [this.current, this.incident] = [current, looked ?? current];
      [this.list, this.cooling, this.closed] = [list, cooling, false];
      [this.practice, this.tasks] = [practice, tasks];
      this.#coolingTold = Date.now();
      this.now = Date.now();
    } catch (thrown) {
      if (asked !== this.#asked) return;
      // Whoever sees chosen wallets leaves the incident to the owner.
      if (codeOf(thrown) !== "not_allowed") throw thrown;
      [this.current, this.incident, this.cooling, this.practice] = [null, null, null, null];
      [this.list, this.tasks, this.closed] = [[], [], true];
    }
  }

  async freeze(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.error = "";
    try {
      const requested = await core.freeze();
      this.localMs = requested.local_ms;
      this.#looking = null;
    } catch (thrown) {
      this.error = messageOf(thrown);
    }
    await this.look();
    this.busy = false;
  }

  /** Does something that changes the record, one after another: a hurried hand is faster than the books. Whether it went well. */
  keep(work: () => Promise<IncidentView | null>): Promise<boolean> {
    const kept = this.#before.then(() => this.#keep(work));
    this.#before = kept;
    return kept;
  }
  async #keep(work: () => Promise<IncidentView | null>): Promise<boolean> {
    this.error = "";
    try {
      const incident = await work();
      if (incident === null) return false;
      this.incident = incident;
      if (this.#looking === null) this.current = incident.closed === null ? incident : null;
      return true;
    } catch (thrown) {
      this.error = messageOf(thrown);
      return false;
    }
  }
  async answer(answers: Partial<AnswersView>): Promise<void> {
    const { id } = this.#one();
    const none: AnswersView = { money_left: null, entrance: null, controlled: null };
    if (await this.keep(() => core.incidentAnswer(id, { ...none, ...answers }, null))) await this.look();
  }
  /** Where the business and its banks are: whose police are called. */
  async place(regions: string[]): Promise<void> {
    const none: AnswersView = { money_left: null, entrance: null, controlled: null };
    await this.keep(() => core.incidentAnswer(this.#one().id, none, regions));
  }
  settle = (request: StepRequest): Promise<boolean> => this.keep(() => core.stepSettle(this.#one().id, request));
  record = (entry: EntryRequest): Promise<boolean> => this.keep(() => core.incidentRecord(this.#one().id, entry));
  attach = (step: string | null, kind = "other"): Promise<boolean> =>
    this.keep(() => core.evidenceAttach(this.#one().id, step, kind));

  /** What somebody saw of a lever. A call that was made ticks "called" of its wallet too. */
  async say(request: LeverRequest): Promise<boolean> {
    const lever = this.#one().levers.find((each) => each.lever === request.lever);
    const said = await this.keep(() => core.leverSay(this.#one().id, request));
    const part = `called@${request.lever.split("@")[1] ?? ""}`;
    const called = this.incident?.steps.find((step) => step.step === "call_providers");
    const open = called?.parts.some((each) => each.part === part && each.state === "open") ?? false;
    if (said && open && !request.undone && lever?.way !== "app" && request.word !== "failed")
      await this.settle({ step: `call_providers/${part}`, state: "done", reference: "", text: "" });
    return said;
  }

  /** Not put back, and why. */
  leave = (lever: string, reason: string): Promise<boolean> =>
    this.keep(() => core.leverLeave(this.#one().id, lever, reason));
  /** Who does a step, or what nobody has yet of a lane. */
  assign = (request: AssignRequest): Promise<boolean> => this.keep(() => core.stepAssign(this.#one().id, request));

  addTask = (id: string, request: TaskRequest): Promise<boolean> => this.#keepTask(() => core.taskAdd(id, request));
  changeTask = ({ incident, task }: TaskView, request: TaskRequest): Promise<boolean> =>
    this.#keepTask(() => core.taskChange(incident, task, request));
  settleTask = ({ incident, task }: TaskView, state: string, reason: string): Promise<boolean> =>
    this.#keepTask(() => core.taskSettle(incident, task, state, reason));
  /** A task may be of an incident that is closed, and of another than the one that is looked at. */
  #keepTask(work: () => Promise<IncidentView>): Promise<boolean> {
    const kept = this.#before.then(async () => {
      this.error = "";
      try {
        const incident = await work();
        if (this.incident?.id === incident.id) this.incident = incident;
        if (this.current?.id === incident.id) this.current = incident;
      } catch (thrown) {
        this.error = messageOf(thrown);
        return false;
      }
      await this.look();
      return true;
    });
    this.#before = kept;
    return kept;
  }

  goodDay = (day: string): Promise<boolean> => this.keep(() => core.goodDaySet(this.#one().id, day));
  /** Takes up what costs sales. */
  take = (lever: string): Promise<boolean> => this.keep(() => core.leverTake(this.#one().id, lever));

  /** What is said for this lever: of its wallet, else of its provider. */
  wordsOf(lever: LeverView): CallWordsView | undefined {
    const of = this.words.filter((each) => each.provider === lever.provider);
    return of.find((each) => each.wallet === lever.wallet) ?? of[0];
  }

  async suspect(): Promise<void> {
    await this.#begin(() => core.incidentOpen(""));
  }
  async practise(): Promise<void> {
    await this.#begin(() => core.drill());
  }
  async endPractice(): Promise<void> {
    this.error = "";
    await core.drillEnd(this.#one().id).catch((thrown) => (this.error = messageOf(thrown)));
    await this.show(null);
  }
  async #begin(work: () => Promise<IncidentView | null>): Promise<void> {
    this.busy = true;
    this.#looking = null;
    await this.keep(work);
    await this.look();
    this.busy = false;
  }
  /** `null` = the one that is open. */
  async show(id: string | null): Promise<void> {
    this.#looking = id === this.current?.id ? null : id;
    await this.look();
  }
  async close(reason: string): Promise<boolean> {
    const closed = await this.record({ entry: "close", reason });
    if (closed) await this.show(null);
    return closed;
  }
  async resume(id: string, reason: string): Promise<boolean> {
    const resumed = await this.keep(() => core.incidentRecord(id, { entry: "resume", reason }));
    if (resumed) await this.show(null);
    return resumed;
  }
  async cancelUnfreeze(): Promise<void> {
    this.error = "";
    await core.unfreezeCancel().catch((thrown) => (this.error = messageOf(thrown)));
    await this.look();
  }

  #one(): IncidentView {
    if (this.incident === null) throw new Error("no incident is open");
    return this.incident;
  }
}
export const emergency = new Emergency();

/** Why something that would help a thief cannot be pressed now; undefined where nothing stands against it. */
export const frozenReason = (): string | undefined => (emergency.state.frozen ? t("frozen.refused") : undefined);
