import { runService } from "@vigia/runtime";
import { reporting } from "./reporting.ts";

runService("reporting", reporting);
