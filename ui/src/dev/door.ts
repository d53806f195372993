/** Development only: logins, proofs and people of the practice company. `?role=accountant|responder`, `?people=1`, `?change`. */
import type { ActView, Backend, BootView, Code, EnrolView, Events, LoginView, PersonView, RoleView } from "../ipc";

type Ground = {
  query: URLSearchParams;
  boot: () => BootView;
  settled: (boot: BootView) => BootView;
  pause: (ms: number) => Promise<unknown>;
  fail: (code: Code, detail?: Record<string, string>) => never;
  held: ReturnType<typeof proofs>;
  emit: <E extends keyof Events>(event: E, payload: Events[E]) => void;
};
type Commands = Backend["commands"];
type Door = Pick<
  Commands,
  | "stepUp"
  | "passwordMake"
  | "passwordChange"
  | "passwordReport"
  | "totpBegin"
  | "totpConfirm"
  | "recoveryCodesReplace"
  | "recoveryCodesSave"
  | "kitReplace"
  | "booksKeyRenew"
  | "recoveryBegin"
  | "recoveryFinish"
  | "people"
  | "personInvite"
  | "personChange"
  | "personEnable"
  | "personRevoke"
  | "invitation"
  | "invitationAccept"
  | "secretCopy"
  | "secretsShown"
  | "loginWait"
>;

const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const person = (name: string, role: RoleView, more: Partial<PersonView> = {}): PersonView => ({
  name,
  role,
  state: "active",
  until: null,
  wallets: null,
  last_login: ago(0),
  password_set: ago(41),
  second_factor: true,
  second_factor_set: ago(212),
  compromised: false,
  exposed: null,
  ...more,
});

export function firstPeople(query: URLSearchParams): PersonView[] {
  const owner = person("owner", "owner");
  if (query.get("people") === "1") return [owner];
  return [
    owner,
    person("李梅", "accountant", { until: "2026-12-31", wallets: [1, 2], last_login: ago(2), password_set: ago(41) }),
    person("Jonas Berg", "accountant", { state: "disabled", last_login: ago(19), exposed: ago(3) }),
    person("Night desk", "responder", {
      state: "invited",
      last_login: null,
      password_set: null,
      second_factor_set: null,
    }),
  ];
}
export const loginsOf = (people: PersonView[]): LoginView[] =>
  people.map(({ name, role, state }) => ({ name, role, invited: state === "invited" }));

const enrolment: EnrolView = {
  uri: "otpauth://totp/Purser",
  secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
  qr_svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges">${Array.from({ length: 841 }, (_, i) => ((i * 7919 + (i >> 3) * 31) % 5 < 2 ? `<rect x="${i % 29}" y="${Math.floor(i / 29)}" width="1" height="1"/>` : "")).join("")}</svg>`,
};
const codes = () => ({
  codes: Array.from({ length: 10 }, (_, i) =>
    `${(i * 7 + 13).toString(36).padStart(2, "x")}k4-${(i * 911 + 4000).toString(36)}-q${i}m2`.toUpperCase(),
  ),
});

/** The one proof that is held, and spending it. */
export function proofs(fail: Ground["fail"]) {
  let proof: ActView | null = null;
  return {
    keep: (act: ActView) => (proof = act),
    spend: (act: ActView) => {
      if (proof !== act) fail("step_up");
      proof = null;
    },
  };
}

export function door({ query, boot, settled, pause, fail, emit, held }: Ground): Door {
  let people = firstPeople(query);
  const { keep, spend } = held;
  const settle = (next: PersonView[]) => {
    people = next;
    settled({ ...boot(), logins: loginsOf(people) });
    emit("books-changed", null);
  };
  const copy = async () => {
    for (let done = 0; done <= 8; done++) {
      const state = done === 8 ? ("done" as const) : ("running" as const);
      emit("job", { job: 7, kind: "renewal", name: "", done, total: 8, rows: 0, state });
      await pause(Number(query.get("slow") ?? 120));
    }
  };
  return {
    stepUp: async (act, password, code) => {
      await pause(300);
      if (password === "wrong") fail("wrong_password");
      if (code === "000000") fail("wrong_code");
      keep(act);
      return null;
    },
    passwordMake: async (kind) => ({
      text: kind === "phrase" ? "lantern-otter-maple-quiet-harbor-violet-anchor" : "t7Rk.mW2vQ-h9Xc@4JpL",
    }),
    passwordChange: async (_, compromised) => {
      spend("change_password");
      await pause(600);
      const locked = (compromised || boot().must_change) && boot().role === "owner";
      emit("session", settled({ ...boot(), must_change: false, phase: locked ? "locked" : "open" }));
      return { locked, codes: locked ? codes().codes : [] };
    },
    passwordReport: async () => {
      settled({ ...boot(), must_change: true });
      return null;
    },
    totpBegin: async () => {
      spend("replace_second_factor");
      return enrolment;
    },
    totpConfirm: async (code) => {
      if (code === "000000") fail("wrong_code");
      settled({ ...boot(), has_second_factor: true });
      return codes();
    },
    recoveryCodesReplace: async () => {
      spend("replace_recovery_codes");
      return codes();
    },
    recoveryCodesSave: async () => "purser-recovery-codes.txt",
    kitReplace: async () => {
      spend("replace_kit");
      settled({ ...boot(), kit_proven: false });
      return { text: "", recovery_key: "PURS-7K2M-Q9XD-4WTB-H8NC-5RVE-J3YL-6GAZ" };
    },
    booksKeyRenew: async () => {
      spend("renew_books_key");
      await copy();
      return null;
    },
    recoveryBegin: async (kit) => {
      if (kit === "wrong") fail("invalid");
      return enrolment;
    },
    recoveryFinish: async (_, code) => {
      await pause(600);
      if (code === "000000") fail("wrong_code");
      settled({ ...boot(), phase: "open", kit_proven: false });
      const kit = { text: "", recovery_key: "PURS-7K2M-Q9XD-4WTB-H8NC-5RVE-J3YL-6GAZ" };
      return { kit, ...codes(), open: true, books_renewed: true };
    },
    people: async () => people,
    personInvite: async ({ name, role, until, wallets }) => {
      spend("invite_person");
      const state = { state: "invited", last_login: null, password_set: null, second_factor_set: null };
      settle([...people, person(name, role, { ...state, until, wallets: wallets.length > 0 ? wallets : null })]);
      return { code: "R7QX-M4KD-2VHT-9WCN-8EJB-3YGP", until: new Date(Date.now() + 600_000).toISOString() };
    },
    personChange: async (name, until, wallets) => {
      spend("change_person");
      const limits = { until, wallets: wallets.length > 0 ? wallets : null };
      settle(people.map((each) => (each.name === name ? { ...each, ...limits } : each)));
      return null;
    },
    personEnable: async (name) => {
      spend("change_person");
      settle(people.map((each) => (each.name === name ? { ...each, state: "active" } : each)));
      return null;
    },
    personRevoke: async (name) => {
      spend("revoke_person");
      await copy();
      settle(people.filter((each) => each.name !== name));
      return { books_renewed: true, pending: false };
    },
    invitation: async (_, code) => {
      await pause(300);
      if (code === "wrong") fail("wrong_password");
      return enrolment;
    },
    invitationAccept: async (name, _code, _password, digits) => {
      await pause(600);
      if (digits === "000000") fail("wrong_code");
      settle(people.map((each) => (each.name === name ? { ...each, state: "active" } : each)));
      return codes();
    },
    secretCopy: async () => 25,
    secretsShown: async () => null,
    loginWait: async (name) => (name === "owner" ? boot().wait_s : 0),
  };
}
