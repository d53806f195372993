/** Development only: the log and the backups of the practice company. `?log=broken|empty`, `?backups=none|old`, `?kept=0`. */
import type { AuditRowView, Backend, BackupsView, BootView, Code, Events, JobKind } from "../ipc";

type Commands = Backend["commands"];
type Records = Pick<
  Commands,
  | "auditRows"
  | "auditCheck"
  | "auditSave"
  | "backups"
  | "backupNow"
  | "backupCheck"
  | "secondPlaceChoose"
  | "secondPlaceClear"
  | "restoreChoose"
  | "kitChoose"
  | "restore"
>;
type Ground = {
  query: URLSearchParams;
  boot: () => BootView;
  settled: (boot: BootView) => BootView;
  pause: (ms: number) => Promise<unknown>;
  fail: (code: Code) => never;
  emit: <E extends keyof Events>(event: E, payload: Events[E]) => void;
  enrol: Commands["recoveryBegin"];
};
type Told = [action: string, target: string, actor?: string, detail?: Record<string, string>];

const TOLD: Told[] = [
  ["login", "", "owner", { failed_before: "0" }],
  ["backup_made", "purser-2026-11-25T081502Z.age"],
  [
    "import",
    "20881021462201560156_202610_账务明细_1.csv",
    "李梅",
    { wallet: "海蓝 Alipay", rows: "5262", stored: "5200" },
  ],
  ["login", "", "李梅", { failed_before: "3" }],
  ["refused", "manage_people", "李梅"],
  ["lock", "", "owner", { cause: "idle" }],
  ["secret_revealed", "Stripe live key"],
  ["credential_exposed", "Stripe live key"],
  ["rotation_begun", "Stripe live key", "owner", { order: "new_first" }],
  ["export", "hailan-alipay-CNY-2026-10.csv", "李梅", { from: "2026-10-01", to: "2026-10-31", lines: "5262" }],
  ["wallet_reviewed", "海蓝 Alipay"],
  ["person_invited", "李梅", "owner", { role: "accountant" }],
  ["backup_proven", "purser-2026-10-20T081502Z.age"],
  ["backup_place", "/media/STICK"],
  ["kit_proven", ""],
  ["signers", ""],
];
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();

export function records({ query, boot, settled, pause, fail, emit, enrol }: Ground): Records {
  const total = query.get("log") === "empty" ? 0 : 260;
  const all: AuditRowView[] = Array.from({ length: total }, (_, at) => {
    const [action, target, actor = "owner", detail = {}] = TOLD[at % TOLD.length] as Told;
    return {
      seq: total - at,
      time: ago(at * 5 + 1),
      actor,
      role: actor === "owner" ? "owner" : "accountant",
      action,
      target,
      detail: Object.entries(detail).map(([field, value]) => ({ field, value })),
    };
  });
  const kind = query.get("backups");
  let known: BackupsView = {
    last_made: kind === "none" ? null : ago(7),
    last_proven: kind === "none" ? null : ago(kind === "old" ? 24 * 40 : 24 * 9),
    kept: kind === "none" ? 0 : 14,
    second_place: kind === "none" ? null : { name: "STICK", reachable: kind !== "old" },
  };
  const learn = (more: Partial<BackupsView>) => {
    known = { ...known, ...more };
    emit("books-changed", null);
  };
  let stopped = false;
  async function job(kind: JobKind, name: string) {
    stopped = false;
    for (let done = 0; done <= 8; done++) {
      const state = stopped ? "cancelled" : done === 8 ? "done" : "running";
      emit("job", { job: 9, kind, name, done, total: 8, rows: 0, state });
      if (stopped) fail("cancelled");
      await pause(Number(query.get("slow") ?? 120));
    }
  }
  return {
    auditRows: async ({ before, actions, person }) => {
      await pause(40);
      const mine = boot().role === "owner" ? null : "李梅";
      const found = all.filter(
        (row) =>
          (before === null || row.seq < before) &&
          (actions.length === 0 || actions.includes(row.action)) &&
          (person === null || row.actor === person) &&
          (mine === null || row.actor === mine),
      );
      return { rows: found.slice(0, 100), more: found.length > 100, people: mine ? [mine] : ["owner", "李梅"] };
    },
    auditCheck: async () => {
      await pause(500);
      const broken = query.get("log") === "broken";
      return {
        ok: !broken,
        entries: total,
        first_bad: broken ? 212 : null,
        fault: broken ? "chain" : null,
        clock_steps: [],
        checkpoints: 31,
      };
    },
    auditSave: async () => "purser-log.jsonl",
    backups: async () => known,
    backupNow: async () => {
      await job("backup", "books.db");
      learn({ last_made: ago(0), kept: known.kept + 1 });
      return {
        name: "purser-2026-11-25T151502Z.age",
        sha256: "4be19b1c7d5f0a5b0c4e2a1f6f1d3b8ec7a4f1f6d5c3b2a19087f6e5d4c3b2a1",
        copied: known.second_place?.reachable ?? null,
      };
    },
    backupCheck: async () => {
      await job("backup_check", "books.db");
      learn({ last_proven: ago(0) });
      const counts = [
        { what: "transactions", backup: 94_738, now: 100_000 },
        { what: "files", backup: 19, now: 20 },
        { what: "wallets", backup: 4, now: 4 },
        { what: "log", backup: 241, now: 260 },
      ];
      return { name: "purser-2026-11-24T081502Z.age", made: ago(31), counts };
    },
    secondPlaceChoose: async () => {
      learn({ second_place: { name: "STICK", reachable: true } });
      return "STICK";
    },
    secondPlaceClear: async () => {
      learn({ second_place: null });
      return null;
    },
    restoreChoose: async () => ({ handle: 71, name: "purser-2026-11-24T081502Z.age", size: 48_000_000 }),
    kitChoose: async () => ({ handle: 72, name: "purser-recovery-kit.txt", size: 2100 }),
    restore: async (_, kit) => {
      if (kit === "wrong") fail("invalid");
      if (kit === "cut") fail("damaged");
      await job("restore", "books.db");
      const kept = query.get("kept") === "0" ? null : "purser.pre-restore-2026-11-25T151502Z";
      const restored = { made: ago(31), kept, enrol: await enrol("") };
      emit("session", settled({ ...boot(), phase: "locked" }));
      return restored;
    },
  };
}
