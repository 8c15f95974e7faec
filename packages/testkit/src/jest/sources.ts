import { readFileSync, realpathSync } from "node:fs";
import Module from "node:module";
import { join } from "node:path";

/**
 * Jest transforms the global setup but leaves the finding of packages to Node, which knows nothing of jest's `source`
 * export condition and would look for a build. From here on our own packages are found by their sources there too.
 */
const PROJECT_DIR = join(__dirname, "../../../..");

const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
const resolveByNode = loader._resolveFilename;

loader._resolveFilename = function resolve(request, ...rest) {
  return resolveByNode.call(this, /^@vigia\/[\w-]+$/.test(request) ? sourceOf(request) : request, ...rest);
};

function sourceOf(packageName: string): string {
  const folder = realpathSync(join(PROJECT_DIR, "node_modules", packageName));
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    exports: { ".": { source: string } };
  };
  return join(folder, exports["."].source);
}
