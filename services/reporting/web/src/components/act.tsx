import { useState } from "react";
import { type Command, useCommands, type Values } from "../data/commands.ts";
import { useMayAct } from "../data/session.ts";
import { useSpeech } from "../language/language.tsx";
import { Dialog } from "./dialog.tsx";
import { type Field, Fields } from "./fields.tsx";
import { Outcome } from "./outcome.tsx";

interface ActProps {
  readonly label: string;
  /** What it does to what; it begins with the label. */
  readonly title: string;
  /** What follows from it, for whoever confirms. */
  readonly text: string;
  readonly fields?: readonly Field[];
  readonly isDisabled?: boolean;
  readonly commands: (values: Values) => readonly Command[] | Promise<readonly Command[]>;
}

/** A button for those who may act: it asks for what it needs and to be confirmed, and shows what came of it. */
export function Act({ label, title, text, fields = [], isDisabled = false, commands }: ActProps) {
  const mayAct = useMayAct();
  const [isOpen, setOpen] = useState(false);
  const give = useCommands();
  if (!mayAct) return null;
  const close = () => setOpen(false);
  const confirm = (values: Values) => give.mutate(() => commands(values), { onSuccess: close });
  const open = () => {
    give.reset();
    setOpen(true);
  };
  return (
    <span className="act">
      <button type="button" className="small" aria-label={title} disabled={isDisabled} onClick={open}>
        {label}
      </button>
      {give.data && <Given ids={give.data} />}
      {isOpen && (
        <Dialog title={title} close={close} confirm={confirm} isBusy={give.isPending} error={give.error}>
          <p>{text}</p>
          <Fields fields={fields} />
        </Dialog>
      )}
    </span>
  );
}

function Given({ ids }: { readonly ids: readonly string[] }) {
  const { words } = useSpeech();
  const [first, ...more] = ids;
  return (
    <span className="quiet" role="status">
      {more.length > 0 || first === undefined ? words.acting.given(ids.length) : <Outcome commandId={first} />}
    </span>
  );
}
