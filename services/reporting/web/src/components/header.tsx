import type { Line } from "../data/live.ts";
import { setPaused, usePaused } from "../data/pause.ts";
import { LANGUAGES, type Language, useSpeech } from "../language/language.tsx";
import { SessionLine } from "./session-line.tsx";

/** Without a line nothing is followed yet. */
export function Header({ line }: { readonly line?: Line }) {
  const { language, words, speak } = useSpeech();
  return (
    <header className="top">
      <a className="skip" href="#main">
        {words.skip}
      </a>
      <div className="name">
        <img src="./favicon.svg" alt="" width="28" height="28" />
        <h1>{words.title}</h1>
        <p>{words.subtitle}</p>
      </div>
      <div className="top-tools">
        {line && <LiveLine {...line} />}
        <SessionLine />
        <label>
          <span className="hidden">{words.language}</span>
          <select value={language} onChange={({ target }) => speak(target.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
    </header>
  );
}

/** Whether what happens is followed, and how to have all that is shown stand still. */
function LiveLine({ isLive, waiting }: Line) {
  const { words } = useSpeech();
  const isPaused = usePaused();
  const state = isPaused ? words.live.paused(waiting) : isLive ? words.connected : words.disconnected;
  return (
    <>
      <p className={isLive && !isPaused ? "line up" : "line down"} role="status">
        <span className="glyph" aria-hidden="true">
          {isLive && !isPaused ? "●" : "○"}
        </span>
        {state}
      </p>
      <button type="button" className="small" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
        {isPaused ? words.live.resume : words.live.pause}
      </button>
    </>
  );
}
