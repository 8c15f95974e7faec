import { useNow } from "../data/now.ts";
import { useSpeech } from "../language/language.tsx";
import { instant, relativeTime } from "../phrases/time.ts";

/** How long ago something was, or how far off it is; the exact instant is its title. */
export function Moment({ at }: { readonly at: string }) {
  const { language } = useSpeech();
  const now = useNow();
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${instant(date, now, language)} · ${at}`}>
      {relativeTime(date, now, language)}
    </time>
  );
}

/** The time of the day, with the date where it was another day. */
export function Instant({ at }: { readonly at: string }) {
  const { language } = useSpeech();
  return (
    <time dateTime={at} title={at}>
      {instant(new Date(at), useNow(), language)}
    </time>
  );
}
