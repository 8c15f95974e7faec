import { useSpeech } from "../language/language.tsx";

export interface Field {
  readonly name: "until" | "reason" | "from" | "to" | "name" | "password";
  readonly label: string;
  readonly type: "text" | "number" | "datetime-local" | "password";
  readonly isRequired?: boolean;
}

/** What a form asks for. */
export function Fields({ fields }: { readonly fields: readonly Field[] }) {
  const { words } = useSpeech();
  return fields.map(({ name, label, type, isRequired = false }) => (
    <label key={name} className="field">
      <span>
        {label} {!isRequired && <span className="quiet">({words.acting.optional})</span>}
      </span>
      <input
        name={name}
        type={type}
        required={isRequired}
        {...(type === "number" ? { min: 0, step: 1 } : {})}
        {...(name === "reason" ? { maxLength: 500 } : {})}
        autoComplete={AUTOCOMPLETE[name] ?? "off"}
      />
    </label>
  ));
}

const AUTOCOMPLETE: Readonly<Partial<Record<Field["name"], string>>> = {
  name: "username",
  password: "current-password",
};
