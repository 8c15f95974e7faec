import { runService } from "@vigia/runtime";
import { cleanup } from "./service.ts";

runService("cleanup", cleanup);
