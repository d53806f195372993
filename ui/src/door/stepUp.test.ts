import { describe, expect, it } from "vitest";
import { stepUp } from "./stepUp.svelte";

const never = () => Promise.reject(new Error("was done"));
const soon = () => new Promise((done) => setTimeout(done));

describe("a proof before an act", () => {
  it("the act is done after the proof, once", async () => {
    let done = 0;
    const running = stepUp.run("invite_person", async () => ++done);
    await soon();
    expect([stepUp.asked?.act, done]).toEqual(["invite_person", 0]);
    stepUp.proven();
    expect(await running).toBe(1);
    stepUp.proven();
    expect([stepUp.asked, done]).toEqual([null, 1]);
  });
  it("turning away does nothing", async () => {
    const running = stepUp.run("revoke_person", never);
    stepUp.cancel();
    expect(await running).toBeUndefined();
  });
  it("asking for another act turns the first away", async () => {
    const first = stepUp.run("revoke_person", never);
    const second = stepUp.run("invite_person", async () => "invited");
    await soon();
    expect(stepUp.asked?.act).toBe("invite_person");
    stepUp.proven();
    expect([await first, await second]).toEqual([undefined, "invited"]);
  });
  it("an act that fails after its proof says so, and leaves nothing asked", async () => {
    const running = stepUp.run("lower_setting", () => Promise.reject(new Error("refused")));
    await soon();
    stepUp.proven();
    await expect(running).rejects.toThrow("refused");
    expect(stepUp.asked).toBeNull();
  });
});
