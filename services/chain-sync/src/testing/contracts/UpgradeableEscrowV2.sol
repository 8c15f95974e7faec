// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "@openzeppelin/contracts/utils/Address.sol";
import "./UpgradeableEscrow.sol";

/// The second implementation: it pays out in parts, and says more of it by an event of the same name.
contract UpgradeableEscrowV2 is UpgradeableEscrow {
    event Released(bytes32 indexed id, uint256 amount, uint256 left);

    function release(bytes32 id) external override {
        uint256 amount = (heldBy[id] + 1) / 2;
        Address.sendValue(_buyers[id], amount);
        heldBy[id] -= amount;
        stateOf[id] = heldBy[id] == 0 ? 2 : 3;
        emit Released(id, amount, heldBy[id]);
    }
}
