import "@picocss/pico/css/pico.min.css";
import "./style/style.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { SpeechProvider } from "./language/language.tsx";

const client = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 1_000 } } });

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <SpeechProvider>
          <App />
        </SpeechProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
