import { useQuery } from "@tanstack/react-query";
import { ChainPanel } from "./components/chain.tsx";
import { Feed } from "./components/feed.tsx";
import { Header } from "./components/header.tsx";
import { Issues } from "./components/issues.tsx";
import { Jobs } from "./components/jobs.tsx";
import { Overview } from "./components/overview.tsx";
import { Runs } from "./components/runs.tsx";
import { useLiveFeed } from "./data/live.ts";
import { feedQuestion } from "./data/questions.ts";

export function App() {
  const feed = useQuery(feedQuestion);
  const newest = feed.data && (feed.data.events[0]?.position ?? 0);
  const isLive = useLiveFeed(newest);
  return (
    <>
      <Header isLive={isLive} />
      <main id="main" className="page" tabIndex={-1}>
        <Overview />
        <div className="columns">
          <div className="wide">
            <Issues />
            <Jobs />
            <Runs />
          </div>
          <aside className="narrow">
            <ChainPanel />
            <Feed />
          </aside>
        </div>
      </main>
    </>
  );
}
