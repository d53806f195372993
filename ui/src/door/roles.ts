import { t, type Key } from "../i18n/index.svelte";
import type { LoginView, RoleView } from "../ipc";

/** The owner's slot is called "owner" in the key file; people read a word of their language. */
export function shownName({ name, role }: Pick<LoginView, "name" | "role">): string {
  return role === "owner" && name === "owner" ? t("role.owner") : name;
}

/** What a role is allowed and what it is not, as the table in the core has it. */
export const ROLE_RIGHTS: Record<RoleView, { may: Key[]; mayNot: Key[] }> = {
  owner: { may: ["right.everything"], mayNot: [] },
  accountant: {
    may: ["right.read", "right.import", "right.export", "right.own"],
    mayNot: ["right.noCredentials", "right.noSettings", "right.noPeople"],
  },
  responder: {
    may: ["right.emergency", "right.own"],
    mayNot: ["right.noBooks", "right.noCredentials", "right.noPeople"],
  },
};
