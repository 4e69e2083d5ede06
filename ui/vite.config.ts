// Everything is bundled: the page asks no other server for anything. Scripts and styles are files of their own, because
// the service's Content-Security-Policy allows none inline.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: "../build/ui",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
  },
  server: { proxy: { "/backtests": "http://127.0.0.1:8000", "/config.js": "http://127.0.0.1:8000" } },
});
