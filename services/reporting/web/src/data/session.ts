import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { SessionAnswer } from "./answers.ts";
import { sessionQuestion } from "./questions.ts";

export function useSession(): UseQueryResult<SessionAnswer> {
  return useQuery(sessionQuestion);
}

/** Whether whoever looks at the page may give commands. */
export function useMayAct(): boolean {
  return useSession().data?.user?.role === "operator";
}
