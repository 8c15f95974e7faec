import type { Project } from "./project.ts";

const RPC = ["--rpc-url", "http://127.0.0.1:8545"];
/** Where the reference contract is on every fresh dev chain. */
export const ESCROW_ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

/** The contract's states in the order of its enum, as rows name them. */
const STATES = [
  "none",
  "pending_deposit",
  "funded",
  "locked",
  "released",
  "refunded",
  "cancelled_by_buyer",
  "cancelled_by_seller",
  "disputed",
  "resolved_buyer",
  "resolved_seller",
  "split",
];

/** How many logs the contract has written up to this block, as the chain itself tells. */
export async function countLogs(project: Project, toBlock: number): Promise<number> {
  const filter = { address: ESCROW_ADDRESS, fromBlock: "0x0", toBlock: `0x${toBlock.toString(16)}` };
  const logs = await project.exec("chain", "cast", "rpc", ...RPC, "eth_getLogs", JSON.stringify(filter));
  return (JSON.parse(logs) as unknown[]).length;
}

/** An escrow's status and balance, as the contract itself tells. */
export async function readEscrow(project: Project, id: string): Promise<{ status: string; balance: string }> {
  const view = "escrowOf(bytes32)(uint8,address,address,address,uint256,uint256)";
  const answer = await project.exec("chain", "cast", "call", ...RPC, ESCROW_ADDRESS, view, id);
  // One value a line; large numbers come with a shorter form behind them, as in `1000000 [1e6]`.
  const values = answer.split("\n").map((line) => line.split(" ")[0] ?? "");
  return { status: STATES[Number(values[0])] ?? `state ${values[0]}`, balance: values[5] ?? "" };
}
