import { runService } from "@vigia/runtime";
import { disputes, issues, orders } from "./consumers.ts";

runService("notifications", { consumers: [orders, disputes, issues] });
