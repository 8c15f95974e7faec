import { runService } from "@vigia/runtime";
import { chainSync } from "./service.ts";

runService("chain-sync", chainSync);
