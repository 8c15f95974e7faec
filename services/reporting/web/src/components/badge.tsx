import type { ReactNode } from "react";
import type { Tone } from "../phrases/event.ts";

const GLYPHS: Readonly<Record<Tone, string>> = { good: "✓", bad: "✕", attention: "!", plain: "·" };

/** A state in a word. The glyph and the word say it without the colour. */
export function Badge({ tone, glyph, children }: BadgeProps) {
  return (
    <span className={`badge ${tone}`}>
      <span className="glyph" aria-hidden="true">
        {glyph ?? GLYPHS[tone]}
      </span>
      {children}
    </span>
  );
}

interface BadgeProps {
  readonly tone: Tone;
  readonly glyph?: string;
  readonly children: ReactNode;
}
