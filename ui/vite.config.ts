import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The window runs under `script-src 'self'; style-src 'self'`: nothing is inlined, no preload polyfill.
export default defineConfig({
  plugins: [svelte()],
  clearScreen: false,
  // The mock core reads the playbooks in assets/.
  server: { port: 5173, strictPort: true, fs: { allow: [".."] } },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: ["chrome125", "safari18"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
