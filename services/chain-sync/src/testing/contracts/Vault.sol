// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "@openzeppelin/contracts/utils/Address.sol";

/// Holds the money of markets, and knows of nothing but deposits.
contract Vault {
    event Deposited(uint256 indexed depositId, uint256 amount);
    event PaidOut(uint256 indexed depositId, address to, uint256 amount);

    uint256 public deposits;
    mapping(uint256 => uint256) public held;

    function deposit() external payable returns (uint256 depositId) {
        depositId = ++deposits;
        held[depositId] = msg.value;
        emit Deposited(depositId, msg.value);
    }

    function payOut(uint256 depositId, address payable to, uint256 amount) external {
        held[depositId] -= amount;
        Address.sendValue(to, amount);
        emit PaidOut(depositId, to, amount);
    }
}
