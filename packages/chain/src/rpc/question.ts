/**
 * What is asked of the state at one block: what a view function returns, or what an address holds of the chain's coin,
 * its code, or a word of its storage.
 */
export type StateQuestion =
  | { readonly to: string; readonly data: string }
  | { readonly balanceOf: string }
  | { readonly codeOf: string }
  | { readonly storageOf: string; readonly slot: string };
