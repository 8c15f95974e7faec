import "@picocss/pico/css/pico.min.css";
import "./style/style.css";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { Refusal } from "./data/ask.ts";
import { sessionQuestion } from "./data/questions.ts";
import { SpeechProvider } from "./language/language.tsx";

const UNAUTHORIZED = 401;
/** A session ends by itself: the first question that is refused shows it. */
const queryCache = new QueryCache({
  onError: (error) => {
    const isOver = error instanceof Refusal && error.status === UNAUTHORIZED;
    if (isOver) void client.invalidateQueries({ queryKey: sessionQuestion.queryKey });
  },
});
const client = new QueryClient({ queryCache, defaultOptions: { queries: { retry: 1, staleTime: 1_000 } } });

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
