/** What is asked of a contract's state: what a view function returns, or what an address holds of the chain's coin. */
export type StateQuestion = { readonly to: string; readonly data: string } | { readonly balanceOf: string };
