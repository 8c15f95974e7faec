import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `npx vite services/reporting/web` serves the page while it is worked on, with the data of a service on port 8080. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: { outDir: "../dist/web", emptyOutDir: true },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
