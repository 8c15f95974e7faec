/** What can be asked of the tables about runs, schedules and what is wrong, for whoever shows it: the page, and `vigia`. */
export type { Job, Level, Problem, Run, RunPage, RunStatus } from "../answers.ts";
export { listJobs } from "./jobs.ts";
export { describeOverview } from "./overview.ts";
export { listRuns, type RunFilter } from "./runs.ts";
