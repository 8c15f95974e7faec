import { runService } from "@vigia/runtime";
import { scheduler } from "./service.ts";

runService("scheduler", scheduler);
