/** Development only: the register of contacts. `?own` lets the lock screen show everything. */
import type { Backend, ContactRegisterView, WalletView } from "../ipc";

type Commands = Pick<
  Backend["commands"],
  | "contacts"
  | "contactsSet"
  | "ownNumberNote"
  | "ownNumberNone"
  | "ownNumberRemove"
  | "lockScreenSet"
  | "lockContacts"
  | "cardSave"
  | "cardForget"
>;

export function contacts(query: URLSearchParams, wallets: () => WalletView[]): Commands {
  let register: ContactRegisterView = {
    wallets: [],
    own_numbers: [{ id: 1, provider: "stripe", number: "+852 3018 6644", noted: "2026-09-12" }],
    no_number: [{ provider: "paypal", noted: "2026-09-12" }],
    numbers_missing: [],
    lock_screen: query.has("own") ? "all" : "off",
    cards: [
      { person: "Li Mei", speaker: "administrator", lane: "phone", stamp: "7F2A", made: "2026-09-12", stale: true },
      { person: "Jonas Berg", speaker: "employee", lane: "click", stamp: "91C0", made: "2026-11-20", stale: false },
    ],
  };
  const known: Record<number, [string, string][]> = {
    1: [
      ["legal_representative", "Wong Ka Yan"],
      ["administrator", "Li Mei"],
      ["bound_phone", "…0156"],
    ],
    2: [["administrator", "李梅"]],
  };
  const copied = () => [...register.own_numbers, ...register.no_number].map((each) => each.provider);
  const now = (): ContactRegisterView => ({
    ...register,
    numbers_missing: ["paypal", "alipay", "wechatpay", "stripe"].filter(
      (code) => wallets().some((wallet) => wallet.provider === code) && !copied().includes(code),
    ),
    wallets: wallets().map((wallet) => ({
      wallet_id: wallet.id,
      name: wallet.name,
      provider: wallet.provider,
      account: wallet.account_ref,
      contacts: (known[wallet.id] ?? []).map(([role, value]) => ({ role, value, noted: "2026-09-12" })),
    })),
  });
  return {
    contacts: async () => now(),
    contactsSet: async (wallet, { values }) => {
      const kept = new Map(known[wallet] ?? []);
      for (const [role, value] of values) {
        if (value.trim() === "") kept.delete(role);
        else kept.set(role, role === "bound_phone" ? `…${value.slice(-4)}` : value);
      }
      known[wallet] = [...kept];
      return null;
    },
    ownNumberNote: async (provider, value) => {
      const id = register.own_numbers.length + 2;
      register = {
        ...register,
        own_numbers: [...register.own_numbers, { id, provider, number: value, noted: "2026-11-30" }],
        no_number: register.no_number.filter((none) => none.provider !== provider),
      };
      return id;
    },
    ownNumberNone: async (provider, isNone) => {
      const others = register.no_number.filter((none) => none.provider !== provider);
      register = { ...register, no_number: isNone ? [...others, { provider, noted: "2026-11-30" }] : others };
      return null;
    },
    ownNumberRemove: async (id) => {
      register = { ...register, own_numbers: register.own_numbers.filter((own) => own.id !== id) };
      return null;
    },
    lockScreenSet: async (shown) => {
      register = { ...register, lock_screen: shown };
      return null;
    },
    lockContacts: async () =>
      register.lock_screen === "off"
        ? null
        : {
            as_of: "2026-09-12",
            own_numbers: register.own_numbers,
            wallets:
              register.lock_screen === "all"
                ? [
                    {
                      name: "支付宝 旗舰店",
                      provider: "alipay",
                      account: "2088102146220156",
                      legal_representative: "王嘉欣",
                      administrator: "李梅",
                      bound_phone: "…0156",
                      deputy: "",
                    },
                  ]
                : [],
          },
    cardSave: async ({ person, speaker, lane }) => {
      const cards = register.cards.filter((card) => card.person !== person);
      register = {
        ...register,
        cards: [...cards, { person, speaker, lane, stamp: "A1B2", made: "2026-11-30", stale: false }],
      };
      return { name: "purser-card.pdf", stamp: "A1B2", missing: "" };
    },
    cardForget: async (person) => {
      register = { ...register, cards: register.cards.filter((card) => card.person !== person) };
      return null;
    },
  };
}
