import { describe, expect, it } from "vitest";
import type { LeverView, IncidentStepView } from "../ipc";
import { callsToMake, groups, leading, look, numberOf, ofStep, shown } from "./levers";

const lever = (id: string, more: Partial<LeverView> = {}): LeverView =>
  ({
    lever: id,
    provider: id.split(".")[0] ?? "",
    wallet: null,
    state: "queued",
    kind: "manual",
    way: "phone",
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

describe("calls to make", () => {
  it("count down as wallets confirm, and only then", () => {
    expect(callsToMake(board("queued", "queued", "queued"))).toBe(2);
    expect(callsToMake(board("confirmed", "queued", "queued"))).toBe(1);
    expect(callsToMake(board("queued", "confirmed", "queued"))).toBe(1);
    expect(callsToMake(board("confirmed", "queued", "confirmed"))).toBe(0);
    for (const state of ["in_flight", "unknown", "failed", "refused", "something new"])
      expect(callsToMake(board(state, "queued", "queued")), state).toBe(2);
  });
  it("do not count this computer", () => {
    expect(callsToMake([local])).toBe(0);
    expect(groups([local])).toEqual([]);
  });
  it("count two wallets of one provider as two, and providers where no wallet is known", () => {
    expect(callsToMake([lever("alipay.call@1"), lever("alipay.call@2")])).toBe(2);
    expect(callsToMake([lever("alipay.call"), lever("alipay.freeze_in_app"), lever("paypal.call_us")])).toBe(2);
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
