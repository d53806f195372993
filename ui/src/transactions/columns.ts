import type { Key } from "../i18n/index.svelte";
import type { SortColumnView } from "../ipc";

export const columns: readonly { sort: SortColumnView; label: Key; end?: boolean }[] = [
  { sort: "time", label: "column.date" },
  { sort: "wallet", label: "column.wallet" },
  { sort: "kind", label: "column.kind" },
  { sort: "counterparty", label: "column.counterparty" },
  { sort: "description", label: "column.description" },
  { sort: "gross", label: "column.gross", end: true },
  { sort: "fee", label: "column.fee", end: true },
  { sort: "net", label: "column.net", end: true },
  { sort: "currency", label: "column.currency" },
];
