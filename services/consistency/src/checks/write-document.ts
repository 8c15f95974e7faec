import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { document } from "./document.ts";

/** Run from the service's folder, as npm does. */
writeFileSync(join(process.cwd(), "../../docs/checks.md"), document());
