import { type FormEvent, type ReactNode, useEffect, useId, useRef } from "react";
import type { Values } from "../data/commands.ts";
import { useSpeech } from "../language/language.tsx";

interface DialogProps {
  readonly title: string;
  readonly confirmLabel?: string;
  readonly close: () => void;
  readonly confirm: (values: Values) => void;
  readonly isBusy: boolean;
  readonly error: Error | null;
  readonly children: ReactNode;
}

/** Asks before something is done. The browser keeps the keyboard within it, and closes it on Escape. */
export function Dialog({ title, confirmLabel, close, confirm, isBusy, error, children }: DialogProps) {
  const { words } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    confirm(valuesOf(new FormData(event.currentTarget)));
  };
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={close}>
      <article>
        <form onSubmit={submit}>
          <h2 id={heading}>{title}</h2>
          {children}
          {error && (
            <p className="failure" role="alert">
              {error.message}
            </p>
          )}
          <div className="choices">
            <button type="button" className="small" onClick={close}>
              {words.acting.cancel}
            </button>
            <button type="submit" className="small main" disabled={isBusy}>
              {isBusy ? words.acting.working : (confirmLabel ?? words.acting.confirm)}
            </button>
          </div>
        </form>
      </article>
    </dialog>
  );
}

function valuesOf(form: FormData): Values {
  return Object.fromEntries([...form].map(([name, value]) => [name, String(value)]));
}
