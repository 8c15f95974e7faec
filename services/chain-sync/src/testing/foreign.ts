import { dirname, join } from "node:path";
import { compileFiles } from "@vigia/contracts/compiler";
import type { Chain } from "@vigia/testkit";
import { ContractFactory, Interface } from "ethers";

const OPENZEPPELIN = "@openzeppelin/contracts";
const SOURCES = [
  join(__dirname, "contracts/Trade.sol"),
  join(__dirname, "contracts/TradeFactory.sol"),
  join(__dirname, "contracts/Vault.sol"),
  join(__dirname, "contracts/Market.sol"),
  join(__dirname, "contracts/Multicall3.sol"),
  join(__dirname, "contracts/UpgradeableEscrow.sol"),
  join(__dirname, "contracts/UpgradeableEscrowV2.sol"),
  `${OPENZEPPELIN}/utils/escrow/Escrow.sol`,
  `${OPENZEPPELIN}/utils/escrow/RefundEscrow.sol`,
  `${OPENZEPPELIN}/proxy/ERC1967/ERC1967Proxy.sol`,
];

export type ForeignName =
  | "Trade"
  | "TradeFactory"
  | "Vault"
  | "Market"
  | "Multicall3"
  | "UpgradeableEscrow"
  | "UpgradeableEscrowV2"
  | "Escrow"
  | "RefundEscrow"
  | "ERC1967Proxy";

/** A deployed contract that is not ours. */
export interface Foreign {
  /** Lower case. */
  readonly address: string;
  readonly abi: Interface;
  /** The block of its deployment. */
  readonly startBlock: number;
  /** Calls it in a transaction of its own; returns the transaction's block. */
  act(from: string, call: string, args: readonly unknown[], value?: bigint): Promise<number>;
  /** What a view function returns. */
  ask(call: string, ...args: readonly unknown[]): Promise<unknown[]>;
}

let compiled: ReadonlyMap<string, { readonly abi: Interface; readonly bytecode: string }> | undefined;

function artifactOf(name: ForeignName) {
  compiled ??= new Map(
    compileFiles(SOURCES).map(({ contractName, abi, bytecode }) => [
      contractName,
      { abi: new Interface(abi), bytecode },
    ]),
  );
  const artifact = compiled.get(name);
  if (!artifact) throw new Error(`there is no contract ${name} in ${dirname(SOURCES[0] ?? "")}`);
  return artifact;
}

export async function deploy(chain: Chain, name: ForeignName, ...args: unknown[]): Promise<Foreign> {
  const { abi, bytecode } = artifactOf(name);
  const { data } = await new ContractFactory(abi, bytecode).getDeployTransaction(...args);
  const receipt = await chain.transact({ from: chain.accounts.arbiter, data: String(data) });
  return { ...at(chain, name, String(receipt.contractAddress)), startBlock: receipt.blockNumber };
}

/** A contract that is there already, or one behind a proxy. */
export function at(chain: Chain, name: ForeignName, address: string): Foreign {
  const { abi } = artifactOf(name);
  return {
    address: address.toLowerCase(),
    abi,
    startBlock: 0,
    async act(from, call, args, value) {
      const data = abi.encodeFunctionData(call, args);
      const receipt = await chain.transact({ from, to: address, data, ...(value === undefined ? {} : { value }) });
      return receipt.blockNumber;
    },
    async ask(call, ...args) {
      const answer = await chain.provider.call({ to: address, data: abi.encodeFunctionData(call, args) });
      return abi.decodeFunctionResult(call, answer).toArray();
    },
  };
}
