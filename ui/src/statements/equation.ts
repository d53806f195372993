import { addDecimals } from "../i18n/format";
import type { StatementView } from "../ipc";

const unsigned = (amount: string) => amount.replace(/^-/, "");

/** opening + in − out − fees = closing, done again here: the window never shows a sum that is not one. */
export function equation(view: StatementView): { moneyOut: string; fees: string; holds: boolean } {
  const moneyOut = unsigned(view.money_out);
  const sum = (fees: string) =>
    addDecimals([
      { amount: view.opening },
      { amount: view.money_in },
      { amount: moneyOut, minus: true },
      { amount: fees, minus: true },
    ]);
  const equal = (a: string) =>
    /^-?0+(\.0+)?$/.test(addDecimals([{ amount: a }, { amount: view.closing, minus: true }]));
  return { moneyOut, fees: view.fees, holds: equal(sum(view.fees)) };
}
