import type * as answers from "../../../src/answers.ts";

/** The API's answers as they come over the wire: instants are ISO 8601 text. */
export type Overview = answers.Wire<answers.Overview>;
export type Problem = answers.Wire<answers.Problem>;
export type Level = answers.Level;
export type Job = answers.Wire<answers.Job>;
export type Run = answers.Wire<answers.Run>;
export type RunPage = answers.Wire<answers.RunPage>;
export type RunStatus = answers.RunStatus;
export type ChainAnswer = answers.Wire<answers.ChainAnswer>;
export type ChainCursor = answers.Wire<answers.ChainCursor>;
export type Issue = answers.Wire<answers.Issue>;
export type IssuePage = answers.Wire<answers.IssuePage>;
export type IssueStatus = answers.IssueStatus;
export type FeedEvent = answers.Wire<answers.FeedEvent>;
export type FeedPage = answers.Wire<answers.FeedPage>;
export type SessionAnswer = answers.Wire<answers.SessionAnswer>;
export type CommandGiven = answers.CommandGiven;
export type Action = answers.Wire<answers.Action>;
export type ActionPage = answers.Wire<answers.ActionPage>;
export type ActionStatus = answers.ActionStatus;
export type DeadLetter = answers.Wire<answers.DeadLetter>;
export type DeadLetterPage = answers.Wire<answers.DeadLetterPage>;
export type DeadLetterDetails = answers.Wire<answers.DeadLetterDetails>;
export type Lock = answers.Wire<answers.Lock>;
export type ProblemDetails = answers.Wire<answers.ProblemDetails>;
export type Severity = Issue["severity"];
