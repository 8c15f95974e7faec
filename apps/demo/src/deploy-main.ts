import { z } from "zod";
import { deployReferenceContract } from "./deploy.ts";
import { readEnvironment } from "./environment.ts";

const environment = readEnvironment(z.object({ CHAIN_RPC_URL: z.url() }));

deployReferenceContract({ rpcUrl: environment.CHAIN_RPC_URL }).then(
  (deployment) => process.stdout.write(`${JSON.stringify(deployment)}\n`),
  (error) => {
    process.stderr.write(`the reference contract was not deployed: ${error}\n`);
    process.exitCode = 1;
  },
);
