import { i18n, systemLanguage } from "../i18n/index.svelte";
import {
  core,
  errorOf,
  forget,
  listen,
  type BootView,
  type KitView,
  type Failure,
  type PhaseView,
  type RoleView,
  type ProfileCreateRequest,
  type SettingsView,
} from "../ipc";
import { toasts } from "../shared/toasts.svelte";

const defaults: SettingsView = {
  language: null,
  region: null,
  theme: "system",
  palette: "neutral",
  idle_minutes: 10,
  show_names: false,
};
const ACTIVITY_MS = 20_000;
/** Kept in the address over a lock, so that the emergency page stays where it was. */
const EMERGENCY = "emergency";

/** Who is here, and how far in. Holds nothing of the books; secrets shown once are dropped when the phase leaves "open". */
class Session {
  boot = $state.raw<BootView | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The emergency page stands over whatever else is there, before set-up and while locked. */
  emergency = $state(false);
  /** The recovery kit of a profile just created, until it is proven or the session ends. */
  kit = $state.raw<KitView | null>(null);
  setUp = $state(false);
  /** Recovery codes of a login that was replaced with its session: shown once more than the session lasted. */
  farewell = $state.raw<string[]>([]);
  /** A login is being replaced by another one, which ends the session: its answer is still awaited. */
  replacing = $state(false);
  /** The page is about to begin anew. */
  leaving = $state(false);
  business = $state("");
  #lastActivity = 0;
  #listening: Promise<unknown> | null = null;
  /** Chosen before there was a place to keep it. */
  #language: SettingsView["language"] = null;

  get phase(): PhaseView {
    return this.boot?.phase ?? "locked";
  }
  get settings(): SettingsView {
    return this.boot?.settings ?? defaults;
  }
  get demo(): boolean {
    return this.boot?.demo ?? false;
  }
  get role(): RoleView {
    return this.boot?.role ?? "owner";
  }
  /** Of whoever is in: invited people have theirs from the beginning. */
  get hasSecondFactor(): boolean {
    return this.role !== "owner" || (this.boot?.has_second_factor ?? false);
  }

  async start(): Promise<void> {
    try {
      this.#listening ??= listen("session", (boot) => this.apply(boot));
      await this.#listening;
      if (location.hash === `#${EMERGENCY}`) this.emergency = true;
      this.apply(await core.boot());
    } catch (thrown) {
      this.stop(thrown);
    }
  }
  /** The core has no books to show, and says why. */
  stop(thrown: unknown): void {
    this.boot = null;
    this.failure = errorOf(thrown);
    toasts.clear();
  }

  apply(boot: BootView): void {
    const ended = this.phase === "open" && !this.demo && boot.phase === "locked";
    this.boot = boot;
    this.failure = null;
    if (ended) this.end();
    const { language, region, theme, palette } = boot.settings;
    this.speak(language);
    i18n.region = region;
    const root = document.documentElement;
    root.dataset["theme"] = theme;
    root.dataset["palette"] = palette;
    if (boot.phase !== "open") {
      this.kit = null;
      this.setUp = false;
      this.business = "";
      toasts.clear();
    }
  }

  /** After the lock nothing of the books is left in the page, not even unreachable (R47). */
  end(): void {
    if (this.farewell.length > 0 || this.replacing) return;
    history.replaceState(null, "", this.emergency ? `#${EMERGENCY}` : location.pathname + location.search);
    this.leaving = forget();
  }
  /** Changes the password. Where that replaces the login, what comes back is kept over the end of the session. */
  async changePassword(password: string, compromised: boolean): Promise<void> {
    this.replacing = true;
    try {
      const { locked, codes } = await core.passwordChange(password, compromised);
      this.farewell = locked ? codes : [];
    } finally {
      this.replacing = false;
    }
    await this.refresh();
    if (this.phase !== "open") this.end();
  }
  /** Starts over with the kit that was shown. The new kit is proven next, as after setting up. */
  async recover(password: string, code: string): Promise<void> {
    this.replacing = true;
    try {
      const { kit, codes } = await core.recoveryFinish(password, code);
      this.farewell = codes;
      await this.refresh();
      if (this.phase === "open") {
        this.kit = kit;
        this.setUp = true;
      }
    } finally {
      this.replacing = false;
    }
  }
  saidFarewell(): void {
    this.farewell = [];
    if (this.phase !== "open") this.end();
  }

  speak(language: SettingsView["language"]): void {
    i18n.language = language ?? this.#language ?? systemLanguage();
    document.documentElement.lang = i18n.language;
  }

  async refresh(): Promise<void> {
    this.apply(await core.boot());
  }

  /** Shown at once; kept when the core can keep it. */
  async change(settings: Partial<SettingsView>): Promise<void> {
    const next = { ...this.settings, ...settings };
    if ("language" in settings) this.#language = next.language;
    if (!this.boot) {
      this.speak(next.language);
      return;
    }
    this.apply({ ...this.boot, settings: next });
    this.apply(await core.settingsSet(next));
  }

  /** Not shown before the core agreed: it may ask for a proof. */
  async changeIdle(minutes: number): Promise<void> {
    this.apply(await core.settingsSet({ ...this.settings, idle_minutes: minutes }));
  }

  async create(request: ProfileCreateRequest): Promise<void> {
    this.kit = await core.profileCreate(request);
    this.business = request.business_name_local || request.business_name;
    this.setUp = true;
  }

  async lock(): Promise<void> {
    if (this.phase === "open" && !this.demo) this.apply(await core.lock());
  }
  async openDemo(): Promise<void> {
    this.apply(await core.demoOpen());
  }
  async closeDemo(): Promise<void> {
    try {
      this.apply(await core.demoClose());
    } catch (thrown) {
      // The demo is gone, and behind it are no books that can be opened.
      this.stop(thrown);
    }
  }

  active(): void {
    const now = performance.now();
    if (this.phase !== "open" || now - this.#lastActivity < ACTIVITY_MS) return;
    this.#lastActivity = now;
    core.activity().catch(() => undefined);
  }
}
export const session = new Session();
