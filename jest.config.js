const SWC = [
  "@swc/jest",
  { jsc: { target: "es2023", parser: { syntax: "typescript", tsx: true } }, module: { type: "commonjs" } },
];
/** Libraries that are modules of ECMAScript alone, or call `import()`: jest does neither, so they become CommonJS. */
const MODULES = "(@opentelemetry/otlp-exporter-base|request-filtering-agent)/";

/** Tests run on the sources: packages resolve through their `source` export condition, so no build comes first. */
module.exports = {
  testMatch: ["<rootDir>/{packages,services,apps,contracts,scripts,tests,bench}/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["/dist/"],
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["source", "node"] },
  transform: {
    "\\.tsx?$": SWC,
    [`/node_modules/${MODULES}.*\\.js$`]: SWC,
  },
  transformIgnorePatterns: [`/node_modules/(?!${MODULES})`],
  globalSetup: "<rootDir>/packages/testkit/src/jest/global-setup.ts",
  globalTeardown: "<rootDir>/packages/testkit/src/jest/global-teardown.ts",
  testTimeout: 60_000,
  maxWorkers: 2,
};
