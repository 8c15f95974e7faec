import { useQuery } from "@tanstack/react-query";
import { Actions } from "./components/actions.tsx";
import { ChainPanel } from "./components/chain.tsx";
import { Cleanup } from "./components/cleanup.tsx";
import { DeadLetters } from "./components/dead-letters.tsx";
import { Feed } from "./components/feed.tsx";
import { Header } from "./components/header.tsx";
import { Issues } from "./components/issues.tsx";
import { Jobs } from "./components/jobs.tsx";
import { Locks } from "./components/locks.tsx";
import { Notices } from "./components/notices.tsx";
import { Overview } from "./components/overview.tsx";
import { Runs } from "./components/runs.tsx";
import { Timeline } from "./components/timeline.tsx";
import { useLiveFeed } from "./data/live.ts";
import { usePaused } from "./data/pause.ts";
import { feedQuestion } from "./data/questions.ts";
import { useSession } from "./data/session.ts";
import { useSpeech } from "./language/language.tsx";

/** Everything, for whoever may look; else a word on how to log in. */
export function App() {
  const { words } = useSpeech();
  const { data: session } = useSession();
  if (!session || session.mayRead) return <Watch />;
  return (
    <>
      <Header />
      <main id="main" className="page" tabIndex={-1}>
        <section className="overview">
          <h2>{words.acting.session.needed}</h2>
        </section>
      </main>
    </>
  );
}

function Watch() {
  const feed = useQuery(feedQuestion);
  const newest = feed.data && (feed.data.events[0]?.position ?? 0);
  const line = useLiveFeed(newest);
  // Whoever asks anew by itself looks at each rendering whether it should.
  usePaused();
  return (
    <>
      <Header line={line} />
      <main id="main" className="page" tabIndex={-1}>
        <Overview />
        <div className="columns">
          <div className="wide">
            <Issues />
            <Jobs />
            <Timeline />
            <Runs />
            <DeadLetters />
            <Notices />
            <Cleanup />
            <Actions />
            <Locks />
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
