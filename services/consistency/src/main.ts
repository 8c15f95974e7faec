import { runService } from "@vigia/runtime";
import { consistency } from "./service.ts";

runService("consistency", consistency());
