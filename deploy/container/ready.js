/*
 * The health check of a service's container: asks the service in it whether it works right now, and tells Docker what
 * it said (`docker inspect` shows it). The port is its one argument. It runs every few seconds, so it loads little.
 */
const { get } = require("node:http");

const TIMEOUT_MS = 4_000;
const [port = "8080"] = process.argv.slice(2);

const request = get({ host: "127.0.0.1", port, path: "/readyz", timeout: TIMEOUT_MS }, (response) => {
  process.exitCode = response.statusCode === 200 ? 0 : 1;
  response.pipe(process.stdout);
});
request.on("timeout", () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
request.on("error", (error) => {
  console.log(error.message);
  process.exitCode = 1;
});
