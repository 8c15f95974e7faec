/** Tests run on the sources: packages resolve through their `source` export condition, so no build comes first. */
module.exports = {
  testMatch: ["<rootDir>/{packages,services,apps,contracts,scripts,tests,bench}/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  modulePathIgnorePatterns: ["/dist/"],
  testEnvironment: "node",
  testEnvironmentOptions: { customExportConditions: ["source", "node"] },
  transform: {
    "\\.tsx?$": [
      "@swc/jest",
      { jsc: { target: "es2023", parser: { syntax: "typescript", tsx: true } }, module: { type: "commonjs" } },
    ],
  },
  globalSetup: "<rootDir>/packages/testkit/src/jest/global-setup.ts",
  globalTeardown: "<rootDir>/packages/testkit/src/jest/global-teardown.ts",
  testTimeout: 60_000,
  maxWorkers: 2,
};
