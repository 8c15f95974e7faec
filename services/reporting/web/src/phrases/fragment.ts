const ISSUE = "#issue/";

/** The part of the address that points at one issue. */
export function issueFragment(fingerprint: string): string {
  return `${ISSUE}${encodeURIComponent(fingerprint)}`;
}

/** Undefined: the address points at no issue. */
export function issueOfFragment(fragment: string): string | undefined {
  if (!fragment.startsWith(ISSUE)) return undefined;
  try {
    return decodeURIComponent(fragment.slice(ISSUE.length)) || undefined;
  } catch {
    return undefined;
  }
}
