import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

// Three tiers: shared knows no domain, domain folders know no view; only ipc.ts knows the wire.
const wire = { group: ["**/bindings"], message: "Import from ipc.ts: it is the only importer of bindings.ts." };
const tauri = { group: ["@tauri-apps/*"], message: "Only ipc.ts talks to Tauri." };
const views = { group: ["**/views/*"], message: "A domain folder does not know the views." };
const domains = {
  group: ["../{session,door,security,shell,wallets,overview,transactions,import,statements,emergency,views}/*"],
  message: "shared/ does not know the domains.",
};
const restrict = (...patterns) => ({ "no-restricted-imports": ["error", { patterns }] });

export default ts.config(
  { ignores: ["dist", "node_modules", "src/bindings.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { parserOptions: { extraFileExtensions: [".svelte"] } },
    rules: {
      "no-undef": "off",
      "no-eval": "error",
      "no-restricted-globals": [
        "error",
        "fetch",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "XMLHttpRequest",
        "WebSocket",
        "eval",
      ],
      "@typescript-eslint/no-dynamic-delete": "off",
      ...restrict(wire, tauri),
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      "svelte/no-at-html-tags": "error",
      // Plain maps and dates here are caches and values, not state; `style:` directives set the CSSOM, which the CSP allows.
      "svelte/prefer-svelte-reactivity": "off",
      // A space beside a block is trimmed unless it is written as one.
      "svelte/no-useless-mustaches": "off",
    },
  },
  { files: ["src/shared/**"], rules: restrict(wire, tauri, domains) },
  {
    files: ["src/{session,door,security,shell,wallets,overview,transactions,import,statements,emergency}/**"],
    rules: restrict(wire, tauri, views),
  },
  { files: ["src/ipc.ts", "src/dev/**"], rules: { "no-restricted-imports": "off" } },
);
