import en from "./en.json";
import zh from "./zh-CN.json";

export type Language = "en" | "zh-CN";
export type Key = keyof typeof en;
export type Values = Record<string, string | number>;

// A key missing in either file is a type error here.
export const catalog: Record<Language, Record<Key, string>> = {
  en: en satisfies Record<keyof typeof zh, string>,
  "zh-CN": zh satisfies Record<Key, string>,
};
