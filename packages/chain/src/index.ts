/** How a chain is asked, and what a contract's logs and state mean. The only package that imports ethers to follow. */
export { compareState, type Difference, type StateComparison } from "./explain/compare-state.ts";
export { type Explanation, explainLogs, type Finding } from "./explain/explain.ts";
export { type Gathered, gatherLogs } from "./explain/gather.ts";
export { askCode, type ContractCode, readCode } from "./profile/contract-code.ts";
export { OWN_CONTRACT } from "./profile/document.ts";
export {
  type FoldedEscrow,
  foldEscrow,
  foldFurther,
  groupByEscrow,
  isAfter,
  type ReadState,
  type Step,
} from "./profile/fold.ts";
export { askHolding, readHolding } from "./profile/holding.ts";
export { announcedIn, type Link } from "./profile/link.ts";
export { loadProfile } from "./profile/load.ts";
export {
  compileProfile,
  type DecodedLog,
  type EmittedLog,
  type Profile,
  type ProfileOutcome,
} from "./profile/profile.ts";
export { compileRule, type Rule } from "./profile/rule.ts";
export type { EventDocument, ProfileDocument } from "./profile/schema.ts";
export type { ContractEscrow, EscrowRef, StateReading } from "./profile/state.ts";
export { readAddress, ZERO_ADDRESS } from "./rpc/address.ts";
export type { Header, LogRange, RawLog } from "./rpc/block.ts";
export { createRpcClient, type RpcClient, type RpcRequest } from "./rpc/client.ts";
export { type ContractFilter, createContractFilter } from "./rpc/contract-filter.ts";
export type { Endpoint } from "./rpc/endpoint.ts";
export {
  createEndpoints,
  type Endpoints,
  type EndpointsOptions,
  type EndpointsSurvey,
  type FinalityClaim,
  type NamedReader,
  type ProblemKind,
} from "./rpc/endpoints.ts";
export { RpcError, type RpcProblem, type Untruth } from "./rpc/error.ts";
export type { StateQuestion } from "./rpc/question.ts";
export type { LearntRange, RangeSize } from "./rpc/range-size.ts";
export { type ChainReader, createChainReader, type Survey } from "./rpc/reader.ts";
export type { PinnedBlock } from "./rpc/state-reader.ts";
