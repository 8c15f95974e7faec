const SWC = [
  "@swc/jest",
  { jsc: { target: "es2023", parser: { syntax: "typescript", tsx: true } }, module: { type: "commonjs" } },
];
/** A library that is CommonJS and calls `import()`, which jest lets nobody do: there it becomes a `require`. */
const LOADS_LATE = "@opentelemetry/otlp-exporter-base/";

/** Tests run on the sources: packages resolve through their `source` export condition, so no build comes first. */
module.exports = {
  testMatch: ["<rootDir>/{packages,services,apps,contracts,scripts,tests,bench}/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["/dist/"],
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["source", "node"] },
  transform: {
    "\\.tsx?$": SWC,
    [`${LOADS_LATE}.*\\.js$`]: SWC,
  },
  transformIgnorePatterns: [`/node_modules/(?!${LOADS_LATE})`],
  globalSetup: "<rootDir>/packages/testkit/src/jest/global-setup.ts",
  globalTeardown: "<rootDir>/packages/testkit/src/jest/global-teardown.ts",
  testTimeout: 60_000,
  maxWorkers: 2,
};
