import { runService } from "@vigia/runtime";
import { notifications } from "./service.ts";

runService("notifications", notifications());
