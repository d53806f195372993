/** The window's one door to the core: the only importer of bindings.ts and of Tauri. */
import { listen as hear } from "@tauri-apps/api/event";
import { commands, type BootView, type IpcError, type JobEvent, type StagedFileView } from "./bindings";
import { t, tCode } from "./i18n/index.svelte";

export type * from "./bindings";

/** What the core tells unasked, under the names of event.rs. */
export type Events = {
  session: BootView;
  job: JobEvent;
  "files-dropped": StagedFileView[];
  "books-changed": null;
};
export type Backend = {
  commands: typeof commands;
  /** Begins the page anew, so that nothing that was in it stays in memory. Whether it does. */
  forget(): boolean;
  listen<E extends keyof Events>(event: E, heard: (payload: Events[E]) => void): Promise<() => void>;
};

function reload(): boolean {
  location.reload();
  return true;
}
const backend: Backend =
  import.meta.env.DEV && "document" in globalThis && !("__TAURI_INTERNALS__" in globalThis)
    ? (await import("./dev/mock")).mock
    : {
        commands,
        forget: reload,
        listen: (event, heard) => hear<never>(event, ({ payload }) => heard(payload)),
      };
export const { commands: core, listen, forget } = backend;

/** The closed list of error.rs; nothing else is branched on. */
const CODES = [
  "no_profile",
  "locked",
  "not_allowed",
  "wrong_password",
  "wrong_code",
  "wait",
  "slot_disabled",
  "slot_over",
  "step_up",
  "must_change_password",
  "frozen",
  "computer_not_trusted",
  "not_ready",
  "clock_was_wrong",
  "keyring_locked",
  "keyring_missing",
  "keyring_changed",
  "profile_in_use",
  "profile_exists",
  "damaged",
  "newer_schema",
  "weak_password",
  "refused",
  "cancelled",
  "not_found",
  "invalid",
  "disk_full",
  "io",
  "internal",
] as const;
export type Code = (typeof CODES)[number];
export type Failure = { code: Code; detail: IpcError["detail"] };

export function errorOf(thrown: unknown): Failure {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return { code: "internal", detail: {} };
  const { code, detail } = thrown as Partial<IpcError>;
  return { code: CODES.find((each) => each === code) ?? "internal", detail: detail ?? {} };
}
export function codeOf(thrown: unknown): Code {
  return errorOf(thrown).code;
}
/** What went wrong, in words, with what to do next. */
export function messageOf(thrown: unknown): string {
  const { code, detail } = errorOf(thrown);
  if (code === "step_up" && detail["what"]?.startsWith("frozen")) return t("error.stepUpFrozen");
  if (code === "wait" && detail["seconds"]) return t("error.waitSeconds", { seconds: detail["seconds"] });
  return tCode("error", code);
}
