import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SessionAnswer } from "../data/answers.ts";
import { tell } from "../data/ask.ts";
import type { Values } from "../data/commands.ts";
import { sessionQuestion } from "../data/questions.ts";
import { useSession } from "../data/session.ts";
import { useSpeech } from "../language/language.tsx";
import { Dialog } from "./dialog.tsx";
import { Fields } from "./fields.tsx";

/** Who is logged in, and how to log in and out; or that nobody can. */
export function SessionLine() {
  const { words } = useSpeech();
  const { data: session } = useSession();
  const client = useQueryClient();
  const logOut = useMutation({
    mutationFn: () => tell<SessionAnswer>("DELETE", "session"),
    onSuccess: () => client.resetQueries(),
  });
  if (!session) return null;
  if (!session.hasUsers) return <p className="quiet">{words.acting.session.readOnly}</p>;
  if (!session.user) return <LogIn />;
  return (
    <>
      <p className="quiet">
        {session.user.name} · {words.acting.session.roles[session.user.role]}
      </p>
      <button type="button" className="small" onClick={() => logOut.mutate()}>
        {words.acting.session.logOut}
      </button>
    </>
  );
}

/** A button, and the form behind it. */
export function LogIn() {
  const { words } = useSpeech();
  const { session } = words.acting;
  const [isOpen, setOpen] = useState(false);
  const client = useQueryClient();
  const logIn = useMutation({
    mutationFn: ({ name, password }: Values) => tell<SessionAnswer>("POST", "session", { name, password }),
    onSuccess: (answer) => {
      setOpen(false);
      client.setQueryData(sessionQuestion.queryKey, answer);
      return client.invalidateQueries();
    },
  });
  return (
    <>
      <button type="button" className="small" onClick={() => setOpen(true)}>
        {session.logIn}
      </button>
      {isOpen && (
        <Dialog
          title={session.logIn}
          confirmLabel={session.logIn}
          close={() => setOpen(false)}
          confirm={logIn.mutate}
          isBusy={logIn.isPending}
          error={logIn.error}
        >
          <Fields
            fields={[
              { name: "name", label: session.name, type: "text", isRequired: true },
              { name: "password", label: session.password, type: "password", isRequired: true },
            ]}
          />
        </Dialog>
      )}
    </>
  );
}
