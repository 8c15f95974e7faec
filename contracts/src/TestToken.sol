// SPDX-License-Identifier: UNLICENSED
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title An ERC-20 token with six decimals, as stablecoins have, that anyone may mint: for demo chains and tests alone
contract TestToken is ERC20 {
    constructor() ERC20("Vigia Test Dollar", "vUSD") {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @param amount In millionths.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
