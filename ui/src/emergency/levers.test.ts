import { describe, expect, it } from "vitest";
import type { LeverView, IncidentStepView } from "../ipc";
import { groups, leading, leadingBack, look, lookBack, numberOf, ofStep, shown } from "./levers";

const lever = (id: string, more: Partial<LeverView> = {}): LeverView =>
  ({
    lever: id,
    provider: id.split(".")[0] ?? "",
    wallet: null,
    state: "queued",
    kind: "manual",
    way: "phone",
    put_back: null,
    ...more,
  }) as LeverView;
const local = lever("purser.freeze", { kind: "local", state: "confirmed", way: null });
const board = (call: string, app: string, pages: string): LeverView[] => [
  local,
  lever("alipay.call@1", { state: call }),
  lever("alipay.freeze_in_app@1", { state: app, way: "app" }),
  lever("stripe.payouts_manual@4", { state: pages, way: "web" }),
  lever("stripe.team@4", { way: "web" }),
];

describe("a list of levers", () => {
  it("leaves this computer out", () => {
    expect(groups([local])).toEqual([]);
  });
  it("keeps two wallets of one provider apart", () => {
    expect(groups([lever("alipay.call@1"), lever("alipay.call@2")]).map((group) => group.key)).toEqual(["1", "2"]);
    expect(groups([lever("alipay.call"), lever("alipay.freeze_in_app")]).map((group) => group.key)).toEqual(["alipay"]);
  });
});

describe("putting back", () => {
  const back = (id: string, state: string) =>
    lever(id, {
      state: "confirmed",
      put_back: { state, at: null, by: "", reference: "", seen: "", known_since: "2026-11-30T08:00:00Z" },
    });
  it("goes on with the first that is neither put back nor left", () => {
    const states = ["done", "cannot", "stays", "refused", "open"];
    expect(leadingBack(states.map((state, at) => back(`a.l${at}@1`, state)))?.lever).toBe("a.l3@1");
    expect(leadingBack([back("a.l@1", "done"), back("a.m@1", "cannot"), lever("a.n@1")])).toBeUndefined();
  });
  it("is called put back only when it is", () => {
    const words = ["open", "asked", "failed", "refused", "stays", "cannot"];
    for (const word of words) expect(lookBack(back("a.l@1", word)).tone, word).not.toBe("ok");
    expect(lookBack(back("a.l@1", "done"))).toEqual({ tone: "ok", icon: "check", word: "done" });
    expect(look(back("a.l@1", "done")).word).toBe("put_back");
    expect(look(back("a.l@1", "asked")).word).toBe("confirmed");
  });
});

describe("what is next at a wallet", () => {
  const group = (states: string[]) => {
    const found = groups(states.map((state, at) => lever(`alipay.l${at}@1`, { state })))[0];
    if (!found) throw new Error("no group");
    return found;
  };
  it("is the strongest that is not settled", () => {
    expect(leading(group(["queued", "queued"]))?.lever).toBe("alipay.l0@1");
    expect(leading(group(["confirmed", "failed", "queued"]))?.lever).toBe("alipay.l1@1");
    expect(leading(group(["refused", "queued"]))?.lever).toBe("alipay.l1@1");
    expect(leading(group(["confirmed", "refused"]))?.lever).toBe("alipay.l0@1");
  });
  it("stands with everything that was touched; the rest waits behind one press", () => {
    const names = (states: string[]) => shown(group(states)).map((each) => each.lever.slice(7, 9));
    expect(names(["queued", "queued", "queued"])).toEqual(["l0"]);
    expect(names(["confirmed", "queued", "unknown"])).toEqual(["l0", "l1", "l2"]);
    expect(names(["confirmed", "confirmed"])).toEqual(["l0", "l1"]);
  });
});

describe("how a state looks", () => {
  it("has a word and a shape of its own, and green for nothing but confirmed", () => {
    const states = ["queued", "in_flight", "confirmed", "failed", "refused", "unknown"];
    const looks = states.map((state) => look(lever("alipay.call@1", { state })));
    expect(new Set(looks.map((each) => each.icon)).size).toBe(states.length);
    expect(new Set(looks.map((each) => each.word)).size).toBe(states.length);
    expect(looks.map((each) => each.tone === "ok")).toEqual([false, false, true, false, false, false]);
  });
  it("takes what it does not know for unknown", () => {
    expect(look(lever("alipay.call@1", { state: "held" })).word).toBe("unknown");
  });
  it("does not call a computer frozen that is not", () => {
    expect(look({ ...local, state: "queued" }).word).toBe("not_frozen");
  });
});

describe("levers of a step", () => {
  const step = (id: string) => ({ step: id }) as IncidentStepView;
  const names = (id: string) => ofStep(step(id), board("queued", "queued", "queued")).map((each) => each.lever);
  it("are calls, or the first way where a wallet takes none", () => {
    expect(names("call_providers")).toEqual(["alipay.call@1", "stripe.payouts_manual@4"]);
    expect(names("stop_pages")).toEqual(["alipay.freeze_in_app@1", "stripe.payouts_manual@4", "stripe.team@4"]);
    expect(names("insurer")).toEqual([]);
  });
});

describe("the number to call first", () => {
  it("is the first telephone of a wallet, or none", () => {
    const numbers = groups(board("queued", "queued", "queued")).map((group) => numberOf(group)?.lever);
    expect(numbers).toEqual(["alipay.call@1", undefined]);
  });
});
