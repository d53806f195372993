import { i18n, systemLanguage } from "../i18n/index.svelte";
import {
  core,
  errorOf,
  listen,
  type BootView,
  type KitView,
  type Failure,
  type PhaseView,
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

/** Who is here, and how far in. Holds nothing of the books; secrets shown once are dropped when the phase leaves "open". */
class Session {
  boot = $state.raw<BootView | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The emergency page stands over whatever else is there, before set-up and while locked. */
  emergency = $state(false);
  /** The recovery kit of a profile just created, until it is proven or the session ends. */
  kit = $state.raw<KitView | null>(null);
  setUp = $state(false);
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

  async start(): Promise<void> {
    try {
      this.#listening ??= listen("session", (boot) => this.apply(boot));
      await this.#listening;
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
    this.boot = boot;
    this.failure = null;
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
