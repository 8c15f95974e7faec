import { LANGUAGES, type Language, useSpeech } from "../language/language.tsx";
import { SessionLine } from "./session-line.tsx";

/** `isLive` is undefined where nothing is followed yet. */
export function Header({ isLive }: { readonly isLive: boolean | undefined }) {
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
        {isLive !== undefined && (
          <p className={isLive ? "line up" : "line down"} role="status">
            <span className="glyph" aria-hidden="true">
              {isLive ? "●" : "○"}
            </span>
            {isLive ? words.connected : words.disconnected}
          </p>
        )}
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
