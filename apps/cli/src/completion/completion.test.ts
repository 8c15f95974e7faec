import { execFileSync } from "node:child_process";
import { EXIT } from "../exit.ts";
import { call } from "../testing/call.ts";

async function complete(...words: string[]): Promise<string[]> {
  const { exitCode, stdout } = call(["completion-words", "--", ...words]);
  expect(await exitCode).toBe(EXIT.ok);
  return stdout().split("\n").filter(Boolean);
}

test.each([
  ["commands", ["ru"], ["runs"]],
  ["commands of a group", ["deadletters", ""], ["list", "replay"]],
  ["options of a command", ["resync", "--f"], ["--from"]],
  ["options of what a group is by default", ["runs", "--st"], ["--status"]],
  ["options of the program", ["runs", "show", "--js"], ["--json"]],
  ["an option's values", ["runs", "--status", "r"], ["running", "recovered"]],
  [
    "a task's name, after an option that takes a value",
    ["trigger", "--timeout", "9", "cleanup.e"],
    ["cleanup.expire-orders"],
  ],
  [
    "a job's name",
    ["pause", "chain-sync"],
    ["chain-sync", "chain-sync.sync", "chain-sync.verify", "chain-sync.reconcile"],
  ],
  ["nothing where anything may stand", ["runs", "--since", ""], []],
  ["nothing after what is unknown", ["bogus", "also", ""], []],
])("%s", async (_, words, expected) => {
  expect(await complete(...words)).toEqual(expected);
});

test("what is hidden is not offered, and every command is", async () => {
  const offered = await complete("");
  expect(offered).not.toContain("completion-words");
  expect(offered).toEqual(expect.arrayContaining(["doctor", "status", "check", "completion"]));
});

test("bash asks with the words that were typed, and offers the answers", async () => {
  const { stdout, exitCode } = call(["completion", "bash"]);
  expect(await exitCode).toBe(EXIT.ok);
  const shell = `
    vigia() { printf '<%s>' "$@" >&2; printf 'cleanup.expire-orders\\ncleanup.purge-history\\n'; }
    ${stdout()}
    COMP_WORDS=(vigia trigger --wait cleanup.); COMP_CWORD=3
    _vigia
    printf '%s\\n' "\${COMPREPLY[@]}"
    complete -p vigia`;
  const script = shell.replace("2>/dev/null", "2>asked; cat asked >>all");
  const said = execFileSync("bash", ["-c", `cd "$(mktemp -d)"; ${script}; cat all`], { encoding: "utf8" });
  expect(said.split("\n")).toEqual([
    ...["cleanup.expire-orders", "cleanup.purge-history"],
    "complete -o default -F _vigia vigia",
    "<completion-words><--><trigger><--wait><cleanup.>",
  ]);
});

// Neither shell is on every machine that runs this. Zsh 5.9 and fish 3.6 asked with these words, and offered the answers.
test.each(["zsh", "fish"])("there is one for %s", async (shell) => {
  const { stdout, exitCode } = call(["completion", shell]);
  expect(await exitCode).toBe(EXIT.ok);
  expect(stdout()).toContain("completion-words --");
});

test("there is none for another shell", async () => {
  const { stderr, exitCode } = call(["completion", "tcsh"]);
  expect(await exitCode).toBe(EXIT.usage);
  expect(stderr()).toContain("Allowed choices are bash, zsh, fish");
});
