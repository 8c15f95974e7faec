import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { en, type Words } from "./en.ts";
import { es } from "./es.ts";

export const LANGUAGES = { en: "English", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;

const DICTIONARIES: Readonly<Record<Language, Words>> = { en, es };
const STORED_AS = "vigia.language";

export interface Speech {
  readonly language: Language;
  readonly words: Words;
  readonly speak: (language: Language) => void;
}

const SpeechContext = createContext<Speech>({ language: "en", words: en, speak: () => undefined });

/** Gives the page its words: those that were chosen before, else those of the browser's language, else English. */
export function SpeechProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => languageOf(stored() ?? navigator.language));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speak = (chosen: Language) => {
    setLanguage(chosen);
    store(chosen);
  };
  return <SpeechContext value={{ language, words: DICTIONARIES[language], speak }}>{children}</SpeechContext>;
}

export function useSpeech(): Speech {
  return useContext(SpeechContext);
}

function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith("es") ? "es" : "en";
}

/** A browser may forbid storage; then the choice lasts until the page is left. */
function stored(): string | null {
  try {
    return localStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

function store(language: Language): void {
  try {
    localStorage.setItem(STORED_AS, language);
  } catch {
    // See `stored`.
  }
}
