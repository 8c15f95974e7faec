import { type Artifact, escrowArtifact, tokenArtifact } from "@vigia/contracts";
import { ContractFactory, getCreateAddress, type JsonRpcSigner } from "ethers";
import { connectToChain } from "./rpc.ts";

export interface Deployment {
  readonly address: string;
  /** Where to start reading the contract's logs: 0 if it was there already, since that is always early enough. */
  readonly startBlock: number;
  readonly tokenAddress: string;
}

/**
 * Deploys the reference escrow and the test token as the first two transactions of the chain's first dev account, which
 * is also the arbiter, so that their addresses are the same on every fresh dev chain. What is already there is kept.
 */
export async function deployReferenceContract(options: { readonly rpcUrl: string }): Promise<Deployment> {
  const { provider } = await connectToChain(options.rpcUrl);
  try {
    const deployer = await provider.getSigner(0);
    const escrow = await deployOnce(deployer, 0, escrowArtifact, [deployer.address]);
    const token = await deployOnce(deployer, 1, tokenArtifact, []);
    return { address: escrow.address, startBlock: escrow.blockNumber, tokenAddress: token.address };
  } finally {
    provider.destroy();
  }
}

/** The address of the contract that an account creates with its n-th transaction, counted from 0. */
export function addressOfDeployment(deployer: string, nonce: number): string {
  return getCreateAddress({ from: deployer, nonce });
}

async function deployOnce(deployer: JsonRpcSigner, nonce: number, artifact: Artifact, args: readonly unknown[]) {
  const expected = addressOfDeployment(deployer.address, nonce);
  if ((await deployer.provider.getCode(expected)) !== "0x") return { address: expected, blockNumber: 0 };
  const factory = new ContractFactory([...artifact.abi], artifact.bytecode, deployer);
  const contract = await factory.deploy(...args);
  const receipt = await contract.deploymentTransaction()?.wait();
  if (!receipt) throw new Error(`${artifact.contractName} was not deployed: its transaction has no receipt`);
  return { address: await contract.getAddress(), blockNumber: receipt.blockNumber };
}
