/** One parameter of a function, event or error, as the Solidity compiler describes it. */
export interface AbiParameter {
  readonly name: string;
  readonly type: string;
  readonly internalType?: string;
  readonly indexed?: boolean;
  readonly components?: readonly AbiParameter[];
}

/** One entry of a contract's ABI; ethers' `Interface` and `Contract` take a list of these as it is. */
export interface AbiEntry {
  readonly type: string;
  readonly name?: string;
  readonly anonymous?: boolean;
  readonly stateMutability?: string;
  readonly inputs?: readonly AbiParameter[];
  readonly outputs?: readonly AbiParameter[];
}

/** A compiled contract: what is needed to call it, and what is needed to deploy it. */
export interface Artifact {
  readonly contractName: string;
  /** The compiler's full version, so that a difference can be told from a stale artefact. */
  readonly compiler: string;
  readonly abi: readonly AbiEntry[];
  /** Creation bytecode, 0x-prefixed hex, without constructor arguments. */
  readonly bytecode: string;
}
