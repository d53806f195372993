import { createContext } from "svelte";

/** What the steps can open: pages of the window they do not know. */
export type Help = {
  can: (name: string) => boolean;
  label: (name: string) => string;
  open: (name: string) => void;
};
export const [useHelp, provideHelp] = createContext<Help>();
